"""What is left of a user's limits, in the headers that OpenAI's clients know.

https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
"""

from stellarchat.services.administration.quotas import Quotas

METERED = ("/v1/", "/api/chat/complet", "/api/v1/llm/", "/api/v1/embeddings", "/api/v1/rerank", "/chat")
"""How the paths begin that ask models."""

Headers = list[tuple[bytes, bytes]]


class Rates:
    """Tells what is left."""

    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas

    def binds(self, user_id: str) -> bool:
        """Whether a user has any limit; where not, there are no headers."""
        return self._quotas.binds(user_id)

    def headers(self, user_id: str) -> Headers:
        """Return what is left for a user at this moment."""
        standing = self._quotas.standing(user_id)
        found: Headers = []
        for kind, rate in ((b"requests", standing.requests), (b"tokens", standing.tokens)):
            if rate is not None:
                limit, left, seconds = rate
                found += [
                    (b"x-ratelimit-limit-" + kind, b"%d" % limit),
                    (b"x-ratelimit-remaining-" + kind, b"%d" % left),
                    (b"x-ratelimit-reset-" + kind, _span(seconds)),
                ]
        return found


def _span(seconds: float) -> bytes:
    """Write a time as OpenAI does: `59s`, `6m0s`, `2h3m4s`."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    text = f"{hours}h{minutes}m{rest}s" if hours else f"{minutes}m{rest}s" if minutes else f"{rest}s"
    return text.encode()
