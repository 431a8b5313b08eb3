"""Promises of a container: each part opens alone, and is gone when its key is gone."""

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.address import CHUNK, CellClass, PackageId
from keys.blob import CAPACITY, BlobReader, new_blob_key, seal_blob, smallest_class
from keys.chunks import Commitment, sealed_size
from keys.container import (
    MOST_PARTS,
    TABLE_LIMIT,
    ContainerReader,
    ContainerStream,
    Part,
    PartEntry,
    PartId,
    PartKey,
    decode_table,
    encode_table,
    open_part,
    parse_part_id,
)
from keys.errors import (
    CommitmentMismatch,
    Damaged,
    DuplicateKey,
    NotHere,
    OverLong,
    Refusal,
    TrailingBytes,
    Truncated,
    UnknownVersion,
    WrongShape,
)
from keys.spans import fill
from keys.wire import Packable, lp, pack

PACKAGE: Final = PackageId(bytes(range(16)))
ELSEWHERE: Final = PackageId(bytes(16))
CONSENT: Final = PartId("consent")
PARTS: Final = {
    "consent": b"yes, these",
    "threat": bytes(range(256)) * 200,
    "child.1": b"",
    "child.2": b"x" * CHUNK,
}
IDS: Final = st.text("abcdefghijklmnopqrstuvwxyz0123456789_.-", min_size=1, max_size=64)
KNOWN: Final = bytes.fromhex(
    "000000a793a57061727473019295a7636f6e73656e74c4208e1f3a501f85a4671b0dcc336ee454e5308328593869"
    "0666344e42592c8d22180003c42053e3a785c327ea3291e5c8e98668ac97fb92ac2da95e45a5c2a79f44a472026d"
    "95a76368696c642e31c420962f5d18d1dc6a51729581a2034c43d998b2b280ce8426690bab40b42fa0a9684b00c4"
    "209478ff0b57ed60b49b6750498714595f3a03994f5d918c3b5a35ce3f63702b1fa4da5629906c5248a20564d582"
    "d372eaa9f179d425170e5453e3a785c327ea3291e5c8e98668ac97fb92ac2da95e45a5c2a79f44a472026dc5e798"
    "3dd799dfa53b9bb9608925c6cf28bae3d7b779dffa7165c55674c46c72424cc247727cb8bbf28caa9478ff0b57ed"
    "60b49b6750498714595f3a03994f5d918c3b5a35ce3f63702b1f12adb92cbe2018757a40a9811369c007"
)


def as_parts(contents: dict[str, bytes]) -> list[Part]:
    """Return parts that read from memory."""
    return [Part(PartId(name), len(data), io.BytesIO(data)) for name, data in contents.items()]


def written(contents: dict[str, bytes], package_id: PackageId = PACKAGE) -> bytes:
    """Return the bytes of a container."""
    stream = ContainerStream(package_id, as_parts(contents))
    into = memoryview(bytearray(stream.size + 1))
    assert fill(stream, into) == stream.size
    return bytes(into[:-1])


def opened(reader: ContainerReader, name: str) -> bytes:
    """Open one part."""
    sink = io.BytesIO()
    assert reader.open_part(name, sink) == len(sink.getvalue())
    return sink.getvalue()


CONTAINER: Final = written(PARTS)
READER: Final = ContainerReader(io.BytesIO(CONTAINER), PACKAGE)
ENTRIES: Final = READER.entries
BODY: Final = CONTAINER[len(lp(encode_table(ENTRIES))) :]


def rebuilt(entries: Sequence[PartEntry], body: bytes = BODY) -> bytes:
    """Return a container with another table, as a dishonest member might write it."""
    rows: list[Packable] = [
        [entry.part_id, entry.key, entry.offset, entry.length, entry.commitment]
        for entry in entries
    ]
    return lp(pack(["parts", 1, rows])) + body


@given(contents=st.dictionaries(IDS, st.binary(max_size=100), min_size=1, max_size=8))
@settings(deadline=None, max_examples=60)
def test_every_part_comes_back_in_its_order(contents: dict[str, bytes]) -> None:
    """What one centre packs, the other unpacks, part by part, in the order it was packed."""
    reader = ContainerReader(io.BytesIO(written(contents)), PACKAGE)
    assert [entry.part_id for entry in reader.entries] == list(contents)
    assert {name: opened(reader, name) for name in contents} == contents


def test_the_known_answer() -> None:
    """A container that was packed once opens in every later version."""
    reader = ContainerReader(io.BytesIO(KNOWN), PACKAGE)
    assert [entry.part_id for entry in reader.entries] == ["consent", "child.1"]
    assert (opened(reader, "consent"), opened(reader, "child.1")) == (b"yes", b"")


