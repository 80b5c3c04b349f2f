import sqlite3

import pytest
import sqlalchemy.exc as sql

from stellarchat.core.errors import BadRequest, Conflict, StoreUnavailable
from stellarchat.store.faults import translated


class Refusal(Exception):
    """As asyncpg raises it: only the code tells what it is."""

    sqlstate = "22001"


def wrapped(kind: type[sql.DBAPIError], cause: BaseException) -> sql.DBAPIError:
    return kind("INSERT INTO chat …", {"title": "what somebody wrote"}, cause)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (wrapped(sql.IntegrityError, sqlite3.IntegrityError("UNIQUE")), Conflict),
        (wrapped(sql.DataError, Exception("too long")), BadRequest),
        (wrapped(sql.DBAPIError, Refusal("too long")), BadRequest),
        (wrapped(sql.OperationalError, sqlite3.OperationalError("database is locked")), StoreUnavailable),
        (wrapped(sql.DatabaseError, sqlite3.DatabaseError("malformed")), StoreUnavailable),
        (wrapped(sql.InterfaceError, Exception("connection is closed")), StoreUnavailable),
        (sql.TimeoutError("QueuePool limit"), StoreUnavailable),
        (sqlite3.DatabaseError("file is not a database"), StoreUnavailable),
        (ConnectionResetError("gone"), StoreUnavailable),
    ],
)
def test_errors_are_told_in_our_own_words(error: Exception, expected: type[Exception]) -> None:
    found = translated(error)
    assert type(found) is expected
    assert found is not None
    assert found.detail
    assert "somebody wrote" not in found.detail


@pytest.mark.parametrize("error", [wrapped(sql.ProgrammingError, Exception("syntax")), KeyError("x")])
def test_our_own_faults_are_not_dressed_up(error: Exception) -> None:
    assert translated(error) is None
