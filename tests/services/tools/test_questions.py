"""What a server asks in the middle of a call: which forms are taken, and which answers."""

from typing import Any

import pytest

from stellarchat.core.errors import BadRequest
from stellarchat.core.tools import FieldKind, Option
from stellarchat.services.tools.questions import checked, form, visit

FORM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {
            "type": "string",
            "title": "Name",
            "description": "x\x1b[31m",
            "minLength": 2,
            "maxLength": 4,
        },
        "mail": {"type": "string", "format": "email"},
        "day": {"type": "string", "format": "date"},
        "age": {"type": "integer", "minimum": 1, "maximum": 120, "default": 30},
        "size": {"type": "number", "default": "none"},
        "sure": {"type": "boolean", "default": True},
        "seat": {"type": "string", "enum": ["w", "a"], "enumNames": ["Window", "Aisle"], "default": "a"},
        "tone": {"type": "string", "oneOf": [{"const": "k", "title": "Kind"}]},
        "days": {"type": "array", "items": {"anyOf": [{"const": "mo", "title": "Monday"}]}, "maxItems": 1},
        "perhaps": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "required": ["name", "seat"],
}


def test_every_kind_of_field_is_read() -> None:
    question = form("Who\x00 are you?", FORM)
    fields = {field.name: field for field in question.fields}
    assert question.message == "Who are you?"
    assert list(fields) == list(FORM["properties"])
    assert [field.kind for field in question.fields] == [
        *(FieldKind.STRING,) * 3,
        *(FieldKind.INTEGER, FieldKind.NUMBER, FieldKind.BOOLEAN, FieldKind.CHOICE, FieldKind.CHOICE),
        *(FieldKind.CHOICES, FieldKind.STRING),
    ]
    name = fields["name"]
    assert (name.title, name.description, name.required) == ("Name", "x", True)
    assert (name.least, name.most) == (2, 4)
    assert fields["mail"].title == "mail"
    assert [fields[one].default for one in ("age", "size", "sure", "seat")] == [30, None, True, "a"]
    assert fields["seat"].options == (Option("w", "Window"), Option("a", "Aisle"))
    assert fields["tone"].options == (Option("k", "Kind"),)
    assert (fields["days"].options, fields["days"].most) == ((Option("mo", "Monday"),), 1)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {"type": "object"}}},
        {"type": "object", "properties": {"a": {"$ref": "https://evil.example/"}}},
        {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}}},
        {"type": "object", "properties": {"": {"type": "string"}}},
        {"type": "object", "properties": {"\x1b[2J": {"type": "string"}}},
        {"type": "object", "properties": {str(one): {"type": "string"} for one in range(31)}},
        {"type": "object", "properties": {"a": {"type": "string", "enum": [str(one) for one in range(201)]}}},
        {"type": "object", "properties": [], "required": "a"},
    ],
)
def test_other_forms_are_refused(schema: Any) -> None:
    """SECURITY: what a server asks for is a flat form of a bounded size, or nothing."""
    with pytest.raises(BadRequest):
        form("?", schema)


def test_an_answer_follows_the_form() -> None:
    """SECURITY: what a server is told was asked for."""
    question = form("?", FORM)
    good = {"name": "Ann", "mail": "a@b.org", "age": 3.0, "seat": "w", "days": ["mo"], "perhaps": None}
    assert checked(question, good) == {
        **{"name": "Ann", "mail": "a@b.org", "age": 3, "seat": "w", "days": ["mo"]},
    }
    for change, param in (
        ({"name": None}, "content.name"),
        ({"name": "A"}, "content.name"),
        ({"name": "Annabel"}, "content.name"),
        ({"name": 1}, "content.name"),
        ({"mail": "nobody"}, "content.mail"),
        ({"day": "tomorrow"}, "content.day"),
        ({"age": 1.5}, "content.age"),
        ({"age": 121}, "content.age"),
        ({"age": True}, "content.age"),
        ({"sure": "yes"}, "content.sure"),
        ({"seat": "x"}, "content.seat"),
        ({"days": ["mo", "mo"]}, "content.days"),
        ({"perhaps": "x" * 10_001}, "content.perhaps"),
        ({"more": 1}, "content"),
    ):
        with pytest.raises(BadRequest) as refused:
            checked(question, {**good, **change})
        assert refused.value.param == param, change


def test_only_plain_addresses_are_shown() -> None:
    """SECURITY: an address that a reader could take for another one is not shown."""
    question = visit("Go", "https://bank.example:8443/x?y=1")
    assert question.url == "https://bank.example:8443/x?y=1"
    with pytest.raises(BadRequest):
        checked(question, {"a": 1})
    for url in ("javascript:alert(1)", "https://bank.example@evil.example/", "file:///etc/passwd", "x"):
        with pytest.raises(BadRequest):
            visit("Go", url)
