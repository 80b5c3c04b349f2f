"""What an engine has to say about itself. All of it is pure or only reads; nothing here spawns."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from stellarchat.core.errors import Values
from stellarchat.core.launch import Address, LaunchField, LaunchOptions, LaunchPlan
from stellarchat.core.models import Variant
from stellarchat.engines._openai_http.dialect import Dialect


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an engine can be used here; where not, why, and what to do about it.

    `sentence` and `values` say both in another language, as in ErrorInfo; so they do in Refusal.
    """

    usable: bool
    version: str | None = None
    reason: str | None = None
    remedy: str | None = None
    sentence: str | None = None
    values: Values | None = None


class Refusal(msgspec.Struct, frozen=True):
    """Why an engine will not run something; `param` is the option it is about."""

    reason: str
    param: str
    sentence: str | None = None
    values: Values | None = None


class Gpu(Protocol):
    """One graphics processor; bytes."""

    @property
    def index(self) -> int:
        """Its number, as CUDA_VISIBLE_DEVICES takes it."""

    @property
    def name(self) -> str:
        """What its maker calls it."""

    @property
    def memory_total(self) -> int:
        """Bytes it has."""

    @property
    def memory_free(self) -> int:
        """Bytes nobody uses."""


class Hardware(Protocol):
    """What an engine may know of the machine when it decides its options; bytes where not counts."""

    @property
    def physical_cores(self) -> int:
        """Processor cores, hyper-threads not counted."""

    @property
    def memory_available(self) -> int:
        """Bytes of memory a new process can have without others being swapped out."""

    @property
    def gpus(self) -> Sequence[Gpu]:
        """Those a launch may use: pinned ones only, with what others await taken off."""


