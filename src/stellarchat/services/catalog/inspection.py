"""Looks at weights without fetching them: what they are, and what could run them.

Of a repository its small files are read, of a GGUF the head, from wherever it is. Nothing is executed, and
pickles are not opened.
"""

import asyncio
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, TypeVar, cast

from stellarchat.core.errors import BadRequest, StellarChatError, Unavailable
from stellarchat.engines.llamacpp.gguf import BadGGUF, Header, parse_header, read_header
from stellarchat.engines.transformers.folder import BadFolder, check_weights, read_tensors
from stellarchat.services.catalog.hub import RepoFile
from stellarchat.services.catalog.sources import Sources
from stellarchat.services.catalog.traits import (
    Found,
    fill,
    folder_form,
    found_of,
    gguf_form,
    gguf_forms,
    projector_of,
    stored_as,
    told_by_config,
    told_by_head,
)
from stellarchat.services.catalog.weights import REPO, check, check_file, expanded, parts, web_path
from stellarchat.services.catalog.wire import Answer, Client, Interrupted, Switch

PATIENCE = 60.0  # seconds for all questions together
MOST_JSON = 16 << 20  # bytes; tokenizer_config.json of some models has 11 MB
MOST_HEAD = 64 << 20  # bytes of a GGUF that are read; vocabularies of 260,000 words take 16 MB
T = TypeVar("T")


class Inspection:
    """Asks `sources`, or looks at the disk."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def inspect(
        self,
        *,
        hf_repo: str | None = None,
        hf_file: str | None = None,
        url: str | None = None,
        path: str | None = None,
    ) -> Found:
        """Return what is at exactly one of `hf_repo`, `url` and `path`; `hf_file` is the GGUF that is meant.

        Raises BadRequest naming the field, AddressRefused, NotFound, Forbidden, Unavailable.
        """
        if sum(place is not None for place in (hf_repo, url, path)) != 1:
            raise BadRequest("Give exactly one of hf_repo, url and path.", param="hf_repo")
        if hf_file is not None and hf_repo is None:
            raise BadRequest("hf_file makes sense with hf_repo only.", param="hf_file")
        if path is not None:
            return await asyncio.to_thread(_at, _local(path))
        switch = Switch()
        if url is not None:
            address = url
            return await _patiently(lambda: self._address(address, switch), switch)
        repo = hf_repo or ""
        return await _patiently(lambda: self._repository(repo, hf_file, switch), switch)

    def _repository(self, repo: str, hf_file: str | None, switch: Switch) -> Found:
        try:
            check("hf_repo", repo, REPO)
            if hf_file is not None:
                check_file("hf_file", hf_file)
                parts(hf_file)
        except ValueError as error:
            field = str(error).split(":")[0]
            raise BadRequest(
                f"{error}.", param=field, remedy="It has the form owner/name.", sentence="repo_form"
            ) from None
        source = self._sources.repositories
        listing = source.listing(repo, "main", switch)
        names = {one.file: one for one in listing.files}
        if hf_file is not None and hf_file not in names:
            raise BadRequest(
                f"{repo} has no file {hf_file}.",
                param="hf_file",
                remedy=f"It has {', '.join(sorted(names)[:8])}.",
                sentence="repo_no_file",
                values={"repo": repo, "file": hf_file, "names": ", ".join(sorted(names)[:8])},
            )

        def read(name: str) -> bytes | None:
            if name not in names or names[name].size > MOST_JSON:
                return None
            return source.fetch(source.url(repo, listing.revision, name), switch, MOST_JSON)

        files = [] if hf_file else folder_form(listing.files, repo)
        ggufs = [one for one in gguf_forms(listing.files) if hf_file is None or one.file == hf_file]
        traits = told_by_config(read)
        if files and traits.quantization is None:
            plain = (name for name in names if name.endswith(".safetensors") and "/" not in name)
            one = min(plain, default=None)
            if one is not None:
                address = source.url(repo, listing.revision, one)
                traits.quantization = _stored(source, address, names[one], switch)
        if ggufs:
            smallest = min(ggufs, key=lambda one: one.size_bytes or 0)
            address = source.url(repo, listing.revision, smallest.file)
            fill(traits, told_by_head(_remote_head(source, address, names[smallest.file].size, switch)))
        projector = projector_of(names)
        return found_of(
            traits, repo.split("/")[1], [*ggufs, *files], projector if ggufs else None, listing.gated
        )

    def _address(self, url: str, switch: Switch) -> Found:
        web = self._sources.web
        try:
            name = web_path(url).rsplit("/", 1)[1]
        except ValueError as error:
            raise BadRequest(
                f"{error}: the address must end in a file's name.", param="url", sentence="url_no_file"
            ) from None
        remote = web.locate(url, switch)
        header = _remote_head(web, remote.url, remote.size, switch)
        file = gguf_form(name, remote.size, header)
        return found_of(told_by_head(header), PurePosixPath(name).stem, [file])


def look_into(place: Path) -> None:
    """Look whether weights on the disk are whole, as far as their heads tell. Raises BadRequest."""
    with _usable(place):
        if place.is_dir():
            check_weights(place)
        elif place.suffix.lower() == ".gguf":
            read_header(place)


@contextmanager
def _usable(place: Path) -> Iterator[None]:
    """Tell what is wrong with weights on the disk as a refusal of the path."""
    try:
        yield
    except (BadGGUF, BadFolder) as error:
        raise BadRequest(
            f"{place.name} cannot be used: {error}",
            param="path",
            sentence="place_unusable",
            values={"name": place.name, "said": str(error)},
        ) from error
    except OSError as error:
        raise BadRequest(
            f"{place} cannot be read: {error.strerror}.",
            param="path",
            sentence="unreadable_at",
            values={"path": str(place), "said": str(error.strerror)},
        ) from error


def _local(path: str) -> Path:
    place = expanded(path) if not path.startswith("package:") else None
    if place is None or not place.is_absolute():
        raise BadRequest("path must be absolute, or begin with ~.", param="path", sentence="path_relative")
    if not place.exists():
        raise BadRequest(
            f"There is nothing at {path}.",
            param="path",
            remedy="Check its spelling and rights.",
            sentence="path_nothing",
            values={"path": path},
        )
    return place


def _at(place: Path) -> Found:
    """Return what lies on the disk: a GGUF, or a folder."""
    with _usable(place):
        if place.is_file():
            header = read_header(place)
            file = gguf_form(place.name, place.stat().st_size, header)
            return found_of(told_by_head(header), place.stem, [file])
        listed = [RepoFile(one.name, one.stat().st_size) for one in place.iterdir() if one.is_file()]

        def read(name: str) -> bytes | None:
            file = place / name
            return file.read_bytes() if file.is_file() and file.stat().st_size <= MOST_JSON else None

        forms = folder_form(listed, str(place), param="path")
        if not forms:
            names = sorted(one.file for one in gguf_forms(listed))
            raise BadRequest(
                f"{place} is a folder of GGUF files.",
                param="path",
                remedy=f"Name one of them: {', '.join(names[:8])}.",
                sentence="path_ggufs",
                values={"path": str(place), "names": ", ".join(names[:8])},
            )
        check_weights(place)
        traits = told_by_config(read)
        if traits.quantization is None:
            for weights in sorted(place.glob("*.safetensors"))[:1]:
                with weights.open("rb") as data:
                    size = weights.stat().st_size
                    traits.quantization = stored_as(read_tensors(data, size, weights.name))
        return found_of(traits, place.name, forms)


async def _patiently(work: Callable[[], T], switch: Switch) -> T:
    """Do `work` in a thread, for a while. Raises Unavailable where nothing answers."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        async with asyncio.timeout(PATIENCE):
            return await asyncio.shield(task)
    except (TimeoutError, Interrupted):
        raise Unavailable(
            "It did not answer in time.", remedy="Try again later.", sentence="place_late"
        ) from None
    except StellarChatError:
        raise
    except BadGGUF as error:
        raise BadRequest(
            f"The file cannot be used: {error}",
            param="hf_file",
            sentence="file_unusable",
            values={"said": str(error)},
        ) from error
    except BadFolder as error:
        raise BadRequest(
            f"The repository cannot be used: {error}",
            param="hf_repo",
            sentence="repo_unusable",
            values={"said": str(error)},
        ) from error
    except Exception as error:  # http.client and the sockets have many kinds of them
        raise Unavailable(
            "It cannot be reached.",
            remedy="Check the address and the connection to the internet.",
            detail=f"{type(error).__name__}: {error}",
            sentence="place_unreached",
        ) from error
    finally:
        switch.turn_off()


