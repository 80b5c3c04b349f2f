"""Notes of former servers: who is ended and who must not be."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from stellarchat.runtime.environment import MARK
from stellarchat.runtime.records import Known, Record, Records, boot_id, known, marked
from tests.runtime.families import alive

DEAD = Known(2**22, 1.0)  # above the largest pid


@pytest.fixture
def stranger() -> Iterator[psutil.Process]:
    process = subprocess.Popen(["sleep", "60"], env={MARK: "the-mark"})
    yield psutil.Process(process.pid)
    process.kill()
    process.wait()


def note(directory: Path, **fields: object) -> Path:
    usual = {"name": "n", "mark": "none", "boot_id": boot_id(), "owner": DEAD, "guard": DEAD, "engine": DEAD}
    path = directory / "n.json"
    path.write_bytes(msgspec.json.encode(Record(**(usual | fields))))  # type: ignore[arg-type]
    return path


def test_process_that_carries_the_mark_is_ended(tmp_path: Path, stranger: psutil.Process) -> None:
    path = note(tmp_path, mark="the-mark")
    assert [process.pid for process in marked("the-mark")] == [stranger.pid]
    assert Records(tmp_path).reap() == [stranger.pid]
    assert alive([stranger]) == []
    assert not path.exists()


def test_process_with_the_noted_start_time_is_ended(tmp_path: Path, stranger: psutil.Process) -> None:
    note(tmp_path, engine=known(stranger.pid))
    assert Records(tmp_path).reap() == [stranger.pid]


@pytest.mark.parametrize(
    "fields",
    [
        {"boot_id": "another"},
        {"owner": known(os.getpid())},
        {"mark": "other-mark"},
    ],
    ids=["another boot", "owner lives", "other mark"],
)
def test_others_are_left_alone(tmp_path: Path, stranger: psutil.Process, fields: dict[str, object]) -> None:
    path = note(tmp_path, **({"mark": "the-mark"} | fields), guard=Known(stranger.pid, 5.0))
    assert Records(tmp_path).reap() == []
    assert alive([stranger]) == [stranger.pid]
    assert path.exists() == ("owner" in fields)


def test_damaged_note_is_thrown_away(tmp_path: Path) -> None:
    path = tmp_path / "n.json"
    path.write_text('{"name": "half')
    assert Records(tmp_path).reap() == []
    assert not path.exists()


def test_a_process_that_is_gone_matches_nothing() -> None:
    assert known(DEAD.pid).process() is None
    assert Records(Path("/does/not/exist")).reap() == []
