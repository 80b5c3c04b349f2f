"""Files as models are told of them: documents as text, images as pictures where a model sees."""

import base64
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from stellarchat.core.errors import BadRequest
from stellarchat.core.files import PageKind
from stellarchat.core.messages import FilePart, Message, Role
from stellarchat.services.files.storage import Storage
from stellarchat.services.files.text import missing, of_pages, told, unseen

log = logging.getLogger(__name__)

_KINDS = {
    "application/pdf": PageKind.PAGE,
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": PageKind.SLIDE,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": PageKind.SHEET,
}
_PNG = b"\x89PNG"


class Telling:
    """Reads files for prompts. The same file is told the same way every time: prompts are cached by it."""

    def __init__(self, storage: Storage, sees: Callable[[str], bool]) -> None:
        """`sees` tells of a model whether it may be shown images."""
        self._storage, self._sees = storage, sees

    def check(self, model: str, branch: Sequence[Message]) -> None:
        """Raise BadRequest where images are given to a model that sees none.

        Those of earlier messages are named to it instead: another model has looked at them.
        """
        newest = next((one for one in reversed(branch) if one.role is Role.USER), None)
        if newest is None or self._sees(model):
            return
        if any(isinstance(part, FilePart) and part.is_image and not part.is_gone for part in newest.parts):
            raise BadRequest(
                f"{model} does not see images.",
                param="model",
                remedy="Choose a model that sees, or send the message without the image.",
                sentence="model_blind",
                values={"model": model},
            )

    def to(self, model: str) -> Callable[[FilePart], dict[str, Any]]:
        """Return what tells a model of a file. It reads the disk."""
        return partial(self._tell, sees=self._sees(model))

    def measured(self, model: str) -> Callable[[FilePart], dict[str, Any]]:
        """Return what tells the same, with an image's `tokens` in place of its bytes."""
        return partial(self._tell, sees=self._sees(model), measure=True)

    def sees(self, model: str) -> bool:
        """Whether a model may be shown images."""
        return self._sees(model)

    def _tell(self, part: FilePart, *, sees: bool, measure: bool = False) -> dict[str, Any]:
        if part.is_gone:
            return _text(missing(part.name))
        try:
            if not part.is_image:
                text = self._storage.text(part.hash).read_text("utf-8")
                return _text(told(part.name, of_pages(text, _KINDS.get(part.media_type), part.pages)))
            if not sees:
                return _text(unseen(part.name))
            if measure:
                return {"type": "image_url", "tokens": part.tokens}
            picture = self._storage.shown(part.hash).read_bytes()
        except (OSError, ValueError):
            log.warning("the file of attachment %s is not there", part.id)
            return _text(missing(part.name))
        kind = "png" if picture.startswith(_PNG) else "jpeg"
        url = f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"
        return {"type": "image_url", "image_url": {"url": url}}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}
