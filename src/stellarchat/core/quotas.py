"""How much one user may ask for."""

import msgspec


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of a user; None is no limit, and in an override: as the settings have it."""

    requests_per_minute: int | None = None
    tokens_per_day: int | None = None
    concurrent: int | None = None

    @property
    def unlimited(self) -> bool:
        """Whether there is nothing to look at."""
        return self.requests_per_minute is None and self.tokens_per_day is None and self.concurrent is None

    def over(self, usual: "Quota") -> "Quota":
        """Return the limits that hold where this overrides `usual`; 0 lifts a limit."""
        mine, theirs = msgspec.structs.asdict(self), msgspec.structs.asdict(usual)
        chosen = {name: theirs[name] if mine[name] is None else mine[name] for name in mine}
        return Quota(**{name: value or None for name, value in chosen.items()})
