"""Whatever is kept for a time is reminded of before its end, or it is said here why it is not."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import pytest

from client.clocks import Clock
from client.inbox import In
from client.outbox import Out
from client.reminders import Now, Reminded, of_case, of_incoming, of_inquiry, of_outgoing, of_update
from client.retention import RULES, Held
from client.transfer import Transfer
from keys.body import Kind
from keys.calendar import Day
from keys.receipt import ReceiptStatus
from tests.test_reminders import ID, NOON, TODAY, at, came, sent, words

EXEMPT: Final[Mapping[Held, str]] = MappingProxyType(
    {
        Held.WHERE: "Staff can do nothing more with it: its last day for opening was reminded of.",
        Held.RECORD: "It holds nothing that anybody needs: what was shared stands in the journal.",
        Held.ENDED: "It says only that something is over, and staff were told so when it was.",
    }
)
"""What nobody is reminded of, and why."""


def _case(held: Held, now: Now) -> list[Reminded]:
    package = ID if held is Held.SENT else b""
    return list(of_case(Transfer("GRAN-427", "x", package=package), Clock(held, ID, TODAY), now))


def _unopened(_: Held, now: Now) -> list[Reminded]:
    return list(of_incoming(came(In.WAITING), TODAY, None, now))


def _received(_: Held, now: Now) -> list[Reminded]:
    return list(of_incoming(came(In.CONFIRMED, settled=TODAY), TODAY, None, now))


def _notice(_: Held, now: Now) -> list[Reminded]:
    return list(of_incoming(came(In.OPENED, Kind.POLICE_NOTICE), TODAY, None, now))


def _asked(_: Held, now: Now) -> list[Reminded]:
    return list(of_inquiry("GRAN-427", TODAY, now, ours=False))


REMINDED: Final[Mapping[Held, Callable[[Held, Now], list[Reminded]]]] = MappingProxyType(
    {
        Held.DRAFT: _case,
        Held.SENT: _case,
        Held.UNOPENED: _unopened,
        Held.RECEIVED: _received,
        Held.NOTICE: _notice,
        Held.ASKED: _asked,
    }
)
"""What the rules say of one thing of each sort; each is kept as from the day of the tests."""


@pytest.mark.parametrize("held", Held)
def test_everything_that_is_kept_is_reminded_of_or_exempt(held: Held) -> None:
    """On its last day at the latest, by the same rules that the desk asks; or with a reason."""
    assert (held in REMINDED) is (held not in EXEMPT)
    if held in EXEMPT:
        assert EXEMPT[held].endswith(".")
        assert EXEMPT[held].count(".") == 1
        assert RULES[held].remind is None
        return
    first = TODAY + 7 if held is Held.UNOPENED else TODAY
    last = first + RULES[held].days
    assert REMINDED[held](held, at(last))
    assert not REMINDED[held](held, at(TODAY))


@pytest.mark.parametrize("held", EXEMPT)
def test_nothing_exempt_is_reminded_of_after_all(held: Held) -> None:
    """The table holds no line that the rules do not need."""
    days = range(TODAY, TODAY + RULES[held].days + 2, 1 + RULES[held].days // 50)
    clock = Clock(held, ID, TODAY)
    confirmed, closed = sent(Out.CONFIRMED), came(In.CLOSED)
    for day in days:
        assert not list(of_case(Transfer("GRAN-427", "x", package=ID), clock, at(day)))
        assert not list(of_outgoing(confirmed, None, None, at(day)))
        assert not list(of_incoming(closed, TODAY, NOON, at(day)))


@pytest.mark.parametrize(
    ("after", "said"), [(0, False), (2, False), (3, True), (7, True), (8, False)]
)
def test_what_was_added_is_said_before_it_runs_out(after: int, *, said: bool) -> None:
    """From the third day, on either desk, with whom to ring; not when it is over."""
    found = list(of_update("GRAN-427", TODAY, Day(TODAY + 7), at(TODAY + after), ("receiver",)))
    assert words(found) == (["update_unopened"] if said else [])
    assert all(one.ring == ("receiver",) and one.day == TODAY + 7 for one in found)
    soon = list(of_update("GRAN-427", TODAY, Day(TODAY + 2), at(TODAY), ("sender",)))
    assert words(soon) == ["update_unopened"]


@pytest.mark.parametrize("kind", [Kind.POLICE_REQUEST, Kind.POLICE_VIEW_REQUEST])
@pytest.mark.parametrize(
    ("after", "late"), [(2, False), (3, True), (7 + 14, True), (7 + 15, False)]
)
def test_what_the_police_do_not_answer_is_said_after_three_days(
    kind: Kind, after: int, *, late: bool
) -> None:
    """Counted from the day it was taken back; until no district holds anything of it."""
    row = sent(Out.WITHDRAWN, kind=kind, back_on=TODAY)
    found = list(of_outgoing(row, None, None, at(TODAY + after)))
    assert words(found) == (["police_unanswered"] if late else [])
    assert all((one.day, one.ring) == (TODAY, ("police",)) for one in found)
    assert not list(of_outgoing(row, None, None, at(TODAY + after), answered=True))
    never = sent(Out.WITHDRAWN, kind=kind, receipts=((ReceiptStatus.STORED, TODAY),))
    assert not list(of_outgoing(never, None, None, at(TODAY + after)))


@pytest.mark.parametrize(("after", "said"), [(0, False), (1, True), (40, True)])
def test_an_inquiry_without_an_answer_is_said_the_next_day(after: int, *, said: bool) -> None:
    """At the centre that asked, with whom to ring; at the one that was asked, to answer it."""
    ours = list(of_inquiry("GRAN-427", TODAY, at(TODAY + after), ours=True))
    assert words(ours) == (["place_unanswered"] if said else [])
    assert all(one.ring == ("asked",) for one in ours)
    theirs = list(of_inquiry("FURU-100", TODAY, at(TODAY + after), ours=False))
    assert words(theirs) == (["place_to_answer"] if said else [])
