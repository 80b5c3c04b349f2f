"""`POST /v1/responses`, and what of earlier answers can be read again."""

from typing import Annotated, Any

import msgspec
from fastapi import Depends, Response

from stellarchat.api import deps
from stellarchat.api.limits import Limits
from stellarchat.api.openai.responses.request import (
    Messages,
    messages_of,
    parameters_of,
    read,
    with_instructions,
)
from stellarchat.api.openai.responses.schemas import ResponsesRequest
from stellarchat.api.openai.responses.writer import Keep, ResponseWriter, chat_messages
from stellarchat.api.routes import Routes
from stellarchat.core.errors import BadRequest
from stellarchat.core.ids import new_id
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.inference import Inference
from stellarchat.services.answers.responses import Responses, StoredResponse

router = Routes(prefix="/v1/responses", tags=["openai"])

ResponsesDep = Annotated[Responses, Depends(deps.responses)]
User = Annotated[str, Depends(deps.user)]


class ResponsesDoor:
    """Begins the reply that a Responses request asks for."""

    def __init__(self, inference: Inference, responses: Responses, limits: Limits) -> None:
        self._inference, self._responses, self._limits = inference, responses, limits

    async def __call__(self, body: dict[str, Any], user_id: str) -> tuple[Generation, ResponseWriter, bool]:
        """Return the reply, its writer, and whether it is streamed. Raises StellarChatError."""
        request = read(body, self._limits)
        before = self._before(request, user_id)
        asked = messages_of(request.input, self._limits)
        messages = [*before.messages, *asked] if before else asked
        if not messages:
            raise BadRequest("There is nothing to answer.", param="input", remedy="Send a message.")
        params = parameters_of(request, self._limits)
        if params.get("thinking") is False and not self._inference.thinks(request.model):
            del params["thinking"]  # there is nothing to turn off
        generation = await self._inference.ask(
            user_id, request.model, with_instructions(request.instructions, messages), params
        )
        keep = self._keeping(
            request, user_id, messages, len(msgspec.json.encode(asked)) + (before.size if before else 0)
        )
        return generation, ResponseWriter(request, generation.model, keep), bool(request.stream)

    def _before(self, request: ResponsesRequest, user_id: str) -> StoredResponse | None:
        if not request.previous_response_id:
            return None
        return self._responses.get(user_id, request.previous_response_id, "previous_response_id")

    def _keeping(self, request: ResponsesRequest, user_id: str, messages: Messages, size: int) -> Keep:
        def keep(response: dict[str, Any]) -> None:
            shown = msgspec.json.encode(response)
            stored = StoredResponse(
                shown=shown,
                input=_items(request.input),
                messages=[*messages, *chat_messages(response["output"])],
                size=size + len(shown),
            )
            self._responses.keep(user_id, response["id"], stored)

        return keep if request.store is not False else _forget


def _forget(response: dict[str, Any]) -> None:
    """Keep nothing of it."""


def _items(given: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what was sent as items with ids, as they are listed."""
    if isinstance(given, str):
        given = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": given}]}]
    return [{"id": f"item_{new_id()}", "type": "message", **item} for item in given]


@router.get("/{response_id}", response_model=dict[str, Any])
async def read_response(response_id: str, user: User, responses: ResponsesDep) -> Response:
    """An earlier answer, while it is kept: in memory, for a day at most."""
    return Response(responses.get(user, response_id).shown, media_type="application/json")


@router.delete("/{response_id}")
async def delete_response(response_id: str, user: User, responses: ResponsesDep) -> dict[str, Any]:
    """Forget an earlier answer."""
    responses.delete(user, response_id)
    return {"id": response_id, "object": "response", "deleted": True}


@router.get("/{response_id}/input_items")
async def list_input_items(response_id: str, user: User, responses: ResponsesDep) -> dict[str, Any]:
    """What was sent for an earlier answer, in order."""
    items = responses.get(user, response_id).input
    return {
        "object": "list",
        "data": items,
        "first_id": items[0]["id"] if items else None,
        "last_id": items[-1]["id"] if items else None,
        "has_more": False,
    }
