"""Promises of a blob: its size tells nothing, one key opens it, and nothing unverified is shown."""

import io
import json
import tracemalloc
from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.address import BLOB_CHUNKS, CELL_BYTES, CHUNK, Board, CellClass, PackageId
from keys.blob import (
    CAPACITY,
    BlobKey,
    BlobReader,
    SealedBlob,
    blob_context,
    new_blob_key,
    open_blob,
    padded,
    seal_blob,
    smallest_class,
)
from keys.chunks import HEADER, SEALED_CHUNK, ChunkCipher, Commitment, sealed_spans
from keys.errors import (
    BadPadding,
    CommitmentMismatch,
    Damaged,
    Refusal,
    TooLarge,
    TrailingBytes,
    Truncated,
    WrongShape,
    WrongSize,
)
from keys.spans import SpanSource, fill

KNOWN: Final[dict[str, str]] = json.loads(
    (Path(__file__).parent / "vectors/published/c2sp-chunked-encryption.json").read_text()
)
S: Final = CellClass.S
KEY: Final = BlobKey(bytes.fromhex(KNOWN["key"]))
OTHER_KEY: Final = BlobKey(bytes(range(1, 33)))
CONTEXT: Final = bytes.fromhex(KNOWN["context"])
WORDS: Final = bytes.fromhex(KNOWN["data"])
Way: TypeAlias = Callable[[bytes, Commitment], bytes]
BLOBS: Final = tuple(BLOB_CHUNKS)


class Zeros:
    """A long source that is nowhere in memory."""

    def __init__(self, length: int) -> None:
        self._left = length

    def readinto(self, into: memoryview, /) -> int:
        """Give zeros."""
        size = min(len(into), self._left)
        into[:size] = bytes(size)
        self._left -= size
        return size


class Nowhere:
    """A sink that only counts."""

    taken = 0

    def write(self, data: memoryview, /) -> int:
        """Forget `data`."""
        self.taken += len(data)
        return len(data)


def sealed(
    data: bytes, cls: CellClass = S, key: BlobKey = KEY, context: bytes = CONTEXT
) -> tuple[SealedBlob, bytes]:
    """Seal `data`; return what is said of the blob, and the blob."""
    sink = io.BytesIO()
    said = seal_blob(io.BytesIO(data), len(data), cls, key, context, sink)
    return said, sink.getvalue()


def forged(plain: bytes) -> tuple[Commitment, bytes]:
    """Seal the plaintext of a class S blob as a dishonest member might fill it."""
    cipher = ChunkCipher.fresh(KEY, CONTEXT)
    spans = sealed_spans(io.BytesIO(plain), len(plain), cipher)
    return cipher.commitment, b"".join(bytes(span) for span in spans)


def opened(blob: bytes, commitment: Commitment, cls: CellClass = S) -> bytes:
    """Open a whole blob."""
    sink = io.BytesIO()
    length = open_blob(io.BytesIO(blob), cls, KEY, commitment, CONTEXT, sink)
    assert length == len(sink.getvalue())
    return sink.getvalue()


def read_all(blob: bytes, commitment: Commitment, cls: CellClass = S) -> bytes:
    """Open a blob by its reader and read it to the end."""
    reader = BlobReader(io.BytesIO(blob), cls, KEY, commitment, CONTEXT)
    into = memoryview(bytearray(reader.size + 1))
    return bytes(into[: fill(reader, into)])


def test_the_known_answer() -> None:
    """The blob that the design gives the hash of is the one we make."""
    cipher = ChunkCipher(KEY, bytes.fromhex(KNOWN["salt"]), CONTEXT)
    plain = padded(io.BytesIO(WORDS), len(WORDS), S)
    blob = b"".join(bytes(span) for span in sealed_spans(plain, 4 * CHUNK, cipher))
    assert cipher.commitment.hex() == KNOWN["commitment"]
    assert sha256(blob).hexdigest() == KNOWN["blob_id"]
    assert opened(blob, cipher.commitment) == WORDS


@given(data=st.binary(max_size=3 * CHUNK), fill_up=st.integers(0, 4 * CHUNK))
@settings(deadline=None, max_examples=50)
def test_whatever_is_sealed_opens_to_the_same(data: bytes, fill_up: int) -> None:
    """What one centre puts in, the other takes out, whichever way it reads."""
    data = (data + bytes(fill_up))[: CAPACITY[S]]
    said, blob = sealed(data)
    assert opened(blob, said.commitment) == data
    assert read_all(blob, said.commitment) == data


