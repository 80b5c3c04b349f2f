"""Started and stopped several times over HTTP, a model leaves nothing: the program of bench/ does it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "bench" / "cycles.py"

pytestmark = pytest.mark.real_engine


@pytest.mark.parametrize("replicas", [1, 2])
def test_nothing_is_left_after_cycles(replicas: int) -> None:
    """No process, no port and no open file may outlive a stop."""
    command = [sys.executable, str(PROGRAM), "--cycles", "3", "--warm-up", "1", "--json"]
    done = subprocess.run(
        [*command, "--replicas", str(replicas)], capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    before, after = found["before"], found["after"]
    assert found["survivors"] == 0
    assert after["processes"] == before["processes"] == 1
    assert after["ports"] == before["ports"] == 1
    assert after["files"] <= before["files"]
    assert after["memory_bytes"] < before["memory_bytes"] + (20 << 20)
