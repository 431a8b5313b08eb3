"""Promises about what there is reason to take: a yes given, an inquiry asked, a package held."""

from dataclasses import replace
from typing import Final

import pytest

from client.handover import answer, dummy
from client.inquiry import InquiryId, PlaceAnswer, PlaceInquiry
from client.messages import (
    PoliceContact,
    PoliceStatus,
    PoliceViewAnswer,
    PoliceWithdrawal,
    StatusWord,
    Withdrawal,
)
from client.outgoing import known_by
from client.received import (
    Held,
    Known,
    Received,
    ReceivedAnswer,
    ReceivedContact,
    ReceivedDummy,
    ReceivedInquiry,
    ReceivedNotice,
    ReceivedPackage,
    ReceivedPoliceWithdrawal,
    ReceivedReceipt,
    ReceivedRefused,
    ReceivedRelease,
    ReceivedRequest,
    ReceivedStatus,
    ReceivedUpdate,
    ReceivedViewAnswer,
    ReceivedWithdrawal,
)
from client.reception import (
    accepted_hash,
    open_inner,
    open_outer,
)
from client.refusals import (
    ConsentWithdrawn,
    NotYours,
    Unsolicited,
    WrongDistrict,
)
from client.sealed import SealedEnvelope, SealedNote
from client.solicited import ASKED
from client.vocabulary import Help, NoReason, ViewWord
from keys.address import Board, PackageId
from keys.body import Kind
from keys.calendar import Day
from keys.errors import (
    Expired,
    Malformed,
    Replayed,
    WrongRole,
    WrongShape,
)
from keys.manifest import (
    AgreedByPhone,
    Follows,
    Origin,
)
from keys.receipt import Receipt, ReceiptStatus, ReleaseNote
from tests.forging import Forged, Forgery, said
from tests.handovers import (
    AWAY,
    ELV,
    FJORD,
    GRANLIA,
    HOME,
    NOTHING_KNOWN,
    PACKAGE_ID,
    SAID_YES,
    TODAY,
    YES,
    Desk,
    handed,
    notice,
    part,
    request,
    told,
    view,
    view_request,
)

HASH: Final = b"m" * 32
INQUIRY: Final = InquiryId(b"inquiry-id-of-16")
OTHER_ID: Final = PackageId(b"another-id-of-16")
HELD: Final = Held(GRANLIA.id, HASH)


def refused(received: Received) -> ReceivedRefused:
    """Return a refusal, and show that nothing in it can be opened."""
    assert isinstance(received, ReceivedRefused)
    assert not hasattr(received, "manifest")
    return received


def known(**remembered: object) -> Known:
    """Return a memory with something in it."""
    return replace(NOTHING_KNOWN, **remembered)  # pyright: ignore[reportArgumentType] - by name


# ── The package ──────────────────────────────────────────────────────────────────────────────
def test_a_package_that_rests_on_a_yes_is_taken() -> None:
    """What this centre said yes to waits here; who sent it and its replay keys are known."""
    received = FJORD.opened(handed(), SAID_YES)
    assert isinstance(received, ReceivedPackage)
    assert received.came.sender.member_id == GRANLIA.id
    assert received.came.kind is Kind.CASE_PACKAGE
    assert received.came.day == TODAY
    assert not received.by_phone
    assert accepted_hash(received.manifest) == YES
    assert len(received.came.replay_keys) == 2


def test_a_yes_by_telephone_is_shown_as_such() -> None:
    """Without a signed yes, staff see that it rests on a call."""
    received = FJORD.opened(Forgery(prev=AgreedByPhone("duty", TODAY)).seal())
    assert isinstance(received, ReceivedPackage)
    assert received.by_phone
    assert accepted_hash(received.manifest) is None


def said_yes(**otherwise: object) -> Known:
    """Return a memory of a yes that differs in something."""
    yes = replace(SAID_YES.acceptances[YES], **otherwise)  # pyright: ignore[reportArgumentType] - by name
    return known(acceptances={YES: yes})


def rested(days: int, **otherwise: object) -> Known:
    """Return a memory of a yes on which a shut package rests, made so many days from today."""
    return said_yes(used=True, shut=(OTHER_ID, Day(TODAY + days)), **otherwise)


