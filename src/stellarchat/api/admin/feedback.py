"""Routes of ratings: one's own on the replies one got, and everybody's for administrators."""

from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field

from stellarchat.api import deps
from stellarchat.api.admin.files import LINES, TABLE, Streamed
from stellarchat.api.routes import Routes
from stellarchat.api.turns import STORABLE, Body
from stellarchat.core import ratings
from stellarchat.core.ratings import Rated, RatingQuery, Thumb
from stellarchat.services.administration.feedback import COMMENT_CHARS, Feedback

router = Routes(tags=["administration"])

Ratings = Annotated[Feedback, Depends(deps.feedback)]
User = Annotated[str, Depends(deps.user)]
Admin = Annotated[str, Depends(deps.admin)]


class RatingBody(Body):
    """What a person thinks of a reply."""

    rating: Thumb
    reason: Annotated[str, Field(max_length=32)] | None = Field(
        None,
        description="up: correct, helpful, clear, creative, followed, other; down: incorrect, incomplete, "
        "ignored, unclear, too_long, refused, unsafe, slow, other",
    )
    comment: Annotated[str, Field(max_length=COMMENT_CHARS), STORABLE] | None = None


class Rating(BaseModel):
    """One person's word on one reply."""

    message_id: str
    chat_id: str
    model: str | None
    rating: Thumb
    reason: str | None
    comment: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, one: ratings.Rating) -> Self:
        """Return a rating as it is shown."""
        return cls(
            message_id=one.message_id,
            chat_id=one.chat_id,
            model=one.model,
            rating=one.thumb,
            reason=one.reason,
            comment=one.comment,
            created_at=one.created_at,
            updated_at=one.updated_at,
        )


class ChatRatings(BaseModel):
    """One's ratings in a chat."""

    items: list[Rating]


class RatedExchange(Rating):
    """A rating with what was rated: the reply, and the message that it answers."""

    user_id: str
    user_name: str | None
    question: str | None
    reply: str

    @classmethod
    def shown(cls, rated: Rated, names: dict[str, str]) -> Self:
        """Return a rating as administrators see it."""
        return cls(
            **dict(Rating.of(rated.rating)),
            user_id=rated.rating.user_id,
            user_name=names.get(rated.rating.user_id),
            question=rated.question.content if rated.question else None,
            reply=rated.reply.content,
        )


class RatedPage(BaseModel):
    """Ratings, the latest first."""

    items: list[RatedExchange]
    next_cursor: str | None


class Opinion(BaseModel):
    """How often a model's replies were found good and bad."""

    model: str | None
    up: int
    down: int


class Opinions(BaseModel):
    """The most rated model first."""

    items: list[Opinion]


@router.get("/api/chats/{chat_id}/ratings")
async def read_ratings(user: User, feedback: Ratings, chat_id: str) -> ChatRatings:
    """The caller's ratings in a chat."""
    return ChatRatings(items=[Rating.of(one) for one in await feedback.of_chat(user, chat_id)])


@router.put("/api/chats/{chat_id}/messages/{message_id}/rating")
async def rate(user: User, feedback: Ratings, chat_id: str, message_id: str, body: RatingBody) -> Rating:
    """Rate a reply, in place of an earlier rating."""
    given = await feedback.rate(user, chat_id, message_id, body.rating, body.reason, body.comment)
    return Rating.of(given)


@router.delete("/api/chats/{chat_id}/messages/{message_id}/rating", status_code=204)
async def withdraw_rating(user: User, feedback: Ratings, chat_id: str, message_id: str) -> Response:
    """Forget one's rating of a reply."""
    await feedback.withdraw(user, chat_id, message_id)
    return Response(status_code=204)


async def _query(
    rating: Thumb | None = None,
    model: Annotated[str | None, Query(max_length=256)] = None,
    user: Annotated[str | None, Query(max_length=128, description="a user's id")] = None,
    reason: Annotated[str | None, Query(max_length=32)] = None,
) -> RatingQuery:
    return RatingQuery(thumb=rating, model=model, user_id=user, reason=reason)


Wanted = Annotated[RatingQuery, Depends(_query)]


@router.get("/api/admin/feedback")
async def list_feedback(
    admin: Admin,
    feedback: Ratings,
    names: Annotated[deps.Names, Depends(deps.names)],
    query: Wanted,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RatedPage:
    """Everybody's ratings, each with the rated exchange and nothing else of its chat."""
    page = await feedback.given(query, cursor, limit)
    known = await names({one.rating.user_id for one in page.items})
    return RatedPage(
        items=[RatedExchange.shown(one, known) for one in page.items], next_cursor=page.next_cursor
    )


@router.get("/api/admin/feedback/models")
async def rate_models(admin: Admin, feedback: Ratings, query: Wanted) -> Opinions:
    """How often each model's replies were found good and bad."""
    found = await feedback.opinions(query)
    return Opinions(items=[Opinion(model=one.model, up=one.up, down=one.down) for one in found])


@router.get(
    "/api/admin/feedback/export",
    status_code=200,
    response_class=Streamed,
    responses={200: {"content": {**TABLE, **LINES}, "description": "The file"}},
)
async def export_feedback(
    admin: Admin,
    feedback: Ratings,
    names: Annotated[deps.Names, Depends(deps.names)],
    query: Wanted,
    format: Literal["csv", "jsonl"] = "csv",
) -> Response:
    """The same as a file."""
    kind = "text/csv; charset=utf-8" if format == "csv" else "application/jsonl"
    chunks = feedback.export(query, format, await names(None))
    return Streamed(chunks, f"feedback.{format}", kind)
