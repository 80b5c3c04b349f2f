"""Downloads as people see them: shared, paused, resumed, cancelled, and alive after a restart."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from stellarchat.core.downloads import Download, DownloadFile, DownloadStatus
from stellarchat.core.errors import BadRequest, Conflict, NotFound
from stellarchat.core.models import Artefact, Variant
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.catalog.downloads import Downloads
from stellarchat.services.catalog.hub import Hub
from stellarchat.services.catalog.sources import Sources
from stellarchat.store import Store
from tests.databases import sqlite_url
from tests.hub.server import FakeHub
from tests.services.models import entry, local, variant
from tests.waiting import eventually

CONTENT = bytes(range(256)) * 40_000
HALF = len(CONTENT) // 2
TINY, OTHER, THIRD = variant("tiny"), variant("other"), variant("third")


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeHub(CONTENT) as hub:
        yield hub


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(sqlite_url(tmp_path))
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def downloads(hub: FakeHub, store: Store, tmp_path: Path) -> AsyncIterator[Downloads]:
    made = await opened(hub, store, tmp_path)
    yield made
    await made.close()


async def opened(hub: FakeHub, store: Store, folder: Path, *variants: Variant) -> Downloads:
    entries = [entry(one) for one in variants or (TINY, OTHER, THIRD)]
    catalog = Catalog(entries, folder / "models")
    made = Downloads(catalog, store, Sources(Hub(hub.url)), backoff=0.001, report_every=0.01)
    await made.open()
    return made


async def rows(store: Store) -> list[Download]:
    async with store.read() as tx:
        return await tx.downloads.list()


async def test_a_model_is_downloaded_and_recorded(downloads: Downloads, store: Store, tmp_path: Path) -> None:
    seen: list[Download] = []
    downloads.on_change(seen.append)
    started = await downloads.start(TINY)
    assert started.status is DownloadStatus.QUEUED
    done = await downloads.wait(started.id)
    assert (done.status, done.bytes_done, done.bytes_total) == ("complete", len(CONTENT), len(CONTENT))
    assert (tmp_path / "models" / done.path).read_bytes() == CONTENT
    assert done.path == "HF/owner/name/tiny.gguf"
    assert [row.status for row in await rows(store)] == ["complete"]
    assert seen[0].status == "queued"
    assert seen[-1] == done


async def test_everybody_who_asks_shares_one_download(downloads: Downloads, hub: FakeHub) -> None:
    started = await asyncio.gather(*(downloads.start(TINY) for _ in range(5)))
    assert len({one.id for one in started}) == 1
    await downloads.wait(started[0].id)
    assert len(hub.gets()) == 1
    with pytest.raises(Conflict, match="here already"):
        await downloads.start(TINY)


async def test_progress_tells_bytes_and_rate(downloads: Downloads, hub: FakeHub) -> None:
    hub.faults.pause_at = HALF
    seen: list[Download] = []
    downloads.on_change(seen.append)
    download = await downloads.start(TINY)
    await eventually(lambda: downloads.get(download.id).bytes_done == HALF)
    assert downloads.progress("tiny") == "50 %"
    await eventually(lambda: any(one.rate is not None for one in seen))
    hub.faults.pause.set()
    assert (await downloads.wait(download.id)).status is DownloadStatus.COMPLETE
    assert downloads.progress("tiny") is None
    progress = [one.bytes_done for one in seen]
    assert progress == sorted(progress)


async def test_pause_keeps_what_has_come_and_resume_goes_on(
    downloads: Downloads, hub: FakeHub, store: Store
) -> None:
    hub.faults.pause_at = HALF
    download = await downloads.start(TINY)
    await eventually(lambda: downloads.get(download.id).bytes_done == HALF)
    paused = await downloads.pause(download.id)
    assert (paused.status, paused.bytes_done) == ("paused", HALF)
    assert (await rows(store))[0].bytes_done == HALF
    with pytest.raises(Conflict, match="paused"):
        await downloads.pause(download.id)
    hub.faults.pause_at = None
    resumed = await downloads.resume(download.id)
    assert resumed.id == download.id
    assert (await downloads.wait(download.id)).status is DownloadStatus.COMPLETE
    assert hub.gets()[-1].headers["Range"] == f"bytes={HALF}-"


async def test_cancel_leaves_nothing(
    downloads: Downloads, hub: FakeHub, store: Store, tmp_path: Path
) -> None:
    hub.faults.pause_at = HALF
    download = await downloads.start(TINY)
    await eventually(lambda: downloads.get(download.id).bytes_done == HALF)
    await downloads.cancel(download.id)
    assert downloads.list() == await rows(store) == []
    assert [path for path in (tmp_path / "models").rglob("*") if path.is_file()] == []
    with pytest.raises(NotFound):
        downloads.get(download.id)


async def test_a_failure_is_told_and_can_be_resumed(downloads: Downloads, hub: FakeHub, store: Store) -> None:
    hub.faults.status = [403]
    download = await downloads.start(TINY)
    failed = await downloads.wait(download.id)
    assert failed.status is DownloadStatus.FAILED
    assert failed.error is not None
    assert "licence" in failed.error.message
    assert (await rows(store))[0].error == failed.error
    await downloads.resume(download.id)
    done = await downloads.wait(download.id)
    assert (done.status, done.error) == ("complete", None)


async def test_only_some_run_at_once(downloads: Downloads, hub: FakeHub) -> None:
    hub.faults.pause_at = HALF
    started = [await downloads.start(one) for one in (TINY, OTHER, THIRD)]
    await eventually(lambda: len(hub.gets()) == 2)
    assert downloads.get(started[2].id).status is DownloadStatus.QUEUED
    hub.faults.pause.set()
    for one in started:
        assert (await downloads.wait(one.id)).status is DownloadStatus.COMPLETE


async def test_a_server_that_ends_goes_on_when_it_is_back(hub: FakeHub, store: Store, tmp_path: Path) -> None:
    hub.faults.pause_at = HALF
    first = await opened(hub, store, tmp_path)
    download = await first.start(TINY)
    await eventually(lambda: first.get(download.id).bytes_done == HALF)
    await first.close()
    assert (await rows(store))[0].status is DownloadStatus.QUEUED
    hub.faults.pause_at = None
    second = await opened(hub, store, tmp_path)
    assert (await second.wait(download.id)).status is DownloadStatus.COMPLETE
    assert hub.gets()[-1].headers["Range"] == f"bytes={HALF}-"
    await second.close()


async def test_a_killed_process_has_lost_nothing(hub: FakeHub, store: Store, tmp_path: Path) -> None:
    hub.faults.pause_at = HALF
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.services.downloading", str(tmp_path), hub.url
    )
    part = tmp_path / "models" / "HF/owner/name/tiny.gguf.part"
    try:
        await eventually(lambda: part.exists() and part.stat().st_size >= HALF // 2, patience=30)
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
    kept = part.stat().st_size
    assert CONTENT.startswith(part.read_bytes())
    hub.faults.pause_at = None
    downloads = await opened(hub, store, tmp_path)
    (download,) = downloads.list()
    assert (await downloads.wait(download.id)).status is DownloadStatus.COMPLETE
    assert hub.gets()[-1].headers["Range"] == f"bytes={kept}-"
    assert part.with_suffix("").read_bytes() == CONTENT
    await downloads.close()


async def test_a_model_gone_from_the_catalogue_fails(hub: FakeHub, store: Store, tmp_path: Path) -> None:
    hub.faults.pause_at = HALF
    first = await opened(hub, store, tmp_path)
    download = await first.start(TINY)
    await first.close()
    second = await opened(hub, store, tmp_path, OTHER)
    assert second.get(download.id).status is DownloadStatus.FAILED
    await second.cancel(download.id)
    assert second.list() == []
    await second.close()


async def test_a_file_that_was_whole_before_the_kill_is_complete(
    hub: FakeHub, store: Store, tmp_path: Path
) -> None:
    hub.faults.pause_at = HALF
    first = await opened(hub, store, tmp_path)
    download = await first.start(TINY)
    await first.close()
    whole = tmp_path / "models" / download.path
    whole.parent.mkdir(parents=True, exist_ok=True)
    whole.write_bytes(CONTENT)
    asked = len(hub.asked)
    second = await opened(hub, store, tmp_path)
    assert second.get(download.id).status is DownloadStatus.COMPLETE
    assert len(hub.asked) == asked
    await second.close()


async def test_removing_a_model_frees_its_bytes(downloads: Downloads, store: Store) -> None:
    with pytest.raises(NotFound):
        await downloads.remove(TINY)
    download = await downloads.start(TINY)
    await downloads.wait(download.id)
    assert await downloads.remove(TINY) == len(CONTENT)
    assert downloads.of("tiny") is None
    assert await rows(store) == []


async def test_what_is_local_or_leads_away_is_refused(downloads: Downloads, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="local file"):
        await downloads.start(local("mine", tmp_path / "mine.gguf"))
    for repo, file in (("../../etc", "x"), ("a/b", "../../x.gguf"), ("a/b", "．．/x"), ("a/b", "x\0.gguf")):
        with pytest.raises(BadRequest):
            await downloads.start(variant("evil", Artefact(hf_repo=repo, hf_file=file)))
    (tmp_path / "models/HF/owner").mkdir(parents=True)
    (tmp_path / "models/HF/owner/name").symlink_to(tmp_path)
    with pytest.raises(BadRequest, match="outside"):
        await downloads.start(TINY)


REPO = {"config.json": b"{}", "tokenizer.json": b"{}" * 50, "model.safetensors": CONTENT}
FOLDER = variant("folder", Artefact(hf_repo="owner/name"), format="safetensors")


async def half_a_folder(hub: FakeHub, downloads: Downloads) -> Download:
    """Start a folder's download and hold it in the middle of its weights."""
    hub.files, hub.faults.pause_at = dict(REPO), HALF
    download = await downloads.start(FOLDER)
    small = len(REPO["config.json"]) + len(REPO["tokenizer.json"])
    await eventually(lambda: downloads.get(download.id).bytes_done == small + HALF)
    return download


