"""What people think of replies."""

from datetime import datetime
from enum import StrEnum

import msgspec

from stellarchat.core.messages import Message


class Thumb(StrEnum):
    """Whether a reply was good."""

    UP = "up"
    DOWN = "down"


class Rating(msgspec.Struct, kw_only=True):
    """One person's word on one reply. `model` wrote it."""

    message_id: str
    user_id: str
    chat_id: str
    model: str | None
    thumb: Thumb
    reason: str | None = None
    comment: str | None = None
    created_at: datetime
    updated_at: datetime


class Rated(msgspec.Struct, frozen=True):
    """A rating with the exchange it is about: the reply, and the message that it answers."""

    rating: Rating
    question: Message | None
    reply: Message


class Opinion(msgspec.Struct, frozen=True):
    """How often a model's replies were found good and bad."""

    model: str | None
    up: int
    down: int


class RatingQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which ratings are wanted."""

    thumb: Thumb | None = None
    model: str | None = None
    user_id: str | None = None
    reason: str | None = None