UNSOLICITED: Final = [
    pytest.param(Forgery(), NOTHING_KNOWN, id="a yes that was never given"),
    pytest.param(Forgery(), said_yes(to=ELV.id), id="a yes that was given to another centre"),
    pytest.param(Forgery(), said_yes(used=True), id="a yes that has been used"),
    pytest.param(Forgery(), said_yes(valid_until=Day(TODAY - 1)), id="a yes that has run out"),
    pytest.param(Forgery(), rested(0), id="on the same day as what rests on the yes"),
    pytest.param(Forgery(), rested(1), id="older than what rests on the yes"),
    pytest.param(Forgery(by=ELV), rested(-1), id="of another than who sent what rests on the yes"),
    pytest.param(
        Forgery(), rested(-1, valid_until=Day(TODAY - 1)), id="newer, on a yes that has run out"
    ),
    pytest.param(
        Forgery(prev=AgreedByPhone("kari", TODAY)), SAID_YES, id="by telephone, by a name"
    ),
    pytest.param(
        Forgery(prev=AgreedByPhone("duty", Day(TODAY - 8))), SAID_YES, id="by telephone, last week"
    ),
    pytest.param(
        Forgery(prev=AgreedByPhone("duty", Day(TODAY + 1))), SAID_YES, id="by telephone, tomorrow"
    ),
    pytest.param(
        Forgery(kind=Kind.PACKAGE_UPDATE, prev=Follows(HASH)), SAID_YES, id="more of nothing"
    ),
    pytest.param(
        Forgery(kind=Kind.PACKAGE_UPDATE, prev=Follows(HASH)),
        known(packages={OTHER_ID: replace(HELD, member=ELV.id)}),
        id="more of another's package",
    ),
]


@pytest.mark.parametrize(("forgery", "memory"), UNSOLICITED)
def test_a_package_nobody_asked_for_is_refused_before_it_is_opened(
    forgery: Forgery, memory: Known
) -> None:
    """Nothing of it is shown or kept, and its sender is told."""
    made = forgery.seal()
    found = refused(FJORD.opened(made, memory))
    assert isinstance(found.refusal, Unsolicited)
    assert isinstance(found.reply, Receipt)
    assert found.reply.status is ReceiptStatus.REFUSED
    assert found.reply.package_id == PACKAGE_ID


def test_a_newer_package_takes_the_place_of_a_shut_one_on_the_same_yes() -> None:
    """Its sender sent it anew; what rests on a yes that is not used replaces nothing."""
    received = FJORD.opened(handed(), rested(-1))
    assert isinstance(received, ReceivedPackage)
    assert received.replaces == OTHER_ID
    first = FJORD.opened(handed(), SAID_YES)
    assert isinstance(first, ReceivedPackage)
    assert first.replaces is None


def test_a_package_sent_in_time_is_taken_when_nobody_unlocked_for_days() -> None:
    """A yes that ran out over the weekend still counts for what was sent before."""
    received = FJORD.opened(Forgery().seal(), SAID_YES, Day(TODAY + 3))
    assert isinstance(received, ReceivedPackage)


def test_an_update_belongs_to_the_package_it_names() -> None:
    """More of a case is taken from the centre that sent it."""
    made = Forgery(kind=Kind.PACKAGE_UPDATE, prev=Follows(HASH)).seal()
    unlike = PackageId(b"a-third-id-of-16")
    memory = known(packages={unlike: replace(HELD, manifest_hash=YES), OTHER_ID: HELD})
    received = FJORD.opened(made, memory)
    assert isinstance(received, ReceivedUpdate)
    assert received.follows == OTHER_ID


def test_what_was_taken_back_before_it_came_is_not_taken() -> None:
    """A withdrawal may be faster than its package; the sender then hears that it is gone."""
    memory = replace(SAID_YES, withdrawn=frozenset({(GRANLIA.id, PACKAGE_ID)}))
    found = refused(FJORD.opened(Forgery().seal(), memory))
    assert isinstance(found.refusal, ConsentWithdrawn)
    assert isinstance(found.reply, Receipt)
    assert found.reply.status is ReceiptStatus.DELETED
    elsewhere = replace(SAID_YES, withdrawn=frozenset({(ELV.id, PACKAGE_ID)}))
    assert isinstance(FJORD.opened(Forgery().seal(), elsewhere), ReceivedPackage)


