"""Reads the head of a GGUF file and checks it against the file, without any library.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3, little-endian).
Every count and length is checked against the size of the file before it is used, so a file that lies
costs no memory. Used by the worker, hence nothing but the standard library is imported.
"""

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MAX_KEY = 65_535  # bytes, from the format's description
MAX_DIMENSIONS = 4  # GGML_MAX_DIMS
DEFAULT_ALIGNMENT = 32
TEXT_LIMIT = 1 << 20  # bytes of a text we keep; the longest are chat templates of some 20 kB

_SCALARS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
_STRING, _ARRAY = 8, 9
_BLOCK = 1 << 20  # bytes
_SHORT_ARRAY = 1024  # numbers kept of an array, enough for one per layer

# ggml type → (weights per block, bytes per block), from ggml's type traits
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110),
    22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8),
    29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip

Scalar = int | float | bool | str


class BadGGUF(Exception):
    """The file is not a whole, well-formed GGUF file; the text says what is wrong with it."""


@dataclass(frozen=True)
class Header:
    """What the head of a GGUF file tells. `lengths` has the number of items of every array."""

    version: int
    tensors: int
    parameters: int
    size_bytes: int
    values: dict[str, Scalar] = field(default_factory=dict)
    arrays: dict[str, tuple[Scalar, ...]] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)

    @property
    def architecture(self) -> str:
        """The model's architecture, as `llama`; empty where the file does not say."""
        return str(self.values.get("general.architecture", ""))

    def number(self, key: str, default: int = 0) -> int:
        """The whole number at `{architecture}.{key}`; of an array the largest item."""
        name = f"{self.architecture}.{key}"
        value = self.values.get(name)
        if value is None and self.arrays.get(name):
            value = max(item for item in self.arrays[name] if not isinstance(item, str))
        return int(value) if isinstance(value, int | float) else default

    def per_layer(self, key: str, layers: int) -> list[int]:
        """One number per layer: an array as it stands, a single number repeated."""
        items = self.arrays.get(f"{self.architecture}.{key}")
        if items:
            return [int(item) for item in items if not isinstance(item, str)][:layers]
        return [self.number(key)] * layers


def read_header(path: Path) -> Header:
    """Read and check the head of `path`. Raises BadGGUF, and OSError where it can't be read."""
    with path.open("rb", buffering=1 << 18) as file:
        return parse_header(file, path.stat().st_size)


