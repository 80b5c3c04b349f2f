import json

import pytest

from stellarchat.core.errors import (
    BadRequest,
    ContextTooLong,
    EngineBusy,
    EngineMalformed,
    EngineRefused,
    EngineRejected,
)
from stellarchat.core.events import (
    FinishReason,
    Measured,
    Phase,
    Status,
    Text,
    Thinking,
    Timings,
    ToolCall,
    Usage,
)
from stellarchat.engines._openai_http.chunks import ChunkReader, engine_error, retry_after
from stellarchat.engines._openai_http.dialect import LLAMACPP, OPENAI


def chunk(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def delta(**fields: object) -> bytes:
    return chunk(choices=[{"index": 0, "delta": fields, "finish_reason": None}])


def test_text_and_both_names_of_reasoning() -> None:
    reader = ChunkReader()
    events = reader.read(
        [
            delta(role="assistant", content=""),
            delta(reasoning_content="a"),
            delta(reasoning="b"),
            delta(content="c"),
        ]
    )
    assert events == [Thinking("a"), Thinking("b"), Text("c")]


@pytest.mark.parametrize(
    ("last", "word"),
    [
        ({"choices": [{"finish_reason": "stop", "stop_reason": "END"}]}, "END"),  # vLLM
        ({"choices": [{"finish_reason": "stop", "stop_reason": 151643}]}, None),
        ({"choices": [{"finish_reason": "stop", "matched_stop": "END"}]}, "END"),  # SGLang
        ({"choices": [{"finish_reason": "stop", "matched_stop": 2}]}, None),
        ({"choices": [{"finish_reason": "stop"}], "__verbose": {"stopping_word": "END"}}, "END"),  # llama.cpp
        ({"choices": [{"finish_reason": "stop"}], "__verbose": {"stopping_word": ""}}, None),
        ({"choices": [{"finish_reason": "stop"}]}, None),
    ],
)
def test_which_stop_string_ended_it(last: dict[str, object], word: str | None) -> None:
    reader = ChunkReader()
    reader.read([chunk(**last)])
    assert (reader.finish_reason, reader.stopped_by) == (FinishReason.STOP, word)


def test_what_an_endpoint_may_not_say_is_dropped() -> None:
    """Open WebUI CVE-2025-64496: events of an endpoint that the page then carried out."""
    reader = ChunkReader()
    events = reader.read(
        [
            json.dumps({"event": {"type": "execute", "data": {"code": "alert(1)"}}}).encode(),
            chunk(
                choices=[{"index": 0, "delta": {"content": "a", "execute": "x"}}],
                event={"type": "citation", "data": {}},
                sources=["x"],
            ),
        ]
    )
    assert events == [Text("a")]
    assert reader.failure is None


def test_a_tool_call_in_pieces() -> None:
    reader = ChunkReader()
    first = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}
    events = reader.read(
        [delta(tool_calls=[first]), delta(tool_calls=[{"index": 0, "function": {"arguments": '{"a":1}'}}])]
    )
    assert events == [ToolCall(0, "c1", "f", ""), ToolCall(0, None, None, '{"a":1}')]


def test_the_end_usage_and_llamacpps_timings() -> None:
    reader = ChunkReader()
    events = reader.read(
        [
            chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "length"}]),
            chunk(
                choices=[],
                usage={
                    "prompt_tokens": 9,
                    "completion_tokens": 4,
                    "prompt_tokens_details": {"cached_tokens": 5},
                },
                timings={"prompt_ms": 1.5, "predicted_ms": 8.0, "predicted_per_second": 500.0},
            ),
            b"[DONE]",
        ]
    )
    assert reader.finish_reason is FinishReason.LENGTH
    assert reader.done
    assert events == [
        Measured(Usage(9, 4, 5, 0), Timings(prompt_ms=1.5, generation_ms=8.0, tokens_per_second=500.0))
    ]


def test_prompt_progress_is_a_status() -> None:
    [event] = ChunkReader().read([chunk(prompt_progress={"total": 100, "cache": 40, "processed": 70})])
    assert event == Status(Phase.PREFILL, progress=0.7, prompt_tokens=100, cached_tokens=40)


def test_only_the_first_choice_is_read() -> None:
    second = chunk(choices=[{"index": 1, "delta": {"content": "no"}, "finish_reason": "stop"}])
    reader = ChunkReader()
    assert reader.read([second]) == []
    assert reader.finish_reason is None


@pytest.mark.parametrize("payload", [b"nonsense", b"[1]", b'{"choices": 5}', b'{"choices": [{"delta": 3}]}'])
def test_what_is_no_chunk_is_named(payload: bytes) -> None:
    reader = ChunkReader()
    assert reader.read([delta(content="before"), payload, delta(content="after")]) == [Text("before")]
    assert isinstance(reader.failure, EngineMalformed)
    assert reader.failure.detail == payload.decode()


@pytest.mark.parametrize(
    ("payload", "status", "kind"),
    [
        (b'{"error": {"message": "no", "code": 400}}', 400, EngineRejected),
        (b'{"message": "no", "object": "error"}', 400, EngineRejected),
        (b'{"error": "no"}', 500, EngineRefused),
        (b"no", 502, EngineRefused),
        (b'{"error": {"message": "no"}}', 429, EngineBusy),
        (b'{"error": {"message": "no"}}', 401, EngineRefused),
        (b'{"error": {"message": "no", "type": "exceed_context_size_error"}}', 400, ContextTooLong),
    ],
)
def test_an_engines_error_in_any_shape(payload: bytes, status: int, kind: type[Exception]) -> None:
    error = engine_error(payload, status)
    assert type(error) is kind
    assert error.message == "no"


def test_an_error_inside_a_stream_keeps_what_came_before_it() -> None:
    reader = ChunkReader()
    assert reader.read([delta(content="a"), chunk(error={"message": "boom", "code": 500})]) == [Text("a")]
    assert isinstance(reader.failure, EngineRefused)
    assert reader.failure.message == "boom"


@pytest.mark.parametrize(
    ("value", "seconds"), [(b"3", 3.0), (b"-1", 0.0), (b"Wed, 21 Oct 2015 07:28:00 GMT", None)]
)
def test_retry_after(value: bytes, seconds: float | None) -> None:
    assert retry_after({b"retry-after": value}) == seconds


def test_dialects_leave_a_plain_body_untouched_and_translate_thinking() -> None:
    plain = {"model": "m", "messages": []}
    assert LLAMACPP.adapt(plain) is plain
    assert OPENAI.adapt(plain) is plain
    assert LLAMACPP.adapt({**plain, "thinking": False}) == {
        **plain,
        "chat_template_kwargs": {"enable_thinking": False},
    }
    assert OPENAI.adapt({**plain, "top_k": None}) == plain
    with pytest.raises(BadRequest, match="top_k"):
        OPENAI.adapt({**plain, "top_k": 3})


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (
            "input (2003 tokens) is too large to process. increase the physical batch size (current batch"
            " size: 128)",
            ContextTooLong,
        ),
        (
            "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
            EngineRejected,
        ),
        ("Internal error", EngineRefused),
    ],
)
def test_what_llamacpp_says_as_its_own_fault_is_the_clients_where_it_is(
    words: str, kind: type[EngineRefused]
) -> None:
    payload = json.dumps({"error": {"code": 500, "message": words, "type": "server_error"}}).encode()
    error = engine_error(payload, 500)
    assert type(error) is kind
    assert error.info().status == (502 if kind is EngineRefused else 400)
