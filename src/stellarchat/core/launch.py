"""Plans for engine processes, and the states an instance goes through."""

from enum import StrEnum

import msgspec

from stellarchat.core.errors import ErrorInfo


class InstanceState(StrEnum):
    """stopped → starting → loading → ready → stopping → stopped; failed after too many deaths.

    `starting`: the process is being launched. `loading`: it runs and reads its weights. `restarting`:
    it died and waits for its next try. `unreachable`: it runs but does not answer.
    """

    STOPPED = "stopped"
    STARTING = "starting"
    LOADING = "loading"
    READY = "ready"
    UNREACHABLE = "unreachable"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    FAILED = "failed"


class LaunchOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a variant is to be launched. None means: the engine's own choice for this machine.

    `context_length` is per slot, in tokens; `slots` is how many replies are written at once. `n_gpu` is
    the number of GPUs of one replica (0: the processor), `gpus` names them by index (of all replicas).
    `thinking` is what requests get that don't say. `precision` is one of `float32`, `float16`,
    `bfloat16`; `cache_type` the form of keys and values (as `q8_0`, `fp8`); `gpu_layers` how many layers
    lie on the GPU; `gpu_memory_utilization` the share of each GPU's memory to take (0 to 1). `lora` are
    paths of adapters. `pinned` instances are never unloaded by themselves. `extra_args` are words for the
    engine's own command line.
    """

    engine: str | None = None
    context_length: int | None = None
    slots: int | None = None
    threads: int | None = None
    n_gpu: int | None = None
    gpus: tuple[int, ...] | None = None
    replicas: int = 1
    thinking: bool | None = None
    precision: str | None = None
    cache_type: str | None = None
    gpu_layers: int | None = None
    gpu_memory_utilization: float | None = None
    lora: tuple[str, ...] | None = None
    trust_remote_code: bool | None = None
    pinned: bool = False
    idle_unload_seconds: float | None = None
    extra_args: tuple[str, ...] | None = None


class LaunchField(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One launch option as an engine takes it for a variant; `name` is the field of LaunchOptions.

    `type` is `integer`, `number`, `boolean`, `choice`, `text` or `list` (of texts or of indexes). Bounds
    are inclusive.
    """

    name: str
    type: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()


class Readiness(msgspec.Struct, frozen=True):
    """How to see that an engine is ready: GET `path` on its port answers 200.

    `deadline` is in seconds from the launch; `loading_status` is what it answers while it loads.
    """

    path: str = "/health"
    deadline: float = 120.0
    loading_status: int = 503


class LaunchPlan(msgspec.Struct, frozen=True, kw_only=True):
    """All that is needed to run one engine process; pure data, so that tests compare it exactly.

    In `argv` and `env` the text `{port}` stands for the free loopback port that the launcher picks,
    and `{key}` in `env` for the secret that the engine demands (never in `argv`, which others can
    read). `environment` names a virtual environment, None is our own. `weights_bytes` lets the
    launcher tell how much of the weights has been read.
    """

    name: str
    argv: tuple[str, ...]
    env: dict[str, str] = msgspec.field(default_factory=dict)
    readiness: Readiness = Readiness()
    environment: str | None = None
    weights: tuple[str, ...] = ()
    weights_bytes: int | None = None


class Address(msgspec.Struct, frozen=True):
    """Where a running engine answers, and the key it wants. Valid for one `generation` of it."""

    base_url: str
    api_key: str | None
    generation: int = 1


class LoadProgress(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far the loading of weights has come: bytes, 0 to 1, and seconds to go (estimated)."""

    bytes_done: int | None = None
    bytes_total: int | None = None
    progress: float | None = None
    eta_seconds: float | None = None


class StopReport(msgspec.Struct, frozen=True):
    """What Stop achieved: the processes left over (should be none), memory given back, time taken."""

    survivors: tuple[int, ...] = ()
    memory_freed_bytes: int = 0
    took_ms: float = 0.0
    gpu_memory_freed_bytes: int = 0


class ProcessState(msgspec.Struct, frozen=True, kw_only=True):
    """A process at one moment.

    `memory_bytes` is the resident size of its whole group, `gpu_memory` what it holds of each GPU, in
    bytes by index (None where that can't be seen).
    """

    state: InstanceState
    pid: int | None = None
    address: Address | None = None
    loading: LoadProgress | None = None
    restarts: int = 0
    memory_bytes: int | None = None
    gpu_memory: dict[int, int] | None = None
    error: ErrorInfo | None = None
