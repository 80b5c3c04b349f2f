"""Connections that break at the worst moment: what was clicked begins once, or an error says why not."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, WebSocketRoute, expect

from tests.e2e.conftest import Open
from tests.e2e.room import SLOW, choose, finished, replies, say
from tests.fake_engine import Fake
from tests.server import Server

SHORT = "hello [[fake tokens=5]]"
CUT = "hello [[fake tokens=9 close_after=3]]"


class Line:
    """The page's socket, with a say in which frames arrive."""

    def __init__(self, page: Page) -> None:
        self.chats = 0
        self.cut: Callable[[WebSocketRoute, str, bool], bool] = lambda route, kind, ours: False
        page.route_web_socket(re.compile("/api/ws/chat$"), self._opened)

    def _opened(self, route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def asked(frame: str | bytes) -> None:
            kind = _kind(frame)
            self.chats += kind == "chat"
            if not self.cut(route, kind, True):
                server.send(frame)

        def told(frame: str | bytes) -> None:
            if not self.cut(route, _kind(frame), False):
                route.send(frame)

        route.on_message(asked)
        server.on_message(told)

    def swallow_the_next(self) -> None:
        """The next request goes nowhere, as on a dead connection, which is then noticed to be dead."""

        def cut(route: WebSocketRoute, kind: str, ours: bool) -> bool:
            if not (ours and kind == "chat"):
                return False
            self.cut = lambda *_: False
            route.close()
            return True

        self.cut = cut

    def lose_the_next_answer(self) -> None:
        """The server takes the next request, and what it says of it does not arrive."""

        def cut(route: WebSocketRoute, kind: str, ours: bool) -> bool:
            if ours or kind != "message_start":
                return False
            self.cut = lambda *_: False
            route.close()
            return True

        self.cut = cut


def _kind(frame: str | bytes) -> str:
    found = re.search(r'"type": ?"(\w+)"', frame if isinstance(frame, str) else frame.decode())
    assert found
    return found[1]


def seen(page: Page, condition: Callable[[], bool]) -> None:
    """Let the page work until something holds here."""
    deadline = time.monotonic() + SLOW / 1000
    while not condition():
        assert time.monotonic() < deadline
        page.wait_for_timeout(20)


def _told(page: Page, server: Server) -> list[dict[str, Any]]:
    """All messages of the chat that the page shows, with all branches."""
    chat = page.url.rpartition("/")[2]
    found = page.request.get(f"{server.base_url}/api/chats/export?format=json&chat_id={chat}").json()
    messages: list[dict[str, Any]] = found["chats"][0]["messages"]
    return messages


def _press(name: str) -> Callable[[Page], None]:
    def press(page: Page) -> None:
        replies(page).last.get_by_role("button", name=name, exact=True).first.click()

    return press


def _regenerate(page: Page) -> None:
    _press("Regenerate")(page)
    again = page.get_by_role("menuitem").first
    if again.count():
        again.click()


def _edit(page: Page) -> None:
    page.get_by_role("article", name=re.compile("You")).last.hover()
    page.get_by_role("button", name="Edit").last.click()
    box = page.get_by_role("textbox", name=re.compile("Edit")).last
    box.fill(f"edited {SHORT}")
    box.press("Control+Enter")


# what is done, what was said before, and how many messages there are then: by the person, by the model
ACTIONS: dict[str, tuple[Callable[[Page], None], str, tuple[int, int]]] = {
    "send": (lambda page: say(page, SHORT), SHORT, (2, 2)),
    "continue": (_press("Continue"), CUT, (2, 2)),
    "regenerate": (_regenerate, SHORT, (1, 2)),
    "edit": (_edit, SHORT, (2, 2)),
}


@pytest.mark.parametrize("lost", ["request", "answer"])
@pytest.mark.parametrize("action", ACTIONS)
def test_what_was_asked_on_a_connection_that_breaks_is_done_once(
    visit: Open, server: Server, fake: Fake, action: str, lost: str
) -> None:
    act, before, counts = ACTIONS[action]
    page = visit()
    line = Line(page)
    page.reload()
    choose(page, "fake")
    if before is CUT:  # or the failures of all tests here add up, and the endpoint is left alone
        say(page, SHORT)
        finished(page)
    say(page, before)
    ended: Locator = page.get_by_role("button", name="Continue") if before is CUT else finished(page)
    expect(ended.first).to_be_visible(timeout=SLOW)
    sent = line.chats
    line.swallow_the_next() if lost == "request" else line.lose_the_next_answer()
    act(page)
    seen(page, lambda: line.chats == sent + 2)
    expect(replies(page)).to_have_count(2 if action in ("send", "continue") else 1, timeout=SLOW)
    times = 2 if action == "continue" else 1
    expect(finished(page)).to_contain_text(re.compile(".*".join(["tok02"] * times)), timeout=SLOW)
    told = _told(page, server)
    assert tuple(sum(one["role"] == role for one in told) for role in ("user", "assistant")) == counts
    assert json.dumps(told[-1]["parts"]).count("tok02") == times


def test_a_chat_whose_making_was_not_answered_is_made_once(visit: Open, server: Server, fake: Fake) -> None:
    page = visit()
    chats = f"{server.base_url}/api/chats/"
    before = len(page.request.get(chats).json()["items"])
    choose(page, "fake")
    asked: list[Any] = []

    def make(route: Route) -> None:
        if route.request.method != "POST":
            return route.fallback()
        asked.append(route.request.post_data_json["client_id"])
        if len(asked) > 1:
            return route.continue_()
        route.fetch()
        return route.abort()

    page.route(re.compile(r"/api/chats/$"), make)
    say(page, SHORT)
    expect(finished(page)).to_contain_text("tok02", timeout=SLOW)
    assert asked == [asked[0]] * 2
    assert len(page.request.get(chats).json()["items"]) == before + 1


def test_a_read_that_comes_late_does_not_take_a_continuation_back(
    visit: Open, server: Server, fake: Fake
) -> None:
    page = visit()
    choose(page, "fake")
    say(page, "hello [[fake tokens=60 hold=30]]")
    reply = replies(page).last
    expect(reply).to_contain_text("tok29", timeout=SLOW)
    page.get_by_role("button", name="Stop").last.click()
    go_on = reply.get_by_role("button", name="Continue")
    expect(go_on).to_be_visible(timeout=SLOW)
    held: list[tuple[Route, Any]] = []

    def read(route: Route) -> None:
        if held or route.request.method != "GET":
            route.fallback()
        else:
            held.append((route, route.fetch()))

    page.route(re.compile(r"/api/chats/[\w-]{36}$"), read)
    chat = page.url.rpartition("/")[2]
    page.request.put(f"{server.base_url}/api/chats/{chat}", data={"title": "Changed elsewhere"})
    expect(page).to_have_title(re.compile("Changed elsewhere|hello"))
    seen(page, lambda: bool(held))
    go_on.click()
    expect(reply).to_contain_text(re.compile("tok29.*tok29"), timeout=SLOW)
    route, answer = held[0]
    route.fulfill(response=answer)
    expect(page).to_have_title(re.compile("Changed elsewhere"), timeout=SLOW)
    expect(go_on).to_have_count(0)
    fake.go_on()
    expect(reply).to_contain_text("tok59", timeout=SLOW)