@pytest.mark.parametrize("cls", [CellClass.S, CellClass.M])
def test_every_blob_has_its_classs_exact_size_and_name(cls: CellClass) -> None:
    """A sentence and a full file look the same, and a blob is called by its hash."""
    for length in (0, 1, CAPACITY[cls] - 1, CAPACITY[cls]):
        data = b"\1" * length
        said, blob = sealed(data, cls)
        assert len(blob) == CELL_BYTES[cls]
        assert said == SealedBlob(said.blob_id, said.commitment, cls)
        assert said.blob_id == sha256(blob).digest()
        assert said.commitment == blob[24:HEADER]
        assert opened(blob, said.commitment, cls) == data
        assert read_all(blob, said.commitment, cls) == data


def test_the_smallest_class_that_fits_is_found() -> None:
    """A case takes no more room than it must."""
    for smaller, larger in pairwise(BLOBS):
        assert smallest_class(CAPACITY[smaller]) is smaller
        assert smallest_class(CAPACITY[smaller] + 1) is larger
    assert smallest_class(0) is S


def test_what_fits_nowhere_is_refused_with_the_limit() -> None:
    """A film that is too long is split or carried, and the worker is told how long is too long."""
    most = CAPACITY[CellClass.XL256]
    assert smallest_class(most) is CellClass.XL256
    with pytest.raises(TooLarge) as refusal:
        smallest_class(most + 1)
    assert refusal.value.facts["limit"] == most
    with pytest.raises(TooLarge):
        seal_blob(Zeros(CAPACITY[S] + 1), CAPACITY[S] + 1, S, KEY, CONTEXT, Nowhere())


def test_a_note_is_no_blob() -> None:
    """A manifest that calls a note a blob is refused, on both sides."""
    with pytest.raises(WrongSize):
        seal_blob(io.BytesIO(), 0, CellClass.NOTE, KEY, CONTEXT, Nowhere())
    said, blob = sealed(WORDS)
    with pytest.raises(WrongSize):
        opened(blob, said.commitment, CellClass.NOTE)
    with pytest.raises(WrongSize):
        read_all(blob, said.commitment, CellClass.NOTE)


@pytest.mark.parametrize(
    ("length", "refusal"),
    [
        pytest.param(len(WORDS) + 1, Truncated, id="shorter than it was"),
        pytest.param(len(WORDS) - 1, TrailingBytes, id="longer than it was"),
        pytest.param(0, TrailingBytes, id="empty when measured"),
    ],
)
def test_a_file_that_changed_since_it_was_measured_is_not_sealed(
    length: int, refusal: type[Refusal]
) -> None:
    """Half a file is never sent as if it were the whole."""
    with pytest.raises(refusal):
        seal_blob(io.BytesIO(WORDS), length, S, KEY, CONTEXT, Nowhere())


def test_the_same_bytes_twice_are_two_blobs() -> None:
    """Sending the same thing again cannot be seen."""
    assert sealed(WORDS)[0].blob_id != sealed(WORDS)[0].blob_id
    assert new_blob_key() != new_blob_key()
    assert len(new_blob_key()) == 32


SAID, BLOB = sealed(bytes(range(1, 256)) * 100)
OTHER_SAID, OTHER = sealed(b"another")
CHUNKS: Final = [BLOB[at : at + SEALED_CHUNK] for at in range(HEADER, len(BLOB), SEALED_CHUNK)]


def flipped(at: int) -> bytes:
    """Return the blob with one bit changed."""
    changed = bytearray(BLOB)
    changed[at] ^= 0x80
    return bytes(changed)


ATTACKS: Final = [
    pytest.param(flipped(3), CommitmentMismatch, id="a bit of the salt"),
    pytest.param(flipped(30), CommitmentMismatch, id="a bit of the commitment"),
    pytest.param(flipped(HEADER + 2), Damaged, id="a bit of the length"),
    pytest.param(flipped(HEADER + 3 * SEALED_CHUNK), Damaged, id="a bit of the padding"),
    pytest.param(flipped(len(BLOB) - 1), Damaged, id="a bit of the empty last chunk"),
    pytest.param(b"", Truncated, id="nothing"),
    pytest.param(BLOB[:-1], Truncated, id="cut by a byte"),
    pytest.param(BLOB[:-16], Truncated, id="the empty last chunk cut off"),
    pytest.param(BLOB[: HEADER + SEALED_CHUNK], Truncated, id="cut after a chunk"),
    pytest.param(BLOB + b"\0", TrailingBytes, id="a byte more"),
    pytest.param(BLOB + BLOB, TrailingBytes, id="the blob twice"),
    pytest.param(
        BLOB[:HEADER] + CHUNKS[0] + CHUNKS[0] + b"".join(CHUNKS[2:]), Damaged, id="a chunk doubled"
    ),
    pytest.param(
        BLOB[:HEADER] + b"".join(CHUNKS[:2] + CHUNKS[3:1:-1] + CHUNKS[4:]),
        Damaged,
        id="two chunks of padding exchanged",
    ),
    pytest.param(BLOB[:-SEALED_CHUNK] + OTHER[-SEALED_CHUNK:], Damaged, id="spliced from two"),
    pytest.param(OTHER, CommitmentMismatch, id="another blob under the same key"),
]


