"""What answers took: counted per user, model and day (UTC)."""

from datetime import date

import msgspec


class Spent(msgspec.Struct, kw_only=True):
    """What some requests took. `cached_tokens` are those of the prompt that the engine had read before."""

    requests: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    errors: int = 0
    seconds: float = 0.0

    def add(self, other: "Spent") -> None:
        """Count `other` in."""
        self.requests += other.requests
        self.prompt_tokens += other.prompt_tokens
        self.cached_tokens += other.cached_tokens
        self.completion_tokens += other.completion_tokens
        self.errors += other.errors
        self.seconds += other.seconds

    @property
    def tokens(self) -> int:
        """Read and written together."""
        return self.prompt_tokens + self.completion_tokens


class Usage(Spent, kw_only=True):
    """One line of the books; what it is not grouped by is None."""

    day: date | None = None
    user_id: str | None = None
    model: str | None = None


class UsageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines are wanted (`first` and `last` day included), and what they are grouped by."""

    first: date | None = None
    last: date | None = None
    user_id: str | None = None
    model: str | None = None
    by: tuple[str, ...] = ("day", "user", "model")
