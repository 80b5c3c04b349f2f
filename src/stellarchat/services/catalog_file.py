"""Reads models.json and checks all of it.

The form is described in docs/engines.md. Names are checked here so that they can become a path or a
word of a command line later.
"""

import re
from pathlib import Path

import msgspec

from stellarchat.core.models import Artefact, Capability, ModelEntry, ModelKind, Variant

PACKAGE = "package:"

# ASCII only: NFKC turns fullwidth dots and slashes into the real ones
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,95}")
REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,199}")


class CatalogError(Exception):
    """models.json cannot be used; the text names the file, the entry and the field."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    quantization: str
    format: str = "gguf"
    engines: tuple[str, ...] = ("llamacpp",)
    id: str | None = None
    path: str | None = None
    hf_repo: str | None = None
    hf_file: str | None = None
    hf_revision: str = "main"
    size_bytes: int | None = None
    sha256: str | None = None


class _Size(msgspec.Struct, forbid_unknown_fields=True):
    size: str
    files: tuple[_File, ...]
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
    official_url: str = ""
    capabilities: tuple[Capability, ...] = ()
    demonstration: bool = False


class _Catalogue(msgspec.Struct, forbid_unknown_fields=True):
    models: list[msgspec.Raw]


class _Id(msgspec.Struct):
    id: str = "?"


def read_catalog(path: Path) -> list[ModelEntry]:
    """Read models.json. Raises CatalogError."""
    try:
        raw = msgspec.json.decode(path.read_bytes(), type=_Catalogue)
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error.strerror}.") from error
    except msgspec.MsgspecError as error:
        raise CatalogError(f"{path}: {error}.") from error
    entries: list[ModelEntry] = []
    taken: dict[str, str] = {}
    for number, piece in enumerate(raw.models):
        where = f"{path}: entry {number + 1}"
        try:
            where = f"{where} ({msgspec.json.decode(piece, type=_Id).id})"
            entry = _entry(msgspec.json.decode(piece, type=_Entry))
        except (msgspec.MsgspecError, ValueError) as error:
            raise CatalogError(f"{where}: {error}.") from error
        for variant in entry.variants:
            for name in (variant.id, *variant.aliases):
                if name in taken:
                    raise CatalogError(f"{where}: the name {name!r} is taken by {taken[name]!r}.")
                taken[name] = variant.id
        entries.append(entry)
    return entries


def _entry(raw: _Entry) -> ModelEntry:
    check("id", raw.id, NAME)
    if not raw.sizes or not all(size.files for size in raw.sizes):
        raise ValueError("sizes: at least one size with one file is needed")
    variants = []
    for nth, size in enumerate(raw.sizes):
        if size.size:
            check("size", size.size, NAME)
        stem = f"{raw.id}-{size.size}".lower() if size.size else raw.id.lower()
        for file_number, file in enumerate(size.files):
            check("quantization", file.quantization, NAME)
            name = (file.id or f"{stem}-{file.quantization}").lower()
            check("id", name, NAME)
            aliases = []
            if file_number == 0:  # the first file is the default one of its size, the first size of its model
                aliases = [stem] if nth else [stem, raw.id.lower()]
            variants.append(
                Variant(
                    id=name,
                    model_id=raw.id,
                    name=" ".join(part for part in (raw.name, size.size.upper()) if part),
                    kind=raw.kind,
                    size=size.size,
                    quantization=file.quantization,
                    format=file.format,
                    engines=file.engines,
                    artefact=_artefact(file),
                    context_length=_positive("context_length", size.context_length or raw.context_length),
                    parameters=size.parameters,
                    aliases=tuple(dict.fromkeys(alias for alias in aliases if alias != name)),
                    capabilities=raw.capabilities if size.capabilities is None else size.capabilities,
                )
            )
    return ModelEntry(
        id=raw.id,
        name=raw.name,
        description=raw.description,
        official_url=raw.official_url,
        kind=raw.kind,
        variants=tuple(variants),
        demonstration=raw.demonstration,
    )


def _artefact(file: _File) -> Artefact:
    if (file.path is None) == (file.hf_repo is None):
        raise ValueError("path, hf_repo: exactly one of the two is needed")
    if file.hf_repo is not None:
        check("hf_repo", file.hf_repo, REPO)
        if file.hf_file is None:
            raise ValueError("hf_file: needed beside hf_repo")
        check_file("hf_file", file.hf_file)
        check("hf_revision", file.hf_revision, SEGMENT)
    elif file.hf_file is not None:
        raise ValueError("hf_file: makes sense with hf_repo only")
    elif file.path is not None and file.path.startswith(PACKAGE):
        check_file("path", file.path.removeprefix(PACKAGE))
    if file.sha256 is not None:
        check("sha256", file.sha256, re.compile("[0-9a-f]{64}"))
    return Artefact(
        path=file.path,
        hf_repo=file.hf_repo,
        hf_file=file.hf_file,
        hf_revision=file.hf_revision,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
    )


def check(field: str, value: str, form: re.Pattern[str]) -> None:
    """Raise ValueError naming `field` where `value` is not of `form`, or could lead upward."""
    if not form.fullmatch(value) or ".." in value:
        raise ValueError(f"{field}: {value!r} is not allowed")


def check_file(field: str, value: str) -> None:
    """Raise ValueError naming `field` where `value` is not a plain relative path."""
    for segment in value.split("/"):
        check(field, segment, SEGMENT)


def _positive(field: str, value: int) -> int:
    if value < 1:
        raise ValueError(f"{field}: must be positive, not {value}")
    return value
