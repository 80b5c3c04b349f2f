"""All files of one download, one after the other. Blocking: to be used in a thread.

A folder gets its list of files first, and counts as being there when all of them are. What is there already
is not fetched again.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from stellarchat.core.downloads import DownloadFile
from stellarchat.core.errors import NotFound
from stellarchat.core.models import Artefact
from stellarchat.services.catalog.sources import Plan, Planned, Sources
from stellarchat.services.catalog.transfer import CHUNK, Corrupt, State, Transfer, check_room, insist
from stellarchat.services.catalog.weights import MANIFEST, PART, Manifest, read_manifest, root_of
from stellarchat.services.catalog.wire import Switch

# files that a thread of ours is fetching: variants of one repository share some
_busy: dict[Path, threading.Lock] = {}
_busy_guard = threading.Lock()


class Fetch:
    """Brings an artefact to `destination`, a file or a folder.

    `known` is what is recorded of its files, `inside` refuses paths that lead out of the models directory.
    """

    def __init__(
        self,
        sources: Sources,
        artefact: Artefact,
        destination: Path,
        *,
        known: Iterable[DownloadFile] = (),
        inside: Callable[[Path], Path] = lambda path: path,
        backoff: float = 1.0,
    ) -> None:
        self.destination = destination
        self.switch = Switch()
        self._sources, self._artefact, self._inside, self._backoff = sources, artefact, inside, backoff
        self._whole_folder = artefact.hf_repo is not None and artefact.hf_file is None
        if self._whole_folder:
            self.root = destination
        elif artefact.hf_file is not None:
            self.root = root_of(artefact.hf_file, destination)
        else:
            self.root = destination.parent
        self._states = {one.file: _state(one) for one in known}
        manifest = read_manifest(self.root) if self._whole_folder and not self._states else None
        if manifest is not None:  # the process before this one was killed before it could record more
            self._states = {
                one.file: State(bytes_total=one.size, sha256=one.sha256, done=True) for one in manifest.files
            }
        for name, state in self._states.items():
            self._see(name, state)

    def files(self) -> tuple[DownloadFile, ...]:
        """How each file stands now; empty while it is not known which they are."""
        return tuple(
            DownloadFile(
                file=name,
                bytes_done=state.bytes_done,
                bytes_total=state.bytes_total,
                etag=state.etag,
                sha256=state.sha256,
                done=state.done,
            )
            for name, state in list(self._states.items())
        )

    @property
    def bytes_done(self) -> int:
        """Bytes of all files that are on the disk."""
        return sum(state.bytes_done for state in list(self._states.values()))

    @property
    def bytes_total(self) -> int | None:
        """Bytes of all files, None while some are not known."""
        totals = [state.bytes_total for state in list(self._states.values())]
        known = [total for total in totals if total is not None]
        return sum(known) if known and len(known) == len(totals) else None

    @property
    def verifying(self) -> bool:
        """Whether a file is being hashed."""
        return any(state.verifying for state in list(self._states.values()))

    def run(self) -> None:
        """Fetch what is missing. Raises as `Transfer.run`; the next run goes on from there."""
        manifest = read_manifest(self.root) if self._whole_folder else None
        if manifest is not None:
            try:
                self._fetch(self._sources.again(self._artefact, manifest))
                return
            except NotFound:  # the revision that was listed is gone, or another source is asked now
                (self.root / MANIFEST).unlink(missing_ok=True)
        self._fetch(self._plan())

    def _plan(self) -> Plan:
        found: list[Plan] = []

        def attempt() -> bool:
            found.append(self._sources.plan(self._artefact, self.switch))
            return True

        client = self._sources.client(self._artefact)
        insist(attempt, client, self.switch, lambda: 0, self._backoff)
        return found[-1]

    def _fetch(self, plan: Plan) -> None:
        states = {one.file: self._stated(one) for one in plan.files}
        self._states = states
        self.root.mkdir(parents=True, exist_ok=True)
        missing = sum((state.bytes_total or 0) - state.bytes_done for state in states.values())
        check_room(self.root, missing)
        if plan.manifest is not None:
            self._keep(plan.manifest)
        try:
            for one in plan.files:
                self._bring(one, states[one.file])
        except Corrupt:
            # what the hub lists and what it sends differ: the next run is to list it anew
            (self.root / MANIFEST).unlink(missing_ok=True)
            raise

    def _stated(self, planned: Planned) -> State:
        """Return what is known of a file; forget it where another content goes by that name now."""
        state = self._states.get(planned.file) or State()
        remote = planned.remote
        if remote is not None:
            if state.done and (state.bytes_total != remote.size or state.sha256 != remote.sha256):
                state = State()
            state.bytes_total = remote.size
            if state.done or state.sha256 is None:
                state.sha256 = remote.sha256
        elif state.bytes_total is None and len(self._states) <= 1:
            state.bytes_total = self._artefact.size_bytes
        self._see(planned.file, state)
        return state

    def _see(self, name: str, state: State) -> None:
        """Look on the disk how much of a file there is."""
        path = self.root / name
        for there in (path, path.with_name(path.name + PART)):
            with suppress(OSError):
                state.bytes_done = there.stat().st_size
                state.done = state.done and there == path
                return
        state.bytes_done, state.done = 0, False

    def _bring(self, planned: Planned, state: State) -> None:
        destination = self._inside(self.root / planned.file)
        with _busy_guard:
            lock = _busy.setdefault(destination, threading.Lock())
        while not lock.acquire(timeout=0.1):
            self.switch.check()
        try:
            if self._here(destination, planned, state):
                return
            Transfer(
                self._sources.client(self._artefact),
                planned.url,
                destination,
                state=state,
                expected=self._artefact.sha256,  # the catalogue has it of single files only
                remote=planned.remote,
                switch=self.switch,
                backoff=self._backoff,
            ).run()
        finally:
            lock.release()

    def _here(self, path: Path, planned: Planned, state: State) -> bool:
        """Say whether a file is there already, with the content it should have."""
        self.switch.check()
        remote = planned.remote
        try:
            size = path.stat().st_size
        except OSError:
            return False
        if remote is None or remote.size != size:
            return False
        if not state.done and remote.sha256 is not None:
            state.verifying = True
            try:
                if self._hashed(path) != remote.sha256:
                    return False
            finally:
                state.verifying = False
        state.bytes_done = state.bytes_total = size
        state.done = True
        return True

    def _hashed(self, path: Path) -> str:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while data := file.read(CHUNK):
                self.switch.check()
                digest.update(data)
        return digest.hexdigest()

    def _keep(self, manifest: Manifest) -> None:
        """Write the list of a folder's files, whole or not at all."""
        path = self._inside(self.root / MANIFEST)
        part = path.with_name(path.name + PART)
        part.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        part.replace(path)


def _state(known: DownloadFile) -> State:
    return State(known.bytes_done, known.bytes_total, known.etag, known.sha256, done=known.done)
