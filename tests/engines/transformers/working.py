"""A running worker for tests, and whether there can be one here."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module, util
from pathlib import Path
from typing import Any

import pytest

from tests.ports import free_port

KEY = "a-key-for-tests"
PATIENCE = 500  # seconds; importing torch takes some, and minutes where others have the processor
ROOT = Path(__file__).resolve().parents[3]
DEMO = ROOT / "tests" / "fixtures" / "demo_model"

needs_libraries = pytest.mark.skipif(
    any(util.find_spec(name) is None for name in ("torch", "transformers", "llguidance")),
    reason="THE EXTRA `transformers` IS NOT INSTALLED: tools/torch says why",
)


def command(model: Path, port: int, *more: str) -> list[str]:
    words = [sys.executable, "-m", "stellarchat.engines.transformers.worker", "--model", str(model)]
    words += ["--port", str(port), "--context", "512", "--threads", "1", "--alias", "demo"]
    words += ["--device", "cpu", "--precision", "float32"]
    return [*words, *more] if "--slots" in more else [*words, "--slots", "8", *more]


class Late:
    """A module that is imported where it is first used: torch takes seconds, of each process of tests."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


class Worker:
    """A running worker and its words."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port
        self.base_url = f"http://127.0.0.1:{port}"

    def ask(self, path: str, body: object = None, *, key: str | None = KEY) -> Any:
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base_url + path, data, headers)  # noqa: S310
        return urllib.request.urlopen(request, timeout=PATIENCE)  # noqa: S310

    def json(self, path: str, body: object = None) -> Any:
        with self.ask(path, body) as answer:
            return json.load(answer)

    def refused(self, path: str, body: object = None, *, key: str | None = KEY) -> tuple[int, dict[str, Any]]:
        """Return the status and the error of a request that fails."""
        with pytest.raises(urllib.error.HTTPError) as caught:
            self.ask(path, body, key=key)
        with caught.value as answer:
            return answer.code, json.load(answer)["error"]

    def chat(self, text: str, **more: Any) -> Any:
        return self.json("/v1/chat/completions", {"messages": said(text), "temperature": 0, **more})

    def chunks(self, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the chunks of a stream, which must end with [DONE]."""
        with self.ask(path, {**body, "stream": True}) as answer:
            lines = [line for line in answer.read().decode().split("\n\n") if line]
        assert lines[-1] == "data: [DONE]"
        return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]

    def busy(self) -> int:
        return sum(slot["is_processing"] for slot in self.json("/slots"))

    def health(self) -> int:
        try:
            with self.ask("/health", key=None) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def text_of(answer: Any, index: int = 0) -> str:
    return str(answer["choices"][index]["message"]["content"])


@contextmanager
def working(model: Path, log: Path, *more: str) -> Iterator[Worker]:
    """Start a worker and wait until it can be used."""
    port = free_port()
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command(model, port, *more), env={**os.environ, "STELLAR_ENGINE_KEY": KEY}, stderr=errors
        ) as process,
    ):
        worker = Worker(process, port)
        try:
            deadline = time.monotonic() + PATIENCE
            while worker.health() != 200:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            yield worker
        finally:
            process.kill()


def ending(model: Path, *more: str, port: int | None = None) -> tuple[int, str]:
    """Run a worker that cannot work; return its exit code and its last words."""
    done = subprocess.run(
        command(model, port or free_port(), *more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    words = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return done.returncode, words[-1] if words else done.stderr
