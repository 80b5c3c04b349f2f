"""One line on the terminal that says how far something is: written over, and taken away at its end."""

import sys
from typing import Any

from stellarchat.cli import common

WIDTH = 24
_NAMES = {"launch": "starting", "load": "loading"}


class Line:
    """Writes to stderr, and nothing where nobody looks."""

    def __init__(self) -> None:
        self._looked_at = sys.stderr.isatty()
        self._shown = False

    def show(self, text: str) -> None:
        """Write over what stood there."""
        if self._looked_at:
            print(f"\r\033[2K{text}", end="", file=sys.stderr, flush=True)
            self._shown = True

    def clear(self) -> None:
        """Take it away."""
        if self._shown:
            print("\r\033[2K", end="", file=sys.stderr, flush=True)
            self._shown = False


def bar(done: float, total: float) -> str:
    """Return a bar and the percentage."""
    share = min(done / total, 1.0)
    filled = round(WIDTH * share)
    return f"{'━' * filled}{'─' * (WIDTH - filled)} {100 * share:3.0f} %"


def of_download(download: dict[str, Any]) -> str:
    """Return how far a download is, as words."""
    done, total, files = download["bytes_done"], download["bytes_total"], download["files"]
    words = [bar(done, total)] if total else []
    words.append(f"{common.size(done)} of {common.size(total)}" if total else common.size(done))
    if len(files) > 1:
        whole = sum(
            one["bytes_total"] is not None and one["bytes_done"] >= one["bytes_total"] for one in files
        )
        words.append(f"{whole}/{len(files)} files")
    if download["rate"]:
        words.append(f"{common.size(int(download['rate']))}/s")
    if download["eta_seconds"]:
        words.append(f"{download['eta_seconds']:.0f} s left")
    if download["status"] != "running":
        words.append(download["status"])
    return "  ".join(words)


def of_start(event: dict[str, Any]) -> str:
    """Return how far a start is, as words."""
    if event["download"] is not None:
        return f"downloading  {of_download(event['download'])}"
    words = [_NAMES.get(event["step"], event["step"])]
    loading = (event["instance"] or {}).get("loading") or {}
    if loading.get("progress") is not None:
        words.append(bar(loading["progress"], 1))
    if loading.get("eta_seconds"):
        words.append(f"{loading['eta_seconds']:.0f} s left")
    return "  ".join(words)
