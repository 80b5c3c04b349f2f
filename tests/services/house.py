"""Instances with everything around them, over a fake engine whose processes are real."""

import sys
from pathlib import Path

import msgspec

from stellarchat.core.events import Status
from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState, LaunchField, LaunchOptions, LaunchPlan, Readiness
from stellarchat.core.models import Variant
from stellarchat.engines._openai_http.dialect import LLAMACPP
from stellarchat.engines.base import Daemon, Engine, Footprint, Hardware, Probe, Refusal
from stellarchat.runtime.local import LocalLauncher
from stellarchat.runtime.supervisor import Supervisor
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.instances.instances import Instances, InstanceSettings
from stellarchat.store import Store
from tests.services.models import entry, local, variant

GB = 1 << 30
ROOT = Path(__file__).parents[2]


class Graphics(msgspec.Struct, frozen=True):
    """A GPU."""

    index: int
    memory_total: int = 80 * GB
    memory_free: int = 80 * GB
    name: str = "Some GPU"


class Machine(msgspec.Struct):
    """Hardware that tests can change."""

    physical_cores: int = 2
    memory_available: int = 100 * GB
    gpus: tuple[Graphics, ...] = ()


class FakeEngine:
    """An engine whose process is tests.fake_engine; `args` and `weights` by variant id."""

    name = "llamacpp"
    launches = True
    daemon: Daemon | None = None
    dialect = LLAMACPP

    def __init__(self) -> None:
        self.args: dict[str, list[str]] = {}
        self.weights: dict[str, int] = {}
        self.overhead = 0
        self.usable = True
        self.has_gpu_code = False
        self.plans: list[LaunchPlan] = []

    def probe(self) -> Probe:
        if self.usable:
            return Probe(usable=True, version="1")
        return Probe(usable=False, reason="It is not installed.", remedy="pip install it")

    def fields(self, variant: Variant) -> tuple[LaunchField, ...]:
        return ()

    def refuses(self, variant: Variant, options: LaunchOptions) -> Refusal | None:
        return Refusal("It has no GPU.", "n_gpu") if options.n_gpu and not self.has_gpu_code else None

    def footprint(self, variant: Variant, weights: Path | None) -> Footprint:
        return Footprint(
            weights_bytes=self.weights.get(variant.id, GB),
            kv_bytes_per_token=0,
            overhead_bytes=self.overhead,
            context_limit=variant.context_length,
        )

    def settled(
        self, variant: Variant, options: LaunchOptions, hardware: Hardware, footprint: Footprint
    ) -> LaunchOptions:
        return msgspec.structs.replace(
            options,
            engine=self.name,
            context_length=options.context_length or 1024,
            slots=options.slots or 2,
            threads=options.threads or 1,
            n_gpu=options.n_gpu or 0,
            gpus=tuple(gpu.index for gpu in hardware.gpus[: options.n_gpu or 0]) or None,
        )

    def plan(self, variant: Variant, options: LaunchOptions, hardware: Hardware, weights: Path) -> LaunchPlan:
        argv = (sys.executable, "-m", "tests.fake_engine", "--port", "{port}", *self.args.get(variant.id, []))
        plan = LaunchPlan(
            name=variant.id,
            argv=argv,
            env={"FAKE_ENGINE_KEY": "{key}", "PYTHONPATH": str(ROOT)},
            readiness=Readiness(deadline=30.0),
        )
        self.plans.append(plan)
        return plan


class House:
    """Instances with everything around them."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        settings: InstanceSettings,
        *more: Engine,
        entries: tuple[Variant, ...] = (),
    ) -> None:
        self.folder = folder
        names = ("one", "two", "three")
        self.variants = {name: local(name, folder / f"{name}.gguf") for name in names}
        for one in self.variants.values():
            Path(one.artefact.path or "").write_bytes(b"GGUF")
        models = [entry(one) for one in (*self.variants.values(), *entries)]
        demo = local("demo", folder / "one.gguf")
        models += [
            entry(demo, demonstration=True),
            entry(variant("absent")),
            entry(local("lost", folder / "no")),
        ]
        self.engine, self.machine = FakeEngine(), Machine()
        self.supervisor = Supervisor(LocalLauncher(folder, grace=1.0))
        self.downloading: dict[str, str] = {}
        self.changes: list[Instance] = []
        self.instances = Instances(
            Catalog(models, folder / "models"),
            {"llamacpp": self.engine, **{engine.name: engine for engine in more}},
            self.supervisor,
            store,
            self,
            lambda: self.machine,
            settings,
        )
        self.instances.on_change(self.changes.append)

    def progress(self, variant_id: str) -> str | None:
        return self.downloading.get(variant_id)

    def states(self, model: str) -> list[InstanceState]:
        found = [change.state for change in self.changes if change.model == model]
        return [state for place, state in enumerate(found) if found[place - 1 : place] != [state]]

    def names(self) -> list[str]:
        return [instance.model for instance in self.instances.running()]


def nobody(status: Status) -> None:
    """Hear nothing."""
