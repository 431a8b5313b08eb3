"""The segments of a JPEG, so that one inside another file loses its notes and keeps its pixels.

This file knows markers and lengths (ITU-T T.81, annex B). It refuses to touch the pixels: a picture
that stands alone is made anew instead, in `client.images`.
"""

from typing import Final

from client.refusals import UnreadablePdf

_START: Final = b"\xff\xd8"
_END: Final = 0xD9
_SCAN: Final = 0xDA
_COLOURS: Final = 0xEE
_NOTES: Final = frozenset({*range(0xE0, 0xF0), 0xFE}) - {_COLOURS}
"""What a camera or program wrote beside the pixels; one such segment says what the colours mean."""
_ADOBE: Final = b"Adobe"
_ADOBE_SIZE: Final = 14
_FILL: Final = 0xFF
_WITHIN: Final = frozenset({0x00, *range(0xD0, 0xD8)})
"""What follows 0xFF within a scan without ending it."""


def without_notes(data: bytes) -> bytes:
    """Return the same picture without notes, thumbnails and whatever follows its end.

    Raises:
        UnreadablePdf: it is no whole JPEG.
    """
    if not data.startswith(_START):
        raise UnreadablePdf
    kept, at = [_START], len(_START)
    try:
        while (marker := data[at + 1]) != _END:
            if data[at] != _FILL:
                raise UnreadablePdf
            end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
            if marker == _SCAN:
                end = _scan_end(data, end)
            if marker not in _NOTES and end <= len(data):
                kept.append(_as_needed(marker, data[at:end]))
            at = end
    except (IndexError, ValueError):
        raise UnreadablePdf from None
    return b"".join([*kept, bytes([_FILL, _END])])


def _as_needed(marker: int, segment: bytes) -> bytes:
    """Return a segment; of the one about colours, the twelve bytes that it is defined to have."""
    if marker != _COLOURS:
        return segment
    body = segment[4:]
    if not body.startswith(_ADOBE) or len(body) < _ADOBE_SIZE - 2:
        return b""
    return segment[:2] + _ADOBE_SIZE.to_bytes(2, "big") + body[: _ADOBE_SIZE - 2]


def _scan_end(data: bytes, at: int) -> int:
    """Return where the next marker stands that is not one of the scan's own."""
    while True:
        at = data.index(b"\xff", at)
        following = data[at + 1]
        if following not in _WITHIN and following != _FILL:
            return at
        at += 1 if following == _FILL else 2
