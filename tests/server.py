"""A real `stellarchat serve` as a process of its own, for tests that look at it from outside."""

import contextlib
import dataclasses
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.databases import sqlite_url
from tests.fake_engine import Fake

START_SECONDS = 100.0  # half a minute and more where others have the processor
END_SECONDS = 30.0


@dataclasses.dataclass
class Server:
    """A running server. `output` is where it writes its log, `data_dir` its database and models."""

    base_url: str
    data_dir: Path
    output: Path
    process: "subprocess.Popen[str]"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def websocket_url(self) -> str:
        """Address of the socket that carries everything live."""
        return self.base_url.replace("http", "ws", 1) + "/api/ws/chat"

    def client(self, **options: Any) -> httpx.Client:
        """Return an HTTP client for it."""
        options = {"base_url": self.base_url, "timeout": 60, **options}
        return httpx.Client(trust_env=False, **options)

    def async_client(self, **options: Any) -> httpx.AsyncClient:
        """Return an asynchronous HTTP client for it."""
        options = {"base_url": self.base_url, "timeout": 60, **options}
        return httpx.AsyncClient(trust_env=False, **options)

    def log(self) -> str:
        """Return what it wrote to stderr so far."""
        return self.output.read_text(encoding="utf-8", errors="replace")

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def ended(self, seconds: float = END_SECONDS) -> int:
        """Wait until it has ended and return its exit status. Raises subprocess.TimeoutExpired."""
        return self.process.wait(seconds)

    def engines(self) -> list[psutil.Process]:
        """Return its child processes, and theirs."""
        found: list[psutil.Process] = psutil.Process(self.pid).children(recursive=True)
        return found


def endpoint(fake: Fake, *, name: str = "fake", models: Sequence[str] = ("fake",)) -> dict[str, Any]:
    """Return an entry of the setting `endpoints` for a running fake engine."""
    return {"name": name, "base_url": f"{fake.base_url}/v1", "api_key": fake.key, "models": list(models)}


@contextlib.contextmanager
def serving(
    data_dir: Path,
    *arguments: str,
    config: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Start a server on a free port and end it with everything it started.

    `config` is written to a configuration file, `arguments` follow on the command line. It gets nothing
    of our environment but PATH, and `environ`. Raises RuntimeError with its last words where it does
    not start.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    if not (data_dir / "stellarchat.db").exists():
        sqlite_url(data_dir)  # what a first start does is tested by itself; it takes a fifth of a start
    settings = {"shutdown_grace_seconds": 2, "llamacpp": {"threads": 1}, **(config or {})}
    file, output = data_dir / "test-config.json", data_dir / "test-server.log"
    file.write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "stellarchat", "serve", "--port", "0", "--data-dir", str(data_dir)]
    with output.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*command, "--config", str(file), *arguments],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=data_dir,
            env={"PATH": os.environ["PATH"], "HOME": str(data_dir), **(environ or {})},
        )
    try:
        yield Server(_address(process, output), data_dir, output, process)
    finally:
        _end(process)


def _address(process: "subprocess.Popen[str]", output: Path) -> str:
    """Read the address that the server tells when it is ready."""
    assert process.stdout is not None
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if select.select([process.stdout], [], [], 0.2)[0]:
            line = process.stdout.readline()
            if line.startswith("StellarChat is ready at "):
                return line.split()[-1]
            if not line:
                break
    words = output.read_text(encoding="utf-8", errors="replace")
    raise RuntimeError(f"the server did not start (exit status {process.poll()}):\n{words}")


def _end(process: "subprocess.Popen[str]") -> None:
    """End the server in order, and by force what is left after a while."""
    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    assert process.stdout is not None
    process.stdout.close()
    for left in psutil.wait_procs(family, timeout=5)[1]:
        with contextlib.suppress(psutil.NoSuchProcess):
            left.kill()
