"""What is wrong with a field of a request: pydantic's list of problems as one of our errors."""

from collections.abc import Mapping
from typing import Any, Final

from stellarchat.core.errors import BadRequest, PayloadTooLarge, StellarChatError

# pydantic's kinds of "too much"
_TOO_LARGE = ("too_long", "string_too_long", "bytes_too_long")

_Told = tuple[str, Mapping[str, str]]
_NUMBER: _Told = ("field_number", {})
_INTEGER: _Told = ("field_integer", {})
_FLAG: _Told = ("field_flag", {})
_TEXT: _Told = ("field_text", {})
_LIST: _Told = ("field_list", {})
_OBJECT: _Told = ("field_object", {})
_DATE: _Told = ("field_date", {})
_FORM: _Told = ("field_form", {})

SENTENCES: Final[Mapping[str, _Told]] = {
    "missing": ("field_missing", {}),
    "extra_forbidden": ("field_unknown", {}),
    "string_too_short": ("field_short", {"limit": "min_length"}),
    "bytes_too_short": ("field_short", {"limit": "min_length"}),
    "string_too_long": ("field_long", {"limit": "max_length"}),
    "bytes_too_long": ("field_long", {"limit": "max_length"}),
    "too_short": ("field_few", {"limit": "min_length"}),
    "too_long": ("field_many", {"limit": "max_length"}),
    "greater_than_equal": ("field_least", {"limit": "ge"}),
    "greater_than": ("field_above", {"limit": "gt"}),
    "less_than_equal": ("field_most", {"limit": "le"}),
    "less_than": ("field_below", {"limit": "lt"}),
    "literal_error": ("field_choice", {"names": "expected"}),
    "enum": ("field_choice", {"names": "expected"}),
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_parsing_size": _INTEGER,
    "int_from_float": _INTEGER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _FLAG,
    "bool_parsing": _FLAG,
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "bytes_type": _TEXT,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "iterable_type": _LIST,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "datetime_type": _DATE,
    "datetime_parsing": _DATE,
    "datetime_object_invalid": _DATE,
    "datetime_from_date_parsing": _DATE,
    "timezone_naive": _DATE,
    "timezone_aware": _DATE,
    "string_pattern_mismatch": _FORM,
    "none_required": _FORM,
    "union_tag_invalid": _FORM,
    "union_tag_not_found": _FORM,
    "invalid_key": _FORM,
    "json_type": _FORM,
    # raised by validators of our own, as PydanticCustomError
    "text_zero": ("text_zero", {}),
    "text_half": ("text_half", {}),
    "key_letters": ("key_letters", {}),
    "tool_no_url": ("tool_no_url", {}),
    "tool_no_command": ("tool_no_command", {}),
}
"""By pydantic's kind of problem: our sentence, and which value of it is which in pydantic's context."""


def explain(problems: Any) -> StellarChatError:
    """Turn pydantic's list of problems into one error about the first of them."""
    first = problems[0]
    # what stands in brackets is the member of a union that was tried, not a place in the body
    # the first says where in the request it is: a field may be called `path` itself
    loc = first["loc"]
    inside = loc[1:] if loc and loc[0] in ("body", "query", "path", "header") else loc
    where = [part for part in inside if "[" not in str(part)]
    param = ""
    for part in where:
        param += f"[{part}]" if isinstance(part, int) else f".{part}" if param else str(part)
    kind = first["type"]
    if kind == "json_invalid":
        return BadRequest("The body is not JSON.", remedy="Send a JSON object.", sentence="body_json")
    sentence, values = _told(kind, param or "body", first.get("ctx") or {})
    if kind == "missing":
        message = f"`{param or 'body'}` is missing."
        return BadRequest(message, param=param or None, sentence=sentence, values=values)
    message = first["msg"].removeprefix("Value error, ")
    error = PayloadTooLarge if kind in _TOO_LARGE else BadRequest
    return error(
        f"`{param or 'body'}`: {message[:1].lower()}{message[1:]}.",
        param=param or None,
        sentence=sentence,
        values=values,
    )


def _told(kind: str, field: str, context: Mapping[str, Any]) -> tuple[str | None, dict[str, Any] | None]:
    """Return the sentence of a kind of problem, with what stands in it; none where it has no name."""
    if kind not in SENTENCES:
        return None, None
    sentence, names = SENTENCES[kind]
    values = {name: _plain(context.get(known, "")) for name, known in names.items()}
    if sentence in ("field_short", "field_few") and values["limit"] == 1:
        sentence, values = "field_empty", {}
    return sentence, {"field": field, **values}


def _plain(value: Any) -> str | int | float:
    """Return a value of a context as data: choices come as `'a', 'b' or 'c'`."""
    if isinstance(value, int | float):
        return value
    return str(value).replace("'", "").replace(" or ", ", ")
