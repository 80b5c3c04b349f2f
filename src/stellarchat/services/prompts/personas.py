"""Personas: instructions, a model and its parameters under one name, and how a chat takes one on."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from stellarchat.core.prompts import Persona
from stellarchat.services import parameters
from stellarchat.services.prompts.kept import Imported, Kept, free_name
from stellarchat.store.database import Transaction


class Personas(Kept[Persona]):
    """The personas of all users."""

    word, kind, most = "persona", Persona, 500

    async def add(self, user_id: str, fields: Mapping[str, Any]) -> Persona:
        """Store a new one. Raises BadRequest naming the field, Conflict where the name is taken."""
        persona = self._new(user_id, _whole(fields))
        async with self._store.transaction() as tx:
            known = await self._known(tx, user_id)
            self._see_room(known)
            self._see_free(persona, known)
            await tx.personas.add(persona)
        return persona

    async def change(self, user_id: str, persona_id: str, fields: Mapping[str, Any]) -> Persona:
        """Replace the given fields; chats that have it stay as they are.

        Raises NotFound, Forbidden, BadRequest naming the field, Conflict.
        """
        changes = {**_checked(fields), "updated_at": datetime.now(UTC)}
        async with self._store.transaction() as tx:
            changed = msgspec.structs.replace(await self._mine(tx, user_id, persona_id), **changes)
            self._see_free(changed, await self._known(tx, user_id))
            await tx.personas.change(user_id, persona_id, changes)
        return changed

    async def imported(self, user_id: str, written: Sequence[Mapping[str, Any]]) -> Imported[Persona]:
        """Store personas of a file, each with the fields of a new one; a name that is taken gets a number.

        What is there already, word for word, is left out. Raises BadRequest naming the field, Conflict
        where they are too many.
        """
        added: list[Persona] = []
        renamed = unchanged = 0
        async with self._store.transaction() as tx:
            known = [*await self._known(tx, user_id)]
            self._see_room(known, len(written))
            for one in written:
                persona = self._new(user_id, _whole(one))
                if any(_words(it) == _words(persona) for it in known):
                    unchanged += 1
                    continue
                name = free_name(persona.name, {it.name for it in known})
                renamed += name != persona.name
                persona.name = name
                await tx.personas.add(persona)
                known.append(persona)
                added.append(persona)
        return Imported(added, renamed, unchanged)


async def taken_on(tx: Transaction, user_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a chat's `fields` with what its `persona_id` stands for; what the client names itself wins.

    None takes the persona off and leaves what it had set. Raises NotFound naming `persona_id`.
    """
    if "persona_id" not in fields:
        return dict(fields)
    given = {name: value for name, value in fields.items() if name != "persona_id"}
    if fields["persona_id"] is None:
        return {"persona": None, **given}
    persona = await tx.personas.get(user_id, fields["persona_id"])
    brought: dict[str, Any] = {
        "persona": persona.sign(),
        "system_prompt": persona.system_prompt,
        "params": persona.params,
    }
    if persona.model is not None:
        brought["model"] = persona.model
    return brought | given


def _words(persona: Persona) -> dict[str, Any]:
    """Return what a file says of one."""
    owned = ("id", "user_id", "shared", "created_at", "updated_at")
    return {name: getattr(persona, name) for name in persona.__struct_fields__ if name not in owned}


def _whole(fields: Mapping[str, Any]) -> dict[str, Any]:
    values = _checked(fields)
    values.setdefault("letter", values["name"][:1].upper())
    return values


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(fields)
    if "name" in values:
        values["name"] = values["name"].strip()
    if "params" in values:
        values["params"] = parameters.check(values["params"] or {})
    return values
