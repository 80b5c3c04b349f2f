"""Progress only rises, and is finished only when the engine is ready."""

from stellarchat.core.launch import LoadProgress
from stellarchat.runtime.progress import LoadMeter


def test_progress_and_estimate() -> None:
    meter = LoadMeter(1000, now=10.0)
    assert meter.update(0, now=11.0) == LoadProgress(bytes_done=0, bytes_total=1000, progress=0.0)
    assert meter.update(250, now=12.0) == LoadProgress(250, 1000, 0.25, 6.0)
    assert meter.update(500, now=14.0) == LoadProgress(500, 1000, 0.5, 4.0)


def test_it_never_goes_back() -> None:
    meter = LoadMeter(1000, now=0.0)
    meter.update(600, now=1.0)
    assert meter.update(400, now=2.0).bytes_done == 600


def test_it_never_ends_by_itself() -> None:
    found = LoadMeter(1000, now=0.0).update(5000, now=1.0)
    assert (found.bytes_done, found.progress) == (1000, 0.99)


def test_without_a_total_there_is_no_estimate() -> None:
    assert LoadMeter(None, now=0.0).update(5, now=1.0) == LoadProgress(bytes_done=5)
