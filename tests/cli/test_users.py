"""Users and keys on the command line, beside a server that is off and one that runs."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from stellarchat.cli import app
from tests.cli.test_commands import run
from tests.server import Server, serving
from tests.waiting import eventually

PASSWORD = "correct horse"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with an administrator, made while no server ran."""
    assert order(tmp_path, "user", "add", "Ada", "--admin").returncode == 0
    return tmp_path


def completed(folder: Path, *words: str) -> list[str]:
    """Return a command that works on a data folder; those that ask for a password read it."""
    asks = words[:2] in (("user", "add"), ("user", "passwd"))
    return [*words, *(["--password-stdin"] if asks else []), "--data-dir", str(folder)]


def order(folder: Path, *words: str, given: str = PASSWORD) -> "subprocess.CompletedProcess[str]":
    """Run a command on a data folder, in this process: it takes much longer to start one for each."""
    command = completed(folder, *words)
    environ = dict.fromkeys(os.environ) | {"PATH": os.environ["PATH"], "HOME": str(folder)}
    with contextlib.chdir(folder):
        done = CliRunner().invoke(app, command, input=given + "\n", env=environ)
    return subprocess.CompletedProcess(command, done.exit_code, done.stdout, done.stderr)


def beside(folder: Path, *words: str, given: str = PASSWORD) -> "subprocess.CompletedProcess[str]":
    """Run a command on a data folder as a process of its own, beside a server."""
    return run(*completed(folder, *words), cwd=folder, given=given + "\n")


def test_users_come_change_and_go(folder: Path) -> None:
    assert order(folder, "user", "add", "Bob", "--email", "bob@example.org").stdout == "Bob can log in now.\n"
    for words, message in (
        (("user", "add", "BOB"), "Somebody else has this name."),
        (("user", "suspend", "ada"), "This is the only administrator who can log in."),
        (("user", "rm", "ada", "--yes"), "This is the only administrator who can log in."),
        (("user", "suspend", "eve"), "There is no user 'eve'."),
    ):
        refused = order(folder, *words)
        assert (refused.returncode, refused.stderr.splitlines()[0]) == (1, message)
    short = order(folder, "user", "passwd", "ada", given="short")
    assert short.stderr.startswith("The password must have at least 8 characters.")
    assert order(folder, "user", "suspend", "bob@example.org").stdout == "Bob is suspended.\n"
    listed = order(folder, "user", "list").stdout
    assert [line.split()[0] for line in listed.splitlines()] == ["NAME", "Ada", "Bob"]
    assert "suspended" in listed
    order(folder, "user", "resume", "bob")
    assert order(folder, "user", "role", "bob", "admin").stdout == "Bob is admin now.\n"
    found = json.loads(order(folder, "user", "list", "--json").stdout)
    assert [(one["name"], one["role"], one["state"]) for one in found] == [
        ("Ada", "admin", "active"),
        ("Bob", "admin", "active"),
    ]
    assert order(folder, "user", "rm", "bob", "--yes").returncode == 0
    assert len(json.loads(order(folder, "user", "list", "--json").stdout)) == 1
    (folder / "other").mkdir()
    first = order(folder / "other", "user", "add", "Eve")
    assert first.stderr.startswith("The first user must be an administrator.")


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    with serving(folder, config={"auth": "on"}) as running:
        yield running


def logged(client: httpx.Client) -> Iterator[dict[str, Any]]:
    """Yield what the audit log holds, the latest first, but for what this reading adds."""
    login = client.post("/api/auth/token", json={"name": "Ada", "password": PASSWORD}).json()
    headers = {"authorization": f"Bearer {login['access_token']}"}
    for one in client.get("/api/admin/audit", headers=headers).json()["items"]:
        if one["action"] != "login":
            yield one


async def test_a_running_server_hears_of_keys_and_users(server: Server, folder: Path) -> None:
    key = beside(folder, "key", "create", "script", "--user", "ada", "--scope", "admin", "--days", "2")
    secret = key.stdout.strip()
    with server.client(headers={"authorization": f"Bearer {secret}"}) as client:
        assert client.get("/api/auth/me").json()["name"] == "Ada"
        # our own command line lets itself in with it
        environ = {"STELLARCHAT_API_KEY": secret}
        assert run("instances", "list", "--url", server.base_url, cwd=folder, environ=environ).returncode == 0
        assert "log in" in run("instances", "list", "--url", server.base_url, cwd=folder).stderr.lower()
        (row,) = json.loads(beside(folder, "key", "list", "--json").stdout)
        assert (row["user"], row["scopes"], row["prefix"]) == ("Ada", ["admin"], secret[:16])
        assert secret not in beside(folder, "key", "list").stdout
        assert beside(folder, "key", "revoke", "sk-stellar-none").returncode == 1
        assert beside(folder, "key", "revoke", row["prefix"]).returncode == 0
        await eventually(lambda: client.get("/api/auth/me").status_code == 401)
        actions = list(logged(client))
        assert [one["action"] for one in actions] == ["key.revoked", "key.created", "user.created"]
        for one in actions:
            assert (one["user_id"], one["user_name"], one["address"]) == (None, "command line", None)
            assert one["target_name"] == "Ada"
            assert one["detail"]["login"]
        assert secret not in str(actions)
        link = beside(folder, "user", "reset", "ada", "--hours", "2", "--url", "https://chat.example/").stdout
        place, _, reset = link.strip().partition("#")
        assert place == "https://chat.example/reset"
        assert client.post("/api/auth/reset", json={"secret": reset}).json()["name"] == "Ada"
        assert "password.link" in {one["action"] for one in logged(client)}
    beside(folder, "user", "passwd", "ada", given="another horse")
    for password, status in ((PASSWORD, 401), ("another horse", 200)):
        body = {"name": "Ada", "password": password}
        async with server.async_client() as client:
            assert (await client.post("/api/auth/token", json=body)).status_code == status
