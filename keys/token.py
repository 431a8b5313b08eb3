"""Anonymous tokens: leave to post one cell, which no one can trace to whom it was given.

This file knows the shape of RFC 9578's token type 0x0002 and who signs what (ENVELOPE E-12). It
refuses to know who asks and how often (the issuer's books), and what has been spent (the
broker's). `blindrsa` does the arithmetic; this file lets in no key but RSA-2048 with e = 65537.
"""

import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, NewType, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from keys.address import TokenClass
from keys.armour import from_url, to_url
from keys.blindrsa import SALT_BYTES, PublicKey, SecretKey, blind, finalize, unit
from keys.calendar import Week
from keys.errors import BadToken, WrongShape
from keys.wire import Fields, lp, pack

TokenKeyId = NewType("TokenKeyId", bytes)
"""32 bytes: SHA-256 of an issuer key's `der` (RFC 9578 § 6.5)."""
SpentKey = NewType("SpentKey", bytes)
"""32 bytes: what a broker keeps of a spent token, and nothing else of it."""

HEADER: Final = "Folge-Token"
TOKEN_TYPE: Final = b"\x00\x02"
TOKEN_BYTES: Final = 354
AUTHENTICATOR_BYTES: Final = 256
"""RSA-2048: of every blinded message, blind signature and authenticator."""
_HASH: Final = 32
_MODULUS_BITS: Final = 2048
_EXPONENT: Final = 65_537
_WEEK_BYTES: Final = 4
_LAST_WEEK: Final = (1 << 8 * _WEEK_BYTES) - 1
_INSTANCE_CHARS: Final = 64
_SPKI_HEAD: Final = bytes.fromhex(
    # SubjectPublicKeyInfo, id-RSASSA-PSS with SHA-384, MGF1-SHA-384 and a 48-byte salt, down to
    # the modulus: the form of RFC 9578 § 8.2.2, in which only the modulus differs (E-12.2).
    "30820152303d06092a864886f70d01010a3030a00d300b0609608648016503040202"
    "a11a301806092a864886f70d010108300b0609608648016503040202a2030201300382010f003082010a"
    "0282010100"
)
_SPKI_TAIL: Final = bytes.fromhex("0203010001")


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a token is good for: one token class, one week, one instance (E-12.3)."""

    instance: str
    token_class: TokenClass
    week: Week

    def __post_init__(self) -> None:
        if not 0 <= self.week <= _LAST_WEEK or not 0 < len(self.instance) <= _INSTANCE_CHARS:
            raise WrongShape(field="challenge")

    @property
    def digest(self) -> bytes:
        """32 bytes: SHA-256 of `lp(instance, token class, week as a u32)`."""
        week = self.week.to_bytes(_WEEK_BYTES, "big")
        said = lp(self.instance.encode(), str(self.token_class).encode(), week)
        return sha256(said).digest()


@dataclass(frozen=True, slots=True)
class IssuerPublic:
    """The public half of one token class's key for one week, as the signed roster has it.

    Args:
        der: 342 bytes (E-12.2).

    Raises:
        WrongShape: `der` is not that form of an RSA-2048 key with e = 65537.
    """

    der: bytes = field(repr=False)
    key_id: TokenKeyId = field(init=False)
    key: PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        head, rest = self.der[: len(_SPKI_HEAD)], self.der[len(_SPKI_HEAD) :]
        n = int.from_bytes(rest[:AUTHENTICATOR_BYTES], "big")
        sound = head == _SPKI_HEAD and rest[AUTHENTICATOR_BYTES:] == _SPKI_TAIL
        if not sound or n.bit_length() != _MODULUS_BITS or n % 2 == 0:
            raise WrongShape(field="issuer.public")
        # A frozen dataclass sets what it derives once, here.
        object.__setattr__(self, "key_id", TokenKeyId(sha256(self.der).digest()))
        object.__setattr__(self, "key", PublicKey.of(n, _EXPONENT))

    @classmethod
    def of_modulus(cls, n: int) -> Self:
        """Write the key with modulus `n` in its form.

        Raises:
            WrongShape: `n` has not 2,048 bits, or is even.
        """
        if n.bit_length() != _MODULUS_BITS:
            raise WrongShape(field="issuer.public")
        return cls(_SPKI_HEAD + n.to_bytes(AUTHENTICATOR_BYTES, "big") + _SPKI_TAIL)


@dataclass(frozen=True, slots=True, eq=False)
class IssuerSecret:
    """The secret half: it lives with the issuer process and dies with its week."""

    public: IssuerPublic
    _der: bytes = field(repr=False)
    key: SecretKey = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        """Make a new key; about a tenth of a second."""
        return cls._of(rsa.generate_private_key(_EXPONENT, _MODULUS_BITS))

    @classmethod
    def from_der(cls, der: bytes) -> Self:
        """Read what `to_der` writes.

        Raises:
            WrongShape: `der` is no unencrypted PKCS #8 RSA-2048 key with e = 65537.
        """
        try:
            key = load_der_private_key(der, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise WrongShape(field="issuer.secret") from None
        if not isinstance(key, rsa.RSAPrivateKey):
            raise WrongShape(field="issuer.secret")
        return cls._of(key)

    @classmethod
    def _of(cls, key: rsa.RSAPrivateKey) -> Self:
        numbers = key.private_numbers()
        if numbers.public_numbers.e != _EXPONENT:
            raise WrongShape(field="issuer.secret")
        public = IssuerPublic.of_modulus(numbers.public_numbers.n)
        der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return cls(public, der, SecretKey.of(numbers))

    def to_der(self) -> bytes:
        """Return the key as unencrypted PKCS #8; whoever has it can make tokens."""
        return self._der

    def blind_sign(self, blinded: bytes) -> bytes:
        """Return the blind signature (256 bytes) over `blinded` (256 bytes) (E-12.6).

        Raises:
            WrongShape: `blinded` is not 256 bytes, or not below the modulus.
            SigningFault: the result failed its own check and is not given out.
        """
        return self.key.blind_sign(blinded)


