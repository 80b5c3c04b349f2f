"""Which parser an engine needs to read a model's tool calls and thinking: by the family of the model."""

import re
from collections.abc import Sequence

import msgspec

from stellarchat.core.models import Variant
from stellarchat.engines._paged.shape import Shape

Release = tuple[int, int, int]


class Family(msgspec.Struct, frozen=True):
    """Models whose names match `pattern`, and the parsers for them with the first release that has each."""

    pattern: str
    tools: str | None = None
    tools_since: Release = (0, 0, 0)
    reasoning: str | None = None
    reasoning_since: Release = (0, 0, 0)


class Parsers(msgspec.Struct, frozen=True):
    """The parsers to name on a command line; None where the engine has none."""

    tools: str | None = None
    reasoning: str | None = None


def parsers(families: Sequence[Family], variant: Variant, shape: Shape | None, release: Release) -> Parsers:
    """Return what the first family that matches has in this release."""
    words = [variant.model_id, variant.id, variant.artefact.hf_repo or "", variant.artefact.path or ""]
    if shape is not None:
        words += [shape.family, shape.architecture]
    # names are written with any of these between their parts: qwen3-next, qwen3_next, Qwen3.Next
    text = re.sub(r"[\s_.]+", "-", " ".join(words).lower())
    for family in families:
        if re.search(family.pattern, text):
            return Parsers(
                family.tools if release >= family.tools_since else None,
                family.reasoning if release >= family.reasoning_since else None,
            )
    return Parsers()
