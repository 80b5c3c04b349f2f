"""Machines, environments and folders of weights for tests of engines on GPUs."""

import json
from pathlib import Path
from typing import Any

import msgspec

from stellarchat.core.models import Artefact, Capability, Variant
from stellarchat.engines.base import Gpu
from tests.services.models import variant

GIB = 1 << 30


class Card(msgspec.Struct, frozen=True):
    """A GPU."""

    index: int
    memory_total: int = 24 * GIB
    memory_free: int = 24 * GIB
    name: str = "test"


class Machine(msgspec.Struct, frozen=True):
    """Some hardware."""

    physical_cores: int = 8
    memory_available: int = 64 * GIB
    gpus: tuple[Gpu, ...] = ()


def cards(*free: float, total: float = 24) -> tuple[Card, ...]:
    """GPUs of `total` GiB with so many GiB free."""
    return tuple(Card(at, int(total * GIB), int(gib * GIB)) for at, gib in enumerate(free))


LLAMA_8B: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "torch_dtype": "bfloat16",
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "hidden_size": 4096,
    "max_position_embeddings": 131_072,
}


def weights(folder: Path, size: int = 16 * GIB, **config: Any) -> Path:
    """Make a folder of weights, its one file as long as said and empty inside."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({**LLAMA_8B, **config}))
    with (folder / "model.safetensors").open("wb") as file:
        file.truncate(size)
    return folder


def environment(folder: Path, distribution: str, version: str, command: str | None = None) -> Path:
    """Make a folder that looks like a virtual environment with one package in it."""
    programs = folder / "bin"
    packages = folder / "lib" / "python3.12" / "site-packages"
    info = packages / f"{distribution.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
    programs.mkdir()
    for name in ("python", *([command] if command else [])):
        (programs / name).touch(mode=0o755)
    return folder


def devices(folder: Path, *names: str) -> Path:
    """Make a root directory in which these devices are."""
    (folder / "dev").mkdir(parents=True)
    for name in names:
        (folder / "dev" / name).touch()
    return folder


def model(engine: str, name: str = "qwen3-8b", **changes: Any) -> Variant:
    """A chat model of safetensors for this engine."""
    values: dict[str, Any] = {
        "artefact": Artefact(hf_repo="Qwen/Qwen3-8B"),
        "engines": (engine,),
        "format": "safetensors",
        "quantization": "bf16",
        "context_length": 40_960,
        "parameters": 8_200_000_000,
        **changes,
    }
    return variant(name, **values)


THINKER = (Capability.TOOLS, Capability.THINKING)
