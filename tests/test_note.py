"""Promises about notes: one size, two locks, and nothing to see for whoever has only the first."""

from dataclasses import replace
from hashlib import sha256
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.address import NOTE_BYTES, Board, CellHash, MemberId
from keys.body import BODY_LIMIT
from keys.calendar import Day, Week, week_of
from keys.epoch import EpochRole, EpochSecret, KeyId
from keys.errors import (
    BadPadding,
    Damaged,
    Expired,
    Malformed,
    Refusal,
    TooLarge,
    Truncated,
    WrongShape,
    WrongSize,
)
from keys.hpke import SUITE_ID, seal
from keys.note import (
    OUTER_BYTES,
    Addressee,
    OuterLayer,
    inner_info,
    open_inner,
    open_outer,
    outer_info,
    seal_note,
)
from keys.padding import pad
from keys.prekeys import PrekeySecret
from keys.wire import Packable, lp, pack, split_lp, unpack

EVA: Final = MemberId(b"e" * 32)
IDA: Final = MemberId(b"i" * 32)
TODAY: Final = Day(20_000)
OUTER: Final = EpochSecret.from_seed(EpochRole.OUTER, TODAY, b"o" * 32)
INNER: Final = EpochSecret.from_seed(EpochRole.INNER, TODAY, b"i" * 32)
INNER_HASH: Final = sha256(INNER.public.raw).digest()
PREKEY: Final = PrekeySecret(IDA, week_of(TODAY), b"p" * 32)
SALT: Final = b"P" * 16
TO: Final = Addressee(Board.CENTRE, EVA, TODAY, OUTER.public, INNER.public, b"R" * 16)
BY_PREKEY: Final = replace(TO, inner_public=PREKEY.hpke.public)
BODY: Final = b"a signed body"
SIGNATURE: Final = b"s" * 3_373
BLOBS: Final = (CellHash(b"1" * 32), CellHash(b"2" * 32))
NOTE: Final = seal_note(TO, BODY, SIGNATURE, BLOBS)


def opened(note: bytes, *, board: Board = Board.CENTRE, me: MemberId = EVA) -> OuterLayer:
    """Open a note's outer layer that must be for us."""
    layer = open_outer(note, board, me, [OUTER])
    assert layer is not None
    return layer


def resealed(plain: bytes) -> bytes:
    """Seal any outer plaintext at all, as anybody can who has the public key."""
    info = outer_info(Board.CENTRE, TODAY, EVA, OUTER.key_id)
    return seal(OUTER.public, info, plain)


PLAIN: Final = lp(opened(NOTE).salt, b"".join(BLOBS), opened(NOTE).inner)


@settings(deadline=None, max_examples=40)
@given(
    body=st.binary(max_size=BODY_LIMIT),
    signature=st.one_of(st.binary(max_size=64), st.binary(min_size=3_373, max_size=3_373)),
    blobs=st.lists(st.binary(min_size=32, max_size=32).map(CellHash), max_size=2, unique=True),
)
def test_every_note_is_of_one_size(body: bytes, signature: bytes, blobs: list[CellHash]) -> None:
    """Whatever a note says, it is 8,192 bytes, and its inner layer tells no length either."""
    note = seal_note(TO, body, signature, tuple(blobs))
    assert len(note) == NOTE_BYTES == 8_192
    outer = opened(note)
    assert outer.blob_ids == tuple(blobs)
    assert len(outer.inner) == 7_028 - 32 * len(blobs)
    inner = open_inner(outer, EVA, (), [INNER])
    assert (inner.body, inner.signature, inner.prekey) == (body, signature, None)


