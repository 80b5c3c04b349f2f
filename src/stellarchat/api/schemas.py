"""What more than one door shows: messages, token counts, errors.

The page's TypeScript client is generated from these, so every field that does not explain itself says
what it means. What clients send is in `api.turns`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from stellarchat.core import messages
from stellarchat.core.errors import ErrorInfo
from stellarchat.core.events import FinishReason, Timings, Usage
from stellarchat.core.messages import MessageStatus, Role
from stellarchat.core.tools import CallState, FieldKind, OutputKind


class Shown(BaseModel):
    """Base of what is shown; built from the inner types by attribute."""

    model_config = ConfigDict(from_attributes=True)


class TokenUsage(Shown):
    """Token counts. `cached_tokens` is the share of the prompt that came from the prefix cache."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    reasoning_tokens: int

    @classmethod
    def of(cls, usage: Usage | None) -> Self | None:
        """Return `usage` as it is shown."""
        return None if usage is None else cls.model_validate(usage)


class TimeSpent(Shown):
    """Where the time of a reply went: milliseconds, and tokens per second."""

    queue_ms: float = Field(description="waiting for a free place at the engine")
    load_ms: float = Field(description="starting the engine")
    prompt_ms: float | None = Field(description="reading the prompt")
    time_to_first_token_ms: float | None = Field(description="from the request to the first token")
    generation_ms: float | None = Field(description="from the first token to the last")
    tokens_per_second: float | None
    prompt_tokens_per_second: float | None
    stop_ms: float | None = Field(description="from Stop until the engine was free")

    @classmethod
    def of(cls, timings: Timings | None) -> Self | None:
        """Return `timings` as they are shown."""
        return None if timings is None else cls.model_validate(timings)


class ErrorBody(Shown):
    """What went wrong: `code` is stable, `message` is for people, `remedy` says what to do about it."""

    code: str
    message: str
    type: str
    status: int
    remedy: str | None
    param: str | None = Field(description="the input field it is about")
    detail: str | None = Field(description="the engine's own last words")
    retry_after: float | None = Field(description="seconds")
    sentence: str | None = Field(None, description="names the message, for saying it in another language")
    values: dict[str, str | int | float] | None = Field(None, description="what stands in that sentence")

    @classmethod
    def of(cls, error: ErrorInfo | None) -> Self | None:
        """Return `error` as it is shown."""
        return None if error is None else cls.model_validate(error)


class EndpointTest(Shown):
    """What a remote server said when it was asked for its models."""

    reachable: bool
    models: list[str]
    took_ms: float | None
    error: ErrorBody | None


class TextPart(Shown):
    """Plain or Markdown text."""

    type: Literal["text"] = "text"
    text: str


class ThinkingPart(Shown):
    """The model's reasoning, and how long it took in milliseconds."""

    type: Literal["thinking"] = "thinking"
    text: str
    duration_ms: float | None


class ToolOutput(Shown):
    """A piece of a tool's result, to be shown as what it is and never as HTML."""

    kind: OutputKind
    text: str = Field(description="of an image a `data:` URL")


class OptionShown(Shown):
    """A value to choose from."""

    value: str
    label: str


class QuestionFieldShown(Shown):
    """What is to be entered. `least` and `most` bound a number, a text's characters, or how many it takes."""

    name: str
    kind: FieldKind
    title: str
    description: str
    required: bool
    default: str | float | bool | list[str] | None
    format: str | None = Field(description="of a string: `email`, `uri`, `date` or `date-time`")
    least: float | None
    most: float | None
    options: list[OptionShown]


class QuestionShown(Shown):
    """What a server asks the person in the middle of a call: a form to fill in, or an address to open."""

    id: str
    message: str
    fields: list[QuestionFieldShown]
    url: str | None
    first: bool = Field(
        False, description="`accept` says that all is done at `url`: only then the call can run"
    )


