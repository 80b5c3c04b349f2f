"""What people want to run: it comes back as they started it, also after a restart of the server."""

import logging
from datetime import UTC, datetime

from stellarchat.core.errors import StellarChatError
from stellarchat.core.instances import InstanceRecord
from stellarchat.services.instances.running import Running
from stellarchat.store.database import Store

log = logging.getLogger(__name__)


class Wishes:
    """The instances that people started and did not stop, one per variant, kept in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wishes: dict[str, InstanceRecord] = {}

    async def read(self) -> list[InstanceRecord]:
        """Read what the last server kept. Raises StoreUnavailable."""
        async with self._store.read() as tx:
            records = await tx.instances.list()
        self._wishes = {record.variant_id: record for record in records}
        return records

    def of(self, variant_id: str) -> InstanceRecord | None:
        """Return how a variant is wanted, if it is."""
        return self._wishes.get(variant_id)

    async def keep(self, running: Running) -> None:
        """Keep an instance as a person started it, with what was measured of it. Raises StoreUnavailable."""
        record = InstanceRecord(
            run_id=running.run_id,
            variant_id=running.variant.id,
            options=running.wanted,
            load_seconds=running.load_seconds,
            tokens_per_second=running.tokens_per_second,
            created_at=running.started_at,
            updated_at=datetime.now(UTC),
        )
        self._wishes[record.variant_id] = record
        async with self._store.transaction() as tx:
            await tx.instances.save(record)

    async def keep_if_possible(self, running: Running) -> None:
        """Keep it; a store that is away is no reason not to run it."""
        try:
            await self.keep(running)
        except StellarChatError as error:
            log.warning("%s could not be recorded: %s", running.variant.id, error.message)

    async def drop(self, running: Running) -> None:
        """Forget an instance that a person stopped. Raises StoreUnavailable."""
        self._wishes.pop(running.variant.id, None)
        async with self._store.transaction() as tx:
            await tx.instances.delete(running.run_id)
