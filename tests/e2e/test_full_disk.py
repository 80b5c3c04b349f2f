"""The disk fills up while somebody writes: nothing is lost, and it goes on by itself when there is room."""

import re
import resource
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.room import SLOW, choose, finished, replies, say
from tests.fake_engine import Fake
from tests.server import Server, endpoint, serving

WORDS = "what must not be lost [[fake tokens=3]]"


@pytest.fixture
def server(tmp_path: Path, fake: Fake) -> Iterator[Server]:
    with serving(tmp_path, config={"endpoints": [endpoint(fake)]}) as running:
        yield running


def test_a_message_that_cannot_be_stored_stays_and_is_sent_when_there_is_room(
    browser: Browser, server: Server
) -> None:
    """Fault: disk full. 503 before acknowledging; recovers by itself."""
    process = psutil.Process(server.pid)
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.base_url)
    choose(page, "fake")
    say(page, "first [[fake tokens=3]]")
    finished(page)
    with server.client() as client:
        chat = client.get("/api/chats/").json()["items"][0]["id"]
        usual = process.rlimit(resource.RLIMIT_FSIZE)
        # no file of the server's may grow any more; its log lies elsewhere
        process.rlimit(resource.RLIMIT_FSIZE, (0, usual[1]))
        try:
            say(page, WORDS)
            composer = page.get_by_role("textbox", name=re.compile("Message")).last
            expect(composer).to_have_value(re.compile("must not be lost"), timeout=SLOW)
            expect(page.get_by_text("the database does not answer").first).to_be_visible(timeout=SLOW)
            assert client.get("/health/live").status_code == 200
            refused = client.post(f"/api/chats/{chat}/messages", json={"role": "user", "content": "x"})
            assert refused.status_code == 503
            assert refused.json()["error"]["code"] == "store_unavailable"
            assert len(client.get(f"/api/chats/{chat}/messages").json()["messages"]) == 2
        finally:
            process.rlimit(resource.RLIMIT_FSIZE, usual)
        composer.press("Enter")
        expect(replies(page)).to_have_count(2, timeout=SLOW)
        finished(page)
        stored = client.get(f"/api/chats/{chat}/messages").json()["messages"]
        assert [one["role"] for one in stored] == ["user", "assistant", "user", "assistant"]
        assert stored[2]["content"] == WORDS
    context.close()
