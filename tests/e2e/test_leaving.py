"""Tabs come and go; the answer goes on."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Open
from tests.e2e.room import SLOW, choose, finished, replies, say
from tests.fake_engine import Fake

pytestmark = pytest.mark.databases

LAST = "tok59"
HELD = "hello [[fake tokens=60 hold=30]]"  # stays in the middle until it is told to go on


def test_closing_the_tab_in_mid_answer_and_coming_back(visit: Open, fake: Fake) -> None:
    page = visit()
    choose(page, "fake")
    say(page, HELD)
    expect(replies(page).last).to_contain_text("tok03", timeout=SLOW)
    address, context = page.url, page.context
    page.close()
    back = context.new_page()
    back.goto(address)
    expect(replies(back).last).to_contain_text("tok05", timeout=SLOW)
    fake.go_on()
    expect(replies(back).last).to_contain_text(LAST, timeout=SLOW)
    text = finished(back).inner_text()
    assert all(f"tok{number:02d}" in text for number in range(60))


def test_a_second_tab_sees_the_same_answer_grow(visit: Open, fake: Fake) -> None:
    page = visit()
    choose(page, "fake")
    say(page, HELD)
    expect(replies(page).last).to_contain_text("tok03", timeout=SLOW)
    second = page.context.new_page()
    second.goto(page.url)
    expect(replies(second).last).to_contain_text("tok05", timeout=SLOW)
    expect(replies(second).last).not_to_contain_text(LAST)
    fake.go_on()
    for tab in (page, second):
        expect(replies(tab).last).to_contain_text(LAST, timeout=SLOW)
    assert replies(page).last.inner_text().count("tok30") == 1
    assert replies(second).last.inner_text().count("tok30") == 1


def test_reloading_in_mid_answer(visit: Open, fake: Fake) -> None:
    page = visit()
    choose(page, "fake")
    say(page, HELD)
    expect(replies(page).last).to_contain_text("tok03", timeout=SLOW)
    page.reload()
    expect(replies(page).last).to_contain_text("tok05", timeout=SLOW)
    fake.go_on()
    expect(replies(page).last).to_contain_text(LAST, timeout=SLOW)


def test_stop_and_continue(visit: Open, fake: Fake) -> None:
    page = visit()
    choose(page, "fake")
    say(page, HELD)
    expect(replies(page).last).to_contain_text("tok03", timeout=SLOW)
    page.get_by_role("button", name="Stop").last.click()
    reply = finished(page)
    expect(reply).to_contain_text("Stopped")
    expect(reply).not_to_contain_text(LAST)
    reply.get_by_role("button", name="Continue").click()
    expect(replies(page).last).to_contain_text(re.compile("tok03.*tok03"), timeout=SLOW)
    fake.go_on()
    expect(replies(page).last).to_contain_text(LAST, timeout=SLOW)
    expect(replies(page)).to_have_count(1)


def test_branches_by_regenerating_and_editing(visit: Open) -> None:
    page = visit()
    choose(page, "fake")
    say(page, "hello [[fake tokens=3]]")
    finished(page).get_by_role("button", name="Regenerate").first.click()
    page.get_by_role("menuitem", name="Same model").click()
    expect(replies(page).last).to_contain_text("2/2", timeout=SLOW)
    finished(page).get_by_role("button", name="Previous version").click()
    expect(replies(page).last).to_contain_text("1/2", timeout=SLOW)
    said = page.get_by_role("article", name="You said").last
    said.hover()
    said.get_by_role("button", name="Edit").click()
    box = page.get_by_role("textbox", name="Edit your message")
    box.fill("other [[fake tokens=2]]")
    box.press("Enter")
    expect(page.get_by_role("article", name="You said").last).to_contain_text("other", timeout=SLOW)
    expect(page.get_by_role("article", name="You said").last).to_contain_text("2/2", timeout=SLOW)
    finished(page)
