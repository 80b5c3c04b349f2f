"""Models of one's own: looked at, added, back after a restart, taken out; and weights deleted."""

import json
import struct
from collections.abc import AsyncIterator, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from stellarchat.core.addresses import AddressRefused
from stellarchat.core.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    ModelNotFound,
    NotFound,
    StellarChatError,
)
from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState
from stellarchat.core.models import Artefact, Capability, ModelKind
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.catalog.downloads import Downloads
from stellarchat.services.catalog.hub import Hub
from stellarchat.services.catalog.inspection import Inspection
from stellarchat.services.catalog.library import Library
from stellarchat.services.catalog.sources import Sources
from stellarchat.services.catalog.web import Web
from stellarchat.services.catalog.weights import Weights
from stellarchat.services.outside import Outside
from stellarchat.store import Store
from tests.databases import sqlite_url
from tests.hub.server import FakeHub
from tests.services.models import entry, local, variant

TEMPLATE = "{% if tools %}{{ tools }}{% endif %}<think>"
DEMO = resources.files("stellarchat").joinpath("data", "demo", "stellar-demo.gguf")
CONFIG = {"architectures": ["Qwen3ForCausalLM"], "max_position_embeddings": 40960, "dtype": "bfloat16"}


def tensors(kind: str, count: int) -> bytes:
    """A safetensors file of one tensor with so many weights."""
    width = {"F32": 4, "BF16": 2, "F8_E4M3": 1}[kind]
    tensor = {"dtype": kind, "shape": [count], "data_offsets": [0, count * width]}
    header = json.dumps({"__metadata__": {"format": "pt"}, "a": tensor}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(count * width)


WEIGHTS = tensors("BF16", 1000)
REPO = {
    "config.json": json.dumps(CONFIG).encode(),
    "tokenizer_config.json": json.dumps({"chat_template": TEMPLATE}).encode(),
    "model.safetensors": WEIGHTS,
    "README.md": b"x",
}


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def gguf(**values: object) -> bytes:
    """A GGUF without tensors that says `values`."""
    pairs = b""
    for key, value in values.items():
        pairs += text(key.replace("__", "."))
        pairs += (
            struct.pack("<I", 8) + text(value) if isinstance(value, str) else struct.pack("<II", 4, value)
        )
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(values)) + pairs + bytes(64)


QWEN = gguf(
    general__architecture="qwen3",
    general__name="Tiny Qwen",
    qwen3__context_length=32768,
    tokenizer__chat_template=TEMPLATE,
)


class Idle:
    """Instances, of which at most one runs."""

    def __init__(self) -> None:
        self.running: Instance | None = None

    def of(self, variant_id: str) -> Instance | None:
        found = self.running
        return found if found is not None and found.variant == variant_id else None


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeHub(files=dict(REPO)) as hub:
        yield hub


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(sqlite_url(tmp_path))
    await store.open()
    yield store
    await store.close()


async def opened(hub: FakeHub, store: Store, folder: Path, instances: Idle | None = None) -> Library:
    catalog = Catalog([entry(variant("shipped"))], folder / "models")
    place = hub.url.removeprefix("http://")
    sources = Sources(Hub(hub.url, timeout=10), web=Web(Outside([place])))
    downloads = Downloads(catalog, store, sources, backoff=0.001, report_every=0.01)
    library = Library(catalog, store, Inspection(sources), downloads, instances or Idle())
    await library.open()
    await downloads.open()
    return library


@pytest.fixture
async def library(hub: FakeHub, store: Store, tmp_path: Path) -> Library:
    return await opened(hub, store, tmp_path)


async def test_a_repository_is_looked_at_without_fetching_its_weights(library: Library, hub: FakeHub) -> None:
    found = await library.inspect(hf_repo="owner/name")
    assert (found.kind, found.name, found.context_length) == (ModelKind.CHAT, "name", 40960)
    assert found.capabilities == (Capability.TOOLS, Capability.THINKING)
    assert [(one.file, one.quantization, one.format, one.size_bytes) for one in found.files] == [
        ("", "bf16", "safetensors", len(WEIGHTS))
    ]
    assert found.parameters == len(WEIGHTS) // 2
    assert "transformers" in found.engines
    assert "model.safetensors" not in hub.fetched()


