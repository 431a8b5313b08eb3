"""Reminders come in time, on the desk that can act, and say nothing about anybody."""

import datetime as dt
from dataclasses import replace
from typing import Final

import pytest

from client.case import Decision, PartName, Source, part_id
from client.case import Release as CaseRelease
from client.case.answer import Answer
from client.case.consent import GivenBy
from client.case.journey import Journey
from client.clocks import Clock
from client.consent import Consent
from client.inbox import In
from client.incoming import Incoming
from client.outbox import Out
from client.outgoing import Outgoing
from client.reminders import (
    Now,
    Reminded,
    of_case,
    of_incoming,
    of_outgoing,
    of_place,
    window_end,
)
from client.retention import Held, Limits
from client.solicited import ASKED
from client.transfer import Transfer
from keys.address import CellClass, CellHash, MemberId, PackageId
from keys.body import Kind
from keys.calendar import DAY_SECONDS, Day, Instant, start_of
from keys.manifest import AgreedByPhone, BlobEntry, ConsentMark, Origin, PackageManifest, Release
from keys.receipt import ReceiptStatus

TODAY: Final = Day(20_780)
NOON: Final = Instant(start_of(TODAY) + 43_200)
HOUR: Final = 3_600
ID: Final = PackageId(bytes(16))
CENTRE: Final = MemberId(b"c" * 32)
"""Whom it went to, or came from."""


_PREV: Final = {
    Kind.CASE_PACKAGE: AgreedByPhone("duty", TODAY),
    Kind.POLICE_NOTICE: Origin(ID + ID),
}


def at(day: int, seconds: int = 43_200) -> Now:
    """Return a moment of a day, at a member without settings."""
    return Now(Instant(start_of(Day(day)) + seconds), Limits())


