"""What the control surface takes and shows."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from stellarchat.api.schemas import ErrorBody, Shown
from stellarchat.core.downloads import DownloadStatus
from stellarchat.core.launch import InstanceState, LaunchOptions
from stellarchat.core.models import Capability, ModelEntry, ModelKind
from stellarchat.services import models
from stellarchat.services.instances.starting import Step

T = TypeVar("T")
Name = Annotated[str, Field(min_length=1, max_length=256)]
Word = Annotated[str, Field(min_length=1, max_length=4096)]


class Envelope(BaseModel, Generic[T]):
    """What every answer comes in. `code` is the HTTP status."""

    request_id: str
    code: int = 200
    msg: str = "success"
    data: T


class Body(BaseModel):
    """A request body. Unknown fields are refused by name: an option without effect must not pass."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class StartModel(Body):
    """Which variant to start, and how. What is left out is the best for this machine."""

    model_id: Name = Field(description="a model of the catalogue, or a variant's name")
    engine_type: Name | None = None
    size: Name | None = None
    quantization: Name | None = None
    format: Name | None = None
    context_length: Annotated[int, Field(ge=1)] | None = Field(None, description="tokens, per slot")
    slots: Annotated[int, Field(ge=1, le=4096)] | None = Field(None, description="replies written at once")
    threads: Annotated[int, Field(ge=1)] | None = None
    n_gpu: Annotated[int, Field(ge=0, le=64)] | None = Field(None, description="GPUs of one replica; 0: none")
    gpus: Annotated[list[Annotated[int, Field(ge=0)]], Field(max_length=64)] | None = Field(
        None, description="the GPUs to use, by index"
    )
    replicas: Annotated[int, Field(ge=1, le=64)] = 1
    thinking: bool | None = Field(None, description="whether requests that don't say think first")
    precision: Literal["float32", "float16", "bfloat16"] | None = None
    cache_type: Name | None = Field(None, description="form of keys and values, as q8_0 or fp8")
    gpu_layers: Annotated[int, Field(ge=0)] | None = None
    gpu_memory_utilization: Annotated[float, Field(gt=0, le=1)] | None = None
    lora: Annotated[list[Word], Field(max_length=16)] | None = Field(None, description="paths of adapters")
    trust_remote_code: bool | None = None
    pinned: bool = Field(False, description="never unloaded by itself")
    idle_unload_seconds: Annotated[float, Field(ge=0)] | None = Field(None, description="0: never")
    extra_args: Annotated[list[Word], Field(max_length=64)] | None = Field(
        None, description="words for the engine's own command line"
    )

    def options(self) -> LaunchOptions:
        """Return the launch options."""
        given = self.model_dump(exclude={"model_id", "engine_type", "size", "quantization", "format"})
        lists = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
        return LaunchOptions(engine=self.engine_type, **{**given, **lists})


class LaunchOptionsShown(Shown):
    """Launch options; null is the engine's own choice."""

    engine: str | None
    context_length: int | None
    slots: int | None
    threads: int | None
    n_gpu: int | None
    gpus: list[int] | None
    replicas: int
    thinking: bool | None
    precision: str | None
    cache_type: str | None
    gpu_layers: int | None
    gpu_memory_utilization: float | None
    lora: list[str] | None
    trust_remote_code: bool | None
    pinned: bool
    idle_unload_seconds: float | None
    extra_args: list[str] | None


class LaunchField(Shown):
    """One launch option, with its inclusive bounds."""

    name: str
    type: Literal["integer", "number", "boolean", "choice", "text", "list"]
    minimum: float | None
    maximum: float | None
    choices: list[str]


class Engine(Shown):
    """One engine: usable here, or why not and what to do. `base_url` is that of an attached server."""

    name: str
    usable: bool
    launches: bool
    version: str | None
    reason: str | None
    remedy: str | None
    sentence: str | None = Field(None, description="names reason and remedy, to say them in another language")
    values: dict[str, str | int | float] | None = Field(None, description="what stands in them")
    base_url: str | None


class LaunchChoice(Shown):
    """What a variant can be launched with on an engine, and what it would choose itself now."""

    variant: str
    engine: str
    fields: list[LaunchField]
    defaults: LaunchOptionsShown | None
    problem: str | None = Field(description="why it can't be started so")


