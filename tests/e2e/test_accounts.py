"""A server with accounts, from the first visit to a program that uses a key."""

import re
from collections.abc import Callable, Iterator

import openai
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.kept import keeps_none
from tests.e2e.room import SLOW, choose, finished, replies, say
from tests.fake_engine import Fake
from tests.server import Server, endpoint, serving

pytestmark = pytest.mark.databases

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, fake: Fake, database: dict[str, str]
) -> Iterator[Server]:
    """A server with accounts and nobody in it yet."""
    settings = {"auth": "on", "endpoints": [endpoint(fake)], **database}
    with serving(tmp_path_factory.mktemp("server"), config=settings) as running:
        yield running


def enter(page: Page, name: str, password: str = PASSWORD, *, button: str = "Log in") -> None:
    """Fill in the form that stands before the door."""
    page.get_by_role("textbox", name=re.compile("^Name")).fill(name, timeout=SLOW)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name=button, exact=True).click()


def composer(page: Page) -> str:
    return page.get_by_role("textbox", name=re.compile("^Message")).last.input_value()


def test_from_the_first_visit_to_a_key(
    visit: Open, accessible: Callable[[Page], None], server: Server
) -> None:
    page = visit("/settings")
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status == 401 else None)
    page.reload()
    expect(page.get_by_role("heading", name="Welcome to StellarChat")).to_be_visible(timeout=SLOW)
    accessible(page)
    enter(page, "Ada", "password1", button="Create account")
    expect(page.get_by_role("alert")).to_contain_text("guessed")
    enter(page, "Ada", button="Create account")
    # where she wanted to go
    expect(page.get_by_role("heading", name="API keys")).to_be_visible(timeout=SLOW)
    # all that the page asks for is there: what is on its way while she logs out is refused with right
    expect(page.get_by_text("Nothing was asked in this time")).to_be_visible(timeout=SLOW)

    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible(timeout=SLOW)
    assert page.context.cookies() == []
    # whoever is not logged in asks for nothing that strangers are refused
    assert refused == []
    enter(page, "ada", "wrong horse")
    expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
    enter(page, "ada")
    expect(page.get_by_role("button", name="Log out", exact=True)).to_be_visible(timeout=SLOW)
    (cookie,) = page.context.cookies()
    assert cookie["name"] == "__Host-stellarchat"
    assert cookie["httpOnly"]
    assert cookie["secure"]

    page.goto(f"{server.base_url}/settings")
    page.get_by_role("button", name="New key").click(timeout=SLOW)
    page.get_by_role("textbox", name="What is it for?").fill("Notebook")
    accessible(page)
    page.get_by_role("button", name="Create key").click()
    key = page.get_by_role("textbox", name="Your new key").input_value(timeout=SLOW)
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text(f"{key[:16]}…")).to_be_visible()
    keeps_none(page, key, PASSWORD, str(cookie["value"]))
    accessible(page)

    with openai.OpenAI(base_url=f"{server.base_url}/v1", api_key=key, max_retries=0) as client:
        said = client.chat.completions.create(
            model="fake", messages=[{"role": "user", "content": "hi [[fake tokens=3]]"}]
        )
        assert said.choices[0].message.content
        page.get_by_role("button", name="Revoke").first.click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        expect(page.get_by_text("There is none yet.")).to_be_visible(timeout=SLOW)
        with pytest.raises(openai.AuthenticationError):
            client.models.list()


def test_a_login_that_ends_in_the_middle_costs_no_word(visit: Open, server: Server) -> None:
    page = visit("/")
    enter(page, "Ada")
    choose(page, "fake")
    say(page, "remember me [[fake tokens=3]]")
    finished(page)
    box = page.get_by_role("textbox", name=re.compile("^Message")).last
    box.fill("half a thought")
    address = page.url

    # logged out everywhere, in another tab
    other = visit("/settings", context=page.context)
    other.get_by_role("button", name="Log out everywhere").click(timeout=SLOW)
    other.get_by_role("dialog").get_by_role("button", name="Log out everywhere").click()
    expect(other.get_by_role("heading", name="Log in")).to_be_visible(timeout=SLOW)

    expect(page.get_by_role("heading", name="Log in to go on")).to_be_visible(timeout=SLOW)
    enter(page, "Ada")
    expect(page.get_by_role("heading", name="Log in to go on")).to_be_hidden(timeout=SLOW)
    assert page.url == address
    assert composer(page) == "half a thought"
    box.press("Enter")
    expect(replies(page)).to_have_count(2)
    finished(page)
    # the other tab sees that somebody is here again
    other.reload()
    expect(other.get_by_role("button", name="Log out", exact=True)).to_be_visible(timeout=SLOW)


def test_an_invited_person_signs_up_and_sees_their_own(
    visit: Open, accessible: Callable[[Page], None], server: Server
) -> None:
    page = visit("/settings")
    enter(page, "Ada")
    page.get_by_role("button", name="Invite somebody").click(timeout=SLOW)
    page.get_by_role("textbox", name="For whom?").fill("Grace")
    page.get_by_role("button", name="Create link").click()
    link = page.get_by_role("textbox", name="The invitation’s link").input_value(timeout=SLOW)
    path = link.removeprefix(server.base_url)

    guest = visit(path, locale="zh-CN", phone=True)
    expect(guest.get_by_role("heading", name="创建您的账户")).to_be_visible(timeout=SLOW)
    accessible(guest)
    guest.get_by_role("textbox", name="用户名").fill("Grace")
    guest.get_by_label("密码", exact=True).fill(PASSWORD)
    guest.get_by_role("button", name="创建账户").click()
    guest.wait_for_url(f"{server.base_url}/", timeout=SLOW)
    assert "remember me" not in guest.content()
    keeps_none(guest, PASSWORD, path.partition("#")[2])
    guest.goto(f"{server.base_url}/settings")
    expect(guest.get_by_role("heading", name="API 密钥")).to_be_visible(timeout=SLOW)
    expect(guest.get_by_role("heading", name="邀请")).to_have_count(0)

    late = visit(path)
    expect(late.get_by_role("alert")).to_contain_text("used already", timeout=SLOW)
