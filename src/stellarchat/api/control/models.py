"""The catalogue, and what runs of it."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated

import msgspec
from fastapi import Depends, Query, Response

from stellarchat.api import deps
from stellarchat.api.control.envelope import Wrapper
from stellarchat.api.control.schemas import (
    CatalogModel,
    ChangeInstance,
    Envelope,
    Instance,
    InstanceStopReport,
    Logs,
    StartModel,
    StartProgress,
)
from stellarchat.api.routes import Routes
from stellarchat.api.sse import EventStream, events
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.instances.instances import Instances
from stellarchat.services.instances.starting import Progress, Starting
from stellarchat.services.models import Models

ADMIN = [Depends(deps.admin)]
router = Routes(prefix="/api/v1", tags=["control"])

Wrap = Annotated[Wrapper, Depends(Wrapper)]
InstancesDep = Annotated[Instances, Depends(deps.instances)]
ModelsDep = Annotated[Models, Depends(deps.models)]
CatalogDep = Annotated[Catalog, Depends(deps.catalog)]


@router.get("/models")
async def catalogue(wrap: Wrap, models: ModelsDep, catalog: CatalogDep) -> Envelope[list[CatalogModel]]:
    """The catalogue; of each variant whether it is here, and whether it fits."""
    infos = await models.all()
    return wrap([CatalogModel.of(entry, infos) for entry in catalog.entries()])


@router.post("/models/start", dependencies=ADMIN)
async def start(
    body: StartModel, wrap: Wrap, instances: InstancesDep, models: ModelsDep, catalog: CatalogDep
) -> Envelope[Instance]:
    """Start a variant and return at once. The same again returns the instance that runs."""
    wrap.about(body.model_id)
    variant = catalog.choose(
        body.model_id,
        size=body.size,
        quantization=body.quantization,
        format=body.format,
        engine=body.engine_type,
    )
    instance = await instances.start(variant.id, body.options())
    return wrap(Instance.model_validate(models.busy(instance)))


@router.post(
    "/models/start-stream",
    status_code=200,
    response_class=Response,
    response_model=StartProgress,
    responses={200: {"content": events("StartProgress"), "description": "How far it is"}},
    dependencies=ADMIN,
)
async def start_stream(
    body: StartModel, wrap: Wrap, catalog: CatalogDep, starting: Annotated[Starting, Depends(deps.starting)]
) -> EventStream:
    """The same, told as it goes: resolve, download, launch, load, ready or the engine's real error."""
    wrap.about(body.model_id)
    variant = catalog.choose(
        body.model_id,
        size=body.size,
        quantization=body.quantization,
        format=body.format,
        engine=body.engine_type,
    )
    return EventStream(_told(starting.start(variant, body.options())))


@router.get("/models/running")
async def running(wrap: Wrap, models: ModelsDep) -> Envelope[list[Instance]]:
    """All instances that run, load, or have failed."""
    return wrap([Instance.model_validate(instance) for instance in models.running()])


@router.get("/models/running/{run_id}")
async def running_one(
    run_id: str, wrap: Wrap, instances: InstancesDep, models: ModelsDep
) -> Envelope[Instance]:
    """One instance."""
    return wrap(Instance.model_validate(models.busy(instances.instance(run_id))))


@router.post("/models/running/{run_id}/stop", dependencies=ADMIN)
async def stop(run_id: str, wrap: Wrap, instances: InstancesDep) -> Envelope[InstanceStopReport]:
    """Stop an instance; answers when its processes are gone, with what that gave back."""
    report = await instances.stop(run_id)
    return wrap(
        InstanceStopReport(
            run_id=run_id,
            survivors=list(report.survivors),
            memory_freed_bytes=report.memory_freed_bytes,
            gpu_memory_freed_bytes=report.gpu_memory_freed_bytes,
            took_ms=report.took_ms,
        )
    )


@router.post("/models/running/{run_id}/restart", dependencies=ADMIN)
async def restart(run_id: str, wrap: Wrap, instances: InstancesDep, models: ModelsDep) -> Envelope[Instance]:
    """Stop an instance and start it again with the same options; answers while it loads."""
    return wrap(Instance.model_validate(models.busy(await instances.restart(run_id))))


@router.patch("/models/running/{run_id}", dependencies=ADMIN)
async def change(
    run_id: str, body: ChangeInstance, wrap: Wrap, instances: InstancesDep, models: ModelsDep
) -> Envelope[Instance]:
    """Change an instance while it serves; answers at once.

    New replicas load beside those that serve; those that are too many finish their replies first.
    """
    instance = await instances.update(
        run_id,
        replicas=body.replicas,
        pinned=body.pinned,
        idle_unload_seconds=body.idle_unload_seconds,
    )
    return wrap(Instance.model_validate(models.busy(instance)))


@router.get(
    "/models/running/{run_id}/logs",
    response_model=Envelope[Logs],
    responses={200: {"content": events(), "description": "Its lines, or with `follow` an event for each"}},
    dependencies=ADMIN,
)
async def logs(
    run_id: str,
    wrap: Wrap,
    instances: InstancesDep,
    tail: Annotated[int, Query(ge=1, le=2000)] = 200,
    replica: Annotated[int | None, Query(ge=1, description="by index; the first one there is")] = None,
    follow: Annotated[bool, Query(description="as SSE, an event `line` for each, until it ends")] = False,
) -> Envelope[Logs] | EventStream:
    """The last lines the engine wrote, and with `follow` every new one."""
    if follow:
        return EventStream(_lines(instances.follow(run_id, tail, replica)))
    return wrap(Logs(run_id=run_id, lines=instances.logs(run_id, tail, replica)))


async def _told(steps: AsyncGenerator[Progress]) -> AsyncGenerator[bytes]:
    async for progress in steps:
        shown = StartProgress.model_validate(progress)
        yield f"event: {shown.step}\ndata: {shown.model_dump_json()}\n\n".encode()


async def _lines(lines: AsyncIterator[str]) -> AsyncGenerator[bytes]:
    async for line in lines:
        yield b"event: line\ndata: %b\n\n" % msgspec.json.encode({"line": line})
