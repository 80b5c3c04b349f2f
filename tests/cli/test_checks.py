"""What `stellarchat check` takes for each engine, and what progress lines say."""

from pathlib import Path
from typing import Any

from stellarchat.app.house import House
from stellarchat.cli import checks, progress
from stellarchat.config import load
from tests.fake_ollama import fake_ollama

DOWNLOAD: dict[str, Any] = {"rate": None, "eta_seconds": None, "status": "running", "files": []}


async def test_ollama_is_tried_with_the_smallest_model_it_has(tmp_path: Path) -> None:
    with fake_ollama() as fake:
        given = {"data_dir": tmp_path, "ollama": {"base_url": fake.base_url}}
        house = House(load(given, env_file=None, environ={}).settings)
        try:
            await house.open()
            await house.instances.watches.look()
            found = await checks._check(house, "ollama", None)
        finally:
            await house.close()
    assert (found["result"], found["answer"]) == ("ok", "Hello, wörld 你好")
    assert fake.bodies("/api/chat")[-1]["model"] == "qwen3:0.6b"


async def test_a_spare_folder_is_for_engines_that_read_it(tmp_path: Path) -> None:
    house = House(load({"data_dir": tmp_path}, env_file=None, environ={}).settings)
    try:
        await house.open()
        assert await checks._spare(house, "llamacpp", checks.DEMO) is None
        assert await checks._spare(house, "transformers", None) is None
        variant = await checks._spare(house, "transformers", checks.DEMO)
        assert "transformers" in variant.engines
        assert checks._here(house, "transformers").id == variant.id
    finally:
        await house.close()


def test_a_download_of_several_files_tells_how_many_are_whole() -> None:
    files = [{"bytes_done": 5, "bytes_total": 5}, {"bytes_done": 1, "bytes_total": None}]
    line = progress.of_download({**DOWNLOAD, "bytes_done": 500, "bytes_total": 2000, "files": files})
    assert "25 %" in line
    assert "1/2 files" in line
    assert "500 B of 2 kB" in line
    unknown = progress.of_download({**DOWNLOAD, "bytes_done": 7, "bytes_total": None, "status": "queued"})
    assert unknown == "7 B  queued"


def test_a_start_tells_its_step() -> None:
    loading = {"loading": {"progress": 0.5, "eta_seconds": 3.2}}
    line = progress.of_start({"step": "load", "download": None, "instance": loading})
    assert line.startswith("loading")
    assert "50 %" in line
    assert "3 s left" in line
    assert progress.of_start({"step": "resolve", "download": None, "instance": None}) == "resolve"
