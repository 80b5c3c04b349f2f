"""Asking a model something of our own: a title, a summary."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from stellarchat.core.errors import revived
from stellarchat.core.events import Failed, Text
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.generations import Generations
from stellarchat.services.answers.turns import Turn

# what shapes the beginning of a prompt besides its messages
_SHAPING = ("tools",)
# what our engines are told; endpoints refuse the word for thinking, and some models there any temperature
_CALMLY = {"temperature": 0.2, "thinking": False}


class Complete(Protocol):
    """Asks a model for a user and returns its text. May be cancelled. Raises StellarChatError."""

    def __call__(
        self,
        user_id: str,
        model: str,
        messages: list[dict[str, Any]],
        max_tokens: int,
        /,
        *,
        beside: Generation | None = None,
    ) -> Awaitable[str]:
        """`messages` are OpenAI's; `beside` is the reply whose prompt they begin with."""


def through(generations: Generations, remote: Callable[[str], bool]) -> Complete:
    """Ask models as everybody does, with a stateless generation; `remote` tells which are at an endpoint."""

    async def complete(
        user_id: str,
        model: str,
        messages: list[dict[str, Any]],
        max_tokens: int,
        /,
        *,
        beside: Generation | None = None,
    ) -> str:
        asked = (beside.asked if beside else None) or {}
        shaping = {name: asked[name] for name in _SHAPING if name in asked}
        params = {"max_tokens": max_tokens, **({} if remote(model) else _CALMLY), **shaping}
        affinity = beside.chat_id if beside else None
        turn = Turn(
            user_id=user_id, model=model, messages=messages, params=params, affinity=affinity, aside=True
        )
        generation = await generations.begin(turn)
        try:
            await generation.finished()
        finally:
            generations.abandon(generation)
        if generation.log and isinstance(last := generation.log[-1], Failed):
            raise revived(last.error)
        return "".join(event.text for event in generation.log if isinstance(event, Text))

    return complete


def continued(generation: Generation, words: str) -> list[dict[str, Any]] | None:
    """Return the prompt of a finished reply, the reply, and `words` of ours; None where that is no use.

    An engine of ours has read all but the last already, and so it stays: a prompt of another beginning
    would take the place that the chat's next turn needs.
    """
    asked, message = generation.asked, generation.message
    if asked is None or message is None or generation.engine in (None, "openai"):
        return None
    said = {"role": "assistant", "content": message.content}
    return [*asked["messages"], said, {"role": "user", "content": words}]
