"""Weights as files and folders: what counts as being on this machine."""

import json
from pathlib import Path

import msgspec
import pytest

from stellarchat.core.errors import BadRequest
from stellarchat.core.models import Artefact
from stellarchat.services.catalog.weights import MANIFEST, ListedFile, Manifest, Weights, parts, projector

REPO = Artefact(hf_repo="owner/name")
SPLIT = Artefact(hf_repo="owner/name", hf_file="big/m-00001-of-00003.gguf", mmproj="mmproj.gguf")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def weights(tmp_path: Path) -> Weights:
    return Weights(tmp_path / "models")


def put(folder: Path, **files: bytes | str) -> None:
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def listed(folder: Path, **sizes: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    files = tuple(ListedFile(name.replace("__", "."), size) for name, size in sizes.items())
    (folder / MANIFEST).write_bytes(msgspec.json.encode(Manifest(COMMIT, files)))


def test_a_folder_with_a_list_is_there_when_all_of_it_is(weights: Weights) -> None:
    folder = weights.place(REPO)
    assert folder == weights.models_dir / "HF/owner/name"
    listed(folder, config__json=2, model__safetensors=3)
    put(folder, config__json="{}")
    assert weights.find(REPO) is None
    put(folder, model__safetensors=b"ab")
    assert weights.find(REPO) is None, "a file that is too short is not that file"
    put(folder, model__safetensors=b"abc")
    assert weights.find(REPO) == folder
    assert weights.size(REPO) == 5


def test_a_folder_of_others_is_judged_by_its_index(weights: Weights) -> None:
    folder = weights.place(REPO)
    put(folder, config__json="{}")
    assert weights.find(REPO) is None
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    put(folder, **{"model.safetensors.index.json": json.dumps(index), "model-1.safetensors": b"x"})
    assert weights.find(REPO) is None
    put(folder, **{"model-2.safetensors": b"x"})
    assert weights.find(REPO) == folder


@pytest.mark.parametrize("index", ["{", '{"weight_map": {}}', '{"weight_map": {"a": "../../../etc/passwd"}}'])
def test_an_index_that_makes_no_sense_makes_no_whole_folder(weights: Weights, index: str) -> None:
    put(weights.place(REPO), config__json="{}", model__safetensors__index__json=index)
    assert weights.find(REPO) is None


def test_a_local_folder_counts_too(weights: Weights, tmp_path: Path) -> None:
    mine = Artefact(path=str(tmp_path / "mine"))
    assert weights.find(mine) is None
    put(tmp_path / "mine", config__json="{}", model__safetensors=b"x")
    assert weights.find(mine) == tmp_path / "mine"


def test_a_snapshot_in_a_hugging_face_cache_counts_too(weights: Weights) -> None:
    home = weights.models_dir / "HF/models--owner--name"
    snapshot = home / "snapshots" / COMMIT
    put(home / "refs", main=COMMIT)
    put(home / "blobs", one="{}", two=b"x")
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").symlink_to("../../blobs/one")
    assert weights.find(REPO) is None
    (snapshot / "model.safetensors").symlink_to("../../blobs/two")
    assert weights.find(REPO) == snapshot
    assert weights.in_cache(snapshot)
    assert not weights.in_cache(weights.place(REPO))


def test_a_split_file_needs_all_its_parts_and_its_projector(weights: Weights) -> None:
    first = weights.place(SPLIT)
    folder = first.parent
    put(folder, **{f"m-0000{number}-of-00003.gguf": b"x" for number in (1, 2, 3)})
    assert weights.find(SPLIT) is None
    put(folder.parent, **{"mmproj.gguf": b"xy"})
    assert weights.find(SPLIT) == first
    assert projector(SPLIT, first) == folder.parent / "mmproj.gguf"
    assert weights.size(SPLIT) == 5
    (folder / "m-00002-of-00003.gguf").unlink()
    assert weights.find(SPLIT) is None


def test_a_part_that_is_not_the_first_is_refused(weights: Weights) -> None:
    assert parts("m.gguf") == ("m.gguf",)
    with pytest.raises(ValueError, match="first part"):
        parts("m-00002-of-00003.gguf")
    with pytest.raises(BadRequest, match="first part"):
        weights.find(Artefact(hf_repo="a/b", hf_file="m-00002-of-00003.gguf"))


def test_addresses_have_places_that_do_not_clash(weights: Weights) -> None:
    one, other = Artefact(url="https://a.example/m.gguf"), Artefact(url="https://b.example/m.gguf")
    assert weights.place(one) != weights.place(other)
    assert weights.place(one).name == "m.gguf"
    put(weights.place(one).parent, m__gguf=b"x")
    assert (weights.find(one), weights.find(other)) == (weights.place(one), None)
    for url in ("https://a.example/", "https://a.example/..", "https://a.example/%2e%2e"):
        with pytest.raises(BadRequest, match="url"):
            weights.place(Artefact(url=url))


def test_what_ollama_keeps_is_not_here(weights: Weights) -> None:
    assert weights.find(Artefact(ollama="qwen3:0.6b")) is None


def test_a_link_that_leads_a_folder_away_is_refused(weights: Weights, tmp_path: Path) -> None:
    put(tmp_path / "outside", config__json="{}", model__safetensors=b"x")
    place = weights.models_dir / "HF/owner/name"
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "outside")
    with pytest.raises(BadRequest, match="outside"):
        weights.find(REPO)
