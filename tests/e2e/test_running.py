"""A person looks after what runs: more copies and fewer, again, kept; what failed; a server that is gone."""

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import Open
from tests.e2e.room import SLOW
from tests.engines.llamacpp import tiny
from tests.ports import free_port
from tests.server import Server, serving

pytestmark = pytest.mark.real_engine
DEMO = "Stellar Demo"


def card_of(page: Page, server: Server, model: str) -> Locator:
    """Start a model and return its card in the list of what runs."""
    with server.client() as client:
        answer = client.post("/api/v1/models/start", json={"model_id": model})
    return page.locator(f"li[data-run='{answer.json()['data']['run_id']}']")


def test_replicas_come_and_go_and_a_restart_keeps_what_was_set(
    visit: Open, accessible: Callable[[Page], None], server: Server
) -> None:
    page = visit("/running")
    card = card_of(page, server, "stellar-demo")
    expect(card.get_by_role("list", name="Tried after the start")).to_contain_text("schemas", timeout=SLOW)
    for count in (2, 3):
        card.get_by_role("button", name="One replica more").click()
        expect(card).to_contain_text(f"Replica {count}", timeout=SLOW)
    expect(card).to_contain_text("0 of 12 busy", timeout=SLOW)
    accessible(page)
    for _ in range(2):
        card.get_by_role("button", name="One replica fewer").click()
    expect(card.get_by_text("Replica 2")).to_have_count(0, timeout=SLOW)

    before = re.findall(r"process (\d+)", card.inner_text())
    card.get_by_role("button", name=f"More for {DEMO}").click()
    page.get_by_role("menuitem", name="Keep loaded").click()
    expect(card).to_contain_text("kept loaded", timeout=SLOW)
    card.get_by_role("button", name=f"More for {DEMO}").click()
    page.get_by_role("menuitem", name="Restart").click()
    expect(card).not_to_contain_text(f"process {before[0]}", timeout=SLOW)
    expect(card).to_contain_text("process", timeout=SLOW)
    expect(card).to_contain_text("kept loaded")


def test_what_an_engine_writes_is_followed(visit: Open, server: Server) -> None:
    page = visit("/running")
    card = card_of(page, server, "stellar-demo")
    card.get_by_role("button", name=f"Log of {DEMO}").click(timeout=SLOW)
    log = page.get_by_role("region", name="What the engine wrote")
    expect(log).to_contain_text("listening", timeout=SLOW)
    before = log.inner_text().count("\n")
    with server.client() as client:
        client.post("/api/v1/llm/generate", json={"model_name": "stellar-demo", "prompt": "hello"})
    page.wait_for_function(
        "([name, before]) => document.querySelector(name).innerText.split('\\n').length > before + 2",
        arg=["section[aria-label='What the engine wrote']", before],
        timeout=SLOW,
    )


def test_a_model_that_does_not_start_says_why(
    visit: Open, accessible: Callable[[Page], None], server: Server, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(tiny.gguf(tiny.metadata() | {"llama.block_count": 5}))
    with server.client() as client:
        body = {"id": "broken", "name": "Broken", "path": str(broken), "kind": "chat"}
        assert client.post("/api/v1/models", json=body).status_code == 200
    page = visit("/running")
    card = card_of(page, server, "broken")
    problem = card.get_by_role("alert")
    problem.get_by_text("What the engine said last").click(timeout=SLOW)
    expect(problem).to_contain_text("could not load broken.gguf")
    accessible(page)
    problem.get_by_role("button", name="Log", exact=True).click()
    expect(page.get_by_role("region", name="What the engine wrote")).to_contain_text("error", timeout=SLOW)
    page.get_by_role("button", name="Close drawer").click()
    broken.write_bytes(tiny.gguf())
    problem.get_by_role("button", name="Restart").click()
    expect(card.get_by_role("link", name="Playground")).to_be_visible(timeout=SLOW)


def test_a_server_that_is_gone_is_told_of_and_comes_back(browser: Browser, tmp_path: Path) -> None:
    words = ("--port", str(free_port()))
    with serving(tmp_path, *words) as first:
        page = browser.new_context(locale="en-US").new_page()
        page.goto(first.base_url + "/endpoints")
        expect(page.get_by_role("heading", name="No endpoint yet")).to_be_visible(timeout=SLOW)
        first.signal(signal.SIGKILL)
        first.ended()
        gone = page.get_by_role("status").filter(has_text="The server does not answer")
        expect(gone).to_be_visible(timeout=SLOW)
        page.get_by_role("link", name=re.compile("^Running")).click()
        expect(page.get_by_role("heading", name="Nothing is running").or_(gone)).to_be_visible()
    with serving(tmp_path, *words):
        expect(gone).to_have_count(0, timeout=SLOW)
        page.get_by_role("link", name="Catalogue", exact=True).click()
        expect(page.get_by_role("heading", name=DEMO)).to_be_visible(timeout=SLOW)
        page.context.close()
