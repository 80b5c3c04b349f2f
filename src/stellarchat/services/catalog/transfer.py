"""Brings one file from where it is to the disk: resumed, checked, and named only when it is right.

Blocking, for a thread. The bytes lie in `<name>.part` until their hash is checked, so a kill at any
moment costs at most what the operating system had not written yet.
"""

import errno
import fcntl
import hashlib
import http.client
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec

from stellarchat.core.errors import Conflict, StellarChatError, TooManyRequests, Unavailable
from stellarchat.services.catalog.weights import PART
from stellarchat.services.catalog.wire import Answer, Client, Remote, Switch
from stellarchat.services.fit import readable

CHUNK = 1 << 20
TRIES = 6  # in a row without a single new byte
LONGEST_WAIT = 60.0  # seconds, whatever Retry-After says
DISK_RESERVE = 256 << 20  # bytes left on the disk for everything else
FULL = (errno.ENOSPC, errno.EDQUOT)
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class Corrupt(StellarChatError):
    """What came is not what the hub had announced."""

    status = 502
    type = "engine_error"
    code = "download_corrupt"


class DiskFull(Unavailable):
    """There is not enough room on the disk."""

    code = "disk_full"


class State(msgspec.Struct):
    """How a transfer stands, written by its thread and read by others. `done`: the file has its name."""

    bytes_done: int = 0
    bytes_total: int | None = None
    etag: str | None = None
    sha256: str | None = None
    verifying: bool = False
    done: bool = False


class Transfer:
    """One file's way to `destination`.

    `state` may be preset with what a former try knew. `expected` is the only SHA-256 that will do.
    `remote` is what is known of the file beforehand; without it, its place is asked at every try.
    `backoff` is in seconds, and doubles with every try that brings nothing.
    """

    def __init__(
        self,
        source: Client,
        url: str,
        destination: Path,
        *,
        state: State | None = None,
        expected: str | None = None,
        remote: Remote | None = None,
        switch: Switch | None = None,
        backoff: float = 1.0,
    ) -> None:
        self.source, self.url, self.destination, self.remote = source, url, destination, remote
        self.part = destination.with_name(destination.name + PART)
        self.state = state or State()
        self.switch = switch or Switch()
        self.changed: Callable[[], None] = lambda: None
        self._expected, self._backoff = expected, backoff

    def run(self) -> None:
        """Fetch what is missing, check it, give it its name.

        Raises Interrupted when switched off, Corrupt, DiskFull, Conflict where another process fetches
        the same file, and what `Hub.locate` raises. The part file stays, except of corrupt content.
        """
        self.destination.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        with os.fdopen(descriptor, "r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Conflict(
                    "Another process is downloading this file.",
                    detail=str(self.part),
                    sentence="download_twice",
                ) from error
            try:
                self._fetch(file)
                self._verify(file)
                os.fsync(file.fileno())
                os.replace(self.part, self.destination)
                self.state.done = True
            except OSError as error:
                if error.errno in FULL:
                    raise DiskFull(
                        "The disk is full.",
                        remedy=f"Free room on {self.part.parent}.",
                        sentence="disk_full_at",
                        values={"folder": str(self.part.parent)},
                    ) from error
                raise

    def _fetch(self, file: BinaryIO) -> None:
        def attempt() -> bool:
            remote = self.remote or self.source.locate(self.url, self.switch)
            self._prepare(file, remote)
            if not self._complete():
                self._receive(file, remote)
            return self._complete()

        insist(attempt, self.source, self.switch, lambda: self.state.bytes_done, self._backoff)

    def _prepare(self, file: BinaryIO, remote: Remote) -> None:
        """Bring the part file and what is known of it in line with what the hub has now."""
        state = self.state
        if self._expected and remote.sha256 and remote.sha256 != self._expected:
            raise Corrupt(
                "The hub has another file than the one that models.json names.",
                remedy="Correct sha256 in models.json, or ask the operator why the file has changed.",
                detail=f"expected {self._expected}, the hub has {remote.sha256}",
                sentence="download_other",
            )
        done = os.fstat(file.fileno()).st_size
        changed = state.sha256 is not None and remote.sha256 is not None and state.sha256 != remote.sha256
        if changed or (remote.size is not None and done > remote.size):
            done = 0
            file.truncate(0)
            state.etag = None
        state.sha256 = self._expected or remote.sha256 or state.sha256
        state.bytes_total = remote.size if remote.size is not None else state.bytes_total
        state.bytes_done = done
        self.changed()
        if state.bytes_total is not None:
            check_room(self.part.parent, state.bytes_total - done)

    def _complete(self) -> bool:
        return self.state.bytes_total is not None and self.state.bytes_done == self.state.bytes_total

    def _receive(self, file: BinaryIO, remote: Remote) -> None:
        state = self.state
        # content named by its hash cannot change under us; else the server is to say whether it has
        etag = state.etag if remote.sha256 is None else None
        with self.source.open(remote.url, self.switch, start=state.bytes_done, etag=etag) as answer:
            start = self._start(answer)
            if start != state.bytes_done:
                file.truncate(start)
                state.bytes_done = start
            state.etag = answer.headers.get("ETag")
            file.seek(start)
            while data := answer.read(CHUNK):
                self.switch.check()
                state.bytes_done += len(data)
                if state.bytes_total is not None and state.bytes_done > state.bytes_total:
                    file.truncate(0)
                    state.bytes_done = 0
                    raise Corrupt(
                        f"The server sent more than the {state.bytes_total} bytes it had announced.",
                        remedy="Try again later, or use another hf_endpoint.",
                        sentence="download_more",
                        values={"size_bytes": state.bytes_total},
                    )
                file.write(data)
                self.changed()
            file.flush()
            self.switch.check()
            if state.bytes_total is None and answer.length is None:
                state.bytes_total = state.bytes_done  # nobody told the size: the end is where it ends

    def _start(self, answer: Answer) -> int:
        """Return at which byte of the file the answer begins."""
        if answer.status == 200:
            total = answer.length
            self._agree(total)
            return 0
        ranged = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if answer.status == 206 and ranged and int(ranged[1]) == self.state.bytes_done:
            self._agree(None if ranged[2] == "*" else int(ranged[2]))
            return self.state.bytes_done
        # 416, or a part that was not asked for: begin anew
        self.state.etag = None
        os.truncate(self.part, 0)
        self.state.bytes_done = 0
        raise Unavailable(
            "The server does not continue where we stopped.",
            remedy="It begins anew.",
            sentence="download_anew",
        )

    def _agree(self, total: int | None) -> None:
        if total is None:
            return
        if self.state.bytes_total is not None and total != self.state.bytes_total:
            raise Corrupt(
                f"The hub says the file has {self.state.bytes_total} bytes, the server {total}.",
                remedy="Try again later, or use another hf_endpoint.",
                sentence="download_sizes",
                values={"size_bytes": self.state.bytes_total, "other_bytes": total},
            )
        self.state.bytes_total = total

    def _verify(self, file: BinaryIO) -> None:
        if self.state.sha256 is None:
            return
        self.state.verifying = True
        self.changed()
        file.seek(0)
        digest = hashlib.sha256()
        while data := file.read(CHUNK):
            self.switch.check()
            digest.update(data)
        self.state.verifying = False
        if digest.hexdigest() != self.state.sha256:
            file.truncate(0)
            self.state.bytes_done = 0
            raise Corrupt(
                "The file's SHA-256 is not what the hub says: it was changed or damaged on the way.",
                remedy="Download it again.",
                detail=f"expected {self.state.sha256}, got {digest.hexdigest()}",
                sentence="download_sha",
            )


