"""What the hot path tells about itself; the metrics room turns it into Prometheus series."""

from typing import Protocol


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
    ) -> None:
        """`lane` is relay or chat; `outcome` a finish reason or an error code; times in seconds."""


class Unmetered:
    """A meter nobody reads."""

    def answered(self, **measured: object) -> None:
        """Do nothing."""
