"""Vectors of E-16: an auditor's key among several holders, their sheets, and the trail."""

from itertools import combinations
from typing import Final, cast

from keys.errors import (
    BadSettings,
    BelowThreshold,
    Damaged,
    NotHere,
    Refusal,
    Truncated,
    WrongShape,
)
from keys.hpke import SUITE_ID, HpkeSecret
from keys.shares import Share, letters_of
from keys.trail import AuditorPublic, Entry, Record, read_trail, secret_of
from keys.wire import Packable, lp, pack
from tests.vectors.cast import EVA, IDA
from tests.vectors.making import Book, Gives, Said, prefixed, seed
from tests.vectors.octets import Json, of

CLAUSE = "E-16"
ABOUT = "The audit trail: the auditor's key, its shares on paper, entries and their chain."
_SECRET: Final = HpkeSecret.from_seed(seed("an auditor"))
_PUBLIC: Final = AuditorPublic(_SECRET.public)
_AT: Final = 1_794_376_800


def _half(said: Said) -> Gives:
    public = AuditorPublic.decode(said.octets("public"))
    return {"id": public.auditor_id.hex(), "fingerprint": public.fingerprint}


def _letters(said: Said) -> Gives:
    given = said.number("number"), said.number("holders"), said.number("needed")
    return {"letters": "".join(letters_of(*given))}


def _sheet(said: Said) -> Gives:
    share = Share.read(said.text("sheet"))
    pieces: dict[str, Json] = {letter: piece.hex() for letter, piece in share.pieces.items()}
    counts: list[Json] = [share.number, share.holders, share.needed]
    return {"counts": counts, "tag": share.tag.hex(), "pieces": pieces}


def _joined(said: Said) -> Gives:
    shares = [Share.read(str(sheet)) for sheet in said.items("sheets")]
    return {"seed": secret_of(shares).seed.hex()}


def _trail(said: Said) -> Gives:
    lines = read_trail(said.octets("trail"), HpkeSecret.from_seed(said.octets("seed")))
    follows: list[Json] = [line.follows for line in lines]
    says: list[Json] = [line.record and line.record.code_name for line in lines]
    return {"follows": follows, "code_names": says}


def _record(said: Said) -> Gives:
    record = Record.decode(said.octets("record"))
    return {"kind": record.kind.word, "recipient": record.recipient.hex()}


def _sealed(said: Said) -> Gives:
    secret = HpkeSecret.from_seed(said.octets("seed"))
    record = Entry.decode(said.octets("entry")).open_(secret)
    return {"code_name": record and record.code_name}


OPENERS = {
    "public half": _half,
    "letters": _letters,
    "sheet": _sheet,
    "joined": _joined,
    "record": _record,
    "entry": _sealed,
    "trail": _trail,
}


def write(book: Book) -> None:
    """Write the file."""
    public = _PUBLIC.encode().hex()
    book.good("an auditor's public half", "E-16.1", "", "public half", public=public)
    book.bad("a public half of another tag", "E-16.1", WrongShape, "", public=_tagged().hex())
    _sharings(book)
    _sheets(book)
    _records(book)
    _entries(book)
    _trails(book)


def _tagged() -> bytes:
    return pack(["auditors", 1, _PUBLIC.key.raw])


# ── Shares ───────────────────────────────────────────────────────────────────────────────────
def _share(number: int, holders: int = 3, needed: int = 2, key: bytes = b"") -> str:
    """Return a sheet of a sharing whose pieces are fixed."""
    tag = key or _PUBLIC.auditor_id[:16]
    groups = list(combinations(range(1, holders + 1), needed - 1))
    pieces = {chr(97 + at): seed(f"piece {at}") for at in range(len(groups) - 1)}
    last = int.from_bytes(seed("an auditor"), "big")
    for piece in pieces.values():
        last ^= int.from_bytes(piece, "big")
    pieces[chr(96 + len(groups))] = last.to_bytes(32, "big")
    mine = letters_of(number, holders, needed)
    return Share(number, holders, needed, tag, {one: pieces[one] for one in mine}).sheet()


def _sharings(book: Book) -> None:
    book.good("who has what of 3", "E-16.2", "", "letters", number=2, holders=3, needed=2)
    for holders, needed in ((3, 3), (5, 2)):
        was = {"holders": holders} if holders != 3 else {"needed": needed}
        book.also(f"{needed} of {holders}", "E-16.2", "", **cast("dict[str, Json]", was))
    for name, but in (
        ("one alone", {"needed": 1}),
        ("more than there are", {"needed": 4}),
        ("a crowd", {"holders": 6}),
        ("nobody's", {"number": 4}),
        ("none", {"number": 0}),
    ):
        but = cast("dict[str, Json]", but)
        book.bad(f"a sharing: {name}", "E-16.2", BadSettings, "", **but)
    one, two, three = (_share(number) for number in (1, 2, 3))
    good: list[Json] = [three, one]
    book.good("two of three", "E-16.2", "", "joined", sheets=good)
    every: list[Json] = [one, two, three]
    book.also("all three", "E-16.2", "", sheets=every)
    other = Share.read(two)
    forged = Share(2, 3, 2, other.tag, other.pieces | {"a": bytes(32)}).sheet()
    rows: tuple[tuple[str, type[Refusal], list[Json]], ...] = (
        ("one alone", BelowThreshold, [one]),
        ("one twice", BelowThreshold, [one, one]),
        ("of another key", Damaged, [one, _share(2, key=bytes(16))]),
        ("of another sharing", Damaged, [one, _share(2, 3, 3)]),
        ("two say other things of a piece", Damaged, [two.replace(two, forged), three]),
        ("a piece changed in the only sheet that has it", Damaged, [_changed(one, "b"), two]),
    )
    for name, refusal, sheets in rows:
        book.bad(f"shares: {name}", "E-16.2", refusal, "", sheets=cast("Json", sheets))


