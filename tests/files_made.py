"""Files to attach, made here: none of them is anybody's."""

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image

POEM = "床前明月光，疑是地上霜。举头望明月，低头思故乡。"


def picture(kind: str = "PNG", size: tuple[int, int] = (640, 480), **options: Any) -> bytes:
    """Return an image, its left half red and its right half blue."""
    made = Image.new("RGB", size, (20, 40, 200))
    made.paste((200, 30, 30), (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    made.save(out, kind, **options)
    return out.getvalue()


def turned() -> bytes:
    """Return a JPEG, 200 by 100 as it is stored, which its EXIF says to turn by a quarter."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return picture("JPEG", (200, 100), exif=exif)


def animation() -> bytes:
    """Return a GIF whose first frame is red and whose second is blue."""
    frames = [Image.new("RGB", (40, 40), colour) for colour in ((200, 30, 30), (20, 40, 200))]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def bomb() -> bytes:
    """Return a PNG of some kilobytes that says to be 60,000 by 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pdf(*pages: str) -> bytes:
    """Return a PDF with a line of Latin text on each page."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    kids = []
    for text in pages:
        stream = b"BT /F1 18 Tf 60 700 Td (" + text.encode("latin-1") + b") Tj ET"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        content = len(objects)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 %s >> >> >>" % (content, font)
        )
        kids.append(len(objects))
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), listed)
    return _written(objects)


def endless_pdf() -> bytes:
    """Return a PDF whose one page draws a form that draws itself ten times, twelve levels deep."""
    levels = 12
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /XObject << /X 5 0 R >> >> >>",
        b"<< /Length 5 >>\nstream\n/X Do\nendstream",
    ]
    for level in range(levels):
        drawn = b"/X Do " * 10 if level < levels - 1 else b"BT /F1 9 Tf 10 10 Td (a) Tj ET"
        below = b"/XObject << /X %d 0 R >>" % (len(objects) + 2) if level < levels - 1 else b""
        font = b"/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
        objects.append(
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << %s %s >> /Length %d >>\n"
            b"stream\n%s\nendstream" % (below, font, len(drawn), drawn)
        )
    return _written(objects)


def chinese_pdf() -> bytes:
    """Return a PDF of the poem, in a font that is not embedded and has a character map of Adobe's."""
    stream = b"BT /F1 18 Tf 60 700 Td <" + POEM.encode("utf-16-be").hex().encode() + b"> Tj ET"
    system = b"<< /Registry (Adobe) /Ordering (GB1) /Supplement 2 >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H"
        b" /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo %s"
        b" /FontDescriptor 7 0 R >>" % system,
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [0 0 1000 1000]"
        b" /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>",
    ]
    return _written(objects)


def _written(objects: list[bytes]) -> bytes:
    """Return a PDF of these objects, the first of which is its catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def docx() -> bytes:
    """Return a Word document: a heading, a poem, a table."""
    import docx as library

    document = library.Document()
    document.add_heading("静夜思", level=1)
    document.add_paragraph(POEM)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "作者", "李白"
    return _saved(document)


def pptx() -> bytes:
    """Return two slides, the first with notes."""
    from pptx import Presentation

    show = Presentation()
    for title in ("Opening", "结论"):
        slide = show.slides.add_slide(show.slide_layouts[5])
        slide.shapes.title.text = title
    show.slides[0].notes_slide.notes_text_frame.text = "Smile."
    return _saved(show)


def xlsx() -> bytes:
    """Return a workbook of two sheets."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Prices"
    book.active.append(["apple", 3])
    book.create_sheet("库存").append(["苹果", None, 12])
    return _saved(book)


def swelling_docx() -> bytes:
    """Return a Word document of some hundred kilobytes whose text has 200 million characters."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(docx())) as good,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in good.namelist():
            if name != "word/document.xml":
                archive.writestr(name, good.read(name))
        with archive.open("word/document.xml", "w", force_zip64=True) as file:
            space = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
            file.write(b'<w:document xmlns:w="%s"><w:body>' % space)
            for _ in range(200):
                file.write(b"<w:p><w:r><w:t>" + b"a" * 1_000_000 + b"</w:t></w:r></w:p>")
            file.write(b"</w:body></w:document>")
    return out.getvalue()


def _saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
