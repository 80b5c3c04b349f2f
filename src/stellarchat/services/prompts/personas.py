"""Personas: instructions, a model and its parameters under one name, and how a chat takes one on."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from stellarchat.core.errors import Conflict, Forbidden
from stellarchat.core.ids import new_id
from stellarchat.core.prompts import Persona
from stellarchat.services import parameters
from stellarchat.store.database import Store, Transaction

MOST = 500
"""Personas of one person."""


class Personas:
    """The personas of all users. Another user's exists where it is shared, and is then only read."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self, user_id: str) -> list[Persona]:
        """Return the user's own and what others share, by name."""
        async with self._store.read() as tx:
            return await tx.personas.list(user_id)

    async def get(self, user_id: str, persona_id: str) -> Persona:
        """Return one. Raises NotFound."""
        async with self._store.read() as tx:
            return await tx.personas.get(user_id, persona_id)

    async def add(self, user_id: str, fields: Mapping[str, Any]) -> Persona:
        """Store a new one. Raises BadRequest naming the field, Conflict where the name is taken."""
        now = datetime.now(UTC)
        values = _checked(fields)
        values.setdefault("letter", values["name"][:1].upper())
        persona = Persona(id=new_id(), user_id=user_id, created_at=now, updated_at=now, **values)
        async with self._store.transaction() as tx:
            own = await self._see_free(tx, persona)
            if own >= MOST:
                raise Conflict(f"You have {MOST} personas already.", remedy="Delete some you no longer need.")
            await tx.personas.add(persona)
        return persona

    async def change(self, user_id: str, persona_id: str, fields: Mapping[str, Any]) -> Persona:
        """Replace the given fields; chats that have it stay as they are.

        Raises NotFound, Forbidden, BadRequest naming the field, Conflict.
        """
        changes = {**_checked(fields), "updated_at": datetime.now(UTC)}
        async with self._store.transaction() as tx:
            changed = msgspec.structs.replace(await self._mine(tx, user_id, persona_id), **changes)
            await self._see_free(tx, changed)
            await tx.personas.change(user_id, persona_id, changes)
        return changed

    async def delete(self, user_id: str, persona_id: str) -> None:
        """Remove one for good; chats that have it stay as they are. Raises NotFound, Forbidden."""
        async with self._store.transaction() as tx:
            await self._mine(tx, user_id, persona_id)
            await tx.personas.delete(user_id, persona_id)

    async def _mine(self, tx: Transaction, user_id: str, persona_id: str) -> Persona:
        persona = await tx.personas.get(user_id, persona_id)
        if persona.user_id != user_id:
            raise Forbidden(
                "This persona is somebody else's.",
                param="persona_id",
                remedy="Make a copy of it and change that.",
            )
        return persona

    async def _see_free(self, tx: Transaction, persona: Persona) -> int:
        """Return how many its owner has. Raises Conflict where another has its name."""
        own = [one for one in await tx.personas.list(persona.user_id) if one.user_id == persona.user_id]
        if any(one.name == persona.name and one.id != persona.id for one in own):
            raise Conflict(
                f"You have a persona named {persona.name!r} already.",
                param="name",
                remedy="Choose another name.",
            )
        return len(own)


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


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(fields)
    if "name" in values:
        values["name"] = values["name"].strip()
    if "params" in values:
        values["params"] = parameters.check(values["params"] or {})
    return values
