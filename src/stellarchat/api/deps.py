"""What a route needs, by FastAPI's dependency injection: the services, and who is calling.

A route asks for one service: `chats: Annotated[Chats, Depends(deps.chats)]`. Plain ASGI callables get
theirs from the composition root in their constructor.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

# Starlette's request classes are needed at run time: FastAPI looks at the parameters' types
from fastapi import Depends
from fastapi.openapi.models import HTTPBearer
from fastapi.requests import HTTPConnection
from fastapi.security.base import SecurityBase

from stellarchat.api.limits import Limits
from stellarchat.api.noting import administrative
from stellarchat.core.accounts import Caller
from stellarchat.core.errors import Forbidden, Unauthorized

if TYPE_CHECKING:
    from stellarchat.api.cookies import CookieStyle
    from stellarchat.services.accounts.reception import Reception
    from stellarchat.services.administration.audit import Audit
    from stellarchat.services.administration.feedback import Feedback
    from stellarchat.services.administration.people import People
    from stellarchat.services.administration.usage import UsageBooks
    from stellarchat.services.answers.gateway import Gateway
    from stellarchat.services.answers.generations import Generations
    from stellarchat.services.answers.inference import Inference
    from stellarchat.services.answers.responses import Responses
    from stellarchat.services.answers.vectors import Vectors
    from stellarchat.services.backups.backups import Backups
    from stellarchat.services.bus import Bus
    from stellarchat.services.catalog.catalog import Catalog
    from stellarchat.services.catalog.downloads import Downloads
    from stellarchat.services.catalog.library import Library
    from stellarchat.services.chats.chats import Chats
    from stellarchat.services.chats.context import Context
    from stellarchat.services.chats.conversations import Conversations
    from stellarchat.services.chats.exports import Exports
    from stellarchat.services.chats.images import Images
    from stellarchat.services.chats.importing.imports import Imports
    from stellarchat.services.chats.search import Search
    from stellarchat.services.chats.sharing import Sharing
    from stellarchat.services.chats.shelves import Shelves
    from stellarchat.services.chats.summaries import Summaries
    from stellarchat.services.choices import Choices
    from stellarchat.services.comparisons.comparisons import Comparisons
    from stellarchat.services.endpoints.own import OwnEndpoints
    from stellarchat.services.endpoints.remotes import Remotes
    from stellarchat.services.files.collection import Collection
    from stellarchat.services.files.files import Files
    from stellarchat.services.instances.engines import Engines
    from stellarchat.services.instances.instances import Instances
    from stellarchat.services.instances.starting import Starting
    from stellarchat.services.models import Models
    from stellarchat.services.preferences import Preferences
    from stellarchat.services.prompts.personas import Personas
    from stellarchat.services.prompts.prompts import Prompts
    from stellarchat.services.tools.servers import ToolServers
    from stellarchat.services.watching.engine_metrics import EngineMetrics
    from stellarchat.services.watching.history import History
    from stellarchat.services.watching.machine_metrics import MachineMetrics
    from stellarchat.services.watching.metrics import Metrics
    from stellarchat.services.watching.verification import Verifier

Names = Callable[[Iterable[str] | None], Awaitable[dict[str, str]]]
"""Tells how users are called: those of some ids, or all."""


@dataclass(slots=True)
class Readiness:
    """Whether the server takes new work.

    `database` raises a StellarChatError where the database does not answer, `engines` tells which are
    usable here.
    """

    database: Callable[[], Coroutine[Any, Any, None]]
    engines: Callable[[], dict[str, bool]]
    draining: bool = False


@dataclass(slots=True)
class Services:
    """Everything the doors may use; made once, by the composition root."""

    chats: Chats
    conversations: Conversations
    choices: Choices
    own: OwnEndpoints
    context: Context
    search: Search
    generations: Generations
    gateway: Gateway
    inference: Inference
    vectors: Vectors
    responses: Responses
    instances: Instances
    engines: Engines
    history: History
    verifier: Verifier
    engine_metrics: EngineMetrics
    machine_metrics: MachineMetrics
    catalog: Catalog
    downloads: Downloads
    library: Library
    remotes: Remotes
    starting: Starting
    models: Models
    preferences: Preferences
    prompts: Prompts
    personas: Personas
    comparisons: Comparisons
    images: Images
    files: Files
    collection: Collection
    summaries: Summaries
    exports: Exports
    imports: Imports
    tool_servers: ToolServers
    sharing: Sharing
    shelves: Shelves
    bus: Bus
    metrics: Metrics
    readiness: Readiness
    usage: UsageBooks
    feedback: Feedback
    audit: Audit
    reception: Reception
    cookie: CookieStyle
    backups: Backups
    people: People
    limits: Limits = field(default_factory=Limits)


def _all(connection: HTTPConnection) -> Services:
    found: Services = connection.app.state.services
    return found


# all of these give coroutines because FastAPI sends plain functions to a thread, for every request


async def services(connection: HTTPConnection) -> Services:
    """Return all services; a route should ask for one of them instead."""
    return _all(connection)


async def caller(connection: HTTPConnection) -> Caller:
    """Return who is calling. Raises Unauthorized for a stranger."""
    return calling(connection.scope)


def calling(scope: Mapping[str, Any]) -> Caller:
    """Return who sent a request, for plain ASGI callables. Raises Unauthorized for a stranger."""
    found: Caller | None = scope.get("state", {}).get("caller")
    if found is None:
        raise Unauthorized(
            "You are not logged in.", remedy="Log in, or send an API key.", sentence="login_needed"
        )
    return found


async def user(connection: HTTPConnection) -> str:
    """Return the id of the user who is calling."""
    return calling(connection.scope).user_id


class AdministratorsOnly(SecurityBase):
    """Marks the routes that ask for an administrator, in the API's description."""

    def __init__(self) -> None:
        self.scheme_name = "administrator"
        self.model = HTTPBearer()

    async def __call__(self) -> None:
        """It checks nothing itself."""


