"""A download of one variant's weights, as the store keeps it and a client sees it."""

from datetime import datetime
from enum import StrEnum

import msgspec

from stellarchat.core.errors import ErrorInfo


class DownloadStatus(StrEnum):
    """queued → running → verifying → complete; paused and failed ones can be resumed.

    A cancelled download has no row: it and its part file are removed.
    """

    QUEUED = "queued"
    RUNNING = "running"
    VERIFYING = "verifying"
    COMPLETE = "complete"
    PAUSED = "paused"
    FAILED = "failed"


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """One file on its way to the models directory; at most one per `variant_id`.

    `path` is relative to the models directory. `etag` is the server's name for the file's content and
    guards a resumed download against a changed file; `sha256` is checked before the file gets its name.
    `rate` is in bytes per second; it and `eta_seconds` are known while bytes come and are not stored.
    """

    id: str
    variant_id: str
    repo: str
    file: str
    revision: str
    path: str
    status: DownloadStatus
    bytes_done: int = 0
    bytes_total: int | None = None
    etag: str | None = None
    sha256: str | None = None
    error: ErrorInfo | None = None
    created_at: datetime
    updated_at: datetime
    rate: float | None = None
    eta_seconds: float | None = None
