"""What a Hugging Face folder says about its model, read without torch: config.json and the weights' heads."""

import json
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

MAX_HEADER = 100_000_000  # bytes; safetensors' own limit
ITEM_BYTES = {
    "F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2,
    "F8_E4M3": 1, "F8_E5M2": 1, "I8": 1, "U8": 1, "BOOL": 1,
}  # fmt: skip


class BadFolder(Exception):
    """The folder lacks something, or something in it is damaged; the text says what."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of a model. `own_code`: its folder brings Python code; `known`: it runs without that.

    `kv_width` is the number of key values of one token in all layers together; values are as many.
    """

    parameters: int
    hidden: int
    layers: int
    heads: int
    head_width: int
    kv_width: int
    vocabulary: int
    context: int
    own_code: bool
    known: bool
    quantized: str | None = None


def read_folder(path: Path) -> Facts:
    """Read the facts of a folder. Raises BadFolder, OSError."""
    if not path.is_dir():
        raise BadFolder(
            "it is not a folder with config.json and weights."
            if path.exists()
            else "there is no such folder."
        )
    config = _json(path / "config.json")
    text = {**config, **(config.get("text_config") or {})}
    heads = _number(text, "num_attention_heads", "n_head", "n_heads", default=1)
    hidden = _number(text, "hidden_size", "n_embd", "d_model", default=0)
    layers = _number(text, "num_hidden_layers", "n_layer", "n_layers", default=0)
    head_width = _number(text, "head_dim", default=hidden // max(heads, 1))
    kv_heads = _number(text, "num_key_value_heads", "num_kv_heads", default=heads)
    quantization = config.get("quantization_config") or {}
    return Facts(
        parameters=sum(_parameters(path, text)),
        hidden=hidden,
        layers=layers,
        heads=heads,
        head_width=head_width,
        kv_width=layers * kv_heads * head_width,
        vocabulary=_number(text, "vocab_size", default=0),
        context=_number(text, "max_position_embeddings", "n_positions", "max_seq_len", default=2048),
        own_code=bool(config.get("auto_map")),
        known=_known(config),
        quantized=quantization.get("quant_method"),
    )


def _known(config: dict[str, Any]) -> bool:
    """Whether Transformers itself has this kind of model. Heavy to ask, so only asked where it matters."""
    if not config.get("auto_map"):
        return True
    try:
        from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES
    except ImportError:
        return False
    return config.get("model_type") in CONFIG_MAPPING_NAMES


def _json(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadFolder(f"{path.name} is missing.") from None
    except ValueError as error:
        raise BadFolder(f"{path.name} is damaged: {error}.") from None
    if not isinstance(said, dict):
        raise BadFolder(f"{path.name} is damaged: it is not an object.")
    return said


def _number(config: dict[str, Any], *names: str, default: int) -> int:
    for name in names:
        value = config.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return default


def weight_files(path: Path) -> list[Path]:
    """Return the files of the weights. Raises BadFolder where one is missing or there is none."""
    for index in ("model.safetensors.index.json", "pytorch_model.bin.index.json"):
        if (path / index).is_file():
            names = _json(path / index).get("weight_map")
            if not isinstance(names, dict) or not all(_inside(name) for name in names.values()):
                raise BadFolder(f"{index} is damaged: weight_map does not name files of the folder.")
            files = [path / name for name in sorted(set(names.values()))]
            missing = [file.name for file in files if not file.is_file()]
            if missing:
                raise BadFolder(f"the download is incomplete: {', '.join(missing)} is missing.")
            return files
    for name in ("model.safetensors", "pytorch_model.bin"):
        if (path / name).is_file():
            return [path / name]
    raise BadFolder("it has no weights (model.safetensors or pytorch_model.bin).")


def _inside(name: Any) -> bool:
    return isinstance(name, str) and Path(name).name == name


def _parameters(path: Path, config: dict[str, Any]) -> Iterator[int]:
    for file in weight_files(path):
        if file.suffix == ".safetensors":
            yield from (count for _, count in _tensors(file))
        else:  # a pickle cannot be looked into without running it
            kind = str(config.get("torch_dtype") or config.get("dtype") or "float32")
            yield file.stat().st_size // (4 if kind == "float32" else 2)


def check_weights(path: Path) -> None:
    """Look into every safetensors file of a folder. Raises BadFolder for one that is cut off, OSError."""
    for file in sorted({*path.glob("*.safetensors"), *_named(path)}):
        for _ in _tensors(file):
            pass


def _named(path: Path) -> list[Path]:
    """Return the safetensors that the folder's own index names. Raises BadFolder where one is missing."""
    if not (path / "model.safetensors.index.json").is_file():
        return []
    return [file for file in weight_files(path) if file.suffix == ".safetensors"]


def _tensors(file: Path) -> Iterator[tuple[str, int]]:
    with file.open("rb") as data:
        yield from read_tensors(data, file.stat().st_size, file.name)


def read_tensors(data: BinaryIO, size: int, file: str) -> Iterator[tuple[str, int]]:
    """Give type and number of weights of each tensor, with its place checked against the file's `size`.

    `data` is the file's beginning, and `file` its name. Raises BadFolder.
    """
    length = int.from_bytes(data.read(8), "little")
    if size < 8 or length > min(MAX_HEADER, size - 8):
        raise BadFolder(f"{file} is damaged or incomplete: its header does not fit into it.")
    try:
        header = json.loads(data.read(length))
    except ValueError:
        raise BadFolder(f"{file} is damaged: its header cannot be read.") from None
    if not isinstance(header, dict):
        raise BadFolder(f"{file} is damaged: its header cannot be read.")
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        try:
            count = prod(tensor["shape"])
            start, end = tensor["data_offsets"]
            if not 0 <= start <= end or end - start != count * ITEM_BYTES.get(tensor["dtype"], 0):
                known = tensor["dtype"] in ITEM_BYTES
                if known:
                    raise ValueError(name)
        except (KeyError, TypeError, ValueError):
            raise BadFolder(f"{file} is damaged: its tensor {name} is not well described.") from None
        if 8 + length + end > size:
            raise BadFolder(f"{file} is cut off: its tensor {name} ends beyond it.")
        yield str(tensor["dtype"]), count
