"""What prompts and personas have in common: an owner, a name of their own, and files they travel in."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from stellarchat.core.errors import Conflict, Forbidden
from stellarchat.core.ids import new_id
from stellarchat.core.prompts import Persona, Prompt
from stellarchat.store.database import Store, Transaction

NAME_CHARS = 100

Thing = TypeVar("Thing", Prompt, Persona)


class Imported(msgspec.Struct, Generic[Thing], frozen=True):
    """What became of a file: new ones, those among them with a new name, and those that were there."""

    added: list[Thing]
    renamed: int
    unchanged: int


class Kept(Generic[Thing]):
    """Things of one kind, of all users. Another user's exists where it is shared, and is then only read."""

    word: ClassVar[str]
    kind: ClassVar[type[Any]]
    most: ClassVar[int]
    """Of one person."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self, user_id: str) -> list[Thing]:
        """Return the user's own and what others share, by name."""
        async with self._store.read() as tx:
            found: list[Thing] = await self._shelf(tx).list(user_id)
        return found

    async def own(self, user_id: str) -> Sequence[Thing]:
        """Return the user's own: what an export takes along."""
        return _own(user_id, await self.list(user_id))

    async def get(self, user_id: str, thing_id: str) -> Thing:
        """Return one. Raises NotFound."""
        async with self._store.read() as tx:
            found: Thing = await self._shelf(tx).get(user_id, thing_id)
        return found

    async def delete(self, user_id: str, thing_id: str) -> None:
        """Remove one for good; chats that have a persona stay as they are. Raises NotFound, Forbidden."""
        async with self._store.transaction() as tx:
            await self._mine(tx, user_id, thing_id)
            await self._shelf(tx).delete(user_id, thing_id)

    def _shelf(self, tx: Transaction) -> Any:
        """Return where they are stored."""
        return getattr(tx, f"{self.word}s")

    async def _known(self, tx: Transaction, user_id: str) -> Sequence[Thing]:
        return _own(user_id, await self._shelf(tx).list(user_id))

    async def _mine(self, tx: Transaction, user_id: str, thing_id: str) -> Thing:
        thing: Thing = await self._shelf(tx).get(user_id, thing_id)
        if thing.user_id != user_id:
            raise Forbidden(
                f"This {self.word} is somebody else's.",
                param=f"{self.word}_id",
                remedy="Make a copy of it and change that.",
                sentence="kept_foreign",
            )
        return thing

    def _new(self, user_id: str, fields: Mapping[str, Any]) -> Thing:
        now = datetime.now(UTC)
        made: Thing = self.kind(id=new_id(), user_id=user_id, created_at=now, updated_at=now, **fields)
        return made

    def _see_room(self, known: Sequence[Thing], more: int = 1) -> None:
        """Raise Conflict where that many more would be too many."""
        if len(known) + more > self.most:
            raise Conflict(
                f"With {'this' if more == 1 else 'these'} you would have more than {self.most} {self.word}s.",
                param=f"{self.word}s",
                remedy="Delete some you no longer need.",
                sentence="kept_many",
                values={"limit": self.most},
            )

    def _see_free(self, thing: Thing, known: Sequence[Thing]) -> None:
        """Raise Conflict where another has its name."""
        if any(other.name == thing.name and other.id != thing.id for other in known):
            raise Conflict(
                f"You have a {self.word} named {thing.name!r} already.",
                param="name",
                remedy="Choose another name.",
                sentence="kept_taken",
                values={"name": thing.name},
            )


def free_name(name: str, taken: Collection[str]) -> str:
    """Return a name that is not taken: with a number behind it where it has to be."""
    found, number = name, 2
    while found in taken:
        ending = f" ({number})"
        found, number = name[: NAME_CHARS - len(ending)] + ending, number + 1
    return found


def _own(user_id: str, things: Sequence[Thing]) -> list[Thing]:
    return [one for one in things if one.user_id == user_id]
