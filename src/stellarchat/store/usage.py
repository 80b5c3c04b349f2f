"""The books: what each user's requests took, by model and day."""

from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from stellarchat.core.usage import Spent, Usage, UsageQuery
from stellarchat.store.columns import clean
from stellarchat.store.repository import Repository, batches
from stellarchat.store.statements import prepared
from stellarchat.store.tables import daily_usage as table

_COUNTED = ("requests", "prompt_tokens", "cached_tokens", "completion_tokens", "errors", "seconds")
_BY = {"day": table.c.day, "user": table.c.user_id, "model": table.c.model}
_MODEL_CHARS = 255


class Usages(Repository):
    """Sums that only grow."""

    async def add(self, lines: list[Usage]) -> None:
        """Count lines in; each has its day, user and model."""
        joined: dict[tuple[str, date, str], Usage] = {}
        for line in lines:
            assert line.day is not None
            # cut here, or two lines of one statement could be the same row
            model = clean(line.model or "")[:_MODEL_CHARS]
            user = clean(line.user_id or "")
            known = joined.setdefault((user, line.day, model), Usage(day=line.day, user_id=user, model=model))
            known.add(line)
        rows = [
            {"user_id": user, "day": day, "model": model} | {name: getattr(line, name) for name in _COUNTED}
            # in one order everywhere: two servers that lock the same rows never wait for each other
            for (user, day, model), line in sorted(joined.items())
        ]
        for some in batches(rows):
            await self._connection.execute(_adding(self._dialect), some)

    async def sums(self, query: UsageQuery, limit: int) -> list[Usage]:
        """Return sums by what the query names, by day and then the largest first, at most `limit`."""
        groups = [_BY[name] for name in query.by]
        sums = [_sum(name) for name in _COUNTED]
        statement: sa.Select[Any] = sa.select(*groups, *sums).where(*_conditions(query)).group_by(*groups)
        order: list[Any] = [table.c.day] if "day" in query.by else []
        order.append((_sum("prompt_tokens") + _sum("completion_tokens")).desc())
        order += [group for name, group in zip(query.by, groups, strict=True) if name != "day"]
        if not groups:
            order = []
        rows = await self._rows(statement.order_by(*order).limit(limit))
        return [_line(row) for row in rows if row.requests]

    async def of_day(self, user_id: str, day: date) -> Spent:
        """Return what one user's requests took on a day."""
        row = await self._row(
            sa.select(*[_sum(name) for name in _COUNTED]).where(
                table.c.user_id == user_id, table.c.day == day
            )
        )
        return _line(row) if row is not None and row.requests else Spent()


def _sum(name: str) -> sa.ColumnElement[Any]:
    # MariaDB sums into decimals
    kind: sa.types.TypeEngine[Any] = sa.Double() if name == "seconds" else sa.BigInteger()
    return sa.cast(sa.func.coalesce(sa.func.sum(table.c[name]), 0), kind).label(name)


def _line(row: sa.Row[Any]) -> Usage:
    values = row._asdict()
    counted = {name: int(values[name]) for name in _COUNTED if name != "seconds"}
    return Usage(
        day=values.get("day"),
        user_id=values.get("user_id"),
        model=values.get("model"),
        seconds=float(values["seconds"]),
        **counted,
    )


def _conditions(query: UsageQuery) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = []
    if query.first is not None:
        wanted.append(table.c.day >= query.first)
    if query.last is not None:
        wanted.append(table.c.day <= query.last)
    if query.user_id is not None:
        wanted.append(table.c.user_id == query.user_id)
    if query.model is not None:
        wanted.append(table.c.model == query.model)
    return wanted


@lru_cache(maxsize=4)
def _adding(dialect: str) -> sa.Insert:
    """Return a statement that inserts a line, or adds to the one that is there."""
    if dialect == "mysql":
        from sqlalchemy.dialects import mysql  # loaded with its driver, or not at all

        mine = mysql.insert(table)
        return prepared(
            mine.on_duplicate_key_update({name: table.c[name] + mine.inserted[name] for name in _COUNTED})
        )
    keys = [column.name for column in table.primary_key]
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # loaded with its driver, or not at all

        theirs = postgresql.insert(table)
        grown = {name: table.c[name] + theirs.excluded[name] for name in _COUNTED}
        return prepared(theirs.on_conflict_do_update(index_elements=keys, set_=grown))
    from sqlalchemy.dialects import sqlite  # loaded with its driver, or not at all

    ours = sqlite.insert(table)
    grown = {name: table.c[name] + ours.excluded[name] for name in _COUNTED}
    return prepared(ours.on_conflict_do_update(index_elements=keys, set_=grown))