def _changed(sheet: str, letter: str) -> str:
    share = Share.read(sheet)
    pieces = share.pieces | {letter: bytes(32)}
    return Share(share.number, share.holders, share.needed, share.tag, pieces).sheet()


def _sheets(book: Book) -> None:
    sheet = _share(1)
    word = sheet.split("\nb ")[1].split()[0]
    book.good("a sheet", "E-16.3", "", "sheet", sheet=sheet)
    head, rest = sheet.split("\n", 1)
    book.also("in capitals", "E-16.3", "", sheet=sheet.upper())
    book.also("with a comment", "E-16.3", "", sheet=f"# about it\n\n{head} # that\n{rest}")
    rows: tuple[tuple[str, str], ...] = (
        ("nothing", ""),
        ("another head", sheet.replace("share", "part", 1)),
        ("four of three", sheet.replace("share 1", "share 4", 1)),
        ("a key too short", sheet.replace("key ", "key # ", 1)),
        ("a word that is none", sheet.replace(word, "folge", 1)),
        ("a word too many", sheet.replace(word, f"{word} {word}", 1)),
        ("a check that does not fit", sheet.replace(f"b {word}", f"b {_next(word)}", 1)),
        ("another's letters", sheet.replace("\nb ", "\na ", 1)),
        ("a letter twice", sheet.replace("\nc ", "\nb ", 1)),
        ("over 16,384 characters", sheet + "#" * 16_384),
    )
    for name, wrong in rows:
        book.bad(f"a sheet: {name}", "E-16.3", WrongShape, "", sheet=wrong)


def _next(word: str) -> str:
    return "abandon" if word != "abandon" else "ability"


# ── Entries ──────────────────────────────────────────────────────────────────────────────────
def _said(kind: int = 3, code_name: str = "GRAN-427") -> bytes:
    line: list[Packable] = [_AT, kind, code_name, IDA.member_id, "Fjordgløtt", "Kari"]
    return pack(["record", 1, *line])


def _records(book: Book) -> None:
    book.good("a record", "E-16.5", "", "record", record=_said().hex())
    rows = (
        ("a receipt's kind", _said(13)),
        ("a text of 81 characters", _said(code_name="x" * 81)),
    )
    for name, wrong in rows:
        book.bad(f"a record: {name}", "E-16.5", WrongShape, "", record=wrong.hex())


def _info(serial: int, before: bytes) -> bytes:
    return b"audit" + lp(SUITE_ID, EVA.member_id, serial.to_bytes(8, "big"), before)


def _entry(book: Book, name: str, serial: int, before: bytes, plain: bytes) -> bytes:
    sealed = book.read(book.seal(name, _SECRET.public, _info(serial, before), plain))
    place = serial.to_bytes(8, "big"), _PUBLIC.auditor_id, before
    return pack(["entry", 1, EVA.member_id, *place, sealed])


def _entries(book: Book) -> None:
    plain = lp(_said()).ljust(2_048, b"\0")
    entry = _entry(book, "first sealed", 1, bytes(32), plain)
    book.keep("entry", entry.hex())
    book.good("an entry", "E-16.4", "", "entry", seed=seed("an auditor").hex(), entry=of("entry"))
    book.also("for another auditor", "E-16.4", "it says nothing", seed=seed("another").hex())
    padded = plain[:-1] + b"x"
    other = _entry(book, "padded otherwise", 1, bytes(32), padded)
    book.bad("an entry: another padding", "E-16.4", WrongShape, "", entry=other.hex())
    book.bad("an entry: a byte short", "E-16.4", WrongShape, "", entry=_short(entry).hex())


def _short(entry: bytes) -> bytes:
    made = Entry.decode(entry)
    place = made.serial.to_bytes(8, "big"), made.auditor, made.before
    return pack(["entry", 1, made.member, *place, made.sealed[:-1]])


def _trails(book: Book) -> None:
    first = book.read(of("entry"))
    before = Entry.decode(first).hash
    plain = lp(_said(code_name="LYNG-001")).ljust(2_048, b"\0")
    second = _entry(book, "second sealed", 2, before, plain)
    book.keep("second entry", second.hex())
    sizes = (len(first), len(second))
    start = b"folge/1\0trail".hex()
    both: list[Json] = [start, *prefixed(of("entry"), of("second entry"), sizes=sizes)]
    book.good("a trail", "E-16.6", "", "trail", seed=seed("an auditor").hex(), trail=both)
    swapped: list[Json] = [start, *prefixed(of("second entry"), of("entry"), sizes=sizes)]
    book.also("in another order", "E-16.6", "the second does not follow", trail=swapped)
    rows: tuple[tuple[str, type[Refusal], list[Json]], ...] = (
        ("another beginning", WrongShape, [b"folge/1\0trial".hex(), *both[1:]]),
        ("no entry", NotHere, [start]),
        ("cut", Truncated, [*both[:-1], of("second entry", 0, -1)]),
    )
    for name, refusal, trail in rows:
        book.bad(f"a trail: {name}", "E-16.6", refusal, "", trail=cast("Json", trail))
