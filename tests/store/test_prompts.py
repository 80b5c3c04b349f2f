"""Prompts and personas on each database."""

from typing import Any

import msgspec
import pytest

from stellarchat.core.errors import Conflict, NotFound
from stellarchat.core.ids import new_id
from stellarchat.core.prompts import Persona, Prompt
from stellarchat.store import Store
from tests.store.samples import add_chat, moment


def prompt(user_id: str, name: str, **fields: Any) -> Prompt:
    given = {"id": new_id(), "user_id": user_id, "name": name, "command": name.lower(), "content": "x"}
    return Prompt(**given | {"created_at": moment(0), "updated_at": moment(0)} | fields)


def persona(user_id: str, name: str, **fields: Any) -> Persona:
    given = {"id": new_id(), "user_id": user_id, "name": name, "letter": name[0], "colour": "blue"}
    return Persona(**given | {"created_at": moment(0), "updated_at": moment(0)} | fields)


async def test_prompts_are_their_owners_and_shared_ones_everybodys(store: Store) -> None:
    hers = prompt("ann", "Translate", content="Translate {{text}}\n翻译")
    shared = prompt("ann", "Sum up", command="sum-up", shared=True, description="short")
    his = prompt("bob", "Translate")
    async with store.transaction() as tx:
        for one in (hers, shared, his):
            await tx.prompts.add(one)
        assert await tx.prompts.list("ann") == [shared, hers]
        assert await tx.prompts.list("bob") == [shared, his]
        assert await tx.prompts.get("bob", shared.id) == shared
        with pytest.raises(NotFound) as missing:
            await tx.prompts.get("bob", hers.id)
        assert missing.value.param == "prompt_id"
        await tx.prompts.change("bob", shared.id, {"content": "stolen"})
        await tx.prompts.delete("bob", shared.id)
        assert await tx.prompts.get("ann", shared.id) == shared
        await tx.prompts.change("ann", shared.id, {"shared": False, "updated_at": moment(1)})
        assert await tx.prompts.list("bob") == [his]
        await tx.prompts.delete("ann", hers.id)
        assert [one.id for one in await tx.prompts.list("ann")] == [shared.id]


@pytest.mark.parametrize("same", ["name", "command"])
async def test_a_name_and_a_command_are_there_once(store: Store, same: str) -> None:
    first = prompt("ann", "First")
    second = msgspec.structs.replace(prompt("ann", "Second"), **{same: getattr(first, same)})
    async with store.transaction() as tx:
        await tx.prompts.add(first)
    with pytest.raises(Conflict):
        async with store.transaction() as tx:
            await tx.prompts.add(second)


async def test_personas_keep_all_they_are(store: Store) -> None:
    one = persona(
        "ann",
        "老师",
        system_prompt="You teach.",
        model="demo",
        params={"temperature": 0.2, "stop": ["x"]},
        opening="Hello",
        suggestions=["What is 3 + 4?", "为什么？"],
        shared=True,
    )
    async with store.transaction() as tx:
        await tx.personas.add(one)
        assert await tx.personas.get("bob", one.id) == one
        await tx.personas.change("ann", one.id, {"model": None, "suggestions": []})
        changed = msgspec.structs.replace(one, model=None, suggestions=[])
        assert await tx.personas.list("ann") == [changed]


async def test_a_chat_keeps_the_persona_as_it_was(store: Store) -> None:
    one = persona("ann", "Teacher", opening="Hello", suggestions=["Why?"])
    chat = await add_chat(store, persona=one.sign())
    async with store.transaction() as tx:
        assert (await tx.chats.get("ann", chat.id)).persona == one.sign()
        taken_off = await tx.chats.update("ann", chat.id, {"persona": None})
        assert taken_off.persona is None