def test_parts_open_in_any_order() -> None:
    """Staff look at what they need first."""
    for name in [*reversed(PARTS), *PARTS]:
        assert opened(READER, name) == PARTS[name]


def test_a_container_goes_through_a_blob_without_lying_anywhere_in_the_clear() -> None:
    """From files to sealed cell and back, each step reads what the one before it yields."""
    key = new_blob_key()
    stream = ContainerStream(PACKAGE, as_parts(PARTS))
    cls = smallest_class(stream.size)
    cell = io.BytesIO()
    said = seal_blob(stream, stream.size, cls, key, b"ctx", cell)
    assert cls is CellClass.M
    reader = ContainerReader(BlobReader(cell, cls, key, said.commitment, b"ctx"), PACKAGE)
    assert reader.entries == stream.entries
    for name, data in PARTS.items():
        assert opened(reader, name) == data


def test_a_full_container_fills_a_small_blob() -> None:
    """How much fits is known before anything is sealed."""
    around = ContainerStream(PACKAGE, as_parts({"a": bytes(60_000)})).size - 60_000
    data = bytes(CAPACITY[CellClass.S] - around)
    for longer, cls in ((b"", CellClass.S), (b"\0", CellClass.M)):
        assert smallest_class(ContainerStream(PACKAGE, as_parts({"a": data + longer})).size) is cls


def test_two_hundred_parts_with_the_longest_names_fit() -> None:
    """The largest table is read as it was written, and one part more is not written."""
    names = [f"{n:064d}" for n in range(MOST_PARTS)]
    most = written(dict.fromkeys(names, b"."))
    assert len(ContainerReader(io.BytesIO(most), PACKAGE).entries) == MOST_PARTS
    assert int.from_bytes(most[:4], "big") < TABLE_LIMIT
    with pytest.raises(WrongShape):
        ContainerStream(PACKAGE, as_parts(dict.fromkeys([*names, "one-more"], b".")))


def test_a_part_without_its_key_is_gone() -> None:
    """When a part's key is destroyed its bytes say nothing, and the other parts still open."""
    gone = replace(ENTRIES[1], key=PartKey(bytes(32)))
    left = ContainerReader(io.BytesIO(rebuilt([ENTRIES[0], gone, *ENTRIES[2:]])), PACKAGE)
    with pytest.raises(CommitmentMismatch):
        opened(left, "threat")
    for name in ("consent", "child.1", "child.2"):
        assert opened(left, name) == PARTS[name]


def test_a_part_opens_when_all_others_are_destroyed() -> None:
    """No part needs another: the rest of the container may be overwritten with zeros."""
    for entry in ENTRIES:
        body = bytearray(len(BODY))
        kept = slice(entry.offset, entry.offset + entry.sealed_size)
        body[kept] = BODY[kept]
        source = io.BytesIO(rebuilt(ENTRIES, bytes(body)))
        assert opened(ContainerReader(source, PACKAGE), entry.part_id) == PARTS[entry.part_id]


def test_a_part_can_be_kept_apart() -> None:
    """A receiver stores each part's sealed bytes and key by themselves, so that each can go."""
    for entry in ENTRIES:
        into = memoryview(bytearray(entry.sealed_size + 1))
        assert fill(READER.sealed_part(entry), into) == entry.sealed_size
        assert into[:-1] == BODY[entry.offset :][: entry.sealed_size]
        sink = io.BytesIO()
        assert open_part(entry, PACKAGE, io.BytesIO(into[:-1]), sink) == entry.length
        assert sink.getvalue() == PARTS[entry.part_id]


def test_every_part_has_its_own_key() -> None:
    """Two parts, or the same part packed twice, share nothing."""
    again = ContainerStream(PACKAGE, as_parts(PARTS)).entries
    assert len({entry.key for entry in (*ENTRIES, *again)}) == 2 * len(PARTS)
    assert len({entry.commitment for entry in (*ENTRIES, *again)}) == 2 * len(PARTS)


def test_a_table_shows_no_keys() -> None:
    """A key does not slip into a log with the line it stands in."""
    assert repr(ENTRIES[0].key)[2:-1] not in repr(ENTRIES)
    assert "key=" not in repr(ENTRIES)


def test_an_unknown_part_is_not_here() -> None:
    """Asking for a part that was not sent finds nothing."""
    with pytest.raises(NotHere):
        opened(READER, "police")


