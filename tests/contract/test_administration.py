"""Usage, feedback and the audit log over HTTP, on a real server."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import fake
from tests.fake_engine import Fake
from tests.server import Server, endpoint, serving

__all__ = ["fake"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, fake: Fake) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server"), config={"endpoints": [endpoint(fake)]}) as running:
        yield running


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


def replied(http: httpx.Client, words: str = "hi [[fake tokens=3]]") -> dict[str, Any]:
    """Ask in a new chat; return the reply's message."""
    # with a title of a person's no model is asked for one
    chat = http.post("/api/chats/", json={"title": "T"}).json()
    body = {"chat_id": chat["id"], "model": "fake", "content": words}
    answer = http.post("/api/chat/completion", json=body)
    assert answer.status_code == 200, answer.text
    message: dict[str, Any] = answer.json()["message"]
    return message


def used(http: httpx.Client, **query: str) -> dict[str, Any]:
    """Return one's usage in all."""
    items = http.get("/api/usage", params={"by": "", **query}).json()["items"]
    return items[0] if items else {"requests": 0, "completion_tokens": 0, "prompt_tokens": 0}


def test_answers_of_chats_are_in_the_books(http: httpx.Client) -> None:
    before = used(http)
    replied(http)
    assert used(http)["requests"] == before["requests"] + 1
    assert used(http)["completion_tokens"] == before["completion_tokens"] + 3
    assert used(http)["prompt_tokens"] > before["prompt_tokens"]
    (line,) = http.get("/api/admin/usage", params={"by": "day,model", "model": "fake"}).json()["items"]
    assert (line["user_id"], line["model"]) == (None, "fake")
    sheet = http.get("/api/admin/usage", params={"by": "user", "format": "csv", "model": "fake"})
    assert sheet.headers["content-disposition"] == 'attachment; filename="usage.csv"'
    head, *rows = csv.reader(io.StringIO(sheet.text))
    assert head[:3] == ["user", "user_name", "requests"]
    assert [row[0] for row in rows] == ["local"]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"by": "day,colour"}, "by"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-02-02", "to": "2026-02-01"}, "from"),
        ({"format": "xml"}, "format"),
        ({"model": "m" * 256}, "model"),
    ],
)
def test_a_wrong_question_about_usage_is_told_by_its_field(
    http: httpx.Client, query: dict[str, str], param: str
) -> None:
    for path in ("/api/usage", "/api/admin/usage"):
        answer = http.get(path, params=query)
        assert answer.status_code in (400, 413)
        assert answer.json()["error"]["param"] == param


def test_a_reply_is_rated_seen_by_administrators_and_withdrawn(http: httpx.Client) -> None:
    message = replied(http)
    path = f"/api/chats/{message['chat_id']}/messages/{message['id']}/rating"
    given = http.put(path, json={"rating": "down", "reason": "slow", "comment": "zzz"})
    assert given.status_code == 200
    assert set(given.json()) == {
        "message_id", "chat_id", "model", "rating", "reason", "comment", "created_at", "updated_at"
    }  # fmt: skip
    assert http.get(f"/api/chats/{message['chat_id']}/ratings").json() == {"items": [given.json()]}
    (seen,) = http.get("/api/admin/feedback", params={"reason": "slow"}).json()["items"]
    assert (seen["rating"], seen["question"], seen["user_id"]) == ("down", "hi [[fake tokens=3]]", "local")
    assert http.get("/api/admin/feedback/models").json()["items"] == [{"model": "fake", "up": 0, "down": 1}]
    sheet = http.get("/api/admin/feedback/export")
    assert sheet.headers["content-type"].startswith("text/csv")
    assert "zzz" in sheet.text
    assert http.delete(path).status_code == 204
    assert http.delete(path).status_code == 404
    assert http.get("/api/admin/feedback").json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "rating"),
        ({"rating": "sideways"}, "rating"),
        ({"rating": "up", "reason": "slow"}, "reason"),
        ({"rating": "up", "comment": "x" * 4001}, "comment"),
        ({"rating": "up", "stars": 5}, "stars"),
    ],
)
def test_a_wrong_rating_is_told_by_its_field(http: httpx.Client, body: dict[str, Any], param: str) -> None:
    message = replied(http)
    path = f"/api/chats/{message['chat_id']}/messages/{message['id']}/rating"
    answer = http.put(path, json=body)
    assert answer.status_code in (400, 413)
    assert answer.json()["error"]["param"] == param


def test_lists_refuse_cursors_that_they_did_not_give(http: httpx.Client) -> None:
    for path in ("/api/admin/feedback", "/api/admin/audit"):
        answer = http.get(path, params={"cursor": "nonsense"})
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "cursor")
    assert http.get("/api/admin/audit/export").status_code == 200
