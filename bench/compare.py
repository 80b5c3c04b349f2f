#!/usr/bin/env python3
"""Run load.py's phases against several gateways, interleaved, and tabulate the medians.

  compare.py run targets.json -o runs.jsonl --phase plain1 --phase stream32 --rounds 3
  compare.py abort targets.json -o runs.jsonl
  compare.py table runs.jsonl                 (Markdown; ratios to the target "direct")

targets.json: [{"name": "direct", "url": "http://127.0.0.1:9100/v1/chat/completions",
                "model": "fake", "headers": {"Authorization": "Bearer x"}, "pid": 123}, ...]
The first target must be upstream.py itself, under the name "direct". Each sample also
holds `foreign`: the cores other processes used meanwhile, so that noisy samples show.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
STREAM = ["--stream", "--stamp"]
PHASES = {  # name -> (title, prompt directive, load.py arguments)
    "plain1": ("plain, C=1", "tokens=20", "-c 1 -n 300 --duration 5".split()),
    "plain64": ("plain, C=64", "tokens=20", "-c 64 -n 3000 --duration 6".split()),
    "stream1": (
        "stream 100 tokens, no delay, C=1",
        "tokens=100 stamp=1",
        "-c 1 -n 40 --duration 5 --expect 100".split() + STREAM,
    ),
    "stream32": (
        "stream 100 tokens, no delay, C=32",
        "tokens=100 stamp=1",
        "-c 32 -n 320 --duration 8 --expect 100".split() + STREAM,
    ),
    "stream100": (
        "stream 100 tokens, no delay, C=100",
        "tokens=100 stamp=1",
        "-c 100 -n 400 --duration 8 --expect 100".split() + STREAM,
    ),
    "slow100": (
        "stream 50 tokens at 20 ms, C=100",
        "tokens=50 delay=20 stamp=1",
        "-c 100 -n 300 --ramp 0.5 --expect 50".split() + STREAM,
    ),
    "slow500": (
        "stream 50 tokens at 20 ms, C=500",
        "tokens=50 delay=20 stamp=1",
        "-c 500 -n 1000 --ramp 0.5 --expect 50".split() + STREAM,
    ),
    "slow1000": (
        "stream 50 tokens at 20 ms, C=1000",
        "tokens=50 delay=20 stamp=1",
        "-c 1000 -n 1000 --ramp 0.5 --expect 50".split() + STREAM,
    ),
}

CHATS = {  # the same for stored chats, by chat.py: only for targets that have a "chat" origin
    "chat100": ("stored chats over SSE, 50 tokens at 20 ms, C=100", "-c 100 -n 300".split()),
    "socket100": (
        "stored chats over the WebSocket, 50 tokens at 20 ms, C=100",
        "-c 100 -n 300 --socket".split(),
    ),
    "tab100": ("stored chats, a second tab watching each, C=100", "-c 100 -n 300 --second-tab".split()),
}


def busy() -> float:
    """CPU seconds this machine has spent since boot, all cores, idle left out."""
    with open("/proc/stat") as f:
        v = [int(x) for x in f.readline().split()[1:9]]
    return (sum(v) - v[3] - v[4]) / os.sysconf("SC_CLK_TCK")


def chat(target: dict, args: list[str], watch: dict) -> dict:
    cmd = [
        sys.executable,
        str(HERE / "chat.py"),
        target["chat"],
        "--model",
        target.get("model", "fake"),
        *args,
    ]
    for k, v in target.get("headers", {}).items():
        cmd += ["--header", f"{k}: {v}"]
    for k, p in watch.items():
        cmd += ["--watch", f"{k}={p}"]
    out = subprocess.run(cmd, capture_output=True, text=True)
    return json.loads(out.stdout) if out.returncode == 0 else {"error": out.stderr[-400:]}


def load(target: dict, prompt: str, args: list[str], watch: dict) -> dict:
    cmd = [
        sys.executable,
        str(HERE / "load.py"),
        target["url"],
        "--model",
        target.get("model", "fake"),
        "--prompt",
        f"hi [[fake {prompt}]]",
        *args,
    ]
    for k, v in target.get("headers", {}).items():
        cmd += ["--header", f"{k}: {v}"]
    for k, p in watch.items():
        cmd += ["--watch", f"{k}={p}"]
    out = subprocess.run(cmd, capture_output=True, text=True)
    return json.loads(out.stdout) if out.returncode == 0 else {"error": out.stderr[-400:]}


def run(args, targets):
    from load import tree  # here, so that `table` needs no packages

    up = targets[0]
    for rnd in range(args.start, args.start + args.rounds):
        for phase in args.phase or (*PHASES, *CHATS):
            for t in targets[rnd % len(targets) :] + targets[: rnd % len(targets)]:  # rotate who is first
                if phase in CHATS and "chat" not in t:
                    continue
                watch = {"up": up["pid"]} | ({"gw": t["pid"]} if t is not up else {})
                b0, s0, w0 = busy(), {k: tree(p)[0] for k, p in watch.items()}, time.monotonic()
                if phase in CHATS:
                    r = chat(t, CHATS[phase][1], watch)
                else:
                    r = load(t, *PHASES[phase][1:], watch)
                wall = time.monotonic() - w0
                mine = (
                    sum(tree(p)[0] - s0[k] for k, p in watch.items())
                    + os.times().children_user
                    + os.times().children_system
                )
                mine -= run.kids
                run.kids = os.times().children_user + os.times().children_system
                r |= {
                    "target": t["name"],
                    "phase": phase,
                    "round": rnd,
                    "foreign": round((busy() - b0 - mine) / wall, 2),
                }
                with open(args.o, "a") as f:
                    f.write(json.dumps(r) + "\n")
                print(
                    t["name"],
                    phase,
                    rnd,
                    r.get("ok"),
                    r.get("req_s"),
                    r.get("chunk_s"),
                    r.get("ttft_ms"),
                    r.get("errors"),
                    r["foreign"],
                    r.get("error", ""),
                    flush=True,
                )
                time.sleep(0.3)


run.kids = 0.0


def get(url: str) -> dict:
    with urllib.request.urlopen(url, timeout=5) as f:
        return json.load(f)


HANGUPS = {  # name -> (prompt directive, load.py arguments): where in the exchange the client leaves
    "abort": ("tokens=500 delay=20", "--stream --abort-after 5".split()),
    "abort-wait-stream": ("tokens=5 first=6000", "--stream --timeout 0.5".split()),
    "abort-wait-plain": ("tokens=5 first=6000", "--timeout 0.5".split()),
}


def abort(args, targets):
    """Hang up mid-stream, before the first token, and in a plain request: does the upstream see it?"""
    base = targets[0]["url"].rsplit("/v1/", 1)[0]
    for t in targets:
        for mode, (prompt, opts) in HANGUPS.items():
            for _ in range(args.rounds):
                before = get(base + "/__stats")["aborted"]
                load(t, prompt, ["-c", "1", "-n", "1", *opts], {})
                t0, took, sent = time.monotonic(), None, 0  # the generator's exit delays t0 by ~50 ms
                while time.monotonic() - t0 < 8 and took is None:
                    s = get(base + "/__stats")
                    if s["aborted"] > before:
                        took, sent = s["aborts"][-1]["at"] - t0, s["aborts"][-1]["sent"]
                    elif not s["active"]:
                        break
                    time.sleep(0.02)
                r = {
                    "target": t["name"],
                    "phase": mode,
                    "aborted": took is not None,
                    "after_s": took and round(max(took, 0), 3),
                    "tokens_after_hangup": max(sent - 5, 0),
                }
                with open(args.o, "a") as f:
                    f.write(json.dumps(r) + "\n")
                print(r, flush=True)


def table(args):
    rows = [json.loads(x) for x in open(args.runs)]

    def dig(r, path):
        for k in path.split("."):
            r = r.get(k) if isinstance(r, dict) else None
        return r if isinstance(r, (int, float)) else None

    names = list(dict.fromkeys(r["target"] for r in rows))

    def med(name, phase, path):
        v = [
            x for r in rows if r["target"] == name and r["phase"] == phase and (x := dig(r, path)) is not None
        ]
        return statistics.median(v) if v else None

    def num(v, base=None):
        if v is None:
            return "-"
        s = f"{v:.0f}" if v >= 100 else f"{v:.2f}" if v < 10 else f"{v:.1f}"
        return s + (f" ({v / base:.2f}x)" if base else "")

    titles = {name: title for name, (title, *_) in (PHASES | CHATS).items()}
    for phase, title in titles.items():
        if not any(r["phase"] == phase for r in rows):
            continue
        stream = not phase.startswith("plain")
        cols = (
            [("req/s", "req_s"), ("p50 ms", "total_ms.p50"), ("p99 ms", "total_ms.p99")]
            if not stream
            else [
                ("ok", "ok"),
                ("chunks/s", "chunk_s"),
                ("TTFT p50 ms", "ttft_ms.p50"),
                ("TTFT p99 ms", "ttft_ms.p99"),
                ("gap p99 ms", "gap_ms.p99"),
                ("lag p50 ms", "lag_ms.p50"),
                ("lag p99 ms", "lag_ms.p99"),
                *([("second tab's lag p99 ms", "tab_lag_ms.p99")] if phase == "tab100" else []),
            ]
        )
        print(
            f"\n**{title}**\n\n| target | {' | '.join(c for c, _ in cols)} | gw CPU ms per "
            f"{'1k chunks' if stream else 'request'} | RSS MB before/peak | foreign |"
        )
        print("|" + "---|" * (len(cols) + 4))
        for n in names:
            if not any(r["target"] == n and r["phase"] == phase for r in rows):
                continue
            cells = [
                num(med(n, phase, p), med("direct", phase, p) if p != "ok" and n != "direct" else None)
                for _, p in cols
            ]
            cpu = med(n, phase, "watch.gw.cpu_s")
            per = med(n, phase, "chunks") / 1000 if stream else med(n, phase, "ok")
            rss = (
                f"{num(med(n, phase, 'watch.gw.rss_before_mb'))}/{num(med(n, phase, 'watch.gw.rss_peak_mb'))}"
            )
            cells += [num(cpu * 1000 / per) if cpu and per else "-", rss, num(med(n, phase, "foreign"))]
            print(f"| {n} | " + " | ".join(cells) + " |")
    ab = [r for r in rows if r["phase"] in HANGUPS]
    if ab:
        print(
            "\n**hang-up: cancelled upstream / tries (tokens produced after it)**\n\n| target | mid-stream | "
            "before the first token | plain request |\n|---|---|---|---|"
        )
        for n in names:
            cells = []
            for mode in HANGUPS:
                v = [r for r in ab if r["target"] == n and r["phase"] == mode]
                cells.append(
                    f"{sum(r['aborted'] for r in v)}/{len(v)} "
                    f"({num(statistics.median(r['tokens_after_hangup'] for r in v))})"
                    if v
                    else "-"
                )
            print(f"| {n} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = p.add_subparsers(dest="cmd", required=True)
    for name in ("run", "abort"):
        q = sub.add_parser(name)
        q.add_argument("targets")
        q.add_argument("-o", default="runs.jsonl")
        q.add_argument("--rounds", type=int, default=3)
        q.add_argument("--start", type=int, default=0, help="number of the first round (rotates the order)")
        q.add_argument("--phase", action="append", choices=(*PHASES, *CHATS))
        q.add_argument("--only", action="append", help="target name, repeatable")
    sub.add_parser("table").add_argument("runs")
    a = p.parse_args()
    if a.cmd == "table":
        table(a)
    else:
        ts = json.load(open(a.targets))
        ts = [t for i, t in enumerate(ts) if i == 0 or not a.only or t["name"] in a.only]
        {"run": run, "abort": abort}[a.cmd](a, ts)
