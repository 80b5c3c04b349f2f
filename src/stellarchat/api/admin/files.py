"""Files that are given away."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi import Response
from starlette.types import Receive, Scope, Send

from stellarchat.api.sse import while_present

BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
TABLE: dict[str, Any] = {"text/csv": BYTES}
LINES: dict[str, Any] = {"application/jsonl": BYTES}
ARCHIVE: dict[str, Any] = {"application/zip": BYTES}


def attachment(content: bytes, name: str, kind: str) -> Response:
    """Return a whole file; `name` is plain ASCII."""
    return Response(content, media_type=kind, headers=_headers(name))


class Streamed(Response):
    """Sends a file as it is written; one that cannot be written to its end is cut off."""

    def __init__(self, chunks: AsyncGenerator[bytes], name: str, kind: str) -> None:
        super().__init__(headers=_headers(name))
        del self.headers["content-length"]
        self.headers["content-type"] = kind
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def write() -> None:
            async with aclosing(self._chunks) as chunks:
                # what goes wrong before the first byte is still an error with its status
                first = await anext(chunks, b"")
                await send(
                    {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
                )
                await send({"type": "http.response.body", "body": first, "more_body": True})
                async for chunk in chunks:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

        await while_present(receive, write())


def _headers(name: str) -> dict[str, str]:
    return {"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}"'}
