"""A file is what its first bytes say, and staff are told when its name says something else."""

import pytest

from client.filekind import FileKind, is_as_named, kind_of

JPEG = b"\xff\xd8\xff\xe0\x00\x10JF"
PNG = b"\x89PNG\r\n\x1a\n"
PDF = b"%PDF-1.7"


@pytest.mark.parametrize(
    ("head", "kind"),
    [(JPEG, FileKind.JPEG), (PNG, FileKind.PNG), (PDF, FileKind.PDF)]
    + [(head, None) for head in (b"MZ\x90\x00", b"PK\x03\x04", b"<html>", b" %PDF-1.7", b"")],
)
def test_the_first_bytes_tell_what_a_file_is(head: bytes, kind: FileKind | None) -> None:
    """Pictures and documents are known; programs, archives and web pages are nothing."""
    assert kind_of(head) is kind


@pytest.mark.parametrize(
    ("name", "head", "so"),
    [
        ("utover.jpg", JPEG, True),
        ("UTOVER.JPEG", JPEG, True),
        ("utover", JPEG, True),
        ("plan.png", PNG, True),
        ("kjennelse.pdf", PDF, True),
        ("utover.jpg", PDF, False),
        ("kjennelse.pdf", JPEG, False),
        ("kjennelse.docx", PDF, False),
        ("kjennelse.pdf", b"MZ\x90\x00", False),
        ("kjennelse", b"MZ\x90\x00", False),
        ("kjennelse.pdf", b"", False),
    ],
)
def test_a_name_is_held_against_the_bytes(name: str, head: bytes, *, so: bool) -> None:
    """A program that calls itself a court decision is found out."""
    assert is_as_named(name, head) is so
