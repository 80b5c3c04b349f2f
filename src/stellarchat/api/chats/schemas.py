"""Bodies and answers of the chat routes. Lengths are in characters unless a name says otherwise."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, JsonValue

from stellarchat.api.bodies import check_sampling
from stellarchat.api.limits import Limits
from stellarchat.api.schemas import Message, Shown, TimeSpent, TokenUsage
from stellarchat.api.turns import (
    CONTENT_CHARS,
    STORABLE,
    Body,
    ClientId,
    Content,
    Id,
    ModelName,
    Reason,
    ReplyRequest,
    Sampling,
    SmallObject,
    SystemPrompt,
)
from stellarchat.core import messages
from stellarchat.core.events import FinishReason
from stellarchat.core.messages import Role
from stellarchat.core.records import Page, SearchHit
from stellarchat.core.tools import Action
from stellarchat.services.answers.calls import Decision, Verdict
from stellarchat.services.chats.chats import Lines, Listed, Opened, Stored
from stellarchat.services.models import ModelInfo

Title = Annotated[str, Field(max_length=200), STORABLE]
Folder = Annotated[str, Field(max_length=255), STORABLE]
Tags = Annotated[list[Annotated[str, Field(min_length=1, max_length=64), STORABLE]], Field(max_length=32)]


class ChatFields(Body):
    """What a person may set on a chat. Fields that are left out stay as they are."""

    title: Title | None = Field(None, description="an empty one is given up for the first words of the chat")
    model: ModelName | None = Field(None, description="null: the default model")
    system_prompt: SystemPrompt | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(
        None, description="short for params.temperature"
    )
    max_tokens: Annotated[int, Field(ge=1)] | None = Field(None, description="short for params.max_tokens")
    params: Sampling | None = Field(None, description="the chat's own generation parameters, all at once")
    persona_id: Id | None = Field(
        None, description="its values become the chat's own, but for what is named here; null takes it off"
    )
    folder: Folder | None = None
    tags: Tags | None = None

    def given(self, limits: Limits) -> dict[str, Any]:
        """Return the fields that the client named, null ones included. Raises PayloadTooLarge."""
        fields = {name: getattr(self, name) for name in self.model_fields_set}
        check_sampling({"max_tokens": self.max_tokens}, limits)
        if self.params is not None:
            fields["params"] = self.params.given(limits, "params.")
        return fields


class NewChat(ChatFields):
    """Body of `POST /api/chats/`: everything may be left out."""

    client_id: ClientId | None = Field(
        None, description="the sender's own name for it: sent twice, it is made once"
    )

    def given(self, limits: Limits) -> dict[str, Any]:
        """Return the fields of the chat that the client named, null ones included."""
        fields = super().given(limits)
        fields.pop("client_id", None)
        return fields


class ChatPatch(ChatFields):
    """Body of `PUT /api/chats/{id}`."""

    archived: bool | None = None
    pinned: bool | None = None
    active_leaf: Id | None = Field(None, description="any message of the chat: where it goes on")
    settle: bool = Field(False, description="go down from active_leaf to the newest leaf below it")
    rev: int | None = Field(None, description="refuse (409) where this is no longer the chat's revision")

    def given(self, limits: Limits) -> dict[str, Any]:
        """Return the fields of the chat that the client named; null leaves the switches as they are."""
        fields = super().given(limits)
        for name in ("rev", "settle"):
            fields.pop(name, None)
        for name in ("archived", "pinned", "active_leaf"):
            if fields.get(name, ...) is None:
                del fields[name]
        return fields


class Fork(Body):
    """Body of `POST /api/chats/{id}/fork`: everything may be left out."""

    message_id: Id | None = Field(None, description="the last message to take; left out: the active leaf")
    title: Title | None = Field(None, description="left out: the chat's own and ` (fork)`")


class ChatPersona(Shown):
    """The persona of a chat. What it said of model, instructions and parameters is the chat's own since."""

    id: str
    name: str
    letter: str
    colour: str
    opening: str = Field(description="what it says first; no model reads it")
    suggestions: list[str]
    updated_at: datetime = Field(description="of the persona then: a later one there means it was changed")


class Chat(BaseModel):
    """A conversation: a tree of messages with one active leaf."""

    id: str
    title: str = Field(description="empty until the first message")
    title_by: Literal["person", "model", "fallback"]
    user_id: str
    model: str | None
    system_prompt: str | None
    temperature: float | None
    max_tokens: int | None
    params: dict[str, JsonValue]
    persona: ChatPersona | None = Field(description="as it was when it was chosen")
    created_at: datetime
    updated_at: datetime
    last_message_at: datetime
    archived: bool
    pinned: bool
    folder: str | None
    tags: list[str]
    active_leaf: str | None = Field(description="the message the conversation goes on from")
    rev: int = Field(description="grows with every change of the chat or its messages")
    live: list[str] = Field(description="ids of the generations that are running now")
    waiting: bool = Field(description="a call of a tool in one of them waits for the person's word")

    @classmethod
    def of(cls, listed: Listed) -> Self:
        """Return a chat as it is shown."""
        return cls(**_shown(listed.chat), live=listed.live, waiting=listed.waiting)


