"""Promises that the police channel has no other way: every kind, every board, every pair tried."""

from dataclasses import replace
from functools import cache
from itertools import product
from typing import Final

import pytest

from client.handover import answer
from client.inquiry import InquiryId, PlaceAnswer, PlaceInquiry
from client.messages import (
    PoliceContact,
    PoliceStatus,
    PoliceViewAnswer,
    PoliceWithdrawal,
    StatusWord,
    Withdrawal,
)
from client.received import Acceptance, Held, Known, ReceivedRefused
from client.sealed import WithoutContent
from client.vocabulary import Help, NoReason, ViewWord
from keys.address import Board, MemberId, Role
from keys.body import ROUTES, Kind, takes_blobs
from keys.errors import Refusal
from keys.manifest import Accepted, Follows, Origin, Prev
from keys.receipt import Receipt, ReceiptStatus, ReleaseNote
from tests.forging import GIVEN, ConsentMark, Forgery, said
from tests.handovers import (
    AWAY,
    EVERYBODY,
    FJORD,
    GRANLIA,
    HOME,
    PACKAGE_ID,
    TODAY,
    YES,
    Desk,
    Note,
    notice,
    request,
    told,
    view,
    view_request,
)

Way = tuple[Kind, str, str]
"""A kind, who sends it and who takes it."""

HASH: Final = b"m" * 32
INQUIRY: Final = InquiryId(b"inquiry-id-of-16")
NO: Final = PlaceAnswer.no(INQUIRY, [NoReason.FULL], Help.WE_HELP_TO_FIND)
MESSAGES: Final[dict[Kind, WithoutContent]] = {
    Kind.PLACE_INQUIRY: PlaceInquiry(INQUIRY),
    Kind.PLACE_ANSWER: NO,
    Kind.WITHDRAWAL: Withdrawal(PACKAGE_ID, HASH, TODAY),
    Kind.RELEASE: ReleaseNote(PACKAGE_ID, HASH, (b"k" * 32,)),
    Kind.RECEIPT: Receipt(PACKAGE_ID, HASH, ReceiptStatus.OPENED, TODAY),
    Kind.POLICE_RECEIPT: Receipt(PACKAGE_ID, HASH, ReceiptStatus.OPENED, TODAY),
    Kind.POLICE_WITHDRAWAL: PoliceWithdrawal(PACKAGE_ID, TODAY),
    Kind.POLICE_STATUS: PoliceStatus(PACKAGE_ID, StatusWord.RELAYED, TODAY),
    Kind.POLICE_CONTACT: PoliceContact(PACKAGE_ID, "vaktleder", "000 00 101", TODAY),
    Kind.POLICE_VIEW_ANSWER: PoliceViewAnswer(PACKAGE_ID, ViewWord.WILL_CALL, TODAY),
}
PREVS: Final[dict[Kind, Prev]] = {
    Kind.CASE_PACKAGE: Accepted(YES),
    Kind.PACKAGE_UPDATE: Follows(HASH),
    Kind.POLICE_NOTICE: Origin(HASH),
    Kind.POLICE_VIEW: Origin(HASH),
}
PAIRS: Final = [(by, to) for by, to in product(EVERYBODY.values(), repeat=2) if by != to]
CONTENT_TO_POLICE: Final = {Kind.POLICE_REQUEST, Kind.POLICE_VIEW_REQUEST, Kind.POLICE_WITHDRAWAL}


def may(kind: Kind, by: Desk, to: Desk) -> bool:
    """Tell by the rules in words, not by the program's table, whether a kind may go so."""
    ends = (by.member.role, to.member.role)
    if kind in CONTENT_TO_POLICE:
        return ends == (Role.CENTRE, Role.POLICE) and by.member.home_district == to.id
    if kind is Kind.POLICE_STATUS:
        return ends == (Role.POLICE, Role.CENTRE)
    role = Role.POLICE if kind.word.startswith("police_") else Role.CENTRE
    return ends == (role, role)


def names(kind: Kind, by: Desk, to: Desk) -> Way:
    """Return a way by the names of its ends."""
    return kind, by.member.name, to.member.name


ALLOWED: Final = {names(kind, by, to) for kind in ROUTES for by, to in PAIRS if may(kind, by, to)}


