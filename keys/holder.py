"""A holder's two keys on disk: sealed under a passphrase, in a file that says whose they are.

This file knows the bytes of a holder file (ENVELOPE E-13.17). It refuses to know where the file
lies and which role its keys play. A thief of the file has the passphrase to guess, and Argon2id
in the way; the public halves stand in the clear, so that a drawer of such files can be sorted.
"""

import secrets
from dataclasses import dataclass, field
from typing import Final, Self

import nacl.exceptions
import nacl.pwhash.argon2id
from nacl.secret import Aead

from keys.errors import BadSettings, Damaged, NoMemory, WrongPassphrase, WrongShape
from keys.slots import MODERATE, Cost, check_strength, passphrase_octets
from keys.tufkeys import KeyCard, KeyPair
from keys.wire import Fields, lp, pack

SALT_BYTES: Final = nacl.pwhash.argon2id.SALTBYTES
_LIMIT: Final = 8_192
_CARD_LIMIT: Final = 4_096
_SEALED_LIMIT: Final = 256
_MOST: Final = (1 << 32) - 1
_PREFIX: Final = b"folge/1\0holder"


@dataclass(frozen=True, slots=True)
class HolderFile:
    """A pair of keys under one passphrase, as it stands on disk."""

    card: KeyCard
    cost: Cost
    salt: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    """XChaCha20-Poly1305: 24-byte nonce, the 64-byte seed, 16-byte tag."""

    @classmethod
    def seal(cls, pair: KeyPair, passphrase: str, cost: Cost = MODERATE) -> Self:
        """Seal `pair`.

        Raises:
            WeakPassphrase, OverLong: a passphrase too short or too long.
            NoMemory: this machine has not the memory that `cost` takes.
        """
        check_strength(passphrase)
        made = cls(pair.card, cost, secrets.token_bytes(SALT_BYTES), b"")
        sealed = Aead(made._key(passphrase)).encrypt(pair.seed, made._aad)
        return cls(made.card, made.cost, made.salt, bytes(sealed))

    def open(self, passphrase: str) -> KeyPair:
        """Open the pair.

        Raises:
            WrongPassphrase: it does not open; a damaged file cannot be told from a wrong word.
            Damaged: it opens, and holds other keys than the card in the clear.
            NoMemory: this machine has not the memory that it takes.
        """
        try:
            seed = Aead(self._key(passphrase)).decrypt(self.sealed, self._aad)
        except (nacl.exceptions.CryptoError, ValueError):
            raise WrongPassphrase from None
        pair = KeyPair.from_seed(seed)
        if pair.card != self.card:
            raise Damaged
        return pair

    def encode(self) -> bytes:
        """Return the msgpack list `["holder", 1, card, passes, memory, salt, sealed]`."""
        cost = (self.cost.passes, self.cost.memory)
        return pack(["holder", 1, self.card.encode(), *cost, self.salt, self.sealed])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: `data` has not that form, or asks for a cost out of bounds.
        """
        fields = Fields.decode(data, "holder", limit=_LIMIT)
        card = KeyCard.decode(fields.octets("card", most=_CARD_LIMIT))
        passes, memory = fields.number("passes", most=_MOST), fields.number("memory", most=_MOST)
        salt = fields.octets("salt", size=SALT_BYTES)
        sealed = fields.octets("sealed", most=_SEALED_LIMIT)
        fields.end()
        try:
            return cls(card, Cost(passes, memory), salt, sealed)
        except BadSettings:
            raise WrongShape(field="holder.cost") from None

    @property
    def _aad(self) -> bytes:
        cost = self.cost.passes.to_bytes(4, "big") + self.cost.memory.to_bytes(8, "big")
        return _PREFIX + lp(self.card.encode(), cost, self.salt)

    def _key(self, passphrase: str) -> bytes:
        octets = passphrase_octets(passphrase)
        try:
            return nacl.pwhash.argon2id.kdf(
                Aead.KEY_SIZE, octets, self.salt, self.cost.passes, self.cost.memory
            )
        except nacl.exceptions.RuntimeError:
            raise NoMemory from None
