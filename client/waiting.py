"""What waits though staff are here: notes for which a key, a member or a certificate is lacking.

This file knows when such a note is worth another try: when something that decides over it has
changed, and once a day. It refuses to ask anybody for what is lacking, and to keep on disk what a
note is waiting for: that would say something of who wrote it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, TypeAlias

from keys.calendar import Day
from keys.epoch import BATCH_DAYS
from keys.errors import BadCertificate, Damaged, Expired, Refusal, UnknownMember
from keys.identity import MachineCertificate
from keys.roster import Roster
from keys.wire import lp

RETRIES: Final = 50
"""Notes that are tried once more in one go."""
Shut: TypeAlias = Collection[tuple[Day, Day]]
"""Of each own key that lies here and does not open: the days whose notes it would open."""


@dataclass(frozen=True, slots=True)
class Days:
    """What day it is, and who says so.

    Attributes:
        today: the clock's.
        proven: by which keys are destroyed (`client.proven`): never later.
        agreed: of the last whole reading: no broker answers to a clock that is far off.
    """

    today: Day
    proven: Day
    agreed: Day


def state(
    roster: Roster, certificates: Iterable[MachineCertificate], shut: Shut, days: Days
) -> bytes:
    """Return what decides over the notes that wait, as one value to compare.

    Args:
        roster: which members are known.
        certificates: whose machines are.
        shut: own keys that do not open.
        days: so that each note is tried once a day in any case, and when the broker has agreed.
    """
    made = sha256(lp(roster.instance.encode(), roster.hash))
    for one in sorted(certificate.encode() for certificate in certificates):
        made.update(lp(one))
    made.update(repr((sorted(shut), days.today, days.agreed)).encode())
    return made.digest()


def may_come(refusal: Refusal, day: Day, shut: Shut, days: Days) -> bool:
    """Return whether what a note lacks may still come.

    That is who sent it, a key of ours that lies here, or the right day: by a clock that is ahead,
    packages are over that are not. A day ahead it finds every roster fresh, so nothing is over
    before the broker has agreed with the clock.

    Args:
        refusal: why it was not opened.
        day: of the note.
        shut: own keys that do not open.
        days: at which it was tried.
    """
    match refusal:
        case UnknownMember() | BadCertificate():
            may = True
        case Damaged() | Expired():
            ahead = isinstance(refusal, Expired) and days.agreed < days.today
            may = ahead or may_open(shut, day)
        case _:
            may = False
    return may and not is_over(day, days.proven)


def may_open(shut: Shut, day: Day) -> bool:
    """Return whether a note of `day` may be for a key that lies here and does not open."""
    return any(first <= day <= last for first, last in shut)


def is_over(day: Day, proven: Day) -> bool:
    """Return whether a note has waited as long as the keys of its day may live (E-3.7)."""
    return day + BATCH_DAYS < proven


@dataclass(slots=True)
class Waiting:
    """Which notes wait in this process, each with the state in which it was tried in vain."""

    _tried: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes], repr=False)

    def only(self, rows: Collection[bytes]) -> None:
        """Forget what waits no longer."""
        self._tried = {row: tried for row, tried in self._tried.items() if row in rows}

    def worth(self, rows: Iterable[bytes], now: bytes) -> tuple[bytes, ...]:
        """Return which of the notes that are here to try now, in this order.

        All that are new; then, of those that were tried in vain before something changed, the
        next ones in turn, so that a flood of them holds nobody up and starves none.
        """
        fresh = self.new(rows)
        again = [row for row, tried in self._tried.items() if tried != now][:RETRIES]
        for row in again:
            self._tried[row] = self._tried.pop(row)
        return (*fresh, *again)

    def new(self, rows: Iterable[bytes]) -> tuple[bytes, ...]:
        """Return which notes were not tried in vain."""
        return tuple(row for row in rows if row not in self._tried)

    def wait(self, row: bytes, now: bytes) -> None:
        """Take note that a note was tried in vain."""
        self._tried[row] = now