@pytest.mark.parametrize("way", [opened, read_all])
@pytest.mark.parametrize(("blob", "refusal"), ATTACKS)
def test_a_blob_that_was_tampered_with_is_refused(
    way: Way, blob: bytes, refusal: type[Refusal]
) -> None:
    """Whatever is done to a blob on its way, it is refused, whichever way it is read."""
    with pytest.raises(refusal):
        way(blob, SAID.commitment)


ROOM: Final = 4 * CHUNK
DISHONEST: Final = [
    pytest.param((5).to_bytes(8, "big") + b"12345\1", BadPadding, id="a byte right after the data"),
    pytest.param(bytes(ROOM - 1) + b"\1", BadPadding, id="the last byte of the padding"),
    pytest.param(bytes(2 * CHUNK) + b"\1", BadPadding, id="a byte amid the padding"),
    pytest.param((ROOM - 7).to_bytes(8, "big"), WrongShape, id="a length one too long"),
    pytest.param(b"\xff" * 8, WrongShape, id="the longest length"),
]


@pytest.mark.parametrize("way", [opened, read_all])
@pytest.mark.parametrize(("plain", "refusal"), DISHONEST)
def test_a_blob_that_was_filled_dishonestly_is_refused(
    way: Way, plain: bytes, refusal: type[Refusal]
) -> None:
    """A sender can hide nothing behind the data, nor claim more of it than there is."""
    commitment, blob = forged(plain.ljust(ROOM, b"\0"))
    with pytest.raises(refusal):
        way(blob, commitment)


WRONG_KEYS: Final = [
    pytest.param(OTHER_KEY, SAID.commitment, CONTEXT, id="another key"),
    pytest.param(KEY, SAID.commitment, b"ctx2", id="another package or place"),
    pytest.param(KEY, OTHER_SAID.commitment, CONTEXT, id="another commitment in the manifest"),
    pytest.param(KEY, Commitment(SAID.commitment[:-1]), CONTEXT, id="a shorter commitment"),
]


@pytest.mark.parametrize(("key", "commitment", "context"), WRONG_KEYS)
def test_nothing_is_decrypted_unless_key_manifest_and_blob_agree(
    key: BlobKey, commitment: Commitment, context: bytes
) -> None:
    """With the wrong key or another blob not one byte comes out."""
    sink = Nowhere()
    with pytest.raises(CommitmentMismatch):
        open_blob(io.BytesIO(BLOB), S, key, commitment, context, sink)
    assert sink.taken == 0
    with pytest.raises(CommitmentMismatch):
        BlobReader(io.BytesIO(BLOB), S, key, commitment, context)


@given(key=st.binary(min_size=32, max_size=32).filter(lambda key: key != KEY))
@settings(deadline=None, max_examples=50)
def test_no_two_keys_open_one_blob(key: bytes) -> None:
    """A sender cannot make a blob that shows one thing to the desk and another to a judge."""
    # Even when the sender writes a commitment of the second key's into the blob and the manifest.
    second = ChunkCipher(key, BLOB[:24], CONTEXT).commitment
    for blob in (BLOB, BLOB[:24] + second + BLOB[HEADER:]):
        opening: list[bytes] = []
        for each in (KEY, BlobKey(key)):
            for commitment in (SAID.commitment, second):
                sink = io.BytesIO()
                try:
                    open_blob(io.BytesIO(blob), S, each, commitment, CONTEXT, sink)
                except (CommitmentMismatch, Damaged):
                    continue
                opening.append(each)
        assert opening == ([KEY] if blob == BLOB else [])


def test_nothing_unverified_reaches_the_sink() -> None:
    """What is shown before a refusal is a true beginning, and is thrown away."""
    data = bytes(range(256)) * 8192
    said, blob = sealed(data, CellClass.M)
    broken = bytearray(blob)
    broken[HEADER + 70 * SEALED_CHUNK] ^= 1
    sink = io.BytesIO()
    with pytest.raises(Damaged):
        open_blob(io.BytesIO(broken), CellClass.M, KEY, said.commitment, CONTEXT, sink)
    shown = sink.getvalue()
    assert data.startswith(shown)
    assert len(shown) <= 70 * CHUNK


