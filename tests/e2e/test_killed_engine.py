"""The engine is killed in mid-answer, before the eyes of whoever reads it."""

import os
import re
import signal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.room import SLOW, choose, finished, replies, say
from tests.faults.pace import slowly
from tests.server import Server

pytestmark = pytest.mark.real_engine


def caught_in_the_middle(page: Page, pid: int) -> bool:
    """Ask for a long answer at an engine that runs for moments only; whether it has not come to its end."""
    before = replies(page).count()
    with slowly(pid):
        say(page, "Count from 1 to 100")
        # the last reply may have counted too: only a new one is meant
        expect(replies(page)).to_have_count(before + 1, timeout=SLOW)
        expect(replies(page).last).to_contain_text(re.compile(r"1, ?2"), timeout=SLOW)
    return page.get_by_role("button", name="Stop").count() > 0


def test_what_was_written_stays_and_continue_finishes_it(visit: Open, server: Server) -> None:
    page = visit()
    choose(page, "Stellar Demo")
    say(page, "hello")
    finished(page)
    with server.client() as client:
        [instance] = client.get("/api/v1/models/running").json()["data"]
    pid = instance["pid"]
    for _ in range(5):
        if caught_in_the_middle(page, pid):
            break
        os.kill(pid, signal.SIGCONT)
        finished(page)
    os.kill(pid, signal.SIGKILL)
    cut = replies(page).last
    expect(cut.get_by_role("button", name="Continue").last).to_be_visible(timeout=SLOW)
    before = cut.get_by_role("paragraph").first.inner_text()
    assert before.startswith("1")
    cut.get_by_role("button", name="Continue").last.click()
    paragraph = cut.get_by_role("paragraph")
    expect(paragraph.first).to_have_text(re.compile(re.escape(before) + ".+"), timeout=SLOW)
    finished(page)
    expect(paragraph).to_have_count(1)
    expect(cut.get_by_role("button", name="Continue")).to_have_count(0)
