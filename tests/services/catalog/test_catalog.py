"""Names become models, models become files, and nothing leads out of the models directory."""

import json
from pathlib import Path
from typing import Any

import pytest

from stellarchat.core.errors import BadRequest, ModelNotFound
from stellarchat.core.models import Artefact, Capability, ModelKind
from stellarchat.services.catalog.catalog import Catalog, shipped
from stellarchat.services.catalog.catalog_file import CatalogError, read_catalog
from tests.services.models import entry, local, variant

SMALL = "Qwen/Qwen3-0.6B-GGUF"
QWEN: dict[str, Any] = {
    "id": "qwen3",
    "name": "Qwen3",
    "kind": "chat",
    "context_length": 40960,
    "capabilities": ["tools", "thinking"],
    "sizes": [
        {
            "size": "0.6b",
            "parameters": 600_000_000,
            "files": [
                {
                    "quantization": "q8_0",
                    "hf_repo": "Qwen/Qwen3-0.6B-GGUF",
                    "hf_file": "Qwen3-0.6B-Q8_0.gguf",
                },
                {"quantization": "bf16", "hf_repo": "Qwen/Qwen3-0.6B-GGUF", "hf_file": "bf16/a.gguf"},
            ],
        },
        {
            "size": "4b",
            "context_length": 8192,
            "capabilities": [],
            "files": [{"quantization": "q4_k_m", "hf_repo": "Qwen/Qwen3-4B-GGUF", "hf_file": "b.gguf"}],
        },
    ],
}


def write(folder: Path, *entries: object) -> Path:
    path = folder / "models.json"
    path.write_text(json.dumps({"models": entries}))
    return path


def changed(**changes: object) -> dict[str, Any]:
    return {**QWEN, **changes}


def with_file(**changes: object) -> dict[str, Any]:
    file = {"quantization": "q8_0", "hf_repo": "a/b", "hf_file": "c.gguf", **changes}
    return changed(sizes=[{"size": "1b", "files": [file]}])


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog.load(write(tmp_path, QWEN), tmp_path / "models")


@pytest.mark.parametrize(
    ("name", "variant_id"),
    [
        ("qwen3-0.6b-q8_0", "qwen3-0.6b-q8_0"),
        ("qwen3-0.6b", "qwen3-0.6b-q8_0"),
        ("qwen3", "qwen3-0.6b-q8_0"),
        ("qwen3-4b", "qwen3-4b-q4_k_m"),
        ("Qwen3:4B", "qwen3-4b-q4_k_m"),
        ("qwen3-0.6b-bf16", "qwen3-0.6b-bf16"),
    ],
)
def test_ids_and_aliases_resolve(catalog: Catalog, name: str, variant_id: str) -> None:
    assert catalog.resolve(name).id == variant_id


def test_a_variant_has_all_that_its_size_says(catalog: Catalog) -> None:
    small, large = catalog.resolve("qwen3-0.6b"), catalog.resolve("qwen3-4b")
    assert (small.name, small.kind, small.parameters) == ("Qwen3 0.6B", ModelKind.CHAT, 600_000_000)
    assert (small.context_length, large.context_length) == (40960, 8192)
    assert small.capabilities == (Capability.TOOLS, Capability.THINKING)
    assert large.capabilities == ()


def test_an_unknown_name_gets_the_near_ones(catalog: Catalog) -> None:
    with pytest.raises(ModelNotFound) as caught:
        catalog.resolve("qwen3-0.6")
    assert caught.value.remedy is not None
    assert caught.value.remedy.startswith("Did you mean qwen3-0.6b")
    with pytest.raises(ModelNotFound) as caught:
        catalog.resolve("zzzzzzzz" * 10_000)
    assert len(caught.value.message) < 300


