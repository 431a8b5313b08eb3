"""Vectors of E-14.1 to E-14.9: which files are read at all, derived keys, rows.

What is about a file stands here as its mode and its content; the file is made anew each time, in
a directory of its own.
"""

import tempfile
from pathlib import Path
from typing import Final

import nacl.bindings

from keys.errors import (
    AlreadyThere,
    NotHere,
    Refusal,
    StoreDamaged,
    UnsafeFile,
)
from keys.keystore import MachineLock
from keys.rows import RowSealer, StoreKey
from keys.secretfile import write_secret
from keys.wire import lp, pack
from tests.vectors.making import Book, Gives, Said, seed
from tests.vectors.octets import Json

CLAUSE = "E-14"
ABOUT = "Secret files, derived keys and sealed rows. Nothing of it leaves the machine."
_KEY: Final = bytes(range(32))


def _derived(said: Said) -> Gives:
    key = StoreKey(said.octets("store_key"))
    return {"key": key.derive(said.text("purpose"), *said.each("context")).hex()}


def _row(said: Said) -> Gives:
    sealer = RowSealer(StoreKey(said.octets("store_key")), said.number("generation"))
    place = said.text("table"), said.octets("row"), said.number("version")
    return {"plain": sealer.open(*place, said.octets("sealed")).hex()}


def _generation(said: Said) -> Gives:
    sealer = RowSealer(StoreKey(said.octets("store_key")))
    number = said.number("generation")
    day = sealer.take(said.text("lock"), number, said.octets("sealed"))
    place = said.text("table"), said.octets("row"), said.number("version")
    return {"day": day, "plain": sealer.open(*place, said.octets("row_sealed")).hex()}


def _machine_file(said: Said) -> Gives:
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        _put(directory / said.text("file"), said)
        directory.chmod(int(said.text("directory_mode"), 8))
        return {"check": MachineLock.open(directory).store_key.derive("check").hex()}


def _put(path: Path, said: Said) -> None:
    if said.flag("link"):
        target = path.with_name("elsewhere")
        path.symlink_to(target)
        path = target
    path.write_bytes(said.octets("content"))
    path.chmod(int(said.text("mode"), 8))


def _created(said: Said) -> Gives:
    with tempfile.TemporaryDirectory() as place:
        if said.flag("there"):
            write_secret(Path(place) / "machine.key", bytes(32))
        MachineLock.create(Path(place))
        made = Path(place) / "machine.key"
        return {"mode": f"{made.stat().st_mode & 0o777:04o}", "bytes": made.stat().st_size}


OPENERS = {
    "derived key": _derived,
    "row": _row,
    "generation": _generation,
    "machine key file": _machine_file,
    "new machine key": _created,
}


def write(book: Book) -> None:
    """Write the file."""
    _files(book)
    _rows(book)
    _generations(book)


def _files(book: Book) -> None:
    book.good(
        "a machine key",
        "E-14.4",
        "",
        "machine key file",
        file="machine.key",
        mode="0600",
        link=False,
        content=_KEY.hex(),
        directory_mode="0700",
    )
    book.also("one that its owner may only read", "E-14.3", "", mode="0400")
    book.also("a directory that others may read", "E-14.1", "", directory_mode="0755")
    rows: tuple[tuple[str, str, type[Refusal], dict[str, Json]], ...] = (
        ("a group may read it", "E-14.3", UnsafeFile, {"mode": "0640"}),
        ("others may read it", "E-14.3", UnsafeFile, {"mode": "0604"}),
        ("others may write it", "E-14.3", UnsafeFile, {"mode": "0602"}),
        ("a symbolic link", "E-14.3", UnsafeFile, {"link": True}),
        ("a group may write in its directory", "E-14.1", UnsafeFile, {"directory_mode": "0770"}),
        ("others may write in its directory", "E-14.1", UnsafeFile, {"directory_mode": "0702"}),
        ("31 bytes", "E-14.4", StoreDamaged, {"content": _KEY[1:].hex()}),
        ("33 bytes", "E-14.4", StoreDamaged, {"content": _KEY.hex() + "00"}),
        ("under another name", "E-14.3", NotHere, {"file": "machine.old"}),
        ("over 1 MiB", "E-14.3", StoreDamaged, {"content": {"repeat": "00", "times": 1_048_577}}),
    )
    for name, clause, refusal, but in rows:
        book.bad(f"a machine key: {name}", clause, refusal, "", **but)
    book.good("a new machine key", "E-14.2", "", "new machine key", there=False)
    book.bad("a machine key is there", "E-14.2", AlreadyThere, "", there=True)


