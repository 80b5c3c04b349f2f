"""Downloads of weights: durable rows, one per variant, shared by all who ask for the same.

The bytes come in threads (see `fetch`); here is who started them, how far they are, and that they go
on after a restart. See docs/decisions/downloads.md.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from stellarchat.core.downloads import Download, DownloadFile, DownloadStatus
from stellarchat.core.errors import Conflict, NotFound, StellarChatError, Unavailable
from stellarchat.core.ids import new_id
from stellarchat.core.models import Artefact, Variant
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.catalog.fetch import Fetch
from stellarchat.services.catalog.sources import Sources
from stellarchat.services.catalog.wire import Interrupted
from stellarchat.store.database import Store

logger = logging.getLogger(__name__)

UNDER_WAY = (DownloadStatus.QUEUED, DownloadStatus.RUNNING, DownloadStatus.VERIFYING)
RATE_WINDOW = 5.0  # seconds over which the rate is taken


class _Job:
    """A download with its thread, while it is under way."""

    def __init__(self, record: Download) -> None:
        self.record = record
        self.fetch: Fetch | None = None
        self.task: asyncio.Task[None] | None = None
        self.samples: deque[tuple[float, int]] = deque()
        self.paused = False

    def view(self) -> Download:
        """The record as it is at this moment."""
        record = self.record
        if self.fetch is None or record.status not in UNDER_WAY:
            return record
        rate = self._rate(self.fetch)
        done, total = self.fetch.bytes_done, self.fetch.bytes_total or record.bytes_total
        left = None if total is None else max(0, total - done)
        status = DownloadStatus.VERIFYING if self.fetch.verifying else record.status
        return msgspec.structs.replace(
            record,
            status=status,
            bytes_done=done,
            bytes_total=total,
            files=self.fetch.files() or record.files,
            rate=rate,
            eta_seconds=left / rate if left is not None and rate else None,
        )

    def sample(self) -> None:
        """Note how many bytes there are, for the rate."""
        if self.fetch is None:
            return
        now, done = time.monotonic(), self.fetch.bytes_done
        if self.samples and done < self.samples[-1][1]:
            self.samples.clear()  # it began anew
        self.samples.append((now, done))
        while len(self.samples) > 2 and now - self.samples[0][0] > RATE_WINDOW:
            self.samples.popleft()

    def _rate(self, fetch: Fetch) -> float | None:
        if not self.samples:
            return None
        then, bytes_then = self.samples[0]
        seconds = time.monotonic() - then
        return (fetch.bytes_done - bytes_then) / seconds if seconds > 0.2 else None


class Downloads:
    """Starts, pauses, resumes and cancels. At most `parallel` run at once, the others wait their turn.

    `report_every` is how often, in seconds, listeners hear of progress; `backoff` the first pause, in
    seconds, after a failed try.
    """

    def __init__(
        self,
        catalog: Catalog,
        store: Store,
        sources: Sources,
        *,
        parallel: int = 2,
        report_every: float = 0.5,
        backoff: float = 1.0,
    ) -> None:
        self._catalog, self._store, self._sources = catalog, store, sources
        self._turns = asyncio.Semaphore(parallel)
        self._report_every, self._backoff = report_every, backoff
        self._jobs: dict[str, _Job] = {}  # by download id
        self._listeners: list[Callable[[Download], None]] = []
        self._starting = asyncio.Lock()
        self._closing = False

    async def open(self) -> None:
        """Read the rows; those that were under way when the last server ended go on."""
        async with self._store.read() as tx:
            records = await tx.downloads.list()
        for record in records:
            job = self._jobs[record.id] = _Job(record)
            if record.status not in UNDER_WAY:
                continue
            try:
                variant = self._catalog.resolve(record.variant_id)
                if self._catalog.local_path(variant) is not None:  # it ended before its row was written
                    await self._save(job, msgspec.structs.replace(record, status=DownloadStatus.COMPLETE))
                else:
                    self._run(job)
            except StellarChatError as error:  # the model is no longer in the catalogue
                failed = msgspec.structs.replace(record, status=DownloadStatus.FAILED, error=error.info())
                await self._save(job, failed)

    async def close(self) -> None:
        """Stop all transfers; their rows stay as they are, so that the next server goes on."""
        self._closing = True
        tasks = [job.task for job in self._jobs.values() if job.task is not None]
        for job in self._jobs.values():
            self._interrupt(job)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def start(self, variant: Variant) -> Download:
        """Begin to download a variant, or join the download there is; paused and failed ones go on.

        Raises BadRequest for a variant that is a local file, Conflict where it is here already.
        """
        async with self._starting:
            destination = self._catalog.destination(variant)
            job = self._of(variant.id)
            if job is not None and job.record.status in UNDER_WAY:
                return job.view()
            if self._catalog.local_path(variant) is not None:
                raise Conflict(
                    f"{variant.name} is here already.",
                    param="model_id",
                    sentence="download_here",
                    values={"name": variant.name},
                )
            path = destination.relative_to(self._catalog.models_dir).as_posix()
            fresh = _asked(variant, path, job.record if job else None)
            if job is None:
                job = _Job(fresh)
            elif job.task is not None:
                await asyncio.wait({job.task})  # it was paused a moment ago
            await self._save(job, fresh)
            self._jobs[fresh.id] = job
            self._run(job)
            return job.view()

    async def pause(self, download_id: str) -> Download:
        """Stop fetching; what has come is kept. Raises NotFound, Conflict where it does not run."""
        job = self._job(download_id)
        if job.record.status not in UNDER_WAY:
            raise Conflict(
                f"The download is {job.record.status.value}, not running.", sentence="download_not_running"
            )
        job.paused = True
        self._interrupt(job)
        if job.task is not None:
            await asyncio.wait({job.task})
        return job.view()

    async def resume(self, download_id: str) -> Download:
        """Go on with a paused or failed download. Raises NotFound, Conflict."""
        job = self._job(download_id)
        return await self.start(self._catalog.resolve(job.record.variant_id))

    async def cancel(self, download_id: str) -> None:
        """Stop a download and remove its row and what has come of it. Raises NotFound.

        Of a complete one only the row goes; to delete weights there is `remove`.
        """
        job = self._job(download_id)
        job.paused = True
        self._interrupt(job)
        if job.task is not None:
            await asyncio.wait({job.task})
        async with self._store.transaction() as tx:
            await tx.downloads.delete(download_id)
        self._jobs.pop(download_id, None)
        if job.record.status is not DownloadStatus.COMPLETE:
            record = job.record
            names = [one.file for one in record.files] or [record.file]
            others = self._others(record.variant_id)
            await asyncio.to_thread(self._catalog.weights.discard, record.path, record.file, names, others)

    async def remove(self, variant: Variant) -> int:
        """Delete the downloaded weights of a variant, and its row; return the bytes freed.

        Raises BadRequest for a variant that is a local file or Ollama's, NotFound where nothing is here,
        Conflict where it lies in another program's cache. That no instance uses it is for the caller to see
        to. What other variants need of it stays.
        """
        self._catalog.destination(variant)
        here = self._catalog.local_path(variant)
        if here is not None and self._catalog.weights.in_cache(here):
            raise Conflict(
                f"{variant.name} lies in a Hugging Face cache, which other programs use too.",
                param="model_id",
                remedy=f"Delete it with `hf cache`, or by hand: {here}.",
                sentence="download_cache",
                values={"name": variant.name, "path": str(here)},
            )
        job = self._of(variant.id)
        if job is not None:
            await self.cancel(job.record.id)
            if here is None:
                return job.record.bytes_done
        if here is None:
            raise NotFound(
                f"{variant.name} is not downloaded.",
                param="model_id",
                sentence="download_not_here",
                values={"name": variant.name},
            )
        others = self._others(variant.id)
        return await asyncio.to_thread(self._catalog.weights.remove, variant.artefact, others)

    def list(self) -> list[Download]:
        """All downloads, oldest first, as they are now."""
        return sorted((job.view() for job in self._jobs.values()), key=lambda one: (one.created_at, one.id))

    def get(self, download_id: str) -> Download:
        """Return one. Raises NotFound."""
        return self._job(download_id).view()

    def of(self, variant_id: str) -> Download | None:
        """Return the download of a variant, if it has one."""
        job = self._of(variant_id)
        return job.view() if job else None

    def progress(self, variant_id: str) -> str | None:
        """Say how a download under way stands, as `43 %`; None where there is none."""
        download = self.of(variant_id)
        if download is None or download.status not in UNDER_WAY:
            return None
        if not download.bytes_total:
            return download.status.value
        return f"{100 * download.bytes_done / download.bytes_total:.0f} %"

    async def wait(self, download_id: str) -> Download:
        """Wait until a download is complete, paused or failed, and return it. Raises NotFound."""
        job = self._job(download_id)
        if job.task is not None:
            await asyncio.wait({job.task})
        return job.view()

    def on_change(self, listener: Callable[[Download], None]) -> None:
        """Call `listener` with every change, and every `report_every` seconds while bytes come."""
        self._listeners.append(listener)

    def _others(self, variant_id: str) -> tuple[Artefact, ...]:
        return tuple(one.artefact for one in self._catalog.variants() if one.id != variant_id)

    def _run(self, job: _Job) -> None:
        job.paused = False
        variant = self._catalog.resolve(job.record.variant_id)
        job.fetch = Fetch(
            self._sources,
            variant.artefact,
            self._catalog.destination(variant),
            known=job.record.files or _single(job.record),
            inside=self._catalog.inside,
            backoff=self._backoff,
        )
        job.samples.clear()
        job.task = asyncio.create_task(self._fetch(job, job.fetch), name=f"download {job.record.path}")

    def _interrupt(self, job: _Job) -> None:
        if job.fetch is not None:
            job.fetch.switch.turn_off()

    async def _fetch(self, job: _Job, fetch: Fetch) -> None:
        """Run one download to its end, whatever that is, and record it."""
        ended: DownloadStatus | None = None
        error: StellarChatError | None = None
        try:
            async with self._turns:
                fetch.switch.check()
                await self._save(job, msgspec.structs.replace(job.record, status=DownloadStatus.RUNNING))
                work = asyncio.ensure_future(asyncio.to_thread(fetch.run))
                while not work.done():
                    await asyncio.wait({work}, timeout=self._report_every)
                    job.sample()
                    self._tell(job)
                work.result()
            ended = DownloadStatus.COMPLETE
        except Interrupted:
            if not self._closing or job.paused:
                ended = DownloadStatus.PAUSED
        except StellarChatError as problem:
            ended, error = DownloadStatus.FAILED, problem
        except OSError as problem:
            ended = DownloadStatus.FAILED
            error = Unavailable(
                "The file cannot be written.",
                remedy=f"Check the rights on {fetch.root}.",
                detail=f"{type(problem).__name__}: {problem}",
                sentence="download_unwritable",
                values={"folder": str(fetch.root)},
            )
        files = fetch.files() or job.record.files
        alone = files[0] if len(files) == 1 else None
        record = msgspec.structs.replace(
            job.record,
            status=ended or DownloadStatus.QUEUED,
            bytes_done=fetch.bytes_done,
            bytes_total=fetch.bytes_total or job.record.bytes_total,
            etag=alone.etag if alone else None,
            sha256=alone.sha256 if alone else None,
            files=files,
            error=error.info() if error else None,
        )
        try:
            await self._save(job, record)
        except (
            StellarChatError
        ) as problem:  # the file itself is the truth; the row is mended at the next start
            logger.warning("The download of %s could not be recorded: %s", record.path, problem.message)
            job.record = record

    async def _save(self, job: _Job, record: Download) -> None:
        record = msgspec.structs.replace(record, updated_at=datetime.now(UTC))
        async with self._store.transaction() as tx:
            await tx.downloads.save(record)
        job.record = record
        self._tell(job)

    def _tell(self, job: _Job) -> None:
        view = job.view()
        for listener in self._listeners:
            listener(view)

    def _job(self, download_id: str) -> _Job:
        job = self._jobs.get(download_id)
        if job is None:
            raise NotFound("There is no such download.", param="id", sentence="download_none")
        return job

    def _of(self, variant_id: str) -> _Job | None:
        return next((job for job in self._jobs.values() if job.record.variant_id == variant_id), None)


def _asked(variant: Variant, path: str, before: Download | None) -> Download:
    """Return the row of a download that is to begin, or to go on where it left off."""
    artefact, now = variant.artefact, datetime.now(UTC)
    fresh = Download(
        id=before.id if before else new_id(),
        variant_id=variant.id,
        repo=artefact.hf_repo or artefact.url or "",
        file=artefact.hf_file or (path.rsplit("/", 1)[1] if artefact.url else ""),
        revision=artefact.hf_revision,
        path=path,
        status=DownloadStatus.QUEUED,
        bytes_total=artefact.size_bytes,
        sha256=artefact.sha256,
        created_at=before.created_at if before else now,
        updated_at=now,
    )
    if before is None or (before.repo, before.path) != (fresh.repo, path):
        return fresh
    return msgspec.structs.replace(
        fresh,
        bytes_done=before.bytes_done,
        bytes_total=before.bytes_total,
        etag=before.etag,
        sha256=before.sha256,
        files=before.files,
    )


def _single(record: Download) -> tuple[DownloadFile, ...]:
    """Return the file of a row from before there were lists, or of one that has not begun."""
    if not record.file:
        return ()
    return (
        DownloadFile(
            file=record.file,
            bytes_done=record.bytes_done,
            bytes_total=record.bytes_total,
            etag=record.etag,
            sha256=record.sha256,
        ),
    )