def test_a_choice_is_narrowed_by_field(catalog: Catalog) -> None:
    assert catalog.choose("qwen3").id == "qwen3-0.6b-q8_0"
    assert catalog.choose("qwen3", size="4B").id == "qwen3-4b-q4_k_m"
    assert catalog.choose("qwen3", quantization="BF16").id == "qwen3-0.6b-bf16"
    assert catalog.choose("qwen3-4b", format="gguf").id == "qwen3-4b-q4_k_m"
    with pytest.raises(BadRequest) as caught:
        catalog.choose("qwen3", size="0.6b", quantization="q2_k")
    assert caught.value.param == "quantization"
    assert "q8_0, bf16" in (caught.value.remedy or "")
    with pytest.raises(ModelNotFound):
        catalog.choose("nothing", size="4b")


def test_entries_can_be_added_and_replaced(catalog: Catalog, tmp_path: Path) -> None:
    mine = local("mine", tmp_path / "mine.gguf", aliases=("my",))
    catalog.add(entry(mine))
    assert catalog.resolve("my") is mine
    again = local("mine", tmp_path / "other.gguf")
    catalog.add(entry(again))
    assert catalog.resolve("mine") is again
    with pytest.raises(ModelNotFound):
        catalog.resolve("my")
    assert [one.id for one in catalog.entries()] == ["qwen3", "mine"]
    with pytest.raises(BadRequest, match="taken"):
        catalog.add(entry(local("other", tmp_path / "x", aliases=("qwen3",))))
    assert catalog.resolve("qwen3").id == "qwen3-0.6b-q8_0"


WIDE: dict[str, Any] = changed(
    description_zh="千问",
    sizes=[
        {
            "size": "0.6b",
            "gguf": {
                "repo": SMALL,
                "files": {"q8_0": "Qwen3-0.6B-Q8_0.gguf", "q4_k_m": {"file": "q4.gguf", "size_bytes": 5}},
                "mmproj": "mmproj.gguf",
            },
            "hf_repo": "Qwen/Qwen3-0.6B",
            "hf_repos": {"fp8": "Qwen/Qwen3-0.6B-FP8"},
            "ollama_name": "qwen3:0.6b",
        },
        {"size": "4b", "hf_repo": "Qwen/Qwen3-4B", "ms_repo": "qwen/Qwen3-4B", "ollama_name": "qwen3:4b"},
    ],
)


def test_a_size_comes_for_every_engine(tmp_path: Path) -> None:
    (found,) = read_catalog(write(tmp_path, WIDE))
    assert found.description_zh == "千问"
    assert [(one.id, one.format, one.engines) for one in found.variants] == [
        ("qwen3-0.6b-q8_0", "gguf", ("llamacpp",)),
        ("qwen3-0.6b-q4_k_m", "gguf", ("llamacpp",)),
        ("qwen3-0.6b-bf16", "safetensors", ("vllm", "sglang", "transformers")),
        ("qwen3-0.6b-fp8", "safetensors", ("vllm", "sglang")),
        ("qwen3-0.6b-ollama", "ollama", ("ollama",)),
        ("qwen3-4b-bf16", "safetensors", ("vllm", "sglang", "transformers")),
        ("qwen3-4b-ollama", "ollama", ("ollama",)),
    ]
    artefacts = {one.id: one.artefact for one in found.variants}
    small = Artefact(hf_repo=SMALL, hf_file="q4.gguf", mmproj="mmproj.gguf", size_bytes=5)
    assert artefacts["qwen3-0.6b-q4_k_m"] == small
    assert artefacts["qwen3-4b-bf16"] == Artefact(hf_repo="Qwen/Qwen3-4B", ms_repo="qwen/Qwen3-4B")
    assert artefacts["qwen3-4b-ollama"] == Artefact(ollama="qwen3:4b")
    assert found.variants[0].aliases == ("qwen3-0.6b", "qwen3")


def test_one_quantization_in_two_formats_has_two_names(tmp_path: Path) -> None:
    gguf = {"repo": "a/c", "files": {"mxfp4": "x.gguf"}}
    raw = changed(sizes=[{"size": "1b", "hf_repo": "a/b", "precision": "mxfp4", "gguf": gguf}])
    (found,) = read_catalog(write(tmp_path, raw))
    assert [one.id for one in found.variants] == ["qwen3-1b-mxfp4", "qwen3-1b-mxfp4-safetensors"]