def parse_header(file: BinaryIO, size: int) -> Header:
    """Read and check the head of a GGUF of `size` bytes; `file` is read and sought forward from its start.

    Raises BadGGUF, and what `file` raises.
    """
    reader = _Reader(file, size)
    if size < 24 or (magic := file.read(4)) != MAGIC:
        start = "" if size < 24 else f" (it starts with {magic!r})"
        raise BadGGUF(f"This is not a GGUF file{start}.")
    (version,) = reader.unpack("<I")
    if version not in VERSIONS:
        raise BadGGUF(f"GGUF version {version} is unknown; versions 2 and 3 are supported.")
    tensors, pairs = reader.unpack("<QQ")
    # the smallest tensor entry takes 32 bytes, the smallest pair 13: more cannot be in the file
    if tensors > size // 24 or pairs > size // 12:
        raise BadGGUF(f"It is said to hold {tensors} tensors and {pairs} values; it is too short for that.")
    header = Header(version, tensors, 0, size)
    for _ in range(pairs):
        reader.pair(header)
    parameters, end = reader.tensors(tensors)
    alignment = header.values.get("general.alignment", DEFAULT_ALIGNMENT)
    if not isinstance(alignment, int) or not 1 <= alignment <= 1 << 20:
        raise BadGGUF(f"The alignment {alignment!r} makes no sense.")
    begin = -(-file.tell() // alignment) * alignment
    if begin + end > size:
        raise BadGGUF(
            f"The file has {size} bytes, but its tensors end at byte {begin + end}: "
            "it was cut off or is damaged."
        )
    if not header.architecture:
        raise BadGGUF("The file does not say which architecture the model has.")
    return Header(version, tensors, parameters, size, header.values, header.arrays, header.lengths)


class _Reader:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.size = file, size

    def take(self, count: int) -> bytes:
        data = self.file.read(count)
        if len(data) != count:
            raise BadGGUF(f"The file ends in its head, after {self.size} bytes: it was cut off.")
        return data

    def unpack(self, form: str) -> tuple[int, ...]:
        return struct.unpack(form, self.take(struct.calcsize(form)))

    def skip(self, count: int) -> None:
        if count > self.size - self.file.tell():
            raise BadGGUF("A length in the file's head leads past its end: it was cut off or is damaged.")
        self.file.seek(count, 1)

    def text(self, limit: int) -> str:
        (length,) = self.unpack("<Q")
        if length > limit:
            self.skip(length)
            return ""
        return self.take(length).decode(errors="replace")

    def pair(self, header: Header) -> None:
        (length,) = self.unpack("<Q")
        if not 0 < length <= MAX_KEY:
            raise BadGGUF(f"A key of {length} bytes stands in the file's head: it is damaged.")
        key = self.take(length).decode(errors="replace")
        (kind,) = self.unpack("<I")
        if kind == _STRING:
            header.values[key] = self.text(TEXT_LIMIT)
        elif kind == _ARRAY:
            self.array(key, header)
        else:
            header.values[key] = self.scalar(kind)

    def scalar(self, kind: int) -> Scalar:
        form = _SCALARS.get(kind)
        if form is None:
            raise BadGGUF(f"A value of the unknown type {kind} stands in the file's head: it is damaged.")
        return self.unpack(form)[0]

    def array(self, key: str, header: Header) -> None:
        kind, count = self.unpack("<IQ")
        header.lengths[key] = count
        if kind == _STRING:
            if count > (self.size - self.file.tell()) // 8:
                raise BadGGUF(f"{key!r} is said to have {count} items; the file is too short for that.")
            self.skip_texts(count)
            return
        form = _SCALARS.get(kind)
        if form is None:  # arrays of arrays are allowed by the format and used by no model
            raise BadGGUF(f"{key!r} is an array of the unsupported type {kind}.")
        width = struct.calcsize(form)
        if count > _SHORT_ARRAY:
            self.skip(count * width)
            return
        header.arrays[key] = struct.unpack(f"<{count}{form[1]}", self.take(count * width))

    def skip_texts(self, count: int) -> None:
        """Pass over `count` texts, a block at a time: vocabularies have hundreds of thousands."""
        block, at = b"", 0
        length_of = struct.Struct("<Q").unpack_from
        for _ in range(count):
            if at + 8 > len(block):
                block, at = block[at:] + self.file.read(_BLOCK), 0
                if len(block) < 8:
                    raise BadGGUF("The file ends in its head, in a list of texts: it was cut off.")
            at += 8 + length_of(block, at)[0]
            if at > len(block):
                self.skip(at - len(block))
                block, at = b"", 0
        self.file.seek(at - len(block), 1)

    def tensors(self, count: int) -> tuple[int, int]:
        """Read the table of tensors: all weights counted, and the end of the last in the data part."""
        parameters = end = 0
        for _ in range(count):
            (length,) = self.unpack("<Q")
            if length > MAX_KEY:
                raise BadGGUF("A tensor's name is longer than the format allows: the file is damaged.")
            self.skip(length)
            (dimensions,) = self.unpack("<I")
            if not 1 <= dimensions <= MAX_DIMENSIONS:
                raise BadGGUF(f"A tensor has {dimensions} dimensions: the file is damaged.")
            weights = 1
            for extent in self.unpack(f"<{dimensions}Q"):
                weights *= extent
            kind, offset = self.unpack("<IQ")
            block, width = _BLOCKS.get(kind, (1, 0))  # a newer type: llama.cpp itself will judge it
            parameters += weights
            end = max(end, offset + -(-weights // block) * width)
        return parameters, end
