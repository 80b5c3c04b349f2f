"""Remote servers whose models are offered like those here."""

from typing import Annotated

from fastapi import Depends

from stellarchat.api import deps
from stellarchat.api.control.endpoint_schemas import (
    AddEndpoint,
    ChangeEndpoint,
    EndpointShown,
    TestEndpoint,
)
from stellarchat.api.control.envelope import Wrapper
from stellarchat.api.control.schemas import Envelope
from stellarchat.api.routes import Routes
from stellarchat.api.schemas import EndpointTest
from stellarchat.services.endpoints.remotes import Remotes

router = Routes(prefix="/api/v1/endpoints", tags=["control"], dependencies=[Depends(deps.admin)])

Wrap = Annotated[Wrapper, Depends(Wrapper)]
RemotesDep = Annotated[Remotes, Depends(deps.remotes)]


@router.get("")
async def list_endpoints(wrap: Wrap, remotes: RemotesDep) -> Envelope[list[EndpointShown]]:
    """All endpoints, those of the configuration first. A key is never shown."""
    return wrap([EndpointShown.model_validate(known) for known in remotes.list()])


@router.post("")
async def add_endpoint(body: AddEndpoint, wrap: Wrap, remotes: RemotesDep) -> Envelope[EndpointShown]:
    """Add one; its models are offered at once."""
    wrap.about(body.name)
    return wrap(EndpointShown.model_validate(await remotes.add(body.fields())))


@router.post("/test")
async def test_endpoint(body: TestEndpoint, wrap: Wrap, remotes: RemotesDep) -> Envelope[EndpointTest]:
    """Ask an address, or one of the list, for its models."""
    if body.id is not None:
        return wrap(EndpointTest.model_validate(await remotes.test_known(body.id)))
    assert body.base_url is not None
    return wrap(EndpointTest.model_validate(await remotes.test(body.base_url, body.key())))


@router.patch("/{endpoint_id}")
async def change_endpoint(
    endpoint_id: str, body: ChangeEndpoint, wrap: Wrap, remotes: RemotesDep
) -> Envelope[EndpointShown]:
    """Change the fields given; its connections are closed."""
    return wrap(EndpointShown.model_validate(await remotes.change(endpoint_id, body.fields())))


@router.delete("/{endpoint_id}")
async def remove_endpoint(endpoint_id: str, wrap: Wrap, remotes: RemotesDep) -> Envelope[None]:
    """Remove one; its models are gone and its connections closed."""
    await remotes.remove(endpoint_id)
    return wrap(None)
