"""Keeping answers of the Responses API: found by their owner, and bounded."""

import pytest

from stellarchat.core.errors import NotFound
from stellarchat.services.answers.responses import Responses, StoredResponse


def stored(size: int = 10) -> StoredResponse:
    """An answer that takes so many bytes."""
    return StoredResponse(shown=b"{}", input=[], messages=[], size=size)


def kept(responses: Responses, *names: str) -> list[str]:
    """Return which of these are there."""
    found = []
    for name in names:
        try:
            responses.get("me", name)
        except NotFound:
            continue
        found.append(name)
    return found


def test_an_answer_is_its_owners_alone() -> None:
    responses = Responses()
    responses.keep("me", "a", stored())
    assert responses.get("me", "a").size == 10
    with pytest.raises(NotFound) as caught:
        responses.get("you", "a", "previous_response_id")
    assert caught.value.param == "previous_response_id"
    assert caught.value.remedy


def test_the_oldest_go_by_count_by_size_and_by_age() -> None:
    now = [0.0]
    responses = Responses(count=2, size=100, seconds=60, clock=lambda: now[0])
    for name in "abc":
        responses.keep("me", name, stored())
    assert kept(responses, *"abc") == ["b", "c"]
    responses.keep("me", "d", stored(95))
    assert kept(responses, *"bcd") == ["d"]
    responses.keep("me", "e", stored(101))
    assert kept(responses, *"de") == []
    responses.keep("me", "f", stored())
    now[0] = 61
    assert kept(responses, "f") == []
    responses.keep("me", "g", stored())
    assert kept(responses, "g") == ["g"]


def test_forgetting_makes_room() -> None:
    responses = Responses(count=5, size=100)
    responses.keep("me", "a", stored(60))
    responses.delete("me", "a")
    responses.keep("me", "b", stored(60))
    assert kept(responses, "a", "b") == ["b"]
    with pytest.raises(NotFound):
        responses.delete("me", "a")
