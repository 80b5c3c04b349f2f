"""Reading a request's body where no framework does it: size, JSON, types, and schemas inside of it.

What is wrong is a BadRequest that names the field, what is over a limit a PayloadTooLarge.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeVar

import msgspec

from stellarchat.api.limits import Limits
from stellarchat.core.errors import BadRequest, PayloadTooLarge

T = TypeVar("T")
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_decoder = msgspec.json.Decoder()
_where = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_missing = re.compile(r"^Object missing required field `(?P<name>\w+)`$")
_repetition = re.compile(r"\{(\d*)(?:,(\d*))?\}")
VALUES = 500_000
"""JSON values in one body at most: more take longer to read than others should wait, and much memory."""

_COUNTS = ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties")


async def read_body(receive: Receive, limit: int) -> bytes:
    """Return the request's body. Raises PayloadTooLarge past `limit` bytes, without reading on."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        if len(body) > limit:
            raise _too_large(limit)
        return body
    pieces, size = [body], len(body)
    while message.get("more_body", False):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise asyncio.CancelledError
        piece = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        pieces.append(piece)
    return b"".join(pieces)


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(
        f"The body is larger than {limit} bytes.",
        remedy="Send less.",
        sentence="body_large",
        values={"limit_bytes": limit},
    )


def parse(raw: bytes | bytearray) -> dict[str, Any]:
    """Decode a body that must be a JSON object. Raises BadRequest, PayloadTooLarge for too many values."""
    if len(raw) > VALUES and _values(raw) > VALUES and _values(_outside_of_strings(raw)) > VALUES:
        raise PayloadTooLarge(
            f"The body has more than {VALUES} values.", param="body", remedy="Send less in one request."
        )
    try:
        body = _decoder.decode(raw)
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"The body is not JSON: {error}.", remedy="Send a JSON object.") from None
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    return body


def _values(raw: bytes | bytearray) -> int:
    """Return how many values there can be in JSON, by the marks before them."""
    return raw.count(b",") + raw.count(b"[") + raw.count(b"{")


def _outside_of_strings(raw: bytes | bytearray) -> bytes | bytearray:
    """Return JSON without what its strings say; as it is where they alone are too many."""
    bare = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    return raw if bare.count(b'"') > VALUES else b"".join(bare.split(b'"')[::2])


def convert(body: Any, kind: type[T], where: str = "") -> T:
    """Return `body` as `kind`, a msgspec type; `where` is its own place in the request.

    Raises BadRequest naming the first wrong field.
    """
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        raise _explain(error, where) from None


def _explain(error: msgspec.ValidationError, where: str) -> BadRequest:
    """Turn msgspec's sentence with its `$.a[0].b` path into ours."""
    found = _where.match(str(error))
    what, path = (found["what"], found["path"] or "$") if found else (str(error), "$")
    param = where + path.removeprefix("$")
    param = param.removeprefix(".")
    missing = _missing.match(what)
    if missing:
        param = f"{param}.{missing['name']}" if param else missing["name"]
        return BadRequest(f"`{param}` is missing.", param=param)
    return BadRequest(f"`{param}`: {what[:1].lower()}{what[1:]}.", param=param or None)


def check_schema(schema: Any, param: str, limits: Limits) -> None:
    """Walk a JSON Schema without recursion, so that its depth cannot hurt us either."""
    pending: list[tuple[Any, int]] = [(schema, 1)]
    size = 0
    while pending:
        node, depth = pending.pop()
        if isinstance(node, str):
            size += len(node)
        elif isinstance(node, dict):
            at_most(depth, limits.schema_depth, param, "levels")
            for key, value in node.items():
                size += len(key) + 4
                if key in ("pattern", "regex") and isinstance(value, str):
                    check_pattern(value, f"{param} ({key})", limits.pattern_chars, limits)
                elif key == "patternProperties" and isinstance(value, dict):
                    for pattern in value:
                        check_pattern(pattern, f"{param} ({key})", limits.pattern_chars, limits)
                elif key in _COUNTS and isinstance(value, int):
                    at_most(value, limits.repetitions, f"{param} ({key})", "repetitions")
                pending.append((value, depth + 1))
        elif isinstance(node, list):
            at_most(depth, limits.schema_depth, param, "levels")
            pending.extend((value, depth + 1) for value in node)
        size += 2
        at_most(size, limits.schema_bytes, param, "bytes")


def check_sampling(params: Mapping[str, Any], limits: Limits, where: str = "") -> None:
    """Check how much parameters in OpenAI's words ask for; `where` is their own place in the request.

    What is of no such type at all is left to who checks types. Raises PayloadTooLarge.
    """
    longest, stop, tools = params.get("max_tokens"), params.get("stop"), params.get("tools")
    if isinstance(longest, int):
        at_most(longest, limits.max_tokens, f"{where}max_tokens", "tokens")
    if isinstance(stop, list):
        at_most(len(stop), limits.stop_sequences, f"{where}stop", "stop sequences")
    for text in stop if isinstance(stop, list) else [stop]:
        if isinstance(text, str):
            at_most(len(text), limits.stop_chars, f"{where}stop", "characters")
    if isinstance(tools, list):
        at_most(len(tools), limits.tools, f"{where}tools", "tools")
        for index, tool in enumerate(tools):
            check_schema(tool, f"{where}tools[{index}]", limits)
    check_schema(params.get("response_format"), f"{where}response_format", limits)


def check_pattern(pattern: Any, param: str, longest: int, limits: Limits) -> None:
    """Check a regular expression or grammar of at most `longest` characters. Raises as above."""
    if not isinstance(pattern, str):
        raise BadRequest(f"`{param}`: expected `str`.", param=param)
    at_most(len(pattern), longest, param, "characters")
    for found in _repetition.finditer(pattern):
        for count in found.groups():
            # a long run of digits is over the limit whatever it says
            at_most(int((count or "0")[:12]), limits.repetitions, param, "repetitions")


def at_most(value: int, limit: int, param: str, unit: str) -> None:
    """Raise PayloadTooLarge where `value` is over `limit`."""
    if value > limit:
        raise PayloadTooLarge(
            f"`{param}`: {value} {unit}, at most {limit} are allowed.",
            param=param,
            sentence="field_over",
            values={"field": param, "limit": limit},
        )
