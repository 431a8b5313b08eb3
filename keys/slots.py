"""The staff lock's slots: one wrapped copy of the store key for each staff member (E-14.10 ff.).

This file knows how a passphrase becomes a key, how a slot is wrapped, how a wrong try makes the
next one wait, and the bytes of the slot file. It refuses to know where the file lies and what
time it is; `keys.keystore` reads and writes it.

The waits guard the keyboard, not the file: whoever can copy the file tries elsewhere, and only
Argon2id and the passphrase's own strength stand in the way there.
"""

import secrets
import unicodedata
from dataclasses import dataclass, field, replace
from typing import Final, Self

import nacl.bindings
import nacl.pwhash.argon2id

from keys import slotkey
from keys.calendar import Instant
from keys.errors import (
    BadSettings,
    NotHere,
    OverLong,
    Refusal,
    StoreDamaged,
    WeakPassphrase,
    WrongPassphrase,
    WrongShape,
)
from keys.rows import KEY_BYTES, NONCE_BYTES, TAG_BYTES, StoreKey
from keys.wire import Fields, Packable, Value, lp, pack

ID_BYTES: Final = 16
SALT_BYTES: Final = 16
WRAPPED_BYTES: Final = NONCE_BYTES + KEY_BYTES + TAG_BYTES
LEAST_PASSPHRASE: Final = 12
MOST_PASSPHRASE: Final = 1_024
MOST_NAME: Final = 40
MOST_SLOTS: Final = 100
FILE_LIMIT: Final = 1 << 16

DELAYS: Final = (0, 0, 0, 0, 0, 5, 15, 60, 300, 900)
"""Seconds to wait before the next try, by the number of wrong tries so far; the last holds on."""
FREE_TRIES: Final = DELAYS.count(0)

_SLOT: Final = b"folge/1\0slot"
_MOST_FAILURES: Final = 1 << 31
_PASSES: Final = range(2, 17)
_MEMORY: Final = range(19 << 20, (512 << 20) + 1)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one try of a passphrase costs: Argon2id passes and bytes of memory.

    The floor is OWASP's smallest (2 passes over 19 MiB); the ceiling keeps a tampered file from
    asking for more memory than the machine has.

    Raises:
        BadSettings: outside floor and ceiling.
    """

    passes: int = nacl.pwhash.argon2id.OPSLIMIT_MODERATE
    memory: int = nacl.pwhash.argon2id.MEMLIMIT_MODERATE

    def __post_init__(self) -> None:
        if self.passes not in _PASSES or self.memory not in _MEMORY:
            raise BadSettings(field="cost")


MODERATE: Final = Cost()
"""libsodium's MODERATE: 3 passes over 256 MiB, about half a second on a small machine."""


def passphrase_octets(passphrase: str) -> bytes:
    """Return the bytes that are hashed: NFKC, then UTF-8.

    One keyboard sends «å» as one sign and another as two, and a no-break space looks like any
    other. NFKC (Unicode UAX 15) makes what looks the same be the same, on every machine.

    Raises:
        OverLong: more than `MOST_PASSPHRASE` characters.
    """
    if len(passphrase) > MOST_PASSPHRASE:
        raise OverLong(limit=MOST_PASSPHRASE)
    return unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")


def check_strength(passphrase: str) -> None:
    """Accept a passphrase for a new slot.

    Raises:
        WeakPassphrase: fewer than `LEAST_PASSPHRASE` characters.
        OverLong: more than `MOST_PASSPHRASE`.
    """
    if len(passphrase_octets(passphrase).decode("utf-8", "surrogatepass")) < LEAST_PASSPHRASE:
        raise WeakPassphrase(limit=LEAST_PASSPHRASE)


def check_name(name: str) -> None:
    """Accept the name of a new slot.

    Raises:
        WrongShape: it is empty, unprintable or longer than `MOST_NAME` characters.
    """
    if not name.strip() or not name.isprintable() or len(name) > MOST_NAME:
        raise WrongShape(field="slot.name")


