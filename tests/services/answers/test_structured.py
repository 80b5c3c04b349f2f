"""Schemas in both forms, and answers held against them."""

import time
from typing import Any

import pytest

from stellarchat.core.errors import BadRequest
from stellarchat.services.answers.structured import Invalid, Shape, from_simple, is_json_schema


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"city": "string"}, False),
        ({"title": "string", "description": "string"}, False),
        ({"name": "string", "type": "string"}, False),
        ({"items": ["string"], "n": "integer"}, False),
        ({"type": "string"}, True),
        ({"type": ["string", "null"]}, True),
        ({"type": "object"}, True),
        ({"properties": {"a": {"type": "string"}}}, True),
        ({"anyOf": [{"type": "string"}]}, True),
        ({"enum": ["a", "b"]}, True),
        ({"$ref": "#"}, True),
        ({"type": "object", "x-own": 1}, True),
    ],
)
def test_the_two_forms_are_told_apart(given: dict[str, Any], meant: bool) -> None:
    assert is_json_schema(given) is meant


def test_the_simple_form_becomes_a_strict_schema() -> None:
    assert from_simple({"a": "string", "b": ["number"], "c": {"d": "boolean"}, "e": [{"f": "integer"}]}) == {
        "type": "object",
        "properties": {
            "a": {"type": "string"},
            "b": {"type": "array", "items": {"type": "number"}},
            "c": {
                "type": "object",
                "properties": {"d": {"type": "boolean"}},
                "required": ["d"],
                "additionalProperties": False,
            },
            "e": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"f": {"type": "integer"}},
                    "required": ["f"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["a", "b", "c", "e"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({}, "schema"),
        ({"a": "text"}, "schema.a"),
        ({"a": []}, "schema.a"),
        ({"a": ["string", "string"]}, "schema.a"),
        ({"a": {"b": None}}, "schema.a.b"),
        ({"a": [{"b": 5}]}, "schema.a[].b"),
        ({"type": "nope", "properties": {}}, "schema"),
        ({"type": "object", "properties": {"a": {"type": 5}}}, "schema"),
        ({"$ref": "#/nowhere"}, "schema"),
        ({"$ref": "http://127.0.0.1:9/s"}, "schema"),
        ({"$schema": "http://127.0.0.1:9/s"}, "schema"),
        ({"$ref": "file:///etc/passwd"}, "schema"),
        ({"type": "string", "pattern": "["}, "schema"),
    ],
)
def test_what_is_no_schema_is_refused_by_name(given: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        Shape(given)
    assert caught.value.param == param
    assert caught.value.remedy


def test_deep_forms_are_refused() -> None:
    deep: Any = "string"
    for _ in range(40):
        deep = {"a": deep}
    with pytest.raises(BadRequest):
        Shape(deep)


def test_an_answer_is_read() -> None:
    assert Shape({"n": "integer", "t": ["string"]}).read(' {"n": 1, "t": ["a"]}\n') == {"n": 1, "t": ["a"]}
    assert Shape({"type": "string"}).read('"a"') == "a"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("hello", "not JSON"),
        ('{"n": 1', "not JSON"),
        ('{"n": "1"}', "n: "),
        ("{}", "the whole: "),
        ('{"n": 1, "m": 2}', "the whole: "),
        ("[1]", "the whole: "),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        Shape({"n": "integer"}).read(text)


def test_a_hostile_pattern_takes_no_time_that_grows_with_the_text() -> None:
    shape = Shape({"type": "string", "pattern": "^(a+)+$"})
    began = time.process_time()
    with pytest.raises(Invalid):
        shape.read('"' + "a" * 5000 + '!"')
    assert time.process_time() - began < 5  # a backtracking matcher would need longer than the sun has


@pytest.mark.parametrize(
    "given", [{"$ref": "#"}, {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}]
)
def test_schemas_that_go_round_in_circles_end(given: dict[str, Any]) -> None:
    assert Shape(given).read("1") == 1