class StartDownload(Body):
    """Which variant's weights to fetch."""

    model_id: Name
    size: Name | None = None
    quantization: Name | None = None
    format: Name | None = None


class InspectModel(Body):
    """Where to look: exactly one of the three; `hf_file` is a file of `hf_repo`."""

    hf_repo: Name | None = None
    hf_file: Word | None = None
    url: Word | None = None
    path: Word | None = Field(None, description="on the server, absolute or from ~")


class InspectedFile(Shown):
    """One form that a model comes in; without a file, the whole folder."""

    file: str
    quantization: str
    format: str
    size_bytes: int | None
    engines: list[str]


class Inspected(Shown):
    """What weights are."""

    kind: ModelKind
    name: str
    context_length: int
    parameters: int | None
    files: list[InspectedFile]
    capabilities: list[str]
    engines: list[str]
    mmproj: str | None = Field(description="the vision projector beside the GGUF files")
    gated: bool
    remote_code: bool = Field(description="brings code of its own that nobody has looked at")


class AddModel(Body):
    """An entry of models.json, or a model of one file: then what is left out is looked up."""

    id: Name
    name: Name | None = None
    description: Annotated[str, Field(max_length=4096)] | None = None
    description_zh: Annotated[str, Field(max_length=4096)] | None = None
    official_url: Annotated[str, Field(max_length=2048)] | None = None
    kind: ModelKind | None = None
    context_length: Annotated[int, Field(ge=1)] | None = None
    parameters: Annotated[int, Field(ge=1)] | None = None
    capabilities: list[Capability] | None = None
    engines: list[Name] | None = None
    hf_repo: Name | None = None
    hf_file: Word | None = None
    hf_revision: Name | None = None
    ms_repo: Name | None = Field(None, description="its name on ModelScope, where that differs")
    url: Word | None = Field(None, description="the address of a GGUF")
    path: Word | None = Field(None, description="on the server, absolute or from ~")
    ollama_name: Name | None = Field(None, description="its name in Ollama's library")
    mmproj: Word | None = None
    quantization: Name | None = None
    format: Name | None = None
    size_bytes: Annotated[int, Field(ge=0)] | None = None
    sha256: Name | None = None
    sizes: list[dict[str, Any]] | None = Field(None, description="as in models.json")


class FreedBytes(BaseModel):
    """What deleting weights gave back."""

    variant_id: str
    freed_bytes: int


class Loading(Shown):
    """How far the weights are loaded."""

    bytes_done: int | None
    bytes_total: int | None
    progress: float | None = Field(description="0 to 1")
    eta_seconds: float | None


class Replica(Shown):
    """One process of an instance. One that is `stopping` takes no more requests and finishes its replies."""

    index: int = Field(description="from 1")
    state: InstanceState
    address: str | None
    pid: int | None
    gpus: list[int]
    active: int
    queued: int
    memory_bytes: int | None
    gpu_memory_bytes: int | None
    restarts: int
    error: ErrorBody | None
    loading: Loading | None


class Instance(Shown):
    """A variant running on an engine; its state is that of its best replica, sums are over all of them."""

    run_id: str
    model: str = Field(description="the name requests use")
    variant: str
    name: str
    engine: str
    state: InstanceState
    address: str | None
    pid: int | None
    slots: int | None
    active: int
    queued: int
    context_length: int | None
    memory_bytes: int | None
    started_at: datetime | None
    last_used_at: datetime | None
    restarts: int
    error: ErrorBody | None
    loading: Loading | None
    tokens_per_second: float | None
    load_seconds: float | None
    gpu_memory_bytes: int | None
    options: LaunchOptionsShown = Field(description="as the engine settled them")
    pinned: bool
    attached: bool = Field(description="lives in a server that is not ours")
    capabilities: list[str]
    replicas: list[Replica]


class ChangeInstance(Body):
    """What to change of an instance while it serves; what is left out stays."""

    replicas: Annotated[int, Field(ge=1, le=64)] | None = None
    pinned: bool | None = Field(None, description="never unloaded by itself")
    idle_unload_seconds: Annotated[float, Field(ge=0)] | None = Field(None, description="0: never")


class InstanceStopReport(Shown):
    """What Stop achieved: `survivors` are processes left over, which should be none."""

    run_id: str
    survivors: list[int]
    memory_freed_bytes: int
    gpu_memory_freed_bytes: int
    took_ms: float


