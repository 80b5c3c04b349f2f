"""Models that attached servers have, as an Ollama: in the catalogue too, so that all of them can be used."""

import asyncio
import contextlib
import logging
import re
from collections.abc import Mapping

import msgspec

from stellarchat.core.errors import BadRequest, StellarChatError
from stellarchat.core.models import Artefact, Capability, ModelEntry, ModelKind, Variant
from stellarchat.engines.base import Daemon, Engine, Served
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.catalog.weights import REPO

logger = logging.getLogger(__name__)

LOOK_SECONDS = 30.0  # between two looks at what a server has
PATIENCE = 5.0  # seconds one server may take to tell
LATEST = ":latest"  # the tag that Ollama adds to a name without one
DEFAULT_CONTEXT = 4096  # tokens, where the server does not tell

_WORDS = {"vision": Capability.VISION, "tools": Capability.TOOLS, "thinking": Capability.THINKING}


class Daemons:
    """What the attached servers have. A model of theirs that no entry names becomes an entry of its own."""

    def __init__(self, engines: Mapping[str, Engine], catalog: Catalog) -> None:
        self._engines, self._catalog = engines, catalog
        self._there: dict[str, dict[str, Served]] = {}  # by engine and name
        self._added: dict[str, set[str]] = {}  # ids of our entries by engine
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def has(self, variant: Variant) -> bool:
        """Tell whether a server has a variant, so that it can be used without fetching it."""
        return self.served(variant) is not None

    def served(self, variant: Variant) -> Served | None:
        """Return what a server says of a variant."""
        for engine in variant.engines:
            name = known_as(variant)
            found = self._there.get(engine, {})
            if name is not None and (served := found.get(name) or found.get(f"{name}{LATEST}")) is not None:
                return served
        return None

    async def look(self) -> None:
        """Ask every server once. One that does not answer has nothing; what it had is taken out."""
        daemons = [(name, engine.daemon) for name, engine in self._engines.items() if engine.daemon]
        await asyncio.gather(*(self._look_at(name, daemon) for name, daemon in daemons))

    async def _watch(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def _look_at(self, engine: str, daemon: Daemon) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                found = await daemon.served()
        except (StellarChatError, TimeoutError):
            self._there[engine] = {}
            return
        self._there[engine] = {served.name: served for served in found}
        mine = self._added.setdefault(engine, set())
        named = {
            known_as(variant)
            for variant in self._catalog.variants()
            if engine in variant.engines and variant.model_id not in mine
        }
        wanted = {
            entry.id: entry
            for served in found
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
