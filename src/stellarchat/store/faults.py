"""Errors of databases and drivers, told in our own."""

import sqlite3

import sqlalchemy.exc as sql

from stellarchat.core.errors import BadRequest, Conflict, StellarChatError, StoreUnavailable

_REMEDY = "Nothing was saved. Try again; if it goes on, look at the database and the disk it is on."


def translated(error: Exception) -> StellarChatError | None:
    """Return what `error` means for a caller, None where it is a fault of our own."""
    if isinstance(error, (sql.IntegrityError, sqlite3.IntegrityError)):
        return Conflict(
            "the same thing is stored already, or what it belongs to is gone",
            detail=_words(error),
            sentence="store_conflict",
        )
    if isinstance(error, sql.DataError) or _sqlstate(error).startswith("22"):
        return BadRequest(
            "a value does not fit into the database", detail=_words(error), sentence="store_value"
        )
    if isinstance(error, (sql.ProgrammingError, sql.NotSupportedError, sqlite3.ProgrammingError)):
        return None
    if isinstance(error, (sql.DBAPIError, sql.TimeoutError, sqlite3.Error, OSError)):
        return unavailable(error)
    return None


def _sqlstate(error: Exception) -> str:
    """Return PostgreSQL's code; class 22 is "data exception", which asyncpg does not tell apart."""
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")


def unavailable(error: Exception) -> StoreUnavailable:
    """Return the error that says the database cannot be used now, with its own words as `detail`."""
    return StoreUnavailable(
        "the database does not answer as it should",
        remedy=_REMEDY,
        detail=_words(error),
        retry_after=1.0,
        sentence="store_silent",
    )


def _words(error: Exception) -> str:
    # the statement and its parameters, which SQLAlchemy adds, may hold what people wrote
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {cause}".splitlines()[0][:500]
