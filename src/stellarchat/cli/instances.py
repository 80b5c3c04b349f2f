"""`stellarchat instances`: what runs on a server, and starting, changing and stopping it."""

import time
from typing import Annotated, Any
from urllib.parse import quote

import typer

from stellarchat.cli import common, progress
from stellarchat.cli.client import PATIENCE, Client

app = typer.Typer(help="See, start, change and stop the models of a running server.", no_args_is_help=True)

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
        ("MODEL", "ENGINE", "STATE", "CONTEXT", "SLOTS", "REPLICAS", "MEMORY", "RUN ID"),
        [
            (
                one["model"],
                one["engine"],
                one["state"],
                one["context_length"],
                one["slots"],
                len(one["replicas"]),
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
    size: Annotated[str | None, typer.Option(help="Size, as 8b.")] = None,
    quantization: Annotated[str | None, typer.Option(help="Quantization, as q4_k_m.")] = None,
    format_: Annotated[str | None, typer.Option("--format", help="Format, as gguf.")] = None,
    context_length: Annotated[int | None, typer.Option(help="Tokens of context per reply.")] = None,
    slots: Annotated[int | None, typer.Option(help="Replies written at once.")] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads.")] = None,
    replicas: Annotated[int | None, typer.Option(help="Processes that share the requests.")] = None,
    n_gpu: Annotated[int | None, typer.Option(help="GPUs of one replica; 0: none.")] = None,
    gpus: Annotated[str | None, typer.Option(help="GPUs to use, by index: 0,1.")] = None,
    gpu_layers: Annotated[int | None, typer.Option(help="Layers in GPU memory.")] = None,
    gpu_memory_utilization: Annotated[
        float | None, typer.Option(help="Share of GPU memory it may take, 0 to 1.")
    ] = None,
    precision: Annotated[str | None, typer.Option(help="float32, float16 or bfloat16.")] = None,
    cache_type: Annotated[str | None, typer.Option(help="Form of keys and values, as q8_0 or fp8.")] = None,
    lora: Annotated[list[str] | None, typer.Option(help="Path of a LoRA adapter; several times.")] = None,
    thinking: Annotated[
        bool | None, typer.Option("--thinking/--no-thinking", help="Think where a request does not say.")
    ] = None,
    trust_remote_code: Annotated[
        bool | None, typer.Option("--trust-remote-code", help="Run code that comes with the weights.")
    ] = None,
    pinned: Annotated[bool | None, typer.Option("--pinned", help="Never unload it by itself.")] = None,
    idle_unload_seconds: Annotated[
        float | None, typer.Option(help="Unload after so long without a request; 0: never.")
    ] = None,
    extra_arg: Annotated[
        list[str] | None, typer.Option(help="A word for the engine's own command line; several times.")
    ] = None,
    wait: Annotated[bool, typer.Option(help="Wait until it is ready, downloading what is missing.")] = True,
    url: common.Url = None,
    as_json: common.AsJson = False,
) -> None:
    """Start a model. Options an engine does not have are refused by name."""
    body = {
        "model_id": model,
        "engine_type": engine,
        "size": size,
        "quantization": quantization,
        "format": format_,
        "context_length": context_length,
        "slots": slots,
        "threads": threads,
        "replicas": replicas,
        "n_gpu": n_gpu,
        "gpus": _numbers(gpus),
        "gpu_layers": gpu_layers,
        "gpu_memory_utilization": gpu_memory_utilization,
        "precision": precision,
        "cache_type": cache_type,
        "lora": lora or None,
        "thinking": thinking,
        "trust_remote_code": trust_remote_code,
        "pinned": pinned,
        "idle_unload_seconds": idle_unload_seconds,
        "extra_args": extra_arg or None,
    }
    wanted = {name: value for name, value in body.items() if value is not None}
    client = Client(url)
    if wait:
        instance = _started(client, wanted)
    else:
        instance = client.post("/api/v1/models/start", wanted)["data"]
    _tell(instance, as_json)


@app.command()
def restart(
    instance: RunId,
    wait: Annotated[bool, typer.Option(help="Wait until it is ready again.")] = True,
    url: common.Url = None,
    as_json: common.AsJson = False,
) -> None:
    """Stop an instance and start it again with the same options."""
    client = Client(url)
    path = _path(client, instance)
    found = client.post(f"{path}/restart", timeout=PATIENCE)["data"]
    _tell(_awaited(client, found) if wait else found, as_json)


@app.command()
def scale(
    instance: RunId,
    replicas: Annotated[int, typer.Argument(min=1, max=64, help="Processes that share the requests.")],
    wait: Annotated[bool, typer.Option(help="Wait until there are so many.")] = True,
    url: common.Url = None,
    as_json: common.AsJson = False,
) -> None:
    """Change how many replicas serve; those that are too many finish their replies first."""
    client = Client(url)
    path = _path(client, instance)
    found = client.patch(path, {"replicas": replicas})["data"]
    line = progress.Line()
    while wait and not _scaled(found, replicas):
        line.show(", ".join(f"replica {one['index']} {one['state']}" for one in found["replicas"]))
        time.sleep(0.2)
        found = client.get(path)["data"]
    line.clear()
    _tell(found, as_json)
    failed = [one for one in found["replicas"] if one["state"] == "failed"]
    if failed:
        common.fail(_words(failed[0]["error"]))


@app.command()
def stop(instance: RunId, url: common.Url = None, as_json: common.AsJson = False) -> None:
    """Stop an instance; returns when its processes are gone."""
    client = Client(url)
    report: dict[str, Any] = client.post(f"{_path(client, instance)}/stop", timeout=PATIENCE)["data"]
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
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what it writes, until it ends or Ctrl-C.")
    ] = False,
    replica: Annotated[int | None, typer.Option(min=1, help="Which replica, from 1.")] = None,
    url: common.Url = None,
) -> None:
    """Print the last lines an engine wrote."""
    client = Client(url)
    which = "" if replica is None else f"&replica={replica}"
    path = f"{_path(client, instance)}/logs?tail={tail}{which}"
    if not follow:
        for line in client.get(path)["data"]["lines"]:
            print(line)
        return
    try:
        for event in client.events("GET", f"{path}&follow=true"):
            print(event["line"], flush=True)
    except KeyboardInterrupt:
        pass


