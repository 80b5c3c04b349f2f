"""The fuse box: builds everything, connects it, and says in which order it starts and ends."""

import asyncio
import gc
import logging
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.types import ASGIApp

from stellarchat.api import errors
from stellarchat.api.answers import AnswerEndpoint, JsonEndpoint
from stellarchat.api.anthropic.door import CountTokens, MessagesDoor
from stellarchat.api.chats.router import router as chats_router
from stellarchat.api.compression import Compression
from stellarchat.api.control.router import router as control_router
from stellarchat.api.deps import LOCAL_USER, Readiness, Services
from stellarchat.api.entrance import Entrance
from stellarchat.api.limits import Limits
from stellarchat.api.live.door import PATH as LIVE_PATH
from stellarchat.api.live.door import LiveDoor
from stellarchat.api.openai.relay import RelayEndpoint
from stellarchat.api.openai.responses.door import ResponsesDoor
from stellarchat.api.openai.responses.door import router as responses_router
from stellarchat.api.openai.router import router as openai_router
from stellarchat.api.openai.validate import validate_chat, validate_completion
from stellarchat.api.openai.vectors import EmbeddingsDoor, RerankDoor
from stellarchat.api.openapi import document, operation_id
from stellarchat.api.origins import Origins
from stellarchat.api.system.router import router as system_router
from stellarchat.config import LOOPBACK, Settings, load
from stellarchat.core.errors import BadRequest, ModelNotFound, Unavailable
from stellarchat.core.ids import new_id
from stellarchat.core.models import ModelKind
from stellarchat.core.version import __version__
from stellarchat.engines.registry import Registry
from stellarchat.engines.transformers.entry import entry_of
from stellarchat.engines.transformers.folder import BadFolder
from stellarchat.runtime.hardware import Hardware, snapshot
from stellarchat.runtime.local import LocalLauncher
from stellarchat.runtime.supervisor import Supervisor
from stellarchat.services.bus import InstanceChanged, LocalBus
from stellarchat.services.catalog import Catalog
from stellarchat.services.chats import Chats
from stellarchat.services.context import Context
from stellarchat.services.daemons import Daemons
from stellarchat.services.downloads import Downloads
from stellarchat.services.endpoints import Endpoints
from stellarchat.services.engine_metrics import EngineMetrics
from stellarchat.services.engines import Engines
from stellarchat.services.exports import Exports
from stellarchat.services.gateway import Gateway
from stellarchat.services.generations import Generations
from stellarchat.services.history import History
from stellarchat.services.housekeeping import Housekeeping
from stellarchat.services.hub import Hub
from stellarchat.services.images import Images
from stellarchat.services.inference import Inference
from stellarchat.services.inspection import Inspection
from stellarchat.services.instances import Instances, InstanceSettings
from stellarchat.services.kinds import Kinds
from stellarchat.services.library import Library
from stellarchat.services.machine_metrics import MachineMetrics
from stellarchat.services.metrics import Metrics
from stellarchat.services.models import Models
from stellarchat.services.modelscope import ModelScope
from stellarchat.services.outside import Outside
from stellarchat.services.preferences import Preferences
from stellarchat.services.recorder import Recorder
from stellarchat.services.relay import Relay
from stellarchat.services.remotes import Preset, Remotes
from stellarchat.services.responses import Responses
from stellarchat.services.seals import Seals
from stellarchat.services.search import Search
from stellarchat.services.sources import Sources
from stellarchat.services.starting import Starting
from stellarchat.services.targets import Target
from stellarchat.services.titles import Titles, through
from stellarchat.services.vectors import Vectors
from stellarchat.services.verification import Verifier
from stellarchat.services.web import Web
from stellarchat.store.database import Store
from stellarchat.web.pages import Pages

log = logging.getLogger(__name__)

CLOSE_SECONDS = 20.0  # what the end of one part may take
HARDWARE_SECONDS = 1.0  # how long a look at the machine is good for


