"""Takes apart what a model writes: thoughts, text, and calls of tools.

Thoughts stand between `<think>` and `</think>`. Calls are `<tool_call>{json}</tool_call>` (Hermes, Qwen)
or the whole answer is one JSON object with `name` and `parameters` (Llama).
"""

from collections.abc import Collection
from typing import Any

import msgspec

from stellarchat.engines.transformers.stops import open_end

THINK, THOUGHT = "<think>", "</think>"
CALL, CALLED = "<tool_call>", "</tool_call>"
PYTHON = "<|python_tag|>"


class Call(msgspec.Struct, frozen=True):
    """A tool that the model wants called; `arguments` is JSON text."""

    name: str
    arguments: str


class Piece(msgspec.Struct, frozen=True):
    """Something of an answer: a bit of text, a bit of thought, or a whole call."""

    content: str = ""
    reasoning: str = ""
    call: Call | None = None


class Splitter:
    """Splits one answer. `thinking` tells that the prompt has opened a thought already."""

    def __init__(self, *, thinking: bool = False, tools: Collection[str] = (), plain: bool = False) -> None:
        self._state = "think" if thinking else "start"
        self._tools, self._plain = tools, plain
        self._held = ""
        self._lead = True  # white space before the first word of a part is dropped

    def feed(self, text: str) -> list[Piece]:
        """Return the pieces that `text` completes."""
        if self._plain:
            return [Piece(content=text)] if text else []
        self._held += text
        pieces: list[Piece] = []
        while self._step(pieces):
            pass
        return pieces

    def end(self) -> list[Piece]:
        """Return what is left."""
        if not self._held:
            return []
        held, self._held = self._held, ""
        if self._state == "json" and (call := self._call(held.removeprefix(PYTHON))):
            return [Piece(call=call)]
        if self._state == "call":
            call = self._call(held)
            return [Piece(call=call)] if call else [Piece(content=CALL + held)]
        if self._state == "think":
            return [Piece(reasoning=held)]
        return [Piece(content=held)]

    def _step(self, pieces: list[Piece]) -> bool:
        """Take one step; False where more text is needed."""
        match self._state:
            case "start":
                return self._start()
            case "think":
                return self._until(THOUGHT, "text", pieces, thought=True)
            case "text" if self._tools:
                return self._until(CALL, "call", pieces)
            case "text":
                return self._until(None, "text", pieces)
            case "call":
                return self._tool(pieces)
            case _:
                return False  # one JSON object: known at its end only

    def _start(self) -> bool:
        text = self._held.lstrip()
        if text.startswith(THINK):
            self._held, self._state = text[len(THINK) :], "think"
            return True
        if not text or THINK.startswith(text):
            return False
        if self._tools and PYTHON.startswith(text):
            return False
        whole = self._tools and (text.startswith(("{", PYTHON)))
        if whole:
            self._held = text
        self._state = "json" if whole else "text"
        self._lead = False
        return bool(self._state == "text")

    def _until(self, marker: str | None, then: str, pieces: list[Piece], *, thought: bool = False) -> bool:
        if self._lead:
            self._held = self._held.lstrip()
            if not self._held:
                return False
        at = self._held.find(marker) if marker else -1
        if marker and at >= 0:
            text, self._held = self._held[:at].rstrip(), self._held[at + len(marker) :]
            self._state = then
            self._say(text, pieces, thought=thought)
            self._lead = True
            return True
        keep = open_end(self._held, (marker,)) if marker else 0
        if marker:  # white space before a marker is not part of the text
            body = self._held[: len(self._held) - keep]
            keep += len(body) - len(body.rstrip())
        text, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        self._say(text, pieces, thought=thought)
        return False

    def _say(self, text: str, pieces: list[Piece], *, thought: bool) -> None:
        if text:
            self._lead = False
            pieces.append(Piece(reasoning=text) if thought else Piece(content=text))

    def _tool(self, pieces: list[Piece]) -> bool:
        at = self._held.find(CALLED)
        if at < 0:
            return False
        text, self._held = self._held[:at], self._held[at + len(CALLED) :]
        call = self._call(text)
        pieces.append(Piece(call=call) if call else Piece(content=f"{CALL}{text}{CALLED}"))
        self._state, self._lead = "text", True
        return True

    def _call(self, text: str) -> Call | None:
        try:
            said: Any = msgspec.json.decode(text.strip())
        except msgspec.DecodeError:
            return None
        if not isinstance(said, dict) or said.get("name") not in self._tools:
            return None
        arguments = said.get("arguments", said.get("parameters", {}))
        if not isinstance(arguments, str):
            arguments = msgspec.json.encode(arguments).decode()
        return Call(said["name"], arguments)
