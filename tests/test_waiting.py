"""Which notes wait, and when one is worth another try."""

import pytest

from client.waiting import RETRIES, Days, Waiting, is_over, may_come, may_open, state
from keys.calendar import Day
from keys.epoch import BATCH_DAYS
from keys.errors import (
    BadCertificate,
    Damaged,
    Expired,
    Malformed,
    Refusal,
    Replayed,
    UnknownMember,
    WrongBoard,
)
from keys.identity import MachineCertificate, MachineKey
from tests.machines import TODAY, roster
from tests.notes import EVA, IDA, OLE

PAPERS = [MachineCertificate.issue(one.secret, one.machine.public, TODAY, 30) for one in (EVA, IDA)]
NOW = Days(TODAY, TODAY, TODAY)
SHUT = ((TODAY, TODAY), (TODAY, Day(TODAY + 13)))


def test_a_note_is_tried_again_when_what_decides_over_it_has_changed() -> None:
    """A roster, the certificate of a newer machine, an own key that opens, or another day."""
    new = MachineCertificate.issue(EVA.secret, MachineKey.from_seed(b"n" * 32).public, TODAY, 30)
    states = {
        state(roster(), PAPERS, SHUT, NOW),
        state(roster(members=(EVA, IDA, OLE)), PAPERS, SHUT, NOW),
        state(roster(instance="another.invalid"), PAPERS, SHUT, NOW),
        state(roster(), [*PAPERS, new], SHUT, NOW),
        state(roster(), PAPERS, SHUT[:1], NOW),
        state(roster(), PAPERS, SHUT, Days(Day(TODAY + 1), TODAY, TODAY)),
        state(roster(), PAPERS, SHUT, Days(TODAY, TODAY, Day(TODAY - 1))),
    }
    assert len(states) == 7
    assert state(roster(), reversed(PAPERS), SHUT[::-1], NOW) in states
    assert state(roster(), PAPERS, SHUT, Days(TODAY, Day(TODAY - 1), TODAY)) in states


def test_a_note_that_was_tried_in_vain_is_passed_over_until_then() -> None:
    """Each by itself; what waits no longer is forgotten."""
    waiting, here = Waiting(), (b"one", b"other")
    assert waiting.worth(here, b"now") == here == waiting.new(here)
    waiting.wait(b"one", b"now")
    assert waiting.worth(here, b"now") == (b"other",) == waiting.new(here)
    assert waiting.worth(here, b"later") == (b"other", b"one")
    waiting.only([b"other"])
    assert waiting.worth(here, b"now") == here
    assert "now" not in repr(waiting)


def test_a_flood_of_notes_that_wait_holds_nobody_up_and_starves_none() -> None:
    """What is new comes first; of the others so many at once, in turn, whatever comes of them."""
    waiting, many = Waiting(), [number.to_bytes(2, "big") for number in range(3 * RETRIES)]
    for row in many:
        waiting.wait(row, b"before")
    tried: list[bytes] = []
    for number in range(3):
        first, *rest = waiting.worth([*many, b"new"], b"now")
        assert first == b"new"
        assert len(rest) == RETRIES
        tried += rest
        for row in rest[number:]:  # some meet a fault of ours, and are due as before
            waiting.wait(row, b"now")
    assert sorted(tried) == many
    assert set(waiting.worth(many, b"now")) == {many[RETRIES], *many[2 * RETRIES : 2 * RETRIES + 2]}


def test_a_note_waits_for_a_shut_key_of_its_own_days_and_as_long_as_its_keys() -> None:
    """Neither for another day's key nor for ever."""
    assert may_open(SHUT, TODAY)
    assert may_open(SHUT, Day(TODAY + 13))
    assert not may_open(SHUT[:1], Day(TODAY + 1))
    assert not may_open((), TODAY)
    assert not is_over(TODAY, Day(TODAY + BATCH_DAYS))
    assert is_over(TODAY, Day(TODAY + BATCH_DAYS + 1))


@pytest.mark.parametrize(
    ("refusal", "ahead", "shut", "may"),
    [
        (UnknownMember(), 0, (), True),
        (BadCertificate(), 0, (), True),
        (Damaged(), 0, SHUT, True),
        (Damaged(), 0, (), False),
        (Damaged(), 30, (), False),
        (Expired(), 0, SHUT, True),
        (Expired(), 0, (), False),
        (Expired(), 1, (), True),
        (Replayed(), 30, SHUT, False),
        (WrongBoard(), 30, SHUT, False),
        (Malformed(), 30, SHUT, False),
    ],
)
def test_a_note_waits_for_what_may_come_and_for_nothing_else(
    refusal: Refusal,
    ahead: int,
    shut: tuple[tuple[Day, Day], ...],
    may: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Who sent it, a key of ours, or the right day; and no longer than its keys may live."""
    now = Day(TODAY + ahead)
    assert may_come(refusal, TODAY, shut, Days(now, TODAY, TODAY)) is may
    # A clock that is a day ahead finds every roster fresh, and so its own day proven.
    assert may_come(refusal, TODAY, shut, Days(now, min(now, Day(TODAY + 1)), TODAY)) is may
    over = Day(TODAY + BATCH_DAYS + 1)
    assert not may_come(refusal, TODAY, shut, Days(Day(over + ahead), over, TODAY))
