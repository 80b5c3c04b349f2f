"""Finding words in chats."""

from typing import Final

from stellarchat.core.errors import BadRequest
from stellarchat.core.records import SearchHit, Sieve
from stellarchat.store.database import Store

QUERY_CHARS: Final = 500
HITS: Final = 50
"""Hits of one answer, at most."""


class Search:
    """Full text over the titles and messages of one user."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(
        self, user_id: str, q: str, limit: int = 20, sieve: Sieve | None = None
    ) -> list[SearchHit]:
        """Return the best hits first; [] for a `q` without a word. Raises BadRequest naming the field."""
        if len(q) > QUERY_CHARS:
            raise BadRequest(
                f"q may have at most {QUERY_CHARS} characters.",
                param="q",
                sentence="query_long",
                values={"limit": QUERY_CHARS},
            )
        if not 1 <= limit <= HITS:
            raise BadRequest(f"limit must be from 1 to {HITS}.", param="limit")
        if not q.strip():
            return []
        async with self._store.read() as tx:
            return await tx.search.query(user_id, q, limit, sieve)
