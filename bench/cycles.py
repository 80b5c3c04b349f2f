#!/usr/bin/env python3
"""Starts and stops the demonstration model on llama.cpp over and over, and looks for what is left behind.

    bench/cycles.py [--cycles 200] [--warm-up 5] [--replicas 1] [--json]

Starts a StellarChat of its own (temporary data) and uses only its HTTP routes: start, wait until it is
ready, one answer, stop. Before and after it counts the server's processes, their listening ports, and the
server's open files, threads and resident memory. Exit status 1 where a process, a port or a file is left.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil

MODEL = "stellar-demo"
ANSWER = {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 8}
PATIENCE = 60.0  # seconds for one start


def call(base_url: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"} if data else {}
    request = urllib.request.Request(base_url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}") from None


def census(pid: int) -> dict[str, int]:
    """Count what the server holds at this moment."""
    server = psutil.Process(pid)
    family = [server, *server.children(recursive=True)]
    ports = 0
    for process in family:
        try:
            found = process.net_connections("tcp")
        except psutil.NoSuchProcess:
            continue
        ports += sum(one.status == psutil.CONN_LISTEN for one in found)
    return {
        "processes": len(family),
        "ports": ports,
        "files": server.num_fds(),
        "threads": server.num_threads(),
        "memory_bytes": server.memory_info().rss,
    }


def settled(pid: int) -> dict[str, int]:
    """Count until the number of open files stands still: connections close a moment later."""
    last = census(pid)
    for _ in range(20):
        time.sleep(0.25)
        now = census(pid)
        if now["files"] == last["files"] and now["processes"] == last["processes"]:
            return now
        last = now
    return last


def cycle(base_url: str, replicas: int) -> dict[str, float]:
    """Start, answer, stop. Return milliseconds to ready and to stopped, and how many processes survived."""
    began = time.monotonic()
    wanted = {"model_id": MODEL, "threads": 1, "slots": 2, "replicas": replicas}
    instance = call(base_url, "POST", "/api/v1/models/start", wanted)["data"]
    path = f"/api/v1/models/running/{instance['run_id']}"
    while not (instance["replicas"] and all(one["state"] == "ready" for one in instance["replicas"])):
        if instance["state"] == "failed" or time.monotonic() - began > PATIENCE:
            raise SystemExit(f"it did not start: {instance['state']} {instance['error']}")
        time.sleep(0.02)
        instance = call(base_url, "GET", path)["data"]
    ready = time.monotonic()
    call(base_url, "POST", "/v1/chat/completions", ANSWER)
    asked = time.monotonic()
    report = call(base_url, "POST", f"{path}/stop")["data"]
    return {
        "start_ms": (ready - began) * 1000,
        "stop_ms": (time.monotonic() - asked) * 1000,
        "survivors": len(report["survivors"]),
    }


def run(base_url: str, pid: int, cycles: int, warm_up: int, replicas: int) -> dict[str, Any]:
    for _ in range(warm_up):
        cycle(base_url, replicas)
    before = settled(pid)
    done = []
    for number in range(cycles):
        done.append(cycle(base_url, replicas))
        if (number + 1) % 50 == 0:
            print(f"{number + 1}: {census(pid)}", file=sys.stderr, flush=True)
    after = settled(pid)

    def middle(name: str) -> float:
        return round(sorted(one[name] for one in done)[len(done) // 2], 1)

    return {
        "cycles": cycles,
        "replicas": replicas,
        "start_ms": middle("start_ms"),
        "stop_ms": middle("stop_ms"),
        "survivors": sum(one["survivors"] for one in done),
        "before": before,
        "after": after,
    }


def serve(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """Start a server and return it with its address."""
    command = [sys.executable, "-m", "stellarchat", "serve", "--port", "0", "--data-dir", str(folder)]
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder, env=environ
        )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("StellarChat is ready at "):
            return process, line.split()[-1]
    raise SystemExit(f"the server did not start:\n{(folder / 'server.log').read_text()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--warm-up", type=int, default=5, help="cycles that are not counted")
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="only the figures, as JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stellarchat-cycles-") as folder:
        process, base_url = serve(Path(folder))
        try:
            found = run(base_url, process.pid, arguments.cycles, arguments.warm_up, arguments.replicas)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    if arguments.json:
        print(json.dumps(found))
    else:
        print(f"{found['cycles']} cycles: start {found['start_ms']} ms, stop {found['stop_ms']} ms (medians)")
        for name, before in found["before"].items():
            print(f"{name:14} {before:>14} → {found['after'][name]:>14}")
    before, after = found["before"], found["after"]
    if found["survivors"] or any(after[name] > before[name] for name in ("processes", "ports", "files")):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
