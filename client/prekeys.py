"""One-time prekeys of one member: its own lists, and the secrets behind them.

This file knows when a list is made, told and over, and that a secret is destroyed with the step
that keeps what it opened (ENVELOPE E-17). It refuses to seal or open anything, and to let the
line show when staff unlocked: what is told, and when, follows from the calendar.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from secrets import token_bytes
from typing import Final

from client.ledger import Ledger, Transaction
from client.offers import week_in, week_row
from client.shelf import Shelf
from keys.address import MemberId
from keys.calendar import Day, Week, first_day, week_of
from keys.epoch import BATCH_DAYS
from keys.identity import Identity
from keys.prekeys import PrekeySecret, generate, issue
from keys.prekeysheet import last_day
from keys.wire import Fields, lp, pack, unlp

_TOLD: Final = b"told-prekeys"
_RANDOM: Final = 12
_WEEK: Final = 4


@dataclass(frozen=True, slots=True)
class Telling:
    """One sheet that is to be told: of which list, at which place, and of how many."""

    week: Week
    at: int
    sheet: bytes = field(repr=False)
    of: int


@dataclass(frozen=True, slots=True)
class _Telling:
    """How far telling is: since which own week it is done, and what is under way since when."""

    since: Week | None = None
    began: Week = Week(0)  # noqa: RUF009 - a NewType of int
    week: Week = Week(0)  # noqa: RUF009 - a NewType of int
    at: int = 0

    def encode(self) -> bytes:
        return pack(["telling", 1, self.since, self.began, self.week, self.at])

    @classmethod
    def decode(cls, kept: bytes | None) -> "_Telling":
        if kept is None:
            return cls()
        fields = Fields.decode(kept, "telling")
        made = cls(
            Week(fields.number("since")) if fields.optional() else None,
            Week(fields.number("began")),
            Week(fields.number("week")),
            fields.number("at"),
        )
        fields.end()
        return made


class Prekeys:
    """The one-time keys of one member, in its ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._making = asyncio.Lock()

    # ── own lists ────────────────────────────────────────────────────────────────────────────
    async def make(self, identity: Identity, others: Collection[MemberId], today: Day) -> bool:
        """Make the list of the next week, and this week's where nobody could seal to any.

        Returns whether a list was made. It is on disk with its secrets before it is told.

        Raises:
            Locked: the secrets lie under the staff lock.
        """
        self._ledger.sealer(Shelf.PREKEY)
        async with self._making:
            return await self._make(identity, others, today)

    async def _make(self, identity: Identity, others: Collection[MemberId], today: Day) -> bool:
        if not others:
            return False
        wanted = await self.lacking(today)
        for one in wanted:
            secrets = await asyncio.to_thread(generate, others, one)
            sheets = await asyncio.to_thread(issue, identity, one, secrets)
            async with self._ledger.transaction("prekeys-made") as rows:
                for secret in secrets:
                    row = week_row(one) + token_bytes(_RANDOM)
                    await rows.put(Shelf.PREKEY, row, lp(secret.sender, secret.seed))
                for at, sheet in enumerate(sheets):
                    await rows.put(Shelf.PREKEY_SHEET, week_row(one) + week_row(at), sheet.encode())
        return bool(wanted)

    async def lacking(self, today: Day) -> tuple[Week, ...]:
        """Return the weeks, in order, whose lists should be made on `today`."""
        async with self._ledger.reading() as rows:
            there = {week_in(row) for row, _ in await rows.rows(Shelf.PREKEY_SHEET)}
        week = week_of(today)
        usable = any(last_day(one) >= today for one in there)
        wanted = {Week(week + 1), *(() if usable else (week,))} - there
        return tuple(sorted(wanted))

    async def to_tell(self, own: Day, today: Day) -> Telling | None:
        """Return the sheet that the broker is to have in this slot, if any.

        A list is told once a week, from this member's minute of the week's first day on, a sheet a
        slot: nobody sees by it when staff unlocked. Without a new list the old one is told again,
        so that a locked member makes the same requests; that the list is old stands in it. Only who
        has told none that counts does not wait.

        Args:
            own: the day it is for this member, which begins at its minute.
            today: the current day.
        """
        async with self._ledger.reading() as rows:
            done = _Telling.decode(await rows.get_whole(Shelf.META, _TOLD))
            found = sorted(await rows.rows(Shelf.PREKEY_SHEET))
        # What was begun in an earlier week gives way to this week's.
        if done.at and done.began == week_of(own):
            under_way = _next_of(found, done.week, done.at)
            if under_way is not None:
                return under_way
        newest = week_of(today if done.since is None else own)
        weeks = {week_in(row) for row, _ in found}
        due = [one for one in weeks if one <= newest and last_day(one) >= today]
        if not due or (done.since is not None and done.since >= newest):
            return None
        return _next_of(found, max(due), 0)

    async def told(self, own: Day, telling: Telling) -> None:
        """Note that the broker has a sheet; with the last one, this member's week is done."""
        async with self._ledger.transaction("prekeys-told") as rows:
            done = _Telling.decode(await rows.get_whole(Shelf.META, _TOLD))
            now = replace(done, began=week_of(own), week=telling.week, at=telling.at + 1)
            if now.at >= telling.of:  # what was told before its week is told
                now = _Telling(max(week_of(own), telling.week))
            await rows.put(Shelf.META, _TOLD, now.encode())

    async def secrets(self, rows: Transaction) -> tuple[PrekeySecret, ...]:
        """Return every own secret that is alive.

        Raises:
            Locked: they lie under the staff lock.
        """
        return tuple(
            PrekeySecret(sender, week, seed) for _, (sender, week, seed) in await self._own(rows)
        )

    async def shut(self, rows: Transaction) -> tuple[tuple[Day, Day], ...]:
        """Return of each own secret that lies here and does not open on which days it counts.

        Raises:
            Locked: they lie under the staff lock.
        """
        opens = {row for row, _ in await rows.rows(Shelf.PREKEY)}
        weeks = {week_in(row) for row in await rows.ids(Shelf.PREKEY) if row not in opens}
        return tuple((first_day(week), last_day(week)) for week in sorted(weeks))

    async def destroy(self, rows: Transaction, used: PrekeySecret) -> None:
        """Destroy what opened a note, in the transaction that stores what it said."""
        for row, (_, _, seed) in await self._own(rows):
            if seed == used.seed:
                await rows.delete(Shelf.PREKEY, row)

    async def _own(self, rows: Transaction) -> list[tuple[bytes, tuple[MemberId, Week, bytes]]]:
        found: list[tuple[bytes, tuple[MemberId, Week, bytes]]] = []
        for row, value in await rows.rows(Shelf.PREKEY):
            sender, seed = unlp(value, 2)
            found.append((row, (MemberId(sender), week_in(row), seed)))
        return found

    async def restored(self) -> None:
        """After a restore: lists are made and told anew, for the secrets of one may be lost."""
        async with self._ledger.transaction("lists-restored") as rows:
            await rows.delete(Shelf.META, _TOLD)
            for row in await rows.ids(Shelf.PREKEY_SHEET):
                await rows.delete(Shelf.PREKEY_SHEET, row)

    # ── the end of them ──────────────────────────────────────────────────────────────────────
    async def drop(
        self, rows: Transaction, today: Day, done: Day, waiting: Collection[Day]
    ) -> None:
        """Destroy, in the caller's transaction, what can open nothing, or be told no more.

        Args:
            rows: the caller's transaction.
            today: the current day.
            done: every note of earlier days has been read and its outer layer opened.
            waiting: days of which a sealed inner layer still waits for staff.
        """
        for row in await rows.ids(Shelf.PREKEY):
            first, last = first_day(week_in(row)), last_day(week_in(row))
            needed = any(first <= day <= last for day in waiting)
            if last < today - BATCH_DAYS or (last < done and not needed):
                await rows.delete(Shelf.PREKEY, row)
        for row in await rows.ids(Shelf.PREKEY_SHEET):
            if last_day(week_in(row)) < today:
                await rows.delete(Shelf.PREKEY_SHEET, row)


def _next_of(found: Collection[tuple[bytes, bytes]], week: Week, at: int) -> Telling | None:
    """Return the first sheet of a list at a place or behind it; one may have been lost."""
    sheets = [(week_in(row[_WEEK:]), sheet) for row, sheet in found if week_in(row) == week]
    behind = [one for one in sheets if one[0] >= at]
    if not behind:
        return None
    return Telling(week, *behind[0], sheets[-1][0] + 1)