def _shown(chat: messages.Chat) -> dict[str, Any]:
    return {
        "id": chat.id,
        "title": chat.title,
        "title_by": chat.title_by,
        "user_id": chat.user_id,
        "model": chat.model,
        "system_prompt": chat.system_prompt,
        "temperature": chat.params.get("temperature"),
        "max_tokens": chat.params.get("max_tokens"),
        "params": chat.params,
        "persona": None if chat.persona is None else ChatPersona.model_validate(chat.persona),
        "created_at": chat.created_at,
        "updated_at": chat.updated_at,
        "last_message_at": chat.last_message_at,
        "archived": chat.archived_at is not None,
        "pinned": chat.pinned_at is not None,
        "folder": chat.folder,
        "tags": chat.tags,
        "active_leaf": chat.active_leaf_id,
        "rev": chat.rev,
    }


class ChatPage(BaseModel):
    """Chats by their last message, newest first."""

    items: list[Chat]
    next_cursor: str | None = Field(description="asks for the next page; null at the end")

    @classmethod
    def of(cls, page: Page[Listed]) -> Self:
        """Return a page as it is shown."""
        return cls(items=[Chat.of(one) for one in page.items], next_cursor=page.next_cursor)


class MessagePage(BaseModel):
    """A piece of one branch, root-most first."""

    messages: list[Message]
    has_more: bool = Field(description="whether there are more above the first one")

    @classmethod
    def of(cls, lines: Lines) -> Self:
        """Return a piece of a branch as it is shown."""
        return cls(messages=_messages(lines), has_more=lines.has_more)


class OpenChat(Chat):
    """A chat with the newest messages of its active branch."""

    messages: list[Message]
    has_more: bool = Field(description="whether there are more above the first one")

    @classmethod
    def opened(cls, opened: Opened) -> Self:
        """Return a chat as it is shown when it is opened."""
        lines = opened.lines
        return cls(
            **_shown(opened.chat),
            live=opened.live,
            waiting=opened.waiting,
            messages=_messages(lines),
            has_more=lines.has_more,
        )


def _messages(lines: Lines) -> list[Message]:
    return [Message.of(one, lines.siblings[one.parent_id]) for one in lines.messages]


class NewMessage(Body):
    """Body of `POST /api/chats/{id}/messages`: a message to be stored as it is."""

    role: Role
    content: Content
    parent_id: Id | None = Field(None, description="left out: the active leaf; null: a new root")
    client_id: ClientId | None = Field(
        None, description="the sender's own name for it: sent twice, it is stored once"
    )
    model: ModelName | None = None
    metadata: SmallObject = Field(default_factory=dict)


class SummaryWish(Body):
    """Body of `POST /api/chats/{id}/summary`: everything may be left out."""

    model: ModelName | None = Field(None, description="left out: the chat's own, then the default one")
    keep: Annotated[int, Field(ge=0, le=1000)] | None = Field(
        None,
        description="messages at the end that stay as they are; left out: two exchanges, if short",
    )


class MessagePatch(Body):
    """Body of `PUT /api/chats/{id}/messages/{mid}`: a new wording, or other metadata."""

    content: Content | None = Field(None, description="for a user's message; makes a sibling of it")
    client_id: ClientId | None = Field(None, description="the sender's own name for the new sibling")
    metadata: SmallObject | None = Field(None, description="takes the place of all that was there")


def stored(one: Stored) -> Message:
    """Return a stored message as it is shown."""
    return Message.of(one.message, one.siblings)


class Hit(BaseModel):
    """A message, or a chat's title (`message_id` null), that holds what was searched for."""

    chat_id: str
    title: str
    title_html: str = Field(description="HTML: hits stand in <mark>, all else is escaped")
    message_id: str | None
    role: Role | None
    snippet: str = Field(description="HTML: hits stand in <mark>, all else is escaped")
    score: float = Field(description="higher is better; comparable only within one answer")
    timestamp: datetime

    @classmethod
    def of(cls, hit: SearchHit) -> Self:
        """Return a hit as it is shown."""
        return cls.model_validate(hit, from_attributes=True)


class Hits(BaseModel):
    """The best hits, best first."""

    items: list[Hit]


