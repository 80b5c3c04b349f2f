"""Plain text: which encoding it is in, and HTML as text."""

import codecs
import re
from html.parser import HTMLParser

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ENCODINGS = (
    "gb18030",
    "big5",
    "shift_jis",
    "euc_jp",
    "euc_kr",
    "cp1251",
    "koi8_r",
    "cp1252",
    "cp1253",
    "utf_16_le",
    "utf_16_be",
)
_SAMPLE = 64 * 1024
_COMMON = re.compile("[的一是不了在人有我他这中大来上国个到说们为和地出要就时]")
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_CJK = re.compile("[\u4e00-\u9fff]")


class NotText(Exception):
    """The bytes are no text in any encoding known here."""


def decode(data: bytes) -> str:
    """Return the text of a file. Raises NotText."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                raise NotText from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _guessed(data)
    # UTF-16 of Latin text is valid UTF-8 with a NUL at every other place; so are many binary files
    return _guessed(data) if "\x00" in text else text


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes  # only here: most texts are UTF-8

    wide = b"\x00" in data
    if not wide:
        try:
            chinese = data.decode("gb18030")
        except UnicodeDecodeError:
            pass
        else:
            if _is_chinese(_CJK.findall(chinese[:_SAMPLE])):
                return chinese
    encodings = [name for name in _ENCODINGS if name.startswith("utf_16") == wide]
    best = from_bytes(data[:_SAMPLE], cp_isolation=encodings).best()
    if best is None and (wide or _CONTROLS.search(data)):
        raise NotText
    try:
        # a short text of Western Europe tells too little of itself to be found
        text = data.decode(best.encoding if best is not None else "cp1252")
    except UnicodeDecodeError:
        raise NotText from None
    if "\x00" in text:
        raise NotText
    return text


def _is_chinese(found: list[str]) -> bool:
    """Whether characters that were read as GB18030 are Chinese: other encodings give rare ones."""
    if not found:
        return False
    if len(_COMMON.findall("".join(found))) * 20 > len(found):
        return True
    # the 3,755 common ones of GB 2312; those of Korean are all in the first half of their rows
    rows = [char.encode("gb18030")[0] if len(char.encode("gb18030")) == 2 else 0 for char in found]
    usual = sum(0xB0 <= row <= 0xD7 for row in rows)
    return usual * 20 > len(rows) * 19 and max(rows) > 0xC8


_SKIPPED = frozenset({"script", "style", "head", "template", "noscript", "svg", "math", "iframe", "object"})
_BLOCKS = frozenset(
    "address article aside blockquote br dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5"
    " h6 header hr li main nav ol p pre section table tr ul".split()
)
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}


class _Reader(HTMLParser):
    """Collects what a reader would see; headings, list items and cells keep their marks."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._skipping = 0
        self._pre = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _SKIPPED:
            self._skipping += 1
        elif not self._skipping:
            self._pre += tag == "pre"
            if tag in _BLOCKS:
                self.pieces.append("\n")
            if tag in ("td", "th"):
                self.pieces.append(" | ")
            self.pieces.append(_HEADINGS.get(tag, "- " if tag == "li" else ""))

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        if tag in _BLOCKS and not self._skipping:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipping = max(0, self._skipping - 1)
        elif not self._skipping:
            self._pre -= tag == "pre" and self._pre > 0
            if tag in _BLOCKS:
                self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.pieces.append(data if self._pre else re.sub(r"\s+", " ", data))


def of_html(source: str) -> str:
    """Return what a reader of the page would see."""
    reader = _Reader()
    # a head that never ends would swallow the page
    reader.feed(source if re.search("</head", source, re.IGNORECASE) else source.replace("<head", "<div"))
    reader.close()
    lines = [line.strip() if "\n" not in line else line for line in "".join(reader.pieces).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
