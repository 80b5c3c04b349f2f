"""What a server asks the person in the middle of a call ("elicitation"): reading it, and checking the answer.

The schema comes from outside. The protocol knows only flat forms of a few kinds of fields; whatever else is
asked for is refused, and what a person enters is held to what was asked before the server sees it.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from stellarchat.core.addresses import LENGTH, parse
from stellarchat.core.errors import BadRequest
from stellarchat.core.ids import new_id
from stellarchat.core.tools import FieldKind, Option, Question, QuestionField
from stellarchat.services.tools.looks import checker, plain

FIELDS: Final = 30
OPTIONS: Final = 200
NAME_CHARS: Final = 128
MESSAGE_CHARS: Final = 4000
TITLE_CHARS: Final = 200
TEXT_CHARS: Final = 1000
VALUE_CHARS: Final = 10_000
"""Of one string that is entered."""
_FORMATS: Final = frozenset({"email", "uri", "date", "date-time"})
_BOUNDS: Final = {
    FieldKind.STRING: ("minLength", "maxLength"),
    FieldKind.NUMBER: ("minimum", "maximum"),
    FieldKind.INTEGER: ("minimum", "maximum"),
    FieldKind.CHOICES: ("minItems", "maxItems"),
}


def form(message: str, schema: Any) -> Question:
    """Read a question that is answered in a form. Raises BadRequest where the protocol has no such form."""
    schema = schema if isinstance(schema, dict) else {}
    properties = schema.get("properties") or {}
    required = schema.get("required") or []
    if not isinstance(properties, dict) or not isinstance(required, list):
        raise BadRequest("The form is no flat object.")
    if len(properties) > FIELDS:
        raise BadRequest(f"The form has more than {FIELDS} fields.")
    fields = tuple(_field(str(name), one, name in required) for name, one in properties.items())
    return Question(id=new_id(), message=plain(message)[:MESSAGE_CHARS], fields=fields)


def visit(message: str, url: str, *, first: bool = False) -> Question:
    """Read a question that is answered on a page elsewhere; `first`, before the call can run.

    Raises BadRequest for an odd address.
    """
    if len(url) > LENGTH:
        raise BadRequest("The address is too long.")
    parse(url)  # nobody is asked; only what is spelt well is shown
    return Question(id=new_id(), message=plain(message)[:MESSAGE_CHARS], url=url, first=first)


def checked(question: Question, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was entered, as it was asked for. Raises BadRequest naming the field."""
    import jsonschema_rs

    if question.url is not None and content:
        raise BadRequest("This question takes no content.", param="content")
    known = {field.name: field for field in question.fields}
    for name in content:
        if name not in known:
            raise BadRequest("The question has no such field.", param="content", detail=name[:NAME_CHARS])
    found: dict[str, Any] = {}
    for field in question.fields:
        value = content.get(field.name)
        if value is None:
            if field.required:
                raise BadRequest(
                    f"{field.title} is needed.",
                    param=_param(field),
                    remedy="Fill it in.",
                    sentence="question_needed",
                    values={"title": field.title},
                )
            continue
        try:
            checker(_schema(field), formats=True).validate(value)
        except jsonschema_rs.ValidationError as error:
            raise BadRequest(
                f"{field.title} is not as the server asks for it.",
                param=_param(field),
                detail=plain(error.message)[:500],
                sentence="question_form",
                values={"title": field.title},
            ) from None
        found[field.name] = int(value) if field.kind is FieldKind.INTEGER else value
    return found


def _param(field: QuestionField) -> str:
    return f"content.{field.name}"


def _field(name: str, schema: Any, required: bool) -> QuestionField:
    schema = _only_one(schema) if isinstance(schema, dict) else {}
    kind, options = _kind(schema)
    if kind is None or not 0 < len(name) <= NAME_CHARS or plain(name) != name:
        raise BadRequest(f"The field {plain(name)[:60]!r} is none that the protocol knows.")
    if len(options) > OPTIONS:
        raise BadRequest(f"The field {name[:60]!r} has more than {OPTIONS} options.")
    least, most = (_number(schema.get(word)) for word in _BOUNDS.get(kind, ("", "")))
    format_ = schema.get("format")
    field = QuestionField(
        name=name,
        kind=kind,
        title=_text(schema.get("title"), TITLE_CHARS) or name,
        description=_text(schema.get("description"), TEXT_CHARS),
        required=required,
        format=format_ if kind is FieldKind.STRING and format_ in _FORMATS else None,
        least=least,
        most=most,
        options=options,
    )
    return _with_default(field, schema.get("default"))


def _only_one(schema: dict[str, Any]) -> dict[str, Any]:
    """Take "this or null" for what may be left out: common libraries write it so."""
    kinds = [one for one in schema.get("anyOf") or () if isinstance(one, dict) and one.get("type") != "null"]
    return {**schema, **kinds[0]} if len(kinds) == 1 else schema


def _kind(schema: dict[str, Any]) -> tuple[FieldKind | None, tuple[Option, ...]]:
    match schema.get("type"):
        case "string":
            options = _options(schema)
            return (FieldKind.CHOICE if options else FieldKind.STRING), options
        case "array":
            options = _options(schema.get("items"))
            return (FieldKind.CHOICES if options else None), options
        case "number" | "integer" | "boolean" as plain_kind:
            return FieldKind(plain_kind), ()
    return None, ()


def _options(schema: Any) -> tuple[Option, ...]:
    """Read the three ways to spell options: titled ones, plain ones, and plain ones with a list of names."""
    if not isinstance(schema, dict):
        return ()
    titled = schema.get("oneOf") or schema.get("anyOf")
    if isinstance(titled, list):
        pairs = [(one.get("const"), one.get("title")) for one in titled if isinstance(one, dict)]
    else:
        values, names = schema.get("enum"), schema.get("enumNames")
        values = values if isinstance(values, list) else []
        names = names if isinstance(names, list) and len(names) == len(values) else values
        pairs = list(zip(values, names, strict=True))
    return tuple(
        Option(value, _text(label, TITLE_CHARS) or value) for value, label in pairs if isinstance(value, str)
    )


def _with_default(field: QuestionField, default: Any) -> QuestionField:
    """Fill in what the server proposes, where that is a value of the field."""
    if default is None or not checker(_schema(field), formats=True).is_valid(default):
        return field
    return msgspec.structs.replace(field, default=default)


def _schema(field: QuestionField) -> dict[str, Any]:
    """Return what a value of a field must be, as JSON Schema."""
    values = [option.value for option in field.options]
    if field.kind is FieldKind.CHOICE:
        return {"enum": values}
    if field.kind is FieldKind.CHOICES:
        schema: dict[str, Any] = {"type": "array", "items": {"enum": values}, "uniqueItems": True}
    else:
        schema = {"type": field.kind.value}
    if field.kind is FieldKind.STRING:
        schema["maxLength"] = VALUE_CHARS
    if field.format is not None:
        schema["format"] = field.format
    for word, bound in zip(_BOUNDS.get(field.kind, ()), (field.least, field.most), strict=False):
        if bound is not None:
            counted = field.kind in (FieldKind.STRING, FieldKind.CHOICES)
            schema[word] = min(max(int(bound), 0), VALUE_CHARS) if counted else bound
    return schema


def _number(value: Any) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if usable else None


def _text(value: Any, chars: int) -> str:
    return plain(value)[:chars] if isinstance(value, str) else ""
