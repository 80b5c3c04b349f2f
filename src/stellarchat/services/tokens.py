"""How many tokens something is, roughly, where no tokenizer can be asked."""

import re
from typing import Final

_WIDE: Final = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_CHARS_PER_TOKEN: Final = 4.0
_TOKENS_PER_WIDE: Final = 0.8
_PIXELS_PER_TOKEN: Final = 784
"""A patch of 28 by 28 pixels, as Qwen's models see."""


def of_text(text: str) -> float:
    """Return about how many tokens a text is: four letters make one, or 1.25 Chinese characters."""
    wide = len(_WIDE.findall(text))
    return wide * _TOKENS_PER_WIDE + (len(text) - wide) / _CHARS_PER_TOKEN


def of_image(width: int, height: int, longest: int) -> int:
    """Return about how many tokens an image is, shown with `longest` pixels on its longest side."""
    scale = min(1.0, longest / max(width, height, 1))
    return max(1, round(width * height * scale * scale / _PIXELS_PER_TOKEN))
