"""Nothing a model says runs, or asks anybody for anything: while it streams, read again, and shared.

Covers Open WebUI CVE-2025-46719, CVE-2025-64495 and CVE-2026-44568, LobeChat CVE-2025-59417 and
CVE-2026-23733, AnythingLLM CVE-2026-32626 (only the streaming renderer was unsafe), Mermaid CVE-2025-54880
and CVE-2025-54881, KaTeX CVE-2025-23207. Names, files and what administrators see: test_hostile_names.py.
"""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Open
from tests.e2e.hostile import CORPUS, MESSAGES, unharmed, watch
from tests.e2e.room import SLOW, choose, finished, replies, say
from tests.server import Server


@pytest.mark.parametrize("message", MESSAGES)
def test_hostile_output_does_nothing(visit: Open, server: Server, message: str) -> None:
    page = visit()
    watch(page.context)
    page.reload()
    choose(page, "fake")
    text = "\n\n".join(CORPUS[name] for name in MESSAGES[message])
    say(page, f"[[fake echo=1]]\n{text}")
    expect(replies(page).last).to_be_visible(timeout=SLOW)
    unharmed(page, "streaming")
    finished(page)
    unharmed(page, "written")
    page.reload()
    finished(page)
    unharmed(page, "read again")
    expect(page.get_by_role("textbox").last).to_be_visible()

    # shared, where every word of the chat is hostile
    chat_id = page.url.rpartition("/")[2]
    payload = CORPUS[MESSAGES[message][0]]
    with server.client() as client:
        fields = {"title": payload[:200], "system_prompt": payload}
        assert client.put(f"/api/chats/{chat_id}", json=fields).status_code == 200
        terms = {"author": payload[:100], "system_prompt": True}
        path = client.post(f"/api/chats/{chat_id}/share", json=terms).json()["path"]
    page.goto(server.base_url + path)
    expect(page.locator("article")).to_have_count(2, timeout=SLOW)
    unharmed(page, "shared")
