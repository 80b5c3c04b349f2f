"""Prompts: texts that people keep to write again, and the file they travel in."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from stellarchat.core.errors import BadRequest, Conflict, Forbidden
from stellarchat.core.ids import new_id
from stellarchat.core.prompts import Prompt
from stellarchat.store.database import Store, Transaction

COMMAND_CHARS = 64
NAME_CHARS = 100
MOST = 2000
"""Prompts of one person."""

_COMMAND = re.compile(r"\w[\w-]*")


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt out of a file. `command` None: made of the name."""

    name: str
    content: str
    command: str | None = None
    description: str = ""


class Imported(msgspec.Struct, frozen=True):
    """What became of a file: new ones, those among them with a new name, and those that were there."""

    added: list[Prompt]
    renamed: int
    unchanged: int


class Prompts:
    """The prompts of all users. Another user's exists where it is shared, and is then only read."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self, user_id: str) -> list[Prompt]:
        """Return the user's own and what others share, by name."""
        async with self._store.read() as tx:
            return await tx.prompts.list(user_id)

    async def get(self, user_id: str, prompt_id: str) -> Prompt:
        """Return one. Raises NotFound."""
        async with self._store.read() as tx:
            return await tx.prompts.get(user_id, prompt_id)

    async def add(self, user_id: str, fields: Mapping[str, Any]) -> Prompt:
        """Store a new one; without a command it is made of the name.

        Raises BadRequest naming the field, Conflict where the name or command is taken.
        """
        async with self._store.transaction() as tx:
            known = _own(user_id, await tx.prompts.list(user_id))
            if len(known) >= MOST:
                raise Conflict(f"You have {MOST} prompts already.", remedy="Delete some you no longer need.")
            wanted = fields.get("command")
            command = _command(wanted) if wanted else _free(command_of(fields["name"]), known)
            prompt = _new(user_id, {**fields, "name": fields["name"].strip(), "command": command})
            _see_free(prompt, known)
            await tx.prompts.add(prompt)
        return prompt

    async def change(self, user_id: str, prompt_id: str, fields: Mapping[str, Any]) -> Prompt:
        """Replace the given fields. Raises NotFound, Forbidden, BadRequest, Conflict."""
        changes = dict(fields)
        if "name" in changes:
            changes["name"] = changes["name"].strip()
        if "command" in changes:
            changes["command"] = _command(changes["command"])
        async with self._store.transaction() as tx:
            prompt = await self._mine(tx, user_id, prompt_id)
            changed = msgspec.structs.replace(prompt, **changes, updated_at=datetime.now(UTC))
            _see_free(changed, _own(user_id, await tx.prompts.list(user_id)))
            await tx.prompts.change(user_id, prompt_id, {**changes, "updated_at": changed.updated_at})
        return changed

    async def delete(self, user_id: str, prompt_id: str) -> None:
        """Remove one for good. Raises NotFound, Forbidden."""
        async with self._store.transaction() as tx:
            await self._mine(tx, user_id, prompt_id)
            await tx.prompts.delete(user_id, prompt_id)

    async def own(self, user_id: str) -> Sequence[Prompt]:
        """Return the user's own: what an export takes along."""
        return _own(user_id, await self.list(user_id))

    async def imported(self, user_id: str, written: Sequence[Written]) -> Imported:
        """Store prompts of a file; one whose name or command is taken gets a number behind it.

        What is there already, word for word, is left out. Raises Conflict where they are too many.
        """
        added: list[Prompt] = []
        renamed = unchanged = 0
        async with self._store.transaction() as tx:
            known = _own(user_id, await tx.prompts.list(user_id))
            if len(known) + len(written) > MOST:
                raise Conflict(f"With these you would have more than {MOST} prompts.", param="prompts")
            for one in written:
                name = one.name.strip()
                wanted = (one.command or "").strip().lstrip("/").lower()
                command = wanted if _fits(wanted) else command_of(name)
                if any((it.name, it.content) == (name, one.content) for it in known):
                    unchanged += 1
                    continue
                free_name, free_command = _free_name(name, known), _free(command, known)
                renamed += (free_name, free_command) != (name, command)
                fields = {"content": one.content, "description": one.description}
                prompt = _new(user_id, {**fields, "name": free_name, "command": free_command})
                await tx.prompts.add(prompt)
                known.append(prompt)
                added.append(prompt)
        return Imported(added, renamed, unchanged)

    async def _mine(self, tx: Transaction, user_id: str, prompt_id: str) -> Prompt:
        prompt = await tx.prompts.get(user_id, prompt_id)
        if prompt.user_id != user_id:
            raise Forbidden(
                "This prompt is somebody else's.",
                param="prompt_id",
                remedy="Make a copy of it and change that.",
            )
        return prompt


def command_of(name: str) -> str:
    """Return a command made of a name: small letters of any script, digits, and hyphens between words."""
    words = re.findall(r"\w+", name.lower())
    return "-".join(words)[:COMMAND_CHARS].strip("-") or "prompt"


def _new(user_id: str, fields: Mapping[str, Any]) -> Prompt:
    now = datetime.now(UTC)
    return Prompt(id=new_id(), user_id=user_id, created_at=now, updated_at=now, **fields)


def _own(user_id: str, prompts: Sequence[Prompt]) -> list[Prompt]:
    return [one for one in prompts if one.user_id == user_id]


def _fits(command: str) -> bool:
    return len(command) <= COMMAND_CHARS and _COMMAND.fullmatch(command) is not None


def _command(given: str) -> str:
    command = given.strip().lstrip("/").lower()
    if not _fits(command):
        raise BadRequest(
            f"command must be 1 to {COMMAND_CHARS} letters, digits, hyphens or underscores.",
            param="command",
            remedy=f"{command_of(given)} would do.",
        )
    return command


def _see_free(prompt: Prompt, known: Sequence[Prompt]) -> None:
    for other in known:
        if other.id == prompt.id:
            continue
        if other.name == prompt.name:
            raise Conflict(
                f"You have a prompt named {prompt.name!r} already.",
                param="name",
                remedy="Choose another name.",
            )
        if other.command == prompt.command:
            raise Conflict(
                f"/{prompt.command} brings up {other.name!r} already.",
                param="command",
                remedy="Choose another command.",
            )


def _free(command: str, known: Sequence[Prompt]) -> str:
    taken = {one.command for one in known}
    found, number = command, 2
    while found in taken:
        ending = f"-{number}"
        found, number = command[: COMMAND_CHARS - len(ending)] + ending, number + 1
    return found


def _free_name(name: str, known: Sequence[Prompt]) -> str:
    taken = {one.name for one in known}
    found, number = name, 2
    while found in taken:
        ending = f" ({number})"
        found, number = name[: NAME_CHARS - len(ending)] + ending, number + 1
    return found
