"""A person asks several models the same and says which answer is best."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.room import SLOW, finished
from tests.fake_engine import Fake
from tests.server import Server, endpoint, serving


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, fake: Fake, database: dict[str, str]
) -> Iterator[Server]:
    """A server with three models of an endpoint."""
    config = {"endpoints": [endpoint(fake, models=("one", "two", "three"))], **database}
    with serving(tmp_path_factory.mktemp("server"), config=config) as running:
        yield running


def asked(page: Page, text: str, *models: str) -> None:
    """Choose models and ask them."""
    for place, model in enumerate(models):
        field = page.get_by_label(f"Model {place + 1}")
        if not field.count():
            page.get_by_role("button", name="Add a model").click()
        field.select_option(model)
    page.get_by_role("textbox", name="Message").fill(text)
    page.get_by_role("textbox", name="Message").press("Enter")


@pytest.mark.databases
def test_models_answer_side_by_side_and_the_chat_goes_on_with_one(
    visit: Open, accessible: Callable[[Page], None], server: Server
) -> None:
    page = visit("/compare")
    expect(page.get_by_label("Model 2")).to_be_visible(timeout=SLOW)
    page.get_by_label("Model 1").select_option("three")
    accessible(page)
    asked(page, "hi [[fake tokens=4000]]", "three", "one", "two")
    for name in ("one", "two", "three"):
        expect(page.get_by_role("region", name=name, exact=True)).to_contain_text("tok03", timeout=SLOW)
    accessible(page)
    # a reload finds all of them being written still
    page.reload()
    expect(page.get_by_role("button", name="Stop all")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Stop two").click()
    expect(page.get_by_role("button", name="Go on with two")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="two is best")).to_be_disabled()
    page.get_by_role("button", name="Stop all").click()
    expect(page.get_by_role("button", name="Go on with three")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Ask two again").click()
    expect(page.get_by_role("button", name="Stop two")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Stop all").click()
    expect(page.get_by_role("button", name="two is best")).to_be_enabled(timeout=SLOW)
    # by the keyboard: the third
    page.locator("main").focus()
    page.keyboard.press("3")
    expect(page.get_by_text("two won. You can change your vote.")).to_be_visible()
    page.get_by_role("button", name="Go on with two").click()
    page.wait_for_url(re.compile("/c/"))
    expect(page.get_by_role("button", name=re.compile("Model: two"))).to_be_visible(timeout=SLOW)
    expect(page.get_by_text(re.compile("Version|4/4|3/4")).first).to_be_attached()
    finished(page)
    page.goto(server.base_url + "/standings")
    row = page.get_by_role("row", name=re.compile("^two"))
    expect(row).to_contain_text("2")
    accessible(page)


def test_names_are_hidden_until_the_vote(visit: Open, accessible: Callable[[Page], None]) -> None:
    page = visit("/compare", locale="zh-CN", dark=True, phone=True)
    expect(page.get_by_label("模型 2")).to_be_visible(timeout=SLOW)
    page.get_by_label("模型 1").select_option("three")
    page.get_by_label("模型 2").select_option("one")
    page.get_by_text("投票前隐藏名称").click()
    accessible(page)
    page.get_by_role("textbox", name="消息").fill("hi [[fake tokens=3]]")
    page.get_by_role("button", name="全部询问").click()
    expect(page.get_by_role("tab", name="回答 A")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="平局")).to_be_enabled(timeout=SLOW)
    expect(page.get_by_role("main")).not_to_contain_text(re.compile("one|three"))
    page.get_by_role("tab", name="回答 B").click()
    expect(page.get_by_role("region", name="回答 B")).to_contain_text("tok02")
    accessible(page)
    page.get_by_role("button", name="平局").click()
    expect(page.get_by_text("平局。您可以更改投票。")).to_be_visible()
    expect(page.get_by_role("tab", name="one")).to_be_visible()
    # the next message goes to both of them too
    page.get_by_role("textbox", name="下一条消息").fill("and [[fake tokens=2]]")
    page.get_by_role("textbox", name="下一条消息").press("Enter")
    expect(page.get_by_role("article", name="您的提问")).to_contain_text("and", timeout=SLOW)
    expect(page.get_by_role("tab", name="回答 A")).to_be_visible(timeout=SLOW)


def test_a_failed_answer_is_asked_for_again_in_its_column(visit: Open) -> None:
    page = visit("/compare")
    expect(page.get_by_label("Model 2")).to_be_visible(timeout=SLOW)
    asked(page, "hi [[fake status=500]]", "one", "two")
    card = page.get_by_role("region", name="one", exact=True).get_by_role("region", name="No reply came")
    retry = card.get_by_role("button", name="Try again")
    expect(retry).to_be_enabled(timeout=SLOW)
    # the model of a column is no chat's, to be exchanged
    expect(card.get_by_role("button")).to_have_count(1)
    with page.expect_response(re.compile("/again$")) as answered:
        retry.click()
    assert answered.value.status == 200
