"""Virtual environments in which the fakes stand in the place of vLLM and SGLang; and fakes by themselves."""

import asyncio
import contextlib
import dataclasses
import json
import pathlib
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from typing import Any

from stellarchat.engines._paged.installed import release
from tests.engines.paged.machines import environment

ROOT = pathlib.Path(__file__).parents[2]


def vllm(folder: pathlib.Path, version: str = "0.32.0", **variables: str) -> pathlib.Path:
    """Make an environment whose command `vllm` is the fake. `variables` are set for it."""
    made = environment(folder, "vllm", version, "vllm")
    wire = "vllm" if release(version) >= (0, 11, 0) else "vllm-0.10"
    _script(made / "bin" / "vllm", f'exec {sys.executable} -S -m tests.fake_paged {wire} "$@"', variables)
    return made


def sglang(folder: pathlib.Path, version: str = "0.5.23", **variables: str) -> pathlib.Path:
    """Make an environment whose interpreter finds the fake as `sglang.launch_server`."""
    made = environment(folder, "sglang", version)
    package = folder / "fakes" / "sglang"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "launch_server.py").write_text(
        "import runpy, sys\n"
        "sys.argv.insert(1, 'sglang')\n"
        "runpy.run_module('tests.fake_paged', run_name='__main__')\n"
    )
    _script(made / "bin" / "python", f'exec {sys.executable} -S "$@"', variables, str(package.parent))
    return made


def _script(path: pathlib.Path, command: str, variables: dict[str, str], *paths: str) -> None:
    lines = [f"export {name}={json.dumps(value)}" for name, value in variables.items()]
    path.write_text(
        "\n".join(["#!/bin/sh", *lines, f"export PYTHONPATH={':'.join([str(ROOT), *paths])}", command, ""])
    )
    path.chmod(0o755)


@dataclasses.dataclass
class Fake:
    """A running fake; `base_url` has no `/v1` at its end."""

    base_url: str
    key: str

    async def books(self, name: str) -> Any:
        """Return `paths`, `requests`, `stats`, `arguments` or `environment`."""
        return await asyncio.to_thread(self._fetch, f"/__{name}")

    def _fetch(self, path: str) -> Any:
        with urllib.request.urlopen(self.base_url + path, timeout=10) as answer:  # noqa: S310
            return json.load(answer)


@contextlib.contextmanager
def served(wire: str, *words: str, key: str = "fake-key") -> Iterator[Fake]:
    """Start a fake of its own on a free port and end it afterwards."""
    start = ["--model-path", "/m"] if wire == "sglang" else ["serve", "/m"]
    secret = ["--api-key", key] if wire == "sglang" else []
    process = subprocess.Popen(
        [sys.executable, "-S", "-m", "tests.fake_paged", wire, *start, "--port", "0", *secret, *words],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT), "VLLM_API_KEY": key},
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline().split()
        if not line:
            raise RuntimeError(f"the fake left with {process.wait()}")
        yield Fake(line[2], key)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextlib.asynccontextmanager
async def running(wire: str, *words: str, key: str = "fake-key") -> AsyncIterator[Fake]:
    """Start a fake for one test."""
    manager = served(wire, *words, key=key)
    fake = await asyncio.to_thread(manager.__enter__)
    try:
        yield fake
    finally:
        await asyncio.to_thread(manager.__exit__, None, None, None)
