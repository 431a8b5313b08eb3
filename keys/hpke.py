"""The one way bytes are sealed to a public key: HPKE in base mode, one suite, no negotiation.

This file knows KEM MLKEM768-X25519 (0x647a), HKDF-SHA256 and ChaCha20-Poly1305 (RFC 9180;
draft-ietf-hpke-pq). It refuses to know whose keys they are and what is sealed. Another suite is
another version of the envelope, never a parameter here (ENVELOPE E-3.1).
"""

import secrets
from dataclasses import dataclass, field
from hashlib import shake_256
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from keys.errors import WrongShape

SUITE_ID: Final = bytes.fromhex("647a00010003")
"""KEM, KDF and AEAD, two bytes each, as RFC 9180 numbers them."""
PUBLIC_BYTES: Final = 1_216
SEED_BYTES: Final = 32
ENC_BYTES: Final = 1_120
TAG_BYTES: Final = 16
OVERHEAD: Final = ENC_BYTES + TAG_BYTES
"""Sealed bytes are this much longer than the plaintext."""
_MLKEM_PUBLIC: Final = 1_184
_MLKEM_SEED: Final = 64
_EXPANDED: Final = 96
_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_PROBE: Final = X25519PrivateKey.from_private_bytes(bytes(range(SEED_BYTES)))
"""A known key that keeps no secret: only a point of small order fails to agree with it."""


@dataclass(frozen=True, slots=True)
class HpkePublic:
    """A public key of the suite."""

    raw: bytes = field(repr=False)
    """1,216 bytes: ML-KEM-768 encapsulation key, then X25519 public key (E-3.1)."""
    _key: MLKEM768X25519PublicKey = field(repr=False, compare=False)

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """Read a public key and make sure that sealing to it cannot fail.

        Raises:
            WrongShape: not 1,216 bytes, a coefficient out of range (FIPS 203 § 7.2), or an
                X25519 point of small order.
        """
        try:
            mlkem = MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC])
            x25519 = X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC:])
            _PROBE.exchange(x25519)
        except ValueError:
            raise WrongShape(field="hpke.public") from None
        return cls(raw, MLKEM768X25519PublicKey(mlkem, x25519))

    def seal(self, info: bytes, plaintext: bytes) -> bytes:
        """Seal `plaintext` to this key; see the function `seal`."""
        return _SUITE.encrypt(plaintext, self._key, info)


@dataclass(frozen=True, slots=True, eq=False)
class HpkeSecret:
    """A secret key of the suite."""

    seed: bytes = field(repr=False)
    """32 bytes; SHAKE256 makes the ML-KEM seed and the X25519 key of them (E-3.1)."""
    public: HpkePublic
    _key: MLKEM768X25519PrivateKey = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        """Make a new key pair."""
        return cls.from_seed(secrets.token_bytes(SEED_BYTES))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the key pair that `seed` (32 bytes) stands for.

        Raises:
            WrongShape: `seed` is not 32 bytes.
        """
        if len(seed) != SEED_BYTES:
            raise WrongShape(field="hpke.seed")
        expanded = shake_256(seed).digest(_EXPANDED)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED:])
        raw = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        return cls(seed, HpkePublic.decode(raw), MLKEM768X25519PrivateKey(mlkem, x25519))

    def open_(self, info: bytes, sealed: bytes) -> bytes | None:
        """Open `sealed`, or return None; see the function `open_`."""
        try:
            return _SUITE.decrypt(sealed, self._key, info)
        except InvalidTag:
            return None


def seal(public: HpkePublic, info: bytes, plaintext: bytes) -> bytes:
    """Seal `plaintext`, bound to `info`: 1,120 bytes `enc`, the ciphertext, 16 bytes tag."""
    return public.seal(info, plaintext)


def open_(secret: HpkeSecret, info: bytes, sealed: bytes) -> bytes | None:
    """Open what `seal` made for `secret` under the same `info`; None when it is not ours.

    In a shared pool «not ours» is the ordinary case and no error, and cannot be told from damage.
    """
    return secret.open_(info, sealed)
