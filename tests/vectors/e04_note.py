"""Vectors of E-4: where each byte of a note stands. Bodies and signatures are any bytes here."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from keys.address import Board, MemberId
from keys.calendar import Day, week_of
from keys.epoch import EpochRole, EpochSecret
from keys.errors import (
    BadPadding,
    Damaged,
    Expired,
    OverLong,
    Refusal,
    TrailingBytes,
    Truncated,
    WrongShape,
    WrongSize,
)
from keys.hpke import HpkeSecret
from keys.note import OuterLayer, open_inner, open_outer
from keys.padding import pad
from keys.wire import Packable, lp, pack
from tests.vectors.cast import EVA, IDA, TODAY, prekey, prekeys_of
from tests.vectors.layers import Layers
from tests.vectors.making import Book, Gives, Said, seed, shown
from tests.vectors.octets import Json, of

CLAUSE = "E-4"
ABOUT = "Note: 8,192 bytes, two layers. `for_us` is false when the outer layer does not open."
_OUTER: Final = EVA.epoch(EpochRole.OUTER)
_INNER: Final = EVA.epoch(EpochRole.INNER)
_PREKEY: Final = HpkeSecret.from_seed(seed("a prekey"))
_SALT: Final = seed("a prekey id", 16)  # bytes that were drawn when they were to be one
_WEEK: Final = week_of(TODAY)
_BLOBS: Final = (seed("record"), seed("attachments"))
_TWO: Final = b"".join(_BLOBS)
_BODY: Final = b"any body"
_SIGNATURE: Final = seed("any signature", 64)
_INNER_SIZE: Final = 5_892
"""The inner plaintext of a note without blobs."""


def _note(said: Said) -> Gives:
    board, day = Board(said.text("board")), Day(said.number("day"))
    me = MemberId(said.octets("me"))
    outers = [EpochSecret.from_seed(EpochRole.OUTER, day, key) for key in said.each("outer")]
    outer = open_outer(said.octets("note"), board, me, outers)
    if outer is None:
        return {"for_us": False}
    prekeys = prekeys_of(said)
    inners = [EpochSecret.from_seed(EpochRole.INNER, day, key) for key in said.each("inner")]
    inner = open_inner(outer, me, prekeys, inners)
    return {
        "for_us": True,
        "salt": outer.salt.hex(),
        "blob_ids": [blob_id.hex() for blob_id in outer.blob_ids],
        "body": shown(inner.body),
        "signature": shown(inner.signature),
        "key_hash": inner.key_hash.hex(),
        "by_prekey": inner.prekey is not None,
    }


def _kept(said: Said) -> Gives:
    outer = OuterLayer.decode(said.octets("kept"))
    return {
        "board": outer.board.value,
        "day": outer.day,
        "salt": outer.salt.hex(),
        "blob_ids": [blob_id.hex() for blob_id in outer.blob_ids],
        "inner": shown(outer.inner),
    }


OPENERS = {"note": _note, "kept layer": _kept}


def _layers(plain: bytes, blobs: bytes = _TWO) -> Layers:
    return Layers(EVA, lambda: plain, plain, len(plain), blobs, salt=_SALT)


def _inner(body: bytes = _BODY, signature: bytes = _SIGNATURE, blobs: bytes = _TWO) -> bytes:
    return pad(lp(body, signature), _INNER_SIZE - len(blobs))


def write(book: Book) -> None:
    """Write the file."""
    note = _layers(_inner()).draw(book, "note")
    other = prekey(IDA, _WEEK, seed("another prekey"))
    _good(book, "a note that names two blobs", "E-4.1", "sealed to the day's keys", note, [other])
    _not_ours(book, note)
    book.bad("no inner key left", "E-4.4", Expired, "whatever prekeys are left", inner=[])
    book.bad("another inner key", "E-4.4", Damaged, "", inner=[_OUTER.seed.hex()])
    book.also("no prekeys", "E-4.4", "", prekeys=[])
    _outer_forms(book)
    _inner_forms(book)
    longest = _layers(_inner(bytes(2_447), bytes(3_373), b""), b"").draw(book, "longest")
    _good(book, "no blobs, the longest body and signature", "E-4.5", "", longest, [])
    to_prekey = replace(_layers(_inner()), inner_key=_PREKEY).draw(book, "to a prekey")

    def of_week(week: int) -> Json:
        return prekey(IDA, week, _PREKEY.seed)

    both: list[Json] = [other, of_week(_WEEK)]
    _good(book, "a note to a one-time prekey", "E-4.4", "found among others", to_prekey, both)
    book.also("the day's inner key is gone", "E-4.4", "", inner=[])
    book.also("a prekey of the week before", "E-4.4", "", prekeys=[of_week(_WEEK - 1)])
    book.bad("the prekey destroyed", "E-4.4", Damaged, "", prekeys=[other])
    two, next_ = of_week(_WEEK - 2), of_week(_WEEK + 1)
    book.bad("a prekey of two weeks before", "E-4.4", Damaged, "it is not tried", prekeys=[two])
    book.bad("a prekey of the next week", "E-4.4", Damaged, "it is not tried", prekeys=[next_])
    _kept_layers(book)


def _good(
    book: Book, name: str, clause: str, comment: str, note: Json, prekeys: list[Json]
) -> None:
    book.good(
        name,
        clause,
        comment,
        "note",
        note=note,
        board="centre",
        day=TODAY,
        me=EVA.member_id.hex(),
        outer=[_OUTER.seed.hex()],
        prekeys=prekeys,
        inner=[_INNER.seed.hex()],
    )


def _not_ours(book: Book, note: Json) -> None:
    flipped = bytes([book.read(of("note", 4_000, 4_001))[0] ^ 1]).hex()
    book.also("on another board", "E-4.2", "", board="police")
    book.also("said to be another day's", "E-4.2", "", day=TODAY + 1)
    book.also("read by another member", "E-4.2", "", me=IDA.member_id.hex())
    book.also("no outer key", "E-4.2", "", outer=[])
    book.also("another outer key", "E-4.2", "", outer=[_INNER.seed.hex()])
    two: Json = [_INNER.seed.hex(), _OUTER.seed.hex()]
    book.also("the right key among others", "E-4.2", "", outer=two)
    changed: Json = [of("note", 0, 4_000), flipped, of("note", 4_001)]
    book.also("a bit flipped", "E-4.1", "cannot be told from a note for others", note=changed)
    book.bad("a note of 8,191 bytes", "E-4.1", WrongSize, "", note=of("note", 0, -1))
    book.bad("a note of 8,193 bytes", "E-4.1", WrongSize, "", note=[note, "00"])


def _outer_forms(book: Book) -> None:
    three = b"".join((*_BLOBS, seed("third")))
    beyond = (7_028 - 64 + 1).to_bytes(4, "big")
    rows: tuple[tuple[str, type[Refusal], Callable[[bytes], bytes]], ...] = (
        ("a length beyond the end", Truncated, lambda inner: lp(_SALT, _TWO) + beyond + inner),
        ("a salt of 15 bytes", WrongShape, lambda inner: lp(_SALT[1:], _TWO, inner) + b"\0"),
        ("a blob id of 31 bytes", WrongShape, lambda inner: lp(_SALT, _TWO[1:], inner) + b"\0"),
        ("one blob id twice", WrongShape, lambda inner: lp(_SALT, _BLOBS[0] * 2, inner)),
        ("three blob ids", WrongShape, lambda inner: lp(_SALT, three, inner[32:])),
        ("a byte too few", BadPadding, lambda inner: lp(_SALT, _TWO, inner[1:]) + b"\0"),
    )
    for name, refusal, around in rows:
        note = replace(_layers(_inner()), around=around).draw(book, f"outer layer: {name}")
        book.bad(f"outer layer: {name}", "E-4.6", refusal, "", note=note)


def _inner_forms(book: Book) -> None:
    plain, size = lp(_BODY, _SIGNATURE), _INNER_SIZE - 64
    rows: tuple[tuple[str, type[Refusal], bytes], ...] = (
        ("a last byte that is not zero", BadPadding, pad(plain, size - 1) + b"\1"),
        ("a byte behind the signature", BadPadding, pad(plain + b"!", size)),
        ("a length beyond the end", Truncated, pad(lp(_BODY) + b"\0\0\x20\0", size)),
    )
    for name, refusal, inner in rows:
        note = _layers(inner).draw(book, f"inner layer: {name}")
        book.bad(f"inner layer: {name}", "E-4.5", refusal, "", note=note)
    moved = replace(_layers(_inner()), inner_board="police").draw(book, "inner layer: moved")
    book.bad("inner layer: sealed for another board", "E-4.3", Damaged, "", note=moved)


def _kept_layers(book: Book) -> None:
    inner = b"\x11" * (7_028 - 64)
    book.keep("an inner layer", {"repeat": "11", "times": len(inner)})
    blobs: list[Packable] = [*_BLOBS]

    def kept(*fields: Packable) -> list[Json]:
        return book.brief(pack(["outer", 1, *fields]), "an inner layer")

    honest = kept("centre", TODAY, _SALT, blobs, inner)
    book.good("a kept layer", "E-4.7", "", "kept layer", kept=honest)
    longer = inner + bytes(1_200)
    rows: tuple[tuple[str, type[Refusal], Json], ...] = (
        ("another board", WrongShape, kept("keys", TODAY, _SALT, blobs, inner)),
        ("a day after all days", WrongShape, kept("centre", 1 << 32, _SALT, blobs, inner)),
        ("one blob for this length", WrongShape, kept("centre", TODAY, _SALT, blobs[:1], inner)),
        ("one blob twice", WrongShape, kept("centre", TODAY, _SALT, blobs[:1] * 2, inner)),
        ("a byte behind it", TrailingBytes, [*honest, "00"]),
        ("longer than a note", OverLong, kept("centre", TODAY, _SALT, blobs, longer)),
    )
    for name, refusal, data in rows:
        book.bad(f"a kept layer: {name}", "E-4.7", refusal, "", kept=data)
