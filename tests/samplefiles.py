"""Invented attachments: a photo that tells too much, and a scan that is too large for a note.

The same bytes each time, made when they are needed, so that the repository need not carry them.
"""

import io
import zlib
from hashlib import shake_256
from pathlib import Path
from typing import Final

from pikepdf import Name, Pdf
from PIL import ExifTags, Image, ImageDraw

from client import pdfs

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
    """Write a scanned court decision of about `size` bytes, which tells nothing but its page.

    It is as it would be made anew, so it arrives byte for byte.
    """
    wide = 1_000
    high = size // wide
    with Pdf.new() as pdf:
        grain = shake_256(b"kjennelse").digest(wide * high)
        # Noise does not get smaller: laid into Flate as it is, nobody spends a second on trying.
        stored = zlib.compress(grain, 0)
        picture = pdf.make_stream(
            stored, Type=Name.XObject, Subtype=Name.Image, Filter=Name.FlateDecode
        )
        picture.Width, picture.Height, picture.BitsPerComponent = wide, high, 8
        picture.ColorSpace = Name.DeviceGray
        page = pdf.add_blank_page(page_size=(595, 842))
        page.add_resource(picture, Name.XObject, Name.Scan)
        page.contents_add(pdf.make_stream(b"q 595 0 0 842 0 0 cm /Scan Do Q"))
        out = io.BytesIO()
        pdf.save(out)
    path.write_bytes(pdfs.cleaned(out))
    return path
