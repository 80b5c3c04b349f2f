"""Downloads of several files, from each place that weights come from."""

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from stellarchat.core.addresses import AddressRefused
from stellarchat.core.errors import BadRequest, Forbidden, NotFound
from stellarchat.core.models import Artefact
from stellarchat.services.catalog import transfer
from stellarchat.services.catalog.fetch import Fetch
from stellarchat.services.catalog.hub import Hub, RepoFile
from stellarchat.services.catalog.modelscope import ModelScope
from stellarchat.services.catalog.selection import needed
from stellarchat.services.catalog.sources import Sources
from stellarchat.services.catalog.transfer import Corrupt, DiskFull
from stellarchat.services.catalog.web import Web
from stellarchat.services.catalog.weights import MANIFEST, Weights, read_manifest
from stellarchat.services.catalog.wire import Interrupted
from stellarchat.services.outside import Outside
from tests.hub.server import COMMIT, FakeHub

SHARD = bytes(range(256)) * 4_000
FILES = {
    "config.json": b'{"a": 1}',
    "tokenizer.json": b"{}" * 100,
    "tokenizer_config.json": b'{"chat_template": "x"}',
    "model.safetensors.index.json": json.dumps(
        {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    ).encode(),
    "model-00001-of-00002.safetensors": SHARD,
    "model-00002-of-00002.safetensors": SHARD[::-1],
}
USELESS = {
    "README.md": b"readme",
    ".gitattributes": b"x",
    "pytorch_model.bin": SHARD,
    "onnx/model.onnx": SHARD,
    "model.Q8_0.gguf": SHARD,
    "original/consolidated.00.pth": SHARD,
}
FOLDER = Artefact(hf_repo="owner/name")
SPLIT = Artefact(hf_repo="owner/name", hf_file="q8/m-00001-of-00002.gguf", mmproj="mmproj.gguf")
PARTS = {
    "q8/m-00001-of-00002.gguf": SHARD,
    "q8/m-00002-of-00002.gguf": SHARD[::-1],
    "mmproj.gguf": SHARD[:999],
}


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeHub(files={**FILES, **USELESS}) as hub:
        yield hub


def fetching(hub: FakeHub, folder: Path, artefact: Artefact = FOLDER, *, scope: bool = False) -> Fetch:
    weights = Weights(folder / "models")
    modelscope = ModelScope(hub.url) if scope else None
    outside = Outside([hub.url.removeprefix("http://")])
    sources = Sources(Hub(hub.url, timeout=10), modelscope, Web(outside))
    return Fetch(sources, artefact, weights.place(artefact), inside=weights.inside, backoff=0.001)


def there(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def test_a_repository_comes_as_a_folder_with_what_is_needed(hub: FakeHub, tmp_path: Path) -> None:
    fetch = fetching(hub, tmp_path)
    fetch.run()
    found = there(fetch.root)
    del found[MANIFEST]
    assert found == FILES
    manifest = read_manifest(fetch.root)
    assert manifest is not None
    assert manifest.revision == COMMIT
    total = sum(len(content) for content in FILES.values())
    assert fetch.bytes_done == fetch.bytes_total == total
    assert all(one.done for one in fetch.files())
    assert Weights(tmp_path / "models").find(FOLDER) == fetch.root
    assert {one.path.split("/")[4] for one in hub.asked if "/resolve/" in one.path} == {COMMIT}


def test_a_folder_that_is_half_there_is_not_there_and_goes_on(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.cdn_status = [0] * 4 + [500] * 50
    first = fetching(hub, tmp_path)
    with pytest.raises(Exception, match="500"):
        first.run()
    weights = Weights(tmp_path / "models")
    assert weights.find(FOLDER) is None
    hub.faults.cdn_status = []
    asked = len(hub.fetched())
    again = fetching(hub, tmp_path)
    again.run()
    assert weights.find(FOLDER) == again.root
    assert hub.fetched()[asked:] == ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]


def test_a_cut_in_the_second_file_resumes_in_the_second_file(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.cut_at = [10**9] * 5 + [1000]
    fetch = fetching(hub, tmp_path)
    fetch.run()
    assert [one.headers.get("Range") for one in hub.gets()] == [None] * 6 + ["bytes=1000-"]


def test_bytes_of_a_folder_never_run_backwards(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.cut_at = [10**9] * 4 + [5000, 7000, 9000, 10**9, 300]
    fetch = fetching(hub, tmp_path)
    seen: list[int] = []
    connected = Hub._connected

    def watched(self: Hub, url: str) -> object:
        seen.append(fetch.bytes_done)
        return connected(self, url)

    Hub._connected, kept = watched, connected  # type: ignore[method-assign, assignment]
    try:
        fetch.run()
    finally:
        Hub._connected = kept  # type: ignore[method-assign]
    assert len(seen) > 10
    assert seen == sorted(seen)


def test_files_that_somebody_put_there_are_checked_and_kept(hub: FakeHub, tmp_path: Path) -> None:
    fetch = fetching(hub, tmp_path)
    fetch.root.mkdir(parents=True)
    (fetch.root / "model-00001-of-00002.safetensors").write_bytes(SHARD)
    (fetch.root / "model-00002-of-00002.safetensors").write_bytes(SHARD)  # the size is right, the content not
    fetch.run()
    assert "model-00001-of-00002.safetensors" not in hub.fetched()
    assert (fetch.root / "model-00002-of-00002.safetensors").read_bytes() == SHARD[::-1]


def test_a_repository_that_moves_on_meanwhile_gives_no_mixture(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.cdn_status = [0] * 4 + [500] * 50
    with pytest.raises(Exception, match="500"):
        fetching(hub, tmp_path).run()
    hub.faults.cdn_status = []
    hub.commit = "f" * 40
    again = fetching(hub, tmp_path)
    again.run()
    manifest = read_manifest(again.root)
    assert manifest is not None
    assert manifest.revision == COMMIT, "what was begun at a commit is ended at it"


def test_a_revision_that_is_gone_is_listed_anew(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.cdn_status = [0] * 4 + [500] * 50
    with pytest.raises(Exception, match="500"):
        fetching(hub, tmp_path).run()
    hub.faults.cdn_status, hub.faults.status = [], [404]
    hub.commit = "f" * 40
    hub.files["config.json"] = b'{"a": 2}'
    again = fetching(hub, tmp_path)
    again.run()
    manifest = read_manifest(again.root)
    assert manifest is not None
    assert manifest.revision == "f" * 40


def test_a_file_that_is_not_as_listed_is_corrupt(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.spoil = True
    fetch = fetching(hub, tmp_path)
    with pytest.raises(Corrupt, match="SHA-256"):
        fetch.run()
    assert not (fetch.root / MANIFEST).exists(), "the next try lists it anew"
    hub.faults.spoil = False
    fetching(hub, tmp_path).run()
    assert Weights(tmp_path / "models").find(FOLDER)


def test_a_size_that_lies_is_corrupt(hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.list_size = 3
    with pytest.raises(Corrupt, match="bytes"):
        fetching(hub, tmp_path).run()


def test_room_for_all_files_is_asked_for_first(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=transfer.DISK_RESERVE + len(SHARD) + 100)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    fetch = fetching(hub, tmp_path)
    with pytest.raises(DiskFull, match=r"are needed, but the disk of .*owner/name has only") as caught:
        fetch.run()
    assert "models_dir" in (caught.value.remedy or "")
    assert hub.fetched() == []


def test_a_listing_is_asked_for_again(hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.faults.listing_status, hub.faults.retry_after = [429, 503], "3"
    fetch = fetching(hub, tmp_path)
    waits: list[float] = []
    monkeypatch.setattr(fetch.switch, "sleep", waits.append)
    fetch.run()
    assert waits == [3.0, 3.0]


@pytest.mark.parametrize("status", [401, 403])
def test_a_gated_repository_names_its_page_and_the_token(hub: FakeHub, tmp_path: Path, status: int) -> None:
    hub.faults.listing_status = [status]
    with pytest.raises(Forbidden) as caught:
        fetching(hub, tmp_path).run()
    assert f"{hub.url}/owner/name" in (caught.value.remedy or "")
    assert "hf_token" in (caught.value.remedy or "")


@pytest.mark.parametrize(
    "name", ["../x.json", "a/../../x.json", "..%2fx.json", "．．x.json", "-rf.json", "a b.json"]
)
def test_names_that_lead_away_are_refused(tmp_path: Path, name: str) -> None:
    """Paths: Ollama 2024-37032, LocalAI 2024-6868."""
    with FakeHub(files={**FILES, "1_Pooling/../../../x.json": b"x", name: b"evil"}) as hub:
        fetch = fetching(hub, tmp_path)
        with suppress(BadRequest):  # or it is none of the files that are wanted
            fetch.run()
        assert not list(tmp_path.rglob("x.json"))
        assert all(path.is_relative_to(fetch.root) for path in tmp_path.rglob("*") if path.is_file())


def test_a_split_file_comes_with_its_parts_and_projector(tmp_path: Path) -> None:
    with FakeHub(files=PARTS) as hub:
        fetch = fetching(hub, tmp_path, SPLIT)
        fetch.run()
        assert there(fetch.root) == PARTS
        assert fetch.bytes_total == sum(len(content) for content in PARTS.values())
        assert Weights(tmp_path / "models").find(SPLIT) == fetch.destination


def test_modelscope_gives_the_same_files(hub: FakeHub, tmp_path: Path) -> None:
    fetch = fetching(hub, tmp_path, Artefact(hf_repo="owner/name", ms_repo="theirs/other"), scope=True)
    fetch.run()
    found = there(fetch.root)
    del found[MANIFEST]
    assert found == FILES
    paths = [one.path for one in hub.asked]
    assert paths[0] == "/api/v1/models/theirs/other/repo/files?Revision=master&Recursive=true"
    assert "/api/v1/models/theirs/other/repo?Revision=master&FilePath=config.json" in paths
    assert not any("/resolve/" in path for path in paths)


def test_modelscope_gives_one_file_and_resumes_it(tmp_path: Path) -> None:
    with FakeHub(files=PARTS) as hub:
        hub.faults.cut_at = [100]
        fetch = fetching(hub, tmp_path, SPLIT, scope=True)
        fetch.run()
        assert there(fetch.root) == PARTS
        assert "bytes=100-" in [one.headers.get("Range") for one in hub.asked]


def test_a_file_that_modelscope_lacks_is_named(hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no file none\.gguf") as caught:
        fetching(hub, tmp_path, Artefact(hf_repo="owner/name", hf_file="none.gguf"), scope=True).run()
    assert "ms_repo" in (caught.value.remedy or "")


@pytest.mark.parametrize("fault", ["none", "no_head", "no_length", "cut"])
def test_an_address_gives_one_file(hub: FakeHub, tmp_path: Path, fault: str) -> None:
    if fault == "cut":
        hub.faults.cut_at = [5000]
    elif fault != "none":
        setattr(hub.faults, fault, True)
    artefact = Artefact(url=f"{hub.url}/deep/model.Q8_0.gguf")
    fetch = fetching(hub, tmp_path, artefact)
    fetch.run()
    assert fetch.destination.read_bytes() == SHARD
    assert Weights(tmp_path / "models").find(artefact) == fetch.destination


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:1/x", "http://169.254.169.254/latest/x", "http://[::1]:1/x", "file:///etc/passwd"],
)
def test_an_address_that_leads_to_a_place_of_ours_is_refused(
    hub: FakeHub, tmp_path: Path, target: str
) -> None:
    """SSRF of model addresses: Ollama 2025-51471, LocalAI GHSA-3mj3-57v2-4636."""
    hub.faults.redirect_to = target
    fetch = fetching(hub, tmp_path, Artefact(url=f"{hub.url}/model.gguf"))
    with pytest.raises(AddressRefused):
        fetch.run()
    assert not fetch.destination.exists()


def test_an_address_of_ours_is_refused(hub: FakeHub, tmp_path: Path) -> None:
    weights = Weights(tmp_path / "models")
    artefact = Artefact(url=f"{hub.url}/model.gguf")
    fetch = Fetch(Sources(Hub(), web=Web(Outside())), artefact, weights.place(artefact), backoff=0.001)
    with pytest.raises(AddressRefused, match="public internet"):
        fetch.run()
    assert hub.asked == []


def test_switching_off_ends_it(hub: FakeHub, tmp_path: Path) -> None:
    fetch = fetching(hub, tmp_path)
    fetch.switch.turn_off()
    with pytest.raises(Interrupted):
        fetch.run()


def names(*files: str) -> list[str]:
    return sorted(one.file for one in needed([RepoFile(file, 1) for file in files], "a/b"))


def test_one_form_of_the_weights_is_enough() -> None:
    assert names("model.safetensors", "pytorch_model.bin", "model.fp16.safetensors") == ["model.safetensors"]
    assert names("pytorch_model.bin", "training_args.bin", "optimizer.bin") == ["pytorch_model.bin"]
    assert names("consolidated.safetensors", "model-00001-of-00001.safetensors") == [
        "model-00001-of-00001.safetensors"
    ]
    assert names("consolidated.safetensors", "params.json", "tekken.json") == [
        "consolidated.safetensors",
        "params.json",
        "tekken.json",
    ]
    indexes = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
    assert names("model-00001-of-00001.safetensors", *indexes) == [
        "model-00001-of-00001.safetensors",
        "model.safetensors.index.json",
    ]
    assert names(
        "model.safetensors", "modules.json", "1_Pooling/config.json", "2_Dense/model.safetensors"
    ) == [
        "1_Pooling/config.json",
        "2_Dense/model.safetensors",
        "model.safetensors",
        "modules.json",
    ]


def test_a_repository_of_gguf_files_says_so() -> None:
    with pytest.raises(NotFound, match="no safetensors") as caught:
        names("x.Q4_K_M.gguf", "README.md")
    assert "x.Q4_K_M.gguf" in (caught.value.remedy or "")
