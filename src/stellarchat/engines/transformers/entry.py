"""A folder of weights that the configuration names, as a model of the catalogue."""

import re
from pathlib import Path

from stellarchat.core.models import Artefact, ModelEntry, ModelKind, Variant
from stellarchat.engines.transformers.folder import read_folder

_OTHER = re.compile(r"[^A-Za-z0-9._+-]+")


def entry_of(folder: Path) -> ModelEntry:
    """Return a model with the folder's name. Raises BadFolder, OSError."""
    folder = folder.expanduser().absolute()
    facts = read_folder(folder)
    name = _OTHER.sub("-", folder.name).strip("._+-")[:90] or "local"
    variant = Variant(
        id=name.lower(),
        model_id=name.lower(),
        name=name,
        kind=ModelKind.EMBEDDING if (folder / "modules.json").is_file() else ModelKind.CHAT,
        size="",
        quantization="none",
        format="safetensors",
        engines=("transformers",),
        artefact=Artefact(path=str(folder)),
        context_length=facts.context,
        parameters=facts.parameters,
    )
    return ModelEntry(
        id=variant.id,
        name=name,
        description=f"The folder {folder}.",
        official_url="",
        kind=variant.kind,
        variants=(variant,),
    )
