"""The order of the files."""

from collections import defaultdict
from pathlib import Path

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the files that need a browser among the others.

    A browser keeps a processor busy, most other tests wait for something. With one after the other, three
    browsers at once would fight for two processors first, which would idle a third of the time later.
    """
    files: dict[Path, list[pytest.Item]] = defaultdict(list)
    for item in items:
        files[item.path].append(item)
    browsing = [tests for tests in files.values() if tests[0].get_closest_marker("browser")]
    others = [tests for tests in files.values() if tests not in browsing]
    # all are begun when nine tenths of the others are: none is left to the end
    distance = 0.9 * sum(map(len, others)) / max(1, len(browsing))
    items.clear()
    begun = passed = 0
    for tests in others:
        while begun < len(browsing) and passed >= begun * distance:
            items += browsing[begun]
            begun += 1
        items += tests
        passed += len(tests)
    for tests in browsing[begun:]:
        items += tests
