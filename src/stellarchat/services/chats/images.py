"""Pictures that an answer names by their address, fetched because a person asked for one."""

import msgspec

from stellarchat.services.outside import FetchFailed, Outside

LIMIT = 10 * 1024 * 1024
"""Bytes of one picture."""
# what servers call pictures; what they are is told by their first bytes
_KINDS = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/jpg",
        "image/gif",
        "image/webp",
        "image/avif",
        "application/octet-stream",
        "binary/octet-stream",
    }
)
_ACCEPT = "image/avif,image/webp,image/png,image/jpeg,image/gif"


class Image(msgspec.Struct, frozen=True):
    """A picture of a kind that cannot hold a script: its media type and its bytes."""

    kind: str
    body: bytes


class Images:
    """Fetches pictures from outside."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def fetch(self, url: str) -> Image:
        """Return the PNG, JPEG, GIF, WebP or AVIF at an address.

        Raises AddressRefused, and FetchFailed where that is not what comes.
        """
        found = await self._outside.get(url, kinds=_KINDS, limit=LIMIT, accept=_ACCEPT)
        kind = sniffed(found.body)
        if kind is None:
            raise FetchFailed(
                "What came is no PNG, JPEG, GIF, WebP or AVIF picture.",
                remedy="Open the address beside instead.",
                sentence="image_kind",
            )
        return Image(kind, found.body)


def sniffed(body: bytes) -> str | None:
    """Return the media type that the first bytes are of, None where it is not one of ours."""
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return "image/webp"
    # ISO/IEC 14496-12: the first box tells the brands; the length before it bounds the list
    if body[4:8] == b"ftyp" and {b"avif", b"avis"} & set(_brands(body)):
        return "image/avif"
    return None


def _brands(body: bytes) -> list[bytes]:
    box = body[: min(int.from_bytes(body[:4]), 256)]
    return [box[8:12], *(box[at : at + 4] for at in range(16, len(box) - 3, 4))]
