"""What others' lists of one-time keys hold for this member, and which place is used up.

This file knows that a place is used up before anything is sealed to it, and that it is the same
one in everybody's list of the week (ENVELOPE E-17.6): what is kept of it does not say whom
something was sealed to. It refuses to keep what its owner did not sign.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from client.ledger import Ledger, Transaction
from client.shelf import Shelf
from keys.address import MemberId
from keys.calendar import Day, Week, week_of
from keys.errors import Refusal, StoreDamaged
from keys.hpke import HpkePublic
from keys.prekeys import PER_MEMBER, read_keys
from keys.prekeysheet import WEEKS, Sheet, last_day
from keys.roster import Roster
from keys.wire import Value, lp, unlp

PREKEYS: Final = "prekeys"
_USED: Final = b"prekeys-used-"
_FROM: Final = b"prekeys-from-"
_RESTORED: Final = b"prekeys-restored"
_WEEK: Final = 4
_CURSOR: Final = 8


def week_row(number: int) -> bytes:
    """Return how a week, or a number below it, stands in a row: 4 bytes, in order."""
    return number.to_bytes(_WEEK, "big")


def week_in(row: bytes) -> Week:
    """Return the week that a row's id begins with."""
    return Week(int.from_bytes(row[:_WEEK], "big"))


@dataclass(frozen=True, slots=True)
class Offer:
    """What a list holds for this member, signed by its owner."""

    owner: MemberId
    week: Week
    slot: bytes = field(repr=False)
    """The keys' bytes, as they came."""

    @classmethod
    def read(cls, item: Value, roster: Roster, me: MemberId, today: Day) -> "Offer | None":
        """Read a sheet of the board; None when it says nothing to `me` that counts.

        What is for others is not verified: it is not kept, and most of the board is.
        """
        match item:
            case [str(kind), bytes(signed)] if kind == PREKEYS:
                pass
            case _:
                return None
        try:
            sheet = Sheet.decode(signed)
            slot = sheet.slot(me)
            ahead = sheet.head.week - week_of(today)
            if slot is None or last_day(sheet.head.week) < today or ahead > 1:
                return None  # nobody keeps what a member could say of every week to come
            read_keys(slot)
            sheet.head.check(roster.member(sheet.head.member_id).identity)
        except Refusal:
            return None
        return cls(sheet.head.member_id, sheet.head.week, slot)


@dataclass(frozen=True, slots=True)
class Claim:
    """One place in the lists of each week that counts: which key it is, by week."""

    places: Mapping[Week, int]


@dataclass(frozen=True, slots=True)
class Position:
    """Where on the keys board something stood: of which broker, and up to which cursor."""

    instance: str
    cursor: int


class Offers:
    """The one-time keys of others, in one member's ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def keep(self, rows: Transaction, offer: Offer, at: Position) -> bool:
        """Keep what a list holds for this member, in the caller's transaction.

        Of two lists of one week the one that stands later on the board counts: whoever made it
        may have lost the secrets of the other. So when a board is read once more, nothing older
        takes the place of what is kept.
        """
        row = week_row(offer.week) + self._ledger.key(PREKEYS.encode(), offer.owner)
        kept = await rows.get_whole(Shelf.PEER_PREKEYS, row)
        if kept is not None:
            instance, cursor, slot = unlp(kept, 3)
            same = instance == at.instance.encode()
            if slot == offer.slot or (same and int.from_bytes(cursor, "big") > at.cursor):
                return False
        where = at.cursor.to_bytes(_CURSOR, "big")
        await rows.put(Shelf.PEER_PREKEYS, row, lp(at.instance.encode(), where, offer.slot))
        return True

    async def claim(self, today: Day) -> Claim | None:
        """Use up the next place in the lists of each week that counts; None when none is left.

        It is used up on disk when this returns. Which places they are follows from the calendar
        and from what was sealed before, and not from whom is written to.
        """
        places: dict[Week, int] = {}
        async with self._ledger.transaction("prekey-used-up") as rows:
            for week in _counting(today):
                at = await _used(rows, week)
                if at < PER_MEMBER:
                    places[week] = at
                    await rows.put(Shelf.META, _USED + week_row(week), week_row(at + 1))
        return Claim(MappingProxyType(places)) if places else None

    async def key(self, recipient: MemberId, claim: Claim) -> HpkePublic | None:
        """Return `recipient`'s key at a claimed place, of its newest list; None without one."""
        async with self._ledger.reading() as rows:
            for week in sorted(claim.places, reverse=True):
                row = week_row(week) + self._ledger.key(PREKEYS.encode(), recipient)
                kept = await rows.get_whole(Shelf.PEER_PREKEYS, row)
                if kept is not None:
                    return read_keys(unlp(kept, 3)[2])[claim.places[week]]
        return None

    async def give_back(self, claim: Claim) -> None:
        """Let what was claimed last be claimed again: nothing that was sealed to it is bound."""
        async with self._ledger.transaction("prekey-given-back") as rows:
            for week, at in claim.places.items():
                if await _used(rows, week) == at + 1:
                    await rows.put(Shelf.META, _USED + week_row(week), week_row(at))

    async def restored(self) -> None:
        """After a restore: claim nothing of a list that may have been used since (P18).

        Which lists those are nobody knows yet: the clock of a machine that is new may be wrong.
        """
        async with self._ledger.transaction("prekeys-burnt") as rows:
            await rows.put(Shelf.META, _RESTORED, b"")

    async def none_before_next_week(self, rows: Transaction, today: Day) -> None:
        """Let a restored member claim again from next week on, in the caller's transaction.

        Args:
            rows: the caller's transaction.
            today: by a clock that the broker has just agreed with.
        """
        if await rows.get_whole(Shelf.META, _RESTORED) is not None:
            await rows.delete(Shelf.META, _RESTORED)
            await rows.put(Shelf.META, _FROM + week_row(week_of(today) + 1), b"")

    async def drop(self, rows: Transaction, today: Day, *, by_clock: bool) -> None:
        """Forget, in the caller's transaction, what can be sealed to no more, or not for long.

        Args:
            rows: the caller's transaction.
            today: the day that is proven.
            by_clock: whether `today` is the clock's own day. If it lags behind that, this week's
                lists may lie far ahead of what is proven, and nothing ahead is dropped.
        """
        newest = week_of(today) + 1
        for row in await rows.ids(Shelf.PEER_PREKEYS):
            if last_day(week_in(row)) < today or (by_clock and week_in(row) > newest):
                await rows.delete(Shelf.PEER_PREKEYS, row)
        for row in await rows.ids(Shelf.META, _USED):
            if last_day(week_in(row[len(_USED) :])) < today:
                await rows.delete(Shelf.META, row)
        for row in await rows.ids(Shelf.META, _FROM):
            if last_day(week_in(row[len(_FROM) :])) < today:
                await rows.delete(Shelf.META, row)


def _counting(today: Day) -> tuple[Week, ...]:
    """Return the weeks whose lists may be sealed to (E-17.4), the newest first."""
    return tuple(Week(week_of(today) - back) for back in range(WEEKS))


async def _used(rows: Transaction, week: Week) -> int:
    """Return how many keys of every list of a week are used up; all, where nobody can say."""
    since = [week_in(row[len(_FROM) :]) for row in await rows.ids(Shelf.META, _FROM)]
    restored = await rows.ids(Shelf.META, _RESTORED)
    try:
        used = await rows.get(Shelf.META, _USED + week_row(week))
    except StoreDamaged:
        return PER_MEMBER
    if restored or week < max(since, default=Week(0)):
        return PER_MEMBER
    return 0 if used is None else week_in(used)
