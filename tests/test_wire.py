"""Bytes become values in one way only, and everything that could be read in two is refused."""

from typing import cast

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.errors import (
    BadPadding,
    DuplicateKey,
    ForbiddenType,
    NotMsgpack,
    OverLong,
    Refusal,
    TrailingBytes,
    Truncated,
)
from keys.padding import check_padding, pad
from keys.wire import (
    DEPTH,
    ITEMS,
    U64,
    Packable,
    Value,
    lp,
    pack,
    split_lp,
    unlp,
    unpack,
)

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(1 << 63), U64), st.text(max_size=40), st.binary()
)
VALUES = st.recursive(
    SCALARS,
    lambda below: (
        st.lists(below, max_size=5) | st.dictionaries(st.text(max_size=8), below, max_size=5)
    ),
    max_leaves=20,
)
PARTS = st.lists(st.binary(max_size=80), max_size=6)


def nested(depth: int, innermost: Packable = None) -> Packable:
    """Give a value inside `depth` lists."""
    value = innermost
    for _ in range(depth):
        value = [value]
    return value


# ── msgpack ──────────────────────────────────────────────────────────────────────────────────
@settings(deadline=None)
@given(VALUES)
def test_what_is_packed_comes_back(value: Value) -> None:
    """Nothing is lost or changed between one machine and the next."""
    assert unpack(pack(value)) == value


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_refusal(data: bytes) -> None:
    """No input, however strange, makes the reader stumble."""
    try:
        value = unpack(data)
    except Refusal:
        return
    assert unpack(pack(value)) == value


@settings(deadline=None)
@given(VALUES, st.binary(min_size=1, max_size=8))
def test_bytes_after_the_value_are_refused(value: Value, more: bytes) -> None:
    """Nothing can hide behind a message."""
    with pytest.raises(TrailingBytes):
        unpack(pack(value) + more)


@settings(deadline=None)
@given(VALUES)
def test_a_value_cut_short_is_refused(value: Value) -> None:
    """A message that lost its end is never taken for a shorter one."""
    with pytest.raises(NotMsgpack):
        unpack(pack(value)[:-1])


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        pytest.param(b"", NotMsgpack, id="nothing"),
        pytest.param(b"\xc1", NotMsgpack, id="the byte msgpack never uses"),
        pytest.param(b"\xa2\xc3\x28", NotMsgpack, id="text that is not UTF-8"),
        pytest.param(b"\xa3\xed\xa0\x80", NotMsgpack, id="half a surrogate pair"),
        pytest.param(msgpack.packb(1.5), ForbiddenType, id="a float"),
        pytest.param(msgpack.packb([[1.5]]), ForbiddenType, id="a float deep inside"),
        pytest.param(msgpack.packb({"a": float("nan")}), ForbiddenType, id="not a number"),
        pytest.param(msgpack.packb(msgpack.ExtType(5, b"x")), ForbiddenType, id="an extension"),
        pytest.param(msgpack.packb(msgpack.Timestamp(1)), ForbiddenType, id="a timestamp"),
        pytest.param(b"\xc7\x01\xff\x00", NotMsgpack, id="a timestamp of a wrong length"),
        pytest.param(msgpack.packb({1: 2}), ForbiddenType, id="a number as key"),
        pytest.param(msgpack.packb({b"a": 2}), ForbiddenType, id="bytes as key"),
        pytest.param(b"\x81\x90\x01", ForbiddenType, id="a list as key"),
        pytest.param(b"\x82\xa1a\x01\xa1a\x01", DuplicateKey, id="the same key twice, same value"),
        pytest.param(b"\x82\xa1a\x01\xd9\x01a\x02", DuplicateKey, id="the same key in two forms"),
        pytest.param(b"\x91\x82\xa1a\x01\xa1a\x02", DuplicateKey, id="a doubled key inside"),
        pytest.param(b"\x91" * (DEPTH + 1) + b"\xc0", OverLong, id="one level too deep"),
        pytest.param(b"\x91" * DEPTH + b"\x90", OverLong, id="an empty list too deep"),
        pytest.param(b"\x81\xa0" * (DEPTH + 1) + b"\xc0", OverLong, id="maps one level too deep"),
        pytest.param(b"\x91" * 5_000 + b"\xc0", OverLong, id="a well"),
        pytest.param(b"\xdd\xff\xff\xff\xff", NotMsgpack, id="a list that says it is huge"),
        pytest.param(b"\xdf\xff\xff\xff\xff", NotMsgpack, id="a map that says it is huge"),
        pytest.param(
            b"\xdd\x00\x01\x00\x01" + b"\xc0" * (ITEMS + 1), NotMsgpack, id="one item too many"
        ),
        pytest.param(
            b"\xdd\x00\x01\x00\x00" * 1_000 + b"\xc0" * ITEMS, NotMsgpack, id="huge lists nested"
        ),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(data: bytes, refusal: type[Refusal]) -> None:
    """Each trick with the format is refused by name."""
    with pytest.raises(refusal):
        unpack(data)


