"""C2SP `chunked-encryption`: one message as 16 KiB chunks, under ChaCha20-Poly1305 (ENVELOPE E-6).

This file knows the layout: salt, commitment, chunks, and that the last chunk is always short, so
that truncation and extension are impossible. It refuses to know what a message means, how long
it ought to be, or where its bytes lie: a source fills a buffer, a span is a view of one.

Source: https://c2sp.org/chunked-encryption, version 1; RFC 5869 § 2.3; RFC 8439.
"""

import io
import secrets
from collections.abc import Iterator
from itertools import cycle
from typing import Final, NewType, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import constant_time
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from keys.address import CHUNK, TAG
from keys.errors import (
    CommitmentMismatch,
    Damaged,
    TooLarge,
    TrailingBytes,
    Truncated,
    WrongShape,
)
from keys.spans import SPAN, SeekableSource, Source, end_here, take

Commitment = NewType("Commitment", bytes)
"""32 bytes that fix the key and context of one sealed message (E-6.3)."""

KEY: Final = 32
SALT: Final = 24
COMMITMENT: Final = 32
HEADER: Final = SALT + COMMITMENT
SEALED_CHUNK: Final = CHUNK + TAG
MOST_CHUNKS: Final = 1 << 38
SPAN_CHUNKS: Final = SPAN // CHUNK
_NONCE: Final = 12
_LABEL: Final = b"c2sp.org/chunked-encryption@v1+AEAD_CHACHA20_POLY1305\0"


class ChunkCipher:
    """The key, base nonce and commitment of one message, and the sealing of its chunks (E-6.3).

    Args:
        key: 32 uniformly random bytes, for one message only.
        salt: 24 random bytes, sent in the clear.
        context: what the message is bound to; may be empty.

    Raises:
        WrongShape: a key or salt of another length. HMAC fills a short key with zeros, so two
            lengths would be two keys with one commitment.
    """

    __slots__ = ("_aead", "_base", "commitment", "salt")

    def __init__(self, key: bytes, salt: bytes, context: bytes) -> None:
        if len(key) != KEY or len(salt) != SALT:
            raise WrongShape(field="chunks.key")
        expand = HKDFExpand(SHA512(), KEY + _NONCE + COMMITMENT, _LABEL + salt + context)
        derived = expand.derive(key)
        self._aead = ChaCha20Poly1305(derived[:KEY])
        self._base = int.from_bytes(derived[KEY : KEY + _NONCE], "big")
        self.salt = salt
        self.commitment = Commitment(derived[KEY + _NONCE :])

    @classmethod
    def fresh(cls, key: bytes, context: bytes) -> Self:
        """Return a cipher with a new random salt, to seal one message with."""
        return cls(key, secrets.token_bytes(SALT), context)

    @classmethod
    def of_header(cls, header: bytes, key: bytes, commitment: bytes, context: bytes) -> Self:
        """Return the cipher that opens a message, before anything of it is decrypted (E-6.6).

        Raises:
            CommitmentMismatch: `commitment`, the message's own and the key's are not the same.
        """
        cipher = cls(key, header[:SALT], context)
        carried = constant_time.bytes_eq(header[SALT:], commitment)
        derived = constant_time.bytes_eq(cipher.commitment, commitment)
        if not (carried and derived):
            raise CommitmentMismatch
        return cipher

    @property
    def header(self) -> bytes:
        """The 56 bytes in front of the chunks."""
        return self.salt + self.commitment

    def nonce(self, number: int) -> bytes:
        """Return the nonce of chunk `number`: the base XOR the number, big-endian (E-6.4).

        Raises:
            TooLarge: the message would exceed 2³⁸ chunks.
        """
        if number >= MOST_CHUNKS:
            raise TooLarge
        return (self._base ^ number).to_bytes(_NONCE, "big")

    def seal_chunk(self, number: int, plain: memoryview, into: memoryview) -> None:
        """Write `plain` sealed to `into`, which is 16 bytes longer."""
        self._aead.encrypt_into(self.nonce(number), plain, None, into)

    def open_chunk(self, number: int, sealed: memoryview, into: memoryview) -> None:
        """Write `sealed` opened to `into`, which is 16 bytes shorter.

        Raises:
            Damaged: the tag does not verify; `into` then holds nothing that may be used.
        """
        try:
            self._aead.decrypt_into(self.nonce(number), sealed, None, into)
        except InvalidTag:
            raise Damaged from None


