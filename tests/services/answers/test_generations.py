"""The hot path against a real engine process and a real SQLite file."""

import asyncio
import contextlib
import pathlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from stellarchat.core.errors import BadRequest, BranchBusy, NotFound, ShuttingDown, StoreUnavailable
from stellarchat.core.events import (
    End,
    Failed,
    FinishReason,
    GenerationEvent,
    Measured,
    Phase,
    Status,
    Text,
    Thinking,
    ToolCall,
    Usage,
)
from stellarchat.core.ids import new_id
from stellarchat.core.messages import Chat, Message, MessageStatus, ThinkingPart, ToolUsePart
from stellarchat.services.answers.generation import Clock, Generation
from stellarchat.services.answers.generations import Generations
from stellarchat.services.answers.recorder import Recorder
from stellarchat.services.answers.turns import Turn
from stellarchat.store.database import Store
from tests.fake_engine import Fake, running_fake
from tests.services.targets import Book, gateway, target
from tests.waiting import eventually

USER = "local"


@dataclass
class House:
    """What a test needs at hand."""

    store: Store
    fake: Fake
    recorder: Recorder
    generations: Generations
    chat: Chat
    book: Book

    async def ask(self, directives: str = "", **turn: Any) -> Generation:
        turn.setdefault("content", f"hi [[fake {directives}]]")
        return await self.generations.begin(Turn(user_id=USER, model="fake", chat_id=self.chat.id, **turn))

    async def read(self, message: Message | None) -> Message:
        assert message is not None
        async with self.store.read() as tx:
            return await tx.messages.get(message.chat_id, message.id)


@contextlib.asynccontextmanager
async def living(store: Store, fake: Fake, chat: Chat, **options: Any) -> AsyncIterator[House]:
    """One server process' worth of generations."""
    stall = options.pop("stall_timeout", 30)
    gate = gateway(target(fake, **options), stall_timeout=stall)
    recorder = Recorder(store, owner="test", interval=0.02)

    async def no_default(user_id: str) -> str | None:
        return None

    book = Book()
    generations = Generations(store, gate, recorder, owner="test", default_model=no_default, meter=book)
    recorder.start()
    try:
        yield House(store, fake, recorder, generations, chat, book)
    finally:
        await generations.close(0)
        await recorder.close()
        gate.close()


@pytest.fixture
async def store(tmp_path: pathlib.Path) -> AsyncIterator[Store]:
    opened = Store(f"sqlite:///{tmp_path}/chat.db")
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def chat(store: Store) -> Chat:
    now = datetime.now(UTC)
    made = Chat(id=new_id(), user_id=USER, created_at=now, updated_at=now, last_message_at=now)
    async with store.transaction() as tx:
        await tx.chats.add(made)
    return made


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with running_fake() as engine:
        yield engine


@pytest.fixture
async def house(store: Store, fake: Fake, chat: Chat) -> AsyncIterator[House]:
    async with living(store, fake, chat) as made:
        yield made


def text_of(events: list[GenerationEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, Text))


async def heard(generation: Generation, after: int = 0) -> list[GenerationEvent]:
    return [event async for batch in generation.follow(after) for _, event in batch]


async def test_a_turn_is_stored_before_anything_is_written(house: House) -> None:
    generation = await house.ask("tokens=5 first=60000")
    asked, answer = await house.read(generation.user_message), await house.read(generation.message)
    assert asked.content.startswith("hi")
    assert (answer.parent_id, answer.status) == (asked.id, MessageStatus.PENDING)
    assert not generation.wrote


async def test_a_turn_ends_with_text_usage_and_timings(house: House) -> None:
    generation = await house.ask("tokens=5 delay=5")
    events = await heard(generation)
    assert text_of(events) == "tok00 tok01 tok02 tok03 tok04 "
    last = events[-1]
    assert isinstance(last, End)
    assert last.finish_reason is FinishReason.STOP
    assert last.usage.completion_tokens == 5
    assert last.timings.time_to_first_token_ms is not None
    assert last.timings.tokens_per_second is not None
    phases = [event.phase for event in events if isinstance(event, Status)]
    assert phases[0] is Phase.PREFILL
    assert phases[-1] is Phase.DECODING
    stored = await house.read(generation.message)
    assert (stored.content, stored.status) == (text_of(events), MessageStatus.COMPLETE)
    assert stored.usage == last.usage
    assert stored.timings == last.timings


