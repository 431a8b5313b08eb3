"""Promises of what else leaves: to the police, without content, and never by a cast."""

from dataclasses import replace
from typing import Final, cast

import pytest

from client.draft import (
    ConsentedPackage,
)
from client.handover import answer, dummy, notify
from client.inquiry import InquiryId, PlaceAnswer, PlaceInquiry
from client.messages import (
    PoliceContact,
    PoliceStatus,
    PoliceViewAnswer,
    PoliceWithdrawal,
    StatusWord,
    Withdrawal,
)
from client.notice import District, PoliceNotice, PoliceRequest
from client.refusals import (
    ConsentMissing,
    NoBasis,
    WrongDistrict,
)
from client.sealed import WithoutContent
from client.vocabulary import Help, NoReason, ViewWord
from keys.address import Board
from keys.body import Kind
from keys.errors import (
    BadSignature,
    Refusal,
    WrongBoard,
    WrongRole,
)
from keys.manifest import Origin
from keys.note import open_outer
from keys.receipt import Receipt, ReceiptStatus, ReleaseNote
from tests.handovers import (
    AWAY,
    DRAFT,
    FJORD,
    GRANLIA,
    HOME,
    PACKAGE_ID,
    PARTS,
    TODAY,
    Desk,
    Shelf,
    consent,
    handed,
    job,
    manifest_of,
    notice,
    package,
    record_of,
    request,
    told,
    view,
    view_request,
    yes_to,
)


def test_a_request_goes_to_the_own_district_and_is_read_at_once() -> None:
    """On the police's board, to the home district, with no consent and no code."""
    shelf = Shelf()
    sealed = notify(request(), District(HOME.member), HOME.keys, GRANLIA.seat, job(shelf))
    manifest = manifest_of(sealed)
    assert (sealed.kind, sealed.board) == (Kind.POLICE_REQUEST, Board.POLICE)
    assert (manifest.prev, manifest.consent, manifest.locked) == (None, None, None)
    assert sealed.code is None
    ids, plain = record_of(sealed, shelf)
    assert ids == ["request"]
    assert plain == request().content.encode()
    assert sealed.expires == TODAY + 7


def test_a_notice_goes_to_the_chosen_district() -> None:
    """It names the request by a hash that only the home district can resolve."""
    sealed = told(notice(), AWAY, HOME)
    assert manifest_of(sealed).prev == Origin(b"o" * 32)
    assert sealed.expires == TODAY + 30


ASTRAY: Final = [
    pytest.param(request(), AWAY, GRANLIA, WrongDistrict, id="a request to a foreign district"),
    pytest.param(request(), AWAY, FJORD, None, id="a request of a centre to its own district"),
    pytest.param(request(), HOME, AWAY, WrongDistrict, id="a request from a district"),
    pytest.param(view_request(), AWAY, GRANLIA, WrongDistrict, id="a view request, elsewhere"),
    pytest.param(view_request(), HOME, GRANLIA, None, id="a view request to the own district"),
    pytest.param(view(), AWAY, HOME, None, id="a view to the chosen district"),
    pytest.param(view(), AWAY, GRANLIA, WrongRole, id="a view from a centre"),
    pytest.param(notice(), HOME, AWAY, WrongDistrict, id="a notice to another than was chosen"),
    pytest.param(notice(), AWAY, GRANLIA, WrongRole, id="a notice from a centre"),
    pytest.param(notice(), AWAY, AWAY, WrongRole, id="a notice to oneself"),
]


@pytest.mark.parametrize(("what", "to", "by", "refusal"), ASTRAY)
def test_what_the_police_are_told_goes_nowhere_else(
    what: PoliceRequest | PoliceNotice, to: Desk, by: Desk, refusal: type[Refusal] | None
) -> None:
    """From a centre to its own district, from that to the chosen one, and there it ends."""
    if refusal is None:
        assert told(what, to, by).kind is what.kind
    else:
        with pytest.raises(refusal):
            told(what, to, by)


# ── What has no content ──────────────────────────────────────────────────────────────────────
INQUIRY: Final = InquiryId(b"inquiry-id-of-16")
NO: Final = PlaceAnswer.no(INQUIRY, list(NoReason), Help.WE_HELP_TO_FIND)
RECEIPT: Final = Receipt(PACKAGE_ID, b"m" * 32, ReceiptStatus.OPENED, TODAY)
PLAIN: Final = [
    (PlaceInquiry(INQUIRY), FJORD, GRANLIA, Kind.PLACE_INQUIRY),
    (PlaceAnswer.yes(INQUIRY, TODAY), GRANLIA, FJORD, Kind.PLACE_ANSWER),
    (
        PlaceAnswer.no(INQUIRY, list(NoReason), Help.WE_HELP_TO_FIND),
        GRANLIA,
        FJORD,
        Kind.PLACE_ANSWER,
    ),
    (Withdrawal(PACKAGE_ID, b"m" * 32, TODAY), FJORD, GRANLIA, Kind.WITHDRAWAL),
    (ReleaseNote(PACKAGE_ID, b"m" * 32, (b"k" * 32,)), FJORD, GRANLIA, Kind.RELEASE),
    (RECEIPT, GRANLIA, FJORD, Kind.RECEIPT),
    (RECEIPT, HOME, AWAY, Kind.POLICE_RECEIPT),
    (PoliceStatus(PACKAGE_ID, StatusWord.RELAYED, TODAY), GRANLIA, HOME, Kind.POLICE_STATUS),
    (PoliceContact(PACKAGE_ID, "vaktleder", "000 00 101", TODAY), HOME, AWAY, Kind.POLICE_CONTACT),
    (PoliceWithdrawal(PACKAGE_ID, TODAY), HOME, GRANLIA, Kind.POLICE_WITHDRAWAL),
    (
        PoliceViewAnswer(PACKAGE_ID, ViewWord.NO_KNOWN_LINKS, TODAY),
        HOME,
        AWAY,
        Kind.POLICE_VIEW_ANSWER,
    ),
]


