"""Prompts: texts that people keep to write again, and the file they travel in."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from stellarchat.core.errors import BadRequest, Conflict
from stellarchat.core.prompts import Prompt
from stellarchat.services.prompts.kept import Imported, Kept, free_name

COMMAND_CHARS = 64

_COMMAND = re.compile(r"\w[\w-]*")


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt out of a file. `command` None: made of the name."""

    name: str
    content: str
    command: str | None = None
    description: str = ""


class Prompts(Kept[Prompt]):
    """The prompts of all users."""

    word, kind, most = "prompt", Prompt, 2000

    async def add(self, user_id: str, fields: Mapping[str, Any]) -> Prompt:
        """Store a new one; without a command it is made of the name.

        Raises BadRequest naming the field, Conflict where the name or command is taken.
        """
        async with self._store.transaction() as tx:
            known = await self._known(tx, user_id)
            self._see_room(known)
            wanted = fields.get("command")
            command = _command(wanted) if wanted else _free(command_of(fields["name"]), known)
            prompt = self._new(user_id, {**fields, "name": fields["name"].strip(), "command": command})
            self._see_free(prompt, known)
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
            self._see_free(changed, await self._known(tx, user_id))
            await tx.prompts.change(user_id, prompt_id, {**changes, "updated_at": changed.updated_at})
        return changed

    async def imported(self, user_id: str, written: Sequence[Written]) -> Imported[Prompt]:
        """Store prompts of a file; one whose name or command is taken gets a number behind it.

        What is there already, word for word, is left out. Raises Conflict where they are too many.
        """
        added: list[Prompt] = []
        renamed = unchanged = 0
        async with self._store.transaction() as tx:
            known = [*await self._known(tx, user_id)]
            self._see_room(known, len(written))
            for one in written:
                name = one.name.strip()
                wanted = (one.command or "").strip().lstrip("/").lower()
                command = wanted if _fits(wanted) else command_of(name)
                if any((it.name, it.content) == (name, one.content) for it in known):
                    unchanged += 1
                    continue
                free = free_name(name, {it.name for it in known}), _free(command, known)
                renamed += free != (name, command)
                fields = {"content": one.content, "description": one.description}
                prompt = self._new(user_id, {**fields, "name": free[0], "command": free[1]})
                await tx.prompts.add(prompt)
                known.append(prompt)
                added.append(prompt)
        return Imported(added, renamed, unchanged)

    def _see_free(self, thing: Prompt, known: Sequence[Prompt]) -> None:
        super()._see_free(thing, known)
        for other in known:
            if other.command == thing.command and other.id != thing.id:
                raise Conflict(
                    f"/{thing.command} brings up {other.name!r} already.",
                    param="command",
                    remedy="Choose another command.",
                    sentence="command_taken",
                    values={"command": thing.command, "name": other.name},
                )


def command_of(name: str) -> str:
    """Return a command made of a name: small letters of any script, digits, and hyphens between words."""
    words = re.findall(r"\w+", name.lower())
    return "-".join(words)[:COMMAND_CHARS].strip("-") or "prompt"


def _fits(command: str) -> bool:
    return len(command) <= COMMAND_CHARS and _COMMAND.fullmatch(command) is not None


def _command(given: str) -> str:
    command = given.strip().lstrip("/").lower()
    if not _fits(command):
        raise BadRequest(
            f"command must be 1 to {COMMAND_CHARS} letters, digits, hyphens or underscores.",
            param="command",
            remedy=f"{command_of(given)} would do.",
            sentence="command_form",
            values={"limit": COMMAND_CHARS, "proposal": command_of(given)},
        )
    return command


def _free(command: str, known: Sequence[Prompt]) -> str:
    taken = {one.command for one in known}
    found, number = command, 2
    while found in taken:
        ending = f"-{number}"
        found, number = command[: COMMAND_CHARS - len(ending)] + ending, number + 1
    return found
