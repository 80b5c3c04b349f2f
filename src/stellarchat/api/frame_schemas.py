"""The frames a server sends, for the OpenAPI document and the client made from it.

`api.frames` writes them without these models; a test holds the two together.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from stellarchat.api.schemas import Message, QuestionShown, TimeSpent, TokenUsage, ToolOutput
from stellarchat.core.events import FinishReason, Phase
from stellarchat.core.tools import CallState


class OfGeneration(BaseModel):
    """What all frames of a generation have; `seq` is the last event told in full so far."""

    model_config = ConfigDict(extra="forbid")

    generation_id: str
    seq: int


class MessageStart(OfGeneration):
    """A reply begins; `message` is as it was before, which is not empty for a continued one."""

    type: Literal["message_start"]
    request_id: str | None = Field(description="of the client's `chat` frame")
    chat_id: str | None = Field(description="null for a reply without a chat, as are both messages")
    user_message: Message | None
    message: Message | None


class StatusFrame(OfGeneration):
    """Where the reply stands before and while text comes. What is not known is left out."""

    type: Literal["status"]
    phase: Phase
    position: int | None = Field(None, description="requests before this one")
    progress: float | None = Field(None, description="0 to 1")
    eta_seconds: float | None = None
    bytes_done: int | None = Field(None, description="weights read while loading")
    bytes_total: int | None = None
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    engine: str | None = None
    model: str | None = None


class TextBlock(BaseModel):
    """A block of the answer."""

    type: Literal["text"]


class ThinkingBlock(BaseModel):
    """A block of reasoning."""

    type: Literal["thinking"]


class ToolUseBlock(BaseModel):
    """A call the model makes. Its block may be started again when more of this is known."""

    type: Literal["tool_use"]
    id: str
    name: str


class BlockStart(OfGeneration):
    """What follows belongs to part `index` of the message; it may be there already."""

    type: Literal["content_block_start"]
    index: int
    content_block: Annotated[TextBlock | ThinkingBlock | ToolUseBlock, Field(discriminator="type")]


class TextDelta(BaseModel):
    """More of the answer."""

    type: Literal["text_delta"]
    text: str


class ThinkingDelta(BaseModel):
    """More of the reasoning."""

    type: Literal["thinking_delta"]
    thinking: str


class InputJsonDelta(BaseModel):
    """More of a call's arguments."""

    type: Literal["input_json_delta"]
    partial_json: str


class BlockDelta(OfGeneration):
    """More of part `index`."""

    type: Literal["content_block_delta"]
    index: int
    delta: Annotated[TextDelta | ThinkingDelta | InputJsonDelta, Field(discriminator="type")]


class BlockStop(OfGeneration):
    """Nothing more for part `index` for now."""

    type: Literal["content_block_stop"]
    index: int


class ToolUpdateFrame(OfGeneration):
    """What is known by now of the call that part `index` is; it takes the place of what was told before."""

    type: Literal["tool_update"]
    index: int
    id: str
    state: CallState
    round: int = Field(description="how often the model had been asked before")
    server: str | None
    tool: str | None = Field(description="the tool's own name")
    title: str | None
    note: str | None = Field(description="why it failed or was denied, or how far it is")
    progress: float | None = Field(description="0 to 1")
    outputs: list[ToolOutput]
    duration_ms: float | None
    question: QuestionShown | None = Field(description="what the server asks the person before it goes on")
    login: str | None = Field(description="the id of a server that the person has to log in at")
    sentence: str | None = Field(description="names the note, for saying it in another language")
    values: dict[str, str | int | float] | None = Field(
        description="what stands in it, and `detail` after it"
    )


class MessageDelta(OfGeneration):
    """Token counts and times; with a `stop_reason` the last ones."""

    type: Literal["message_delta"]
    stop_reason: FinishReason | None
    usage: TokenUsage
    timings: TimeSpent | None


class MessageStop(OfGeneration):
    """The reply is whole, or was stopped; nothing more comes."""

    type: Literal["message_stop"]


class Snapshot(OfGeneration):
    """The message so far, where its events are gone; takes the place of what the client has."""

    type: Literal["snapshot"]
    message: Message


class ErrorFrame(BaseModel):
    """Something went wrong: with a generation (then nothing more comes of it), a frame, or the socket."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["error"]
    generation_id: str | None = None
    seq: int | None = None
    request_id: str | None = Field(description="of the client's frame, where it had one")
    code: str
    message: str
    remedy: str | None
    param: str | None
    detail: str | None
    status: int
    retry_after: float | None = Field(description="seconds")
    sentence: str | None = Field(None, description="names the message, for saying it in another language")
    values: dict[str, str | int | float] | None = Field(None, description="what stands in that sentence")
    interrupted: bool = Field(description="whether a part of the reply is there and can be continued")


Frame = Annotated[
    MessageStart
    | StatusFrame
    | BlockStart
    | BlockDelta
    | BlockStop
    | ToolUpdateFrame
    | MessageDelta
    | MessageStop
    | Snapshot
    | ErrorFrame,
    Field(discriminator="type"),
]


class GenerationFrame(RootModel[Frame]):
    """One frame of a generation: the `data:` of an event, or a text frame of the socket."""
