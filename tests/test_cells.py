"""Files of sealed cells: whole and durable under a name that means nothing, or not there."""

import io
from pathlib import Path

import pytest

from client.cells import CellFiles
from client.home import Home
from keys.errors import DiskFull, NotHere, StoreDamaged, UnsafeFile
from tests.faults import little_room, run


def put(cells: CellFiles, data: bytes) -> str:
    """Keep a cell."""
    with cells.writing() as (name, file):
        file.write(data)
    return name


def test_a_kept_cell_is_read_back(tmp_path: Path) -> None:
    """What was written is there, for its owner alone, under a random name."""
    cells = CellFiles(tmp_path / "cells")
    one, two = put(cells, b"a"), put(cells, b"a")
    assert one != two
    with cells.reading(one) as file:
        assert isinstance(file, io.BufferedReader)
        assert file.read() == b"a"
    assert cells.path(one).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "cells").stat().st_mode & 0o777 == 0o700


def test_a_cell_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    """A sealer may go back in the file it writes, to hash what it has sealed."""
    cells = CellFiles(tmp_path)
    with cells.writing() as (name, file):
        file.write(b"sealed")
        file.seek(0)
        assert file.read() == b"sealed"
    assert cells.path(name).read_bytes() == b"sealed"


def broken_off(cells: CellFiles) -> None:
    """Break off in the middle of a cell."""
    with cells.writing() as (_, file):
        file.write(b"half")
        raise NotHere


def failing(cells: CellFiles) -> None:
    """Meet a disk error in the middle of a cell."""
    with cells.writing() as (_, file):
        file.write(b"half")
        raise OSError(5, "no", "/home/kari/GRAN-427")


def test_what_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    """A cell that is not finished is not there, not even in part."""
    cells = CellFiles(tmp_path)
    with pytest.raises(NotHere):
        broken_off(cells)
    with pytest.raises(StoreDamaged) as caught:
        failing(cells)
    assert "GRAN" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """Without room the cell is refused as a whole, and the room is free again."""
    cells = CellFiles(tmp_path)
    with little_room(1 << 16), pytest.raises(DiskFull):
        put(cells, bytes(1 << 20))
    assert not list(tmp_path.iterdir())
    assert put(cells, b"goes on")


def test_a_cell_that_is_gone_is_damage(tmp_path: Path) -> None:
    """When the ledger names a file that is not there, the store is damaged, and says so."""
    with pytest.raises(StoreDamaged):
        CellFiles(tmp_path).reading("00")


def test_deleting_twice_is_deleting_once(tmp_path: Path) -> None:
    """A step that removes a file may be repeated after a crash."""
    cells = CellFiles(tmp_path)
    name = put(cells, b"a")
    cells.delete(name)
    cells.delete(name)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_removed_is_told(tmp_path: Path) -> None:
    """A directory in a cell's place is no cell: it is not removed, and somebody hears of it."""
    (tmp_path / "00").mkdir()
    cells = CellFiles(tmp_path)
    with pytest.raises(StoreDamaged):
        cells.delete("00")
    with pytest.raises(StoreDamaged):
        cells.sweep(frozenset())


KILLED = """
import os, signal, sys
from pathlib import Path
from client.cells import CellFiles

cells = CellFiles(Path(sys.argv[1]))
with cells.writing() as (_, file):
    file.write(b"kept")
with cells.writing() as (_, file):
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_sweep_removes_what_a_crash_left(tmp_path: Path) -> None:
    """After a crash, files that the ledger does not name go, and those it names stay."""
    assert run(KILLED, str(tmp_path)) == -9
    assert len(list(tmp_path.iterdir())) == 2
    (kept,) = (path.name for path in tmp_path.iterdir() if path.suffix != ".part")
    cells = CellFiles(tmp_path)
    assert cells.sweep(frozenset({kept})) == 1
    assert [path.name for path in tmp_path.iterdir()] == [kept]
    assert cells.sweep(frozenset()) == 1


def test_a_sweep_passes_over_what_is_being_written(tmp_path: Path) -> None:
    """A file whose row is about to be written is no stray."""
    cells = CellFiles(tmp_path)
    with cells.writing() as (name, file):
        file.write(b"a")
        assert cells.sweep(frozenset()) == 0
    assert cells.sweep(frozenset()) == 0
    assert cells.path(name).read_bytes() == b"a"


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A wrong path is a refusal."""
    with pytest.raises(NotHere):
        CellFiles(tmp_path / "nowhere" / "cells")


# ── the member's directory ───────────────────────────────────────────────────────────────────
def test_a_home_is_its_owners_alone(tmp_path: Path) -> None:
    """A directory that others may enter holds no secrets."""
    home = Home(tmp_path / "a" / "home")
    home.make()
    home.make()
    assert home.path.stat().st_mode & 0o777 == 0o700
    home.path.chmod(0o750)
    for asked in (home.make, home.check):
        with pytest.raises(UnsafeFile):
            asked()


def test_a_home_that_is_missing_is_not_made_by_looking(tmp_path: Path) -> None:
    """A mistyped path is told, not created."""
    with pytest.raises(NotHere):
        Home(tmp_path / "home").check()
    assert not list(tmp_path.iterdir())


def test_a_home_has_a_place_for_everything(tmp_path: Path) -> None:
    """All that a member keeps lies in one directory, each thing by its own name."""
    home = Home(tmp_path)
    places = {home.settings, home.slots, home.ledger, home.cells, home.socket}
    assert len(places) == 5
    assert {place.parent for place in places} == {tmp_path}
