"""Open WebUI's export: a list of chats, each with `chat.history`, a map of messages.

Read after examples of it. Replies hold reasoning and tool calls as `<details>` in their text, newer ones also
as `output`, a list in the manner of OpenAI's Responses.
"""

import html
import json
import re
from typing import Any

from stellarchat.core.errors import ErrorInfo
from stellarchat.core.events import Usage
from stellarchat.core.messages import Message, MessageStatus, Part, Role, TextPart, ThinkingPart
from stellarchat.services.chats.importing.incoming import (
    Incoming,
    Unreadable,
    absent,
    called,
    document,
    entries,
    image,
    mapping,
    message,
    moment,
    text,
    time_or_none_known,
)

SOURCE = "openwebui"
_DETAILS = re.compile(r"<details\b([^>]{0,10000})>(.*?)</details>\n?", re.DOTALL)
_SUMMARY = re.compile(r"^\s*<summary>.*?</summary>", re.DOTALL)
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM, "tool": Role.TOOL}
_OURS = {"max_tokens": "max_tokens", "num_predict": "max_tokens", "stream_response": None}


def is_one(record: dict[str, Any]) -> bool:
    """Whether a record is of this kind: a chat in its row, or what lies in the row's `chat`."""
    return isinstance(record.get("chat"), dict) or isinstance(record.get("history"), dict)


def read(record: dict[str, Any]) -> Incoming:
    """Return the chat. Raises Unreadable."""
    chat = mapping(record.get("chat")) or record
    history = mapping(chat.get("history"))
    said = history.get("messages")
    if isinstance(said, dict):
        messages = [_message(key, mapping(one)) for key, one in said.items()]
    elif isinstance(chat.get("messages"), list):
        messages = _chained(chat["messages"])
    else:
        raise Unreadable("`chat.history.messages` is missing")
    params = {_OURS.get(name, name): value for name, value in mapping(chat.get("params")).items()}
    models = [one for one in entries(chat.get("models")) if isinstance(one, str) and one]
    return Incoming(
        source=SOURCE,
        id=text(record.get("id")) or text(chat.get("id")),
        title=text(record.get("title")) or text(chat.get("title")),
        model=models[0] if models else None,
        system_prompt=text(params.pop("system", None)) or text(chat.get("system")) or None,
        params={name: value for name, value in params.items() if name},
        folder=_folder(record),
        tags=_tags(record, chat),
        pinned=record.get("pinned") is True,
        archived=record.get("archived") is True,
        created_at=time_or_none_known(record.get("created_at"), chat.get("timestamp")),
        updated_at=time_or_none_known(record.get("updated_at")),
        messages=[one for one in messages if one is not None],
        active_leaf=text(history.get("currentId")) or text(history.get("current_id")) or None,
    )


def _folder(record: dict[str, Any]) -> str | None:
    """Return a name for a chat's folder, of which the file has no more than its id."""
    folder_id = text(record.get("folder_id"))
    return f"Open WebUI {folder_id[:8]}" if folder_id else None


def _tags(record: dict[str, Any], chat: dict[str, Any]) -> list[str]:
    found = entries(mapping(record.get("meta")).get("tags")) or entries(chat.get("tags"))
    return [text(mapping(one).get("name")) if isinstance(one, dict) else text(one) for one in found]


def _chained(said: list[Any]) -> list[Message]:
    """Return messages of a chat from before there were branches: each follows the one before it."""
    line: list[Message] = []
    for number, one in enumerate(said):
        made = _message(text(mapping(one).get("id")) or str(number), mapping(one))
        if mapping(one).get("parentId") is None and line:
            made.parent_id = line[-1].id
        line.append(made)
    return line


