"""When which tokens are asked for: by the calendar and the schedule, never by what was used.

This file knows one pure rule (design § 7). The issuer knows who asks; if a member asked for more
after sending something, asking would tell that it had. So what is asked for follows from the time
and the member's own minute in the roster alone, which spreads the members over the day.
"""

from collections.abc import Iterator
from typing import Final

from client.wallet import Portion
from keys.address import CellClass, TokenClass
from keys.calendar import DAY_SECONDS, Day, Instant, day_of, start_of, week_of
from keys.roster import Schedule

SLOTS: Final = 50
"""Slots that one portion of note tokens is for."""
_MINUTES: Final = 1_440


def due(
    token_class: TokenClass, schedule: Schedule, now: Instant, minute: int = 0
) -> tuple[tuple[int, Portion], ...]:
    """Return the portions that a member should have by now, as (serial of the day, portion).

    Blob tokens come whole, once a day; those of tomorrow from the member's minute on. Note tokens
    come in portions of some hours; the next one is asked for ahead, at a moment that the minute
    says, also across midnight: the first slot of a week finds tokens of that week.

    Args:
        token_class: of which class.
        schedule: from the roster.
        now: the current instant.
        minute: of this member, 0 to 1,439, from the roster.
    """
    if token_class.cell is not CellClass.NOTE:
        return tuple(_blobs(token_class, schedule, now, minute))
    return tuple(_notes(token_class, schedule, now, minute))


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
    if now - start_of(today) >= minute * 60:
        days.append(Day(today + 1))
    for day in days if count else ():
        yield 0, Portion(token_class, week_of(day), day, count)


def _notes(
    token_class: TokenClass, schedule: Schedule, now: Instant, minute: int
) -> Iterator[tuple[int, Portion]]:
    quota, slot = schedule.quota(token_class), schedule.note_slot_seconds
    span = min(SLOTS * slot, DAY_SECONDS)
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


def _by(quota: int, second: int) -> int:
    """Return how much of a day's quota is given by `second` of the day, evenly over it.

    Rounding up each portion would leave nothing for whoever begins in the day's last hour.
    """
    return quota * min(second, DAY_SECONDS) // DAY_SECONDS
