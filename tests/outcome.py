"""What the server tells the page of a login elsewhere that a browser is back from."""

import json
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote

import httpx


def outcome(answer: httpx.Response) -> dict[str, Any] | None:
    """Return why the login was refused; None where it went well. The page that is gone to must be told."""
    assert (answer.status_code, answer.headers["cache-control"]) == (303, "no-store")
    cookies = SimpleCookie()
    for cookie in answer.headers.get_list("set-cookie"):
        cookies.load(cookie)
    told = cookies["stellarchat-outcome"]
    assert told["path"] == answer.headers["location"]
    found: dict[str, Any] | None = json.loads(unquote(told.value))
    return found
