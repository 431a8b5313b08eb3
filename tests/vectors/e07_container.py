"""Vectors of E-7: a table and its parts. The container is put together by the words of E-7."""

import io
from dataclasses import dataclass, replace
from typing import Final

from keys.address import PackageId
from keys.container import ContainerReader, decode_table
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
from keys.wire import Packable, lp, pack
from tests.vectors.making import Book, Gives, Said, seed, shown
from tests.vectors.octets import Json, of

CLAUSE = "E-7"
ABOUT = "Container: a table of parts, each sealed under a key of its own."
_PACKAGE: Final = PackageId(seed("a package", 16))
_TEXTS: Final = {"consent": b"the consent", "child.1": b"what the child likes", "photo": b""}


def _container(said: Said) -> Gives:
    package_id = PackageId(said.octets("package_id"))
    reader = ContainerReader(io.BytesIO(said.octets("container")), package_id)
    sink = io.BytesIO()
    reader.open_part(said.text("part"), sink)
    parts: list[Json] = [entry.part_id for entry in reader.entries]
    return {"parts": parts, "data": shown(sink.getvalue())}


def _table(said: Said) -> Gives:
    entries = decode_table(said.octets("table"))
    return {"parts": len(entries), "bytes": sum(entry.sealed_size for entry in entries)}


