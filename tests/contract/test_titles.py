"""Titles and summaries by the model of an endpoint, which knows OpenAI's words and no others."""

from pathlib import Path

from tests.e2e.conftest import fake
from tests.fake_engine import Fake
from tests.server import endpoint, serving
from tests.waiting import eventually

__all__ = ["fake"]


async def test_an_endpoints_model_is_asked_in_its_own_words(tmp_path: Path, fake: Fake) -> None:
    with serving(tmp_path, config={"endpoints": [endpoint(fake)]}) as server, server.client() as http:
        chat = http.post("/api/chats/", json={}).json()
        for words in ("Plan a trip", "And back", "And on"):
            body = {"chat_id": chat["id"], "model": "fake", "content": f"{words} [[fake tokens=3]]"}
            assert http.post("/api/chat/completion", json=body).status_code == 200
        await eventually(lambda: http.get(f"/api/chats/{chat['id']}").json()["title_by"] == "model")
        summary = http.post(f"/api/chats/{chat['id']}/summary", json={"keep": 2})
        assert summary.status_code == 201, summary.text
        (books,) = http.get("/api/usage", params={"by": ""}).json()["items"]
        assert books["errors"] == 0