async def test_a_folder_is_one_download_of_several_files(hub: FakeHub, store: Store, tmp_path: Path) -> None:
    downloads = await opened(hub, store, tmp_path, FOLDER)
    download = await half_a_folder(hub, downloads)
    running = downloads.get(download.id)
    assert running.bytes_total == sum(len(content) for content in REPO.values())
    assert {one.file: (one.bytes_done, one.done) for one in running.files} == {
        "config.json": (2, True),
        "tokenizer.json": (100, True),
        "model.safetensors": (HALF, False),
    }
    hub.faults.pause.set()
    done = await downloads.wait(download.id)
    assert (done.status, done.file, done.path) == ("complete", "", "HF/owner/name")
    (row,) = await rows(store)
    assert row.files == done.files
    assert all(one.done for one in row.files)
    await downloads.close()


async def test_a_folder_is_paused_and_goes_on_in_the_file_it_was_in(
    hub: FakeHub, store: Store, tmp_path: Path
) -> None:
    downloads = await opened(hub, store, tmp_path, FOLDER)
    download = await half_a_folder(hub, downloads)
    paused = await downloads.pause(download.id)
    assert paused.status is DownloadStatus.PAUSED
    hub.faults.pause_at = None
    await downloads.resume(download.id)
    done = await downloads.wait(download.id)
    assert done.status is DownloadStatus.COMPLETE
    assert hub.gets()[-1].headers["Range"] == f"bytes={HALF}-"
    assert hub.fetched().count("config.json") == 1
    await downloads.close()


