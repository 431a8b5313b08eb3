"""What staff are reminded of before it is too late, from rows and time alone (C-14.6).

This file knows days, hours and states. It refuses to name anybody: a reminder has a word, a code
name, a day and whom to ring by role. Nothing here changes anything, and nothing waits for it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from client.case.journey import Journey
from client.clocks import Clock
from client.consent import Consent
from client.inbox import In
from client.incoming import Incoming
from client.outbox import Out
from client.outgoing import ANSWER_DAYS, Outgoing
from client.retention import ARRIVAL_HOURS, RULES, Held, Limits
from client.solicited import ASKED
from client.transfer import Transfer
from keys.body import Kind
from keys.calendar import DAY_SECONDS, Day, Instant, day_of, start_of
from keys.manifest import PackageManifest
from keys.receipt import ReceiptStatus
from keys.words import norway

CONFIRM_SECONDS: Final = DAY_SECONDS
"""How long after opening both desks are reminded that nobody has confirmed."""
ANSWER_SECONDS: Final = ANSWER_DAYS * DAY_SECONDS
"""How long a withdrawal may go unanswered before the sender is told to ring."""
CONSENT_DAYS: Final = 2
"""How many days before a consent's last both desks are told of it."""
PLACE_DAYS: Final = 2
"""How many days before a yes to a place ends both desks are told, when nothing rests on it yet."""
OPEN_DAYS: Final = 3
"""After so many days without an opening, the sender is reminded."""
POLICE_DAYS: Final = 1
"""After so many days the sender is reminded that the police have not opened something."""
INQUIRY_DAYS: Final = 1
"""After so many days both desks are reminded that an inquiry about a place has no answer."""
_POLICE: Final = ASKED | {Kind.POLICE_NOTICE, Kind.POLICE_VIEW}
TRAVELS: Final = (Out.SEALED, Out.KEPT, Out.STORED)
"""States in which nobody has opened it."""


class Reminder(StrEnum):
    """What there is to be reminded of; `remind.<word>` in the catalogues."""

    DRAFT_ENDS = "draft_ends"
    CONSENT_ENDS = "consent_ends"
    CONSENT_ENDED = "consent_ended"
    COPY_ENDS = "copy_ends"
    NEVER_OPENED = "never_opened"
    NOT_OPENED_ENDS = "not_opened_ends"
    NOT_CONFIRMED = "not_confirmed"
    NOT_ANSWERED = "not_answered"
    NOT_COME = "not_come"
    RECEIVED_ENDS = "received_ends"
    NOTICE_ENDS = "notice_ends"
    RECHECK = "recheck"
    PLACE_ENDS = "place_ends"
    POLICE_UNOPENED = "police_unopened"
    POLICE_UNANSWERED = "police_unanswered"
    UPDATE_UNOPENED = "update_unopened"
    PLACE_UNANSWERED = "place_unanswered"
    PLACE_TO_ANSWER = "place_to_answer"


@dataclass(frozen=True, slots=True)
class Reminded:
    """One reminder.

    Attributes:
        what: the word.
        code_name: of the case at this desk.
        day: the last day of what ends, or the day it is about; 0 when there is none.
        ring: whom to ring, in order, as words of `ring.<word>` in the catalogues.
    """

    what: Reminder
    code_name: str
    day: Day = Day(0)  # noqa: RUF009 - a NewType of int
    ring: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Now:
    """When it is asked, and how long this member keeps and waits.

    Attributes:
        hours: after the arrival window until both desks ask.
    """

    at: Instant
    limits: Limits
    hours: int = ARRIVAL_HOURS

    @property
    def today(self) -> Day:
        """The current UTC day."""
        return day_of(self.at)

    def ends(self, clock: Clock | None, held: Held) -> Day | None:
        """Return the last day of what is kept, when it is time to say so."""
        if clock is None or clock.held is not held:
            return None
        if not self.limits.reminding(held, clock.since, self.today):
            return None
        return self.limits.last(held, clock.since)


