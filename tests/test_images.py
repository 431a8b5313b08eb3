"""A photograph does not tell where it was taken."""

import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from client import images
from client.filekind import FileKind, kind_of
from client.images import cleaned
from client.refusals import UnreadableImage

SECRET = b"Solvik 14, kamera 9"


def picture(kind: str, size: tuple[int, int] = (40, 30), *, turned: bool = False) -> bytes:
    """Return an invented picture that says where it was taken."""
    made = Image.new("RGB", size, (10, 120, 200))
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    if turned:
        exif[0x0112] = 6
    out = io.BytesIO()
    made.save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_cleaned_picture_keeps_its_pixels_and_nothing_else(kind: str) -> None:
    """The picture looks the same and no longer says where it was taken."""
    before = picture(kind)
    assert SECRET in before
    after = cleaned(before)
    assert SECRET not in after
    with Image.open(io.BytesIO(after)) as found:
        assert found.format == kind
        assert found.size == (40, 30)
        assert not found.getexif()
        red, green, blue = found.convert("RGB").getpixel((5, 5))
        assert abs(red - 10) < 6
        assert abs(green - 120) < 6
        assert abs(blue - 200) < 6


def test_a_turned_picture_stands_upright_afterwards() -> None:
    """A portrait taken on its side is still seen the right way up."""
    with Image.open(io.BytesIO(cleaned(picture("JPEG", turned=True)))) as found:
        assert found.size == (30, 40)


def test_another_kind_of_file_is_no_picture() -> None:
    """Only pictures are made anew; the first bytes tell, never the name."""
    assert kind_of(b"%PDF-1.7") is FileKind.PDF
    with pytest.raises(UnreadableImage):
        cleaned(b"%PDF-1.7")


def test_a_picture_too_large_to_open_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that would fill the memory when opened is turned away."""
    monkeypatch.setattr(images, "MOST_PIXELS", 100)
    with pytest.raises(UnreadableImage):
        cleaned(picture("PNG"))


def test_a_file_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture longer than any camera makes is turned away."""
    monkeypatch.setattr(images, "MOST_BYTES", 10)
    with pytest.raises(UnreadableImage):
        cleaned(picture("PNG"))


@given(st.sampled_from(["JPEG", "PNG"]), st.integers(0, 400), st.binary(max_size=40))
@settings(deadline=None, max_examples=60)
def test_any_damaged_picture_is_a_picture_or_a_refusal(kind: str, at: int, junk: bytes) -> None:
    """Whatever a file holds, the answer is a clean picture or a sentence."""
    whole = picture(kind, (8, 8))
    with contextlib.suppress(UnreadableImage):
        assert kind_of(cleaned(whole[:at] + junk + whole[at + len(junk) :])) == kind
