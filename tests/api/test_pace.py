"""Large bodies are handed on one at a time, and everybody else has a turn between two."""

import asyncio
from typing import Any

from stellarchat.api.pace import Pace


async def test_others_have_a_turn_between_two_large_bodies() -> None:
    pace, seen = Pace(), list[str]()

    async def read(name: str) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"{}"}

        await pace.slowed(receive)()
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
    pace = Pace()
    pieces = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> dict[str, Any]:
        return pieces.pop(0)

    async with pace._lock:  # as while another's turn lasts
        receive_slowed = pace.slowed(receive)
        assert (await receive_slowed())["body"] == b"{"
        assert (await receive_slowed())["type"] == "http.disconnect"


async def test_whoever_leaves_while_waiting_holds_nobody_up() -> None:
    pace = Pace()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}"}

    leaving = [asyncio.ensure_future(pace.slowed(receive)()) for _ in range(3)]
    await asyncio.sleep(0)
    for one in leaving:
        one.cancel()
    await asyncio.gather(*leaving, return_exceptions=True)
    assert (await pace.slowed(receive)())["body"] == b"{}"
