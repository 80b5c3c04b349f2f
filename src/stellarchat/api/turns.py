"""What a client sends to get a reply, over HTTP and over the socket alike.

Lengths are in characters unless a name says otherwise.
"""

import json
from typing import Annotated, Any, Literal, Self

import msgspec
from fastapi import Header
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from stellarchat.api.bodies import at_most, check_sampling
from stellarchat.api.limits import Limits
from stellarchat.core import messages
from stellarchat.core.errors import BadRequest
from stellarchat.services.answers.turns import Turn

METADATA_BYTES = 64 * 1024
CONTENT_CHARS = 2_000_000
IMAGE_CHARS = 20_000_000


def _storable(text: str) -> str:
    """Refuse what a database would refuse later: NUL, and halves of surrogate pairs."""
    if "\x00" in text:
        raise PydanticCustomError("text_zero", "must not contain the character U+0000")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("text_half", "must not contain half of a surrogate pair") from None
    return text


def _small(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    try:
        encoded = json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:
        raise ValueError("must be plain JSON") from None
    if len(encoded) > METADATA_BYTES:
        raise ValueError(f"must be at most {METADATA_BYTES} bytes of JSON")
    if rb"\u0000" in encoded:
        raise PydanticCustomError("text_zero", "must not contain the character U+0000")
    return value


STORABLE = AfterValidator(_storable)
Id = Annotated[str, Field(min_length=1, max_length=64), STORABLE]
ClientId = Annotated[str, Field(min_length=1, max_length=128), STORABLE]
ModelName = Annotated[str, Field(min_length=1, max_length=256), STORABLE]
ORIGIN = "x-session-id"
Origin = Annotated[
    ClientId | None,
    Header(
        alias=ORIGIN,
        description="the session_id of the caller's socket: its own `chat_changed` frames carry it as origin",
    ),
]
SystemPrompt = Annotated[str, Field(max_length=200_000), STORABLE]
SmallObject = Annotated[dict[str, JsonValue], AfterValidator(_small)]


_TEXT, _LIST = "[text]", "[list]"


def _text_or_list(value: Any) -> str:
    """Choose by the JSON's kind, so that an error is about what was sent and not about the other kind."""
    return _LIST if isinstance(value, list) else _TEXT


Reason = Annotated[str, Field(max_length=2000), STORABLE]


class Body(BaseModel):
    """A request body. Unknown fields are refused by name: a typing error must not pass in silence."""

    model_config = ConfigDict(extra="forbid")


class InputText(Body):
    """Text in a list of content parts."""

    type: Literal["text"]
    text: Annotated[str, Field(max_length=CONTENT_CHARS), STORABLE]


class InputImage(Body):
    """An image in a list of content parts, as a `data:` URL."""

    type: Literal["image"]
    url: Annotated[str, Field(pattern=r"^data:image/", max_length=IMAGE_CHARS), STORABLE]


class InputFile(Body):
    """An attached file in a list of content parts."""

    type: Literal["file"]
    file_id: Id
    pages: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="only so many of its pages are read, from the first on"
    )


InputPart = Annotated[InputText | InputImage | InputFile, Field(discriminator="type")]
Content = Annotated[
    Annotated[str, Field(min_length=1, max_length=CONTENT_CHARS), STORABLE, Tag(_TEXT)]
    | Annotated[list[InputPart], Field(min_length=1, max_length=256), Tag(_LIST)],
    Discriminator(_text_or_list),
]


def parts_of(content: str | list[InputText | InputImage | InputFile]) -> list[messages.Part]:
    """Return what a client sent as the parts of a message."""
    if isinstance(content, str):
        return [messages.TextPart(content)]
    return [_part(part) for part in content]


def _part(part: InputText | InputImage | InputFile) -> messages.Part:
    match part:
        case InputText():
            return messages.TextPart(part.text)
        case InputImage():
            return messages.ImagePart(part.url)
        case InputFile():
            return messages.FilePart(part.file_id, pages=part.pages)


StopText = Annotated[str, Field(min_length=1), STORABLE]
Stop = Annotated[
    Annotated[StopText, Tag(_TEXT)] | Annotated[list[StopText], Tag(_LIST)],
    Discriminator(_text_or_list),
]


class Sampling(Body):
    """Generation parameters in OpenAI's words; null or left out is the chat's, then the engine's own.

    How much they may ask for is set by the server (`limits` in its configuration).
    """

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    min_p: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=0, le=100_000)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    repeat_penalty: Annotated[float, Field(ge=0, le=10)] | None = None
    max_tokens: Annotated[int, Field(ge=1, description="longest reply, in tokens")] | None = None
    seed: Annotated[int, Field(ge=-1, le=2**63 - 1, description="-1: a random one")] | None = None
    stop: Stop | None = None
    thinking: bool | None = Field(None, description="whether a model that can reason first should")
    response_format: SmallObject | None = Field(None, description="as OpenAI's")
    tools: Annotated[list[SmallObject], Field(description="as OpenAI's")] | None = None
    tool_choice: Literal["none", "auto", "required"] | SmallObject | None = None

    def given(self, limits: Limits, where: str = "") -> dict[str, Any]:
        """Return the parameters that the client named, null ones included; `where` is their own place.

        Raises PayloadTooLarge.
        """
        named = self.model_dump(include=self.model_fields_set & set(Sampling.model_fields))
        check_sampling(named, limits, where)
        return named