class Logs(BaseModel):
    """The engine's last lines, oldest first."""

    run_id: str
    lines: list[str]


class Device(Shown):
    """One memory: `memory`, or `gpu 0`."""

    name: str
    needed_bytes: int
    free_bytes: int


class Way(Shown):
    """A launch option with the mildest value that makes it fit, or `variant` with another one's id."""

    option: str
    value: int | str


class Fit(Shown):
    """Whether it fits into memory now."""

    fits: bool
    needed_bytes: int
    free_bytes: int
    reason: str | None
    devices: list[Device]
    weights_bytes: int
    context_bytes: int = Field(description="of keys and values, for all slots")
    overhead_bytes: int = Field(description="of the process and its buffers")
    ways: list[Way] = Field(description="what would make it fit, each by itself")


class Forecast(Shown):
    """How a start would come out now."""

    variant: str
    engine: str
    options: LaunchOptionsShown
    fit: Fit


class Variant(BaseModel):
    """One form of a model. `source`: its repository, address, path or name in Ollama's library."""

    id: str
    name: str
    size: str | None
    quantization: str | None
    format: str | None
    engines: list[str]
    capabilities: list[str]
    parameters: int | None
    source: str | None
    context_length: int | None
    size_bytes: int | None
    downloaded: bool
    state: str
    run_id: str | None
    fit: Fit | None
    error: ErrorBody | None

    @classmethod
    def of(cls, info: models.ModelInfo, longest: int | None) -> Self:
        """Return `info` as it is shown. `longest`: the context a start may ask for, whatever runs now."""
        return cls(
            id=info.id,
            name=info.name,
            size=info.size,
            quantization=info.quantization,
            format=info.format,
            engines=list(info.engines),
            capabilities=list(info.capabilities),
            parameters=info.parameters,
            source=info.source,
            context_length=longest,
            size_bytes=info.size_bytes,
            downloaded=info.downloaded,
            state=info.state,
            run_id=info.run_id,
            fit=None if info.fit is None else Fit.model_validate(info.fit),
            error=ErrorBody.of(info.error),
        )


class CatalogModel(BaseModel):
    """A model of the catalogue with all its variants."""

    id: str
    name: str
    description: str
    description_zh: str
    official_url: str
    kind: str
    demonstration: bool
    own: bool = Field(description="added here, so that it can be taken out again")
    sizes: list[str]
    engines: list[str]
    quantizations: list[str]
    formats: list[str]
    capabilities: list[str]
    variants: list[Variant]

    @classmethod
    def of(cls, entry: ModelEntry, infos: list[models.ModelInfo]) -> Self:
        """Return `entry` as it is shown; `infos` tell of its variants, and may tell of others."""
        variants = entry.variants
        longest = {variant.id: variant.context_length for variant in variants}
        return cls(
            id=entry.id,
            name=entry.name,
            description=entry.description,
            description_zh=entry.description_zh,
            official_url=entry.official_url,
            kind=entry.kind,
            demonstration=entry.demonstration,
            own=entry.own,
            sizes=list(dict.fromkeys(variant.size for variant in variants)),
            engines=list(dict.fromkeys(engine for variant in variants for engine in variant.engines)),
            quantizations=list(dict.fromkeys(variant.quantization for variant in variants)),
            formats=list(dict.fromkeys(variant.format for variant in variants)),
            capabilities=list(dict.fromkeys(can for variant in variants for can in variant.capabilities)),
            variants=[Variant.of(info, longest.get(info.id)) for info in infos if info.model_id == entry.id],
        )


class DownloadFile(Shown):
    """One file of a download."""

    file: str
    bytes_done: int
    bytes_total: int | None


class Download(Shown):
    """Weights on their way; at most one download per variant. `file` is empty for a whole folder."""

    id: str
    variant_id: str
    repo: str
    file: str
    revision: str
    path: str = Field(description="relative to the models directory")
    status: DownloadStatus
    bytes_done: int
    bytes_total: int | None
    files: list[DownloadFile]
    rate: float | None = Field(description="bytes per second")
    eta_seconds: float | None
    error: ErrorBody | None
    created_at: datetime
    updated_at: datetime


class StartProgress(Shown):
    """One event of a start, told with SSE; `step` is also the event's name. The last is ready or error."""

    step: Step
    variant: str | None
    download: Download | None
    instance: Instance | None
    error: ErrorBody | None
