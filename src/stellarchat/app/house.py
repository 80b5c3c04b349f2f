"""The fuse box: builds everything, connects it, and says in which order it starts and ends."""

import asyncio
import gc
import logging
import time
from functools import partial
from pathlib import Path

from stellarchat.api.deps import Readiness, Services
from stellarchat.api.live.door import LiveDoor
from stellarchat.app import parts
from stellarchat.config import Settings, load
from stellarchat.core.errors import ModelNotFound, Unavailable
from stellarchat.core.ids import new_id
from stellarchat.core.launch import InstanceState
from stellarchat.runtime.hardware import snapshot
from stellarchat.runtime.local import LocalLauncher
from stellarchat.runtime.supervisor import Supervisor
from stellarchat.services.administration.audit import Audit
from stellarchat.services.administration.feedback import Feedback
from stellarchat.services.administration.people import People
from stellarchat.services.administration.quotas import Quotas
from stellarchat.services.administration.usage import UsageBooks
from stellarchat.services.answers.asking import through
from stellarchat.services.answers.gateway import Gateway
from stellarchat.services.answers.generations import Generations
from stellarchat.services.answers.inference import Inference
from stellarchat.services.answers.kinds import Kinds
from stellarchat.services.answers.meter import Meters
from stellarchat.services.answers.recorder import Recorder
from stellarchat.services.answers.relay import Relay
from stellarchat.services.answers.responses import Responses
from stellarchat.services.answers.rounds import Rounds
from stellarchat.services.answers.vectors import Vectors
from stellarchat.services.backups.backups import Backups
from stellarchat.services.backups.packing import Archives
from stellarchat.services.bus import InstanceChanged, LocalBus
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.catalog.downloads import Downloads
from stellarchat.services.catalog.inspection import Inspection
from stellarchat.services.catalog.library import Library
from stellarchat.services.chats.chats import Chats
from stellarchat.services.chats.context import Context
from stellarchat.services.chats.conversations import Conversations
from stellarchat.services.chats.exports import Exports
from stellarchat.services.chats.housekeeping import Housekeeping
from stellarchat.services.chats.images import Images
from stellarchat.services.chats.importing.imports import Imports
from stellarchat.services.chats.search import Search
from stellarchat.services.chats.sharing import Sharing
from stellarchat.services.chats.shelves import Shelves
from stellarchat.services.chats.summaries import Summaries
from stellarchat.services.chats.titles import Titles
from stellarchat.services.choices import Choices
from stellarchat.services.comparisons.comparisons import Comparisons
from stellarchat.services.endpoints.endpoints import Endpoints
from stellarchat.services.endpoints.own import OwnEndpoints
from stellarchat.services.endpoints.reaching import Reach
from stellarchat.services.endpoints.remotes import Remotes
from stellarchat.services.files.collection import Collection
from stellarchat.services.files.telling import Telling
from stellarchat.services.instances.daemons import Daemons
from stellarchat.services.instances.engines import Engines
from stellarchat.services.instances.instances import Instances, InstanceSettings
from stellarchat.services.instances.starting import Starting
from stellarchat.services.instances.targets import Target
from stellarchat.services.models import Models
from stellarchat.services.outside import Outside
from stellarchat.services.preferences import Preferences
from stellarchat.services.prompts.personas import Personas
from stellarchat.services.prompts.prompts import Prompts
from stellarchat.services.seals import Seals
from stellarchat.services.tools.servers import ToolServers
from stellarchat.services.watching.engine_metrics import EngineMetrics
from stellarchat.services.watching.history import History
from stellarchat.services.watching.machine_metrics import MachineMetrics
from stellarchat.services.watching.metrics import Metrics
from stellarchat.services.watching.pulse import Pulse
from stellarchat.services.watching.verification import Verifier
from stellarchat.store.database import Store
from stellarchat.store.serving import FileClaim

log = logging.getLogger(__name__)

CLOSE_SECONDS = 20.0  # what the end of one part may take