async def test_gguf_files_are_told_apart(library: Library, hub: FakeHub) -> None:
    hub.files = {
        "Tiny-Q4_K_M.gguf": QWEN,
        "Tiny-UD-Q8_K_XL.gguf": QWEN + b"x",
        "BF16/Tiny-BF16-00001-of-00002.gguf": QWEN + bytes(10),
        "BF16/Tiny-BF16-00002-of-00002.gguf": QWEN,
        "mmproj-Tiny-bf16.gguf": b"x",
        "mmproj-Tiny-f16.gguf": b"x",
        "imatrix.gguf": b"x",
    }
    found = await library.inspect(hf_repo="owner/name")
    assert {one.file: one.quantization for one in found.files} == {
        "BF16/Tiny-BF16-00001-of-00002.gguf": "bf16",
        "Tiny-Q4_K_M.gguf": "q4_k_m",
        "Tiny-UD-Q8_K_XL.gguf": "ud-q8_k_xl",
    }
    assert found.files[0].size_bytes == 2 * len(QWEN) + 10
    assert (found.name, found.context_length, found.mmproj) == ("Tiny Qwen", 32768, "mmproj-Tiny-f16.gguf")
    assert found.capabilities == (Capability.VISION, Capability.TOOLS, Capability.THINKING)


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"config.json": b'{"architectures": ["XLMRobertaForSequenceClassification"]}'}, ModelKind.RERANK),
        ({"config.json": b'{"architectures": ["BertModel"]}', "modules.json": b"[]"}, ModelKind.EMBEDDING),
        (
            {"config.json": b'{"architectures": ["Qwen3ForCausalLM"]}', "modules.json": b"[]"},
            ModelKind.EMBEDDING,
        ),
        ({"config.json": b'{"architectures": ["LlamaForCausalLM"]}'}, ModelKind.CHAT),
    ],
)
async def test_the_kind_is_told(
    library: Library, hub: FakeHub, files: dict[str, bytes], kind: ModelKind
) -> None:
    hub.files = {**files, "model.safetensors": WEIGHTS}
    assert (await library.inspect(hf_repo="owner/name")).kind is kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"general__architecture": "bert", "bert__pooling_type": 2}, ModelKind.EMBEDDING),
        ({"general__architecture": "bert", "bert__pooling_type": 4}, ModelKind.RERANK),
        ({"general__architecture": "qwen3", "qwen3__pooling_type": 3}, ModelKind.EMBEDDING),
    ],
)
async def test_the_kind_of_a_gguf_is_told(
    library: Library, tmp_path: Path, values: dict[str, object], kind: ModelKind
) -> None:
    (tmp_path / "m.gguf").write_bytes(gguf(**values))
    assert (await library.inspect(path=str(tmp_path / "m.gguf"))).kind is kind


@pytest.mark.parametrize(
    ("config", "quantization", "engine"),
    [
        ({"quantization_config": {"quant_method": "fp8"}}, "fp8", "vllm"),
        ({"quantization_config": {"quant_method": "gptq", "bits": 4}}, "gptq-int4", "vllm"),
        ({"quantization_config": {"quant_method": "mxfp4"}}, "mxfp4", "transformers"),
        ({"text_config": {"torch_dtype": "float16"}, "vision_config": {}}, "f16", "transformers"),
        ({"auto_map": {"AutoModel": "x.Y"}}, "bf16", "transformers"),
    ],
)
async def test_what_the_configuration_says_is_read(
    library: Library, hub: FakeHub, config: dict[str, Any], quantization: str, engine: str
) -> None:
    hub.files["config.json"] = json.dumps({**CONFIG, "dtype": None, **config}).encode()
    found = await library.inspect(hf_repo="owner/name")
    assert found.files[0].quantization == quantization
    assert engine in found.engines
    assert (Capability.VISION in found.capabilities) == ("vision_config" in config)
    assert found.remote_code == ("auto_map" in config)


@pytest.mark.parametrize(("kind", "told"), [("F32", "f32"), ("BF16", "bf16"), ("F8_E4M3", "fp8")])
async def test_where_the_configuration_is_silent_the_weights_head_tells(
    library: Library, hub: FakeHub, tmp_path: Path, kind: str, told: str
) -> None:
    """A folder of float32 was taken for one with twice as many weights."""
    silent = {name: value for name, value in CONFIG.items() if name != "dtype"}
    files = {"config.json": json.dumps(silent).encode(), "model.safetensors": tensors(kind, 100_000)}
    hub.files = dict(files)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    for found in (await library.inspect(hf_repo="owner/name"), await library.inspect(path=str(tmp_path))):
        assert found.files[0].quantization == told
        assert found.parameters == pytest.approx(100_000, rel=0.02)