def _rows(book: Book) -> None:
    book.good(
        "a derived key",
        "E-14.6",
        "the known answer",
        "derived key",
        store_key=_KEY.hex(),
        purpose="a",
        context=[],
    )
    book.also("with a context", "E-14.6", "", context=["00000001"])
    generation = 2
    sealed = _sealed(_KEY, generation, (b"notes", b"row 7", 3), b"content")
    book.good(
        "a row",
        "E-14.8",
        "",
        "row",
        store_key=_KEY.hex(),
        generation=generation,
        table="notes",
        row=b"row 7".hex(),
        version=3,
        sealed=sealed.hex(),
    )
    rows: tuple[tuple[str, dict[str, Json]], ...] = (
        ("another table", {"table": "note"}),
        ("another row", {"row": b"row 8".hex()}),
        ("an older version", {"version": 2}),
        ("another store key", {"store_key": "00" * 32}),
        ("another generation's key", {"generation": 1}),
        ("said to be of another generation", {"sealed": "00000001" + sealed[4:].hex()}),
        ("a bit of it", {"sealed": sealed[:-1].hex() + f"{sealed[-1] ^ 1:02x}"}),
        ("a byte short", {"sealed": sealed[:-1].hex()}),
        ("43 bytes", {"sealed": sealed[:43].hex()}),
        ("nothing", {"sealed": ""}),
    )
    for name, but in rows:
        book.bad(f"a row: {name}", "E-14.9", StoreDamaged, "", **but)


def _sealed(key: bytes, generation: int, place: tuple[bytes, bytes, int], plain: bytes) -> bytes:
    """Seal a row as E-14.8 says, by the library alone."""
    number, nonce = generation.to_bytes(4, "big"), seed("a nonce", 24)
    aad = b"folge/1\0row" + lp(place[0], place[1], place[2].to_bytes(8, "big"), number)
    row_key = StoreKey(key).derive("rows", number)
    box = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, aad, nonce, row_key)
    return number + nonce + box


def _generations(book: Book) -> None:
    own, day = seed("a generation's store key", 32), 20_700
    plain = pack(["generation", 1, day, own])
    place = (b"generations", b"staff", 9)
    sealed = _sealed(_KEY, 1, place, plain)
    book.good(
        "a generation",
        "E-14.7",
        "its own store key, and a row sealed under it",
        "generation",
        store_key=_KEY.hex(),
        lock="staff",
        generation=9,
        sealed=sealed.hex(),
        table="notes",
        row=b"row 7".hex(),
        version=3,
        row_sealed=_sealed(own, 9, (b"notes", b"row 7", 3), b"content").hex(),
    )
    short = pack(["generation", 1, day, own[1:]])
    rows: tuple[tuple[str, dict[str, Json]], ...] = (
        ("of the other lock", {"lock": "machine"}),
        ("in another number's place", {"generation": 10}),
        ("another lock's key", {"store_key": "00" * 32}),
        ("said to be sealed under a later one", {"sealed": "00000002" + sealed[4:].hex()}),
        ("a key of 31 bytes", {"sealed": _sealed(_KEY, 1, place, short).hex()}),
        ("a value more", {"sealed": _sealed(_KEY, 1, place, _longer(plain)).hex()}),
        ("its row under the lock's own key", {"row_sealed": _first_row().hex()}),
    )
    for name, but in rows:
        book.bad(f"a generation: {name}", "E-14.7", StoreDamaged, "", **but)


def _longer(plain: bytes) -> bytes:
    """Return the same list with one value more."""
    return bytes([plain[0] + 1]) + plain[1:] + pack(0)


def _first_row() -> bytes:
    """Return the row as if its generation had no store key of its own."""
    return _sealed(_KEY, 9, (b"notes", b"row 7", 3), b"content")