def test_the_deepest_and_longest_values_allowed_are_read() -> None:
    """The limits stand exactly where the clause says."""
    assert unpack(pack(nested(DEPTH))) == nested(DEPTH)
    assert unpack(pack([None] * ITEMS)) == [None] * ITEMS


def test_more_bytes_than_the_limit_are_refused_unread() -> None:
    """A reader decides how much it is willing to look at."""
    assert unpack(pack(b"1234"), limit=6) == b"1234"
    with pytest.raises(OverLong) as refused:
        unpack(pack(b"12345"), limit=6)
    assert refused.value.facts == {"limit": 6}


@pytest.mark.parametrize(
    ("value", "refusal"),
    [
        pytest.param(1.5, ForbiddenType, id="a float"),
        pytest.param({"a": [object()]}, ForbiddenType, id="an object inside"),
        pytest.param({1: 2}, ForbiddenType, id="a number as key"),
        pytest.param(U64 + 1, ForbiddenType, id="a number too large"),
        pytest.param(-(1 << 63) - 1, ForbiddenType, id="a number too small"),
        pytest.param("\ud800", ForbiddenType, id="half a surrogate pair"),
        pytest.param({"\ud800": 1}, ForbiddenType, id="half a surrogate pair as key"),
        pytest.param(nested(DEPTH + 1), OverLong, id="one level too deep"),
        pytest.param([None] * (ITEMS + 1), OverLong, id="one item too many"),
        pytest.param(dict.fromkeys(map(str, range(ITEMS + 1))), OverLong, id="a map too long"),
    ],
)
def test_what_the_format_lacks_cannot_be_packed(value: object, refusal: type[Refusal]) -> None:
    """Nobody can write what no reader will take."""
    with pytest.raises(refusal):
        pack(cast("Packable", value))


def test_rows_may_be_packed_as_lists() -> None:
    """A tuple is written as a list and read as one."""
    assert unpack(pack((1, ("a", b"b")))) == [1, ["a", b"b"]]


# ── joins and padding ────────────────────────────────────────────────────────────────────────
@settings(deadline=None)
@given(PARTS)
def test_joined_parts_come_apart_again(parts: list[bytes]) -> None:
    """The joint shows where each part ends."""
    assert unlp(lp(*parts), len(parts)) == tuple(parts)


@settings(deadline=None)
@given(PARTS, PARTS)
def test_different_parts_never_join_to_the_same_bytes(one: list[bytes], other: list[bytes]) -> None:
    """Moving a byte from one part to the next changes what is signed."""
    assert (lp(*one) == lp(*other)) == (one == other)


def test_the_join_is_the_one_in_the_clause() -> None:
    """A known answer: a four-byte length, greatest byte first, then the part."""
    assert lp(b"ab", b"", b"c") == bytes.fromhex("00000002 6162 00000000 00000001 63")


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60), st.integers(0, 4))
def test_any_bytes_come_apart_or_are_refused(data: bytes, count: int) -> None:
    """No length prefix can point outside the bytes it stands in."""
    try:
        parts, rest = split_lp(data, count)
    except Truncated:
        return
    assert lp(*parts) + rest == data


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        pytest.param(b"", Truncated, id="nothing"),
        pytest.param(b"\x00\x00\x00", Truncated, id="half a length"),
        pytest.param(b"\x00\x00\x00\x02a", Truncated, id="half a part"),
        pytest.param(b"\xff\xff\xff\xffa", Truncated, id="a length beyond the end"),
        pytest.param(b"\x00\x00\x00\x01ab", TrailingBytes, id="a byte after the last part"),
    ],
)
def test_a_bad_join_is_refused(data: bytes, refusal: type[Refusal]) -> None:
    """A join is read to its last byte and no further."""
    with pytest.raises(refusal):
        unlp(data, 1)


def test_what_follows_the_parts_is_handed_back() -> None:
    """The caller decides what the rest must be."""
    assert split_lp(lp(b"a") + b"rest", 1) == ((b"a",), b"rest")


@settings(deadline=None)
@given(st.binary(max_size=40), st.integers(0, 60))
def test_padding_fills_to_the_size_with_zeros(data: bytes, size: int) -> None:
    """Every text of a kind is equally long when it leaves."""
    if len(data) > size:
        with pytest.raises(OverLong):
            pad(data, size)
        return
    padded = pad(data, size)
    assert len(padded) == size
    assert padded.startswith(data)
    check_padding(padded[len(data) :])


@pytest.mark.parametrize("at", [0, 5, 9])
def test_padding_that_is_not_zero_is_refused(at: int) -> None:
    """Nothing can be smuggled in the padding."""
    rest = bytearray(10)
    rest[at] = 1
    with pytest.raises(BadPadding):
        check_padding(bytes(rest))
