"""Images, made anew: turned upright, without what they tell of their making, no larger than needed."""

import warnings
from pathlib import Path

from PIL import Image, ImageOps

PIXELS = 64_000_000
"""An image of more is refused: it would take more memory than it may."""
THUMBNAIL = 512

Image.MAX_IMAGE_PIXELS = PIXELS // 2  # Pillow raises at twice as many
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")


class BadImage(Exception):
    """The image cannot be read; the text says why."""


def read(path: Path, folder: Path, side: int) -> tuple[int, int]:
    """Leave `thumbnail` (WebP) and `shown` (PNG or JPEG) in `folder`; return width and height.

    Of an animation the first frame is taken. Raises BadImage.
    """
    warnings.simplefilter("ignore")
    try:
        with Image.open(path, formats=_FORMATS) as opened:
            size = _upright(opened)
            # a JPEG can be read at a half, a quarter or an eighth of its size
            opened.draft(None, (side * 2, side * 2))
            picture = ImageOps.exif_transpose(opened)
    except Image.DecompressionBombError:
        raise BadImage(f"has more than {PIXELS // 1_000_000} million pixels") from None
    except MemoryError:
        raise BadImage("takes too much memory to open") from None
    except Exception as error:
        raise BadImage(f"cannot be opened: {type(error).__name__}") from None
    clear = picture.has_transparency_data
    picture = picture.convert("RGBA" if clear else "RGB")
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    if clear:
        picture.save(folder / "shown", "PNG")
    else:
        picture.save(folder / "shown", "JPEG", quality=90)
    small(picture, folder)
    return size


def small(picture: Image.Image, folder: Path) -> None:
    """Leave `thumbnail` in `folder`."""
    picture.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    picture.save(folder / "thumbnail", "WEBP", quality=80)


def _upright(opened: Image.Image) -> tuple[int, int]:
    width, height = opened.size
    turned = opened.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    return (height, width) if turned else (width, height)
