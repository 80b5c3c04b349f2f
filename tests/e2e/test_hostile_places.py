"""Words of strangers that reach the page by other ways than a reply or a name: nothing of them runs.

What tools are called, say of themselves and return; what an engine says when it fails; files that are
imported and what is said of those that are not. While it comes, read again, and shared.
Covers Open WebUI CVE-2025-64495 and CVE-2025-64496, AnythingLLM CVE-2026-32626.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests import tool_server
from tests.e2e.conftest import Open
from tests.e2e.hostile import CORPUS, OUT, RUN, unharmed, watch
from tests.e2e.room import SLOW, finished, replies, say
from tests.elsewhere import Elsewhere, answer
from tests.fake_engine import Fake
from tests.fake_engine.script import rounds
from tests.server import Server, endpoint, serving

EVIL = f"Evil<img src=x onerror={RUN}>"
# as a name of a file is put into Markdown
LINK = f"Evil](javascript:{RUN}) ![x]({OUT}.png) <svg onload={RUN}>"
MARK = re.compile("Evil")


@pytest.fixture(scope="module")
def wrong() -> Iterator[Elsewhere]:
    """A server that refuses with markup."""
    said = json.dumps({"error": {"message": EVIL, "type": EVIL, "param": EVIL, "code": EVIL}}).encode()
    with Elsewhere() as running:
        for path in ("/v1/chat/completions", "/v1/models"):
            running.answers[path] = answer(said, "400 Bad Request", Content_Type="application/json")
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, fake: Fake, wrong: Elsewhere) -> Iterator[Server]:
    bad = {"name": "bad", "base_url": wrong.url("/v1"), "api_key": "k", "models": ["bad"]}
    config = {
        "endpoints": [endpoint(fake), bad],
        "default_model_name": "fake",
        "outside": {"allow": [wrong.place]},
    }
    with serving(tmp_path_factory.mktemp("places"), config=config) as running:
        yield running


@pytest.fixture
def page(visit: Open) -> Page:
    page = visit("/")
    watch(page.context)
    page.reload()
    return page


def shared(page: Page, server: Server) -> None:
    """Share the chat that is open with all there is to show, and look at the link."""
    chat_id = page.url.rpartition("/")[2]
    terms = {"author": EVIL, "system_prompt": True, "documents": True, "models": True}
    with server.client() as client:
        path = client.post(f"/api/chats/{chat_id}/share", json=terms).json()["path"]
    page.goto(server.base_url + path)
    expect(page.locator("article").first).to_be_visible(timeout=SLOW)
    unharmed(page, "shared")


def test_tools_calls_and_what_comes_of_them(page: Page, server: Server, tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text(EVIL)
    with server.client() as client:
        body = {**tool_server.program(TOOL_SERVER_FILE=str(words)), "name": EVIL}
        made = client.post("/api/tools/servers", json=body).json()
        policies = {"policies": {"hostile": "always", "fails": "always"}}
        client.put(f"/api/tools/servers/{made['id']}/policies", json=policies)
        chat = {"title": EVIL, "params": {"tools": [{"type": "mcp", "server_label": made["label"]}]}}
        chat_id = client.post("/api/chats/", json=chat).json()["id"]
    page.goto(f"{server.base_url}/tools")
    page.get_by_role("button", name=re.compile("^Test Evil")).click(timeout=SLOW)
    expect(page.get_by_text(re.compile(r"^\d+ tools, "))).to_be_visible(timeout=SLOW)
    unharmed(page, "tools")

    page.goto(f"{server.base_url}/c/{chat_id}")
    calls: list[tuple[str, Any]] = [
        (f"{made['label']}__get_weather", {"city": EVIL}),
        (f"{made['label']}__add", {"a": EVIL, EVIL: [EVIL]}),
        (f"{made['label']}__hostile", {"x": CORPUS["tags"]}),
        (f"{made['label']}__fails", EVIL),
        (EVIL, {"a": EVIL}),
    ]
    say(page, f"hi [[fake tokens=2]] {rounds(calls)}")
    once = page.get_by_role("button", name="Allow once")
    expect(once).to_have_count(1, timeout=SLOW)
    unharmed(page, "waiting")
    once.click()
    reply = finished(page)
    for call in ("get_weather", "add", "hostile", "fails"):
        reply.get_by_text(call, exact=True).first.click()
    expect(reply.get_by_text("<script>window.hit=1</script>")).to_be_visible(timeout=SLOW)
    unharmed(page, "done")
    page.reload()
    finished(page).get_by_text("hostile", exact=True).first.click()
    unharmed(page, "read again")
    assert page.evaluate("window.hit") is None
    shared(page, server)


def test_what_an_engine_says_when_it_fails(page: Page, server: Server) -> None:
    with server.client() as client:
        chat_id = client.post("/api/chats/", json={"title": "x", "model": "bad"}).json()["id"]
    page.goto(f"{server.base_url}/c/{chat_id}")
    say(page, "hi")
    expect(replies(page).last.get_by_text(MARK).first).to_be_visible(timeout=SLOW)
    unharmed(page, "refused")
    page.reload()
    expect(replies(page).last.get_by_text(MARK).first).to_be_visible(timeout=SLOW)
    unharmed(page, "read again")
    shared(page, server)


def exported() -> bytes:
    """Return an export in which every word is hostile, and half of it is broken."""

    def message(name: str, parent: str | None, role: str, text: str) -> dict[str, Any]:
        files = [{"name": LINK, "type": "file", "id": "x"}] if role == "user" else []
        return {"id": name, "parentId": parent, "childrenIds": ["b"] if name == "a" else [], "role": role,
                "content": text, "model": EVIL, "timestamp": 1756000000, "files": files}  # fmt: skip

    said = "\n\n".join(CORPUS[name] for name in ("tags", "links", "images", "formula"))
    history = {
        "messages": {"a": message("a", None, "user", said), "b": message("b", "a", "assistant", said)},
        "currentId": "b",
    }
    good = {"id": "1", "title": EVIL, "chat": {"title": EVIL, "history": history, "models": [EVIL]},
            "meta": {"tags": [EVIL]}, "created_at": 1756000000, "updated_at": 1756000000}  # fmt: skip
    broken = {"id": "2", "title": EVIL, "chat": {"title": EVIL, "history": {"messages": {"a": EVIL}}}}
    rootless = {"messages": {"a": message("a", EVIL, EVIL, EVIL)}}
    odd = {"id": "3", "title": EVIL, "chat": {"title": EVIL, "history": rootless}}
    return json.dumps([good, broken, odd, EVIL]).encode()


def test_what_is_imported_and_what_is_not(page: Page, server: Server) -> None:
    page.goto(f"{server.base_url}/settings")
    page.get_by_role("button", name="Import…").click(timeout=SLOW)
    dialog = page.get_by_role("dialog")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{EVIL}.json", exported())
    files: list[FilePayload] = [
        {"name": f"{EVIL}.json", "mimeType": "application/json", "buffer": exported()},
        {"name": f"{EVIL}.zip", "mimeType": "application/zip", "buffer": packed.getvalue()},
        {"name": f"{EVIL}.json", "mimeType": "application/json", "buffer": EVIL.encode()},
    ]
    for number, file in enumerate(files):
        if number:
            dialog.get_by_role("button", name="Import another file").click(timeout=SLOW)
        dialog.get_by_label("Choose a file").set_input_files(file)
        again = dialog.get_by_role("button", name="Import another file")
        expect(again).to_be_visible(timeout=SLOW)
        unharmed(page, f"import {number}")
    with server.client() as client:
        [chat] = [
            one for one in client.get("/api/chats/").json()["items"] if one["title"] == EVIL and one["tags"]
        ]
        # what is written to be read elsewhere is no page: nobody opens it in ours
        document = client.get("/api/chats/export", params={"format": "markdown", "chat_id": chat["id"]})
        assert document.headers["content-type"].startswith("text/markdown")
        assert document.headers["content-disposition"].startswith("attachment")
        named = client.post("/api/files", params={"name": f"{EVIL}.md"}, content=document.content).json()
    page.goto(f"{server.base_url}/c/{chat['id']}")
    expect(replies(page).last).to_be_visible(timeout=SLOW)
    unharmed(page, "imported")
    shared(page, server)

    # and read as a file, as a model would
    page.goto(f"{server.base_url}/files")
    expect(page.get_by_text(MARK).first).to_be_visible(timeout=SLOW)
    unharmed(page, "files")
    with server.client() as client:
        content = [{"type": "file", "file_id": named["id"]}, {"type": "text", "text": "hi"}]
        client.post(f"/api/chats/{chat['id']}/messages", json={"role": "user", "content": content})
    page.goto(f"{server.base_url}/c/{chat['id']}")
    page.get_by_role("button", name=re.compile("^Show what the model reads of Evil")).last.click(timeout=SLOW)
    expect(page.get_by_role("complementary").get_by_text(MARK).first).to_be_visible(timeout=SLOW)
    unharmed(page, "preview")
