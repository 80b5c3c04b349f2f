"""`stellarchat db`: the schema, and copies of the database."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from stellarchat.cli import common

app = typer.Typer(help="Upgrade and back up the database.", no_args_is_help=True)


@app.command()
def upgrade(data_dir: common.DataDir = None, config: common.ConfigFile = None) -> None:
    """Bring the database to this version's schema; an SQLite file is copied before."""
    settings = common.load(config, data_dir=data_dir).settings
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    # imported here: help and completion do without it
    from stellarchat.store.database import Store

    async def run() -> None:
        store = Store(settings.database)
        await store.open()
        await store.close()

    with common.failing():
        asyncio.run(run())
    print("The database has this version's schema.")


@app.command()
def backup(
    target: Annotated[
        Path | None, typer.Argument(help="File to write; default: beside the database.")
    ] = None,
    data_dir: common.DataDir = None,
    config: common.ConfigFile = None,
) -> None:
    """Copy an SQLite database, also while the server runs."""
    settings = common.load(config, data_dir=data_dir).settings
    scheme, _, path = settings.database.partition(":///")
    if not scheme.startswith("sqlite"):
        common.fail("Only SQLite databases are copied here; use your database server's own tool.")
    source = Path(path)
    if not source.is_file():
        common.fail(f"There is no database at {source}.")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = target or source.with_name(f"{source.stem}-{stamp}.db")
    if target.exists():
        common.fail(f"{target} exists already.")
    try:
        target.touch(mode=0o600)  # chats are private
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
    except (OSError, sqlite3.Error) as error:
        target.unlink(missing_ok=True)
        common.fail(f"The copy could not be written: {error}.")
    print(target)
