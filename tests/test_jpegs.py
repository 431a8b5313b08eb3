"""A photo inside another file loses its notes and none of its pixels."""

from io import BytesIO
from secrets import token_bytes

from PIL import Image

from client.jpegs import without_notes

STUFFED = b"\xff\x00"
RESTARTS = tuple(bytes([0xFF, 0xD0 + n]) for n in range(8))


def noise(restart: int = 0) -> bytes:
    """Return a JPEG of random pixels; its scan has every byte that could be taken for a marker."""
    made = BytesIO()
    picture = Image.frombytes("RGB", (96, 96), token_bytes(96 * 96 * 3))
    picture.save(made, "JPEG", quality=95, restart_marker_blocks=restart, comment=b"hemmelig")
    return made.getvalue()


def pixels(data: bytes) -> bytes:
    """Return what a picture shows."""
    with Image.open(BytesIO(data)) as picture:
        return picture.tobytes()


def test_what_looks_like_a_marker_within_the_pixels_ends_nothing() -> None:
    """Stuffed bytes and restart marks belong to the scan: the picture is the same to the dot."""
    for before in (noise(), noise(restart=4)):
        after = without_notes(before)
        assert STUFFED in after
        assert b"hemmelig" in before
        assert b"hemmelig" not in after
        assert pixels(after) == pixels(before)
    assert any(mark in after for mark in RESTARTS)


def test_filling_before_a_marker_is_no_marker() -> None:
    """Any number of 0xFF may stand before a marker; they are passed over."""
    before = noise()
    filled = before[:-2] + b"\xff\xff" + before[-2:]
    assert pixels(without_notes(filled)) == pixels(before)
