"""What a person or a foreign server calls something runs on nobody's page, the administrator's least.

Titles, folders, tags, prompts, personas, files, users, tool servers, models of a remote endpoint, comments
and what was done (the audit log); columns side by side and replies by a schema; the address bar.
Covers Open WebUI CVE-2025-64495 and CVE-2025-64496, LobeChat CVE-2025-59417.
"""

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.hostile import RUN, unharmed, watch
from tests.e2e.room import SLOW
from tests.fake_engine import Fake
from tests.security.people import PASSWORD, Person, set_up
from tests.server import Server, endpoint, serving

EVIL = f"Evil<img src=x onerror={RUN}>"
OTHER = f"Other<svg onload={RUN}>"
MARK = re.compile("Evil")
HIDDEN = ("/compare",)
STRANGERS = (
    "/login#{}",
    "/signup#{}",
    "/reset#{}",
    "/s/{}",
    "/{}",
)
MEMBERS = (
    "/c/{}",
    "/?q={}",
    "/#{}",
    "/models/{}",
    "/playground/{}",
    "/compare/{}",
    "/admin/{}",
    "/files?q={}",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, fake: Fake) -> Iterator[Server]:
    """A server with accounts, whose endpoint calls its models names of its own."""
    named = endpoint(fake, name=EVIL[:100], models=(EVIL, OTHER))
    config = {"auth": "on", "endpoints": [named], "default_model_name": EVIL}
    with serving(tmp_path_factory.mktemp("names"), config=config) as running:
        yield running


@pytest.fixture(scope="module")
def ada(server: Server) -> Person:
    return set_up(server)[0]


@pytest.fixture(scope="module")
def paths(server: Server, ada: Person) -> list[str]:
    """Make one of everything with a hostile name, and return where it is shown."""
    assert ada.ask("POST", "/api/users", json={"name": EVIL, "password": PASSWORD}).status_code == 201
    chat = ada.made("/api/chats/", {"title": EVIL, "folder": EVIL, "tags": [EVIL], "model": EVIL})["id"]
    file = ada.ask("POST", "/api/files", files={"file": ("a.txt", f"Evil {EVIL}".encode(), "text/plain")},
                   params={"name": f"{EVIL}.txt"}).json()  # fmt: skip
    shape = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}
    said = json.dumps({EVIL: [EVIL, {OTHER: EVIL}]})
    content = [{"type": "file", "file_id": file["id"]}, {"type": "text", "text": f"[[fake echo=1]]\n{said}"}]
    turn = {"chat_id": chat, "content": content, "params": {"response_format": shape}}
    reply = ada.made("/api/chat/completion", turn)["message"]["id"]
    rating = {"rating": "down", "comment": EVIL}
    assert ada.ask("PUT", f"/api/chats/{chat}/messages/{reply}/rating", json=rating).is_success
    persona = {"name": EVIL, "description": EVIL, "system_prompt": EVIL, "opening": EVIL,
               "suggestions": [EVIL], "letter": "<", "shared": True}  # fmt: skip
    made = ada.made("/api/personas", persona)["id"]
    greeted = ada.made("/api/chats/", {"title": OTHER, "persona_id": made})["id"]
    ada.made(
        "/api/prompts", {"name": EVIL, "content": f"{EVIL} {{{{a}}}}", "description": EVIL, "shared": True}
    )
    ada.made("/api/auth/keys", {"name": EVIL, "scopes": ["chat"]})
    ada.made("/api/invitations", {"note": EVIL})
    ada.made("/api/tools/servers", {"name": EVIL, "transport": "http", "url": "https://example.com/mcp"})
    thrown = ada.made("/api/chats/", {"title": EVIL})["id"]
    assert ada.ask("DELETE", f"/api/chats/{thrown}").status_code == 204
    asked = {"models": [EVIL, OTHER], "content": f"[[fake echo=1]]\n{EVIL}\n\n```html\n{EVIL}\n```"}
    compared = ada.made("/api/comparisons", asked)["id"]
    ada.made(f"/api/comparisons/{ada.made('/api/comparisons', asked)['id']}/vote", {"outcome": "tie"})
    shared = ada.made(f"/api/chats/{chat}/share", {"author": EVIL})["path"]
    areas = ("users", "usage", "feedback", "audit")
    rooms = ("/prompts", "/personas", "/trash", "/endpoints", "/models", "/settings", "/compare",
             "/files", "/tools", "/standings")  # fmt: skip
    return [f"/c/{chat}", f"/c/{greeted}", f"/compare/{compared}", shared, *rooms,
            *(f"/admin/{area}" for area in areas)]  # fmt: skip


def entered(visit: Open) -> Page:
    """Open the page as the administrator."""
    page = visit("/login")
    watch(page.context)
    page.get_by_role("textbox", name=re.compile("name", re.IGNORECASE)).first.fill("Ada", timeout=SLOW)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    expect(page.get_by_role("link", name="Administration")).to_be_visible(timeout=SLOW)
    return page


@pytest.mark.timeout(300)
def test_hostile_names_are_text_everywhere(visit: Open, server: Server, paths: list[str]) -> None:
    page = entered(visit)
    for path in paths:
        page.goto(server.base_url + path)
        # it is there, as text: some rooms have it in a list to choose from
        seen = page.locator("body").get_by_text(MARK).filter(visible=path not in HIDDEN)
        expect(seen.first).to_be_attached(timeout=SLOW)
        unharmed(page, path)
    # what opens over a page: search, models, the file that a model reads
    page.goto(server.base_url + paths[0])
    page.keyboard.press("Control+k")
    page.get_by_placeholder("Search chats, or type a command").fill("Evil")
    expect(page.get_by_role("option").filter(has_text=MARK).first).to_be_visible(timeout=SLOW)
    unharmed(page, "search")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("^Model:")).click()
    expect(page.get_by_role("option").filter(has_text=MARK).first).to_be_visible(timeout=SLOW)
    unharmed(page, "models")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("^Show what the model reads of")).first.click()
    expect(page.get_by_role("complementary").get_by_text(MARK).first).to_be_visible(timeout=SLOW)
    unharmed(page, "file")


def test_what_the_address_bar_says_is_text(visit: Open, server: Server, ada: Person) -> None:
    """A link that anybody may have made, for who is not logged in and for who is."""
    words = quote(f"Evil'\"><script>{RUN}</script><img src=x onerror={RUN}>", safe="")
    stranger = visit("/login")
    watch(stranger.context)
    for page, addresses in ((stranger, STRANGERS), (entered(visit), (*STRANGERS, *MEMBERS))):
        for address in addresses:
            # a change behind the # alone would load nothing
            page.goto("about:blank")
            page.goto(server.base_url + address.format(words))
            page.wait_for_load_state("networkidle")
            unharmed(page, address)
