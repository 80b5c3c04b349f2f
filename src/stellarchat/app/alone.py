"""Whether another server is at work in a data folder: what is kept in memory is not shared with it."""

import fcntl
import logging
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)

FILE = "serving.lock"


def claim(folder: Path) -> IO[bytes] | None:
    """Mark a folder as served until what is returned is closed; say so where another server does."""
    mark: IO[bytes] | None = None
    try:
        mark = (folder / FILE).open("wb")
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return mark
    except BlockingIOError:
        log.warning(
            "Another server process uses %s. Neither knows of the other's wrong passwords, limits, approvals "
            "of tools, running replies and live changes. Run one.",
            folder,
        )
    except OSError as error:
        log.debug("%s cannot be marked: %s", folder, error)  # some file systems have no locks
    if mark is not None:
        mark.close()
    return None
