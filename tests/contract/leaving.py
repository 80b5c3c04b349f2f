"""Somebody who asks and does not wait for the answer."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from tests.fake_engine import Fake
from tests.waiting import eventually


async def leave(engine: Fake, asking: Coroutine[Any, Any, Any]) -> None:
    """Ask, and go away once the engine writes."""

    async def writes() -> bool:
        assert not asked.done(), asked
        return bool((await engine.stats())["started"] > before)

    before = (await engine.stats())["started"]
    asked = asyncio.create_task(asking)
    await eventually(writes)
    asked.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asked
