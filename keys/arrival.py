"""The arrival code: what a resident carries, and what it locks (ENVELOPE E-8).

This file knows a code that can be read aloud, a check that tells a slip from a wrong code, and a
lock on the keys of one package. It refuses to know who carries a code, how often somebody tried,
and what the keys open. The code is a second factor: the locked bytes travel inside an envelope
that only the receiving centre opens.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple, Self

import nacl.pwhash.argon2id as argon2
from nacl.exceptions import CryptoError
from nacl.exceptions import RuntimeError as SodiumError
from nacl.secret import Aead

from keys.address import PackageId
from keys.errors import CodeSlip, NoMemory, WrongCode, WrongShape
from keys.wire import Fields, lp, pack

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O or U, so that nothing is misread and little can be spelt."""
CODE_CHARACTERS: Final = 20
"""Characters of secret: 100 bits (E-8.1)."""
LOCKED_LIMIT: Final = 300
"""The most bytes that `lock` returns."""
SECRET_LIMIT: Final = 192
"""The most bytes that `lock` takes: six keys."""
_GROUP: Final = 5
_DASHES: Final = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
_READ_AS: Final[Mapping[str, int]] = MappingProxyType(
    {shape: value for value, capital in enumerate(ALPHABET) for shape in capital + capital.lower()}
    | dict.fromkeys("Oo", 0)
    | dict.fromkeys("IiLl", 1)
)
_REDUCTION: Final = 0b100101  # x⁵ + x² + 1, so that x has order 31 in GF(32)


class Cost(StrEnum):
    """How much work one try of a code is (E-8.5).

    A code has 100 random bits, so no try ever comes near: the stretching protects nothing that
    the length does not, and the lighter cost is the default. Nothing below it can be recorded,
    and nothing above `MODERATE`, so that a sender cannot exhaust a receiver's memory.
    """

    INTERACTIVE = "interactive"
    MODERATE = "moderate"


class _Work(NamedTuple):
    passes: int
    memory: int
    """Bytes."""


_WORK: Final[Mapping[Cost, _Work]] = MappingProxyType(
    {Cost.INTERACTIVE: _Work(2, 64 << 20), Cost.MODERATE: _Work(3, 256 << 20)}
)


@dataclass(frozen=True, slots=True)
class ArrivalCode:
    """A code of 20 characters; the 21st is computed from them and stands outside the secret.

    Raises:
        CodeSlip: `secret` is not 20 characters of `ALPHABET`.
    """

    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != CODE_CHARACTERS or not set(self.secret) <= set(ALPHABET):
            raise CodeSlip

    @classmethod
    def generate(cls) -> Self:
        """Return a new code of 100 random bits."""
        return cls("".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARACTERS)))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what somebody typed: any case, O as 0, I and L as 1, spaces and dashes anywhere.

        Raises:
            CodeSlip: not 21 characters, one that no code has, or a check that does not fit.
        """
        typed = [char for char in text if not char.isspace() and char not in _DASHES]
        values = [_READ_AS[char] for char in typed if char in _READ_AS]
        if len(values) != len(typed) or len(values) != CODE_CHARACTERS + 1:
            raise CodeSlip
        *secret, check = values
        if check != _check(secret):
            raise CodeSlip
        return cls("".join(ALPHABET[value] for value in secret))

    @property
    def text(self) -> str:
        """Four groups of five and the check character: `ABCDE-FGHJK-MNPQR-STVWX-Y`."""
        groups = [self.secret[at : at + _GROUP] for at in range(0, CODE_CHARACTERS, _GROUP)]
        check = ALPHABET[_check([_READ_AS[char] for char in self.secret])]
        return "-".join([*groups, check])


def lock(
    code: ArrivalCode, package_id: PackageId, secret: bytes, cost: Cost = Cost.INTERACTIVE
) -> bytes:
    """Lock `secret` (the keys of a package's blobs, joined) under a code; at most 300 bytes.

    Raises:
        WrongShape: `secret` is empty or longer than 192 bytes.
        NoMemory: this machine has not the memory that `cost` takes.
    """
    if not 1 <= len(secret) <= SECRET_LIMIT:
        raise WrongShape(field="lock.secret")
    salt = secrets.token_bytes(argon2.SALTBYTES)
    box = _aead(code, salt, cost).encrypt(secret, _bound_to(package_id))
    return pack(["lock", 1, cost, salt, bytes(box)])


def unlock(code: ArrivalCode, package_id: PackageId, locked: bytes) -> bytes:
    """Return what `lock` was given.

    That the keys are the right ones is shown by the commitment of the blob they open (E-6.6).

    Raises:
        WrongCode: the code, or the package, is another, or `locked` was changed.
        WrongShape: `locked` is not in its form, or names a cost that is not in `Cost`.
        NoMemory: this machine has not the memory that it takes; nothing was tried.
    """
    fields = Fields.decode(locked, "lock", limit=LOCKED_LIMIT)
    cost = fields.choice("cost", Cost)
    salt = fields.octets("salt", size=argon2.SALTBYTES)
    box = fields.octets("box", most=Aead.NONCE_SIZE + SECRET_LIMIT + Aead.MACBYTES)
    fields.end()
    if len(box) <= Aead.NONCE_SIZE + Aead.MACBYTES:
        raise WrongShape(field="lock.box")
    aead = _aead(code, salt, cost)
    try:
        return aead.decrypt(box, _bound_to(package_id))
    except CryptoError:
        raise WrongCode from None


def _aead(code: ArrivalCode, salt: bytes, cost: Cost) -> Aead:
    work = _WORK[cost]
    try:
        key = argon2.kdf(Aead.KEY_SIZE, code.secret.encode(), salt, work.passes, work.memory)
    except SodiumError:
        raise NoMemory from None
    return Aead(key)


def _bound_to(package_id: PackageId) -> bytes:
    return lp(b"arrival", package_id)


def _check(values: list[int]) -> int:
    """Return the check value: the sum of the n-th value times xⁿ, in GF(32) (E-8.2).

    With the check itself as the 0-th, all weights differ and none is zero. So one changed
    character, or any two exchanged, always changes the sum.
    """
    total = 0
    for value in reversed(values):
        total = _times_x(total ^ value)
    return total


def _times_x(value: int) -> int:
    doubled = value << 1
    return doubled if doubled < len(ALPHABET) else doubled ^ _REDUCTION
