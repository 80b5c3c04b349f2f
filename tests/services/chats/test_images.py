"""What counts as a picture."""

from collections.abc import Iterator

import pytest

from stellarchat.services.chats.images import LIMIT, Images, sniffed
from stellarchat.services.outside import FetchFailed, FetchTooLarge, Outside
from tests.elsewhere import Elsewhere, answer, png

PICTURES = {
    "image/png": png(),
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
    "image/gif": b"GIF89a\x01\x00\x01\x00",
    "image/webp": b"RIFF\x1a\x00\x00\x00WEBPVP8 ",
    "image/avif": b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf\x00\x00",
}
OTHERS = {
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
    "html": b"<!doctype html><script>x()</script>",
    "xml": b"<?xml version='1.0'?><svg/>",
    "nothing": b"",
    "text": b"hello",
    "a film": b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isomavc1",
    "a brand outside its box": b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00avif",
    "sound": b"RIFF\x1a\x00\x00\x00WAVEfmt ",
    "half a name": b"\x89PNG\r\n",
    "bmp": b"BM\x1a\x00\x00\x00",
    "pdf": b"%PDF-1.7",
}


@pytest.fixture
def server() -> Iterator[Elsewhere]:
    with Elsewhere() as running:
        yield running


@pytest.mark.parametrize("kind", PICTURES)
def test_pictures_are_told_by_their_first_bytes(kind: str) -> None:
    assert sniffed(PICTURES[kind]) == kind


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_picture(name: str) -> None:
    assert sniffed(OTHERS[name]) is None


@pytest.mark.parametrize("called", ["image/png", "image/gif", "application/octet-stream", "IMAGE/PNG; x=y"])
async def test_the_bytes_count_and_not_the_name(server: Elsewhere, called: str) -> None:
    server.answers["/x"] = answer(png(), Content_Type=called)
    found = await Images(Outside([server.place])).fetch(server.url("/x"))
    assert (found.kind, found.body) == ("image/png", png())


@pytest.mark.parametrize("called", ["image/svg+xml", "text/html", "text/plain", ""])
async def test_documents_are_not_taken_whatever_is_in_them(server: Elsewhere, called: str) -> None:
    server.answers["/x"] = answer(png(), Content_Type=called)
    with pytest.raises(FetchFailed):
        await Images(Outside([server.place])).fetch(server.url("/x"))


@pytest.mark.parametrize("name", OTHERS)
async def test_a_document_that_is_called_a_picture(server: Elsewhere, name: str) -> None:
    server.answers["/x"] = answer(OTHERS[name], Content_Type="image/png")
    with pytest.raises(FetchFailed):
        await Images(Outside([server.place])).fetch(server.url("/x"))


async def test_a_picture_has_a_limit(server: Elsewhere) -> None:
    images = Images(Outside([server.place]))
    for size, name in ((LIMIT, "/fits"), (LIMIT + 1, "/large")):
        server.answers[name] = answer(png().ljust(size, b"\x00"), Content_Type="image/png")
    assert len((await images.fetch(server.url("/fits"))).body) == LIMIT
    with pytest.raises(FetchTooLarge, match="10 MiB"):
        await images.fetch(server.url("/large"))
