"""Fills chat templates in a process of its own, with a second of the processor for each.

A template is a program that came with the weights, and an endless one would keep the worker for ever: its
event loop, and with that all other replies. In a child of ours it ends the child alone, and a fresh one is
there for the next. Covers the kind of fault of llama-cpp-python's CVE-2024-34359 and SGLang's
CVE-2026-5760.

The child is `python -m stellarchat.engines.transformers.rendering`. Requests and answers are JSON, each with
its length in four bytes before it.
"""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from typing import Any, BinaryIO

from stellarchat.engines.transformers.bodies import BadBody

SECONDS = 1.0  # of processor time; a usual template takes some milliseconds
PATIENCE = 20.0  # seconds by the clock, for a machine that is busy with other things
MEMORY = 4 << 30  # bytes of address space
LONGEST = 64 << 20  # bytes of a prompt


class Renderer:
    """Keeps one child, and asks it one thing at a time."""

    def __init__(self) -> None:
        self._child: Process | None = None
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        """Start the child if there is none; returns at once."""
        if self._child is None or self._child.returncode is not None:
            words = (sys.executable, "-m", "stellarchat.engines.transformers.rendering")
            self._child = await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE)

    async def render(self, template: str, given: dict[str, Any]) -> str:
        """Return the prompt; `given` are the arguments of Transformers' `render_jinja_template`.

        Raises BadBody where the template refuses them, or does not come to an end.
        """
        data = json.dumps({"chat_template": template, **given}).encode()
        # whoever hangs up meanwhile must not leave half an exchange behind
        return await asyncio.shield(asyncio.ensure_future(self._ask(data)))

    async def close(self) -> None:
        """End the child."""
        if self._child is not None and self._child.returncode is None:
            self._child.kill()
            await self._child.wait()

    async def _ask(self, data: bytes) -> str:
        async with self._lock:
            await self.start()
            child = self._child
            assert child is not None
            assert child.stdin is not None
            assert child.stdout is not None
            try:
                async with asyncio.timeout(PATIENCE):
                    child.stdin.write(len(data).to_bytes(4, "big") + data)
                    await child.stdin.drain()
                    size = int.from_bytes(await child.stdout.readexactly(4), "big")
                    answer = json.loads(await child.stdout.readexactly(size))
            except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
                await self.close()
                await self.start()  # it takes a second to be ready: begin now
                raise BadBody(
                    f"The model's chat template did not come to an end within {SECONDS:g} s, or crashed.",
                    "messages",
                ) from None
        if "refused" in answer:
            raise BadBody(
                f"The model's chat template refuses these messages: {answer['refused']}", "messages"
            )
        return str(answer["prompt"])


def main() -> None:
    """Answer requests until nobody is there to ask."""
    from transformers.utils.chat_template_utils import render_jinja_template

    _limited()
    given, taken = sys.stdin.buffer, sys.stdout.buffer
    while (data := _read(given)) is not None:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)  # ends this process where it is not called off
        answer = _answer(render_jinja_template, data)
        signal.setitimer(signal.ITIMER_PROF, 0)
        taken.write(len(answer).to_bytes(4, "big") + answer)
        taken.flush()


def _read(given: BinaryIO) -> bytes | None:
    head = given.read(4)
    return given.read(int.from_bytes(head, "big")) if len(head) == 4 else None


def _answer(render: Any, data: bytes) -> bytes:
    request = json.loads(data)
    try:
        (prompt,), _ = render(conversations=[request.pop("messages")], **request)
        answer = json.dumps({"prompt": prompt}).encode()
        if len(answer) > LONGEST:
            raise ValueError(f"it makes a prompt of {len(answer)} bytes")
    except Exception as error:  # a template may raise whatever it likes
        answer = json.dumps({"refused": f"{error or type(error).__name__}"[:2000]}).encode()
    return answer


def _limited() -> None:
    import resource

    for limit, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(limit)[1]
        resource.setrlimit(limit, (most if hard < 0 else min(most, hard), hard))


if __name__ == "__main__":
    main()
