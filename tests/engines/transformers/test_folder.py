"""What a folder tells without torch, and what is said of one that is not whole."""

import json
import shutil
from pathlib import Path

import pytest

from stellarchat.engines.transformers.entry import entry_of
from stellarchat.engines.transformers.folder import BadFolder, read_folder
from tests.engines.transformers.working import DEMO


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEMO, tmp_path / "Demo Model"))


def test_the_facts_of_a_model() -> None:
    config = json.loads((DEMO / "config.json").read_text())
    facts = read_folder(DEMO)
    assert facts.context == config["max_position_embeddings"]
    assert facts.kv_width == config["num_hidden_layers"] * config["num_key_value_heads"] * config["head_dim"]
    # the weights are all of the file but its header
    data = (DEMO / "model.safetensors").read_bytes()
    weights = len(data) - 8 - int.from_bytes(data[:8], "little")
    assert weights in (4 * facts.parameters, 2 * facts.parameters)
    assert not facts.own_code


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BadFolder, match=r"config\.json|model\.safetensors"):
        read_folder(folder)


def test_a_file_that_is_cut_off(folder: Path) -> None:
    file = folder / "model.safetensors"
    whole = file.read_bytes()
    for size, word in ((len(whole) - 100, "cut off"), (100, "damaged"), (3, "damaged")):
        file.write_bytes(whole[:size])
        with pytest.raises(BadFolder, match=word):
            read_folder(folder)


def test_a_header_that_claims_too_much(folder: Path) -> None:
    file = folder / "model.safetensors"
    header = json.dumps({"a": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}).encode()
    file.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(BadFolder, match="cut off"):
        read_folder(folder)
    header = json.dumps({"a": {"dtype": "F32", "shape": [-4], "data_offsets": [0, 4]}}).encode()
    file.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(BadFolder, match="not well described"):
        read_folder(folder)


def test_a_part_that_is_missing_or_lies_elsewhere(folder: Path) -> None:
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "model-00001-of-00002.safetensors"}}))
    with pytest.raises(BadFolder, match="model-00001-of-00002"):
        read_folder(folder)
    index.write_text(json.dumps({"weight_map": {"a": "../model.safetensors"}}))
    with pytest.raises(BadFolder, match="weight_map"):
        read_folder(folder)


def test_a_folder_of_the_settings_becomes_a_model(folder: Path) -> None:
    entry = entry_of(folder)
    (variant,) = entry.variants
    assert variant.id == "demo-model"
    assert variant.engines == ("transformers",)
    assert variant.artefact.path == str(folder)
    assert variant.context_length == read_folder(folder).context
    with pytest.raises(BadFolder):
        entry_of(folder / "missing")
