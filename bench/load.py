#!/usr/bin/env python3
"""Load generator for an OpenAI-compatible endpoint: C concurrent exchanges, N in all.

Closed loop by default (each of C users starts the next request when the last one
ended); --rate R makes it open-loop (Poisson arrivals, at most C in flight, what
does not fit is counted as `dropped`). Always bounded: by -n, by --duration, and
per request by --timeout. Prints one JSON object.

  load.py http://127.0.0.1:9100/v1/chat/completions --model fake -c 32 -n 500 --stream
  load.py URL --body @request.json --header 'Authorization: Bearer x' --watch gw=1234

A chunk is one SSE event with non-empty "content". TTFT runs from writing the
request (on an open connection; connecting is reported apart) to the first such
chunk, for plain answers to the first body byte. `gap` is the time between two
reads that brought chunks of one stream; `lag` the one-way delay of chunks
stamped by upstream.py (stamp=1). A stream is `ok` when it ended with [DONE] and
had --expect chunks. --watch reports CPU seconds and RSS of a process tree.
--abort-after K hangs up after K chunks, to see whether a gateway passes that on.
--ws is for WebSocket endpoints: one connection a user, the body is sent as a text
message, every message is a chunk, the one matching --ws-done ends the exchange.
"""

import argparse
import asyncio
import json
import os
import random
import re
import time
from array import array
from urllib.parse import urlsplit

import httptools

CONTENT = re.compile(rb'"content": ?"[^"]')
STAMP = re.compile(rb"@(\d{15}) ")
now = time.monotonic


class Rec:
    """What happened to one request."""

    __slots__ = ("aborted", "bytes", "chunks", "done", "error", "first", "last", "reused", "status", "t0")

    def __init__(self):
        self.t0 = now()
        self.first = self.last = None
        self.chunks = self.bytes = self.status = 0
        self.error = None
        self.done = self.aborted = self.reused = False


class Run:
    """Totals shared by all users."""

    def __init__(self, args):
        self.args = args
        self.recs: list[Rec] = []
        self.gaps, self.lags, self.connects = array("d"), array("d"), array("d")
        self.left = args.n
        self.stop_at = float("inf")
        self.dropped = self.inflight = self.peak = 0

    def take(self) -> bool:
        if self.left <= 0 or now() >= self.stop_at:
            return False
        self.left -= 1
        return True


class Http(asyncio.Protocol):
    """One keep-alive HTTP/1.1 connection; exchange() sends one request and awaits its end."""

    def __init__(self, run: Run):
        self.run, self.rec, self.fut = run, None, None
        self.open = False
        self.used = 0

    def connection_made(self, transport):
        self.transport, self.open = transport, True
        self.parser = httptools.HttpResponseParser(self)

    def connection_lost(self, exc):
        self.open = False
        self.end("connection lost" if exc is None else f"connection lost: {type(exc).__name__}")

    def end(self, error=None):
        fut, rec = self.fut, self.rec
        if fut is None or fut.done():
            return
        if error and not rec.aborted:
            rec.error = error
        rec.last = now()
        fut.set_result(rec)

    async def exchange(self, payload: bytes, rec: Rec) -> Rec:
        self.rec, self.tail, self.stream = rec, b"", False
        rec.reused = self.used > 0
        self.used += 1
        self.fut = asyncio.get_running_loop().create_future()
        rec.t0 = now()
        self.transport.write(payload)
        try:
            return await asyncio.wait_for(self.fut, self.run.args.timeout)
        except TimeoutError:
            rec.error, rec.last = "timeout", now()
            self.close()
            return rec
        finally:
            self.fut = None

    def close(self):
        if self.open:
            self.open = False
            self.transport.abort()

    # -- httptools callbacks ------------------------------------------------
    def data_received(self, data):
        if self.rec is None or not self.open:
            return
        self.rec.bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError as e:
            self.end(f"parse: {type(e).__name__}")
            self.close()

    def on_header(self, name, value):
        if name.lower() == b"content-type":
            self.stream = value.startswith(b"text/event-stream")

    def on_headers_complete(self):
        self.rec.status = self.parser.get_status_code()

    def on_body(self, body):
        rec, run, t = self.rec, self.run, now()
        if not self.stream:
            if rec.first is None:
                rec.first = t
            return
        buf = self.tail + body
        if b"\r" in buf:
            buf = buf.replace(b"\r\n", b"\n")
        cut = buf.rfind(b"\n\n") + 2
        if cut < 2:
            self.tail = buf
            return
        events, self.tail = buf[:cut], buf[cut:]
        n = len(CONTENT.findall(events))
        if n:
            if rec.first is None:
                rec.first = t
            else:
                run.gaps.append(t - rec.last)
                if n > 1:
                    run.gaps.extend([0.0] * (n - 1))
            rec.last = t
            rec.chunks += n
            if run.args.stamp:
                us = t * 1e6
                run.lags.extend((us - int(s)) / 1e6 for s in STAMP.findall(events))
            k = run.args.abort_after
            if k and rec.chunks >= k:
                rec.aborted = True
                self.close()
                self.end()
                return
        if b"data: [DONE]" in events or b"data:[DONE]" in events:
            rec.done = True

    def on_message_complete(self):
        keep = self.parser.should_keep_alive()
        self.end()
        if not keep:
            self.close()


