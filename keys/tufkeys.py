"""The keys that sign the roster: pairs of Ed25519 and ML-DSA-65, in the form TUF knows.

This file knows how a person's two keys sign a TUF payload and which public keys a root may name
(ENVELOPE E-13.2). It refuses to know who the person is and what the payload says. The signature
schemes are securesystemslib's `ed25519` and `ml-dsa-65/1` (TUF TAP 21), so that any TUF client
that has them can check our files; everything else that library accepts is refused here.
"""

import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from keys.errors import RosterMalformed, WrongShape
from keys.tuflib import (
    ED25519,
    KEY_TYPE_ED25519,
    KEY_TYPE_MLDSA,
    MLDSA_65_1,
    CryptoSigner,
    Key,
    Signature,
    SSlibKey,
)
from keys.wire import Fields, pack

SEED_BYTES: Final = 32
PAIR_SEED_BYTES: Final = 2 * SEED_BYTES
_ED25519_PUBLIC_BYTES: Final = 32
_MLDSA_PUBLIC_BYTES: Final = 1_952
_CARD_LIMIT: Final = 4_096
_PREFIX: Final = b"folge/1\0"


@dataclass(frozen=True, slots=True)
class KeyCard:
    """The public halves of one pair: what its holder hands over to be named in a root."""

    ed25519: bytes
    """32 bytes."""
    mldsa: bytes = field(repr=False)
    """1,952 bytes (FIPS 204, ML-DSA-65)."""

    @property
    def card_id(self) -> bytes:
        r"""32 bytes: SHA-256 of `"folge/1\0card"` and both public keys (E-13.3)."""
        return sha256(_PREFIX + b"card" + self.ed25519 + self.mldsa).digest()

    @property
    def keys(self) -> tuple[SSlibKey, SSlibKey]:
        """Both keys as TUF names them: Ed25519, then ML-DSA-65."""
        return (
            SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(self.ed25519)),
            SSlibKey.from_crypto(MLDSA65PublicKey.from_public_bytes(self.mldsa)),
        )

    @property
    def key_ids(self) -> frozenset[str]:
        """The TUF key ids of both keys, 64 hexadecimal digits each."""
        return frozenset(key.keyid for key in self.keys)

    def encode(self) -> bytes:
        """Return the msgpack list `["keycard", 1, ed25519, mldsa]` (E-13.3)."""
        return pack(["keycard", 1, self.ed25519, self.mldsa])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: `data` has not that form (the leaves of `wire`).
        """
        fields = Fields.decode(data, "keycard", limit=_CARD_LIMIT)
        ed25519 = fields.octets("ed25519", size=_ED25519_PUBLIC_BYTES)
        mldsa = fields.octets("mldsa", size=_MLDSA_PUBLIC_BYTES)
        fields.end()
        return cls(ed25519, mldsa)


@dataclass(frozen=True, slots=True, eq=False)
class KeyPair:
    """The two secret keys of one root holder, one registrar or the broker's online signer."""

    seed: bytes = field(repr=False)
    """64 bytes: the Ed25519 seed, then the ML-DSA-65 seed."""
    card: KeyCard
    _signers: tuple[CryptoSigner, CryptoSigner] = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        """Make a new pair."""
        return cls.from_seed(secrets.token_bytes(PAIR_SEED_BYTES))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the pair that `seed` (64 bytes) stands for.

        Raises:
            WrongShape: `seed` is not 64 bytes.
        """
        if len(seed) != PAIR_SEED_BYTES:
            raise WrongShape(field="keypair.seed")
        ed25519 = Ed25519PrivateKey.from_private_bytes(seed[:SEED_BYTES])
        mldsa = MLDSA65PrivateKey.from_seed_bytes(seed[SEED_BYTES:])
        card = KeyCard(
            ed25519.public_key().public_bytes_raw(), mldsa.public_key().public_bytes_raw()
        )
        return cls(seed, card, (CryptoSigner(ed25519), CryptoSigner(mldsa)))

    def sign(self, payload: bytes) -> tuple[Signature, Signature]:
        """Return both keys' signatures over the canonical JSON `payload` of one TUF role."""
        classical, quantum = self._signers
        return classical.sign(payload), quantum.sign(payload)


def is_quantum(key: Key) -> bool:
    """Say whether `key`, which `checked` has passed, is the ML-DSA-65 half of a pair."""
    return key.keytype == KEY_TYPE_MLDSA


def checked(key: Key) -> SSlibKey:
    """Return `key` anew from its public bytes, when it is in the one form a root may use.

    Its id must be the hash of its content and its content the one encoding of the public key,
    so that one key cannot stand under two ids and be counted twice (E-13.2).

    Raises:
        RosterMalformed: another type, scheme, id, encoding or field.
    """
    public: object = key.keyval.get("public")
    if not isinstance(public, str):
        raise RosterMalformed
    try:
        anew = _anew((key.keytype, key.scheme), public)
    except (ValueError, UnsupportedAlgorithm):  # not hexadecimal, not PEM, or no key we have
        raise RosterMalformed from None
    if anew != key:
        raise RosterMalformed
    return anew


def _anew(form: tuple[str, str], public: str) -> SSlibKey:
    if form == (KEY_TYPE_ED25519, ED25519):
        return SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)))
    if form == (KEY_TYPE_MLDSA, MLDSA_65_1):
        return SSlibKey.from_crypto(load_pem_public_key(public.encode()))
    raise RosterMalformed
