from datetime import timedelta

import pytest

from stellarchat.core.errors import BadRequest, Conflict, ErrorInfo, NotFound
from stellarchat.core.events import Timings, Usage
from stellarchat.core.messages import (
    ImagePart,
    MessageStatus,
    Node,
    Role,
    TextPart,
    ThinkingPart,
    ToolUsePart,
    path,
)
from stellarchat.store import Store
from tests.store.samples import START, add_chat, add_line, add_messages, answer, moment, said


async def test_a_message_comes_back_as_it_was(store: Store) -> None:
    chat = await add_chat(store, rev=7)
    made = said(
        chat.id,
        "",
        role=Role.ASSISTANT,
        parts=[
            ThinkingPart("hm", 12.5),
            TextPart("one 一 \U0001f680"),
            ToolUsePart("call_1", "weather", '{"city": "北京"}'),
            ImagePart("data:image/png;base64,AAAA"),
            TextPart("x" * 200_000),
        ],
        status=MessageStatus.ERROR,
        model="demo",
        client_id="mine",
        finish_reason="stop",
        usage=Usage(3, 4, 1, 2),
        timings=Timings(queue_ms=1.5, tokens_per_second=20),
        error=ErrorInfo(code="engine_died", message="it died", detail="signal 9", retry_after=1.5),
        metadata={"seed": 1, "nested": {"deep": [True, None]}},
        at=1.5,
    )
    await add_messages(store, made)
    async with store.read() as tx:
        found = await tx.messages.get(chat.id, made.id)
    assert found == made
    # the revision that the chat's next touch gives
    assert found.rev == 8


async def test_a_message_is_found_in_its_own_chat_alone(store: Store) -> None:
    chat, other = await add_chat(store), await add_chat(store)
    made = said(chat.id, "here")
    await add_messages(store, made)
    async with store.read() as tx:
        with pytest.raises(NotFound):
            await tx.messages.get(other.id, made.id)
        assert await tx.messages.branch(other.id, made.id, 10) == []


async def test_a_message_is_found_by_its_senders_name(store: Store) -> None:
    chat, other = await add_chat(store), await add_chat(store)
    made = said(chat.id, "hello", client_id="tab-1")
    # the same name in another chat, and messages without any, are no clash
    await add_messages(
        store, made, said(other.id, "hello", client_id="tab-1"), said(chat.id, ""), said(chat.id, "")
    )
    async with store.read() as tx:
        found = await tx.messages.by_client_id(chat.id, "tab-1")
        assert found is not None
        assert found.id == made.id
        assert await tx.messages.by_client_id(chat.id, "tab-2") is None


async def test_a_second_message_of_the_same_name_is_a_conflict_and_writes_nothing(store: Store) -> None:
    chat = await add_chat(store)
    await add_messages(store, said(chat.id, "hello", client_id="tab-1"))
    with pytest.raises(Conflict):
        await add_messages(store, said(chat.id, "before"), said(chat.id, "hello", client_id="tab-1"))
    async with store.read() as tx:
        assert len(await tx.messages.nodes(chat.id)) == 1


async def test_an_unknown_parent_is_a_conflict(store: Store) -> None:
    chat = await add_chat(store)
    with pytest.raises(Conflict):
        await add_messages(store, said(chat.id, "lost", said(chat.id, "never stored")))


async def test_many_messages_are_stored_at_once(store: Store) -> None:
    chat = await add_chat(store, rev=2)
    line = await add_line(store, chat.id, 3)
    async with store.transaction() as tx:
        await tx.messages.add_many(chat.id, [])
    async with store.read() as tx:
        assert await tx.messages.branch(chat.id, line[-1].id) == line
        assert [hit.message_id for hit in await tx.search.query("ann", "number 1")] == [line[1].id]
    assert {message.rev for message in line} == {3}


async def test_an_unknown_chat_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        await add_messages(store, said("unknown", "lost"))


async def test_a_senders_name_too_long_for_the_index_is_refused(store: Store) -> None:
    chat = await add_chat(store)
    with pytest.raises(BadRequest) as refused:
        await add_messages(store, said(chat.id, "", client_id="x" * 129))
    assert refused.value.param == "client_id"


