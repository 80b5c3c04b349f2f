"""Going on from an earlier message in a chat of its own, and taking chats away as files."""

import json
import pathlib
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.room import SLOW, choose, finished, replies, say


def talk(page: Page, *sentences: str) -> None:
    """Say these and wait for the answers."""
    choose(page, "fake")
    for number, sentence in enumerate(sentences, 1):
        say(page, f"{sentence} [[fake tokens=3]]")
        expect(replies(page)).to_have_count(number, timeout=SLOW)
        finished(page)


def menu(page: Page, item: str) -> None:
    """Choose from the chat's menu at the top."""
    page.locator("header").get_by_role("button", name=re.compile("^Menu of|的菜单$")).last.click()
    page.get_by_role("menuitem", name=item).click()


def downloaded(page: Page, item: str, folder: pathlib.Path) -> tuple[str, str]:
    """Export from the chat's menu; return the file's name and text."""
    menu(page, "Export")
    with page.expect_download() as waiting:
        # by the keyboard: a pointer that jumps leaves a submenu
        page.get_by_role("menuitem", name=item).press("Enter")
    path = folder / "file"
    waiting.value.save_as(path)
    return waiting.value.suggested_filename, path.read_text(encoding="utf-8")


@pytest.mark.databases
def test_a_reply_is_forked_from(visit: Open) -> None:
    page = visit()
    talk(page, "first", "second")
    original = page.url
    first = replies(page).first
    first.hover()
    first.get_by_role("button", name="Fork from here").click()
    expect(page.get_by_text("This is a copy of").first).to_be_visible(timeout=SLOW)
    assert page.url != original
    expect(replies(page)).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_contain_text("(fork)")
    expect(page.get_by_role("article", name="You said")).to_have_count(1)
    # it goes on by itself
    say(page, "elsewhere [[fake tokens=3]]")
    finished(page)
    expect(replies(page)).to_have_count(2)
    page.goto(original)
    expect(replies(page)).to_have_count(2, timeout=SLOW)
    expect(page.get_by_text("elsewhere", exact=False)).to_have_count(0)


def test_a_question_and_a_whole_chat_are_forked(visit: Open) -> None:
    page = visit(locale="zh-CN", phone=True)
    talk(page, "first", "second")
    asked = page.get_by_role("article", name="您说")
    asked.last.get_by_role("button", name="从这里复制为新对话").click()
    expect(page.get_by_text("的副本").first).to_be_visible(timeout=SLOW)
    expect(asked).to_have_count(2)
    expect(replies(page)).to_have_count(1)
    page.get_by_role("button", name="返回原对话").click()
    expect(replies(page)).to_have_count(2, timeout=SLOW)
    original = page.url
    menu(page, "复制为新对话")
    expect(page.get_by_role("heading", level=1)).to_contain_text("（副本）", timeout=SLOW)
    expect(replies(page)).to_have_count(2)
    assert page.url != original


@pytest.mark.databases
def test_a_chat_is_exported(visit: Open, tmp_path: pathlib.Path) -> None:
    page = visit()
    talk(page, "first")
    name, text = downloaded(page, "As Markdown", tmp_path)
    assert name.endswith(".md")
    assert "## You · " in text
    name, text = downloaded(page, "As JSON", tmp_path)
    assert name.endswith(".json")
    (chat,) = json.loads(text)["chats"]
    assert [message["role"] for message in chat["messages"]] == ["user", "assistant"]


@pytest.mark.databases
def test_all_chats_are_exported(visit: Open, tmp_path: pathlib.Path) -> None:
    page = visit("/settings", locale="zh-CN")
    data = page.get_by_role("region", name="数据")
    for form, ending in (("JSON", ".json"), ("Markdown", ".md")):
        with page.expect_download() as waiting:
            data.get_by_role("link", name=form).click()
        assert waiting.value.suggested_filename.startswith("StellarChat 20")
        assert waiting.value.suggested_filename.endswith(ending)
    path = tmp_path / "file"
    waiting.value.save_as(path)
    assert "## 您 · " in path.read_text(encoding="utf-8")
