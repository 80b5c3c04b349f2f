"""The version is written down twice, and must be the same."""

import tomllib
from pathlib import Path

import stellarchat


def test_the_package_and_the_program_have_one_version() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert stellarchat.__version__ == project["project"]["version"]
