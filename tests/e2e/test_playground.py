"""A person tries what a model can do, and takes the code of it along."""

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as Late

from tests.e2e.conftest import Open
from tests.e2e.room import SLOW
from tests.engines.llamacpp import ranker, tiny
from tests.server import Server, serving

pytestmark = pytest.mark.real_engine


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the demonstration model, and models of one's own that embed and rank."""
    folder = tmp_path_factory.mktemp("server")
    own = {
        "embedding": tiny.write(folder / "embedder.gguf"),
        "rerank": ranker.write(folder / "ranker.gguf"),
    }
    with serving(folder / "data") as running:
        with running.client() as client:
            for kind, path in own.items():
                added = client.post("/api/v1/models", json={"id": kind, "path": str(path), "kind": kind})
                assert added.status_code == 200, added.text
        yield running


def started(server: Server, model: str) -> str:
    """Start a model if it does not run, and return the address of its playground."""
    with server.client() as client:
        answer = client.post("/api/v1/models/start", json={"model_id": model})
        return f"/playground/{answer.json()['data']['run_id']}"


def answered(page: Page) -> dict[str, object]:
    """Run the structured prompt and return the object as JSON."""
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("Valid by the schema")).to_be_visible(timeout=SLOW)
    page.get_by_role("radio", name="JSON", exact=True).click()
    text = page.get_by_role("region", name="Answer").locator("pre").inner_text()
    found: dict[str, object] = json.loads(text)
    return found


def test_an_answer_has_the_shape_that_is_wanted(
    visit: Open, accessible: Callable[[Page], None], server: Server
) -> None:
    page = visit(started(server, "stellar-demo"))
    page.get_by_role("tab", name="Structured").click(timeout=SLOW)
    schema = page.get_by_role("textbox", name="Schema")
    schema.fill('{"city": "string", "size": "integer"}')
    found = answered(page)
    assert isinstance(found["city"], str)
    assert isinstance(found["size"], int)
    accessible(page)
    schema.fill('{"type": "object", "properties": {"sky": {"enum": ["blue"]}}, "required": ["sky"]}')
    expect(page.get_by_role("radio", name="JSON Schema")).to_be_checked()
    assert answered(page) == {"sky": "blue"}


def test_what_was_written_before_stop_stays_in_the_conversation(visit: Open, server: Server) -> None:
    page = visit(started(server, "stellar-demo"))
    message = page.get_by_role("textbox", name="Message")
    conversation = page.get_by_role("region", name="Conversation")
    for text in ("Count from 1 to 100", "What is 3 + 4?"):
        expect(message).to_be_visible(timeout=SLOW)
        message.fill(text)
        message.press("Enter")
        if text.startswith("Count"):
            expect(conversation).to_contain_text(re.compile("1, ?2"), timeout=SLOW)
            with contextlib.suppress(Late):  # the demonstration model may come to its end first
                page.get_by_role("button", name="Stop", exact=True).click(timeout=1000)
        expect(page.get_by_role("button", name="Send")).to_be_visible(timeout=SLOW)
    expect(conversation).to_contain_text("= 7", timeout=SLOW)
    expect(conversation).to_contain_text(re.compile("1, ?2"))


@pytest.mark.parametrize("language", ["curl", "Python"])
@pytest.mark.parametrize("dialect", ["StellarChat API", "OpenAI client"])
def test_the_code_does_what_it_says(visit: Open, server: Server, language: str, dialect: str) -> None:
    page = visit(started(server, "stellar-demo"))
    page.get_by_role("tab", name="Generate").click(timeout=SLOW)
    page.get_by_role("textbox", name="Prompt", exact=True).fill("What is 3 + 4?")
    page.get_by_role("textbox", name="Temperature").fill("0")
    page.locator("summary", has_text="Code").click()
    page.get_by_role("radio", name=dialect).click()
    page.get_by_role("radio", name=language).click()
    code = page.locator("pre code").inner_text()
    words = ["sh", "-c", code] if language == "curl" else [sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    pieces = re.findall(r'"(?:delta|content)":"([^"]*)"', done.stdout)
    assert "3 + 4 = 7" in ("".join(pieces) if language == "curl" else done.stdout)


def test_texts_are_embedded_and_documents_ranked(
    visit: Open, accessible: Callable[[Page], None], server: Server
) -> None:
    page = visit(started(server, "embedding"))
    page.get_by_role("button", name="Embed").click(timeout=SLOW)
    expect(page.get_by_role("region", name="Vectors")).to_contain_text("64 dimensions", timeout=SLOW)
    expect(page.get_by_role("region", name="Similarity").get_by_role("row")).to_have_count(4)
    accessible(page)
    page.goto(server.base_url + started(server, "rerank"))
    page.get_by_role("button", name="Rank").click(timeout=SLOW)
    ranking = page.get_by_role("list", name="Ranking").get_by_role("listitem")
    expect(ranking).to_have_count(3, timeout=SLOW)
    scores = [float(re.findall(r"-?\d+\.\d+", text)[-1]) for text in ranking.all_inner_texts()]
    assert scores == sorted(scores, reverse=True)
    accessible(page)
