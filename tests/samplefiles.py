"""Invented attachments: a photo that tells too much, and a scan that is too large for a note.

The same bytes each time, made when they are needed, so that the repository need not carry them.
"""

from hashlib import shake_256
from pathlib import Path
from typing import Final

from PIL import ExifTags, Image, ImageDraw

MEBI: Final = 1 << 20
SCAN_BYTES: Final = 20 * MEBI
CAMERA: Final = "Oppdiktet kamera 000"
_SKY, _SKIN, _BEARD = (70, 84, 96), (196, 160, 132), (52, 40, 32)
_PLACE: Final = ((60.0, 47.0, 40.2), (11.0, 4.0, 5.5))


def photo(path: Path) -> Path:
    """Draw a face that is nobody's, in a JPEG whose metadata says where it was taken."""
    image = Image.new("RGB", (640, 480), _SKY)
    draw = ImageDraw.Draw(image)
    draw.ellipse((220, 90, 420, 350), fill=_SKIN)
    draw.chord((220, 150, 420, 350), 20, 160, fill=_BEARD)
    for left in (275, 345):
        draw.ellipse((left, 190, left + 20, 205), fill=_BEARD)
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = CAMERA
    north, east = _PLACE
    exif[ExifTags.IFD.GPSInfo] = {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLatitude: north,
        ExifTags.GPS.GPSLongitudeRef: "E",
        ExifTags.GPS.GPSLongitude: east,
    }
    image.save(path, "JPEG", quality=85, exif=exif)
    return path


def scan(path: Path, size: int = SCAN_BYTES) -> Path:
    """Write exactly `size` bytes that look like a scanned court decision from outside."""
    head = b"%PDF-1.7\n"
    path.write_bytes(head + shake_256(b"kjennelse").digest(size - len(head)))
    return path
