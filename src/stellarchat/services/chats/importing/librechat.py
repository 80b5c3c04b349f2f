"""LibreChat's export: one conversation a file, its messages flat or as a tree (`recursive`).

Read after its own import and the examples that stand beside it (`api/server/utils/import`).
"""

import json
from typing import Any

from stellarchat.core.errors import ErrorInfo
from stellarchat.core.messages import Message, MessageStatus, Part, Role, TextPart, ThinkingPart
from stellarchat.services.chats.importing.incoming import (
    Incoming,
    Unreadable,
    absent,
    called,
    entries,
    image,
    mapping,
    message,
    moment,
    text,
    time_or_none_known,
)

SOURCE = "librechat"
_NO_PARENT = "00000000-0000-0000-0000-000000000000"


def is_one(record: dict[str, Any]) -> bool:
    """Whether a record is of this kind."""
    return "conversationId" in record


def read(record: dict[str, Any]) -> Incoming:
    """Return the chat. Raises Unreadable."""
    said = record.get("messagesTree") or record.get("messages")
    if not isinstance(said, list):
        raise Unreadable("`messages` is no list")
    options = mapping(record.get("options"))
    messages = _flat(said)
    parents = {one.parent_id for one in messages}
    return Incoming(
        source=SOURCE,
        id=text(record.get("conversationId")),
        title=text(record.get("title")) or text(options.get("title")),
        model=text(options.get("model")) or text(record.get("model")) or None,
        system_prompt=text(options.get("promptPrefix")) or text(options.get("system")) or None,
        params=options,
        tags=[text(tag) for tag in entries(record.get("tags"))],
        archived=record.get("isArchived") is True,
        created_at=time_or_none_known(record.get("createdAt")),
        updated_at=time_or_none_known(record.get("updatedAt")),
        messages=messages,
        # what is shown when a conversation is opened is its newest branch
        active_leaf=next((one.id for one in reversed(messages) if one.id not in parents), None),
    )


def _flat(said: list[Any]) -> list[Message]:
    """Return the messages of a list or a tree: what lies in `children` has its parent by its place."""
    found: list[Message] = []
    waiting: list[tuple[Any, str | None]] = [(one, None) for one in reversed(said)]
    linked = any(mapping(one).get("parentMessageId") for one in said)
    while waiting:
        one, above = waiting.pop()
        if not isinstance(one, dict):
            raise Unreadable(f"message {len(found) + 1} is no object")
        named = text(one.get("parentMessageId"))
        parent = above or (None if named in ("", _NO_PARENT) else named)
        if parent is None and not linked and found and not one.get("children"):
            parent = found[-1].id  # an old export without branches: each follows the one before
        made = _message(one, parent, len(found))
        found.append(made)
        waiting += [(child, made.id) for child in reversed(entries(one.get("children")))]
    return found


def _message(said: dict[str, Any], parent: str | None, number: int) -> Message:
    mine = said.get("isCreatedByUser")
    role = Role.USER if mine is True or (mine is None and said.get("sender") == "User") else Role.ASSISTANT
    parts, names, problem = _parts(said)
    for file in map(mapping, entries(said.get("files")) + entries(said.get("attachments"))):
        names.append(text(file.get("filename")) or text(file.get("name")) or "file")
    failed = said.get("error") is True
    if failed and problem is None:
        problem, parts = ErrorInfo(code="imported_error", message=text(said.get("text"))[:2000]), []
    status = MessageStatus.COMPLETE
    if problem is not None and not parts:
        status = MessageStatus.ERROR
    elif said.get("unfinished") is True:
        status = MessageStatus.INTERRUPTED
    return message(
        text(said.get("messageId")) or f"message {number}",
        parent,
        role,
        parts + absent(names),
        moment(said.get("createdAt")),
        model=text(said.get("model")) or None if role is Role.ASSISTANT else None,
        finish_reason="length" if said.get("finish_reason") == "length" else None,
        status=status,
        error=problem,
    )


def _parts(said: dict[str, Any]) -> tuple[list[Part], list[str], ErrorInfo | None]:
    """Return the parts, the names of what cannot come along, and an error that was told in their place."""
    parts: list[Part] = []
    names: list[str] = []
    problem: ErrorInfo | None = None
    for one in map(mapping, entries(said.get("content"))):
        match one.get("type"):
            case "text":
                inner = one.get("text")
                parts.append(TextPart(text(mapping(inner).get("value")) or text(inner)))
            case "think":
                inner = one.get("think")
                parts.append(ThinkingPart(text(mapping(inner).get("value")) or text(inner)))
            case "tool_call":
                parts += _call(mapping(one.get("tool_call")))
            case "error":
                words = text(one.get("error")) or text(one.get("text"))
                problem = ErrorInfo(code="imported_error", message=words[:2000] or "The answer failed.")
            case "image_url":
                picture = image(mapping(one.get("image_url")).get("url"))
                parts += [picture] if picture else []
                names += [] if picture else ["image"]
            case "image_file":
                file = mapping(one.get("image_file"))
                names.append(text(file.get("filename")) or text(file.get("file_id")) or "image")
            case _:
                pass
    parts = [part for part in parts if not isinstance(part, TextPart | ThinkingPart) or part.text]
    if not parts and text(said.get("text")):
        parts = [TextPart(said["text"])]
    return parts, names, problem


def _call(call: dict[str, Any]) -> list[Part]:
    function = mapping(call.get("function"))
    name = text(call.get("name")) or text(function.get("name")) or text(call.get("type")) or "tool"
    arguments = call.get("args", function.get("arguments", ""))
    if not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False)
    output = call.get("output", function.get("output"))
    return [called(text(call.get("id")), name, arguments, output if isinstance(output, str) else None)]