OPENERS = {"container": _container, "table": _table}


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table, as it is or as an attack has it."""

    part_id: str
    key: bytes
    offset: int
    length: int
    commitment: bytes

    @property
    def packed(self) -> list[Packable]:
        """The list that stands in the table."""
        return [self.part_id, self.key, self.offset, self.length, self.commitment]


def write(book: Book) -> None:
    """Write the file."""
    rows = _parts(book)
    book.keep("table", _table_of(*rows))
    book.keep("parts", [of(f"part {name}") for name in _TEXTS])
    book.good(
        "a container of three parts",
        "E-7.1",
        "the second one is opened",
        "container",
        container=_around(book, of("table")),
        package_id=_PACKAGE.hex(),
        part="child.1",
    )
    book.also("its first part", "E-7.5", "", part="consent")
    book.also("a part of no bytes", "E-7.5", "", part="photo")
    book.bad("a part that is not there", "E-7.8", NotHere, "", part="child.2")
    other = seed("another package", 16).hex()
    book.bad("another package", "E-7.5", CommitmentMismatch, "", package_id=other)
    _bytes(book)
    _rows(book, rows)
    _tables(book, rows)


def _parts(book: Book) -> list[_Row]:
    rows: list[_Row] = []
    offset = 0
    for name, text in _TEXTS.items():
        key = seed(f"key of {name}")
        message: dict[str, Json] = {
            "key": key.hex(),
            "salt": seed(f"salt of {name}", 24).hex(),
            "context": lp(b"part", _PACKAGE, name.encode()).hex(),
            "plain": text.hex(),
        }
        sealed = book.read(book.keep(f"part {name}", {"chunked": message}))
        rows.append(_Row(name, key, offset, len(text), sealed[24:56]))
        offset += len(sealed)
    return rows


def _table_of(*rows: _Row) -> str:
    return pack(["parts", 1, [row.packed for row in rows]]).hex()


def _around(book: Book, table: Json) -> list[Json]:
    return [len(book.read(table)).to_bytes(4, "big").hex(), table, of("parts")]


def _bytes(book: Book) -> None:
    honest = _around(book, of("table"))
    size = len(book.read(of("table")))
    part = book.read(of("part consent"))
    flipped = [of("part consent", 0, 56), bytes([part[56] ^ 1]).hex(), of("part consent", 57)]
    rest: list[Json] = [of("part child.1"), of("part photo")]
    rows: tuple[tuple[str, type[Refusal], list[Json]], ...] = (
        ("nothing", Truncated, []),
        ("a length that is cut", Truncated, ["0000"]),
        ("ends inside the table", Truncated, [honest[0], of("table", 0, -1)]),
        ("ends behind the table", Truncated, honest[:2]),
        ("ends inside the last part", Truncated, [*honest[:2], of("parts", 0, -1)]),
        ("a byte behind the last part", TrailingBytes, [*honest, "00"]),
        ("a length of 65,537", OverLong, ["00010001", *honest[1:]]),
        ("a length of 2^32 - 1", OverLong, ["ffffffff", *honest[1:]]),
        (
            "a byte behind the table's value",
            TrailingBytes,
            [(size + 1).to_bytes(4, "big").hex(), of("table"), "00", of("parts")],
        ),
    )
    for name, refusal, container in rows:
        book.bad(name, "E-7.1", refusal, "", container=container)
    book.also(
        "a bit of another part",
        "E-7.5",
        "parts do not depend on one another",
        container=[*honest[:2], *flipped, *rest],
    )
    head = [of("part consent"), of("part child.1", 0, 56)]
    bit = bytes([book.read(of("part child.1"))[56] ^ 1]).hex()
    damaged = [*honest[:2], *head, bit, of("part child.1", 57), of("part photo")]
    book.bad("a bit of this part", "E-7.5", Damaged, "", container=damaged)


def _rows(book: Book, rows: list[_Row]) -> None:
    first, second, third = rows
    breaches: tuple[tuple[str, type[Refusal], _Row], ...] = (
        ("another key", CommitmentMismatch, replace(second, key=seed("another key"))),
        ("another commitment", CommitmentMismatch, replace(second, commitment=bytes(32))),
    )
    for name, refusal, row in breaches:
        container = _around(book, _table_of(first, row, third))
        book.bad(f"a row with {name}", "E-7.5", refusal, "", container=container)
    longer = [replace(second, length=second.length + 1), replace(third, offset=third.offset + 1)]
    shifted = _around(book, _table_of(first, *longer))
    book.bad("a part said to be a byte longer", "E-7.1", Truncated, "", container=shifted)
    shorter = [replace(second, length=second.length - 1), replace(third, offset=third.offset - 1)]
    shifted = _around(book, _table_of(first, *shorter))
    book.bad("a part said to be a byte shorter", "E-7.1", TrailingBytes, "", container=shifted)


def _tables(book: Book, rows: list[_Row]) -> None:
    first, second, third = rows
    book.good("a table", "E-7.2", "", "table", table=of("table"))
    breaches: tuple[tuple[str, str, type[Refusal], _Row], ...] = (
        ("with a key of 31 bytes", "E-7.2", WrongShape, replace(third, key=bytes(31))),
        ("with a commitment of 33", "E-7.2", WrongShape, replace(third, commitment=bytes(33))),
        ("with a length of 2^28 + 1", "E-7.2", WrongShape, replace(third, length=2**28 + 1)),
        ("with an empty id", "E-7.3", WrongShape, replace(third, part_id="")),
        ("with an id of 65 characters", "E-7.3", WrongShape, replace(third, part_id="x" * 65)),
        ("with a name as an id", "E-7.3", WrongShape, replace(third, part_id="Kari")),
        ("with an id and a line break", "E-7.3", WrongShape, replace(third, part_id="photo\n")),
        ("with one id twice", "E-7.4", DuplicateKey, replace(third, part_id="consent")),
        ("with one key twice", "E-7.4", DuplicateKey, replace(third, key=first.key)),
        ("with a gap", "E-7.6", WrongShape, replace(third, offset=third.offset + 1)),
        ("with an overlap", "E-7.6", WrongShape, replace(third, offset=third.offset - 1)),
    )
    for name, clause, refusal, row in breaches:
        book.bad(f"a table {name}", clause, refusal, "", table=_table_of(first, second, row))
    many = [_Row(f"p{n}", seed(f"p{n}"), 72 * n, 0, bytes(32)) for n in range(201)]
    others: tuple[tuple[str, str, type[Refusal], str], ...] = (
        ("of no rows", "E-7.2", WrongShape, _table_of()),
        ("of 201 rows", "E-7.2", WrongShape, _table_of(*many)),
        ("of another version", "E-7.2", UnknownVersion, pack(["parts", 2, []]).hex()),
        ("that begins at 1", "E-7.6", WrongShape, _table_of(replace(first, offset=1))),
        ("in another order than its bytes", "E-7.6", WrongShape, _table_of(second, first, third)),
    )
    for name, clause, refusal, table in others:
        book.bad(f"a table {name}", clause, refusal, "", table=table)
