#!/usr/bin/env python3
"""Fake OpenAI-compatible upstream, fast enough to saturate a Python gateway.

One process, one raw asyncio protocol (uvloop when installed), no framework and
no JSON parsing on the hot path.

  GET  /v1/models                    the --model names
  POST /v1/chat/completions          plain and SSE ("stream": true)
  GET  /health                       200
  GET  /__stats                      counters and the last aborted requests
  POST /__reset                      zero the counters

Tunables (defaults on the command line, per request through any gateway by a
directive inside any message text, e.g. "hi [[fake tokens=50 delay=20 first=5]]"):

  tokens   number of content chunks          delay    ms between two chunks
  first    ms before the first chunk         stamp=1  each token is "@<µs> ", the
                                             CLOCK_MONOTONIC send time, so that
                                             load.py can tell one-way lag
  text=1   stream the --text file, cut into ~4-character tokens, instead

A client that goes away mid-stream counts as `aborted`; /__stats lists when (same
clock as time.monotonic()) and after how many tokens.
Limits: HTTP/1.1 only, bodies need Content-Length or chunked, no TLS.
"""

import argparse
import asyncio
import collections
import json
import re
import signal
import time
from itertools import count

DIRECTIVE = re.compile(rb"\[\[fake ([^\]]*)\]\]")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.I)
STREAM = re.compile(rb'"stream": *true')
USAGE = re.compile(rb'"include_usage": *true')
MODEL = re.compile(rb'"model": *"([^"\\]*)"')
SSE_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n"
)
RID = b"00000000"  # placeholder, as wide as a real request id


def frame(payload: bytes) -> bytes:
    """One SSE event as one HTTP chunk."""
    event = b"data: " + payload + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(event), event)


class Script:
    """The prebuilt frames of one answer: (model, tokens) -> bytes around the id."""

    def __init__(self, model: str, tokens: list[str]):
        created = int(time.time())

        def chunk(delta, finish=None, **more):
            body = {
                "id": "chatcmpl-" + RID.decode(),
                "object": "chat.completion.chunk",
                "created": created,
                "model": model,
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
                **more,
            }
            return frame(json.dumps(body, separators=(",", ":")).encode())

        usage = {"prompt_tokens": 10, "completion_tokens": len(tokens), "total_tokens": 10 + len(tokens)}
        self.head = SSE_HEAD + chunk({"role": "assistant", "content": ""})
        self.frames = [chunk({"content": t}).partition(RID)[::2] for t in tokens]
        self.tail = chunk({}, "stop")
        self.usage = frame(
            json.dumps(
                {
                    "id": "chatcmpl-" + RID.decode(),
                    "object": "chat.completion.chunk",
                    "created": created,
                    "model": model,
                    "choices": [],
                    "usage": usage,
                }
            ).encode()
        )
        self.done = frame(b"[DONE]") + b"0\r\n\r\n"
        self.plain = json.dumps(
            {
                "id": "chatcmpl-" + RID.decode(),
                "object": "chat.completion",
                "created": created,
                "model": model,
                "usage": usage,
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": "stop",
                        "message": {"role": "assistant", "content": "".join(tokens)},
                    }
                ],
            }
        ).encode()


class State:
    def __init__(self, args):
        self.args = args
        self.ids = count(1)
        self.scripts: dict = {}
        self.text = None
        if args.text:
            with open(args.text, encoding="utf-8") as f:
                body = f.read()
            self.text = [body[i : i + 4] for i in range(0, len(body), 4)]
        self.reset()

    def reset(self):
        self.started = self.completed = self.aborted = self.tokens = self.peak = 0
        self.active = getattr(self, "active", 0)
        self.aborts = collections.deque(maxlen=2000)

    def script(self, model: bytes, n: int, stamp: bool, text: bool) -> Script:
        key = (model, n, stamp, text)
        got = self.scripts.get(key)
        if got is None:
            if len(self.scripts) > 200:
                self.scripts.clear()
            if text and self.text:
                tokens = self.text
            else:
                tokens = ["@" + "0" * 15 + " " if stamp else f"tok{i % 100:02d} " for i in range(n)]
            got = self.scripts[key] = Script(model.decode(), tokens)
        return got

    def stats(self) -> bytes:
        return json.dumps(
            {
                "now": time.monotonic(),
                "started": self.started,
                "completed": self.completed,
                "aborted": self.aborted,
                "active": self.active,
                "peak_active": self.peak,
                "tokens": self.tokens,
                "aborts": list(self.aborts),
            }
        ).encode()


