"""Upkeep: roster, own keys and tokens kept ready, by the calendar and never by what was sent.

This file knows the order of a first start and of every tick after it (design §§ 5–7). It refuses
to know any case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from client.following import Following
from client.keyring import LOW_DAYS, Keyring, Machine
from client.ledger import Ledger
from client.offers import PREKEYS
from client.peers import CERT
from client.portions import due, held_back, own_day
from client.proven import Proven
from client.shelf import Shelf
from client.transport import Transport
from client.wallet import Wallet, needed
from keys.address import CellClass, MemberId, Role, TokenClass
from keys.calendar import Day, Instant, day_of, week_of
from keys.errors import Refusal
from keys.identity import Identity
from keys.roster import Member, Roster

CERTIFICATE_DAYS: Final = 30
PAGES_A_SLOT: Final = 12
"""Pages of the keys board that one slot reads: a dozen megabytes at most."""
RENEW_DAYS: Final = 15
"""A certificate with fewer days left is renewed at the next staff unlock. More than the epoch keys
of one unlock last: else it would die before them, and show when a desk is unlocked again."""
_DAILY: Final = b"daily"


@dataclass(frozen=True, slots=True)
class Chores:
    """What upkeep works on, all of one member."""

    ledger: Ledger
    following: Following
    keyring: Keyring
    wallet: Wallet


class Upkeep:
    """Keeps one member ready to read and write."""

    def __init__(self, chores: Chores) -> None:
        self._ledger = chores.ledger
        self._following = chores.following
        self._keyring = chores.keyring
        self._wallet = chores.wallet
        self._proven = Proven(chores.ledger)
        self.machine: Machine | None = None

    async def load(self) -> None:
        """Read what the last run left."""
        await self._following.load()
        self.machine = await self._keyring.machine()

    async def certify(self, identity: Identity, today: Day) -> None:
        """Renew the machine key when it is soon over, and fill up the epoch keys.

        One that begins later, which a clock made that was ahead, is renewed too: nobody takes it.
        Called at every staff unlock; what is new is published when its minute comes.
        """
        newest = await self._keyring.newest_machine()
        if (
            self.machine is None
            or newest is None
            or newest.certificate.last_day < today + RENEW_DAYS
            or newest.certificate.first_day > today
        ):
            await self._keyring.certify_machine(identity, today, CERTIFICATE_DAYS)
            self.machine = await self._keyring.machine()
        await self._keyring.refill(identity, today)

    async def tell_certificate(self, transport: Transport, now: Instant, minute: int) -> None:
        """Publish the machine's certificate, if this member's minute has come.

        Args:
            transport: this member's connections.
            now: the current instant.
            minute: of this member, from the roster.

        Raises:
            Refusal: what the broker answered; the next slot tries again.
        """
        own = own_day(now, minute)
        signed = await self._keyring.certificate_to_tell(day_of(now), own)
        if signed is not None:
            await transport.publish(CERT, signed)
            self.machine = await self._keyring.certificate_told(signed, own) or self.machine

    async def tell_keys(self, transport: Transport, now: Instant, minute: int) -> None:
        """Publish the epoch keys, if this member's minute has come.

        Args:
            transport: this member's connections.
            now: the current instant.
            minute: of this member, from the roster.

        Raises:
            Refusal: what the broker answered; the next slot tries again.
        """
        own = own_day(now, minute)
        batch = await self._keyring.to_publish(day_of(now), own)
        if batch is not None:
            await transport.publish("epochs", batch)
            await self._keyring.published(batch, own)

    async def tell_list(self, transport: Transport, now: Instant, minute: int) -> None:
        """Publish the sheet of this member's list that is due in this slot, if one is.

        Args:
            transport: this member's connections.
            now: the current instant.
            minute: of this member, from the roster.

        Raises:
            Refusal: what the broker answered; the next slot tries again.
        """
        own = own_day(now, minute)
        telling = await self._keyring.prekeys.to_tell(own, day_of(now))
        if telling is not None:
            await transport.publish(PREKEYS, telling.sheet)
            await self._keyring.prekeys.told(own, telling)

    async def prekeys(self, identity: Identity, roster: Roster, today: Day) -> None:
        """Make the lists of one-time keys that are lacking; the staff lock must be open."""
        me = identity.public.member_id
        others = [one.member_id for one in roster.members if one.member_id != me]
        await self._keyring.prekeys.make(identity, others, today)

    async def follow_keys(self, transport: Transport, roster: Roster, today: Day) -> None:
        """Read on in the keys board, so many pages that nothing else waits for long."""
        me = self.member_id()
        await self._keyring.follow(transport, roster, today, me, pages=PAGES_A_SLOT)

    async def tokens(
        self, transport: Transport, roster: Roster, me: Member, now: Instant
    ) -> tuple[Refusal, ...]:
        """Ask for the portions that are due; returns what the issuer refused."""
        machine = self.machine
        if machine is None:
            return ()
        certificate = machine.certificate.encode()
        refusals: list[Refusal] = []
        wanted = [
            found
            for token_class in needed(me.role)
            for found in due(token_class, roster.schedule, now, me.token_minute)
        ]
        for serial, portion in await self._wallet.lacking(roster, wanted):
            try:
                await self._wallet.withdraw(transport, roster, portion, serial, certificate)
            except Refusal as refusal:
                refusals.append(refusal)
        return tuple(refusals)

    def held_back(self, me: Member, now: Instant) -> Mapping[TokenClass, int]:
        """Return how many tokens of each class with a lane nothing but the lanes may take."""
        return held_back(me.role, self._following.roster.schedule, now, me.token_minute)

    async def proven(self, now: Instant) -> Day:
        """Return the day that is proven at `now`, by which keys are destroyed."""
        fresh, signed = self._following.fresh(now), self._following.signed
        return day_of(await self._proven.at(now, signed, fresh=fresh))

    async def stocked(self, role: Role, today: Day) -> bool:
        """Return whether there is a token for a note on every board that `role` writes."""
        week, notes = week_of(today), [one for one in needed(role) if one.cell is CellClass.NOTE]
        return all([await self._wallet.stock(one, week) for one in notes])

    async def daily(
        self, today: Day, read_until: Day, waiting: frozenset[Day], *, by_clock: bool
    ) -> bool:
        """Once a day: destroy the keys and tokens that nothing can need.

        Returns whether it did, so that the file should be written anew (`Ledger.scrub`). While the
        clock stands before the day on which the roster was signed, nothing is done.

        Args:
            today: the day that is proven.
            read_until: the day of the last tick on which every board was read to its end.
            waiting: days of inner keys for which sealed layers still wait for staff.
            by_clock: whether `today` is the clock's day too (`Offers.drop`).
        """
        if today < day_of(self._following.signed):
            return False
        async with self._ledger.reading() as rows:
            done = await rows.get(Shelf.META, _DAILY)
        if done == today.to_bytes(4, "big"):
            return False
        await self._keyring.drop(today, read_until, waiting, by_clock=by_clock)
        await self._wallet.forget(today)
        async with self._ledger.transaction("daily") as rows:
            await rows.put(Shelf.META, _DAILY, today.to_bytes(4, "big"))
        return True

    async def warnings(self, now: Instant) -> tuple[str, ...]:
        """Return the schema words of what staff should know: keys running low, roster stale."""
        today = day_of(now)
        found: list[str] = []
        if self.machine is None:
            return ("never_unlocked",)
        if await self._keyring.days_left(today) < LOW_DAYS:
            found.append("keys_low")
        if not self._following.fresh(now):
            found.append("roster_stale")
        if self._following.behind:
            found.append("roster_behind")
        if self.machine.certificate.last_day < today:
            found.append("certificate_over")
        return tuple(found)

    def member_id(self) -> MemberId | None:
        """Return who this member is, once a machine key was certified."""
        return None if self.machine is None else self.machine.member_id
