"""Everybody's published keys: epoch batches and machine certificates, from the keys board.

This file knows that the board is the broker's, so that an entry counts for its member's signature
and for nothing else. It refuses to seal or open anything, and to hold a secret.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from client.ledger import Ledger, Transaction
from client.offers import Offer, Offers, Position
from client.prekeys import Prekeys
from client.shelf import Shelf
from client.transport import Transport
from keys.address import MemberId
from keys.calendar import Day
from keys.epoch import EpochBatch
from keys.errors import BadSignature, Malformed, NoKeys, Refusal, WrongShape
from keys.identity import CERTIFICATE_DAYS, MachineCertificate
from keys.roster import Member, Roster
from keys.wire import Fields, Value, lp, unlp

EPOCHS: Final = "epochs"
CERT: Final = "cert"
MOST_PAGES: Final = 1_000
"""Pages in one reading; a broker that has ever more of them is left until the next tick."""
_PAGE: Final = 16
"""Entries in one answer: of the longest a megabyte, for a slow line."""
_FORM: Final = b"with prekeys"
"""A program that passed over a kind of entry read the board before: it is read once more."""
_AHEAD: Final = 1
"""Days by which the days of two machines differ around midnight."""
_CURSOR: Final = b"keys-cursor"
_NUMBER: Final = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry that its member signed."""

    kind: str
    owner: MemberId
    first_day: Day
    last_day: Day
    signed: bytes

    @classmethod
    def own(cls, made: EpochBatch | MachineCertificate) -> "Entry":
        """Return what this member has just signed itself."""
        if isinstance(made, EpochBatch):
            first, last = made.days[0].day, made.days[-1].day
            return cls(EPOCHS, made.member_id, first, last, made.encode())
        return cls(CERT, made.member_id, made.first_day, made.last_day, made.encode())

    @classmethod
    def read(cls, item: Value, roster: Roster, today: Day) -> "Entry | None":
        """Read an entry of the board; None when it is not its member's word, or over.

        Neither is a batch that begins later than `_AHEAD` from today: a clock that was ahead made
        it, and kept, it would stand before every right one of that member (E-3.6).
        """
        try:
            made = _decoded(item)
            identity = roster.member(made.member_id).identity
            if isinstance(made, EpochBatch):
                if made.days[0].day > today + _AHEAD:
                    return None
                made.check(identity)
            else:
                # Its signature now; whether it holds on a day is asked when it is used.
                made.check(identity, made.first_day)
        except Refusal:
            return None
        entry = cls.own(made)
        return entry if entry.last_day >= today else None


def _decoded(item: Value) -> EpochBatch | MachineCertificate:
    match item:
        case [str(kind), bytes(signed)] if kind == EPOCHS:
            return EpochBatch.decode(signed)
        case [str(kind), bytes(signed)] if kind == CERT:
            return MachineCertificate.decode(signed)
        case _:
            raise WrongShape(field="keys.entry")


