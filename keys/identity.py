"""Who signs: identities, machine keys and their certificates, and fingerprints to read aloud.

This file knows how a member proves that bytes are its own (ENVELOPE E-2). It refuses to know
which members exist: that is the signed roster's to say. Every identity signature has two halves,
Ed25519 and ML-DSA-65, and nothing here accepts one without the other.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256, sha512
from typing import Final, NewType, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from keys.address import MemberId
from keys.calendar import Day
from keys.errors import BadCertificate, BadSignature, WrongShape
from keys.mnemonics import english
from keys.wire import Fields, lp, pack, unlp

Ed25519Public = NewType("Ed25519Public", bytes)
"""32 bytes: the classical half of an identity."""
MlDsaPublic = NewType("MlDsaPublic", bytes)
"""1,952 bytes: the post-quantum half of an identity (FIPS 204, ML-DSA-65)."""
MachinePublic = NewType("MachinePublic", bytes)
"""32 bytes: the Ed25519 key of one machine, certified by an identity."""

ED25519_PUBLIC_BYTES: Final = 32
MLDSA_PUBLIC_BYTES: Final = 1_952
ED25519_SIGNATURE_BYTES: Final = 64
MLDSA_SIGNATURE_BYTES: Final = 3_309
SIGNATURE_BYTES: Final = ED25519_SIGNATURE_BYTES + MLDSA_SIGNATURE_BYTES
"""3,373: both halves of an identity's signature, Ed25519 first (E-2.4)."""
SEED_BYTES: Final = 32
IDENTITY_SEED_BYTES: Final = 2 * SEED_BYTES
MEMBER_ID_BYTES: Final = 32
CERTIFICATE_DAYS: Final = 30
"""The longest life of a machine certificate, in days, its first and last included (E-2.7)."""
_CERTIFICATE_LIMIT: Final = 4_096
_LAST_DAY: Final = (1 << 32) - 1
_PREFIX: Final = b"folge/1\0"
_WORD_ENTROPY: Final = 16  # bytes; with BIP 39's check bits they make twelve words
_DIGIT_GROUP: Final = 5  # bytes of hash, and digits shown, in each group
_DIGIT_GROUPS: Final = 12


class Purpose(StrEnum):
    """What a signature is for; a signature for one purpose is none for another (E-2.3)."""

    ENVELOPE = "envelope"
    EPOCHS = "epochs"
    PREKEYS = "prekeys"
    MACHINE = "machine"
    READ = "read"
    TOKENS = "tokens"
    ENROL = "enrol"


def signed_input(purpose: Purpose, member_id: MemberId, body: bytes) -> bytes:
    """Return what an identity signs in place of `body` (E-2.3)."""
    return _PREFIX + lp(purpose.encode()) + member_id + sha512(body).digest()


def machine_input(purpose: Purpose, member_id: MemberId, body: bytes) -> bytes:
    """Return what a machine key signs in place of `body`.

    The word `machine` keeps it apart from every identity's input, so that a certificate which
    names an identity's own Ed25519 key makes no half of a signature into a whole one (E-2.6).
    """
    return _PREFIX + b"machine" + lp(purpose.encode()) + member_id + sha512(body).digest()


def _verifies(check: Callable[[], object]) -> bool:
    try:
        check()
    except (BadSignatureError, InvalidSignature):
        return False
    return True


@dataclass(frozen=True, slots=True)
class PublicIdentity:
    """The two public keys that a member is."""

    ed25519: Ed25519Public
    mldsa: MlDsaPublic = field(repr=False)

    @property
    def member_id(self) -> MemberId:
        r"""32 bytes: SHA-256 of `"folge/1\0member"` and both public keys (E-2.2)."""
        return MemberId(sha256(_PREFIX + b"member" + self.ed25519 + self.mldsa).digest())

    def encode(self) -> bytes:
        """Return the msgpack list `["identity", 1, ed25519, mldsa]` (E-2.1)."""
        return pack(["identity", 1, self.ed25519, self.mldsa])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: `data` has not that form (the leaves of `wire`).
        """
        fields = Fields.decode(data, "identity", limit=_CERTIFICATE_LIMIT)
        ed25519 = Ed25519Public(fields.octets("ed25519", size=ED25519_PUBLIC_BYTES))
        mldsa = MlDsaPublic(fields.octets("mldsa", size=MLDSA_PUBLIC_BYTES))
        fields.end()
        return cls(ed25519, mldsa)

    def verify(self, purpose: Purpose, body: bytes, signature: bytes) -> None:
        """Accept `signature` only when both halves are this member's over `body` (E-2.4).

        Raises:
            BadSignature: the length is wrong or either half does not verify.
        """
        if len(signature) != SIGNATURE_BYTES:
            raise BadSignature
        said = signed_input(purpose, self.member_id, body)
        classical = signature[:ED25519_SIGNATURE_BYTES]
        quantum = signature[ED25519_SIGNATURE_BYTES:]
        # Both halves are always tried: which of them failed is nobody's to learn from the time.
        halves = (
            _verifies(lambda: VerifyKey(self.ed25519).verify(said, classical)),
            _verifies(lambda: MLDSA65PublicKey.from_public_bytes(self.mldsa).verify(quantum, said)),
        )
        if not all(halves):
            raise BadSignature


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """A member's two secret signing keys. It is kept under the staff lock."""

    seed: bytes = field(repr=False)
    """64 bytes: the Ed25519 seed, then the ML-DSA-65 seed."""
    public: PublicIdentity
    _ed25519: SigningKey = field(repr=False)
    _mldsa: MLDSA65PrivateKey = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        """Make a new member's keys."""
        return cls.from_seed(secrets.token_bytes(IDENTITY_SEED_BYTES))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the keys that `seed` (64 bytes) stands for.

        Raises:
            WrongShape: `seed` is not 64 bytes.
        """
        if len(seed) != IDENTITY_SEED_BYTES:
            raise WrongShape(field="identity.seed")
        ed25519 = SigningKey(seed[:SEED_BYTES])
        mldsa = MLDSA65PrivateKey.from_seed_bytes(seed[SEED_BYTES:])
        public = PublicIdentity(
            Ed25519Public(bytes(ed25519.verify_key)),
            MlDsaPublic(mldsa.public_key().public_bytes_raw()),
        )
        return cls(seed, public, ed25519, mldsa)

    def sign(self, purpose: Purpose, body: bytes) -> bytes:
        """Return both halves of this member's signature over `body`: 3,373 bytes."""
        said = signed_input(purpose, self.public.member_id, body)
        return self._ed25519.sign(said).signature + self._mldsa.sign(said)


