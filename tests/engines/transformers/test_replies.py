"""Thoughts, text and calls of tools, taken apart as they come."""

import json

import pytest

from stellarchat.engines.transformers.replies import Piece, Splitter


def split(text: str, size: int = 3, **how: object) -> list[Piece]:
    """Return the pieces of a text that comes `size` characters at a time, neighbours of a kind joined."""
    splitter = Splitter(**how)  # type: ignore[arg-type]
    pieces: list[Piece] = []
    for at in range(0, len(text), size):
        pieces += splitter.feed(text[at : at + size])
    pieces += splitter.end()
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last and last.content and piece.content:
            joined[-1] = Piece(content=last.content + piece.content)
        elif last and last.reasoning and piece.reasoning:
            joined[-1] = Piece(reasoning=last.reasoning + piece.reasoning)
        else:
            joined.append(piece)
    return joined


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_thoughts_come_apart_from_the_text(size: int) -> None:
    out = split("<think>\nLet me see.\n</think>\n\nIt is 4.", size)
    assert out == [Piece(reasoning="Let me see."), Piece(content="It is 4.")]


def test_a_thought_that_the_prompt_has_opened() -> None:
    assert split("hm\n</think>yes", thinking=True) == [Piece(reasoning="hm"), Piece(content="yes")]
    assert split("never done", thinking=True) == [Piece(reasoning="never done")]


def test_an_empty_thought_is_none() -> None:
    assert split("<think>\n\n</think>\n\nyes") == [Piece(content="yes")]


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_hermes_calls(size: int) -> None:
    call = '<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>'
    out = split(f"I look.\n{call}\n{call}", size, tools=("add",))
    assert out[0] == Piece(content="I look.")
    assert [piece.call and piece.call.name for piece in out[1:]] == ["add", "add"]
    assert out[1].call is not None
    assert json.loads(out[1].call.arguments) == {"a": 1}


@pytest.mark.parametrize("before", ["", "<|python_tag|>", "<think>x</think>"])
def test_llamas_calls(before: str) -> None:
    out = split(before + '{"name": "add", "parameters": {"a": 1}}', tools=("add",))
    if before.startswith("<think>"):  # after a thought only the marked form counts
        assert out[-1].content.startswith("{")
    else:
        (piece,) = out
        assert piece.call is not None
        assert json.loads(piece.call.arguments) == {"a": 1}


def test_json_that_is_no_call_is_text() -> None:
    for text in ('{"name": "other", "parameters": {}}', '{"a": 1}', '{"name": "add", '):
        assert split(text, tools=("add",)) == [Piece(content=text)]
    broken = "<tool_call>nonsense</tool_call>"
    assert split(f"a {broken}", tools=("add",)) == [Piece(content="a"), Piece(content=broken)] or split(
        f"a {broken}", tools=("add",)
    ) == [Piece(content=f"a{broken}")]


def test_without_tools_markers_are_text() -> None:
    text = 'See <tool_call>{"name": "add"}</tool_call>.'
    assert split(text) == [Piece(content=text)]


def test_plain_text_is_left_alone() -> None:
    assert split("  <think>x</think>\n", plain=True) == [Piece(content="  <think>x</think>\n")]
    assert split("  hello \n world ") == [Piece(content="  hello \n world ")]
