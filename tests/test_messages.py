"""Promises of what is said afterwards: closed words, and never a reason that concerns a person."""

from dataclasses import fields, replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.case import EVERY_PART, order_of
from client.messages import (
    PoliceContact,
    PoliceStatus,
    PoliceViewAnswer,
    PoliceWithdrawal,
    StatusWord,
    Withdrawal,
)
from client.vocabulary import DeclineReason, ViewWord
from keys.body import MANIFEST_LIMIT
from keys.errors import Refusal, UnknownVersion, WrongShape
from keys.wire import Packable, pack, unpack
from tests.handovers import PACKAGE_ID, TODAY, part

EXAMPLES: Final = settings(max_examples=60, deadline=None)
HASH: Final = b"m" * 32
BACK: Final = Withdrawal(PACKAGE_ID, HASH, TODAY, (part("person"), part("child.2")))
STATUS: Final = PoliceStatus(PACKAGE_ID, StatusWord.DECLINED, TODAY, DeclineReason.NEED_TO_TALK)
CONTACT: Final = PoliceContact(PACKAGE_ID, "familievoldskoordinator", "000 00 101", TODAY)
TAKEN: Final = PoliceWithdrawal(PACKAGE_ID, TODAY)
VIEW: Final = PoliceViewAnswer(PACKAGE_ID, ViewWord.WILL_CALL, TODAY, "vaktleder", "000 00 102")
Message = Withdrawal | PoliceStatus | PoliceContact | PoliceWithdrawal | PoliceViewAnswer

WITHDRAWALS: Final = st.builds(
    Withdrawal,
    package_id=st.binary(min_size=16, max_size=16),
    manifest_hash=st.binary(min_size=32, max_size=32),
    day=st.integers(0, 1 << 20),
    parts=st.frozensets(st.sampled_from(EVERY_PART)).map(
        lambda parts: tuple(sorted(parts, key=order_of))
    ),
) | st.just(Withdrawal(PACKAGE_ID, HASH, TODAY, astray=True))


@EXAMPLES
@given(WITHDRAWALS)
def test_a_withdrawal_is_read_as_it_was_written(made: Withdrawal) -> None:
    """Every withdrawal, of all or of some parts, comes back the same and fits in a note."""
    assert Withdrawal.decode(made.encode()) == made
    assert len(made.encode()) <= MANIFEST_LIMIT


@pytest.mark.parametrize("status", StatusWord)
def test_a_status_has_a_reason_exactly_when_the_district_declines(status: StatusWord) -> None:
    """Only a no has a reason, from the list; no other status can carry one."""
    reason = DeclineReason.ALREADY_NOTIFIED if status is StatusWord.DECLINED else None
    made = PoliceStatus(PACKAGE_ID, status, TODAY, reason)
    assert PoliceStatus.decode(made.encode()) == made
    other = None if reason else DeclineReason.NOT_NECESSARY
    with pytest.raises(WrongShape):
        replace(made, reason=other).encode()


def test_a_contact_is_read_as_it_was_written() -> None:
    """A role and a number reach the home district as they were written."""
    assert PoliceContact.decode(CONTACT.encode()) == CONTACT
    assert "000 00 101" not in repr(CONTACT)


def test_a_centre_hears_nothing_from_the_police_but_words_of_a_list() -> None:
    """A status has an id, a day and closed words: no text, no place, no name."""
    assert {one.name for one in fields(PoliceStatus)} == {"request_id", "status", "day", "reason"}
    assert [word.value for word in StatusWord] == [
        "received",
        "relayed",
        "relayed_outside",
        "declined",
        "wrong_district",
        "contacted_no_known_links",
        "contacted_advise_against",
        "contacted_will_call",
        "could_not_contact",
        "withdrawn_destroyed",
        "withdrawn_after_relay",
    ]


def test_that_the_consent_to_the_police_is_taken_back_says_only_that() -> None:
    """An id and a day: why she changed her mind is nobody's business."""
    assert PoliceWithdrawal.decode(TAKEN.encode()) == TAKEN
    assert {one.name for one in fields(PoliceWithdrawal)} == {"request_id", "day"}


@pytest.mark.parametrize("word", ViewWord)
def test_a_word_on_a_place_is_read_as_it_was_written(word: ViewWord) -> None:
    """With or without somebody to ring there, who is never printed by accident."""
    for made in (replace(VIEW, word=word), PoliceViewAnswer(PACKAGE_ID, word, TODAY)):
        assert PoliceViewAnswer.decode(made.encode()) == made
    assert "000 00 102" not in repr(VIEW)


@pytest.mark.parametrize("half", ["role", "phone"])
def test_whom_to_ring_is_a_role_and_a_number_or_nobody(half: str) -> None:
    """Half a contact helps nobody."""
    with pytest.raises(WrongShape):
        replace(VIEW, **{half: ""}).encode()  # pyright: ignore[reportArgumentType] - by name


def written(message: Message, at: int, value: Packable) -> bytes:
    """Return a message with one field written otherwise."""
    said = unpack(message.encode())
    assert isinstance(said, list)
    return pack([*said[:at], value, *said[at + 1 :]])


FORGED: Final = [
    pytest.param(BACK, 1, 2, UnknownVersion, id="a version of tomorrow"),
    pytest.param(BACK, 2, b"short", WrongShape, id="an id of another length"),
    pytest.param(BACK, 5, ["child.2", "person"], WrongShape, id="parts out of order"),
    pytest.param(BACK, 5, ["person", "person"], WrongShape, id="a part twice"),
    pytest.param(BACK, 5, ["person", 7], WrongShape, id="a part that is a number"),
    pytest.param(BACK, 5, ["because she lied"], WrongShape, id="a reason as a part"),
    pytest.param(BACK, 6, True, WrongShape, id="some parts of what was never meant for them"),
    pytest.param(BACK, 6, "she asked for it", WrongShape, id="a reason as a flag"),
    pytest.param(STATUS, 3, "she is safe there", WrongShape, id="a sentence as a status"),
    pytest.param(STATUS, 5, "her brother works there", WrongShape, id="a sentence as a reason"),
    pytest.param(TAKEN, 2, b"short", WrongShape, id="a request's id of another length"),
    pytest.param(VIEW, 3, "she must not come", WrongShape, id="a sentence as a word on a place"),
    pytest.param(VIEW, 5, ["vaktleder"], WrongShape, id="a contact without a number"),
    pytest.param(VIEW, 5, ["vaktleder", "1", "x"], WrongShape, id="a contact with a story"),
    pytest.param(CONTACT, 3, "", WrongShape, id="nobody to ring"),
    pytest.param(CONTACT, 3, "x" * 81, WrongShape, id="a letter as a role"),
    pytest.param(CONTACT, 4, "\x1b[2J", WrongShape, id="a number that clears the screen"),
]


@pytest.mark.parametrize(("message", "at", "value", "refusal"), FORGED)
def test_a_message_that_says_more_is_refused(
    message: Message, at: int, value: Packable, refusal: type[Refusal]
) -> None:
    """A changed program cannot put a story into a closed word."""
    with pytest.raises(refusal):
        type(message).decode(written(message, at, value))


@EXAMPLES
@given(st.binary(max_size=120))
def test_any_bytes_give_a_message_or_one_refusal(data: bytes) -> None:
    """Whatever arrives, the program neither stumbles nor guesses."""
    for message in (Withdrawal, PoliceStatus, PoliceContact, PoliceWithdrawal, PoliceViewAnswer):
        decode = message.decode
        with pytest.raises(Refusal):
            decode(data)
