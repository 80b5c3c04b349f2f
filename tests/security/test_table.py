"""docs/security.md says the truth: every test it names is there, and names the ids of its row."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = [
    line
    for line in (ROOT / "docs/security.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("|") and "`tests/" in line
]
TESTS = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
IDS = re.compile(r"CVE-(\d{4}-\d+)|(GHSA-[\w-]+)")


def test_the_table_is_read() -> None:
    assert len(ROWS) > 20
    assert sum(len(IDS.findall(row)) for row in ROWS) > 50


@pytest.mark.parametrize("row", ROWS, ids=[row.split("|")[1].strip()[:40] for row in ROWS])
def test_a_row_is_true(row: str) -> None:
    words = ""
    for path, name in TESTS.findall(row):
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not name or f"def {name}(" in text, (path, name)
        words += text
    assert [one for one in ("".join(found) for found in IDS.findall(row)) if one not in words] == []