class ToolUsePart(Shown):
    """A call the model made; `arguments` is JSON text as the model wrote it."""

    type: Literal["tool_use"] = "tool_use"
    id: str
    name: str
    arguments: str
    state: CallState = Field(CallState.WRITTEN, description="`written`: nobody here runs it")
    round: int = Field(0, description="calls of one round were made together")
    server: str | None = None
    tool: str | None = Field(None, description="the tool's own name")
    title: str | None = None
    note: str | None = Field(None, description="why it failed or was denied, or how far it is")
    progress: float | None = Field(None, description="0 to 1")
    outputs: list[ToolOutput] = Field(default_factory=list)
    duration_ms: float | None = None
    question: QuestionShown | None = Field(None, description="what it waits for, while it runs")
    login: str | None = Field(None, description="the id of a server that the person has to log in at")
    sentence: str | None = Field(None, description="names the note, for saying it in another language")
    values: dict[str, str | int | float] | None = Field(
        None, description="what stands in it, and `detail` after it"
    )


class ImagePart(Shown):
    """An image as a `data:` URL."""

    type: Literal["image"] = "image"
    url: str


class FilePart(Shown):
    """An attached file, see `GET /api/files/{file_id}`."""

    type: Literal["file"] = "file"
    file_id: str
    name: str
    media_type: str
    size: int = Field(description="bytes")
    width: int | None = Field(description="pixels; null: it is a document")
    height: int | None
    tokens: int = Field(description="about what a model reads")
    pages: int | None = Field(description="how many of its pages are read; null: all")
    total: int | None = Field(description="how many pages it has; null: it is an image")
    gone: bool = Field(description="its owner removed the file; models are told so")


Part = Annotated[TextPart | ThinkingPart | ToolUsePart | ImagePart | FilePart, Field(discriminator="type")]


def show_part(part: messages.Part) -> TextPart | ThinkingPart | ToolUsePart | ImagePart | FilePart:
    """Return a part as it is shown."""
    match part:
        case messages.TextPart():
            return TextPart(text=part.text)
        case messages.ThinkingPart():
            return ThinkingPart(text=part.text, duration_ms=part.duration_ms)
        case messages.ToolUsePart():
            return ToolUsePart.model_validate(part)
        case messages.ImagePart():
            return ImagePart(url=part.url)
        case messages.FilePart():
            return FilePart(
                file_id=part.id,
                name=part.name,
                media_type=part.media_type,
                size=part.size,
                width=part.width,
                height=part.height,
                tokens=part.tokens,
                pages=part.pages,
                total=part.total,
                gone=part.is_gone,
            )


class Message(Shown):
    """A node of a chat's tree."""

    id: str
    chat_id: str
    parent_id: str | None = Field(description="null at a root of the tree")
    role: Role
    content: str = Field(description="the text of all text parts")
    parts: list[Part]
    status: MessageStatus
    model: str | None = Field(
        description="who wrote it, or was asked to; null also while it is compared blindly and not voted on"
    )
    client_id: str | None = Field(description="the sender's own name for it")
    timestamp: datetime = Field(description="when it was said")
    created_at: datetime
    updated_at: datetime
    metadata: dict[str, JsonValue]
    usage: TokenUsage | None
    timings: TimeSpent | None
    finish_reason: FinishReason | None
    error: ErrorBody | None
    generation_id: str | None = Field(description="the run of a model that wrote it last")
    siblings: list[str] = Field(
        description="ids of all children of the same parent, oldest first, this one included"
    )

    @classmethod
    def of(cls, message: messages.Message, siblings: Sequence[str] = ()) -> Self:
        """Return a message as it is shown; without `siblings` it stands alone."""
        message = message.shown()
        reason = message.finish_reason
        return cls(
            id=message.id,
            chat_id=message.chat_id,
            parent_id=message.parent_id,
            role=message.role,
            content=message.content,
            parts=[show_part(part) for part in message.parts],
            status=message.status,
            model=message.model,
            client_id=message.client_id,
            timestamp=message.created_at,
            created_at=message.created_at,
            updated_at=message.updated_at,
            metadata=message.metadata,
            usage=TokenUsage.of(message.usage),
            timings=TimeSpent.of(message.timings),
            finish_reason=None if reason is None else FinishReason(reason),
            error=ErrorBody.of(message.error),
            generation_id=message.generation_id,
            siblings=list(siblings) or [message.id],
        )
