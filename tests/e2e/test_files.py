"""Files in the chat room, with the real page: attached, told of, sent, looked at, and never run."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import files_made as made
from tests.e2e.conftest import Open
from tests.e2e.room import SLOW, choose, finished, replies, say
from tests.server import Server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files to attach."""
    found = tmp_path_factory.mktemp("attach")
    (found / "cat.png").write_bytes(made.picture(size=(900, 600)))
    (found / "report.pdf").write_bytes(made.pdf("Trees: 40", "Flowers: 300"))
    (found / "poem.txt").write_bytes((made.POEM * 3).encode("gb18030"))
    (found / "broken.pdf").write_bytes(b"%PDF-1.7\n" + b"\x00\xff" * 2000)
    (found / "evil.svg").write_bytes(
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.__ran=1'><script>__ran=1</script></svg>"
    )
    (found / "evil.html").write_bytes(b"<!doctype html><html><script>window.__ran=1</script>words</html>")
    pages = (f"Page {number} about gardens: there are {number} trees and flowers." for number in range(150))
    (found / "book.pdf").write_bytes(made.pdf(*pages))
    return found


def attach(page: Page, *files: Path) -> Locator:
    """Choose files; return their chips."""
    page.locator("input[type=file]").first.set_input_files(files)
    return page.get_by_role("list", name=re.compile("Attached files|附件")).last.get_by_role("listitem")


@pytest.mark.databases
def test_files_go_along_and_can_be_looked_at(
    visit: Open, folder: Path, accessible: Callable[[Page], None]
) -> None:
    page = visit()
    choose(page, "fake")
    chips = attach(
        page, folder / "cat.png", folder / "report.pdf", folder / "poem.txt", folder / "broken.pdf"
    )
    expect(chips).to_have_count(4)
    expect(chips.nth(0)).to_contain_text("900 × 600", timeout=SLOW)
    expect(chips.nth(1)).to_contain_text("2 pages", timeout=SLOW)
    expect(chips.nth(2)).to_contain_text("tokens", timeout=SLOW)
    refused = chips.nth(3).get_by_role("alert")
    expect(refused).to_contain_text("is damaged", timeout=SLOW)
    expect(refused).to_contain_text("save it anew")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    accessible(page)
    page.get_by_role("button", name="Remove broken.pdf").click()
    # what is attached stays with the draft
    page.reload()
    expect(chips).to_have_count(3)
    page.get_by_role("button", name="Show what the model reads of poem.txt").click()
    expect(page.get_by_role("complementary", name="What the model reads")).to_contain_text(made.POEM)
    accessible(page)
    page.get_by_role("button", name="Close").last.click()
    say(page, "What is it? [[fake tokens=3]]")
    finished(page)
    said = page.get_by_role("article", name="You said")
    expect(said.get_by_role("img", name="cat.png")).to_have_js_property("complete", True)
    large = said.get_by_role("button", name="Show cat.png large")
    large.click()
    expect(page.get_by_role("dialog", name="cat.png").get_by_role("img")).to_have_js_property(
        "naturalWidth", 900
    )
    accessible(page)
    page.keyboard.press("Escape")
    expect(large).to_be_focused()
    # its words can change, and what was attached stays
    said.hover()
    said.get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="Edit your message").fill("Again [[fake tokens=2]]")
    page.keyboard.press("Enter")
    finished(page)
    page.reload()
    finished(page)
    expect(page.get_by_role("article", name="You said").get_by_role("img", name="cat.png")).to_be_visible()
    expect(page.get_by_role("button", name="Show what the model reads of report.pdf")).to_be_visible()
    # one of all the files there are, which can be removed: its name stays
    chat = page.url
    address, _, chat_id = chat.partition("/c/")
    page.goto(f"{address}/files")
    row = page.get_by_role("listitem").filter(has_text="report.pdf")
    # by now the chat may be called what its model calls it
    expect(row.get_by_role("listitem").get_by_role("link")).to_have_attribute("href", f"/c/{chat_id}")
    row.get_by_role("button", name="Show what the model reads of report.pdf").click()
    expect(page.get_by_role("complementary", name="What the model reads")).to_contain_text("Trees: 40")
    accessible(page)
    page.get_by_role("searchbox", name="Search by name").fill("REPORT")
    expect(page.get_by_role("checkbox", name=re.compile("^Select .*\\."))).to_have_count(1)
    row.get_by_role("button", name="Delete report.pdf").click()
    row.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("No file is named so")).to_be_visible()
    page.goto(chat)
    expect(page.get_by_role("article", name="You said").get_by_text("report.pdf was deleted")).to_be_visible()


