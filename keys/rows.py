"""The store key and the sealing of single rows under it (ENVELOPE E-14.7 to E-14.9).

This file knows how one row of a store is sealed so that it opens in its own place only: the same
table, row, version and key generation. It refuses to know where rows are kept or what is in them.

A key is kept in a bytearray and overwritten when its lock closes. Python cannot promise more:
libsodium takes an immutable copy for each operation, and the interpreter frees such copies
without overwriting them. What a closed lock promises is that no object leads to the key any more;
memory that a thief reads while the machine runs is out of reach of this promise.
"""

import hashlib
import secrets
from typing import Final, NoReturn

import nacl.bindings
import nacl.exceptions

from keys.calendar import Day
from keys.errors import Locked, Malformed, StoreDamaged, WrongShape
from keys.wire import Fields, lp, pack

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 24
TAG_BYTES: Final = 16
GENERATION_BYTES: Final = 4
ROW_OVERHEAD: Final = GENERATION_BYTES + NONCE_BYTES + TAG_BYTES
"""How many bytes longer a sealed row is than its plaintext."""

FIRST: Final = 1
"""The generation whose store key is the lock's own: it seals those of the later ones (E-14.7)."""
_GENERATIONS: Final = "generations"
_ROW: Final = b"folge/1\0row"
_DERIVE: Final = b"folge/1\0derive"


class StoreKey:
    """32 secret bytes that a lock holds; shown nowhere, copied nowhere, overwritten by `wipe`.

    Args:
        octets: exactly 32 bytes.

    Raises:
        WrongShape: another length.
    """

    __slots__ = ("_octets",)

    def __init__(self, octets: bytes | bytearray) -> None:
        self._octets = bytearray(octets)
        if len(octets) != KEY_BYTES:
            raise WrongShape(field="store_key")

    @classmethod
    def generate(cls) -> "StoreKey":
        """Make a new key from the operating system's randomness."""
        return cls(secrets.token_bytes(KEY_BYTES))

    def __repr__(self) -> str:
        return "StoreKey(locked)" if not self._octets else "StoreKey(open)"

    def __del__(self) -> None:
        self.wipe()

    def __reduce__(self) -> NoReturn:
        msg = "a store key is neither pickled nor copied"
        raise TypeError(msg)

    def reveal(self) -> bytes:
        """Return the key as bytes, for the one operation that needs it.

        Raises:
            Locked: the key was wiped.
        """
        if not self._octets:
            raise Locked
        return bytes(self._octets)

    def derive(self, purpose: str, *context: bytes) -> bytes:
        """Return 32 bytes for one purpose: keyed BLAKE2b over the purpose and its context.

        Raises:
            Locked: the key was wiped.
        """
        if not self._octets:
            raise Locked
        joined = _DERIVE + lp(purpose.encode(), *context)
        return hashlib.blake2b(joined, key=self._octets, digest_size=KEY_BYTES).digest()

    def wipe(self) -> None:
        """Overwrite the key and forget it; a second time does nothing."""
        self._octets[:] = bytes(len(self._octets))
        self._octets.clear()


