"""How much of a model's context a message would take, before it is sent."""

import logging
import re
from typing import Any, Final

import msgspec

from stellarchat.core.errors import BadRequest, StellarChatError
from stellarchat.core.launch import InstanceState
from stellarchat.core.messages import Message
from stellarchat.services.answers.gateway import Gateway, ignore
from stellarchat.services.answers.prompt import BRANCH_LIMIT, messages_for
from stellarchat.services.models import ModelInfo, Models
from stellarchat.store.database import Store

log = logging.getLogger(__name__)

ANSWER_LIMIT: Final = 64 * 1024 * 1024

_WIDE: Final = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_CHARS_PER_TOKEN: Final = 4.0
_TOKENS_PER_WIDE: Final = 0.8
_TOKENS_PER_MESSAGE: Final = 6
_TOKENS_PER_IMAGE: Final = 600


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What would be sent. `parent_id`: UNSET is the chat's active leaf, None a new root."""

    model: str | None = None
    chat_id: str | None = None
    parent_id: str | msgspec.UnsetType | None = msgspec.UNSET
    content: str | None = None
    system_prompt: str | None = None


class Size(msgspec.Struct, frozen=True):
    """Tokens of the prompt. `exact` where the engine counted them, else it is an estimate."""

    model: str
    prompt_tokens: int
    context_length: int | None
    exact: bool


class Context:
    """Counts prompts. A model that does not run is not started for it."""

    def __init__(self, store: Store, models: Models, gateway: Gateway) -> None:
        self._store = store
        self._models = models
        self._gateway = gateway

    async def size(self, user_id: str, draft: Draft) -> Size:
        """Return how many tokens the prompt has. Raises NotFound, BadRequest, ModelNotFound."""
        model, system_prompt, branch = draft.model, draft.system_prompt, list[Message]()
        if draft.chat_id is not None:
            async with self._store.read() as tx:
                chat = await tx.chats.get(user_id, draft.chat_id)
                leaf = chat.active_leaf_id if draft.parent_id is msgspec.UNSET else draft.parent_id
                if leaf is not None:
                    await tx.messages.get(chat.id, leaf)
                    branch = await tx.messages.branch(chat.id, leaf, BRANCH_LIMIT)
            model = model or chat.model
            system_prompt = system_prompt or chat.system_prompt
        model = model or await self._models.default(user_id)
        if model is None:
            raise BadRequest("No model was named.", param="model", remedy="Name one of GET /api/models.")
        messages = messages_for(system_prompt, branch)
        if draft.content:
            messages.append({"role": "user", "content": draft.content})
        return await self._size(await self._models.find(user_id, model), messages)

    async def count(
        self, model: str, messages: list[dict[str, Any]], tools: list[dict[str, Any]] | None = None
    ) -> Size:
        """Return how many tokens OpenAI messages, and tools on offer, have. Raises ModelNotFound."""
        return await self._size(self._models.get(model), messages, tools)

    async def _size(
        self, info: ModelInfo, messages: list[dict[str, Any]], tools: list[dict[str, Any]] | None = None
    ) -> Size:
        counted = await self._counted(info, messages, tools)
        tokens = estimate(messages, tools) if counted is None else counted
        return Size(info.id, tokens, info.context_length, exact=counted is not None)

    async def _counted(
        self, info: ModelInfo, messages: list[dict[str, Any]], tools: list[dict[str, Any]] | None
    ) -> int | None:
        """Ask the engine; None where it does not run, cannot tell, or would have to look at images."""
        if info.state != InstanceState.READY or not messages:
            return None
        if any(isinstance(message["content"], list) for message in messages):
            return None
        try:
            target = await self._gateway.locals.ensure_ready(info.id, ignore)
            dialect = target.dialect
            upstream = self._gateway.seat(target).upstream
            asked = {"messages": messages, **({"tools": tools} if tools else {})}
            if dialect.count_path is not None:
                body = msgspec.json.encode({"model": target.upstream_model, **asked})
                async with await upstream.request("POST", dialect.count_path, body) as response:
                    return msgspec.json.decode(await response.read(ANSWER_LIMIT), type=_Count).count
            if dialect.template_path is None or dialect.tokenize_path is None:
                return None
            body = msgspec.json.encode(asked)
            async with await upstream.request("POST", dialect.template_path, body) as response:
                prompt = msgspec.json.decode(await response.read(ANSWER_LIMIT), type=_Prompt).prompt
            body = msgspec.json.encode({"content": prompt, "add_special": True, "parse_special": True})
            async with await upstream.request("POST", dialect.tokenize_path, body) as response:
                return len(msgspec.json.decode(await response.read(ANSWER_LIMIT), type=_Tokens).tokens)
        except (StellarChatError, msgspec.MsgspecError) as error:
            log.debug("%s did not count tokens: %s", info.id, error)
            return None


class _Prompt(msgspec.Struct):
    prompt: str


class _Tokens(msgspec.Struct):
    tokens: list[int]


class _Count(msgspec.Struct):
    count: int


def estimate(messages: list[dict[str, Any]], tools: list[dict[str, Any]] | None = None) -> int:
    """Return a rough number of tokens of OpenAI messages, and of the tools on offer."""
    tokens = 0.0
    if tools:
        tokens += len(msgspec.json.encode(tools)) / _CHARS_PER_TOKEN
    for message in messages:
        content = message["content"]
        pieces = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
        tokens += _TOKENS_PER_MESSAGE
        if calls := message.get("tool_calls"):
            tokens += len(msgspec.json.encode(calls)) / _CHARS_PER_TOKEN
        for piece in pieces:
            if piece["type"] == "text":
                wide = len(_WIDE.findall(piece["text"]))
                tokens += wide * _TOKENS_PER_WIDE + (len(piece["text"]) - wide) / _CHARS_PER_TOKEN
            else:
                tokens += _TOKENS_PER_IMAGE
    return round(tokens)