def test_the_layers_are_those_of_the_written_rules() -> None:
    """A note put together by hand, byte for byte as written down, opens."""
    suite = b"\x64\x7a\x00\x01\x00\x03"
    assert suite == SUITE_ID
    info = b"inner" + lp(suite, b"centre", EVA, b"R" * 16, INNER_HASH)
    inner = seal(INNER.public, info, pad(lp(BODY, SIGNATURE), 5_828))
    plain = b"\0\0\0\x10" + b"R" * 16 + b"\0\0\0\x40" + b"1" * 32 + b"2" * 32
    plain += len(inner).to_bytes(4, "big") + inner
    info = b"outer" + lp(suite, b"centre", b"\x00\x00\x4e\x20", EVA, OUTER.key_id)
    assert len(plain) == OUTER_BYTES == 7_056
    outer = opened(seal(OUTER.public, info, plain))
    assert (outer.board, outer.day, outer.blob_ids) == (Board.CENTRE, TODAY, BLOBS)
    assert open_inner(outer, EVA, (), [INNER]).body == BODY


@pytest.mark.parametrize(
    ("board", "me", "secrets"),
    [
        pytest.param(Board.POLICE, EVA, [OUTER], id="moved to another board"),
        pytest.param(Board.CENTRE, IDA, [OUTER], id="for another member"),
        pytest.param(Board.CENTRE, EVA, [], id="no keys"),
        pytest.param(Board.CENTRE, EVA, [INNER], id="only the inner key"),
        pytest.param(
            Board.CENTRE,
            EVA,
            [EpochSecret(EpochRole.OUTER, Day(TODAY + 1), OUTER.hpke)],
            id="the same key said to be another day's",
        ),
    ],
)
def test_a_note_for_somebody_else_is_no_error(
    board: Board, me: MemberId, secrets: list[EpochSecret]
) -> None:
    """Most notes on a board are not ours; that is the ordinary case and no alarm."""
    assert open_outer(NOTE, board, me, secrets) is None


def test_the_right_key_is_found_among_many() -> None:
    """A service tries all its living keys, in any order."""
    others = [EpochSecret.generate(EpochRole.OUTER, Day(TODAY + at)) for at in range(3)]
    found = open_outer(NOTE, Board.CENTRE, EVA, [*others, OUTER])
    assert found == opened(NOTE)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, NOTE_BYTES * 8 - 1))
def test_a_flipped_bit_in_a_note_is_not_for_us(bit: int) -> None:
    """One bit changed anywhere, and the note opens for nobody."""
    changed = bytearray(NOTE)
    changed[bit // 8] ^= 1 << bit % 8
    assert open_outer(bytes(changed), Board.CENTRE, EVA, [OUTER]) is None


@pytest.mark.parametrize("note", [b"", NOTE[:-1], NOTE + b"\0", NOTE * 2])
def test_a_note_of_another_size_is_refused(note: bytes) -> None:
    """What is cut, lengthened or doubled is no note."""
    with pytest.raises(WrongSize):
        open_outer(note, Board.CENTRE, EVA, [OUTER])


def test_two_notes_cannot_be_spliced() -> None:
    """The head of one note and the tail of another open for nobody."""
    other = seal_note(TO, BODY, SIGNATURE, BLOBS)
    for cut in (32, 1_120, 4_000, NOTE_BYTES - 16):
        assert open_outer(NOTE[:cut] + other[cut:], Board.CENTRE, EVA, [OUTER]) is None


@pytest.mark.parametrize(
    ("plain", "refusal"),
    [
        pytest.param(bytes(OUTER_BYTES), WrongShape, id="all zero"),
        pytest.param(b"\xff" * OUTER_BYTES, Truncated, id="a length beyond the end"),
        pytest.param(
            pad(lp(SALT, b"", b"x" * 100), OUTER_BYTES), BadPadding, id="a short inner layer"
        ),
        pytest.param(
            lp(SALT, b"", b"x" * 7_027) + b"\1", BadPadding, id="padding that is not zero"
        ),
        pytest.param(lp(b"P" * 15, b"", b"x" * 7_029), WrongShape, id="a short salt"),
        pytest.param(lp(SALT, b"1" * 31, b"x" * 6_997), WrongShape, id="a blob id that is cut"),
        pytest.param(lp(SALT, b"1" * 64, b"x" * 6_964), WrongShape, id="the same blob id twice"),
        pytest.param(lp(SALT, bytes(range(96)), b"x" * 6_932), WrongShape, id="three blob ids"),
    ],
)
def test_an_outer_layer_of_another_form_is_refused(plain: bytes, refusal: type[Malformed]) -> None:
    """What opens for us and is malformed inside is refused by name."""
    assert len(plain) == OUTER_BYTES
    with pytest.raises(refusal):
        opened(resealed(plain))


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=OUTER_BYTES))
def test_any_outer_plaintext_is_a_layer_or_a_refusal(junk: bytes) -> None:
    """Noise that somebody sealed to us gives one orderly refusal."""
    with pytest.raises(Malformed):
        opened(resealed(pad(junk, OUTER_BYTES)))


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=5_828))
def test_any_inner_plaintext_is_a_layer_or_a_refusal(junk: bytes) -> None:
    """The same holds for the inner layer: two parts and zeros, or a refusal."""
    info = inner_info(Board.CENTRE, EVA, TO.salt, INNER_HASH)
    layer = replace(opened(NOTE), inner=seal(INNER.public, info, pad(junk, 5_828)))
    try:
        inner = open_inner(layer, EVA, (), [INNER])
    except Malformed:
        return
    assert split_lp(junk + bytes(8), 2)[0] == (inner.body, inner.signature)