def test_a_gguf_sees_only_with_its_projector(tmp_path: Path) -> None:
    def size(name: str, **gguf: object) -> dict[str, Any]:
        return {"size": name, "hf_repo": "a/b", "gguf": {"repo": "a/c", "files": {"q8_0": "x.gguf"}, **gguf}}

    raw = changed(capabilities=["vision", "tools"], sizes=[size("1b"), size("2b", mmproj="mmproj.gguf")])
    (found,) = read_catalog(write(tmp_path, raw))
    sees = {one.id.removeprefix("qwen3-"): Capability.VISION in one.capabilities for one in found.variants}
    assert sees == {"1b-q8_0": False, "1b-bf16": True, "2b-q8_0": True, "2b-bf16": True}


@pytest.mark.parametrize(
    ("name", "engine", "variant_id"),
    [
        ("qwen3", None, "qwen3-0.6b-q8_0"),
        ("qwen3", "vllm", "qwen3-0.6b-bf16"),
        ("qwen3:4b", "ollama", "qwen3-4b-ollama"),
        ("qwen3-4b", None, "qwen3-4b-bf16"),
        ("qwen3-4b-ollama", "ollama", "qwen3-4b-ollama"),
    ],
)
def test_an_engine_narrows_the_choice(tmp_path: Path, name: str, engine: str | None, variant_id: str) -> None:
    catalog = Catalog.load(write(tmp_path, WIDE), tmp_path)
    assert catalog.choose(name, engine=engine).id == variant_id


def test_an_engine_that_cannot_is_named(tmp_path: Path) -> None:
    catalog = Catalog.load(write(tmp_path, WIDE), tmp_path)
    with pytest.raises(BadRequest, match="does not run on 'llamacpp'") as caught:
        catalog.choose("qwen3-4b", engine="llamacpp")
    assert caught.value.param == "engine_type"
    assert caught.value.remedy == "Use one of: vllm, sglang, transformers, ollama."


def test_lists_of_an_entry_narrow_what_is_offered(tmp_path: Path) -> None:
    def ids(**lists: list[str]) -> list[str]:
        (found,) = read_catalog(write(tmp_path, {**WIDE, **lists}))
        return [one.id.removeprefix("qwen3-") for one in found.variants]

    assert ids(formats=["ollama"]) == ["0.6b-ollama", "4b-ollama"]
    assert ids(engines=["transformers"]) == ["0.6b-bf16", "4b-bf16"]
    assert ids(quantizations=["Q8_0", "bf16"], formats=["gguf", "safetensors"]) == [
        "0.6b-q8_0",
        "0.6b-bf16",
        "4b-bf16",
    ]


def test_a_model_can_be_taken_out(tmp_path: Path) -> None:
    catalog = Catalog.load(write(tmp_path, WIDE), tmp_path)
    catalog.remove("qwen3")
    assert catalog.entries() == []
    with pytest.raises(ModelNotFound):
        catalog.resolve("qwen3-4b-ollama")


def test_what_ollama_fetches_is_not_downloaded_here(tmp_path: Path) -> None:
    catalog = Catalog.load(write(tmp_path, WIDE), tmp_path)
    ollama = catalog.resolve("qwen3-4b-ollama")
    assert catalog.local_path(ollama) is None
    with pytest.raises(BadRequest, match="Ollama") as caught:
        catalog.destination(ollama)
    assert "ollama pull qwen3:4b" in (caught.value.remedy or "")