class Ws:
    """The same for a WebSocket (needs aiohttp): message in, messages until --ws-done matches."""

    def __init__(self, run: Run, session, ws):
        self.run, self.session, self.ws, self.open = run, session, ws, True

    @classmethod
    async def connect(cls, run: Run, url: str, headers: dict):
        import aiohttp

        session = aiohttp.ClientSession(headers=headers)
        return cls(run, session, await session.ws_connect(url, max_msg_size=0))

    async def exchange(self, payload: bytes, rec: Rec) -> Rec:
        args, done = self.run.args, re.compile(self.run.args.ws_done)
        rec.t0 = now()
        try:
            async with asyncio.timeout(args.timeout):
                await self.ws.send_str(payload.decode())
                while True:
                    msg = await self.ws.receive()
                    if not isinstance(msg.data, str):
                        rec.error, self.open = "connection lost", False
                        break
                    t = now()
                    if done.search(msg.data):
                        rec.done, rec.status = True, 200
                        break
                    if rec.first is None:
                        rec.first = t
                    else:
                        self.run.gaps.append(t - rec.last)
                    rec.last, rec.chunks, rec.bytes = t, rec.chunks + 1, rec.bytes + len(msg.data)
        except TimeoutError:
            rec.error, self.open = "timeout", False
        rec.last = now()
        return rec

    def close(self):
        self.open = False
        self.closing = asyncio.ensure_future(self.session.close())


async def connect(run: Run):
    t, u = now(), urlsplit(run.args.url)
    if run.args.ws:
        conn = await Ws.connect(run, run.args.url, run.headers)
    else:
        _, conn = await asyncio.get_running_loop().create_connection(
            lambda: Http(run), u.hostname, u.port or 80
        )
    run.connects.append(now() - t)
    return conn


async def one(run: Run, conn, payload: bytes):
    """One request on conn (reopened where it was closed); returns the connection to go on with."""
    rec = Rec()
    run.inflight += 1
    run.peak = max(run.peak, run.inflight)
    try:
        for _ in range(2):
            if conn is None or not conn.open:
                conn = await asyncio.wait_for(connect(run), run.args.timeout)
            await conn.exchange(payload, rec)
            if rec.error and rec.error.startswith("connection lost") and rec.reused and not rec.bytes:
                rec.error = None  # the server had closed an idle connection: not the request's fault
                continue
            break
    except OSError as e:
        rec.error, rec.last = f"connect: {type(e).__name__}", now()
    finally:
        run.inflight -= 1
    run.recs.append(rec)
    return conn


