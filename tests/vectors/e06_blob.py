"""Vectors of E-6: chunks, padding, classes. A blob stands here as the recipe that makes it."""

import io
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from keys.address import Board, CellClass, PackageId
from keys.blob import BlobKey, BlobReader, blob_context, open_blob, smallest_class
from keys.chunks import ChunkCipher, Commitment
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
from keys.spans import fill
from tests.vectors.making import Book, Gives, Said, seed, shown
from tests.vectors.octets import Json, of

CLAUSE = "E-6"
ABOUT = "Blob: C2SP chunked-encryption under ChaCha20-Poly1305, padded to a class."
_PLAIN: Final = 65_536
"""What a blob of class s seals."""
_DATA: Final = b"krisebro test vector 1"
_KNOWN_KEY: Final = bytes(range(32)).hex()
_KNOWN_SALT: Final = bytes(range(24)).hex()
_KNOWN_CONTEXT: Final = b"ctx".hex()


def _blob(said: Said) -> Gives:
    package = PackageId(said.octets("package_id"))
    context = blob_context(package, said.number("index"), Board(said.text("board")))
    return _opened(said, context)


def _opened(said: Said, context: bytes) -> Gives:
    """Open a blob as a stream and at random places; both must answer the same."""
    sealed, cls = said.octets("blob"), CellClass(said.text("class"))
    key, commitment = BlobKey(said.octets("key")), Commitment(said.octets("commitment"))

    def streamed() -> bytes:
        sink = io.BytesIO()
        open_blob(io.BytesIO(sealed), cls, key, commitment, context, sink)
        return sink.getvalue()

    def at_places() -> bytes:
        reader = BlobReader(io.BytesIO(sealed), cls, key, commitment, context)
        data = bytearray(reader.size)
        fill(reader, memoryview(data))
        return bytes(data)

    one, other = _outcome(streamed), _outcome(at_places)
    if isinstance(one, Refusal):
        assert type(one) is type(other)
        raise one
    assert one == other
    return {"data": shown(one), "blob_id": sha256(sealed).hexdigest()}


def _outcome(way: Callable[[], bytes]) -> bytes | Refusal:
    try:
        return way()
    except Refusal as refusal:
        return refusal


def _known(said: Said) -> Gives:
    return _opened(said, said.octets("context"))


def _nonce(said: Said) -> Gives:
    cipher = ChunkCipher(said.octets("key"), said.octets("salt"), said.octets("context"))
    nonce = cipher.nonce(said.number("chunk"))
    return {"commitment": cipher.commitment.hex(), "nonce": nonce.hex()}


def _class(said: Said) -> Gives:
    return {"class": smallest_class(said.number("length")).value}


OPENERS = {"blob": _blob, "blob of any context": _known, "nonce": _nonce, "class": _class}


def write(book: Book) -> None:
    """Write the file."""
    _known_answer(book)
    _keys(book)
    _bytes(book)
    _paddings(book)
    _derived(book)
    _classes(book)


def _padded(length: int, data: bytes, behind: str = "") -> list[Json]:
    rest = _PLAIN - 8 - len(data) - len(bytes.fromhex(behind))
    return [length.to_bytes(8, "big").hex(), data.hex(), {"repeat": "00", "times": rest}, behind]


def _message(plain: list[Json], key: str, salt: str, context: str) -> dict[str, Json]:
    return {"key": key, "salt": salt, "context": context, "plain": plain}


def _known_answer(book: Book) -> None:
    plain = _padded(len(_DATA), _DATA)
    message = _message(plain, _KNOWN_KEY, _KNOWN_SALT, _KNOWN_CONTEXT)
    blob = book.keep("known", {"chunked": message})
    book.good(
        "the known answer",
        "E-6.11",
        "",
        "blob of any context",
        **{"class": "s"},
        blob=blob,
        key=_KNOWN_KEY,
        commitment=of("known", 24, 56),
        context=_KNOWN_CONTEXT,
    )


def _keys(book: Book) -> None:
    package, key = seed("a package", 16), seed("a blob key").hex()
    context = blob_context(PackageId(package), 1, Board.CENTRE).hex()
    message = _message(_padded(len(_DATA), _DATA), key, seed("a salt", 24).hex(), context)
    blob = book.keep("blob", {"chunked": message})
    book.good(
        "a blob",
        "E-6.9",
        "`blob_id` is the hash of the sealed bytes",
        "blob",
        **{"class": "s"},
        blob=blob,
        key=key,
        commitment=of("blob", 24, 56),
        package_id=package.hex(),
        index=1,
        board="centre",
    )
    rows: tuple[tuple[str, str, dict[str, Json]], ...] = (
        ("another key", "E-6.6", {"key": seed("another key").hex()}),
        ("another package", "E-6.8", {"package_id": seed("another package", 16).hex()}),
        ("another place in the manifest", "E-6.8", {"index": 0}),
        ("another board", "E-6.8", {"board": "police"}),
        ("another commitment in the manifest", "E-6.6", {"commitment": seed("other").hex()}),
        ("another commitment in the blob", "E-6.6", {"blob": _flipped(book, 24)}),
        ("another salt", "E-6.6", {"blob": _flipped(book, 0)}),
    )
    for name, clause, but in rows:
        book.bad(name, clause, CommitmentMismatch, "", **but)
    book.bad("a key of 31 bytes", "E-6.3", WrongShape, "", key=key[2:])
    book.bad("a key with a zero behind it", "E-6.3", WrongShape, "HMAC's own", key=key + "00")
    book.bad("the class of notes", "E-6.1", WrongSize, "", **{"class": "note"})
    book.bad("a larger class", "E-6.5", Truncated, "", **{"class": "m"})


