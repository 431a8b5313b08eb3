"""P3: who sent and who received cannot be told from what the broker keeps and says.

The same weeks are lived through twice by a real broker, with all senders and recipients swapped.
The distinguisher knows more than any operator: the bytes of every cell, the trace of every token,
and which cell of each slot is the real one. It looks for anything on disk, beside that cell or
in its place among the others, that goes with the roles. Two stores that do keep the sender show
that it finds what there is to find.

Of what is not on disk at all, it tells nothing: the moment and the connection are P2's.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Final, TypeAlias

import pytest

from broker.sqlite import SqliteStore
from broker.storage import Batch, Kept, NewCell
from keys.address import Board, CellClass, TokenClass
from keys.body import Kind
from keys.calendar import Instant
from keys.token import Token
from tests.brokers import CC_NOTE, CC_S, PP_NOTE, DrivenClock, cell, running, token
from tests.cells import hash_of
from tests.notes import EVA, IDA, INQUIRY_NOTE, OLE, PER, STORED_NOTE, Member, Note
from tests.rosters import NOW

SLOTS: Final = 16
ADVANTAGE: Final = 0.875
"""A fair coin in both weeks, as the order by hash is, comes so far apart once in millions."""
ONCE: Final = "once"
Trait: TypeAlias = tuple[str, ...]


# ── The workload ─────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Posted:
    """One cell, as whoever posted it knows it."""

    by: str
    body: bytes
    token: Token

    @property
    def marks(self) -> dict[str, bytes]:
        """What tells this cell from all others, wherever it lies."""
        found = {"hash": hash_of(self.body), "token": self.token.spent_key}
        return {**found, "cell": self.body[:64]}


Slot: TypeAlias = tuple[Posted, Posted]
"""The real cell, and the dummy of the other member."""


@dataclass(frozen=True, slots=True)
class Game:
    """What is swapped: cells of one class on one board, between two of those who write there.

    Attributes:
        board: where they are posted.
        paid: by what; its cell class is theirs.
        who: the two members, by their names at the broker.
        real: an honest note from the one to the other; of a blob, bytes as random as its own.
    """

    board: Board
    paid: TokenClass
    who: Mapping[str, Member]
    real: Note = INQUIRY_NOTE

    @property
    def cls(self) -> CellClass:
        """The class of the cells."""
        return self.paid.cell

    def sealed(self, by: str, to: str) -> bytes:
        """Return a cell to the other, or a dummy when a member writes to itself."""
        if self.cls is not CellClass.NOTE:
            return cell(self.cls)  # a sealed blob is that to whoever has no key of it (P7)
        to_whom, said = self.who[to], self.real if by != to else dummy(self.real)
        return replace(said, sender=self.who[by], named=to_whom, reader=to_whom).sealed

    def other(self, name: str) -> str:
        """Return who of the two is not meant."""
        return next(one for one in self.who if one != name)


_CENTRES: Final = MappingProxyType({"nord": EVA, "sor": IDA})
_DISTRICTS: Final = MappingProxyType({"ost": OLE, "vest": PER})
_RECEIPT: Final = replace(
    STORED_NOTE, kind=Kind.POLICE_RECEIPT, channel=Board.POLICE, board=Board.POLICE
)
GAMES: Final = MappingProxyType(
    {
        "notes between centres": Game(Board.CENTRE, CC_NOTE, _CENTRES),
        "cases between centres": Game(Board.CENTRE, CC_S, _CENTRES),
        "notes between districts": Game(Board.POLICE, PP_NOTE, _DISTRICTS, _RECEIPT),
    }
)


def dummy(note: Note) -> Note:
    """Return a note of the same size that says nothing."""
    return replace(note, kind=Kind.DUMMY, manifest=b"")


@cache
def workload(game: str, sender: str) -> tuple[Slot, ...]:
    """Return all cells of the weeks in which `sender` sends and the other receives."""
    played = GAMES[game]
    idle = played.other(sender)

    def posted(by: str, to: str) -> Posted:
        return Posted(by, played.sealed(by, to), token(played.paid))

    return tuple((posted(sender, idle), posted(idle, idle)) for _ in range(SLOTS))


# ── Stores that keep the sender ──────────────────────────────────────────────────────────────
class Telling(SqliteStore):
    """A store whose operator has learned, from elsewhere, which token is whose."""

    owners: ClassVar[dict[bytes, str]] = {}
    plant: ClassVar[str]
    insert: ClassVar[str]

    async def note(self, *rows: tuple[bytes, str]) -> None:
        """Write down whose cells these are."""

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(self.plant)
            for cell_hash, sender in rows:
                connection.execute(self.insert, {"hash": cell_hash, "sender": sender})

        await self._writer.run(write, alone=True)


class SenderColumn(Telling):
    """Keeps a name beside each cell."""

    plant = "CREATE TABLE IF NOT EXISTS kept.paid (cell_hash BLOB PRIMARY KEY, sender TEXT)"
    insert = "INSERT INTO kept.paid VALUES (:hash, :sender)"

    async def admit(self, cell: NewCell) -> Kept:
        """Keep the cell, and who paid."""
        kept = await super().admit(cell)
        await self.note((cell.cell_hash, self.owners[cell.spent_key]))
        return kept


class SenderOrder(Telling):
    """Names nobody, but writes the cells of a slot in the order of their senders."""

    plant = "CREATE TABLE IF NOT EXISTS kept.arrived (cell_hash BLOB NOT NULL)"
    insert = "INSERT INTO kept.arrived SELECT :hash WHERE :sender <> ''"
    waiting: ClassVar[dict[bytes, str]] = {}

    async def admit(self, cell: NewCell) -> Kept:
        """Keep the cell, and remember for this slot whose it is."""
        kept = await super().admit(cell)
        self.waiting[cell.cell_hash] = self.owners[cell.spent_key]
        return kept

    async def close_batch(self, board: Board, expires: Instant) -> Batch | None:
        """Close the batch, and write its cells down, sorted by sender."""
        made = await super().close_batch(board, expires)
        if made is not None:
            await self.note(*sorted(self.waiting.items(), key=lambda row: row[1]))
            self.waiting.clear()
        return made


# ── What is left ─────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Left:
    """What an operator has after those weeks."""

    disk: Path
    log: str
    slots: Sequence[Slot]

    @property
    def outline(self) -> tuple[object, ...]:
        """Everything that is not random: files and sizes, tables, types and counts, the log."""
        files = sorted(
            (str(path.relative_to(self.disk)), path.stat().st_size)
            for path in self.disk.rglob("*")
            if path.is_file()
        )
        return files, list(self._tables()), self.log

    def _tables(self) -> Iterator[tuple[object, ...]]:
        for path in self.databases:
            with closing(sqlite3.connect(path)) as database:
                for kind, name, sql in database.execute(
                    "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
                ).fetchall():
                    rows = rows_of(database, name) if kind == "table" else []
                    types = Counter(
                        (column, type(value).__name__, length_of(value))
                        for row in rows
                        for column, value in row.items()
                    )
                    yield path.name, kind, name, sql, len(rows), sorted(types.items())

    @property
    def databases(self) -> list[Path]:
        """The broker's SQLite files."""
        return sorted(self.disk.rglob("*.sqlite"))