class House:
    """Everything that runs, in its rooms. `build` makes one, `open` starts it, `close` ends it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        owner = new_id()
        self.bus = LocalBus()
        self.metrics = Metrics()
        self.store = Store(settings.database)
        self.engines = registry(settings)
        self.hardware = _remembered(snapshot)
        self.supervisor = Supervisor(LocalLauncher(settings.data_dir))
        self.catalog = Catalog.load(
            settings.models_config, settings.weights_dir, hf_directory=settings.models_subdir_hf
        )
        _offer_folders(self.catalog, settings)
        self.outside = Outside(settings.outside.allow)
        self.sources = _sources(settings, self.outside)
        self.downloads = Downloads(
            self.catalog, self.store, self.sources, parallel=settings.downloads.parallel
        )
        self.instances = Instances(
            self.catalog,
            self.engines,
            self.supervisor,
            self.store,
            self.downloads,
            self.hardware,
            InstanceSettings(
                idle_seconds=settings.llamacpp.idle_unload_seconds,
                threads=settings.llamacpp.threads,
                slots=settings.llamacpp.slots,
                context_length=settings.llamacpp.context_length,
            ),
        )
        self.gateway = Gateway(self.instances, queue_limit=settings.limits.queue)
        presets = _presets(settings)
        self.endpoints = Endpoints(
            self.gateway, [remote for one in presets if (remote := one.remote())], self._names
        )
        self.remotes = Remotes(
            self.store, self.endpoints, self.outside, Seals(settings.data_dir), presets, self._names
        )
        self.daemons = Daemons(self.engines, self.catalog)
        self.library = Library(
            self.catalog, self.store, Inspection(self.sources), self.downloads, self.instances
        )
        self.history = History(lambda: self.models.running(), self.gateway.tokens)
        self.verifier = Verifier(self.gateway, self.catalog, self.instances)
        self.engine_metrics = EngineMetrics(self._engine_targets)
        self.starting = Starting(self.catalog, self.downloads, self.instances)
        self.preferences = Preferences(self.store)
        self.models = Models(
            self.catalog,
            self.instances,
            self.downloads,
            self.gateway,
            self.preferences,
            configured=settings.default_model_name,
            elsewhere=self.daemons.has,
            abilities=self.verifier.capabilities,
        )
        self.recorder = Recorder(self.store, owner=owner)
        self.generations = Generations(
            self.store,
            self.gateway,
            self.recorder,
            owner=owner,
            default_model=self.models.default,
            meter=self.metrics,
        )
        self.chats = Chats(self.store, self.bus, self.generations)
        self.titles = Titles(
            self.store, self.bus, through(self.generations), self.gateway.load, self.models.writes_titles
        )
        self.housekeeping = Housekeeping(
            self.store, self.bus, [LOCAL_USER], keep_chats=settings.retention.keep_chats
        )
        self.relay = Relay(self.gateway, self.metrics)
        self.kinds = Kinds(self.catalog, self.gateway.endpoints)
        self.vectors = Vectors(self.relay, self.kinds)
        self.responses = Responses()
        self.inference = Inference(
            self.generations, self.gateway, self.catalog, self.instances, self.engines, self.kinds
        )
        self.live = LiveDoor(self.chats, self.generations, self.bus)
        self.readiness = Readiness(database=self.store.check, engines=self._usable)
        self._probed: dict[str, bool] = {}
        self._connect()

    def _connect(self) -> None:
        """Tell everybody of what the others do."""
        self.generations.on_begin += [self.chats.began, self.titles.began]
        self.generations.on_end += [self.chats.ended, self.titles.ended]
        self.instances.on_change(lambda instance: self.bus.publish(InstanceChanged(instance)))
        self.instances.on_change(self.gateway.noticed)
        self.instances.on_change(self.verifier.noticed)
        self.verifier.on_found(lambda found: self._verified(found.run_id))
        self.metrics.watch(self.models.running, lambda: self.generations.count, lambda: self.live.count)

    def _verified(self, run_id: str) -> None:
        """Tell the pages what an instance can do."""
        self.bus.publish(InstanceChanged(self.models.busy(self.instances.instance(run_id))))

    def services(self) -> Services:
        """Return what the doors may use."""
        return Services(
            chats=self.chats,
            search=Search(self.store),
            generations=self.generations,
            gateway=self.gateway,
            inference=self.inference,
            vectors=self.vectors,
            responses=self.responses,
            instances=self.instances,
            engines=Engines(self.engines, self.instances),
            history=self.history,
            verifier=self.verifier,
            engine_metrics=self.engine_metrics,
            machine_metrics=MachineMetrics(self.hardware),
            catalog=self.catalog,
            downloads=self.downloads,
            library=self.library,
            remotes=self.remotes,
            starting=self.starting,
            models=self.models,
            context=Context(self.store, self.models, self.gateway),
            preferences=self.preferences,
            images=Images(self.outside),
            exports=Exports(self.store),
            bus=self.bus,
            metrics=self.metrics,
            readiness=self.readiness,
            limits=_limits(self.settings),
        )

    async def open(self) -> None:
        """Start what works in the background. Raises StellarChatError where that cannot be."""
        _make_private(self.settings.data_dir)
        await self.store.open()
        await self.recorder.recover()
        self.recorder.start()
        await self.library.open()
        await self.downloads.open()
        self.daemons.open()
        await self.instances.open()
        self.endpoints.open()
        await self.remotes.open()
        self.history.open()
        self.housekeeping.open()
        # what is there now stays: the collector need not look at it again and again
        gc.collect()
        gc.freeze()

    async def drain(self) -> None:
        """Take no more work and let the replies being written come to their end, for a while."""
        self.readiness.draining = True
        grace = self.settings.shutdown_grace_seconds
        log.info("stopping; running replies have %.0f s to finish", grace)
        await asyncio.gather(self.generations.close(grace), self._relayed(grace))
        await self.live.close()

    async def _relayed(self, grace: float) -> None:
        """Wait for the replies that pass through the relay lane."""
        deadline = time.monotonic() + grace
        while self.gateway.active() and time.monotonic() < deadline:  # noqa: ASYNC110 (no event is kept for it)
            await asyncio.sleep(0.05)

    async def close(self) -> None:
        """End everything, from the doors inward; engines are gone when it returns."""
        for end in (
            partial(self.generations.close, 0),
            self.titles.close,
            self.housekeeping.close,
            self.endpoints.close,
            self.daemons.close,
            self.verifier.close,
            self.history.close,
            self.outside.close,
            self.downloads.close,
            self.recorder.close,
            self.instances.close,
            self.supervisor.close,
            self.store.close,
        ):
            # whatever one of them meets, the others must still come to their end
            try:
                await asyncio.wait_for(end(), CLOSE_SECONDS)
            except Exception:
                log.exception("ending %s failed", end)
        self.gateway.close()

    def _names(self, model: str) -> bool:
        """Whether a model of the catalogue has this name."""
        try:
            self.catalog.resolve(model)
        except ModelNotFound:
            return False
        return True

    def _engine_targets(self) -> list[Target]:
        """Return every replica that takes requests."""
        running = self.instances.running()
        return [target for one in running for target in self.instances.targets(one.run_id)]

    def _usable(self) -> dict[str, bool]:
        if not self._probed:
            self._probed = {name: engine.probe().usable for name, engine in self.engines.items()}
        return self._probed


def application() -> FastAPI:
    """Return all documented routes; they find their services in `state.services`."""
    app = FastAPI(
        title="StellarChat",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
    )
    errors.install(app)
    for router in (system_router, responses_router, openai_router, control_router, chats_router):
        app.include_router(router)
    document(app)
    app.router.default = Pages()
    app.add_middleware(Compression)
    return app


def create(settings: Settings) -> tuple[Entrance, House]:
    """Build the ASGI application and all behind it; nothing runs before `open`."""
    house = House(settings)
    services = house.services()
    app = application()
    app.state.services = services
    entrance = Entrance(
        app,
        lanes=_lanes(house, services.limits),
        origins=Origins(
            (settings.host, *settings.allowed_hosts),
            settings.cors_origins,
            addresses=settings.host not in LOOPBACK,
        ),
        limits=services.limits,
        meter=house.metrics,
        readiness=services.readiness,
    )
    return entrance, house


def registry(settings: Settings) -> Registry:
    """Return the engines as the settings want them."""
    return Registry(settings=_of_engines(settings))


def aside(config: Path | None, folder: Path) -> House:
    """Return a house for the while, as the settings want it but with all that it keeps in `folder`.

    Weights are those of the settings' own folder. Raises ConfigurationError.
    """
    settings = load(config=config).settings
    return House(
        settings.model_copy(
            update={"data_dir": folder, "database_url": None, "models_dir": settings.weights_dir}
        )
    )


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until a signal comes. `announce` is called with the address once it answers.

    Raises StellarChatError where it cannot start.
    """
    # imported here: only a server needs it
    from stellarchat.api.server import DrainingServer, bind, configure

    sockets = bind(settings.host, settings.port)
    port = sockets[0].getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    _set_environment(settings)
    entrance, house = create(settings)
    config = configure(
        entrance, head_limit=settings.limits.header_bytes, frame_limit=settings.limits.body_bytes
    )
    DrainingServer(config, house, lambda: announce(f"http://{host}:{port}")).run(sockets)