class Peers:
    """The published keys of all members, in one member's ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.prekeys = Prekeys(ledger)
        self.offers = Offers(ledger)
        self._own: tuple[bytes, EpochBatch] | None = None

    async def follow(
        self,
        transport: Transport,
        roster: Roster,
        today: Day,
        me: MemberId | None = None,
        *,
        pages: int = MOST_PAGES,
    ) -> int:
        """Read what is new on the keys board; returns how many entries were kept.

        An entry that does not verify is passed over: one bad entry must not keep the good ones
        out. With a new roster the board is read from its beginning, because an entry of a member
        that the old roster did not know was passed over too; so it is with a new broker.

        Args:
            transport: this member's connections.
            roster: whose members count.
            today: the current day.
            me: whose one-time keys are kept; none are before this member knows who it is.
            pages: how many to read at most.

        Raises:
            BrokerGone: no answer; what was read is kept.
            Malformed: the answer is not in its form.
            Refusal: what the broker answered.
        """
        place = lp(roster.instance.encode(), roster.version.to_bytes(_NUMBER, "big"), _FORM)
        async with self._ledger.reading() as rows:
            kept = await rows.get_whole(Shelf.CURSOR, _CURSOR) or b""
        cursor = int.from_bytes(kept[len(place) :], "big") if kept.startswith(place) else 0
        count = 0
        for _ in range(pages):
            fields = Fields(await transport.keys(cursor, _PAGE), "keys")
            after = fields.number("next")
            items = fields.items("entries", most=_PAGE)
            fields.end()
            # Some milliseconds each: in a thread, so that no slot is late for it.
            entries = await asyncio.to_thread(_read, items, roster, today)
            offers = await asyncio.to_thread(_offers, items, roster, today, me)
            async with self._ledger.transaction("keys-followed") as rows:
                for entry in entries:
                    count += await self.keep(rows, entry, today)
                for offer in offers:
                    count += await self.offers.keep(rows, offer, Position(roster.instance, after))
                await rows.put(Shelf.CURSOR, _CURSOR, place + after.to_bytes(_NUMBER, "big"))
            if len(items) < _PAGE or after <= cursor:
                break
            cursor = after
        return count

    async def keep(self, rows: Transaction, entry: Entry, today: Day) -> bool:
        """Keep an entry inside the caller's transaction, unless it is an old one told again.

        The board's order is the broker's, and the last day is the member's own word. What begins
        after today stands in nobody's way: a clock that was ahead made it, or took it (E-3.6).
        """
        kept = await rows.get_whole(Shelf.PEER_KEYS, self._row(entry))
        if kept is not None:
            known = _kept(kept)
            outlasts = known.first_day <= today and known.last_day > entry.last_day
            if known.signed == entry.signed or outlasts:
                return False
        await self._put(rows, entry)
        return True

    async def keep_own(self, rows: Transaction, made: EpochBatch | MachineCertificate) -> None:
        """Keep what this member has just signed itself, inside the caller's transaction.

        It counts whatever was kept: a clock that was wrong may have made that.
        """
        await self._put(rows, Entry.own(made))

    async def covers(self, rows: Transaction, member_id: MemberId, days: Sequence[Day]) -> bool:
        """Return whether the keys that count of a member are for all of these days."""
        row = self._ledger.key(EPOCHS.encode(), member_id, b"")
        kept = await rows.get_whole(Shelf.PEER_KEYS, row)
        signed = () if kept is None else EpochBatch.decode(unlp(kept, 2)[1]).days
        return {one.day for one in signed} >= set(days)

    async def _put(self, rows: Transaction, entry: Entry) -> None:
        await rows.put(Shelf.PEER_KEYS, self._row(entry), lp(entry.kind.encode(), entry.signed))

    async def peer(self, roster: Roster, member_id: MemberId, day: Day) -> EpochBatch:
        """Return the signed keys to seal to for `member_id`, which cover `day`.

        Raises:
            NoKeys: it has published none for that day.
            UnknownMember, RevokedMember: it is no member.
        """
        member = roster.member(member_id)
        return _checked(await self._kept_batch(member_id, day), member, day)

    async def own(self, roster: Roster, member_id: MemberId, day: Day) -> EpochBatch:
        """Return what `peer` does, of this member itself, who asks at every slot of every lane.

        What was read and checked the last time is not read again. No other member's keys are
        remembered, so the memory tells nobody to whom something was sealed, and a slot after a
        sealing takes as long as any other.

        Raises:
            NoKeys, UnknownMember, RevokedMember: as `peer`.
        """
        member, kept = roster.member(member_id), await self._kept_batch(member_id, day)
        if self._own is None or self._own[0] != kept:
            self._own = kept, _checked(kept, member, day)
        self._own[1].for_day(day)
        return self._own[1]

    async def _kept_batch(self, member_id: MemberId, day: Day) -> bytes:
        row = self._ledger.key(EPOCHS.encode(), member_id, b"")
        async with self._ledger.reading() as rows:
            kept = await rows.get_whole(Shelf.PEER_KEYS, row)
        if kept is None:
            raise NoKeys(day=day)
        return kept

    async def certificates(self) -> Mapping[MemberId, tuple[MachineCertificate, ...]]:
        """Return every machine certificate that was published; the opener checks each."""
        found: dict[MemberId, list[MachineCertificate]] = {}
        async with self._ledger.reading() as rows:
            for _, kept in await rows.rows(Shelf.PEER_KEYS):
                kind, signed = unlp(kept, 2)
                if kind == CERT.encode():
                    certificate = MachineCertificate.decode(signed)
                    found.setdefault(certificate.member_id, []).append(certificate)
        return {member_id: tuple(several) for member_id, several in found.items()}

    async def forget_over(self, rows: Transaction, today: Day) -> None:
        """Drop what can verify nothing any more: a receipt may wait for staff that long."""
        for row, kept in await rows.rows(Shelf.PEER_KEYS):
            if _kept(kept).last_day < today - CERTIFICATE_DAYS:
                await rows.delete(Shelf.PEER_KEYS, row)

    def _row(self, entry: Entry) -> bytes:
        # Certificates are all kept, for a receipt may be older than the machine key of today.
        apart = b"" if entry.kind == EPOCHS else entry.signed
        return self._ledger.key(entry.kind.encode(), entry.owner, apart)


def _read(items: list[Value], roster: Roster, today: Day) -> list[Entry]:
    found = (Entry.read(item, roster, today) for item in items)
    return [entry for entry in found if entry is not None]


def _offers(items: list[Value], roster: Roster, today: Day, me: MemberId | None) -> list[Offer]:
    if me is None:
        return []
    found = (Offer.read(item, roster, me, today) for item in items)
    return [offer for offer in found if offer is not None]


def _checked(kept: bytes, member: Member, day: Day) -> EpochBatch:
    try:
        batch = EpochBatch.decode(unlp(kept, 2)[1])
        batch.check(member.identity)
    except (Malformed, BadSignature):
        raise NoKeys(day=day) from None
    batch.for_day(day)
    return batch


def _kept(kept: bytes) -> Entry:
    kind, signed = unlp(kept, 2)
    made = EpochBatch if kind == EPOCHS.encode() else MachineCertificate
    return Entry.own(made.decode(signed))
