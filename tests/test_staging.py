"""What is attached is made anew before it is sealed, and what cannot be is turned away."""

from pathlib import Path

import pytest

from client import images, staging
from client.cells import CellFiles
from client.refusals import UnknownFileKind, UnreadableImage, UnreadablePdf
from client.staging import attached, stage
from keys.errors import NotHere, TooLarge
from tests import samplefiles


@pytest.fixture
def cells(tmp_path: Path) -> CellFiles:
    """Give this machine's sealed files."""
    return CellFiles(tmp_path / "cells")


def back(path: Path, cells: CellFiles) -> bytes:
    """Stage a file, and read what would be sent."""
    with attached(stage(path, cells), cells).open() as file:
        return file.read()


def test_a_photo_is_sent_without_the_cameras_notes(tmp_path: Path, cells: CellFiles) -> None:
    """It is known by its content, whatever its name."""
    photo = samplefiles.photo(tmp_path / "kjennelse.pdf")
    assert samplefiles.CAMERA.encode() in photo.read_bytes()
    sent = back(photo, cells)
    assert sent.startswith(b"\xff\xd8\xff")
    assert samplefiles.CAMERA.encode() not in sent


def test_a_document_is_sent_without_its_earlier_versions(tmp_path: Path, cells: CellFiles) -> None:
    """What follows the end of the file stays behind."""
    scan = samplefiles.scan(tmp_path / "utover.jpg", 40_000)
    clean = scan.read_bytes()
    scan.write_bytes(clean + b"Solvikveien14")
    assert back(scan, cells) == clean


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"PK\x03\x04 a document of another kind", UnknownFileKind),
        (b"", UnknownFileKind),
        (b"MZ\x90\x00 a program", UnknownFileKind),
        (b"\xff\xd8\xff half a picture", UnreadableImage),
        (b"\x89PNG\r\n\x1a\n half a picture", UnreadableImage),
        (b"%PDF-1.7 half a document", UnreadablePdf),
    ],
)
def test_everything_else_is_refused(
    data: bytes, refusal: type[Exception], tmp_path: Path, cells: CellFiles
) -> None:
    """The answer is a sentence, and nothing is kept."""
    path = tmp_path / "kjennelse.pdf"
    path.write_bytes(data)
    with pytest.raises(refusal):
        stage(path, cells)
    assert not [*(tmp_path / "cells").iterdir()]


def test_what_does_not_fit_is_refused(
    tmp_path: Path, cells: CellFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file larger than a package, before or after it is made anew, is turned away."""
    scan = samplefiles.scan(tmp_path / "scan.pdf", 40_000)
    with pytest.raises(NotHere):
        stage(tmp_path / "finnes-ikke", cells)
    monkeypatch.setattr(staging, "MOST", 30_000)
    with pytest.raises(TooLarge):
        stage(scan, cells)
    monkeypatch.setattr(images, "cleaned", lambda _data: bytes(30_001))
    with pytest.raises(TooLarge):
        stage(samplefiles.photo(tmp_path / "utover.jpg"), cells)
