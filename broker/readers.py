"""Who reads: a member that proves it, anew for each request, and never twice by one proof.

This file knows proofs, the certificates they lead back to, and which proofs have been used
(PROTOCOL.md P-7.1 to P-7.5). It refuses to know anything about writing: no line of it is on the
way of a cell, and nothing it learns is kept longer than a proof counts.
"""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final

from broker.admission import check_signed_since
from broker.mirror import Mirror
from broker.web import Ask
from keys.address import MemberId
from keys.calendar import Clock, Day, Instant, day_of
from keys.errors import BadCertificate, BrokerBusy, ProofReplayed, WrongShape
from keys.identity import MachineCertificate, MachinePublic, PublicIdentity
from keys.member import Member
from keys.proof import HEADER, WINDOW_SECONDS, Asked, Proof

Certificates = Callable[[MemberId], Awaitable[bytes | None]]
"""Returns a member's machine certificate, or None when it has none."""

NOTHING: Final = sha256(b"").digest()
"""What a proof says of a request without a body."""
MOST_USED: Final = 500_000
"""Proofs remembered at once, about 100 MB: 57 members make fewer than a thousand in ten minutes."""


class Used:
    """The proofs that have been used and would still count.

    Args:
        most: how many are remembered; more are refused rather than forgotten.
    """

    def __init__(self, most: int = MOST_USED) -> None:
        self._most = most
        self._until: dict[bytes, Instant] = {}
        self._swept = Instant(0)

    def use(self, proof: Proof, now: Instant) -> None:
        """Use up a proof that has been verified.

        Raises:
            ProofReplayed: it was used before.
            BrokerBusy: too many are remembered.
        """
        if now >= self._swept + WINDOW_SECONDS:
            self._until = {key: until for key, until in self._until.items() if until >= now}
            self._swept = now
        if proof.replay_key in self._until:
            raise ProofReplayed
        if len(self._until) >= self._most:
            raise BrokerBusy(seconds=WINDOW_SECONDS)
        self._until[proof.replay_key] = proof.counts_until


class Readers:
    """Tells which member makes a request.

    Args:
        mirror: the roster.
        clock: the broker's time, by which proofs count.
        used: the proofs already used.
    """

    def __init__(self, mirror: Mirror, clock: Clock, used: Used | None = None) -> None:
        self._mirror = mirror
        self._clock = clock
        self._started = clock.now()
        self._used = Used() if used is None else used
        self._checked: dict[MemberId, tuple[bytes, PublicIdentity, Day, MachinePublic]] = {}

    async def member(self, ask: Ask, find: Certificates, body_hash: bytes = NOTHING) -> Member:
        """Return the member whose machine made the request's proof, and use the proof up.

        Raises:
            WrongShape, UnknownVersion: there is no proof, or it is not in its form.
            UnknownMember, RevokedMember: it is by nobody in the roster.
            ProofStale: it counts no more, not yet, or was signed before this process began.
            BadCertificate, BadProof: it is by no machine of that member's.
            ProofReplayed: it was used before.
        """
        header = ask.header(HEADER)
        if header is None:
            raise WrongShape(field="proof")
        proof, now, roster = Proof.parse(header), self._clock.now(), self._mirror.roster
        member = roster.member(proof.member_id)
        check_signed_since(proof.instant, self._started)
        certificate = await find(proof.member_id)
        machine = self._machine(member, certificate, day_of(now))
        target = ask.request.raw_path
        asked = Asked(roster.instance, ask.request.method, target, body_hash)
        proof.verify(machine, asked, now)
        self._used.use(proof, now)
        return member

    def _machine(self, member: Member, certificate: bytes | None, today: Day) -> MachinePublic:
        """Return the machine key that `certificate` names, checking each once a day.

        An ML-DSA-65 signature costs ten times an Ed25519 one, and it is the same one all day.
        """
        if certificate is None:
            raise BadCertificate
        known = self._checked.get(member.member_id)
        if known is not None and known[:3] == (certificate, member.identity, today):
            return known[3]
        decoded = MachineCertificate.decode(certificate)
        decoded.check(member.identity, today)
        made = (certificate, member.identity, today, decoded.machine_public)
        self._checked[member.member_id] = made
        return decoded.machine_public
