"""Puts a folder of weights into memory: which device, which precision, which kind of model."""

import gc
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import torch
import transformers

from stellarchat.engines.transformers.bodies import Sampling

KINDS = {
    "chat": transformers.AutoModelForCausalLM,
    "embedding": transformers.AutoModel,
    "rerank": transformers.AutoModelForSequenceClassification,
}


class Unusable(Exception):
    """The folder cannot be run here; the text says why and what to do."""


class Loaded(msgspec.Struct, frozen=True):
    """A model ready to be used. `ends` are the tokens that end an answer, `hidden` those not shown.

    `defaults` is how its makers want tokens drawn, `width` how many scores it gives per token.
    """

    model: Any
    tokenizer: Any
    ends: tuple[int, ...]
    hidden: frozenset[int]
    defaults: Sampling
    width: int
    pad: int


def device(name: str) -> str:
    """Return the device that `name` means; `auto` takes the first there is of cuda, mps and cpu."""
    if name != "auto":
        if name.startswith("cuda") and not torch.cuda.is_available():
            raise Unusable(
                "CUDA is not available to torch: no GPU was found, or torch was built without CUDA. "
                "Install a build of torch for your GPU, or set n_gpu to 0."
            )
        return name
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def load(folder: Path, kind: str, *, device: str, precision: str, trust: bool) -> Loaded:
    """Read tokenizer and weights. Raises Unusable, OSError, MemoryError, RuntimeError, ValueError."""
    if device.startswith("cuda"):
        # cuDNN's attention prepares itself anew for every size, and each pass of a batch has another:
        # without it 32 streams in bfloat16 are 3 to 7 times as fast (measured)
        torch.backends.cuda.enable_cudnn_sdp(False)
    common = {"trust_remote_code": trust, "local_files_only": True}
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), **common)
    try:
        model = KINDS[kind].from_pretrained(
            str(folder),
            dtype=getattr(torch, precision),
            attn_implementation=_attention(device, precision, kind),
            **common,
        )
    except ValueError as error:
        if "attn_implementation" in str(error) or "scaled_dot_product" in str(error):
            raise Unusable(
                f"{folder.name}: Transformers cannot run this kind of model in batches (no sdpa attention). "
                "Use another engine."
            ) from error
        raise
    model = model.to(device).eval()
    gc.collect()
    pad = _pad(tokenizer, model)
    ends = _ends(tokenizer, model)
    shown = {
        number
        for number, token in tokenizer.added_tokens_decoder.items()
        if str(token) in ("<think>", "</think>", "<tool_call>", "</tool_call>", "<|python_tag|>")
    }
    return Loaded(
        model=model,
        tokenizer=tokenizer,
        ends=tuple(sorted(ends)),
        hidden=frozenset({*tokenizer.all_special_ids, *_special(tokenizer), *ends} - shown),
        defaults=_defaults(folder),
        width=int(getattr(model.config.get_text_config(), "vocab_size", 0) or len(tokenizer)),
        pad=pad,
    )


def _attention(device: str, precision: str, kind: str) -> str:
    """flash-attention where it is installed and can be used; torch's own everywhere else."""
    if kind == "chat" and device.startswith("cuda") and precision != "float32":
        if find_spec("flash_attn") is not None:
            return "flash_attention_2"
    return "sdpa"


def _special(tokenizer: Any) -> list[int]:
    return [number for number, token in tokenizer.added_tokens_decoder.items() if token.special]


def _pad(tokenizer: Any, model: Any) -> int:
    """Return the token that fills up, giving the model one where its folder names none."""
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token or tokenizer.convert_ids_to_tokens(0)
    if getattr(model.config, "pad_token_id", None) is None:
        model.config.pad_token_id = tokenizer.pad_token_id
    return int(tokenizer.pad_token_id)


def _ends(tokenizer: Any, model: Any) -> set[int]:
    found: set[int] = set()
    generation = getattr(model, "generation_config", None)
    for value in (
        tokenizer.eos_token_id,
        getattr(model.config, "eos_token_id", None),
        getattr(generation, "eos_token_id", None),
    ):
        if isinstance(value, int):
            found.add(value)
        elif isinstance(value, list | tuple):
            found.update(value)
    return found


def _defaults(folder: Path) -> Sampling:
    """Read how the makers want tokens drawn, where their folder says so."""
    try:
        said = json.loads((folder / "generation_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        said = {}
    if said.get("do_sample") is False:
        return Sampling(temperature=0.0)
    return Sampling(
        temperature=float(said.get("temperature") or 1.0),
        top_p=float(said.get("top_p") or 1.0),
        top_k=int(said.get("top_k") or 0),
        min_p=float(said.get("min_p") or 0.0),
        repetition=float(said.get("repetition_penalty") or 1.0),
    )
