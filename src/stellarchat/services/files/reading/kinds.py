"""What a file is, told by its bytes. Its name decides only between kinds of text."""

import mimetypes
from pathlib import Path
from zipfile import BadZipFile, ZipFile

IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "image/tiff")
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HTML, SVG, PLAIN = "text/html", "image/svg+xml", "text/plain"
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)
_OFFICE = (("word/document.xml", DOCX), ("ppt/presentation.xml", PPTX), ("xl/workbook.xml", XLSX))
# what the registry of types knows as something else, or not at all
_TEXTS = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".json": "application/json",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".ts": "text/plain",
}


def sniff(path: Path) -> str | None:
    """Return the media type of what is no text, None where the file may be text."""
    with path.open("rb") as file:
        head = file.read(4096)
    for magic, kind in _MAGIC:
        if head.startswith(magic) and (kind != "image/bmp" or head[6:10] == bytes(4)):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "image/avif" if {head[8:12], head[16:20]} & {b"avif", b"avis"} else "video/mp4"
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return _archive(path)
    return None


def _archive(path: Path) -> str:
    try:
        with ZipFile(path) as archive:
            names = set(archive.namelist())
    except (BadZipFile, OSError, ValueError):
        return "application/zip"
    return next((kind for name, kind in _OFFICE if name in names), "application/zip")


def of_text(name: str, text: str) -> str:
    """Return the media type of a text: by what it begins with, then by the ending of its name."""
    start = text[:1000].lstrip().lower()
    if start.startswith(("<!doctype html", "<html")) or "<html" in start:
        return HTML
    if start.startswith("<svg") or (start.startswith(("<?xml", "<!doctype svg")) and "<svg" in start):
        return SVG
    ending = Path(name).suffix.lower()
    if ending in (".html", ".htm", ".xhtml"):
        return HTML
    kind = _TEXTS.get(ending) or mimetypes.guess_type(f"x{ending}", strict=False)[0] or PLAIN
    return kind if kind.startswith("text/") or kind in _TEXTS.values() else PLAIN
