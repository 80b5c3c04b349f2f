import pytest

from stellarchat.core.errors import Conflict, NotFound
from stellarchat.core.events import Text, Timings, Usage, dump_events, load_events
from stellarchat.core.generations import Checkpoint, GenerationRecord, GenerationStatus
from stellarchat.core.messages import Message, MessageStatus, TextPart
from stellarchat.store import Store
from tests.store.samples import add_chat, add_messages, answer, moment, run, said


async def begin(store: Store) -> tuple[Message, GenerationRecord]:
    chat = await add_chat(store)
    question = said(chat.id, "why?")
    reply = answer(chat.id, question)
    record = run(reply)
    await add_messages(store, question, reply)
    async with store.transaction() as tx:
        await tx.generations.add(record)
    return reply, record


def words(record: GenerationRecord, first: int, last: int, text: str) -> Checkpoint:
    return Checkpoint(record.id, first, last, dump_events([Text(text)]))


async def test_a_generation_comes_back_as_it_was(store: Store) -> None:
    reply, _ = await begin(store)
    made = run(
        reply,
        status=GenerationStatus.STOPPED,
        last_seq=9,
        instance="run-1",
        params={"temperature": 0},
        usage=Usage(1, 2),
        timings=Timings(stop_ms=3.5),
        stop_requested_at=moment(1),
        finished_at=moment(2),
    )
    async with store.transaction() as tx:
        await tx.generations.add(made)
        assert await tx.generations.get(made.id) == made
        with pytest.raises(NotFound):
            await tx.generations.get("unknown")


async def test_a_generation_without_its_message_is_a_conflict(store: Store) -> None:
    with pytest.raises(Conflict):
        async with store.transaction() as tx:
            await tx.generations.add(run(said("nowhere", "")))


async def test_checkpoints_append_and_note_that_it_is_alive(store: Store) -> None:
    _, one = await begin(store)
    _, two = await begin(store)
    _, silent = await begin(store)
    async with store.transaction() as tx:
        await tx.generations.checkpoint([words(one, 1, 3, "a"), words(two, 1, 1, "x")], moment(10))
        await tx.generations.checkpoint([words(one, 4, 11, "b")], moment(11))
        await tx.generations.checkpoint([])
    async with store.read() as tx:
        found = await tx.generations.checkpoints(one.id)
        records = {record.id: record for record in await tx.generations.running()}
    assert [(each.first_seq, each.last_seq) for each in found] == [(1, 3), (4, 11)]
    assert [load_events(each.events) for each in found] == [[Text("a")], [Text("b")]]
    assert (records[one.id].last_seq, records[one.id].heartbeat_at) == (11, moment(11))
    assert (records[two.id].last_seq, records[two.id].heartbeat_at) == (1, moment(10))
    assert (records[silent.id].last_seq, records[silent.id].heartbeat_at) == (0, moment(0))


async def test_a_checkpoint_written_again_replaces_the_first(store: Store) -> None:
    _, record = await begin(store)
    async with store.transaction() as tx:
        await tx.generations.checkpoint([words(record, 1, 3, "a")])
    async with store.transaction() as tx:
        await tx.generations.checkpoint([words(record, 1, 5, "ab")])
        found = await tx.generations.checkpoints(record.id)
        assert (await tx.generations.get(record.id)).last_seq == 5
    assert [(each.first_seq, each.last_seq, load_events(each.events)) for each in found] == [
        (1, 5, [Text("ab")])
    ]


async def test_a_thousand_generations_share_a_checkpoint(store: Store) -> None:
    chat = await add_chat(store)
    replies = [answer(chat.id, None) for _ in range(1000)]
    records = [run(reply) for reply in replies]
    async with store.transaction() as tx:
        await tx.messages.add_many(chat.id, replies)
        for record in records:
            await tx.generations.add(record)
    async with store.transaction() as tx:
        await tx.generations.checkpoint([words(record, 1, 7, "text") for record in records], moment(5))
    async with store.read() as tx:
        found = await tx.generations.running()
    assert len(found) == 1000
    assert {(record.last_seq, record.heartbeat_at) for record in found} == {(7, moment(5))}


async def test_a_finish_writes_the_answer_and_drops_the_checkpoints(store: Store) -> None:
    reply, record = await begin(store)
    async with store.transaction() as tx:
        await tx.generations.checkpoint([words(record, 1, 3, "be")])
    reply.parts = [TextPart("because")]
    reply.status = MessageStatus.STOPPED
    reply.usage = record.usage = Usage(5, 1)
    reply.timings = record.timings = Timings(generation_ms=9)
    record.status = GenerationStatus.STOPPED
    record.last_seq = 4
    record.finished_at = moment(9)
    async with store.transaction() as tx:
        rev = await tx.generations.finish(record, reply)
    async with store.read() as tx:
        assert await tx.messages.get(reply.chat_id, reply.id) == reply
        found = await tx.generations.get(record.id)
        assert await tx.generations.checkpoints(record.id) == []
        assert await tx.generations.running() == []
        assert (await tx.chats.get("ann", reply.chat_id)).rev == rev
    assert found == record


async def test_a_finish_that_fails_leaves_the_checkpoints(store: Store) -> None:
    reply, record = await begin(store)
    async with store.transaction() as tx:
        await tx.generations.checkpoint([words(record, 1, 3, "be")])
    reply.parts, reply.status = [TextPart("because")], MessageStatus.COMPLETE
    record.status = GenerationStatus.COMPLETE

    async def finish_and_fail() -> None:
        async with store.transaction() as tx:
            await tx.generations.finish(record, reply)
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="power"):
        await finish_and_fail()
    async with store.read() as tx:
        assert len(await tx.generations.checkpoints(record.id)) == 1
        assert (await tx.generations.get(record.id)).status is GenerationStatus.RUNNING
        found = await tx.messages.get(reply.chat_id, reply.id)
    assert (found.parts, found.status) == ([], MessageStatus.PENDING)


async def test_only_known_generations_finish(store: Store) -> None:
    reply, _ = await begin(store)
    async with store.transaction() as tx:
        with pytest.raises(NotFound):
            await tx.generations.finish(run(reply), reply)


async def test_live_ones_are_listed_by_chat(store: Store) -> None:
    reply, record = await begin(store)
    done_reply, done = await begin(store)
    done.status = GenerationStatus.COMPLETE
    async with store.transaction() as tx:
        await tx.generations.finish(done, done_reply)
        found = await tx.generations.live_for_chats([reply.chat_id, done_reply.chat_id, "unknown"])
        assert await tx.generations.live_for_chats([]) == {}
    assert found == {reply.chat_id: [record.id]}
