"""The two sealed layers of a note: 8,192 bytes that look the same whatever they say.

This file knows where each byte of a note stands (ENVELOPE E-4). It refuses to know who signed
the body and whether to believe it: that is `sealing`'s. The outer layer tells its opener only
that something came and which blobs belong to it; kind, sender and length stand in the inner one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Self

from keys.address import NOTE_BYTES, Board, CellHash, MemberId
from keys.body import BODY_LIMIT, HASH_BYTES, SALT_BYTES
from keys.calendar import Day
from keys.epoch import EpochSecret, KeyId, key_hash, key_id
from keys.errors import BadPadding, Damaged, Expired, TooLarge, WrongShape, WrongSize
from keys.hpke import OVERHEAD, SUITE_ID, HpkePublic, HpkeSecret, open_, seal
from keys.identity import SIGNATURE_BYTES
from keys.padding import check_padding, pad
from keys.prekeys import PrekeySecret
from keys.receipt import MAX_BLOBS
from keys.wire import Fields, lp, pack, split_lp

OUTER_BYTES: Final = NOTE_BYTES - OVERHEAD
"""7,056: the outer plaintext of every note (E-4.1)."""
_PREFIXES: Final = 12  # three lengths of four bytes
_INNER_SEALED: Final = OUTER_BYTES - _PREFIXES - SALT_BYTES
_DAY_BYTES: Final = 4


def _inner_bytes(blobs: int) -> int:
    """Return the length of the sealed inner layer, which follows from the blob count alone."""
    return _INNER_SEALED - HASH_BYTES * blobs


def outer_info(board: Board, day: Day, recipient_id: MemberId, epoch_key_id: KeyId) -> bytes:
    """Return what the outer layer is bound to (E-4.2)."""
    epoch = day.to_bytes(_DAY_BYTES, "big")
    return b"outer" + lp(SUITE_ID, board.encode(), epoch, recipient_id, epoch_key_id)


def inner_info(board: Board, recipient_id: MemberId, salt: bytes, hashed: bytes) -> bytes:
    """Return what the inner layer is bound to; `hashed` is the opening key's hash (E-4.3)."""
    return b"inner" + lp(SUITE_ID, board.encode(), recipient_id, salt, hashed)


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a note is sealed to, on which board, by which two keys."""

    board: Board
    recipient_id: MemberId = field(repr=False)
    day: Day
    outer_public: HpkePublic
    inner_public: HpkePublic
    """A one-time prekey, or the day's inner epoch key."""
    salt: bytes
    """16 random bytes (E-4.4)."""