def test_padding_that_hides_something_is_refused() -> None:
    """Bytes after the signature are refused: padding is zero and carries nothing."""
    info = inner_info(Board.CENTRE, EVA, TO.salt, INNER_HASH)
    hidden = pad(lp(BODY, SIGNATURE), 5_827) + b"!"
    layer = replace(opened(NOTE), inner=seal(INNER.public, info, hidden))
    with pytest.raises(BadPadding):
        open_inner(layer, EVA, (), [INNER])


def test_a_prekey_opens_what_was_sealed_to_it() -> None:
    """A one-time key is found by trying all of them, and the layer says which it was."""
    others = [PrekeySecret(IDA, PREKEY.week, bytes([at]) * 32) for at in range(8)]
    for inners in ([INNER], []):
        outer = opened(seal_note(BY_PREKEY, BODY, SIGNATURE))
        inner = open_inner(outer, EVA, [*others, PREKEY], inners)
        assert (inner.body, inner.prekey) == (BODY, PREKEY)


def test_a_prekey_of_a_list_that_does_not_count_is_not_tried() -> None:
    """A list counts in its week and the next one; before and after, its keys open nothing."""
    outer = opened(seal_note(BY_PREKEY, BODY, SIGNATURE))
    for weeks, opens in ((-1, False), (0, True), (1, True), (2, False)):
        prekey = replace(PREKEY, week=Week(week_of(TODAY) - weeks))
        if opens:
            assert open_inner(outer, EVA, [prekey], [INNER]).prekey == prekey
            continue
        with pytest.raises(Damaged):
            open_inner(outer, EVA, [prekey], [INNER])


def test_the_days_key_opens_whatever_prekeys_there_are() -> None:
    """What was sealed to the day's key opens by it, and says that no one-time key was used."""
    for prekeys in ([], [PREKEY]):
        inner = open_inner(opened(NOTE), EVA, prekeys, [INNER])
        assert (inner.body, inner.prekey) == (BODY, None)


YESTERDAY: Final = EpochSecret(EpochRole.INNER, Day(TODAY - 1), INNER.hpke)


@pytest.mark.parametrize(
    ("layer", "me", "prekeys", "inners", "refusal"),
    [
        pytest.param(opened(NOTE), EVA, [], [], Expired, id="all keys gone"),
        pytest.param(opened(NOTE), EVA, [], [YESTERDAY], Expired, id="the day's key gone"),
        pytest.param(
            opened(NOTE), EVA, [PREKEY], [YESTERDAY], Expired, id="the day's key gone, prekeys left"
        ),
        pytest.param(opened(NOTE), IDA, [], [INNER], Damaged, id="sealed for another member"),
        pytest.param(
            replace(opened(NOTE), board=Board.POLICE),
            EVA,
            [],
            [INNER],
            Damaged,
            id="moved to another board",
        ),
        pytest.param(
            replace(opened(NOTE), salt=SALT),
            EVA,
            [PREKEY],
            [INNER],
            Damaged,
            id="the salt swapped",
        ),
        pytest.param(
            opened(seal_note(BY_PREKEY, BODY, SIGNATURE)),
            EVA,
            [],
            [INNER],
            Damaged,
            id="the prekey destroyed",
        ),
        pytest.param(
            replace(opened(NOTE), inner=opened(NOTE).inner[:-1] + b"\0"),
            EVA,
            [],
            [INNER],
            Damaged,
            id="a byte changed",
        ),
    ],
)
def test_an_inner_layer_that_does_not_open_is_refused(
    layer: OuterLayer,
    me: MemberId,
    prekeys: list[PrekeySecret],
    inners: list[EpochSecret],
    refusal: type[Refusal],
) -> None:
    """A layer that says it is ours and does not open is told apart from one that came too late."""
    with pytest.raises(refusal):
        open_inner(layer, me, prekeys, inners)


