"""What a request may say, field by field; limits are tested in tests/security."""

from typing import Any

import pytest

from stellarchat.api.bodies import parse
from stellarchat.api.limits import Limits
from stellarchat.api.openai.validate import validate_chat, validate_completion, validate_embeddings
from stellarchat.core.errors import BadRequest, PayloadTooLarge

PLAIN: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
PIXEL = "data:image/png;base64,iVBORw0KGgo="


def said(**message: Any) -> dict[str, Any]:
    """Return a body with one message."""
    return {"model": "m", "messages": [message]}


@pytest.mark.parametrize(
    "body",
    [
        PLAIN,
        {**PLAIN, "temperature": None, "stop": None, "tools": None, "n": None},
        {**PLAIN, "temperature": 2, "top_p": 1, "presence_penalty": -2, "stop": "x", "seed": -1, "top_k": -1},
        {**PLAIN, "stop": ["a", "b"], "stream": True, "stream_options": {"include_usage": True}},
        {**PLAIN, "mirostat": 2, "anything": {"an engine": "knows"}},
        {**PLAIN, "response_format": {"type": "json_object"}},
        {**PLAIN, "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}},
        {**PLAIN, "tool_choice": "auto"},
        {**PLAIN, "tool_choice": {"type": "function", "function": {"name": "f"}}},
        {**PLAIN, "tools": [{"type": "function", "function": {"name": "f-1.b_c"}}]},
        {**PLAIN, "chat_template_kwargs": {"enable_thinking": False}},
        {**PLAIN, "regex": "[a-z]{1,5}", "logit_bias": {"5": -100}},
        said(role="developer", content="be kind"),
        said(role="user", content=[{"type": "text", "text": "a"}]),
        said(role="user", content=[{"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}}]),
        said(role="user", content=[{"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}]),
        said(
            role="assistant",
            content=None,
            tool_calls=[{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        ),
        said(role="tool", content="42", tool_call_id="1"),
    ],
)
def test_good_chats_pass_unchanged(body: dict[str, Any]) -> None:
    before = repr(body)
    validate_chat(body)
    assert repr(body) == before


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"model": None}, "model"),
        ({"model": ""}, "model"),
        ({"model": 5}, "model"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": ["hi"]}, "messages[0]"),
        ({"messages": [{"content": "hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "root", "content": "hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "nonsense"}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x/"}}]}
                ]
            },
            "messages[0].content[0].image_url.url",
        ),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": -0.1}, "temperature"),
        ({"temperature": "1"}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"top_p": 1.1}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"max_completion_tokens": -1}, "max_completion_tokens"),
        ({"n": 0}, "n"),
        ({"stream": "yes"}, "stream"),
        ({"stop": 5}, "stop"),
        ({"stop": [5]}, "stop[0]"),
        ({"presence_penalty": 3}, "presence_penalty"),
        ({"top_logprobs": 21}, "top_logprobs"),
        ({"logit_bias": {"1": 101}}, "logit_bias[...]"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name"),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
        ({"tools": [{"type": "retrieval", "function": {"name": "a"}}]}, "tools[0].type"),
        ({"tool_choice": "maybe"}, "tool_choice"),
        ({"response_format": {"type": "yaml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {}}},
            "response_format.json_schema.schema",
        ),
        ({"regex": 5}, "regex"),
        ({"chat_template": "x"}, "chat_template"),
        ({"chat_template_kwargs": {"chat_template": "x"}}, "chat_template_kwargs.chat_template"),
    ],
)
def test_bad_chats_are_refused_by_field(change: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        validate_chat({**PLAIN, **change})
    assert caught.value.param == param
    assert param.split("[")[0].split(".")[0] in caught.value.message or caught.value.remedy


@pytest.mark.parametrize("name", ["model", "messages"])
def test_missing_fields_are_named(name: str) -> None:
    with pytest.raises(BadRequest) as caught:
        validate_chat({key: value for key, value in PLAIN.items() if key != name})
    assert caught.value.param == name
    assert "missing" in caught.value.message


def test_a_schema_may_have_fields_that_are_named_like_its_words() -> None:
    fields = {"pattern": {"type": "string"}, "maxItems": {"type": "integer"}, "regex": {"type": "string"}}
    schema = {"type": "object", "properties": fields, "required": ["pattern"]}
    validate_chat(
        {**PLAIN, "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": schema}}}
    )


def test_limits_can_be_set() -> None:
    validate_chat({**PLAIN, "n": 9}, Limits(choices=9))
    with pytest.raises(PayloadTooLarge) as caught:
        validate_chat({**PLAIN, "n": 10}, Limits(choices=9))
    assert caught.value.param == "n"


@pytest.mark.parametrize("prompt", ["hi", ["hi", "you"], [1, 2, 3], [[1, 2], [3]], [1] * 10_000])
def test_good_completions_pass(prompt: Any) -> None:
    validate_completion({"model": "m", "prompt": prompt, "logprobs": 5, "echo": True})


@pytest.mark.parametrize(
    ("change", "error", "param"),
    [
        ({"prompt": None}, BadRequest, "prompt"),
        ({"prompt": [1.5]}, BadRequest, "prompt[0]"),
        ({"prompt": ["a"] * 9}, PayloadTooLarge, "prompt"),
        ({"best_of": 9}, PayloadTooLarge, "best_of"),
        ({"logprobs": -1}, BadRequest, "logprobs"),
    ],
)
def test_bad_completions_are_refused(change: dict[str, Any], error: type[Exception], param: str) -> None:
    with pytest.raises(error) as caught:
        validate_completion({"model": "m", "prompt": "hi", **change})
    assert getattr(caught.value, "param", None) == param


@pytest.mark.parametrize("given", ["a", ["a", "b"], [1, 2], [[1], [2]], [1] * 10_000])
def test_good_embeddings_pass(given: Any) -> None:
    validate_embeddings({"model": "m", "input": given, "encoding_format": "base64"})


@pytest.mark.parametrize(
    ("change", "error", "param"),
    [
        ({"input": []}, BadRequest, "input"),
        ({"input": {}}, BadRequest, "input"),
        ({"input": ["a"] * 2049}, PayloadTooLarge, "input"),
        ({"encoding_format": "hex"}, BadRequest, "encoding_format"),
        ({"dimensions": 0}, BadRequest, "dimensions"),
    ],
)
def test_bad_embeddings_are_refused(change: dict[str, Any], error: type[Exception], param: str) -> None:
    with pytest.raises(error) as caught:
        validate_embeddings({"model": "m", "input": "a", **change})
    assert getattr(caught.value, "param", None) == param


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"5", b"null", b'"a"', b"\xff", b'{"a":' * 100_000, b"[" * 100_000]
)
def test_what_is_no_object_is_no_body(raw: bytes) -> None:
    with pytest.raises(BadRequest):
        parse(raw)


def test_a_body_is_parsed() -> None:
    assert parse(b'{"model": "\xe6\x98\x9f", "n": 1}') == {"model": "星", "n": 1}
