"""The short way to `POST /api/chat/completion`: its route, without a search for it and without injection."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.types import Receive, Scope, Send

from stellarchat.api.bodies import read_body
from stellarchat.api.chats.replies import complete
from stellarchat.api.chats.schemas import CompletionRequest
from stellarchat.api.deps import calling
from stellarchat.api.fields import explain
from stellarchat.api.limits import Limits
from stellarchat.api.turns import ORIGIN, ClientId
from stellarchat.services.answers.generations import Generations
from stellarchat.services.chats.chats import Chats

PATH = "/api/chat/completion"

_origin = TypeAdapter(ClientId)


class CompletionDoor:
    """A lane for the route, which describes it."""

    def __init__(self, chats: Chats, generations: Generations, limits: Limits) -> None:
        self._chats, self._generations, self._limits = chats, generations, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises StellarChatError where nothing was sent yet."""
        user_id = calling(scope).user_id
        origin = _asked_from(scope)
        try:
            body = CompletionRequest.model_validate_json(await read_body(receive, self._limits.body_bytes))
        except ValidationError as error:
            raise explain(error.errors(include_url=False)) from None
        response = await complete(user_id, self._chats, self._generations, self._limits, body, origin)
        await response(scope, receive, send)


def _asked_from(scope: Mapping[str, Any]) -> str | None:
    """Return the session that asks. Raises BadRequest."""
    found = next((value for name, value in scope["headers"] if name == ORIGIN.encode()), None)
    if found is None:
        return None
    try:
        return _origin.validate_python(found.decode("latin-1"))
    except ValidationError as error:
        raise explain([{**one, "loc": ("header", ORIGIN)} for one in error.errors()]) from None
