"""Vectors of E-1: what bytes are a value, a join and padding, and which are not."""

from keys.errors import (
    BadPadding,
    DuplicateKey,
    ForbiddenType,
    NotMsgpack,
    OverLong,
    TrailingBytes,
    Truncated,
    UnknownVersion,
    WrongShape,
)
from keys.padding import check_padding
from keys.receipt import Receipt
from keys.wire import Packable, pack, unlp, unpack
from tests.vectors.making import Book, Gives, Said, shown
from tests.vectors.octets import Json

CLAUSE = "E-1"
ABOUT = "Wire: strict msgpack, length-prefixed joins, zero padding."


def _value(said: Said) -> Gives:
    return {"again": shown(pack(unpack(said.octets("data"))))}


def _lp(said: Said) -> Gives:
    return {"parts": [part.hex() for part in unlp(said.octets("data"), said.number("count"))]}


def _padding(said: Said) -> Gives:
    check_padding(said.octets("rest"))
    return {}


def _receipt(said: Said) -> Gives:
    receipt = Receipt.decode(said.octets("data"))
    return {
        "package_id": receipt.package_id.hex(),
        "manifest_hash": receipt.manifest_hash.hex(),
        "status": receipt.status.value,
        "day": receipt.day,
    }


OPENERS = {"value": _value, "lp": _lp, "padding": _padding, "receipt": _receipt}


def write(book: Book) -> None:
    """Write the file."""
    _values(book)
    _limits(book)
    _lists(book)
    _joins(book)


def _values(book: Book) -> None:
    everything = pack([None, True, False, -(2**63), 2**64 - 1, "å", b"\0\xff", [], {"a": [1]}])
    book.good(
        "one value of every type",
        "E-1.2",
        "`again` is the value in the shortest encoding of each of its parts",
        "value",
        data=everything.hex(),
    )
    longer = "cf0000000000000001"
    book.also("an encoding that is not the shortest", "E-1.6", "1 as a u64", data=longer)
    rows = (
        ("nothing at all", "E-1.1", NotMsgpack, "", ""),
        ("a value that ends inside a text", "E-1.1", NotMsgpack, "3 bytes said, 2 there", "a36162"),
        ("a byte that begins nothing", "E-1.1", NotMsgpack, "0xc1 is never used", "c1"),
        ("a byte after the value", "E-1.1", TrailingBytes, "", everything.hex() + "00"),
        ("two values", "E-1.1", TrailingBytes, "", everything.hex() * 2),
        ("a float of 32 bits", "E-1.2", ForbiddenType, "1.0", "ca3f800000"),
        ("a float of 64 bits", "E-1.2", ForbiddenType, "1.0", "cb3ff0000000000000"),
        ("a float inside a list", "E-1.2", ForbiddenType, "", "91cb3ff0000000000000"),
        ("an extension type", "E-1.2", ForbiddenType, "type 5, one byte", "d40500"),
        ("a timestamp", "E-1.2", ForbiddenType, "the extension type -1", "d6ff00000000"),
        ("a number as a key", "E-1.2", ForbiddenType, "", "810100"),
        ("bytes as a key", "E-1.2", ForbiddenType, "", "81c4016100"),
        ("text that is not UTF-8", "E-1.2", NotMsgpack, "", "a1ff"),
        ("half of a surrogate pair", "E-1.2", NotMsgpack, "U+D800 as if it were text", "a3eda080"),
        ("a key named twice", "E-1.2", DuplicateKey, "", "82a16100a16101"),
        (
            "a key named twice in two encodings",
            "E-1.2",
            DuplicateKey,
            "once as fixstr, once as str 8",
            "82a16100d9016101",
        ),
    )
    for name, clause, refusal, comment, data in rows:
        book.bad(name, clause, refusal, comment, data=data)


