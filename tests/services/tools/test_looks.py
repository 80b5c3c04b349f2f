"""What is refused of tools, and the names that models are told."""

from typing import Any

import pytest

from stellarchat.core.tools import OutputKind
from stellarchat.services.tools import looks
from stellarchat.services.tools.looks import looked_at, plain, sent_names
from stellarchat.services.tools.results import IMAGE_CHARS, TEXT_CHARS, returned, told


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def with_field(**field: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": field}}


@pytest.mark.parametrize(
    "schema",
    [
        None,
        [],
        {"type": "string"},
        nested(20),
        with_field(type="string", description="x" * looks.SCHEMA_BYTES),
        {"type": "object", "properties": {str(n): {} for n in range(looks.SCHEMA_NODES)}},
        with_field(**{"$ref": "http://169.254.169.254/latest"}),
        with_field(**{"$ref": "file:///etc/passwd"}),
        with_field(**{"$ref": "#/nowhere"}),
        with_field(type="string", pattern="(a+)+" * 60),
        with_field(type="string", pattern="("),
        with_field(type="string", minLength=100_000),
        with_field(type="array", maxItems=1_000_000),
        with_field(enum=list(range(1000))),
        with_field(type="no such type"),
    ],
)
def test_schemas_that_could_hurt_an_engine_are_refused(schema: Any) -> None:
    """SECURITY: exhaustion (vLLM 2025-48942/3: schemas and patterns), SSRF by reference."""
    tool = looked_at("read", None, "", schema)
    assert tool.refused
    assert tool.schema == {}


def test_schemas_are_passed_on_as_they_are() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/b"}},
        "$defs": {"b": {"type": "integer", "maximum": 5}},
        "required": ["a"],
    }
    tool = looked_at("read", "Read", "Reads.", schema)
    assert (tool.refused, tool.schema) == (None, schema)


@pytest.mark.parametrize("name", ["", "x" * 129, "a b", "a\u202eb", "a\x1b[31m", "a\u200bb", "a\nb"])
def test_names_with_what_cannot_be_seen_are_refused(name: str) -> None:
    assert looked_at(name, None, "", {}).refused


def test_a_digest_changes_with_all_that_is_read() -> None:
    """SECURITY: an approval is for the tool that was looked at."""
    base = ("read", "Read", "Reads.", {"type": "object", "properties": {}})
    digests = {looked_at(*base).digest}
    for at, other in enumerate(("write", "Other", "Reads. <IMPORTANT>", with_field(type="string"))):
        changed = [*base]
        changed[at] = other  # type: ignore[call-overload]
        digests.add(looked_at(*changed).digest)
    assert len(digests) == 5
    again = ("read", "Read", "Reads.", {"properties": {}, "type": "object"})
    assert looked_at(*again).digest in digests


def test_models_are_told_names_that_functions_may_have() -> None:
    odd = ["a.b", "a/b", "ödd näme", "x" * 100, "x" * 101, "plain"]
    names = sent_names("files", odd, taken=["files__plain"])
    assert len(set(names.values())) == len(odd)
    assert all(len(name) <= 64 and name.isascii() for name in names.values())
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-ABCDEF") for name in names.values())
    assert names["plain"] != "files__plain"
    assert sent_names("files", ["read"]) == {"read": "files__read"}


def test_what_terminals_obey_is_taken_out() -> None:
    said = "\x1b[31mred\x1b[0m \x1b]0;title\x07 \u202egnp.exe \x00\x9b a\tb\r\nc \ud800 👩‍👩‍👧"
    assert plain(said) == "red  gnp.exe  a\tb\nc \ufffd 👩‍👩‍👧"


def test_results_are_capped_and_pictures_are_pictures() -> None:
    """SECURITY: script in uploads (SVG), exhaustion."""
    contents = [
        {"type": "text", "text": "x" * (TEXT_CHARS + 10)},
        {"type": "image", "mimeType": "image/png", "data": "aGk="},
        {"type": "image", "mimeType": "image/svg+xml", "data": "aGk="},
        {"type": "image", "mimeType": "image/png", "data": '"><script>'},
        {"type": "image", "mimeType": "image/png", "data": "a" * (IMAGE_CHARS + 1)},
        {"type": "audio", "mimeType": "audio/wav", "data": "aGk="},
        {"type": "resource_link", "uri": "file:///etc/passwd"},
        {"type": "resource", "resource": {"uri": "a", "text": "words"}},
        {"type": "future"},
    ]
    result = returned(contents, None, failed=True)
    kinds = [output.kind for output in result.outputs]
    assert kinds.count(OutputKind.IMAGE) == 1
    assert sum(len(output.text) for output in result.outputs) < TEXT_CHARS + 1000
    assert "10 more characters" in result.outputs[0].text
    assert len(told(result.outputs)) < 61_000
    assert told(()) == "(the tool returned nothing)"
    assert len(returned([{"type": "text", "text": "a"}] * 1000, None, failed=False).outputs) == 51


def test_structured_results_are_not_said_twice() -> None:
    text = [{"type": "text", "text": '{"a": 1}'}]
    assert len(returned(text, {"a": 1}, failed=False).outputs) == 1
    assert len(returned([{"type": "text", "text": "3"}], {"result": 3}, failed=False).outputs) == 1
    red = "\x1b[31mred"
    assert len(returned([{"type": "text", "text": red}], {"result": red}, failed=False).outputs) == 1
    assert [output.kind for output in returned(text, {"a": 2}, failed=False).outputs] == [
        OutputKind.TEXT,
        OutputKind.JSON,
    ]
