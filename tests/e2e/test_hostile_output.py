"""Nothing a model says runs, or asks anybody for anything: while it streams, read again, and shared.

Covers Open WebUI CVE-2025-46719, CVE-2025-64495 and CVE-2026-44568, LobeChat CVE-2025-59417 and
CVE-2026-23733, AnythingLLM CVE-2026-32626 (only the streaming renderer was unsafe), Mermaid CVE-2025-54880
and CVE-2025-54881, KaTeX CVE-2025-23207.
"""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.hostile import CORPUS, MESSAGES
from tests.e2e.room import SLOW, choose, finished, replies, say


def unharmed(page: Page) -> None:
    page.wait_for_timeout(500)  # what would run or load, would by now
    assert page.evaluate("window.__ran") is None
    active = "article iframe, article object, article form, article base, article script"
    assert page.locator(active).count() == 0
    unsafe = "a[href^='javascript:' i], a[href^='data:' i], main img[src^='http']"
    assert page.locator(unsafe).count() == 0
    expect(page.get_by_role("textbox").last).to_be_visible()


@pytest.mark.parametrize("message", MESSAGES)
def test_hostile_output_does_nothing(visit: Open, message: str) -> None:
    page = visit()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    choose(page, "fake")
    text = "\n\n".join(CORPUS[name] for name in MESSAGES[message])
    say(page, f"[[fake echo=1]]\n{text}")
    expect(replies(page).last).to_be_visible(timeout=SLOW)
    unharmed(page)
    finished(page)
    unharmed(page)
    page.reload()
    finished(page)
    unharmed(page)
    assert dialogs == []