class Upstream(asyncio.Protocol):
    def __init__(self, state: State, loop):
        self.state, self.loop = state, loop
        self.buf = b""
        self.run = None  # the streaming/waiting request on this connection
        self.timer = None
        self.paused = False

    # -- connection ---------------------------------------------------------
    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, exc):
        if self.timer:
            self.timer.cancel()
        if self.run:
            st = self.state
            st.active -= 1
            st.aborted += 1
            st.aborts.append(
                {
                    "id": self.rid.decode(),
                    "at": time.monotonic(),
                    "sent": self.sent,
                    "of": len(self.run.frames),
                }
            )
            self.run = None

    def pause_writing(self):
        self.paused = True

    def resume_writing(self):
        self.paused = False
        if self.run and self.timer is None:
            self.timer = self.loop.call_soon(self.step)

    # -- requests -----------------------------------------------------------
    def data_received(self, data):
        self.buf = self.buf + data if self.buf else data
        while self.buf and not self.run:
            end = self.buf.find(b"\r\n\r\n")
            if end < 0:
                return
            head, at = self.buf[:end], end + 4
            if m := LENGTH.search(head):
                stop = at + int(m[1])
                if len(self.buf) < stop:
                    return
            elif CHUNKED.search(head):  # the framing stays in the body; good enough here
                stop = self.buf.find(b"0\r\n\r\n", at) + 5
                if stop < 5:
                    return
            else:
                stop = at
            body, self.buf = self.buf[at:stop], self.buf[stop:]
            self.request(head, body)

    def request(self, head: bytes, body: bytes):
        method, path, _ = head.split(b"\r\n", 1)[0].split(b" ", 2)
        if method == b"POST" and path.endswith(b"/chat/completions"):
            return self.chat(body)
        if path.endswith(b"/models"):
            return self.reply(
                json.dumps(
                    {
                        "object": "list",
                        "data": [
                            {"id": m, "object": "model", "created": 1, "owned_by": "fake"}
                            for m in self.state.args.model
                        ],
                    }
                ).encode()
            )
        if path == b"/__stats":
            return self.reply(self.state.stats())
        if path == b"/__reset":
            self.state.reset()
            return self.reply(b"{}")
        if path in (b"/health", b"/") or path.startswith((b"/get_", b"/server_info", b"/model_info")):
            return self.reply(
                json.dumps(
                    {"model_path": self.state.args.model[0], "served_model_name": self.state.args.model[0]}
                ).encode()
            )
        self.reply(b'{"error":{"message":"not found"}}', b"404 Not Found")

    def reply(self, body: bytes, status: bytes = b"200 OK"):
        self.transport.write(
            b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: "
            b"%d\r\n\r\n%s" % (status, len(body), body)
        )

    def chat(self, body: bytes):
        st, args = self.state, self.state.args
        opt = {
            "tokens": args.tokens,
            "delay": args.delay,
            "first": args.first,
            "stamp": args.stamp,
            "text": bool(args.text),
        }
        if m := DIRECTIVE.search(body):
            for pair in m[1].decode().split():
                k, _, v = pair.partition("=")
                if k in opt:
                    opt[k] = float(v)
            if b"text=" not in m[1]:
                opt["text"] = False
        model = m[1] if (m := MODEL.search(body)) else b"fake"
        self.run = st.script(model, int(opt["tokens"]), bool(opt["stamp"]), bool(opt["text"]))
        self.rid = b"%08x" % (next(st.ids) & 0xFFFFFFFF)
        self.stream = bool(STREAM.search(body))
        self.usage = bool(USAGE.search(body))
        self.stamp = bool(opt["stamp"]) and not opt["text"]
        self.delay = opt["delay"] / 1000
        self.sent = 0
        st.started += 1
        st.active += 1
        st.peak = max(st.peak, st.active)
        wait = opt["first"] / 1000
        if not self.stream:
            wait += self.delay * len(self.run.frames)
        self.due = self.loop.time() + wait
        if wait > 0:
            self.timer = self.loop.call_at(self.due, self.step)
        else:
            self.step()

    def step(self):
        """Send what is due (one token), then arrange the next."""
        self.timer = None
        run, rid, i = self.run, self.rid, self.sent
        if not self.stream:
            self.finish(run.plain.replace(RID, rid, 1), len(run.frames))
            return
        if self.paused:
            return  # resume_writing() comes back here
        out = run.head.replace(RID, rid, 1) if i == 0 else b""
        if i < len(run.frames):
            a, b = run.frames[i]
            if self.stamp:
                b = b.replace(b"0" * 15, b"%015d" % (time.monotonic_ns() // 1000), 1)
            out += a + rid + b
            self.sent = i = i + 1
        if i < len(run.frames):
            self.transport.write(out)
            if self.delay:
                self.due += self.delay  # absolute schedule: the offered rate does not drift
                self.timer = self.loop.call_at(self.due, self.step)
            else:
                self.timer = self.loop.call_soon(self.step)
            return
        out += run.tail.replace(RID, rid, 1)
        if self.usage:
            out += run.usage.replace(RID, rid, 1)
        self.finish(out + run.done, len(run.frames))

    def finish(self, out: bytes, tokens: int):
        st = self.state
        st.active -= 1
        st.completed += 1
        st.tokens += tokens
        self.run = None
        if self.stream:
            self.transport.write(out)
        else:
            self.reply(out)
        if self.buf:
            self.data_received(b"")


async def main(args):
    loop = asyncio.get_running_loop()
    state = State(args)
    server = await loop.create_server(lambda: Upstream(state, loop), args.host, args.port, backlog=4096)
    stop = asyncio.Event()
    for s in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(s, stop.set)
    print(f"upstream on http://{args.host}:{args.port}/v1", flush=True)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--host", default="127.0.0.1")
    p.add_argument("--port", type=int, default=9100)
    p.add_argument("--model", action="append", help="model name, repeatable (default: fake)")
    p.add_argument("--tokens", type=int, default=20)
    p.add_argument("--delay", type=float, default=0, help="ms between tokens")
    p.add_argument("--first", type=float, default=0, help="ms before the first token")
    p.add_argument("--stamp", action="store_true", help="tokens carry their send time")
    p.add_argument("--text", help="stream this file's text by default")
    a = p.parse_args()
    a.model = a.model or ["fake"]
    try:
        import uvloop

        uvloop.install()
    except ImportError:
        pass
    asyncio.run(main(a))
