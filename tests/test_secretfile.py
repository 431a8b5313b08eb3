"""Secrets lie safely on disk: whole or not at all, and their owner's alone."""

import errno
import os
import signal
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from keys import secretfile
from keys.errors import AlreadyThere, DiskFull, NotHere, Refusal, StoreDamaged, UnsafeFile
from keys.secretfile import read_secret, write_secret
from tests.faults import little_room, run


def names_in(directory: Path) -> list[str]:
    """Give what lies in a directory."""
    return sorted(path.name for path in directory.iterdir())


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_secret_is_its_owners_alone(tmp_path: Path, umask: int) -> None:
    """Whatever the surroundings allow, nobody else may read the file."""
    before = os.umask(umask)
    try:
        write_secret(tmp_path / "key", b"secret")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert names_in(tmp_path) == ["key"]


@pytest.mark.parametrize("data", [b"", b"x", bytes(100_000)], ids=["nothing", "one", "much"])
def test_a_secret_comes_back(tmp_path: Path, data: bytes) -> None:
    """What is written is read, and a new content takes the old one's place."""
    write_secret(tmp_path / "key", b"before, and longer")
    write_secret(tmp_path / "key", data)
    assert read_secret(tmp_path / "key") == data


def test_a_fresh_secret_never_overwrites(tmp_path: Path) -> None:
    """A key that exists is not lost to a second set-up."""
    write_secret(tmp_path / "key", b"first", fresh=True)
    with pytest.raises(AlreadyThere):
        write_secret(tmp_path / "key", b"second", fresh=True)
    assert read_secret(tmp_path / "key") == b"first"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o666])
def test_a_file_that_others_may_touch_is_not_read(tmp_path: Path, mode: int) -> None:
    """One permission too many, and nothing is read from the file."""
    write_secret(tmp_path / "key", b"secret")
    (tmp_path / "key").chmod(mode)
    with pytest.raises(UnsafeFile):
        read_secret(tmp_path / "key")


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o1777])
def test_a_directory_that_others_may_write_in_holds_no_secret(tmp_path: Path, mode: int) -> None:
    """Whoever may write in the directory could put their own file in a secret's place."""
    write_secret(tmp_path / "key", b"secret")
    tmp_path.chmod(mode)
    with pytest.raises(UnsafeFile):
        read_secret(tmp_path / "key")
    with pytest.raises(UnsafeFile):
        write_secret(tmp_path / "key", b"other")
    tmp_path.chmod(0o755)
    assert read_secret(tmp_path / "key") == b"secret"


def test_a_file_of_somebody_else_is_not_read() -> None:
    """A file that another user planted is not this user's secret; root's may be."""
    plain = stat.S_IFREG | 0o600
    assert not secretfile._is_ours(1_001, 1_000)  # pyright: ignore[reportPrivateUsage]
    assert secretfile._is_safe(plain, 1_000, 1_000, 0o077)  # pyright: ignore[reportPrivateUsage]
    assert secretfile._is_safe(plain, 0, 1_000, 0o077)  # pyright: ignore[reportPrivateUsage]
    assert not secretfile._is_safe(plain, 1_001, 1_000, 0o077)  # pyright: ignore[reportPrivateUsage]


def plant_link(path: Path) -> None:
    """Plant a symbolic link to a good secret."""
    write_secret(path.with_name("real"), b"secret")
    path.symlink_to("real")


@pytest.mark.parametrize(
    "plant",
    [
        pytest.param(plant_link, id="a symbolic link"),
        pytest.param(Path.mkdir, id="a directory"),
        pytest.param(os.mkfifo, id="a pipe"),
    ],
)
def test_what_is_no_plain_file_is_neither_read_nor_replaced(
    tmp_path: Path, plant: Callable[[Path], None]
) -> None:
    """Nobody can lead the program to read or write another place."""
    plant(tmp_path / "key")
    before = names_in(tmp_path)
    with pytest.raises(UnsafeFile):
        read_secret(tmp_path / "key")
    with pytest.raises((UnsafeFile, StoreDamaged)):
        write_secret(tmp_path / "key", b"secret")
    assert names_in(tmp_path) == before


def test_a_missing_file_or_directory_is_said(tmp_path: Path) -> None:
    """What is not there is told as such."""
    with pytest.raises(NotHere):
        read_secret(tmp_path / "key")
    with pytest.raises(NotHere):
        read_secret(tmp_path / "nowhere" / "key")
    with pytest.raises(NotHere):
        write_secret(tmp_path / "nowhere" / "key", b"secret")


