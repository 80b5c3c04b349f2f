"""How much of a model's context a message would take, before it is sent, and what to do where it is too much.

A prompt is sent whole or not at all (services/answers/prompt.py): what is told here is what an engine would
say after the message was sent.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from stellarchat.core.errors import BadRequest, StellarChatError
from stellarchat.core.launch import InstanceState
from stellarchat.core.messages import FilePart, ImagePart, Message, Part, Role, TextPart
from stellarchat.services import parameters, tokens
from stellarchat.services.answers.gateway import Gateway, ignore
from stellarchat.services.answers.prompt import BRANCH_LIMIT, messages_for, prompt_for, summarised
from stellarchat.services.files.parts import described
from stellarchat.services.files.telling import Telling
from stellarchat.services.models import ModelInfo, Models
from stellarchat.services.preferences import model_params
from stellarchat.services.tools.servers import ToolServers
from stellarchat.services.tools.toolset import Toolset, wanted
from stellarchat.store.database import Store

log = logging.getLogger(__name__)

ANSWER_LIMIT: Final = 64 * 1024 * 1024
ROOM: Final = 256
"""Tokens that an answer should have left; with fewer, remedies are offered."""

_TOKENS_PER_MESSAGE: Final = 6
_TOKENS_PER_IMAGE: Final = 600
_SPARE: Final = 1024  # tokens that a remedy makes room for, beside what the prompt takes
_MODELS: Final = 3  # of other models that are offered
_PATIENCE: Final = 10.0  # seconds that a count waits for a tool server, which may have to be started


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What would be sent. `parent_id`: UNSET is the chat's active leaf, None a new root.

    `tools` are those of the request: UNSET are the chat's own, None is as if it had none of its own.
    """

    model: str | None = None
    chat_id: str | None = None
    parent_id: str | msgspec.UnsetType | None = msgspec.UNSET
    content: str | None = None
    system_prompt: str | None = None
    files: Sequence[FilePart] = ()
    tools: list[dict[str, Any]] | msgspec.UnsetType | None = msgspec.UNSET


