"""Prompts and personas: what people keep to ask with, alone or for the team."""

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
import sqlalchemy as sa

from stellarchat.core.errors import NotFound
from stellarchat.core.prompts import Persona, Prompt
from stellarchat.store.repository import Repository
from stellarchat.store.tables import persona, prompt

Kept = TypeVar("Kept", Prompt, Persona)


class _Shelf(Repository, Generic[Kept]):
    """Things of one kind, each with an owner; a shared one is there for everybody to read."""

    table: ClassVar[sa.Table]
    kind: ClassVar[type[Any]]
    word: ClassVar[str]

    async def add(self, kept: Kept) -> None:
        """Store a new one. Raises Conflict where its owner has one of that name."""
        await self._write(sa.insert(self.table), msgspec.structs.asdict(kept))

    async def get(self, user_id: str, kept_id: str) -> Kept:
        """Return the user's own, or a shared one. Raises NotFound."""
        query = sa.select(self.table).where(self.table.c.id == kept_id, self._visible(user_id))
        found: Kept | None = await self._one(self.kind, query)
        if found is None:
            raise NotFound(
                f"there is no such {self.word}", param=f"{self.word}_id", detail=kept_id, sentence="kept_none"
            )
        return found

    async def list(self, user_id: str) -> list[Kept]:
        """Return the user's own and what others share, by name."""
        query = (
            sa.select(self.table)
            .where(self._visible(user_id))
            .order_by(self.table.c.name, self.table.c.created_at, self.table.c.id)
        )
        return await self._all(self.kind, query)

    async def change(self, user_id: str, kept_id: str, changes: Mapping[str, Any]) -> None:
        """Change fields of the user's own. Raises Conflict where another one has that name."""
        await self._write(sa.update(self.table).where(*self._own(user_id, kept_id)).values(**changes))

    async def delete(self, user_id: str, kept_id: str) -> None:
        """Remove the user's own for good."""
        await self._write(sa.delete(self.table).where(*self._own(user_id, kept_id)))

    def _own(self, user_id: str, kept_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        return self.table.c.id == kept_id, self.table.c.user_id == user_id

    def _visible(self, user_id: str) -> sa.ColumnElement[bool]:
        return sa.or_(self.table.c.user_id == user_id, self.table.c.shared.is_(True))


class Prompts(_Shelf[Prompt]):
    """Texts to write again."""

    table, kind, word = prompt, Prompt, "prompt"


class Personas(_Shelf[Persona]):
    """Ways to be answered."""

    table, kind, word = persona, Persona, "persona"
