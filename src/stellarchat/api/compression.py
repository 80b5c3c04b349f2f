"""Compresses the few answers that are large and of much the same words: the lists of models, the metrics.

Everything else is small, or streamed, or compressed beforehand (the page's files).
"""

from typing import Final

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

PATHS: Final = frozenset({"/api/models", "/api/v1/models", "/v1/models", "/metrics", "/openapi.json"})
LEAST: Final = 4096  # bytes; below that it is not worth a packet
LEVEL: Final = 6  # a list of 300 kB takes half a millisecond more than at 4 and becomes 14 kB instead of 16


class Compression:
    """Wraps an ASGI application; heeds Accept-Encoding."""

    def __init__(self, app: ASGIApp) -> None:
        self._plain = app
        self._compressed = GZipMiddleware(app, minimum_size=LEAST, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        app = self._compressed if scope.get("path") in PATHS else self._plain
        await app(scope, receive, send)
