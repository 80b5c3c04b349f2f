"""From a model's name to a running instance, told step by step."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from stellarchat.core.downloads import Download, DownloadStatus
from stellarchat.core.errors import ErrorInfo, StellarChatError, Words
from stellarchat.core.ids import new_id
from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState, LaunchOptions
from stellarchat.core.models import Variant
from stellarchat.engines.base import Daemon
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.catalog.downloads import UNDER_WAY, Downloads
from stellarchat.services.instances.attached import same
from stellarchat.services.instances.instances import Instances
from stellarchat.services.instances.launching import upstream_name

TICK = 0.1  # seconds between two looks at how it goes
RATE_AFTER = 0.5  # seconds of fetching before a rate is told


class Step(StrEnum):
    """What happens, in this order; `ready` or `error` is the last."""

    RESOLVE = "resolve"
    DOWNLOAD = "download"
    LAUNCH = "launch"
    LOAD = "load"
    READY = "ready"
    ERROR = "error"


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a start has come. Exactly what belongs to the step is set."""

    step: Step
    variant: str | None = None
    download: Download | None = None
    instance: Instance | None = None
    error: ErrorInfo | None = None


class Starting:
    """Downloads what is missing and starts what does not run."""

    def __init__(self, catalog: Catalog, downloads: Downloads, instances: Instances) -> None:
        self._catalog, self._downloads, self._instances = catalog, downloads, instances

    async def start(self, variant: Variant, options: LaunchOptions) -> AsyncGenerator[Progress]:
        """Yield each step, and a step again whenever something about it has changed.

        Never raises StellarChatError: that is the last step. Who stops listening stops nothing.
        """
        yield Progress(step=Step.RESOLVE, variant=variant.id)
        try:
            daemon = self._instances.engine(variant.id, options).daemon
            if daemon is not None:
                async for download in pulled(daemon, variant):
                    yield Progress(step=Step.DOWNLOAD, variant=variant.id, download=download)
            elif self._catalog.local_path(variant) is None:
                download = await self._downloads.start(variant)
                while download.status in UNDER_WAY:
                    yield Progress(step=Step.DOWNLOAD, variant=variant.id, download=download)
                    download = await self._moved(download)
                yield Progress(step=Step.DOWNLOAD, variant=variant.id, download=download)
                if download.status is not DownloadStatus.COMPLETE:
                    otherwise = Words(f"The download is {download.status}.", "start_no_download")
                    yield _failed(variant, download.error, otherwise)
                    return
            instance = await self._instances.start(variant.id, options)
            yield Progress(step=Step.LAUNCH, variant=variant.id, instance=instance)
            while instance.state not in (InstanceState.READY, InstanceState.FAILED, InstanceState.STOPPED):
                instance = await self._changed(instance)
                if instance.state is InstanceState.LOADING:
                    yield Progress(step=Step.LOAD, variant=variant.id, instance=instance)
            if instance.state is InstanceState.READY:
                yield Progress(step=Step.READY, variant=variant.id, instance=instance)
            else:
                otherwise = Words(f"The model is {instance.state}.", "start_ended")
                yield _failed(variant, instance.error, otherwise)
        except StellarChatError as error:
            yield _failed(variant, error.info(), error.words)

    async def _moved(self, download: Download) -> Download:
        while True:
            await asyncio.sleep(TICK)
            now = self._downloads.get(download.id)
            if now != download:
                return now

    async def _changed(self, instance: Instance) -> Instance:
        while True:
            now = self._instances.instance(instance.run_id)
            if now != instance:
                return now
            await asyncio.sleep(TICK)


def _failed(variant: Variant, error: ErrorInfo | None, otherwise: Words) -> Progress:
    problem = error or ErrorInfo(
        code="engine_not_ready",
        message=otherwise.message,
        status=503,
        sentence=otherwise.sentence,
        values=otherwise.values,
    )
    return Progress(step=Step.ERROR, variant=variant.id, error=problem)


async def pulled(daemon: Daemon, variant: Variant) -> AsyncGenerator[Download]:
    """Have a server that is not ours fetch what it does not have; nothing comes where it has it.

    Raises what the server says.
    """
    name = upstream_name(variant)
    if any(same(served.name, name) for served in await daemon.served()):
        return
    began = datetime.now(UTC)
    download = Download(
        id=f"pull-{new_id()}",
        variant_id=variant.id,
        repo=daemon.address.base_url,
        file=name,
        revision="",
        path="",
        status=DownloadStatus.RUNNING,
        created_at=began,
        updated_at=began,
    )
    yield download
    told = asyncio.get_running_loop().time()
    start = download.bytes_done, told
    async for pull in daemon.pull(name):
        now = asyncio.get_running_loop().time()
        done = max(download.bytes_done, pull.bytes_done or 0)  # progress never runs backwards
        rate = (done - start[0]) / (now - start[1]) if now - start[1] > RATE_AFTER else None
        total = pull.bytes_total or download.bytes_total
        download = msgspec.structs.replace(
            download,
            bytes_done=done,
            bytes_total=total,
            rate=rate,
            eta_seconds=(total - done) / rate if rate and total is not None else None,
            updated_at=datetime.now(UTC),
        )
        if now - told >= TICK:
            told = now
            yield download
    yield msgspec.structs.replace(download, status=DownloadStatus.COMPLETE, rate=None, eta_seconds=None)
