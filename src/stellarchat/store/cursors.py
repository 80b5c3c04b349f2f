"""Where a page of a list ends, in a form that is given away and taken back: a moment and an id."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from stellarchat.core.errors import BadRequest
from stellarchat.core.records import Page

T = TypeVar("T")


def paged(found: Sequence[T], limit: int, place: Callable[[T], tuple[datetime, str]]) -> Page[T]:
    """Return a page of what was asked for with one more than `limit`; `place` tells where each stands."""
    more = len(found) > limit
    return Page([*found[:limit]], cursor_of(*place(found[limit - 1])) if more else None)


def beyond(
    cursor: str | None, moment: sa.ColumnElement[Any], identity: sa.ColumnElement[str]
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of what follows a cursor, the latest first; none without a cursor.

    Raises BadRequest for one that no page gave.
    """
    if cursor is None:
        return []
    at, last = read_cursor(cursor)
    # the first repeats the second so that every planner uses the index
    return [moment <= at, sa.or_(moment < at, identity < last)]


def cursor_of(at: datetime, identity: str) -> str:
    """Return the cursor of the last thing on a page."""
    plain = f"{at.isoformat()} {identity}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """Return what a cursor was made of. Raises BadRequest for one that no page gave."""
    try:
        plain = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        moment, _, identity = plain.partition(" ")
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None or not identity:
            raise ValueError("incomplete")
        return at.astimezone(UTC), identity
    except (ValueError, OverflowError, binascii.Error) as error:
        raise foreign_cursor() from error


def foreign_cursor() -> BadRequest:
    """Return the error of a cursor that no page gave."""
    return BadRequest(
        "the cursor is not one that this server gave",
        param="cursor",
        remedy="Ask for the first page, without a cursor.",
    )
