"""Promises of the chunk layout: it is the published one, and no byte of it can be moved."""

import io
from collections.abc import Callable
from typing import Final, Protocol

import pytest
from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.address import CHUNK, TAG
from keys.chunks import (
    HEADER,
    MOST_CHUNKS,
    SEALED_CHUNK,
    ChunkCipher,
    ChunkReader,
    opened_spans,
    read_header,
    sealed_size,
    sealed_spans,
)
from keys.errors import (
    CommitmentMismatch,
    Damaged,
    Refusal,
    TooLarge,
    TrailingBytes,
    Truncated,
    WrongShape,
)
from keys.spans import SPAN, Source

KEY: Final = bytes(range(32))
SALT: Final = bytes(range(24))
CONTEXT: Final = b"ctx"
CIPHER: Final = ChunkCipher(KEY, SALT, CONTEXT)
EDGES: Final = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, SPAN - 1, SPAN, SPAN + 1, 2 * SPAN, 2 * SPAN + 7)


class Aead(Protocol):
    """What the reference needs of a cipher."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: None) -> bytes:
        """Seal one chunk."""
        ...


class Dribble:
    """A source that gives a few bytes at a time, as a slow pipe does."""

    def __init__(self, data: bytes, most: int) -> None:
        self._file = io.BytesIO(data)
        self._most = most

    def readinto(self, into: memoryview, /) -> int | None:
        """Give at most `most` bytes, and None at the end."""
        return self._file.readinto(into[: self._most]) or None


def message_of(length: int) -> bytes:
    """Return a message in which no two chunks are the same."""
    return b"".join(n.to_bytes(4, "big") for n in range(length // 4 + 1))[:length]


def reference(message: bytes, name: bytes, aead: Callable[[bytes], Aead]) -> bytes:
    """Seal as the published page says, in its words and order, knowing nothing of our code."""
    info = b"c2sp.org/chunked-encryption@v1+" + name + b"\0" + SALT + CONTEXT
    derived = HKDFExpand(SHA512(), 32 + 12 + 32, info).derive(KEY)
    key, base_nonce, commitment = derived[:32], derived[32:44], derived[44:]
    chunks = [message[at : at + 16384] for at in range(0, len(message) + 1, 16384)]
    sealed = [
        aead(key).encrypt(
            bytes(a ^ b for a, b in zip(base_nonce, number.to_bytes(12, "big"), strict=True)),
            chunk,
            None,
        )
        for number, chunk in enumerate(chunks)
    ]
    return b"".join([SALT, commitment, *sealed])


def seal(message: bytes, cipher: ChunkCipher = CIPHER) -> bytes:
    """Return `message` sealed by our code."""
    return b"".join(bytes(span) for span in sealed_spans(io.BytesIO(message), len(message), cipher))


def open_(source: Source, length: int, cipher: ChunkCipher = CIPHER) -> bytes:
    """Return the message of `length` bytes that `source` holds, by our code."""
    header = read_header(source)
    found = ChunkCipher.of_header(header, KEY, cipher.commitment, CONTEXT)
    return b"".join(bytes(span) for span in opened_spans(source, length, found))


@pytest.mark.parametrize("length", EDGES)
def test_the_layout_is_the_published_one(length: int) -> None:
    """The page's words, read by another library, give the same bytes as our code."""
    message = message_of(length)
    other = Cobblestone256Decryptor(KEY, CONTEXT)
    by_the_page = reference(message, b"AEAD_AES_256_GCM", AESGCM)
    assert other.update(by_the_page) + other.finalize() == message
    ours = reference(message, b"AEAD_CHACHA20_POLY1305", ChaCha20Poly1305)
    assert seal(message) == ours
    assert len(ours) == sealed_size(length)
    assert open_(io.BytesIO(ours), length) == message


@given(length=st.integers(0, 3 * SPAN), most=st.integers(1_000, 2 * SPAN))
@settings(deadline=None, max_examples=40)
def test_whatever_is_sealed_opens_to_the_same(length: int, most: int) -> None:
    """Any length, read in any pieces, comes back as it was."""
    message = message_of(length)
    assert open_(Dribble(seal(message), most), length) == message


LENGTH: Final = 2 * SPAN + CHUNK + 5
MESSAGE: Final = message_of(LENGTH)
SEALED: Final = seal(MESSAGE)
FRESH: Final = seal(MESSAGE, ChunkCipher.fresh(KEY, CONTEXT))


