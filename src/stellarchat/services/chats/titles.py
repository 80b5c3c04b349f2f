"""Titles of chats: the first words at once, and better ones by the model once it is at leisure.

Never on the way of an answer: everything here runs in tasks of its own, a busy model is not asked, and
one that gets other work while it writes a title is called off. The fallback stays in both cases, and the
next answer of the chat is the next occasion. A title that a person gave is never touched.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from typing import Any, Final

from stellarchat.core.errors import StellarChatError
from stellarchat.core.messages import Message, MessageStatus, Role
from stellarchat.services.answers.asking import Complete, continued
from stellarchat.services.answers.gateway import Load
from stellarchat.services.answers.generation import Generation
from stellarchat.services.background import cancel
from stellarchat.services.bus import Bus, ChatChange, ChatChanged
from stellarchat.store.database import Store

log = logging.getLogger(__name__)

Loads = Callable[[str], Load]
"""How busy an instance is, as `Gateway.load`."""

TITLE_CHARS: Final = 60
TITLE_TOKENS: Final = 32
PATIENCE: Final = 60.0
"""Seconds a model may take for a title."""

_FALLBACK_CHARS: Final = 40
_EXCERPT_CHARS: Final = 1500
_PEEK: Final = 0.05
_ASK_EN: Final = "Write a short title (at most six words) for this conversation:"
_ASK_ZH: Final = "为这段对话写一个简短的标题（不超过十二个字）："
_WISH_EN: Final = "Write a short title (at most six words) for our conversation. Answer with the title alone."
_WISH_ZH: Final = "为我们以上的对话写一个简短的标题（不超过十二个字），只回答标题。"
_QUOTES: Final = "\"'`*_“”‘’«»「」『』《》"
_CJK: Final = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LABEL: Final = re.compile(r"^(?:title|标题|題名)\s*[:：]\s*", re.IGNORECASE)
_EXCHANGES: Final = 3
"""After so many answers without a title by the model, the fallback stays for good."""
_REMEMBERED: Final = 10_000


class Titles:
    """Names chats. `began` and `ended` are hooks of the generations and return at once."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        complete: Complete,
        loads: Loads,
        capable: Callable[[str], bool] = lambda model: True,
    ) -> None:
        """`capable` tells whether a model's titles are better than first words."""
        self._store = store
        self._bus = bus
        self._complete = complete
        self._loads = loads
        self._capable = capable
        self._tasks: set[asyncio.Task[None]] = set()
        # chats that need no title by the model any more, so that not every answer makes a look-up
        self._settled: set[str] = set()

    async def began(self, generation: Generation) -> None:
        """Give a new chat its first words as a title."""
        said = generation.user_message
        if said is not None and said.parent_id is None and (title := first_words(said.content)):
            self._spawn(self._set(generation.user_id, said.chat_id, title, "fallback"))

    async def ended(self, generation: Generation) -> None:
        """Ask the model for a title, where the answer is whole and the model has nothing else to do."""
        message = generation.message
        if message is None or message.chat_id in self._settled:
            return
        # looked at here already, because under load this is asked after every answer
        whole = message.status is MessageStatus.COMPLETE and message.content
        if whole and self._capable(generation.model) and not self._busy(generation):
            self._spawn(self._improve(generation, message))

    async def close(self) -> None:
        """Call off what is under way."""
        await cancel(self._tasks)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, StellarChatError):
            log.debug("no title: %s", error.message)
        else:
            log.error("no title", exc_info=error)

    def _settle(self, chat_id: str) -> None:
        if len(self._settled) >= _REMEMBERED:
            self._settled.clear()
        self._settled.add(chat_id)

    async def _improve(self, generation: Generation, answer: Message) -> None:
        async with self._store.read() as tx:
            chat = await tx.chats.get(generation.user_id, answer.chat_id)
            if chat.title_by != "fallback":
                self._settle(chat.id)
                return
            branch = await tx.messages.branch(chat.id, answer.id, 2 * _EXCHANGES)
        if not branch or branch[0].parent_id is not None:
            self._settle(chat.id)
            return
        exchange = [one for one in branch if one.role in (Role.USER, Role.ASSISTANT)][:2]
        asked = await self._ask(generation, exchange)
        title = clean(asked or "")
        if title:
            await self._set(generation.user_id, chat.id, title, "model")
            self._settle(chat.id)

    async def _ask(self, generation: Generation, exchange: list[Message]) -> str | None:
        """Return what the model says, None where it has better things to do."""
        if self._busy(generation):
            return None
        who = generation.user_id, generation.model
        if (prompt := continued(generation, wish(exchange))) is not None:
            saying = self._complete(*who, prompt, TITLE_TOKENS, beside=generation)
        else:
            saying = self._complete(*who, request(exchange), TITLE_TOKENS)
        asking = asyncio.ensure_future(saying)
        deadline = asyncio.get_running_loop().time() + PATIENCE
        try:
            while not (await asyncio.wait({asking}, timeout=_PEEK))[0]:
                late = asyncio.get_running_loop().time() > deadline
                if late or self._loads(generation.instance or "").queued:
                    return None
            return asking.result()
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    def _busy(self, generation: Generation) -> bool:
        load = self._loads(generation.instance or "")
        return bool(load.active or load.queued)

    async def _set(self, user_id: str, chat_id: str, title: str, by: str) -> None:
        rev = await self._store.write(lambda tx: tx.chats.entitle(user_id, chat_id, title, by))
        if rev is not None:
            self._bus.publish(ChatChanged(user_id, chat_id, rev, ChatChange.TITLE))


def wish(exchange: list[Message]) -> str:
    """Return the words that ask for a title of the conversation before them, in its own language."""
    return _WISH_ZH if _is_chinese(exchange) else _WISH_EN


def request(exchange: list[Message]) -> list[dict[str, Any]]:
    """Return the messages that ask for a title of a first exchange, in its own language."""
    chinese = _is_chinese(exchange)
    speakers = {
        Role.USER: "用户：" if chinese else "User: ",
        Role.ASSISTANT: "助手：" if chinese else "Assistant: ",
    }
    lines = [_ASK_ZH if chinese else _ASK_EN]
    lines += [speakers[one.role] + one.content.strip()[:_EXCERPT_CHARS] for one in exchange]
    return [{"role": "user", "content": "\n".join(lines)}]


def _is_chinese(exchange: list[Message]) -> bool:
    return bool(exchange) and len(_CJK.findall(exchange[0].content)) * 3 > len(exchange[0].content)


def clean(answer: str) -> str:
    """Return a title out of a model's answer: one line without quotes, label or full stop; "" if none."""
    line = next((line for line in answer.splitlines() if line.strip(_QUOTES + "# ")), "")
    title = " ".join(line.strip(_QUOTES + "# ").split())
    title = _LABEL.sub("", title).strip(_QUOTES + "# ").rstrip(".。 ").strip(_QUOTES)
    return _cut(title, TITLE_CHARS)


def first_words(text: str) -> str:
    """Return the beginning of what a person said, as a title."""
    return _cut(" ".join(text.split()), _FALLBACK_CHARS)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    short = text[: limit - 1]
    at_word = short.rsplit(" ", 1)[0]
    # a script without spaces, or one endless word, is cut where the room ends
    return (at_word if len(at_word) * 2 > limit else short).rstrip(" ,;:，；：、") + "…"
