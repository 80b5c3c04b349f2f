"""Sees to it that a model is asked only for what it is made for."""

from collections.abc import Mapping
from typing import Final

from stellarchat.core.errors import BadRequest, ModelNotFound
from stellarchat.core.models import ModelKind
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.instances.targets import Target

_CANNOT: Final = {
    ModelKind.CHAT: "it writes no text",
    ModelKind.EMBEDDING: "it makes no embeddings",
    ModelKind.RERANK: "it ranks no documents",
}
_NAMES: Final = 5  # models that a refusal names


class Kinds:
    """Knows of every model of the catalogue what it is for. Of a remote one only its server knows."""

    def __init__(self, catalog: Catalog, remotes: Mapping[str, Target]) -> None:
        self._catalog, self._remotes = catalog, remotes

    def require(self, model: str, wanted: ModelKind, param: str = "model") -> None:
        """Raise BadRequest where `model` is of another kind. Unknown models are left to the gateway."""
        if model in self._remotes:
            return
        try:
            kind = self._catalog.resolve(model).kind
        except ModelNotFound:
            return
        if kind is wanted:
            return
        fitting = [variant.id for variant in self._catalog.variants() if variant.kind is wanted]
        raise BadRequest(
            f"{model} is of the kind {kind.value}: {_CANNOT[wanted]}.",
            param=param,
            remedy=f"Name a model of the kind {wanted.value}, as {', '.join(fitting[:_NAMES])}."
            if fitting
            else f"Add a model of the kind {wanted.value} to the catalogue.",
            sentence="model_kind",
            values={"model": model},
        )
