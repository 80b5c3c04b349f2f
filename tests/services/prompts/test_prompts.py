"""Who may read and who may change prompts and personas; names that make room."""

import pytest

from stellarchat.core.errors import Conflict, Forbidden, NotFound
from stellarchat.services.prompts.personas import Personas
from stellarchat.services.prompts.prompts import COMMAND_CHARS, Prompts, Written, command_of
from stellarchat.store.database import Store


async def test_a_shared_prompt_is_read_by_others_and_changed_by_its_owner(store: Store) -> None:
    """SECURITY: another user's object is a 404 unless it is shared, and then read-only."""
    prompts = Prompts(store)
    prompt = await prompts.add("ann", {"name": "Sum up", "content": "x"})
    with pytest.raises(NotFound):
        await prompts.get("bob", prompt.id)
    with pytest.raises(NotFound):
        await prompts.change("bob", prompt.id, {"content": "y"})
    shared = await prompts.change("ann", prompt.id, {"shared": True})
    assert await prompts.list("bob") == [shared]
    with pytest.raises(Forbidden):
        await prompts.change("bob", prompt.id, {"content": "y"})
    with pytest.raises(Forbidden):
        await prompts.delete("bob", prompt.id)
    assert await prompts.own("bob") == []
    # a name that another has is free
    await prompts.add("bob", {"name": "Sum up", "content": "z"})
    with pytest.raises(Conflict):
        await prompts.change(
            "ann", (await prompts.add("ann", {"name": "B", "content": "b"})).id, {"name": "Sum up"}
        )


async def test_a_shared_persona_is_read_by_others_and_changed_by_its_owner(store: Store) -> None:
    """SECURITY: as for prompts."""
    personas = Personas(store)
    persona = await personas.add("ann", {"name": "Cook", "colour": "amber"})
    with pytest.raises(NotFound):
        await personas.get("bob", persona.id)
    shared = await personas.change("ann", persona.id, {"shared": True})
    assert await personas.get("bob", persona.id) == shared
    with pytest.raises(Forbidden):
        await personas.change("bob", persona.id, {"name": "Mine"})
    with pytest.raises(Forbidden):
        await personas.delete("bob", persona.id)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("Sum up, please", "sum-up-please"),
        ("翻译 文本", "翻译-文本"),
        ("  ?!  ", "prompt"),
        ("Ünï_1", "ünï_1"),
    ],
)
def test_commands_are_made_of_names(name: str, command: str) -> None:
    assert command_of(name) == command


async def test_imported_names_make_room_within_their_length(store: Store) -> None:
    prompts = Prompts(store)
    long = "n" * 100
    written = [Written(name=long, content=str(number)) for number in range(12)]
    report = await prompts.imported("ann", written)
    assert (len(report.added), report.renamed, report.unchanged) == (12, 11, 0)
    assert len({one.name for one in report.added}) == len({one.command for one in report.added}) == 12
    assert all(len(one.name) <= 100 and len(one.command) <= COMMAND_CHARS for one in report.added)
    assert (await prompts.imported("ann", written[:1])).unchanged == 1