class Remedy(msgspec.Struct, frozen=True, omit_defaults=True):
    """What would make a prompt fit. What else is set depends on `kind`.

    `pages`: read only so many `pages` of the file `file_id`. `summarise`: have earlier messages summarised.
    `without_tools`: turn the tools of servers off. `new_chat`: begin anew. `larger_context`: start the model
    again with `context_length`. `other_model`: use `model`, which has `context_length`.
    """

    kind: Literal["pages", "without_tools", "summarise", "new_chat", "larger_context", "other_model"]
    file_id: str | None = None
    pages: int | None = None
    model: str | None = None
    context_length: int | None = None


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of the prompt. `exact` where the engine counted them, else it is an estimate.

    `tools`: so many tools are told to the model, and counted. `over`: so many tokens are too many. `beyond`
    are the ids of the earliest messages, which would have to go. `unseen` are the names of earlier images
    that this model is not shown.
    """

    model: str
    prompt_tokens: int
    context_length: int | None
    exact: bool
    tools: int = 0
    over: int = 0
    beyond: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()


class Context:
    """Counts prompts. A model that does not run is not started for it."""

    def __init__(
        self,
        store: Store,
        models: Models,
        gateway: Gateway,
        telling: Telling | None = None,
        tool_servers: ToolServers | None = None,
    ) -> None:
        self._store = store
        self._models = models
        self._gateway = gateway
        self._telling = telling
        self._tool_servers = tool_servers

    async def size(self, user_id: str, draft: Draft) -> Size:
        """Return how many tokens the prompt has, and what to do where it does not fit.

        Raises NotFound, BadRequest, ModelNotFound.
        """
        model, system_prompt, branch = draft.model, draft.system_prompt, list[Message]()
        own: dict[str, Any] = {}
        async with self._store.read() as tx:
            files = await described(tx, user_id, draft.files)
            if draft.chat_id is not None:
                chat = await tx.chats.get(user_id, draft.chat_id)
                leaf = chat.active_leaf_id if draft.parent_id is msgspec.UNSET else draft.parent_id
                if leaf is not None:
                    await tx.messages.get(chat.id, leaf)
                    branch = await tx.messages.branch(chat.id, leaf, BRANCH_LIMIT)
                model, own = model or chat.model, chat.params
                system_prompt = system_prompt or chat.system_prompt
        model = model or await self._models.default(user_id)
        if model is None:
            raise BadRequest(
                "No model was named.",
                param="model",
                remedy="Name one of GET /api/models.",
                sentence="model_unnamed",
            )
        said = _draft(draft, files)
        info = await self._models.find(user_id, model)
        sees = self._telling is None or self._telling.sees(info.id)
        messages = await self._told(info, system_prompt, [*branch, *said])
        served, theirs, all_told = await self._tools(user_id, info, own, draft.tools)
        tools = [*served, *theirs]
        size = await self._size(info, messages, tools)
        size = msgspec.structs.replace(size, tools=len(tools), exact=size.exact and all_told)
        earlier = [part for one in summarised(branch)[1] for part in one.parts]
        unseen = tuple(part.name for part in earlier if isinstance(part, FilePart) and _is_image(part))
        size = msgspec.structs.replace(size, unseen=() if sees else unseen)
        if size.context_length is None or (left := size.context_length - size.prompt_tokens) >= ROOM:
            return size
        texts, pictures = _apart(messages)
        # what has to go is measured by the same yard as its parts, which only are estimated
        scale = size.prompt_tokens / max(1, estimate(texts, tools) + pictures)
        needed = round((min(_SPARE, size.context_length // 4) - left) / scale)
        return msgspec.structs.replace(
            size,
            over=max(0, -left),
            beyond=_beyond(branch, needed),
            remedies=(
                *_fewer_pages(files, needed),
                *_without_tools(served, (ROOM - left) / scale),
                *await self._in_the_chat(info, system_prompt, branch, said, tools, size),
                *self._larger(info, size),
                *self._others(info, size, sees_needed=_has_images([*earlier, *files])),
            ),
        )

    async def count(
        self,
        user_id: str,
        model: str,
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]] | None = None,
    ) -> Size:
        """Return how many tokens OpenAI messages, and tools on offer, have. Raises ModelNotFound."""
        return await self._size(await self._models.find(user_id, model), messages, tools)

    async def _size(
        self, info: ModelInfo, messages: list[dict[str, Any]], tools: list[dict[str, Any]] | None = None
    ) -> Size:
        texts, pictures = _apart(messages)
        counted = await self._counted(info, texts, tools)
        total = estimate(texts, tools) if counted is None else counted
        exact = counted is not None and not pictures
        return Size(
            model=info.id, prompt_tokens=total + pictures, context_length=info.context_length, exact=exact
        )

    async def _tools(
        self,
        user_id: str,
        info: ModelInfo,
        own: dict[str, Any],
        given: list[dict[str, Any]] | msgspec.UnsetType | None,
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]], bool]:
        """Return what a turn would tell the model: tools of servers, other tools, and whether these are all.

        They are not where a server did not answer.
        """
        async with self._store.read() as tx:
            layers = [await model_params(tx, user_id, info.id), own]
        if given is not msgspec.UNSET:
            layers[1] = parameters.check({"tools": given})
        params = parameters.merge(*layers)
        named = params.get("tools", ())
        theirs = [tool for tool in named if isinstance(tool, dict) and tool.get("type") != "mcp"]
        wishes = wanted(params)
        # a turn of a model that can call none is refused as a whole
        if not wishes or self._tool_servers is None or not await self._models.calls_tools(user_id, info.id):
            return [], theirs, True
        toolset = Toolset(self._tool_servers, user_id, ())
        await toolset.gather(wishes, _PATIENCE)
        return toolset.functions, theirs, not toolset.problems

    async def _told(
        self, info: ModelInfo, system_prompt: str | None, branch: Sequence[Message]
    ) -> list[dict[str, Any]]:
        if self._telling is None:
            return messages_for(system_prompt, branch)
        return await prompt_for(system_prompt, branch, self._telling.measured(info.id))

    async def _counted(
        self, info: ModelInfo, messages: list[dict[str, Any]], tools: list[dict[str, Any]] | None
    ) -> int | None:
        """Ask the engine; None where it does not run, or cannot tell."""
        if info.state != InstanceState.READY or not messages:
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

    async def _in_the_chat(
        self,
        info: ModelInfo,
        system_prompt: str | None,
        branch: Sequence[Message],
        said: list[Message],
        tools: list[dict[str, Any]],
        size: Size,
    ) -> list[Remedy]:
        """Offer a summary and a new chat, where the conversation is what takes the room."""
        told = [one for one in summarised(branch)[1] if one.role in (Role.USER, Role.ASSISTANT)]
        if not told or size.context_length is None:
            return []
        alone = estimate(_apart(await self._told(info, system_prompt, said))[0], tools)
        if alone + ROOM > size.context_length:
            return []
        summary = [Remedy("summarise")] if len(told) > 1 else []
        return [*summary, Remedy("new_chat")]

    def _larger(self, info: ModelInfo, size: Size) -> list[Remedy]:
        most = self._models.longest(info.id)
        wanted = -(-(size.prompt_tokens + _SPARE) // 1024) * 1024
        if most is None or info.run_id is None or wanted > most:
            return []
        return [Remedy("larger_context", model=info.id, context_length=wanted)]

    def _others(self, info: ModelInfo, size: Size, *, sees_needed: bool) -> list[Remedy]:
        fitting = [
            one
            for one in self._models.usable()
            if one.kind == "chat"
            and one.id != info.id
            and not one.demonstration
            and (one.context_length or 0) >= size.prompt_tokens + _SPARE
            and (not sees_needed or self._models.sees(one.id))
        ]
        fitting.sort(key=lambda one: one.state != InstanceState.READY)
        return [
            Remedy("other_model", model=one.id, context_length=one.context_length)
            for one in fitting[:_MODELS]
        ]


class _Prompt(msgspec.Struct):
    prompt: str


class _Tokens(msgspec.Struct):
    tokens: list[int]


class _Count(msgspec.Struct):
    count: int


def _draft(draft: Draft, files: list[Part]) -> list[Message]:
    """Return what would be sent as the message that it would be."""
    parts = [*files, *([TextPart(draft.content)] if draft.content else [])]
    if not parts:
        return []
    now = datetime.now(UTC)
    return [
        Message(
            id="", chat_id="", parent_id=None, role=Role.USER, parts=parts, created_at=now, updated_at=now
        )
    ]


def _has_images(parts: Sequence[Part]) -> bool:
    return any(
        isinstance(part, ImagePart) or (isinstance(part, FilePart) and _is_image(part)) for part in parts
    )


def _is_image(part: FilePart) -> bool:
    return part.is_image and not part.is_gone


def _beyond(branch: Sequence[Message], needed: int) -> tuple[str, ...]:
    """Return the earliest messages that would have to go for `needed` tokens."""
    found: list[str] = []
    for one in summarised(branch)[1]:
        if needed <= 0:
            break
        found.append(one.id)
        needed -= _TOKENS_PER_MESSAGE + round(tokens.of_text(one.content))
        needed -= sum(part.tokens for part in one.parts if isinstance(part, FilePart))
    return tuple(found)


def _fewer_pages(files: Sequence[Part], needed: int) -> list[Remedy]:
    """Offer to read the beginning of the largest document, where that is enough."""
    documents = [part for part in files if isinstance(part, FilePart) and not part.is_image]
    largest = max(documents, key=lambda part: part.tokens, default=None)
    if largest is None or largest.total is None or largest.tokens <= needed:
        return []
    pages = min(largest.pages or largest.total, largest.total)
    fewer = int(pages * (1 - needed / largest.tokens))
    return [Remedy("pages", file_id=largest.id, pages=fewer)] if 0 < fewer < pages else []


def _without_tools(served: list[dict[str, Any]], needed: float) -> list[Remedy]:
    """Offer to turn the tools of servers off, where what tells of them is enough."""
    return [Remedy("without_tools")] if served and estimate([], served) >= needed else []


def _apart(messages: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """Return messages without their pictures, and about how many tokens these are."""
    texts, pictures = [], 0
    for message in messages:
        content = message["content"]
        if isinstance(content, list):
            shown = [piece for piece in content if piece["type"] != "text"]
            pictures += sum(piece.get("tokens", _TOKENS_PER_IMAGE) for piece in shown)
            words = [piece["text"] for piece in content if piece["type"] == "text"]
            message = {**message, "content": "\n\n".join(words)}
        texts.append(message)
    return texts, pictures


def estimate(messages: list[dict[str, Any]], tools: list[dict[str, Any]] | None = None) -> int:
    """Return a rough number of tokens of OpenAI messages of text, and of the tools on offer."""
    count = 0.0
    if tools:
        count += tokens.of_text(msgspec.json.encode(tools).decode())
    for message in messages:
        count += _TOKENS_PER_MESSAGE + tokens.of_text(message["content"] or "")
        if calls := message.get("tool_calls"):
            count += tokens.of_text(msgspec.json.encode(calls).decode())
    return round(count)