async def test_the_engine_reads_the_branch_and_nothing_else(house: House) -> None:
    first = await house.ask("tokens=1")
    await first.finished()
    second = await house.ask("tokens=1", system_prompt="Be brief.", params={"temperature": 0.5})
    await second.finished()
    request = (await house.fake.requests())[-1]["body"]
    roles = [message["role"] for message in request["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert request["messages"][2]["content"] == "tok00 "
    assert request["temperature"] == 0.5


async def test_every_end_is_measured_once(house: House) -> None:
    await (await house.ask("tokens=5 delay=5")).finished()
    await (await house.ask("status=500", parent_id=None)).finished()
    written, refused = house.book.answers
    assert (written["lane"], written["outcome"], written["completion_tokens"]) == ("chat", "stop", 5)
    assert isinstance(written["time_to_first_token"], float)
    assert (refused["outcome"], refused["time_to_first_token"]) == ("engine_refused", None)


async def test_thinking_and_tool_calls_become_parts(house: House) -> None:
    thought = await house.ask("tokens=3 think=4")
    assert any(isinstance(event, Thinking) for event in await heard(thought))
    parts = (await house.read(thought.message)).parts
    assert isinstance(parts[0], ThinkingPart)
    assert parts[0].duration_ms is not None
    called = await house.ask("tool=1")
    events = await heard(called)
    assert any(isinstance(event, ToolCall) for event in events)
    [part] = (await house.read(called.message)).parts
    assert isinstance(part, ToolUsePart)
    assert part.arguments.startswith("{")


async def test_rejoining_anywhere_gives_the_same_text(house: House) -> None:
    generation = await house.ask("tokens=30 delay=2 unicode=1")
    whole = await heard(generation)
    for after in range(len(whole) + 1):
        assert await heard(generation, after) == whole[after:]


async def test_many_followers_hear_the_same(house: House) -> None:
    generation = await house.ask("tokens=50 delay=1")
    stories = await asyncio.gather(*(heard(generation) for _ in range(20)))
    assert all(story == stories[0] for story in stories)


async def test_stop_frees_the_engine_and_keeps_the_text(house: House) -> None:
    generation = await house.ask("tokens=1000 delay=5")
    await eventually(lambda: generation.wrote)
    stopped = await house.generations.stop(generation.id, USER)
    assert stopped.stopped
    assert stopped.stop_ms is not None
    assert (await house.fake.stats())["active"] == 0
    message = await house.read(generation.message)
    assert message.status is MessageStatus.STOPPED
    assert message.content.startswith("tok00 ")
    again = await house.generations.stop(generation.id, USER)
    assert not again.stopped


@pytest.mark.parametrize("asked", [True, False])
async def test_stop_before_the_first_token(house: House, asked: bool) -> None:
    generation = await house.ask("tokens=5 first=60000")
    if asked:
        await eventually(lambda: generation.last_seq > 0)
    await house.generations.stop(generation.id, USER)
    assert (await house.read(generation.message)).status is MessageStatus.STOPPED
    await eventually(lambda: _idle(house.fake))


async def test_another_users_generation_does_not_exist(house: House) -> None:
    generation = await house.ask("tokens=1")
    await generation.finished()
    with pytest.raises(NotFound):
        await house.generations.stop(generation.id, "somebody else")
    with pytest.raises(NotFound):
        await house.generations.find(new_id(), USER)


async def test_a_replayed_request_is_answered_once(house: House) -> None:
    turns = [house.ask("tokens=3 delay=20", client_id="c1") for _ in range(5)]
    generations = await asyncio.gather(*turns)
    assert all(generation is generations[0] for generation in generations)
    await generations[0].finished()
    assert (await house.fake.stats())["started"] == 1
    later = await house.ask(client_id="c1", content="whatever")
    assert later.message is not None
    assert later.message.id == generations[0].message.id  # type: ignore[union-attr]


async def test_a_replay_after_the_events_are_gone_gives_the_text(house: House) -> None:
    generation = await house.ask("tokens=3", client_id="c1")
    await generation.finished()
    house.generations._live.clear()
    replayed = await house.ask(client_id="c1", content="whatever")
    events = await heard(replayed)
    assert text_of(events) == "tok00 tok01 tok02 "
    assert isinstance(events[-1], End)
    assert (await house.fake.stats())["started"] == 1


async def test_a_continuation_asked_for_twice_is_one(house: House) -> None:
    first = await house.ask("tokens=9 close_after=3")
    await first.finished()
    assert first.message is not None
    go_on = {"content": None, "continue_message_id": first.message.id, "client_id": "c2"}
    generations = await asyncio.gather(*(house.ask(**go_on) for _ in range(5)))
    assert all(generation is generations[0] for generation in generations)
    await generations[0].finished()
    house.generations._live.clear()
    later = await house.ask(**go_on)
    assert text_of(await heard(later)) == "tok00 tok01 tok02 " * 2
    assert (await house.fake.stats())["started"] == 2
    another = await house.ask(**{**go_on, "client_id": "c3"})
    await another.finished()
    assert (await house.fake.stats())["started"] == 3


def lose_the_commit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next write is done, and the answer that says so is lost."""
    write = house.store.write

    async def lost(work: Any) -> Any:
        monkeypatch.setattr(house.store, "write", write)
        await write(work)
        raise StoreUnavailable("the connection was lost")

    monkeypatch.setattr(house.store, "write", lost)


async def test_a_turn_whose_commit_was_not_answered_waits_for_nobody(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_commit(house, monkeypatch)
    with pytest.raises(StoreUnavailable):
        await house.ask("tokens=3")

    async def interrupted() -> bool:
        async with house.store.read() as tx:
            branch = await tx.messages.branch(
                house.chat.id, (await tx.chats.get(USER, house.chat.id)).active_leaf_id or "", 9
            )
        return branch[-1].status is MessageStatus.INTERRUPTED

    await eventually(interrupted)
    after = await house.ask("tokens=3")
    await after.finished()
    assert (await house.fake.stats())["started"] == 1


async def test_asking_again_after_a_commit_that_was_not_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_commit(house, monkeypatch)
    monkeypatch.setattr(house.recorder, "doubt", lambda _: None)  # it comes later than who asks again
    with pytest.raises(StoreUnavailable):
        await house.ask("tokens=3", client_id="c")
    again = await house.ask("tokens=3", client_id="c")
    assert again.message is not None
    assert again.message.status is MessageStatus.INTERRUPTED
    go_on = await house.ask(content=None, continue_message_id=again.message.id)
    assert text_of(await heard(go_on)) == "tok00 tok01 tok02 "


async def test_one_reply_at_a_time_on_a_branch(house: House) -> None:
    generation = await house.ask("tokens=1000 delay=5")
    with pytest.raises(BranchBusy):
        await house.ask("tokens=1")
    await house.generations.stop(generation.id, USER)
    after = await house.ask("tokens=1")
    await after.finished()


async def test_regenerating_makes_a_sibling(house: House) -> None:
    first = await house.ask("tokens=1")
    await first.finished()
    assert first.user_message is not None
    again = await house.ask(content=None, parent_id=first.user_message.id)
    await again.finished()
    assert again.user_message is None
    async with house.store.read() as tx:
        siblings = await tx.messages.siblings(house.chat.id, [first.user_message.id])
        chat = await tx.chats.get(USER, house.chat.id)
    assert siblings[first.user_message.id] == [first.message.id, again.message.id]  # type: ignore[union-attr]
    assert chat.active_leaf_id == again.message.id  # type: ignore[union-attr]


async def test_an_engine_that_dies_in_mid_answer_leaves_it_to_be_continued(house: House) -> None:
    generation = await house.ask("tokens=20 delay=20")
    await eventually(lambda: generation.wrote)
    house.generations.gateway.forget("fake")  # all connections break
    events = await heard(generation)
    last = events[-1]
    assert isinstance(last, Failed)
    assert last.interrupted
    message = await house.read(generation.message)
    assert message.status is MessageStatus.INTERRUPTED
    assert message.content == text_of(events)
    assert 0 < len(message.content) < 20 * len("tok00 ")
    assert message.error is not None
    assert message.error.code == "engine_died"

    resumed = await house.ask(content=None, continue_message_id=message.id)
    await resumed.finished()
    whole = await house.read(resumed.message)
    assert whole.id == message.id
    assert whole.status is MessageStatus.COMPLETE
    assert whole.content.startswith(message.content)
    assert len(whole.content) > len(message.content)
    assert whole.error is None
    request = (await house.fake.requests())[-1]["body"]
    assert request["messages"][-1] == {"role": "assistant", "content": message.content}


@pytest.mark.parametrize(
    ("directives", "code"),
    [
        ("status=500", "engine_refused"),
        ("status=429 retry_after=3", "engine_busy"),
        ("reset=1 close_after=0", "engine_died"),
        ("tokens=5 error_after=0", "engine_refused"),
    ],
)
async def test_failing_before_the_first_token_is_an_error(house: House, directives: str, code: str) -> None:
    generation = await house.ask(directives)
    last = (await heard(generation))[-1]
    assert isinstance(last, Failed)
    assert not last.interrupted
    assert last.error.code == code
    message = await house.read(generation.message)
    assert message.status is MessageStatus.ERROR
    assert message.error is not None
    assert message.error.code == code


@pytest.mark.parametrize("way", ["crlf=1", "split=1", "no_done=1"])
async def test_odd_streams_give_the_same_text(house: House, way: str) -> None:
    generation = await house.ask(f"tokens=9 unicode=1 {way}")
    events = await heard(generation)
    plain = await house.ask("tokens=9 unicode=1", parent_id=None)
    assert text_of(events) == text_of(await heard(plain))
    assert isinstance(events[-1], End)


@pytest.mark.parametrize(
    ("way", "code"), [("garbage=1", "engine_malformed"), ("bigline=10000000", "engine_malformed")]
)
async def test_nonsense_is_capped_and_named(house: House, way: str, code: str) -> None:
    generation = await house.ask(f"tokens=9 {way}")
    last = (await heard(generation))[-1]
    assert isinstance(last, Failed)
    assert last.error.code == code
    await eventually(lambda: _idle(house.fake))


async def test_silence_is_a_stall_and_keeps_what_came(store: Store, fake: Fake, chat: Chat) -> None:
    async with living(store, fake, chat, stall_timeout=0.2) as house:
        generation = await house.ask("tokens=9 stall_after=2")
        last = (await heard(generation))[-1]
        assert isinstance(last, Failed)
        assert last.error.code == "engine_stalled"
        assert (await house.read(generation.message)).content == "tok00 tok01 "


async def test_the_place_in_the_queue_is_told(store: Store, fake: Fake, chat: Chat) -> None:
    async with living(store, fake, chat, slots=1) as house:
        first = await house.ask("tokens=1000 delay=5")
        second = await house.ask("tokens=1", parent_id=None)
        await eventually(lambda: second.last_seq > 0)
        assert second.log[0] == Status(Phase.QUEUED, position=0, model="fake")
        await house.generations.stop(first.id, USER)
        last = (await heard(second))[-1]
        assert isinstance(last, End)
        assert last.timings.queue_ms > 0


async def test_checkpoints_are_in_the_store_while_it_writes(house: House) -> None:
    generation = await house.ask("tokens=1000 delay=5")
    await eventually(lambda: generation.flushed > 10)
    async with house.store.read() as tx:
        checkpoints = await tx.generations.checkpoints(generation.id)
    before = generation.log[: checkpoints[0].first_seq - 1]  # a checkpoint of nothing but states is not kept
    assert all(isinstance(event, Status) for event in before)
    assert [c.first_seq for c in checkpoints[1:]] == [c.last_seq + 1 for c in checkpoints[:-1]]
    await house.generations.stop(generation.id, USER)
    async with house.store.read() as tx:
        assert await tx.generations.checkpoints(generation.id) == []


async def test_what_a_dead_process_was_writing_is_interrupted_and_kept(
    store: Store, fake: Fake, chat: Chat
) -> None:
    async with living(store, fake, chat) as dead:
        generation = await dead.ask("tokens=1000 delay=5")
        await eventually(lambda: generation.flushed > 10)
        assert generation.task is not None
        dead.recorder._tracked.clear()  # from here on it is as if the process had been killed
        dead.recorder.finish = _lost  # type: ignore[method-assign, assignment]
    async with living(store, fake, chat) as house:
        assert await house.recorder.recover() == [chat.id]
        message = await house.read(generation.message)
        assert message.status is MessageStatus.INTERRUPTED
        assert message.content.startswith("tok00 tok01 ")
        found = await house.generations.find(generation.id, USER)
        assert isinstance(found, Message)
        assert await house.recorder.recover() == []


async def test_an_end_that_the_store_cannot_take_is_written_once_it_is_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = await house.ask("tokens=5 hold=2")
    await eventually(lambda: generation.flushed > 0)
    write = house.store.write

    async def away(work: object) -> None:
        raise StoreUnavailable("the database is away")

    monkeypatch.setattr("stellarchat.services.answers.recorder.PATIENCE", 0)
    monkeypatch.setattr(house.store, "write", away)
    house.fake.go_on()
    await generation.finished()
    assert not (await house.read(generation.message)).status.final
    monkeypatch.setattr(house.store, "write", write)

    async def stored() -> bool:
        return (await house.read(generation.message)).status is MessageStatus.COMPLETE

    await eventually(stored)
    assert (await house.read(generation.message)).content == "tok00 tok01 tok02 tok03 tok04 "
    await (await house.ask("tokens=1")).finished()  # the branch is not held by an answer that ended


async def test_shutting_down_keeps_the_answer_and_takes_no_more(house: House) -> None:
    generation = await house.ask("tokens=1000 delay=5")
    await eventually(lambda: generation.wrote)
    await house.generations.close(0.05)
    message = await house.read(generation.message)
    assert message.status is MessageStatus.INTERRUPTED
    assert message.content.startswith("tok00 ")
    with pytest.raises(ShuttingDown):
        await house.ask("tokens=1")


async def test_stateless_runs_leave_nothing_and_can_be_abandoned(house: House) -> None:
    turn = Turn(
        user_id=USER, model="fake", messages=[{"role": "user", "content": "[[fake tokens=1000 delay=5]]"}]
    )
    generation = await house.generations.begin(turn)
    await eventually(lambda: generation.wrote)
    house.generations.abandon(generation)
    await generation.finished()
    assert (await house.fake.stats())["active"] == 0
    async with house.store.read() as tx:
        assert await tx.messages.nodes(house.chat.id) == {}


@pytest.mark.parametrize(
    ("turn", "field"),
    [
        ({"content": None}, "content"),
        ({"params": {"temperature": 3}}, "temperature"),
        ({"params": {"nonsense": 3}}, "nonsense"),
        ({"params": {"max_tokens": 0}}, "max_tokens"),
        ({"params": {"stop": [""]}}, "stop"),
    ],
)
async def test_bad_turns_name_the_field(house: House, turn: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        await house.ask(**turn)
    assert caught.value.param == field


async def test_an_unknown_chat_or_parent(house: House) -> None:
    with pytest.raises(NotFound):
        await house.ask(parent_id=new_id())
    with pytest.raises(NotFound):
        await house.generations.begin(Turn(user_id=USER, model="fake", chat_id=new_id(), content="hi"))


async def _idle(fake: Fake) -> bool:
    return bool((await fake.stats())["active"] == 0)


async def _lost(*_: object) -> None:
    """A write that never happens."""


async def test_a_turn_whose_sender_leaves_while_it_is_stored_is_answered_all_the_same(house: House) -> None:
    async with house.store.transaction():
        asking = asyncio.create_task(house.ask("tokens=3"))
        await eventually(lambda: bool(house.generations._beginning))
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    async def answered() -> bool:
        async with house.store.read() as tx:
            chat = await tx.chats.get(USER, house.chat.id)
            if chat.active_leaf_id is None:
                return False
            answer = await tx.messages.get(chat.id, chat.active_leaf_id)
            return answer.status is MessageStatus.COMPLETE and bool(answer.content)

    await eventually(answered)


def test_what_came_in_one_piece_has_no_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    clock = Clock()
    for seconds in (0.05, 0.000001):
        now[0] += seconds
        clock.see([Text("x")])
    clock.see([Measured(Usage(prompt_tokens=3, completion_tokens=6))])
    assert clock.timings().time_to_first_token_ms == 50.0
    assert clock.timings().tokens_per_second is None
    now[0] += 0.5
    clock.see([Text("y")])
    assert clock.timings().tokens_per_second == 10.0