async def test_cancelling_a_folder_leaves_nothing(hub: FakeHub, store: Store, tmp_path: Path) -> None:
    downloads = await opened(hub, store, tmp_path, FOLDER)
    download = await half_a_folder(hub, downloads)
    await downloads.cancel(download.id)
    assert [path for path in (tmp_path / "models").rglob("*") if path.is_file()] == []
    await downloads.close()


async def test_a_killed_process_has_lost_nothing_of_a_folder(
    hub: FakeHub, store: Store, tmp_path: Path
) -> None:
    """Fault: download cut. Resumes by Range, hash before rename."""
    hub.files, hub.faults.pause_at = dict(REPO), HALF
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.services.downloading", str(tmp_path), hub.url, "whole"
    )
    folder = tmp_path / "models/HF/owner/name"
    part = folder / "model.safetensors.part"
    try:
        await eventually(lambda: part.exists() and part.stat().st_size >= HALF // 2, patience=60)
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
    kept = part.stat().st_size
    hub.faults.pause_at = None
    tiny = variant("tiny", Artefact(hf_repo="owner/name"))
    downloads = await opened(hub, store, tmp_path, tiny)
    (download,) = downloads.list()
    assert download.bytes_done >= kept, "what has come is known at once"
    assert (await downloads.wait(download.id)).status is DownloadStatus.COMPLETE
    assert hub.gets()[-1].headers["Range"] == f"bytes={kept}-"
    assert hub.fetched().count("config.json") == 1
    assert (folder / "model.safetensors").read_bytes() == CONTENT
    await downloads.close()


async def test_a_row_from_before_there_were_lists_goes_on(hub: FakeHub, store: Store, tmp_path: Path) -> None:
    hub.faults.pause_at = HALF
    first = await opened(hub, store, tmp_path)
    download = await first.start(TINY)
    await eventually(lambda: first.get(download.id).bytes_done == HALF)
    await first.close()
    async with store.transaction() as tx:
        await tx.downloads._write(sa.text("UPDATE download SET files = NULL"))
    hub.faults.pause_at = None
    second = await opened(hub, store, tmp_path)
    done = await second.wait(download.id)
    assert done.status is DownloadStatus.COMPLETE
    assert [one.file for one in done.files] == ["tiny.gguf"]
    assert hub.gets()[-1].headers["Range"] == f"bytes={HALF}-"
    await second.close()


async def test_a_file_that_two_variants_share_is_fetched_once(
    hub: FakeHub, store: Store, tmp_path: Path
) -> None:
    hub.files = {"a.gguf": CONTENT, "b.gguf": CONTENT[::-1], "mmproj.gguf": CONTENT[:5000]}
    both = [
        variant(name, Artefact(hf_repo="owner/name", hf_file=f"{name}.gguf", mmproj="mmproj.gguf"))
        for name in "ab"
    ]
    downloads = await opened(hub, store, tmp_path, *both)
    started = await asyncio.gather(*(downloads.start(one) for one in both))
    for one in started:
        assert (await downloads.wait(one.id)).status is DownloadStatus.COMPLETE
    assert hub.fetched().count("mmproj.gguf") == 1
    assert await downloads.remove(both[0]) == len(CONTENT)
    assert (tmp_path / "models/HF/owner/name/mmproj.gguf").exists()
    await downloads.close()


async def test_a_row_of_another_file_is_not_continued(hub: FakeHub, store: Store, tmp_path: Path) -> None:
    first = await opened(hub, store, tmp_path)
    hub.faults.status = [403]
    download = await first.start(TINY)
    await first.wait(download.id)
    await first.close()
    moved = variant("tiny", Artefact(hf_repo="other/place", hf_file="new.gguf"))
    second = await opened(hub, store, tmp_path, moved)
    again = await second.start(moved)
    assert (again.id, again.repo, again.bytes_done) == (download.id, "other/place", 0)
    done = await second.wait(again.id)
    assert done.files == (
        DownloadFile(
            file="new.gguf",
            bytes_done=len(CONTENT),
            bytes_total=len(CONTENT),
            etag=done.etag,
            sha256=hub.sha256,
            done=True,
        ),
    )
    await second.close()


async def test_what_ollama_fetches_is_not_fetched_here(downloads: Downloads) -> None:
    with pytest.raises(BadRequest, match="Ollama fetches"):
        await downloads.start(variant("ollama", Artefact(ollama="qwen3:0.6b"), format="ollama"))
