"""P3: who sent and who received cannot be told from what the broker keeps and says.

The same weeks are lived through twice by a real broker and a real issuer, with all senders and
recipients swapped. Tokens are drawn, keys published, notes posted whole and blobs in pieces, all
through the client's own transport. The distinguisher knows more than any operator: the trace of
every token, the name of every upload, and which cell of each slot is the real one. It looks for
anything on disk, beside that cell or in its place among the others, that goes with the roles;
while uploads are half up, when all wait for their batch, and at the end. Stores that do keep the
sender show that it finds what there is to find.

What is left out, and why:

- The issuer's table names the member beside each request, for that is what a portion is. So its
  rows are compared member by member, and must be the same whoever sends. Of the blinded request
  and answer only the lengths are compared: they are random. That no token, cell or upload can be
  found there is looked for as at the broker.
- The keys board names the member as well, and all may read it. It is compared in the same way.
- In what order cells of one slot came stands on disk until their batch closes: pages of the write
  log, file times. That order, the moment and the connection are P2's.
- Larger classes than M take the way of M, in more pieces.
"""

import sqlite3
from pathlib import Path
from typing import ClassVar

import pytest

from broker.sqlite import SqliteStore
from broker.storage import Batch, Kept, NewCell, NewUpload, Upload, UploadId
from keys.address import Board, CellHash
from keys.calendar import Instant
from tests.leftovers import Trait, leaks, outline
from tests.swapping import FEW, GAMES, OWNERS, SLOTS, drawn, live_through

PHOTOS = "photos between centres"
CHEAP = tuple(game for game in GAMES if game != PHOTOS)
"""A photo takes the way of a case, and longer: one planted store is tried on it."""


# ── Stores that keep the sender ──────────────────────────────────────────────────────────────
class Telling(SqliteStore):
    """A store whose operator has learned, from elsewhere, which token is whose."""

    plant: ClassVar[str]
    insert: ClassVar[str]
    begun: ClassVar[dict[UploadId, str]] = {}

    async def note(self, *rows: tuple[bytes | str, str]) -> None:
        """Write down whose each of these is."""

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(self.plant)
            for key, sender in rows:
                connection.execute(self.insert, {"key": key, "sender": sender})

        await self._writer.run(write, alone=True)

    async def admit(self, cell: NewCell) -> Kept:
        """Keep the cell, and learn whose it is."""
        kept = await super().admit(cell)
        await self.taken(cell.cell_hash, OWNERS[cell.spent_key])
        return kept

    async def begin_upload(self, new: NewUpload) -> Upload:
        """Begin an upload, and learn whose it is."""
        upload = await super().begin_upload(new)
        self.begun[upload.upload_id] = OWNERS[new.spent_key]
        return upload

    async def finish(self, upload_id: UploadId) -> Kept:
        """Keep what came in pieces, and learn whose it is."""
        kept = await super().finish(upload_id)
        await self.taken(kept.cell_hash, self.begun[upload_id])
        return kept

    async def taken(self, cell: CellHash, sender: str) -> None:
        """Make something of whose cell this is."""


class SenderColumn(Telling):
    """Keeps a name beside each cell."""

    plant = "CREATE TABLE IF NOT EXISTS kept.paid (cell_hash BLOB PRIMARY KEY, sender TEXT)"
    insert = "INSERT INTO kept.paid VALUES (:key, :sender)"

    async def taken(self, cell: CellHash, sender: str) -> None:
        """Write the name down."""
        await self.note((cell, sender))


class SenderOrder(Telling):
    """Names nobody, but writes the cells of a slot in the order of their senders."""

    plant = "CREATE TABLE IF NOT EXISTS kept.arrived (cell_hash BLOB NOT NULL)"
    insert = "INSERT INTO kept.arrived SELECT :key WHERE :sender <> ''"
    waiting: ClassVar[dict[CellHash, str]] = {}

    async def taken(self, cell: CellHash, sender: str) -> None:
        """Remember for this slot whose it is."""
        self.waiting[cell] = sender

    async def close_batch(self, board: Board, expires: Instant) -> Batch | None:
        """Close the batch, and write its cells down, sorted by sender."""
        made = await super().close_batch(board, expires)
        if made is not None:
            await self.note(*sorted(self.waiting.items(), key=lambda row: row[1]))
            self.waiting.clear()
        return made


class UploadBegun(Telling):
    """Keeps with each upload who began it, and no longer than until its batch."""

    plant = "CREATE TABLE IF NOT EXISTS main.begun (upload_id TEXT PRIMARY KEY, sender TEXT)"
    insert = "INSERT OR IGNORE INTO main.begun VALUES (:key, :sender)"

    async def begin_upload(self, new: NewUpload) -> Upload:
        """Begin an upload, and write down who did."""
        upload = await super().begin_upload(new)
        await self.note((upload.upload_id, OWNERS[new.spent_key]))
        return upload

    async def close_batch(self, board: Board, expires: Instant) -> Batch | None:
        """Close the batch, and forget who began its uploads."""
        made = await super().close_batch(board, expires)

        def forget(connection: sqlite3.Connection) -> None:
            connection.execute(self.plant)
            connection.execute("DELETE FROM main.begun")

        await self._writer.run(forget, alone=True)
        return made


# ── The game ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("game", GAMES)
async def test_swapped_roles_leave_the_same_behind(tmp_path: Path, game: str) -> None:
    """Nothing on disk or in the logs goes with who sent and who received."""
    one, other = GAMES[game].who
    there = await live_through(tmp_path / "there", one, game)
    back = await live_through(tmp_path / "back", other, game)
    assert there.outline == back.outline
    assert {
        ("whole", "arrivals.sqlite pending", "hash", "order"),
        ("whole", "arrivals.sqlite spent_new", "token", "order"),
        ("kept.sqlite spent", "token", "order"),
        (f".{GAMES[game].cls}", "cell", "place"),
    } <= there.seen
    assert not leaks(there, back)
    assert {about["issuer.sqlite portions", "token", "rows"] for about in there.traits} == {0}


async def test_a_store_that_keeps_who_began_an_upload_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is seen while the upload is half up and when it waits: later it is there no more."""
    monkeypatch.setattr("broker.app.SqliteStore", UploadBegun)
    game, (one, other) = PHOTOS, GAMES[PHOTOS].who
    there = await live_through(tmp_path / "there", one, game, count=FEW, issuer=False)
    back = await live_through(tmp_path / "back", other, game, count=FEW, issuer=False)
    planted = ("arrivals.sqlite begun", "upload", "sender")
    assert {("half", *planted), ("whole", *planted)} <= leaks(there, back)
    for table in ("uploads", "pending"):
        assert ("whole", f"arrivals.sqlite {table}", "upload", "rows") in there.seen
    assert planted not in there.seen


@pytest.mark.parametrize("game", CHEAP)
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
    there = await live_through(tmp_path / "there", one, game, count=FEW, issuer=False)
    back = await live_through(tmp_path / "back", other, game, count=FEW, issuer=False)
    assert trait in leaks(there, back)


async def test_a_member_that_draws_more_when_it_sends_is_found_out(tmp_path: Path) -> None:
    """The issuer's rows are compared member by member: one token more is seen."""
    game = GAMES["cases between centres"]
    for sender in game.who:
        counts = {name: SLOTS - (name != sender) for name in game.who}
        await drawn(tmp_path / sender, game, counts)
    one, other = (outline(tmp_path / sender / "issuer") for sender in game.who)
    assert one != other