def chunks_of(sealed: bytes) -> list[bytes]:
    """Return the sealed chunks of a message."""
    return [sealed[at : at + SEALED_CHUNK] for at in range(HEADER, len(sealed), SEALED_CHUNK)]


def moved(change: Callable[[list[bytes]], object]) -> bytes:
    """Return the message with its chunks changed about."""
    chunks = chunks_of(SEALED)
    change(chunks)
    return SEALED[:HEADER] + b"".join(chunks)


def swap(a: int, b: int) -> Callable[[list[bytes]], None]:
    """Return a change that exchanges two chunks."""

    def change(chunks: list[bytes]) -> None:
        chunks[a], chunks[b] = chunks[b], chunks[a]

    return change


def flipped(at: int) -> bytes:
    """Return the message with one bit changed."""
    changed = bytearray(SEALED)
    changed[at] ^= 1
    return bytes(changed)


ATTACKS: Final = [
    pytest.param(flipped(0), CommitmentMismatch, id="a bit of the salt"),
    pytest.param(flipped(24), CommitmentMismatch, id="a bit of the commitment"),
    pytest.param(flipped(HEADER), Damaged, id="the first bit of the first chunk"),
    pytest.param(flipped(HEADER + CHUNK), Damaged, id="a bit of the first tag"),
    pytest.param(flipped(HEADER + 40 * SEALED_CHUNK), Damaged, id="a bit in the second span"),
    pytest.param(flipped(len(SEALED) - 1), Damaged, id="the last bit"),
    pytest.param(b"", Truncated, id="nothing"),
    pytest.param(SEALED[: HEADER - 1], Truncated, id="half a header"),
    pytest.param(SEALED[:HEADER], Truncated, id="a header alone"),
    pytest.param(SEALED[:-1], Truncated, id="cut by a byte"),
    pytest.param(SEALED[: -5 - TAG], Truncated, id="the last chunk cut off"),
    pytest.param(SEALED[: HEADER + 32 * SEALED_CHUNK], Truncated, id="cut after a span"),
    pytest.param(SEALED + b"\0", TrailingBytes, id="a byte more"),
    pytest.param(SEALED + chunks_of(SEALED)[0], TrailingBytes, id="a chunk more"),
    pytest.param(moved(swap(0, 1)), Damaged, id="two chunks exchanged"),
    pytest.param(moved(swap(3, 40)), Damaged, id="two far chunks exchanged"),
    pytest.param(moved(lambda c: c.insert(1, c[0])), Damaged, id="a chunk twice"),
    pytest.param(moved(lambda c: c.pop(0)), Damaged, id="the first chunk dropped"),
    pytest.param(moved(lambda c: c.pop(-2)), Truncated, id="the last full chunk dropped"),
    pytest.param(SEALED[:HEADER] + FRESH[HEADER:], Damaged, id="chunks sealed with another salt"),
    pytest.param(FRESH[:HEADER] + SEALED[HEADER:], CommitmentMismatch, id="another header"),
    pytest.param(
        SEALED[:-21] + FRESH[-21:], Damaged, id="the last chunk of another under the same key"
    ),
]


@pytest.mark.parametrize(("sealed", "refusal"), ATTACKS)
def test_no_byte_can_be_changed_moved_or_cut(sealed: bytes, refusal: type[Refusal]) -> None:
    """Whatever is done to a sealed message in transit, it is refused."""
    with pytest.raises(refusal):
        open_(io.BytesIO(sealed), LENGTH)


@given(at=st.integers(0, len(SEALED) - 1), bit=st.integers(0, 7))
@settings(deadline=None, max_examples=50)
def test_any_flipped_bit_is_refused(at: int, bit: int) -> None:
    """One bit anywhere, and the message does not open."""
    changed = bytearray(SEALED)
    changed[at] ^= 1 << bit
    with pytest.raises((Damaged, CommitmentMismatch)):
        open_(io.BytesIO(changed), LENGTH)


@given(length=st.integers(0, LENGTH + CHUNK).filter(lambda n: n != LENGTH))
@settings(deadline=None, max_examples=30)
def test_a_message_opens_as_its_own_length_only(length: int) -> None:
    """A table or manifest that lies about a length opens nothing."""
    with pytest.raises((Damaged, Truncated, TrailingBytes)):
        open_(io.BytesIO(SEALED), length)


@pytest.mark.parametrize(
    ("key", "salt"),
    [
        pytest.param(KEY[:-1], SALT, id="a short key"),
        pytest.param(KEY + b"\0", SALT, id="a key with a zero more, which HMAC would not tell"),
        pytest.param(KEY, SALT[:-1], id="a short salt"),
    ],
)
def test_keys_of_other_lengths_are_refused(key: bytes, salt: bytes) -> None:
    """Two keys that would be one inside the machinery are refused at its door."""
    with pytest.raises(WrongShape):
        ChunkCipher(key, salt, CONTEXT)