@dataclass(frozen=True, slots=True)
class Token:
    """Leave to post one cell. Until it is spent, whoever has it can spend it."""

    nonce: bytes = field(repr=False)
    challenge_digest: bytes
    key_id: TokenKeyId
    authenticator: bytes = field(repr=False)

    @property
    def input(self) -> bytes:
        """98 bytes: what the authenticator signs (RFC 9578 § 6.1)."""
        return _token_input(self.nonce, self.challenge_digest, self.key_id)

    @property
    def spent_key(self) -> SpentKey:
        """SHA-256 of nonce and key id: unique among the spent, else `DoubleSpend` (E-12.8)."""
        return SpentKey(sha256(self.nonce + self.key_id).digest())

    def encode(self) -> bytes:
        """Return the token's 354 bytes (E-12.1)."""
        return self.input + self.authenticator

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes; nothing is verified before `verify`.

        Raises:
            WrongShape: `data` is not 354 bytes, or of another token type.
        """
        if len(data) != TOKEN_BYTES or not data.startswith(TOKEN_TYPE):
            raise WrongShape(field="token")
        digest_at = len(TOKEN_TYPE) + _HASH
        key_at, authenticator_at = digest_at + _HASH, digest_at + 2 * _HASH
        return cls(
            data[len(TOKEN_TYPE) : digest_at],
            data[digest_at:key_at],
            TokenKeyId(data[key_at:authenticator_at]),
            data[authenticator_at:],
        )

    def to_header(self) -> str:
        """Return the value of the header `Folge-Token`: 472 characters."""
        return to_url(self.encode())

    @classmethod
    def from_header(cls, text: str) -> Self:
        """Read what `to_header` writes.

        Raises:
            WrongShape: `text` is not the one spelling of a token.
        """
        return cls.decode(from_url(text, "token"))


def _token_input(nonce: bytes, challenge_digest: bytes, key_id: TokenKeyId) -> bytes:
    return TOKEN_TYPE + nonce + challenge_digest + key_id


def verify(token: Token, issuer: IssuerPublic, challenge: Challenge) -> None:
    """Accept `token` only when `issuer` signed it for `challenge` (E-12.7).

    Raises:
        BadToken: another key, another challenge, or a signature that does not verify.
    """
    if token.key_id != issuer.key_id or token.challenge_digest != challenge.digest:
        raise BadToken
    if not issuer.key.verifies(token.input, token.authenticator):
        raise BadToken


@dataclass(frozen=True, slots=True)
class Request:
    """A token asked for and not yet had: kept durably, so that a killed client loses none."""

    challenge: Challenge
    issuer: IssuerPublic
    nonce: bytes = field(repr=False)
    inverse: int = field(repr=False)
    blinded: bytes = field(repr=False)
    """256 bytes: all that the issuer sees."""

    def finalize(self, blind_signature: bytes) -> Token:
        """Return the token that the issuer's answer hides (E-12.5).

        Raises:
            BadToken: the answer is not 256 bytes, or hides no signature by `issuer`.
        """
        said = _token_input(self.nonce, self.challenge.digest, self.issuer.key_id)
        return Token.decode(said + finalize(self.issuer.key, said, blind_signature, self.inverse))

    def encode(self) -> bytes:
        """Return the secret state, for the client's own sealed store (E-12.9)."""
        challenge = self.challenge
        return pack(
            [
                "token_request",
                1,
                challenge.instance,
                str(challenge.token_class),
                challenge.week,
                self.issuer.der,
                self.nonce,
                self.inverse.to_bytes(AUTHENTICATOR_BYTES, "big"),
                self.blinded,
            ]
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: `data` has not that form (the leaves of `wire`).
        """
        fields = Fields.decode(data, "token_request")
        instance = fields.text("instance", least=1, most=_INSTANCE_CHARS)
        token_class = TokenClass.parse(fields.text("token_class", most=_INSTANCE_CHARS))
        week = Week(fields.number("week", most=_LAST_WEEK))
        issuer = IssuerPublic(fields.octets("issuer"))
        nonce = fields.octets("nonce", size=_HASH)
        inverse = int.from_bytes(fields.octets("inverse", size=AUTHENTICATOR_BYTES), "big")
        blinded = fields.octets("blinded", size=AUTHENTICATOR_BYTES)
        fields.end()
        return cls(Challenge(instance, token_class, week), issuer, nonce, inverse, blinded)


def prepare(issuer: IssuerPublic, challenge: Challenge) -> Request:
    """Make a request for one token: a new nonce, hidden behind a new factor (E-12.4).

    Raises:
        BadToken: `issuer` has a factor that chance can find; no token of it is worth anything.
    """
    nonce = secrets.token_bytes(_HASH)
    said = _token_input(nonce, challenge.digest, issuer.key_id)
    factor = unit(issuer.key.n)
    blinded, inverse = blind(issuer.key, said, secrets.token_bytes(SALT_BYTES), factor)
    return Request(challenge, issuer, nonce, inverse, blinded)