def test_dropped_and_pasted(visit: Open, folder: Path) -> None:
    page = visit(locale="zh-CN", phone=True)
    expect(page.get_by_role("button", name="拍照")).to_be_visible(timeout=SLOW)
    expect(page.locator("input[capture]")).to_have_attribute("accept", "image/*")
    box = page.get_by_role("textbox", name="消息")
    box.evaluate(
        """(box, text) => {
            const data = new DataTransfer()
            data.setData('text/plain', text)
            const way = {bubbles: true, cancelable: true}
            box.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, ...way}))
            const drop = new DataTransfer()
            drop.items.add(new File(['第一行'], '笔记.md', {type: 'text/markdown'}))
            box.dispatchEvent(new DragEvent('drop', {dataTransfer: drop, ...way}))
        }""",
        "很长的一行\n" * 400,
    )
    chips = page.get_by_role("list", name="附件").get_by_role("listitem")
    expect(chips).to_have_count(2)
    expect(chips.nth(1)).to_contain_text("笔记.md")
    expect(chips.nth(1)).to_contain_text("token", timeout=SLOW)
    page.get_by_role("button", name=re.compile("^把.*放进消息正文")).click()
    expect(chips).to_have_count(1)
    expect(box).to_have_value(re.compile("很长的一行"))


def test_hostile_files_are_text_and_never_run(visit: Open, folder: Path) -> None:
    page = visit()
    choose(page, "fake")
    chips = attach(page, folder / "evil.svg", folder / "evil.html")
    expect(chips.nth(0)).to_contain_text("tokens", timeout=SLOW)
    expect(chips.nth(1)).to_contain_text("token", timeout=SLOW)
    page.get_by_role("button", name="Show what the model reads of evil.svg").click()
    expect(page.get_by_role("complementary")).to_contain_text("onload")
    address = page.get_by_role("link", name="Download evil.svg").get_attribute("href")
    assert address is not None
    say(page, "Look [[fake tokens=2]]")
    finished(page)
    with page.expect_download():
        page.evaluate("address => { location.href = address }", address)
    assert page.evaluate("window.__ran") is None
    # nor where a page puts it into a frame or an image of its own
    page.evaluate(
        """address => new Promise(done => {
            const image = new Image()
            image.onload = image.onerror = () => done()
            image.src = address
        })""",
        address,
    )
    assert page.evaluate("window.__ran") is None


def test_what_does_not_fit_is_said_before_it_is_sent(
    visit: Open, folder: Path, accessible: Callable[[Page], None]
) -> None:
    page = visit()
    choose(page, "Stellar")
    attach(page, folder / "cat.png")
    blind = page.get_by_role("status").filter(has_text="does not see images")
    expect(blind).to_be_visible(timeout=SLOW)
    expect(blind.get_by_role("button", name="Use fake")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Remove cat.png").click()
    say(page, "Hello!")
    finished(page)
    say(page, "What can you do?")
    expect(replies(page)).to_have_count(2)
    finished(page)
    gauge = page.get_by_role("button", name=re.compile("^Context: [0-9,]+ of"))
    expect(gauge).to_be_visible(timeout=SLOW)
    attach(page, folder / "book.pdf")
    told = page.get_by_role("status").filter(has_text="more than")
    expect(told).to_contain_text("would be refused", timeout=SLOW)
    fewer = told.get_by_role("button", name=re.compile("Read only the first .* of book.pdf"))
    expect(fewer).to_be_visible()
    accessible(page)
    fewer.click()
    expect(told).to_have_count(0, timeout=SLOW)
    expect(page.get_by_role("listitem").filter(has_text="book.pdf")).to_contain_text("the first")
    page.get_by_role("button", name="Read all of book.pdf").click()
    expect(told).to_contain_text("would be refused", timeout=SLOW)


def test_a_conversation_that_is_too_long_goes_on_behind_a_summary(visit: Open, server: Server) -> None:
    with server.client() as client:
        chat = client.post("/api/chats/", json={"model": "stellar-demo", "title": "Long"}).json()["id"]
        parent = None
        for number in range(6):
            said = {
                "role": "assistant" if number % 2 else "user",
                "content": f"{number}: " + "The garden has many trees and flowers. " * 30,
                "parent_id": parent,
            }
            parent = client.post(f"/api/chats/{chat}/messages", json=said).json()["id"]
    page = visit(f"/c/{chat}")
    told = page.get_by_role("status").filter(has_text=re.compile("more than|has only"))
    told.get_by_role("button", name="Summarise earlier messages").click(timeout=SLOW)
    summary = page.get_by_text("Earlier messages, summarised")
    expect(summary).to_be_visible(timeout=SLOW)
    expect(
        page.get_by_text(re.compile("messages above are told to the model by this summary"))
    ).to_be_visible()
    expect(told).to_have_count(0, timeout=SLOW)
    say(page, "Hello!")
    finished(page)
    page.reload()
    expect(summary).to_be_visible(timeout=SLOW)