# ── The wrong way ────────────────────────────────────────────────────────────────────────────
POLICE: Final = Forgery(Kind.POLICE_REQUEST, Board.POLICE, to=HOME, prev=None, files=(), mark=None)
NOTICE: Final = replace(POLICE, kind=Kind.POLICE_NOTICE, prev=Origin(HASH), by=HOME, to=AWAY)
ASTRAY: Final = [
    pytest.param(Forgery(to=HOME, board=Board.POLICE), id="a case to the police"),
    pytest.param(Forgery(to=HOME, board=Board.CENTRE), id="a case to the police, as to a centre"),
    pytest.param(Forgery(by=HOME, board=Board.REPLY), id="a case from the police"),
    pytest.param(replace(POLICE, to=FJORD, board=Board.CENTRE), id="a request to a centre"),
    pytest.param(replace(POLICE, by=HOME, to=AWAY), id="a request from a district"),
    pytest.param(replace(NOTICE, to=FJORD, board=Board.REPLY), id="a notice to a centre"),
    pytest.param(replace(NOTICE, by=GRANLIA), id="a notice from a centre"),
]


@pytest.mark.parametrize("forgery", ASTRAY)
def test_no_kind_goes_where_it_does_not_belong(forgery: Forgery) -> None:
    """A changed program cannot tell a centre what is for the police, nor the police a case."""
    with pytest.raises(WrongRole):
        forgery.to.opened(forgery.seal(), SAID_YES)


@pytest.mark.parametrize("kind", sorted(ASKED))
def test_a_request_from_a_centre_of_another_district_is_refused_and_the_centre_told(
    kind: Kind,
) -> None:
    """The centre's roster entry says whose it is; the wrong district reads nothing."""
    found = refused(AWAY.opened(replace(POLICE, kind=kind, to=AWAY).seal()))
    assert isinstance(found.refusal, WrongDistrict)
    assert found.reply == PoliceStatus(PACKAGE_ID, StatusWord.WRONG_DISTRICT, TODAY)


def test_requests_and_notices_are_taken_where_they_belong() -> None:
    """A request by the centre's own district, a notice by the district it was sealed to."""
    assert isinstance(HOME.opened(told(request(), HOME, GRANLIA)), ReceivedRequest)
    assert isinstance(AWAY.opened(told(notice(), AWAY, HOME)), ReceivedNotice)
    assert isinstance(HOME.opened(told(view_request(), HOME, GRANLIA)), ReceivedRequest)
    assert isinstance(AWAY.opened(told(view(), AWAY, HOME)), ReceivedNotice)


def test_a_request_that_was_taken_back_before_it_came_is_not_taken() -> None:
    """Nothing is shown to the district, and the centre hears that it is gone."""
    memory = known(withdrawn=frozenset({(GRANLIA.id, PACKAGE_ID)}))
    found = refused(HOME.opened(told(request(), HOME, GRANLIA), memory))
    assert isinstance(found.refusal, ConsentWithdrawn)
    assert found.reply == PoliceStatus(PACKAGE_ID, StatusWord.WITHDRAWN_DESTROYED, TODAY)


def test_only_the_centre_that_asked_takes_its_request_back() -> None:
    """Another centre of the same district, and one of another, change nothing."""
    taken = PoliceWithdrawal(PACKAGE_ID, TODAY)
    honest = answer(taken, HOME.to, GRANLIA.seat)
    memory = known(packages={PACKAGE_ID: HELD})
    assert isinstance(HOME.opened(honest, memory), ReceivedPoliceWithdrawal)
    assert isinstance(HOME.opened(honest), ReceivedPoliceWithdrawal)
    foreign = known(packages={PACKAGE_ID: replace(HELD, member=ELV.id)})
    assert isinstance(refused(HOME.opened(honest, foreign)).refusal, NotYours)
    astray = said(Kind.POLICE_WITHDRAWAL, Board.POLICE, FJORD, HOME, taken.encode())
    found = refused(HOME.opened(astray))
    assert isinstance(found.refusal, WrongDistrict)
    assert found.reply is None


def test_nothing_but_a_dummy_comes_from_oneself() -> None:
    """A member that finds its own message on the board does not take it for another's."""
    note = dummy(Board.CENTRE, GRANLIA.keys, GRANLIA.machine_seat)
    own = SealedNote(Kind.DUMMY, Board.CENTRE, note, bytes(32))
    assert isinstance(GRANLIA.opened(own), ReceivedDummy)
    asked = PlaceInquiry(INQUIRY).encode()
    self_said = said(Kind.PLACE_INQUIRY, Board.CENTRE, GRANLIA, GRANLIA, asked)
    assert isinstance(refused(GRANLIA.opened(self_said)).refusal, Unsolicited)
    loud = said(Kind.DUMMY, Board.CENTRE, GRANLIA, GRANLIA, b"anything")
    with pytest.raises(WrongShape):
        GRANLIA.opened(loud)


