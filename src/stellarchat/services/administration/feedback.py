"""What people think of replies: thumbs, with a reason and a comment where they like."""

import csv
import io
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Final

import msgspec

from stellarchat.core.errors import BadRequest, NotFound, PayloadTooLarge
from stellarchat.core.messages import Message, Role
from stellarchat.core.ratings import Opinion, Rated, Rating, RatingQuery, Thumb
from stellarchat.core.records import Page
from stellarchat.services.administration.usage import plain
from stellarchat.store.database import Store, Transaction

COMMENT_CHARS: Final = 4000
REASONS: Final = {
    Thumb.UP: ("correct", "helpful", "clear", "creative", "followed", "other"),
    Thumb.DOWN: (
        "incorrect",
        "incomplete",
        "ignored",
        "unclear",
        "too_long",
        "refused",
        "unsafe",
        "slow",
        "other",
    ),
}
_PAGE: Final = 100


class Feedback:
    """Keeps people's ratings. A rating belongs to whoever gave it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def rate(
        self,
        user_id: str,
        chat_id: str,
        message_id: str,
        thumb: Thumb,
        reason: str | None = None,
        comment: str | None = None,
    ) -> Rating:
        """Rate a reply in a chat of one's own, in place of an earlier rating.

        Raises NotFound, BadRequest for a message that no model wrote and for a reason that is none,
        PayloadTooLarge for a long comment.
        """
        if reason is not None and reason not in REASONS[thumb]:
            raise BadRequest(
                f"{reason!r} is no reason for {thumb}.",
                param="reason",
                remedy=f"Use one of: {', '.join(REASONS[thumb])}.",
            )
        comment = comment.strip() or None if comment else None
        if comment and len(comment) > COMMENT_CHARS:
            raise PayloadTooLarge(
                f"`comment` may have at most {COMMENT_CHARS} characters.",
                param="comment",
                sentence="comment_long",
                values={"limit": COMMENT_CHARS},
            )
        now = datetime.now(UTC)
        async with self._store.transaction() as tx:
            await tx.chats.get(user_id, chat_id)
            message = await tx.messages.get(chat_id, message_id)
            if message.role is not Role.ASSISTANT:
                raise BadRequest(
                    "Only replies of a model are rated.", param="message_id", sentence="rating_reply"
                )
            return await tx.ratings.put(
                Rating(
                    message_id=message_id,
                    user_id=user_id,
                    chat_id=chat_id,
                    model=message.model,
                    thumb=thumb,
                    reason=reason,
                    comment=comment,
                    created_at=now,
                    updated_at=now,
                )
            )

    async def withdraw(self, user_id: str, chat_id: str, message_id: str) -> None:
        """Forget one's rating. Raises NotFound where there is none."""
        async with self._store.transaction() as tx:
            await tx.chats.get(user_id, chat_id)
            if not await tx.ratings.remove(user_id, message_id):
                raise NotFound(
                    "There is no rating of this message.", param="message_id", sentence="rating_none"
                )

    async def of_chat(self, user_id: str, chat_id: str) -> list[Rating]:
        """Return one's ratings in a chat of one's own. Raises NotFound."""
        async with self._store.read() as tx:
            await tx.chats.get(user_id, chat_id)
            return await tx.ratings.of_chat(user_id, chat_id)

    async def given(self, query: RatingQuery, cursor: str | None = None, limit: int = 50) -> Page[Rated]:
        """Return everybody's ratings, the latest first, with the rated exchange and nothing else of the chat.

        For administrators. Raises BadRequest for a cursor that no page gave.
        """
        async with self._store.read() as tx:
            page = await tx.ratings.newest(query, cursor, limit)
            return Page(await _exchanges(tx, page.items), page.next_cursor)

    async def opinions(self, query: RatingQuery) -> list[Opinion]:
        """Return how often each model's replies were found good and bad. For administrators."""
        async with self._store.read() as tx:
            return await tx.ratings.opinions(query)

    async def export(self, query: RatingQuery, form: str, names: dict[str, str]) -> AsyncGenerator[bytes]:
        """Yield all that `given` gives, as `csv` or as `jsonl`; `names` are those of the users."""
        if form == "csv":
            yield _row(_HEADS)
        cursor: str | None = None
        while True:
            page = await self.given(query, cursor, _PAGE)
            for rated in page.items:
                values = _flat(rated, names)
                if form == "csv":
                    yield _row([plain(str(value or "")) for value in values.values()])
                else:
                    yield msgspec.json.encode(values) + b"\n"
            if (cursor := page.next_cursor) is None:
                return


async def _exchanges(tx: Transaction, ratings: list[Rating]) -> list[Rated]:
    replies = {one.id: one for one in await tx.messages.many([rating.message_id for rating in ratings])}
    parents = [reply.parent_id for reply in replies.values() if reply.parent_id is not None]
    asked: dict[str, Message] = {one.id: one for one in await tx.messages.many(parents)}
    found = []
    for rating in ratings:
        # gone between the two looks, where the database lets others write meanwhile
        if (reply := replies.get(rating.message_id)) is not None:
            found.append(Rated(rating, asked.get(reply.parent_id or ""), reply))
    return found


_HEADS: Final = [
    "rated_at",
    "user",
    "user_name",
    "model",
    "rating",
    "reason",
    "comment",
    "question",
    "reply",
    "message_id",
]


def _flat(rated: Rated, names: dict[str, str]) -> dict[str, str | None]:
    rating = rated.rating
    values = [
        rating.updated_at.isoformat(),
        rating.user_id,
        names.get(rating.user_id),
        rating.model,
        rating.thumb.value,
        rating.reason,
        rating.comment,
        rated.question.content if rated.question else None,
        rated.reply.content,
        rating.message_id,
    ]
    return dict(zip(_HEADS, values, strict=True))


def _row(cells: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()
