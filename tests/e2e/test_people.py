"""What each person is offered, and how they come and leave: users, lost passwords, an identity provider."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.e2e.conftest import Open
from tests.e2e.kept import keeps_none
from tests.e2e.room import SLOW, choose, finished, replies, say
from tests.fake_engine import Fake
from tests.identity_provider import CLIENT, Provider, serving_provider
from tests.security.people import cli
from tests.server import Server, endpoint, serving

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """An identity provider on a port."""
    with serving_provider() as made:
        yield made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, fake: Fake, provider: Provider) -> Iterator[Server]:
    """A server with an administrator, Ada."""
    oidc = {"issuer": provider.issuer, "client_id": CLIENT, "name": "Example", "sign_up": True}
    settings = {"auth": "on", "endpoints": [endpoint(fake)], "oidc": oidc}
    with serving(tmp_path_factory.mktemp("server"), config=settings) as running:
        member(running, "Ada", "--admin")
        yield running


def enter(page: Page, name: str, password: str = PASSWORD) -> None:
    """Fill in the form that stands before the door."""
    page.get_by_role("textbox", name=re.compile("^Name")).fill(name, timeout=SLOW)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in", exact=True).click()


def member(server: Server, name: str, *more: str) -> str:
    """Add a user on the command line, and return the name."""
    cli(server, "user", "add", name, *more, "--password-stdin", given=PASSWORD + "\n")
    return name


PAGES = {
    "/models": "Catalogue",
    "/models/qwen3": "Models are fetched and started by administrators",
    "/downloads": "Downloads",
    "/endpoints": "This is for administrators",
    "/tools": "This is for administrators",
    "/prompts": "Prompts",
    "/personas": "Personas",
    "/compare": "Compare",
    "/standings": "Who wins",
    "/trash": "Trash",
    "/settings": "API keys",
    "/admin/users": "This is for administrators",
    "/admin/audit": "This is for administrators",
}
"""Every room that an address leads to, and words in it."""


def test_an_ordinary_user_is_offered_what_they_may_and_no_more(
    visit: Open, accessible: Callable[[Page], None], server: Server
) -> None:
    refused: list[str] = []

    def answered(response: Response) -> None:
        if response.status == 403:
            refused.append(f"{response.request.method} {response.url}")

    page = visit("/")
    page.context.on("response", answered)
    enter(page, member(server, "Olga"))
    # what nobody started starts as soon as somebody writes to it
    choose(page, "Stellar Demo")
    say(page, "Hello")
    finished(page)
    choose(page, "fake")
    say(page, "[[fake status=500]]")
    expect(replies(page).last.get_by_role("button", name="Try again")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="Open logs")).to_have_count(0)
    page.keyboard.press("Control+m")
    expect(page.get_by_role("option", name=re.compile("fake"))).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("To download", exact=True)).to_have_count(0)
    page.keyboard.press("Escape")

    page.goto(f"{server.base_url}/running")
    expect(page.get_by_role("heading", name=re.compile("Stellar Demo"))).to_be_visible(timeout=SLOW)
    for name in (r"^Stop", r"^Logs", r"^Log of", r"^More", r"replica"):
        expect(page.get_by_role("button", name=re.compile(name, re.IGNORECASE))).to_have_count(0)
    accessible(page)
    page.get_by_role("link", name="Playground").click()
    expect(page.get_by_role("tab", name="Chat")).to_be_visible(timeout=SLOW)
    for path, words in PAGES.items():
        page.goto(server.base_url + path)
        expect(page.get_by_text(words).first).to_be_visible(timeout=SLOW)
        page.wait_for_load_state("networkidle")
        if path == "/models":
            expect(page.get_by_role("button", name="Add a model")).to_have_count(0)
        if path == "/models/qwen3":
            expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
            accessible(page)
    assert refused == []


def test_a_lost_password_and_leaving_for_good(
    visit: Open, accessible: Callable[[Page], None], server: Server
) -> None:
    name = member(server, "Paul")
    admin = visit("/admin/users")
    enter(admin, "Ada")
    admin.get_by_role("button", name=f"Change {name}").click(timeout=SLOW)
    admin.get_by_role("button", name="Make a link").click()
    link = admin.get_by_role("textbox", name="Link to a new password").input_value(timeout=SLOW)
    accessible(admin)

    page = visit(link.removeprefix(server.base_url))
    expect(page.get_by_text(f"For {name}.")).to_be_visible(timeout=SLOW)
    accessible(page)
    page.get_by_label("New password").fill("password1")
    page.get_by_role("button", name="Save and log in").click()
    expect(page.get_by_role("alert")).to_contain_text("guessed")
    page.get_by_label("New password").fill("another horse")
    page.get_by_role("button", name="Save and log in").click()
    expect(page.get_by_role("button", name="Log out", exact=True)).to_be_visible(timeout=SLOW)
    keeps_none(page, "another horse", link.partition("#")[2])
    late = visit(link.removeprefix(server.base_url))
    expect(late.get_by_role("alert")).to_contain_text("good for nothing", timeout=SLOW)

    page.goto(f"{server.base_url}/settings")
    page.get_by_role("region", name="Delete account").get_by_role("button").click(timeout=SLOW)
    sure = page.get_by_role("dialog", name="Delete your account?")
    sure.get_by_label("Present password", exact=True).fill(PASSWORD)
    sure.get_by_role("button", name="Delete for good").click()
    expect(sure.get_by_role("alert")).to_have_text("That is not your password.", timeout=SLOW)
    accessible(page)
    sure.get_by_label("Present password", exact=True).fill("another horse")
    sure.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible(timeout=SLOW)
    enter(page, name, "another horse")
    expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.", timeout=SLOW)

    # the only administrator stays, and is told what to do
    admin.goto(f"{server.base_url}/settings")
    admin.get_by_role("region", name="Delete account").get_by_role("button").click(timeout=SLOW)
    sure = admin.get_by_role("dialog", name="Delete your account?")
    sure.get_by_label("Present password", exact=True).fill(PASSWORD)
    sure.get_by_role("button", name="Delete for good").click()
    expect(sure.get_by_role("alert")).to_contain_text("the only administrator", timeout=SLOW)


def test_logging_in_with_the_identity_provider(
    visit: Open, browser: Browser, accessible: Callable[[Page], None], server: Server, provider: Provider
) -> None:
    # on its way it leaves the server, which other pages may not
    context = browser.new_context(locale="en-US", reduced_motion="reduce")
    page = visit("/settings", context=context)
    page.get_by_role("link", name="Log in with Example").click(timeout=SLOW)
    page.wait_for_url(f"{server.base_url}/", timeout=SLOW)
    expect(page.get_by_role("button", name="Log out", exact=True)).to_be_visible(timeout=SLOW)
    page.goto(f"{server.base_url}/settings")
    # somebody of that name is here already
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("ada-2", timeout=SLOW)
    expect(page.get_by_role("button", name="Set a password")).to_be_visible()

    page.get_by_role("button", name="Log out", exact=True).click()
    for provider.denies, words in (("access_denied", "Example did not log you in"), (None, "is not valid")):
        provider.changes = {"azp": "another"}
        page.get_by_role("link", name="Log in with Example").click(timeout=SLOW)
        page.wait_for_url(f"{server.base_url}/login", timeout=SLOW)
        expect(page.get_by_role("alert")).to_contain_text(words, timeout=SLOW)
    accessible(page)
    provider.changes = {}
    page.get_by_role("link", name="Log in with Example").click()
    page.wait_for_url(f"{server.base_url}/", timeout=SLOW)
    page.goto(f"{server.base_url}/settings")
    # the same person again, and no third one
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("ada-2", timeout=SLOW)
    context.close()
