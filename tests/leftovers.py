"""What an operator has after some weeks, and how two such weeks are told apart (P3).

This file knows files, tables and the marks of cells. It looks for anything that stands beside the
real cell of a slot, or in its place among the others, and goes with the roles. It refuses to know
who plays: a name of a member is to it a value like any other.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeAlias

from keys.address import CELL_BYTES, CellClass
from keys.token import Token
from tests.cells import hash_of

ADVANTAGE: Final = 0.875
"""A fair coin in both of two weeks of 16 slots comes so far apart once in millions."""
ONCE: Final = "once"
HEAD: Final = 64
"""So many bytes of a cell tell it from every other."""
Trait: TypeAlias = tuple[str, ...]
Row: TypeAlias = Mapping[str, bytes | str | int | None]
_UPLOADS: Final = {"arrivals.sqlite": "uploads", "kept.sqlite": "finished"}


@dataclass(frozen=True, slots=True)
class Posted:
    """One cell, as whoever posted it knows it; all but its bytes.

    Attributes:
        by: who posted it.
        cell_hash: its name on the board.
        head: how it begins.
        token: what paid for it.
        upload: the name under which it came up in pieces, when it did.
    """

    by: str
    cell_hash: bytes
    head: bytes
    token: Token
    upload: bytes = b""

    @classmethod
    def of(cls, by: str, body: bytes, token: Token) -> "Posted":
        """Return what is known of a cell with these bytes."""
        return cls(by, hash_of(body), body[:HEAD], token)

    @property
    def marks(self) -> dict[str, bytes]:
        """What tells this cell from all others, wherever it lies."""
        found = {"hash": self.cell_hash, "token": self.token.spent_key, "cell": self.head}
        return found | ({"upload": self.upload} if self.upload else {})


Slot: TypeAlias = tuple[Posted, Posted]
"""The real cell, and the dummy of the other member."""


@dataclass(frozen=True, slots=True)
class Left:
    """What an operator has after those weeks.

    Attributes:
        outline: everything that is not random, see `outline`; and what both logs say.
        traits: for each slot what can be said of the real cell.
    """

    outline: tuple[object, ...]
    traits: Sequence[Mapping[Trait, object]]

    @property
    def seen(self) -> set[Trait]:
        """Every trait that was looked at in some slot."""
        return {trait for about in self.traits for trait in about}


# ── Files and tables ─────────────────────────────────────────────────────────────────────────
def outline(disk: Path) -> tuple[object, ...]:
    """Return all that is not random: files and sizes, tables, types and counts, members' rows."""
    files = sorted(
        (str(path.relative_to(disk)), path.stat().st_size)
        for path in disk.rglob("*")
        if path.is_file()
    )
    return files, [one for path in databases(disk) for one in _tables(path)]


def databases(disk: Path) -> list[Path]:
    """Return a program's SQLite files."""
    return sorted(disk.rglob("*.sqlite"))