@pytest.mark.parametrize("all_said", [False, True])
@pytest.mark.parametrize("cut", [1, 100_000, 200_000])
async def test_weights_that_are_cut_off_are_not_added(
    library: Library, tmp_path: Path, cut: int, all_said: bool
) -> None:
    """Model files: vLLM 2025-32444, Ollama 2026-7482. A truncated or lying file is a clear error, at once."""
    whole = tensors("BF16", 100_000)
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    (tmp_path / "model.safetensors").write_bytes(whole[:-cut])
    given: dict[str, Any] = {"id": "mine", "path": str(tmp_path)}
    if all_said:
        given |= {"name": "Mine", "kind": "chat", "context_length": 512, "quantization": "bf16"}
        given |= {"format": "safetensors", "engines": ["transformers"]}
    with pytest.raises(BadRequest, match=r"model\.safetensors is (cut off|damaged)") as caught:
        await library.add(given)
    assert caught.value.param == "path"
    (tmp_path / "model.safetensors").write_bytes(whole)
    assert (await library.add(given)).own


async def test_a_folder_that_lacks_a_part_is_not_added(library: Library, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    names = [f"model-0000{part}-of-00002.safetensors" for part in (1, 2)]
    (tmp_path / names[0]).write_bytes(tensors("BF16", 100))
    index = {"weight_map": {"a": names[0], "b": names[1]}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(BadRequest, match="model-00002-of-00002"):
        await library.add({"id": "mine", "path": str(tmp_path)})


async def test_a_file_on_the_disk_is_looked_at(library: Library) -> None:
    found = await library.inspect(path=str(DEMO))
    assert found.kind is ModelKind.CHAT
    assert found.context_length == 2048
    assert found.parameters is not None
    assert found.parameters > 1_000_000
    assert found.files[0].quantization == "f16"


async def test_an_address_is_looked_at_by_its_head(library: Library, hub: FakeHub) -> None:
    hub.files["Tiny-Q4_K_M.gguf"] = QWEN + bytes(30_000_000)
    found = await library.inspect(url=f"{hub.url}/x/Tiny-Q4_K_M.gguf")
    assert (found.name, found.files[0].quantization) == ("Tiny Qwen", "q4_k_m")
    assert found.files[0].size_bytes == len(QWEN) + 30_000_000


@pytest.mark.parametrize(
    ("place", "kind", "words"),
    [
        ({}, BadRequest, "exactly one"),
        ({"hf_repo": "a/b", "path": "/x"}, BadRequest, "exactly one"),
        ({"path": "/x", "hf_file": "y"}, BadRequest, "hf_file"),
        ({"hf_repo": "../../etc"}, BadRequest, "hf_repo"),
        ({"hf_repo": "a/b", "hf_file": "../x.gguf"}, BadRequest, "hf_file"),
        ({"hf_repo": "a/b", "hf_file": "none.gguf"}, BadRequest, "no file"),
        ({"path": "relative/x.gguf"}, BadRequest, "absolute"),
        ({"path": "/nowhere/x.gguf"}, BadRequest, "nothing at"),
        ({"path": "/etc/passwd"}, BadRequest, "not a GGUF"),
        ({"path": "/etc"}, BadRequest, "neither safetensors nor GGUF"),
        ({"url": "http://169.254.169.254/latest/x.gguf"}, AddressRefused, "public"),
        ({"url": "http://127.0.0.1:1/x.gguf"}, AddressRefused, "public"),
        ({"url": "file:///etc/x.gguf"}, BadRequest, ""),
        ({"url": "https://example.com/"}, BadRequest, "file's name"),
    ],
)
async def test_what_cannot_be_looked_at_is_named(
    library: Library, place: dict[str, str], kind: type[StellarChatError], words: str
) -> None:
    """SSRF of model addresses (Ollama 2025-51471); paths."""
    with pytest.raises(kind) as caught:
        await library.inspect(**place)
    assert words in caught.value.message
    assert "root:" not in str(caught.value.info())


async def test_of_a_folder_of_ggufs_one_is_to_be_named(library: Library, tmp_path: Path) -> None:
    for name in ("b-Q8_0.gguf", "a-Q4_K_M.gguf"):
        (tmp_path / name).write_bytes(QWEN)
    with pytest.raises(BadRequest, match="folder of GGUF") as caught:
        await library.inspect(path=str(tmp_path))
    assert caught.value.param == "path"
    assert caught.value.remedy == "Name one of them: a-Q4_K_M.gguf, b-Q8_0.gguf."


async def test_a_gguf_that_lies_is_a_clear_error(library: Library, hub: FakeHub) -> None:
    """Model files: Ollama 2026-7482."""
    hub.files = {"m.Q8_0.gguf": b"GGUF" + struct.pack("<IQQ", 3, 2**60, 2**60) + bytes(100)}
    with pytest.raises(BadRequest, match="too short"):
        await library.inspect(hf_repo="owner/name")
    hub.files = {"m.Q8_0.gguf": QWEN[:60]}
    with pytest.raises(BadRequest, match="cut off"):
        await library.inspect(hf_repo="owner/name")


async def test_a_repository_that_is_not_there(library: Library, hub: FakeHub) -> None:
    hub.faults.listing_status = [404]
    with pytest.raises(NotFound):
        await library.inspect(hf_repo="owner/name")


async def test_a_model_of_ones_own_is_back_after_a_restart(
    library: Library, hub: FakeHub, store: Store, tmp_path: Path
) -> None:
    added = await library.add({"id": "mine", "hf_repo": "owner/name"})
    assert added.own
    (made,) = added.variants
    assert (made.id, made.format, made.quantization) == ("mine", "safetensors", "bf16")
    assert made.artefact == Artefact(hf_repo="owner/name", size_bytes=len(WEIGHTS))
    assert made.capabilities == (Capability.TOOLS, Capability.THINKING)
    again = await opened(hub, store, tmp_path)
    assert again._catalog.entry("mine") == added
    assert not again._catalog.entry("shipped").own
    await again.take_out("mine")
    with pytest.raises(ModelNotFound):
        again._catalog.resolve("mine")
    third = await opened(hub, store, tmp_path)
    with pytest.raises(ModelNotFound):
        third._catalog.resolve("mine")


async def test_a_model_with_all_said_is_not_looked_up(library: Library, hub: FakeHub) -> None:
    given = {"id": "x", "name": "X", "kind": "chat", "context_length": 100, "quantization": "q8_0"}
    added = await library.add({**given, "hf_repo": "a/b", "hf_file": "x.gguf", "parameters": 7})
    assert added.variants[0].artefact == Artefact(hf_repo="a/b", hf_file="x.gguf")
    assert added.variants[0].parameters == 7
    ollama = await library.add({"id": "y", "name": "Y", "ollama_name": "qwen3:0.6b", "context_length": 5})
    assert ollama.variants[0].artefact == Artefact(ollama="qwen3:0.6b")
    assert hub.asked == []


async def test_of_several_files_one_must_be_chosen(library: Library, hub: FakeHub) -> None:
    hub.files = {"m-Q4_K_M.gguf": QWEN, "m-Q8_0.gguf": QWEN, "mmproj.gguf": b"x"}
    with pytest.raises(BadRequest, match="Which file") as caught:
        await library.add({"id": "m", "hf_repo": "owner/name"})
    assert "m-Q4_K_M.gguf" in (caught.value.remedy or "")
    added = await library.add({"id": "m", "hf_repo": "owner/name", "quantization": "q8_0"})
    assert added.variants[0].artefact.hf_file == "m-Q8_0.gguf"
    assert added.variants[0].artefact.mmproj == "mmproj.gguf"
    chosen = await library.add({"id": "n", "hf_repo": "owner/name", "hf_file": "m-Q4_K_M.gguf"})
    assert chosen.variants[0].quantization == "q4_k_m"


async def test_a_whole_entry_can_be_added(library: Library) -> None:
    sizes = [{"size": "1b", "hf_repo": "a/b", "ollama_name": "a:1b"}]
    added = await library.add({"id": "z", "name": "Z", "kind": "chat", "context_length": 9, "sizes": sizes})
    assert [one.id for one in added.variants] == ["z-1b-bf16", "z-1b-ollama"]


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"id": "shipped", "hf_repo": "owner/name"}, "id"),
        ({"id": "SHIPPED", "hf_repo": "owner/name"}, "id"),
        ({"id": "x;id", "hf_repo": "owner/name"}, "id"),
        ({"id": "--trust-remote-code", "hf_repo": "owner/name"}, "id"),
        ({"id": "x"}, "hf_repo"),
        ({"id": "x", "name": "X", "kind": "chat", "context_length": 1, "sizes": []}, "sizes"),
        (
            {"id": "x", "name": "X", "kind": "chat", "context_length": 1, "sizes": [{"size": 1}]},
            "sizes[0].size",
        ),
        ({"id": "x", "sizes": [], "hf_repo": "a/b"}, "hf_repo"),
        ({"id": "x", "hf_repo": "owner/name", "format": "gguf"}, "hf_file"),
    ],
)
async def test_bad_input_names_the_field(library: Library, given: dict[str, Any], param: str) -> None:
    with pytest.raises(StellarChatError) as caught:
        await library.add(given)
    assert caught.value.status in (400, 409)
    assert caught.value.param == param
    assert [one.id for one in library._catalog.entries()] == ["shipped"]


