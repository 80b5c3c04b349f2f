"""The models that can be run here: found by name, located on the disk."""

import difflib
import logging
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path, PurePosixPath

from stellarchat.core.errors import BadRequest, ModelNotFound
from stellarchat.core.models import Artefact, ModelEntry, Variant
from stellarchat.services.catalog_file import PACKAGE, REPO, SEGMENT, check, check_file, read_catalog

logger = logging.getLogger(__name__)

HF_DIRECTORY = "HF"


def shipped() -> Path:
    """Return the models.json that comes with the package."""
    return _packaged("models.json")


class Catalog:
    """The models of models.json and those added since, and where their weights lie."""

    def __init__(
        self, entries: list[ModelEntry], models_dir: Path, *, hf_directory: str = HF_DIRECTORY
    ) -> None:
        self.models_dir = models_dir
        self._hf = PurePosixPath(hf_directory)
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
            raise BadRequest(f"The name {name!r} is taken by {self._names[name].id!r}.", param="id")
        for name in mine:
            del self._names[name]
        self._entries[entry.id] = entry
        self._names.update(names)

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
            raise self._unknown(model_id, list(self._entries)) from None

    def resolve(self, name: str) -> Variant:
        """Return the variant that `name`, an id or alias, means; Ollama's `model:size` is understood too.

        Raises ModelNotFound with the names that look like it.
        """
        variant = self._names.get(name) or self._names.get(name.lower().replace(":", "-"))
        if variant is None:
            raise self._unknown(name, list(self._names))
        return variant

    def choose(
        self,
        model_id: str,
        *,
        size: str | None = None,
        quantization: str | None = None,
        format: str | None = None,
    ) -> Variant:
        """Return the first variant of a model that is as asked for; `model_id` may be a variant's name.

        Raises ModelNotFound for an unknown model, BadRequest naming the field nothing matches.
        """
        if size is None and quantization is None and format is None:
            return self.resolve(model_id)
        entry = self._entries.get(model_id)
        left = list(entry.variants) if entry else [self.resolve(model_id)]
        for field, wanted in (("size", size), ("quantization", quantization), ("format", format)):
            if wanted is None:
                continue
            there = list(dict.fromkeys(str(getattr(variant, field)) for variant in left))
            left = [variant for variant in left if getattr(variant, field).lower() == wanted.lower()]
            if not left:
                raise BadRequest(
                    f"{model_id} does not come in {field} {wanted!r}.",
                    param=field,
                    remedy=f"Use one of: {', '.join(there)}.",
                )
        return left[0]

    def destination(self, variant: Variant) -> Path:
        """Return where the weights of a downloadable variant belong, whether they are there or not.

        Raises BadRequest for names that would lead out of the models directory.
        """
        artefact = variant.artefact
        if artefact.hf_repo is None or artefact.hf_file is None:
            raise BadRequest(
                f"{variant.name} is a local file; there is nothing to download.", param="model_id"
            )
        try:
            check("hf_repo", artefact.hf_repo, REPO)
            check_file("hf_file", artefact.hf_file)
            check("hf_revision", artefact.hf_revision, SEGMENT)
        except ValueError as error:
            raise BadRequest(f"{error}.", param="model_id") from error
        repo = artefact.hf_repo
        if artefact.hf_revision != "main":
            repo = f"{repo}@{artefact.hf_revision}"
        return self.inside(self.models_dir / self._hf / repo / artefact.hf_file)

    def local_path(self, variant: Variant) -> Path | None:
        """Return the file with the weights, or None where they are not on this machine.

        Files that other programs put into a Hugging Face cache below the models directory count too.
        """
        artefact = variant.artefact
        if artefact.path is not None:
            path = _expand(artefact.path)
        else:
            path = self.destination(variant)
            if not path.is_file():
                path = self._in_hub_cache(artefact) or path
        return path if path.is_file() else None

    def _in_hub_cache(self, artefact: Artefact) -> Path | None:
        assert artefact.hf_repo is not None
        assert artefact.hf_file is not None
        home = self.models_dir / self._hf / f"models--{artefact.hf_repo.replace('/', '--')}"
        try:
            commit = (home / "refs" / artefact.hf_revision).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        if not re.fullmatch("[0-9a-f]{40}", commit):
            return None
        return self.inside(home / "snapshots" / commit / artefact.hf_file)

    def inside(self, path: Path) -> Path:
        """Return `path`. Raises BadRequest where, links followed, it lies outside the models directory."""
        if not path.resolve().is_relative_to(self.models_dir.resolve()):
            raise BadRequest(
                "The model's file would lie outside the models directory.",
                param="model_id",
                remedy="Check the links below the models directory.",
            )
        return path

    def _unknown(self, name: str, names: list[str]) -> ModelNotFound:
        near = difflib.get_close_matches(name.lower()[:200], names, n=3, cutoff=0.5)
        remedy = f"Did you mean {', '.join(near)}?" if near else "GET /api/models lists the names there are."
        return ModelNotFound(f"There is no model {name[:200]!r}.", param="model", remedy=remedy)


def _names(variant: Variant) -> tuple[str, ...]:
    return (variant.id, *variant.aliases)


def _expand(path: str) -> Path:
    if path.startswith(PACKAGE):
        return _packaged(path.removeprefix(PACKAGE))
    return Path(path).expanduser()


def _packaged(name: str) -> Path:
    return Path(str(resources.files("stellarchat").joinpath("data", name)))
