"""The books: who asked which model for how much, day by day.

Answers are counted in memory at their end, and what was counted is written every few seconds: no request
waits for it, and there is one write for any number of them.
"""

import asyncio
import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec

from stellarchat.core.errors import BadRequest
from stellarchat.core.usage import Spent, Usage, UsageQuery
from stellarchat.services.answers.meter import Measured
from stellarchat.services.background import Loop
from stellarchat.store.database import Store, Transaction

INTERVAL: Final = 5.0
"""Seconds between two writes."""
LINES: Final = 20_000
"""Lines of one answer."""
GROUPS: Final = ("day", "user", "model")
# outcomes that are no fault: the others are codes of errors
_WELL: Final = frozenset({"stop", "length", "tool_calls", "content_filter", "cancelled", "interrupted"})
# what never came to a model says nothing about one, and clients make up such names
_NOWHERE: Final = "model_not_found"
_COLUMNS: Final = (
    "requests",
    "prompt_tokens",
    "cached_tokens",
    "completion_tokens",
    "errors",
    "seconds",
)


class UsageBooks:
    """Counts answers (a `Meter`), keeps the sums, and reads them. `clock` tells the time."""

    def __init__(
        self,
        store: Store,
        *,
        interval: float = INTERVAL,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store, self._interval, self._clock = store, interval, clock
        self._pending: dict[tuple[date, str, str], Usage] = {}
        self._writing = asyncio.Lock()
        self._wake = asyncio.Event()
        self._loop = Loop("writing usage", self._write, 0.0)
        self.heard: list[Callable[[str, int], None]] = []
        """Called with a user and the tokens of each answer."""

    def open(self) -> None:
        """Begin to write."""
        self._loop.open()

    async def close(self) -> None:
        """Write what is left and stop."""
        await self._loop.close()
        await self.flush()

    def answered(self, answer: Measured) -> None:
        """Count an answer at its end."""
        if answer.outcome == _NOWHERE:
            return
        day = self._clock().date()
        key = (day, answer.user_id, answer.model)
        line = self._pending.get(key)
        if line is None:
            line = self._pending[key] = Usage(day=day, user_id=answer.user_id, model=answer.model)
            self._wake.set()
        line.requests += 1
        line.prompt_tokens += answer.prompt_tokens
        line.cached_tokens += answer.cached_tokens
        line.completion_tokens += answer.completion_tokens
        line.errors += answer.outcome not in _WELL
        line.seconds += answer.generation_seconds or 0.0
        for hear in self.heard:
            hear(answer.user_id, answer.prompt_tokens + answer.completion_tokens)

    async def flush(self) -> None:
        """Write what was counted, and wait for what is being written.

        Raises StoreUnavailable, and nothing is lost then.
        """
        async with self._writing:
            pending, self._pending = self._pending, {}
            if not pending:
                return
            lines = list(pending.values())

            async def write(tx: Transaction) -> None:
                await tx.usage.add(lines)

            try:
                await self._store.write(write)
            except BaseException:
                for key, line in pending.items():
                    if (newer := self._pending.get(key)) is None:
                        self._pending[key] = line
                    else:
                        newer.add(line)
                raise

    async def report(self, query: UsageQuery) -> list[Usage]:
        """Return sums by what the query names, those of this moment included.

        Raises BadRequest for days in the wrong order, and for an answer of too many lines.
        """
        if query.first is not None and query.last is not None and query.first > query.last:
            raise BadRequest(
                "`from` is after `to`.", param="from", remedy="Swap them.", sentence="usage_order"
            )
        await self.flush()
        async with self._store.read() as tx:
            found = await tx.usage.sums(query, LINES + 1)
        if len(found) > LINES:
            raise BadRequest(
                f"These are more than {LINES} lines.",
                param="by",
                remedy="Ask for fewer days, or group by less.",
                sentence="usage_lines",
                values={"limit": LINES},
            )
        return found

    async def report_today(self) -> dict[str, int]:
        """Return the tokens of each user's requests of today."""
        day = self._clock().date()
        lines = await self.report(UsageQuery(first=day, last=day, by=("user",)))
        return {line.user_id or "": line.tokens for line in lines}

    async def today(self, user_id: str) -> Spent:
        """Return what a user's requests took today, those of this moment included."""
        day = self._clock().date()
        total = Spent()
        # what is being written at this moment stands in neither place
        async with self._writing:
            async with self._store.read() as tx:
                total.add(await tx.usage.of_day(user_id, day))
            for (when, who, _), line in self._pending.items():
                if when == day and who == user_id:
                    total.add(line)
        return total

    async def _write(self) -> None:
        await self._wake.wait()
        await asyncio.sleep(self._interval)
        await self.flush()
        if not self._pending:
            self._wake.clear()


def table(lines: list[Usage], by: tuple[str, ...], names: dict[str, str]) -> str:
    """Return lines as CSV (RFC 4180); `names` are those of the users."""
    out = io.StringIO()
    writer = csv.writer(out)
    heads = [head for name in by for head in ([name, "user_name"] if name == "user" else [name])]
    writer.writerow([*heads, *_COLUMNS])
    for line in lines:
        cells: list[Any] = []
        for name in by:
            if name == "user":
                cells += [line.user_id, plain(names.get(line.user_id or "", ""))]
            else:
                cells.append(plain(str(getattr(line, name))))
        counted = msgspec.structs.asdict(line)
        writer.writerow([*cells, *(counted[name] for name in _COLUMNS[:-1]), round(line.seconds, 3)])
    return out.getvalue()


def plain(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
