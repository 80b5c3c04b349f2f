"""The caller's own endpoint: one server and one model that nobody else sees."""

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from stellarchat.api import deps
from stellarchat.api.routes import Routes
from stellarchat.api.schemas import EndpointTest, Shown
from stellarchat.services.choices import Choices, Custom
from stellarchat.services.endpoints.own import OwnEndpoints, checked_key

router = Routes(prefix="/api/own-endpoint", tags=["system"])

User = Annotated[str, Depends(deps.user)]
ChoicesDep = Annotated[Choices, Depends(deps.choices)]
OwnDep = Annotated[OwnEndpoints, Depends(deps.own)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Url = Annotated[Word, Field(max_length=2048, description="its address up to and including `/v1`")]
Key = Annotated[
    SecretStr, Field(max_length=4096, description="never shown again; left out: the one stored; empty: none")
]


class OwnEndpoint(BaseModel):
    """What to store."""

    model_config = ConfigDict(extra="forbid")

    base_url: Url
    model: Annotated[Word, Field(max_length=200, description="its name there")]
    api_key: Key | None = None


class TryOwnEndpoint(BaseModel):
    """What to try."""

    model_config = ConfigDict(extra="forbid")

    base_url: Url
    api_key: Key | None = None


class OwnShown(Shown):
    """An own endpoint; `id` is the model's name in requests."""

    id: str
    base_url: str
    model: str
    host: str
    has_key: bool


class OwnState(BaseModel):
    """What the caller has."""

    endpoint: OwnShown | None


@router.get("")
async def read_own_endpoint(user: User, own: OwnDep) -> OwnState:
    """The caller's own endpoint; its key is never shown."""
    found = await own.get(user)
    return OwnState(endpoint=None if found is None else OwnShown.model_validate(found))


@router.put("")
async def put_own_endpoint(user: User, choices: ChoicesDep, body: OwnEndpoint) -> OwnState:
    """Store it in place of an earlier one; its model is in the caller's list at once."""
    custom = Custom(base_url=body.base_url, model=body.model, api_key=_plain(body.api_key))
    return OwnState(endpoint=OwnShown.model_validate(await choices.put_own(user, custom)))


@router.delete("", status_code=204)
async def remove_own_endpoint(user: User, choices: ChoicesDep) -> None:
    """Remove it, with its key; chats keep what was said."""
    await choices.remove_own(user)


@router.post("/test")
async def test_own_endpoint(user: User, own: OwnDep, body: TryOwnEndpoint) -> EndpointTest:
    """Ask an address for its models."""
    key = checked_key(_plain(body.api_key), "api_key")
    return EndpointTest.model_validate(await own.test(user, body.base_url, key))


def _plain(key: SecretStr | None) -> str | None:
    return None if key is None else key.get_secret_value()
