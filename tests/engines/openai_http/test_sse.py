import pytest

from stellarchat.core.errors import EngineMalformed
from stellarchat.engines._openai_http.sse import MAX_EVENT, EventParser

STREAM = 'data: {"a": "héllo 你好"}\n\n: comment\n\nevent: x\ndata: one\ndata: two\n\ndata:tight\n\n'.encode()
PAYLOADS = ['{"a": "héllo 你好"}'.encode(), b"one\ntwo", b"tight"]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_any_split_and_line_ending_gives_the_same_payloads(ending: bytes, size: int) -> None:
    stream = STREAM.replace(b"\n", ending)
    parser = EventParser()
    found = [payload for at in range(0, len(stream), size) for payload in parser.feed(stream[at : at + size])]
    assert found == PAYLOADS


def test_a_lone_carriage_return_ends_a_line() -> None:
    parser = EventParser()
    assert parser.feed(b"data: x\r\rdata: y\r\r") == [b"x"]
    assert parser.feed(b"data: z\n\n") == [b"y", b"z"]


def test_an_unfinished_event_is_held_back() -> None:
    parser = EventParser()
    assert parser.feed(b"data: x\n") == []
    assert parser.feed(b"\n") == [b"x"]


def test_an_endless_line_is_refused() -> None:
    parser = EventParser()
    parser.feed(b"x" * MAX_EVENT)
    with pytest.raises(EngineMalformed):
        parser.feed(b"x")


def test_an_endless_event_of_short_lines_is_refused() -> None:
    parser = EventParser()
    for _ in range(MAX_EVENT // 1024):
        parser.feed(b"data: " + b"x" * 1024 + b"\n")
    with pytest.raises(EngineMalformed):
        parser.feed(b"data: x")
