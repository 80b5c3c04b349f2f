"""When a failing engine is left alone."""

import pytest

from stellarchat.core.errors import EngineBusy, EngineDied, Unavailable
from stellarchat.services.answers.admission import Breaker


def test_the_breaker_opens_after_failures_and_closes_with_time() -> None:
    now = 0.0
    breaker = Breaker(lambda: now, threshold=3)
    for _ in range(2):
        breaker.failed(EngineDied("gone"))
        breaker.check()
    breaker.failed(EngineDied("gone"))
    with pytest.raises(Unavailable, match="gone") as caught:
        breaker.check()
    assert caught.value.retry_after == 1.0
    now = 1.1
    breaker.check()
    breaker.failed(EngineDied("gone"))  # still: twice as long
    now = 2.9
    with pytest.raises(Unavailable):
        breaker.check()
    breaker.worked()
    breaker.check()


def test_a_429_closes_the_door_for_as_long_as_it_asked_capped() -> None:
    now = 0.0
    breaker = Breaker(lambda: now, longest=60)
    breaker.failed(EngineBusy("slow down", retry_after=3600))
    with pytest.raises(EngineBusy) as caught:
        breaker.check()
    assert caught.value.retry_after == 60
    now = 61
    breaker.check()
