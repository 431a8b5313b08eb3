"""What a file is, told by its first bytes, and what its name says it is.

This file knows the three kinds that may be attached. It refuses to believe a name: a name is only
held against the bytes.
"""

from enum import StrEnum
from pathlib import PurePath
from typing import Final

HEAD: Final = 8
"""As many bytes of a file tell what it is."""
MOST: Final = 255 << 20
"""The largest attachment in bytes: what fits in the largest blob with its table."""


class FileKind(StrEnum):
    """What may be attached."""

    JPEG = "JPEG"
    PNG = "PNG"
    PDF = "PDF"


_HEADS: Final = {
    b"\xff\xd8\xff": FileKind.JPEG,
    b"\x89PNG\r\n\x1a\n": FileKind.PNG,
    b"%PDF-": FileKind.PDF,
}
_ENDINGS: Final = {
    ".jpg": FileKind.JPEG,
    ".jpeg": FileKind.JPEG,
    ".png": FileKind.PNG,
    ".pdf": FileKind.PDF,
}


def kind_of(head: bytes) -> FileKind | None:
    """Return what a file is that begins so, or None for any other kind."""
    return next((kind for mark, kind in _HEADS.items() if head.startswith(mark)), None)


def is_as_named(name: str, head: bytes) -> bool:
    """Whether a file that begins so is of a known kind, and not another than its name says."""
    kind, ending = kind_of(head), PurePath(name).suffix.lower()
    return kind is not None and (not ending or _ENDINGS.get(ending) is kind)