def of_case(case: Transfer, clock: Clock | None, now: Now) -> Iterator[Reminded]:
    """Yield what there is to say of a case being written, or of what is left of one."""
    for held, what in (
        (Held.DRAFT, Reminder.DRAFT_ENDS),
        (Held.SENT, Reminder.COPY_ENDS),
    ):
        last = now.ends(clock, held)
        if last is not None:
            yield Reminded(what, case.code_name, last)
    if case.consent and not case.package:
        ends = Consent.decode(case.consent).ends
        if ends - CONSENT_DAYS <= now.today <= ends:
            yield Reminded(Reminder.CONSENT_ENDS, case.code_name, ends)


def of_outgoing(
    sent: Outgoing,
    expected: Instant | None,
    withdrawn: Instant | None,
    now: Now,
    *,
    listed: bool = False,
    answered: bool = False,
) -> Iterator[Reminded]:
    """Yield what the sending desk can do something about, but for an update: `of_update`.

    Args:
        sent: the envelope.
        expected: the end of the arrival window, when it is known.
        withdrawn: when it was taken back, if it was.
        now: when it is asked.
        listed: whether the case says whom to ring if nobody comes.
        answered: whether the own district has said what became of what was taken back.
    """
    name = sent.code_name
    if sent.kind is not Kind.CASE_PACKAGE:
        yield from _of_police(sent, now, answered=answered)
        return
    if sent.state in TRAVELS:
        if now.today >= sent.made + OPEN_DAYS:
            yield Reminded(Reminder.NEVER_OPENED, name, sent.expires, ("receiver",))
        if now.limits.reminding(Held.UNOPENED, sent.expires, now.today):
            yield Reminded(Reminder.NOT_OPENED_ENDS, name, sent.expires)
        if expected is not None and now.at >= expected + now.hours * 3_600:
            chain = ("receiver", *(("case",) if listed else ("driver", "person")), "police")
            yield Reminded(Reminder.NOT_COME, name, day_of(expected), chain)
    said = dict(sent.receipts)
    opened = said.get(ReceiptStatus.OPENED)
    if sent.state is Out.OPENED and opened is not None and now.today > opened:
        yield Reminded(Reminder.NOT_CONFIRMED, name, sent.expires, ("receiver",))
    waits = sent.state is Out.WITHDRAWN and bool(sent.recipient) and not sent.answers
    if waits and withdrawn is not None and now.at >= withdrawn + ANSWER_SECONDS:
        yield Reminded(Reminder.NOT_ANSWERED, name, day_of(withdrawn), ("receiver",))


def _of_police(sent: Outgoing, now: Now, *, answered: bool) -> Iterator[Reminded]:
    """Yield that the police have not opened, or not answered what was taken back.

    The second ends when no district holds anything of it any more.
    """
    if sent.kind not in _POLICE:
        return
    if sent.state in TRAVELS and sent.made + POLICE_DAYS <= now.today <= sent.expires:
        yield Reminded(Reminder.POLICE_UNOPENED, sent.code_name, sent.expires, ("police",))
    if sent.state is not Out.WITHDRAWN or not sent.back_on or answered:
        return
    held = max(sent.expires, sent.back_on) + RULES[Held.RECEIVED].days
    if sent.back_on + ANSWER_DAYS <= now.today <= held:
        yield Reminded(Reminder.POLICE_UNANSWERED, sent.code_name, sent.back_on, ("police",))


def of_update(
    code_name: str, came: Day, expires: Day, now: Now, ring: tuple[str, ...]
) -> Iterator[Reminded]:
    """Yield that what was added to a case runs out unopened, on either desk.

    Args:
        code_name: of the case that it was added to, which is open.
        came: when it was sent, or when it came.
        expires: the last day on which it may be opened.
        now: when it is asked.
        ring: the other desk: without its release nothing opens.
    """
    soon = now.limits.reminding(Held.UNOPENED, expires, now.today)
    if soon or came + OPEN_DAYS <= now.today <= expires:
        yield Reminded(Reminder.UPDATE_UNOPENED, code_name, expires, ring)