def test_a_note_for_another_is_not_opened() -> None:
    """What everybody downloads is opened by the one it is for."""
    sealed = handed()
    assert open_outer(sealed.note, sealed.board, ELV.id, [ELV.outer]) is None


def test_a_note_is_opened_once() -> None:
    """A note or package that was opened before is refused, however it was posted again."""
    sealed = handed()
    arrived = open_outer(sealed.note, sealed.board, FJORD.id, [FJORD.outer])
    assert arrived is not None
    received = open_inner(arrived, FJORD.opener(), SAID_YES, TODAY)
    again = FJORD.opener(frozenset(received.came.replay_keys))
    with pytest.raises(Replayed):
        open_inner(arrived, again, SAID_YES, TODAY)


BEGINNINGS: Final = [
    pytest.param(FJORD, handed(), id="case_package"),
    pytest.param(FJORD, Forgery(kind=Kind.PACKAGE_UPDATE, prev=Follows(HASH)).seal(), id="update"),
    pytest.param(HOME, told(request(), HOME, GRANLIA), id="police_request"),
    pytest.param(HOME, told(view_request(), HOME, GRANLIA), id="police_view_request"),
    pytest.param(AWAY, told(notice(), AWAY, HOME), id="police_notice"),
    pytest.param(AWAY, told(view(), AWAY, HOME), id="police_view"),
]


@pytest.mark.parametrize(("at", "made"), BEGINNINGS)
def test_whatever_has_content_begins_once(at: Desk, made: SealedEnvelope | Forged) -> None:
    """Nobody lays a second package over one that is here, under whatever kind it comes."""
    memory = replace(SAID_YES, packages={OTHER_ID: HELD})
    received = at.opened(made, memory)
    assert len(received.came.replay_keys) == 2
    held = Held(received.came.sender.member_id, received.came.manifest_hash)
    with pytest.raises(Replayed):
        at.opened(made, replace(memory, packages={OTHER_ID: HELD, PACKAGE_ID: held}))
    with pytest.raises(Replayed):
        at.opened(made, replace(memory, sent={PACKAGE_ID: held}))


def test_nobody_releases_or_takes_back_what_this_member_sent() -> None:
    """Whoever got a package knows its id; that gives no word over the sender's own row of it."""
    memory = known(sent={PACKAGE_ID: HELD})
    release = ReleaseNote(PACKAGE_ID, HASH, (b"k" * 32,))
    refused_ = refused(
        FJORD.opened(said(Kind.RELEASE, Board.CENTRE, GRANLIA, FJORD, release.encode()), memory)
    )
    assert isinstance(refused_.refusal, NotYours)
    back = Withdrawal(PACKAGE_ID, HASH, TODAY)
    refused_ = refused(FJORD.opened(answer(back, FJORD.to, GRANLIA.seat), memory))
    assert isinstance(refused_.refusal, NotYours)


def test_a_package_past_its_last_day_is_not_taken() -> None:
    """Who unlocks too late does not open what has expired."""
    with pytest.raises(Expired):
        FJORD.opened(handed(), SAID_YES, Day(TODAY + 8))


# ── What has no content ──────────────────────────────────────────────────────────────────────
def test_an_inquiry_needs_no_reason_to_be_taken() -> None:
    """Any centre may ask any other for a place, from any region."""
    received = FJORD.opened(answer(PlaceInquiry(INQUIRY), FJORD.to, GRANLIA.seat))
    assert isinstance(received, ReceivedInquiry)
    assert received.inquiry == PlaceInquiry(INQUIRY)


def test_an_answer_is_taken_from_a_centre_that_was_asked() -> None:
    """And its hash is the same at both ends: the acceptance that a package names."""
    sealed = answer(PlaceAnswer.yes(INQUIRY, TODAY), GRANLIA.to, FJORD.seat)
    received = GRANLIA.opened(sealed, known(asked={INQUIRY: frozenset({FJORD.id})}))
    assert isinstance(received, ReceivedAnswer)
    assert received.answer.accepts
    assert received.came.body_hash == sealed.body_hash


@pytest.mark.parametrize("asked", [{}, {INQUIRY: frozenset({ELV.id})}], ids=["nobody", "another"])
def test_an_answer_from_a_centre_that_was_not_asked_is_not_taken(
    asked: dict[InquiryId, frozenset[bytes]],
) -> None:
    """Nobody says yes or no in another centre's name."""
    sealed = answer(PlaceAnswer.yes(INQUIRY, TODAY), GRANLIA.to, FJORD.seat)
    found = refused(GRANLIA.opened(sealed, known(asked=asked)))
    assert isinstance(found.refusal, Unsolicited)
    assert found.reply is None


