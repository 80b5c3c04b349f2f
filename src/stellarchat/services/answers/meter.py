"""What the hot path tells about itself; the metrics room turns it into Prometheus series."""

from typing import Any, Protocol


class Meter(Protocol):
    """Hears of every answer once, at its end."""

    def answered(
        self,
        *,
        model: str,
        lane: str,
        outcome: str,
        seconds: float,
        time_to_first_token: float | None,
        generation_seconds: float | None,
        prompt_tokens: int,
        completion_tokens: int,
        cached_tokens: int = 0,
        user_id: str = "",
    ) -> None:
        """`lane` is relay or chat; `outcome` a finish reason or an error code; times in seconds.

        `user_id` is empty where the server asked for itself.
        """


class Unmetered:
    """A meter nobody reads."""

    def answered(self, **measured: object) -> None:
        """Do nothing."""


class Meters:
    """Several meters, each of which hears of everything."""

    def __init__(self, *meters: Meter) -> None:
        self._meters = meters

    def answered(self, **measured: Any) -> None:
        """Tell all."""
        for meter in self._meters:
            meter.answered(**measured)
