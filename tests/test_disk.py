"""Where bytes are handed to another program: into memory that it holds open, and nowhere else."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from client.disk import in_memory, write_once, write_private
from keys.errors import AlreadyThere, NotHere, UnsafeFile

WRITERS = [write_private, write_once]
Write = Callable[[Path, Callable[[BinaryIO], int]], int]


def fill(sink: BinaryIO) -> int:
    """Write nine bytes."""
    return sink.write(b"hemmelig!")


@pytest.mark.parametrize("write", WRITERS)
def test_memory_gets_the_bytes_and_nothing_of_what_lay_there(write: Write) -> None:
    """What another program holds open by memfd_create(2) holds exactly what was written."""
    held = os.memfd_create("fetched", os.MFD_CLOEXEC)
    try:
        os.write(held, b"x" * 100)
        path = Path(f"/proc/{os.getpid()}/fd/{held}")
        assert in_memory(path)
        assert write(path, fill) == 9
        assert os.pread(held, 200, 0) == b"hemmelig!"
    finally:
        os.close(held)
    with pytest.raises(NotHere):
        write(path, fill)


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_that_is_held_open_is_no_memory(tmp_path: Path, write: Write) -> None:
    """It is refused before a byte of it is touched."""
    file = tmp_path / "journal"
    file.write_bytes(b"det som stod der")
    with file.open("r+b") as opened, pytest.raises(UnsafeFile):
        write(Path(f"/proc/{os.getpid()}/fd/{opened.fileno()}"), fill)
    assert file.read_bytes() == b"det som stod der"


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("text", ["/memfd:fetched (deleted)", "target"])
def test_a_link_that_somebody_put_there_is_not_followed(
    tmp_path: Path, write: Write, text: str
) -> None:
    """A name in a directory is never memory, whatever a link there says."""
    target, link = tmp_path / "target", tmp_path / "ut"
    target.write_bytes(b"en annens")
    link.symlink_to(text)
    assert not in_memory(link)
    if write is write_private or text == "target":  # a link to nothing is room for a new file
        with pytest.raises(AlreadyThere):
            write(link, fill)
    assert target.read_bytes() == b"en annens"
