"""The shape an answer must have: read from a request, given to an engine, and held against the answer.

A shape is written as a JSON Schema or in a simple form: an object of field names with `string`, `integer`,
`number`, `boolean`, a list of one of these, or an object of the same kind. All fields of the simple form
are required and no others are allowed.
"""

import itertools
from collections.abc import Sequence
from typing import Any, Final, NoReturn

import msgspec

from stellarchat.core.errors import BadRequest

SIMPLE: Final = ("string", "integer", "number", "boolean")
DEPTH: Final = 32
NAME: Final = "answer"

_TYPES: Final = (*SIMPLE, "object", "array", "null")
# what makes an object a JSON Schema, where all its other words are of a schema's vocabulary too
_STRUCTURE: Final = ("type", "enum", "const", "anyOf", "oneOf", "allOf", "not", "items", "prefixItems")
_VOCABULARY: Final = frozenset(
    (
        *_STRUCTURE,
        *("properties", "required", "additionalProperties", "patternProperties", "propertyNames"),
        *("minProperties", "maxProperties", "dependentRequired", "dependentSchemas", "if", "then", "else"),
        *("minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains"),
        *("minLength", "maxLength", "pattern", "format", "minimum", "maximum", "multipleOf"),
        *("exclusiveMinimum", "exclusiveMaximum", "title", "description", "default", "examples"),
        *("deprecated", "readOnly", "writeOnly", "definitions", "unevaluatedProperties", "unevaluatedItems"),
    )
)


FAULTS: Final = 20
"""Places that are named of one text."""


class Fault(msgspec.Struct, frozen=True):
    """What is wrong at one place of a value: names and numbers that lead there, and why."""

    path: list[str | int]
    message: str


class Invalid(Exception):
    """A text is not what a shape asks for; the text of this says where and why, `faults` place by place."""

    def __init__(self, words: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(words)
        self.faults = faults


class Shape:
    """A JSON Schema, checked and ready to be used. Raises BadRequest (param `schema`) where it is wrong."""

    def __init__(self, given: dict[str, Any]) -> None:
        # imported here: 15 MB of library for what few requests ask for
        import jsonschema_rs

        self.schema = given if is_json_schema(given) else from_simple(given)
        try:
            # it comes from a client: nothing it refers to is fetched, and its patterns, whatever they are,
            # take time in proportion to the text
            self._validator = jsonschema_rs.validator_for(
                self.schema, offline=True, pattern_options=jsonschema_rs.RegexOptions()
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            raise BadRequest(
                f"`schema` is no JSON Schema: {_words(error)}",
                param="schema",
                remedy='Send a JSON Schema, or the simple form: {"city": "string", "tags": ["string"]}.',
                sentence="schema_wrong",
                values={"said": _words(error)},
            ) from None

    @property
    def response_format(self) -> dict[str, Any]:
        """The schema as engines take it (OpenAI's `response_format`)."""
        return {
            "type": "json_schema",
            "json_schema": {"name": NAME, "schema": self.schema, "strict": True},
        }

    def read(self, text: str) -> Any:
        """Return the value that `text` holds. Raises Invalid where it is no JSON or does not fit."""
        try:
            value = msgspec.json.decode(text.strip())
        except (msgspec.DecodeError, RecursionError) as error:
            raise Invalid(f"it is not JSON ({error}).") from None
        try:
            found = itertools.islice(self._validator.iter_errors(value), FAULTS)
            faults = [Fault([*error.instance_path], error.message) for error in found]
        except ValueError as error:
            raise Invalid(f"it cannot be checked ({error}).") from None
        if faults:
            where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in faults[0].path)
            raise Invalid(f"{where.removeprefix('.') or 'the whole'}: {faults[0].message}.", faults)
        return value


def is_json_schema(given: dict[str, Any]) -> bool:
    """Tell whether `given` is meant as a JSON Schema rather than as the simple form."""
    if any(key.startswith("$") for key in given):
        return True
    if given.get("type") in ("object", "array") or isinstance(given.get("properties"), dict):
        return True
    if not all(key in _VOCABULARY for key in given):
        return False
    kind = given.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    return all(one in _TYPES for one in kinds) or any(
        key in given and key != "type" and isinstance(given[key], dict | list) for key in _STRUCTURE
    )


def from_simple(given: Any, where: str = "schema", depth: int = 1) -> dict[str, Any]:
    """Return the JSON Schema of a simple form. Raises BadRequest naming the field that is wrong."""
    if depth > DEPTH:
        raise BadRequest(
            f"`{where}` is nested deeper than {DEPTH} levels.",
            param="schema",
            sentence="schema_deep",
            values={"limit": DEPTH},
        )
    if isinstance(given, str):
        if given not in SIMPLE:
            _wrong(where, f"{given[:40]!r} is no type")
        return {"type": given}
    if isinstance(given, list):
        if len(given) != 1:
            _wrong(where, "a list has exactly one item, the type of all of them")
        return {"type": "array", "items": from_simple(given[0], f"{where}[]", depth + 1)}
    if isinstance(given, dict):
        if not given:
            _wrong(where, "there is no field in it")
        return {
            "type": "object",
            "properties": {
                name: from_simple(kind, f"{where}.{name[:80]}", depth + 1) for name, kind in given.items()
            },
            "required": list(given),
            "additionalProperties": False,
        }
    _wrong(where, "this is neither a type nor a list nor an object")


def _wrong(where: str, what: str) -> NoReturn:
    raise BadRequest(
        f"`{where}`: {what}.",
        param=where,
        remedy=f"Use {', '.join(SIMPLE)}, a list of one of them, an object of them, or a JSON Schema.",
    )


def _words(error: Exception) -> str:
    text = getattr(error, "message", None) or str(error)
    return (text.splitlines() or ["it cannot be read"])[0][:300] + "."
