"""`stellarchat models`: the models a server has, and fetching more."""

import sys
import time
from typing import Annotated, Any
from urllib.parse import quote

import typer

from stellarchat.cli import common
from stellarchat.cli.client import Client

app = typer.Typer(help="See and download the models of a running server.", no_args_is_help=True)

_UNDER_WAY = ("queued", "running", "verifying")


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
    model: Annotated[str, typer.Argument(help="Name of the model.")],
    url: common.Url = None,
    as_json: common.AsJson = False,
) -> None:
    """Download a model's weights; Ctrl-C leaves the download running on the server."""
    client = Client(url)
    download = client.post("/api/v1/downloads", {"model_id": model})["data"]
    path = f"/api/v1/downloads/{quote(download['id'], safe='')}"
    while download["status"] in _UNDER_WAY:
        if not as_json:
            _report(download)
        time.sleep(0.5)
        download = client.get(path)["data"]
    if as_json:
        common.show(download)
    else:
        print(f"\r{model}: {download['status']}, {common.size(download['bytes_done'])}".ljust(78))
    if download["status"] != "complete":
        error = download["error"] or {"message": f"The download is {download['status']}."}
        common.fail("\n".join(error[key] for key in ("message", "detail", "remedy") if error.get(key)))


def _report(download: dict[str, Any]) -> None:
    """Write over the line that says how far it is; nothing where nobody looks."""
    if not sys.stdout.isatty():
        return
    done, total = download["bytes_done"], download["bytes_total"]
    share = f"{100 * done / total:3.0f} %" if total else ""
    rate = f"{common.size(int(download['rate']))}/s" if download["rate"] else ""
    left = f"{download['eta_seconds']:.0f} s left" if download["eta_seconds"] else ""
    line = "  ".join(part for part in (share, common.size(done), rate, left, download["status"]) if part)
    print(f"\r{line}".ljust(78), end="", flush=True)