@dataclass(frozen=True, slots=True, eq=False)
class MachineKey:
    """The Ed25519 key of the always-on machine: it signs reads, withdrawals and `stored`."""

    seed: bytes = field(repr=False)
    """32 bytes."""
    public: MachinePublic
    _key: SigningKey = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        """Make a new machine key."""
        return cls.from_seed(secrets.token_bytes(SEED_BYTES))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the key that `seed` (32 bytes) stands for.

        Raises:
            WrongShape: `seed` is not 32 bytes.
        """
        if len(seed) != SEED_BYTES:
            raise WrongShape(field="machine.seed")
        key = SigningKey(seed)
        return cls(seed, MachinePublic(bytes(key.verify_key)), key)

    def sign(self, purpose: Purpose, body: bytes, member_id: MemberId) -> bytes:
        """Return this machine's signature, for its member, over `body`: 64 bytes."""
        return self._key.sign(machine_input(purpose, member_id, body)).signature


def verify_machine(
    public: MachinePublic, purpose: Purpose, body: bytes, member_id: MemberId, signature: bytes
) -> None:
    """Accept `signature` only when `public` made it for `member_id` over `body` (E-2.6).

    Raises:
        BadSignature: the length is wrong or it does not verify.
    """
    said = machine_input(purpose, member_id, body)
    if len(signature) != ED25519_SIGNATURE_BYTES:
        raise BadSignature
    if not _verifies(lambda: VerifyKey(public).verify(said, signature)):
        raise BadSignature


@dataclass(frozen=True, slots=True)
class MachineCertificate:
    """An identity's word that a machine key is its own, for thirty days at most (E-2.7)."""

    member_id: MemberId
    machine_public: MachinePublic
    first_day: Day
    last_day: Day
    body: bytes = field(repr=False)
    """The bytes that were signed, exactly as they came."""
    signature: bytes = field(repr=False)

    @classmethod
    def issue(
        cls, identity: Identity, machine_public: MachinePublic, first_day: Day, days: int
    ) -> Self:
        """Certify `machine_public` for `days` days, the first of them `first_day`.

        Raises:
            WrongShape: `days` is not 1 to 30, or `machine_public` not 32 bytes.
        """
        last_day = Day(first_day + days - 1)
        member_id = identity.public.member_id
        body = pack(["machine", 1, member_id, machine_public, first_day, last_day])
        return cls.decode(lp(body, identity.sign(Purpose.MACHINE, body)))

    def encode(self) -> bytes:
        """Return `lp(body, signature)`, the body as it was signed."""
        return lp(self.body, self.signature)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes; nothing is verified before `check`.

        Raises:
            Malformed: `data` has not that form, or it spans more than thirty days.
        """
        body, signature = unlp(data, 2)
        fields = Fields.decode(body, "machine", limit=_CERTIFICATE_LIMIT)
        member_id = MemberId(fields.octets("member_id", size=MEMBER_ID_BYTES))
        machine_public = MachinePublic(fields.octets("public", size=ED25519_PUBLIC_BYTES))
        first = fields.number("first_day", most=_LAST_DAY)
        last = fields.number("last_day", least=first, most=first + CERTIFICATE_DAYS - 1)
        fields.end()
        return cls(member_id, machine_public, Day(first), Day(last), body, signature)

    def check(self, identity: PublicIdentity, today: Day) -> None:
        """Accept only when `identity` signed this certificate and it is valid on `today`.

        Raises:
            BadCertificate: it is another member's, badly signed, too old or too new.
        """
        if self.member_id != identity.member_id or not self.first_day <= today <= self.last_day:
            raise BadCertificate
        try:
            identity.verify(Purpose.MACHINE, self.body, self.signature)
        except BadSignature:
            raise BadCertificate from None


def fingerprint_words(member_id: MemberId) -> tuple[str, ...]:
    """Return twelve words (BIP 39, English) for the first 128 bits of `member_id` (E-2.8)."""
    return tuple(english().to_mnemonic(member_id[:_WORD_ENTROPY]).split())


def fingerprint_digits(member_id: MemberId) -> tuple[str, ...]:
    """Return twelve groups of five digits for `member_id`, to be read over a telephone (E-2.8)."""
    spread = sha512(_PREFIX + b"digits" + member_id).digest()
    return tuple(
        f"{int.from_bytes(spread[at : at + _DIGIT_GROUP], 'big') % 10**_DIGIT_GROUP:05d}"
        for at in range(0, _DIGIT_GROUPS * _DIGIT_GROUP, _DIGIT_GROUP)
    )
