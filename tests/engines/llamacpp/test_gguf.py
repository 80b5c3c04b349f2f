"""Files that are what they say, and files that lie. Covers Ollama's CVE-2026-7482 kind of fault."""

import struct
import tracemalloc
from pathlib import Path

import pytest

from stellarchat.engines.llamacpp.gguf import BadGGUF, read_header
from tests.engines.llamacpp import tiny

WHOLE = tiny.gguf()


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def head(tensors: int = 0, pairs: int = 0, rest: bytes = b"") -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, pairs) + rest


def test_a_whole_file_tells_what_it_is(tmp_path: Path) -> None:
    header = read_header(write(tmp_path / "a.gguf", WHOLE))
    assert (header.version, header.architecture, header.size_bytes) == (3, "llama", len(WHOLE))
    assert header.parameters == 90_624
    assert header.number("block_count") == tiny.LAYERS
    assert header.per_layer("attention.head_count_kv", 2) == [2, 2]
    assert header.lengths["tokenizer.ggml.tokens"] == 259
    assert header.values["tokenizer.chat_template"] == tiny.TEMPLATE


def test_numbers_per_layer_may_be_an_array(tmp_path: Path) -> None:
    values = {**tiny.metadata(), "llama.attention.head_count_kv": [2, 0]}
    header = read_header(write(tmp_path / "a.gguf", tiny.gguf(values)))
    assert header.per_layer("attention.head_count_kv", 2) == [2, 0]
    assert header.number("attention.head_count_kv") == 2


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.01, 0.02, 0.5, 0.999])
def test_a_cut_file_is_refused(tmp_path: Path, share: float) -> None:
    with pytest.raises(BadGGUF, match=r"cut off|not a GGUF|too short"):
        read_header(write(tmp_path / "a.gguf", WHOLE[: int(len(WHOLE) * share)]))


def test_every_cut_in_the_head_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    for length in range(0, 4000, 7):
        with pytest.raises(BadGGUF):
            read_header(write(path, WHOLE[:length]))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>404</html>".ljust(64),
        b"GGUF" + struct.pack("<I", 99) + b"\0" * 64,
        head(tensors=2**63, rest=b"\0" * 64),
        head(pairs=2**63, rest=b"\0" * 64),
        head(pairs=1, rest=struct.pack("<Q", 2**62) + b"\0" * 64),
        head(pairs=1, rest=tiny.text("k") + struct.pack("<IQ", 8, 2**62) + b"\0" * 64),
        head(pairs=1, rest=tiny.text("k") + struct.pack("<IIQ", 9, 8, 2**61) + b"\0" * 64),
        head(pairs=1, rest=tiny.text("k") + struct.pack("<IIQ", 9, 10, 2**61) + b"\0" * 64),
        head(pairs=1, rest=tiny.text("k") + struct.pack("<IIQ", 9, 9, 5) + b"\0" * 64),
        head(pairs=1, rest=tiny.text("k") + struct.pack("<I", 77) + b"\0" * 64),
        head(tensors=1, rest=tiny.text("t") + struct.pack("<IQIQ", 1, 2**60, 0, 0) + b"\0" * 64),
        head(tensors=1, rest=tiny.text("t") + struct.pack("<IQIQ", 1, 8, 0, 2**60) + b"\0" * 64),
        head(tensors=1, rest=tiny.text("t") + struct.pack("<I", 4_000_000_000) + b"\0" * 64),
        head(pairs=1, rest=tiny.pair("general.alignment", 0) + b"\0" * 64),
        head(pairs=1, rest=tiny.pair("general.name", "nothing else") + b"\0" * 64),
    ],
    ids=[
        "empty",
        "web page",
        "version",
        "tensor count",
        "pair count",
        "key length",
        "text length",
        "texts in array",
        "numbers in array",
        "array of arrays",
        "type",
        "tensor size",
        "tensor offset",
        "dimensions",
        "alignment",
        "architecture",
    ],
)
def test_a_lying_file_is_refused_and_costs_nothing(tmp_path: Path, data: bytes) -> None:
    path = write(tmp_path / "a.gguf", data)
    tracemalloc.start()
    try:
        with pytest.raises(BadGGUF):
            read_header(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 << 20


def test_long_lists_of_texts_are_passed_over(tmp_path: Path) -> None:
    texts = ["x" * (number % 50) for number in range(60_000)] + ["y" * 3_000_000, "end"]
    data = tiny.gguf({"many": texts, **tiny.metadata()})
    header = read_header(write(tmp_path / "a.gguf", data))
    assert (header.lengths["many"], header.architecture) == (60_002, "llama")
    for length in (1_000_000, 2_500_000, 4_600_000):
        with pytest.raises(BadGGUF):
            read_header(write(tmp_path / "b.gguf", data[:length]))


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_header(tmp_path / "none.gguf")
