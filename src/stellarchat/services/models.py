"""Every model there is: what the catalogue, the instances, the downloads and the endpoints say of it."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec

from stellarchat.core.downloads import Download, DownloadStatus
from stellarchat.core.errors import ErrorInfo, ModelNotFound, StellarChatError
from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState, LoadProgress
from stellarchat.core.models import OWN_PREFIX, Artefact, Capability, ModelEntry, ModelKind, Variant
from stellarchat.engines.openai.engine import OpenAIEndpoint
from stellarchat.services.answers.gateway import Load
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.endpoints.own import Own
from stellarchat.services.fit import Fit
from stellarchat.services.instances.targets import Target
from stellarchat.services.preferences import Preferences

REMOTE = "remote"
DOWNLOADING = "downloading"
NOT_DOWNLOADED = "not_downloaded"
_UNDER_WAY = (DownloadStatus.QUEUED, DownloadStatus.RUNNING, DownloadStatus.VERIFYING)


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One model, with all there is to know about it now; see docs/api.md.

    `engines` can run it, `source` is its repository, address, path or name in Ollama's library, and
    `size_bytes` what it takes on the disk, or will take. `state` is an instance's, or `not_downloaded`,
    `downloading`, `remote`. `endpoint` names the remote server it is on; `own` is for one user alone.
    """

    id: str
    name: str
    kind: str
    engine: str
    state: str
    description: str = ""
    description_zh: str = ""
    model_id: str | None = None
    size: str | None = None
    quantization: str | None = None
    format: str | None = None
    endpoint: str | None = None
    run_id: str | None = None
    context_length: int | None = None
    parameters: int | None = None
    size_bytes: int | None = None
    downloaded: bool = False
    download: Download | None = None
    fit: Fit | None = None
    capabilities: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    source: str | None = None
    aliases: tuple[str, ...] = ()
    slots: int | None = None
    queued: int = 0
    active: int = 0
    tokens_per_second: float | None = None
    load_seconds: float | None = None
    loading: LoadProgress | None = None
    error: ErrorInfo | None = None
    demonstration: bool = False
    official_url: str | None = None
    own: bool = False


class Started(Protocol):
    """What is needed of the instances."""

    def of(self, variant_id: str) -> Instance | None:
        """Return a variant's instance."""

    def running(self) -> list[Instance]:
        """Return all of them."""

    async def judge(self, variants: Iterable[Variant]) -> Mapping[str, Fit | StellarChatError]:
        """Judge whether each fits into memory."""


class Downloading(Protocol):
    """What is needed of the downloads."""

    def of(self, variant_id: str) -> Download | None:
        """Return the download of a variant, where there is one."""


class Remotes(Protocol):
    """What is needed of the gateway."""

    @property
    def endpoints(self) -> dict[str, Target]:
        """Remote models by the name clients send."""

    def load(self, instance: str) -> Load:
        """How busy it is."""


class OwnModels(Protocol):
    """What is needed of the users' own endpoints."""

    async def get(self, user_id: str) -> Own | None:
        """Return what a user has."""


def _handiness(info: ModelInfo) -> tuple[bool, bool, bool]:
    failed, ready = info.state == InstanceState.FAILED, info.state == InstanceState.READY
    return failed, info.demonstration, not ready


