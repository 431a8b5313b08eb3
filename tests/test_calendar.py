"""Instants, days and weeks count the same everywhere, whatever the machine's clock says."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.calendar import (
    DAY_SECONDS,
    LAST_DAY,
    Day,
    Instant,
    Week,
    calendar_date,
    day_number,
    day_of,
    first_day,
    start_of,
    week_of,
)

INSTANTS = st.integers(-(10**9), 10**10).map(Instant)


@pytest.mark.parametrize(
    ("moment", "day", "week"),
    [
        ("1970-01-01T00:00:00", 0, 0),
        ("1970-01-04T23:59:59", 3, 0),
        ("1970-01-05T00:00:00", 4, 1),
        ("1969-12-31T23:59:59", -1, 0),
        ("1969-12-28T23:59:59", -4, -1),
        ("2026-11-22T20:05:00", 20_779, 2_968),
        ("2026-11-23T00:00:00", 20_780, 2_969),
    ],
)
def test_known_days_and_weeks(moment: str, day: int, week: int) -> None:
    """Days begin at midnight UTC and weeks on Mondays."""
    instant = Instant(int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()))
    assert day_of(instant) == day
    assert week_of(Day(day)) == week


@settings(deadline=None)
@given(INSTANTS)
def test_an_instant_lies_in_its_day(instant: Instant) -> None:
    """A day holds each of its seconds and none of its neighbours'."""
    start = start_of(day_of(instant))
    assert start <= instant < start + DAY_SECONDS
    assert day_of(start) == day_of(instant)


@settings(deadline=None)
@given(st.integers(-600_000, 2_900_000).map(Day))
def test_a_day_lies_in_its_week_which_begins_on_a_monday(day: Day) -> None:
    """Weeks are seven days long, as the calendar on the wall has them."""
    monday = first_day(week_of(day))
    assert monday <= day < monday + 7
    assert date.fromordinal(date(1970, 1, 1).toordinal() + monday).weekday() == 0
    assert week_of(Day(monday - 1)) == Week(week_of(day) - 1)


@given(st.dates())
def test_a_date_and_its_number_are_each_other(when: date) -> None:
    """There and back, from the first year of the calendar to its last."""
    assert calendar_date(day_number(when)) == when


def test_days_are_counted_from_the_first_of_january_1970() -> None:
    """And the calendar's last day is that of the year 9999."""
    assert day_number(date(1970, 1, 2)) == 1
    assert day_number(date.max) == LAST_DAY


@pytest.mark.parametrize("past", [1, 1 << 32, 1 << 60])
def test_a_day_past_the_calendar_is_its_last(past: int) -> None:
    """A number from another member that means ill breaks no list."""
    assert calendar_date(Day(LAST_DAY + past)) == date.max
