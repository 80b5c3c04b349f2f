"""What is removed by itself: chats deleted long ago, their files and, where wanted, the oldest chats."""

import logging
from datetime import UTC, datetime, timedelta

from stellarchat.services.background import Loop
from stellarchat.services.bus import Bus, ChatChange, ChatChanged
from stellarchat.services.files.files import Files
from stellarchat.store.database import Store

log = logging.getLogger(__name__)

TRASH_DAYS = 30.0
"""How long a deleted chat can be restored, where the operator says nothing else."""

PAUSE = 3600.0  # seconds between two rounds
BATCH = 200  # chats removed in one transaction, so that nobody waits long for his turn


class Housekeeping:
    """Removes in the background. `keep_chats` newest chats of each user stay, 0 keeps all.

    What lies in the trash for `trash_days` is removed for good, with 0 never.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        *,
        keep_chats: int = 0,
        trash_days: float = TRASH_DAYS,
        files: Files | None = None,
    ) -> None:
        self._store, self._bus, self._files = store, bus, files
        self._keep_chats, self._trash_days = keep_chats, trash_days
        loop = Loop("removing old chats", self.tidy, PAUSE)
        self.open, self.close = loop.open, loop.close

    async def tidy(self) -> None:
        """Do one round. Raises StoreUnavailable."""
        gone = BATCH if self._trash_days else 0
        while gone == BATCH:
            async with self._store.transaction() as tx:
                gone = await tx.chats.purge(datetime.now(UTC) - timedelta(days=self._trash_days), BATCH)
        if self._files is not None:
            await self._files.tidy()
        if not self._keep_chats:
            return
        async with self._store.read() as tx:
            users = await tx.chats.owners(self._keep_chats)
        for user in users:
            async with self._store.transaction() as tx:
                pruned = await tx.chats.prune(user, self._keep_chats)
            if pruned:
                log.info("deleted %d chats beyond the newest %d", len(pruned), self._keep_chats)
            for chat_id in pruned:
                self._bus.publish(ChatChanged(user, chat_id, 0, ChatChange.DELETED))