def sent(state: Out, expires: int = TODAY + 7, **changes: object) -> Outgoing:
    """Return a case package that was sent today."""
    made = Outgoing(
        package_id=ID,
        kind=Kind.CASE_PACKAGE,
        state=state,
        transfer=bytes(16),
        code_name="GRAN-427",
        recipient=CENTRE,
        manifest_hash=bytes(32),
        keys=(),
        code="",
        files=(),
        made=TODAY,
        expires=Day(expires),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # each test names real fields


def came(state: In, kind: Kind = Kind.CASE_PACKAGE, settled: int = 0) -> Incoming:
    """Return something that came today and may be opened for seven days."""
    blob = BlobEntry(CellHash(b"b" * 32), b"m" * 32, CellClass.S, b"k" * 32)
    case = kind is Kind.CASE_PACKAGE
    manifest = PackageManifest(
        package_id=ID,
        day=TODAY,
        expires=Day(TODAY + 7),
        prev=_PREV.get(kind),
        release=Release.AHEAD,
        blobs=(blob,),
        consent=ConsentMark(b"h" * 32, Day(TODAY + 20)) if case else None,
    )
    return Incoming(
        package_id=ID,
        kind=kind,
        state=state,
        code_name="FURU-100",
        sender=CENTRE,
        manifest=manifest.encode(kind),
        origin=bytes(32),
        day=TODAY,
        by_phone=False,
        settled=Day(settled),
    )


def words(found: object) -> list[str]:
    """Return the words of reminders, in their order."""
    assert isinstance(found, list)
    return [one.what.value for one in found if isinstance(one, Reminded)]


@pytest.mark.parametrize(("after", "said"), [(6, []), (7, ["draft_ends"]), (30, ["draft_ends"])])
def test_a_draft_is_reminded_of_from_its_seventh_day(after: int, said: list[str]) -> None:
    """Counted from the last day on which somebody wrote in it; a month later it is no more."""
    clock = Clock(Held.DRAFT, bytes(16), TODAY)
    found = list(of_case(Transfer("GRAN-427", "x"), clock, at(TODAY + after)))
    assert words(found) == said
    assert not list(of_case(Transfer("GRAN-427", "x"), clock, at(TODAY + 31)))
    assert not list(of_case(Transfer("GRAN-427", "x"), None, at(TODAY + after)))


@pytest.mark.parametrize(("after", "said"), [(4, []), (5, ["copy_ends"]), (7, ["copy_ends"])])
def test_what_nobody_opened_is_reminded_of_before_it_goes(after: int, said: list[str]) -> None:
    """The copy of a case that came back to nobody."""
    case = Transfer("GRAN-427", "x", package=ID)
    clock = Clock(Held.SENT, bytes(16), TODAY)
    assert words(list(of_case(case, clock, at(TODAY + after)))) == said


@pytest.mark.parametrize(("package", "ahead", "said"), [
    (b"", 0, ["consent_ends"]), (b"", 2, ["consent_ends"]), (b"", 3, []), (ID, 0, []),
])  # fmt: skip
def test_a_consents_last_day_is_said_while_it_can_be_used(
    package: bytes, ahead: int, said: list[str]
) -> None:
    """From two days before, of a case that has not been sent."""
    consent = consent_until(Day(TODAY + ahead))
    case = Transfer("GRAN-427", "x", consent=consent, package=package)
    assert words(list(of_case(case, None, at(TODAY)))) == said


def consent_until(ends: Day) -> bytes:
    """Return a consent that counts to that day."""
    return Consent(
        decision=Decision.YES_ALL,
        parts=(part_id(PartName.PERSON),),
        subjects=(),
        recipient=CENTRE,
        given_by=GivenBy.USER,
        given=TODAY,
        ends=ends,
        release=CaseRelease.ARRIVAL,
    ).encode()


@pytest.mark.parametrize("state", [Out.SEALED, Out.KEPT, Out.STORED])
def test_what_is_never_opened_is_said_from_the_third_day(state: Out) -> None:
    """The sender rings the receiver; before its last day it is said that it ends."""
    assert words(list(of_outgoing(sent(state), None, None, at(TODAY + 2)))) == []
    assert words(list(of_outgoing(sent(state), None, None, at(TODAY + 3)))) == ["never_opened"]
    found = words(list(of_outgoing(sent(state), None, None, at(TODAY + 5))))
    assert found == ["never_opened", "not_opened_ends"]


@pytest.mark.parametrize(("seconds", "said"), [(3 * HOUR - 1, []), (3 * HOUR, ["not_come"])])
def test_not_come_is_asked_three_hours_after_the_window(seconds: int, said: list[str]) -> None:
    """The sending desk is told whom to ring, in order; nothing else happens."""
    now = Now(Instant(NOON + seconds), Limits())
    found = list(of_outgoing(sent(Out.STORED), NOON, None, now))
    assert words(found) == said
    assert all(one.ring == ("receiver", "driver", "person", "police") for one in found)
    sooner = Now(Instant(NOON + seconds), Limits(), hours=1)
    assert words(list(of_outgoing(sent(Out.STORED), NOON, None, sooner))) == ["not_come"]
    assert not list(of_outgoing(sent(Out.OPENED), NOON, None, now))


@pytest.mark.parametrize(("after", "said"), [(0, []), (1, ["not_confirmed"])])
def test_opened_and_not_confirmed_is_said_at_the_sender(after: int, said: list[str]) -> None:
    """The day after the receipt that it was opened."""
    row = sent(Out.OPENED, receipts=((ReceiptStatus.OPENED, TODAY),))
    assert words(list(of_outgoing(row, None, None, at(TODAY + after)))) == said


@pytest.mark.parametrize("answer", [None, ReceiptStatus.DELETED, ReceiptStatus.KEPT_BY_DUTY])
@pytest.mark.parametrize("seconds", [3 * DAY_SECONDS - 1, 3 * DAY_SECONDS])
def test_an_unanswered_withdrawal_is_said_after_three_days(
    answer: ReceiptStatus | None, seconds: int
) -> None:
    """72 hours, and not when the receiver has said what it did."""
    row = sent(Out.WITHDRAWN, receipts=() if answer is None else ((answer, TODAY),))
    now = Now(Instant(NOON + seconds), Limits())
    late = answer is None and seconds == 3 * DAY_SECONDS
    assert words(list(of_outgoing(row, None, NOON, now))) == (["not_answered"] if late else [])
    assert not list(of_outgoing(replace(row, recipient=b""), None, NOON, now))
    assert not list(of_outgoing(row, None, None, now))


@pytest.mark.parametrize("kind", [*ASKED, Kind.POLICE_NOTICE, Kind.POLICE_VIEW])
@pytest.mark.parametrize(("after", "late"), [(0, False), (1, True), (7, True), (8, False)])
def test_what_the_police_have_not_opened_is_told_the_next_day(
    kind: Kind, after: int, *, late: bool
) -> None:
    """At the sender from the day after; at the district before it can no more be opened."""
    found = list(of_outgoing(sent(Out.STORED, kind=kind), NOON, NOON, at(TODAY + after)))
    assert words(found) == (["police_unopened"] if late else [])
    assert all(one.ring == ("police",) for one in found)
    assert not list(of_outgoing(sent(Out.OPENED, kind=kind), None, None, at(TODAY + after)))
    here = list(of_incoming(came(In.WAITING, Kind.POLICE_REQUEST), TODAY, None, at(TODAY + after)))
    assert words(here) == (["not_opened_ends"] if after == 7 else [])


@pytest.mark.parametrize(("before", "said"), [(3, False), (2, True), (0, True), (-1, False)])
def test_a_yes_to_a_place_is_reminded_of_before_it_ends(before: int, *, said: bool) -> None:
    """From two days before its last day, and not when it is over."""
    found = list(of_place("GRAN-427", Day(TODAY + before), at(TODAY)))
    assert words(found) == (["place_ends"] if said else [])


@pytest.mark.parametrize(
    ("day", "seconds", "said"),
    [
        (TODAY + 1, 3 * HOUR - 1, []),
        (TODAY + 1, 3 * HOUR, ["not_come"]),
        (TODAY + 5, 0, ["not_opened_ends", "not_come"]),
        (TODAY + 8, 0, ["not_come"]),
    ],
)
def test_the_receiver_asks_too_and_opens_nothing(day: int, seconds: int, said: list[str]) -> None:
    """Three hours after the day on which she was expected; it stays sealed."""
    found = list(of_incoming(came(In.WAITING), TODAY, None, at(day, seconds)))
    assert words(found) == said
    assert all(one.ring in ((), ("sender",)) for one in found)


@pytest.mark.parametrize(("seconds", "said"), [
    (DAY_SECONDS - 1, []), (DAY_SECONDS, ["not_confirmed"]),
])  # fmt: skip
def test_opened_and_not_confirmed_is_said_at_the_receiver(seconds: int, said: list[str]) -> None:
    """Twenty-four hours after it was opened there."""
    now = Now(Instant(NOON + seconds), Limits())
    assert words(list(of_incoming(came(In.OPENED), TODAY, NOON, now))) == said
    assert not list(of_incoming(came(In.OPENED), TODAY, None, now))
    confirmed = came(In.CONFIRMED, settled=TODAY)
    assert not list(of_incoming(confirmed, TODAY, NOON, now))


def test_the_receivers_copy_and_a_notice_are_reminded_of_before_they_go() -> None:
    """Three days before; nothing is said of what is gone."""
    confirmed = came(In.CONFIRMED, settled=TODAY)
    assert words(list(of_incoming(confirmed, TODAY, None, at(TODAY + 10)))) == []
    assert words(list(of_incoming(confirmed, TODAY, None, at(TODAY + 11)))) == ["received_ends"]
    notice = came(In.OPENED, Kind.POLICE_NOTICE)
    assert words(list(of_incoming(notice, TODAY, None, at(TODAY + 26)))) == []
    assert words(list(of_incoming(notice, TODAY, None, at(TODAY + 27)))) == ["notice_ends"]
    assert not list(of_incoming(came(In.CLOSED), TODAY, None, at(TODAY + 27)))


def test_a_window_is_the_time_on_the_wall_in_norway() -> None:
    """17.30 in November is 16.30 UTC; with no end the beginning counts; with neither nothing."""
    wall = dt.datetime(2026, 11, 23, 17, 30)  # noqa: DTZ001 - a time on the wall has no zone
    said = Answer[dt.datetime](value=wall, source=Source.STAFF, as_of=wall.date())
    expected = Instant(int(dt.datetime(2026, 11, 23, 16, 30, tzinfo=dt.UTC).timestamp()))
    assert window_end(Journey(arrival_until=said)) == expected
    assert window_end(Journey(arrival_from=said)) == expected
    assert window_end(Journey()) is None
    assert window_end(None) is None


def test_a_reminder_shows_nothing_but_a_word_a_name_and_a_day() -> None:
    """There is no field for a person or a place, and what is asked twice is answered alike."""
    (one, _) = of_incoming(came(In.WAITING), TODAY, None, at(TODAY + 5))
    assert CENTRE.hex() not in repr(one)
    assert set(Reminded.__slots__) == {"what", "code_name", "day", "ring"}


@pytest.mark.parametrize(("on", "renewed", "said"), [
    (17, 0, []), (18, 0, ["consent_ends"]), (20, 0, ["consent_ends"]), (21, 0, ["consent_ended"]),
    (21, 30, []), (29, 30, ["consent_ends"]), (31, 30, ["consent_ended"]),
    (18, 10, ["consent_ends"]),
])  # fmt: skip
def test_the_desk_that_can_ask_anew_hears_that_a_consent_ends(
    on: int, renewed: int, said: list[str]
) -> None:
    """Before its last day and after it; a new yes counts as long as it says."""
    until = Day(TODAY + renewed if renewed else 0)
    case = came(In.CONFIRMED, settled=TODAY + 15)
    found = words(list(of_incoming(case, TODAY, NOON, at(TODAY + on), renewed=until)))
    assert [word for word in found if word.startswith("consent")] == said