def sealed_size(length: int) -> int:
    """Return how many bytes a message of `length` bytes is when sealed (E-6.2)."""
    return HEADER + length + TAG * (length // CHUNK + 1)


def sealed_spans(source: Source, length: int, cipher: ChunkCipher) -> Iterator[memoryview]:
    """Seal `length` bytes; yield the sealed message in order, in constant memory (E-6.2).

    A span stays valid while the next one is made, so that another thread may read it meanwhile.

    Raises:
        Truncated: `source` ends before `length` bytes.
        TrailingBytes: `source` goes on after them: it has changed since it was measured.
    """
    yield memoryview(cipher.header)
    chunks = length // CHUNK + 1  # the last is short: empty when `length` is a multiple
    most = min(chunks, SPAN_CHUNKS)
    plain = memoryview(bytearray(most * CHUNK))
    buffers = cycle([memoryview(bytearray(most * SEALED_CHUNK)) for _ in range(2)])
    for first in range(0, chunks, SPAN_CHUNKS):
        size = min(SPAN, length - first * CHUNK)
        take(source, plain[:size])
        sealed = next(buffers)
        end = 0
        for n in range(min(SPAN_CHUNKS, chunks - first)):
            piece = plain[n * CHUNK : min(size, (n + 1) * CHUNK)]
            start, end = end, end + len(piece) + TAG
            cipher.seal_chunk(first + n, piece, sealed[start:end])
        yield sealed[:end]
    end_here(source)


def opened_spans(source: Source, length: int, cipher: ChunkCipher) -> Iterator[memoryview]:
    """Open the chunks of `length` bytes; yield plaintext whose tags have all verified.

    `source` stands behind the header. Each span is valid until the next is taken. That the
    message is whole is known only when the iterator ends: what was yielded before a refusal must
    be thrown away.

    Raises:
        Damaged: a chunk's tag does not verify.
        Truncated: `source` ends before the last chunk does.
        TrailingBytes: `source` goes on after it.
    """
    chunks = length // CHUNK + 1
    most = min(chunks, SPAN_CHUNKS)
    sealed = memoryview(bytearray(most * SEALED_CHUNK))
    plain = memoryview(bytearray(most * CHUNK))
    for first in range(0, chunks, SPAN_CHUNKS):
        here = min(SPAN_CHUNKS, chunks - first)
        size = min(SPAN, length - first * CHUNK)
        take(source, sealed[: size + here * TAG])
        for n in range(here):
            into = plain[n * CHUNK : min(size, (n + 1) * CHUNK)]
            start = n * SEALED_CHUNK
            cipher.open_chunk(first + n, sealed[start : start + len(into) + TAG], into)
        yield plain[:size]
    end_here(source)


def read_header(source: Source) -> bytes:
    """Return the first 56 bytes of `source`.

    Raises:
        Truncated: it ends before that.
    """
    header = bytearray(HEADER)
    take(source, memoryview(header))
    return bytes(header)


class ChunkReader:
    """The plaintext of one sealed message at any place; every chunk is verified when read.

    The commitment and the last chunk are verified at once, which authenticates the length
    (E-6.6). The source stays the caller's, to close and not to move meanwhile.

    Args:
        source: the sealed message, from its first byte to its last.
        size: the message's length in bytes, when opened.
        key: the key it was sealed under.
        commitment: the one its signed manifest names.
        context: the one it was sealed with.

    Raises:
        Truncated: `source` is shorter than such a message.
        TrailingBytes: `source` is longer.
        CommitmentMismatch: the key, context or message is another.
        Damaged: the last chunk does not verify.
    """

    def __init__(
        self, source: SeekableSource, size: int, key: bytes, commitment: bytes, context: bytes
    ) -> None:
        there = source.seek(0, io.SEEK_END)
        if there < sealed_size(size):
            raise Truncated
        if there > sealed_size(size):
            raise TrailingBytes
        source.seek(0)
        self.size = size
        self._source = source
        self._cipher = ChunkCipher.of_header(read_header(source), key, commitment, context)
        self._sealed = memoryview(bytearray(SEALED_CHUNK))
        self._plain = memoryview(bytearray(CHUNK))
        self._loaded: int | None = None
        self._load(size // CHUNK)

    def read_at(self, offset: int, into: memoryview) -> int:
        """Fill the beginning of `into` from one chunk; 0 at the end.

        Raises:
            Damaged: that chunk does not verify.
            Truncated: the source has become shorter.
        """
        number, start = divmod(offset, CHUNK)
        size = min(len(into), CHUNK - start, self.size - offset)
        if size <= 0:
            return 0
        self._load(number)
        into[:size] = self._plain[start : start + size]
        return size

    def _load(self, number: int) -> None:
        if number == self._loaded:
            return
        # Unverified plaintext may lie in the buffer from here on: it belongs to no chunk.
        self._loaded = None
        plain = self._plain[: min(CHUNK, self.size - number * CHUNK)]
        sealed = self._sealed[: len(plain) + TAG]
        self._source.seek(HEADER + number * SEALED_CHUNK)
        take(self._source, sealed)
        self._cipher.open_chunk(number, sealed, plain)
        self._loaded = number
