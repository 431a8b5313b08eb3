"""Read proofs: one line in a header by which a machine shows whose request this is.

This file knows what a proof says and how long it counts (ENVELOPE E-10). It refuses to know which
machine keys a member has (the broker looks them up by the member's id), what time it is, and
which proofs have been used: the broker remembers `replay_key` until `counts_until` has passed.
"""

from dataclasses import dataclass, field
from typing import Final, Self

from keys.address import MemberId
from keys.armour import from_url, to_url
from keys.calendar import Instant
from keys.errors import BadProof, BadSignature, ProofStale, UnknownVersion, WrongShape
from keys.identity import (
    ED25519_SIGNATURE_BYTES,
    MEMBER_ID_BYTES,
    MachineKey,
    MachinePublic,
    Purpose,
    verify_machine,
)
from keys.wire import U64, lp

HEADER: Final = "Folge-Proof"
WINDOW_SECONDS: Final = 300
"""How far a proof's instant may lie from the broker's clock, either way (E-10.5)."""
NONCE_BYTES: Final = 16
BODY_HASH_BYTES: Final = 32
_VERSION: Final = b"\1"
_INSTANT_BYTES: Final = 8
PROOF_BYTES: Final = (
    len(_VERSION) + MEMBER_ID_BYTES + _INSTANT_BYTES + NONCE_BYTES + ED25519_SIGNATURE_BYTES
)
"""121: 162 characters in the header."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that a proof is for, as it stands on the wire (E-10.2).

    Args:
        instance: the broker's text id from the roster, so that no other broker can use it.
        method: such as `GET`, in capitals.
        target: path and query exactly as sent.
        body_hash: 32 bytes, SHA-256 of the request's body, or of nothing.

    Raises:
        WrongShape: method or target is empty or not ASCII, or the hash not 32 bytes.
    """

    instance: str
    method: str
    target: str
    body_hash: bytes

    def __post_init__(self) -> None:
        for name, text in (("method", self.method), ("target", self.target)):
            if not text or not text.isascii():
                raise WrongShape(field=f"proof.{name}")
        if len(self.body_hash) != BODY_HASH_BYTES:
            raise WrongShape(field="proof.body_hash")


def _signed_body(asked: Asked, now: Instant, nonce: bytes) -> bytes:
    """Return what the machine signs, for purpose `read` and its member (E-10.3)."""
    return lp(
        asked.instance.encode(),
        asked.method.encode(),
        asked.target.encode(),
        asked.body_hash,
        now.to_bytes(_INSTANT_BYTES, "big"),
        nonce,
    )


def make(machine: MachineKey, member_id: MemberId, asked: Asked, now: Instant, nonce: bytes) -> str:
    """Return the header's value: 162 characters for any request.

    Args:
        machine: the key that signs.
        member_id: whose machine it is.
        asked: the request.
        now: the client's clock.
        nonce: 16 random bytes, never used before.

    Raises:
        WrongShape: `nonce` is not 16 bytes, or `now` not a u64.
    """
    if len(nonce) != NONCE_BYTES or not 0 <= now <= U64:
        raise WrongShape(field="proof.nonce")
    signature = machine.sign(Purpose.READ, _signed_body(asked, now, nonce), member_id)
    instant = now.to_bytes(_INSTANT_BYTES, "big")
    return to_url(_VERSION + member_id + instant + nonce + signature)


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as it came: a claim, until `verify` accepts it."""

    member_id: MemberId
    instant: Instant
    nonce: bytes
    signature: bytes = field(repr=False)

    @classmethod
    def parse(cls, header: str) -> Self:
        """Read the header's value; nothing is verified before `verify` (E-10.1).

        Raises:
            WrongShape: not the one spelling of 121 bytes.
            UnknownVersion: the first byte is not 1.
        """
        data = from_url(header, "proof")
        if len(data) != PROOF_BYTES:
            raise WrongShape(field="proof")
        if not data.startswith(_VERSION):
            raise UnknownVersion(field="proof")
        member_end = len(_VERSION) + MEMBER_ID_BYTES
        instant_end = member_end + _INSTANT_BYTES
        nonce_end = instant_end + NONCE_BYTES
        return cls(
            MemberId(data[len(_VERSION) : member_end]),
            Instant(int.from_bytes(data[member_end:instant_end], "big")),
            data[instant_end:nonce_end],
            data[nonce_end:],
        )

    @property
    def replay_key(self) -> bytes:
        """48 bytes: member and nonce. A second proof with the same is `ProofReplayed` (E-10.6)."""
        return self.member_id + self.nonce

    @property
    def counts_until(self) -> Instant:
        """The last second in which this proof counts, on the broker's clock."""
        return Instant(self.instant + WINDOW_SECONDS)

    def verify(self, machine_public: MachinePublic, asked: Asked, now: Instant) -> None:
        """Accept only when `machine_public` signed this for `asked`, within the window.

        Remember `replay_key` only after this; a stranger's forgery must not use up a nonce.

        Raises:
            ProofStale: `now` is more than 300 s from the proof's instant.
            BadProof: the signature is another key's, or for another member or request.
        """
        if abs(now - self.instant) > WINDOW_SECONDS:
            raise ProofStale
        body = _signed_body(asked, self.instant, self.nonce)
        try:
            verify_machine(machine_public, Purpose.READ, body, self.member_id, self.signature)
        except BadSignature:
            raise BadProof from None
