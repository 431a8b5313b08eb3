"""Instants, days and weeks as plain numbers, and the shape of a clock.

This file knows how to count. It refuses to know what time it is: every instant is an argument
(docs/adr/0002), so that a test can say it and nothing installed can move it.
"""

from datetime import date
from typing import Final, NewType, Protocol

Instant = NewType("Instant", int)
"""Whole seconds since 1970-01-01T00:00:00Z."""

Day = NewType("Day", int)
"""Whole UTC days since 1970-01-01."""

Week = NewType("Week", int)
"""Whole UTC weeks, Monday to Sunday, since Monday 1969-12-29."""

DAY_SECONDS: Final = 86_400
LAST_DAY: Final = Day(2_932_896)
"""9999-12-31, where the calendar ends. A number may say a later day; nobody can write it."""
_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAYS_BEFORE: Final = 3  # 1970-01-01 was a Thursday, the fourth day of its week


class Clock(Protocol):
    """The one way an edge reads time; the installed programs pass the system's clock."""

    def now(self) -> Instant:
        """Return the current instant in whole seconds."""
        ...

    async def sleep_until(self, instant: Instant) -> None:
        """Return at `instant` or later, at once when it has passed."""
        ...


def day_of(instant: Instant) -> Day:
    """Return the UTC day that holds `instant`."""
    return Day(instant // DAY_SECONDS)


def week_of(day: Day) -> Week:
    """Return the week that holds `day`."""
    return Week((day + _DAYS_BEFORE) // 7)


def first_day(week: Week) -> Day:
    """Return the Monday that `week` begins with."""
    return Day(week * 7 - _DAYS_BEFORE)


def start_of(day: Day) -> Instant:
    """Return the first second of `day`."""
    return Instant(day * DAY_SECONDS)


def day_number(when: date) -> Day:
    """Return a date of the calendar as a day number."""
    return Day(when.toordinal() - _EPOCH)


def calendar_date(day: Day) -> date:
    """Return the date of `day`, and the calendar's last of a day after `LAST_DAY`.

    The number may come from another member that means ill: it must break no list.
    """
    return date.fromordinal(_EPOCH + min(day, LAST_DAY))
