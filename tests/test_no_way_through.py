"""Every kind, on every board, from each member to each other, by true keys, at real services.

Two centres and two districts run with a real broker. Each in turn has a changed program: it posts
what no honest one would, signed with the roster's own keys and paid for with true tokens, and it
names what really lies at the other end. The services take in nothing, and work on.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from itertools import permutations, product
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from client.inquiry import InquiryId, PlaceAnswer, PlaceInquiry
from client.lanes import Lane
from client.messages import (
    PoliceContact,
    PoliceStatus,
    PoliceViewAnswer,
    PoliceWithdrawal,
    StatusWord,
    Withdrawal,
)
from client.portions import SLOTS
from client.posting import Cell, note_cell
from client.received import Held
from client.sealed import WithoutContent
from client.shelf import STAFF_SHELVES, Shelf
from client.verbs import finding
from client.vocabulary import Help, NoReason, ViewWord
from keys.address import (
    READERS,
    WRITERS,
    Board,
    CellClass,
    PackageId,
    Role,
    TokenClass,
    WriterClass,
)
from keys.body import Kind, takes_blobs
from keys.calendar import Instant
from keys.errors import NotHere, Refusal, WrongTokenClass
from keys.manifest import Follows, Origin, Prev
from keys.receipt import Receipt, ReceiptStatus, ReleaseNote, manifest_hash
from keys.wire import Value
from keys.words import Language
from tests import acts, malice, ways
from tests.parties import Party, village
from tests.program import in_process
from tests.stage import holds
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY: Final = Instant(1_794_636_000)
SLOT: Final = 450
PORTION: Final = SLOTS * SLOT
"""How long a portion of tokens for notes is meant to last."""
BLOBS: Final = MappingProxyType(
    {CellClass.S: 60, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
MARK: Final = "Kvitbjørk"
"""Stands in everything that is posted and has room for a word."""
INQUIRY: Final = InquiryId(b"inquiry-id-of-16")
NO: Final = PlaceAnswer.no(INQUIRY, [NoReason.FULL], Help.WE_HELP_TO_FIND)
WRITES: Final = {
    (Role.CENTRE, Board.CENTRE),
    (Role.CENTRE, Board.POLICE),
    (Role.POLICE, Board.POLICE),
    (Role.POLICE, Board.REPLY),
}
READS: Final = {
    (Role.CENTRE, Board.CENTRE),
    (Role.CENTRE, Board.REPLY),
    (Role.POLICE, Board.POLICE),
}
KEPT: Final = STAFF_SHELVES - {Shelf.QUARANTINE, Shelf.REPLAY} | {Shelf.BLOB, Shelf.WANTED}
"""Where anything would stand that was taken in."""
ANSWERED: Final = frozenset({Shelf.OWED, Shelf.LOG})
"""Where a district keeps that it owes a centre the one word that it is not the centre's own."""
NOT_ITS_OWN: Final = len(ways.TO_ONES_OWN_DISTRICT)


@dataclass(frozen=True, slots=True)
class Way:
    """A kind on a board, from one member to another."""

    kind: Kind
    board: Board
    by: Party
    to: Party

    @property
    def is_allowed(self) -> bool:
        """Whether the rules in words know it."""
        by, to = self.by.place, self.to.place
        right = self.board is ways.board_between(by.role, to.role)
        return right and ways.may(self.kind, by.role, to.role, home=by.home == to.key)

    @property
    def is_read(self) -> bool:
        """Whether the other end reads that board."""
        return (self.to.place.role, self.board) in READS