@pytest.mark.parametrize("text", ["", "x" * 65, "Barn", "barn å", "a/b", "a b", "a\n", "\u0661"])
def test_names_that_no_part_may_have_are_refused(text: str) -> None:
    """A part is called by a schema word, so that no person's name fits there."""
    with pytest.raises(WrongShape):
        parse_part_id(text)
    with pytest.raises(WrongShape):
        ContainerStream(PACKAGE, as_parts({text: b""}))
    with pytest.raises(WrongShape):
        ContainerReader(io.BytesIO(rebuilt([replace(ENTRIES[0], part_id=PartId(text))])), PACKAGE)


def test_what_cannot_be_read_is_not_written() -> None:
    """A container without parts, or with one part twice, is never made."""
    with pytest.raises(WrongShape):
        ContainerStream(PACKAGE, [])
    with pytest.raises(DuplicateKey):
        ContainerStream(PACKAGE, as_parts({"a": b""}) * 2)


@pytest.mark.parametrize(
    ("length", "refusal"),
    [
        pytest.param(4, Truncated, id="shorter than it was"),
        pytest.param(2, TrailingBytes, id="longer than it was"),
    ],
)
def test_a_file_that_changed_since_it_was_measured_is_not_packed(
    length: int, refusal: type[Refusal]
) -> None:
    """Half an attachment is never sent as if it were the whole."""
    stream = ContainerStream(PACKAGE, [Part(CONSENT, length, io.BytesIO(b"abc"))])
    with pytest.raises(refusal):
        fill(stream, memoryview(bytearray(1000)))


FIRST, SECOND, THIRD, LAST = ENTRIES
TABLES: Final = [
    pytest.param(
        rebuilt([FIRST, replace(SECOND, part_id=CONSENT), THIRD, LAST]),
        DuplicateKey,
        id="one id twice",
    ),
    pytest.param(
        rebuilt([FIRST, replace(SECOND, key=FIRST.key), THIRD, LAST]),
        DuplicateKey,
        id="one key for two parts",
    ),
    pytest.param(
        rebuilt([FIRST, replace(SECOND, offset=SECOND.offset - 1), THIRD, LAST]),
        WrongShape,
        id="two parts overlap",
    ),
    pytest.param(
        rebuilt([FIRST, replace(SECOND, offset=0), THIRD, LAST]),
        WrongShape,
        id="two parts in one place",
    ),
    pytest.param(
        rebuilt([FIRST, replace(SECOND, offset=SECOND.offset + 1), THIRD, LAST]),
        WrongShape,
        id="a gap between parts",
    ),
    pytest.param(rebuilt([replace(FIRST, offset=1)]), WrongShape, id="a gap before the first"),
    pytest.param(rebuilt(ENTRIES[::-1]), WrongShape, id="another order than the bytes'"),
    pytest.param(rebuilt(ENTRIES[1:]), WrongShape, id="the consent left out"),
    pytest.param(
        rebuilt([replace(FIRST, offset=1 << 40)]), WrongShape, id="an offset out of range"
    ),
    pytest.param(rebuilt([replace(FIRST, length=1 << 40)]), WrongShape, id="a length out of range"),
    pytest.param(rebuilt([replace(FIRST, length=-1)]), WrongShape, id="a length below zero"),
    pytest.param(
        rebuilt([*ENTRIES[:3], replace(LAST, length=LAST.length + 1)]),
        Truncated,
        id="a last part longer than the bytes",
    ),
    pytest.param(rebuilt(ENTRIES[:3]), TrailingBytes, id="bytes of no part"),
    pytest.param(CONTAINER + b"\0", TrailingBytes, id="a byte more"),
    pytest.param(CONTAINER[:-1], Truncated, id="cut by a byte"),
    pytest.param(CONTAINER[:50], Truncated, id="cut in the table"),
    pytest.param(CONTAINER[:3], Truncated, id="cut in the table's length"),
    pytest.param(b"", Truncated, id="nothing"),
    pytest.param(b"\0\1\0\1", OverLong, id="a table too long to read"),
    pytest.param(rebuilt([]), WrongShape, id="no parts"),
    pytest.param(rebuilt([replace(FIRST, key=PartKey(bytes(31)))]), WrongShape, id="a short key"),
    pytest.param(
        rebuilt([replace(FIRST, commitment=Commitment(bytes(33)))]),
        WrongShape,
        id="a long commitment",
    ),
    pytest.param(lp(pack(["parts", 1, [[]]])), WrongShape, id="an empty row"),
    pytest.param(lp(pack(["parts", 1, [7]])), WrongShape, id="a row that is no list"),
    pytest.param(
        lp(pack(["parts", 1, [["a", bytes(32), 0, 0, bytes(32), 0]]])),
        WrongShape,
        id="a row with a field more",
    ),
    pytest.param(lp(pack(["parts", 1, [], 0])), WrongShape, id="a table with a field more"),
    pytest.param(lp(pack(["parts", 2, []])), UnknownVersion, id="a newer table"),
    pytest.param(lp(pack(["parts", 1, []]) + b"\0"), TrailingBytes, id="bytes after the table"),
]


