"""PDF and the formats of office programs, as text."""

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stellarchat.services.files.reading import images, kinds

if TYPE_CHECKING:
    import pypdfium2

_SHARPEST = 4.0  # pixels for a point of a page, 288 to the inch: of small pages more would only be blurred
MISSING = "documents"
"""What stands for: the libraries of the extra `documents` are not installed."""


class BadDocument(Exception):
    """The document cannot be read; the first argument is a code, see `services.files.preparing`."""


def pdf(path: Path, folder: Path) -> Iterator[str]:
    """Yield the text of each page, and leave a picture of the first as `thumbnail`."""
    import pypdfium2

    document = _opened(path)
    for number in range(len(document)):
        try:
            page = document[number]
            if number == 0:
                scale = images.THUMBNAIL / max(page.get_width(), page.get_height(), 1)
                images.small(page.render(scale=scale).to_pil(), folder)
            # the soft hyphen stands where a word was cut in two
            yield page.get_textpage().get_text_bounded().replace("\r\n", "\n").replace("\ufffe", "")
            page.close()
        except pypdfium2.PdfiumError:
            yield ""


def drawn(path: Path, folder: Path, side: int, most: int) -> int:
    """Leave pictures of the first pages, `most` of them, as `page-001.jpg` and so on; return how many it has.

    None is larger than `side` pixels: that bounds the memory too, whatever size a page says it has.
    """
    import pypdfium2

    document = _opened(path)
    for number in range(min(len(document), most)):
        try:
            page = document[number]
            scale = min(side / max(page.get_width(), page.get_height(), 1), _SHARPEST)
            picture = page.render(scale=scale).to_pil().convert("RGB")
            picture.save(folder / f"page-{number + 1:03}.jpg", "JPEG", quality=85)
            page.close()
        except (pypdfium2.PdfiumError, ValueError):
            raise BadDocument("broken") from None
    return len(document)


def _opened(path: Path) -> "pypdfium2.PdfDocument":
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise BadDocument("locked" if "password" in str(error).lower() else "broken") from None


def docx(path: Path) -> Iterator[str]:
    """Yield the paragraphs and tables, in their order."""
    try:
        import docx as library
        from docx.table import Table
    except ImportError:
        raise BadDocument(MISSING) from None

    for block in library.Document(str(path)).iter_inner_content():
        if isinstance(block, Table):
            yield "\n".join(_row(cell.text for cell in row.cells) for row in block.rows)
        else:
            style = (block.style.name or "") if block.style is not None else ""
            level = style.removeprefix("Heading ")
            heading = "#" * int(level) + " " if style.startswith("Heading ") and level.isdigit() else ""
            yield heading + block.text


def pptx(path: Path) -> Iterator[str]:
    """Yield the text of each slide, its notes included."""
    try:
        from pptx import Presentation
    except ImportError:
        raise BadDocument(MISSING) from None

    for slide in Presentation(str(path)).slides:
        lines = [*_shapes(slide.shapes)]
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            notes = slide.notes_slide.notes_text_frame.text.strip()
            lines += [f"Notes: {notes}"] if notes else []
        yield "\n".join(lines)


def _shapes(shapes: Iterable[Any]) -> Iterator[str]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        elif shape.has_text_frame and shape.text_frame.text.strip():
            yield shape.text_frame.text
        elif getattr(shape, "has_table", False) and shape.has_table:
            yield from (_row(cell.text for cell in row.cells) for row in shape.table.rows)


def xlsx(path: Path) -> Iterator[str]:
    """Yield each sheet as lines of cells with bars between them; formulas as what they came to."""
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise BadDocument(MISSING) from None

    # by name it would want the ending of a workbook
    with path.open("rb") as file:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            rows = ([*map(_cell, row)] for row in sheet.iter_rows(values_only=True))
            filled = (_row(_trimmed(row)) for row in rows if any(row))
            yield "\n".join(itertools.chain([f"# {sheet.title}"], filled))


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _trimmed(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row.pop()
    return row


def _row(cells: Iterable[str]) -> str:
    return " | ".join(" ".join(cell.split()) for cell in cells)


READERS = {kinds.DOCX: docx, kinds.PPTX: pptx, kinds.XLSX: xlsx}