def test_a_no_that_suggests_the_asking_centre_is_broken() -> None:
    """A suggestion is a third centre, or it is no suggestion."""
    no = PlaceAnswer.no(INQUIRY, [NoReason.FULL], GRANLIA.member)
    with pytest.raises(Malformed):
        GRANLIA.opened(answer(no, GRANLIA.to, FJORD.seat))
    assert PlaceAnswer.no(INQUIRY, [NoReason.FULL], Help.WE_HELP_TO_FIND)


OPENED: Final = Receipt(PACKAGE_ID, HASH, ReceiptStatus.OPENED, TODAY)
BACK: Final = Withdrawal(PACKAGE_ID, HASH, TODAY, (part("child.2"),))
COME: Final = ReleaseNote(PACKAGE_ID, HASH, (b"k" * 32,))
STATUS: Final = PoliceStatus(PACKAGE_ID, StatusWord.RELAYED, TODAY)
CONTACT: Final = PoliceContact(PACKAGE_ID, "vaktleder", "000 00 101", TODAY)
VIEW: Final = PoliceViewAnswer(PACKAGE_ID, ViewWord.NO_KNOWN_LINKS, TODAY)
ABOUT: Final = [
    (OPENED, FJORD, GRANLIA, "sent", FJORD, ReceivedReceipt),
    (OPENED, AWAY, HOME, "sent", AWAY, ReceivedReceipt),
    (COME, GRANLIA, FJORD, "packages", GRANLIA, ReceivedRelease),
    (BACK, GRANLIA, FJORD, "packages", GRANLIA, ReceivedWithdrawal),
    (STATUS, HOME, GRANLIA, "sent", HOME, ReceivedStatus),
    (CONTACT, AWAY, HOME, "sent", AWAY, ReceivedContact),
    (VIEW, AWAY, HOME, "sent", AWAY, ReceivedViewAnswer),
]
NAMES: Final = [f"{type(row[0]).__name__} at {row[2].member.role}" for row in ABOUT]


@pytest.mark.parametrize(("message", "by", "to", "where", "other", "kind"), ABOUT, ids=NAMES)
def test_word_about_a_package_comes_from_its_other_end(
    message: Receipt, by: Desk, to: Desk, where: str, other: Desk, kind: type[Received]
) -> None:
    """Knowing a package's number is not enough: a third member changes nothing with it."""
    sealed = answer(message, to.to, by.seat)
    taken = to.opened(sealed, known(**{where: {PACKAGE_ID: Held(other.id, HASH)}}))
    assert isinstance(taken, kind)
    third = to.opened(sealed, known(**{where: {PACKAGE_ID: Held(ELV.id, HASH)}}))
    assert isinstance(refused(third).refusal, NotYours)
    unknown = to.opened(sealed)
    if where == "sent":
        assert isinstance(refused(unknown).refusal, Unsolicited)
    else:
        assert isinstance(unknown, kind)


@pytest.mark.parametrize("message", [OPENED, COME, BACK], ids=["receipt", "release", "withdrawal"])
def test_word_about_another_manifest_is_not_taken(message: Receipt) -> None:
    """A receipt, a release or a withdrawal counts for the manifest it names and no other."""
    other = {PACKAGE_ID: Held(FJORD.id, YES)}
    found = refused(
        GRANLIA.opened(answer(message, GRANLIA.to, FJORD.seat), known(sent=other, packages=other))
    )
    assert isinstance(found.refusal, NotYours)
    assert found.reply is None


@pytest.mark.parametrize("status", [ReceiptStatus.DELETED, ReceiptStatus.KEPT_BY_DUTY])
def test_the_answer_to_a_forgotten_envelope_is_known_by_a_hash(status: ReceiptStatus) -> None:
    """From its receiver alone, about its manifest alone, and no other word than an answer."""
    said = Receipt(PACKAGE_ID, HASH, status, TODAY)
    memory = known(marks={PACKAGE_ID: known_by(FJORD.id, HASH)})
    taken = GRANLIA.opened(answer(said, GRANLIA.to, FJORD.seat), memory)
    assert isinstance(taken, ReceivedReceipt)
    for other, by in (
        (said, ELV),
        (Receipt(PACKAGE_ID, YES, status, TODAY), FJORD),
        (OPENED, FJORD),
    ):
        turned = refused(GRANLIA.opened(answer(other, GRANLIA.to, by.seat), memory))
        assert isinstance(turned.refusal, Unsolicited)