async def admin(
    connection: HTTPConnection, marked: Annotated[None, Depends(AdministratorsOnly())] = None
) -> str:
    """Return the id of the user who is calling, for what only an administrator may do."""
    found = calling(connection.scope)
    administrative(connection.scope)
    if not found.is_admin:
        raise Forbidden(
            "Only administrators may do that.",
            remedy="Ask one."
            if found.key_id is None
            else "Use a key of an administrator with the scope `admin`.",
            sentence="admins_only",
        )
    return found.user_id


async def person(connection: HTTPConnection) -> Caller:
    """Return who is calling, where a key is not enough: it must be a login of theirs."""
    found = calling(connection.scope)
    if found.key_id is not None:
        raise Forbidden("An API key may not do that.", remedy="Log in with your password.")
    return found


def _service(name: str) -> Callable[[HTTPConnection], Awaitable[Any]]:
    """Return what gives a route the service of a name."""
    assert name in Services.__slots__

    async def found(connection: HTTPConnection) -> Any:
        return getattr(_all(connection), name)

    return found


audit = _service("audit")
backups = _service("backups")
bus = _service("bus")
catalog = _service("catalog")
chats = _service("chats")
choices = _service("choices")
collection = _service("collection")
comparisons = _service("comparisons")
context = _service("context")
conversations = _service("conversations")
downloads = _service("downloads")
engine_metrics = _service("engine_metrics")
engines = _service("engines")
exports = _service("exports")
feedback = _service("feedback")
files = _service("files")
gateway = _service("gateway")
generations = _service("generations")
history = _service("history")
images = _service("images")
imports = _service("imports")
inference = _service("inference")
instances = _service("instances")
library = _service("library")
limits = _service("limits")
machine_metrics = _service("machine_metrics")
metrics = _service("metrics")
models = _service("models")
own = _service("own")
people = _service("people")
personas = _service("personas")
preferences = _service("preferences")
prompts = _service("prompts")
readiness = _service("readiness")
reception = _service("reception")
remotes = _service("remotes")
responses = _service("responses")
search = _service("search")
sharing = _service("sharing")
shelves = _service("shelves")
starting = _service("starting")
summaries = _service("summaries")
tool_servers = _service("tool_servers")
usage = _service("usage")
vectors = _service("vectors")
verifier = _service("verifier")


async def names(connection: HTTPConnection) -> Names:
    """How users are called."""
    accounts = _all(connection).reception.accounts

    async def named(ids: Iterable[str] | None) -> dict[str, str]:
        wanted = None if ids is None else set(ids)
        return {one.id: one.name for one in await accounts.list() if wanted is None or one.id in wanted}

    return named
