"""What is read of a folder of weights."""

import json
from pathlib import Path
from typing import Any

import pytest

from stellarchat.core.errors import LaunchFailed
from stellarchat.engines._paged.shape import PagedFootprint, estimate, read_shape
from tests.engines.paged.machines import GIB, LLAMA_8B, model, weights

DEMO = Path(__file__).parents[2] / "fixtures" / "demo_model"


def test_a_common_model(tmp_path: Path) -> None:
    shape = read_shape(model("vllm"), weights(tmp_path))
    assert (shape.family, shape.architecture, shape.heads) == ("llama", "LlamaForCausalLM", 32)
    assert shape.weights_bytes == 16 * GIB
    assert shape.kv_bytes_per_token == 131_072  # 32 layers x 2 x 8 heads x 128 numbers of 16 bits
    assert shape.context_limit == 131_072
    assert shape.width == 2


def test_the_demonstration_model() -> None:
    shape = read_shape(model("vllm"), DEMO)
    assert shape.heads == 6
    assert shape.width == 4
    assert shape.kv_bytes_per_token == 4 * 2 * 3 * 32 * 2
    assert shape.weights_bytes == (DEMO / "model.safetensors").stat().st_size


@pytest.mark.parametrize(
    ("config", "per_token"),
    [
        ({"text_config": {**LLAMA_8B, "num_hidden_layers": 2}}, 2 * 2 * 8 * 128 * 2),
        ({"kv_lora_rank": 512, "qk_rope_head_dim": 64}, 32 * (512 + 64) * 2),
        ({"layer_types": ["linear_attention"] * 24 + ["full_attention"] * 8}, 8 * 2 * 8 * 128 * 2),
        ({"num_key_value_heads": None}, 32 * 2 * 32 * 128 * 2),
        ({"head_dim": 64}, 32 * 2 * 8 * 64 * 2),
    ],
)
def test_caches_of_other_kinds(tmp_path: Path, config: dict[str, Any], per_token: int) -> None:
    assert read_shape(model("vllm"), weights(tmp_path, 1000, **config)).kv_bytes_per_token == per_token


def test_only_the_files_of_the_index_count(tmp_path: Path) -> None:
    weights(tmp_path, 5000)
    for name, size in (("a.safetensors", 100), ("b.safetensors", 200)):
        (tmp_path / name).write_bytes(bytes(size))
    index = {"weight_map": {"x": "a.safetensors", "y": "b.safetensors", "z": "a.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert read_shape(model("vllm"), tmp_path).weights_bytes == 300
    (tmp_path / "b.safetensors").unlink()
    with pytest.raises(LaunchFailed, match=r"b\.safetensors is missing"):
        read_shape(model("vllm"), tmp_path)


def test_a_second_copy_of_the_weights_does_not_count(tmp_path: Path) -> None:
    weights(tmp_path, 5000)
    (tmp_path / "consolidated.safetensors").write_bytes(bytes(5000))
    (tmp_path / "pytorch_model.bin").write_bytes(bytes(5000))
    assert read_shape(model("vllm"), tmp_path).weights_bytes == 5000


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00"])
def test_a_broken_config_is_said(tmp_path: Path, text: str) -> None:
    weights(tmp_path, 10)
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(LaunchFailed, match=r"config\.json") as caught:
        read_shape(model("vllm"), tmp_path)
    assert caught.value.remedy


def test_nothing_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(LaunchFailed, match=r"config\.json"):
        read_shape(model("vllm"), tmp_path / "nothing")
    weights(tmp_path / "empty", 10)
    (tmp_path / "empty" / "model.safetensors").unlink()
    with pytest.raises(LaunchFailed, match="no weights"):
        read_shape(model("vllm"), tmp_path / "empty")


def test_before_a_download_the_number_of_weights_is_the_guide() -> None:
    assert estimate(model("vllm")).weights_bytes == 16_400_000_000
    assert estimate(model("vllm", quantization="awq")).weights_bytes == pytest.approx(4.8e9, rel=0.01)


def test_replies_share_the_pages() -> None:
    footprint = PagedFootprint(
        weights_bytes=1000, kv_bytes_per_token=10, overhead_bytes=100, context_limit=100
    )
    assert footprint.needed(50, 1) == footprint.needed(50, 64) == 1600