def test_every_sealing_takes_a_new_salt() -> None:
    """The same message twice gives nothing in common but its length."""
    again = seal(MESSAGE, ChunkCipher.fresh(KEY, CONTEXT))
    assert len(again) == len(FRESH)
    assert again[:24] != FRESH[:24]
    assert again[HEADER : HEADER + 64] != FRESH[HEADER : HEADER + 64]


def test_chunks_past_the_limit_are_refused() -> None:
    """The counter stops where the published page says, four pebibytes on."""
    assert CIPHER.nonce(0) != CIPHER.nonce(MOST_CHUNKS - 1)
    with pytest.raises(TooLarge):
        CIPHER.nonce(MOST_CHUNKS)


@pytest.mark.parametrize(
    ("length", "refusal"),
    [
        pytest.param(LENGTH + 1, Truncated, id="shorter than it was"),
        pytest.param(LENGTH - 1, TrailingBytes, id="longer than it was"),
    ],
)
def test_a_file_that_changed_since_it_was_measured_is_not_sealed(
    length: int, refusal: type[Refusal]
) -> None:
    """Half a file is never sent as if it were the whole."""
    with pytest.raises(refusal):
        list(sealed_spans(io.BytesIO(MESSAGE), length, CIPHER))


def test_a_span_stays_while_the_next_is_made() -> None:
    """One thread may hash what another has just sealed."""
    spans = sealed_spans(io.BytesIO(MESSAGE), LENGTH, CIPHER)
    next(spans)
    before = next(spans)
    kept = bytes(before)
    next(spans)
    assert before == kept


def reader(sealed: bytes, length: int = LENGTH) -> ChunkReader:
    """Return a reader of `sealed`."""
    return ChunkReader(io.BytesIO(sealed), length, KEY, CIPHER.commitment, CONTEXT)


@given(offset=st.integers(0, LENGTH + 100), length=st.integers(0, 3 * CHUNK))
@settings(deadline=None, max_examples=60)
def test_any_place_can_be_read_alone(offset: int, length: int) -> None:
    """A reader that begins in the middle sees what is there, one chunk at a time."""
    into = memoryview(bytearray(length))
    got = reader(SEALED).read_at(offset, into)
    assert into[:got] == MESSAGE[offset : offset + got]
    assert got == 0 or got == min(length, CHUNK - offset % CHUNK, LENGTH - offset)
    assert got > 0 or offset >= LENGTH or length == 0


@pytest.mark.parametrize(
    ("sealed", "refusal"),
    [
        pytest.param(b"", Truncated, id="nothing"),
        pytest.param(SEALED[:-1], Truncated, id="cut by a byte"),
        pytest.param(SEALED + b"\0", TrailingBytes, id="a byte more"),
        pytest.param(flipped(0), CommitmentMismatch, id="a bit of the salt"),
        pytest.param(flipped(24), CommitmentMismatch, id="a bit of the commitment"),
        pytest.param(flipped(len(SEALED) - 1), Damaged, id="the last bit"),
    ],
)
def test_a_reader_refuses_at_once_what_it_can_see(sealed: bytes, refusal: type[Refusal]) -> None:
    """The key, the length and the end are checked before anything is read."""
    with pytest.raises(refusal):
        reader(sealed)


def test_a_damaged_chunk_is_never_given_out() -> None:
    """A chunk that fails is refused each time, and the good ones around it still open."""
    read = reader(flipped(HEADER + SEALED_CHUNK + 100))
    into = memoryview(bytearray(50))
    assert read.read_at(0, into) == 50
    for _ in range(2):
        with pytest.raises(Damaged):
            read.read_at(CHUNK, into)
    assert into == MESSAGE[:50]
    for at in (0, 2 * CHUNK, 2 * CHUNK + 50):
        assert read.read_at(at, into) == 50
        assert into == MESSAGE[at : at + 50]


def test_a_file_that_shrinks_while_it_is_read_is_refused() -> None:
    """A disk that loses bytes is told from an end."""
    file = io.BytesIO(SEALED)
    read = ChunkReader(file, LENGTH, KEY, CIPHER.commitment, CONTEXT)
    file.truncate(HEADER + 100)
    with pytest.raises(Truncated):
        read.read_at(0, memoryview(bytearray(10)))