@pytest.mark.parametrize(("message", "to", "by", "kind"), PLAIN, ids=lambda one: str(one)[:24])
def test_a_message_without_content_has_the_kind_it_is(
    message: WithoutContent, to: Desk, by: Desk, kind: Kind
) -> None:
    """What is said decides how it is sent; nobody chooses the kind."""
    assert answer(message, to.to, by.seat).kind is kind


def test_nothing_without_content_goes_from_the_police_to_a_centre_but_a_status() -> None:
    """A district's contact goes to the home district and never to a centre."""
    contact = PoliceContact(PACKAGE_ID, "vaktleder", "000 00 101", TODAY)
    with pytest.raises(WrongRole):
        answer(contact, GRANLIA.to, HOME.seat)
    word = PoliceViewAnswer(PACKAGE_ID, ViewWord.WILL_CALL, TODAY)
    for message in (RECEIPT, word, PoliceWithdrawal(PACKAGE_ID, TODAY)):
        with pytest.raises((WrongRole, WrongDistrict)):
            answer(message, GRANLIA.to, HOME.seat)


def test_what_is_taken_back_is_said_to_the_own_district_alone() -> None:
    """A foreign district would learn that somebody here has been in contact."""
    with pytest.raises(WrongDistrict):
        answer(PoliceWithdrawal(PACKAGE_ID, TODAY), AWAY.to, GRANLIA.seat)


def test_the_machine_says_that_something_is_stored_and_nothing_else() -> None:
    """While nobody is logged in, the machine may acknowledge; opening takes staff."""
    stored = replace(RECEIPT, status=ReceiptStatus.STORED)
    assert answer(stored, GRANLIA.to, FJORD.machine_seat).note
    with pytest.raises(BadSignature):
        answer(RECEIPT, GRANLIA.to, FJORD.machine_seat)


@pytest.mark.parametrize("board", [Board.CENTRE, Board.POLICE])
def test_a_dummy_is_a_note_like_any_other(board: Board) -> None:
    """What is posted when there is nothing to say has the same size as what says something."""
    made = dummy(board, GRANLIA.keys, GRANLIA.machine_seat)
    assert len(made) == len(answer(RECEIPT, GRANLIA.to, FJORD.seat).note)


@pytest.mark.parametrize("board", [Board.CENTRE, Board.POLICE])
def test_without_own_keys_a_dummy_is_sealed_to_nobody(board: Board) -> None:
    """It is as long, by no key twice, and opens with none, also not with its sender's own."""
    made = [dummy(board, None, GRANLIA.machine_seat) for _ in range(2)]
    assert {len(one) for one in made} == {len(dummy(board, GRANLIA.keys, GRANLIA.machine_seat))}
    assert made[0][:32] != made[1][:32]
    for one in made:
        assert open_outer(one, board, GRANLIA.id, [GRANLIA.outer]) is None


def test_a_dummy_goes_only_where_its_member_may_write() -> None:
    """A centre has nothing to say on the board that the police write to centres."""
    for keys in (GRANLIA.keys, None):
        with pytest.raises(WrongBoard):
            dummy(Board.REPLY, keys, GRANLIA.machine_seat)


# ── A hostile caller who casts the types away ────────────────────────────────────────────────
def test_a_draft_cast_to_a_package_does_not_leave() -> None:
    """Whoever silences the type checker is refused when the program runs."""
    for fake in (DRAFT, PARTS, request(), notice()):
        with pytest.raises(ConsentMissing):
            handed(cast("ConsentedPackage", fake))


def test_a_case_cast_to_a_notice_does_not_reach_the_police() -> None:
    """Neither a package, a draft nor what was only read becomes a message to the police."""
    for fake in (package(), DRAFT, request().content, notice().content):
        with pytest.raises(NoBasis):
            told(cast("PoliceNotice", fake), AWAY, HOME)


def test_a_centre_cast_to_a_district_gets_no_notice() -> None:
    """A centre's roster entry is refused where a district belongs."""
    with pytest.raises(WrongDistrict):
        notify(notice(), cast("District", FJORD.member), FJORD.keys, HOME.seat, job(Shelf()))


def test_a_case_cast_to_a_message_without_content_does_not_leave() -> None:
    """The third door takes what it knows and nothing else."""
    for fake in (package(), DRAFT, request(), consent()):
        with pytest.raises(WrongRole):
            answer(cast("Withdrawal", fake), FJORD.to, GRANLIA.seat)


def test_a_package_with_a_part_put_in_by_force_does_not_leave() -> None:
    """Even one who reaches into a package cannot send what the consent does not name."""
    made = package(yes_to("person"))
    object.__setattr__(made, "_parts", PARTS)
    with pytest.raises(ConsentMissing):
        handed(made)