def same_name(one: str, other: str) -> bool:
    """Tell whether two names are one to a reader: NFKC and letter case do not tell them apart."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


@dataclass(frozen=True, slots=True)
class Slot:
    """One staff member's way in, as it stands in the file."""

    slot_id: bytes
    name: str
    cost: Cost
    salt: bytes
    failures: int
    last_try: Instant
    wrapped: bytes = field(repr=False)

    @classmethod
    def wrap(cls, store_key: StoreKey, name: str, passphrase: str, cost: Cost) -> Self:
        """Make a slot in which `passphrase` wraps `store_key`.

        Raises:
            WrongShape: as `check_name`.
            WeakPassphrase, OverLong: the passphrase is too short or too long.
            NoMemory: the machine lacks the memory that `cost` names.
        """
        check_name(name)
        check_strength(passphrase)
        slot = cls(
            slot_id=secrets.token_bytes(ID_BYTES),
            name=name,
            cost=cost,
            salt=secrets.token_bytes(SALT_BYTES),
            failures=0,
            last_try=Instant(0),
            wrapped=b"",
        )
        nonce = secrets.token_bytes(NONCE_BYTES)
        key = slot.derive(passphrase)
        sealed = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(
            store_key.reveal(), slot.aad, nonce, bytes(key)
        )
        slotkey.wipe(key)
        return replace(slot, wrapped=nonce + sealed)

    def unwrap(self, passphrase: str) -> StoreKey:
        """Return the store key.

        Raises:
            WrongPassphrase: it does not open this slot, or the slot was tampered with: the two
                look the same from outside.
            OverLong: the passphrase is too long to be one.
            NoMemory: the machine lacks the memory that the slot's cost names.
        """
        nonce, sealed = self.wrapped[:NONCE_BYTES], self.wrapped[NONCE_BYTES:]
        try:
            octets = slotkey.unwrapped(sealed, self.aad, nonce, self.derive(passphrase))
        except WrongPassphrase:
            raise WrongPassphrase(tries=max(0, FREE_TRIES - self.failures)) from None
        key = StoreKey(octets)
        slotkey.wipe(octets)
        return key

    @property
    def aad(self) -> bytes:
        """What the wrapping is bound to: the slot's id, name, cost and salt (E-14.12)."""
        return _SLOT + lp(
            self.slot_id,
            self.name.encode(),
            self.cost.passes.to_bytes(4, "big"),
            self.cost.memory.to_bytes(8, "big"),
            self.salt,
        )

    def derive(self, passphrase: str) -> bytearray:
        """Return the 32-byte wrapping key: Argon2id (RFC 9106) of the passphrase; wipe it."""
        octets = passphrase_octets(passphrase)
        return slotkey.derived(octets, self.salt, self.cost.passes, self.cost.memory)

    def knock(self, now: Instant) -> tuple[Self, int]:
        """Decide about one try at `now`.

        Returns:
            The slot as it must stand on disk before anything else happens, and the seconds to
            wait; 0 means that the try is open and already counted as wrong.

        A clock set back never shortens a wait, and lengthens it to the whole delay at most: the
        delay is then counted from the moment at which the step back was seen. A clock set
        forward does end a wait; who may set the machine's clock may also copy its file.
        """
        now = Instant(max(now, 0))
        seen = replace(self, last_try=min(self.last_try, now))
        wait = seen.last_try + DELAYS[min(self.failures, len(DELAYS) - 1)] - now
        if wait > 0:
            return seen, wait
        return replace(self, failures=min(self.failures + 1, _MOST_FAILURES), last_try=now), 0

    def forgiven(self) -> Self:
        """Return the slot with no wrong tries."""
        return replace(self, failures=0)


@dataclass(frozen=True, slots=True)
class SlotFile:
    """The slot file's content: a check value of the store key, and the slots (E-14.10)."""

    check: bytes
    slots: tuple[Slot, ...]

    def find(self, name: str) -> Slot:
        """Return the slot of that name.

        Raises:
            NotHere: there is none.
        """
        for slot in self.slots:
            if same_name(slot.name, name):
                return slot
        raise NotHere

    def exchanged(self, old: Slot, new: Slot) -> Self:
        """Return the file with `new` where `old` stood."""
        return replace(self, slots=tuple(new if slot == old else slot for slot in self.slots))

    def encode(self) -> bytes:
        """Return the file's bytes."""
        return pack(["staff-slots", 1, self.check, [_row(slot) for slot in self.slots]])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a slot file.

        Raises:
            StoreDamaged: anything but what `encode` writes, with one slot at least and no two
                of the same name or id.
        """
        try:
            fields = Fields.decode(data, "staff-slots", limit=FILE_LIMIT)
            check = fields.octets("check", size=KEY_BYTES)
            slots = tuple(_slot(row) for row in fields.items("slots", most=MOST_SLOTS, least=1))
            fields.end()
        except Refusal:
            raise StoreDamaged from None
        ids, names = {slot.slot_id for slot in slots}, {_folded(slot.name) for slot in slots}
        if not len(ids) == len(names) == len(slots):
            raise StoreDamaged
        return cls(check, slots)


def _row(slot: Slot) -> Packable:
    return [
        "slot",
        1,
        slot.slot_id,
        slot.name,
        slot.cost.passes,
        slot.cost.memory,
        slot.salt,
        slot.failures,
        slot.last_try,
        slot.wrapped,
    ]


def _slot(row: Value) -> Slot:
    fields = Fields(row, "slot")
    slot = Slot(
        slot_id=fields.octets("id", size=ID_BYTES),
        name=fields.text("name", least=1, most=MOST_NAME),
        cost=Cost(fields.number("passes"), fields.number("memory")),
        salt=fields.octets("salt", size=SALT_BYTES),
        failures=fields.number("failures", most=_MOST_FAILURES),
        last_try=Instant(fields.number("last_try")),
        wrapped=fields.octets("wrapped", size=WRAPPED_BYTES),
    )
    fields.end()
    return slot
