"""Earlier messages of a chat in few words, so that a conversation that is too long can go on.

A summary is a message of its own in the tree: everybody sees that it is there and what it says, and what it
stands for stays above it. Nothing is ever summarised unasked.
"""

import re
from collections.abc import Sequence
from typing import Final

from stellarchat.core.errors import AnswerInvalid, BadRequest, BranchBusy
from stellarchat.core.messages import Chat, Message, Role, TextPart
from stellarchat.services import tokens
from stellarchat.services.answers.asking import Complete
from stellarchat.services.answers.prompt import (
    BRANCH_LIMIT,
    SUMMARY,
    is_summary,
    messages_for,
    prompt_for,
    summarised,
)
from stellarchat.services.chats.chats import Chats, NewMessage, Stored
from stellarchat.services.files.telling import Telling
from stellarchat.services.models import Models
from stellarchat.store.database import Store

KEPT: Final = 4
"""Messages at the end that stay as they are, as long as they take no more than a quarter of the context."""

_CONTEXT: Final = 4096  # tokens, of a model that does not tell
_LONGEST: Final = 1000  # tokens of a summary at most
_CJK: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_ASK_EN: Final = (
    "Summarise the conversation below so that it can go on without it. Keep names, numbers, decisions, open"
    " questions and what the user wants. Answer with the summary alone."
)
_ASK_ZH: Final = (
    "请总结下面的对话，使对话无需原文也能继续。"
    "保留名称、数字、决定、未解决的问题以及用户的要求。只回答总结本身。"
)
_SPEAKERS: Final = {"user": "User", "assistant": "Assistant", "tool": "Tool", "system": "Summary so far"}


class Summaries:
    """Has earlier messages summarised by a model, and stores what it says in the chat."""

    def __init__(
        self, store: Store, chats: Chats, models: Models, complete: Complete, telling: Telling
    ) -> None:
        self._store, self._chats, self._models = store, chats, models
        self._complete, self._telling = complete, telling

    async def make(
        self,
        user_id: str,
        chat_id: str,
        *,
        model: str | None = None,
        keep: int | None = None,
        origin: str | None = None,
    ) -> Stored:
        """Summarise the active branch but for its last `keep` messages; return the summary's message.

        Raises NotFound, BadRequest where there is nothing to summarise, BranchBusy, AnswerInvalid where the
        model says nothing, and what asking it raises.
        """
        async with self._store.read() as tx:
            chat = await tx.chats.get(user_id, chat_id)
            leaf = chat.active_leaf_id
            branch = await tx.messages.branch(chat.id, leaf, BRANCH_LIMIT) if leaf is not None else []
        if branch and not branch[-1].status.final:
            raise BranchBusy(
                "A reply is still being written here.",
                remedy="Wait for it to end, or stop it.",
                sentence="reply_unfinished",
            )
        name = model or chat.model or await self._models.default(user_id)
        if name is None:
            raise BadRequest(
                "No model was named.",
                param="model",
                remedy="Name one of GET /api/models.",
                sentence="model_unnamed",
            )
        context = (await self._models.find(user_id, name)).context_length or _CONTEXT
        _, told = summarised(branch)
        kept = _kept(told, context) if keep is None else keep
        older = list(told[: len(told) - kept])
        if not older:
            raise BadRequest(
                "There is nothing to summarise.",
                param="keep",
                remedy="Begin a new chat, or keep fewer messages.",
                sentence="summary_nothing",
            )
        text = await self._summary(user_id, name, context, chat, _with_summary(branch, older))
        new = NewMessage(
            role=Role.SYSTEM,
            parts=[TextPart(text)],
            parent_id=leaf,
            model=name,
            metadata={SUMMARY: {"kept": len(told) - len(older), "messages": len(older)}},
        )
        return await self._chats.add_message(user_id, chat.id, new, origin)

    async def _summary(
        self, user_id: str, model: str, context: int, chat: Chat, older: Sequence[Message]
    ) -> str:
        """Ask piece by piece: what is too long to be answered is too long to be summarised at once, too."""
        wire = await prompt_for(None, older, self._telling.measured(model))
        lines = [f"{_SPEAKERS[one['role']]}: {_text(one['content'])}" for one in wire]
        chinese = len(_CJK.findall("".join(lines))) * 3 > sum(map(len, lines))
        longest = min(_LONGEST, context // 6)
        summary = ""
        for piece in _pieces("\n\n".join(lines), context // 2 - longest):
            before = f"Summary so far:\n{summary}\n\n" if summary else ""
            asked = f"{_ASK_ZH if chinese else _ASK_EN}\n\n{before}{piece}"
            summary = await self._complete(user_id, model, [{"role": "user", "content": asked}], longest)
            summary = summary.strip()
            if not summary:
                raise AnswerInvalid(
                    f"{model} wrote no summary.",
                    remedy="Try again, or choose another model for it.",
                    sentence="summary_none",
                    values={"model": model},
                )
        return summary


def _with_summary(branch: Sequence[Message], older: Sequence[Message]) -> list[Message]:
    """Put an earlier summary before the messages that came after it."""
    before = next((one for one in reversed(branch) if is_summary(one)), None)
    if before is None:
        return list(older)
    plain = Message(
        id=before.id,
        chat_id=before.chat_id,
        parent_id=None,
        role=Role.SYSTEM,
        parts=before.parts,
        created_at=before.created_at,
        updated_at=before.updated_at,
    )
    return [plain, *older]


def _kept(told: Sequence[Message], context: int) -> int:
    """Return how many messages at the end are left: whole exchanges that are not too long."""
    left, count = context / 4, 0
    for one in reversed(told[-KEPT:]):
        left -= sum(tokens.of_text(str(message["content"])) for message in messages_for(None, [one]))
        if left < 0:
            break
        count += 1
    return min(count - count % 2, max(0, len(told) - 1))


def _text(content: object) -> str:
    if isinstance(content, list):
        return "\n\n".join(piece["text"] for piece in content if piece["type"] == "text")
    return str(content or "")


def _pieces(text: str, longest: int) -> list[str]:
    """Cut a text into pieces of about `longest` tokens, at ends of lines where there are some."""
    chars = max(500, int(len(text) * longest / max(tokens.of_text(text), 1.0)))
    found = []
    while text:
        end = len(text) if len(text) <= chars else text.rfind("\n", chars // 2, chars) + 1 or chars
        found.append(text[:end].strip("\n"))
        text = text[end:]
    return [piece for piece in found if piece]
