#!/usr/bin/env python3
"""Load on stored chats: C people, each with a chat of their own, write N messages in all.

  chat.py http://127.0.0.1:8080 --model fake -c 100 -n 300 --watch gw=1234        (replies over SSE)
  chat.py http://127.0.0.1:8080 --model fake -c 100 -n 300 --socket               (over the WebSocket)
  chat.py http://127.0.0.1:8080 --model fake -c 100 -n 300 --second-tab           (and somebody watches)

The engine must be upstream.py: its stamped tokens tell how long each one was on its way. Frames may hold
several tokens, so tokens are counted by their stamps. Prints one JSON object like load.py's: `ttft_ms`,
`lag_ms` (engine to client, one way), with --second-tab also `tab_lag_ms` of a second connection that
follows the same reply (tokens from before it was there left out), and CPU seconds and memory of `--watch`ed
process trees.
"""

import argparse
import asyncio
import json
import time
from array import array
from urllib.parse import urlsplit

import websockets

from load import STAMP, ms, tree

END = b'"message_stop"'
now = time.monotonic


class Follower:
    """Takes what comes over one connection and books the stamps in it."""

    def __init__(self, lags: array):
        self.lags, self.tail = lags, b""
        self.came = now()
        self.first = self.last = None
        self.tokens = 0

    def take(self, data: bytes) -> bool:
        """Book `data`; True once the reply has ended."""
        t = now()
        buf = self.tail + data
        stamps = STAMP.findall(buf)
        self.tail = buf[-40:] if not stamps else buf[buf.rfind(stamps[-1]) + len(stamps[-1]) :][-200:]
        if stamps:
            self.first = self.first or t
            self.last = t
            self.tokens += len(stamps)
            us = t * 1e6
            since = self.came * 1e6
            self.lags.extend((us - int(stamp)) / 1e6 for stamp in stamps if int(stamp) >= since)
        return END in buf


async def http(base, method: str, path: str, body=None, headers=()):
    """Send one request on a connection of its own; return its reader and writer past the headers."""
    reader, writer = await asyncio.open_connection(base.hostname, base.port)
    raw = b"" if body is None else json.dumps(body).encode()
    more = "".join(f"{header}\r\n" for header in ("Content-Type: application/json", *headers))
    head = f"{method} {path} HTTP/1.1\r\nHost: {base.netloc}\r\n{more}"
    writer.write(f"{head}Connection: close\r\nContent-Length: {len(raw)}\r\n\r\n".encode() + raw)
    status = int((await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1])
    if status >= 300:
        raise RuntimeError(f"{path}: {status} {(await reader.read())[:300]!r}")
    return reader, writer


async def follow_events(base, generation: str, lags: array, headers) -> Follower:
    path = f"/api/generations/{generation}/events?after=0"
    reader, writer = await http(base, "GET", path, headers=headers)
    follower = Follower(lags)
    while data := await reader.read(65536):
        if follower.take(data):
            break
    writer.close()
    return follower


