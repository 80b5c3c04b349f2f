"""Routes that ask for a reply, follow it and stop it."""

from collections.abc import AsyncGenerator
from typing import Annotated

import msgspec
from fastapi import Depends, Header, Query, Response
from pydantic import Field
from starlette.types import Receive, Scope, Send

from stellarchat.api import deps
from stellarchat.api.chats import schemas
from stellarchat.api.errors import render
from stellarchat.api.frame_schemas import GenerationFrame
from stellarchat.api.limits import Limits
from stellarchat.api.replies import failure, tell
from stellarchat.api.routes import Routes
from stellarchat.api.schemas import Message, TimeSpent, TokenUsage
from stellarchat.api.sse import EventStream, event, events, while_present
from stellarchat.api.turns import Origin
from stellarchat.core import messages
from stellarchat.core.events import End, Text
from stellarchat.core.messages import FilePart
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.generations import Generations
from stellarchat.services.chats.chats import Chats
from stellarchat.services.chats.context import Context, Draft
from stellarchat.services.models import Models

router = Routes(prefix="/api", tags=["chat"])

User = Annotated[str, Depends(deps.user)]
ChatsDep = Annotated[Chats, Depends(deps.chats)]
GenerationsDep = Annotated[Generations, Depends(deps.generations)]
LimitsDep = Annotated[Limits, Depends(deps.limits)]
Reply = Annotated[schemas.StoredReply | schemas.StatelessReply, Field(discriminator="kind")]

_FRAMES = events("GenerationFrame")


@router.post(
    "/chat/completion",
    response_model=Reply,
    responses={200: {"content": _FRAMES, "description": "The whole reply, or with `stream` its frames"}},
)
async def complete(
    user: User,
    chats: ChatsDep,
    generations: GenerationsDep,
    limits: LimitsDep,
    body: schemas.CompletionRequest,
    origin: Origin = None,
) -> Response:
    """Ask for a reply. In a chat it goes on when the client leaves; without one it is stopped."""
    turn = body.turn(user, limits, origin)
    generation = await generations.begin(turn)
    if body.stream:
        return EventStream(_events(chats, generation), lambda: generations.abandon(generation))
    return PlainReply(chats, generations, generation)


@router.get(
    "/generations/{generation_id}/events",
    status_code=200,
    response_class=Response,
    response_model=GenerationFrame,
    responses={
        200: {"content": _FRAMES, "description": "Its frames"},
        204: {"description": "The reply is over and all of it is known to the client"},
    },
)
async def follow(
    user: User,
    chats: ChatsDep,
    generations: GenerationsDep,
    generation_id: str,
    after: Annotated[int | None, Query(ge=0, description="the last `seq` the client has")] = None,
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> Response:
    """Follow a reply from any event on; from the beginning `message_start` comes first."""
    found = await generations.find(generation_id, user)
    seen = after if after is not None else last_event_id or 0
    if isinstance(found, Generation) and found.done and 0 < found.last_seq <= seen:
        return Response(status_code=204)
    return EventStream(_events(chats, found, seen))


@router.post("/generations/{generation_id}/stop")
async def stop(
    user: User, chats: ChatsDep, generations: GenerationsDep, generation_id: str
) -> schemas.StoppedReply:
    """Stop a reply; answers when the engine is free and what was written is stored."""
    stopped = await generations.stop(generation_id, user)
    message = stopped.message
    return schemas.StoppedReply(
        generation_id=generation_id,
        stopped=stopped.stopped,
        stop_ms=stopped.stop_ms,
        message=None if message is None else await _shown(chats, message),
    )


@router.post("/generations/{generation_id}/approvals", status_code=204)
async def approve(
    user: User, generations: GenerationsDep, generation_id: str, body: schemas.Approvals
) -> Response:
    """Say whether calls that wait may run. 409 where one does not wait any more."""
    await generations.decide(generation_id, user, body.by_call())
    return Response(status_code=204)


@router.post("/generations/{generation_id}/answers", status_code=204)
async def answer(
    user: User, generations: GenerationsDep, generation_id: str, body: schemas.CallAnswer
) -> Response:
    """Answer what the server of a tool asks. 409 where the question does not wait any more."""
    await generations.answer(generation_id, user, body.question_id, body.action, body.content)
    return Response(status_code=204)


@router.post("/chat/context")
async def context_size(
    user: User, context: Annotated[Context, Depends(deps.context)], body: schemas.ContextRequest
) -> schemas.ContextSize:
    """Tell how many tokens a draft would take. A model that does not run is not started for it."""
    draft = Draft(
        model=body.model,
        chat_id=body.chat_id,
        parent_id=body.parent_id if "parent_id" in body.model_fields_set else msgspec.UNSET,
        content=body.content,
        files=[FilePart(one.file_id, pages=one.pages) for one in body.files],
        system_prompt=body.system_prompt,
        tools=body.tools if "tools" in body.model_fields_set else msgspec.UNSET,
    )
    return schemas.ContextSize.model_validate(await context.size(user, draft), from_attributes=True)


@router.get("/chat/models")
async def chat_models(user: User, models: Annotated[Models, Depends(deps.models)]) -> schemas.ChatModels:
    """List the chat models that a request can name now; `GET /api/models` tells more of more."""
    usable = [info for info in (*models.usable(), *await models.own(user)) if info.kind == "chat"]
    return schemas.ChatModels(data=[schemas.ChatModel.of(info) for info in usable])


@router.get("/chat/health")
async def health() -> schemas.ChatHealth:
    """Tell that the chat routes answer."""
    return schemas.ChatHealth()


class PlainReply(Response):
    """Waits for the whole reply; lets a stateless one go when the client leaves."""

    def __init__(self, chats: Chats, generations: Generations, generation: Generation) -> None:
        super().__init__(media_type="application/json")
        self._chats = chats
        self._generations = generations
        self._generation = generation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        generation = self._generation
        ended = False
        try:
            ended = await while_present(receive, generation.finished())
        finally:
            if not ended:
                self._generations.abandon(generation)
        if not ended:
            return
        failed, message = failure(generation), generation.message
        if failed is not None and (message is None or message.status is messages.MessageStatus.ERROR):
            await render(failed.error, scope, send)
            return
        reply = await _whole(self._chats, generation)
        whole = Response(reply.model_dump_json(), media_type=self.media_type)
        await whole(scope, receive, send)


async def _events(
    chats: Chats, found: Generation | messages.Message, after: int = 0
) -> AsyncGenerator[bytes]:
    async for frames in tell(chats, found, after):
        yield b"".join([event(seq, frame) for seq, frame in frames])


async def _whole(chats: Chats, generation: Generation) -> schemas.StoredReply | schemas.StatelessReply:
    message, asked = generation.message, generation.user_message
    if message is not None:
        return schemas.StoredReply(
            generation_id=generation.id,
            chat_id=message.chat_id,
            user_message=None if asked is None else await _shown(chats, asked),
            message=await _shown(chats, message),
        )
    end = generation.log[-1]
    assert isinstance(end, End)
    text = "".join(one.text for one in generation.log if isinstance(one, Text))
    return schemas.StatelessReply(
        model=generation.model,
        message=schemas.SaidMessage(content=text),
        finish_reason=end.finish_reason,
        usage=TokenUsage.model_validate(end.usage),
        timings=TimeSpent.model_validate(end.timings),
    )


async def _shown(chats: Chats, message: messages.Message) -> Message:
    siblings = await chats.siblings([message])
    return Message.of(message, siblings[message.parent_id])
