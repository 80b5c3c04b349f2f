"""ChatGPT's export: `conversations.json`, a list of conversations with a `mapping` of nodes.

There is no description of it by OpenAI; what is read here was seen in exports of 2023 to 2026. What its
tools did between a question and its answer are nodes of their own there, and one reply here. A file of a
message has the name by which it lies in the archive (`archive.ASSET`) as its id.
"""

import re
from typing import Any

from stellarchat.core.messages import FilePart, Message, Part, Role, TextPart, ThinkingPart, ToolUsePart
from stellarchat.services.chats.importing.archive import ASSET
from stellarchat.services.chats.importing.incoming import (
    Incoming,
    Unreadable,
    absent,
    entries,
    mapping,
    message,
    moment,
    text,
    time_or_none_known,
)

SOURCE = "chatgpt"
# marks that stand for references; what they refer to is not in the text
_REFERENCE = re.compile("\ue200.*?\ue201|[\ue200-\ue20f]", re.DOTALL)
_OLD_REFERENCE = re.compile("【\\d+†[^】]{0,200}】")
_HIDDEN_KINDS = frozenset({"user_editable_context", "model_editable_context", "reasoning_recap"})
_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "tool": Role.TOOL}


def is_one(record: dict[str, Any]) -> bool:
    """Whether a record is of this kind."""
    return "mapping" in record


def read(record: dict[str, Any]) -> Incoming:
    """Return the chat. Raises Unreadable."""
    nodes = record.get("mapping")
    if not isinstance(nodes, dict):
        raise Unreadable("`mapping` is no object")
    shown: dict[str, Message] = {}
    for key, node in nodes.items():
        if (made := _node(key, mapping(node))) is not None:
            shown[key] = made
    above = {key: text(mapping(node).get("parent")) for key, node in nodes.items()}
    for key, made in shown.items():
        made.parent_id = _nearest(above, shown, above[key])
    leaf = _nearest(above, shown, text(record.get("current_node")))
    messages, leaf = _folded(list(shown.values()), leaf)
    starred = record.get("is_starred") or record.get("pinned_time")
    return Incoming(
        source=SOURCE,
        id=text(record.get("conversation_id")) or text(record.get("id")),
        title=text(record.get("title")),
        model=text(record.get("default_model_slug")) or None,
        system_prompt=_instructions(nodes),
        pinned=bool(starred),
        archived=record.get("is_archived") is True,
        created_at=time_or_none_known(record.get("create_time")),
        updated_at=time_or_none_known(record.get("update_time"), record.get("create_time")),
        messages=messages,
        active_leaf=leaf,
    )


def _nearest(above: dict[str, str], shown: dict[str, Message], key: str) -> str | None:
    """Return the first node from `key` upward that is shown."""
    seen: set[str] = set()
    while key and key not in shown and key not in seen:
        seen.add(key)
        key = above.get(key, "")
    return key if key in shown else None


def _node(key: str, node: dict[str, Any]) -> Message | None:
    said = mapping(node.get("message"))
    more = mapping(said.get("metadata"))
    content = mapping(said.get("content"))
    role = _ROLES.get(text(mapping(said.get("author")).get("role")))
    kind = text(content.get("content_type"))
    if role is None or kind in _HIDDEN_KINDS or more.get("is_visually_hidden_from_conversation"):
        return None
    parts = _parts(role, kind, content, said)
    parts = _attached(parts, [mapping(one) for one in entries(more.get("attachments"))])
    if not parts:
        return None
    model = text(more.get("model_slug")) or None
    return message(key, None, role, parts, moment(said.get("create_time")), model=model)


def _attached(parts: list[Part], attachments: list[dict[str, Any]]) -> list[Part]:
    """Return the parts of a message with what was attached to it; what it shows itself has a name then."""
    given = [(text(one.get("id")), text(one.get("name"))) for one in attachments]
    names = {key: name for key, name in given if ASSET.fullmatch(key)}
    shown = set()
    for part in parts:
        if isinstance(part, FilePart):
            shown.add(part.id)
            part.name = names.get(part.id, "")
    others: list[Part] = [FilePart(key, name=name) for key, name in names.items() if key not in shown]
    return [*parts, *others, *absent(name or "file" for key, name in given if key not in names)]


