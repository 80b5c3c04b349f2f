"""What the control surface takes and shows."""

from datetime import datetime
from typing import Annotated, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from stellarchat.api.schemas import ErrorBody, Shown
from stellarchat.core.downloads import DownloadStatus
from stellarchat.core.launch import InstanceState, LaunchOptions
from stellarchat.services import models
from stellarchat.services.starting import Step

T = TypeVar("T")
Name = Annotated[str, Field(min_length=1, max_length=256)]


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
    slots: Annotated[int, Field(ge=1, le=256)] | None = Field(None, description="replies written at once")
    threads: Annotated[int, Field(ge=1)] | None = None
    n_gpu: Annotated[int, Field(ge=0)] | None = None
    replicas: Annotated[int, Field(ge=1)] = 1

    def options(self) -> LaunchOptions:
        """Return the launch options."""
        return LaunchOptions(
            engine=self.engine_type,
            context_length=self.context_length,
            slots=self.slots,
            threads=self.threads,
            n_gpu=self.n_gpu,
            replicas=self.replicas,
        )


class StartDownload(Body):
    """Which variant's weights to fetch."""

    model_id: Name
    size: Name | None = None
    quantization: Name | None = None
    format: Name | None = None


class Loading(Shown):
    """How far the weights are loaded."""

    bytes_done: int | None
    bytes_total: int | None
    progress: float | None = Field(description="0 to 1")
    eta_seconds: float | None


class Instance(Shown):
    """A variant running on an engine."""

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


class InstanceStopReport(Shown):
    """What Stop achieved: `survivors` are processes left over, which should be none."""

    run_id: str
    survivors: list[int]
    memory_freed_bytes: int
    took_ms: float


class Logs(BaseModel):
    """The engine's last lines, oldest first."""

    run_id: str
    lines: list[str]


class Fit(Shown):
    """Whether it fits into memory now."""

    fits: bool
    needed_bytes: int
    free_bytes: int
    reason: str | None


class Variant(BaseModel):
    """One form of a model."""

    id: str
    name: str
    size: str | None
    quantization: str | None
    format: str | None
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
    official_url: str
    kind: str
    demonstration: bool
    sizes: list[str]
    engines: list[str]
    quantizations: list[str]
    formats: list[str]
    capabilities: list[str]
    variants: list[Variant]


class Download(Shown):
    """Weights on their way; at most one download per variant."""

    id: str
    variant_id: str
    repo: str
    file: str
    revision: str
    path: str = Field(description="relative to the models directory")
    status: DownloadStatus
    bytes_done: int
    bytes_total: int | None
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