async def test_only_ones_own_can_be_taken_out(library: Library) -> None:
    with pytest.raises(Forbidden, match=r"models\.json"):
        await library.take_out("shipped")
    with pytest.raises(ModelNotFound):
        await library.take_out("nothing")


async def test_what_runs_is_neither_taken_out_nor_deleted(hub: FakeHub, store: Store, tmp_path: Path) -> None:
    instances = Idle()
    library = await opened(hub, store, tmp_path, instances)
    await library.add({"id": "mine", "hf_repo": "owner/name"})
    instances.running = Instance(
        run_id="r", model="mine", variant="mine", name="Mine", engine="vllm", state=InstanceState.READY
    )
    with pytest.raises(Conflict, match="ready") as caught:
        await library.take_out("mine")
    assert caught.value.remedy == "Stop it first."
    with pytest.raises(Conflict, match="ready"):
        await library.delete_weights("mine")


async def test_deleting_a_folder_gives_back_its_bytes(library: Library, tmp_path: Path) -> None:
    await library.add({"id": "mine", "hf_repo": "owner/name"})
    mine = library._catalog.resolve("mine")
    started = await library._downloads.start(mine)
    done = await library._downloads.wait(started.id)
    assert (done.status, done.file, done.path) == ("complete", "", "HF/owner/name")
    assert {one.file for one in done.files} == {"config.json", "tokenizer_config.json", "model.safetensors"}
    on_disk = library._catalog.size_on_disk(mine)
    assert on_disk is not None
    assert await library.delete_weights("mine") >= on_disk
    assert library._catalog.local_path(mine) is None
    assert not (tmp_path / "models/HF/owner/name").exists()
    with pytest.raises(NotFound):
        await library.delete_weights("mine")


