"""Writes a tiny random BERT with a classifier as GGUF: llama.cpp ranks with it like with any other."""

import random
import struct
from array import array
from pathlib import Path

from tests.engines.llamacpp.tiny import ALIGNMENT, Value, pair, text

LAYERS, WIDTH, HEADS, CONTEXT = 2, 32, 4, 128
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "▁red", "▁blue", "▁apple", "▁sky", "▁the", "▁is"]
WORDS += [f"▁{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"] + list("abcdefghijklmnopqrstuvwxyz")


def metadata() -> dict[str, Value]:
    """The key-value pairs of the model."""
    return {
        "general.architecture": "bert",
        "general.name": "tiny-ranker",
        "bert.context_length": CONTEXT,
        "bert.embedding_length": WIDTH,
        "bert.block_count": LAYERS,
        "bert.feed_forward_length": 2 * WIDTH,
        "bert.attention.head_count": HEADS,
        "bert.attention.layer_norm_epsilon": 1e-12,
        "bert.attention.causal": 0,
        "bert.pooling_type": 4,
        "tokenizer.ggml.model": "bert",
        "tokenizer.ggml.token_type_count": 2,
        "tokenizer.ggml.tokens": WORDS,
        "tokenizer.ggml.token_type": [3] * 5 + [1] * (len(WORDS) - 5),
        "tokenizer.ggml.padding_token_id": 0,
        "tokenizer.ggml.unknown_token_id": 1,
        "tokenizer.ggml.cls_token_id": 2,
        "tokenizer.ggml.bos_token_id": 2,
        "tokenizer.ggml.seperator_token_id": 3,
        "tokenizer.ggml.eos_token_id": 3,
        "tokenizer.ggml.mask_token_id": 4,
    }


def shapes() -> dict[str, tuple[int, ...]]:
    """The tensors, fastest dimension first as GGUF has it."""
    found: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (WIDTH, len(WORDS)),
        "token_types.weight": (WIDTH, 2),
        "position_embd.weight": (WIDTH, CONTEXT),
        "token_embd_norm.weight": (WIDTH,),
        "token_embd_norm.bias": (WIDTH,),
        "cls.weight": (WIDTH, WIDTH),
        "cls.bias": (WIDTH,),
        "cls.output.weight": (WIDTH, 1),
        "cls.output.bias": (1,),
    }
    for layer in range(LAYERS):
        name = f"blk.{layer}."
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            found |= {f"{name}{part}.weight": (WIDTH, WIDTH), f"{name}{part}.bias": (WIDTH,)}
        found |= {f"{name}ffn_up.weight": (WIDTH, 2 * WIDTH), f"{name}ffn_up.bias": (2 * WIDTH,)}
        found |= {f"{name}ffn_down.weight": (2 * WIDTH, WIDTH), f"{name}ffn_down.bias": (WIDTH,)}
        for part in ("attn_output_norm", "layer_output_norm"):
            found |= {f"{name}{part}.weight": (WIDTH,), f"{name}{part}.bias": (WIDTH,)}
    return found


def write(path: Path) -> Path:
    """Write the model to `path`."""
    chance = random.Random(3)
    values, tensors = metadata(), shapes()
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values))
    for key, value in values.items():
        if key == "bert.attention.causal":
            head += text(key) + struct.pack("<I?", 7, False)
        else:
            head += pair(key, value)
    body = bytearray()
    for name, shape in tensors.items():
        count = 1
        for extent in shape:
            count *= extent
        head += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, len(body))
        norm = name.endswith("norm.weight")
        body += array("f", [1.0 if norm else chance.gauss(0, 0.3) for _ in range(count)]).tobytes()
        body += b"\0" * (-len(body) % ALIGNMENT)
    path.write_bytes(head + b"\0" * (-len(head) % ALIGNMENT) + bytes(body))
    return path
