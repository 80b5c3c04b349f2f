"""`stellarchat models`: the models a server has, fetching more, adding one's own, removing."""

import re
import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from stellarchat.cli import common, progress
from stellarchat.cli.client import PATIENCE, Client

app = typer.Typer(help="See, download, add and remove the models of a running server.", no_args_is_help=True)

_UNDER_WAY = ("queued", "running", "verifying")
Model = Annotated[str, typer.Argument(help="Name of the model.")]
Id = Annotated[str | None, typer.Option("--id", help="What requests call it; default: from its source.")]
Title = Annotated[str | None, typer.Option("--name", help="What people read.")]


@app.command("list")
def list_(url: common.Url = None, as_json: common.AsJson = False) -> None:
    """List all models: those that run, can be started, can be downloaded, and remote ones."""
    found = Client(url).get("/api/models")["data"]
    if as_json:
        common.show(found)
        return
    common.table(
        ("MODEL", "KIND", "STATE", "ENGINE", "SIZE", "FITS"),
        [
            (
                one["id"],
                one["kind"],
                one["state"],
                one["engine"],
                common.size(one["size_bytes"]),
                {None: "", True: "yes", False: "no"}[one["fit"] and one["fit"]["fits"]],
            )
            for one in found
        ],
    )


@app.command()
def pull(
    model: Model,
    size: Annotated[str | None, typer.Option(help="Size, as 8b.")] = None,
    quantization: Annotated[str | None, typer.Option(help="Quantization, as q4_k_m.")] = None,
    format_: Annotated[str | None, typer.Option("--format", help="Format, as gguf or safetensors.")] = None,
    url: common.Url = None,
    as_json: common.AsJson = False,
) -> None:
    """Download a model's weights; Ctrl-C leaves the download running on the server."""
    client = Client(url)
    wanted = {"model_id": model, "size": size, "quantization": quantization, "format": format_}
    body = {name: value for name, value in wanted.items() if value is not None}
    download = client.post("/api/v1/downloads", body)["data"]
    path = f"/api/v1/downloads/{quote(download['id'], safe='')}"
    line = progress.Line()
    while download["status"] in _UNDER_WAY:
        line.show(progress.of_download(download))
        time.sleep(0.3)
        download = client.get(path)["data"]
    line.clear()
    if as_json:
        common.show(download)
    else:
        print(f"{download['variant_id']}: {download['status']}, {common.size(download['bytes_done'])}")
    if download["status"] != "complete":
        error = download["error"] or {"message": f"The download is {download['status']}."}
        common.fail("\n".join(error[key] for key in ("message", "detail", "remedy") if error.get(key)))


@app.command()
def add(
    source: Annotated[
        str, typer.Argument(help="A repository (owner/name), the address of a GGUF, or ollama:NAME.")
    ],
    file: Annotated[str | None, typer.Option(help="The file of the repository; default: all of it.")] = None,
    id_: Id = None,
    name: Title = None,
    kind: Annotated[str | None, typer.Option(help="chat, embedding or rerank, where it is not seen.")] = None,
    url: common.Url = None,
    as_json: common.AsJson = False,
) -> None:
    """Add a model of one's own to the catalogue; what is left out is looked up. Nothing is downloaded yet."""
    if source.startswith(("http://", "https://")):
        place = {"url": source}
    elif source.startswith("ollama:"):
        place = {"ollama_name": source.removeprefix("ollama:")}
    else:
        place = {"hf_repo": source, **({"hf_file": file} if file else {})}
    _add(Client(url), place, id_ or _slug(file or source.removeprefix("ollama:")), name, kind, as_json)


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A GGUF file, or a folder with safetensors, on the server.")],
    id_: Id = None,
    name: Title = None,
    kind: Annotated[str | None, typer.Option(help="chat, embedding or rerank, where it is not seen.")] = None,
    url: common.Url = None,
    as_json: common.AsJson = False,
) -> None:
    """Add weights that are on the disk to the catalogue; they stay where they are."""
    place = path.expanduser()
    place = place if place.is_absolute() else Path.cwd() / place
    _add(Client(url), {"path": str(place)}, id_ or _slug(place.name), name, kind, as_json)


@app.command()
def rm(
    model: Model,
    entry: Annotated[
        bool, typer.Option("--entry", help="Take a model of one's own out of the catalogue; weights stay.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    url: common.Url = None,
    as_json: common.AsJson = False,
) -> None:
    """Delete a model's downloaded weights; with --entry, take a model of one's own out of the catalogue."""
    client = Client(url)
    if not yes and not typer.confirm(f"Remove {model}?", err=True):
        raise typer.Exit(common.FAILED)
    route = f"/api/v1/models/{quote(model, safe='')}"
    if entry:
        client.delete(route)
        found: dict[str, Any] = {"model_id": model}
        told = f"{model} is no model of the catalogue any more."
    else:
        found = client.delete(f"{route}/weights")["data"]
        told = f"{model}: {common.size(found['freed_bytes'])} are free again."
    if as_json:
        common.show(found)
    else:
        print(told)


def _add(
    client: Client, place: dict[str, str], model_id: str, name: str | None, kind: str | None, as_json: bool
) -> None:
    body = {"id": model_id, "name": name, "kind": kind, **place}
    wanted = {key: value for key, value in body.items() if value is not None}
    entry = client.post("/api/v1/models", wanted, timeout=PATIENCE)["data"]
    if as_json:
        common.show(entry)
        return
    forms = ", ".join(one["id"] for one in entry["variants"])
    print(f"{entry['id']} is in the catalogue: {forms}")


def _slug(text: str) -> str:
    """Return a name for requests: the last part of a path or address, in plain letters."""
    last = text.rstrip("/").rpartition("/")[2].lower()
    return re.sub(r"[^a-z0-9._-]+", "-", last.removesuffix(".gguf")).strip("-.") or "model"
