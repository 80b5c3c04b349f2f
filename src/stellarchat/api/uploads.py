"""Files in requests: the body itself, or a part of a form; never held as a whole."""

from collections.abc import AsyncIterator
from urllib.parse import unquote

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from stellarchat.core.errors import BadRequest

FORM_BYTES = 64 * 1024
"""What a form may have besides the file: boundaries and headers."""
_HOW = "Send a form with a field `file`, or the file itself with its name as ?name=."


class Upload:
    """A file on its way: its name, and its bytes piece by piece. Raises BadRequest for a bad form."""

    def __init__(self, name: str, pieces: AsyncIterator[bytes]) -> None:
        self.name, self.pieces = name, pieces


async def incoming(request: Request, name: str | None) -> Upload:
    """Return the file that a request brings; `name` is how the address names it. Raises BadRequest."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data":
        return Upload(name or "", _stream(request))
    boundary = options.get(b"boundary")
    if not boundary:
        raise BadRequest("The form has no boundary.", param="file", remedy=_HOW)
    form = _Form(boundary, _stream(request))
    await form.seek()
    return Upload(name or form.name, form.pieces())


async def _stream(request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in request.stream():
            if piece:
                yield piece
    except ClientDisconnect:
        raise BadRequest(
            "The file was cut off on its way.", param="file", remedy="Send it again.", sentence="upload_cut"
        ) from None


class _Form:
    """Finds the first file in a form."""

    def __init__(self, boundary: bytes, body: AsyncIterator[bytes]) -> None:
        self._body = body
        self._waiting: list[bytes] = []
        self._found = self._over = False
        self._field, self._value = b"", b""
        self._disposition = b""
        self._header_bytes = 0
        self.name = ""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers,
                "on_part_data": self._data,
                "on_part_end": self._end,
            },
        )

    async def seek(self) -> None:
        """Read on until the file begins. Raises BadRequest where there is none."""
        async for piece in self._body:
            self._feed(piece)
            if self._found:
                return
        raise BadRequest("The form holds no file.", param="file", remedy=_HOW)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the file's bytes, and leave what follows it unread."""
        while True:
            waiting, self._waiting = self._waiting, []
            for piece in waiting:
                yield piece
            if self._over:
                return
            more = await anext(self._body, None)
            if more is None:
                raise BadRequest(
                    "The form ends in the middle of the file.",
                    param="file",
                    remedy=_HOW,
                    sentence="upload_cut",
                )
            self._feed(more)

    def _feed(self, piece: bytes) -> None:
        try:
            self._parser.write(piece)
        except MultipartParseError as error:
            raise BadRequest(f"The form is malformed: {error}.", param="file", remedy=_HOW) from None

    def _begin(self) -> None:
        self._field = self._value = self._disposition = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += self._counted(data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += self._counted(data[start:end])

    def _counted(self, piece: bytes) -> bytes:
        self._header_bytes += len(piece)
        if self._header_bytes > FORM_BYTES // 2:
            raise BadRequest("The form's headers are too long.", param="file", remedy=_HOW)
        return piece

    def _header_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = self._value
        self._field = self._value = b""

    def _headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        named = options.get(b"filename")
        if self._found or (named is None and options.get(b"name") != b"file"):
            return
        self._found = True
        # browsers write quotes and line ends of a name as %22, %0D and %0A
        self.name = unquote((named or b"").decode("utf-8", "replace"))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._found and not self._over:
            self._waiting.append(data[start:end])

    def _end(self) -> None:
        self._over = self._over or self._found
