"""A person adds a server elsewhere, tries it, talks to its model, and takes it away again."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.kept import keeps_none
from tests.e2e.room import SLOW, choose, finished, say
from tests.fake_engine import Fake
from tests.server import Server, endpoint, serving

NAME, MODEL = "Elsewhere", "far-away"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, fake: Fake) -> Iterator[Server]:
    """A server that lets people add the fake, beside an endpoint of its configuration."""
    place = fake.base_url.split("//")[1]
    settings = {"endpoints": [endpoint(fake, name="set")], "outside": {"allow": [place]}}
    with serving(tmp_path_factory.mktemp("server"), config=settings) as running:
        yield running


def field(page: Page, name: str, value: str) -> None:
    """Fill in a field of the open sheet."""
    page.get_by_role("dialog").get_by_role("textbox", name=name).fill(value)


def gone(page: Page, server: Server) -> None:
    """Look for the model in the chat's picker in vain."""
    page.goto(server.base_url)
    expect(page.get_by_role("button", name=re.compile("^Model:"))).to_be_visible(timeout=SLOW)
    page.keyboard.press("Control+m")
    page.get_by_role("combobox").last.fill(MODEL)
    expect(page.get_by_role("option", name=re.compile(MODEL))).to_have_count(0, timeout=SLOW)


def test_an_endpoint_is_added_talked_to_and_disabled(
    visit: Open, accessible: Callable[[Page], None], fake: Fake, server: Server
) -> None:
    page = visit("/endpoints")
    page.get_by_role("button", name="Add an endpoint").click(timeout=SLOW)
    field(page, "Name", NAME)
    field(page, "Address", f"{fake.base_url}/v1")
    field(page, "Key", fake.key)
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name="Test connection").click()
    expect(sheet.get_by_text(re.compile("^Answers, 1 model in"))).to_be_visible(timeout=SLOW)
    field(page, "Models", MODEL)
    accessible(page)
    sheet.get_by_role("button", name="Save").click()
    row = page.get_by_role("listitem").filter(has_text=NAME)
    expect(row).to_contain_text(MODEL, timeout=SLOW)
    expect(row).to_contain_text("key stored")
    expect(page.locator("body")).not_to_contain_text(fake.key)
    keeps_none(page, fake.key)

    page.goto(server.base_url)
    choose(page, MODEL)
    say(page, "hello [[fake tokens=3]]")
    expect(finished(page)).to_contain_text("tok02")

    page.goto(server.base_url + "/endpoints")
    row.get_by_role("switch", name=f"{NAME} is enabled").press("Space")
    expect(row).to_contain_text("not offered", timeout=SLOW)
    gone(page, server)


def test_what_is_refused_is_said_at_its_field(visit: Open, fake: Fake, server: Server) -> None:
    with server.client() as client:
        body = {"name": "Keyed", "base_url": f"{fake.base_url}/v1", "api_key": fake.key, "models": ["keyed"]}
        assert client.post("/api/v1/endpoints", json=body).status_code == 200
    page = visit("/endpoints")
    page.get_by_role("button", name="Change Keyed").click(timeout=SLOW)
    sheet = page.get_by_role("dialog")
    field(page, "Address", "https://example.com/v1")
    expect(sheet).to_contain_text("The stored key belongs to another address")
    for name, value, words in (
        ("Key", None, "is not sent to this one"),
        ("Address", "http://10.0.0.1/v1", "outside.allow"),
        ("Name", "set", "There is an endpoint 'set'"),
    ):
        if name == "Name":
            field(page, "Address", f"{fake.base_url}/v1")
        if value is not None:
            field(page, name, value)
        sheet.get_by_role("button", name="Save").click()
        expect(sheet.get_by_role("textbox", name=name)).to_have_attribute(
            "aria-invalid", "true", timeout=SLOW
        )
        expect(sheet.get_by_role("alert")).to_contain_text(words)


def test_what_the_configuration_has_is_only_shown(visit: Open) -> None:
    page = visit("/endpoints")
    row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="set", exact=True))
    expect(row).to_contain_text("server’s configuration", timeout=SLOW)
    expect(row.get_by_role("switch")).to_have_count(0)
    expect(row.get_by_role("button")).to_have_count(1)
    row.get_by_role("button", name="Test set").click()
    expect(row.get_by_text(re.compile("^Answers, 1 model"))).to_be_visible(timeout=SLOW)