class ImageUrl(Body):
    """Where an image is, as OpenAI says it; `data:` URLs only."""

    url: Annotated[str, Field(pattern=r"^data:image/", max_length=IMAGE_CHARS), STORABLE]
    detail: Literal["auto", "low", "high"] | None = None


class WireImage(Body):
    """An image in a list of content parts, in OpenAI's shape."""

    type: Literal["image_url"]
    image_url: ImageUrl


class WireMessage(Body):
    """One message of a stateless request, in OpenAI's shape."""

    role: Literal["system", "user", "assistant", "tool"]
    content: (
        Annotated[
            Annotated[str, Field(max_length=CONTENT_CHARS), STORABLE, Tag(_TEXT)]
            | Annotated[
                list[Annotated[InputText | WireImage, Field(discriminator="type")]],
                Field(min_length=1, max_length=256),
                Tag(_LIST),
            ],
            Discriminator(_text_or_list),
        ]
        | None
    ) = None
    name: Annotated[str, Field(max_length=256), STORABLE] | None = None
    tool_calls: Annotated[list[SmallObject], Field(max_length=128)] | None = None
    tool_call_id: Annotated[str, Field(max_length=256), STORABLE] | None = None


def conversation(said: list[WireMessage], limits: Limits) -> list[dict[str, Any]]:
    """Return the messages of a stateless request in OpenAI's shape. Raises PayloadTooLarge."""
    at_most(len(said), limits.messages, "messages", "messages")
    return [message.model_dump(exclude_none=True) for message in said]


_HOW = "Send chat_id and content, chat_id and the parent_id to answer anew, or messages without chat_id."


class ReplyRequest(Sampling):
    """Asks for a reply.

    A new turn: `chat_id` and `content`. Regenerate: `chat_id` and `parent_id` of a user message, no
    `content`. Continue: `chat_id` and `continue_message_id`. Stateless: `messages`, no `chat_id`.
    """

    model: ModelName | None = Field(None, description="left out: the chat's own, then the default one")
    chat_id: Id | None = None
    parent_id: Id | None = Field(
        None, description="the message to answer below; left out: the active leaf; null: a new root"
    )
    content: Content | None = None
    client_id: ClientId | None = Field(
        None, description="the sender's own name for the new message: sent twice, it is stored once"
    )
    messages: Annotated[list[WireMessage], Field(min_length=1)] | None = None
    system_prompt: SystemPrompt | None = None
    params: Sampling | None = Field(None, description="the same parameters as at top level, which win")
    continue_message_id: Id | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.chat_id is None:
            for name in ("parent_id", "content", "continue_message_id"):
                if getattr(self, name) is not None:
                    raise BadRequest(
                        f"{name} is for a stored chat.", param="chat_id", remedy="Send chat_id too."
                    )
            if self.messages is None:
                raise BadRequest("There is nothing to answer.", param="messages", remedy=_HOW)
        elif self.messages is not None:
            raise BadRequest("A stored chat has its own messages.", param="messages", remedy="Send content.")
        elif self.continue_message_id is not None:
            for name in ("parent_id", "content"):
                if getattr(self, name) is not None:
                    raise BadRequest(f"continue_message_id goes without {name}.", param=name)
        elif self.content is None and self.parent_id is None:
            raise BadRequest("There is nothing to answer.", param="content", remedy=_HOW)
        return self

    def parameters(self, limits: Limits) -> dict[str, Any]:
        """Return the sampling parameters of both places, those at top level winning."""
        return {**(self.params.given(limits, "params.") if self.params else {}), **self.given(limits)}

    def turn(self, user_id: str, limits: Limits, origin: str | None = None) -> Turn:
        """Return what is asked for, as the services take it. Raises PayloadTooLarge."""
        parts = [] if self.content is None else parts_of(self.content)
        text = parts.pop() if parts and isinstance(parts[-1], messages.TextPart) else None
        return Turn(
            user_id=user_id,
            model=self.model,
            chat_id=self.chat_id,
            parent_id=self.parent_id if "parent_id" in self.model_fields_set else msgspec.UNSET,
            content=text.text if isinstance(text, messages.TextPart) else None,
            parts=parts,
            client_id=self.client_id,
            messages=conversation(self.messages or [], limits),
            system_prompt=self.system_prompt,
            params=self.parameters(limits),
            continue_message_id=self.continue_message_id,
            origin=origin,
        )