async def closed_loop(run: Run, payload: bytes):
    c = min(run.args.c, run.args.n)
    conns = []
    for i in range(0, c, 100):  # connect first, a hundred at a time
        conns += await asyncio.gather(*(connect(run) for _ in range(min(100, c - i))))

    async def user(i, conn):
        if run.args.ramp:
            await asyncio.sleep(run.args.ramp * i / c)
        while run.take():
            conn = await one(run, conn, payload)
        if conn is not None and conn.open:
            conn.close()

    begin(run)
    await asyncio.gather(*(user(i, k) for i, k in enumerate(conns)))


async def open_loop(run: Run, payload: bytes):
    idle, tasks = [], set()

    async def shot():
        conn = await one(run, idle.pop() if idle else None, payload)
        if conn is not None and conn.open:
            idle.append(conn)

    begin(run)
    due = now()
    while run.take():
        due += random.expovariate(run.args.rate)
        if (wait := due - now()) > 0:
            await asyncio.sleep(wait)
        if run.inflight >= run.args.c:
            run.dropped += 1
            continue
        t = asyncio.ensure_future(shot())
        tasks.add(t)
        t.add_done_callback(tasks.discard)
    await asyncio.gather(*list(tasks))
    for conn in idle:
        conn.close()


def begin(run: Run):
    run.t0 = now()
    run.stop_at = run.t0 + run.args.duration
    run.watch0 = {k: tree(p) for k, p in run.watch.items()}
    run.self0 = time.process_time()


def tree(root: int) -> tuple[float, int]:
    """(CPU seconds, RSS bytes) of a process and all its descendants, children reaped included."""
    kids: dict = {}
    for d in os.listdir("/proc"):
        if d.isdigit():
            try:
                with open(f"/proc/{d}/stat") as f:
                    s = f.read().rpartition(")")[2].split()
            except OSError:
                continue
            kids.setdefault(int(s[1]), []).append(int(d))
            if int(d) == root:
                kids[None] = True
    tick, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    cpu = rss = 0
    todo = [root]
    while todo:
        p = todo.pop()
        todo += kids.get(p, [])
        try:
            with open(f"/proc/{p}/stat") as f:
                s = f.read().rpartition(")")[2].split()
        except OSError:
            continue
        cpu += sum(int(x) for x in s[11:15]) / tick
        rss += int(s[21]) * page
    return cpu, rss


async def sampler(run: Run):
    while True:
        for k, p in run.watch.items():
            run.rss_peak[k] = max(run.rss_peak.get(k, 0), tree(p)[1])
        await asyncio.sleep(0.5)


def ms(values, digits=2) -> dict:
    v = sorted(values)
    if not v:
        return {}

    def pick(q: float) -> float:
        return round(v[min(len(v) - 1, int(q * len(v)))] * 1000, digits)

    return {"p50": pick(0.5), "p95": pick(0.95), "p99": pick(0.99), "max": round(v[-1] * 1000, digits)}


