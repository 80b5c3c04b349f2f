"""Is it alive, is it ready, and how is it."""

from typing import Annotated, Literal

from fastapi import Depends, Response
from pydantic import BaseModel, Field

from stellarchat.api import deps
from stellarchat.api.routes import Routes
from stellarchat.core.errors import StellarChatError
from stellarchat.core.version import __version__

router = Routes(tags=["system"])


class Part(BaseModel):
    """One thing the server depends on."""

    status: Literal["ok", "unavailable"]
    error: str | None = None


class ServerHealth(BaseModel):
    """`status` is `ok`, `stopping` after SIGTERM, or `unavailable` where the database does not answer."""

    status: Literal["ok", "stopping", "unavailable"]
    version: str = __version__
    database: Part
    engines: dict[str, bool] = Field(description="which engines can be used here")
    instances: dict[str, int] = Field(description="how many instances are in which state")


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


@router.get("/health/live")
async def live() -> Alive:
    """Answers as long as the process runs."""
    return Alive()


@router.get("/health/ready", responses={503: {"model": ServerHealth}})
async def ready(
    services: Annotated[deps.Services, Depends(deps.services)], response: Response
) -> ServerHealth:
    """200 while new work is taken, 503 otherwise."""
    health = await _look(services)
    if health.status != "ok":
        response.status_code = 503
    return health


@router.get("/api/health", operation_id="system_api_health")
@router.get("/health")
async def health(services: Annotated[deps.Services, Depends(deps.services)]) -> ServerHealth:
    """How the server is: database, engines, instances."""
    return await _look(services)


async def _look(services: deps.Services) -> ServerHealth:
    database = Part(status="ok")
    try:
        await services.readiness.database()
    except StellarChatError as error:
        database = Part(status="unavailable", error=error.message)
    counts: dict[str, int] = {}
    for instance in services.instances.running():
        counts[instance.state] = counts.get(instance.state, 0) + 1
    status: Literal["ok", "stopping", "unavailable"] = "ok"
    if services.readiness.draining:
        status = "stopping"
    elif database.status != "ok":
        status = "unavailable"
    return ServerHealth(
        status=status, database=database, engines=services.readiness.engines(), instances=counts
    )
