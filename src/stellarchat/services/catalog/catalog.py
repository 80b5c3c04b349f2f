"""The models that can be run here: found by name, located on the disk."""

import difflib
import logging
from collections.abc import Iterator
from pathlib import Path

from stellarchat.core.errors import BadRequest, ModelNotFound
from stellarchat.core.models import ModelEntry, Variant
from stellarchat.services.catalog.catalog_file import read_catalog
from stellarchat.services.catalog.weights import HF_DIRECTORY, Weights, packaged

logger = logging.getLogger(__name__)


def shipped() -> Path:
    """Return the models.json that comes with the package."""
    return packaged("models.json")


class Catalog:
    """The models of models.json and those added since, and where their weights lie."""

    def __init__(
        self, entries: list[ModelEntry], models_dir: Path, *, hf_directory: str = HF_DIRECTORY
    ) -> None:
        self.models_dir = models_dir
        self.weights = Weights(models_dir, hf_directory)
        self._entries: dict[str, ModelEntry] = {}
        self._names: dict[str, Variant] = {}
        for entry in entries:
            self.add(entry)

    @classmethod
    def load(cls, path: Path | None, models_dir: Path, *, hf_directory: str = HF_DIRECTORY) -> "Catalog":
        """Read `path`, or what comes with the package where it is None or missing. Raises CatalogError."""
        if path is not None and not path.exists():
            logger.warning("%s is missing; the built-in models are used", path)
            path = None
        return cls(read_catalog(path or shipped()), models_dir, hf_directory=hf_directory)

    def add(self, entry: ModelEntry) -> None:
        """Add an entry, or replace the one of the same id. Raises BadRequest where a name is another's."""
        old = self._entries.get(entry.id)
        mine = {name for variant in old.variants for name in _names(variant)} if old else set()
        names = {name: variant for variant in entry.variants for name in _names(variant)}
        for name in names.keys() & self._names.keys() - mine:
            raise BadRequest(
                f"The name {name!r} is taken by {self._names[name].id!r}.",
                param="id",
                sentence="model_name_taken",
                values={"name": name, "other": self._names[name].id},
            )
        for name in mine:
            del self._names[name]
        self._entries[entry.id] = entry
        self._names.update(names)

    def remove(self, model_id: str) -> None:
        """Take a model out. Raises ModelNotFound."""
        entry = self.entry(model_id)
        del self._entries[model_id]
        for variant in entry.variants:
            for name in _names(variant):
                del self._names[name]

    def entries(self) -> list[ModelEntry]:
        """All models, in the catalogue's order."""
        return list(self._entries.values())

    def variants(self) -> Iterator[Variant]:
        """All variants of all models."""
        for entry in self._entries.values():
            yield from entry.variants

    def entry(self, model_id: str) -> ModelEntry:
        """Return the model `model_id`. Raises ModelNotFound."""
        try:
            return self._entries[model_id]
        except KeyError:
            raise self._unknown(model_id, list(self._entries), "model_id") from None

    def resolve(self, name: str) -> Variant:
        """Return the variant that `name`, an id or alias, means; Ollama's `model:size` is understood too.

        Raises ModelNotFound with the names that look like it.
        """
        if not self._has(name):
            raise self._unknown(name, list(self._names))
        return self._names.get(name) or self._names[name.lower().replace(":", "-")]

    def _has(self, name: str) -> bool:
        return name in self._names or name.lower().replace(":", "-") in self._names

    def choose(
        self,
        model_id: str,
        *,
        size: str | None = None,
        quantization: str | None = None,
        format: str | None = None,
        engine: str | None = None,
    ) -> Variant:
        """Return the first variant of a model that is as asked for; `model_id` may be a variant's name.

        Where it is a shorter name, as `qwen3-0.6b`, all variants that it could mean are looked through.
        Raises ModelNotFound for an unknown model, BadRequest naming the field nothing matches.
        """
        left = self._meant(model_id)
        asked = {"size": size, "quantization": quantization, "format": format, "engine_type": engine}
        for field, wanted in asked.items():
            if wanted is None:
                continue
            there = list(dict.fromkeys(word for variant in left for word in _words(variant, field)))
            left = [one for one in left if wanted.lower() in (word.lower() for word in _words(one, field))]
            if not left:
                if field == "engine_type":
                    raise BadRequest(
                        f"{model_id} does not run on {wanted!r}.",
                        param=field,
                        remedy=f"Use one of: {', '.join(there)}.",
                        sentence="not_on_engine",
                        values={"model": model_id, "engine": wanted, "names": ", ".join(there)},
                    )
                raise BadRequest(
                    f"{model_id} does not come in {field} {wanted!r}.",
                    param=field,
                    remedy=f"Use one of: {', '.join(there)}.",
                    sentence="model_form",
                    values={"model": model_id, "form": wanted, "names": ", ".join(there)},
                )
        return left[0]

    def _meant(self, name: str) -> list[Variant]:
        """Return the variants that a name can mean, the one that it means by itself first."""
        entry = self._entries.get(name) or self._entries.get(name.lower())
        if entry is not None:
            return list(entry.variants)
        if not self._has(name):
            raise self._unknown(name, list(self._names), "model_id")
        first = self.resolve(name)
        if first.id in (name, name.lower().replace(":", "-")):
            return [first]
        entry = self._entries[first.model_id]
        return [first, *(one for one in entry.variants if one is not first and one.size == first.size)]

    def destination(self, variant: Variant) -> Path:
        """Return the file or folder where downloadable weights belong, whether they are there or not.

        Raises BadRequest for weights that are not downloaded here, and for names that would lead out of the
        models directory.
        """
        if variant.artefact.path is not None:
            raise BadRequest(
                f"{variant.name} is a local file; there is nothing to download.",
                param="model_id",
                sentence="download_local",
                values={"name": variant.name},
            )
        if variant.artefact.ollama is not None:
            raise BadRequest(
                f"Ollama fetches {variant.name} itself.",
                param="model_id",
                remedy=f"Start it on the engine ollama, or run `ollama pull {variant.artefact.ollama}`.",
                sentence="download_ollama",
                values={"name": variant.name, "ollama": str(variant.artefact.ollama)},
            )
        if variant.artefact.served is not None:
            raise BadRequest(
                f"Only the server that runs {variant.name} has its weights.",
                param="model_id",
                remedy=f"Start it on the engine {variant.engines[0]}.",
                sentence="download_elsewhere",
                values={"name": variant.name, "engine": variant.engines[0]},
            )
        return self.weights.place(variant.artefact)

    def local_path(self, variant: Variant) -> Path | None:
        """Return the file or folder with the weights, or None where they are not whole on this machine.

        Of a split GGUF it is the first part. What other programs put into a Hugging Face cache below the
        models directory counts too. Weights that Ollama keeps are never here.
        """
        return self.weights.find(variant.artefact)

    def size_on_disk(self, variant: Variant) -> int | None:
        """Return the bytes that the weights take, None where they are not here."""
        return self.weights.size(variant.artefact)

    def inside(self, path: Path) -> Path:
        """Return `path`. Raises BadRequest where, links followed, it lies outside the models directory."""
        return self.weights.inside(path)

    def _unknown(self, name: str, names: list[str], param: str = "model") -> ModelNotFound:
        near = difflib.get_close_matches(name.lower()[:200], names, n=3, cutoff=0.5)
        remedy = f"Did you mean {', '.join(near)}?" if near else "GET /api/models lists the names there are."
        return ModelNotFound(
            f"There is no model {name[:200]!r}.",
            param=param,
            remedy=remedy,
            sentence="model_none",
            values={"name": name[:200]},
        )


def _names(variant: Variant) -> tuple[str, ...]:
    return (variant.id, *variant.aliases)


def _words(variant: Variant, field: str) -> tuple[str, ...]:
    return variant.engines if field == "engine_type" else (str(getattr(variant, field)),)
