"""Chats as files: taken in from other programs, and given away."""

import os
import zipfile
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import typer

from stellarchat.cli import common
from stellarchat.cli.client import Client
from stellarchat.cli.progress import Line


def import_chats(
    file: Annotated[Path, typer.Argument(help="JSON or zip, as the other program exported it.")],
    url: common.Url = None,
    as_json: common.AsJson = False,
) -> None:
    """Import chats of StellarChat, Open WebUI, ChatGPT or LibreChat; the same file again makes none twice."""
    try:
        opened = file.open("rb")
    except OSError as error:
        common.fail(f"{file} cannot be read: {error.strerror}.", common.WRONG_USE)
    kind = "application/zip" if zipfile.is_zipfile(file) else "application/json"
    line = Line()
    report: dict[str, Any] = {}
    with opened:
        size = os.fstat(opened.fileno()).st_size
        line.show(f"sending  {common.size(size)}")
        for report in Client(url).upload("/api/chats/import?stream=true", opened, size, kind):
            line.show(f"importing  {report['created'] + report['updated'] + report['present']} chats")
    line.clear()
    if as_json:
        common.show(report)
    else:
        _tell(report)
    if report["error"] or (
        report["failed"] and not report["created"] + report["updated"] + report["present"]
    ):
        raise typer.Exit(common.FAILED)


def export_chats(
    file: Annotated[
        Path | None, typer.Argument(help="Where to write. Default: a name with the date.")
    ] = None,
    format: Annotated[Literal["json", "markdown"], typer.Option(help="json can be imported again.")] = "json",
    chat: Annotated[
        list[str] | None, typer.Option(help="Id of a chat, again for more; default: all.")
    ] = None,
    url: common.Url = None,
) -> None:
    """Export all chats, or some, to a file."""
    query = urlencode({"format": format, "chat_id": chat or []}, doseq=True)
    part = (file or Path("stellarchat-export")).with_suffix(".part")
    try:
        with part.open("wb") as opened:
            name = Client(url).download(f"/api/chats/export?{query}", opened)
        target = file or Path(Path(name or f"stellarchat.{'json' if format == 'json' else 'md'}").name)
        part.replace(target)
    except OSError as error:
        common.fail(f"{error.filename} cannot be written: {error.strerror}.")
    finally:
        part.unlink(missing_ok=True)
    print(target)


def _tell(report: dict[str, Any]) -> None:
    print(
        f"{report['created']} new, {report['updated']} with new messages, {report['present']} already here, "
        f"{report['failed']} not imported"
    )
    if report["files"] or report["missing"]:
        print(f"{report['files']} attached files came along, {report['missing']} did not")
    if report["problems"]:
        common.table(
            ("#", "title", "reason"),
            [
                (one["index"], one["title"][:40], " ".join(why["message"] for why in one["reasons"]))
                for one in report["problems"]
            ],
        )
    if report["error"]:
        print(report["error"]["message"])
