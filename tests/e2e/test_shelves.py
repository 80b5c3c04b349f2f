"""Order among chats on the page: folders, tags, many at once, the trash, import, links for others."""

import pathlib
import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Open
from tests.e2e.room import SLOW
from tests.server import Server

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures" / "exports"
Check = Callable[[Page], None]


def make(client: httpx.Client, title: str, *texts: str, **fields: object) -> str:
    """Make a chat in which a person and a model have said these in turn."""
    chat_id: str = client.post("/api/chats/", json={"title": title, **fields}).json()["id"]
    for number, text in enumerate(texts):
        said = {"role": "assistant" if number % 2 else "user", "content": text}
        assert client.post(f"/api/chats/{chat_id}/messages", json=said).status_code == 201
    return chat_id


def row(page: Page, title: str) -> Locator:
    """A chat in the sidebar."""
    return page.locator("[data-chat]").filter(has_text=title)


def folder(page: Page, name: str) -> Locator:
    """A folder in the sidebar."""
    return page.get_by_role("button", name=re.compile(f"^(Folder {name}|文件夹 {name})"))


@pytest.mark.databases
def test_folders_take_chats_and_lose_none(visit: Open, server: Server, accessible: Check) -> None:
    with server.client() as client:
        make(client, "To be filed")
        page = visit()
        page.get_by_role("button", name="New folder").click()
        page.get_by_label("Name of the folder").fill("Orchard")
        page.keyboard.press("Enter")
        expect(folder(page, "Orchard")).to_contain_text("0", timeout=SLOW)
        row(page, "To be filed").drag_to(folder(page, "Orchard"))
        expect(folder(page, "Orchard")).to_contain_text("1", timeout=SLOW)
        expect(row(page, "To be filed")).to_have_count(0)
        folder(page, "Orchard").click()
        expect(row(page, "To be filed")).to_be_visible()
        accessible(page)
        # it stays unfolded
        page.reload()
        expect(row(page, "To be filed")).to_be_visible(timeout=SLOW)
        folder(page, "Orchard").hover()
        page.get_by_role("button", name="Menu of the folder Orchard").click()
        page.get_by_role("menuitem", name="Rename").click()
        page.get_by_label("Name of the folder").fill("Garden")
        page.keyboard.press("Enter")
        expect(folder(page, "Garden")).to_contain_text("1", timeout=SLOW)
        folder(page, "Garden").hover()
        page.get_by_role("button", name="Menu of the folder Garden").click()
        page.get_by_role("menuitem", name="Remove folder").click()
        expect(folder(page, "Garden")).to_have_count(0, timeout=SLOW)
        expect(row(page, "To be filed")).to_be_visible()


@pytest.mark.databases
def test_many_are_archived_tagged_deleted_and_restored(
    visit: Open, server: Server, accessible: Check
) -> None:
    with server.client() as client:
        for number in range(4):
            make(client, f"Many {number}", tags=["harvest"] if number < 2 else [])
    page = visit("/", locale="zh-CN", dark=True)
    # by the tag that some of them have
    page.get_by_role("button", name="按标签筛选").click()
    page.get_by_role("menuitem", name="harvest").click()
    expect(row(page, "Many")).to_have_count(2, timeout=SLOW)
    page.get_by_role("button", name="标签：harvest").click()
    # a range, from the keyboard's modifiers
    row(page, "Many 3").click(modifiers=["Control"])
    row(page, "Many 1").click(modifiers=["Shift"])
    bar = page.get_by_role("region", name="选中的对话")
    expect(bar).to_contain_text("已选 3 个", timeout=SLOW)
    accessible(page)
    bar.get_by_role("button", name="标签").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("新标签").fill("冬天")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="保存").click()
    page.get_by_role("button", name="按标签筛选").click()
    page.get_by_role("menuitem", name=re.compile("冬天.*3")).click()
    expect(row(page, "Many")).to_have_count(3, timeout=SLOW)
    page.get_by_role("button", name="选择对话").click()
    bar.get_by_role("button", name="全选").click()
    bar.get_by_role("button", name="删除").click()
    expect(row(page, "Many")).to_have_count(0, timeout=SLOW)
    page.get_by_role("button", name="撤销").click()
    expect(row(page, "Many")).to_have_count(3, timeout=SLOW)
    # deleted again, and looked for in the trash
    row(page, "Many 2").click(modifiers=["Control"])
    bar.get_by_role("button", name="删除").click()
    expect(row(page, "Many")).to_have_count(2, timeout=SLOW)
    page.goto(server.base_url + "/trash")
    entry = page.get_by_role("listitem").filter(has_text="Many 2")
    accessible(page)
    entry.get_by_role("button", name="恢复").click()
    expect(entry).to_have_count(0, timeout=SLOW)
    expect(row(page, "Many 2")).to_be_visible(timeout=SLOW)
    row(page, "Many 0").click(modifiers=["Control"])
    bar.get_by_role("button", name="删除").click()
    entry = page.get_by_role("listitem").filter(has_text="Many 0")
    entry.get_by_role("button", name="永久删除").click(timeout=SLOW)
    entry.get_by_role("button", name="永久删除", exact=True).click()
    expect(entry).to_have_count(0, timeout=SLOW)


@pytest.mark.databases
def test_on_a_phone_what_was_deleted_in_the_sheet_is_brought_back_from_there(
    visit: Open, server: Server
) -> None:
    with server.client() as client:
        make(client, "Thrown away")
    page = visit(phone=True)
    page.get_by_role("button", name="Open menu").click()
    page.get_by_role("button", name="Menu of “Thrown away”").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(row(page, "Thrown away")).to_have_count(0, timeout=SLOW)
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "Thrown away")).to_have_count(1, timeout=SLOW)


