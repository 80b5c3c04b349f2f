"""The command line as a person and a script use it."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stellarchat import __version__
from tests.server import Server, serving

MODEL = "stellar-demo"


def run(
    *arguments: str, cwd: Path, environ: dict[str, str] | None = None, given: str | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run `stellarchat` with nothing but PATH, HOME and `environ` around it."""
    return subprocess.run(
        [sys.executable, "-m", "stellarchat", *arguments],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd), **(environ or {})},
        input=given,
        capture_output=True,
        text=True,
        timeout=100,
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server."""
    with serving(tmp_path_factory.mktemp("cli")) as running:
        yield running


def test_version_and_help(tmp_path: Path) -> None:
    assert run("--version", cwd=tmp_path).stdout == f"stellarchat {__version__}\n"
    answer = run("--help", cwd=tmp_path)
    assert answer.returncode == 0
    for command in ("serve", "models", "instances", "engines", "check", "db", "--install-completion"):
        assert command in answer.stdout
    assert run("nonsense", cwd=tmp_path).returncode == 2


def test_completion_knows_the_commands(tmp_path: Path) -> None:
    environ = {"_STELLARCHAT_COMPLETE": "complete_bash", "COMP_WORDS": "stellarchat in", "COMP_CWORD": "1"}
    assert "instances" in run(cwd=tmp_path, environ=environ).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--host", "0.0.0.0"], ["auth", "--insecure"]),
        (["--port", "70000"], ["`port`", "the command line"]),
        (["--config", "nothing.json"], ["nothing.json"]),
    ],
)
def test_serve_says_what_is_wrong_with_the_settings(
    tmp_path: Path, arguments: list[str], words: list[str]
) -> None:
    answer = run("serve", *arguments, cwd=tmp_path)
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    for word in words:
        assert word in answer.stderr


def test_serve_says_that_the_port_is_taken(tmp_path: Path, server: Server) -> None:
    port = server.base_url.rpartition(":")[2]
    answer = run("serve", "--port", port, "--data-dir", "data", cwd=tmp_path)
    assert answer.returncode == 1
    assert port in answer.stderr
    assert "--port" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_serve_says_that_the_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = run("serve", "--port", "0", "--data-dir", "file/data", cwd=tmp_path)
    assert answer.returncode == 1
    assert "--data-dir" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_serve_warns_of_settings_without_effect(tmp_path: Path) -> None:
    with serving(tmp_path, environ={"REDIS_URL": "redis://x"}) as running:
        assert "redis_url" in running.log()
        assert "one server process" in running.log()


def test_engines(tmp_path: Path) -> None:
    answer = run("engines", "--json", cwd=tmp_path)
    assert answer.returncode == 0
    found = {one["name"]: one for one in json.loads(answer.stdout)}
    assert found["llamacpp"]["usable"] is True
    assert found["llamacpp"]["version"]
    assert found["openai"]["usable"] is False
    assert found["openai"]["remedy"]
    table = run("engines", cwd=tmp_path).stdout
    assert "llamacpp" in table
    assert found["openai"]["remedy"] in table


@pytest.mark.real_engine
def test_check_lets_every_usable_engine_write(tmp_path: Path) -> None:
    answer = run("check", "--json", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    found = {one["engine"]: one for one in json.loads(answer.stdout)}
    assert found["llamacpp"]["result"] == "ok"
    assert found["llamacpp"]["answer"]
    assert found["openai"]["result"] == "not usable"
    assert not (tmp_path / ".local" / "share" / "stellarchat" / "stellarchat.db").exists()


@pytest.mark.real_engine
def test_instances_from_start_to_stop(tmp_path: Path, server: Server) -> None:
    url = ["--url", server.base_url]
    started = run("instances", "start", MODEL, "--slots", "2", "--json", *url, cwd=tmp_path)
    assert started.returncode == 0, started.stderr
    instance = json.loads(started.stdout)
    assert (instance["state"], instance["slots"]) == ("ready", 2)
    listed = json.loads(run("instances", "list", "--json", *url, cwd=tmp_path).stdout)
    assert [one["run_id"] for one in listed] == [instance["run_id"]]
    assert MODEL in run("instances", "list", *url, cwd=tmp_path).stdout
    assert run("instances", "logs", MODEL, *url, cwd=tmp_path).stdout
    stopped = run("instances", "stop", MODEL, "--json", *url, cwd=tmp_path)
    assert stopped.returncode == 0, stopped.stderr
    assert json.loads(stopped.stdout)["survivors"] == []
    assert json.loads(run("instances", "list", "--json", *url, cwd=tmp_path).stdout) == []


def test_models(tmp_path: Path, server: Server) -> None:
    url = ["--url", server.base_url]
    found = json.loads(run("models", "list", "--json", *url, cwd=tmp_path).stdout)
    assert MODEL in [one["id"] for one in found]
    assert MODEL in run("models", "list", *url, cwd=tmp_path).stdout
    unknown = run("models", "pull", "no-such-model", *url, cwd=tmp_path)
    assert unknown.returncode == 1
    assert "no-such-model" in unknown.stderr
    here = run("models", "pull", MODEL, *url, cwd=tmp_path)
    assert here.returncode == 1
    assert here.stderr


def test_without_a_server_the_commands_say_so(tmp_path: Path) -> None:
    for command in (["models", "list"], ["instances", "list"], ["instances", "stop", "x"]):
        answer = run(*command, "--url", "http://127.0.0.1:9", cwd=tmp_path)
        assert answer.returncode == 3
        assert "stellarchat serve" in answer.stderr
    assert run("models", "list", "--url", "file:///etc/passwd", cwd=tmp_path).returncode == 2


def test_the_address_comes_from_the_settings(tmp_path: Path, server: Server) -> None:
    environ = {"STELLARCHAT_PORT": server.base_url.rpartition(":")[2]}
    assert run("models", "list", cwd=tmp_path, environ=environ).returncode == 0


def test_the_database_is_made_and_copied(tmp_path: Path, server: Server) -> None:
    data = tmp_path / "data"
    assert run("db", "upgrade", "--data-dir", str(data), cwd=tmp_path).returncode == 0
    assert (data / "stellarchat.db").is_file()
    # of a running server too
    with server.client() as client:
        chat = client.post("/api/chats/", json={"title": "kept"}).json()["id"]
    target = tmp_path / "copy.zip"
    made = run("db", "backup", str(target), "--data-dir", str(server.data_dir), cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert made.stdout.strip() == str(target)
    assert target.stat().st_mode & 0o077 == 0
    again = run("db", "backup", str(target), "--data-dir", str(server.data_dir), cwd=tmp_path)
    assert again.returncode == 1
    restored = run("db", "restore", str(target), "--yes", "--data-dir", str(data), cwd=tmp_path)
    assert restored.returncode == 0, restored.stderr
    assert "before-restore.zip" in restored.stdout
    with closing(sqlite3.connect(data / "stellarchat.db")) as copy:
        assert copy.execute("SELECT title FROM chat WHERE id = ?", (chat,)).fetchall() == [("kept",)]
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(target.read_bytes()[:-100])
    refused = run("db", "restore", str(damaged), "--yes", "--data-dir", str(data), cwd=tmp_path)
    assert (refused.returncode, "not whole" in refused.stderr) == (1, True)
    nothing = run("db", "backup", "--data-dir", str(tmp_path / "nothing"), cwd=tmp_path)
    assert nothing.returncode == 1


def test_chats_are_exported_and_imported(server: Server, tmp_path: Path) -> None:
    fixture = Path(__file__).parents[1] / "fixtures" / "exports" / "openwebui.json"
    answer = run("import", str(fixture), "--url", server.base_url, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("2 new, 0 with new messages, 0 already here, 2 not imported\n")
    assert "narrator" in answer.stdout
    answer = run("export", "mine.json", "--url", server.base_url, cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (0, "mine.json\n")
    titles = [chat["title"] for chat in json.loads((tmp_path / "mine.json").read_text())["chats"]]
    assert "Two models" in titles
    again = run("import", "mine.json", "--json", "--url", server.base_url, cwd=tmp_path)
    assert json.loads(again.stdout)["present"] == len(titles)
    answer = run("export", "--format", "markdown", "--url", server.base_url, cwd=tmp_path)
    assert answer.stdout.startswith("StellarChat 20")
    assert "# Two models" in (tmp_path / answer.stdout.strip()).read_text(encoding="utf-8")
    (tmp_path / "bad.json").write_text("[1", encoding="utf-8")
    assert run("import", "bad.json", "--url", server.base_url, cwd=tmp_path).returncode == 1
    assert run("import", "none.json", "--url", server.base_url, cwd=tmp_path).returncode == 2
