"""Catalogue entries for tests."""

from pathlib import Path

from stellarchat.core.models import Artefact, ModelEntry, ModelKind, Variant


def variant(name: str = "tiny", artefact: Artefact | None = None, **changes: object) -> Variant:
    """A small chat model for llama.cpp, from the hub unless an artefact is given."""
    values: dict[str, object] = {
        "id": name,
        "model_id": name,
        "name": name.title(),
        "kind": ModelKind.CHAT,
        "size": "",
        "quantization": "f32",
        "format": "gguf",
        "engines": ("llamacpp",),
        "artefact": artefact or Artefact(hf_repo="owner/name", hf_file=f"{name}.gguf"),
        "context_length": 2048,
    }
    return Variant(**{**values, **changes})  # type: ignore[arg-type]


def local(name: str, path: Path, **changes: object) -> Variant:
    """A model whose weights lie at `path`."""
    return variant(name, Artefact(path=str(path)), **changes)


def entry(*variants: Variant, demonstration: bool = False) -> ModelEntry:
    """One model with these variants."""
    first = variants[0]
    return ModelEntry(
        id=first.model_id,
        name=first.name,
        description="",
        official_url="",
        kind=first.kind,
        variants=variants,
        demonstration=demonstration,
    )