class StoredReply(BaseModel):
    """The whole reply of a stored chat. `user_message` is null for one made anew or continued."""

    kind: Literal["stored"] = "stored"
    generation_id: str
    chat_id: str
    user_message: Message | None
    message: Message


class SaidMessage(BaseModel):
    """What a model said, in OpenAI's shape."""

    role: Literal["assistant"] = "assistant"
    content: str


class StatelessReply(BaseModel):
    """The whole reply of a request without a chat."""

    kind: Literal["stateless"] = "stateless"
    model: str
    message: SaidMessage
    finish_reason: FinishReason
    usage: TokenUsage
    timings: TimeSpent


class CallDecision(Body):
    """A person's word on a call that waits."""

    call_id: Id
    verdict: Verdict = Field(
        description="`always`: the tool, as it is now, runs in this chat without being asked for again"
    )
    reason: Reason | None = Field(None, description="why not; the model is told")


class Approvals(Body):
    """What a person says to calls that wait."""

    decisions: Annotated[list[CallDecision], Field(min_length=1, max_length=64)]

    def by_call(self) -> dict[str, Decision]:
        """Return the decisions by the ids of their calls."""
        return {one.call_id: Decision(one.verdict, one.reason) for one in self.decisions}


class CallAnswer(Body):
    """A person's answer to what a tool's server asks in the middle of a call."""

    question_id: Id
    action: Action
    content: SmallObject = Field(
        default_factory=dict, description="what was entered, by the names of the fields; taken with `accept`"
    )


class StoppedReply(BaseModel):
    """What Stop did, when the engine is free."""

    generation_id: str
    stopped: bool = Field(description="false where it had ended already")
    stop_ms: float | None = Field(description="until the engine was free; null where it does not tell")
    message: Message | None = Field(description="null for a generation without a chat")


class ChatHealth(BaseModel):
    """The chat routes answer."""

    status: Literal["ok"] = "ok"


class CompletionRequest(ReplyRequest):
    """Body of `POST /api/chat/completion`."""

    stream: bool = Field(False, description="answer with Server-Sent Events instead of the whole reply")


class DraftFile(Body):
    """An attached file of a draft."""

    file_id: Id
    pages: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="only so many of its pages are read, from the first on"
    )


class ContextRequest(Body):
    """Body of `POST /api/chat/context`: what would be sent."""

    model: ModelName | None = Field(None, description="left out: the chat's own, then the default one")
    chat_id: Id | None = None
    parent_id: Id | None = Field(None, description="left out: the active leaf; null: a new root")
    content: Annotated[str, Field(max_length=CONTENT_CHARS), STORABLE] | None = None
    files: Annotated[list[DraftFile], Field(max_length=256)] = Field(default_factory=list)
    system_prompt: SystemPrompt | None = None
    tools: Annotated[list[SmallObject], Field(max_length=128)] | None = Field(
        None, description="of the request; left out: the chat's own; null: as if it had none of its own"
    )


class Remedy(BaseModel):
    """What would make a prompt fit; what else is set depends on `kind`."""

    kind: Literal["pages", "without_tools", "summarise", "new_chat", "larger_context", "other_model"]
    file_id: str | None = Field(description="`pages`: the document of which less is to be read")
    pages: int | None = Field(description="`pages`: so many of its pages")
    model: str | None = Field(description="`larger_context`, `other_model`")
    context_length: int | None = Field(
        description="`larger_context`: to start with; `other_model`: what it has"
    )


class ContextSize(BaseModel):
    """How much of a model's context a draft would take."""

    model: str
    prompt_tokens: int
    context_length: int | None = Field(description="tokens of one reply and its prompt together")
    exact: bool = Field(description="counted by the engine; else an estimate")
    tools: int = Field(description="tools whose definitions are counted, those of tool servers included")
    over: int = Field(description="tokens that are too many: sent like this, it would be refused")
    beyond: list[str] = Field(description="ids of the earliest messages, which would have to go")
    unseen: list[str] = Field(description="names of earlier images that this model is not shown")
    remedies: list[Remedy] = Field(description="what would make it fit, or leave an answer more room")


class ChatModel(BaseModel):
    """A model one can talk to."""

    id: str = Field(description="the name requests use")
    name: str
    description: str
    engine: str
    state: str = Field(description="as in `GET /api/models`")
    context_length: int | None
    capabilities: list[str]
    demonstration: bool

    @classmethod
    def of(cls, info: ModelInfo) -> Self:
        """Return a model as it is shown here."""
        return cls.model_validate(info, from_attributes=True)


class ChatModels(BaseModel):
    """The models one can talk to."""

    data: list[ChatModel]
