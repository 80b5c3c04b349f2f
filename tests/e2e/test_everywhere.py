"""One person, many places: two devices at once, no server for a while, a phone that slept, an own window."""

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import WHOLE, Open, browsing
from tests.e2e.room import SLOW, choose, finished, replies, say
from tests.fake_engine import Fake
from tests.ports import free_port
from tests.server import Server, endpoint, serving

LAST = "tok59"
Lives = Callable[[], AbstractContextManager[Server]]
BOX = re.compile("Message|消息")


def holds(page: Page, condition: str) -> None:
    """Wait until an expression of JavaScript holds; the page's own policy forbids Playwright's way."""
    page.evaluate(
        "() => new Promise(done => {"
        f"  const look = async () => ((await ({condition})) ? done() : setTimeout(look, 30)); look()"
        "})"
    )


def whole(page: Page) -> None:
    """Expect the newest reply to be there from its first token to its last, each of them once."""
    expect(replies(page).last).to_contain_text(LAST, timeout=SLOW)
    text = finished(page).inner_text()
    assert [text.count(f"tok{number:02d}") for number in range(60)] == [1] * 60


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A whole Chromium: its shell installs no pages and shows no notifications."""
    if WHOLE is None:
        pytest.skip("A whole Chromium is not installed: run tools/browser")
    with browsing(WHOLE) as running:
        yield running


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, fake: Fake, database: dict[str, str]
) -> Iterator[Server]:
    """A server with the fake as its endpoint, which people may name as their own too."""
    settings = {
        **database,
        "endpoints": [endpoint(fake)],
        "outside": {"allow": [fake.base_url.removeprefix("http://")]},
    }
    with serving(tmp_path_factory.mktemp("server"), config=settings) as running:
        yield running


@pytest.mark.databases
def test_two_devices_see_the_same_at_once(visit: Open, server: Server) -> None:
    desk, phone = visit(), visit()
    choose(desk, "fake")
    say(desk, "Where are you? [[fake tokens=60 hold=30]]")
    expect(replies(desk).last).to_contain_text("tok03", timeout=SLOW)
    line = phone.get_by_role("navigation").get_by_role("link", name=re.compile("Where are you"))
    line.first.click(timeout=SLOW)
    expect(replies(phone).last).to_contain_text("tok05", timeout=SLOW)
    expect(replies(phone).last).not_to_contain_text(LAST)
    phone.get_by_role("button", name="Stop").last.click()
    for page in (phone, desk):
        expect(finished(page)).to_contain_text("Stopped", timeout=SLOW)
        expect(replies(page)).to_have_count(1)
    assert replies(desk).last.inner_text().count("tok03") == 1
    chat = desk.url.rpartition("/")[2]
    chat = f"{server.base_url}/api/chats/{chat}"
    desk.request.put(chat, data={"title": "On both sides"})
    for page in (phone, desk):
        renamed = page.get_by_role("navigation").get_by_role("link", name=re.compile("On both sides"))
        expect(renamed.first).to_be_visible(timeout=SLOW)
        expect(page).to_have_title(re.compile("On both sides"))
    desk.request.delete(chat)
    for page in (phone, desk):
        expect(page.get_by_text("On both sides")).to_have_count(0, timeout=SLOW)
        expect(page.get_by_text("This chat does not exist")).to_be_visible()


def test_a_network_that_goes_and_a_phone_that_sleeps_lose_nothing(visit: Open) -> None:
    page = visit(phone=True)
    choose(page, "fake")
    say(page, "hello")
    expect(replies(page).last).to_contain_text("tok03", timeout=SLOW)
    page.context.set_offline(True)
    box = page.get_by_role("textbox", name=BOX).last
    box.fill("written without a network")
    page.context.set_offline(False)
    whole(page)
    expect(box).to_have_value("written without a network")
    box.fill("")
    say(page, "again")
    expect(replies(page)).to_have_count(2)
    expect(replies(page).last).to_contain_text("tok03", timeout=SLOW)
    control = page.context.new_cdp_session(page)
    control.send("Page.setWebLifecycleState", {"state": "frozen"})
    control.send("Page.setWebLifecycleState", {"state": "active"})
    whole(page)


@pytest.fixture
def lives(tmp_path: Path, fake: Fake) -> Lives:
    """Start the server of the same folder at the same address, again and again."""
    port = str(free_port())
    return lambda: serving(tmp_path, "--port", port, config={"endpoints": [endpoint(fake)]})


def test_a_server_that_is_killed_and_comes_back(browser: Browser, lives: Lives, fake: Fake) -> None:
    context = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    with lives() as server:
        page.goto(server.base_url)
        choose(page, "fake")
        say(page, "hello [[fake tokens=60 hold=30]]")
        expect(replies(page).last).to_contain_text("tok29", timeout=SLOW)
        address = page.url
        holds(page, "navigator.serviceWorker.controller !== null")
        server.signal(signal.SIGKILL)
        server.process.wait(30)
    bar = page.get_by_text("The server does not answer")
    expect(bar).to_be_visible(timeout=SLOW)
    box = page.get_by_role("textbox", name=BOX).last
    box.fill("kept")
    # the page opens without its server, and says so
    holds(page, "caches.open('stellarchat.shell').then(shell => shell.keys()).then(keys => keys.length > 5)")
    page.reload()
    expect(bar).to_be_visible(timeout=SLOW)
    names = page.evaluate(
        "caches.open('stellarchat.shell').then(shell => shell.keys())"
        ".then(keys => keys.map(one => new URL(one.url).pathname))"
    )
    assert all(re.match(r"/$|/assets/|/theme\.js|/favicon\.svg", name) for name in names), names
    with lives():
        expect(bar).to_have_count(0, timeout=SLOW)
        expect(page).to_have_url(address)
        expect(replies(page)).to_have_count(1, timeout=SLOW)
        expect(replies(page).last).to_contain_text("tok03", timeout=SLOW)
        expect(replies(page).last).not_to_contain_text(re.compile("tok03.*tok03"))
        expect(page.get_by_role("textbox", name=BOX).last).to_have_value("kept")
        replies(page).last.get_by_role("button", name="Continue").click()
        expect(replies(page).last).to_contain_text(re.compile("tok03.*tok03"), timeout=SLOW)
        fake.go_on()
        expect(replies(page).last).to_contain_text(LAST, timeout=SLOW)
        expect(replies(page)).to_have_count(1)
        context.close()


def test_the_page_can_be_installed(visit: Open) -> None:
    page = visit()
    holds(page, "navigator.serviceWorker.controller !== null")
    control = page.context.new_cdp_session(page)
    manifest = control.send("Page.getAppManifest")
    assert manifest["errors"] == []
    errors = control.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [one for one in errors if one["errorId"] != "in-incognito"] == []


BACKGROUND = """
Object.defineProperty(document, 'visibilityState', {get: () => window.seen ? 'visible' : 'hidden'})
document.hasFocus = () => Boolean(window.seen)
const now = Date.now
Date.now = () => now() + (window.later ?? 0)
localStorage.setItem('stellarchat.preferences', JSON.stringify({version: 1, state: {notify: true}}))
"""


def test_a_long_answer_that_ends_in_the_background_is_told(visit: Open, server: Server, fake: Fake) -> None:
    first = visit()
    context = first.context
    context.grant_permissions(["notifications"], origin=server.base_url)
    holds(first, "navigator.serviceWorker.controller !== null")
    first.add_init_script(BACKGROUND)
    first.reload()
    choose(first, "fake")
    say(first, "hello [[fake tokens=60 hold=30]]")
    expect(first).to_have_title(re.compile("^● "), timeout=SLOW)
    assert first.locator("link[rel=icon]").get_attribute("href") == "/favicon-live.svg"
    first.evaluate("window.later = 10_000")
    fake.go_on()
    expect(first).to_have_title(re.compile("^✓ "), timeout=SLOW)
    told = "navigator.serviceWorker.ready.then(there => there.getNotifications())"
    holds(first, f"{told}.then(all => all.length)")
    notices = first.evaluate(f"{told}.then(all => all.map(one => [one.body.slice(0, 5), one.data.path]))")
    assert notices == [["tok00", first.url.removeprefix(server.base_url)]]
    first.evaluate("window.seen = true; window.dispatchEvent(new Event('focus'))")
    expect(first).not_to_have_title(re.compile("^[●✓] "))


VOICES = """
window.spoken = []
Object.defineProperty(window, 'speechSynthesis', {value: {
  speak(piece) { window.spoken.push([piece.text, piece.lang, piece.rate]); window.piece = piece },
  getVoices: () => [], pause() { window.paused = true }, resume() { window.paused = false }, cancel() {},
}})
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } }
window.SpeechRecognition = class {
  start() { window.recognition = this }
  stop() { this.onend() }
}
"""


def test_speaking_and_listening(visit: Open) -> None:
    page = visit()
    page.add_init_script(VOICES)
    page.reload()
    choose(page, "fake")
    page.get_by_role("button", name="Dictate", exact=True).click()
    result = "Object.assign([{transcript: at[0]}], {isFinal: at[1]})"
    heard = f"at => recognition.onresult({{resultIndex: 0, results: [{result}]}})"
    page.evaluate(heard, ["hello", False])
    box = page.get_by_role("textbox", name=BOX).last
    expect(box).to_have_value("hello")
    page.evaluate(heard, ["Hello there", True])
    page.evaluate(heard, ["[[fake tokens=3]]", True])
    expect(box).to_have_value("Hello there [[fake tokens=3]]")
    page.get_by_role("button", name="Stop dictating").click()
    assert page.evaluate("recognition.lang") == "en-US"
    box.fill("One. 你好，世界。 [[fake echo=1]]")
    box.press("Enter")
    reply = finished(page)
    reply.get_by_role("button", name="Read aloud").click()
    assert page.evaluate("spoken") == [["One.", "en-US", 1]]
    page.evaluate("piece.onend()")
    assert page.evaluate("spoken[1]") == ["你好，世界。", "zh-CN", 1]
    reply.get_by_role("button", name="Pause reading").click()
    assert page.evaluate("paused") is True
    reply.get_by_role("button", name="Go on reading").click()
    assert page.evaluate("paused") is False
    reply.get_by_role("button", name="Stop reading").click()
    expect(reply.get_by_role("button", name="Read aloud")).to_be_visible()
    assert page.evaluate("piece.onend(), spoken.length") == 2


def test_without_a_recognition_there_is_no_button(visit: Open) -> None:
    page = visit()
    page.add_init_script("delete window.webkitSpeechRecognition; delete window.SpeechRecognition")
    page.reload()
    expect(page.get_by_role("textbox", name=BOX).last).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="Dictate")).to_have_count(0)


def test_an_own_endpoint_is_tried_saved_used_and_removed(
    visit: Open, server: Server, fake: Fake, accessible: Callable[[Page], None]
) -> None:
    page = visit("/settings")
    section = page.get_by_role("region", name="Own endpoint")
    section.get_by_label("Address").fill("http://169.254.169.254/v1")
    section.get_by_role("button", name="Test connection").click()
    expect(section.get_by_role("alert").first).to_contain_text("not on the public internet")
    section.get_by_label("Address").fill(f"{fake.base_url}/v1")
    section.get_by_label("Key").fill(fake.key)
    section.get_by_role("button", name="Test connection").click()
    expect(section.get_by_role("status")).to_contain_text("1 model")
    section.get_by_label("Model", exact=True).fill("mine")
    accessible(page)
    section.get_by_role("button", name="Save").click()
    expect(section.get_by_text("A key is stored")).to_be_visible()
    assert fake.key not in page.content()
    page.goto(server.base_url)
    choose(page, "mine")
    say(page, "hello [[fake tokens=3]]")
    expect(finished(page)).to_contain_text("tok02")
    page.goto(server.base_url + "/settings")
    section.get_by_role("button", name="Remove").click()
    section.get_by_role("button", name="Remove").last.click()
    expect(section.get_by_text("Stored sealed")).to_be_visible()


def test_what_was_written_outlasts_a_login_that_ends(browser: Browser, fake: Fake, tmp_path: Path) -> None:
    with serving(tmp_path, config={"auth": "on", "endpoints": [endpoint(fake)]}) as server:
        context = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
        account = {"name": "ann", "email": "ann@example.org", "password": "correct horse battery"}
        origin = {"origin": server.base_url}
        made = context.request.post(f"{server.base_url}/api/auth/setup", data=account, headers=origin)
        assert made.status == 201, made.text()
        page = context.new_page()
        page.goto(server.base_url)
        choose(page, "fake")
        say(page, "hello [[fake tokens=3]]")
        finished(page)
        page.get_by_role("textbox", name=BOX).last.fill("not to be lost")
        assert context.request.post(f"{server.base_url}/api/auth/logout", headers=origin).status == 204
        page.keyboard.press("Enter")
        password = page.get_by_role("textbox", name="Password")
        expect(password).to_be_visible(timeout=SLOW)
        page.get_by_role("textbox", name=re.compile("^Name")).fill("ann")
        password.fill(account["password"])
        password.press("Enter")
        expect(password).to_have_count(0, timeout=SLOW)
        # it is in the composer again, or has been sent after all; and that lasts
        there = "[...document.querySelectorAll('textarea, article')]"
        held = f"{there}.some(one => (one.value ?? one.innerText).includes('not to be lost'))"
        holds(page, held)
        page.reload()
        holds(page, held)
        context.close()