def length_of(value: bytes | str | int) -> int:
    """Return a value's length, where it has one that could tell something."""
    return len(value) if isinstance(value, bytes | str) else 0


def rows_of(database: sqlite3.Connection, table: str) -> list[dict[str, bytes | str | int]]:
    """Return all rows in the order in which the table keeps them: by rowid, where it has one."""
    found = database.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a name from the schema
    columns = [column[0] for column in found.description]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


async def live_through(path: Path, sender: str, game: str) -> Left:
    """Let a real broker take, close and show all slots; the members read what is there."""
    path.mkdir()
    played = GAMES[game]
    clock, slots = DrivenClock(), workload(game, sender)
    Telling.owners.update({one.token.spent_key: one.by for slot in slots for one in slot})
    async with running(path, clock=clock) as world:
        for number, slot in enumerate(slots, 1):
            # Every member has its place in the slot, whatever it has to say.
            for one in sorted(slot, key=lambda one: one.by):
                kept = await world.post(played.board, played.cls, one.body, one.token)
                assert kept.status == 201
            clock.set(NOW + 300 * number)
            await world.broker.close_slot()
            for reader in sorted(played.who):
                target = f"/v1/boards/{played.board}/batches/{number}/cells/{played.cls}"
                assert (await world.read(reader, target)).status == 200
    return Left(path / "broker", world.log.getvalue(), slots)


