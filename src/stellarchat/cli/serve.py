"""`stellarchat serve`."""

import gc
import logging
import sys
from typing import Annotated

import typer

from stellarchat.cli import common


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes any free one.")] = None,
    data_dir: common.DataDir = None,
    config: common.ConfigFile = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let other machines in although there are no accounts.")
    ] = False,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
) -> None:
    """Serve the page and the API until Ctrl-C."""
    loaded = common.load(
        config, host=host, port=port, data_dir=data_dir, insecure=insecure or None, log_level=log_level
    )
    _log_to_stderr(loaded.settings.log_level)
    for warning in loaded.warnings:
        print(warning, file=sys.stderr)
    # nothing of what is put together now is garbage: looking for it would be a fifth of the start
    gc.disable()
    # imported here: the other commands do without the server's modules
    from stellarchat.app.serve import serve as run_server

    with common.failing():
        run_server(loaded.settings, _announce)


def _announce(address: str) -> None:
    print(f"StellarChat is ready at {address}", flush=True)


def _log_to_stderr(level: str) -> None:
    logging.basicConfig(
        level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    # they tell of every socket and every plug-in, and of all that is read or stored, links and
    # digests included; what matters of it is said by us
    for name in ("uvicorn", "alembic", "aiosqlite"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
