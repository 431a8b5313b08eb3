"""A broker that drops, swaps, reorders or holds back: each lie is named by whoever it is told to.

A real broker runs with real members. Its operator has its disk, its key, and a front that knows
who asks; what a member's own staff are then shown is read here, in each language. Forks, the fifth
lie, are in test_story_fork.py.
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

import pytest
import pytest_asyncio

from broker.app import STORE
from broker.layout import Layout
from broker.ownkeys import CHECKPOINT_KEY
from client.alarms import Alarm
from client.posted import GRACE, STILL
from client.shelf import Shelf
from keys.address import CELL_BYTES, CLASS_CODE, Board, CellClass, Role, writable
from keys.checkpoint import LEAF_BYTES, Checkpoint, Frontier, hash_leaf, origin_of
from keys.errors import Refusal
from keys.secretfile import read_secret
from keys.wire import pack
from keys.words import Language, Words
from tests import acts
from tests.bent import Line, bent_line
from tests.fourfold import FEW, SATURDAY
from tests.parties import Party, leave, village
from tests.program import in_process
from tests.sixfold import TOKENS
from tests.world import INSTANCE, SLOT, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOARD: Final = Board.CENTRE
LANES: Final = (SLOT, 0)
"""Small cases have a lane, so that a cell of them goes up on each board in every slot."""
NOTES_OF_ALL: Final = rf"/v1/boards/{BOARD}/batches/\d+/cells/note"
FILES_OF_ALL: Final = rf"/v1/boards/{BOARD}/batches/\d+/cells/s"
_RENUMBER: Final = (
    "UPDATE batches SET number = ? WHERE board = ? AND number = ?",
    "UPDATE leaves SET number = ? WHERE board = ? AND number = ?",
    "UPDATE files SET number = ? WHERE board = ? AND number = ?",
)
_SIGN: Final = "UPDATE batches SET frontier = ?, checkpoint = ? WHERE board = ? AND number = ?"
CASE_WORDS: Final = ("GRAN-427", "Granlia", "Fjordgløtt", "Marte", "Veum")


# ── who lies ─────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever runs the broker: has all that lies on its disk, the key by which it signs too."""

    here: World

    @property
    def layout(self) -> Layout:
        """Where the broker keeps what it has."""
        return Layout(self.here.settings("broker").data / STORE)

    def waiting(self, board: Board, cls: CellClass) -> set[bytes]:
        """Return the hash of every cell of a class that waits for its batch on a board."""
        with closing(sqlite3.connect(self.layout.arrivals)) as rows:
            found = "SELECT cell_hash FROM pending WHERE board = ? AND class = ?"
            waits = rows.execute(found, (board.value, CLASS_CODE[cls])).fetchall()
        return {cell for (cell,) in waits}

    def drop(self, board: Board, cell: bytes) -> None:
        """Throw one away that was acknowledged."""
        with closing(sqlite3.connect(self.layout.arrivals)) as rows, rows:
            gone = "DELETE FROM pending WHERE board = ? AND cell_hash = ?"
            assert rows.execute(gone, (board.value, cell)).rowcount == 1

    def last(self) -> int:
        """Return the number of the board's last batch."""
        return max(int(one.stem) for one in self.layout.board(BOARD).glob("*.note"))

    def swap(self, one: int, other: int) -> None:
        """Put two batches into each other's place, all that is said of them and their files."""
        with closing(sqlite3.connect(self.layout.kept)) as rows, rows:
            for old, new in ((one, 0), (other, one), (0, other)):
                for change in _RENUMBER:
                    assert rows.execute(change, (new, BOARD.value, old)).rowcount
        for old, new in ((one, 0), (other, one), (0, other)):
            for file in list(self.layout.board(BOARD).glob(f"{old}.*")):
                file.rename(file.with_name(f"{new}{file.suffix}"))

    def sign_again(self, first: int) -> None:
        """Make the tree anew from batch `first` on as the batches stand now, and sign it."""
        seed = read_secret(self.here.settings("broker").data / CHECKPOINT_KEY)
        with closing(sqlite3.connect(self.layout.kept)) as rows, rows:
            named = (BOARD.value, first - 1)
            find = "SELECT frontier FROM batches WHERE board = ? AND number = ?"
            (before,) = rows.execute(find, named).fetchone()
            tree = Frontier.decode(before)
            find = "SELECT number, records FROM leaves WHERE board = ? AND number > ?"
            for number, leaves in sorted(rows.execute(find, named).fetchall()):
                for at in range(0, len(leaves), LEAF_BYTES):  # in whatever order they stand
                    tree = tree.append(hash_leaf(leaves[at : at + LEAF_BYTES]))
                word = Checkpoint(origin_of(INSTANCE, BOARD), tree.size, tree.root, number)
                said = tree.encode(), word.sign(seed), BOARD.value, number
                rows.execute(_SIGN, said)

    def turn_file(self, number: int) -> None:
        """Put the notes of one file into another order; again, and they stand as they stood."""
        path = self.layout.batch(BOARD, number, CellClass.NOTE)
        path.write_bytes(turned(path.read_bytes(), CELL_BYTES[CellClass.NOTE]))

    def turn_leaves(self, number: int) -> None:
        """Put the leaf list of one batch into another order, and say so in what describes it."""
        with closing(sqlite3.connect(self.layout.kept)) as rows, rows:
            named = (BOARD.value, number)
            find = "SELECT records FROM leaves WHERE board = ? AND number = ?"
            (leaves,) = rows.execute(find, named).fetchone()
            other = turned(leaves, LEAF_BYTES)
            rows.execute(
                "UPDATE leaves SET records = ? WHERE board = ? AND number = ?", (other, *named)
            )
            rows.execute(
                "UPDATE batches SET leaves_sha256 = ? WHERE board = ? AND number = ?",
                (sha256(other).digest(), *named),
            )