def of_inquiry(code_name: str, asked: Day, now: Now, *, ours: bool) -> Iterator[Reminded]:
    """Yield that an inquiry about a place has no answer, from the day after it on.

    Args:
        code_name: of the case, or of the inquiry at the centre that was asked.
        asked: the day of the oldest that nobody has answered.
        now: when it is asked.
        ours: whether this centre asked.
    """
    if now.today < asked + INQUIRY_DAYS:
        return
    if ours:
        yield Reminded(Reminder.PLACE_UNANSWERED, code_name, asked, ("asked",))
    else:
        yield Reminded(Reminder.PLACE_TO_ANSWER, code_name, asked)


def of_place(code_name: str, until: Day, now: Now) -> Iterator[Reminded]:
    """Yield that a yes to a place ends, on which nothing rests yet.

    Args:
        code_name: of the case, or of the question at the centre that said yes.
        until: the last day of the yes.
        now: when it is asked.
    """
    if until - PLACE_DAYS <= now.today <= until:
        yield Reminded(Reminder.PLACE_ENDS, code_name, until)


def of_incoming(
    came: Incoming,
    expected: Day,
    opened: Instant | None,
    now: Now,
    *,
    renewed: Day = Day(0),  # noqa: B008 - a NewType of int
) -> Iterator[Reminded]:
    """Yield what the receiving desk can do something about.

    Args:
        came: the envelope.
        expected: the day on which the place was wanted, or on which it came.
        opened: when it was opened, if it was.
        now: when it is asked.
        renewed: the last day of what the person said yes to anew here, or 0.
    """
    held, name = came.held, came.code_name
    if held is Held.ENDED:
        return
    clock = Clock(held, came.package_id, came.since)
    for kind, what in (
        (Held.UNOPENED, Reminder.NOT_OPENED_ENDS),
        (Held.RECEIVED, Reminder.RECEIVED_ENDS),
        (Held.NOTICE, Reminder.NOTICE_ENDS),
    ):
        last = now.ends(clock, kind)
        if last is not None:
            yield Reminded(what, name, last)
    if came.kind is not Kind.CASE_PACKAGE:
        return
    over = start_of(Day(expected + 1)) + now.hours * 3_600
    if held is Held.UNOPENED and now.at >= over:
        yield Reminded(Reminder.NOT_COME, name, expected, ("sender",))
    late = opened is not None and now.at >= opened + CONFIRM_SECONDS
    if came.state is In.OPENED and late:
        yield Reminded(Reminder.NOT_CONFIRMED, name, came.since)
    yield from _of_consent(came, renewed, now)


def of_check(code_name: str, due: Iterable[Day], now: Now) -> Iterator[Reminded]:
    """Yield that the digital check is to be gone through again, from its day on (C-17.7)."""
    first = min(due, default=None)
    if first is not None and first <= now.today:
        yield Reminded(Reminder.RECHECK, code_name, first)


def _of_consent(came: Incoming, renewed: Day, now: Now) -> Iterator[Reminded]:
    """Yield that what the person said yes to ends, or has, on the desk that can ask anew (C-18)."""
    mark = PackageManifest.decode(came.manifest, came.kind).consent
    if came.state not in (In.OPENED, In.CONFIRMED) or mark is None:
        return
    ends = max(mark.end_day, renewed)
    if ends < now.today:
        yield Reminded(Reminder.CONSENT_ENDED, came.code_name, ends)
    elif ends - CONSENT_DAYS <= now.today:
        yield Reminded(Reminder.CONSENT_ENDS, came.code_name, ends)


def window_end(journey: Journey | None) -> Instant | None:
    """Return the end of an arrival window, written as the time on the wall in Norway."""
    said = None if journey is None else journey.arrival_until or journey.arrival_from
    moment = None if said is None else said.value
    if not isinstance(moment, datetime):
        return None
    return Instant(int(moment.replace(tzinfo=norway()).timestamp()))
