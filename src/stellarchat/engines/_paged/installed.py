"""Finds a Python program in an environment, and its version, without importing it."""

import re
import shutil
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import msgspec

_NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """A program's environment: `folder` holds `bin/python`. `own` tells that it is this process's."""

    folder: Path
    version: str
    distribution: str
    own: bool = False

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return Path(sys.executable) if self.own else self.folder / "bin" / "python"

    @property
    def release(self) -> tuple[int, int, int]:
        """The version as numbers, to compare with; a development build counts as the newest."""
        return release(self.version)


def release(version: str | None) -> tuple[int, int, int]:
    """Return a version's first three numbers; (999, 0, 0) for an unknown or a development one."""
    found = _NUMBERS.match(version or "")
    if found is None or ".dev" in (version or ""):
        return (999, 0, 0)
    return int(found[1]), int(found[2]), int(found[3] or 0)


class Finder:
    """Looks for one of `distributions` in `folder`; without one, in our environment, then by PATH.

    `program` is the command whose folder on PATH leads to an environment. What was found is kept until
    the environment's list of packages changes.
    """

    def __init__(self, distributions: Sequence[str], program: str, folder: str | None) -> None:
        self._distributions, self._program = tuple(distributions), program
        self.folder = Path(folder).expanduser().absolute() if folder else None
        self._seen: tuple[tuple[tuple[str, int], ...], Installed | None] | None = None

    def find(self) -> Installed | None:
        """Return where it is, or None."""
        places = self._places()
        stamp = tuple((str(site), site.stat().st_mtime_ns) for place in places for site in _sites(place))
        if self._seen is None or self._seen[0] != stamp:
            self._seen = stamp, self._look(places)
        return self._seen[1]

    def _places(self) -> list[Path]:
        if self.folder is not None:
            return [self.folder]
        places = [Path(sys.prefix)]
        command = shutil.which(self._program)
        if command is not None:
            # pipx and uv put links on PATH: the environment is where they lead
            places.append(Path(command).resolve().parent.parent)
        return places

    def _look(self, places: list[Path]) -> Installed | None:
        for place in places:
            own = place == Path(sys.prefix)
            if not own and not (place / "bin" / "python").exists():
                continue
            sites = [str(site) for site in _sites(place)]
            for name in self._distributions:
                for found in metadata.Distribution.discover(name=name, path=sites):
                    return Installed(folder=place, version=found.version, distribution=name, own=own)
        return None


def _sites(place: Path) -> list[Path]:
    """Return the folders of packages in an environment (Debian calls its own dist-packages)."""
    return [site for kind in ("site", "dist") for site in sorted(place.glob(f"lib/python3*/{kind}-packages"))]


def gpu_present(root: Path = Path("/")) -> bool:
    """Whether the kernel shows a GPU: NVIDIA's, AMD's, or Windows' below WSL."""
    devices = root / "dev"
    return any(devices.glob("nvidia[0-9]*")) or (devices / "kfd").exists() or (devices / "dxg").exists()
