"""What all commands share: settings, the running server, output, and how they fail."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from stellarchat import config
from stellarchat.core.errors import StellarChatError

FAILED = 1
WRONG_USE = 2
UNREACHABLE = 3
"""Exit codes; 0 is success. 2 is also what a wrong option gives."""

DataDir = Annotated[Path | None, typer.Option(help="Folder of the database and the models.")]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="Configuration file instead of ./config.json.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Url = Annotated[str | None, typer.Option("--url", help="Address of the server; default: from the settings.")]


def load(config_file: Path | None = None, **overrides: Any) -> config.Loaded:
    """Read the settings; end the program with what is wrong with them."""
    try:
        return config.load(overrides, config=config_file)
    except StellarChatError as error:
        fail(error, WRONG_USE)


def fail(error: StellarChatError | str, code: int = FAILED) -> NoReturn:
    """Print an error to stderr and end the program."""
    if isinstance(error, str):
        print(error, file=sys.stderr)
    else:
        print(error.message, file=sys.stderr)
        for more in (error.detail, error.remedy):
            if more:
                print(more, file=sys.stderr)
    raise typer.Exit(code)


@contextmanager
def failing() -> Iterator[None]:
    """Turn errors raised inside into messages and exit codes."""
    try:
        yield
    except StellarChatError as error:
        fail(error)


def show(data: Any) -> None:
    """Print `data` as JSON."""
    print(json.dumps(data, ensure_ascii=False, indent=2))


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print aligned columns."""
    cells = [list(heads), *([("" if cell is None else str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(line.rstrip())


def size(count: int | None) -> str:
    """Return a number of bytes for people; "" for None."""
    if count is None:
        return ""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit in ("B", "kB") else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")
