"""Weights on their way: progress, pause, resume, cancel."""

from typing import Annotated

from fastapi import Depends

from stellarchat.api import deps
from stellarchat.api.control.envelope import Wrapper
from stellarchat.api.control.schemas import Download, Envelope, StartDownload
from stellarchat.api.routes import Routes
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.catalog.downloads import Downloads

ADMIN = [Depends(deps.admin)]
router = Routes(prefix="/api/v1/downloads", tags=["control"])

Wrap = Annotated[Wrapper, Depends(Wrapper)]
DownloadsDep = Annotated[Downloads, Depends(deps.downloads)]


@router.get("")
async def list_downloads(wrap: Wrap, downloads: DownloadsDep) -> Envelope[list[Download]]:
    """All downloads, oldest first."""
    return wrap([Download.model_validate(download) for download in downloads.list()])


@router.post("", dependencies=ADMIN)
async def start_download(
    body: StartDownload,
    wrap: Wrap,
    downloads: DownloadsDep,
    catalog: Annotated[Catalog, Depends(deps.catalog)],
) -> Envelope[Download]:
    """Fetch a variant's weights, or join the download there is."""
    wrap.about(body.model_id)
    variant = catalog.choose(
        body.model_id, size=body.size, quantization=body.quantization, format=body.format
    )
    return wrap(Download.model_validate(await downloads.start(variant)))


@router.get("/{download_id}")
async def read_download(download_id: str, wrap: Wrap, downloads: DownloadsDep) -> Envelope[Download]:
    """One download."""
    return wrap(Download.model_validate(downloads.get(download_id)))


@router.post("/{download_id}/pause", dependencies=ADMIN)
async def pause_download(download_id: str, wrap: Wrap, downloads: DownloadsDep) -> Envelope[Download]:
    """Stop fetching; what has come is kept."""
    return wrap(Download.model_validate(await downloads.pause(download_id)))


@router.post("/{download_id}/resume", dependencies=ADMIN)
async def resume_download(download_id: str, wrap: Wrap, downloads: DownloadsDep) -> Envelope[Download]:
    """Go on with a paused or failed download."""
    return wrap(Download.model_validate(await downloads.resume(download_id)))


@router.delete("/{download_id}", dependencies=ADMIN)
async def cancel_download(download_id: str, wrap: Wrap, downloads: DownloadsDep) -> Envelope[None]:
    """Stop a download and remove what has come of it."""
    await downloads.cancel(download_id)
    return wrap(None)
