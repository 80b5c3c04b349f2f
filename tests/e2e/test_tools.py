"""An administrator adds a tool server, and a person turns its tools on and decides on what models call."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import tool_server
from tests.e2e.conftest import Open
from tests.e2e.room import SLOW, choose, finished, say
from tests.fake_engine import Fake
from tests.fake_engine.script import rounds
from tests.server import Server, endpoint, serving

pytestmark = pytest.mark.databases  # all: each builds on the server that the first one adds

CALLS: list[list[tuple[str, Any]]] = [
    [("test_tools__add", {"a": 1, "b": 2}), ("test_tools__get_weather", {"city": "Rome"})],
    [("test_tools__hostile", {})],
]


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, fake: Fake, database: dict[str, str]
) -> Iterator[Server]:
    """A server whose first model is the fake one."""
    settings = {"endpoints": [endpoint(fake)], "default_model_name": "fake", **database}
    with serving(tmp_path_factory.mktemp("server"), config=settings) as running:
        yield running


def added(page: Page) -> None:
    """Fill in the form of a program; it is refused until its command is approved."""
    program = tool_server.program()
    page.get_by_role("button", name="Add a server").click(timeout=SLOW)
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name="Program on this machine").click()
    sheet.get_by_role("textbox", name="Name").fill("Test Tools")
    sheet.get_by_role("textbox", name="Program", exact=True).fill(program["command"])
    sheet.get_by_role("textbox", name="Arguments").fill("\n".join(program["args"]))
    variables = "\n".join(f"{name}={value}" for name, value in program["env"].items())
    sheet.get_by_role("textbox", name="Environment").fill(variables)
    sheet.get_by_role("button", name="Save").click()
    expect(sheet.get_by_role("alert")).to_be_visible(timeout=SLOW)
    sheet.get_by_text("I have looked at this command").click()
    sheet.get_by_role("button", name="Save").click()
    expect(sheet).to_have_count(0, timeout=SLOW)


def test_tools_are_added_turned_on_called_and_decided_on(
    visit: Open, accessible: Callable[[Page], None], server: Server
) -> None:
    """SECURITY: script in what a tool returns does not run, as it comes and when it is read again."""
    page = visit("/tools")
    added(page)
    page.get_by_role("button", name="Test Test Tools").click()
    expect(page.get_by_text(re.compile(r"^\d+ tools, "))).to_be_visible(timeout=SLOW)
    accessible(page)

    page.goto(server.base_url)
    page.get_by_role("button", name="Tools", exact=True).click(timeout=SLOW)
    page.get_by_role("checkbox", name="Test Tools").check(timeout=SLOW)
    # what the server lets one read becomes a file of the message, and its prompts come up behind a /
    page.get_by_role("button", name="Show the tools of Test Tools").click()
    page.get_by_role("button", name="Attach Today").click(timeout=SLOW)
    page.get_by_role("button", name="Remove Today.md").click(timeout=SLOW)
    composer = page.get_by_role("textbox", name="Message")
    composer.fill("/sum_up")
    page.get_by_role("option", name=re.compile("Sum a text up")).click(timeout=SLOW)
    page.get_by_role("textbox", name="text").fill("bees")
    page.get_by_role("button", name="Insert").click()
    expect(composer).to_have_value("Sum this up in a kind tone: bees", timeout=SLOW)
    say(page, f"hi [[fake tokens=2]] {rounds(*CALLS)}")
    once = page.get_by_role("button", name="Allow once")
    expect(once).to_have_count(2, timeout=SLOW)
    expect(page.get_by_role("link", name=re.compile("waiting for your approval"))).to_be_visible()
    accessible(page)
    page.reload()
    expect(once).to_have_count(2, timeout=SLOW)

    other = visit(page.url.removeprefix(server.base_url), context=page.context)
    expect(other.get_by_role("button", name="Deny")).to_have_count(2, timeout=SLOW)
    once.first.click()
    expect(other.get_by_role("button", name="Deny")).to_have_count(1, timeout=SLOW)
    other.get_by_role("button", name="Deny").click()
    other.get_by_role("textbox", name="Reason").fill("not that one")
    other.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("Not allowed")).to_be_visible(timeout=SLOW)
    expect(once).to_have_count(1, timeout=SLOW)
    page.keyboard.press("Control+Shift+Enter")
    reply = finished(page)
    page.mouse.move(0, 0)  # it rests where a button was, and may have opened the tip that is there now
    reply.get_by_text("hostile").click()
    expect(reply.get_by_text("<script>window.hit=1</script>")).to_be_visible(timeout=SLOW)
    assert page.evaluate("window.hit") is None
    page.reload()
    finished(page).get_by_text("hostile").click()
    assert page.evaluate("window.hit") is None


def test_a_server_asks_in_the_middle_of_a_call(
    visit: Open, accessible: Callable[[Page], None], server: Server
) -> None:
    """The form survives a reload, stands in other tabs too, and its answer reaches the server."""
    page = visit("/")
    page.get_by_role("button", name="Tools", exact=True).click(timeout=SLOW)
    page.get_by_role("checkbox", name="Test Tools").check(timeout=SLOW)
    page.keyboard.press("Escape")
    say(page, f"hi [[fake tokens=2]] {rounds([('test_tools__books', {})])}")
    page.get_by_role("button", name="Allow once").click(timeout=SLOW)
    form = page.get_by_role("form", name="Test Tools asks you something")
    expect(form.get_by_text("For whom shall I book a table?")).to_be_visible(timeout=SLOW)
    accessible(page)
    page.reload()
    other = visit(page.url.removeprefix(server.base_url), context=page.context)
    expect(other.get_by_role("form", name="Test Tools asks you something")).to_be_visible(timeout=SLOW)
    name = form.get_by_role("textbox", name="Your name")
    send = form.get_by_role("button", name="Send the answer")
    send.click(timeout=SLOW)
    expect(name).to_be_focused()  # the browser says that it is needed
    name.fill("Ann")
    form.get_by_role("spinbutton", name="Guests").fill("4")
    form.get_by_role("combobox", name="Seat").select_option("window")
    send.click()
    expect(form).to_have_count(0, timeout=SLOW)
    expect(other.get_by_role("form", name="Test Tools asks you something")).to_have_count(0, timeout=SLOW)
    reply = finished(page)
    reply.get_by_text("books").click()
    expect(reply.get_by_text('"guests":4,"seat":"window","quiet":true')).to_be_visible(timeout=SLOW)


def test_a_model_that_cannot_call_tools_says_so(visit: Open) -> None:
    page = visit("/")
    choose(page, "Stellar Demo")
    page.get_by_role("button", name="Tools", exact=True).click(timeout=SLOW)
    expect(page.get_by_text("Stellar Demo cannot call tools.")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("checkbox", name="Test Tools")).to_be_disabled(timeout=SLOW)
