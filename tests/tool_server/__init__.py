"""A real MCP server, by the official library, that misbehaves on demand: over stdio or streamable HTTP.

`python -m tests.tool_server` speaks on its standard input and output, `… PORT` over HTTP. Tools that
misbehave say so in their names. With `TOOL_SERVER_FILE` the description of `add` is that file's words, so
that a test can change a tool after it was approved.
"""

import asyncio
import contextlib
import os
import pathlib
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx

from tests.waiting import eventually

ROOT = pathlib.Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "tests.tool_server")
EARLIER = (sys.executable, "-m", "tests.tool_server.earlier")
"""One of the protocol before 2026-07-28."""
ENV = {"PYTHONPATH": str(ROOT)}


def program(*, words: tuple[str, ...] = COMMAND, **env: str) -> dict[str, Any]:
    """Return the body that adds it as a program."""
    command, *args = words
    return {
        "name": "Test Tools",
        "transport": "stdio",
        "command": command,
        "args": args,
        "env": {**ENV, **env},
        "approved": True,
    }


@contextlib.asynccontextmanager
async def over_http(port: int, **env: str) -> AsyncIterator[str]:
    """Run it on a port and yield its address."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        str(port),
        env={**os.environ, **ENV, **env},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/mcp"

    async def answers() -> bool:
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                await client.get(url)
            except httpx.HTTPError:
                return False
            return True

    try:
        await eventually(answers)
        yield url
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        process._transport.close()  # type: ignore[attr-defined]
