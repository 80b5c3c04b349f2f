"""A person connects a tool server with a login of their own, and connects it again when that has ended."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Open
from tests.e2e.room import SLOW, finished, say
from tests.fake_engine import Fake
from tests.fake_engine.script import rounds
from tests.server import Server, endpoint, serving
from tests.tool_server.login import Service, serving_login


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with serving_login() as running:
        yield running


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, fake: Fake, database: dict[str, str], service: Service
) -> Iterator[Server]:
    """A server that may go to the service's two ports."""
    allow = [urlsplit(url).netloc for url in (service.resource, service.issuer)]
    settings = {
        "endpoints": [endpoint(fake)],
        "default_model_name": "fake",
        "outside": {"allow": allow},
        **database,
    }
    with serving(tmp_path_factory.mktemp("server"), config=settings) as running:
        yield running


def added(page: Page, url: str) -> None:
    page.get_by_role("button", name="Add a server").click(timeout=SLOW)
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("textbox", name="Name").fill("Desk")
    sheet.get_by_role("textbox", name="Address").fill(url)
    sheet.get_by_text("Each person logs in (OAuth)").click()
    expect(sheet.get_by_role("textbox", name="Client ID")).to_be_visible()
    sheet.get_by_role("button", name="Save").click()
    expect(sheet).to_have_count(0, timeout=SLOW)


@pytest.mark.databases
def test_a_person_connects_a_server_and_connects_it_again(
    browser: Browser,
    visit: Open,
    accessible: Callable[[Page], None],
    server: Server,
    service: Service,
) -> None:
    # a context of its own: this page does go to another place, the service
    context = browser.new_context(locale="en-US", reduced_motion="reduce")
    page = visit("/tools", context=context)
    added(page, service.resource)
    page.goto(server.base_url)
    page.get_by_role("button", name="Tools", exact=True).click(timeout=SLOW)
    connect = page.get_by_role("button", name="Connect", exact=True)
    expect(connect).to_be_visible(timeout=SLOW)
    accessible(page)
    page.goto(f"{server.base_url}/api/tools/callback?state=x&code=y")
    refusal = page.get_by_text("This login was not begun here, or too long ago. Connect once more.")
    expect(refusal.last).to_be_visible(timeout=SLOW)
    expect(page).to_have_url(f"{server.base_url}/", timeout=SLOW)
    page.get_by_role("button", name="Tools", exact=True).click(timeout=SLOW)
    connect.click()
    expect(page.get_by_text("Connected. Its tools are ready.", exact=True).last).to_be_visible(timeout=SLOW)
    expect(page).to_have_url(f"{server.base_url}/", timeout=SLOW)

    page.get_by_role("button", name="Tools", exact=True).click(timeout=SLOW)
    page.get_by_role("checkbox", name="Desk").check(timeout=SLOW)
    page.keyboard.press("Escape")
    call = rounds([("desk__whoami", {})])
    say(page, f"hi [[fake tokens=2]] {call}")
    page.get_by_role("button", name="Always in this chat").click(timeout=SLOW)
    finished(page).get_by_text("whoami").click()
    expect(page.get_by_text("you are known")).to_be_visible(timeout=SLOW)

    service.tokens.clear()
    service.refreshes.clear()
    say(page, "hi [[fake tokens=2]]")
    expect(page.get_by_role("button", name="Regenerate")).to_have_count(2, timeout=SLOW)
    page.reload()
    again = page.get_by_role("button", name="Connect again")
    expect(again).to_be_visible(timeout=SLOW)
    accessible(page)
    here = page.url
    again.click()
    expect(page.get_by_text("Connected. Its tools are ready.", exact=True).last).to_be_visible(timeout=SLOW)
    expect(page).to_have_url(here, timeout=SLOW)
    assert len(service.tokens) == 1
    context.close()


def test_a_link_puts_no_words_on_the_page(visit: Open) -> None:
    """SECURITY: what came of a login is told by the server alone."""
    page = visit("/connected#refused=Call+this+number&connected=x")
    expect(page.get_by_role("textbox", name="Message")).to_be_visible(timeout=SLOW)
    for words in ("Call this number", "It could not be connected", "Connected. Its tools are ready."):
        expect(page.get_by_text(words)).to_have_count(0)
