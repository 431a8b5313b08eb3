"""Signed keys on the `keys` board: who may put them there, and until when they are kept.

This file knows a machine certificate and the outside of an epoch batch and of a list of prekeys
(PROTOCOL.md P-9.1). It refuses to know what is sealed to those keys, and does not own the code
that could seal: every reader checks each key anew.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from broker.bodies import Bodies, declared
from broker.mirror import Mirror
from broker.storage import Publication, Store
from broker.web import Ask, answer
from keys.address import MemberId
from keys.calendar import Clock, Day, Week, day_of, first_day, week_of
from keys.errors import Expired, NotYet, QuotaSpent, WrongSize
from keys.identity import MEMBER_ID_BYTES, MachineCertificate, Purpose
from keys.prekeysheet import Sheet, last_day
from keys.register import Roster
from keys.wire import Fields, unlp

LIMIT: Final = 69_632
"""The longest publication, in bytes: the longest epoch batch (E-3.4), and its frame."""
A_DAY: Final = 128
"""Publications that a member may make on one day: a list of prekeys is one for each sheet."""
_EPOCH_DAYS: Final = 14
_AHEAD: Final = _EPOCH_DAYS + 1
"""How far ahead keys may reach: a fortnight, and a day for clocks on two sides of midnight."""
_LAST_DAY: Final = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Publishing:
    """What a member puts on the `keys` board, verified."""

    member_id: MemberId
    kind: Publication
    signed: bytes = field(repr=False)
    last_day: Day


def read_publication(body: bytes, roster: Roster, today: Day) -> Publishing:
    """Read a request's body and verify the member's signature inside it.

    Raises:
        Malformed: `body` has not the form of P-9.1.
        UnknownMember, RevokedMember: it is by nobody in the roster.
        BadCertificate, BadSignature: that member did not sign it, or it is not valid today.
        Expired, NotYet: the keys are for days that are over, or for a day too far ahead.
    """
    fields = Fields.decode(body, "publish", limit=LIMIT)
    kind = fields.choice("kind", Publication)
    signed = fields.octets("signed", most=LIMIT)
    fields.end()
    if kind is Publication.CERT:
        return _certificate(signed, roster, today)
    if kind is Publication.PREKEYS:
        return _prekeys(signed, roster, today)
    return _epochs(signed, roster, today)


def _prekeys(signed: bytes, roster: Roster, today: Day) -> Publishing:
    head = Sheet.decode(signed).head
    member = roster.member(head.member_id)
    head.check(member.identity)
    ends = last_day(head.week)
    if ends < today:
        raise Expired
    if head.week > week_of(today) + 1:
        raise NotYet(day=first_day(Week(head.week - 1)))
    return Publishing(member.member_id, Publication.PREKEYS, signed, ends)


def _certificate(signed: bytes, roster: Roster, today: Day) -> Publishing:
    certificate = MachineCertificate.decode(signed)
    member = roster.member(certificate.member_id)
    certificate.check(member.identity, today)
    return Publishing(member.member_id, Publication.CERT, signed, certificate.last_day)


def _epochs(signed: bytes, roster: Roster, today: Day) -> Publishing:
    said, signature = unlp(signed, 2)
    fields = Fields.decode(said, "epochs", limit=LIMIT)
    member = roster.member(MemberId(fields.octets("member_id", size=MEMBER_ID_BYTES)))
    first = fields.number("first_day", most=_LAST_DAY - _EPOCH_DAYS)
    days = len(fields.items("days", least=1, most=_EPOCH_DAYS))
    fields.end()
    member.identity.verify(Purpose.EPOCHS, said, signature)
    last_day = Day(first + days - 1)
    if last_day < today:
        raise Expired
    if last_day > today + _AHEAD:
        raise NotYet(day=Day(last_day - _AHEAD))
    return Publishing(member.member_id, Publication.EPOCHS, signed, last_day)


class Publisher:
    """The one route by which keys come in.

    Args:
        store: where they are kept.
        mirror: the roster, for the members' identities.
        clock: the broker's time.
        bodies: the places for bodies being read.
    """

    def __init__(self, store: Store, mirror: Mirror, clock: Clock, bodies: Bodies) -> None:
        self._store = store
        self._mirror = mirror
        self._clock = clock
        self._bodies = bodies
        self._made: Counter[MemberId] = Counter()
        self._day = Day(0)

    async def publish(self, ask: Ask) -> web.StreamResponse:
        """Keep a member's signed keys (P-9.1, P-9.2)."""
        size = declared(ask.request)
        if size > LIMIT:
            raise WrongSize
        with self._bodies.reading(ask.request, size) as reading:
            body = await reading.whole()
        today = day_of(self._clock.now())
        made = read_publication(body, self._mirror.roster, today)
        self._count(made.member_id, today)
        if not await self._store.publish(made.member_id, made.kind, made.signed, made.last_day):
            # The board is read by all: whoever tells what stands on it spends nothing of its owner.
            self._made[made.member_id] -= self._day == today
        return answer(["published", 1], 201)

    def _count(self, member_id: MemberId, today: Day) -> None:
        """Hold one member's publications to a number a day; in memory only.

        Raises:
            QuotaSpent: it has made that many today.
        """
        if today != self._day:
            self._day = today
            self._made.clear()
        if self._made[member_id] >= A_DAY:
            raise QuotaSpent
        self._made[member_id] += 1
