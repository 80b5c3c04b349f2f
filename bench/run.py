#!/usr/bin/env python3
"""The whole comparison in one command: `make bench`, or run.py [--rounds 3] [--phase NAME …].

Starts upstream.py as the engine, a StellarChat of its own in front of it (temporary data), nginx as a plain
reverse proxy where it is installed, and further targets from --targets (compare.py's JSON, with pid), then
runs compare.py's phases interleaved and prints the table. Everything it started is gone afterwards.
"""

import argparse
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
NGINX = """
worker_processes 1; daemon off; pid nginx.pid; error_log stderr warn; worker_rlimit_nofile 20000;
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_requests 1000000;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  upstream up {{ server 127.0.0.1:{up}; keepalive 1024; keepalive_requests 1000000; }}
  server {{ listen 127.0.0.1:{port} backlog=4096;
    location / {{ proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection "";
                 proxy_buffering off; proxy_read_timeout 300s; }} }}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def healthy(url: str, process: subprocess.Popen, patience: float = 60) -> float:
    """Wait until `url` answers; return the seconds it took."""
    began = time.monotonic()
    while time.monotonic() - began < patience:
        if process.poll() is not None:
            raise SystemExit(f"{process.args[0]} left with {process.returncode}")
        try:
            urllib.request.urlopen(url, timeout=1)
            return time.monotonic() - began
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"{url} does not answer")


# none of them is reached, all of them are looked at
ACCOUNTS = {
    "auth": "on",
    "limits": {"requests_per_minute": 10_000_000, "tokens_per_day": 10**12, "concurrent": 100_000},
}


def key_of_first_user(origin: str) -> str:
    """Make the first user, and an API key of theirs."""

    def post(path: str, body: dict, **headers: str) -> dict:
        headers |= {"Content-Type": "application/json"}
        request = urllib.request.Request(origin + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    who = {"name": "bench", "password": secrets.token_urlsafe()}
    post("/api/auth/setup", who)
    token = post("/api/auth/token", who)["access_token"]
    key = {"name": "bench", "scopes": ["chat", "read", "write"]}
    return post("/api/auth/keys", key, Authorization=f"Bearer {token}")["key"]


def start(folder: Path, nginx: bool, **settings: object) -> tuple[list[dict], list[subprocess.Popen]]:
    up = free_port()
    running = [subprocess.Popen([sys.executable, str(HERE / "upstream.py"), "--port", str(up)])]
    healthy(f"http://127.0.0.1:{up}/health", running[0])
    path = "/v1/chat/completions"
    targets = [{"name": "direct", "url": f"http://127.0.0.1:{up}{path}", "pid": running[0].pid}]

    port = free_port()
    config = folder / "config.json"
    endpoint = {"name": "bench", "base_url": f"http://127.0.0.1:{up}/v1", "models": ["fake"]}
    settings |= {"endpoints": [endpoint], "port": port, "data_dir": str(folder / "data")}
    config.write_text(json.dumps(settings))
    program = Path(sys.executable).with_name("stellarchat")
    server = subprocess.Popen([program, "serve", "--config", str(config)], stdout=subprocess.DEVNULL)
    running.append(server)
    origin = f"http://127.0.0.1:{port}"
    took = healthy(f"{origin}/health/ready", server)
    print(f"stellarchat: {took:.2f} s from its start to ready", file=sys.stderr)
    targets.append({"name": "stellarchat", "url": origin + path, "chat": origin, "pid": server.pid})

    if nginx and (binary := shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")):
        port = free_port()
        (folder / "nginx.conf").write_text(NGINX.format(up=up, port=port))
        proxy = subprocess.Popen([binary, "-p", f"{folder}/", "-c", str(folder / "nginx.conf")])
        running.append(proxy)
        healthy(f"http://127.0.0.1:{port}/health", proxy)
        targets.append({"name": "nginx", "url": f"http://127.0.0.1:{port}{path}", "pid": proxy.pid})
    return targets, running


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rounds", default="3")
    p.add_argument("--phase", action="append", default=[])
    p.add_argument("--targets", help="JSON list of further targets, as compare.py reads them")
    p.add_argument("--accounts", action="store_true", help="with accounts, a key, and limits for everybody")
    p.add_argument("--no-nginx", action="store_true")
    p.add_argument("--no-abort", action="store_true", help="leave the hang-ups out")
    p.add_argument("-o", default="runs.jsonl", help="where samples are appended")
    args = p.parse_args()
    compare = [sys.executable, str(HERE / "compare.py")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        targets, running = start(folder, not args.no_nginx, **(ACCOUNTS if args.accounts else {}))
        try:
            if args.accounts:
                targets[1]["headers"] = {"Authorization": f"Bearer {key_of_first_user(targets[1]['chat'])}"}
            if args.targets:
                targets += json.loads(Path(args.targets).read_text())
            listed = folder / "targets.json"
            listed.write_text(json.dumps(targets))
            phases = [word for phase in args.phase for word in ("--phase", phase)]
            more = ["-o", args.o, "--rounds", args.rounds]
            subprocess.run([*compare, "run", str(listed), *more, *phases], check=True)
            if not args.no_abort:
                subprocess.run([*compare, "abort", str(listed), *more], check=True)
        finally:
            for process in reversed(running):
                process.terminate()
            for process in running:
                process.wait(20)
    subprocess.run([*compare, "table", args.o], check=True)


if __name__ == "__main__":
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(20000, hard), hard))
    main()
