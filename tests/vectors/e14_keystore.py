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
from keys.wire import lp
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
    "machine key file": _machine_file,
    "new machine key": _created,
}


def write(book: Book) -> None:
    """Write the file."""
    _files(book)
    _rows(book)


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
    generation, nonce = 2, seed("a nonce", 24)
    key = StoreKey(_KEY).derive("rows", generation.to_bytes(4, "big"))
    aad = b"folge/1\0row" + lp(
        b"notes", b"row 7", (3).to_bytes(8, "big"), generation.to_bytes(4, "big")
    )
    box = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(b"content", aad, nonce, key)
    sealed = generation.to_bytes(4, "big") + nonce + box
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
