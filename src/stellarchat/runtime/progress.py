"""From bytes read so far to a progress that never runs backwards."""

from stellarchat.core.launch import LoadProgress

# the rest stays for what comes after reading: buffers, warming up
_MOST = 0.99


class LoadMeter:
    """Follows one loading of `total` bytes (None where unknown), begun at `now` seconds."""

    def __init__(self, total: int | None, now: float) -> None:
        self._total = total
        self._began = now
        self._done = 0

    def update(self, done: int, now: float) -> LoadProgress:
        """Take how many bytes have been read by `now` and return where loading stands."""
        self._done = max(self._done, done if self._total is None else min(done, self._total))
        if not self._total:
            return LoadProgress(bytes_done=self._done)
        progress = min(_MOST, self._done / self._total)
        elapsed = now - self._began
        # before there is something to reckon from, an estimate would only jump about
        eta = elapsed / progress - elapsed if progress > 0.02 else None
        return LoadProgress(
            bytes_done=self._done,
            bytes_total=self._total,
            progress=round(progress, 4),
            eta_seconds=None if eta is None else round(eta, 1),
        )