@pytest.mark.databases
def test_a_file_is_imported(visit: Open, accessible: Check) -> None:
    page = visit("/settings", phone=True)
    page.get_by_role("button", name="Import…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Drop a file here")).to_be_visible()
    dialog.get_by_label("Choose a file").set_input_files(FIXTURES / "openwebui.json")
    expect(dialog.get_by_text("2 new chats")).to_be_visible(timeout=SLOW)
    expect(dialog.get_by_text("2 records were not imported")).to_be_visible()
    expect(dialog.get_by_text("narrator")).to_be_visible()
    accessible(page)
    dialog.get_by_role("button", name="Import another file").click()
    dialog.get_by_label("Choose a file").set_input_files(FIXTURES / "openwebui.json")
    expect(dialog.get_by_text("2 chats were here already")).to_be_visible(timeout=SLOW)
    dialog.get_by_role("button", name="Import another file").click()
    broken = {"name": "x.zip", "mimeType": "application/zip", "buffer": b"PK\x03\x04"}
    dialog.get_by_label("Choose a file").set_input_files(broken)  # type: ignore[arg-type]
    expect(dialog.get_by_text("The archive cannot be read.")).to_be_visible(timeout=SLOW)


@pytest.mark.databases
def test_a_chat_is_shared_and_taken_back(visit: Open, server: Server, accessible: Check) -> None:
    with server.client() as client:
        chat_id = make(client, "Shared plums", "ripe?", "**Blue** ones.", "more?", "later words")
    page = visit(f"/c/{chat_id}")
    reply = page.get_by_role("article").filter(has_text="Blue")
    reply.hover()
    reply.get_by_role("button", name="Share up to here").click()
    dialog = page.get_by_role("dialog", name="Share this chat")
    dialog.get_by_label("Your name").fill("Ann")
    dialog.get_by_role("button", name="Make a link").click()
    link = dialog.get_by_label("Link", exact=True)
    expect(link).to_have_value(re.compile("/s/"), timeout=SLOW)
    accessible(page)
    path = link.input_value().removeprefix(server.base_url)
    stranger = visit(path, locale="zh-CN", dark=True, phone=True)
    expect(stranger.get_by_role("heading", name="Shared plums")).to_be_visible(timeout=SLOW)
    expect(stranger.get_by_text("由 Ann 分享")).to_be_visible()
    expect(stranger.locator("article strong", has_text="Blue")).to_be_visible(timeout=SLOW)
    expect(stranger.get_by_text("later words")).to_have_count(0)
    # no sidebar, nothing of the owner's
    expect(stranger.get_by_role("navigation")).to_have_count(0)
    accessible(stranger)
    dialog.get_by_label("As it goes on").check()
    dialog.get_by_role("button", name="Change the link").click()
    expect(dialog.get_by_role("button", name="Change the link")).to_be_enabled(timeout=SLOW)
    stranger.reload()
    expect(stranger.get_by_text("later words")).to_be_visible(timeout=SLOW)
    dialog.get_by_role("button", name="Take the link back").click()
    expect(dialog.get_by_role("button", name="Make a link")).to_be_visible(timeout=SLOW)
    stranger.reload()
    expect(stranger.get_by_role("heading", name="此链接已失效")).to_be_visible(timeout=SLOW)


@pytest.mark.databases
def test_search_is_narrowed(visit: Open, server: Server) -> None:
    with server.client() as client:
        make(client, "Kumquat title", "kumquat asked", "kumquat answered", folder="Citrus")
        make(client, "Winter", "冬天到了，我买了一箱柚子和金橘。", "好主意。")
    page = visit()
    expect(row(page, "Kumquat")).to_have_count(0)
    expect(folder(page, "Citrus")).to_be_visible(timeout=SLOW)
    page.keyboard.press("Control+k")
    options = page.get_by_role("option").filter(has_text=re.compile("kumquat|winter", re.I))
    expect(options).to_have_count(2, timeout=SLOW)
    # without a word, what a filter says of chats holds
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Any folder").select_option("Citrus")
    expect(options).to_have_count(1, timeout=SLOW)
    page.get_by_label("Archived too").select_option("archived")
    expect(page.get_by_text("No chats there")).to_be_visible(timeout=SLOW)
    page.get_by_label("Anyone").select_option("user")
    expect(page.get_by_text("Type what to look for")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Filters").click()
    page.get_by_placeholder("Search chats, or type a command").fill("kumquat")
    expect(options).to_have_count(3, timeout=SLOW)
    expect(page.locator("mark").first).to_have_text(re.compile("kumquat", re.I))
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Anyone").select_option("user")
    expect(options).to_have_count(1, timeout=SLOW)
    page.get_by_label("Anyone").select_option("")
    page.get_by_label("Any folder").select_option("Citrus")
    expect(options).to_have_count(3, timeout=SLOW)
    page.get_by_label("Any time").select_option("week")
    page.get_by_label("Archived too").select_option("archived")
    expect(page.get_by_text("Nothing found for")).to_be_visible(timeout=SLOW)
    page.get_by_label("Archived too").select_option("")
    page.get_by_label("Any folder").select_option("")
    # two characters out of the middle of a sentence
    page.get_by_placeholder("Search chats, or type a command").fill("柚子")
    found = page.get_by_role("option").filter(has_text="一箱柚子和金橘")
    expect(found).to_have_count(1, timeout=SLOW)
    expect(found.locator("mark")).to_have_text("柚子")
    found.click()
    expect(page.get_by_role("article").filter(has_text="一箱柚子和金橘")).to_be_visible(timeout=SLOW)
