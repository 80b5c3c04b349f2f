"""What a server tells of a tool, looked at before a person or a model sees it.

A schema comes from outside and goes into an engine's grammar, so whatever could keep an engine busy for
minutes, or send somebody elsewhere, is refused with a reason. The tool is then listed, and not offered.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from stellarchat.core.tools import Tool

MOST: Final = 200
"""Tools of one server."""
NAME_CHARS: Final = 128
TEXT_CHARS: Final = 4096
"""Of a description: what comes after is not read by a model."""
SCHEMA_BYTES: Final = 32 * 1024
SCHEMA_DEPTH: Final = 16
SCHEMA_NODES: Final = 2000
REPEATS: Final = 2000
"""The largest minLength, maxItems and the like: grammars write such repetitions out."""
PATTERN_CHARS: Final = 256
ENUM: Final = 500
SENT_CHARS: Final = 64
"""A function's name in OpenAI's API: letters, digits, `_` and `-`."""

_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains")
_ODD = re.compile(r"[^A-Za-z0-9_-]+")
# CSI and OSC sequences (ECMA-48), other control characters, and what changes the direction of text
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
_HALVES = re.compile(r"[\ud800-\udfff]")


def plain(text: str) -> str:
    """Return text without what a terminal obeys and a reader cannot see."""
    return _HALVES.sub("\ufffd", _CONTROL.sub("", text.replace("\r\n", "\n")))


def looked_at(
    name: str,
    title: str | None,
    description: str | None,
    schema: Any,
    *,
    read_only: bool | None = None,
    destructive: bool | None = None,
) -> Tool:
    """Return a tool as it may be shown; where it must not be offered, `refused` says why."""
    whole = _canonical([name, title, description, schema])
    refused = _bad_name(name) or _bad_schema(schema)
    return Tool(
        name=name[:NAME_CHARS] if refused else name,
        title=plain(title)[:NAME_CHARS] if title else None,
        description=plain(description or "")[:TEXT_CHARS],
        schema=schema if not refused and isinstance(schema, dict) else {},
        digest=hashlib.sha256(whole).hexdigest(),
        read_only=read_only,
        destructive=destructive,
        refused=refused,
    )


def sent_names(label: str, tools: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Return the name that a model is told for each tool of a server, each a different one."""
    used = set(taken)
    found: dict[str, str] = {}
    for tool in tools:
        name = f"{label}__{_ODD.sub('_', tool)}"
        if len(name) > SENT_CHARS or name in used:
            mark = hashlib.sha256(f"{label} {tool}".encode("utf-8", "replace")).hexdigest()[:8]
            name = f"{name[: SENT_CHARS - 9]}_{mark}"
        used.add(name)
        found[tool] = name
    return found


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()


def _bad_name(name: str) -> str | None:
    if not name or len(name) > NAME_CHARS:
        return f"Its name must have 1 to {NAME_CHARS} characters."
    if plain(name) != name or any(letter.isspace() for letter in name):
        return "Its name holds characters that cannot be seen."
    return None


def _bad_schema(schema: Any) -> str | None:
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        return "Its parameters are no object."
    if len(_canonical(schema)) > SCHEMA_BYTES:
        return f"Its schema is larger than {SCHEMA_BYTES // 1024} KiB."
    for count, (depth, key, value) in enumerate(_walk(schema)):
        if count > SCHEMA_NODES or depth > SCHEMA_DEPTH:
            return "Its schema is too large or too deep."
        if key in ("$ref", "$dynamicRef") and isinstance(value, str) and not value.startswith("#"):
            return "Its schema refers to another place."
        if key == "pattern" and isinstance(value, str) and len(value) > PATTERN_CHARS:
            return f"A pattern of its schema has more than {PATTERN_CHARS} characters."
        if key in _COUNTS and isinstance(value, int) and value > REPEATS:
            return f"Its schema asks for {key} {value}; up to {REPEATS} is taken."
        if key == "enum" and isinstance(value, list) and len(value) > ENUM:
            return f"A choice of its schema has more than {ENUM} values."
    return _malformed(schema)


def _walk(schema: Any) -> Iterator[tuple[int, str, Any]]:
    """Yield all that is in it, with its depth and its key, without calling oneself."""
    waiting: list[tuple[int, str, Any]] = [(0, "", schema)]
    while waiting:
        depth, key, value = waiting.pop()
        yield depth, key, value
        if isinstance(value, dict):
            waiting += [(depth + 1, str(name), below) for name, below in value.items()]
        elif isinstance(value, list):
            waiting += [(depth + 1, "", below) for below in value]


def _malformed(schema: dict[str, Any]) -> str | None:
    # imported here: 15 MB of library for what few requests ask for
    import jsonschema_rs

    try:
        checker(schema)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        return f"Its schema is no JSON Schema: {plain(str(error))[:200]}"
    return None


def checker(schema: dict[str, Any], *, formats: bool = False) -> Any:
    """Return what tells whether a value follows a schema. Nothing it refers to is fetched."""
    import jsonschema_rs

    return jsonschema_rs.validator_for(
        schema, offline=True, pattern_options=jsonschema_rs.RegexOptions(), validate_formats=formats
    )
