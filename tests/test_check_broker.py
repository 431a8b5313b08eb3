"""The check finds whatever rots in a store, says where, and counts what it looked at."""

import os
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from broker.checking import Finding, Problem, check
from broker.sqlite import SqliteStore
from keys.errors import StoreDamaged
from tests.cells import (
    INSTANCE,
    LATER,
    signer,
)
from tests.stores import CENTRE, NOTE, M, S, count, filled

AFTER = "folge-test-2"


def damage_batch(place: Path) -> None:
    """One bit of a batch file."""
    with (place / "batches" / "centre" / "1.note").open("r+b") as file:
        first = file.read(1)[0]
        file.seek(0)
        file.write(bytes([first ^ 1]))


def lose_batch(place: Path) -> None:
    """A batch file is not there."""
    (place / "batches" / "centre" / "2.m").unlink()


def damage_slot(place: Path) -> None:
    """A waiting cell's bytes."""
    os.truncate(place / "s.slab", 1_000)


def sql(place: Path, name: str, script: str) -> None:
    """Change a database behind the store's back."""
    with closing(sqlite3.connect(place / name)) as connection:
        connection.executescript(script)


def damage_leaves(place: Path) -> None:
    """A leaf list that is another's."""
    sql(
        place,
        "kept.sqlite",
        "UPDATE leaves SET records = (SELECT records FROM leaves WHERE number = 2)",
    )


def unreadable_leaves(place: Path) -> None:
    """A leaf list that is none, with a hash that fits it."""
    sql(place, "kept.sqlite", "UPDATE leaves SET records = x'00' WHERE number = 1")


def damage_tree(place: Path) -> None:
    """A frontier that is the next one's."""
    sql(
        place,
        "kept.sqlite",
        "UPDATE batches SET frontier = (SELECT frontier FROM batches WHERE number = 2)",
    )


def unreadable_tree(place: Path) -> None:
    """A frontier that is none."""
    sql(place, "kept.sqlite", "UPDATE batches SET frontier = x'00' WHERE number = 2")


def damage_checkpoint(place: Path) -> None:
    """A signed text about another tree."""
    sql(
        place,
        "kept.sqlite",
        "UPDATE batches SET checkpoint = (SELECT checkpoint FROM batches WHERE number = 1)",
    )


def lose_number(place: Path) -> None:
    """A batch is gone from the list."""
    sql(place, "kept.sqlite", "DELETE FROM leaves WHERE number = 1")


def damage_index(place: Path) -> None:
    """An index that does not fit its table."""
    sql(
        place,
        "kept.sqlite",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = "
        "'CREATE INDEX spent_week ON spent (bound)' WHERE name = 'spent_week'",
    )


DAMAGES = [
    (damage_batch, Problem(Finding.FILE, CENTRE, 1, NOTE)),
    (lose_batch, Problem(Finding.FILE, CENTRE, 2, M)),
    (damage_slot, Problem(Finding.CELL, CENTRE, None, S)),
    (damage_leaves, Problem(Finding.LEAVES, CENTRE, 1)),
    (unreadable_leaves, Problem(Finding.LEAVES, CENTRE, 1)),
    (damage_tree, Problem(Finding.TREE, CENTRE, 1)),
    (unreadable_tree, Problem(Finding.TREE, CENTRE, 2)),
    (damage_checkpoint, Problem(Finding.TREE, CENTRE, 2)),
    (lose_number, Problem(Finding.GAP, CENTRE, 1)),
    (damage_index, Problem(Finding.DATABASE)),
]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[SqliteStore, None]:
    """A store in `store` with two batches, and cells that wait."""
    opened = await SqliteStore.open(tmp_path / "store", INSTANCE, signer())
    await filled(opened)
    yield opened
    await opened.close()


@pytest.mark.parametrize(("damage", "problem"), DAMAGES, ids=[how.__name__ for how, _ in DAMAGES])
async def test_damage_is_found_and_named(
    store: SqliteStore, tmp_path: Path, damage: Callable[[Path], None], problem: Problem
) -> None:
    """Whatever rots, the check says which board, batch and class it is."""
    assert check(tmp_path / "store").problems == ()
    damage(tmp_path / "store")
    report = check(tmp_path / "store")
    assert problem in report.problems
    assert not report.sound
    assert await count(store) == 3


async def test_a_check_counts_what_it_looked_at(store: SqliteStore, tmp_path: Path) -> None:
    """A report that all is well says of how much."""
    report = check(tmp_path / "store")
    assert (report.batches, report.files, report.waiting) == (2, 4, 3)
    assert report.sound
    await store.expire(LATER)
    report = check(tmp_path / "store")
    assert (report.batches, report.files, report.waiting) == (2, 0, 3)
    assert report.sound


async def test_orphans_are_told_and_harm_nothing(tmp_path: Path) -> None:
    """A file that nothing names is no damage; the next start removes it."""
    await (await SqliteStore.open(tmp_path, INSTANCE, signer())).close()
    stray = tmp_path / "batches" / "police" / "1.note"
    stray.write_bytes(b"from before a crash")
    report = check(tmp_path)
    assert report.problems == (Problem(Finding.ORPHAN),)
    assert report.sound
    await (await SqliteStore.open(tmp_path, INSTANCE, signer())).close()
    assert not stray.exists()


def test_a_check_of_nothing_says_that_it_is_damaged(tmp_path: Path) -> None:
    """Where there is no store there is nothing to be satisfied with."""
    with pytest.raises(StoreDamaged):
        check(tmp_path)
