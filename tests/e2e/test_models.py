"""A person launches a model, watches it start, tries it, looks after it, and stops it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.room import SLOW, finished, replies, say
from tests.server import Server

pytestmark = pytest.mark.real_engine

DEMO = "Stellar Demo"
SMALLER = "1024"  # tokens of context: half of what the demonstration model has


def stopped(server: Server) -> None:
    """Stop whatever runs."""
    with server.client() as client:
        for instance in client.get("/api/v1/models/running").json()["data"]:
            client.post(f"/api/v1/models/running/{instance['run_id']}/stop")


def launched(page: Page, **options: str) -> None:
    """Fill in the launch form of the demonstration model, start it, and wait for the end of its timeline."""
    page.get_by_role("link", name=f"Launch {DEMO}").click()
    for label, value in options.items():
        page.get_by_label(label, exact=True).fill(value)
    expect(page.get_by_text(re.compile("^Fits: needs"))).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Start", exact=True).click()
    ready = page.locator("li[data-step=ready]")
    expect(ready).to_have_attribute("data-state", "done", timeout=SLOW)


@pytest.mark.databases
def test_a_model_is_launched_tried_watched_and_stopped(
    visit: Open, accessible: Callable[[Page], None], server: Server
) -> None:
    stopped(server)
    page = visit("/models")
    expect(page.get_by_role("heading", name=DEMO)).to_be_visible(timeout=SLOW)
    launched(page, Context=SMALLER)
    accessible(page)
    with server.client() as client:
        [instance] = client.get("/api/v1/models/running").json()["data"]
    assert instance["context_length"] == int(SMALLER)

    page.get_by_role("link", name="Playground", exact=True).first.click()
    page.get_by_role("textbox", name="Message").fill("What is 3 + 4?")
    page.get_by_role("textbox", name="Message").press("Enter")
    conversation = page.get_by_role("region", name="Conversation")
    expect(conversation).to_contain_text("7", timeout=SLOW)
    expect(conversation).to_contain_text(re.compile("first token"), timeout=SLOW)
    accessible(page)

    page.get_by_role("link", name=re.compile("^Running")).first.click()
    card = page.locator(f"li[data-run='{instance['run_id']}']")
    expect(card.get_by_role("img", name=re.compile("^Tokens per second: now"))).to_be_visible(timeout=SLOW)
    expect(card.get_by_role("img", name=re.compile("^Memory: now"))).to_be_visible()
    card.get_by_role("button", name=f"Log of {DEMO}").click()
    expect(page.get_by_role("region", name="What the engine wrote")).to_contain_text(
        re.compile("model|server|load"), timeout=SLOW
    )
    accessible(page)

    card.get_by_role("button", name=f"Stop {DEMO}").click()
    report = page.get_by_role("status", name=f"{DEMO} stopped")
    expect(report).to_contain_text("All its processes are gone", timeout=SLOW)
    expect(report).to_contain_text("took")
    expect(card).to_have_count(0)
    expect(page.get_by_role("heading", name="Nothing is running")).to_be_visible()
    accessible(page)


def test_a_start_goes_on_while_its_drawer_is_closed(visit: Open, server: Server) -> None:
    stopped(server)
    page = visit("/models/stellar-demo")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Close drawer").click()
    page.get_by_role("link", name=f"Launch {DEMO}").click()
    expect(page.locator("li[data-step=ready]")).to_have_attribute("data-state", "done", timeout=SLOW)


def test_what_is_wrong_with_an_option_is_said_beside_it(visit: Open, server: Server) -> None:
    stopped(server)
    page = visit("/models/stellar-demo")
    field = page.get_by_label("Context", exact=True)
    field.fill("999999")
    expect(page.get_by_text("Between 256 and 2,048")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    field.fill("512")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()


def test_a_schema_is_checked_while_it_is_written(visit: Open, server: Server) -> None:
    with server.client() as client:
        answer = client.post("/api/v1/models/start", json={"model_id": "stellar-demo"})
        run_id = answer.json()["data"]["run_id"]
    page = visit(f"/playground/{run_id}")
    page.get_by_role("tab", name="Structured").click(timeout=SLOW)
    schema = page.get_by_role("textbox", name="Schema")
    schema.fill('{"city": "text"}')
    expect(page.get_by_text(re.compile("“text” is not a type"))).to_be_visible()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_disabled()
    schema.fill('{"city": "string"}')
    page.get_by_role("radio", name="JSON Schema").click()
    expect(schema).to_have_value(re.compile('"additionalProperties": false'))
    page.locator("summary", has_text="Code").click()
    expect(page.get_by_role("main")).to_contain_text("/api/v1/llm/structured-generate")


@pytest.mark.parametrize(("dark", "phone", "locale"), [(False, False, "en-US"), (True, True, "zh-CN")])
def test_every_room_is_accessible(
    visit: Open, accessible: Callable[[Page], None], dark: bool, phone: bool, locale: str
) -> None:
    page = visit("/models", dark=dark, phone=phone, locale=locale)
    origin = page.url.split("/models")[0]
    for path in ("/models", "/models/qwen3", "/running", "/downloads", "/endpoints", "/playground/none"):
        page.goto(origin + path)
        # The sheet of a phone stands over the room and hides it from everybody.
        expect(
            page.get_by_role("heading", level=2).or_(page.get_by_role("heading", level=3)).first
        ).to_be_visible(timeout=SLOW)
        accessible(page)


@pytest.mark.parametrize(
    ("locale", "said", "use"),
    [
        ("en-US", "lost-7b is not here any more; choose another model.", "Use "),
        ("zh-CN", "lost-7b 已不在这里，请选择其他模型。", "使用 "),
    ],
)
def test_a_chat_whose_model_is_gone_says_so_when_it_is_opened(
    visit: Open, server: Server, accessible: Callable[[Page], None], locale: str, said: str, use: str
) -> None:
    with server.client() as client:
        chat = client.post("/api/chats/", json={"title": "Imported", "model": "lost-7b"}).json()["id"]
    page = visit(f"/c/{chat}", locale=locale)
    line = page.get_by_text(said)
    expect(line).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name=re.compile("^(Model: |模型：)lost-7b"))).to_be_visible()
    accessible(page)
    page.get_by_role("button", name=re.compile(f"^{use}")).click()
    expect(line).to_have_count(0)
    say(page, "hello")
    finished(page)
    page.reload()
    expect(replies(page)).to_have_count(1, timeout=SLOW)
    expect(line).to_have_count(0)


def test_a_playground_without_a_model_leads_to_the_models_that_run(visit: Open) -> None:
    page = visit("/playground")
    expect(page.get_by_role("link", name="Running")).to_have_attribute("aria-current", "page", timeout=SLOW)
