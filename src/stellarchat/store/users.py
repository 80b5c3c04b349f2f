"""Users, and what is whose."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from stellarchat.core.accounts import User, UserRole, folded
from stellarchat.core.errors import NotFound
from stellarchat.store.repository import Repository, batches
from stellarchat.store.tables import account_state, chat, message, metadata
from stellarchat.store.tables import user as table


class Users(Repository):
    """Users by id, name or e-mail address; two that are written alike are a Conflict."""

    async def add(self, user: User) -> None:
        """Store a new user. Raises Conflict where the name or the address is taken."""
        await self._write(sa.insert(table), _values(user))

    async def save(self, user: User) -> None:
        """Store all fields of a known user. Raises NotFound, Conflict."""
        if not await self._write(sa.update(table).where(table.c.id == user.id).values(_values(user))):
            raise _missing(user.id)

    async def get(self, user_id: str) -> User:
        """Return a user. Raises NotFound."""
        found = await self._user(table.c.id == user_id)
        if found is None:
            raise _missing(user_id)
        return found

    async def hold(self, user_id: str) -> User:
        """Return a user whom nobody else changes until the transaction ends. Raises NotFound."""
        found = await self._user(table.c.id == user_id, hold=True)
        if found is None:
            raise _missing(user_id)
        return found

    async def by_login(self, login: str) -> User | None:
        """Return whoever has this name or e-mail address; a name goes before an address."""
        key = folded(login)
        return await self._user(table.c.name_key == key) or await self._user(table.c.email_key == key)

    async def list(self) -> list[User]:
        """Return all users, oldest first."""
        query = sa.select(table).order_by(table.c.created_at, table.c.id)
        return [_read(row) for row in await self._rows(query)]

    async def some(self, ids: Iterable[str]) -> dict[str, User]:
        """Return those of the users that there are, by id."""
        found = {}
        for batch in batches(ids):
            query = sa.select(table).where(table.c.id.in_(batch))
            found.update({row.id: _read(row) for row in await self._rows(query)})
        return found

    async def count(self, *, admins: bool = False) -> int:
        """Return how many users there are, or how many administrators who may log in."""
        query = sa.select(sa.func.count()).select_from(table)
        if admins:
            query = query.where(table.c.role == UserRole.ADMIN, table.c.suspended_at.is_(None))
        row = await self._row(query)
        assert row is not None
        return int(row[0])

    async def remove(self, user_id: str) -> None:
        """Remove a user and everything of theirs. Raises NotFound."""
        mine = sa.select(chat.c.id).where(chat.c.user_id == user_id)
        # InnoDB looks at the reference to the parent row by row
        await self._write(sa.update(message).where(message.c.chat_id.in_(mine)).values(parent_id=None))
        for one in _owned():
            if not one.info["outlives_user"]:
                await self._write(sa.delete(one).where(one.c.user_id == user_id))
        if not await self._write(sa.delete(table).where(table.c.id == user_id)):
            raise _missing(user_id)

    async def hand_over(self, before: str, after: str) -> None:
        """Make everything of one user another's."""
        for one in _owned():
            await self._write(sa.update(one).where(one.c.user_id == before).values(user_id=after))

    async def revise(self) -> int:
        """Note that credentials may have lost their force, and return the new revision.

        Until the transaction ends no other one gets past this: what must happen once begins with it.
        """
        first = account_state.c.id == 1
        raised = sa.update(account_state).where(first).values(revision=account_state.c.revision + 1)
        if not await self._write(raised):
            await self._write(sa.insert(account_state), {"id": 1, "revision": 1})
        return await self.revision()

    async def revision(self) -> int:
        """Return how often credentials may have lost their force."""
        row = await self._row(sa.select(account_state.c.revision).where(account_state.c.id == 1))
        return 0 if row is None else int(row[0])

    async def _user(self, condition: sa.ColumnElement[bool], *, hold: bool = False) -> User | None:
        query = sa.select(table).where(condition)
        row = await self._row(query.with_for_update() if hold else query)
        return None if row is None else _read(row)


def _owned() -> Iterator[sa.Table]:
    """Return every table with a user's id in it, those that others refer to last."""
    for one in reversed(metadata.sorted_tables):
        if "user_id" in one.c:
            yield one


def _values(user: User) -> dict[str, Any]:
    return {
        **msgspec.structs.asdict(user),
        "name_key": folded(user.name),
        "email_key": folded(user.email) if user.email else None,
        "updated_at": datetime.now(UTC),
    }


def _read(row: sa.Row[Any]) -> User:
    values = row._asdict()
    del values["name_key"], values["email_key"]
    return User(**values)


def _missing(user_id: str) -> NotFound:
    return NotFound("There is no such user.", param="user_id", detail=user_id, sentence="user_none")