class Run:
    def __init__(self, args):
        self.args, self.base = args, urlsplit(args.url)
        self.left, self.ok, self.errors = args.n, 0, {}
        self.ttft, self.lags, self.tab_lags = array("d"), array("d"), array("d")
        self.tokens = 0

    def book(self, began: float, follower: Follower):
        expected = self.args.tokens
        self.tokens += follower.tokens
        if follower.tokens == expected:
            self.ok += 1
            self.ttft.append(follower.first - began)
        else:
            why = f"{follower.tokens} tokens"
            self.errors[why] = self.errors.get(why, 0) + 1

    def body(self, chat_id: str) -> dict:
        directive = f"tokens={self.args.tokens} delay={self.args.delay} stamp=1"
        return {"chat_id": chat_id, "model": self.args.model, "content": f"hi [[fake {directive}]]"}

    async def over_sse(self, chat_id: str, socket):
        follower, began, tab = Follower(self.lags), now(), None
        reader, writer = await http(
            self.base,
            "POST",
            "/api/chat/completion",
            {**self.body(chat_id), "stream": True},
            self.args.header,
        )
        head = b""
        while data := await reader.read(65536):
            if self.args.second_tab and tab is None:
                head += data
                if b'"generation_id":"' in head:
                    generation = head.split(b'"generation_id":"')[1].split(b'"')[0].decode()
                    tab = asyncio.create_task(
                        follow_events(self.base, generation, self.tab_lags, self.args.header)
                    )
            if follower.take(data):
                break
        writer.close()
        self.book(began, follower)
        if tab is not None:
            await tab

    async def over_socket(self, chat_id: str, socket):
        follower, began = Follower(self.lags), now()
        await socket.send(json.dumps({"type": "chat", **self.body(chat_id)}))
        while not follower.take(await socket.recv(decode=False)):
            pass
        self.book(began, follower)

    async def person(self, index: int):
        reader, writer = await http(self.base, "POST", "/api/chats/", {"title": "bench"}, self.args.header)
        raw = await reader.read()
        chat_id = json.loads(raw[raw.index(b"{") : raw.rindex(b"}") + 1])["id"]
        writer.close()
        socket = None
        if self.args.socket:
            socket = await websockets.connect(
                f"ws://{self.base.netloc}/api/ws/chat",
                max_size=None,
                compression=None,
                additional_headers=dict(header.split(": ", 1) for header in self.args.header),
            )
        self.ready.release()
        await self.go.wait()
        await asyncio.sleep(self.args.ramp * index / self.args.c)
        while self.left > 0:
            self.left -= 1
            await (self.over_socket if socket else self.over_sse)(chat_id, socket)
        if socket is not None:
            await socket.close()

    async def main(self) -> dict:
        watch = {k: int(v) for k, v in (w.split("=") for w in self.args.watch)}
        self.ready, self.go = asyncio.Semaphore(0), asyncio.Event()
        async with asyncio.TaskGroup() as people:
            for i in range(self.args.c):
                people.create_task(self.person(i))
            for _ in range(self.args.c):
                await self.ready.acquire()
            await asyncio.sleep(0.3)
            before, began = {k: tree(p) for k, p in watch.items()}, now()
            self.go.set()
        wall = now() - began
        after = {k: tree(p) for k, p in watch.items()}
        return {
            "c": self.args.c,
            "ok": self.ok,
            "errors": self.errors,
            "wall_s": round(wall, 3),
            "chunks": self.tokens,
            "chunk_s": round(self.tokens / wall, 1),
            "ttft_ms": ms(self.ttft),
            "lag_ms": ms(self.lags),
            "tab_lag_ms": ms(self.tab_lags),
            "watch": {
                k: {
                    "cpu_s": round(after[k][0] - before[k][0], 2),
                    "rss_before_mb": round(before[k][1] / 2**20, 1),
                    "rss_peak_mb": round(after[k][1] / 2**20, 1),
                }
                for k in watch
            },
        }


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("url", help="the server's origin")
    p.add_argument("-c", type=int, default=10, help="people")
    p.add_argument("-n", type=int, default=30, help="messages in all")
    p.add_argument("--model", default="fake")
    p.add_argument("--tokens", type=int, default=50)
    p.add_argument("--delay", type=float, default=20, help="ms between tokens")
    p.add_argument("--ramp", type=float, default=0.5, help="spread the people's start, seconds")
    p.add_argument("--socket", action="store_true")
    p.add_argument("--second-tab", action="store_true")
    p.add_argument("--header", action="append", default=[], metavar="'NAME: VALUE'")
    p.add_argument("--watch", action="append", default=[], metavar="NAME=PID")
    return p


if __name__ == "__main__":
    import uvloop

    print(json.dumps(uvloop.run(Run(parser().parse_args()).main())))
