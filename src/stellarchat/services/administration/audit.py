"""The audit log: who did what, when, and from where.

Events are appended by a task of its own at once, so that nobody waits for them; while the store is away
they are kept.
"""

import asyncio
import csv
import io
import logging
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from stellarchat.core.accounts import AccountEvent
from stellarchat.core.audit import AuditEvent, AuditQuery
from stellarchat.core.ids import new_id
from stellarchat.core.records import Page
from stellarchat.services.administration.usage import plain
from stellarchat.services.background import Loop
from stellarchat.store.database import Store, Transaction

log = logging.getLogger(__name__)

PAUSE: Final = 3600.0
"""Seconds between two looks for what is too old."""
KEPT: Final = 10_000
"""Events that wait at most while the store is away."""
_RETRY: Final = 2.0
_TEXT: Final = 500
_BATCH: Final = 500
_PAGE: Final = 500


class Audit:
    """Appends and reads. Events are kept `keep_days` days, 0 keeps all."""

    def __init__(self, store: Store, *, keep_days: int = 0) -> None:
        self._store, self._keep_days = store, keep_days
        self._pending: list[AuditEvent] = []
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._loops = (
            Loop("writing the audit log", self._write, 0.0, retry=_RETRY),
            Loop("forgetting old events", self.tidy, PAUSE),
        )

    def open(self) -> None:
        """Begin to write, and to forget what is too old."""
        for loop in self._loops:
            loop.open()

    async def close(self) -> None:
        """Write what is left and stop."""
        for loop in self._loops:
            await loop.close()
        await self.flush()

    def note(
        self,
        action: str,
        *,
        user_id: str | None = None,
        user_name: str | None = None,
        target: str | None = None,
        status: int = 200,
        address: str | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        """Write down what was done. Nothing in it may be a secret; long texts are cut."""
        if len(self._pending) >= KEPT:
            log.error("the audit log is full while the database is away: %s is lost", action)
            return
        self._pending.append(
            AuditEvent(
                id=new_id(),
                at=datetime.now(UTC),
                action=action,
                user_id=_cut(user_id),
                user_name=_cut(user_name),
                target=_cut(target),
                status=status,
                address=address and address[:64],
                detail={
                    name: _cut(value) if isinstance(value, str) else value for name, value in detail.items()
                }
                if detail
                else {},
            )
        )
        self._wake.set()

    def account(
        self, event: AccountEvent, *, address: str | None = None, user_name: str | None = None, **more: str
    ) -> None:
        """Write down what happened to an account. `more` are details of where it was asked for."""
        failed = event.kind in ("login.failed", "password.refused")
        self.note(
            event.kind,
            user_id=event.actor_id,
            user_name=user_name,
            target=event.user_id if event.user_id != event.actor_id else None,
            status=401 if failed else 200,
            address=address or None,
            detail={name: value for name, value in (event.detail | more).items() if value},
        )

    async def flush(self) -> None:
        """Write all that was noted. Raises StoreUnavailable, and nothing is lost then."""
        async with self._turn:  # who reads next must not overtake what is on its way
            pending, self._pending = self._pending, []
            if not pending:
                return

            async def write(tx: Transaction) -> None:
                await tx.audit.add(pending)

            try:
                await self._store.write(write)
            except BaseException:
                self._pending = pending + self._pending
                raise

    async def events(
        self, query: AuditQuery, cursor: str | None = None, limit: int = 100
    ) -> Page[AuditEvent]:
        """Return events, the latest first. Raises BadRequest for a cursor that no page gave."""
        await self.flush()
        async with self._store.read() as tx:
            return await tx.audit.newest(query, cursor, limit)

    async def export(self, query: AuditQuery) -> AsyncGenerator[bytes]:
        """Yield all events as CSV, the latest first."""
        yield _row(list(AuditEvent.__struct_fields__))
        cursor: str | None = None
        while True:
            page = await self.events(query, cursor, _PAGE)
            for event in page.items:
                values = msgspec.structs.asdict(event) | {
                    "at": event.at.isoformat(),
                    "detail": msgspec.json.encode(event.detail).decode() if event.detail else "",
                }
                yield _row([plain("" if value is None else str(value)) for value in values.values()])
            if (cursor := page.next_cursor) is None:
                return

    async def tidy(self) -> None:
        """Forget what is too old. Raises StoreUnavailable."""
        if not self._keep_days:
            return
        before = datetime.now(UTC) - timedelta(days=self._keep_days)
        gone = _BATCH
        while gone == _BATCH:
            async with self._store.transaction() as tx:
                gone = await tx.audit.forget(before, _BATCH)

    async def _write(self) -> None:
        await self._wake.wait()
        await self.flush()
        if not self._pending:
            self._wake.clear()


def _cut(text: str | None) -> str | None:
    return text and text[:_TEXT]


def _row(cells: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()
