#!/usr/bin/env python3
"""How long `/health` takes while somebody tries to exhaust the server: exhaustion.py [--seconds 6].

Starts upstream.py and a StellarChat of its own (temporary data) and puts one kind of pressure after the
other on it, then all at once:

  sockets   1,000 connections that say nothing, and 300 that never end their request's head
  queue     stellar-demo on llama.cpp, one answer at a time: 64 wait and 136 more try again and again
  slow      200 streams of 20,000 tokens that nobody reads
  too much  bodies, schemas and lists over their limits, from 16 connections without a pause

Meanwhile another process asks `/health` a hundred times a second, for a short list ten times, and writes in
a chat five times. Prints one JSON line each: milliseconds that `/health`, the list and the chat's first token
took, answers to the pressure by their status, resident memory of the server in MB before and at its peak.
"""

import argparse
import asyncio
import contextlib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import uvloop

from load import ms
from run import start

SETTINGS = {"limits": {"queue": 64}, "llamacpp": {"slots": 1, "threads": 1}}
CHAT = "/v1/chat/completions"
HI = [{"role": "user", "content": "hi"}]
BODY_LIMIT = 64 * 1024 * 1024


class Pressure:
    """Clients that mean no good. `seen` counts what they are answered."""

    def __init__(self, origin: str) -> None:
        self.base, self.seen = urlsplit(origin), Counter[str]()
        self.kinds: dict[str, Callable[[], list[Awaitable[None]]]] = {
            "sockets": lambda: (
                [self.say(b"") for _ in range(1000)]
                + [self.say(b"GET / HTTP/1.1\r\nx: ") for _ in range(300)]
            ),
            "queue": lambda: [self.insist(0.25, self.asked("stellar-demo", "Hello!")) for _ in range(201)],
            "slow": lambda: [
                self.never_read(self.asked("fake", "[[fake tokens=20000]]", stream=True)) for _ in range(200)
            ],
            "too much": lambda: [self.insist(0, *self.too_much()) for _ in range(16)],
        }

    def request(self, body: bytes, length: int | None = None) -> bytes:
        head = f"POST {CHAT} HTTP/1.1\r\nHost: {self.base.netloc}\r\nContent-Type: application/json\r\n"
        size = len(body) if length is None else length
        return f"{head}Content-Length: {size}\r\nConnection: close\r\n\r\n".encode() + body

    def asked(self, model: str, content: str, **more: object) -> bytes:
        messages = [{"role": "user", "content": content}]
        return self.request(json.dumps({"model": model, "messages": messages, **more}).encode())

    def too_much(self) -> list[bytes]:
        deep = json.loads('{"properties":{"a":' * 200 + "{}" + "}}" * 200)
        wide = {"enum": ["a" * 1000] * 2000}
        shaped = [
            {"type": "json_schema", "json_schema": {"name": "s", "schema": one}} for one in (deep, wide)
        ]
        bodies = [
            *({"response_format": one} for one in shaped),
            {"messages": HI * 20_000},
            {"n": 10_000},
            {"stop": ["a"] * 10_000},
        ]
        whole = [
            self.request(json.dumps({"model": "fake", "messages": HI, **one}).encode()) for one in bodies
        ]
        return [*whole, self.request(b"", BODY_LIMIT * 2), self.request(b"[" * 100_000)]

    async def say(self, words: bytes) -> None:
        """Open a connection, say something, and wait."""
        _, writer = await asyncio.open_connection(self.base.hostname, self.base.port)
        writer.write(words)
        try:
            await asyncio.sleep(3600)
        finally:
            writer.close()

    async def never_read(self, request: bytes) -> None:
        reader, writer = await asyncio.open_connection(self.base.hostname, self.base.port, limit=4096)
        writer.write(request)
        self.seen[(await reader.read(12))[-3:].decode()] += 1
        writer.transport.pause_reading()
        try:
            await asyncio.sleep(3600)
        finally:
            writer.transport.abort()

    async def insist(self, pause: float, *requests: bytes) -> None:
        """Send one request after the other, again and again."""
        while True:
            for request in requests:
                await self.once(request)
                await asyncio.sleep(pause)

    async def once(self, request: bytes) -> None:
        status = "closed"
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(self.base.hostname, self.base.port)
            try:
                writer.write(request)
                status = (await reader.read(12))[-3:].decode() or status
                while await reader.read(65536):
                    pass
            finally:
                writer.close()
        self.seen[status] += 1