class Footprint(msgspec.Struct, frozen=True, kw_only=True):
    """What a variant takes of memory: bytes, and tokens for `context_limit`.

    `weights_bytes` once, `kv_bytes_per_token` for every token of every slot's context,
    `overhead_bytes` for the process and its compute buffers; `layers` is how many the model has (0: not
    known). `exact` tells that the numbers were read
    from the weights and not estimated from the catalogue.
    Where it computes on GPUs, `gpu_overhead_bytes` are taken of each beside weights and contexts (the
    driver's context, compute buffers), and the process holds `gpu_host_bytes` of memory (None:
    `overhead_bytes`).
    """

    weights_bytes: int
    kv_bytes_per_token: int
    overhead_bytes: int
    context_limit: int
    layers: int = 0
    exact: bool = False
    gpu_overhead_bytes: int = 0
    gpu_host_bytes: int | None = None

    def needed(self, context_length: int, slots: int) -> int:
        """Bytes needed to run with `slots` contexts of `context_length` tokens each."""
        return self.weights_bytes + self.overhead_bytes + self.kv_bytes_per_token * context_length * slots

    def needed_of_gpus(self, context_length: int, slots: int, count: int) -> int:
        """Bytes needed of each of `count` GPUs, to which weights and contexts are shared out."""
        shared = self.needed(context_length, slots) - self.overhead_bytes
        return -(-shared // count) + self.gpu_overhead_bytes

    @property
    def host_bytes(self) -> int:
        """Bytes of memory that the process holds where weights and contexts lie on GPUs."""
        return self.overhead_bytes if self.gpu_host_bytes is None else self.gpu_host_bytes


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """A model as a server that is not ours has it; bytes and tokens where it tells.

    `loaded` tells whether it is in memory now; `expires_at` when the server will drop it from there;
    `root` the repository or folder that it was loaded from, where it is served under another name.
    """

    name: str
    root: str | None = None
    loaded: bool = False
    size_bytes: int | None = None
    memory_bytes: int | None = None
    context_length: int | None = None
    quantization: str | None = None
    parameters: int | None = None
    expires_at: datetime | None = None
    capabilities: tuple[str, ...] = ()


class Pull(msgspec.Struct, frozen=True):
    """How far a server has come with fetching a model: what it says, and bytes."""

    status: str
    bytes_done: int | None = None
    bytes_total: int | None = None


class Daemon(Protocol):
    """A server of models that runs already and is not ours to start or end.

    All of it raises EngineDied or EngineStalled where it cannot be reached, EngineRefused where it says no.
    """

    @property
    def address(self) -> Address:
        """Where it answers, and the key it wants."""

    async def served(self) -> list[Served]:
        """Return the models it has."""

    async def load(self, name: str, options: LaunchOptions) -> str:
        """Bring a model into memory and return the name that requests are to use. Idempotent."""

    async def unload(self, name: str) -> None:
        """Drop a model from memory; returns when the server says that it is gone. Idempotent."""

    def pull(self, name: str) -> AsyncGenerator[Pull]:
        """Have the server fetch a model; raises EngineRefused where it cannot fetch any."""


class Engine(Protocol):
    """One engine. To add one, write a class and name it in the entry point group `stellarchat.engines`.

    It is made with the settings of its name as keywords (none for a plug-in).
    """

    @property
    def name(self) -> str:
        """The word users write, as `llamacpp`."""

    @property
    def dialect(self) -> Dialect:
        """How requests to it differ from ours."""

    @property
    def launches(self) -> bool:
        """Whether this program starts it; False for a server that is only spoken to."""

    @property
    def daemon(self) -> Daemon | None:
        """The server that runs its models, where one is attached instead of launched here."""

    def probe(self) -> Probe:
        """Look whether it can be used here, without importing anything heavy. Blocks shortly."""

    def fields(self, variant: Variant) -> tuple[LaunchField, ...]:
        """Return the launch options it takes for `variant`, with their bounds; a form shows just these."""

    def refuses(self, variant: Variant, options: LaunchOptions) -> Refusal | None:
        """Say why it can't run `variant` with `options`, or None if it can."""

    def footprint(self, variant: Variant, weights: Path | None) -> Footprint:
        """Measure the weights, or estimate from the catalogue where there are none yet. Reads the disk.

        Raises LaunchFailed where the file is not what it should be.
        """

    def settled(
        self, variant: Variant, options: LaunchOptions, hardware: Hardware, footprint: Footprint
    ) -> LaunchOptions:
        """Return `options` with every None decided for this machine, for one replica. Pure.

        `n_gpu` 0 means that all lies in the processor's memory; else `gpus` names that many.
        """

    def plan(self, variant: Variant, options: LaunchOptions, hardware: Hardware, weights: Path) -> LaunchPlan:
        """Return how to launch it. `options` are settled; `weights` is a file or a folder. Pure."""


SMALLEST_CONTEXT = 1024  # tokens; below this a chat is no use, so settling stops here


def shrunk(
    footprint: Footprint, options: LaunchOptions, context: int, slots: int, room: int
) -> tuple[int, int]:
    """Return context and slots so that they fit into `room` bytes; what `options` ask for stays.

    First the slots are halved, then the context down to SMALLEST_CONTEXT; it may not fit even so.
    """
    while options.slots is None and slots > 1 and footprint.needed(context, slots) > room:
        slots //= 2
    if options.context_length is None:
        while context // 2 >= SMALLEST_CONTEXT and footprint.needed(context, slots) > room:
            context //= 2
    return context, slots


LEAST_CONTEXT = 256  # tokens; a template alone takes some dozens


def context_field(variant: Variant) -> LaunchField:
    """Return the field of the context's length, the same for all engines."""
    longest = variant.context_length
    return LaunchField(
        name="context_length", type="integer", minimum=min(LEAST_CONTEXT, longest), maximum=longest
    )


# options that the program itself carries out, whatever the engine
HOUSE_OPTIONS = ("engine", "pinned", "idle_unload_seconds")


def refused_option(fields: Sequence[LaunchField], options: LaunchOptions, engine: str) -> Refusal | None:
    """Name the first option that is set and that `fields` do not have, or that is out of its bounds."""
    known = {field.name: field for field in fields}
    defaults = msgspec.structs.asdict(LaunchOptions())
    for name, value in msgspec.structs.asdict(options).items():
        if name in HOUSE_OPTIONS or value == defaults[name]:
            continue
        field = known.get(name)
        if field is None:
            return Refusal(
                f"{engine} does not take {name} for this model: leave it out.",
                name,
                sentence="option_none",
                values={"engine": engine, "field": name},
            )
        if field.choices and str(value) not in field.choices:
            return Refusal(
                f"{name} must be one of {', '.join(field.choices)}, not {value!r}.",
                name,
                sentence="option_choice",
                values={"field": name, "names": ", ".join(field.choices), "value": str(value)},
            )
        if isinstance(value, int | float) and not isinstance(value, bool):
            low, high = field.minimum, field.maximum
            if (low is not None and value < low) or (high is not None and value > high):
                return Refusal(
                    f"{name} must be {_between(low, high)}, not {value}.",
                    name,
                    sentence=_bounded(low, high),
                    values={"field": name, **_known(low=low, high=high)},
                )
    return None


def broken_weights_remedy(variant: Variant) -> str:
    """Return what to do about weights that cannot be read: only what was downloaded can be again."""
    if variant.artefact.path is not None:
        return "Put a whole copy of the weights in its place."
    return "Delete the model and download it again."


def _bounded(low: float | None, high: float | None) -> str:
    """Name the sentence that tells of these bounds."""
    if low is None:
        return "option_most"
    return "option_least" if high is None else "option_between"


def _known(**bounds: float | None) -> dict[str, float]:
    return {name: value for name, value in bounds.items() if value is not None}


def _between(low: float | None, high: float | None) -> str:
    if low is not None and low == high:
        return f"{low:g}"
    if low is not None and high is not None:
        return f"between {low:g} and {high:.0f}" if high >= 10 else f"between {low:g} and {high:g}"
    return f"at least {low:g}" if low is not None else f"at most {high:g}"