def _message(key: str, said: dict[str, Any]) -> Message:
    role = _ROLES.get(text(said.get("role")))
    if role is None:
        raise Unreadable(f"message {key} has the role {str(said.get('role'))[:40]!r}")
    parts: list[Part] = []
    names: list[str] = []
    if isinstance(said.get("content"), list):
        for one in said["content"]:
            picture = image(mapping(mapping(one).get("image_url")).get("url"))
            parts += [picture] if picture else [TextPart(text(mapping(one).get("text")))]
    elif role is Role.ASSISTANT:
        parts = _output(said) or _unfolded(text(said.get("content")))
    elif text(said.get("content")):
        parts = [TextPart(text(said.get("content")))]
    for file in map(mapping, entries(said.get("files"))):
        picture = image(file.get("url")) if text(file.get("type")).startswith("image") else None
        name = text(file.get("name")) or text(file.get("type")) or "file"
        words = text(mapping(mapping(file.get("file")).get("data")).get("content"))
        if picture:
            parts.append(picture)
        elif words.strip():
            parts.append(document(name, words))
        else:
            names.append(name)
    problem = _problem(said.get("error"))
    done = said.get("done") is not False or role is not Role.ASSISTANT
    return message(
        key,
        text(said.get("parentId")) or None,
        role,
        parts + absent(names),
        moment(said.get("timestamp")),
        model=text(said.get("model")) or None,
        usage=_usage(mapping(said.get("usage")) or mapping(said.get("info"))),
        error=problem,
        status=MessageStatus.ERROR
        if problem and not parts
        else MessageStatus.COMPLETE
        if done
        else MessageStatus.INTERRUPTED,
    )


def _output(said: dict[str, Any]) -> list[Part]:
    """Return the parts of a reply whose pieces are told one by one."""
    parts: list[Part] = []
    items = [mapping(one) for one in entries(said.get("output"))]
    results = {
        text(item.get("call_id")): _result(item.get("output"))
        for item in items
        if item.get("type") == "function_call_output"
    }
    for item in items:
        words = "".join(text(mapping(one).get("text")) for one in entries(item.get("content")))
        match item.get("type"):
            case "reasoning" if words:
                parts.append(ThinkingPart(words, _milliseconds(str(item.get("duration")))))
            case "message" if words:
                parts.append(TextPart(words))
            case "function_call":
                key = text(item.get("call_id"))
                parts.append(
                    called(key, text(item.get("name")), text(item.get("arguments")), results.get(key))
                )
            case _:
                pass
    return parts if any(isinstance(part, TextPart) for part in parts) else []


def _unfolded(content: str) -> list[Part]:
    """Cut a reply at its `<details>` of reasoning and of tool calls; others stay as they are."""
    parts: list[Part] = []
    done = 0
    for found in _DETAILS.finditer(content):
        given = dict(_ATTRIBUTE.findall(found[1]))
        body = html.unescape(_SUMMARY.sub("", found[2], count=1)).strip()
        made: Part
        if given.get("type") == "reasoning":
            lines = [line.removeprefix(">").removeprefix(" ") for line in body.split("\n")]
            made = ThinkingPart("\n".join(lines).strip(), _milliseconds(given.get("duration")))
        elif given.get("type") == "tool_calls":
            made = called(
                given.get("id", ""),
                html.unescape(given.get("name", "tool")),
                _unquoted(html.unescape(given.get("arguments", body))),
                _unquoted(html.unescape(given["result"])) if "result" in given else None,
            )
        else:
            continue
        if content[done : found.start()].strip():
            parts.append(TextPart(content[done : found.start()]))
        parts.append(made)
        done = found.end()
    if content[done:].strip():
        parts.append(TextPart(content[done:].lstrip("\n") if done else content))
    return parts


def _unquoted(words: str) -> str:
    """Return a text that was written as a JSON string, as arguments and results are; any other as it is."""
    try:
        return found if isinstance(found := json.loads(words), str) else words
    except ValueError:
        return words


def _result(output: Any) -> str:
    """Return what a call came to: a text, or pieces of one."""
    if isinstance(output, str):
        return output
    return "\n".join(text(mapping(one).get("text")) for one in entries(output)).strip()


def _milliseconds(seconds: str | None) -> float | None:
    try:
        return max(float(seconds or ""), 0.0) * 1000
    except ValueError:
        return None


def _problem(error: Any) -> ErrorInfo | None:
    if not error:
        return None
    words = text(mapping(error).get("content")) or text(mapping(error).get("message")) or text(error)
    return ErrorInfo(code="imported_error", message=words[:2000] or "The answer failed.")


def _usage(told: dict[str, Any]) -> Usage | None:
    read = told.get("prompt_tokens", told.get("input_tokens", told.get("prompt_eval_count")))
    wrote = told.get("completion_tokens", told.get("output_tokens", told.get("eval_count")))
    if isinstance(read, int) and isinstance(wrote, int) and 0 <= read < 2**31 and 0 <= wrote < 2**31:
        return Usage(read, wrote)
    return None