def test_a_reader_refuses_the_damaged_chunk_and_no_other() -> None:
    """Damage in one place is found when that place is read, and never shown."""
    data = bytes(range(256)) * 150
    said, blob = sealed(data)
    broken = bytearray(blob)
    broken[HEADER + SEALED_CHUNK + 5] ^= 1
    reader = BlobReader(io.BytesIO(broken), S, KEY, said.commitment, CONTEXT)
    into = memoryview(bytearray(100))
    reader.seek(CHUNK)
    with pytest.raises(Damaged):
        reader.readinto(into)
    assert bytes(into) == bytes(100)
    reader.seek(2 * CHUNK)
    assert reader.readinto(into) == 100
    assert into == data[2 * CHUNK : 2 * CHUNK + 100]


@given(
    places=st.lists(st.tuples(st.integers(0, 26_000), st.integers(0, 20_000)), min_size=1),
)
@settings(deadline=None, max_examples=40)
def test_any_place_can_be_read(places: list[tuple[int, int]]) -> None:
    """A reader jumps about in a blob as in a file that was never sealed."""
    reader = BlobReader(io.BytesIO(BLOB), S, KEY, SAID.commitment, CONTEXT)
    plain = io.BytesIO(bytes(range(1, 256)) * 100)
    for at, length in places:
        assert reader.seek(at) == plain.seek(at)
        mine, yours = memoryview(bytearray(length)), memoryview(bytearray(length))
        assert fill(reader, mine) == plain.readinto(yours)
        assert mine == yours


def test_a_reader_knows_its_end_and_its_beginning() -> None:
    """Places are counted as in a file; before the beginning there is nothing."""
    reader = BlobReader(io.BytesIO(BLOB), S, KEY, SAID.commitment, CONTEXT)
    assert reader.seek(0, io.SEEK_END) == reader.size == 25_500
    assert reader.readinto(memoryview(bytearray(1))) == 0
    assert reader.seek(-1, io.SEEK_END) == 25_499
    assert reader.readinto(memoryview(bytearray(9))) == 1
    with pytest.raises(WrongShape):
        reader.seek(-1)


def test_progress_ends_at_the_whole() -> None:
    """The bar runs to its end, in step on both sides."""
    sealing: list[int] = []
    opening: list[int] = []
    data = io.BytesIO(b"x" * 3_000_000)
    sink = io.BytesIO()
    said = seal_blob(data, 3_000_000, CellClass.M, KEY, CONTEXT, sink, sealing.append)
    sink.seek(0)
    open_blob(sink, CellClass.M, KEY, said.commitment, CONTEXT, Nowhere(), opening.append)
    for told, whole in ((sealing, CELL_BYTES[CellClass.M]), (opening, 256 * CHUNK)):
        assert told == sorted(told)
        assert told[-1] == whole


def test_a_large_blob_passes_through_little_memory() -> None:
    """Sixty-four mebibytes are sealed and opened in three."""
    cls, length = CellClass.XL64, CAPACITY[CellClass.XL64] - 100
    tracemalloc.start()
    try:
        sealing = Nowhere()
        seal_blob(Zeros(length), length, cls, KEY, CONTEXT, sealing)
        cipher = ChunkCipher.fresh(KEY, CONTEXT)
        plain = padded(Zeros(length), length, cls)
        blob = SpanSource(sealed_spans(plain, BLOB_CHUNKS[cls] * CHUNK, cipher))
        assert open_blob(blob, cls, KEY, cipher.commitment, CONTEXT, Nowhere()) == length
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sealing.taken == CELL_BYTES[cls]
    assert peak < 5 << 20


@given(data=st.binary(max_size=200), cls=st.sampled_from(BLOBS))
@settings(deadline=None, max_examples=100)
def test_any_bytes_are_refused_with_one_reason(data: bytes, cls: CellClass) -> None:
    """Garbage in place of a blob is answered with a refusal, never with a crash."""
    for commitment in (SAID.commitment, Commitment(data[24:HEADER])):
        with pytest.raises(Refusal):
            open_blob(io.BytesIO(data), cls, KEY, commitment, CONTEXT, Nowhere())
        with pytest.raises(Refusal):
            BlobReader(io.BytesIO(data), cls, KEY, commitment, CONTEXT)


def test_a_blob_is_bound_to_package_place_and_board() -> None:
    """The same bytes in another package, place or board are another blob."""
    package, other = PackageId(bytes(16)), PackageId(b"\1" * 16)
    contexts = {
        blob_context(package_id, index, board)
        for package_id in (package, other)
        for index in (0, 1)
        for board in (Board.CENTRE, Board.POLICE)
    }
    assert len(contexts) == 8
    assert blob_context(package, 1, Board.CENTRE).hex() == (
        "00000010" + "00" * 16 + "00000004" + "00000001" + "00000006" + b"centre".hex()
    )
