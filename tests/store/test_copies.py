"""What forks and exports do with the repositories, on each database in turn."""

import json

import msgspec
import pytest

from stellarchat.core.errors import NotFound
from stellarchat.core.messages import Message, Role
from stellarchat.services.chats.exports import Exports
from stellarchat.services.chats.forks import fork
from stellarchat.store import Store
from tests.store.samples import add_chat, add_line, add_messages, moment, said


async def test_a_branch_is_copied_with_its_microseconds_and_its_text(store: Store) -> None:
    chat = await add_chat(store, title="Trip \U0001f680", tags=["b", "a"], params={"top_p": 0.5})
    ask = said(chat.id, "where to? 北京", metadata={"seed": 1}, client_id="mine", at=0.123456)
    reply = said(chat.id, "there", ask, role=Role.ASSISTANT, at=1.000001)
    beside = said(chat.id, "elsewhere", ask, role=Role.ASSISTANT, at=2)
    await add_messages(store, ask, reply, beside)
    async with store.transaction() as tx:
        source = await tx.chats.get("ann", chat.id)
        copy = await fork(tx, source, reply.id, None)
    async with store.read() as tx:
        found = await tx.chats.get("ann", copy.id)
        line = await tx.messages.branch(copy.id, found.active_leaf_id or "")
        assert len(await tx.messages.nodes(copy.id)) == 2
        hits = await tx.search.query("ann", "北京", 10)
    assert found == copy
    assert (found.title, found.tags, found.params) == ("Trip \U0001f680 (fork)", ["b", "a"], {"top_p": 0.5})
    assert [(one.content, one.created_at) for one in line] == [
        ("where to? 北京", moment(0.123456)),
        ("there", moment(1.000001)),
    ]
    assert {hit.chat_id for hit in hits} == {chat.id, copy.id}


async def test_a_copy_that_fails_leaves_nothing(store: Store) -> None:
    chat = await add_chat(store)
    await add_line(store, chat.id, 3)
    with pytest.raises(NotFound):
        async with store.transaction() as tx:
            await fork(tx, chat, "nothing", None)
    async with store.read() as tx:
        assert (await tx.chats.counts())["ann"] == 1


async def test_a_long_branch_is_copied_and_written_down(store: Store) -> None:
    chat = await add_chat(store)
    line = await add_line(store, chat.id, 450)
    async with store.transaction() as tx:
        await fork(tx, chat, line[-1].id, "copy")
    export = await Exports(store).chats("ann", "json")
    written = json.loads(b"".join([chunk async for chunk in export.chunks]))
    copied, source = written["chats"]
    assert (copied["title"], copied["active_leaf_id"]) == ("copy", copied["messages"][-1]["id"])
    assert [one["parts"] for one in copied["messages"]] == [one["parts"] for one in source["messages"]]
    back = [msgspec.convert(one | {"chat_id": chat.id}, Message) for one in source["messages"]]
    for message in line:
        message.rev = 0
    assert back == line
