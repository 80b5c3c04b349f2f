"""A person fetches weights, adds models of their own, and looks through the catalogue."""

import json
import re
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Open
from tests.e2e.room import SLOW
from tests.engines.transformers.working import PATIENCE, needs_libraries
from tests.fake_ollama import FakeOllama, fake_ollama
from tests.hub.server import FakeHub
from tests.server import Server, serving

pytestmark = pytest.mark.real_engine

FAR = "Far away"
FOLDER = Path(__file__).parents[1] / "fixtures" / "demo_model"
SLOW_BYTES = 100_000  # per second: most of a minute for the weights of the demonstration, unless it is lifted


def model(model_id: str, name: str, *files: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of models.json."""
    return {
        "id": model_id,
        "name": name,
        "kind": "chat",
        "context_length": 1024,
        "sizes": [{"size": "", "files": list(files)}],
    }


@pytest.fixture(scope="module")
def hub() -> Iterator[FakeHub]:
    """A hub whose every repository has the demonstration's weights, as two GGUFs and as a folder."""
    weights = resources.files("stellarchat").joinpath("data", "demo", "stellar-demo.gguf").read_bytes()
    files = {"far-F16.gguf": weights, "far-Q8_0.gguf": weights}
    files |= {file.name: file.read_bytes() for file in FOLDER.iterdir()}
    with FakeHub(files=files) as hub:
        yield hub


@pytest.fixture(scope="module")
def ollama() -> Iterator[FakeOllama]:
    """A server of Ollama's."""
    with fake_ollama() as running:
        yield running


@pytest.fixture(scope="module")
def server(hub: FakeHub, ollama: FakeOllama, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with models that are on the hub."""
    home = tmp_path_factory.mktemp("catalogue")
    gguf = {"id": "far", "quantization": "f16", "hf_repo": "owner/far", "hf_file": "far-F16.gguf"}
    folder = {"id": "wide", "quantization": "f32", "hf_repo": "owner/wide", "format": "safetensors"}
    absent = {"id": "fast", "quantization": "fp8", "hf_repo": "owner/fast", "format": "safetensors"}
    catalogue = {
        "models": [
            model("far", FAR, {**gguf, "size_bytes": len(hub.files["far-F16.gguf"])}),
            model("wide", "Wide", {**folder, "size_bytes": 5_000_000, "engines": ["transformers"]}),
            model("fast", "Fast", {**absent, "engines": ["sglang"]}),
        ]
    }
    (home / "models.json").write_text(json.dumps(catalogue))
    settings = {
        "hf_endpoint": hub.url,
        "models_config": str(home / "models.json"),
        "ollama": {"base_url": ollama.base_url},
    }
    with serving(home / "data", config=settings) as running:
        yield running


@pytest.fixture(autouse=True)
def clean(server: Server, hub: FakeHub) -> Iterator[None]:
    """Leave no instance, download, model or fault to the next test."""
    yield
    hub.faults.bytes_per_second, hub.faults.spoil = None, False
    hub.faults.status.clear()
    hub.faults.error_code = None
    with server.client() as client:
        for one in client.get("/api/v1/models/running").json()["data"]:
            client.post(f"/api/v1/models/running/{one['run_id']}/stop")
        for one in client.get("/api/v1/downloads").json()["data"]:
            client.delete(f"/api/v1/downloads/{one['id']}")
        for one in client.get("/api/v1/models").json()["data"]:
            for variant in one["variants"]:
                client.delete(f"/api/v1/models/{variant['id']}/weights")
            if one["own"]:
                client.delete(f"/api/v1/models/{one['id']}")


def row(page: Page, name: str) -> Locator:
    """Return the row of a download."""
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=name))


def fetched(page: Page, name: str) -> Locator:
    """Start the download of a model from its card and return its row."""
    page.get_by_role("link", name=f"Launch {name}").click()
    page.get_by_role("button", name="Download only").click(timeout=SLOW)
    expect(row(page, name)).to_be_visible(timeout=SLOW)
    return row(page, name)


def ready(page: Page) -> None:
    """Wait for the end of a start."""
    expect(page.locator("li[data-step=ready]")).to_have_attribute("data-state", "done", timeout=2 * SLOW)


def test_a_download_is_watched_paused_resumed_and_its_model_started(
    visit: Open, hub: FakeHub, accessible: Callable[[Page], None]
) -> None:
    hub.faults.bytes_per_second = SLOW_BYTES
    page = visit("/models")
    download = fetched(page, FAR)
    expect(download).to_contain_text(re.compile(r"\d %|\d%"), timeout=SLOW)
    expect(download).to_contain_text(re.compile("[kM]B/s"), timeout=SLOW)
    expect(download).to_contain_text(re.compile("left"), timeout=SLOW)
    accessible(page)
    page.reload()
    download.get_by_role("button", name=f"Pause {FAR}").click(timeout=SLOW)
    expect(download).to_contain_text("Paused", timeout=SLOW)
    hub.faults.bytes_per_second = None
    download.get_by_role("button", name=f"Resume {FAR}").click()
    download.get_by_role("link", name="Launch").click(timeout=SLOW)
    page.get_by_role("button", name="Start", exact=True).click(timeout=SLOW)
    ready(page)


def test_a_start_tells_of_the_download_it_waits_for(visit: Open, hub: FakeHub) -> None:
    hub.faults.bytes_per_second = SLOW_BYTES
    page = visit("/models/far")
    page.get_by_role("button", name=re.compile("^Download .* and start$")).click(timeout=SLOW)
    step = page.locator("li[data-step=download]")
    expect(step).to_contain_text(re.compile("[kM]B/s"), timeout=SLOW)
    hub.faults.bytes_per_second = None
    ready(page)


def test_several_files_are_told_apart_and_a_download_can_be_dropped(
    visit: Open, hub: FakeHub, server: Server
) -> None:
    hub.faults.bytes_per_second = SLOW_BYTES
    page = visit("/models")
    download = fetched(page, "Wide")
    download.get_by_text(re.compile(r"^\d files$")).click(timeout=SLOW)
    expect(download.get_by_text("model.safetensors", exact=True)).to_be_visible()
    expect(download.get_by_text("tokenizer.json", exact=True)).to_be_visible()
    download.get_by_role("button", name="Cancel Wide").click()
    expect(page.get_by_role("heading", name=re.compile("No downloads|Nothing"))).to_be_visible(timeout=SLOW)
    assert not [*server.data_dir.rglob("*.part")]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"spoil": True}, re.compile("hash|damaged|not what", re.IGNORECASE)),
        ({"status": [401] * 4, "error_code": "GatedRepo"}, re.compile("hf_token|licen[cs]e|token")),
    ],
)
def test_a_download_that_fails_says_what_to_do(
    visit: Open, hub: FakeHub, fault: dict[str, Any], words: re.Pattern[str]
) -> None:
    for name, value in fault.items():
        setattr(hub.faults, name, value)
    page = visit("/models")
    problem = fetched(page, FAR).get_by_role("alert")
    expect(problem).to_contain_text(words, timeout=SLOW)
    hub.faults.spoil, hub.faults.error_code = False, None
    hub.faults.status.clear()
    problem.get_by_role("button", name="Try again").click()
    expect(row(page, FAR)).to_contain_text("Complete", timeout=SLOW)


def looked_at(page: Page, source: str, label: str, place: str) -> Locator:
    """Open the sheet, say where the model is, and have a look there."""
    page.get_by_role("button", name="Add a model").first.click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("radio", name=source, exact=True).click()
    sheet.get_by_label(label).fill(place)
    look = sheet.get_by_role("button", name="Look", exact=True)
    if look.count():
        look.click()
    return sheet


def added(sheet: Locator, name: str) -> None:
    """Name what was found and put it into the catalogue."""
    sheet.get_by_label("Name", exact=True).fill(name, timeout=SLOW)
    sheet.get_by_label("Short name").fill(name.lower())
    sheet.get_by_role("button", name="Add to the catalogue").click()
    expect(sheet).to_have_count(0, timeout=SLOW)


def taken_out(page: Page, name: str) -> None:
    """Take the model out whose form is open."""
    page.get_by_role("button", name="Take out of the catalogue").click(timeout=SLOW)
    page.get_by_role("alertdialog").or_(page.get_by_role("dialog")).last.get_by_role(
        "button", name=re.compile("^(Delete|Remove|Take out|Yes)")
    ).click()
    expect(page.get_by_role("link", name=f"Launch {name}")).to_have_count(0, timeout=SLOW)


def test_a_file_of_the_server_is_added_started_and_taken_out(
    visit: Open, server: Server, accessible: Callable[[Page], None]
) -> None:
    weights = resources.files("stellarchat").joinpath("data", "demo", "stellar-demo.gguf")
    page = visit("/models")
    sheet = looked_at(page, "Path on the server", "File or folder", str(weights))
    expect(sheet).to_contain_text("llama.cpp", timeout=SLOW)
    accessible(page)
    added(sheet, "Mine")
    page.get_by_role("button", name="Start", exact=True).click(timeout=SLOW)
    ready(page)
    with server.client() as client:
        body = {"model": "mine", "messages": [{"role": "user", "content": "What is 3 + 4?"}]}
        reply = client.post("/v1/chat/completions", json=body).json()
        assert "7" in reply["choices"][0]["message"]["content"]
        [instance] = client.get("/api/v1/models/running").json()["data"]
        client.post(f"/api/v1/models/running/{instance['run_id']}/stop")
    page.goto(server.base_url + "/models/mine")
    taken_out(page, "Mine")


@needs_libraries
def test_a_folder_of_the_server_runs_on_transformers_with_its_options(visit: Open, server: Server) -> None:
    page = visit("/models")
    added(looked_at(page, "Path on the server", "File or folder", str(FOLDER)), "Folder")
    engine = page.get_by_role("radiogroup", name="Engine")
    engine.get_by_role("radio", name=re.compile("^Transformers")).click(timeout=SLOW)
    page.get_by_label("Context", exact=True).fill("512", timeout=SLOW)
    page.get_by_text(re.compile("more options?$")).click()
    page.get_by_label("Precision", exact=True).select_option("float32")
    expect(page.get_by_text(re.compile("^Fits: needs"))).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("li[data-step=ready]")).to_have_attribute(
        "data-state", "done", timeout=PATIENCE * 1000
    )
    with server.client() as client:
        [instance] = client.get("/api/v1/models/running").json()["data"]
    assert (instance["engine"], instance["context_length"]) == ("transformers", 512)
    assert instance["options"]["precision"] == "float32"


def test_of_a_repository_one_form_is_chosen(visit: Open, server: Server) -> None:
    page = visit("/models")
    sheet = looked_at(page, "Hugging Face", "Repository", "owner/mine")
    sheet.get_by_role("radio", name=re.compile("Q8_0")).click(timeout=SLOW)
    added(sheet, "Eight")
    expect(page.get_by_role("button", name=re.compile("^Download .* and start$"))).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Close drawer").click()
    sheet = looked_at(page, "Hugging Face", "Repository", "owner/mine")
    sheet.get_by_role("radio", name=re.compile("whole repository")).click(timeout=SLOW)
    added(sheet, "Folder")
    with server.client() as client:
        models = {one["id"]: one for one in client.get("/api/v1/models").json()["data"]}
    assert (models["eight"]["quantizations"], models["eight"]["engines"]) == (["q8_0"], ["llamacpp"])
    assert models["folder"]["formats"] == ["safetensors"]
    assert "transformers" in models["folder"]["engines"]


def test_an_address_of_the_own_network_is_refused_with_the_reason(visit: Open, hub: FakeHub) -> None:
    page = visit("/models")
    sheet = looked_at(page, "Address", "Address of a GGUF file", f"{hub.url}/far-F16.gguf")
    expect(sheet.get_by_role("alert")).to_contain_text(re.compile("outside.allow|not public|private"))


def test_a_name_of_ollama_is_added_and_started(visit: Open, ollama: FakeOllama) -> None:
    page = visit("/models")
    added(looked_at(page, "Ollama", "Name in Ollama’s library", "llama3.2:latest"), "Llama")
    expect(page.get_by_text("looks after its memory itself")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Start", exact=True).click(timeout=SLOW)
    ready(page)
    assert "llama3.2:latest" in ollama.loaded


def test_what_lacks_its_engine_says_so_and_how_to_get_it(visit: Open) -> None:
    page = visit("/models")
    card = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Launch Fast"))
    expect(card).to_contain_text("Needs SGLang", timeout=SLOW)
    page.get_by_role("link", name="Launch Fast").click()
    drawer = page.get_by_role("radiogroup", name="Engine")
    expect(drawer.locator("..")).to_contain_text("pip install sglang", timeout=SLOW)
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Close drawer").click()
    page.get_by_role("button", name="Fits here").click()
    expect(page.get_by_role("link", name="Launch Fast")).to_have_count(0)
    page.get_by_role("searchbox", name="Search models").fill("far")
    expect(page.get_by_role("link", name=f"Launch {FAR}")).to_be_visible()
    expect(page.get_by_role("link", name="Launch Wide")).to_have_count(0)