def test_a_file_too_long_to_be_a_secret_is_refused(tmp_path: Path) -> None:
    """A reader takes no more than its limit."""
    write_secret(tmp_path / "key", bytes((1 << 20) + 1))
    with pytest.raises(StoreDamaged):
        read_secret(tmp_path / "key")


@pytest.mark.parametrize("room", [0, 1, 4_000])
def test_a_full_disk_changes_nothing(tmp_path: Path, room: int) -> None:
    """When there is no room, the old file stands and nothing is left lying about."""
    write_secret(tmp_path / "key", b"old")
    with little_room(room), pytest.raises(DiskFull):
        write_secret(tmp_path / "key", bytes(5_000))
    assert read_secret(tmp_path / "key") == b"old"
    assert names_in(tmp_path) == ["key"]


@pytest.mark.parametrize(
    ("number", "refusal"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.ENOENT, NotHere),
        (errno.ELOOP, UnsafeFile),
        (errno.EIO, StoreDamaged),
        (errno.EROFS, StoreDamaged),
        (None, StoreDamaged),
    ],
)
def test_every_trouble_with_a_disk_has_a_word(number: int | None, refusal: type[Refusal]) -> None:
    """No error of the operating system reaches a person as a number."""
    assert isinstance(secretfile._refusal(number), refusal)  # pyright: ignore[reportPrivateUsage]


KILLED = """
import os, sys
from pathlib import Path
import keys.secretfile
step, count, path = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
honest = getattr(os, step)
calls = []
def dying(*arguments, **named):
    calls.append(1)
    if len(calls) == count:
        os.kill(os.getpid(), 9)
    return honest(*arguments, **named)
setattr(os, step, dying)
keys.secretfile.write_secret(path, b"new")
"""


@pytest.mark.parametrize(
    ("step", "count", "survives"),
    [
        pytest.param("write", 1, b"old", id="before the first byte"),
        pytest.param("fsync", 1, b"old", id="before the new file is durable"),
        pytest.param("rename", 1, b"old", id="before the rename"),
        pytest.param("fsync", 2, b"new", id="before the directory is durable"),
        pytest.param("pwrite", 1, b"new", id="before the old file is overwritten"),
    ],
)
def test_killing_the_writer_leaves_one_whole_file(
    tmp_path: Path, step: str, count: int, survives: bytes
) -> None:
    """Cut the power between any two steps: the file is the old one or the new, never a part."""
    path = tmp_path / "key"
    write_secret(path, b"old")
    assert run(KILLED, step, str(count), str(path)) == -signal.SIGKILL
    assert read_secret(path) == survives
    write_secret(path, b"next")
    assert read_secret(path) == b"next"
    assert names_in(tmp_path) == ["key"]


def test_a_replaced_secret_is_overwritten_where_it_lay(tmp_path: Path) -> None:
    """Whoever still holds the old file open reads zeros."""
    write_secret(tmp_path / "key", b"old secret")
    with (tmp_path / "key").open("rb") as held:
        write_secret(tmp_path / "key", b"new secret")
        assert held.read() == bytes(10)


def test_a_backups_own_name_for_the_old_file_keeps_it(tmp_path: Path) -> None:
    """A hard link that a backup made is not ours to overwrite."""
    write_secret(tmp_path / "key", b"old")
    (tmp_path / "backup").hardlink_to(tmp_path / "key")
    write_secret(tmp_path / "key", b"new")
    assert read_secret(tmp_path / "backup") == b"old"


RACE = """
import sys
from pathlib import Path
from keys.secretfile import read_secret, write_secret
path, letter = Path(sys.argv[1]), sys.argv[2].encode()
for _ in range(40):
    write_secret(path, letter * 5_000)
    found = read_secret(path)
    assert len(found) == 5_000 and len(set(found)) == 1, found[:20]
"""


def test_two_processes_never_mix_their_writes(tmp_path: Path) -> None:
    """Both write and read as fast as they can; every read is one writer's whole file."""
    path = tmp_path / "key"
    with ThreadPoolExecutor() as pool:
        writers = [pool.submit(run, RACE, str(path), letter) for letter in "ab"]
    assert [writer.result() for writer in writers] == [0, 0]
    assert names_in(tmp_path) == ["key"]
