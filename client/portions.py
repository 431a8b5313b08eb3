"""When which tokens are asked for, and which are the lanes' alone: by the calendar.

This file knows two pure rules (design § 7). The issuer knows who asks; if a member asked for more
after sending something, asking would tell that it had. So what is asked for follows from the time
and the member's own minute in the roster alone, which spreads the members over the day. And what
is urgent leaves the lanes what they need until more comes: a lane that stood still would tell that
its member had sent. It refuses to know what was used.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from client.wallet import Portion, needed
from keys.address import CellClass, Role, TokenClass
from keys.calendar import DAY_SECONDS, Day, Instant, day_of, start_of, week_of
from keys.roster import Schedule

SLOTS: Final = 50
"""Slots that one portion of note tokens is for."""
_MINUTES: Final = 1_440
_RESTART: Final = 1  # who starts anew posts a note at once, whatever slot it is


def due(
    token_class: TokenClass, schedule: Schedule, now: Instant, minute: int = 0
) -> tuple[tuple[int, Portion], ...]:
    """Return the portions that a member should have by now, as (serial of the day, portion).

    Blob tokens come whole, once a day; those of tomorrow from the member's minute on, or from the
    last slot of today. Note tokens come in portions of some hours; the next one is asked for ahead,
    at a moment that the minute says. So the first slot of a week finds tokens of that week.

    Args:
        token_class: of which class.
        schedule: from the roster.
        now: the current instant.
        minute: of this member, 0 to 1,439, from the roster.
    """
    if token_class.cell is not CellClass.NOTE:
        return tuple(_blobs(token_class, schedule, now, minute))
    return tuple(_notes(token_class, schedule, now, minute))


def held_back(
    role: Role, schedule: Schedule, now: Instant, minute: int
) -> Mapping[TokenClass, int]:
    """Return how many tokens nothing but the lanes may take, of every class that has a lane.

    One for each slot, from the one it is now, until what is due by now runs out, and one for a
    restart. Next week's slots have tokens of their own.

    Args:
        role: of this member.
        schedule: from the roster.
        now: the current instant.
        minute: of this member, 0 to 1,439, from the roster.
    """
    found: dict[TokenClass, int] = {}
    for token_class in needed(role):
        lane = schedule.lane(token_class.cell)
        if not lane:
            continue
        last = max(
            _runs_out(portion, serial, schedule)
            for serial, portion in due(token_class, schedule, now, minute)
            if portion.week == week_of(day_of(now))
        )
        # A class whose slot is shorter than a note's leaves once in a note's.
        long = max(lane, schedule.note_slot_seconds)
        found[token_class] = last // long - now // long + _RESTART
    return found


def _runs_out(portion: Portion, serial: int, schedule: Schedule) -> Instant:
    """Return the end of the slots that a portion is for."""
    notes = portion.token_class.cell is CellClass.NOTE
    span = _span(schedule) if notes else DAY_SECONDS
    return Instant(start_of(portion.day) + min((serial + 1) * span, DAY_SECONDS))


def own_day(now: Instant, minute: int) -> Day:
    """Return the day it is for a member whose days begin at its minute, 0 to 1,439, of the roster.

    Also a member that sleeps through its minute has as many of its own days as any other.
    """
    return day_of(Instant(now - minute * 60))


def _blobs(
    token_class: TokenClass, schedule: Schedule, now: Instant, minute: int
) -> Iterator[tuple[int, Portion]]:
    today, count = day_of(now), schedule.quota(token_class)
    days = [today]
    # A minute after the last slot of the day would be too late for the first of tomorrow.
    if now - start_of(today) >= min(minute * 60, DAY_SECONDS - schedule.note_slot_seconds):
        days.append(Day(today + 1))
    for day in days if count else ():
        yield 0, Portion(token_class, week_of(day), day, count)


def _notes(
    token_class: TokenClass, schedule: Schedule, now: Instant, minute: int
) -> Iterator[tuple[int, Portion]]:
    quota, slot, span = schedule.quota(token_class), schedule.note_slot_seconds, _span(schedule)
    # Always a slot ahead, and the rest of a portion's span by the member's minute.
    until = Instant(now + slot + (span - slot) * (_MINUTES - minute) // _MINUTES)
    day, serial = day_of(now), (now - start_of(day_of(now))) // span
    while start_of(day) + serial * span <= until:
        # A slot divides the day and has a token at least, so that no portion is empty.
        count = _by(quota, (serial + 1) * span) - _by(quota, serial * span)
        yield serial, Portion(token_class, week_of(day), day, count)
        serial += 1
        if serial * span >= DAY_SECONDS:
            day, serial = Day(day + 1), 0


def _span(schedule: Schedule) -> int:
    """Return the seconds that one portion of note tokens is for."""
    return min(SLOTS * schedule.note_slot_seconds, DAY_SECONDS)


def _by(quota: int, second: int) -> int:
    """Return how much of a day's quota is given by `second` of the day, evenly over it.

    Rounding up each portion would leave nothing for whoever begins in the day's last hour.
    """
    return quota * min(second, DAY_SECONDS) // DAY_SECONDS
