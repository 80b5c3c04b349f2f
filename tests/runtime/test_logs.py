"""Log rings: bounded, readable, and followed without a queue."""

import asyncio

import pytest

from stellarchat.runtime.logs import Logs, Stream


def fed(*pieces: bytes, lines: int = 100, width: int = 100) -> Logs:
    logs = Logs(lines, width)
    for piece in pieces:
        logs.feed(Stream.ERR, piece)
    return logs


def test_lines_are_joined_however_the_pipe_cut_them() -> None:
    text = "first\nsecond 你好\n\nfourth\n".encode()
    logs = fed(*(text[at : at + 1] for at in range(len(text))))
    assert logs.tail() == ["first", "second 你好", "", "fourth"]
    assert logs.tail(2) == ["", "fourth"]
    assert logs.tail(0) == []
    assert logs.written == 4


def test_half_a_line_comes_when_its_process_has_ended() -> None:
    logs = fed(b"whole\nhalf")
    assert logs.tail() == ["whole"]
    logs.flush()
    assert logs.tail() == ["whole", "half"]


def test_number_of_lines_is_bounded() -> None:
    logs = fed(*(b"%d\n" % n for n in range(1000)), lines=3)
    assert logs.tail() == ["997", "998", "999"]
    assert logs.tail(since=999) == ["999"]
    assert logs.tail(since=1) == ["997", "998", "999"]
    assert logs.tail(since=1000) == []


def test_endless_line_is_cut_and_costs_no_memory() -> None:
    logs = Logs(10, 8)
    for _ in range(1000):
        logs.feed(Stream.OUT, b"x" * 1000)
    assert len(logs._pending[Stream.OUT]) == 9
    logs.feed(Stream.OUT, b"\nnext\n")
    assert logs.tail() == ["xxxxxxxx…", "next"]


def test_line_of_just_the_width_stays_whole() -> None:
    assert fed(b"12345678\n", width=8).tail() == ["12345678"]


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert fed(b"\xff\xfe ok \xe4\xbd\n").tail() == ["�� ok �"]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"\x1b[1;31merror\x1b[0m: bad\n", "error: bad"),
        (b"\x1b]0;title\x07text\n", "text"),
        (b"bell\x07 tab\there\n", "bell tab\there"),
        (b"windows\r\n", "windows"),
        (b" 1%\r 50%\r100%\n", "100%"),
        (b" 1%\r 50%\r\n", " 50%"),
        (b"trailing   \n", "trailing"),
    ],
)
def test_colours_and_progress_bars(raw: bytes, shown: str) -> None:
    assert fed(raw).tail() == [shown]
    assert fed(*(raw[at : at + 1] for at in range(len(raw)))).tail() == [shown]


def test_endless_progress_bar_costs_no_memory() -> None:
    logs = Logs(10, 8)
    for _ in range(1000):
        logs.feed(Stream.ERR, b"\r 50% of it")
    assert len(logs._pending[Stream.ERR]) <= 10


def test_secrets_are_hidden_and_streams_told_apart() -> None:
    logs = Logs()
    logs.hide("s3cret")
    logs.feed(Stream.OUT, b"api_key='s3cret'\n")
    logs.feed(Stream.ERR, b"error\n")
    assert logs.tail() == ["api_key='[key]'", "error"]
    assert logs.tail(stream=Stream.ERR) == ["error"]


async def test_followers_get_the_tail_and_all_that_comes() -> None:
    logs = fed(b"1\n2\n3\n")
    lines: list[str] = []

    async def follow() -> None:
        async for line in logs.follow(tail=2):
            lines.append(line)

    following = asyncio.create_task(follow())
    await asyncio.sleep(0)
    assert lines == ["2", "3"]
    logs.feed(Stream.OUT, b"4\n5\n")
    await asyncio.sleep(0)
    logs.feed(Stream.OUT, b"6")
    logs.close()
    await following
    assert lines == ["2", "3", "4", "5", "6"]


async def test_slow_follower_misses_what_was_overwritten() -> None:
    logs = fed(b"1\n", lines=2)
    follow = logs.follow(tail=1)
    assert await anext(follow) == "1"
    logs.feed(Stream.OUT, b"2\n3\n4\n5\n")
    logs.close()
    assert [line async for line in follow] == ["4", "5"]