def _tables(path: Path) -> Iterator[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        for kind, name, sql in database.execute(
            "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
        ).fetchall():
            rows = rows_of(database, name) if kind == "table" else []
            types = Counter(
                (column, type(value).__name__, _length(value))
                for row in rows
                for column, value in row.items()
            )
            yield path.name, kind, name, sql, len(rows), sorted(types.items()), _by_member(rows)


def _length(value: bytes | str | int | None) -> int:
    """Return a value's length, where it has one that could tell something."""
    return len(value) if isinstance(value, bytes | str) else 0


def _by_member(rows: Sequence[Row]) -> list[tuple[object, ...]]:
    """Return, of rows that name their member, who it is, and all that is not bytes."""
    named = [row for row in rows if "member_id" in row]
    found = [
        (row["member_id"], *(value for value in row.values() if not isinstance(value, bytes)))
        for row in named
    ]
    return sorted(found, key=repr)


def rows_of(database: sqlite3.Connection, table: str) -> list[Row]:
    """Return all rows in the order in which the table keeps them: by rowid, where it has one."""
    found = database.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a name from the schema
    columns = [column[0] for column in found.description]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def with_uploads(disk: Path, slots: Sequence[Slot]) -> list[Slot]:
    """Return the slots with the names under which their cells came up, as the broker has them."""
    names: dict[bytes, bytes] = {}
    for path in databases(disk):
        if path.name in _UPLOADS:
            with closing(sqlite3.connect(path)) as database:
                rows = rows_of(database, _UPLOADS[path.name])
            names.update({_octets(row["spent_key"]): _octets(row["upload_id"]) for row in rows})
    return [(_named(real, names), _named(idle, names)) for real, idle in slots]


def _named(one: Posted, names: Mapping[bytes, bytes]) -> Posted:
    return replace(one, upload=names.get(one.token.spent_key, b""))


def _octets(value: bytes | str | int | None) -> bytes:
    """Return a value as the bytes that a mark is."""
    return value if isinstance(value, bytes) else str(value).encode()


# ── The distinguisher ────────────────────────────────────────────────────────────────────────
def while_waiting(
    disk: Path, when: str, slot: Slot
) -> tuple[tuple[object, ...], dict[Trait, object]]:
    """Return what there is of a slot that is not closed: an outline, and what is said of a cell.

    Of its tables only what stands in their rows: the pages and file times of what waits tell in
    what order it came, which is no secret before its batch (P2 sees to that order).
    """
    (slot,) = with_uploads(disk, [slot])
    about = {
        (when, *trait): value
        for path in databases(disk)
        for trait, value in in_tables(path, [slot])[0].items()
    }
    staged = {path.name.encode(): path for path in disk.rglob("staged/*")}
    if (mine := staged.get(slot[0].upload)) is not None:
        about[when, "staged", "upload", "bytes"] = mine.stat().st_size
        about[when, "staged", "upload", "mode"] = mine.stat().st_mode
    sizes = sorted(path.stat().st_size for path in staged.values())
    tables = [one for path in databases(disk) for one in _tables(path)]
    return (when, sizes, tables), about


def found_in(disk: Path, slots: Sequence[Slot]) -> list[dict[Trait, object]]:
    """Return for each slot what can be said of the real cell, by trait."""
    slots = with_uploads(disk, slots)
    traits: list[dict[Trait, object]] = [{} for _ in slots]
    for path in databases(disk):
        for about, more in zip(traits, in_tables(path, slots), strict=True):
            about.update(more)
    heads = {one.cell_hash: one.head for slot in slots for one in slot}
    for path in disk.rglob("*"):
        if path.is_file():
            # A batch's own number would tell batches apart, not roles.
            name = path.suffix if "batches" in path.parts else path.name
            data = _shortened(path, heads)
            for slot, about in zip(slots, traits, strict=True):
                about.update(in_bytes(name, data, slot))
    return traits


def _shortened(path: Path, heads: Mapping[bytes, bytes]) -> bytes:
    """Return a file's bytes; of one that is made of whole cells and nothing else, their heads."""
    data = path.read_bytes()
    for cls in CellClass:
        if path.suffix == f".{cls}":
            size = CELL_BYTES[cls]
            named = (sha256(data[at : at + size]).digest() for at in range(0, len(data), size))
            found = [heads.get(cell_hash) for cell_hash in named]
            return data if None in found else b"".join(head for head in found if head)
    return data


def in_tables(path: Path, slots: Sequence[Slot]) -> list[dict[Trait, object]]:
    """Return for each slot what a database says of the real cell."""
    traits: list[dict[Trait, object]] = [{} for _ in slots]
    with closing(sqlite3.connect(path)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            rows = rows_of(database, table)
            for slot, about in zip(slots, traits, strict=True):
                about.update(in_rows(f"{path.name} {table}", rows, slot))
    return traits


def in_rows(name: str, rows: Sequence[Row], slot: Slot) -> Iterator[tuple[Trait, object]]:
    """Say what stands beside the real cell, and whether its row comes before the dummy's."""
    for mark, wanted in slot[0].marks.items():
        other = slot[1].marks[mark]
        mine = [at for at, row in enumerate(rows) if wanted in map(_octets, row.values())]
        theirs = [at for at, row in enumerate(rows) if other in map(_octets, row.values())]
        yield (name, mark, "rows"), len(mine)
        if mine and theirs:
            yield (name, mark, "order"), mine < theirs
        for at in mine:
            for column, value in rows[at].items():
                yield (name, mark, column), value


def in_bytes(name: str, data: bytes, slot: Slot) -> Iterator[tuple[Trait, object]]:
    """Say whether the real cell lies before the dummy in a file, free pages and all."""
    for mark, wanted in slot[0].marks.items():
        mine, theirs = data.find(wanted), data.find(slot[1].marks[mark])
        if min(mine, theirs) >= 0:
            yield (name, mark, "place"), mine < theirs
        elif max(mine, theirs) >= 0:
            yield (name, mark, "only"), mine >= 0


def leaks(there: Left, back: Left) -> set[Trait]:
    """Return the traits by which the weeks are told apart.

    A value that stands beside one cell only (a hash, a number) says nothing of roles; of all
    others the share is compared: 0 is the same in both weeks, 1 tells them apart each time.
    """
    return {
        trait
        for trait in there.seen | back.seen
        if apart(trait, there.traits, back.traits) >= ADVANTAGE
    }


def apart(
    trait: Trait, first: Sequence[Mapping[Trait, object]], second: Sequence[Mapping[Trait, object]]
) -> float:
    """Return the distance in total variation between two weeks' shares of a trait's values."""
    shares = [_shares([about.get(trait) for about in week]) for week in (first, second)]
    values = shares[0].keys() | shares[1].keys()
    return sum(abs(shares[0][value] - shares[1][value]) for value in values) / 2 / len(first)


def _shares(values: Sequence[object]) -> Counter[object]:
    """Count values; those that are seen once count as one."""
    counted = Counter(values)
    return Counter(value if counted[value] > 1 else ONCE for value in values)
