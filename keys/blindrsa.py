"""RSA blind signatures (RFC 9474), the arithmetic under the tokens.

This file knows RSABSSA with SHA-384 and PSS: encode, blind, sign blind, unblind, verify. It
refuses to know what is signed, by whom and why; `token` gives the messages their shape and
admits no key but RSA-2048. Other sizes and salts exist here so that published vectors apply.

GMP raises to the secret exponents in a time and an access pattern that do not depend on its
numbers (`gmp`). All the same the signer never exponentiates what a stranger chose, nor
twice with the same exponent: base and exponents are blinded anew for each signature (ADR 24).
OpenSSL verifies, and makes keys.
"""

from dataclasses import dataclass, field
from hashlib import sha384
from secrets import randbelow, randbits
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA384

from keys.errors import BadToken, SigningFault, WrongShape
from keys.gmp import gcd, invert, powmod, powmod_secret

HASH_BYTES: Final = 48
SALT_BYTES: Final = 48
"""The salt of RSABSSA-SHA384-PSS; the variant PSSZERO has none (RFC 9474 § 5)."""
_EXPONENT_BLIND_BITS: Final = 128


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An RSA public key as numbers, and as OpenSSL's key for verifying."""

    n: int
    e: int
    _openssl: rsa.RSAPublicKey = field(repr=False, compare=False)

    @classmethod
    def of(cls, n: int, e: int) -> Self:
        """Load the key.

        Raises:
            WrongShape: OpenSSL does not take these numbers for a public key.
        """
        try:
            return cls(n, e, rsa.RSAPublicNumbers(e, n).public_key())
        except ValueError:
            raise WrongShape(field="issuer.public") from None

    @property
    def size(self) -> int:
        """The modulus's length in bytes: of every blinded message and signature."""
        return (self.n.bit_length() + 7) // 8

    def verifies(self, message: bytes, signature: bytes, salt_bytes: int = SALT_BYTES) -> bool:
        """Say whether `signature` is RSASSA-PSS by this key over `message` (RFC 8017 § 8.1.2)."""
        pss = padding.PSS(padding.MGF1(SHA384()), salt_length=salt_bytes)
        try:
            self._openssl.verify(signature, message, pss, SHA384())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, eq=False)
class SecretKey:
    """An RSA secret key in its CRT form (RFC 8017 § 3.2), for signing blind."""

    public: PublicKey
    p: int = field(repr=False)
    q: int = field(repr=False)
    dp: int = field(repr=False)
    dq: int = field(repr=False)
    qinv: int = field(repr=False)

    @classmethod
    def of(cls, numbers: rsa.RSAPrivateNumbers) -> Self:
        """Take the numbers of a key that OpenSSL has checked."""
        public = PublicKey.of(numbers.public_numbers.n, numbers.public_numbers.e)
        return cls(public, numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp)

    def blind_sign(self, blinded: bytes) -> bytes:
        """Return the blind signature over `blinded` (RFC 9474 § 4.3); both are `size` bytes.

        Raises:
            WrongShape: `blinded` has another length, or its number is not below the modulus.
            SigningFault: the result does not verify, so nothing of it is given out.
        """
        n, e = self.public.n, self.public.e
        message = int.from_bytes(blinded, "big")
        if len(blinded) != self.public.size or message >= n:
            raise WrongShape(field="token.blinded")
        mask = unit(n)
        signed = self._power(message * powmod(mask, e, n) % n) * invert(mask, n) % n
        # One wrong bit in one half of the CRT would give away a prime factor (RFC 9474 § 7.1).
        if powmod(signed, e, n) != message:
            raise SigningFault
        return signed.to_bytes(self.public.size, "big")

    def _power(self, masked: int) -> int:
        """Return `masked` to the secret exponent, by CRT (RFC 8017 § 5.1.2)."""
        # A multiple of p-1 changes the exponent and, by Fermat, not the result.
        to_p = self.dp + randbits(_EXPONENT_BLIND_BITS) * (self.p - 1)
        to_q = self.dq + randbits(_EXPONENT_BLIND_BITS) * (self.q - 1)
        in_p, in_q = powmod_secret(masked, to_p, self.p), powmod_secret(masked, to_q, self.q)
        return in_q + self.q * (self.qinv * (in_p - in_q) % self.p)


def unit(n: int) -> int:
    """Return a random number from 1 to `n` - 1."""
    return 1 + randbelow(n - 1)


def _mgf1(seed: bytes, length: int) -> bytes:
    """Stretch `seed` to `length` bytes with SHA-384 (RFC 8017 § B.2.1)."""
    blocks = -(-length // HASH_BYTES)
    return b"".join(sha384(seed + i.to_bytes(4, "big")).digest() for i in range(blocks))[:length]


def encode_pss(message: bytes, bits: int, salt: bytes) -> bytes:
    """Return EMSA-PSS of `message` in `bits` bits, SHA-384 throughout (RFC 8017 § 9.1.1).

    `bits` is one less than the modulus has, and never a multiple of eight here.
    """
    length = (bits + 7) // 8
    digest = sha384(bytes(8) + sha384(message).digest() + salt).digest()
    block = b"\1".rjust(length - len(salt) - HASH_BYTES - 1, b"\0") + salt
    mask = _mgf1(digest, len(block))
    masked = bytes(a ^ b for a, b in zip(block, mask, strict=True))
    first = masked[0] & (0xFF >> (8 * length - bits))
    return bytes([first]) + masked[1:] + digest + b"\xbc"


def blind(public: PublicKey, message: bytes, salt: bytes, factor: int) -> tuple[bytes, int]:
    """Hide `message` behind `factor` (RFC 9474 § 4.2).

    Returns:
        The blinded message, `size` bytes, and the inverse that `finalize` needs.

    Raises:
        BadToken: the key has a factor that chance can find, so it is no key.
    """
    n = public.n
    encoded = int.from_bytes(encode_pss(message, n.bit_length() - 1, salt), "big")
    if gcd(encoded * factor, n) != 1:
        raise BadToken
    hidden = encoded * powmod(factor, public.e, n) % n
    return hidden.to_bytes(public.size, "big"), invert(factor, n)


def finalize(
    public: PublicKey,
    message: bytes,
    blind_signature: bytes,
    inverse: int,
    salt_bytes: int = SALT_BYTES,
) -> bytes:
    """Return the signature over `message` that `blind_signature` hides (RFC 9474 § 4.4).

    Raises:
        BadToken: it has another length, or what it hides does not verify.
    """
    if len(blind_signature) != public.size:
        raise BadToken
    hidden = int.from_bytes(blind_signature, "big")
    signature = (hidden * inverse % public.n).to_bytes(public.size, "big")
    if not public.verifies(message, signature, salt_bytes):
        raise BadToken
    return signature
