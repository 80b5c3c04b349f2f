"""What the hot path tells about itself; the metrics room turns it into Prometheus series."""

from typing import Protocol

import msgspec


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What one answer took; times in seconds.

    `lane` is relay or chat, `outcome` a finish reason or an error code. `user_id` is empty where the server
    asked for itself.
    """

    model: str
    lane: str
    outcome: str
    seconds: float
    time_to_first_token: float | None = None
    generation_seconds: float | None = None
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    user_id: str = ""


class Meter(Protocol):
    """Hears of every answer once, at its end."""

    def answered(self, answer: Measured) -> None:
        """Take note of it; raises nothing."""


class Meters:
    """Several meters, each of which hears of everything; none where nobody reads."""

    def __init__(self, *meters: Meter) -> None:
        self._meters = meters

    def answered(self, answer: Measured) -> None:
        """Tell all."""
        for meter in self._meters:
            meter.answered(answer)
