"""The command line. Heavy modules are imported by the commands that need them, so that help is quick."""

from typing import Annotated

import typer

from stellarchat.cli import apitest, chats, checks, database, engines, instances, models, run, serve, users
from stellarchat.core.version import __version__

app = typer.Typer(
    name="stellarchat",
    help="Start open language models on your own machine and talk to them.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"stellarchat {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the command."""


app.command("serve")(serve.serve)
app.command("run")(run.run)
app.command("engines")(engines.engines)
app.command("check")(checks.check)
app.command("api-test")(apitest.api_test)
app.command("import")(chats.import_chats)
app.command("export")(chats.export_chats)
app.add_typer(models.app, name="models")
app.add_typer(instances.app, name="instances")
app.add_typer(database.app, name="db")
app.add_typer(users.users, name="user")
app.add_typer(users.keys, name="key")
