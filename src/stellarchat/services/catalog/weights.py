"""Where weights lie on this machine: files and folders below the models directory.

`<models_dir>/HF/<owner>/<repo>/…` holds what came from a hub, and `<models_dir>/web/…` what came from other
addresses. A Hugging Face cache there is used too. A half-downloaded folder does not count as being there.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import resources
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import msgspec

from stellarchat.core.errors import BadRequest
from stellarchat.core.models import Artefact

HF_DIRECTORY = "HF"
WEB_DIRECTORY = "web"
PACKAGE = "package:"
PART = ".part"  # ends the name of a file that is not whole yet
MANIFEST = ".stellarchat.json"
"""In a downloaded folder: which files belong to it. Written before the first of them comes."""
INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
CONFIGS = ("config.json", "params.json")

# ASCII only: NFKC turns fullwidth dots and slashes into the real ones
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,95}")
REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,199}")
_SPLIT = re.compile(r"(.+)-(\d{5})-of-(\d{5})(\.gguf)", re.IGNORECASE)
_MOST_PARTS = 999


class ListedFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file of a folder: its path in it, its size in bytes, and the hash of its content where known."""

    file: str
    size: int
    sha256: str | None = None


class Manifest(msgspec.Struct, frozen=True):
    """All files of a folder, and the revision (a commit where the hub has them) that they are of."""

    revision: str
    files: tuple[ListedFile, ...]


