"""What a folder of weights tells in its `config.json`: memory, context, and how far it can be split."""

import json
from pathlib import Path
from typing import Any

import msgspec

from stellarchat.core.errors import LaunchFailed
from stellarchat.core.models import Variant
from stellarchat.engines.base import Footprint

GIB = 1 << 30
CONFIG_LIMIT = 4 << 20  # bytes; real ones have some kB
_WIDTHS = {"float32": 4, "float": 4, "float16": 2, "bfloat16": 2, "half": 2}

# bits of one weight where the catalogue knows the number of weights only
_BITS = {
    "float32": 32.0, "f32": 32.0, "fp8": 8.3, "int8": 8.3, "w8a8": 8.3, "8bit": 8.3, "gptq-int8": 8.3,
    "awq": 4.7, "gptq": 4.7, "gptq-int4": 4.7, "int4": 4.7, "4bit": 4.7, "w4a16": 4.7,
    "mxfp4": 4.4, "nvfp4": 4.6,
}  # fmt: skip


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a model that matter here; bytes and tokens.

    `heads` must be divisible by the number of GPUs. `family` is the model type, `architecture` the class
    of the model. `width` is what one number of the weights takes. `kv_bytes_per_token` is for all layers,
    in 16 bits.
    """

    family: str
    architecture: str
    heads: int
    width: int
    weights_bytes: int
    kv_bytes_per_token: int
    context_limit: int


class PagedFootprint(Footprint, frozen=True, kw_only=True):
    """A footprint of an engine that shares its cache between all replies, page by page.

    One whole context must fit; more replies at once wait for pages, they do not need their own.
    """

    def needed(self, context_length: int, slots: int) -> int:
        """Bytes needed to run at all with contexts of `context_length` tokens."""
        return self.weights_bytes + self.overhead_bytes + self.kv_bytes_per_token * context_length


def read_shape(variant: Variant, folder: Path) -> Shape:
    """Read a folder of weights. Raises LaunchFailed where it is not one."""
    config = _config(variant, folder)
    # models that also see or hear keep the language model's numbers in a section
    text = config.get("text_config") or config.get("llm_config") or config
    heads = _number(text, "num_attention_heads", "n_head", "num_heads") or 1
    hidden = _number(text, "hidden_size", "n_embd", "d_model")
    layers = _layers_with_cache(text)
    dtype = str(text.get("dtype") or text.get("torch_dtype") or config.get("torch_dtype") or "")
    architectures = config.get("architectures") or [""]
    return Shape(
        family=str(config.get("model_type") or ""),
        architecture=str(architectures[0]),
        heads=heads,
        width=_WIDTHS.get(dtype.removeprefix("torch."), 2),
        weights_bytes=_weights(variant, folder),
        kv_bytes_per_token=2 * layers * _numbers_per_layer(text, heads, hidden),
        context_limit=_number(text, "max_position_embeddings", "n_positions", "seq_length")
        or variant.context_length,
    )


def estimate(variant: Variant) -> Shape:
    """Guess from the catalogue, for a model that is not here yet."""
    weights = variant.parameters or 0
    bits = _BITS.get(variant.quantization.lower(), 16.0)
    # caches of common models with grouped-query attention, as for llama.cpp
    per_token = 24_576 if weights < 400e6 else 114_688 if weights < 3.5e9 else 147_456
    return Shape(
        family="",
        architecture="",
        heads=0,
        width=2,
        weights_bytes=variant.artefact.size_bytes or int(weights * bits / 8),
        kv_bytes_per_token=per_token,
        context_limit=variant.context_length,
    )


def _config(variant: Variant, folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        with path.open("rb") as file:
            config = json.loads(file.read(CONFIG_LIMIT))
        if not isinstance(config, dict):
            raise ValueError("it holds no object")
    except (OSError, ValueError) as error:
        raise LaunchFailed(
            f"The weights of {variant.name} cannot be used: config.json cannot be read ({error}).",
            remedy="It must be a folder as Hugging Face has it: download the model again.",
            detail=str(folder),
            sentence="weights_config",
            values={"name": variant.name, "said": str(error)},
        ) from error
    return config


def _weights(variant: Variant, folder: Path) -> int:
    """Return the size of the files that will be loaded: those of the index, else all of one kind."""
    names: set[Path] = set()
    for index in ("model.safetensors.index.json", "pytorch_model.bin.index.json"):
        try:
            listed = json.loads((folder / index).read_bytes())["weight_map"].values()
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            continue
        names = {folder / str(name) for name in listed}
        break
    else:
        for pattern in ("model*.safetensors", "*.safetensors", "*.bin", "*.pt", "*.pth"):
            if names := set(folder.glob(pattern)):
                break
    missing = sorted(path.name for path in names if not path.is_file())
    if missing or not names:
        what = f"{missing[0]} is missing" if missing else "it holds no weights"
        raise LaunchFailed(
            f"The weights of {variant.name} are incomplete: {what}.",
            remedy="Download the model again; what is there already is kept.",
            detail=str(folder),
            sentence="weights_incomplete",
            values={"name": variant.name, "said": str(what)},
        )
    return sum(path.stat().st_size for path in names)


def _number(config: dict[str, Any], *names: str) -> int:
    for name in names:
        value = config.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return 0


def _layers_with_cache(text: dict[str, Any]) -> int:
    kinds = text.get("layer_types")
    if isinstance(kinds, list) and kinds:
        return sum("linear" not in str(kind) and "mamba" not in str(kind) for kind in kinds)
    return _number(text, "num_hidden_layers", "n_layer", "num_layers")


def _numbers_per_layer(text: dict[str, Any], heads: int, hidden: int) -> int:
    """Return how many numbers one token leaves in one layer's cache."""
    latent = _number(text, "kv_lora_rank")
    if latent:  # multi-head latent attention keeps one compressed vector for all heads
        return latent + _number(text, "qk_rope_head_dim")
    head = _number(text, "head_dim") or hidden // heads
    return 2 * head * (_number(text, "num_key_value_heads", "multi_query_group_num") or heads)
