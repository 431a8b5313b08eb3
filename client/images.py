"""Pictures are made anew before they are attached, without what a camera wrote beside them.

This file knows how to open JPEG and PNG and write the pixels alone. It refuses every other kind of
file, and a picture so large that it would fill the memory.
"""

import io
import logging
import warnings
from typing import Final

from PIL import Image, ImageOps

from client.filekind import FileKind, kind_of
from client.refusals import UnreadableImage

MOST_PIXELS: Final = 60_000_000
"""The largest picture that is opened; a larger one is refused rather than fill the memory."""
MOST_BYTES: Final = 64 << 20
_KINDS: Final = frozenset({FileKind.JPEG, FileKind.PNG})
_QUALITY: Final = 92
logging.getLogger("PIL").setLevel(logging.WARNING)  # else it may log what the camera wrote


def cleaned(data: bytes) -> bytes:
    """Return the same picture with its pixels alone: no place, time, camera or thumbnail.

    Args:
        data: a JPEG or PNG file of at most `MOST_BYTES`.

    Raises:
        UnreadableImage: it is damaged, larger than `MOST_PIXELS`, or no such picture.
    """
    kind = kind_of(data)
    if kind is None or kind not in _KINDS or len(data) > MOST_BYTES:
        raise UnreadableImage
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            pixels = _pixels(data, kind)
    except Exception:  # noqa: BLE001 - a damaged picture makes the library raise almost anything
        raise UnreadableImage from None
    out = io.BytesIO()
    pixels.save(out, kind, **({"quality": _QUALITY} if kind is FileKind.JPEG else {}))
    return out.getvalue()


def _pixels(data: bytes, kind: FileKind) -> Image.Image:
    """Return the pixels on a new sheet."""
    with Image.open(io.BytesIO(data), formats=[kind]) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise UnreadableImage
        # The camera's note of which way is up is lost with the rest, so obey it first.
        upright = ImageOps.exif_transpose(picture)
        mode = "RGB" if kind is FileKind.JPEG else "RGBA"
        pixels = Image.new(mode, upright.size)
        pixels.paste(upright.convert(mode))
    return pixels