def _lanes(house: House, limits: Limits) -> dict[str, ASGIApp]:
    """Return the paths on which every microsecond counts, and who serves them."""

    size = limits.body_bytes

    def relay(path: str, validate: Callable[[dict[str, Any], Limits], None]) -> RelayEndpoint:
        def check(body: dict[str, Any]) -> None:
            validate(body, limits)
            house.kinds.require(body["model"], ModelKind.CHAT)

        return RelayEndpoint(house.relay, path, check, size)

    chat = relay("/chat/completions", validate_chat)
    context = Context(house.store, house.models, house.gateway)
    responses = ResponsesDoor(house.inference, house.responses, limits)
    return {
        "/v1/chat/completions": chat,
        "/api/chat/completions": chat,
        "/v1/completions": relay("/completions", validate_completion),
        "/v1/embeddings": JsonEndpoint(EmbeddingsDoor(house.vectors, limits), size),
        "/v1/rerank": JsonEndpoint(RerankDoor(house.vectors, limits), size),
        "/v1/responses": AnswerEndpoint(house.inference, responses, size),
        "/v1/messages": AnswerEndpoint(house.inference, MessagesDoor(house.inference, limits), size),
        "/v1/messages/count_tokens": JsonEndpoint(CountTokens(context, limits), size),
        LIVE_PATH: house.live,
    }