class Weights:
    """Finds weights below `models_dir`."""

    def __init__(self, models_dir: Path, hf_directory: str = HF_DIRECTORY) -> None:
        self.models_dir = models_dir
        self._hf = PurePosixPath(hf_directory)
        self._places: dict[Artefact, Path] = {}  # a list of models asks for hundreds of them
        self._indexes: dict[Path, tuple[int, frozenset[str]]] = {}

    def place(self, artefact: Artefact) -> Path:
        """Return the file or folder where a downloadable artefact belongs, there or not.

        Raises BadRequest for names that would lead out of the models directory.
        """
        return self.inside(self._place(artefact))

    def find(self, artefact: Artefact) -> Path | None:
        """Return the whole file or folder, None where it is not on this machine or not whole.

        Raises BadRequest as `place` does.
        """
        if artefact.path is not None:
            path = expanded(artefact.path)
            return path if self._whole(artefact, path) else None
        if artefact.ollama is not None or artefact.served is not None:
            return None
        path = self._place(artefact)
        if self._whole(artefact, path):
            return self.inside(path)
        cached = self._in_hub_cache(artefact)
        return self.inside(cached) if cached is not None and self._whole(artefact, cached) else None

    def files(self, artefact: Artefact) -> tuple[str, ...]:
        """Return the files of a repository that a GGUF artefact consists of, the first one to load first."""
        assert artefact.hf_file is not None
        return (*parts(artefact.hf_file), *([artefact.mmproj] if artefact.mmproj else []))

    def size(self, artefact: Artefact) -> int | None:
        """Return how many bytes it takes on the disk, None where it is not here."""
        path = self.find(artefact)
        if path is None:
            return None
        if path.is_dir():
            manifest = read_manifest(path)
            if manifest is not None:
                return sum(one.size for one in manifest.files)
            return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        if artefact.hf_file is None:
            return path.stat().st_size
        root = root_of(artefact.hf_file, path)
        return sum((root / name).stat().st_size for name in self.files(artefact))

    def remove(self, artefact: Artefact, others: Iterable[Artefact] = ()) -> int:
        """Delete a downloaded artefact and return the bytes freed; files that `others` have here stay."""
        root, names = self._extent(artefact)
        kept = {path for other in others for path in self._used(other, root)}
        freed = 0
        for path in [root / name for name in names]:
            if path not in kept and path.is_file():
                size = self.inside(path).stat().st_size
                path.unlink()
                freed += size
        _prune(root)
        return freed

    def discard(self, path: str, first: str, names: Iterable[str], others: Iterable[Artefact] = ()) -> None:
        """Delete what has come of a download to `path`, whose first file is `first` (empty: a folder).

        Files that `others` have here stay.
        """
        place = self.inside(self.models_dir / path)
        root = root_of(first, place) if first else place
        kept = {used for other in others for used in self._used(other, root)}
        for name in names:
            for file in (root / name, root / f"{name}{PART}"):
                if name and file not in kept:
                    self.inside(file).unlink(missing_ok=True)
        if not first:
            (root / MANIFEST).unlink(missing_ok=True)
        _prune(root)

    def in_cache(self, path: Path) -> bool:
        """Say whether `path` belongs to a Hugging Face cache, which other programs keep."""
        home = self.models_dir / self._hf
        return path.is_relative_to(home) and path.relative_to(home).parts[0].startswith("models--")

    def inside(self, path: Path) -> Path:
        """Return `path`. Raises BadRequest where, links followed, it lies outside the models directory."""
        if not path.resolve().is_relative_to(self.models_dir.resolve()):
            raise BadRequest(
                "The model's file would lie outside the models directory.",
                param="model_id",
                remedy="Check the links below the models directory.",
                sentence="weights_outside",
            )
        return path

    def _extent(self, artefact: Artefact) -> tuple[Path, list[str]]:
        """Return the folder of an artefact, and the files in it that belong to it."""
        place = self.place(artefact)
        if artefact.hf_repo is None:
            return place.parent, [place.name]
        if artefact.hf_file is not None:
            return root_of(artefact.hf_file, place), list(self.files(artefact))
        manifest = read_manifest(place)
        if manifest is not None:
            return place, [*(one.file for one in manifest.files), MANIFEST]
        # others made this folder: it is theirs and the model's alone
        files = (file for file in place.rglob("*") if file.is_file() or file.is_symlink())
        return place, [file.relative_to(place).as_posix() for file in files]

    def _used(self, other: Artefact, root: Path) -> Iterator[Path]:
        """Yield the files below `root` that another artefact, which is here, consists of."""
        if other.hf_repo is None or self.find(other) is None:
            return
        place, names = self._extent(other)
        if place == root:
            yield from (place / name for name in names)

    def _place(self, artefact: Artefact) -> Path:
        found = self._places.get(artefact)
        if found is None:
            found = self._places[artefact] = self._placed(artefact)
        return found

    def _placed(self, artefact: Artefact) -> Path:
        try:
            if artefact.url is not None:
                return self.models_dir / web_path(artefact.url)
            if artefact.hf_repo is None:
                raise BadRequest(
                    "There is nothing to download for this model.",
                    param="model_id",
                    sentence="download_nothing",
                )
            check("hf_repo", artefact.hf_repo, REPO)
            check("hf_revision", artefact.hf_revision, SEGMENT)
            for name in (artefact.hf_file, artefact.mmproj):
                if name is not None:
                    check_file("hf_file", name)
            parts(artefact.hf_file or "")
        except ValueError as error:
            raise BadRequest(
                f"{error}.", param="model_id", sentence="model_entry", values={"said": str(error)}
            ) from error
        repo = artefact.hf_repo
        if artefact.hf_revision != "main":
            repo = f"{repo}@{artefact.hf_revision}"
        folder = self.models_dir / self._hf / repo
        return folder if artefact.hf_file is None else folder / artefact.hf_file

    def _whole(self, artefact: Artefact, path: Path) -> bool:
        if artefact.hf_repo is None:
            if path.is_dir():
                return self._whole_folder(path)
            return path.is_file() and all((path.parent / name).is_file() for name in parts(path.name))
        if artefact.hf_file is None:
            return path.is_dir() and self._whole_folder(path)
        if not path.is_file():
            return False
        root = root_of(artefact.hf_file, path)
        return all((root / name).is_file() for name in self.files(artefact))

    def _whole_folder(self, folder: Path) -> bool:
        """Say whether all of a folder is there: by its list, or, where others made it, by its index."""
        manifest = read_manifest(folder)
        if manifest is not None:
            return all(_has(folder / one.file, one.size) for one in manifest.files)
        if not any((folder / name).is_file() for name in CONFIGS):
            return False
        for index in INDEXES:
            if (folder / index).is_file():
                return all((folder / name).is_file() for name in self._indexed(folder / index))
        return any(folder.glob("*.safetensors")) or any(folder.glob("pytorch_model*.bin"))

    def _indexed(self, index: Path) -> frozenset[str]:
        """Return the names of the files that an index of weights names; one that cannot be whole if bad."""
        changed = index.stat().st_mtime_ns
        known = self._indexes.get(index)
        if known is not None and known[0] == changed:
            return known[1]
        try:
            mapped = msgspec.json.decode(index.read_bytes(), type=_Index).weight_map.values()
            names = frozenset(mapped) or frozenset({"nothing"})
            for name in names:
                check_file("file", name)
        except (OSError, msgspec.MsgspecError, ValueError):
            names = frozenset({"nothing"})
        self._indexes[index] = (changed, names)
        return names

    def _in_hub_cache(self, artefact: Artefact) -> Path | None:
        if artefact.hf_repo is None:
            return None
        home = self.models_dir / self._hf / f"models--{artefact.hf_repo.replace('/', '--')}"
        if not home.is_dir():
            return None
        try:
            commit = (home / "refs" / artefact.hf_revision).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        if not re.fullmatch("[0-9a-f]{40}", commit):
            return None
        snapshot = home / "snapshots" / commit
        return snapshot if artefact.hf_file is None else snapshot / artefact.hf_file


