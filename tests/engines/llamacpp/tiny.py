"""Writes a tiny random Llama as GGUF, with the standard library alone: 90,000 weights, 360 kB.

It babbles, but llama.cpp runs it like any other: 256 bytes as vocabulary plus ChatML's markers.
"""

import random
import struct
from array import array
from pathlib import Path

LAYERS, WIDTH, HEADS, KV_HEADS, CONTEXT = 2, 64, 4, 2, 2048
ALIGNMENT = 32
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

Value = int | float | str | list[str] | list[int]


def byte_tokens() -> list[str]:
    """The 256 bytes in GPT-2's spelling, where each one is a printable character."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    spelling = {byte: chr(byte) for byte in printable}
    spelling.update({byte: chr(256 + place) for place, byte in enumerate(others)})
    return [spelling[byte] for byte in range(256)]


def metadata(template: str = TEMPLATE) -> dict[str, Value]:
    """The key-value pairs of the model."""
    tokens = [*byte_tokens(), "<|im_start|>", "<|im_end|>", "<|end|>"]
    return {
        "general.architecture": "llama",
        "general.name": "tiny",
        "llama.context_length": CONTEXT,
        "llama.embedding_length": WIDTH,
        "llama.block_count": LAYERS,
        "llama.feed_forward_length": 2 * WIDTH,
        "llama.attention.head_count": HEADS,
        "llama.attention.head_count_kv": KV_HEADS,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": WIDTH // HEADS,
        "llama.vocab_size": len(tokens),
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "default",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [1] * 256 + [3] * 3,
        "tokenizer.ggml.merges": ["a b"],
        "tokenizer.ggml.bos_token_id": 256,
        "tokenizer.ggml.eos_token_id": 257,
        "tokenizer.chat_template": template,
    }


def shapes(vocabulary: int) -> dict[str, tuple[int, ...]]:
    """The tensors, fastest dimension first as GGUF has it."""
    kv = WIDTH * KV_HEADS // HEADS
    found: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (WIDTH, vocabulary),
        "output_norm.weight": (WIDTH,),
    }
    for layer in range(LAYERS):
        name = f"blk.{layer}."
        found |= {
            f"{name}attn_norm.weight": (WIDTH,),
            f"{name}ffn_norm.weight": (WIDTH,),
            f"{name}attn_q.weight": (WIDTH, WIDTH),
            f"{name}attn_k.weight": (WIDTH, kv),
            f"{name}attn_v.weight": (WIDTH, kv),
            f"{name}attn_output.weight": (WIDTH, WIDTH),
            f"{name}ffn_gate.weight": (WIDTH, 2 * WIDTH),
            f"{name}ffn_up.weight": (WIDTH, 2 * WIDTH),
            f"{name}ffn_down.weight": (2 * WIDTH, WIDTH),
        }
    return found


def text(value: str) -> bytes:
    """A string as GGUF has it."""
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def pair(key: str, value: Value) -> bytes:
    """A key and its typed value."""
    if isinstance(value, str):
        return text(key) + struct.pack("<I", 8) + text(value)
    if isinstance(value, float):
        return text(key) + struct.pack("<If", 6, value)
    if isinstance(value, int):
        return text(key) + struct.pack("<II", 4, value)
    if value and isinstance(value[0], str):
        items = b"".join(text(str(item)) for item in value)
        return text(key) + struct.pack("<IIQ", 9, 8, len(value)) + items
    return text(key) + struct.pack(f"<IIQ{len(value)}i", 9, 5, len(value), *value)


def gguf(values: dict[str, Value] | None = None) -> bytes:
    """The whole file."""
    values = metadata() if values is None else values
    tensors = shapes(259)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values))
    head += b"".join(pair(key, value) for key, value in values.items())
    chance = random.Random(1)
    body = bytearray()
    for name, shape in tensors.items():
        count = 1
        for extent in shape:
            count *= extent
        head += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, len(body))
        norm = name.endswith("norm.weight")
        body += array("f", [1.0 if norm else chance.gauss(0, 0.05) for _ in range(count)]).tobytes()
        body += b"\0" * (-len(body) % ALIGNMENT)
    return head + b"\0" * (-len(head) % ALIGNMENT) + bytes(body)


def write(path: Path, template: str = TEMPLATE) -> Path:
    """Write the model to `path`."""
    path.write_bytes(gguf(metadata(template)))
    return path
