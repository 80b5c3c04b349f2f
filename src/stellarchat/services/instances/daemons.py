"""Models that attached servers have, as an Ollama: in the catalogue too, so that all of them can be used."""

import contextlib
import logging
import re

import msgspec

from stellarchat.core.errors import BadRequest
from stellarchat.core.models import Artefact, Capability, ModelEntry, ModelKind, Variant
from stellarchat.engines.base import Served
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.catalog.weights import REPO
from stellarchat.services.instances.attached import Watch, Watches

logger = logging.getLogger(__name__)

LATEST = ":latest"  # the tag that Ollama adds to a name without one
DEFAULT_CONTEXT = 4096  # tokens, where the server does not tell

_WORDS = {"vision": Capability.VISION, "tools": Capability.TOOLS, "thinking": Capability.THINKING}


class Daemons:
    """What the attached servers have. A model of theirs that no entry names becomes an entry of its own."""

    def __init__(self, watches: Watches, catalog: Catalog) -> None:
        self._watches, self._catalog = watches, catalog
        self._added: dict[str, set[str]] = {}  # ids of our entries by engine
        watches.heard.append(self._heard)

    def has(self, variant: Variant) -> bool:
        """Tell whether a server has a variant, so that it can be used without fetching it."""
        name = known_as(variant)
        if name is None:
            return False
        for engine in variant.engines:
            watch = self._watches.named(engine)
            if watch is not None and watch.error is None and watch.find(name) is not None:
                return True
        return False

    def _heard(self, watch: Watch) -> None:
        """Take over what a server has now. What one that does not answer had stays: it may come back."""
        if watch.error is not None:
            return
        engine = watch.engine.name
        mine = self._added.setdefault(engine, set())
        named = {
            known_as(variant)
            for variant in self._catalog.variants()
            if engine in variant.engines and variant.model_id not in mine
        }
        wanted = {
            entry.id: entry
            for served in watch.served
            if not {served.name, served.name.removesuffix(LATEST)} & named
            for entry in [entry_of(engine, served)]
        }
        for model_id in mine - wanted.keys():
            self._catalog.remove(model_id)
        self._added[engine] = {
            model_id for model_id, entry in wanted.items() if self._add(entry, replace=model_id in mine)
        }

    def _add(self, entry: ModelEntry, *, replace: bool) -> bool:
        """Add an entry; without its short name where that is another's. False where its id is."""
        if not replace and entry.id in {other.id for other in self._catalog.entries()}:
            return False
        bare = msgspec.structs.replace(entry.variants[0], aliases=())
        for tried in (entry, msgspec.structs.replace(entry, variants=(bare,))):
            with contextlib.suppress(BadRequest):
                self._catalog.add(tried)
                return True
        logger.info("%s is left out: another model has its name", entry.id)
        return False


def known_as(variant: Variant) -> str | None:
    """Return the name under which a server that is not ours would have a variant."""
    artefact = variant.artefact
    return artefact.ollama or artefact.hf_repo or artefact.served


def _artefact(engine: str, name: str) -> Artefact:
    """Say where a server has a model from: a server of vLLM's may call it what its owner liked."""
    if engine == "ollama":
        return Artefact(ollama=name)
    if REPO.fullmatch(name) and ".." not in name:
        return Artefact(hf_repo=name)
    return Artefact(served=name)


def entry_of(engine: str, served: Served) -> ModelEntry:
    """Return the entry of a model that only its server knows of."""
    name = served.name.removesuffix(LATEST)
    stem = re.sub(r"[^A-Za-z0-9._+-]+", "-", name).strip("-.").lower()
    model_id = f"{stem}-{engine}"  # never that of an entry of models.json
    kind = ModelKind.EMBEDDING if "embedding" in served.capabilities else ModelKind.CHAT
    variant = Variant(
        id=model_id,
        model_id=model_id,
        name=name,
        kind=kind,
        size="",
        quantization=(served.quantization or "").lower() or "unknown",
        format=engine if engine == "ollama" else "safetensors",
        engines=(engine,),
        artefact=_artefact(engine, served.name),
        context_length=served.context_length or DEFAULT_CONTEXT,
        parameters=served.parameters,
        aliases=(stem,),
        capabilities=tuple(_WORDS[word] for word in served.capabilities if word in _WORDS),
    )
    return ModelEntry(id=model_id, name=name, description="", official_url="", kind=kind, variants=(variant,))
