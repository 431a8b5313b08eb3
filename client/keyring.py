"""Own keys on this machine: the machine's, and the epoch keys, made ahead and dropped behind.

This file knows which keys are alive, under which lock each lies and when it dies (ENVELOPE E-3,
design § 5). It refuses to open anything with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from client import remembered, untried
from client.arrived import Arrived
from client.ledger import Transaction
from client.peers import Peers
from client.shelf import Shelf
from client.waiting import Shut
from keys.address import MemberId
from keys.calendar import Day
from keys.epoch import BATCH_DAYS, EpochBatch, EpochRole, EpochSecret
from keys.identity import Identity, MachineCertificate, MachineKey
from keys.wire import lp, unlp

LOW_DAYS: Final = 4
"""With fewer days of keys ahead than this, the service asks staff to unlock."""
BEHIND_DAYS: Final = 2
"""How far behind its batch a note's epoch key may lie: a sender's queue, or a slow clock."""
_DAY: Final = 4
_OWN_EPOCHS: Final = b"own-epochs"
_TOLD_EPOCHS: Final = b"told-epochs"
_OWN_MACHINE: Final = b"machine"
_NEXT_MACHINE: Final = b"machine-next"
_TOLD_MACHINE: Final = b"machine-told"


def _row(day: Day) -> bytes:
    return day.to_bytes(_DAY, "big")


def _day(row: bytes) -> Day:
    return Day(int.from_bytes(row[:_DAY], "big"))


def _beside(there: Sequence[bytes], day: Day) -> bytes:
    """Return a free row for a key of `day`, beside those of that day that do not open."""
    taken = sum(_day(row) == day for row in there)
    return _row(day) + taken.to_bytes(1, "big") if taken else _row(day)


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine's signing key and the certificate by which others accept it."""

    key: MachineKey
    certificate: MachineCertificate

    @property
    def member_id(self) -> MemberId:
        """Whose machine this is."""
        return self.certificate.member_id

    def kept(self) -> bytes:
        """Return this as bytes, for the ledger."""
        return lp(self.key.seed, self.certificate.encode())

    @classmethod
    def read(cls, kept: bytes) -> Self:
        """Read what `kept` returns."""
        seed, certificate = unlp(kept, 2)
        return cls(MachineKey.from_seed(seed), MachineCertificate.decode(certificate))


