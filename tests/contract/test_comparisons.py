"""Comparisons over HTTP, in a real server with two endpoints."""

import asyncio
import threading
from collections.abc import Iterator

import httpx
import pytest

from tests.fake_engine import Fake, running_fake
from tests.server import Server, endpoint, serving
from tests.waiting import eventually

KEYS = {
    "id", "chat_id", "models", "blind", "outcome", "winner", "created_at", "voted_at", "question", "answers",
}  # fmt: skip


@pytest.fixture(scope="module")
def fake() -> Iterator[Fake]:
    """A fake engine in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    context = running_fake()
    try:
        yield asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result(30)
    finally:
        asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, fake: Fake) -> Iterator[Server]:
    """A server with two models of an endpoint."""
    config = {"endpoints": [endpoint(fake, models=("one", "two"))]}
    with serving(tmp_path_factory.mktemp("comparisons"), config=config) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A client of it."""
    with server.client() as client:
        yield client


def test_models_are_compared_voted_on_and_counted(client: httpx.Client) -> None:
    body = {"models": ["one", "two"], "content": "hi [[fake tokens=3]]", "params": {"temperature": 0}}
    begun = client.post("/api/comparisons", json=body)
    assert begun.status_code == 201, begun.text
    comparison = begun.json()
    assert set(comparison) == KEYS
    assert [one["model"] for one in comparison["answers"]] == ["one", "two"]
    assert comparison["question"]["content"] == body["content"]
    path = f"/api/comparisons/{comparison['id']}"

    def whole() -> bool:
        return all(one["status"] == "complete" for one in client.get(path).json()["answers"])

    asyncio.run(eventually(whole))
    now = client.get(path).json()
    assert all(one["metadata"]["params"] == {"temperature": 0} for one in now["answers"])
    best = now["answers"][1]["id"]
    voted = client.post(f"{path}/vote", json={"outcome": "winner", "answer_id": best}).json()
    assert (voted["outcome"], voted["winner"]) == ("winner", 1)
    standings = client.get("/api/comparisons/standings").json()
    assert standings["votes"] == 1
    assert [one["model"] for one in standings["items"]] == ["two", "one"]
    again = client.post(f"{path}/again", json={"answer_id": best}).json()
    assert again["answers"][1]["id"] != best
    stopped = client.post(f"{path}/stop").json()
    assert {one["status"] for one in stopped["answers"]} <= {"complete", "stopped"}
    (line,) = client.get("/api/comparisons").json()["items"]
    assert line["id"] == comparison["id"]


def test_a_blind_one_names_nobody_before_the_vote(client: httpx.Client) -> None:
    body = {"models": ["one", "two"], "content": "who [[fake tokens=3]]", "blind": True}
    begun = client.post("/api/comparisons", json=body)
    path = f"/api/comparisons/{begun.json()['id']}"
    chat = begun.json()["chat_id"]

    def whole() -> bool:
        return all(one["status"] == "complete" for one in client.get(path).json()["answers"])

    asyncio.run(eventually(whole))
    told = [begun, client.get(path), client.get("/api/comparisons"), client.get(f"/api/chats/{chat}")]
    for answer in told[:2]:
        assert answer.json()["models"] == [None, None]
        assert [one["model"] for one in answer.json()["answers"]] == [None, None]
        assert all(set(one["metadata"]) == {"nameless"} for one in answer.json()["answers"])
    assert told[2].json()["items"][0]["models"] == [None, None]
    for message in told[1].json()["answers"]:
        frames = client.get(f"/api/generations/{message['generation_id']}/events?after=0")
        told.append(frames)
        assert "message_stop" in frames.text
    for answer in told[:2] + told[3:]:
        assert '"one"' not in answer.text
        assert '"two"' not in answer.text
    best = told[1].json()["answers"][0]["id"]
    voted = client.post(f"{path}/vote", json={"outcome": "winner", "answer_id": best}).json()
    assert sorted(voted["models"]) == ["one", "two"]
    assert [one["model"] for one in voted["answers"]] == voted["models"]
    assert [one["model"] for one in client.get(path).json()["answers"]] == voted["models"]
    # the next message goes to the same models, named by nobody
    following = {"follows": voted["id"], "content": "and [[fake tokens=2]]", "chat_id": chat, "blind": True}
    following = client.post("/api/comparisons", json=following).json()
    assert (following["chat_id"], following["models"]) == (chat, [None, None])
    assert client.post(f"/api/comparisons/{following['id']}/stop").status_code == 200
    assert client.post("/api/comparisons", json={"content": "x"}).json()["error"]["param"] == "models"
    everybody = client.get("/api/comparisons/standings/team")
    assert everybody.json() == client.get("/api/comparisons/standings").json()


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"content": "x"}, "models"),
        ({"models": ["one"], "content": "x"}, "models"),
        ({"models": ["one", "one"], "content": "x"}, "models"),
        ({"models": ["one", "two"]}, "content"),
        ({"models": ["one", "two"], "content": ""}, "content"),
        ({"models": ["one", "two"], "content": "x", "params": {"top_p": 2}}, "params.top_p"),
        ({"models": ["one", "two"], "content": "x", "chat_id": "nothing"}, "chat_id"),
    ],
)
def test_wrong_comparisons_are_refused_by_name(client: httpx.Client, body: object, param: str) -> None:
    refused = client.post("/api/comparisons", json=body)
    assert refused.status_code in (400, 404, 413), refused.text
    assert refused.json()["error"]["param"] == param


def test_what_there_is_not_is_said(client: httpx.Client) -> None:
    for answer in (
        client.get("/api/comparisons/nothing"),
        client.post("/api/comparisons/nothing/stop"),
        client.post("/api/comparisons/nothing/vote", json={"outcome": "tie"}),
        client.post("/api/comparisons/nothing/again", json={"answer_id": "x"}),
    ):
        assert (answer.status_code, answer.json()["error"]["param"]) == (404, "comparison_id")
