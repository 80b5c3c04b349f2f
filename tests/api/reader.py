"""A client that does with frames what docs/api.md tells it to."""

from typing import Any

from stellarchat.core.messages import ImagePart, Message, Part, TextPart, ThinkingPart, ToolUsePart


class Reader:
    """Follows one generation; `parts` is the message as the frames told it."""

    def __init__(self, parts: list[Part] | None = None) -> None:
        self.parts: list[dict[str, Any]] = [_plain(part) for part in parts or []]
        self.seq = 0
        self.frames: list[dict[str, Any]] = []
        self.stop_reason: str | None = None
        self.over = False
        self.message_id: str | None = None

    def read(self, frame: dict[str, Any]) -> None:
        """Take in one frame."""
        assert not self.over, f"a frame after the end: {frame}"
        self.frames.append(frame)
        if frame["seq"] is not None:
            assert frame["seq"] >= self.seq, f"back from {self.seq}: {frame}"
            self.seq = frame["seq"]
        match frame["type"]:
            case "message_start" | "snapshot":
                if frame["message"] is not None:
                    self.message_id = frame["message"]["id"]
                    self.parts = [_shown(part) for part in frame["message"]["parts"]]
            case "content_block_start":
                self._start(frame["index"], frame["content_block"])
            case "content_block_delta":
                self._add(self.parts[frame["index"]], frame["delta"])
            case "message_delta":
                self.stop_reason = frame["stop_reason"] or self.stop_reason
            case "message_stop" | "error":
                self.over = True
            case "status" | "content_block_stop":
                pass
            case other:
                raise AssertionError(f"an unknown frame: {other}")

    @property
    def text(self) -> str:
        """The answer without reasoning."""
        return "".join(part["text"] for part in self.parts if part["type"] == "text")

    def _start(self, index: int, block: dict[str, Any]) -> None:
        if index < len(self.parts):
            assert self.parts[index]["type"] == block["type"]
            self.parts[index].update(block)
            return
        assert index == len(self.parts)
        empty = {"arguments": ""} if block["type"] == "tool_use" else {"text": ""}
        self.parts.append({**block, **empty})

    @staticmethod
    def _add(part: dict[str, Any], delta: dict[str, Any]) -> None:
        match delta["type"]:
            case "text_delta":
                assert part["type"] == "text"
                part["text"] += delta["text"]
            case "thinking_delta":
                assert part["type"] == "thinking"
                part["text"] += delta["thinking"]
            case "input_json_delta":
                assert part["type"] == "tool_use"
                part["arguments"] += delta["partial_json"]
            case other:
                raise AssertionError(f"an unknown delta: {other}")


def plain_parts(parts: list[Part]) -> list[dict[str, Any]]:
    """Return parts in the form that `Reader.parts` has."""
    return [_plain(part) for part in parts]


def message_parts(message: Message) -> list[dict[str, Any]]:
    """Return a message's parts in the form that `Reader.parts` has."""
    return plain_parts(message.parts)


def _plain(part: Part) -> dict[str, Any]:
    match part:
        case TextPart():
            return {"type": "text", "text": part.text}
        case ThinkingPart():
            return {"type": "thinking", "text": part.text}
        case ToolUsePart():
            return {"type": "tool_use", "id": part.id, "name": part.name, "arguments": part.arguments}
        case ImagePart():
            return {"type": "image", "url": part.url}


def _shown(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "duration_ms"}