def with_size(**size: object) -> dict[str, Any]:
    return changed(sizes=[{"size": "1b", **size}])


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (changed(kind="magic"), ["qwen3", "kind"]),
        (changed(surprise=1), ["qwen3", "surprise"]),
        (changed(sizes=[]), ["qwen3", "sizes"]),
        (changed(context_length=0), ["qwen3", "context_length"]),
        (changed(id="--trust-remote-code"), ["trust-remote-code", "id"]),
        (changed(id="x;id"), ["x;id", "id"]),
        (with_file(path="/a.gguf"), ["path, hf_repo"]),
        (with_file(hf_repo=None), ["path, hf_repo"]),
        (with_file(hf_file=None), ["hf_file"]),
        (with_file(hf_repo="../../etc"), ["hf_repo"]),
        (with_file(hf_repo="a/b/c"), ["hf_repo"]),
        (with_file(hf_file="../c.gguf"), ["hf_file"]),
        (with_file(hf_file="/etc/passwd"), ["hf_file"]),
        (with_file(hf_file="a/．．/c.gguf"), ["hf_file"]),
        (with_file(hf_file="%2e%2e/c.gguf"), ["hf_file"]),
        (with_file(hf_file="-c.gguf"), ["hf_file"]),
        (with_file(hf_revision="../main"), ["hf_revision"]),
        (with_file(sha256="123"), ["sha256"]),
        (with_file(quantization="q8 0"), ["quantization"]),
        (with_file(hf_repo=None, hf_file=None, path="package:../../x"), ["path"]),
        ({"name": "no id"}, ["entry 1", "id"]),
        (with_size(), ["sizes", "1b"]),
        (with_size(hf_repo="no-slash"), ["hf_repo"]),
        (with_size(hf_repo="a/b", ms_repo="../x"), ["ms_repo"]),
        (with_size(ollama_name="--help"), ["ollama_name"]),
        (with_size(ollama_name="a/../b"), ["ollama_name"]),
        (with_size(gguf={"repo": "a/b", "files": {"q8_0": "../x.gguf"}}), ["hf_file"]),
        (with_size(gguf={"repo": "a/b", "files": {"q8_0": "x-00002-of-00003.gguf"}}), ["first part"]),
        (with_size(gguf={"repo": "a/b", "files": {"q8_0": "x.gguf"}, "mmproj": "/x"}), ["mmproj"]),
        (with_size(hf_repo="a/b", hf_repos={"bf 16": "a/b"}), ["quantization"]),
        (with_size(hf_repo="a/b", engines=["x;id"]), ["engines"]),
        (with_file(format="magic"), ["format", "magic"]),
        (with_file(format="safetensors"), ["hf_file"]),
        (with_file(hf_repo=None, hf_file=None, url="ftp://x/y"), ["url"]),
        (with_file(id="../x"), ["id"]),
        (
            changed(
                sizes=[
                    {
                        "size": "1b",
                        "hf_repo": "a/b",
                        "files": [{"quantization": "q", "path": "/x", "id": "qwen3-1b-bf16"}],
                    }
                ]
            ),
            ["id", "qwen3-1b-bf16"],
        ),
        (changed(formats=["ollama"]), ["sizes", "formats"]),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, raw: dict[str, Any], words: list[str]) -> None:
    path = write(tmp_path, raw)
    with pytest.raises(CatalogError) as caught:
        read_catalog(path)
    for word in (str(path), "entry 1", *words):
        assert word in str(caught.value)


def test_a_name_belongs_to_one(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="taken"):
        read_catalog(write(tmp_path, QWEN, QWEN))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("{", "line 1"),
        ('{"models": [\n  {"id": "a",,}\n]}', "line 2, column 14"),
        ("[]", "object"),
        ('{"models": [\n', "ends before"),
    ],
)
def test_a_file_that_is_no_json_is_named_with_the_place(tmp_path: Path, text: str, where: str) -> None:
    path = tmp_path / "models.json"
    path.write_text(text)
    with pytest.raises(CatalogError) as caught:
        read_catalog(path)
    assert "models.json" in str(caught.value)
    assert where in str(caught.value)