def probe(origin: str, seconds: float) -> None:
    """Ask as monitors and people do, each on time, and print how long it took."""

    async def ask(took: list[float], line: str, body: dict[str, object], until: bytes) -> bytes:
        raw = json.dumps(body).encode() if body else b""
        head = f"{line} HTTP/1.1\r\nHost: {base.netloc}\r\nConnection: close\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
        began = time.monotonic()
        reader, writer = await asyncio.open_connection(base.hostname, base.port)
        writer.write(head.encode() + raw)
        answer = b""
        while until not in answer and (data := await reader.read(65536)):
            answer += data
        writer.close()
        if not answer.startswith(b"HTTP/1.1 20") or until not in answer:
            raise SystemExit(f"{line}: {answer[:200]!r}")
        took.append(time.monotonic() - began)
        return answer

    async def chat(took: list[float]) -> None:
        made = await ask([], "POST /api/chats/", {"title": "bench"}, b"}")
        chat_id = re.search(rb'"id":"([^"]+)"', made)[1].decode()
        said = {"chat_id": chat_id, "model": "fake", "content": "[[fake tokens=20]]", "stream": True}
        await ask(took, "POST /api/chat/completion", said, b"tok00")

    async def main() -> None:
        took: dict[str, list[float]] = {"health": [], "list": [], "first_token": []}
        async with asyncio.TaskGroup() as group:
            began = time.monotonic()
            for number in range(int(seconds * 100)):
                await asyncio.sleep(max(0.0, began + number / 100 - time.monotonic()))
                group.create_task(ask(took["health"], "GET /health", {}, b"}"))
                if number % 10 == 0:
                    group.create_task(ask(took["list"], "GET /api/prompts", {}, b"]"))
                if number % 20 == 0:
                    group.create_task(chat(took["first_token"]))
        print(json.dumps({name: ms(one) for name, one in took.items()}))

    base = urlsplit(origin)
    uvloop.run(main())


async def under(pressure: Pressure, kinds: list[str], pid: int, seconds: float) -> dict[str, object]:
    """Put pressure on the server, see what /health takes, and let go."""
    pressure.seen.clear()
    server = psutil.Process(pid)
    before = peak = server.memory_info().rss
    clients = [asyncio.ensure_future(client) for kind in kinds for client in pressure.kinds[kind]()]
    await asyncio.sleep(2)
    arguments = [sys.executable, __file__, "--probe", pressure.base.geturl(), "--seconds", str(seconds)]
    asking = await asyncio.create_subprocess_exec(*arguments, stdout=subprocess.PIPE)
    reading = asyncio.ensure_future(asking.communicate())
    while not reading.done():
        peak = max(peak, server.memory_info().rss)
        await asyncio.sleep(0.1)
    output, _ = await reading
    ended = [client for client in clients if client.done()]
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    for client in ended:
        client.result()
    await asyncio.sleep(1)
    return {
        "pressure": " + ".join(kinds) or "none",
        "ms": json.loads(output),
        "answers": dict(pressure.seen),
        "rss_mb": [round(before / 2**20, 1), round(peak / 2**20, 1)],
    }


async def main(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        targets, running = start(Path(name), nginx=False, **SETTINGS)
        try:
            target = next(one for one in targets if one["name"] == "stellarchat")
            pressure = Pressure(target["chat"])
            await pressure.once(pressure.asked("stellar-demo", "Hello!"))  # starts it
            for kinds in ([], *([kind] for kind in pressure.kinds), [*pressure.kinds]):
                print(json.dumps(await under(pressure, kinds, target["pid"], seconds)), flush=True)
        finally:
            for process in reversed(running):
                process.terminate()
            for process in running:
                process.wait(30)


if __name__ == "__main__":
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(20000, hard), hard))
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--seconds", type=float, default=6, help="of each kind of pressure")
    p.add_argument("--probe", help=argparse.SUPPRESS)
    args = p.parse_args()
    if args.probe:
        probe(args.probe, args.seconds)
    else:
        uvloop.run(main(args.seconds))