class Keyring(Peers):
    """All keys of the ledger, each read under the lock it lies under."""

    # ── the machine key ──────────────────────────────────────────────────────────────────────
    async def certify_machine(self, identity: Identity, today: Day, days: int) -> Machine:
        """Make a machine key for `days` days and keep it with its certificate.

        It waits beside the one in use, which the broker knows, until its certificate is told;
        where there is none in use, it is in use from now on.
        """
        key = MachineKey.generate()
        made = Machine(key, MachineCertificate.issue(identity, key.public, today, days))
        async with self._ledger.transaction("machine-key") as rows:
            used = await rows.get_whole(Shelf.MACHINE_KEY, _OWN_MACHINE)
            await rows.delete(Shelf.MACHINE_KEY, _NEXT_MACHINE)
            row = _OWN_MACHINE if used is None else _NEXT_MACHINE
            await rows.put(Shelf.MACHINE_KEY, row, made.kept())
            await self.keep_own(rows, made.certificate)
        return made

    async def machine(self) -> Machine | None:
        """Return the key in use here, or None when the next staff unlock must make one."""
        async with self._ledger.reading() as rows:
            return await _machine(rows, _OWN_MACHINE)

    async def newest_machine(self) -> Machine | None:
        """Return the key that was made last: one that waits to be told, or the one in use."""
        async with self._ledger.reading() as rows:
            return await _newest(rows)

    async def certificate_to_tell(self, today: Day, own: Day) -> bytes | None:
        """Return the machine certificate that the broker is to have now, if there is one.

        A new one waits for this member's minute of the day, at which a member without one tells
        its old one again: nobody sees when staff unlocked. Only what the broker lacks does not
        wait: the first certificate, that of a key which was lost, and one in place of a
        certificate that is over before the next minute.

        Args:
            today: the current day.
            own: the day it is for this member, which begins at its minute.
        """
        async with self._ledger.reading() as rows:
            used, newest = await _machine(rows, _OWN_MACHINE), await _newest(rows)
            kept = await rows.get_whole(Shelf.MACHINE_KEY, _TOLD_MACHINE)
        if newest is not None and newest.certificate.first_day > today:
            newest = used  # a clock that was ahead made the other: nobody takes it yet
        if used is None or newest is None or newest.certificate.last_day < today:
            return None
        fresh = newest.certificate.encode()
        if kept is None:
            return fresh
        day, told = unlp(kept, 2)
        lost = told != used.certificate.encode()
        over = told != fresh and MachineCertificate.decode(told).last_day <= own
        return fresh if _day(day) != own or lost or over else None

    async def certificate_told(self, signed: bytes, own: Day) -> Machine | None:
        """Note that the broker has `signed`, since the member's day `own`; return what is in use.

        Its key is from now on: the broker believes the certificate that was told last. A crash in
        between tells the same once more.
        """
        async with self._ledger.transaction("certificate-told") as rows:
            next_ = await _machine(rows, _NEXT_MACHINE)
            if next_ is not None and next_.certificate.encode() == signed:
                await rows.put(Shelf.MACHINE_KEY, _OWN_MACHINE, next_.kept())
                await rows.delete(Shelf.MACHINE_KEY, _NEXT_MACHINE)
            await rows.put(Shelf.MACHINE_KEY, _TOLD_MACHINE, lp(_row(own), signed))
            return await _machine(rows, _OWN_MACHINE)

    # ── own epoch keys ───────────────────────────────────────────────────────────────────────
    async def refill(self, identity: Identity, today: Day) -> EpochBatch | None:
        """Make the missing keys of the next fourteen days and sign all of them in one batch.

        Returns the batch to publish, on disk with its secrets; None when no key is lacking, and no
        wrong clock signed the last. What does not open is kept: others have sealed to it.

        Raises:
            Locked: the inner ones lie under the staff lock.
        """
        days = tuple(Day(today + ahead) for ahead in range(BATCH_DAYS))
        async with self._ledger.transaction("epoch-keys") as rows:
            made: dict[tuple[Day, EpochRole], EpochSecret] = {}
            fresh: list[EpochSecret] = []
            for role, shelf in _SHELVES:
                # The newest of a day is the one that was published last.
                kept = {_day(row): seed for row, seed in await rows.rows(shelf)}
                there = await rows.ids(shelf)
                for day in days:
                    if day in kept:
                        made[day, role] = EpochSecret.from_seed(role, day, kept[day])
                        continue
                    made[day, role] = secret = EpochSecret.generate(role, day)
                    fresh.append(secret)
                    await rows.put(shelf, _beside(there, day), secret.seed)
            if not fresh and await self.covers(rows, identity.public.member_id, days):
                return None
            await untried.made_here(rows, fresh)
            batch = EpochBatch.issue(identity, list(made.values()))
            await rows.put(Shelf.META, _OWN_EPOCHS, batch.encode())
            await self.keep_own(rows, batch)
        return batch

    async def to_publish(self, today: Day, own: Day) -> bytes | None:
        """Return the own batch that the broker is to have now, if there is one.

        What is new waits for this member's minute of the day: nobody sees by it when staff
        unlocked. At that minute the batch is told again when nothing is new, so that a locked
        member looks like any other. Only a member whose published keys are over before its next
        minute, that has none, or that had to make one anew, does not wait.

        Args:
            today: the current day.
            own: the day it is for this member, which begins at its minute.
        """
        async with self._ledger.reading() as rows:
            fresh = await rows.get_whole(Shelf.META, _OWN_EPOCHS)
            kept = await rows.get_whole(Shelf.META, _TOLD_EPOCHS)
        if fresh is not None and EpochBatch.decode(fresh).days[0].day > today:
            fresh = None  # a clock that was ahead made it: nobody takes it yet
        if kept is None:
            return fresh
        day, told = unlp(kept, 2)
        its_turn = _day(day) != own
        if fresh is not None and (its_turn or _urgent(told, fresh, own)):
            return fresh
        over = EpochBatch.decode(told).days[-1].day < today
        return told if its_turn and not over else None

    async def published(self, batch: bytes, own: Day) -> None:
        """Note that the broker has `batch`, since the member's day `own`; a newer one stays."""
        async with self._ledger.transaction("epochs-published") as rows:
            if await rows.get_whole(Shelf.META, _OWN_EPOCHS) == batch:
                await rows.delete(Shelf.META, _OWN_EPOCHS)
            await rows.put(Shelf.META, _TOLD_EPOCHS, lp(_row(own), batch))

    async def days_left(self, today: Day) -> int:
        """Return for how many days from today on there are keys for both layers."""
        async with self._ledger.reading() as rows:
            outer = {_day(row) for row in await rows.ids(Shelf.OUTER_KEY)}
            inner = {_day(row) for row in await rows.ids(Shelf.INNER_KEY)}
        days = outer & inner
        return next((n for n in range(BATCH_DAYS) if today + n not in days), BATCH_DAYS)

    async def outer(self, today: Day) -> tuple[EpochSecret, ...]:
        """Return the outer secrets to try on a note, the likeliest first.

        All that are alive, whatever day this machine thinks it is: batches of days away are read
        later, and a clock that lags must let no note go. `drop` has left none that is not needed.
        """
        async with self._ledger.reading() as rows:
            found = [(_day(row), seed) for row, seed in await rows.rows(Shelf.OUTER_KEY)]
        near = sorted(found, key=lambda one: abs(one[0] - today))
        return tuple(EpochSecret.from_seed(EpochRole.OUTER, day, seed) for day, seed in near)

    async def inners(self, rows: Transaction) -> tuple[EpochSecret, ...]:
        """Return every inner secret that is alive.

        Raises:
            Locked: they lie under the staff lock.
        """
        return tuple(
            EpochSecret.from_seed(EpochRole.INNER, _day(row), seed)
            for row, seed in await rows.rows(Shelf.INNER_KEY)
        )

    async def shut(self, rows: Transaction) -> Shut:
        """Return of each own key that lies here and does not open which days' notes are its own.

        Raises:
            Locked: inner keys and one-time keys lie under the staff lock.
        """
        opens = {row for row, _ in await rows.rows(Shelf.INNER_KEY)}
        inner = [_day(row) for row in await rows.ids(Shelf.INNER_KEY) if row not in opens]
        return (*((day, day) for day in inner), *await self.prekeys.shut(rows))

    async def drop(
        self, today: Day, read_until: Day, waiting: frozenset[Day], *, by_clock: bool = False
    ) -> None:
        """Destroy own keys that nothing can need any more.

        Args:
            today: the day that is proven (`client.proven`), and never a clock's that has jumped.
            read_until: the day of the last batch that was read on every board.
            waiting: days whose inner keys are needed besides those of the layers in the ledger.
            by_clock: whether `today` is the clock's day too (`Offers.drop`).

        An outer key dies when every batch that may hold a note to it has been read with it; an
        inner key when also no inner layer of its day waits. At fourteen days both die in any case:
        what was not opened by then is lost on purpose. One-time secrets die as inner keys do, by
        the last day on which anybody may seal to their list.
        """
        cap = today - BATCH_DAYS
        done = Day(min(today, read_until) - BEHIND_DAYS)
        async with self._ledger.transaction("keys-dropped") as rows:
            arrived = await rows.rows(Shelf.ARRIVED)
            waiting |= {Arrived.decode(value).day for _, value in arrived}
            await self.forget_over(rows, today)
            waiting |= await untried.drop(rows, cap, done)
            for row in await rows.ids(Shelf.INNER_KEY):
                day = _day(row)
                if day < cap or (day < done and day not in waiting):
                    await rows.delete(Shelf.INNER_KEY, row)
            await self.prekeys.drop(rows, today, done, waiting)
            await self.offers.drop(rows, today, by_clock=by_clock)
            await remembered.keys_died(rows, cap)


def _urgent(told: bytes, fresh: bytes, own: Day) -> bool:
    """Return whether others lack a key before the day after `own` begins, or have one that is gone.

    That day begins on the calendar's next day or before; until then what was told is enough.
    """
    before = {one.day: one for one in EpochBatch.decode(told).days}
    changed = any(before.get(one.day, one) != one for one in EpochBatch.decode(fresh).days)
    return changed or max(before) <= own


async def _machine(rows: Transaction, row: bytes) -> Machine | None:
    kept = await rows.get_whole(Shelf.MACHINE_KEY, row)
    return None if kept is None else Machine.read(kept)


async def _newest(rows: Transaction) -> Machine | None:
    return await _machine(rows, _NEXT_MACHINE) or await _machine(rows, _OWN_MACHINE)


_SHELVES: Final = ((EpochRole.OUTER, Shelf.OUTER_KEY), (EpochRole.INNER, Shelf.INNER_KEY))
