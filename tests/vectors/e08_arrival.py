"""Vectors of E-8: the code that a resident carries, and what it locks."""

from typing import Final

import nacl.pwhash.argon2id as argon2
from nacl.secret import Aead

from keys.address import PackageId
from keys.arrival import ALPHABET, ArrivalCode, unlock
from keys.errors import (
    CodeSlip,
    OverLong,
    Refusal,
    TrailingBytes,
    UnknownVersion,
    WrongCode,
    WrongShape,
)
from keys.wire import Packable, lp, pack
from tests.vectors.making import Book, Gives, Said, seed
from tests.vectors.octets import Json

CLAUSE = "E-8"
ABOUT = "Arrival code: 20 characters and a check; keys locked under Argon2id."
_SECRET: Final = "0123456789ABCDEFGHJK"
_PACKAGE: Final = seed("a package", 16)
_KEYS: Final = seed("two blob keys", 64)


def _code(said: Said) -> Gives:
    code = ArrivalCode.parse(said.text("text"))
    return {"secret": code.secret, "written": code.text}


def _written(said: Said) -> Gives:
    return {"text": ArrivalCode(said.text("secret")).text}


def _unlock(said: Said) -> Gives:
    code, package_id = ArrivalCode(said.text("secret")), PackageId(said.octets("package_id"))
    return {"keys": unlock(code, package_id, said.octets("locked")).hex()}


OPENERS = {"code": _code, "written code": _written, "lock": _unlock}


def write(book: Book) -> None:
    """Write the file."""
    book.good("a secret as it is written", "E-8.1", "", "written code", secret=_SECRET)
    for letter in "0Z":
        book.also(f"twenty times {letter}", "E-8.2", "", secret=letter * 20)
    book.also("the last character alone", "E-8.2", "its weight is x^20", secret="0" * 19 + "1")
    book.bad("a secret with a letter no code has", "E-8.1", CodeSlip, "", secret="U" + _SECRET[1:])
    book.bad("a secret of 19 characters", "E-8.1", CodeSlip, "", secret=_SECRET[1:])
    _codes(book)
    _locks(book)


def _codes(book: Book) -> None:
    text = ArrivalCode(_SECRET).text
    book.good("a code as it is written", "E-8.3", "", "code", text=text)
    readings = (
        ("in small letters", text.lower()),
        ("without hyphens", text.replace("-", "")),
        ("with spaces and dashes of all kinds", " " + text.replace("-", " \u2013\u2212\u00a0")),
        ("with O for 0, and I and l for 1", text.replace("0", "O", 1).replace("1", "l", 1)),
    )
    for name, typed in readings:
        book.also(f"a code {name}", "E-8.3", "", text=typed)
    check = text[-1]
    wrong = ALPHABET[ALPHABET.index(check) ^ 1]
    slips = (
        ("with one character wrong", "1" + text[1:]),
        ("with the check wrong", text[:-1] + wrong),
        ("with two neighbours exchanged", text[1] + text[0] + text[2:]),
        ("with its ends exchanged", text[-3] + text[1:-3] + text[0] + text[-2:]),
        ("without its check", text[:-2]),
        ("with a character more", text + "0"),
        ("with a letter that no code has", "U" + text[1:]),
        ("that is empty", ""),
    )
    for name, typed in slips:
        book.bad(f"a code {name}", "E-8.3", CodeSlip, "", text=typed)


def _locks(book: Book) -> None:
    salt, nonce = seed("a salt", 16), seed("a nonce", 24)

    def lock(passes: int, memory: int) -> bytes:
        key = argon2.kdf(32, _SECRET.encode(), salt, passes, memory)
        return bytes(Aead(key).encrypt(_KEYS, lp(b"arrival", _PACKAGE), nonce))

    box = lock(2, 64 << 20)

    def locked(*fields: Packable) -> str:
        return pack(["lock", 1, *fields]).hex()

    honest = locked("interactive", salt, box)
    book.good(
        "two locked keys",
        "E-8.4",
        "",
        "lock",
        secret=_SECRET,
        package_id=_PACKAGE.hex(),
        locked=honest,
    )
    heavy = locked("moderate", salt, lock(3, 256 << 20))
    book.also("locked at the other cost", "E-8.5", "", locked=heavy)
    book.bad("another code", "E-8.4", WrongCode, "", secret="1" + _SECRET[1:])
    other = seed("another package", 16).hex()
    book.bad("another package's lock", "E-8.4", WrongCode, "", package_id=other)
    rows: tuple[tuple[str, str, type[Refusal], Json], ...] = (
        ("a bit of the box", "E-8.4", WrongCode, honest[:-2] + f"{box[-1] ^ 1:02x}"),
        ("another salt", "E-8.4", WrongCode, locked("interactive", seed("other", 16), box)),
        ("said to be of the other cost", "E-8.5", WrongCode, locked("moderate", salt, box)),
        ("a third cost", "E-8.5", WrongShape, locked("sensitive", salt, box)),
        ("a salt of 15 bytes", "E-8.4", WrongShape, locked("interactive", salt[1:], box)),
        ("a box of no keys", "E-8.4", WrongShape, locked("interactive", salt, box[:40])),
        ("a box of 193 bytes", "E-8.4", WrongShape, locked("interactive", salt, bytes(233))),
        ("more than 300 bytes", "E-8.4", OverLong, locked("interactive", salt, bytes(270))),
        ("of another version", "E-8.4", UnknownVersion, pack(["lock", 2]).hex()),
        ("a byte behind the lock", "E-8.4", TrailingBytes, honest + "00"),
    )
    for name, clause, refusal, data in rows:
        book.bad(f"a lock: {name}", clause, refusal, "", locked=data)
