"""Writes a LoRA adapter for the tiny model (see `tiny`), which changes what it says."""

import random
import struct
from array import array
from pathlib import Path

from tests.engines.llamacpp.tiny import ALIGNMENT, WIDTH, pair, text

RANK = 4
METADATA = {
    "general.type": "adapter",
    "general.architecture": "llama",
    "adapter.type": "lora",
    "adapter.lora.alpha": float(RANK),
}


def write(path: Path, strength: float = 2.0) -> Path:
    """Write an adapter of the first layer's output projection to `path`."""
    chance = random.Random(2)
    name = "blk.0.attn_output.weight"
    shapes = {f"{name}.lora_a": (WIDTH, RANK), f"{name}.lora_b": (RANK, WIDTH)}
    head = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(METADATA))
    head += b"".join(pair(key, value) for key, value in METADATA.items())
    body = b""
    for tensor, shape in shapes.items():
        head += text(tensor) + struct.pack("<IQQIQ", 2, *shape, 0, len(body))
        numbers = array("f", [chance.gauss(0, strength) for _ in range(shape[0] * shape[1])]).tobytes()
        body += numbers + b"\0" * (-len(numbers) % ALIGNMENT)
    path.write_bytes(head + b"\0" * (-len(head) % ALIGNMENT) + body)
    return path