@dataclass(frozen=True, slots=True)
class Town:
    """Two centres and two districts, and what lies at each.

    Attributes:
        package: what the second centre calls the case that waits there.
        code: that opens it.
        between: what lies between the two centres.
        request: what the first centre asked its own district.
        notice: what that district told the other.
    """

    here: World
    sender: Party
    centre: Party
    home: Party
    away: Party
    package: str
    code: str
    between: Held
    request: tuple[PackageId, Held]
    package_id: PackageId
    notice: tuple[PackageId, Held]

    @property
    def members(self) -> tuple[Party, ...]:
        """All four."""
        return self.sender, self.centre, self.home, self.away

    def about(self, by: Party, to: Party) -> tuple[PackageId, bytes]:
        """Return the id and the hash of what really lies at an end, for `by` to speak of."""
        if to is self.away:
            return self.notice[0], self.notice[1].manifest_hash
        if to is self.home or (to is self.sender and by.place.role is Role.POLICE):
            return self.request[0], self.request[1].manifest_hash
        return self.package_id, self.between.manifest_hash

    async def note(self, way: Way) -> tuple[bytes, Cell | None]:
        """Seal what goes a way: the note, and its blob if its kind has one."""
        made = None
        if takes_blobs(way.kind):
            made = self._package(way)
            said = made.said(way.kind, way.board)
        elif way.kind is Kind.REFUSAL:
            said = malice.Said(Kind.DUMMY, b"", way.board, bend=_refusal)
        else:
            said = malice.Said(way.kind, self._message(way), way.board)
        note = await malice.sealed(way.by, way.to, await malice.sign(way.by, way.to, said), said)
        # The board where districts answer takes no blobs: the note goes there by itself.
        has_blob = made is not None and way.board is not Board.REPLY
        return note, made.blob if made is not None and has_blob else None

    def _package(self, way: Way) -> malice.Made:
        hashed = self.about(way.by, way.to)[1]
        if way.kind in (Kind.CASE_PACKAGE, Kind.PACKAGE_UPDATE):
            mark, contents = malice.record(way.by, self.centre)
            made = malice.package(way.by, (*contents, _MARKED), mark, board=way.board)
            if way.kind is Kind.CASE_PACKAGE:
                return made
            return replace(made, manifest=replace(made.manifest, prev=Follows(hashed)))
        passed_on = way.kind in (Kind.POLICE_NOTICE, Kind.POLICE_VIEW)
        prev: Prev = Origin(hashed) if passed_on else None
        return malice.package(way.by, (_MARKED,), None, board=way.board, prev=prev)

    def _message(self, way: Way) -> bytes:
        id_, hashed = self.about(way.by, way.to)
        today = self.here.today
        receipt = Receipt(id_, hashed, ReceiptStatus.OPENED, today)
        messages: dict[Kind, WithoutContent] = {
            Kind.PLACE_INQUIRY: PlaceInquiry(INQUIRY),
            Kind.PLACE_ANSWER: NO,
            Kind.WITHDRAWAL: Withdrawal(id_, hashed, today),
            Kind.RELEASE: ReleaseNote(id_, hashed, (b"k" * 32,)),
            Kind.RECEIPT: receipt,
            Kind.POLICE_RECEIPT: receipt,
            Kind.POLICE_WITHDRAWAL: PoliceWithdrawal(id_, today),
            Kind.POLICE_STATUS: PoliceStatus(id_, StatusWord.RELAYED, today),
            Kind.POLICE_CONTACT: PoliceContact(id_, MARK, "000 00 101", today),
            Kind.POLICE_VIEW_ANSWER: PoliceViewAnswer(id_, ViewWord.WILL_CALL, today),
        }
        return MARK.encode() if way.kind is Kind.DUMMY else messages[way.kind].encode()

    async def post(self, *wanted: Way) -> None:
        """Post what goes each way, let a slot end, and let everybody read."""
        for way in wanted:
            note, blob = await self.note(way)
            await malice.post(way.by, way.board, note_cell(note), *([blob] if blob else []))
        await self.here.close_slot()
        for one in self.members:
            await one.sync()


_MARKED: Final = ("request", MARK.encode())


def _refusal(body: list[Value]) -> None:
    """Use the number that is kept for later."""
    body[2] = Kind.REFUSAL.value


async def standing(party: Party) -> dict[Shelf, Mapping[bytes, bytes]]:
    """Return every row that staff, the card or the clocks could know of."""
    async with party.service.office.ledger.reading() as rows:
        return {shelf: dict(await rows.rows(shelf)) for shelf in KEPT}