async def test_many_keeps_the_order_asked_for(store: Store) -> None:
    chat = await add_chat(store)
    line = await add_line(store, chat.id, 3)
    wanted = [line[2].id, "unknown", line[0].id, line[2].id]
    async with store.read() as tx:
        found = await tx.messages.many(wanted)
        assert await tx.messages.many([]) == []
    assert [one.content for one in found] == ["number 2", "number 0", "number 2"]


async def test_nodes_hold_the_shape_of_the_tree(store: Store) -> None:
    chat = await add_chat(store)
    line = await add_line(store, chat.id, 3)
    async with store.read() as tx:
        nodes = await tx.messages.nodes(chat.id)
    assert nodes[line[1].id] == Node(line[1].id, line[0].id, moment(1))
    assert path(nodes, line[2].id) == [one.id for one in line]


async def test_a_branch_goes_from_the_root_to_its_leaf(store: Store) -> None:
    chat = await add_chat(store)
    line = await add_line(store, chat.id, 6)
    side = said(chat.id, "side", line[2], at=9)
    await add_messages(store, side)
    async with store.read() as tx:
        whole = await tx.messages.branch(chat.id, side.id)
        end = await tx.messages.branch(chat.id, line[5].id, 2)
        assert await tx.messages.branch(chat.id, "unknown", 2) == []
    assert [one.content for one in whole] == ["number 0", "number 1", "number 2", "side"]
    assert [one.content for one in end] == ["number 4", "number 5"]
    assert end[0].parent_id == line[3].id


async def test_a_branch_may_be_thousands_of_messages_long(store: Store) -> None:
    chat = await add_chat(store)
    line = await add_line(store, chat.id, 1203)
    async with store.read() as tx:
        whole = await tx.messages.branch(chat.id, line[-1].id)
        part = await tx.messages.branch(chat.id, line[-1].id, 501)
    assert [one.id for one in whole] == [one.id for one in line]
    assert [one.id for one in part] == [one.id for one in line[-501:]]


async def test_siblings_stand_oldest_first(store: Store) -> None:
    chat = await add_chat(store)
    root, late = said(chat.id, "root", at=1), said(chat.id, "second root", at=5)
    first, second = said(chat.id, "a", root, at=3), said(chat.id, "b", root, at=2)
    await add_messages(store, root, late, first, second)
    async with store.read() as tx:
        found = await tx.messages.siblings(chat.id, [None, root.id, late.id])
        assert await tx.messages.siblings(chat.id, []) == {}
    assert found == {None: [root.id, late.id], root.id: [second.id, first.id], late.id: []}


async def test_an_update_replaces_the_parts_and_bumps_the_revision(store: Store) -> None:
    chat = await add_chat(store)
    made = answer(chat.id, None)
    await add_messages(store, made)
    made.parts = [TextPart("one"), TextPart("two")]
    made.status = MessageStatus.COMPLETE
    made.metadata = {"a": 1}
    made.updated_at = START + timedelta(hours=1)
    async with store.transaction() as tx:
        rev = await tx.messages.update(made)
    async with store.read() as tx:
        assert await tx.messages.get(chat.id, made.id) == made
        assert (await tx.chats.get("ann", chat.id)).rev == rev == made.rev == 1
    made.parts = []
    async with store.transaction() as tx:
        await tx.messages.update(made)
        assert (await tx.messages.get(chat.id, made.id)).parts == []
        with pytest.raises(NotFound):
            await tx.messages.update(said(chat.id, "never stored"))


async def test_messages_are_counted_by_chat(store: Store) -> None:
    first, second, empty = [await add_chat(store, at=at) for at in (0, 1, 2)]
    line = await add_line(store, first.id, 3)
    await add_messages(store, said(first.id, "another branch", line[0], at=9))
    await add_line(store, second.id, 1)
    async with store.read() as tx:
        assert await tx.messages.counts([first.id, second.id, empty.id]) == {first.id: 4, second.id: 1}
        assert await tx.messages.counts([]) == {}