@pytest.mark.parametrize(("container", "refusal"), TABLES)
def test_a_dishonest_table_is_refused_before_any_part_is_opened(
    container: bytes, refusal: type[Refusal]
) -> None:
    """A container in which parts overlap, hide or lie about themselves is not read at all."""
    with pytest.raises(refusal):
        ContainerReader(io.BytesIO(container), PACKAGE)


def test_a_length_that_lies_opens_nothing() -> None:
    """A table that moves the border between two parts is found when either is opened."""
    moved = [FIRST, replace(SECOND, length=SECOND.length - 1)]
    shifted = moved[1].offset + moved[1].sealed_size
    moved.append(replace(THIRD, offset=shifted, length=THIRD.length + 1))
    reader = ContainerReader(io.BytesIO(rebuilt([*moved, LAST])), PACKAGE)
    with pytest.raises(Damaged):
        opened(reader, "threat")
    with pytest.raises(CommitmentMismatch):
        opened(reader, "child.1")
    assert opened(reader, "consent") == PARTS["consent"]


@given(at=st.integers(0, FIRST.sealed_size - 1), bit=st.integers(0, 7))
@settings(deadline=None, max_examples=50)
def test_any_flipped_bit_spoils_its_part_only(at: int, bit: int) -> None:
    """Damage to one part is found there, and does not reach the others."""
    body = bytearray(BODY)
    body[at] ^= 1 << bit
    reader = ContainerReader(io.BytesIO(rebuilt(ENTRIES, bytes(body))), PACKAGE)
    with pytest.raises((Damaged, CommitmentMismatch)):
        opened(reader, "consent")
    assert opened(reader, "child.2") == PARTS["child.2"]


def test_a_part_belongs_to_its_package_and_name() -> None:
    """A part put into another package, or called something else, does not open."""
    with pytest.raises(CommitmentMismatch):
        opened(ContainerReader(io.BytesIO(CONTAINER), ELSEWHERE), "consent")
    renamed = rebuilt([replace(FIRST, part_id=PartId("threat.old")), *ENTRIES[1:]])
    with pytest.raises(CommitmentMismatch):
        opened(ContainerReader(io.BytesIO(renamed), PACKAGE), "threat.old")


@pytest.mark.parametrize(
    ("kept", "refusal"),
    [
        pytest.param(BODY[: FIRST.sealed_size - 1], Truncated, id="cut"),
        pytest.param(BODY[: FIRST.sealed_size + 1], TrailingBytes, id="a byte more"),
        pytest.param(BODY[SECOND.offset :], CommitmentMismatch, id="another part's bytes"),
    ],
)
def test_a_part_that_was_kept_apart_badly_is_refused(kept: bytes, refusal: type[Refusal]) -> None:
    """A store that mixes up or cuts parts is found out when one is opened."""
    with pytest.raises(refusal):
        open_part(FIRST, PACKAGE, io.BytesIO(kept), io.BytesIO())


@given(data=st.binary(max_size=300))
@settings(max_examples=200)
def test_any_bytes_give_a_container_or_one_refusal(data: bytes) -> None:
    """Garbage in place of a container is answered with a refusal, never with a crash."""
    for container in (data, lp(data)):
        with pytest.raises(Refusal):
            ContainerReader(io.BytesIO(container), PACKAGE)


@given(rows=st.lists(st.tuples(IDS, st.integers(0, 1 << 20)), min_size=1, max_size=20))
def test_a_table_reads_as_it_was_written(rows: list[tuple[str, int]]) -> None:
    """A table survives the journey, and one that would not is never written."""
    entries: list[PartEntry] = []
    offset = 0
    for number, (name, length) in enumerate(rows):
        key = PartKey(number.to_bytes(32, "big"))
        entries.append(PartEntry(PartId(name), key, offset, length, Commitment(bytes(32))))
        offset += sealed_size(length)
    if len({name for name, _ in rows}) == len(rows):
        assert decode_table(encode_table(entries)) == tuple(entries)
    else:
        with pytest.raises(DuplicateKey):
            encode_table(entries)


def test_progress_is_told() -> None:
    """Somebody who opens a long attachment sees how far it has come."""
    told: list[int] = []
    READER.open_part("threat", io.BytesIO(), told.append)
    assert told == [len(PARTS["threat"])]
