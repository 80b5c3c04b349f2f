"""`POST /v1/messages` and `/v1/messages/count_tokens`."""

from typing import Any

import msgspec

from stellarchat.api.anthropic.request import messages_of, parameters_of, tools_of
from stellarchat.api.anthropic.schemas import CountTokensRequest, MessagesRequest
from stellarchat.api.anthropic.writer import MessageWriter
from stellarchat.api.bodies import convert
from stellarchat.api.limits import Limits
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.inference import Inference
from stellarchat.services.chats.context import Context


class MessagesDoor:
    """Begins the reply that a Messages request asks for."""

    def __init__(self, inference: Inference, limits: Limits) -> None:
        self._inference, self._limits = inference, limits

    async def __call__(self, body: dict[str, Any], user_id: str) -> tuple[Generation, MessageWriter, bool]:
        """Return the reply, its writer, and whether it is streamed. Raises StellarChatError."""
        request = convert(body, MessagesRequest)
        messages, params = messages_of(request, self._limits), parameters_of(request, self._limits)
        if params.get("thinking") is False and not self._inference.thinks(request.model):
            del params["thinking"]  # there is nothing to turn off
        generation = await self._inference.ask(user_id, request.model, messages, params)
        return generation, MessageWriter(generation.model), bool(request.stream)


class CountTokens:
    """Tells how many tokens a prompt has: exactly where the model runs and can tell, else about."""

    def __init__(self, context: Context, limits: Limits) -> None:
        self._context, self._limits = context, limits

    async def __call__(self, body: dict[str, Any], user_id: str) -> bytes:
        """Return the answer. Raises StellarChatError."""
        request = convert(body, CountTokensRequest)
        messages = messages_of(request, self._limits)
        tools = tools_of(request, self._limits)
        size = await self._context.count(user_id, request.model, messages, tools)
        return msgspec.json.encode({"input_tokens": size.prompt_tokens})
