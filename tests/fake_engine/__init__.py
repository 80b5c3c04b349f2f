"""A real process that speaks the OpenAI-compatible API as llama.cpp's server does, and misbehaves on demand.

`Options` (options.py) are set at its start, `Directives` (directives.py) by each request. Its books:
`GET /__stats` counts and lists aborted requests, `GET /__requests` holds the bodies that came,
`POST /__reset` zeroes both, `GET /__environment` tells its environment, `GET /__go_on` lets answers go on
that hold, `POST /__die` kills it.
"""

import asyncio
import contextlib
import dataclasses
import json
import os
import pathlib
import secrets
import signal
import sys
import urllib.request
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from tests.fake_engine.options import arguments

if TYPE_CHECKING:
    from stellarchat.core.launch import LaunchPlan, Readiness

ROOT = pathlib.Path(__file__).parents[2]
COMMAND = (sys.executable, "-S", "-m", "tests.fake_engine")


def fake_plan(
    name: str = "fake",
    *,
    readiness: "Readiness | None" = None,
    weights_bytes: int | None = None,
    **options: object,
) -> "LaunchPlan":
    """Return a plan that starts the fake with these options (fields of `Options`)."""
    from stellarchat.core.launch import LaunchPlan, Readiness  # the fake itself starts without them

    weights = (str(options["weights"]),) if options.get("weights") else ()
    return LaunchPlan(
        name=name,
        argv=(*COMMAND, "--port={port}", *arguments(**options)),
        env={"PYTHONPATH": str(ROOT), "FAKE_ENGINE_KEY": "{key}"},
        readiness=readiness or Readiness(),
        weights=weights,
        weights_bytes=weights_bytes,
    )


@dataclasses.dataclass
class Fake:
    """A running fake; `base_url` has no `/v1` and no slash at its end."""

    base_url: str
    key: str
    pid: int

    async def get(self, path: str) -> Any:
        """GET `path` and return its JSON. Raises OSError."""
        return await asyncio.to_thread(self._fetch, path)

    def _fetch(self, path: str) -> Any:
        request = urllib.request.Request(  # noqa: S310
            self.base_url + path, headers={"Authorization": f"Bearer {self.key}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    async def stats(self) -> dict[str, Any]:
        """Return counts: active queued peak started completed aborted refused tokens, and `aborts`."""
        found: dict[str, Any] = await self.get("/__stats")
        return found

    async def requests(self) -> list[dict[str, Any]]:
        """Return what was asked: `path`, `at` (monotonic) and `body`, oldest first."""
        found: list[dict[str, Any]] = await self.get("/__requests")
        return found

    def go_on(self) -> None:
        """Wait until an answer holds, and let all that hold go on; blocks. Raises OSError after 30 s."""
        self._fetch("/__go_on")

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send it a signal; SIGSTOP hangs it, SIGCONT lets it go on."""
        os.kill(self.pid, number)


@contextlib.asynccontextmanager
async def running_fake(*, key: str | None = None, **options: object) -> AsyncIterator[Fake]:
    """Start a fake on a free port and end it afterwards. It goes with this process in any case."""
    key = secrets.token_urlsafe(16) if key is None else key
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments(exit_with_stdin=True, **options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT), "FAKE_ENGINE_KEY": key},
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        line = await process.stdout.readline()
        if not line:
            raise RuntimeError(f"the fake engine left with {await process.wait()}")
        yield Fake(line.split()[-1].decode(), key, process.pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.stdin.close()
        await process.wait()
        process._transport.close()  # type: ignore[attr-defined]  # else its pipes warn when collected
