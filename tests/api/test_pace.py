"""Large bodies are handed on one at a time, and everybody else has a turn between two."""

import asyncio
from typing import Any

import pytest

from stellarchat.api.pace import Pace
from stellarchat.core.errors import Unavailable

MOST = 1000


async def test_others_have_a_turn_between_two_large_bodies() -> None:
    pace, seen = Pace(MOST), list[str]()

    async def read(name: str) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"{}"}

        await pace.slowed(receive).receive()
        seen.append(name)

    async def somebody_else() -> None:
        while len([name for name in seen if name != "other"]) < 4:
            seen.append("other")
            await asyncio.sleep(0)

    bodies = [asyncio.create_task(read(name)) for name in "abcd"]
    await asyncio.gather(somebody_else(), *bodies)
    assert [name for name in seen if name != "other"] == ["a", "b", "c", "d"]
    for first, second in zip("abc", "bcd", strict=True):
        assert "other" in seen[seen.index(first) : seen.index(second)]


async def test_only_the_last_piece_waits() -> None:
    pace = Pace(MOST)
    pieces = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> dict[str, Any]:
        return pieces.pop(0)

    async with pace._lock:  # as while another's turn lasts
        receive_slowed = pace.slowed(receive).receive
        assert (await receive_slowed())["body"] == b"{"
        assert (await receive_slowed())["type"] == "http.disconnect"


async def test_whoever_leaves_while_waiting_holds_nobody_up() -> None:
    pace = Pace(MOST)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}"}

    leaving = [asyncio.ensure_future(pace.slowed(receive).receive()) for _ in range(3)]
    await asyncio.sleep(0)
    for one in leaving:
        one.cancel()
    await asyncio.gather(*leaving, return_exceptions=True)
    assert (await pace.slowed(receive).receive())["body"] == b"{}"


async def test_only_so_much_is_held_of_bodies_that_are_not_whole() -> None:
    pace = Pace(MOST)

    def body(*sizes: int, ends: bool = False) -> Any:
        pieces = [{"type": "http.request", "body": bytes(size), "more_body": True} for size in sizes]
        pieces[-1]["more_body"] = not ends

        async def receive() -> dict[str, Any]:
            return pieces.pop(0)

        return pace.slowed(receive)

    first, second, third = body(600), body(400), body(1)
    await first.receive()
    await second.receive()
    with pytest.raises(Unavailable) as refused:
        await third.receive()
    assert refused.value.retry_after
    first.drop()
    first.drop()
    assert pace.held == 400
    whole = body(300, 300, ends=True)
    await whole.receive()
    assert pace.held == 700
    await whole.receive()
    assert pace.held == 400
