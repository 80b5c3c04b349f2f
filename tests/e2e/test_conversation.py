"""A newcomer's first conversation, with the model that comes along."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.room import SLOW, choose, finished, replies, say

pytestmark = pytest.mark.real_engine


@pytest.mark.parametrize(
    ("locale", "question", "answer"),
    [("en-US", "What is 3 + 4?", "7"), ("zh-CN", "3加4等于几？", "7")],
)
def test_a_first_conversation(
    visit: Open, accessible: Callable[[Page], None], locale: str, question: str, answer: str
) -> None:
    page = visit(locale=locale)
    choose(page, "Stellar Demo")
    accessible(page)
    say(page, question)
    reply = finished(page)
    expect(reply).to_contain_text(answer)
    expect(reply).to_contain_text(re.compile("tok/s|词元/秒|token"))
    expect(page).to_have_url(re.compile("/c/"))
    accessible(page)
    page.reload()
    expect(replies(page).last).to_contain_text(answer, timeout=SLOW)
    expect(page.get_by_role("textbox", name=re.compile("Message|消息")).last).to_be_visible()


def test_it_remembers_within_a_chat(visit: Open) -> None:
    page = visit()
    choose(page, "Stellar Demo")
    say(page, "My name is Zorvek.")
    finished(page)
    say(page, "What is my name?")
    expect(replies(page)).to_have_count(2, timeout=SLOW)
    expect(finished(page)).to_contain_text("Zorvek")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("phone", [False, True])
def test_every_look_is_accessible(
    visit: Open, accessible: Callable[[Page], None], dark: bool, phone: bool
) -> None:
    page = visit(dark=dark, phone=phone)
    choose(page, "Stellar Demo")
    accessible(page)
    say(page, "Show me a table of planets")
    finished(page)
    accessible(page)
    page.goto(page.url.split("/c/")[0] + "/settings")
    expect(page.get_by_role("heading").first).to_be_visible()
    accessible(page)
