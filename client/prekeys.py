"""One-time prekeys of one member: its own lists, and what others' lists hold for it.

This file knows when a list is made, told and over, and that a key is used up before anything is
sealed to it and its secret destroyed with the step that keeps what it opened (ENVELOPE E-17). It
refuses to seal or open anything, and to let a row say whom something was sealed to: every list of
a week is used up at the same place, whoever's key it was.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Final

from client.ledger import Ledger, Transaction
from client.shelf import Shelf
from keys.address import MemberId
from keys.calendar import Day, Week, first_day, week_of
from keys.epoch import BATCH_DAYS
from keys.errors import Refusal, StoreDamaged
from keys.hpke import HpkePublic
from keys.identity import Identity
from keys.prekeys import PER_MEMBER, PrekeySecret, generate, issue, read_keys
from keys.prekeysheet import WEEKS, Sheet, last_day
from keys.roster import Roster
from keys.wire import Value, lp, unlp

PREKEYS: Final = "prekeys"
_TOLD: Final = b"told-prekeys"
_USED: Final = b"prekeys-used-"
_FROM: Final = b"prekeys-from"
_WEEK: Final = 4
_RANDOM: Final = 12


def _octets(number: int) -> bytes:
    return number.to_bytes(_WEEK, "big")


def _week(row: bytes) -> Week:
    """Return the week that a row's id begins with: also behind a closed lock it is known."""
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
            if slot is None or last_day(sheet.head.week) < today:
                return None
            read_keys(slot)
            sheet.head.check(roster.member(sheet.head.member_id).identity)
        except Refusal:
            return None
        return cls(sheet.head.member_id, sheet.head.week, slot)