async def test_what_another_variant_needs_stays(library: Library, hub: FakeHub, tmp_path: Path) -> None:
    hub.files = {"m-Q4_K_M.gguf": QWEN, "m-Q8_0.gguf": QWEN, "mmproj.gguf": b"x" * 30}
    for name in ("Q4_K_M", "Q8_0"):
        await library.add({"id": name, "hf_repo": "owner/name", "hf_file": f"m-{name}.gguf"})
        download = await library._downloads.start(library._catalog.resolve(name))
        assert (await library._downloads.wait(download.id)).status == "complete"
    await library.delete_weights("Q4_K_M")
    assert library._catalog.local_path(library._catalog.resolve("Q8_0")) is not None
    assert not (tmp_path / "models/HF/owner/name/m-Q4_K_M.gguf").exists()
    await library.delete_weights("Q8_0")
    assert not (tmp_path / "models/HF/owner/name").exists()


async def test_a_cache_of_others_is_left_alone(library: Library, tmp_path: Path) -> None:
    home = tmp_path / "models/HF/models--owner--name"
    snapshot = home / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (home / "refs").mkdir()
    (home / "refs/main").write_text("0" * 40)
    (snapshot / "shipped.gguf").write_bytes(b"x")
    with pytest.raises(Conflict, match="other programs"):
        await library.delete_weights("shipped")
    assert (snapshot / "shipped.gguf").exists()


async def test_a_local_file_is_not_deleted(library: Library, tmp_path: Path) -> None:
    (tmp_path / "mine.gguf").write_bytes(QWEN)
    library._catalog.add(entry(local("local", tmp_path / "mine.gguf")))
    with pytest.raises(BadRequest, match="local file"):
        await library.delete_weights("local")
    assert (tmp_path / "mine.gguf").exists()
    assert Weights(tmp_path).size(Artefact(path=str(tmp_path / "mine.gguf"))) == len(QWEN)
