"""What a tool returned, as it is kept, shown and told to a model: capped, and without hidden characters."""

import json
from collections.abc import Iterable
from typing import Any, Final

from stellarchat.core.tools import Output, OutputKind, Returned
from stellarchat.services.tools.looks import plain

TEXT_CHARS: Final = 200_000
"""Of all texts of one result; the rest is left out and said so."""
TOLD_CHARS: Final = 60_000
"""Of these, what a model is told."""
PIECES: Final = 50
IMAGE_CHARS: Final = 4_000_000
"""Of a picture in base64."""
# pictures that a page can show without running anything: no SVG
PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def returned(contents: Iterable[dict[str, Any]], structured: Any, *, failed: bool) -> Returned:
    """Read the content blocks of a result (MCP, `CallToolResult`)."""
    outputs: list[Output] = []
    left = TEXT_CHARS
    for count, content in enumerate(contents):
        if count == PIECES:
            outputs.append(Output(OutputKind.TEXT, "… (there is more)"))
            break
        output = _piece(content)
        if output.kind is not OutputKind.IMAGE:
            output, left = _capped(output, left)
        outputs.append(output)
    if structured is not None and not _said(structured, outputs):
        text = json.dumps(structured, ensure_ascii=False, indent=2, default=str)
        outputs.append(_capped(Output(OutputKind.JSON, plain(text)), left)[0])
    return Returned(tuple(outputs), failed)


def told(outputs: Iterable[Output]) -> str:
    """Return a result as the text that a model reads."""
    said = "\n".join(_words(output) for output in outputs) or "(the tool returned nothing)"
    if len(said) > TOLD_CHARS:
        said = f"{said[:TOLD_CHARS]}\n… ({len(said) - TOLD_CHARS} more characters were left out)"
    return said


def _words(output: Output) -> str:
    if output.kind is OutputKind.IMAGE:
        return f"({output.text[5 : output.text.find(';')]} picture, which the person sees)"
    return output.text


def _piece(content: dict[str, Any]) -> Output:
    kind = content.get("type")
    if kind == "text":
        return Output(OutputKind.TEXT, plain(str(content.get("text", ""))))
    if kind == "image":
        return _picture(str(content.get("mimeType", "")), str(content.get("data", "")))
    if kind == "resource_link":
        return Output(OutputKind.LINK, plain(str(content.get("uri", "")))[:2048])
    if kind == "resource" and isinstance(content.get("resource"), dict):
        resource = content["resource"]
        if "text" in resource:
            return Output(OutputKind.TEXT, plain(str(resource["text"])))
        return _picture(str(resource.get("mimeType", "")), str(resource.get("blob", "")))
    return Output(OutputKind.TEXT, f"({plain(str(kind))[:40]}: this cannot be shown)")


def _picture(mime: str, data: str) -> Output:
    if mime not in PICTURES:
        return Output(OutputKind.TEXT, f"({plain(mime)[:60] or 'unnamed data'}: this cannot be shown)")
    if len(data) > IMAGE_CHARS:
        return Output(OutputKind.TEXT, f"({mime}: the picture is too large to be shown)")
    if not data.isascii() or not data.replace("+", "").replace("/", "").rstrip("=").isalnum():
        return Output(OutputKind.TEXT, f"({mime}: the picture is broken)")
    return Output(OutputKind.IMAGE, f"data:{mime};base64,{data}")


def _capped(output: Output, left: int) -> tuple[Output, int]:
    if len(output.text) <= left:
        return output, left - len(output.text)
    cut = f"{output.text[:left]}\n… ({len(output.text) - left} more characters were left out)"
    return Output(OutputKind.TEXT, cut), 0


def _said(structured: Any, outputs: list[Output]) -> bool:
    """Whether the texts hold the structured form already, as servers should see to for older clients."""
    if isinstance(structured, dict) and isinstance(structured.get("result"), str):
        structured = {**structured, "result": plain(structured["result"])}  # as the texts are
    for output in outputs:
        try:
            said = json.loads(output.text)
        except ValueError:
            said = output.text
        if said == structured or structured == {"result": said}:
            return True
    return False
