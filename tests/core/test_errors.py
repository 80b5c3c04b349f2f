"""Errors as data, and back."""

import pickle

import pytest

from stellarchat.core.errors import (
    BadRequest,
    EngineMissing,
    ErrorInfo,
    ModelNotFound,
    OutOfMemory,
    Reported,
    StellarChatError,
    revived,
)


@pytest.mark.parametrize("kind", [OutOfMemory, EngineMissing, ModelNotFound, BadRequest])
def test_errors_come_back_as_what_they_were(kind: type[StellarChatError]) -> None:
    error = kind("Why.", remedy="Do.", param="p", detail="d", retry_after=2, sentence="s", values={"n": 1})
    for again in (revived(error.info()), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own
        assert type(again) is kind
        assert again.info() == error.info()


def test_an_unknown_error_stays_what_it_was() -> None:
    info = ErrorInfo(code="new", message="x", status=418, remedy="y", retry_after=2)
    again = revived(info)
    assert type(again) is Reported
    assert (again.info(), again.remedy, again.retry_after) == (info, "y", 2)
