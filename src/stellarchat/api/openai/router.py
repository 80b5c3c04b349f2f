"""OpenAI's model list. All routes that ask a model are lanes of the entrance, see `relay` and `responses`."""

from typing import Annotated, Literal

from fastapi import Depends
from pydantic import BaseModel, Field

from stellarchat.api import deps
from stellarchat.api.routes import Routes
from stellarchat.services.models import ModelInfo, Models

router = Routes(prefix="/v1", tags=["openai"])

User = Annotated[str, Depends(deps.user)]
ModelsDep = Annotated[Models, Depends(deps.models)]


class OpenAIModel(BaseModel):
    """A model as OpenAI's clients know it, and what we add.

    `created` is not known of weights and always 0.
    """

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str
    kind: str = Field(description="chat, embedding or rerank")
    state: str = Field(description="an instance's, or remote; what is stopped starts when it is asked")
    context_length: int | None = Field(description="tokens of one conversation")
    capabilities: list[str]


class OpenAIModelList(BaseModel):
    """All models a request can name now."""

    object: Literal["list"] = "list"
    data: list[OpenAIModel]


@router.get("/models")
async def list_models(user: User, models: ModelsDep) -> OpenAIModelList:
    """Models that can be named now, the caller's own too: a stopped one is started by the first request."""
    found = [*models.usable(), *await models.own(user)]
    return OpenAIModelList(data=[_shown(info) for info in found])


@router.get("/models/{model:path}")
async def read_model(model: str, user: User, models: ModelsDep) -> OpenAIModel:
    """One model, by its name or an alias."""
    return _shown(await models.find(user, model))


def _shown(info: ModelInfo) -> OpenAIModel:
    return OpenAIModel(
        id=info.id,
        owned_by=info.endpoint or "stellarchat",
        kind=info.kind,
        state=info.state,
        context_length=info.context_length,
        capabilities=list(info.capabilities),
    )
