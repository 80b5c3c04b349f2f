"""Tools of MCP servers: what an administrator adds, and what such a server tells of its tools."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class Transport(StrEnum):
    """How a tool server is spoken to: over HTTP ("streamable HTTP"), or as a program of our own machine."""

    HTTP = "http"
    STDIO = "stdio"


class Policy(StrEnum):
    """Whether a call waits for a person: `ask` each time, `always` run it, `never` offer the tool."""

    ASK = "ask"
    ALWAYS = "always"
    NEVER = "never"


class CallState(StrEnum):
    """`written`: nobody here runs it, or not yet. `waiting`: for a person. `cut`: begun, and nobody knows
    what it came to. `done`, `failed` and `denied` have a result that the model is told.
    """

    WRITTEN = "written"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    DENIED = "denied"
    CUT = "cut"


ANSWERED = frozenset({CallState.DONE, CallState.FAILED, CallState.DENIED, CallState.CUT})
"""States that a model is told of."""


class ToolPolicy(msgspec.Struct, frozen=True):
    """What was decided for one tool. `always` holds for the tool as it was then: for this `digest`."""

    policy: Policy
    digest: str | None = None


class ToolServer(msgspec.Struct, kw_only=True):
    """A server of tools, as an administrator added it.

    `label` is its name in what models are told, of letters, digits, `-` and `_`. `sealed` are its secrets
    (environment or headers) as the services sealed them. `user_ids` None means that everybody may use it.
    `policy` holds for tools that `policies` do not name. `oauth`: each person logs in there with a login of
    their own, by the application `client_id` (None: one that registers itself).
    """

    id: str
    name: str
    label: str
    transport: Transport
    url: str | None = None
    command: str | None = None
    args: list[str] = msgspec.field(default_factory=list)
    sealed: bytes | None = None
    enabled: bool = True
    user_ids: list[str] | None = None
    policy: Policy = Policy.ASK
    policies: dict[str, ToolPolicy] = msgspec.field(default_factory=dict)
    timeout_seconds: float | None = None
    created_by: str
    created_at: datetime
    updated_at: datetime
    oauth: bool = False
    client_id: str | None = None
    client_sealed: bytes | None = None


class ToolLogin(msgspec.Struct, kw_only=True):
    """A person's login at a tool server; `sealed` are the tokens as the services sealed them."""

    id: str
    server_id: str
    user_id: str
    sealed: bytes
    created_at: datetime
    updated_at: datetime


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What a server lets people read: a file, a page, a record. `size` is in bytes, where it is known."""

    uri: str
    name: str
    description: str = ""
    media_type: str | None = None
    size: int | None = None


class Content(msgspec.Struct, frozen=True):
    """What a resource holds: text, or bytes in base64."""

    text: str | None
    data: str | None
    media_type: str | None


class PromptArgument(msgspec.Struct, frozen=True, kw_only=True):
    """What a server's prompt asks for."""

    name: str
    description: str = ""
    required: bool = False


class ServerPrompt(msgspec.Struct, frozen=True, kw_only=True):
    """A text that a server writes for people to send."""

    name: str
    title: str | None = None
    description: str = ""
    arguments: list[PromptArgument] = []


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """One tool as its server tells of it. `digest` changes with anything a person or a model reads of it.

    `refused` says why it is not offered. `read_only` and `destructive` are the server's own claims.
    """

    name: str
    title: str | None = None
    description: str = ""
    schema: dict[str, Any] = msgspec.field(default_factory=dict)
    digest: str = ""
    read_only: bool | None = None
    destructive: bool | None = None
    refused: str | None = None


class OutputKind(StrEnum):
    """What a piece of a result is: `image` is a `data:` URL, `link` an address that nobody has asked."""

    TEXT = "text"
    JSON = "json"
    IMAGE = "image"
    LINK = "link"


class Output(msgspec.Struct, frozen=True):
    """A piece of a tool's result. It is shown as what `kind` says and never as HTML."""

    kind: OutputKind
    text: str


class Returned(msgspec.Struct, frozen=True):
    """What a call came to. `failed`: the tool itself says that it did not work."""

    outputs: tuple[Output, ...]
    failed: bool = False


class Option(msgspec.Struct, frozen=True):
    """One of the values that a person may choose from, and what it is called."""

    value: str
    label: str


class FieldKind(StrEnum):
    """What is entered in a field of a question. `choice` is one of its options, `choices` any of them."""

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"


class QuestionField(msgspec.Struct, frozen=True, kw_only=True):
    """What a server asks for. `least` and `most` bound a number, a text's characters, or how many are chosen.

    `format` is of a string: `email`, `uri`, `date` or `date-time`.
    """

    name: str
    kind: FieldKind
    title: str
    description: str = ""
    required: bool = False
    default: str | float | bool | list[str] | None = None
    format: str | None = None
    least: float | None = None
    most: float | None = None
    options: tuple[Option, ...] = ()


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a server asks the person in the middle of a call: to fill in a form, or to open an address.

    `first`: the call runs only once the person says that what is to be done there is done.
    """

    id: str
    message: str
    fields: tuple[QuestionField, ...] = ()
    url: str | None = None
    first: bool = False


class Action(StrEnum):
    """What a person does with a question: answer it, refuse to, or leave it."""

    ACCEPT = "accept"
    DECLINE = "decline"
    CANCEL = "cancel"


class Answer(msgspec.Struct, frozen=True):
    """A person's answer to a question; `content` is what was entered, by the names of the fields."""

    action: Action
    content: dict[str, Any] = {}


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A person's word that a tool, as `digest` has it, may always run in a chat."""

    chat_id: str
    server_id: str
    tool: str
    digest: str
    created_at: datetime
