"""What a member tells and asks for by the calendar, as whoever runs the broker sees it.

This file knows keys, lists of one-time keys, certificates and tokens as signs of a slot. When each
is due is the client's own rule (`client.prekeys`, `client.portions`, `client.upkeep`); the keys
themselves are not here, but for where a real day makes them. It refuses to know any case.
"""

from functools import cache
from typing import Final

from client.offers import week_row
from client.peers import Peers
from client.portions import due, own_day
from client.prekeys import Telling
from client.shelf import Shelf
from client.upkeep import CERTIFICATE_DAYS, RENEW_DAYS
from client.wallet import needed
from keys.address import Role
from keys.calendar import DAY_SECONDS, Day, Instant, Week, day_of, week_of
from keys.prekeysheet import SHEET_SLOTS
from keys.schedule import Schedule
from tests.bench.simulation.rows import Rows, at_once
from tests.bench.simulation.scene import START

NEW_KEYS: Final = "new keys"
OLD_KEYS: Final = "keys told before"
NEW_SHEET: Final = "a sheet of a new list"
OLD_SHEET: Final = "a sheet of a list told before"
NEW_CERTIFICATE: Final = "a new certificate"
OLD_CERTIFICATE: Final = "a certificate told before"
_WEEK: Final = 7


@cache
def asked(role: Role, minute: int, slots: tuple[int, int, int]) -> tuple[tuple[str, ...], ...]:
    """Return the requests for tokens of each slot of a day: the same on every day."""
    schedule, day = Schedule(*slots), START + DAY_SECONDS
    moments = range(day, day + DAY_SECONDS, schedule.note_slot_seconds)
    classes = needed(role)

    def known(at: int) -> set[object]:
        return {one for cls in classes for one in due(cls, schedule, Instant(at), minute)}

    had = known(day - schedule.note_slot_seconds)
    made = []
    for at in moments:
        fresh = known(at) - had
        had |= fresh
        made.append(
            tuple(
                sorted(
                    f"{portion.count} tokens {portion.token_class}"  # type: ignore[attr-defined]
                    for _, portion in fresh  # type: ignore[misc]
                )
            )
        )
    return tuple(made)


@cache
def calendar(
    role: Role, minute: int, slots: tuple[int, int, int], others: int
) -> tuple[tuple[str, ...], ...]:
    """Return what the calendar alone says of a member, for each slot of a week that begins.

    Whoever has the roster and the programs knows it. A member at which somebody works on most days
    has new keys at its minute, and a new list in the week.
    """
    long, sheets = slots[0], -(-others // SHEET_SLOTS)
    tokens = asked(role, minute, slots)
    weeks = [week_of(own_day(Instant(START + at * long), minute)) for at in range(-sheets, 0)]
    day, made = own_day(Instant(START - long), minute), []
    for at in range(_WEEK * len(tokens)):
        own = own_day(Instant(START + at * long), minute)
        due_now = [*tokens[at % len(tokens)]]
        if own != day:
            due_now += [NEW_KEYS, OLD_CERTIFICATE]
        if sheets and weeks[-sheets] != week_of(own):
            due_now.append(NEW_SHEET)
        day = own
        weeks.append(week_of(own))
        made.append(tuple(due_now))
    return tuple(made)


class Habits:
    """What one member has told so far, and what of it is new to the broker.

    Args:
        minute: the member's own, from the roster.
        certified: the last day of its machine's certificate.
        others: how many a list of its is for.
    """

    def __init__(self, minute: int, certified: Day, others: int) -> None:
        self.minute = minute
        self.rows = Rows()
        self.peers = Peers(self.rows)  # type: ignore[arg-type]
        self.fresh_keys = False
        self._renewed = False
        self.again = 0
        """Sheets that a planted fault still has to tell."""
        self.sheets = -(-others // SHEET_SLOTS)
        self._certified = certified
        self._keys_told = own_day(Instant(START - 1), minute)
        self._quiet: tuple[Week, Day] | None = None
        self._told: set[tuple[Week, int]] = set()

    # ── what staff's unlocking makes ─────────────────────────────────────────────────────────
    def make_lists(self, today: Day) -> None:
        """Make the lists that are lacking: here each is its number of sheets, and no more."""
        for week in at_once(self.peers.prekeys.lacking(today)):
            for at in range(self.sheets):
                row = week_row(week) + week_row(at)
                at_once(self.rows.put(Shelf.PREKEY_SHEET, row, b"a sheet"))
        self.made()

    def made(self) -> None:
        """Look again at what is to be told: there may be a new list."""
        self._quiet = None

    def renew(self, today: Day) -> None:
        """Renew the machine's certificate when it is soon over."""
        if self._certified < today + RENEW_DAYS:
            self._certified = Day(today + CERTIFICATE_DAYS - 1)
            self._renewed = True

    # ── what is told in a slot ───────────────────────────────────────────────────────────────
    def keys(self, now: Instant) -> tuple[str, str] | None:
        """Tell keys and certificate once a day, at the member's minute: new, or the old again."""
        own = own_day(now, self.minute)
        if own == self._keys_told:
            return None
        self._keys_told = own
        fresh, self.fresh_keys = self.fresh_keys, False
        renewed, self._renewed = self._renewed, False
        return (
            NEW_KEYS if fresh else OLD_KEYS,
            NEW_CERTIFICATE if renewed else OLD_CERTIFICATE,
        )

    def sheet(self, now: Instant) -> Telling | None:
        """Return the sheet that is told in this slot, if any, and note that it is."""
        own, today = own_day(now, self.minute), day_of(now)
        # Between two lists, nothing but the week and the day changes what is due.
        if self._quiet == (week_of(own), today):
            return None
        telling = at_once(self.peers.prekeys.to_tell(own, today))
        if telling is None:
            self._quiet = week_of(own), today
        else:
            at_once(self.peers.prekeys.told(own, telling))
        return telling

    def sign_of(self, telling: Telling) -> str:
        """Say what the broker sees of a sheet: whether it had it before."""
        this = telling.week, telling.at
        known = this in self._told
        self._told.add(this)
        return OLD_SHEET if known else NEW_SHEET


def certified_from(spread: int) -> Day:
    """Return the last day of a certificate that is in the midst of its life, by `spread`."""
    return Day(day_of(START) + RENEW_DAYS + spread % (CERTIFICATE_DAYS - RENEW_DAYS))


def before() -> tuple[Instant, Day]:
    """Return the last moment of the week before all begins, and the first day of that week."""
    return Instant(START - 1), Day(day_of(START) - _WEEK)