def _limits(settings: Settings) -> Limits:
    limits = settings.limits
    return Limits(
        body_bytes=limits.body_bytes,
        header_bytes=limits.header_bytes,
        messages=limits.messages,
        choices=limits.choices,
        stop_sequences=limits.stop_sequences,
        tools=limits.tools,
        schema_depth=limits.schema_depth,
        max_tokens=limits.max_tokens,
    )


def _presets(settings: Settings) -> list[Preset]:
    return [
        Preset(
            name=endpoint.name,
            base_url=endpoint.base_url,
            api_key=_secret(endpoint.api_key),
            models=endpoint.models,
            enabled=endpoint.enabled,
        )
        for endpoint in settings.endpoints
    ]


def _of_engines(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return what each engine is made with."""
    vllm, sglang = settings.vllm, settings.sglang
    return {
        "ollama": {"base_url": settings.ollama.base_url},
        "vllm": {
            "base_url": vllm.base_url,
            "api_key": _secret(vllm.api_key),
            "environment": vllm.environment,
            "model_aliases": vllm.model_aliases,
            "gpu_memory_utilization": vllm.gpu_memory_utilization,
        },
        "sglang": {
            "base_url": sglang.base_url,
            "api_key": _secret(sglang.api_key),
            "environment": sglang.environment,
            "named": "base_url" in sglang.model_fields_set,
        },
        "transformers": {
            "device": settings.transformers.device,
            "precision": settings.transformers.precision,
        },
    }


def _sources(settings: Settings, outside: Outside) -> Sources:
    """Return where weights are fetched from."""
    scope = settings.downloads
    return Sources(
        Hub(settings.hf_endpoint, _secret(settings.hf_token)),
        ModelScope(scope.modelscope_endpoint) if scope.source == "modelscope" else None,
        Web(outside),
    )


def _offer_folders(catalog: Catalog, settings: Settings) -> None:
    """Put the folders of models that the settings name into the catalogue."""
    named = {"transformers": settings.transformers.model_path, "vllm": settings.vllm.local_model_path}
    for folder in dict.fromkeys(path for path in named.values() if path is not None):
        engines = tuple(name for name, path in named.items() if path == folder)
        try:
            entry = entry_of(Path(folder))
            variants = tuple(msgspec.structs.replace(one, engines=engines) for one in entry.variants)
            catalog.add(msgspec.structs.replace(entry, variants=variants))
        except (BadFolder, BadRequest, OSError) as error:
            log.warning("the folder %s for %s is not offered: %s", folder, " and ".join(engines), error)


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value is not None else None


def _remembered(look: Callable[[], Hardware]) -> Callable[[], Hardware]:
    """Look at the machine at most once in a while: a list of models asks once per model."""
    seen: tuple[float, Hardware] | None = None

    def cached() -> Hardware:
        nonlocal seen
        now = time.monotonic()
        if seen is None or now - seen[0] > HARDWARE_SECONDS:
            seen = (now, look())
        return seen[1]

    return cached


def _make_private(folder: Path) -> None:
    """Make the folder of everybody's chats, for us alone."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"The folder {folder} cannot be made: {error.strerror}.", remedy="Choose another with --data-dir."
        ) from None


def _set_environment(settings: Settings) -> None:
    """Make the engines keep their weights where ours are."""
    os.environ["OLLAMA_MODELS"] = str(settings.weights_dir / settings.models_subdir_ollama)
    os.environ["HUGGINGFACE_HUB_CACHE"] = str(settings.weights_dir / settings.models_subdir_hf)