def _started(client: Client, body: dict[str, Any]) -> dict[str, Any]:
    """Start and tell how it goes; end the program with what was wrong."""
    line = progress.Line()
    for event in client.events("POST", "/api/v1/models/start-stream", body):
        if event["step"] == "error":
            line.clear()
            common.fail(_words(event["error"]))
        if event["step"] == "ready":
            line.clear()
            ready: dict[str, Any] = event["instance"]
            return ready
        line.show(progress.of_start(event))
    line.clear()
    common.fail("The server ended before the model was ready.")


def _awaited(client: Client, instance: dict[str, Any]) -> dict[str, Any]:
    line = progress.Line()
    while instance["state"] not in _ENDED:
        line.show(progress.of_start({"step": "load", "download": None, "instance": instance}))
        time.sleep(0.2)
        instance = client.get(f"/api/v1/models/running/{quote(instance['run_id'], safe='')}")["data"]
    line.clear()
    return instance


def _scaled(instance: dict[str, Any], replicas: int) -> bool:
    states = [one["state"] for one in instance["replicas"]]
    return "failed" in states or (len(states) == replicas and all(state == "ready" for state in states))


def _tell(instance: dict[str, Any], as_json: bool) -> None:
    if as_json:
        common.show(instance)
    else:
        count = len(instance["replicas"])
        more = f", {count} replicas" if count > 1 else ""
        print(f"{instance['model']} is {instance['state']} ({instance['run_id']}{more})")
    if instance["state"] == "failed":
        common.fail(_words(instance["error"]))


def _words(error: dict[str, Any] | None) -> str:
    found = (
        "\n".join(error[key] for key in ("message", "detail", "remedy") if error.get(key)) if error else ""
    )
    return found or "It failed; see `stellarchat instances logs`."


def _numbers(text: str | None) -> list[int] | None:
    try:
        return None if text is None else [int(number) for number in text.split(",")]
    except ValueError:
        common.fail(f"--gpus {text} is no list of numbers, as 0,1.", common.WRONG_USE)


def _path(client: Client, name: str) -> str:
    """Return an instance's route; a model's name is taken for its instance."""
    for one in client.get("/api/v1/models/running")["data"]:
        if name in (one["run_id"], one["model"], one["variant"]):
            name = one["run_id"]
            break
    return f"/api/v1/models/running/{quote(name, safe='')}"
