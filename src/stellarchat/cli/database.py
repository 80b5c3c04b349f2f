"""`stellarchat db`: the schema, and copies of the database."""

import asyncio
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
        Path | None,
        typer.Argument(help="File to write; default: in `backups` of the data folder."),
    ] = None,
    data_dir: common.DataDir = None,
    config: common.ConfigFile = None,
) -> None:
    """Write everything, of any database, to one file; also while the server runs."""
    settings = common.load(config, data_dir=data_dir).settings
    # imported here: help and completion do without it
    from stellarchat.services.backups.packing import Archives

    if settings.database_url is None and not (settings.data_dir / "stellarchat.db").is_file():
        common.fail(f"There is no database in {settings.data_dir}.")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = target or settings.data_dir / "backups" / f"stellarchat-{stamp}.zip"
    if target.exists():
        common.fail(f"{target} exists already.")
    with common.failing():
        asyncio.run(Archives(settings.database, settings.data_dir).write(target.absolute()))
    print(target)


@app.command()
def restore(
    archive: Annotated[Path, typer.Argument(help="A file that `db backup` or the page has written.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: common.DataDir = None,
    config: common.ConfigFile = None,
) -> None:
    """Put a backup in place of everything; the server must not run meanwhile.

    The backup is checked first, and what is there now is backed up. All is replaced, or nothing.
    """
    settings = common.load(config, data_dir=data_dir).settings
    from stellarchat.services.backups.packing import Archives
    from stellarchat.store.database import Store

    archives = Archives(settings.database, settings.data_dir)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    before = settings.data_dir / "backups" / f"stellarchat-{stamp}-before-restore.zip"

    async def replace() -> None:
        ours = Store(settings.database)
        await ours.claim()  # no server may be at work on it, nor begin to be
        try:
            store = Store(settings.database)
            await store.open()
            await store.close()
            await archives.write(before)
            await archives.restore(archive)
        finally:
            await ours.close()

    with common.failing():
        manifest = asyncio.run(archives.verify(archive))
        made = f"{manifest.created_at:%Y-%m-%d %H:%M} UTC"
        if not yes and not typer.confirm(f"Replace everything by the backup of {made}?", err=True):
            raise typer.Exit(common.FAILED)
        asyncio.run(replace())
    print(f"Restored the backup of {made}. What was there before is in {before}.")
