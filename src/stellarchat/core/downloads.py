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


class DownloadFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file of a download; `file` is its path in the repository. Bytes.

    `etag` is the server's name for the file's content and guards a resumed download against a changed
    file; `sha256` is checked before the file gets its name. `done` tells that it has its name.
    """

    file: str
    bytes_done: int = 0
    bytes_total: int | None = None
    etag: str | None = None
    sha256: str | None = None
    done: bool = False


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """Weights on their way to the models directory; at most one download per `variant_id`.

    `repo` is the repository, or the address of a single file; `file` the first file that an engine is to
    load, empty where that is the whole folder. `path` is that file or folder, relative to the models
    directory. `files` is known once the hub was asked what there is; `bytes_done` and `bytes_total` are of
    all of them. `etag` and `sha256` are those of a single file. `rate` is in bytes per second; it and
    `eta_seconds` are known while bytes come and are not stored.
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
    files: tuple[DownloadFile, ...] = ()
    error: ErrorInfo | None = None
    created_at: datetime
    updated_at: datetime
    rate: float | None = None
    eta_seconds: float | None = None
