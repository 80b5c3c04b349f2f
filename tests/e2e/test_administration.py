"""An administrator looks after users, usage, feedback, the audit log and backups; axe looks on."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.room import SLOW, finished, say
from tests.fake_engine import Fake
from tests.server import Server, endpoint, serving

pytestmark = pytest.mark.databases

PASSWORD = "correct horse battery"  # a test's own


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, fake: Fake, database: dict[str, str]
) -> Iterator[Server]:
    """A server with accounts, an administrator, and one rated reply."""
    settings = {"auth": "on", "endpoints": [endpoint(fake)], **database}
    with serving(tmp_path_factory.mktemp("server"), config=settings) as running:
        with running.client() as client:
            assert (
                client.post("/api/auth/setup", json={"name": "Ada", "password": PASSWORD}).status_code == 201
            )
            client.cookies.clear()
            pair = client.post("/api/auth/token", json={"name": "Ada", "password": PASSWORD}).json()
            client.headers["authorization"] = f"Bearer {pair['access_token']}"
            chat = client.post("/api/chats/", json={"title": "Rated"}).json()["id"]
            body = {"chat_id": chat, "model": "fake", "content": "hi [[fake tokens=3]]"}
            assert client.post("/api/chat/completion", json=body).status_code == 200
        yield running


@pytest.fixture
def enter(visit: Open, server: Server) -> Callable[[str], Page]:
    """Open a page as the administrator."""

    def entered(path: str) -> Page:
        page = visit("/login")
        page.get_by_role("textbox", name=re.compile("name", re.IGNORECASE)).first.fill("Ada", timeout=SLOW)
        page.locator("input[type=password]").fill(PASSWORD)
        page.locator("button[type=submit]").click()
        expect(page.get_by_role("link", name="Administration")).to_be_visible(timeout=SLOW)
        page.goto(server.base_url + path)
        return page

    return entered


def test_users_are_added_limited_suspended_and_deleted(
    enter: Callable[[str], Page], accessible: Callable[[Page], None]
) -> None:
    page = enter("/admin/users")
    page.get_by_role("button", name="Add a user").click(timeout=SLOW)
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Name").fill("Grace")
    sheet.get_by_label("Password").fill("short")
    sheet.get_by_role("button", name="Add a user").click()
    expect(sheet.get_by_role("alert")).to_be_visible(timeout=SLOW)
    sheet.get_by_label("Password").fill(PASSWORD)
    sheet.get_by_role("button", name="Add a user").click()
    row = page.get_by_role("listitem").filter(has_text="Grace")
    expect(row).to_contain_text("never logged in", timeout=SLOW)
    page.get_by_role("searchbox").fill("GRA")
    expect(page.get_by_text("1 user", exact=True)).to_be_visible(timeout=SLOW)
    accessible(page)
    page.get_by_role("button", name="Change Grace").click()
    sheet.get_by_label("Tokens a day").fill("5000")
    accessible(page)
    sheet.get_by_role("region", name="Limits").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible(timeout=SLOW)
    sheet.get_by_role("button", name="Suspend").click()
    expect(sheet.get_by_role("button", name="Let in again")).to_be_visible(timeout=SLOW)
    sheet.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog", name=re.compile("Really delete")).get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nobody is called that")).to_be_visible(timeout=SLOW)


def test_a_reply_is_rated_and_seen_with_its_exchange_alone(
    enter: Callable[[str], Page], accessible: Callable[[Page], None]
) -> None:
    page = enter("/")
    page.get_by_role("link", name="Rated").click(timeout=SLOW)
    page.get_by_role("button", name="Bad reply").click(timeout=SLOW)
    page.get_by_role("button", name="Too slow").click(timeout=SLOW)
    page.get_by_label("In your own words").fill("Half a minute for three words")
    accessible(page)
    page.get_by_role("button", name="Send", exact=True).last.click()
    expect(page.get_by_role("button", name="Bad reply")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Administration").click()
    page.get_by_role("link", name="Feedback").click(timeout=SLOW)
    rated = page.get_by_role("listitem").filter(has_text="Half a minute")
    expect(rated).to_contain_text("tok02", timeout=SLOW)
    expect(rated).to_contain_text("Too slow")
    accessible(page)


def test_usage_and_what_was_done_are_shown(
    enter: Callable[[str], Page], accessible: Callable[[Page], None]
) -> None:
    page = enter("/admin/usage")
    expect(page.get_by_role("row").filter(has_text="fake")).to_contain_text("3", timeout=SLOW)
    expect(page.get_by_role("img", name=re.compile("Tokens a day"))).to_be_visible()
    page.get_by_role("radio", name="User").click()
    expect(page.get_by_role("rowheader", name="Ada")).to_be_visible(timeout=SLOW)
    accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    assert download.value.suggested_filename == "usage.csv"
    page.get_by_role("link", name="Audit log").click()
    expect(page.get_by_role("row").filter(has_text="Logged in").first).to_contain_text("Ada", timeout=SLOW)
    accessible(page)
    page.get_by_label("About").select_option("backup")
    expect(page.get_by_text("Nothing like that was done")).to_be_visible(timeout=SLOW)


def test_a_backup_is_made_and_restored(
    enter: Callable[[str], Page], accessible: Callable[[Page], None], server: Server
) -> None:
    page = enter("/admin/backups")
    page.get_by_role("button", name="Back up now").click(timeout=SLOW)
    row = page.get_by_role("listitem").filter(has_text=".zip")
    expect(row.get_by_role("button", name="Restore")).to_be_visible(timeout=SLOW)
    accessible(page)
    row.get_by_role("button", name="Restore").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    # whoever was logged in has to log in again
    expect(page.locator("input[type=password]")).to_be_visible(timeout=2 * SLOW)
    again = enter("/admin/backups")
    expect(again.get_by_role("status").filter(has_text="was restored")).to_be_visible(timeout=SLOW)


def test_a_first_message_over_the_limit_is_back_in_the_box(
    enter: Callable[[str], Page], server: Server
) -> None:
    page = enter("/")
    with server.client() as client:
        pair = client.post("/api/auth/token", json={"name": "Ada", "password": PASSWORD}).json()
        client.headers["authorization"] = f"Bearer {pair['access_token']}"
        me = client.get("/api/auth/me").json()["id"]
        client.put(f"/api/users/{me}/limits", json={"tokens_per_day": 1})
        before = {chat["id"] for chat in client.get("/api/chats/").json()["items"]}
        box = page.get_by_role("textbox", name="Message")
        say(page, "Written with care")
        notice = page.get_by_role("region", name=re.compile("Notifications"))
        expect(notice).to_contain_text("at most 1 are allowed. Come back tomorrow")
        expect(page).to_have_url(f"{server.base_url}/")
        expect(box).to_have_value("Written with care")
        expect(page.get_by_role("link", name="New chat")).to_have_count(1)  # the one that begins one
        client.put(f"/api/users/{me}/limits", json={})
        box.press("Enter")
        finished(page)
        after = {chat["id"] for chat in client.get("/api/chats/").json()["items"]}
        assert len(after - before) == 1
        assert client.get("/api/chats/trash").json()["items"] == []