def turned(data: bytes, size: int) -> bytes:
    """Return pieces of one size in the opposite order."""
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert len(set(pieces)) > 1
    return b"".join(reversed(pieces))


# ── who is lied to ───────────────────────────────────────────────────────────────────────────
@dataclass(eq=False)
class Liar:
    """A broker and two centres; it knows the second one when it asks, and may answer it alone.

    Attributes:
        line: its front towards that centre.
    """

    here: World
    sender: Party
    centre: Party
    operator: Operator
    line: Line
    _cases: int = 0

    @property
    def name(self) -> str:
        """A code name that no case has had."""
        self._cases += 1
        return f"SAK-{100 + self._cases}"

    async def goes(self) -> str:
        """Put a case up from the first centre; return its code name."""
        name = await acts.ready(self.here, self.sender, acts.sample("GRAN-427", name=self.name))
        await self.sender.do("send", code_name=name, agreed_by_phone="duty")
        return name

    async def honest(self) -> None:
        """See that a case gets through, and that no staff are shown an alarm."""
        name = await acts.ready(self.here, self.sender, acts.sample("GRAN-427", name=self.name))
        code, package = await acts.send(self.here, self.sender, self.centre, name, by_phone="duty")
        assert "Marte" in "\n".join(await acts.opened(self.here, self.centre, package, code))
        assert await alarms(self.sender) == await alarms(self.centre) == []

    async def unread(self) -> int:
        """Let two batches come while the second centre is away; return the number of the last.

        The last holds a case for it.
        """
        await leave(self.here, self.centre)
        await acts.ready(self.here, self.sender, acts.sample("GRAN-427", name=(name := self.name)))
        await self.here.tick()
        await self.sender.do("send", code_name=name, agreed_by_phone="duty")
        await self.here.tick()
        await self.back()
        return self.operator.last()

    async def back(self) -> None:
        """Let the second centre's machine be started again."""
        self.centre = await self.centre.again(self.here)
        self.here.services[self.centre.home.path.name] = self.centre.service
        await self.centre.unlock()

    async def refuses(self, code: str) -> None:
        """The second centre reads on: it takes nothing in, and its staff read why."""
        before = await acts.known(self.centre, "in")
        with pytest.raises(Refusal) as met:
            await self.centre.sync()
        assert met.value.code == code
        await reads(self.centre, code)
        assert await acts.known(self.centre, "in") == before

    async def mended(self) -> None:
        """The broker is honest again: what it lied about comes, and the next case too."""
        before = await acts.known(self.centre, "in")
        await rung(self.centre)
        await self.here.tick()
        assert len(await acts.known(self.centre, "in") - before) == 1
        await self.honest()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def liar() -> AsyncGenerator[Liar, None]:
    """A broker that is honest at first."""
    async with (
        village("granlia", "fjordglott", start=SATURDAY, blobs=FEW) as (here, found),
        bent_line(here.doors.broker) as line,
    ):
        sender, centre = found
        await leave(here, centre)
        doors = replace(centre.settings.doors, broker=line.url)
        moved = replace(centre, settings=replace(centre.settings, doors=doors))
        made = Liar(here, sender, moved, Operator(here), line)
        await made.back()
        await made.honest()
        yield made


