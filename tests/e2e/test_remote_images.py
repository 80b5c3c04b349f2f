"""An image of an answer is fetched when the reader asks for it, by the server, and never before."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.room import SLOW, choose, finished, replies, say
from tests.elsewhere import Elsewhere, answer, png
from tests.fake_engine import Fake
from tests.server import Server, endpoint, serving


@pytest.fixture(scope="module")
def pictures() -> Iterator[Elsewhere]:
    """Where the images are."""
    with Elsewhere() as running:
        running.answers["/x.png"] = answer(png(900, 500), Content_Type="image/png")
        running.answers["/slow.png"] = b""
        running.hangs.add("/slow.png")
        running.answers["/x.svg"] = answer(b"<svg onload='window.__ran=1'/>", Content_Type="image/svg+xml")
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, fake: Fake, pictures: Elsewhere) -> Iterator[Server]:
    """A server that may fetch them."""
    config = {"endpoints": [endpoint(fake)], "outside": {"allow": [pictures.place]}}
    with serving(tmp_path_factory.mktemp("pictures"), config=config) as running:
        yield running


@pytest.fixture
def canary() -> Iterator[Elsewhere]:
    """A server that nobody may reach."""
    with Elsewhere() as running:
        yield running
        assert running.hits == 0


def told(page: Page, markdown: str) -> None:
    """Have the model say something."""
    choose(page, "fake")
    say(page, f"[[fake echo=1]]\n{markdown}")
    finished(page)


@pytest.mark.parametrize("phone", [False, True])
def test_nothing_is_fetched_until_load_is_pressed(
    visit: Open, pictures: Elsewhere, accessible: Callable[[Page], None], phone: bool
) -> None:
    before = pictures.hits
    page = visit(phone=phone)
    told(page, f"![A cat]({pictures.url('/x.png')})")
    reply = replies(page).last
    expect(reply.get_by_text(pictures.url("/x.png"))).to_be_visible()
    expect(reply.locator("img")).to_have_count(0)
    accessible(page)
    page.wait_for_timeout(300)  # what would load, would by now
    assert pictures.hits == before
    page.reload()
    load = finished(page).get_by_role("button", name="Load A cat")
    expect(load).to_be_visible(timeout=SLOW)
    page.wait_for_timeout(300)
    assert pictures.hits == before
    load.focus()
    page.keyboard.press("Enter")
    shown = replies(page).last.get_by_role("button", name="Show A cat large")
    expect(shown).to_be_focused(timeout=SLOW)
    assert pictures.hits == before + 1
    image = shown.get_by_role("img", name="A cat")
    expect(image).to_have_js_property("naturalWidth", 900)
    column = replies(page).last.bounding_box()
    drawn = image.bounding_box()
    assert drawn is not None
    assert column is not None
    # as wide as the text, and not cut off
    assert abs(drawn["width"] - min(900, column["width"])) < 2
    accessible(page)
    page.keyboard.press("Enter")
    large = page.get_by_role("dialog", name="A cat")
    expect(large.get_by_role("img")).to_be_visible()
    accessible(page)
    page.keyboard.press("Escape")
    expect(large).to_have_count(0)
    expect(shown).to_be_focused()
    # what was loaded is not kept past the page
    page.reload()
    expect(finished(page).get_by_role("button", name="Load A cat")).to_be_visible(timeout=SLOW)
    assert pictures.hits == before + 1


def test_what_does_not_come_is_said(visit: Open, pictures: Elsewhere, canary: Elsewhere) -> None:
    page = visit(locale="zh-CN")
    told(
        page, f"![a]({canary.url('/a.png')}) ![b]({pictures.url('/x.svg')}) ![c]({pictures.url('/slow.png')})"
    )
    reply = replies(page).last
    for name in "ab":
        reply.get_by_role("button", name=f"加载{name}").click()
    refused, document = (reply.locator(".remote-image").nth(at) for at in (0, 1))
    expect(refused.get_by_role("status")).to_contain_text("不在公共互联网上", timeout=SLOW)
    expect(refused.get_by_role("status")).to_contain_text("outside.allow")
    expect(document.get_by_role("status")).to_contain_text("没有从", timeout=SLOW)
    expect(document.get_by_role("button", name="重试")).to_be_visible()
    reply.get_by_role("button", name="加载c").click()
    slow = reply.locator(".remote-image").nth(2)
    expect(slow.get_by_role("status")).to_contain_text("正在")
    slow.get_by_role("button", name="取消").click()
    expect(slow.get_by_role("button", name=re.compile("^加载"))).to_be_visible()
    assert page.evaluate("window.__ran") is None
    expect(reply.locator("img")).to_have_count(0)
