"""Nothing a model says runs, or asks anybody for anything: while it streams, and when it is read again.

Covers Open WebUI CVE-2025-46719 and CVE-2025-64495, LobeChat CVE-2025-59417, AnythingLLM CVE-2026-32626
(only the streaming renderer was unsafe), Mermaid CVE-2025-54881, KaTeX CVE-2025-23207.
"""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.room import SLOW, choose, finished, replies, say

RUN = "window.__ran=1"
OUT = "http://out.invalid/x"
CORPUS = {
    "tags": f'<script>{RUN}</script><img src=x onerror="{RUN}"><svg onload="{RUN}"><iframe src="{OUT}">',
    "links": f"[a](javascript:{RUN}) [b](data:text/html,<b>x</b>) <a href='javascript:{RUN}'>c</a>",
    "images": f"![a]({OUT}.png) <img src='{OUT}'> ![b](javascript:{RUN})",
    "style": f"<style>@import url('{OUT}');body{{display:none}}</style><link rel=stylesheet href='{OUT}'>",
    "formula": rf"$\href{{javascript:{RUN}}}{{x}}$ $\includegraphics{{{OUT}}}$ $\htmlData{{onload={RUN}}}{{y}}$",  # noqa: E501
    "diagram": f"""```mermaid
flowchart LR
A["<img src=x onerror='{RUN}'>"]-->B
click A href "javascript:{RUN}"
```""",
    "code": f"```html\n<script>{RUN}</script>\n```\n`<img src=x onerror={RUN}>`",
    "form": f"<form action='{OUT}'><input autofocus onfocus='{RUN}'><button formaction='{OUT}'>x",
    "base": f"<base href='{OUT}'><meta http-equiv=refresh content='0;url={OUT}'><object data='{OUT}'>",
}


def unharmed(page: Page) -> None:
    page.wait_for_timeout(500)  # what would run or load, would by now
    assert page.evaluate("window.__ran") is None
    active = "article iframe, article object, article form, article base, article script"
    assert page.locator(active).count() == 0
    unsafe = "a[href^='javascript:' i], a[href^='data:' i], main img[src^='http']"
    assert page.locator(unsafe).count() == 0
    expect(page.get_by_role("textbox").last).to_be_visible()


@pytest.mark.parametrize("name", CORPUS)
def test_hostile_output_does_nothing(visit: Open, name: str) -> None:
    page = visit()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    choose(page, "fake")
    say(page, f"[[fake echo=1]]\n{CORPUS[name]}")
    expect(replies(page).last).to_be_visible(timeout=SLOW)
    unharmed(page)
    finished(page)
    unharmed(page)
    page.reload()
    finished(page)
    unharmed(page)
    assert dialogs == []
