"""The route that gives chats away as a file."""

from contextlib import aclosing
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Query, Response
from pydantic import Field
from starlette.types import Receive, Scope, Send

from stellarchat.api import deps
from stellarchat.api.routes import Routes
from stellarchat.api.sse import while_present
from stellarchat.services.chats.exports import Export, Exports, Form
from stellarchat.services.chats.markdown import Language

router = Routes(prefix="/api/chats", tags=["chats"])

_FILES: dict[str, Any] = {
    "application/json": {"schema": {"type": "object"}},
    "text/markdown": {"schema": {"type": "string"}},
}


class Download(Response):
    """Sends a file as it is written; a file that cannot be written to its end is cut off."""

    def __init__(self, export: Export) -> None:
        super().__init__(headers={"cache-control": "no-store", "content-disposition": _named(export.name)})
        del self.headers["content-length"]
        self.headers["content-type"] = export.kind
        self._chunks = export.chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def write() -> None:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            async with aclosing(self._chunks) as chunks:
                async for chunk in chunks:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

        await while_present(receive, write())


@router.get(
    "/export",
    status_code=200,
    response_class=Download,
    responses={200: {"content": _FILES, "description": "The file"}},
)
async def export_chats(
    user: Annotated[str, Depends(deps.user)],
    exports: Annotated[Exports, Depends(deps.exports)],
    format: Annotated[
        Form, Query(description="json: everything, for programs; markdown: the active branch, to be read")
    ] = "json",
    chat_id: Annotated[
        list[Annotated[str, Field(max_length=64)]] | None,
        Query(max_length=500, description="given several times: these; left out: all chats"),
    ] = None,
    language: Annotated[Language, Query(description="of the words between the messages")] = "en",
) -> Response:
    """Give chats away as a file: one, some, or all of them."""
    return Download(await exports.chats(user, format, chat_id, language))


def _named(name: str) -> str:
    """Return a Content-Disposition: the name in UTF-8, and for old clients in ASCII (RFC 6266)."""
    plain = "".join(one if one.isascii() and one.isprintable() and one not in '"\\%' else "_" for one in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