def _flipped(book: Book, at: int) -> list[Json]:
    bit = bytes([book.read(of("blob", at, at + 1))[0] ^ 1]).hex()
    return [of("blob", 0, at), bit, of("blob", at + 1)]


def _bytes(book: Book) -> None:
    first, second, rest = of("blob", 56, 16_456), of("blob", 16_456, 32_856), of("blob", 32_856)
    rows: tuple[tuple[str, str, type[Refusal], Json], ...] = (
        ("a bit of the first chunk", "E-6.6", Damaged, _flipped(book, 56)),
        ("a bit of the first chunk's tag", "E-6.6", Damaged, _flipped(book, 16_455)),
        ("a bit of the last chunk's tag", "E-6.6", Damaged, _flipped(book, 65_671)),
        ("two chunks exchanged", "E-6.4", Damaged, [of("blob", 0, 56), second, first, rest]),
        ("a chunk doubled", "E-6.4", Damaged, [of("blob", 0, 56), first, first, rest]),
        ("a byte short", "E-6.5", Truncated, of("blob", 0, -1)),
        ("without its last, empty chunk", "E-6.5", Truncated, of("blob", 0, -16)),
        ("only its header", "E-6.5", Truncated, of("blob", 0, 56)),
        ("nothing", "E-6.5", Truncated, ""),
        ("a byte more", "E-6.5", TrailingBytes, [of("blob"), "00"]),
        ("a second empty chunk", "E-6.5", TrailingBytes, [of("blob"), of("blob", -16)]),
    )
    for name, clause, refusal, blob in rows:
        book.bad(name, clause, refusal, "", blob=blob)


def _paddings(book: Book) -> None:
    """Seal other plaintexts under the known answer's key and salt, as no honest writer does."""

    def blob(plain: list[Json]) -> Json:
        return {"chunked": _message(plain, _KNOWN_KEY, _KNOWN_SALT, _KNOWN_CONTEXT)}

    most = _PLAIN - 8
    full: list[Json] = [most.to_bytes(8, "big").hex(), {"repeat": "2a", "times": most}]
    book.good(
        "a blob with room for nothing more",
        "E-6.7",
        "",
        "blob of any context",
        **{"class": "s"},
        blob=blob(full),
        key=_KNOWN_KEY,
        commitment=of("known", 24, 56),
        context=_KNOWN_CONTEXT,
    )
    book.also("a blob of nothing", "E-6.7", "", blob=blob(_padded(0, b"")))
    rows: tuple[tuple[str, type[Refusal], list[Json]], ...] = (
        (
            "a length of one byte too many",
            WrongShape,
            [(most + 1).to_bytes(8, "big").hex(), full[1]],
        ),
        ("a length of 2^64 - 1", WrongShape, ["ff" * 8, full[1]]),
        ("a length shorter than the data", BadPadding, _padded(len(_DATA) - 1, _DATA)),
        ("a last byte that is not zero", BadPadding, _padded(len(_DATA), _DATA, "01")),
    )
    for name, refusal, plain in rows:
        book.bad(name, "E-6.7", refusal, "", blob=blob(plain))


def _derived(book: Book) -> None:
    book.good(
        "the nonce of the first chunk",
        "E-6.3",
        "",
        "nonce",
        key=_KNOWN_KEY,
        salt=_KNOWN_SALT,
        context=_KNOWN_CONTEXT,
        chunk=0,
    )
    book.also("the nonce of the second chunk", "E-6.4", "", chunk=1)
    book.also("the nonce of the last chunk there can be", "E-6.4", "", chunk=2**38 - 1)
    book.bad("one chunk more", "E-6.4", TooLarge, "", chunk=2**38)
    book.bad("a salt of 23 bytes", "E-6.3", WrongShape, "", salt=_KNOWN_SALT[2:])


def _classes(book: Book) -> None:
    book.good("what class s holds", "E-6.1", "the smallest class is given", "class", length=65_528)
    for length in (0, 65_529, 4_194_296, 4_194_297, 67_108_856, 67_108_857, 268_435_448):
        book.also(f"{length} bytes", "E-6.1", "", length=length)
    book.bad("268435449 bytes", "E-6.7", TooLarge, "", length=268_435_449)
