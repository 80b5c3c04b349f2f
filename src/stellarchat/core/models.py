"""The catalogue: models, their sizes, and the variants that can be run."""

from enum import StrEnum
from typing import Final

import msgspec

OWN_PREFIX: Final = "own/"
"""What the names of models begin with in requests that one user alone has."""


class ModelKind(StrEnum):
    """What a model is for."""

    CHAT = "chat"
    EMBEDDING = "embedding"
    RERANK = "rerank"


class Capability(StrEnum):
    """What a chat model can do beyond text."""

    VISION = "vision"
    TOOLS = "tools"
    THINKING = "thinking"


class Artefact(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the weights of one variant come from: exactly one of path, hf_repo, url, ollama, served.

    `path` is a local file or folder (`~` and `package:` names allowed). `hf_repo` with `hf_file` is one
    GGUF of a Hugging Face repository (of a split one its first part), without it the whole repository
    as a folder. `url` is the address of one GGUF, `ollama` a name of Ollama's library, `served` what
    a server that is not ours calls it, where that is the name of no repository. `ms_repo` is the same on
    ModelScope where its name differs there. `mmproj` is the file of the vision projector: beside
    `hf_file` in its repository, or a path of its own. `size_bytes` (of all files) and `sha256` where they
    are known beforehand.
    """

    path: str | None = None
    hf_repo: str | None = None
    hf_file: str | None = None
    hf_revision: str = "main"
    ms_repo: str | None = None
    url: str | None = None
    ollama: str | None = None
    served: str | None = None
    mmproj: str | None = None
    size_bytes: int | None = None
    sha256: str | None = None


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """Model + size + quantization + format: the thing an engine runs.

    `id` is unique in the catalogue and is the model name clients send, as `qwen3-0.6b-q8_0`.
    `aliases` are shorter names that mean this variant, as `qwen3-0.6b` for the default quantization.
    `context_length` and `parameters` are in tokens and weights.
    """

    id: str
    model_id: str
    name: str
    kind: ModelKind
    size: str
    quantization: str
    format: str
    engines: tuple[str, ...]
    artefact: Artefact
    context_length: int
    parameters: int | None = None
    aliases: tuple[str, ...] = ()
    capabilities: tuple[Capability, ...] = ()


class ModelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A model of the catalogue with all its variants.

    `description_zh` is the description in simplified Chinese, where there is one. `own` tells that a person
    added it here, so that it can be taken out again.
    """

    id: str
    name: str
    description: str
    official_url: str
    kind: ModelKind
    variants: tuple[Variant, ...]
    demonstration: bool = False
    description_zh: str = ""
    own: bool = False