class House:
    """Everything that runs, in its rooms. `build` makes one, `open` starts it, `close` ends it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        owner = new_id()
        self.bus = LocalBus()
        self.metrics = Metrics()
        self.store = Store(settings.database)
        self.usage = UsageBooks(self.store)
        self.audit = Audit(self.store, keep_days=settings.retention.audit_days)
        self.backups = Backups(Archives(settings.database, settings.data_dir), settings.data_dir)
        meter = Meters(self.metrics, self.usage)
        self.quotas = Quotas(self.store, self.usage, parts.quota(settings))
        self.reception = parts.reception(settings, self.store)
        self.engines = parts.registry(settings)
        self.hardware = parts.remembered(snapshot)
        self.supervisor = Supervisor(LocalLauncher(settings.data_dir))
        self.catalog = Catalog.load(
            settings.models_config, settings.weights_dir, hf_directory=settings.models_subdir_hf
        )
        parts.offer_folders(self.catalog, settings)
        self.outside = Outside(settings.outside.allow)
        self.sources = parts.sources(settings, self.outside)
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
        reach = Reach(self.outside, Seals(settings.data_dir))
        self.own = OwnEndpoints(self.store, reach, lambda instance: self.gateway.forget(instance))
        self.gateway = Gateway(self.instances, own=self.own.target, queue_limit=settings.limits.queue)
        presets = parts.presets(settings)
        self.endpoints = Endpoints(
            self.gateway, [remote for one in presets if (remote := one.remote())], self._names
        )
        self.remotes = Remotes(self.store, self.endpoints, reach, presets, self._names)
        self.tool_servers = ToolServers(
            self.store,
            self.outside,
            Seals(settings.data_dir),
            settings.data_dir / "tools",
            commands=settings.tools.commands,
            call_seconds=settings.tools.call_seconds,
        )
        self.daemons = Daemons(self.instances.watches, self.catalog)
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
            own=self.own,
            configured=settings.default_model_name,
            elsewhere=self.daemons.has,
            abilities=self.verifier.capabilities,
        )
        self.files = parts.files(settings, self.store)
        self.telling = Telling(parts.storage(settings), self.models.sees)
        self.recorder = Recorder(self.store, owner=owner)
        self.rounds = Rounds(
            self.tool_servers,
            self.store,
            limit=settings.tools.rounds,
            capable=self.models.calls_tools,
        )
        self.generations = Generations(
            self.store,
            self.gateway,
            self.recorder,
            owner=owner,
            default_model=self.models.default,
            telling=self.telling,
            rounds=self.rounds,
            meter=meter,
            turnstile=self.quotas,
        )
        self.chats = Chats(self.store, self.bus, self.generations)
        complete = through(self.generations, self.models.remote)
        self.titles = Titles(self.store, self.bus, complete, self.gateway.load, self.models.writes_titles)
        self.choices = Choices(self.preferences, self.models, self.own, self.remotes)
        self.conversations = Conversations(self.store, self.chats, self.generations, self.preferences)
        self.summaries = Summaries(self.store, self.chats, self.models, complete, self.telling)
        self.housekeeping = Housekeeping(
            self.store,
            self.bus,
            keep_chats=settings.retention.keep_chats,
            trash_days=settings.retention.trash_days,
            files=self.files,
        )
        self.relay = Relay(self.gateway, meter, self.quotas)
        self.kinds = Kinds(self.catalog, self.gateway.endpoints)
        self.vectors = Vectors(self.relay, self.kinds)
        self.responses = Responses()
        self.inference = Inference(
            self.generations, self.gateway, self.catalog, self.instances, self.engines, self.kinds
        )
        self.limits = parts.limits(settings)
        self.live = LiveDoor(self.chats, self.generations, self.bus, self.limits)
        self.readiness = Readiness(database=Pulse(self.store.check), engines=self._usable)
        self._probed: dict[str, bool] = {}
        self._claim: FileClaim | None = None
        self._connect()

    def _connect(self) -> None:
        """Tell everybody of what the others do."""
        self.reception.accounts.on_leaving.append(self.generations.dismiss)
        self.reception.callers.works.append(self.generations)
        self.generations.on_begin += [self.chats.began, self.titles.began]
        self.generations.on_end += [self.chats.ended, self.titles.ended]
        self.rounds.on_wait.append(self.chats.waits)
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
            conversations=self.conversations,
            choices=self.choices,
            own=self.own,
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
            context=Context(self.store, self.models, self.gateway, self.telling, self.tool_servers),
            preferences=self.preferences,
            prompts=Prompts(self.store),
            personas=Personas(self.store),
            comparisons=Comparisons(self.store, self.chats, self.generations, self._runs, self._fits_now),
            images=Images(self.outside),
            files=self.files,
            collection=Collection(self.store, self.bus, user_bytes=self.files.user_bytes),
            summaries=self.summaries,
            exports=Exports(self.store),
            sharing=Sharing(self.store, self.files, allowed=self.settings.sharing == "on"),
            shelves=Shelves(self.store, self.bus, self.chats, trash_days=self.settings.retention.trash_days),
            imports=Imports(
                self.store,
                self.bus,
                self.files,
                self.settings.data_dir,
                self.settings.limits.import_bytes,
            ),
            tool_servers=self.tool_servers,
            bus=self.bus,
            metrics=self.metrics,
            readiness=self.readiness,
            usage=self.usage,
            feedback=Feedback(self.store),
            audit=self.audit,
            reception=self.reception,
            cookie=parts.cookie(self.settings),
            backups=self.backups,
            people=People(self.store, self.reception.accounts, self.usage, self.quotas),
            limits=self.limits,
        )

    async def open(self) -> None:
        """Start what works in the background. Raises StellarChatError where that cannot be."""
        _make_private(self.settings.data_dir)
        folder = self.settings.data_dir
        self._claim = FileClaim(folder / "serving.lock", f"in the folder {folder}")
        await self.store.claim()
        await self.store.open()
        if (restored := await self.backups.open()) is not None:
            self.audit.note(
                "backup.restored",
                user_id=restored.user_id,
                target=restored.name,
                status=200 if restored.error is None else 500,
            )
        await self.reception.open()
        await self.recorder.recover()
        self.recorder.start()
        self.usage.open()
        await self.quotas.open()
        self.audit.open()
        await self.files.open()
        await self.library.open()
        await self.downloads.open()
        await self.instances.open()
        self.endpoints.open()
        await self.remotes.open()
        await self.tool_servers.open()
        self.history.open()
        self.housekeeping.open()
        # what is there now stays: the collector need not look at it again and again
        gc.freeze()
        gc.enable()

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
            self.tool_servers.close,
            self.housekeeping.close,
            self.reception.close,
            self.endpoints.close,
            self.verifier.close,
            self.history.close,
            self.outside.close,
            self.downloads.close,
            self.recorder.close,
            self.backups.close,
            self.usage.close,
            self.audit.close,
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
        if self._claim is not None:
            await self._claim.close()

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

    def _runs(self, model: str) -> bool:
        """Whether a model can be asked without being started here."""
        try:
            state = self.models.get(model).state
        except ModelNotFound:
            return True  # a user's own endpoint, or nobody's: that is said to whoever asks
        return state not in (InstanceState.STOPPED, InstanceState.FAILED)

    async def _fits_now(self, model: str) -> bool:
        return (await self.instances.fits(model)).fits

    def _usable(self) -> dict[str, bool]:
        if not self._probed:
            self._probed = {name: engine.probe().usable for name, engine in self.engines.items()}
        return self._probed


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


def _make_private(folder: Path) -> None:
    """Make the folder of everybody's chats, for us alone."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"The folder {folder} cannot be made: {error.strerror}.", remedy="Choose another with --data-dir."
        ) from None
