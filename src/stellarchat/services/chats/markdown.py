"""A chat as Markdown to be read. Pure; what a person or model wrote stays as it is."""

import html
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from stellarchat.core.messages import (
    Chat,
    FilePart,
    ImagePart,
    Message,
    MessageStatus,
    Part,
    Role,
    TextPart,
    ThinkingPart,
    ToolUsePart,
)
from stellarchat.core.tools import ANSWERED, CallState, OutputKind

Language = Literal["en", "zh-CN"]
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


class _Words(msgspec.Struct, frozen=True):
    """What stands between the messages."""

    untitled: str
    roles: dict[Role, str]
    system_prompt: str
    thinking: str
    call: str
    results: dict[CallState, str]
    nothing: str
    image: str
    file: str
    endings: dict[MessageStatus, str]


_WORDS: dict[Language, _Words] = {
    "en": _Words(
        untitled="Untitled chat",
        roles={Role.USER: "You", Role.ASSISTANT: "Model", Role.SYSTEM: "System", Role.TOOL: "Tool"},
        system_prompt="System prompt",
        thinking="Thinking",
        call="Calls",
        results={
            CallState.DONE: "Result",
            CallState.FAILED: "Failed",
            CallState.DENIED: "Not allowed",
            CallState.CUT: "Interrupted",
        },
        nothing="It returned nothing.",
        image="image",
        file="file",
        endings={
            MessageStatus.PENDING: "Not written yet",
            MessageStatus.STREAMING: "Still being written",
            MessageStatus.STOPPED: "Stopped",
            MessageStatus.INTERRUPTED: "Interrupted",
            MessageStatus.ERROR: "Failed",
        },
    ),
    "zh-CN": _Words(
        untitled="未命名对话",
        roles={Role.USER: "您", Role.ASSISTANT: "模型", Role.SYSTEM: "系统", Role.TOOL: "工具"},
        system_prompt="系统提示词",
        thinking="思考",
        call="调用",
        results={
            CallState.DONE: "结果",
            CallState.FAILED: "失败",
            CallState.DENIED: "未获允许",
            CallState.CUT: "已中断",
        },
        nothing="没有返回内容。",
        image="图片",
        file="文件",
        endings={
            MessageStatus.PENDING: "尚未开始",
            MessageStatus.STREAMING: "正在生成",
            MessageStatus.STOPPED: "已停止",
            MessageStatus.INTERRUPTED: "已中断",
            MessageStatus.ERROR: "失败",
        },
    ),
}


def heading(chat: Chat, language: Language) -> str:
    """Return what stands above a chat's messages."""
    words = _WORDS[language]
    title = " ".join(chat.title.split()) or words.untitled
    facts = [f"{_time(chat.created_at)} – {_time(chat.last_message_at)}"]
    if chat.model:
        facts.append(f"`{chat.model}`")
    lines = f"# {title}\n\n{' · '.join(facts)}\n"
    if chat.system_prompt:
        lines += f"\n**{words.system_prompt}**\n\n{_quoted(chat.system_prompt)}\n"
    return lines


def section(message: Message, language: Language) -> str:
    """Return a message with who said it and when."""
    words = _WORDS[language]
    who = words.roles[message.role]
    if message.role is Role.ASSISTANT and message.model:
        who = f"{who} (`{message.model}`)"
    blocks = [f"## {who} · {_time(message.created_at)}", *_blocks(message.parts, words)]
    ending = words.endings.get(message.status)
    if ending is not None:
        blocks.append(f"*{ending}: {message.error.message}*" if message.error else f"*{ending}*")
    return "\n" + "\n\n".join(blocks) + "\n"


def _blocks(parts: list[Part], words: _Words) -> Iterator[str]:
    for part in parts:
        match part:
            case TextPart(text=text) if text.strip():
                yield closed(text.strip("\n"))
            case ThinkingPart(text=text) if text.strip():
                yield _quoted(f"**{words.thinking}**\n\n{text.strip()}")
            case ToolUsePart(name=name, arguments=arguments):
                yield f"**{words.call}** `{name}`\n\n{_fenced(arguments, 'json')}"
                if part.state in ANSWERED:
                    yield _result(part, words)
            case ImagePart(url=url):
                # a picture's bytes as text are nothing to read
                inline = url.startswith("data:")
                yield f"*[{words.image}]*" if inline else f"![{words.image}]({url})"
            case FilePart(name=name):
                yield f"*[{words.image if part.is_image else words.file}: {_escaped(name)}]*"


def _result(call: ToolUsePart, words: _Words) -> str:
    """Fold up what a call came to. It stands in code blocks, so that nothing of it can be a link or HTML."""
    label = " · ".join(filter(None, (words.results[call.state], call.title or call.tool, call.server)))
    said = [_fenced(call.note)] if call.note else []
    for output in call.outputs:
        if output.kind is OutputKind.IMAGE:
            said.append(f"*[{words.image}]*")
        else:
            said.append(_fenced(output.text, "json" if output.kind is OutputKind.JSON else ""))
    if not said and call.state is CallState.DONE:
        said.append(f"*{words.nothing}*")
    summary = html.escape(" ".join(label.split()), quote=False)
    return "\n\n".join(("<details>", f"<summary>{summary}</summary>", *said, "</details>"))


def closed(text: str) -> str:
    """End a code block that an answer which broke off left open: it would take in all that follows."""
    fence: str | None = None
    for line in text.split("\n"):
        found = _FENCE.fullmatch(line)
        if found is None:
            continue
        mark, rest = found.groups()
        if fence is None:
            # backticks behind backticks are code in a line (CommonMark 4.5)
            fence = None if mark[0] == "`" and "`" in rest else mark
        elif mark.startswith(fence) and not rest.strip():
            fence = None
    return text if fence is None else f"{text}\n{fence}"


def _escaped(name: str) -> str:
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", name)


def _fenced(text: str, language: str = "") -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
