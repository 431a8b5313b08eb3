"""Promises that the police channel has no other way: every kind, every board, every pair tried."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Final

import pytest

from client.handover import answer, dummy, hand_over
from client.inquiry import InquiryId, PlaceAnswer, PlaceInquiry
from client.messages import (
    PoliceContact,
    PoliceStatus,
    PoliceViewAnswer,
    PoliceWithdrawal,
    StatusWord,
    Withdrawal,
)
from client.notice import PoliceNotice, PoliceRequest
from client.received import Acceptance, Held, Known, ReceivedRefused
from client.reception import open_outer
from client.sealed import SealedEnvelope, SealedNote, WithoutContent
from client.vocabulary import Help, NoReason, ViewWord
from keys.address import Board, MemberId, Role
from keys.body import RESERVED, ROUTES, Kind, takes_blobs
from keys.errors import Refusal
from keys.manifest import Accepted, ConsentMark, Follows, Origin, Prev
from keys.receipt import Receipt, ReceiptStatus, ReleaseNote
from tests import ways
from tests.forging import GIVEN, Forgery, said
from tests.handovers import (
    AWAY,
    DRAFT,
    EVERYBODY,
    FJORD,
    GRANLIA,
    HOME,
    PACKAGE_ID,
    TODAY,
    YES,
    Desk,
    Note,
    Shelf,
    consent,
    job,
    notice,
    part,
    request,
    told,
    view,
    view_request,
)

Way = tuple[Kind, Board, str, str]
"""A kind, the board it is posted on, who sends it and who takes it."""

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
CONSENTED: Final = frozenset({Kind.CASE_PACKAGE, Kind.PACKAGE_UPDATE})
"""What needs a consent."""
TOLD: Final[dict[Kind, Callable[[], PoliceRequest | PoliceNotice]]] = {
    Kind.POLICE_REQUEST: request,
    Kind.POLICE_VIEW_REQUEST: view_request,
    Kind.POLICE_NOTICE: notice,
    Kind.POLICE_VIEW: view,
}
"""What needs a basis: it is said to the police."""
PREVS: Final[dict[Kind, Prev]] = {
    Kind.CASE_PACKAGE: Accepted(YES),
    Kind.PACKAGE_UPDATE: Follows(HASH),
    Kind.POLICE_NOTICE: Origin(HASH),
    Kind.POLICE_VIEW: Origin(HASH),
}
PAIRS: Final = [(by, to) for by, to in product(EVERYBODY.values(), repeat=2) if by != to]


def may(kind: Kind, by: Desk, to: Desk) -> bool:
    """Tell by the rules in words, not by the program's table, whether a kind may go so."""
    home = by.member.home_district == to.id
    return ways.may(kind, by.member.role, to.member.role, home=home)


def names(kind: Kind, board: Board, by: Desk, to: Desk) -> Way:
    """Return a way by its board and the names of its ends."""
    return kind, board, by.member.name, to.member.name


def allowed(*kinds: Kind) -> set[Way]:
    """Return the ways that the rules in words leave to some kinds."""
    return {
        names(kind, ways.board_between(by.member.role, to.member.role), by, to)
        for kind in kinds
        for by, to in PAIRS
        if may(kind, by, to)
    }


ALLOWED: Final = allowed(*ROUTES)


def test_every_kind_is_tried_and_the_table_says_what_the_words_say() -> None:
    """A kind that is in no list here fails; the program's own table is only compared."""
    lists = (set(MESSAGES), CONSENTED, set(TOLD), {Kind.DUMMY}, RESERVED)
    assert sorted(kind for kinds in lists for kind in kinds) == sorted(Kind)
    ends = {one.member.name: one.member.role for one in EVERYBODY.values()}
    said = {(kind, board, ends[by], ends[to]) for kind, board, by, to in ALLOWED}
    assert said == {(at, way.board, way.from_role, way.to_role) for at, way in ROUTES.items()}


# ── Honest programs ──────────────────────────────────────────────────────────────────────────
def consented(kind: Kind, named: Desk, to: Desk, by: Desk) -> SealedEnvelope:
    """Hand over what a consent names one member for, or more of it, to a member."""
    given = replace(consent(), recipient=named.id)
    if kind is Kind.CASE_PACKAGE:
        made = DRAFT.consented(given, Accepted(YES), named.id, TODAY)
    else:
        made = DRAFT.added(given, Follows(HASH), [part("threat")], TODAY)
    return hand_over(made, to.to, by.seat, job(Shelf()))


def honest(kind: Kind, to: Desk, by: Desk) -> SealedEnvelope | SealedNote:
    """Seal one of a kind as an honest program does, to whoever is asked for."""
    if kind in CONSENTED:
        return consented(kind, to, to, by)
    if kind in TOLD:
        return told(TOLD[kind](), to, by)
    return answer(MESSAGES[kind], to.to, by.seat)


