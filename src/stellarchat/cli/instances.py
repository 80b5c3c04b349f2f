"""`stellarchat instances`: what runs on a server, and starting and stopping it."""

import time
from typing import Annotated, Any
from urllib.parse import quote

import typer

from stellarchat.cli import common
from stellarchat.cli.client import Client

app = typer.Typer(help="See, start and stop the models of a running server.", no_args_is_help=True)

_ENDED = ("ready", "failed", "stopped")
RunId = Annotated[str, typer.Argument(help="The instance's id, or the model's name.")]


@app.command("list")
def list_(url: common.Url = None, as_json: common.AsJson = False) -> None:
    """List what runs."""
    found = Client(url).get("/api/v1/models/running")["data"]
    if as_json:
        common.show(found)
        return
    common.table(
        ("MODEL", "ENGINE", "STATE", "CONTEXT", "SLOTS", "MEMORY", "RUN ID"),
        [
            (
                one["model"],
                one["engine"],
                one["state"],
                one["context_length"],
                one["slots"],
                common.size(one["memory_bytes"]),
                one["run_id"],
            )
            for one in found
        ],
    )


@app.command()
def start(
    model: Annotated[str, typer.Argument(help="Name of the model.")],
    engine: Annotated[str | None, typer.Option(help="Engine to run it on.")] = None,
    context_length: Annotated[int | None, typer.Option(help="Tokens of context per reply.")] = None,
    slots: Annotated[int | None, typer.Option(help="Replies written at once.")] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads.")] = None,
    wait: Annotated[bool, typer.Option(help="Wait until it is ready.")] = True,
    url: common.Url = None,
    as_json: common.AsJson = False,
) -> None:
    """Start a model."""
    client = Client(url)
    options = {
        "engine_type": engine,
        "context_length": context_length,
        "slots": slots,
        "threads": threads,
    }
    wanted = {name: value for name, value in options.items() if value is not None}
    instance = client.post("/api/v1/models/start", {"model_id": model, **wanted})["data"]
    while wait and instance["state"] not in _ENDED:
        time.sleep(0.2)
        instance = client.get(f"/api/v1/models/running/{quote(instance['run_id'], safe='')}")["data"]
    if as_json:
        common.show(instance)
    else:
        print(f"{instance['model']} is {instance['state']} ({instance['run_id']})")
    if instance["state"] == "failed":
        error = instance["error"] or {}
        common.fail("\n".join(error[key] for key in ("message", "detail", "remedy") if error.get(key)))


@app.command()
def stop(instance: RunId, url: common.Url = None, as_json: common.AsJson = False) -> None:
    """Stop an instance; returns when its processes are gone."""
    client = Client(url)
    run_id = _run_id(client, instance)
    report: dict[str, Any] = client.post(f"/api/v1/models/running/{quote(run_id, safe='')}/stop")["data"]
    if as_json:
        common.show(report)
    else:
        freed = common.size(report["memory_freed_bytes"])
        print(f"Stopped after {report['took_ms']:.0f} ms, {freed} of memory free again.")
    if report["survivors"]:
        common.fail(f"Processes that would not end: {report['survivors']}")


@app.command()
def logs(
    instance: RunId,
    tail: Annotated[int, typer.Option(min=1, max=2000, help="How many lines.")] = 100,
    url: common.Url = None,
) -> None:
    """Print the last lines an engine wrote."""
    client = Client(url)
    run_id = _run_id(client, instance)
    for line in client.get(f"/api/v1/models/running/{quote(run_id, safe='')}/logs?tail={tail}")["data"][
        "lines"
    ]:
        print(line)


def _run_id(client: Client, name: str) -> str:
    """Take a model's name for its instance."""
    for one in client.get("/api/v1/models/running")["data"]:
        if name in (one["run_id"], one["model"]):
            return str(one["run_id"])
    return name