async def alarms(party: Party) -> list[str]:
    """Return the alarms that a member's staff are shown."""
    found = (await party.do("status"))["alarms"]
    assert isinstance(found, list)
    return [str(one) for one in found]


async def reads(party: Party, code: str) -> None:
    """Staff read in each language what happened and what to do, with no word of any case."""
    assert await alarms(party) == [code]
    for lang in Language:
        words = Words("client", lang)
        named = f"alarm.{code}" if f"alarm.{code}" in words else f"refusal.{code}.what"
        sentence = f"{words.say('alarm.stop')} {words.say(named)}"
        shown = await in_process(party, "status", lang=lang)
        assert sentence in shown.out.splitlines()
        assert not [word for word in CASE_WORDS if word in sentence]


async def rung(party: Party) -> None:
    """Staff have rung the operator: what happens again is said again."""
    await party.do("attended")
    assert await alarms(party) == []


async def posted(party: Party) -> set[bytes]:
    """Return what a member looks for on the boards: cells of its that were acknowledged."""
    async with party.service.office.ledger.reading() as rows:
        return {*await rows.ids(Shelf.POSTED)}


# ── dropping ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("of_a_case", [True, False])
async def test_a_cell_that_is_dropped_is_missed(liar: Liar, *, of_a_case: bool) -> None:
    """Its writer is told, and nobody else, also when it was nothing: dummies are looked for too."""
    before = await posted(liar.sender)
    if of_a_case:
        await liar.goes()
    mine = await posted(liar.sender) - before if of_a_case else before
    cell = (mine & liar.operator.waiting(BOARD, CellClass.NOTE)).pop()
    came = await acts.known(liar.centre, "in")
    liar.operator.drop(BOARD, cell)
    await liar.here.tick(GRACE - 1)
    assert await alarms(liar.sender) == []
    await liar.here.tick(2)
    await reads(liar.sender, Alarm.CELL_MISSING)
    assert await alarms(liar.centre) == []
    assert await acts.known(liar.centre, "in") == came
    await rung(liar.sender)
    await liar.honest()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def laned() -> AsyncGenerator[tuple[World, list[Party]], None]:
    """Two centres that have nothing to say, with lanes for notes and small cases."""
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=TOKENS, lanes=LANES) as (
        here,
        found,
    ):
        yield here, found