class RowSealer:
    """Seals and opens rows; holds one key for each generation and seals with the newest.

    The first generation's key is derived from the lock's own store key. Each later one has a
    store key of its own, made by `begin`, kept sealed under the first, and held after `take`.

    The row keys are derived, so wiping the sealer leaves the store key as it was. Rows of an
    older generation open as long as its key is held.

    Args:
        store_key: the key of the store that the rows stand in.
        generation: 1 and upwards; a store that rotates its key counts up.
    """

    __slots__ = ("_keys",)

    def __init__(self, store_key: StoreKey, generation: int = 1) -> None:
        self._keys: dict[int, StoreKey] = {}
        self.hold(store_key, generation)

    def __repr__(self) -> str:
        return f"RowSealer(generations={sorted(self._keys)})"

    def hold(self, store_key: StoreKey, generation: int) -> None:
        """Hold one more generation's key.

        Raises:
            WrongShape: the generation is none, or is held already.
            Locked: the key was wiped.
        """
        if not 1 <= generation < 1 << (8 * GENERATION_BYTES) or generation in self._keys:
            raise WrongShape(field="generation")
        key = store_key.derive("rows", generation.to_bytes(GENERATION_BYTES, "big"))
        self._keys[generation] = StoreKey(key)

    def begin(self, lock: str, number: int, day: Day) -> bytes:
        """Make a generation's store key; whoever keeps it durably gives it to `take`.

        Args:
            lock: the name of the lock whose rows it is for.
            number: of the generation, higher than any before it.
            day: on which it begins.

        Returns:
            The store key, sealed as a row of the first generation.

        Raises:
            Locked: no key is held.
        """
        octets = pack(["generation", 1, day, secrets.token_bytes(KEY_BYTES)])
        return self._seal(FIRST, (_GENERATIONS, lock.encode(), number), octets)

    def take(self, lock: str, number: int, sealed: bytes) -> Day:
        """Hold a generation that `begin` made; returns the day on which it began.

        Raises:
            StoreDamaged: it is not as it was written, or not made for this lock and number.
            WrongShape: the generation is held already.
            Locked: no key is held.
        """
        under = int.from_bytes(sealed[:GENERATION_BYTES], "big")
        if under != FIRST or not FIRST < number < 1 << (8 * GENERATION_BYTES):
            raise StoreDamaged
        octets = self.open(_GENERATIONS, lock.encode(), number, sealed)
        try:
            fields = Fields.decode(octets, "generation")
            day, key = Day(fields.number("day")), fields.octets("key", size=KEY_BYTES)
            fields.end()
        except Malformed:
            raise StoreDamaged from None
        store_key = StoreKey(key)
        self.hold(store_key, number)
        store_key.wipe()
        return day

    def drop(self, generation: int) -> None:
        """Wipe one generation's key: what is sealed under it does not open here any more."""
        key = self._keys.pop(generation, None)
        if key is not None:
            key.wipe()

    def wipe(self) -> None:
        """Wipe every key; from now on the sealer is locked."""
        for generation in tuple(self._keys):
            self.drop(generation)

    @property
    def generation(self) -> int:
        """The generation that new rows are sealed under.

        Raises:
            Locked: no key is held.
        """
        if not self._keys:
            raise Locked
        return max(self._keys)

    def seal(self, table: str, row: bytes, version: int, plaintext: bytes) -> bytes:
        """Seal one row for one place.

        Args:
            table: the table's name.
            row: the row's id.
            version: 0 to 2^64 - 1; a row that is written anew counts up, so that an older state
                of it is refused.
            plaintext: what the row holds; its length shows.

        Returns:
            `plaintext` and `ROW_OVERHEAD` bytes more: generation, nonce, ciphertext and tag.

        Raises:
            Locked: no key is held.
        """
        return self._seal(self.generation, (table, row, version), plaintext)

    def _seal(self, generation: int, place: tuple[str, bytes, int], plaintext: bytes) -> bytes:
        key = self._keys.get(generation)
        if key is None:
            raise Locked
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(
            plaintext, _aad(*place, generation), nonce, key.reveal()
        )
        return generation.to_bytes(GENERATION_BYTES, "big") + nonce + sealed

    def open(self, table: str, row: bytes, version: int, sealed: bytes) -> bytes:
        """Open one row in its place.

        Raises:
            StoreDamaged: changed, cut, moved from another place or version, or of a generation
                whose key is not held.
            Locked: no key is held.
        """
        if not self._keys:
            raise Locked
        generation = int.from_bytes(sealed[:GENERATION_BYTES], "big")
        key = self._keys.get(generation)
        if key is None or len(sealed) < ROW_OVERHEAD:
            raise StoreDamaged
        nonce = sealed[GENERATION_BYTES : GENERATION_BYTES + NONCE_BYTES]
        try:
            return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
                sealed[GENERATION_BYTES + NONCE_BYTES :],
                _aad(table, row, version, generation),
                nonce,
                key.reveal(),
            )
        except nacl.exceptions.CryptoError:
            raise StoreDamaged from None


def _aad(table: str, row: bytes, version: int, generation: int) -> bytes:
    place = lp(
        table.encode(),
        row,
        version.to_bytes(8, "big"),
        generation.to_bytes(GENERATION_BYTES, "big"),
    )
    return _ROW + place