async def turned_away(party: Party) -> Counter[str]:
    """Return the code of everything that a member turned away."""
    async with party.service.office.ledger.reading() as rows:
        kept = [value.decode() for _, value in await rows.rows(Shelf.QUARANTINE)]
    return Counter(line.partition(" ")[2] for line in kept)


async def lists(party: Party) -> dict[str, Value]:
    """Return what staff are shown, but for the clock and what was turned away, and why."""
    shown = await party.do("status")
    beside = {"refused", "turned_away", "read_at", "now"}
    return {name: said for name, said in shown.items() if name not in beside}


async def incoming(party: Party, code_name: str) -> tuple[PackageId, Held]:
    """Return what came to a member under a name."""
    async with party.service.office.ledger.reading() as rows:
        came = await finding.incoming(rows, code_name)
    return came.package_id, Held(party.member_id, manifest_hash(came.manifest))


async def asks(here: World, sender: Party, home: Party, name: str) -> str:
    """Ask the home district to warn; return what it calls the request."""
    before = await acts.known(home, "in")
    await sender.do("new", case=acts.sample("SKOG-903", name=name, of=sender.name))
    await sender.do("police request", code_name=name)
    await here.tick()
    return await acts.fresh(home, "in", before)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town() -> AsyncGenerator[Town, None]:
    """A case waits at a centre, a request at a district, and a notice at the other."""
    keys = ("granlia", "fjordglott", "innlandet", "vest")
    async with village(*keys, start=SATURDAY, blobs=BLOBS, slot=SLOT) as (here, found):
        sender, centre, home, away = found
        await acts.ready(here, sender, acts.sample("GRAN-427"))
        code, package = await acts.send(here, sender, centre, "GRAN-427", by_phone="duty")
        first = await asks(here, sender, home, "SKOG-903")
        await home.do("police review", code_name=first)
        choices = ["keep"] * 6 + ["remove"]
        relay = {"code_name": first, "district": away.name, "authority": "operasjonsleder"}
        await home.do("police relay", relay, choices=choices)
        second = await asks(here, sender, home, "SKOG-904")
        await here.tick(4)
        for _ in range(2):  # so that each has tokens for all that is posted below
            here.clock.advance(PORTION)
            await here.tick()
        (notice,) = await acts.known(away, "in")
        package_id, between = await incoming(centre, package)
        yield Town(
            here,
            sender,
            centre,
            home,
            away,
            package,
            code,
            between,
            await incoming(home, second),
            package_id,
            await incoming(away, notice),
        )


def every_way(town: Town) -> list[Way]:
    """Return all kinds, on each board that the poster may write to, between each two members."""
    return [
        Way(kind, board, by, to)
        for kind, (by, to), board in product(Kind, permutations(town.members, 2), Board)
        if (by.place.role, board) in WRITES
    ]


async def test_nothing_comes_in_by_any_other_way(town: Town) -> None:
    """No row, no line, no log, no note: only the count of what was turned away, and its code."""
    wrong = [way for way in every_way(town) if not way.is_allowed]
    met = {(way.kind, way.by.place.role, way.to.place.role, way.board) for way in wrong}
    assert len({kind for kind, *_ in met}) == len(Kind)
    rows = {one.name: await standing(one) for one in town.members}
    shown = {one.name: await lists(one) for one in town.members}
    before = {one.name: await turned_away(one) for one in town.members}
    await town.post(*wrong)
    for one in town.members:
        came = Counter(way.to.name for way in wrong if way.is_read)[one.name]
        codes = await turned_away(one) - before[one.name]
        assert codes.total() == came > 0
        is_police = one.place.role is Role.POLICE
        foreign = NOT_ITS_OWN if is_police else 0
        assert codes["wrong_district"] + codes["not_yours"] == foreign
        later = [way for way in wrong if way.kind is Kind.REFUSAL and way.is_read]
        assert codes["unknown_kind"] == sum(way.to is one for way in later)
        assert codes["wrong_role"] == came - foreign - codes["unknown_kind"]
        after = await standing(one)
        for shelf in KEPT - (ANSWERED if is_police else frozenset()):
            assert after[shelf] == rows[one.name][shelf], (one.name, shelf)
        assert await lists(one) == shown[one.name]
        assert not await holds(one, [MARK.encode()])
        for lang, words in product(Language, ("status", "log")):
            read = await in_process(one, words, lang=lang)
            assert read.code == 0
            assert MARK not in read.out


