"""Take the README's pictures of the page: python tools/screenshots.py [FOLDER] (default docs/images).

Starts a server of its own with the demonstration model, talks to it as a newcomer would, and photographs the
page in Chromium at 1400×900 and 390×844, light and dark, English and Chinese.
"""

import argparse
import pathlib
import re
import sys
import tempfile

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.e2e.conftest import ARGUMENTS, CHROMIUM  # noqa: E402
from tests.e2e.room import finished, say  # noqa: E402
from tests.server import serving  # noqa: E402

TALK = {
    "en-US": ("Hello!", "Write Python code for the Fibonacci numbers.", "What is 7 + 5?"),
    "zh-CN": ("你好", "写一个行星的表格", "7加5等于几？"),
}


def page_of(browser: Browser, address: str, *, locale: str, dark: bool, phone: bool) -> Page:
    """Open the page as a new visitor."""
    context = browser.new_context(
        base_url=address,
        locale=locale,
        color_scheme="dark" if dark else "light",
        viewport={"width": 390, "height": 844} if phone else {"width": 1400, "height": 900},
        device_scale_factor=1,
        has_touch=phone,
        is_mobile=phone,
    )
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_role("button", name=re.compile("^(Model:|模型：)"))).to_be_visible(timeout=20_000)
    return page


def take(page: Page, folder: pathlib.Path, name: str) -> None:
    """Photograph what is there once it has come to rest."""
    page.wait_for_timeout(900)
    page.screenshot(path=folder / f"{name}.png", animations="disabled")


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=ROOT / "docs/images")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, serving(pathlib.Path(data)) as server, sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        looks = [
            (locale, dark, phone) for locale in TALK for dark in (False, True) for phone in (False, True)
        ]
        for locale, dark, phone in looks:
            page = page_of(browser, server.base_url, locale=locale, dark=dark, phone=phone)
            ending = f"{'dark' if dark else 'light'}{'-zh' if locale == 'zh-CN' else ''}"
            where = "phone" if phone else "chat"
            take(page, folder, f"{'phone-' if phone else ''}first-{ending}")
            for sentence in TALK[locale]:
                say(page, sentence)
                finished(page)
            take(page, folder, f"{where}-{ending}")
            for name, path in (("models", "/models"), ("launch", "/models/qwen3"), ("running", "/running")):
                page.goto(path)
                take(page, folder, f"{'phone-' if phone else ''}{name}-{ending}")
            page.context.close()
        browser.close()


if __name__ == "__main__":
    main()
