"""What is taken and shown of tool servers."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, SecretStr, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from stellarchat.api.schemas import ErrorBody, Shown
from stellarchat.api.turns import STORABLE, Body, Id
from stellarchat.core.tools import Policy, Transport
from stellarchat.services.tools.connection import Connection, ConnectionState
from stellarchat.services.tools.servers import Known

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), STORABLE]
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2048), STORABLE]
Word = Annotated[str, Field(max_length=4096), STORABLE]
Secret = Annotated[SecretStr, Field(max_length=8192)]
Secrets = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=128)], Secret | None],
    Field(max_length=64, description="never shown again; null keeps the stored value of that name"),
]
Users = Annotated[list[Id], Field(max_length=1000)]
ToolName = Annotated[str, Field(min_length=1, max_length=128), STORABLE]


class _Fields(Body):
    def fields(self) -> dict[str, Any]:
        """Return what was given, secrets as they are."""
        given = self.model_dump(exclude_unset=True, exclude={"transport"})
        for name in ("env", "headers"):
            if given.get(name) is not None:
                given[name] = {key: _plain(value) for key, value in given[name].items()}
        if "client_secret" in given:
            given["client_secret"] = _plain(given["client_secret"])
        return {name: value for name, value in given.items() if value is not None or name in _NULL_IS_A_VALUE}


_NULL_IS_A_VALUE = frozenset({"user_ids", "timeout_seconds", "client_id"})


class _Server(_Fields):
    url: Url | None = Field(None, description="of a server over HTTP")
    headers: Secrets | None = Field(None, description="sent to that address and to no other; secret")
    command: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4096), STORABLE] | None = (
        Field(None, description="a program on the server's machine; never a shell")
    )
    args: Annotated[list[Word], Field(max_length=100)] | None = Field(
        None, description="its arguments, one by one"
    )
    env: Secrets | None = Field(None, description="variables of its environment; secret")
    oauth: bool | None = Field(None, description="each person logs in at its service (over HTTP only)")
    client_id: Annotated[str, Field(max_length=2048), STORABLE] | None = Field(
        None, description="the application that was registered there by hand; null: it registers itself"
    )
    client_secret: Secret | None = Field(None, description="of that application; never shown again")
    approved: bool | None = Field(None, description="true: this command was looked at and may run")
    user_ids: Users | None = Field(None, description="who may use it; null: everybody")
    policy: Policy | None = Field(
        None, description="for tools that nothing else was decided for: `ask` (at first) or `never`"
    )
    timeout_seconds: Annotated[float, Field(ge=1, le=3600)] | None = Field(
        None, description="what one call may take; null: the setting's"
    )


class AddServer(_Server):
    """A tool server to add."""

    name: Title
    transport: Transport
    enabled: bool = True

    @model_validator(mode="after")
    def _where(self) -> Self:
        if self.transport is Transport.HTTP and not self.url:
            raise PydanticCustomError("tool_no_url", "a server of this transport has a `url`")
        if self.transport is Transport.STDIO and not self.command:
            raise PydanticCustomError("tool_no_command", "a server of this transport has a `command`")
        return self


class ChangeServer(_Server):
    """What to change. A changed command has to be approved again."""

    name: Title | None = None
    enabled: bool | None = None


class Decisions(Body):
    """What holds for tools, by name; null: what the server's own policy says."""

    policies: Annotated[dict[ToolName, Policy | None], Field(max_length=200)]


class ToolShown(Shown):
    """A tool as its server tells of it; nothing of it is to be trusted."""

    name: str
    title: str | None
    description: str
    schema_: dict[str, JsonValue] = Field(
        alias="schema", validation_alias="schema", serialization_alias="schema"
    )
    read_only: bool | None = Field(description="the server's own claim")
    destructive: bool | None = Field(description="the server's own claim")
    refused: str | None = Field(description="why it is not offered to models")
    policy: Policy = Field(Policy.ASK, description="what holds for it now")
    changed: bool = Field(False, description="it was allowed for good and is another one since")


