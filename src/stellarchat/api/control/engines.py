"""What the engines can do here, and how a start would come out."""

from typing import Annotated

from fastapi import Depends, Query

from stellarchat.api import deps
from stellarchat.api.control.envelope import Wrapper
from stellarchat.api.control.schemas import Engine, Envelope, Forecast, LaunchChoice, Name, StartModel
from stellarchat.api.routes import Routes
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.instances.engines import Engines
from stellarchat.services.instances.instances import Instances

router = Routes(prefix="/api/v1", tags=["control"])

Wrap = Annotated[Wrapper, Depends(Wrapper)]
CatalogDep = Annotated[Catalog, Depends(deps.catalog)]
EnginesDep = Annotated[Engines, Depends(deps.engines)]
InstancesDep = Annotated[Instances, Depends(deps.instances)]


@router.get("/engines")
async def list_engines(wrap: Wrap, engines: EnginesDep) -> Envelope[list[Engine]]:
    """Every engine: usable here, or why not and what to do about it."""
    return wrap([Engine.model_validate(info) for info in await engines.all()])


@router.get("/models/options")
async def launch_options(
    wrap: Wrap,
    engines: EnginesDep,
    catalog: CatalogDep,
    model_id: Annotated[Name, Query(description="a model of the catalogue, or a variant's name")],
    engine_type: Annotated[Name | None, Query()] = None,
    size: Annotated[Name | None, Query()] = None,
    quantization: Annotated[Name | None, Query()] = None,
    format: Annotated[Name | None, Query()] = None,
) -> Envelope[LaunchChoice]:
    """The launch options that an engine takes for a variant, and what it would choose itself."""
    variant = catalog.choose(
        model_id, size=size, quantization=quantization, format=format, engine=engine_type
    )
    return wrap(LaunchChoice.model_validate(await engines.options(variant, engine_type)))


@router.post("/models/fit")
async def fit(
    body: StartModel, wrap: Wrap, instances: InstancesDep, catalog: CatalogDep
) -> Envelope[Forecast]:
    """How a start would come out now: the engine, its options, and whether there is memory for it."""
    variant = catalog.choose(
        body.model_id,
        size=body.size,
        quantization=body.quantization,
        format=body.format,
        engine=body.engine_type,
    )
    return wrap(Forecast.model_validate(await instances.foresee(variant.id, body.options())))