def _parts(role: Role, kind: str, content: dict[str, Any], said: dict[str, Any]) -> list[Part]:
    if kind == "thoughts":
        thoughts = [mapping(one) for one in entries(content.get("thoughts"))]
        words = "\n\n".join(
            "\n".join(filter(None, (text(one.get("summary")), text(one.get("content"))))) for one in thoughts
        )
        return [ThinkingPart(words)] if words.strip() else []
    to = text(said.get("recipient")) or "all"
    words, files = _words(kind, content)
    if role is Role.ASSISTANT and to != "all":
        return [ToolUsePart(text(said.get("id")), to, words)] if words.strip() else []
    if role is Role.TOOL and words.strip():
        name = text(mapping(said.get("author")).get("name")) or "tool"
        words = f"\n\n**{name}**\n\n{_fenced(words)}\n\n"
    found: list[Part] = [TextPart(words)] if words.strip() else []
    return found + files


def _words(kind: str, content: dict[str, Any]) -> tuple[str, list[Part]]:
    """Return the text of a content, and what is not text in it."""
    if kind == "code":
        language = text(content.get("language"))
        body = text(content.get("text"))
        return (body if language in ("", "unknown") else _fenced(body, language)), []
    if kind in ("execution_output", "system_error", "tether_quote"):
        return text(content.get("text")), []
    if kind == "tether_browsing_display":
        return text(content.get("result")) or text(content.get("summary")), []
    words: list[str] = []
    files: list[Part] = []
    for part in entries(content.get("parts")):
        if isinstance(part, str):
            words.append(part)
        elif text(mapping(part).get("content_type")) == "audio_transcription":
            words.append(text(part.get("text")))
        elif isinstance(part, dict):
            files += _file(part)
    if not words and not files and isinstance(content.get("text"), str):
        words.append(content["text"])
    whole = "\n".join(words)
    return _OLD_REFERENCE.sub("", _REFERENCE.sub("", whole)), files


def _file(part: dict[str, Any]) -> list[Part]:
    """Return a picture or a recording by what its pointer calls it."""
    pointer = text(part.get("asset_pointer")).rpartition("/")[2]
    if asset := ASSET.match(pointer):
        return [FilePart(asset[0])]
    kind = "image" if "image" in text(part.get("content_type")) else "attachment"
    return absent([f"{kind} {pointer}".strip()])


def _fenced(words: str, language: str = "") -> str:
    longest = max((len(run) for run in re.findall("`{3,}", words)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{words}\n{fence}"


def _folded(messages: list[Message], leaf: str | None) -> tuple[list[Message], str | None]:
    """Make one reply of what an assistant and its tools said in a row, where no branch begins between."""
    by_id = {one.id: one for one in messages}
    children: dict[str | None, list[Message]] = {}
    for one in messages:
        children.setdefault(one.parent_id, []).append(one)
    kept: list[Message] = []
    into: dict[str, Message] = {}
    waiting = children.get(None, [])[::-1]
    while waiting:
        one = waiting.pop()
        waiting += reversed(children.get(one.id, ()))
        above = into.get(one.parent_id or "")
        if above and Role.USER not in (one.role, above.role) and len(children[one.parent_id]) == 1:
            above.parts += one.parts
            above.updated_at = max(above.updated_at, one.created_at)
            above.model = above.model or one.model
            into[one.id] = above
            continue
        if one.role is Role.TOOL:
            one.role = Role.ASSISTANT
        one.parent_id = above.id if above else None
        into[one.id] = one
        kept.append(one)
    if len(into) < len(by_id):
        raise Unreadable("its messages follow each other in a circle", "import_circle")
    return kept, into[leaf].id if leaf in into and leaf else None


def _instructions(nodes: dict[str, Any]) -> str | None:
    """Return what the person had told ChatGPT about itself and how to answer."""
    for node in nodes.values():
        said = mapping(mapping(node).get("message"))
        content = mapping(said.get("content"))
        if content.get("content_type") == "user_editable_context":
            told = (text(content.get("user_profile")), text(content.get("user_instructions")))
            return "\n\n".join(one.strip() for one in told if one.strip()) or None
    return None