def test_a_missing_file_gives_the_built_in_models(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    catalog = Catalog.load(tmp_path / "none.json", tmp_path)
    assert catalog.resolve("stellar-demo").id == "stellar-demo"
    assert "none.json" in caplog.text


def test_what_is_shipped_is_sound() -> None:
    entries = read_catalog(shipped())
    assert [one.id for one in entries if one.demonstration] == ["stellar-demo"]
    assert all(one.official_url.startswith("https://") for one in entries if not one.demonstration)
    assert all(one.description for one in entries)
    assert {one.kind for one in entries} >= {ModelKind.CHAT, ModelKind.EMBEDDING}


def test_the_example_is_sound() -> None:
    assert read_catalog(Path(__file__).parents[3] / "models.example.json")


def test_a_downloaded_file_is_found(catalog: Catalog, tmp_path: Path) -> None:
    model = catalog.resolve("qwen3")
    assert catalog.local_path(model) is None
    there = tmp_path / "models/HF/Qwen/Qwen3-0.6B-GGUF/Qwen3-0.6B-Q8_0.gguf"
    assert catalog.destination(model) == there
    there.parent.mkdir(parents=True)
    there.write_bytes(b"x")
    assert catalog.local_path(model) == there


def test_a_revision_has_a_place_of_its_own(tmp_path: Path) -> None:
    artefact = Artefact(hf_repo="a/b", hf_file="c.gguf", hf_revision="v1.0")
    catalog = Catalog([entry(variant("x", artefact))], tmp_path, hf_directory="hub")
    assert catalog.destination(catalog.resolve("x")) == tmp_path / "hub/a/b@v1.0/c.gguf"


def test_a_hugging_face_cache_is_used(catalog: Catalog, tmp_path: Path) -> None:
    home = tmp_path / "models/HF/models--Qwen--Qwen3-0.6B-GGUF"
    commit = "0123456789abcdef0123456789abcdef01234567"
    (home / "refs").mkdir(parents=True)
    (home / "refs/main").write_text(commit)
    (home / "blobs").mkdir()
    (home / "blobs/sha").write_bytes(b"x")
    snapshot = home / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (snapshot / "Qwen3-0.6B-Q8_0.gguf").symlink_to("../../blobs/sha")
    assert catalog.local_path(catalog.resolve("qwen3")) == snapshot / "Qwen3-0.6B-Q8_0.gguf"
    (home / "refs/main").write_text("../../../etc")
    assert catalog.local_path(catalog.resolve("qwen3")) is None


def test_a_local_path_knows_home_and_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "m.gguf").write_bytes(b"x")
    catalog = Catalog([entry(variant("home", Artefact(path="~/m.gguf")))], tmp_path / "models")
    assert catalog.local_path(catalog.resolve("home")) == tmp_path / "m.gguf"
    packaged = variant("package", Artefact(path="package:models.json"))
    assert catalog.local_path(packaged) == shipped()


@pytest.mark.parametrize(
    ("repo", "file"),
    [
        ("../..", "etc"),
        ("a/..", "x.gguf"),
        ("a/b", "../../../x.gguf"),
        ("a/b", "/etc/passwd"),
        ("a/b", "x\0.gguf"),
        ("a/b", "．．/x.gguf"),
        ("a/b", "a//x.gguf"),
        ("ａ/b", "x.gguf"),
        ("a/b", "%2e%2e/x.gguf"),
    ],
)
def test_names_that_lead_away_are_refused(tmp_path: Path, repo: str, file: str) -> None:
    catalog = Catalog([], tmp_path / "models")
    evil = variant("evil", Artefact(hf_repo=repo, hf_file=file))
    for find in (catalog.destination, catalog.local_path):
        with pytest.raises(BadRequest):
            find(evil)
    assert not (tmp_path / "models").exists()


def test_links_that_lead_away_are_refused(catalog: Catalog, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "Qwen3-0.6B-Q8_0.gguf").write_bytes(b"secret")
    home = tmp_path / "models/HF/Qwen"
    home.mkdir(parents=True)
    (home / "Qwen3-0.6B-GGUF").symlink_to(outside)
    with pytest.raises(BadRequest, match="outside"):
        catalog.local_path(catalog.resolve("qwen3"))


def test_the_field_of_an_unknown_model_is_the_one_that_named_it() -> None:
    catalog = Catalog([entry(variant("tiny"))], Path("/nowhere"))
    for ask, param in ((catalog.choose, "model_id"), (catalog.entry, "model_id"), (catalog.resolve, "model")):
        with pytest.raises(ModelNotFound) as caught:
            ask("other")
        assert caught.value.param == param
