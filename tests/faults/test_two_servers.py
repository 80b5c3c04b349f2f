"""A second server at what one is at work with: it does not start, and the first one's replies go on."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.databases import server_database
from tests.fake_engine import Fake, running_fake
from tests.server import Server, endpoint, serving
from tests.waiting import eventually

WORDS = "hello [[fake tokens=40 hold=10]]"


@pytest.fixture
async def fake() -> Any:
    async with running_fake() as engine:
        yield engine


@contextlib.contextmanager
def place(kind: str, folder: Path) -> Iterator[tuple[Path, Path, dict[str, Any]]]:
    """Yield the data folders of two servers that have something in common, and what both are told."""
    if kind == "folder":
        yield folder / "one", folder / "one", {}
    elif kind == "file":
        yield folder / "one", folder / "two", {"database_url": f"sqlite:///{folder / 'shared.db'}"}
    else:
        with server_database(kind) as url:
            yield folder / "one", folder / "two", {"database_url": url}


def begun(server: Server) -> str:
    """Have the engine begin a reply that it holds in the middle; return the chat's id."""
    with server.client() as client:
        chat_id: str = client.post("/api/chats/", json={}).json()["id"]
        body = {"chat_id": chat_id, "content": WORDS, "model": "fake", "stream": True}
        with client.stream("POST", "/api/chat/completion", json=body) as answer:
            for line in answer.iter_lines():
                if "tok09" in line:
                    break
    return chat_id


def status(client: httpx.Client, chat_id: str) -> str:
    return str(client.get(f"/api/chats/{chat_id}/messages").json()["messages"][-1]["status"])


@pytest.mark.parametrize(
    "kind",
    [
        "folder",
        "file",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
    ],
)
async def test_the_second_does_not_start(kind: str, tmp_path: Path, fake: Fake) -> None:
    with place(kind, tmp_path) as (one, two, config):
        config = {**config, "endpoints": [endpoint(fake)]}
        with serving(one, config=config) as first:
            chat_id = await asyncio.to_thread(begun, first)
            with pytest.raises(RuntimeError) as failed, serving(two, config=config):
                pass
            assert "Another server is at work" in str(failed.value)
            assert "Stop it first" in str(failed.value)
            assert "Traceback" not in str(failed.value)
            with first.client() as client:
                assert status(client, chat_id) in ("pending", "streaming")
                await asyncio.to_thread(fake.go_on)
                await eventually(lambda: status(client, chat_id) == "complete")
                another = await asyncio.to_thread(begun, first)
            first.signal(signal.SIGKILL)
            first.ended()
            # at once, as where something starts it again
            with serving(two, config=config) as second, second.client() as client:
                assert status(client, chat_id) == "complete"
                assert status(client, another) == "interrupted"