class _Index(msgspec.Struct):
    weight_map: dict[str, str]


def parts(file: str) -> tuple[str, ...]:
    """Return all files of a GGUF that is split as `…-00001-of-00003.gguf`; of another one just itself.

    Raises ValueError where `file` is another than the first part, or there are too many.
    """
    match = _SPLIT.fullmatch(file)
    if match is None:
        return (file,)
    count = int(match[3])
    if int(match[2]) != 1 or not 1 <= count <= _MOST_PARTS:
        raise ValueError(f"hf_file: {file!r} is not the first part of a split file")
    return tuple(f"{match[1]}-{number:05}-of-{match[3]}{match[4]}" for number in range(1, count + 1))


def root_of(file: str, path: Path) -> Path:
    """Return the folder of the repository whose `file` lies at `path`."""
    return path.parents[file.count("/")]


def projector(artefact: Artefact, weights: Path) -> Path | None:
    """Return the file of the vision projector that belongs to `weights`, None where there is none."""
    if artefact.mmproj is None:
        return None
    if artefact.hf_file is None:
        return expanded(artefact.mmproj)
    return root_of(artefact.hf_file, weights) / artefact.mmproj


def read_manifest(folder: Path) -> Manifest | None:
    """Return the list of a folder's files, None where it has none."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
        for one in manifest.files:
            check_file("file", one.file)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None
    return manifest


def web_path(url: str) -> str:
    """Return where a file from `url` lies below the models directory. Raises ValueError."""
    parted = urlsplit(url)
    name = PurePosixPath(parted.path).name
    check("url", name, SEGMENT)
    # the name alone would not do: many addresses end in model.gguf
    return f"{WEB_DIRECTORY}/{hashlib.sha256(url.encode()).hexdigest()[:16]}/{name}"


def expanded(path: str) -> Path:
    """Return a path of models.json: `~` is the home directory, `package:` the package's data."""
    if path.startswith(PACKAGE):
        return packaged(path.removeprefix(PACKAGE))
    return Path(path).expanduser()


def pickled(place: Path) -> bool:
    """Whether a folder has its weights as pickles alone."""
    if not place.is_dir() or any(place.glob("*.safetensors")):
        return False
    return any(any(place.glob(pattern)) for pattern in PICKLES)


def packaged(name: str) -> Path:
    """Return a file that comes with the package."""
    return Path(str(resources.files("stellarchat").joinpath("data", name)))


def _prune(folder: Path) -> None:
    """Remove a folder and those in it that are empty."""
    for below in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        with suppress(OSError):
            below.rmdir()
    with suppress(OSError):
        folder.rmdir()


def check(field: str, value: str, form: re.Pattern[str]) -> None:
    """Raise ValueError naming `field` where `value` is not of `form`, or could lead upward."""
    if not form.fullmatch(value) or ".." in value:
        raise ValueError(f"{field}: {value!r} is not allowed")


def check_file(field: str, value: str) -> None:
    """Raise ValueError naming `field` where `value` is not a plain relative path."""
    for segment in value.split("/"):
        check(field, segment, SEGMENT)


def _has(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False