def report(run: Run, wall: float) -> dict:
    a, errors = run.args, {}
    ok = []
    for r in run.recs:
        why = r.error or (None if r.status in (200, 101) else f"status {r.status}")
        if not why and a.stream and not r.aborted:
            why = (None if r.done else "no [DONE]") or (
                f"{r.chunks} chunks" if a.expect and r.chunks != a.expect else None
            )
        if why:
            errors[why] = errors.get(why, 0) + 1
        else:
            ok.append(r)
    chunks = sum(r.chunks for r in run.recs)
    watch = {}
    for k, p in run.watch.items():
        (c0, r0), (c1, r1) = run.watch0[k], tree(p)
        watch[k] = {
            "cpu_s": round(c1 - c0, 2),
            "rss_before_mb": round(r0 / 2**20, 1),
            "rss_peak_mb": round(max(run.rss_peak.get(k, 0), r1) / 2**20, 1),
            "rss_after_mb": round(r1 / 2**20, 1),
        }
    return {
        "label": a.label,
        "c": a.c,
        "n": a.n,
        "rate": a.rate or None,
        "wall_s": round(wall, 3),
        "done": len(run.recs),
        "ok": len(ok),
        "errors": errors,
        "dropped": run.dropped,
        "peak_inflight": run.peak,
        "req_s": round(len(ok) / wall, 1),
        "chunk_s": round(chunks / wall, 1),
        "chunks": chunks,
        "bytes": sum(r.bytes for r in run.recs),
        "ttft_ms": ms(r.first - r.t0 for r in ok if r.first),
        "total_ms": ms(r.last - r.t0 for r in ok),
        "gap_ms": ms(run.gaps),
        "lag_ms": ms(run.lags),
        "connect_ms": ms(run.connects),
        "loadgen_cpu_s": round(time.process_time() - run.self0, 2),
        "watch": watch,
    }


async def main(args) -> dict:
    run = Run(args)
    run.headers = dict(h.split(": ", 1) for h in args.header)
    run.watch = {k: int(v) for k, v in (w.split("=") for w in args.watch)}
    run.rss_peak = {}
    if args.body:
        body = open(args.body[1:], "rb").read() if args.body.startswith("@") else args.body.encode()
    else:
        body = json.dumps(
            {
                "model": args.model,
                "stream": args.stream,
                "messages": [{"role": "user", "content": args.prompt}],
            }
        ).encode()
    if args.ws:
        payload = body
    else:
        u = urlsplit(args.url)
        head = [
            f"POST {u.path}{'?' + u.query if u.query else ''} HTTP/1.1",
            f"Host: {u.netloc}",
            "Content-Type: application/json",
            "Accept: */*",
            f"Content-Length: {len(body)}",
        ]
        payload = (
            "\r\n".join(head + [f"{k}: {v}" for k, v in run.headers.items()]).encode() + b"\r\n\r\n" + body
        )
    task = asyncio.ensure_future(sampler(run)) if run.watch else None
    begin(run)
    try:
        await (open_loop if args.rate else closed_loop)(run, payload)
    except OSError as e:
        return {"label": args.label, "c": args.c, "error": f"{type(e).__name__}: {e}"}
    wall = now() - run.t0
    if task:
        task.cancel()
    return report(run, wall)


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("url")
    p.add_argument("-c", type=int, default=1, help="concurrent exchanges")
    p.add_argument("-n", type=int, default=100, help="requests in all")
    p.add_argument("--duration", type=float, default=60, help="start no request after this many seconds")
    p.add_argument("--timeout", type=float, default=60, help="seconds a request may take")
    p.add_argument("--rate", type=float, default=0, help="open loop: arrivals per second")
    p.add_argument("--ramp", type=float, default=0, help="closed loop: spread the users' start, seconds")
    p.add_argument("--header", action="append", default=[], help="'Name: value', repeatable")
    p.add_argument("--body", help="JSON text or @file; else made from --model, --prompt, --stream")
    p.add_argument("--model", default="fake")
    p.add_argument("--prompt", default="hello")
    p.add_argument("--stream", action="store_true")
    p.add_argument("--stamp", action="store_true", help="read upstream.py's stamps, report lag")
    p.add_argument("--expect", type=int, default=0, help="chunks a complete stream has")
    p.add_argument("--abort-after", type=int, default=0)
    p.add_argument("--watch", action="append", default=[], metavar="NAME=PID")
    p.add_argument("--ws", action="store_true")
    p.add_argument("--ws-done", default=r'"done": ?true')
    p.add_argument("--label", default="")
    return p


if __name__ == "__main__":
    try:
        import uvloop

        uvloop.install()
    except ImportError:
        pass
    print(json.dumps(asyncio.run(main(parser().parse_args()))))