async def test_what_waited_opens_and_what_comes_afterwards_too(town: Town) -> None:
    """The case at the centre is whole, its card has nothing new, and the next one comes."""
    here, sender, centre = town.here, town.sender, town.centre
    await centre.do("arrive", code_name=town.package, arrival_code=town.code)
    for lang in Language:
        card = "\n".join(await acts.card(centre, town.package, lang))
        assert "Marte" in card
        assert MARK not in card
    parts = (await centre.do("read", code_name=town.package))["parts"]
    assert isinstance(parts, list)
    assert "person" in parts
    await acts.ready(here, sender, acts.sample("GRAN-427", name="ETTER-428"))
    code, package = await acts.send(here, sender, centre, "ETTER-428", by_phone="duty")
    assert "Marte" in "\n".join(await acts.opened(here, centre, package, code))
    newest = (await acts.rows(town.home, "in"))[-1]["code_name"]
    review = await town.home.do("police review", code_name=str(newest))
    assert review["lines"]


async def test_the_same_posts_are_taken_in_where_a_way_is(town: Town) -> None:
    """The machinery of the attack, on the ways that exist: each leaves a row, and no refusal."""
    sender, centre, home, away = town.members
    await town.here.tick(3)  # the districts' word to the centres that are not their own
    for kind, board, by, to in (
        (Kind.PLACE_INQUIRY, Board.CENTRE, sender, centre),
        (Kind.CASE_PACKAGE, Board.CENTRE, sender, centre),
        (Kind.PACKAGE_UPDATE, Board.CENTRE, sender, centre),
        (Kind.RECEIPT, Board.CENTRE, centre, sender),
        (Kind.POLICE_REQUEST, Board.POLICE, sender, home),
        (Kind.POLICE_VIEW_REQUEST, Board.POLICE, sender, home),
        (Kind.POLICE_NOTICE, Board.POLICE, home, away),
        (Kind.POLICE_VIEW, Board.POLICE, home, away),
        (Kind.POLICE_STATUS, Board.REPLY, home, sender),
        (Kind.POLICE_WITHDRAWAL, Board.POLICE, sender, home),
        (Kind.WITHDRAWAL, Board.CENTRE, sender, centre),
    ):
        way = Way(kind, board, by, to)
        assert way.is_allowed, kind
        rows, away_before = await standing(to), await turned_away(to)
        await town.post(way)
        assert await standing(to) != rows, kind
        assert await turned_away(to) == away_before, kind


async def test_the_broker_refuses_the_other_boards_by_name(town: Town) -> None:
    """Whatever tokens a role has, no cell goes to a board it may not write, and none is read."""
    for by in (town.sender, town.home):
        role, office = by.place.role, by.service.office
        for board in Board:
            if (role, board) not in WRITES:
                for mine in {writer for (one, _), writer in WRITERS.items() if one is role}:
                    assert await refused(by, board, mine, CellClass.NOTE)
            if (role, board) not in READS:
                with pytest.raises(NotHere):
                    await office.transport.note_file(board, 1, 8_192)
    assert await refused(town.home, Board.REPLY, WriterClass.PP, CellClass.S)
    assert {(role, board) for board, roles in READERS.items() for role in roles} == READS
    assert set(WRITERS) == WRITES


async def refused(by: Party, board: Board, writer: WriterClass, cls: CellClass) -> bool:
    """Post a true cell with a true token where it may not stand; return whether that is refused."""
    office = by.service.office
    async with office.ledger.transaction("taken") as rows:
        token = await office.wallet.take(rows, TokenClass(writer, cls), office.today)
    note = (await office.dummy(Lane(Board.POLICE))).note
    cell = note if cls is CellClass.NOTE else note * 9
    try:
        await office.transport.post_cell(board, cls, cell, token)
    except WrongTokenClass:
        return True
    except Refusal:
        raise
    return False
