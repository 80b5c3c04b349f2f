"""Frames tell exactly what the events say, however they are cut and wherever a reader comes in."""

import json
import random
from collections.abc import Iterator

import pytest

from stellarchat.api.frame_schemas import GenerationFrame
from stellarchat.api.frames import Frame, FrameEncoder, error_frame, message_start, snapshot
from stellarchat.core.errors import EngineDied, ErrorInfo
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
    Timings,
    ToolCall,
    Usage,
)
from stellarchat.core.messages import ImagePart, Part, TextPart, ThinkingPart, ToolUsePart, fold
from tests.api.reader import Reader, plain_parts

DIED = ErrorInfo(code="engine_died", message="gone", status=502, remedy="again", detail="Killed")
BASES: list[list[Part]] = [
    [],
    [TextPart("so far ")],
    [ThinkingPart("hm", 1.5)],
    [TextPart("a"), ToolUsePart("1", "f", "{}")],
    [ImagePart("data:image/png;base64,AA==")],
]


def told(encoder: FrameEncoder, *events: GenerationEvent, first: int = 1) -> list[dict[str, object]]:
    return [json.loads(data) for _, data in encoder.encode(enumerate(events, first))]


def batches(rng: random.Random, events: list[GenerationEvent]) -> Iterator[list[tuple[int, GenerationEvent]]]:
    numbered = list(enumerate(events, 1))
    while numbered:
        size = rng.randint(1, 6)
        yield numbered[:size]
        numbered = numbered[size:]


def some_events(rng: random.Random) -> list[GenerationEvent]:
    """A reply that no model would write: every kind of event in any order."""
    calls: dict[int, bool] = {}
    events: list[GenerationEvent] = []
    for _ in range(rng.randint(0, 25)):
        piece = rng.choice(["", "a", '"\\\n', "你好", "\u2028", "<b>", "x" * 40])
        match rng.randint(0, 6):
            case 0 | 1:
                events.append(Text(piece))
            case 2:
                events.append(Thinking(piece))
            case 3:
                index = rng.randint(0, 2)
                new = index not in calls
                calls[index] = True
                events.append(ToolCall(index, f"id{index}" if new else None, "f" if new else None, piece))
            case 4:
                events.append(ToolCall(rng.randint(0, 2), arguments=piece))
            case 5:
                events.append(Status(Phase.PREFILL, progress=0.5))
            case _:
                events.append(Measured(Usage(3, 4), Timings()))
    last: GenerationEvent = End(FinishReason.STOP)
    events.append(rng.choice([last, Failed(DIED), Failed(DIED, interrupted=True)]))
    return events


def test_neighbouring_deltas_of_a_batch_become_one_frame() -> None:
    frames = told(FrameEncoder("g"), Text("a"), Text("b"), Thinking("c"), Thinking("d"), Text("e"))
    deltas = [frame for frame in frames if frame["type"] == "content_block_delta"]
    assert [frame["seq"] for frame in deltas] == [2, 4, 5]
    assert deltas[0]["delta"] == {"type": "text_delta", "text": "ab"}


def test_a_block_is_started_once_and_stopped_before_the_next() -> None:
    encoder = FrameEncoder("g")
    first = told(encoder, Thinking("a"))
    second = told(encoder, Thinking("b"), first=2)
    third = told(encoder, Text("c"), first=3)
    assert [frame["type"] for frame in first] == ["content_block_start", "content_block_delta"]
    assert [frame["type"] for frame in second] == ["content_block_delta"]
    assert [(frame["type"], frame["index"]) for frame in third] == [
        ("content_block_stop", 0),
        ("content_block_start", 1),
        ("content_block_delta", 1),
    ]


def test_frames_before_the_last_of_an_event_do_not_claim_it() -> None:
    encoder = FrameEncoder("g")
    encoder.skip([(1, Thinking("a"))])
    assert [frame["seq"] for frame in told(encoder, Text("b"), first=2)] == [1, 1, 2]


