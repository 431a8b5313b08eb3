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
from types import MappingProxyType

import pytest
import pytest_asyncio

from client import trail
from client.outgoing import Outgoing
from client.shelf import Shelf
from client.verbs import finding
from keys.address import CellClass
from keys.trail import Entry
from tests import acts
from tests.fourfold import FEW, SATURDAY
from tests.parties import Party, village
from tests.stage import PUBLIC, holds
from tests.trails import AUDITOR, SECRET
from tests.world import NO_LANES, SLOT, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAME = "GRAN-427"
LANES = (Shelf.LANE, Shelf.POSTING, Shelf.POSTED)
"""Where a cell lies from its sealing until it stands on its board; each row names its envelope."""
TOKENS = MappingProxyType({**FEW, CellClass.S: 40})
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
    """A sender, its receiver, and every sealed row that has named the receiver so far.

    Attributes:
        rides: whether the case rides the lanes; else it left at once.
        sealed: those rows, as they lie on the disk.
        carried: every sealed row of the lanes that held a cell of the case, or waited for one.
        shelves: on which shelves of the lanes there were any.
    """

    here: World
    sender: Party
    centre: Party
    path: Path
    rides: bool
    sealed: set[bytes] = field(default_factory=set[bytes])
    carried: set[bytes] = field(default_factory=set[bytes])
    shelves: set[Shelf] = field(default_factory=set[Shelf])
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
        for shelf, row in await self.carries():
            self.carried.add(bytes(lies[shelf.value, row]))
            self.shelves.add(shelf)
        self.sealed |= now
        return now

    async def carries(self) -> list[tuple[Shelf, bytes]]:
        """Return which rows of the lanes are of the case now, each with its shelf."""
        sent = await self.sent()
        if sent is None:
            return []
        async with self.sender.service.office.ledger.reading() as opened:
            return [
                (shelf, row)
                for shelf in LANES
                for row, value in await opened.rows(shelf)
                if sent.package_id in value
            ]

    async def sent(self) -> Outgoing | None:
        """Return what the sender keeps of what it sent, if it has sent it."""
        async with self.sender.service.office.ledger.reading() as rows:
            return next(iter(await finding.all_outgoing(rows)), None)

    async def agreed(self) -> None:
        """Write the case down, ask for a place and get a yes, however long the lanes take."""
        await self.sender.do("new", case=acts.sample(NAME))
        await self.sender.do("inquire", code_name=NAME, centres=[self.centre.name])

        async def asked() -> bool:
            return bool(await acts.known(self.centre, "inquiries"))

        await acts.until(self.here, asked)
        await self.look()
        (inquiry,) = await acts.known(self.centre, "inquiries")
        await self.centre.do("answer", code_name=inquiry, value="yes")

        async def answered() -> bool:
            return (await acts.row(self.sender, "asked", NAME))["answer"] == "yes"

        await acts.until(self.here, answered)
        await self.look()
        await self.sender.do("consent", code_name=NAME)

    async def waiting(self) -> tuple[str, str]:
        """Send the case, looking after each step; return its code and the package's name."""
        before = await acts.known(self.centre, "in")
        asked = {"code_name": NAME}
        code = str((await self.sender.do("send", asked))["arrival_code"])
        await self.look()
        for _ in range(8):
            await self.here.tick()
            await self.look()
            if (came := await acts.known(self.centre, "in") - before) and not self.rides:
                break
            if came and await acts.state(self.sender, "out", NAME) == "stored":
                break
        (package,) = came
        return code, package


_ALL = "SELECT shelf, id, sealed FROM rows"


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=[False, True], ids=["at once", "by the lanes"]
)
async def forgetting(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncGenerator[Forgetting, None]:
    """A case that was asked for, sent and opened, and looked at after each act."""
    path = tmp_path_factory.mktemp("looked-at")
    rides = bool(request.param)
    lanes, blobs = ((SLOT, 0), TOKENS) if rides else (NO_LANES, FEW)
    keys = ("granlia", "fjordglott")
    async with village(*keys, start=SATURDAY, blobs=blobs, lanes=lanes) as (here, found):
        made = Forgetting(here, found[0], found[1], path, rides)
        await here.tick(3)  # the lists of keys that are used once are made, told and read
        # An auditor is in use: that the trail knows the receiver leaves nothing that is read here.
        async with made.sender.service.office.ledger.transaction("auditor-set") as rows:
            await trail.set_auditor(rows, AUDITOR)
        await made.agreed()
        code, package = await made.waiting()
        await acts.opened(here, made.centre, package, code)
        await here.tick(2)
        assert await made.look()
        assert await acts.state(made.sender, "out", NAME) == "opened"
        yield made


async def test_the_case_went_the_way_that_is_looked_at(forgetting: Forgetting) -> None:
    """By the lanes and their shelves, or past them; and to a key that is used once."""
    sent = await forgetting.sent()
    assert sent is not None
    assert sent.once
    assert sent.rides is forgetting.rides
    met = {Shelf.LANE, Shelf.POSTED} if forgetting.rides else {Shelf.POSTED}
    assert forgetting.shelves - {Shelf.POSTING} == met
    assert forgetting.carried


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
    # Nor of what carried it: its note, sealed to the receiver, and where that was to stand.
    sent = await forgetting.sent()
    assert sent is not None
    assert not sent.once
    assert not await forgetting.carries()
    assert traces(forgetting.sender.home.path, forgetting.carried) == set()
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