def insist(
    attempt: Callable[[], bool],
    source: Client,
    switch: Switch,
    progress: Callable[[], int],
    backoff: float,
) -> None:
    """Do `attempt` until it returns True; after a cut, 429 or 5xx again, unless `progress` stands still.

    Raises Interrupted, and what `attempt` raised last.
    """
    tries = 0
    while True:
        before = progress()
        try:
            if attempt():
                return
            problem: Exception = Unavailable(
                "The connection was cut.", remedy="It is tried again.", sentence="connection_cut"
            )
        except (OSError, http.client.HTTPException, TooManyRequests, Unavailable) as error:
            switch.check()
            if isinstance(error, DiskFull) or getattr(error, "errno", None) in FULL:
                raise
            problem = error
        tries = 0 if progress() > before else tries + 1
        if tries >= TRIES:
            raise _given_up(problem, source) from problem
        wait = getattr(problem, "retry_after", None)
        switch.sleep(min(LONGEST_WAIT, backoff * 2**tries if wait is None else wait))


def check_room(folder: Path, missing: int) -> None:
    """Raise DiskFull where `missing` bytes more do not fit on the disk of `folder`."""
    free = shutil.disk_usage(folder).free
    if missing + DISK_RESERVE > free:
        raise DiskFull(
            f"{readable(missing)} are needed, but the disk of {folder} has only {readable(free)} free.",
            remedy="Free room there, or set models_dir to a folder of another disk.",
            detail=f"{missing} bytes missing, {free} free, {DISK_RESERVE} kept for everything else",
            sentence="disk_room",
            values={"needed_bytes": missing, "folder": str(folder), "free_bytes": free},
        )


def _given_up(problem: Exception, source: Client) -> StellarChatError:
    if isinstance(problem, StellarChatError):
        return problem
    return Unavailable(
        f"{source.endpoint or 'The server'} cannot be reached.",
        remedy=source.remedy,
        detail=f"{type(problem).__name__}: {problem}",
        sentence="hub_unreached" if source.endpoint else "place_unreached",
        values={"host": source.endpoint},
    )
