"""What fits, what makes room, and how it is said."""

import pytest

from stellarchat.engines.base import Footprint
from stellarchat.services.fit import MEMORY, Idle, Way, fit, make_room, overdue, readable, score

GB = 10**9
MODEL = Footprint(weights_bytes=4 * GB, kv_bytes_per_token=100_000, overhead_bytes=GB, context_limit=40_960)


def idle(name: str, *, seconds: float = 60, load: float = 1, memory: int = GB, weight: float = 1) -> Idle:
    return Idle(
        run_id=name,
        idle_seconds=seconds,
        load_seconds=load,
        memory_bytes=memory,
        weight=weight,
        limit_seconds=50,
    )


def test_what_is_needed_is_weights_contexts_and_overhead() -> None:
    judged = fit(MODEL, context_length=8192, slots=4, free_bytes=10 * GB)
    assert (judged.fits, judged.reason) == (True, None)
    assert judged.needed_bytes == 5 * GB + 4 * 8192 * 100_000


def test_exactly_enough_is_enough() -> None:
    needed = MODEL.needed(8192, 4)
    assert fit(MODEL, context_length=8192, slots=4, free_bytes=needed).fits
    assert not fit(MODEL, context_length=8192, slots=4, free_bytes=needed - 1).fits


@pytest.mark.parametrize(
    ("free", "words"),
    [
        (7.9, ["slots 3", "context_length 4096"]),
        (5.9, ["slots 1", "context_length 2048"]),
        (5.45, ["context_length 1024"]),
        (5.0, ["the variant small"]),
        (1.0, ["Stop other models"]),
    ],
)
def test_the_reason_says_what_would_fit(free: float, words: list[str]) -> None:
    judged = fit(
        MODEL,
        context_length=8192,
        slots=4,
        free_bytes=int(free * GB),
        others=[("small", GB // 2), ("larger", 9 * GB)],
    )
    assert not judged.fits
    assert judged.reason is not None
    assert "It needs about 8.3 GB of memory" in judged.reason
    for word in words:
        assert word in judged.reason
    assert "larger" not in judged.reason


@pytest.mark.parametrize(
    ("free", "ways"),
    [
        (7.9, [Way("slots", 3), Way("context_length", 4096)]),
        (5.0, [Way("variant", "small")]),
        (1.0, []),
    ],
)
def test_ways_out_can_be_chosen_as_they_are(free: float, ways: list[Way]) -> None:
    wanted = {"context_length": 8192, "slots": 4, "others": [("small", GB // 2)]}
    judged = fit(MODEL, free_bytes=int(free * GB), **wanted)
    assert set(judged.ways) >= set(ways)
    assert bool(judged.ways) is bool(ways)


@pytest.mark.parametrize("context", [40_960, 33_000])
def test_the_longest_context_is_offered_that_is_a_power_of_two(context: int) -> None:
    free = MODEL.needed(32_768, 1)
    judged = fit(MODEL, context_length=context, slots=1, free_bytes=free)
    assert judged.ways == (Way("context_length", 32_768),)


def test_what_is_needed_is_told_apart() -> None:
    judged = fit(MODEL, context_length=8192, slots=4, free_bytes=10 * GB)
    assert judged.weights_bytes == MODEL.weights_bytes
    assert judged.context_bytes == 4 * 8192 * MODEL.kv_bytes_per_token
    assert judged.overhead_bytes == MODEL.overhead_bytes
    assert judged.weights_bytes + judged.context_bytes + judged.overhead_bytes == judged.needed_bytes


def test_long_unused_and_quickly_back_goes_first() -> None:
    assert score(idle("a", seconds=100)) > score(idle("b", seconds=50))
    assert score(idle("a", load=1)) > score(idle("b", load=60))
    assert score(idle("a", weight=1)) > score(idle("b", weight=4))


def test_overdue_ones_in_order_of_score() -> None:
    found = overdue([idle("fresh", seconds=49), idle("slow", load=10), idle("quick")])
    assert [one.run_id for one in found] == ["quick", "slow"]


def test_room_is_made_by_score() -> None:
    found = make_room([idle("b", seconds=10), idle("a", seconds=90), idle("c", seconds=5)], {MEMORY: 2 * GB})
    assert [one.run_id for one in found] == ["a", "b"]


def test_who_became_unnecessary_stays() -> None:
    found = make_room([idle("small", seconds=90), idle("big", seconds=10, memory=5 * GB)], {MEMORY: 4 * GB})
    assert [one.run_id for one in found] == ["big"]


def test_nothing_is_unloaded_for_nothing() -> None:
    assert make_room([idle("a")], {MEMORY: 2 * GB}) == []
    assert make_room([idle("a")], {MEMORY: 0}) == []
    assert make_room([], {MEMORY: 1}) == []


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (-5, "0 bytes"), (999, "999 bytes"), (1500, "2 kB"), (3_210_000, "3.2 MB"),
     (639_446_688, "639 MB"), (8 * 10**9, "8.0 GB"), (2 * 10**12, "2.0 TB")],
)  # fmt: skip
def test_sizes_are_readable(size: int, text: str) -> None:
    assert readable(size) == text
