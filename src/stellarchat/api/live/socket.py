"""One open socket: what it was asked for, and the tasks that answer.

Nothing is kept for a reader that is slow. A follower of a generation is a place in its log, changes are
kept one per thing, and whoever has something to send waits until the socket takes it. So a socket that
does not read costs its own tasks and no more, and what it missed comes merged into few frames.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, assert_never

import msgspec
from starlette.types import Receive, Send

from stellarchat.api.frames import error_frame
from stellarchat.api.limits import Limits
from stellarchat.api.live.requests import (
    AnswerFrame,
    ApproveFrame,
    BadFrame,
    ChatFrame,
    ClientFrame,
    DenyFrame,
    PingFrame,
    ResumeFrame,
    StopFrame,
    SubscribeFrame,
    read,
)
from stellarchat.api.replies import as_error, tell
from stellarchat.core.accounts import Scope
from stellarchat.core.errors import Forbidden, ShuttingDown, StellarChatError, TooManyRequests
from stellarchat.core.ids import new_id
from stellarchat.core.messages import Message
from stellarchat.core.version import __version__
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.generations import Generations
from stellarchat.services.bus import Bus, Change, ChatChanged, InstanceChanged, ReplyChanged, Subscription
from stellarchat.services.chats.chats import Chats

log = logging.getLogger(__name__)

FRAMES_PER_SECOND: Final = 50.0
FRAMES_AT_ONCE: Final = 100.0
TASKS: Final = 64
"""Replies followed and frames in work at the same time, of one socket."""

_RESTART: Final = 1012
"""Close code "service restart": come again. Source: IANA WebSocket close code registry."""

_json: Final = msgspec.json.encode


class Gone(Exception):
    """The client has left, or the socket is closed: there is nobody to tell."""


class Socket:
    """Serves one client until it leaves."""

    __slots__ = (
        "_bus",
        "_chats",
        "_closed",
        "_follows",
        "_generations",
        "_limits",
        "_may",
        "_paid",
        "_pump",
        "_receive",
        "_send",
        "_stateless",
        "_subscription",
        "_tasks",
        "_tokens",
        "session_id",
        "user_id",
    )

    def __init__(
        self,
        user_id: str,
        chats: Chats,
        generations: Generations,
        bus: Bus,
        receive: Receive,
        send: Send,
        *,
        limits: Limits,
        may: Callable[[Scope], bool] = lambda scope: True,
    ) -> None:
        """`may` tells what the client's credential is good for."""
        self.user_id = user_id
        self._limits = limits
        self._may = may
        self.session_id = new_id()
        self._chats = chats
        self._generations = generations
        self._bus = bus
        self._receive = receive
        self._send = send
        self._closed = False
        self._tokens = FRAMES_AT_ONCE
        self._paid = time.monotonic()
        self._tasks: set[asyncio.Task[None]] = set()
        self._follows: dict[str, asyncio.Task[Any]] = {}
        self._stateless: dict[str, Generation] = {}
        self._subscription: Subscription | None = None
        self._pump: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve until the client leaves or the socket is closed."""
        try:
            await self._say({"type": "session_start", "session_id": self.session_id, "version": __version__})
            while (message := await self._receive())["type"] == "websocket.receive":
                await self._pay()
                await self._handle(message.get("text"))
        except Gone:
            pass
        finally:
            self._closed = True
            await self._end()

    async def close(self) -> None:
        """Say that the server stops, and close."""
        try:
            error = ShuttingDown(
                "The server is stopping.", remedy="Connect again in a moment.", sentence="shutting_down"
            )
            await self._tell(error_frame(error.info()))
            self._closed = True
            await self._send({"type": "websocket.close", "code": _RESTART, "reason": "shutting down"})
        except (Gone, OSError, RuntimeError):
            pass

    # frames from the client

    async def _pay(self) -> None:
        """Hold a client that sends too fast to its rate, and tell it so."""
        now = time.monotonic()
        earned = (now - self._paid) * FRAMES_PER_SECOND
        self._tokens = min(FRAMES_AT_ONCE, self._tokens + earned) - 1
        self._paid = now
        if self._tokens < 0:
            # not reading is what slows the client down; it makes up for all it is ahead
            pause = 1.0
            error = TooManyRequests(
                "Too many frames.", remedy=f"Send at most {FRAMES_PER_SECOND:g} a second.", retry_after=pause
            )
            await self._tell(error_frame(error.info()))
            await asyncio.sleep(pause)

    async def _handle(self, text: str | None) -> None:
        try:
            frame = read(text, self._limits)
        except BadFrame as bad:
            await self._tell(error_frame(bad.error.info(), request_id=bad.request_id))
            return
        needed = _needed(frame)
        if needed is not None and not self._may(needed):
            error = Forbidden("This key is not for that.", remedy=f"Use a key with the scope `{needed}`.")
            await self._tell(error_frame(error.info(), request_id=frame.request_id))
            return
        match frame:
            case PingFrame():
                await self._say({"type": "pong", "request_id": frame.request_id})
            case SubscribeFrame():
                self._subscribe(frame)
            case ChatFrame():
                await self._work(frame, self._chat(frame))
            case ResumeFrame():
                await self._work(frame, self._resume(frame))
            case StopFrame():
                await self._work(frame, self._stop(frame))
            case ApproveFrame() | DenyFrame():
                await self._work(frame, self._decide(frame))
            case AnswerFrame():
                await self._work(frame, self._answer(frame))
            case _:
                assert_never(frame)

    async def _work(self, frame: ClientFrame, work: Coroutine[Any, Any, None]) -> None:
        """Do what takes longer in a task, so that the next frame is read meanwhile."""
        if len(self._tasks) >= TASKS:
            work.close()
            error = TooManyRequests(
                f"One socket may follow {TASKS} replies.",
                remedy="Wait until some of them are over.",
                sentence="replies_followed",
                values={"limit": TASKS},
            )
            await self._tell(error_frame(error.info(), request_id=frame.request_id))
            return
        task = asyncio.create_task(self._answered(frame, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answered(self, frame: ClientFrame, work: Coroutine[Any, Any, None]) -> None:
        try:
            try:
                await work
            except Gone:
                raise
            except Exception as problem:
                if not isinstance(problem, StellarChatError):
                    log.exception("a %s frame failed", frame.type)
                await self._tell(error_frame(as_error(problem).info(), request_id=frame.request_id))
        except Gone:
            pass

    async def _chat(self, frame: ChatFrame) -> None:
        generation = await self._generations.begin(frame.turn(self.user_id, self._limits, self.session_id))
        if not generation.stored:
            self._stateless[generation.id] = generation
        await self._follow(generation.id, generation, 0, frame.request_id)

    async def _resume(self, frame: ResumeFrame) -> None:
        found = await self._generations.find(frame.generation_id, self.user_id)
        await self._follow(frame.generation_id, found, frame.after, frame.request_id)

    async def _stop(self, frame: StopFrame) -> None:
        await self._generations.stop(frame.generation_id, self.user_id)

    async def _decide(self, frame: ApproveFrame | DenyFrame) -> None:
        await self._generations.decide(frame.generation_id, self.user_id, {frame.call_id: frame.decision})

    async def _answer(self, frame: AnswerFrame) -> None:
        await self._generations.answer(
            frame.generation_id, self.user_id, frame.question_id, frame.action, frame.content
        )

    async def _follow(
        self, generation_id: str, found: Generation | Message, after: int, request_id: str | None
    ) -> None:
        """Tell a reply until it is over; one that is followed already is followed from here only."""
        me = asyncio.current_task()
        assert me is not None
        before = self._follows.get(generation_id)
        if before is not None:
            before.cancel()
        self._follows[generation_id] = me
        try:
            async for frames in tell(self._chats, found, after, request_id):
                for _, data in frames:
                    await self._tell(data)
        finally:
            if self._follows.get(generation_id) is me:
                del self._follows[generation_id]
            if isinstance(found, Generation) and found.done:
                self._stateless.pop(generation_id, None)

    # changes

    def _subscribe(self, frame: SubscribeFrame) -> None:
        if self._subscription is not None:
            self._subscription.close()
        self._subscription = self._bus.subscribe(self.user_id, frame.topics, self._wake)

    def _wake(self) -> None:
        if self._pump is None and not self._closed:
            self._pump = asyncio.create_task(self._tell_changes())

    async def _tell_changes(self) -> None:
        try:
            while self._subscription is not None and (changes := self._subscription.take()):
                for change in changes:
                    await self._say(_change(change))
        except Gone:
            pass
        finally:
            self._pump = None

    # to the client

    async def _say(self, frame: dict[str, Any]) -> None:
        await self._tell(_json(frame))

    async def _tell(self, data: bytes) -> None:
        """Send a frame, as soon as the socket takes it. Raises Gone."""
        if self._closed:
            raise Gone
        try:
            await self._send({"type": "websocket.send", "text": data.decode()})
        except (OSError, RuntimeError):
            # what servers raise on a socket that was closed under their hands
            self._closed = True
            raise Gone from None

    async def _end(self) -> None:
        if self._subscription is not None:
            self._subscription.close()
        tasks = [*self._tasks, *([self._pump] if self._pump is not None else ())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for generation in self._stateless.values():
            self._generations.abandon(generation)


def _needed(frame: ClientFrame) -> Scope | None:
    """Return what a key must be good for to send a frame."""
    match frame:
        case PingFrame():
            return None
        case ChatFrame():
            return Scope.CHAT if frame.chat_id is None else Scope.WRITE
        case StopFrame() | ApproveFrame() | DenyFrame() | AnswerFrame():
            return Scope.WRITE
        case _:
            return Scope.READ


def _change(change: Change) -> dict[str, Any]:
    match change:
        case ChatChanged():
            return {
                "type": "chat_changed",
                "chat_id": change.chat_id,
                "rev": change.rev,
                "change": change.change,
                "origin": change.origin,
            }
        case ReplyChanged():
            return {
                "type": "reply_changed",
                "chat_id": change.chat_id,
                "message_id": change.message_id,
                # not `generation_id`: frames that have one are of a generation's log, with a `seq`
                "generation": change.generation_id,
                "state": change.state,
                "status": change.status,
                "seconds": round(change.seconds, 3),
            }
        case InstanceChanged():
            # as dicts, because the structs leave out what is unset, and a page would have to guess it
            shown = msgspec.structs.asdict(change.instance)
            for name in ("error", "loading"):
                if shown[name] is not None:
                    shown[name] = msgspec.structs.asdict(shown[name])
            return {"type": "instance_changed", "instance": shown}
        case _:
            assert_never(change)
