"""How long anything is kept here, counted from when, and what happens then: one table (C-14).

This file knows days. It refuses to know a case, to read a clock and to keep anything longer than
the table says: a member's setting only shortens. What must be kept longer by other law belongs in
the member's own journal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from client.refusals import KeptTooLong
from keys.calendar import Day

ARRIVAL_HOURS: Final = 3
"""How long after the arrival window both desks ask whether somebody has come; at most."""


class Held(StrEnum):
    """What this member keeps for a time."""

    DRAFT = "draft"  # a case being written
    SENT = "sent"  # what is left of a case that was sent and that nobody could open
    WHERE = "where"  # where something was sent, and the keys of its release; when nobody unlocks
    RECORD = "record"  # which parts were shared, on which day, by which consent; not with whom
    UNOPENED = "unopened"  # a package or notice that nobody has opened
    RECEIVED = "received"  # an opened package
    NOTICE = "notice"  # a police notice
    ENDED = (
        "ended"  # that something came and is over: from whom, under which name, and how it ended
    )
    ASKED = "asked"  # that a centre asked for a place, and the yes that it was given


class Since(StrEnum):
    """What the days are counted from."""

    WRITTEN = "written"  # the last day on which staff wrote in it
    ENDED = "ended"  # the day on which the sending came to its end
    SHARED = "shared"  # the day it was sealed
    LAST_DAY = "last_day"  # the last day on which it may be opened, or a yes counts
    SETTLED = "settled"  # the day of its confirmation, or the last day for opening it
    ARRIVED = "arrived"  # the day it came
    OVER = "over"  # the last day on which anything may still be said of it


class Over(StrEnum):
    """What happens when the days are over; each destroys the keys first."""

    CASE = "case"  # the row with the case, and the sealed files of its attachments
    CELLS = "cells"  # the sealed cells and the release; the row stays, to tell staff
    PACKAGE = "package"  # the row with the keys, and the sealed cells
    WHERE = "where"  # the row of the envelope and its release, and the cells that did not leave
    RECORD = "record"  # the row, and the row of the envelope
    ROW = "row"  # the row, which has no keys any more, and the last word on it
    INQUIRY = "inquiry"  # the row of what was asked, and of the yes


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table.

    Attributes:
        since: what the days are counted from.
        days: how long it is kept, unless a setting says less; the whole last day counts.
        least: the fewest days that a setting may say; equal to `days` when there is no setting.
        remind: staff are reminded from this day on; None when somebody else is.
        over: what happens on the day after the last.
    """

    since: Since
    days: int
    least: int
    remind: int | None
    over: Over


RULES: Final[Mapping[Held, Rule]] = MappingProxyType(
    {
        Held.DRAFT: Rule(Since.WRITTEN, 30, 1, 7, Over.CASE),
        Held.SENT: Rule(Since.ENDED, 7, 0, 5, Over.CASE),
        Held.WHERE: Rule(Since.LAST_DAY, 7, 7, None, Over.WHERE),
        Held.RECORD: Rule(Since.SHARED, 1826, 0, None, Over.RECORD),
        Held.UNOPENED: Rule(Since.LAST_DAY, 0, 0, -2, Over.CELLS),
        Held.RECEIVED: Rule(Since.SETTLED, 14, 1, 11, Over.PACKAGE),
        Held.NOTICE: Rule(Since.ARRIVED, 30, 1, 27, Over.PACKAGE),
        Held.ENDED: Rule(Since.OVER, 90, 0, None, Over.ROW),
        Held.ASKED: Rule(Since.LAST_DAY, 30, 1, None, Over.INQUIRY),
    }
)
"""The table."""

SETTABLE: Final = tuple(held for held, rule in RULES.items() if rule.least < rule.days)
"""What a member's setting may shorten; `<name>_days` in its settings."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The days of one member: the table's, or fewer.

    Attributes:
        days: by what is kept; what is not there has the table's.

    Raises:
        KeptTooLong: more days than the table has, or fewer than the least.
    """

    days: Mapping[Held, int] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        for held, days in self.days.items():
            rule = RULES[held]
            if held not in SETTABLE or not rule.least <= days <= rule.days:
                raise KeptTooLong(field=f"{held}_days", limit=rule.days)

    def of(self, held: Held) -> int:
        """Return how many days after the first `held` is kept."""
        return self.days.get(held, RULES[held].days)

    def last(self, held: Held, since: Day) -> Day:
        """Return the last day on which it is kept."""
        return Day(since + self.of(held))

    def over(self, held: Held, since: Day, today: Day) -> bool:
        """Return whether its last day is past."""
        return self.last(held, since) < today

    def reminding(self, held: Held, since: Day, today: Day) -> bool:
        """Return whether staff should be reminded of it today: before its end, never after.

        With a shorter setting the reminder keeps its distance from the end, and a draft's comes
        on its seventh day or on its last.
        """
        rule = RULES[held]
        if rule.remind is None or self.over(held, since, today):
            return False
        shortened = rule.days - self.of(held)
        first = rule.remind - shortened if held is not Held.DRAFT else rule.remind
        return today >= min(since + first, self.last(held, since))