# ── The distinguisher ────────────────────────────────────────────────────────────────────────
def found_in(left: Left) -> list[dict[Trait, object]]:
    """Return for each slot what can be said of the real cell, by trait."""
    traits: list[dict[Trait, object]] = [{} for _ in left.slots]
    for path in left.databases:
        with closing(sqlite3.connect(path)) as database:
            tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (table,) in tables.fetchall():
                rows = rows_of(database, table)
                for slot, about in zip(left.slots, traits, strict=True):
                    about.update(in_rows(f"{path.name} {table}", rows, slot))
    for path in left.disk.rglob("*"):
        if path.is_file():
            # A batch's own number would tell batches apart, not roles.
            name = path.suffix if "batches" in path.parts else path.name
            data = path.read_bytes()
            for slot, about in zip(left.slots, traits, strict=True):
                about.update(in_bytes(name, data, slot))
    return traits


def in_rows(
    name: str, rows: Sequence[Mapping[str, bytes | str | int]], slot: Slot
) -> Iterator[tuple[Trait, object]]:
    """Say what stands beside the real cell, and whether its row comes before the dummy's."""
    for mark, wanted in slot[0].marks.items():
        other = slot[1].marks[mark]
        mine = [at for at, row in enumerate(rows) if wanted in row.values()]
        theirs = [at for at, row in enumerate(rows) if other in row.values()]
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
    first, second = found_in(there), found_in(back)
    named = {trait for about in (*first, *second) for trait in about}
    return {trait for trait in named if apart(trait, first, second) >= ADVANTAGE}


def apart(
    trait: Trait, first: Sequence[dict[Trait, object]], second: Sequence[dict[Trait, object]]
) -> float:
    """Return the distance in total variation between two weeks' shares of a trait's values."""
    shares = [shares_of([about.get(trait) for about in week]) for week in (first, second)]
    values = shares[0].keys() | shares[1].keys()
    return sum(abs(shares[0][value] - shares[1][value]) for value in values) / 2 / SLOTS


def shares_of(values: Sequence[object]) -> Counter[object]:
    """Count values; those that are seen once count as one."""
    counted = Counter(values)
    return Counter(value if counted[value] > 1 else ONCE for value in values)


# ── The game ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("game", GAMES)
async def test_swapped_roles_leave_the_same_behind(tmp_path: Path, game: str) -> None:
    """Nothing on disk or in the log goes with who sent and who received."""
    one, other = GAMES[game].who
    there = await live_through(tmp_path / "there", one, game)
    back = await live_through(tmp_path / "back", other, game)
    assert there.outline == back.outline
    seen = {trait for about in found_in(there) for trait in about}
    place = (f".{GAMES[game].cls}", "cell", "place")
    assert {("kept.sqlite spent", "token", "order"), place} <= seen
    assert not leaks(there, back)


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize(
    ("mutant", "trait"),
    [
        (SenderColumn, ("kept.sqlite paid", "hash", "sender")),
        (SenderOrder, ("kept.sqlite arrived", "hash", "order")),
    ],
)
async def test_a_store_that_keeps_the_sender_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, game: str, mutant: type[Telling], trait: Trait
) -> None:
    """The distinguisher names the very column, or the very order, that was planted."""
    monkeypatch.setattr("broker.app.SqliteStore", mutant)
    one, other = GAMES[game].who
    there = await live_through(tmp_path / "there", one, game)
    back = await live_through(tmp_path / "back", other, game)
    assert trait in leaks(there, back)
