"""Reads models.json and checks all of it.

The form is described in docs/engines.md. Names are checked here so that they can become a path or a
word of a command line later.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from stellarchat.core.models import Artefact, Capability, ModelEntry, ModelKind, Variant
from stellarchat.services.catalog.weights import NAME, PACKAGE, REPO, SEGMENT, check, check_file, parts

GGUF, SAFETENSORS, OLLAMA = "gguf", "safetensors", "ollama"
ENGINES = {GGUF: ("llamacpp",), SAFETENSORS: ("vllm", "sglang", "transformers"), OLLAMA: ("ollama",)}
"""What runs a format, the fastest first."""
QUANTIZED_ENGINES = ("vllm", "sglang")
"""What runs safetensors that were quantized beforehand, without libraries of the method's own."""
PLAIN = ("bf16", "f16", "f32", "mxfp4")
DEFAULT = "default"
"""The quantization of a name in Ollama's library: Ollama decides it."""
# ollama.com/library names, with a namespace or a registry of one's own before and a tag behind
OLLAMA_NAME = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]{0,95}/){0,2}[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
ADDRESS = re.compile(r"https?://[!-~]{3,2000}")


class CatalogError(Exception):
    """models.json cannot be used; the text names the file, the entry and the field."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    quantization: str
    format: str = GGUF
    engines: tuple[str, ...] | None = None
    id: str | None = None
    path: str | None = None
    hf_repo: str | None = None
    hf_file: str | None = None
    hf_revision: str = "main"
    ms_repo: str | None = None
    url: str | None = None
    ollama_name: str | None = None
    mmproj: str | None = None
    size_bytes: int | None = None
    sha256: str | None = None


class _GgufFile(msgspec.Struct, forbid_unknown_fields=True):
    file: str
    size_bytes: int | None = None
    sha256: str | None = None


class _Gguf(msgspec.Struct, forbid_unknown_fields=True):
    repo: str
    files: dict[str, str | _GgufFile]
    revision: str = "main"
    ms_repo: str | None = None
    mmproj: str | None = None


class _Size(msgspec.Struct, forbid_unknown_fields=True):
    size: str
    files: tuple[_File, ...] = ()
    gguf: _Gguf | None = None
    hf_repo: str | None = None
    precision: str = "bf16"
    hf_repos: dict[str, str] = msgspec.field(default_factory=dict)
    ms_repo: str | None = None
    ollama_name: str | None = None
    engines: tuple[str, ...] | None = None
    parameters: int | None = None
    context_length: int | None = None
    capabilities: tuple[Capability, ...] | None = None


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    name: str
    kind: ModelKind
    context_length: int
    sizes: tuple[_Size, ...]
    description: str = ""
    description_zh: str = ""
    official_url: str = ""
    capabilities: tuple[Capability, ...] = ()
    engines: tuple[str, ...] | None = None
    quantizations: tuple[str, ...] | None = None
    formats: tuple[str, ...] | None = None
    demonstration: bool = False


class _Catalogue(msgspec.Struct, forbid_unknown_fields=True):
    models: list[msgspec.Raw]


class _Id(msgspec.Struct):
    id: str = "?"


def read_catalog(path: Path) -> list[ModelEntry]:
    """Read models.json. Raises CatalogError."""
    try:
        text = path.read_bytes()
        raw = msgspec.json.decode(text, type=_Catalogue)
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error.strerror}.") from error
    except msgspec.ValidationError as error:
        raise CatalogError(f"{path}: {error}.") from error
    except msgspec.DecodeError as error:
        raise CatalogError(f"{path}: {_located(text, error)}.") from error
    entries: list[ModelEntry] = []
    taken: dict[str, str] = {}
    for number, piece in enumerate(raw.models):
        where = f"{path}: entry {number + 1}"
        try:
            where = f"{where} ({msgspec.json.decode(piece, type=_Id).id})"
            entry = read_entry(bytes(piece))
        except (msgspec.MsgspecError, ValueError) as error:
            raise CatalogError(f"{where}: {error}.") from error
        for variant in entry.variants:
            for name in (variant.id, *variant.aliases):
                if name in taken:
                    raise CatalogError(f"{where}: the name {name!r} is taken by {taken[name]!r}.")
                taken[name] = variant.id
        entries.append(entry)
    return entries


def read_entry(text: bytes) -> ModelEntry:
    """Read one entry of models.json.

    Raises ValueError, of which msgspec's ValidationError is one; the text starts with the field's name or
    ends with its path.
    """
    raw = msgspec.json.decode(text, type=_Entry)
    check("id", raw.id, NAME)
    if not raw.sizes:
        raise ValueError("sizes: at least one size is needed")
    variants: list[Variant] = []
    for nth, size in enumerate(raw.sizes):
        if size.size:
            check("size", size.size, NAME)
        made = list(_variants(raw, size))
        if not made:
            raise ValueError(
                f"sizes: {size.size or raw.id} has no weights that the entry's engines, quantizations and "
                "formats admit; give files, gguf, hf_repo or ollama_name"
            )
        stem = _stem(raw, size)
        # the first variant is the default one of its size, the first size of its model
        aliases = dict.fromkeys([stem] if nth else [stem, raw.id.lower()])
        aliases.pop(made[0].id, None)
        variants += [msgspec.structs.replace(made[0], aliases=tuple(aliases)), *made[1:]]
    taken: dict[str, str] = {}
    for variant in variants:
        for name in (variant.id, *variant.aliases):
            if name in taken:
                raise ValueError(f"id: two variants are named {name!r}; give one of them an id in files")
            taken[name] = variant.id
    return ModelEntry(
        id=raw.id,
        name=raw.name,
        description=raw.description,
        description_zh=raw.description_zh,
        official_url=raw.official_url,
        kind=raw.kind,
        variants=tuple(variants),
        demonstration=raw.demonstration,
    )


def _variants(raw: _Entry, size: _Size) -> Iterator[Variant]:
    """Yield what a size comes as, GGUF first: that is what runs on every machine."""
    taken: set[str] = set()
    for file in (*_listed(size), *size.files):
        check("quantization", file.quantization, NAME)
        check("format", file.format, NAME)
        engines = file.engines if file.engines is not None else _engines(size, file)
        engines = tuple(one for one in engines if raw.engines is None or one in raw.engines)
        if not engines or not _admitted(raw, file):
            continue
        ending = OLLAMA if file.format == OLLAMA else file.quantization
        name = (file.id or f"{_stem(raw, size)}-{ending}").lower()
        if name in taken and file.id is None:  # the same quantization in another format
            name = f"{name}-{file.format.lower()}"
        taken.add(name)
        check("id", name, NAME)
        for engine in engines:
            check("engines", engine, NAME)
        yield Variant(
            id=name,
            model_id=raw.id,
            name=" ".join(part for part in (raw.name, size.size.upper()) if part),
            kind=raw.kind,
            size=size.size,
            quantization=file.quantization,
            format=file.format,
            engines=engines,
            artefact=_artefact(file),
            context_length=_positive("context_length", size.context_length or raw.context_length),
            parameters=size.parameters,
            capabilities=_able(raw, size, file),
        )


def _listed(size: _Size) -> Iterator[_File]:
    """Yield the files that a size's short forms stand for."""
    gguf = size.gguf
    if gguf is not None:
        for quantization, file in gguf.files.items():
            told = _GgufFile(file) if isinstance(file, str) else file
            yield _File(
                quantization=quantization,
                hf_repo=gguf.repo,
                hf_file=told.file,
                hf_revision=gguf.revision,
                ms_repo=gguf.ms_repo,
                mmproj=gguf.mmproj,
                size_bytes=told.size_bytes,
                sha256=told.sha256,
            )
    repos = {size.precision: size.hf_repo} if size.hf_repo is not None else {}
    for quantization, repo in {**repos, **size.hf_repos}.items():
        yield _File(
            quantization=quantization,
            format=SAFETENSORS,
            hf_repo=repo,
            ms_repo=size.ms_repo if repo == size.hf_repo else None,
        )
    if size.ollama_name is not None:
        yield _File(quantization=DEFAULT, format=OLLAMA, ollama_name=size.ollama_name)


def _engines(size: _Size, file: _File) -> tuple[str, ...]:
    if file.format == SAFETENSORS:
        if size.engines is not None:
            return size.engines
        if file.quantization.lower() not in PLAIN:
            return QUANTIZED_ENGINES
    try:
        return ENGINES[file.format]
    except KeyError:
        raise ValueError(
            f"format: {file.format!r} is none of {', '.join(ENGINES)}; name its engines"
        ) from None


def _admitted(raw: _Entry, file: _File) -> bool:
    return (raw.formats is None or file.format in raw.formats) and (
        raw.quantizations is None
        or file.format == OLLAMA
        or file.quantization.lower() in (one.lower() for one in raw.quantizations)
    )


def _able(raw: _Entry, size: _Size, file: _File) -> tuple[Capability, ...]:
    """Return what a variant can do; a GGUF sees only with its projector."""
    able = raw.capabilities if size.capabilities is None else size.capabilities
    blind = file.format == GGUF and file.mmproj is None and file.path is None
    return tuple(can for can in able if not (blind and can is Capability.VISION))


def _stem(raw: _Entry, size: _Size) -> str:
    return f"{raw.id}-{size.size}".lower() if size.size else raw.id.lower()


def _artefact(file: _File) -> Artefact:
    sources = (file.path, file.hf_repo, file.url, file.ollama_name)
    if sum(source is not None for source in sources) != 1:
        raise ValueError("path, hf_repo, url, ollama_name: exactly one of them is needed")
    if file.hf_repo is None:
        for field in ("hf_file", "ms_repo"):
            if getattr(file, field) is not None:
                raise ValueError(f"{field}: makes sense with hf_repo only")
    else:
        _check_repo(file)
    if file.path is not None:
        if file.path.startswith(PACKAGE):
            check_file("path", file.path.removeprefix(PACKAGE))
        parts(file.path)
    if file.url is not None:
        check("url", file.url, ADDRESS)
    if file.ollama_name is not None:
        check("ollama_name", file.ollama_name, OLLAMA_NAME)
    if file.sha256 is not None:
        check("sha256", file.sha256, re.compile("[0-9a-f]{64}"))
        if file.format != GGUF or (file.hf_file is not None and len(parts(file.hf_file)) > 1):
            raise ValueError("sha256: is of one file, and there are several")
    return Artefact(
        path=file.path,
        hf_repo=file.hf_repo,
        hf_file=file.hf_file,
        hf_revision=file.hf_revision,
        ms_repo=file.ms_repo,
        url=file.url,
        ollama=file.ollama_name,
        mmproj=file.mmproj,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
    )


def _check_repo(file: _File) -> None:
    check("hf_repo", file.hf_repo or "", REPO)
    check("hf_revision", file.hf_revision, SEGMENT)
    if file.ms_repo is not None:
        check("ms_repo", file.ms_repo, REPO)
    if file.format == GGUF and file.hf_file is None:
        raise ValueError("hf_file: needed beside hf_repo")
    if file.format != GGUF and file.hf_file is not None:
        raise ValueError(f"hf_file: {file.format} is a whole repository; leave it out")
    if file.hf_file is not None:
        check_file("hf_file", file.hf_file)
        parts(file.hf_file)
    if file.mmproj is not None:
        check_file("mmproj", file.mmproj)


def _located(text: bytes, error: msgspec.DecodeError) -> str:
    """Say where the JSON goes wrong, by line and column."""
    found = re.search(r"\(byte (\d+)\)", str(error))
    if found is None:
        return f"line {len(text.splitlines()) or 1}: the file ends before its JSON does"
    before = text[: int(found[1])]
    line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
    return f"line {line}, column {column}: {error}"


def _positive(field: str, value: int) -> int:
    if value < 1:
        raise ValueError(f"{field}: must be positive, not {value}")
    return value