def _limits(book: Book) -> None:
    most = 1_048_576

    def octets(size: int) -> list[Json]:
        return ["c6" + (size - 5).to_bytes(4, "big").hex(), {"repeat": "00", "times": size - 5}]

    book.good("a value of 1,048,576 bytes", "E-1.4", "bytes", "value", data=octets(most))
    book.bad("a value of one byte more", "E-1.4", OverLong, "", data=octets(most + 1))
    book.good("16 lists deep", "E-1.4", "", "value", data="91" * 15 + "90")
    book.bad("17 lists deep", "E-1.4", OverLong, "", data="91" * 16 + "90")
    deep: Json = [{"repeat": "91", "times": 5_000}, "90"]
    book.bad("5,000 lists deep", "E-1.4", OverLong, "no reader's stack runs over", data=deep)
    book.good(
        "a list of 65,536 members",
        "E-1.4",
        "",
        "value",
        data=["dd00010000", {"repeat": "c0", "times": 65_536}],
    )
    book.bad(
        "a list of 65,537 members",
        "E-1.4",
        NotMsgpack,
        "",
        data=["dd00010001", {"repeat": "c0", "times": 65_537}],
    )
    book.bad(
        "a map that says it has 2^32 - 1 members",
        "E-1.4",
        NotMsgpack,
        "refused before anything is allocated",
        data="dfffffffff",
    )


def _lists(book: Book) -> None:
    fields: list[Packable] = [b"p" * 16, b"m" * 32, "stored", 20_000]
    true: Packable = True

    def said(*values: Packable) -> str:
        return pack([*values]).hex()

    honest = said("receipt", 1, *fields)
    book.good("a receipt", "E-1.5", "any tagged list would do", "receipt", data=honest)
    rows = (
        ("another tag", WrongShape, said("release", 1, *fields)),
        ("a newer version", UnknownVersion, said("receipt", 2, *fields)),
        ("a version that is true", WrongShape, said("receipt", true, *fields)),
        ("no version", WrongShape, said("receipt")),
        ("a field missing", WrongShape, said("receipt", 1, *fields[:-1])),
        ("a field too many", WrongShape, said("receipt", 1, *fields, None)),
        ("two fields exchanged", WrongShape, said("receipt", 1, *fields[::-1])),
        ("text for bytes", WrongShape, said("receipt", 1, "p" * 16, *fields[1:])),
        ("true for a number", WrongShape, said("receipt", 1, *fields[:3], true)),
        ("a number below its range", WrongShape, said("receipt", 1, *fields[:3], -1)),
        ("a number above its range", WrongShape, said("receipt", 1, *fields[:3], 1 << 32)),
        ("a word outside its list", WrongShape, said("receipt", 1, *fields[:2], "Stored", 20_000)),
        ("a map for the list", WrongShape, pack({"receipt": 1}).hex()),
        ("no list at all", WrongShape, pack("receipt").hex()),
    )
    for name, refusal, data in rows:
        book.bad(name, "E-1.5", refusal, "", data=data)


def _joins(book: Book) -> None:
    known = "000000026162" + "00000000" + "0000000163"
    book.good("ab, nothing, c", "E-1.3", "the known answer", "lp", data=known, count=3)
    book.bad("a length beyond the end", "E-1.3", Truncated, "", data=known[:-2])
    book.bad("a length that is cut", "E-1.3", Truncated, "", data=known[:-4])
    book.bad("a length of 2^32 - 1", "E-1.3", Truncated, "", data=known[:20] + "ffffffff63")
    book.bad("a byte behind the last part", "E-1.3", TrailingBytes, "", data=known + "00")
    book.bad("a part more than the clause has", "E-1.3", TrailingBytes, "", count=2)
    book.good("padding", "E-1.7", "", "padding", rest="00" * 16)
    book.also("no padding", "E-1.7", "", rest="")
    book.bad("a last byte that is not zero", "E-1.7", BadPadding, "", rest="00" * 15 + "01")
    book.bad("a first byte that is not zero", "E-1.7", BadPadding, "", rest="80" + "00" * 15)