@pytest.mark.parametrize("kind", sorted(ROUTES))
def test_an_honest_program_says_nothing_the_wrong_way(kind: Kind) -> None:
    """Each kind, from each member to each other: only its own way is open, on its own board."""
    went: set[Way] = set()
    for by, to in PAIRS:
        try:
            sealed = honest(kind, to, by)
        except Refusal:
            continue
        went.add(names(sealed.kind, sealed.board, by, to))
    both = {Kind.RECEIPT, Kind.POLICE_RECEIPT}
    right = allowed(*both) if kind in both else allowed(kind)
    # What a district passes on goes to the one that was chosen.
    chosen = kind in (Kind.POLICE_NOTICE, Kind.POLICE_VIEW)
    assert went == {way for way in right if not chosen or way[-1] == AWAY.member.name}
    assert went


@pytest.mark.parametrize("kind", sorted(CONSENTED))
@pytest.mark.parametrize("named", EVERYBODY.values(), ids=EVERYBODY)
def test_a_consent_lets_a_case_go_to_the_one_it_names_and_never_to_the_police(
    kind: Kind, named: Desk
) -> None:
    """Whomever it names: to the one, if that is a centre; if it is a district, to nobody."""
    went: set[Way] = set()
    for by, to in PAIRS:
        try:
            sealed = consented(kind, named, to, by)
        except Refusal:
            continue
        went.add(names(sealed.kind, sealed.board, by, to))
    assert went == {way for way in allowed(kind) if way[-1] == named.member.name}
    assert bool(went) == (named.member.role is Role.CENTRE)


def test_what_says_nothing_goes_to_oneself_alone_and_only_where_one_may_write() -> None:
    """A note to oneself opens at no other, and no centre writes one where districts answer."""
    went: set[tuple[Board, Role]] = set()
    for board, by in product(Board, EVERYBODY.values()):
        try:
            note = dummy(board, by.keys, by.seat)
        except Refusal:
            continue
        went.add((board, by.member.role))
        for one in EVERYBODY.values():
            found = open_outer(note, board, one.id, [one.outer])
            assert (found is not None) == (one is by)
    assert went == {
        (Board.CENTRE, Role.CENTRE),
        (Board.POLICE, Role.CENTRE),
        (Board.POLICE, Role.POLICE),
        (Board.REPLY, Role.POLICE),
    }


# ── Hostile programs ─────────────────────────────────────────────────────────────────────────
@cache
def manifest(kind: Kind) -> bytes:
    """Return the bytes that an honest message of `kind` has."""
    return b"" if kind is Kind.DUMMY else MESSAGES[kind].encode()


def forged(kind: Kind, board: Board, by: Desk, to: Desk) -> Note:
    """Seal a note of any kind, on any board, from anybody to anybody, signed with true keys."""
    if not takes_blobs(kind):
        return said(kind, board, by, to, manifest(kind))
    mark = ConsentMark(GIVEN.hash, GIVEN.ends) if kind in CONSENTED else None
    record = (("request", b"x"),)
    return Forgery(kind, board, by, to, PREVS.get(kind), record, (), mark).seal()


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
@pytest.mark.parametrize("kind", sorted({Kind.DUMMY, *ROUTES}))
def test_a_hostile_program_is_believed_on_no_other_way(kind: Kind, board: Board) -> None:
    """Whoever signs with true keys, and whatever the receiver remembers: one way, or nothing."""
    taken: set[Way] = set()
    for by, to in PAIRS:
        memory = remembering(by)
        if takes_blobs(kind):  # what begins must not be known already (E-9.6)
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
            taken.add(names(kind, board, by, to))
    assert taken == {way for way in allowed(kind) if way[1] is board}


def test_a_centre_takes_one_kind_from_the_police_and_only_when_it_asked() -> None:
    """A closed word; without a request of its own a centre takes not even that."""
    assert {kind for kind in ROUTES if may(kind, HOME, FJORD)} == {Kind.POLICE_STATUS}
    note = forged(Kind.POLICE_STATUS, Board.REPLY, HOME, FJORD)
    assert isinstance(FJORD.opened(note), ReceivedRefused)
    assert isinstance(FJORD.opened(note, remembering(AWAY)), ReceivedRefused)


def test_nothing_goes_from_a_centre_to_a_foreign_district() -> None:
    """Of all kinds, not one."""
    assert not [kind for kind in ROUTES if may(kind, GRANLIA, AWAY)]
    assert not {way for way in ALLOWED if way[2:] == (GRANLIA.member.name, AWAY.member.name)}