@dataclass(frozen=True, slots=True)
class OuterLayer:
    """What the always-on service may know of a note that is for this member."""

    board: Board
    day: Day
    """The day of the epoch key that opened it."""
    salt: bytes
    blob_ids: tuple[CellHash, ...]
    inner: bytes = field(repr=False)
    """Still sealed, for the staff lock."""

    def encode(self) -> bytes:
        """Return the layer as one value, to be kept until the next staff unlock."""
        blob_ids = list(self.blob_ids)
        return pack(["outer", 1, self.board.value, self.day, self.salt, blob_ids, self.inner])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: `data` has not that form.
        """
        fields = Fields.decode(data, "outer", limit=NOTE_BYTES)
        board = fields.choice("board", Board)
        day = Day(fields.number("day", most=(1 << 8 * _DAY_BYTES) - 1))
        salt = fields.octets("salt", size=SALT_BYTES)
        blob_ids = fields.strings("blob_ids", most=MAX_BLOBS, size=HASH_BYTES)
        inner = fields.octets("inner", size=_inner_bytes(len(blob_ids)))
        fields.end()
        if len(set(blob_ids)) != len(blob_ids):
            raise WrongShape(field="outer.blob_ids")
        return cls(board, day, salt, tuple(map(CellHash, blob_ids)), inner)


@dataclass(frozen=True, slots=True)
class InnerLayer:
    """An opened inner layer: nothing in it is believed yet."""

    body: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    key_hash: bytes
    """32 bytes: the hash of the public key that opened it."""
    prekey: PrekeySecret | None
    """The one-time prekey that opened it; without one, the key lives as long as its day."""


def seal_note(
    to: Addressee, body: bytes, signature: bytes, blob_ids: tuple[CellHash, ...] = ()
) -> bytes:
    """Seal a signed body into a note: 8,192 bytes, always.

    Raises:
        TooLarge: the body is longer than `BODY_LIMIT`, the signature than 3,373 bytes, or
            there are more than two blobs.
    """
    if len(body) > BODY_LIMIT or len(signature) > SIGNATURE_BYTES or len(blob_ids) > MAX_BLOBS:
        raise TooLarge(limit=BODY_LIMIT)
    # The inner plaintext is filled up, so that its length tells the opener of the outer layer
    # neither the kind nor whether a person or a machine signed it (E-4.5).
    plain = pad(lp(body, signature), _inner_bytes(len(blob_ids)) - OVERHEAD)
    info = inner_info(to.board, to.recipient_id, to.salt, key_hash(to.inner_public))
    inner = seal(to.inner_public, info, plain)
    outer = pad(lp(to.salt, b"".join(blob_ids), inner), OUTER_BYTES)
    info = outer_info(to.board, to.day, to.recipient_id, key_id(to.outer_public))
    return seal(to.outer_public, info, outer)


def open_outer(
    note: bytes, board: Board, me: MemberId, secrets: Iterable[EpochSecret]
) -> OuterLayer | None:
    """Open the outer layer with the first of `secrets` that fits; None when it is not for us.

    Raises:
        WrongSize: `note` is not 8,192 bytes.
        Malformed: it opens, and what is inside breaks E-4.5 or E-4.6.
    """
    if len(note) != NOTE_BYTES:
        raise WrongSize
    for secret in secrets:
        info = outer_info(board, secret.day, me, secret.key_id)
        plain = open_(secret.hpke, info, note)
        if plain is not None:
            return _read_outer(plain, board, secret.day)
    return None


def _read_outer(plain: bytes, board: Board, day: Day) -> OuterLayer:
    (salt, listed, inner), _padding = split_lp(plain, 3)
    blob_ids = tuple(
        CellHash(listed[at : at + HASH_BYTES]) for at in range(0, len(listed), HASH_BYTES)
    )
    whole = len(listed) % HASH_BYTES == 0 and len(set(blob_ids)) == len(blob_ids) <= MAX_BLOBS
    if not whole or len(salt) != SALT_BYTES:
        raise WrongShape(field="outer")
    if len(inner) != _inner_bytes(len(blob_ids)):
        raise BadPadding  # an inner layer that fills the note leaves no padding to check
    return OuterLayer(board, day, salt, blob_ids, inner)


def open_inner(
    outer: OuterLayer,
    me: MemberId,
    prekeys: Iterable[PrekeySecret],
    inners: Iterable[EpochSecret],
) -> InnerLayer:
    """Open the inner layer: by an inner key of that day, else by trial of the prekeys (E-4.4).

    Raises:
        Expired: nothing opens it, and the day's inner key is gone: it may have come too late.
        Damaged: nothing opens it, though the day's inner key is there.
        Malformed: it opens, and what is inside breaks E-4.5.
    """
    of_day = [secret.hpke for secret in inners if secret.day == outer.day]
    for secret, prekey in _tried(outer.day, prekeys, of_day):
        hashed = key_hash(secret.public)
        plain = open_(secret, inner_info(outer.board, me, outer.salt, hashed), outer.inner)
        if plain is not None:
            (body, signature), rest = split_lp(plain, 2)
            check_padding(rest)
            return InnerLayer(body, signature, hashed, prekey)
    if not of_day:
        raise Expired(day=outer.day)
    raise Damaged


def _tried(
    day: Day, prekeys: Iterable[PrekeySecret], of_day: Iterable[HpkeSecret]
) -> Iterator[tuple[HpkeSecret, PrekeySecret | None]]:
    """Return what may open a note of `day`, the cheapest first."""
    yield from ((secret, None) for secret in of_day)
    yield from ((one.hpke, one) for one in prekeys if one.opens(day))
