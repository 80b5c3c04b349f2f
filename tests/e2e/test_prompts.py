"""A person keeps prompts and personas, and asks with them."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.room import SLOW, choose, finished
from tests.server import Server


@pytest.mark.databases
def test_a_prompt_is_written_brought_up_and_filled(
    visit: Open, accessible: Callable[[Page], None], server: Server
) -> None:
    page = visit("/prompts")
    page.get_by_role("button", name="New prompt").click()
    page.get_by_label("Name").fill("Sum up")
    page.get_by_label("Text").fill("{{how:select:Briefly|At length}}, on {{date}}: {{text}}")
    expect(page.get_by_text("Asked for: how · text")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Sum up /sum-up")).to_be_visible()
    # a name that is taken is said at its field
    page.get_by_role("button", name="New prompt").click()
    page.get_by_label("Name").fill("Sum up")
    page.get_by_label("Text").fill("x")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose another name")
    page.keyboard.press("Escape")
    accessible(page)

    page.goto(server.base_url)
    message = page.get_by_role("textbox", name="Message")
    message.press_sequentially("/su")
    expect(page.get_by_role("option", name=re.compile("sum-up"))).to_have_attribute("aria-selected", "true")
    accessible(page)
    # an input method's Enter chooses a word and nothing else
    message.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    expect(page.get_by_role("dialog")).to_have_count(0)
    message.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    message.fill("")
    message.press_sequentially("/su")
    expect(page.get_by_role("option")).to_have_count(1)
    message.press("Enter")
    page.get_by_role("dialog").get_by_label("how").select_option("At length")
    page.get_by_role("dialog").get_by_label("text").fill("The sea {{date}}")
    accessible(page)
    page.get_by_role("dialog").get_by_label("text").press("Enter")
    expect(message).to_be_focused()
    expect(message).to_have_value(re.compile(r"^At length, on \w+ \d+, \d{4}: The sea \{\{date\}\}$"))
    # a path is no prompt, and is sent as it is
    message.fill("/etc/hosts")
    expect(page.get_by_role("listbox")).to_have_count(0)


@pytest.mark.databases
def test_prompts_are_exported_and_imported(visit: Open, server: Server) -> None:
    with server.client() as client:
        client.post("/api/prompts", json={"name": "Travels", "content": "Go to {{place}}"})
    page = visit("/prompts")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    file = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert "Travels" in [one["name"] for one in file["prompts"]]
    own = [{"command": "/mail", "title": "Mail", "content": "Write a mail to {{who}}"}]
    chooser = page.locator("input[type=file]")
    chooser.set_input_files(
        {"name": "p.json", "mimeType": "application/json", "buffer": json.dumps(own).encode()}
    )
    expect(page.get_by_text("1 prompt added").first).to_be_visible()
    expect(page.get_by_role("heading", name="Mail /mail")).to_be_visible()
    chooser.set_input_files({"name": "p.json", "mimeType": "application/json", "buffer": b"[1"})
    expect(page.get_by_text("This file holds no prompts").first).to_be_visible()


@pytest.mark.databases
def test_a_persona_is_made_and_answers(
    visit: Open, accessible: Callable[[Page], None], server: Server
) -> None:
    page = visit("/personas")
    page.get_by_role("button", name="New persona").click()
    page.get_by_label("Name").fill("Teacher")
    page.get_by_role("radio", name="Amber").click()
    page.get_by_label("Instructions").fill("You teach.")
    page.get_by_label("Model").select_option("fake")
    page.get_by_label("Opening line").fill("Two numbers, please.")
    page.get_by_label("Suggestions").fill("What is 3 + 4? [[fake tokens=3]]\n")
    accessible(page)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Chat with Teacher").click()
    expect(page.get_by_role("heading", name="Teacher", level=1)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Model: fake · Teacher"))).to_be_visible(timeout=SLOW)
    accessible(page)
    page.get_by_role("list", name="What you might ask Teacher").get_by_role("button").click()
    page.get_by_role("textbox", name="Message").press("Enter")
    finished(page)
    expect(page.get_by_text("Two numbers, please.")).to_be_visible()
    with server.client() as client:
        (persona,) = client.get("/api/personas").json()["items"]
        (chat,) = client.get("/api/chats/").json()["items"]
        assert (chat["persona"]["name"], chat["system_prompt"], chat["model"]) == (
            "Teacher",
            "You teach.",
            "fake",
        )
        client.patch(f"/api/personas/{persona['id']}", json={"system_prompt": "You teach well."})
    # the chat stays as it was until one wants what the persona says now
    page.reload()
    page.get_by_role("button", name="Show parameters").click()
    prompt = page.get_by_role("textbox", name="System prompt")
    expect(prompt).to_have_value("You teach.")
    page.get_by_role("button", name="Take on the changes").click()
    expect(prompt).to_have_value("You teach well.")
    page.reload()
    page.get_by_role("button", name=re.compile("Model: fake")).click()
    page.get_by_role("option", name="Without a persona").click()
    expect(page.get_by_text("Two numbers, please.")).to_have_count(0)
    page.get_by_role("button", name="Show parameters").click()
    expect(prompt).to_have_value("")


def test_in_chinese_on_a_phone(visit: Open, accessible: Callable[[Page], None]) -> None:
    page = visit("/personas", locale="zh-CN", dark=True, phone=True)
    expect(page.get_by_role("heading", name="角色", level=1)).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="提示词", exact=True).click()
    page.get_by_role("button", name="新建提示词").click()
    accessible(page)


def test_replies_by_a_schema_are_shown_as_fields(
    visit: Open, accessible: Callable[[Page], None], server: Server
) -> None:
    page = visit("/")
    choose(page, "Stellar Demo")
    page.get_by_role("button", name="Show parameters").click()
    field = page.get_by_role("textbox", name="Reply by a schema")
    field.fill('{"sky"')
    expect(page.get_by_role("alert")).to_contain_text("not JSON")
    field.fill('{"type": "object", "properties": {"sky": {"enum": ["blue"]}}, "required": ["sky"]}')
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Close drawer").click()
    page.get_by_role("textbox", name="Message").fill("What colour is the sky?")
    page.get_by_role("textbox", name="Message").press("Enter")
    expect(page.get_by_text("Follows its schema")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("row", name="sky blue")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="JSON", exact=True).click()
    expect(page.locator("pre").last).to_contain_text('"sky": "blue"')