class ServerShown(Shown):
    """A tool server as an administrator sees it."""

    id: str
    name: str
    label: str = Field(description="what its tools' names begin with")
    transport: Transport
    url: str | None
    command: str | None
    args: list[str]
    secret_names: list[str] = Field(description="names of its headers or variables; values are not shown")
    enabled: bool
    user_ids: list[str] | None
    policy: Policy
    timeout_seconds: float | None
    oauth: bool = Field(description="each person logs in at its service")
    client_id: str | None
    created_at: datetime
    updated_at: datetime
    state: ConnectionState
    error: ErrorBody | None
    retry_in: float | None = Field(description="seconds until the next try to connect")
    says: str = Field(description="its own name and version")
    tool_count: int | None

    @classmethod
    def of(cls, known: Known) -> Self:
        """Return a server as it is shown."""
        server = known.server
        return cls(
            **{name: getattr(server, name) for name in _SAME},
            secret_names=known.secret_names,
            state=known.state,
            error=ErrorBody.of(known.error),
            retry_in=known.retry_in,
            says=known.says,
            tool_count=known.tool_count,
        )


_SAME = (
    *("id", "name", "label", "transport", "url", "command", "args", "enabled", "user_ids", "policy"),
    *("timeout_seconds", "oauth", "client_id", "created_at", "updated_at"),
)


class ServerTest(Shown):
    """What a try to connect came to."""

    reachable: bool
    says: str
    tools: list[ToolShown]
    took_ms: float | None
    error: ErrorBody | None


class Servers(Shown):
    """All tool servers. `missing` says what to install where tools cannot be used yet."""

    object: Literal["list"] = "list"
    data: list[ServerShown]
    missing: str | None


class OfferShown(Shown):
    """A tool server as people see it who may use it."""

    id: str
    name: str
    label: str
    state: ConnectionState
    error: ErrorBody | None
    login: Literal["none", "needed", "done"] = Field(
        description="whether the caller has to log in at its service"
    )

    @classmethod
    def of(cls, server: Any, connection: Connection, logged_in: bool) -> Self:
        """Return a server as it is offered."""
        return cls(
            id=server.id,
            name=server.name,
            label=server.label,
            state=connection.state,
            error=ErrorBody.of(connection.error),
            login=("done" if logged_in else "needed") if server.oauth else "none",
        )


class LoginStart(Shown):
    """Where the browser has to go to log in at a tool server's service."""

    url: str


class Offers(Shown):
    """The tool servers that the caller may use."""

    object: Literal["list"] = "list"
    data: list[OfferShown]


class Tools(Shown):
    """The tools of a server."""

    object: Literal["list"] = "list"
    data: list[ToolShown]


class ResourceShown(Shown):
    """What a server lets people read."""

    uri: str
    name: str
    description: str
    media_type: str | None
    size: int | None = Field(description="bytes, where it is known")


class Resources(Shown):
    """What people may read of a server."""

    object: Literal["list"] = "list"
    data: list[ResourceShown]


class ReadResource(Body):
    """Which resource is to be read."""

    uri: Annotated[str, Field(min_length=1, max_length=2048), STORABLE]


class ContentShown(Shown):
    """What a resource holds: text, or bytes in base64."""

    text: str | None
    data: str | None
    media_type: str | None


class Contents(Shown):
    """What a resource holds, piece by piece."""

    data: list[ContentShown]


class ArgumentShown(Shown):
    """What a server's prompt asks for."""

    name: str
    description: str
    required: bool


class ServerPromptShown(Shown):
    """A text that a server writes for people to send."""

    name: str
    title: str | None
    description: str
    arguments: list[ArgumentShown]


class ServerPrompts(Shown):
    """The prompts that a server offers."""

    object: Literal["list"] = "list"
    data: list[ServerPromptShown]


class WantedPrompt(Body):
    """Which prompt is to be written, and with what."""

    name: ToolName
    arguments: dict[ToolName, Annotated[str, Field(max_length=100_000), STORABLE]] = Field(
        default_factory=dict, max_length=20
    )


class WrittenPrompt(Shown):
    """The text of a server's prompt."""

    text: str


class Log(Shown):
    """The last lines that a server wrote, oldest first."""

    lines: list[str]


def _plain(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
