"""What the system surface takes and shows. The page's TypeScript client is generated from these."""

from typing import Self

import msgspec
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from stellarchat.api.schemas import ErrorBody, Shown
from stellarchat.core.downloads import Download, DownloadStatus
from stellarchat.services import models
from stellarchat.services.preferences import Chosen


class Progress(Shown):
    """How far the weights are loaded."""

    bytes_done: int | None
    bytes_total: int | None
    progress: float | None = Field(description="0 to 1")
    eta_seconds: float | None


class Judgement(Shown):
    """Whether a model fits into memory now; `reason` says why not and what would."""

    fits: bool
    needed_bytes: int
    free_bytes: int
    reason: str | None


class DownloadInfo(Shown):
    """A download on its way."""

    id: str
    status: DownloadStatus
    bytes_done: int
    bytes_total: int | None
    rate: float | None = Field(description="bytes per second")
    eta_seconds: float | None
    error: ErrorBody | None

    @classmethod
    def of(cls, download: Download | None) -> Self | None:
        """Return `download` as it is shown."""
        return None if download is None else cls.model_validate(download)


class ModelInfo(Shown):
    """One model that can be talked to, or be made to."""

    id: str = Field(description="the name requests use")
    name: str
    description: str
    description_zh: str = Field(description="the description in simplified Chinese; empty: there is none")
    kind: str = Field(description="chat, embedding or rerank")
    model_id: str | None = Field(description="the model of the catalogue it is a variant of")
    size: str | None
    quantization: str | None
    format: str | None
    engine: str
    state: str = Field(
        description="ready loading starting restarting unreachable stopping stopped failed "
        "not_downloaded downloading remote"
    )
    endpoint: str | None = Field(description="the remote server it is on")
    run_id: str | None
    context_length: int | None = Field(description="tokens")
    parameters: int | None
    size_bytes: int | None = Field(description="of the weights")
    downloaded: bool
    download: DownloadInfo | None
    fit: Judgement | None
    capabilities: list[str] = Field(description="vision, tools, thinking")
    aliases: list[str] = Field(description="shorter names that mean this model")
    slots: int | None = Field(description="replies written at once")
    queued: int
    active: int
    tokens_per_second: float | None = Field(description="last measured here")
    load_seconds: float | None = Field(description="what starting it took")
    loading: Progress | None
    error: ErrorBody | None
    demonstration: bool = Field(description="came with the program, to try it out")
    official_url: str | None
    own: bool = Field(description="of the caller's own endpoint: nobody else has it")
    default: bool = Field(description="a request that names no model means this one")

    @classmethod
    def of(cls, info: models.ModelInfo, default: str | None) -> Self:
        """Return `info` as it is shown; `default` is the model of requests that name none."""
        return cls.model_validate({**msgspec.structs.asdict(info), "default": info.id == default})


class ModelList(BaseModel):
    """All models."""

    data: list[ModelInfo]


class SettingsShown(Shown):
    """What the user has chosen."""

    default_model: str | None
    params: dict[str, JsonValue] = Field(description="of new chats, in OpenAI's words")
    model_params: dict[str, dict[str, JsonValue]] = Field(
        description="by model: under a chat's own, over the engine's"
    )
    system_prompt: str | None
    ui: dict[str, JsonValue] = Field(description="the page's own")

    @classmethod
    def of(cls, chosen: Chosen) -> Self:
        """Return `chosen` as it is shown."""
        return cls.model_validate(chosen)


class SettingsChange(BaseModel):
    """Fields left out stay as they are; null takes one back to its default.

    `ui` and `model_params` are merged by key, where null removes one.
    """

    model_config = ConfigDict(extra="forbid")

    default_model: str | None = None
    params: dict[str, JsonValue] | None = None
    model_params: dict[str, dict[str, JsonValue] | None] | None = None
    system_prompt: str | None = None
    ui: dict[str, JsonValue] | None = None


class Version(BaseModel):
    """Which program this is."""

    name: str = "StellarChat"
    version: str
