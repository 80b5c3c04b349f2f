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


# all of these are coroutines because FastAPI sends plain functions to a thread, for every request


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
        raise Unauthorized("You are not logged in.", remedy="Log in, or send an API key.")
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
        )
    return found.user_id


async def person(connection: HTTPConnection) -> Caller:
    """Return who is calling, where a key is not enough: it must be a login of theirs."""
    found = calling(connection.scope)
    if found.key_id is not None:
        raise Forbidden("An API key may not do that.", remedy="Log in with your password.")
    return found


async def reception(connection: HTTPConnection) -> Reception:
    """Accounts, logins, keys, invitations."""
    return _all(connection).reception


async def chats(connection: HTTPConnection) -> Chats:
    """Chats and their messages."""
    return _all(connection).chats


async def conversations(connection: HTTPConnection) -> Conversations:
    """Chats as simple conversations."""
    return _all(connection).conversations


async def choices(connection: HTTPConnection) -> Choices:
    """Which model answers a user."""
    return _all(connection).choices


async def own(connection: HTTPConnection) -> OwnEndpoints:
    """Users' own endpoints."""
    return _all(connection).own


async def context(connection: HTTPConnection) -> Context:
    """How much of a model's context a message would take."""
    return _all(connection).context


async def search(connection: HTTPConnection) -> Search:
    """Full-text search."""
    return _all(connection).search


async def generations(connection: HTTPConnection) -> Generations:
    """Starting, following and stopping replies."""
    return _all(connection).generations


async def gateway(connection: HTTPConnection) -> Gateway:
    """Who answers for a model."""
    return _all(connection).gateway


async def inference(connection: HTTPConnection) -> Inference:
    """Answers that belong to no chat."""
    return _all(connection).inference


async def vectors(connection: HTTPConnection) -> Vectors:
    """Embeddings and rankings."""
    return _all(connection).vectors


async def responses(connection: HTTPConnection) -> Responses:
    """Earlier answers of the Responses API."""
    return _all(connection).responses


async def instances(connection: HTTPConnection) -> Instances:
    """Running models."""
    return _all(connection).instances


async def engines(connection: HTTPConnection) -> Engines:
    """What runs models here."""
    return _all(connection).engines


async def history(connection: HTTPConnection) -> History:
    """How instances have done lately."""
    return _all(connection).history


async def verifier(connection: HTTPConnection) -> Verifier:
    """What instances were found to do."""
    return _all(connection).verifier


async def engine_metrics(connection: HTTPConnection) -> EngineMetrics:
    """What engines measure of themselves."""
    return _all(connection).engine_metrics


async def machine_metrics(connection: HTTPConnection) -> MachineMetrics:
    """What the machine has left."""
    return _all(connection).machine_metrics


async def catalog(connection: HTTPConnection) -> Catalog:
    """Models there are."""
    return _all(connection).catalog


async def downloads(connection: HTTPConnection) -> Downloads:
    """Weights on their way."""
    return _all(connection).downloads


async def library(connection: HTTPConnection) -> Library:
    """What a person does with the catalogue."""
    return _all(connection).library


async def remotes(connection: HTTPConnection) -> Remotes:
    """Remote servers."""
    return _all(connection).remotes


async def starting(connection: HTTPConnection) -> Starting:
    """From a model's name to a running instance."""
    return _all(connection).starting


async def models(connection: HTTPConnection) -> Models:
    """All models, local and remote, and which is meant where none was named."""
    return _all(connection).models


async def preferences(connection: HTTPConnection) -> Preferences:
    """What a user has chosen."""
    return _all(connection).preferences


async def images(connection: HTTPConnection) -> Images:
    """Pictures from outside."""
    return _all(connection).images


async def files(connection: HTTPConnection) -> Files:
    """Attached files."""
    return _all(connection).files


def collection(connection: HTTPConnection) -> Collection:
    """A person's files as a whole."""
    return _all(connection).collection


async def summaries(connection: HTTPConnection) -> Summaries:
    """Earlier messages in few words."""
    return _all(connection).summaries


async def exports(connection: HTTPConnection) -> Exports:
    """Chats as files."""
    return _all(connection).exports


async def sharing(connection: HTTPConnection) -> Sharing:
    """Links to chats."""
    return _all(connection).sharing


async def shelves(connection: HTTPConnection) -> Shelves:
    """Folders, tags, many chats at once, the trash."""
    return _all(connection).shelves


async def imports(connection: HTTPConnection) -> Imports:
    """Files as chats."""
    return _all(connection).imports


async def tool_servers(connection: HTTPConnection) -> ToolServers:
    """Servers of tools."""
    return _all(connection).tool_servers


async def bus(connection: HTTPConnection) -> Bus:
    """Changes, for live updates."""
    return _all(connection).bus


async def metrics(connection: HTTPConnection) -> Metrics:
    """Counters and timers."""
    return _all(connection).metrics


async def readiness(connection: HTTPConnection) -> Readiness:
    """Whether the server takes new work."""
    return _all(connection).readiness


async def prompts(connection: HTTPConnection) -> Prompts:
    """Texts to write again."""
    return _all(connection).prompts


async def comparisons(connection: HTTPConnection) -> Comparisons:
    """Several models side by side."""
    return _all(connection).comparisons


async def personas(connection: HTTPConnection) -> Personas:
    """Ways to be answered."""
    return _all(connection).personas


async def limits(connection: HTTPConnection) -> Limits:
    """How much one request may ask for."""
    return _all(connection).limits


async def usage(connection: HTTPConnection) -> UsageBooks:
    """What answers took."""
    return _all(connection).usage


async def feedback(connection: HTTPConnection) -> Feedback:
    """What people think of replies."""
    return _all(connection).feedback


async def audit(connection: HTTPConnection) -> Audit:
    """Who did what."""
    return _all(connection).audit


async def backups(connection: HTTPConnection) -> Backups:
    """Copies of everything."""
    return _all(connection).backups


async def people(connection: HTTPConnection) -> People:
    """Users as administrators see them."""
    return _all(connection).people


async def names(connection: HTTPConnection) -> Names:
    """How users are called."""
    accounts = _all(connection).reception.accounts

    async def named(ids: Iterable[str] | None) -> dict[str, str]:
        wanted = None if ids is None else set(ids)
        return {one.id: one.name for one in await accounts.list() if wanted is None or one.id in wanted}

    return named
