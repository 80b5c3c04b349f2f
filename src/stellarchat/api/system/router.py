"""Routes of the system surface: models, settings, metrics, version."""

import asyncio
from typing import Annotated

from fastapi import Depends
from fastapi.responses import PlainTextResponse

from stellarchat.api import deps
from stellarchat.api.bodies import check_sampling
from stellarchat.api.limits import Limits
from stellarchat.api.routes import Routes
from stellarchat.api.system import docs, health, own_endpoint
from stellarchat.api.system.schemas import ModelInfo, ModelList, SettingsChange, SettingsShown, Version
from stellarchat.core.version import __version__
from stellarchat.services.models import Models
from stellarchat.services.preferences import Preferences
from stellarchat.services.watching.engine_metrics import EngineMetrics
from stellarchat.services.watching.machine_metrics import MachineMetrics
from stellarchat.services.watching.metrics import CONTENT_TYPE, Metrics

router = Routes(tags=["system"])
router.take(health.router, docs.router, own_endpoint.router)


@router.get("/api/models")
async def list_models(
    models: Annotated[Models, Depends(deps.models)], user: Annotated[str, Depends(deps.user)]
) -> ModelList:
    """All models that can be talked to now, and those that can be started or downloaded."""
    default = await models.default(user)
    found = [*await models.all(), *await models.own(user)]
    return ModelList(data=[ModelInfo.of(info, default) for info in found])


@router.get("/api/settings")
async def read_settings(
    preferences: Annotated[Preferences, Depends(deps.preferences)],
    user: Annotated[str, Depends(deps.user)],
) -> SettingsShown:
    """What the caller has chosen."""
    return SettingsShown.of(await preferences.get(user))


@router.patch("/api/settings")
async def change_settings(
    change: SettingsChange,
    preferences: Annotated[Preferences, Depends(deps.preferences)],
    limits: Annotated[Limits, Depends(deps.limits)],
    user: Annotated[str, Depends(deps.user)],
) -> SettingsShown:
    """Change what the caller has chosen."""
    check_sampling(change.params or {}, limits, "params.")
    for model, params in (change.model_params or {}).items():
        check_sampling(params or {}, limits, f"model_params.{model}.")
    return SettingsShown.of(await preferences.change(user, change.model_dump(exclude_unset=True)))


@router.get("/api/version")
async def version() -> Version:
    """Which program this is."""
    return Version(version=__version__)


@router.get("/metrics", response_class=PlainTextResponse)
async def measured(
    metrics: Annotated[Metrics, Depends(deps.metrics)],
    engines: Annotated[EngineMetrics, Depends(deps.engine_metrics)],
    machine: Annotated[MachineMetrics, Depends(deps.machine_metrics)],
) -> PlainTextResponse:
    """Everything measured, in Prometheus' text format: of us, of the machine, and of the engines."""
    measured, seen = await asyncio.gather(engines.render(), machine.render())
    return PlainTextResponse(metrics.render() + seen + measured, media_type=CONTENT_TYPE)
