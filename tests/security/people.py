"""People who talk to a server with accounts, each by a way of their own."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.server import Server

PASSWORD = "pw-canary-9d31c7 horse"


_clients: dict[str, httpx.Client] = {}


def hang_up() -> None:
    """Close the connections to all servers."""
    while _clients:
        _clients.popitem()[1].close()


@dataclass
class Person:
    """Somebody with an account, or a stranger: `headers` say who it is."""

    server: Server
    name: str
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request."""
        client = _clients.get(self.server.base_url) or self.server.client()
        _clients[self.server.base_url] = client
        client.cookies.clear()  # a person's headers are all there is of them
        headers = {**self.headers, **options.pop("headers", {})}
        return client.request(method, path, headers=headers, **options)

    def made(self, path: str, body: Mapping[str, Any] | None = None, method: str = "POST") -> Any:
        """Make something and return it."""
        answer = self.ask(method, path, json=body or {})
        assert answer.is_success, (path, answer.text)
        return answer.json()


def cookie_of(answer: httpx.Response) -> str:
    """Return the cookie that an answer sets, as it is sent back."""
    assert answer.is_success, answer.text
    return answer.headers["set-cookie"].split(";")[0]


def set_up(server: Server, name: str = "Ada") -> tuple[Person, str]:
    """Make the first user and return her with a token, and her browser's cookie."""
    browser = Person(server, name, {"origin": server.base_url})
    body = {"name": name, "password": PASSWORD}
    cookie = cookie_of(browser.ask("POST", "/api/auth/setup", json=body))
    return logged_in(server, name), cookie


def logged_in(server: Server, name: str) -> Person:
    """Return somebody with an access token."""
    stranger = Person(server, name)
    pair = stranger.made("/api/auth/token", {"name": name, "password": PASSWORD})
    return Person(server, name, {"authorization": f"Bearer {pair['access_token']}"})


def with_key(owner: Person, *scopes: str) -> Person:
    """Return somebody with a key of `owner`'s."""
    key = owner.made("/api/auth/keys", {"name": " ".join(scopes), "scopes": scopes})["key"]
    return Person(owner.server, owner.name, {"authorization": f"Bearer {key}"})


def cli(server: Server, *arguments: str, given: str = "") -> str:
    """Run a command on the server's own data, as an operator does."""
    folder = str(server.data_dir)
    config = str(server.data_dir / "test-config.json")
    command = [sys.executable, "-m", "stellarchat", *arguments, "--data-dir", folder, "--config", config]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True, cwd=folder)
    return done.stdout


def add(server: Server, name: str) -> Person:
    """Add a user on the command line and log them in."""
    cli(server, "user", "add", name, "--password-stdin", given=PASSWORD + "\n")
    return logged_in(server, name)