# ── Honest programs ──────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("kind", sorted(MESSAGES))
def test_an_honest_program_says_nothing_the_wrong_way(kind: Kind) -> None:
    """Each message without content, from each member to each other: only its own way is open."""
    went: set[Way] = set()
    for by, to in PAIRS:
        try:
            sealed = answer(MESSAGES[kind], to.to, by.seat)
        except Refusal:
            continue
        went.add(names(sealed.kind, by, to))
    both = {Kind.RECEIPT, Kind.POLICE_RECEIPT}
    kinds = both if kind in both else {kind}
    assert went == {way for way in ALLOWED if way[0] in kinds}


@pytest.mark.parametrize("what", [request(), view_request(), notice(), view()])
def test_an_honest_program_tells_the_police_nothing_the_wrong_way(what: object) -> None:
    """A request goes to the sender's own district, a notice to the one that was chosen."""
    assert isinstance(what, type(request()) | type(notice()))
    went: set[Way] = set()
    for by, to in PAIRS:
        try:
            went.add(names(told(what, to, by).kind, by, to))
        except Refusal:
            continue
    ways = {way for way in ALLOWED if way[0] is what.kind}
    chosen = what.kind in (Kind.POLICE_NOTICE, Kind.POLICE_VIEW)
    assert went == ({way for way in ways if way[2] == AWAY.member.name} if chosen else ways)


# ── Hostile programs ─────────────────────────────────────────────────────────────────────────
@cache
def manifest(kind: Kind) -> bytes:
    """Return the bytes that an honest message of `kind` has."""
    return MESSAGES[kind].encode()


def forged(kind: Kind, board: Board, by: Desk, to: Desk) -> Note:
    """Seal a note of any kind, on any board, from anybody to anybody, signed with true keys."""
    if not takes_blobs(kind):
        return said(kind, board, by, to, manifest(kind))
    consented = kind in (Kind.CASE_PACKAGE, Kind.PACKAGE_UPDATE)
    mark = ConsentMark(GIVEN.hash, GIVEN.ends) if consented else None
    record = (("request", b"x"),)
    honest = Forgery(kind, board, by, to, PREVS.get(kind), record, (), mark)
    return honest.seal()


def remembering(by: Desk) -> Known:
    """Return a memory in which everything that `by` says was asked for and sent for."""
    held = Held(by.id, HASH)
    other = replace(held)
    return Known(
        acceptances={YES: Acceptance(by.id, TODAY, used=False)},
        packages={PACKAGE_ID: held},
        sent={PACKAGE_ID: other},
        asked={INQUIRY: frozenset({MemberId(by.id)})},
    )


@pytest.mark.parametrize("board", Board)
@pytest.mark.parametrize("kind", sorted(ROUTES))
def test_a_hostile_program_is_believed_on_no_other_way(kind: Kind, board: Board) -> None:
    """Whoever signs with true keys, and whatever the receiver remembers: one way, or nothing."""
    taken: set[Way] = set()
    for by, to in PAIRS:
        memory = remembering(by)
        if ROUTES[kind].blobs:  # what begins must not be known already (E-9.6)
            memory = replace(memory, packages={}, sent={})
        if kind in {Kind.WITHDRAWAL, Kind.RELEASE}:  # of what one has sent, nobody else may say it
            memory = replace(memory, sent={})
        if kind is Kind.PACKAGE_UPDATE:
            memory = replace(memory, packages={type(PACKAGE_ID)(b"q" * 16): Held(by.id, HASH)})
        if kind is Kind.POLICE_WITHDRAWAL:
            # A foreign district has taken nothing from the centre that could be taken back.
            memory = replace(memory, packages={})
        try:
            received = to.opened(forged(kind, board, by, to), memory)
        except Refusal:
            continue
        if not isinstance(received, ReceivedRefused):
            taken.add(names(kind, by, to))
    right = board is ROUTES[kind].board
    assert taken == ({way for way in ALLOWED if way[0] is kind} if right else set())


def test_a_centre_takes_one_kind_from_the_police_and_only_when_it_asked() -> None:
    """A closed word; without a request of its own a centre takes not even that."""
    assert {kind for kind in ROUTES if may(kind, HOME, FJORD)} == {Kind.POLICE_STATUS}
    note = forged(Kind.POLICE_STATUS, Board.REPLY, HOME, FJORD)
    assert isinstance(FJORD.opened(note), ReceivedRefused)
    assert isinstance(FJORD.opened(note, remembering(AWAY)), ReceivedRefused)


def test_nothing_goes_from_a_centre_to_a_foreign_district() -> None:
    """Of all kinds, not one."""
    assert not [kind for kind in ROUTES if may(kind, GRANLIA, AWAY)]
    assert not {way for way in ALLOWED if way[1:] == (GRANLIA.member.name, AWAY.member.name)}