@pytest.mark.parametrize("cls", [CellClass.NOTE, CellClass.S])
@pytest.mark.parametrize("board", writable(Role.CENTRE))
async def test_a_dropped_cell_of_any_lane_is_missed(
    laned: tuple[World, list[Party]], board: Board, cls: CellClass
) -> None:
    """Note or blob, also on the board whose cells a centre never reads: all read its leaf lists."""
    here, (writer, other) = laned
    operator = Operator(here)
    (cell,) = await posted(writer) & operator.waiting(board, cls)
    operator.drop(board, cell)
    await here.tick(GRACE - 1)
    assert await alarms(writer) == []
    await here.tick(2)
    await reads(writer, Alarm.CELL_MISSING)
    assert await alarms(other) == []
    await rung(writer)
    await here.tick(GRACE + 1)
    assert await alarms(writer) == await alarms(other) == []


# ── reordering: the one name for all that is not what was signed ─────────────────────────────
async def test_two_batches_in_each_others_place_are_not_what_was_signed(liar: Liar) -> None:
    """Each is signed with its number: the reader stops before the first, and takes nothing in."""
    last = await liar.unread()
    liar.operator.swap(last - 1, last)
    await liar.refuses("batch_mismatch")
    liar.operator.swap(last - 1, last)
    await liar.mended()


async def test_notes_of_one_file_in_another_order_are_not_what_was_signed(liar: Liar) -> None:
    """Cells stand in order of their hashes: no order is left in which to say when each came."""
    last = await liar.unread()
    liar.operator.turn_file(last)
    await liar.refuses("batch_mismatch")
    liar.operator.turn_file(last)
    await liar.mended()


# ── serving one less than another ────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("path", "code"),
    [(NOTES_OF_ALL, Alarm.NOTES_HIDDEN), (FILES_OF_ALL, Alarm.BLOBS_HIDDEN)],
)
async def test_what_one_member_is_told_is_not_there_is_held_back(
    liar: Liar, path: str, code: Alarm
) -> None:
    """It cannot have expired yet: the member knows that, and says so; others read it."""
    await liar.goes()
    liar.line.absent.append(path)
    await liar.here.tick()
    assert liar.line.bent
    await reads(liar.centre, code)
    assert await alarms(liar.sender) == []
    liar.line.absent.clear()
    await rung(liar.centre)
    await liar.honest()


async def test_a_member_that_is_shown_an_older_board_misses_its_own_cells_there(liar: Liar) -> None:
    """Its own posts stand on the board for all others: here it stands still, and that is said.

    When it is shown the rest, its cells stand there later than they may: that is said as well.
    """
    liar.line.bends.append((rf"/v1/boards/{BOARD}/batches", nothing_new))
    await liar.here.tick(STILL - 1)
    assert await alarms(liar.centre) == []
    await liar.here.tick(2)
    await reads(liar.centre, Alarm.BOARD_STALLED)
    assert await alarms(liar.sender) == []
    liar.line.bends.clear()
    await rung(liar.centre)
    await liar.here.tick()
    await reads(liar.centre, Alarm.CELL_MISSING)
    await rung(liar.centre)
    await liar.honest()


def nothing_new(octets: bytes) -> bytes:
    """Answer that no batch has come since, whatever has."""
    assert octets
    return pack(["batches", 1, []])


# ── what the broker signs: these are the last, for nothing that it says fits any more ────────
async def test_two_batches_swapped_and_signed_anew_are_a_fork(liar: Liar) -> None:
    """Whoever had read them has the other order signed: the lie is told to two, and is named."""
    last = await liar.unread()
    await liar.sender.sync()
    liar.operator.swap(last - 1, last)
    liar.operator.sign_again(last - 1)
    await liar.here.tick()
    await reads(liar.sender, "checkpoint_forked")
    assert await alarms(liar.centre) == []


async def test_an_order_that_the_broker_signs_is_none_either(liar: Liar) -> None:
    """Leaf list, file and signature all say another order: there is but one that is read."""
    last = await liar.unread()
    liar.operator.turn_file(last)
    liar.operator.turn_leaves(last)
    liar.operator.sign_again(last)
    await liar.refuses("batch_mismatch")