class Models:
    """Answers what models there are, and which one is meant where none was named.

    `elsewhere` tells that an attached server has a variant, so that nothing is to be fetched for it;
    `abilities` what a variant does on an engine, as far as that was found out.
    """

    def __init__(
        self,
        catalog: Catalog,
        instances: Started,
        downloads: Downloading,
        gateway: Remotes,
        preferences: Preferences,
        *,
        own: OwnModels | None = None,
        configured: str | None = None,
        elsewhere: Callable[[Variant], bool] = lambda variant: False,
        abilities: Callable[[Variant, str], tuple[str, ...]] = lambda variant, engine: variant.capabilities,
    ) -> None:
        self._catalog, self._instances, self._downloads = catalog, instances, downloads
        self._gateway, self._preferences, self._configured = gateway, preferences, configured
        self._own, self._elsewhere, self._abilities = own, elsewhere, abilities

    async def all(self) -> list[ModelInfo]:
        """Return all models, those of the catalogue first, judged."""
        found = [self._local(entry, variant) for entry, variant in self._pairs()]
        found = await self._judged(found, self._catalog.variants())
        return found + [self._remote(target) for target in self._gateway.endpoints.values()]

    async def own(self, user_id: str) -> list[ModelInfo]:
        """Return the models that only this user has."""
        found = await self._own.get(user_id) if self._own is not None else None
        return [_own(found)] if found is not None else []

    async def of(self, entry: ModelEntry) -> list[ModelInfo]:
        """Return the variants of one model, judged."""
        found = [self._local(entry, variant) for variant in entry.variants]
        return await self._judged(found, entry.variants)

    def usable(self) -> list[ModelInfo]:
        """Return those a request can name now: remote ones, and local ones whose weights are here."""
        # few of the catalogue's hundreds are here: only these are looked at closely
        local = (self._local(entry, variant) for entry, variant in self._pairs() if self._here(variant))
        remote = (self._remote(target) for target in self._gateway.endpoints.values())
        return [*local, *remote]

    def get(self, name: str) -> ModelInfo:
        """Return one model by name or alias. Raises ModelNotFound."""
        target = self._gateway.endpoints.get(name)
        if target is not None:
            return self._remote(target)
        variant = self._catalog.resolve(name)
        return self._local(self._catalog.entry(variant.model_id), variant)

    async def find(self, user_id: str, name: str) -> ModelInfo:
        """Return one model by name or alias, one of the user's own too. Raises ModelNotFound."""
        if name.startswith(OWN_PREFIX):
            for info in await self.own(user_id):
                if info.id == name:
                    return info
        return self.get(name)

    def longest(self, name: str) -> int | None:
        """Return the longest context that a local model was made for; None for a remote one."""
        if name in self._gateway.endpoints or not self._exists(name):
            return None
        return self._catalog.resolve(name).context_length

    def sees(self, name: str) -> bool:
        """Whether a model may be shown images; a remote one of which nothing is known may."""
        if not self._exists(name):
            return True
        info = self.get(name)
        return Capability.VISION in info.capabilities or (info.state == REMOTE and not info.capabilities)

    async def calls_tools(self, user_id: str, name: str) -> bool:
        """Whether a model can call tools, as far as anybody knows: of remote ones nobody does."""
        try:
            info = await self.find(user_id, name)
        except ModelNotFound:
            return True  # it is told where the model is asked
        return info.state == REMOTE or "tools" in info.capabilities

    def remote(self, name: str) -> bool:
        """Whether a model is spoken to at an endpoint, a user's own included."""
        return name.startswith(OWN_PREFIX) or (self._exists(name) and self.get(name).state == REMOTE)

    def writes_titles(self, name: str) -> bool:
        """Whether a model is good for a chat's title; the demonstration is not, one time in four."""
        if name.startswith(OWN_PREFIX):
            return True  # it has just answered
        return self._exists(name) and not self.get(name).demonstration

    async def default(self, user_id: str) -> str | None:
        """Return the model of a request that names none: chosen, configured, or the handiest one."""
        chosen = (await self._preferences.get(user_id)).default_model
        for name in (chosen, self._configured):
            if name is not None and await self._has(user_id, name):
                return name
        chats = [info for info in self.usable() if info.kind == ModelKind.CHAT]
        # what was installed on purpose is better than the demonstration, and what runs needs no waiting
        chats.sort(key=_handiness)
        return chats[0].id if chats else None

    def running(self) -> list[Instance]:
        """Return all instances, with how busy the gateway keeps them."""
        return [self.busy(instance) for instance in self._instances.running()]

    def busy(self, instance: Instance) -> Instance:
        """Return an instance with the requests that are answered by it and wait for it."""
        load = self._gateway.load(instance.run_id)
        capabilities = instance.capabilities
        with contextlib.suppress(ModelNotFound):  # its entry may have been taken out meanwhile
            capabilities = self._abilities(self._catalog.resolve(instance.variant), instance.engine)
        return msgspec.structs.replace(
            instance, active=load.active, queued=load.queued, capabilities=capabilities
        )

    async def _has(self, user_id: str, name: str) -> bool:
        try:
            await self.find(user_id, name)
        except ModelNotFound:
            return False
        return True

    def _exists(self, name: str) -> bool:
        try:
            self.get(name)
        except ModelNotFound:
            return False
        return True

    def _pairs(self) -> Iterable[tuple[ModelEntry, Variant]]:
        return ((entry, variant) for entry in self._catalog.entries() for variant in entry.variants)

    def _here(self, variant: Variant) -> bool:
        return self._catalog.local_path(variant) is not None or self._elsewhere(variant)

    def _local(self, entry: ModelEntry, variant: Variant) -> ModelInfo:
        started = self._instances.of(variant.id)
        instance = self.busy(started) if started else None
        download = self._downloads.of(variant.id)
        here = self._here(variant)
        return ModelInfo(
            id=variant.id,
            name=variant.name,
            description=entry.description,
            description_zh=entry.description_zh,
            kind=variant.kind,
            model_id=entry.id,
            size=variant.size,
            quantization=variant.quantization,
            format=variant.format,
            engine=instance.engine if instance else variant.engines[0],
            state=_state(instance, download, here),
            run_id=instance.run_id if instance else None,
            context_length=(instance.context_length if instance else None) or variant.context_length,
            parameters=variant.parameters,
            size_bytes=(self._catalog.size_on_disk(variant) if here else None) or variant.artefact.size_bytes,
            downloaded=here,
            download=download,
            capabilities=self._abilities(variant, instance.engine if instance else variant.engines[0]),
            engines=variant.engines,
            source=_source(variant.artefact),
            aliases=variant.aliases,
            slots=instance.slots if instance else None,
            queued=instance.queued if instance else 0,
            active=instance.active if instance else 0,
            tokens_per_second=instance.tokens_per_second if instance else None,
            load_seconds=instance.load_seconds if instance else None,
            loading=instance.loading if instance else None,
            error=instance.error if instance else None,
            demonstration=entry.demonstration,
            official_url=entry.official_url,
        )

    def _remote(self, target: Target) -> ModelInfo:
        load = self._gateway.load(target.instance)
        return ModelInfo(
            id=target.model,
            name=target.model,
            kind=ModelKind.CHAT,
            engine=target.engine,
            state=REMOTE,
            endpoint=target.instance,
            context_length=target.context_length,
            capabilities=target.capabilities,
            active=load.active,
            queued=load.queued,
        )

    async def _judged(self, infos: list[ModelInfo], variants: Iterable[Variant]) -> list[ModelInfo]:
        judged = await self._instances.judge(variants)
        return [_with(info, judged.get(info.id)) for info in infos]


def _own(own: Own) -> ModelInfo:
    return ModelInfo(
        id=own.id,
        name=own.model,
        kind=ModelKind.CHAT,
        engine=OpenAIEndpoint.name,
        state=REMOTE,
        endpoint=own.host,
        own=True,
    )


def _with(info: ModelInfo, judged: Fit | StellarChatError | None) -> ModelInfo:
    if isinstance(judged, StellarChatError):
        return msgspec.structs.replace(info, error=info.error or judged.info())
    return msgspec.structs.replace(info, fit=judged)


def _source(artefact: Artefact) -> str | None:
    return artefact.hf_repo or artefact.url or artefact.path or artefact.ollama or artefact.served


def _state(instance: Instance | None, download: Download | None, here: bool) -> str:
    if instance is not None and instance.state != InstanceState.STOPPED:
        return instance.state
    if download is not None and download.status in _UNDER_WAY:
        return DOWNLOADING
    return InstanceState.STOPPED if here else NOT_DOWNLOADED