@pytest.mark.parametrize(
    ("body", "signature", "blobs"),
    [
        pytest.param(bytes(BODY_LIMIT + 1), SIGNATURE, (), id="the body"),
        pytest.param(BODY, SIGNATURE + b"s", (), id="the signature"),
        pytest.param(BODY, SIGNATURE, (*BLOBS, CellHash(bytes(32))), id="the blob list"),
    ],
)
def test_what_does_not_fit_is_never_sealed(
    body: bytes, signature: bytes, blobs: tuple[CellHash, ...]
) -> None:
    """A note is never longer; what does not fit is refused before anything is sealed."""
    with pytest.raises(TooLarge):
        seal_note(TO, body, signature, blobs)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(Board),
    st.integers(0, 2**32 - 1).map(Day),
    st.binary(min_size=16, max_size=16),
    st.lists(st.binary(min_size=32, max_size=32).map(CellHash), max_size=2, unique=True),
)
def test_a_kept_layer_reads_back_as_written(
    board: Board, day: Day, salt: bytes, blobs: list[CellHash]
) -> None:
    """What the service keeps for the staff is what the staff open."""
    inner = bytes(7_028 - 32 * len(blobs))
    layer = OuterLayer(board, day, salt, tuple(blobs), inner)
    assert OuterLayer.decode(layer.encode()) == layer


def kept(at: int, value: Packable) -> bytes:
    """Return a kept layer with one field replaced by any value."""
    read = unpack(opened(NOTE).encode())
    assert isinstance(read, list)
    fields: list[Packable] = [*read]
    fields[at] = value
    return pack(fields)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(kept(2, "keys"), id="another board"),
        pytest.param(kept(3, 1 << 32), id="a day after all days"),
        pytest.param(kept(4, b"P"), id="a short salt"),
        pytest.param(kept(5, []), id="blobs that do not fit the length"),
        pytest.param(kept(5, [b"1" * 32] * 2), id="the same blob twice"),
        pytest.param(kept(5, [b"1" * 32, b"2" * 31]), id="a short blob id"),
        pytest.param(kept(5, [b"1" * 32, "2" * 32]), id="a blob id of text"),
        pytest.param(opened(NOTE).encode() + b"\0", id="a byte more"),
    ],
)
def test_a_kept_layer_of_another_form_is_refused(data: bytes) -> None:
    """What was altered while it was kept is refused."""
    with pytest.raises(Malformed):
        OuterLayer.decode(data)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_kept_layer_or_a_refusal(junk: bytes) -> None:
    """Noise gives one orderly refusal."""
    with pytest.raises(Malformed):
        OuterLayer.decode(junk)


def test_printing_a_layer_shows_no_content() -> None:
    """Sealed or opened, a layer's content never reaches a log by being printed."""
    outer = opened(NOTE)
    inner = open_inner(outer, EVA, (), [INNER])
    assert "a signed body" not in repr(inner)
    assert repr(outer.inner) not in repr(outer)


def test_names_of_keys_are_part_of_what_is_sealed() -> None:
    """A layer is bound to the very key it names."""
    info = outer_info(Board.CENTRE, TODAY, EVA, KeyId(bytes(16)))
    note = seal(OUTER.public, info, PLAIN)
    assert len(PLAIN) == OUTER_BYTES
    assert open_outer(note, Board.CENTRE, EVA, [OUTER]) is None