class Prekeys:
    """The one-time keys of one member, in its ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    # ── own lists ────────────────────────────────────────────────────────────────────────────
    async def make(self, identity: Identity, others: Collection[MemberId], today: Day) -> bool:
        """Make the list of the next week, and this week's where nobody could seal to any.

        Returns whether a list was made. It is on disk with its secrets before it is told.

        Raises:
            Locked: the secrets lie under the staff lock.
        """
        self._ledger.sealer(Shelf.PREKEY)
        async with self._ledger.reading() as rows:
            there = {_week(row) for row in await rows.ids(Shelf.PREKEY_SHEET)}
        week = week_of(today)
        usable = any(last_day(one) >= today for one in there)
        wanted = {Week(week + 1), *(() if usable else (week,))} - there
        if not others:
            return False
        for one in sorted(wanted):
            secrets = await asyncio.to_thread(generate, others, one)
            sheets = await asyncio.to_thread(issue, identity, one, secrets)
            async with self._ledger.transaction("prekeys-made") as rows:
                for secret in secrets:
                    row = _octets(one) + token_bytes(_RANDOM)
                    await rows.put(Shelf.PREKEY, row, lp(secret.sender, secret.seed))
                for at, sheet in enumerate(sheets):
                    await rows.put(Shelf.PREKEY_SHEET, _octets(one) + _octets(at), sheet.encode())
        return bool(wanted)

    async def to_tell(self, own: Day, today: Day) -> tuple[bytes, ...]:
        """Return the sheets that the broker is to have now, in order; often none.

        A list is told once a week, at this member's minute of the week's first day: nobody sees by
        it when staff unlocked. Without a new list the old one is told again, so that a locked
        member looks like any other. Only who has told none that counts does not wait.

        Args:
            own: the day it is for this member, which begins at its minute.
            today: the current day.
        """
        async with self._ledger.reading() as rows:
            told = await rows.get_whole(Shelf.META, _TOLD)
            if told is not None and _week(told) >= week_of(own):
                return ()
            found = await rows.rows(Shelf.PREKEY_SHEET)
        weeks = {_week(row) for row, _ in found}
        newest = week_of(today if told is None else own)
        due = [one for one in weeks if one <= newest and last_day(one) >= today]
        if not due:
            return ()
        return tuple(sheet for row, sheet in sorted(found) if _week(row) == max(due))

    async def told(self, own: Day) -> None:
        """Note that the broker has this member's list, for the week of its day `own`."""
        async with self._ledger.transaction("prekeys-told") as rows:
            await rows.put(Shelf.META, _TOLD, _octets(week_of(own)))

    async def secrets(self, rows: Transaction) -> tuple[PrekeySecret, ...]:
        """Return every own secret that is alive.

        Raises:
            Locked: they lie under the staff lock.
        """
        return tuple(
            PrekeySecret(sender, week, seed) for _, (sender, week, seed) in await self._own(rows)
        )

    async def destroy(self, rows: Transaction, used: PrekeySecret) -> None:
        """Destroy what opened a note, in the transaction that stores what it said."""
        for row, (_, _, seed) in await self._own(rows):
            if seed == used.seed:
                await rows.delete(Shelf.PREKEY, row)

    async def _own(self, rows: Transaction) -> list[tuple[bytes, tuple[MemberId, Week, bytes]]]:
        found: list[tuple[bytes, tuple[MemberId, Week, bytes]]] = []
        for row, value in await rows.rows(Shelf.PREKEY):
            sender, seed = unlp(value, 2)
            found.append((row, (MemberId(sender), _week(row), seed)))
        return found

    # ── what others offer ────────────────────────────────────────────────────────────────────
    async def keep(self, rows: Transaction, offer: Offer) -> bool:
        """Keep what a list holds for this member, in the caller's transaction.

        Of two lists of one week the one that stands later on the board counts: whoever made it
        may have lost the secrets of the other.
        """
        row = _octets(offer.week) + self._ledger.key(PREKEYS.encode(), offer.owner)
        if await rows.get_whole(Shelf.PEER_PREKEYS, row) == offer.slot:
            return False
        await rows.put(Shelf.PEER_PREKEYS, row, offer.slot)
        return True

    async def use_up(self, recipient: MemberId, today: Day) -> HpkePublic | None:
        """Use up a key of `recipient`'s newest list; None when none is left.

        It is used up on disk when this returns, whatever becomes of the note. The same place of
        every list of that week goes with it, so that the store does not say whose key it was.
        """
        async with self._ledger.transaction("prekey-used-up") as rows:
            for week in range(week_of(today), week_of(today) - WEEKS, -1):
                row = _octets(week) + self._ledger.key(PREKEYS.encode(), recipient)
                kept = await rows.get_whole(Shelf.PEER_PREKEYS, row)
                place = await _used(rows, Week(week))
                if kept is not None and place < PER_MEMBER:
                    await rows.put(Shelf.META, _USED + _octets(week), _octets(place + 1))
                    return read_keys(kept)[place]
        return None

    async def restored(self, today: Day) -> None:
        """After a restore: seal to no list that may have been used since the backup (P18).

        The own lists are made and told anew: the secrets of one that was told since are lost.
        """
        async with self._ledger.transaction("prekeys-burnt") as rows:
            await rows.put(Shelf.META, _FROM, _octets(week_of(today) + 1))
            await rows.delete(Shelf.META, _TOLD)
            for row in await rows.ids(Shelf.PREKEY_SHEET):
                await rows.delete(Shelf.PREKEY_SHEET, row)

    # ── the end of them ──────────────────────────────────────────────────────────────────────
    async def drop(
        self, rows: Transaction, today: Day, done: Day, waiting: Collection[Day]
    ) -> None:
        """Destroy, in the caller's transaction, what can open or seal nothing any more.

        Args:
            rows: the caller's transaction.
            today: the current day.
            done: every note of earlier days has been read and its outer layer opened.
            waiting: days of which a sealed inner layer still waits for staff.
        """
        for row in await rows.ids(Shelf.PREKEY):
            first, last = first_day(_week(row)), last_day(_week(row))
            needed = any(first <= day <= last for day in waiting)
            if last < today - BATCH_DAYS or (last < done and not needed):
                await rows.delete(Shelf.PREKEY, row)
        for shelf in (Shelf.PREKEY_SHEET, Shelf.PEER_PREKEYS):
            for row in await rows.ids(shelf):
                if last_day(_week(row)) < today:
                    await rows.delete(shelf, row)
        for row in await rows.ids(Shelf.META, _USED):
            if last_day(_week(row[len(_USED) :])) < today:
                await rows.delete(Shelf.META, row)


async def _used(rows: Transaction, week: Week) -> int:
    """Return how many keys of every list of a week are used up; all, where nobody can say."""
    try:
        since = await rows.get(Shelf.META, _FROM)
        used = await rows.get(Shelf.META, _USED + _octets(week))
    except StoreDamaged:
        return PER_MEMBER
    if since is not None and week < _week(since):
        return PER_MEMBER
    return 0 if used is None else _week(used)