def _stored(source: Client, url: str, file: RepoFile, switch: Switch) -> str | None:
    """Return how the weights of a repository's safetensors are stored, by the head of one of them."""
    with source.open(url, switch) as answer:
        return stored_as(read_tensors(cast("BinaryIO", _Forward(answer, switch)), file.size, file.file))


def _remote_head(source: Client, url: str, size: int | None, switch: Switch) -> Header:
    with source.open(url, switch) as answer:
        length = size if size is not None else answer.length
        file = cast("BinaryIO", _Forward(answer, switch))
        return parse_header(file, length if length is not None else 1 << 62)


class _Forward(io.RawIOBase):
    """A body as it comes, as a file: it can be sought as far as was read, and forward."""

    def __init__(self, answer: Answer, switch: Switch) -> None:
        self._answer, self._switch = answer, switch
        self._come = bytearray()
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        """Read `size` bytes, fewer at the end. Raises BadGGUF past MOST_HEAD."""
        end = self._at + size
        if end > MOST_HEAD:
            raise BadGGUF("Its head has more bytes than any model's: it is damaged.")
        while len(self._come) < end and (data := self._answer.read(1 << 16)):
            self._switch.check()
            self._come += data
        found = bytes(self._come[self._at : end])
        self._at += len(found)
        return found

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move on, or back into what has come."""
        self._at = offset if whence == 0 else self._at + offset
        return self._at

    def tell(self) -> int:
        """Where it is, in bytes."""
        return self._at