def test_the_end_tells_counts_that_are_zero_too() -> None:
    frames = told(FrameEncoder("g"), End(FinishReason.LENGTH, Usage(completion_tokens=2)))
    assert frames[0]["stop_reason"] == "length"
    assert frames[0]["usage"] == {
        "prompt_tokens": 0,
        "completion_tokens": 2,
        "cached_tokens": 0,
        "reasoning_tokens": 0,
    }
    assert frames[1]["type"] == "message_stop"


def test_a_failure_ends_with_its_error_and_says_whether_it_can_be_continued() -> None:
    kept = told(FrameEncoder("g"), Text("a"), Failed(DIED, interrupted=True))
    assert [frame["type"] for frame in kept[2:]] == ["content_block_stop", "message_delta", "error"]
    assert kept[3]["stop_reason"] == "interrupted"
    assert (kept[4]["code"], kept[4]["interrupted"], kept[4]["detail"]) == ("engine_died", True, "Killed")
    nothing = told(FrameEncoder("g"), Failed(DIED))
    assert [frame["type"] for frame in nothing] == ["error"]
    assert nothing[0]["interrupted"] is False


def test_a_status_leaves_out_what_is_not_known() -> None:
    frames = told(FrameEncoder("g"), Status(Phase.QUEUED, position=2))
    assert frames == [{"generation_id": "g", "seq": 1, "type": "status", "phase": "queued", "position": 2}]


def test_a_call_that_is_named_late_is_told_again() -> None:
    frames = told(FrameEncoder("g"), ToolCall(0, arguments="{"), ToolCall(0, "1", "f", "}"))
    starts = [frame["content_block"] for frame in frames if frame["type"] == "content_block_start"]
    assert starts == [
        {"type": "tool_use", "id": "", "name": ""},
        {"type": "tool_use", "id": "1", "name": "f"},
    ]


@pytest.mark.parametrize("seed", range(60))
def test_any_cut_tells_what_the_events_say(seed: int) -> None:
    rng = random.Random(seed)
    events = some_events(rng)
    base = rng.choice(BASES)
    encoder, reader = FrameEncoder("g", base), Reader(base)
    for batch in batches(rng, events):
        for seq, data in encoder.encode(batch):
            frame = json.loads(data)
            assert frame["seq"] == seq
            GenerationFrame.model_validate(frame, strict=False)
            reader.read(frame)
    assert reader.parts == plain_parts(fold(base, events))
    assert reader.over
    assert reader.seq == len(events)


@pytest.mark.parametrize("seed", range(25))
def test_a_link_may_break_after_any_frame(seed: int) -> None:
    rng = random.Random(1000 + seed)
    events = some_events(rng)
    base = rng.choice(BASES)
    encoder = FrameEncoder("g", base)
    frames: list[Frame] = [frame for batch in batches(rng, events) for frame in encoder.encode(batch)]
    whole = plain_parts(fold(base, events))
    for seen in range(len(frames)):
        reader = Reader(base)
        for _, data in frames[:seen]:
            reader.read(json.loads(data))
        again = FrameEncoder("g", base)
        again.skip(enumerate(events[: reader.seq], 1))
        for _, data in again.encode(enumerate(events[reader.seq :], reader.seq + 1)):
            reader.read(json.loads(data))
        assert reader.parts == whole
        assert reader.over


def test_errors_name_what_they_answer() -> None:
    error = EngineDied("gone", remedy="again", detail="Killed").info()
    frame = json.loads(error_frame(error, request_id="r1"))
    assert frame["request_id"] == "r1"
    assert frame["status"] == 502
    GenerationFrame.model_validate(frame)


def test_a_message_is_put_in_as_it_is() -> None:
    assert json.loads(message_start("g", "r", None, None, b'{"a":1}')) == {
        "type": "message_start",
        "generation_id": "g",
        "seq": 0,
        "request_id": "r",
        "chat_id": None,
        "user_message": None,
        "message": {"a": 1},
    }
    assert json.loads(snapshot("g", 7, b"{}")) == {
        "type": "snapshot",
        "generation_id": "g",
        "seq": 7,
        "message": {},
    }
