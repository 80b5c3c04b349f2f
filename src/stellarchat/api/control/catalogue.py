"""Models of one's own, and weights that are no longer wanted."""

from typing import Annotated

from fastapi import Depends, status

from stellarchat.api import deps
from stellarchat.api.control.envelope import Wrapper
from stellarchat.api.control.schemas import (
    AddModel,
    CatalogModel,
    Envelope,
    FreedBytes,
    Inspected,
    InspectModel,
)
from stellarchat.api.routes import Routes
from stellarchat.services.catalog.library import Library
from stellarchat.services.models import Models

router = Routes(prefix="/api/v1/models", tags=["control"], dependencies=[Depends(deps.admin)])

Wrap = Annotated[Wrapper, Depends(Wrapper)]
LibraryDep = Annotated[Library, Depends(deps.library)]


@router.post("/inspect")
async def inspect(body: InspectModel, wrap: Wrap, library: LibraryDep) -> Envelope[Inspected]:
    """What weights are, without fetching them: kind, context, forms, abilities, engines."""
    return wrap(Inspected.model_validate(await library.inspect(**body.model_dump())))


@router.post("", status_code=status.HTTP_200_OK)
async def add(
    body: AddModel, wrap: Wrap, library: LibraryDep, models: Annotated[Models, Depends(deps.models)]
) -> Envelope[CatalogModel]:
    """Add a model of one's own to the catalogue; what is left out is looked up."""
    entry = await library.add(body.model_dump(exclude_none=True))
    return wrap(CatalogModel.of(entry, await models.of(entry)))


@router.delete("/{model_id}")
async def take_out(model_id: str, wrap: Wrap, library: LibraryDep) -> Envelope[None]:
    """Take a model of one's own out of the catalogue; downloaded weights stay."""
    await library.take_out(model_id)
    return wrap(None)


@router.delete("/{variant_id}/weights")
async def delete_weights(variant_id: str, wrap: Wrap, library: LibraryDep) -> Envelope[FreedBytes]:
    """Delete downloaded weights; refused while an instance runs them."""
    return wrap(FreedBytes(variant_id=variant_id, freed_bytes=await library.delete_weights(variant_id)))
