"""Replies of chats that are to follow a schema: who can be asked for them, and whether they do."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from stellarchat.core.errors import BadRequest
from stellarchat.core.messages import Part, TextPart
from stellarchat.services.answers.structured import Invalid, Shape
from stellarchat.services.instances.targets import Target


def see_structured(target: Target, body: Mapping[str, Any]) -> None:
    """Raise BadRequest where an engine would not keep the answer to the schema that is wanted."""
    wanted = body.get("response_format")
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind in ("json_schema", "json_object") and not target.dialect.structured:
        raise BadRequest(
            f"The engine {target.engine} cannot keep an answer to a schema.",
            param="response_format",
            remedy="Use another model, or take the schema out of the chat's parameters.",
            sentence="chat_no_schema",
            values={"engine": target.engine},
        )


async def judged(params: Mapping[str, Any], parts: Iterable[Part]) -> dict[str, Any]:
    """Return what a message keeps of how it follows the schema it was asked for; {} where it was for none.

    `structured` is `{"valid": true}`, or false with a `reason` that names the first place and, of JSON,
    `faults`: each a `path` of names and numbers and a `message`.
    """
    wanted = params.get("response_format")
    named = wanted.get("json_schema") if isinstance(wanted, dict) else None
    schema = named.get("schema") if isinstance(named, dict) else None
    if not isinstance(schema, dict):
        return {}
    text = "".join(part.text for part in parts if isinstance(part, TextPart))
    # a schema is a person's own and may be large: replies of others go on meanwhile
    return {"structured": await asyncio.to_thread(_judged, schema, text)}


def _judged(schema: dict[str, Any], text: str) -> dict[str, Any]:
    try:
        Shape(schema).read(text)
    except Invalid as error:
        faults = [msgspec.structs.asdict(one) for one in error.faults]
        return {"valid": False, "reason": str(error), **({"faults": faults} if faults else {})}
    except BadRequest as error:
        return {"valid": False, "reason": error.message}
    return {"valid": True}
