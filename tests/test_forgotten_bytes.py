"""P12: after `confirmed` nothing at the sender says where she went, in no row and no byte.

Rows lie sealed, so what is looked for in the files is the sealed bytes of every row that ever named
the receiver: in the rows, in pages that were set free, in the log of the store, and beside it.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from client import trail
from client.shelf import Shelf
from keys.trail import Entry
from tests import acts
from tests.fourfold import FEW, SATURDAY
from tests.parties import Party, village
from tests.stage import PUBLIC, holds
from tests.trails import AUDITOR, SECRET
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAME = "GRAN-427"
_SLICE, _STEP = 32, 256


def traces(directory: Path, sealed: Iterable[bytes]) -> set[bytes]:
    """Return those of the sealed rows of which a piece stands in some file of a directory."""
    files = [one.read_bytes() for one in sorted(directory.rglob("*")) if one.is_file()]
    return {row for row in sealed if any(piece in file for piece in _pieces(row) for file in files)}


def _pieces(row: bytes) -> list[bytes]:
    """Cut a row so that a piece of it is left whole wherever a page may end."""
    return [row[at : at + _SLICE] for at in range(0, len(row) - _SLICE + 1, _STEP)]


@dataclass(eq=False)
class Forgetting:
    """A sender, its receiver, and every sealed row that has named the receiver so far."""

    here: World
    sender: Party
    centre: Party
    path: Path
    sealed: set[bytes] = field(default_factory=set[bytes])
    copies: list[Path] = field(default_factory=list[Path])

    @property
    def words(self) -> tuple[bytes, ...]:
        """What says who the receiver is."""
        return self.centre.member_id, self.centre.name.encode()

    async def look(self) -> set[bytes]:
        """Take note of every sealed row that names the receiver now; return those."""
        ledger = self.sender.service.office.ledger
        copy = self.path / f"copy-{len(self.copies)}.db"
        await ledger.copy_to(copy)
        self.copies.append(copy)
        now: set[bytes] = set()
        with closing(sqlite3.connect(copy)) as rows:
            lies = {(one[0], one[1]): one[2] for one in rows.execute(_ALL)}
        async with ledger.reading() as opened:
            for shelf in frozenset(Shelf) - PUBLIC:
                for row, value in await opened.rows(shelf):
                    if any(word in value for word in self.words):
                        now.add(bytes(lies[shelf.value, row]))
        self.sealed |= now
        return now


_ALL = "SELECT shelf, id, sealed FROM rows"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def forgetting(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncGenerator[Forgetting, None]:
    """A case that was asked for, sent and opened, and looked at after each act."""
    path = tmp_path_factory.mktemp("looked-at")
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=FEW) as (here, found):
        made = Forgetting(here, found[0], found[1], path)
        # An auditor is in use: that the trail knows the receiver leaves nothing that is read here.
        async with made.sender.service.office.ledger.transaction("auditor-set") as rows:
            await trail.set_auditor(rows, AUDITOR)
        await acts.ready(here, made.sender, acts.sample(NAME), made.centre)
        await made.look()
        code, package = await acts.send(here, made.sender, made.centre, NAME)
        await made.look()
        await acts.opened(here, made.centre, package, code)
        await here.tick(2)
        assert await made.look()
        assert await acts.state(made.sender, "out", NAME) == "opened"
        yield made


async def test_before_it_is_confirmed_every_trace_is_there(forgetting: Forgetting) -> None:
    """The search is not blind: what names the receiver now is found in the files, all of it."""
    now = await forgetting.look()
    assert len(now) > 2
    assert await holds(forgetting.sender, forgetting.words)
    assert traces(forgetting.sender.home.path, now) == now


async def test_nothing_of_the_receiver_is_left_in_the_file(forgetting: Forgetting) -> None:
    """Confirmed: no row says where, and none of the rows that did has left a byte."""
    (package,) = await acts.known(forgetting.centre, "in")
    await acts.confirm(forgetting.here, forgetting.centre, package)
    assert await acts.state(forgetting.sender, "out", NAME) == "confirmed"
    assert not await holds(forgetting.sender, forgetting.words)
    assert traces(forgetting.sender.home.path, forgetting.sealed) == set()
    async with forgetting.sender.service.office.ledger.reading() as rows:
        (line,) = await trail.lines(rows)
    said = Entry.decode(line).open_(SECRET)
    assert said is not None
    assert said.recipient == forgetting.centre.member_id


async def test_a_planted_row_is_found(forgetting: Forgetting) -> None:
    """A program that kept the receiver in the record of what was shared would be found out."""
    ledger = forgetting.sender.service.office.ledger
    for word in forgetting.words:
        async with ledger.transaction("planted") as rows:
            await rows.put(Shelf.RECORD, b"planted", b"to " + word)
        assert await holds(forgetting.sender, forgetting.words)
        async with ledger.transaction("planted") as rows:
            await rows.delete(Shelf.RECORD, b"planted")
    assert not await holds(forgetting.sender, forgetting.words)


async def test_a_row_that_was_only_deleted_is_found_in_the_file(forgetting: Forgetting) -> None:
    """A store that does not overwrite, or does not cut its log, is found out by its bytes."""
    copy = forgetting.copies[-1]
    with closing(sqlite3.connect(copy)) as rows:
        kept = {bytes(one[0]) for one in rows.execute("SELECT sealed FROM rows")}
    known = forgetting.sealed & kept
    assert known

    def carelessly(name: str, *pragmas: str) -> set[bytes]:
        place = forgetting.path / name
        place.mkdir()
        (place / "ledger.db").write_bytes(copy.read_bytes())
        with closing(sqlite3.connect(place / "ledger.db", isolation_level=None)) as rows:
            for pragma in pragmas:
                rows.execute(f"PRAGMA {pragma}").fetchall()
            rows.execute("DELETE FROM rows")
            if name == "written anew":
                rows.execute("VACUUM")
            return traces(place, known)

    assert await asyncio.to_thread(carelessly, "freed", "journal_mode=DELETE", "secure_delete=OFF")
    logged = ("secure_delete=ON", "journal_mode=WAL", "wal_autocheckpoint=0")
    assert await asyncio.to_thread(carelessly, "logged", *logged)
    assert not await asyncio.to_thread(
        carelessly, "written anew", "journal_mode=DELETE", "secure_delete=ON"
    )
