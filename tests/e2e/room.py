"""What a person does in the chat room."""

import re

from playwright.sync_api import Locator, Page, expect

SLOW = 30_000  # ms: generous, for machines that are busy


def say(page: Page, text: str) -> None:
    """Write a message and send it with Enter."""
    composer = page.get_by_role("textbox", name=re.compile("Message|消息")).last
    composer.fill(text)
    # Enter does nothing while the message before is still on its way to the server
    expect(page.get_by_role("button", name=re.compile("^(Send|发送)")).last).to_be_enabled(timeout=SLOW)
    composer.press("Enter")


def replies(page: Page) -> Locator:
    """All replies, oldest first."""
    return page.get_by_role("article", name=re.compile("Reply by|的回答"))


def finished(page: Page) -> Locator:
    """Wait until the newest reply has ended, and return it."""
    last = replies(page).last
    expect(last.get_by_role("button", name=re.compile("^(Copy|复制)$"))).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name=re.compile("^(Send|发送)"))).to_be_visible(timeout=SLOW)
    return last


def choose(page: Page, model: str) -> None:
    """Choose a model in the picker, by the keyboard."""
    expect(page.get_by_role("button", name=re.compile("^(Model:|模型：)"))).to_be_visible(timeout=SLOW)
    page.keyboard.press("Control+m")
    search = page.get_by_role("combobox").last
    search.fill(model)
    page.get_by_role("option", name=re.compile(model)).first.click()
    expect(page.get_by_role("button", name=re.compile(f"^(Model: |模型：){model}"))).to_be_visible()
