"""Vectors of E-17: a week's list of one-time prekeys, its sheets, and when it counts."""

from typing import Final

from keys.address import MemberId
from keys.calendar import Day, Week, first_day, week_of
from keys.checkpoint import Frontier, hash_leaf
from keys.epoch import key_hash
from keys.errors import BadSignature, Refusal, TrailingBytes, Truncated, UnknownVersion, WrongShape
from keys.hpke import PUBLIC_BYTES, HpkeSecret
from keys.identity import SIGNATURE_BYTES, Identity, PublicIdentity, Purpose
from keys.prekeys import PrekeySecret, read_keys
from keys.prekeysheet import Sheet
from keys.wire import Packable, pack
from tests.vectors.cast import EVA, IDA, TODAY
from tests.vectors.making import Book, Gives, Said, prefixed, seed
from tests.vectors.octets import Json, of

CLAUSE = "E-17"
ABOUT = "One-time prekeys: lists in sheets under a signed root. `keys` is nil on another's sheet."
_WEEK: Final = week_of(TODAY)
_KEYS: Final = tuple(f"key {number}" for number in range(1, 5))


def _sheet(said: Said) -> Gives:
    sheet = Sheet.decode(said.octets("sheet"))
    sheet.head.check(PublicIdentity.decode(said.octets("identity")))
    slot = sheet.slot(MemberId(said.octets("for")))
    keys = None if slot is None else read_keys(slot)
    return {
        "week": sheet.head.week,
        "root": sheet.head.root.hex(),
        "sheets": len(sheet.hashes),
        "keys": None if keys is None else [key_hash(key).hex() for key in keys],
    }


def _counts(said: Said) -> Gives:
    sender = MemberId(said.octets("sender"))
    secret = PrekeySecret(sender, Week(said.number("week")), said.octets("seed"))
    return {"counts": secret.opens(Day(said.number("day")))}


OPENERS = {"sheet": _sheet, "secret": _counts}


def write(book: Book) -> None:
    """Write the file."""
    for name in _KEYS:
        book.keep(name, HpkeSecret.from_seed(seed(f"a prekey: {name}")).public.raw.hex())
    made = _Sheets(book)
    slots = made.thirteen()
    first, second = made.listed("honest", slots[:12], slots[12:])
    book.keep("sheet", first)
    book.good(
        "the sheet with eva's keys, of ida's list for thirteen",
        "E-17.3",
        "",
        "sheet",
        sheet=of("sheet"),
        identity=book.keep("ida", IDA.identity.encode().hex()),
        **{"for": EVA.member_id.hex()},
    )
    book.also("the sheet after it", "E-17.3", "eva is not on it", sheet=second)
    book.also("read for another", "E-17.1", "any bytes: nobody has read those keys", **_another())
    _slots(book, made)
    _roots(book, made, slots[:1])
    _signatures(book, made)
    _days(book)


def _another() -> dict[str, Json]:
    return {"for": ("00" * 32)}


class _Sheets:
    """Puts sheets together by the words of E-17, and not by our code."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._signed: dict[str, Json] = {}

    def slot(self, member_id: Json, *keys: Json) -> list[Json]:
        """Write one slot."""
        return [member_id, *(keys or (of(name) for name in _KEYS))]

    def filler(self, number: int) -> list[Json]:
        """Write the slot of a member that nobody is, with keys that are none."""
        keys: list[Json] = [
            {"repeat": bytes([number, key]).hex(), "times": PUBLIC_BYTES // 2} for key in range(4)
        ]
        return self.slot({"repeat": bytes([number]).hex(), "times": 32}, *keys)

    def thirteen(self) -> list[list[Json]]:
        """Write the slots of twelve that nobody is, and eva's among them, in their order."""
        slots = [self.slot(EVA.member_id.hex()), *map(self.filler, range(0x10, 0xD0, 0x10))]
        return sorted(slots, key=self.bytes_of)

    def bytes_of(self, *pieces: Json) -> bytes:
        """Return the bytes of what is written."""
        return self._book.read([*pieces])

    def leaf(self, *slots: Json) -> bytes:
        """Return the hash of a sheet."""
        return hash_leaf(self.bytes_of(*slots))

    def root(self, *hashes: bytes) -> bytes:
        """Return the root over these sheets."""
        tree = Frontier()
        for one in hashes:
            tree = tree.append(one)
        return tree.root

    def listed(self, name: str, *sheets: list[list[Json]]) -> list[list[Json]]:
        """Write a list, sheet by sheet."""
        flat: list[list[Json]] = [[piece for slot in sheet for piece in slot] for sheet in sheets]
        hashes = [self.leaf(*sheet) for sheet in flat]
        fields = (IDA.member_id, _WEEK, self.root(*hashes))
        return [self.entry(name, b"".join(hashes), sheet, *fields) for sheet in flat]

    def one(self, name: str, *slots: Json) -> list[Json]:
        """Write a list of one sheet, whatever stands on it."""
        (sheet,) = self.listed(name, [[*slots]])
        return sheet

    def entry(
        self,
        name: str,
        hashes: bytes,
        slots: list[Json],
        *fields: Packable,
        by: Identity = IDA.secret,
        version: int = 1,
        purpose: Purpose = Purpose.PREKEYS,
    ) -> list[Json]:
        """Write one sheet: any fields under a good signature."""
        body = pack(["prekeys", version, *fields])
        if name not in self._signed:  # the sheets of one list have one signature
            self._signed[name] = self._book.sign(f"list {name}", by, purpose, body)
        length = len(self.bytes_of(*slots))
        sizes = (len(body), SIGNATURE_BYTES, len(hashes), length)
        return prefixed(body.hex(), self._signed[name], hashes.hex(), slots, sizes=sizes)


def _slots(book: Book, made: _Sheets) -> None:
    eva, fillers = made.slot(EVA.member_id.hex()), [made.filler(at) for at in range(1, 14)]
    three = [of(name) for name in _KEYS[:3]]
    whole = EVA.member_id.hex()
    small: list[Json] = [of(_KEYS[3], 0, -32), "00" * 32]
    coefficient: list[Json] = ["ffff", of(_KEYS[3], 2)]
    rows: tuple[tuple[str, str, list[Json]], ...] = (
        ("no slot", "", []),
        ("thirteen slots", "", [*fillers]),
        ("a slot that is cut", "", [*eva[:-1], of(_KEYS[3], 0, -1)]),
        ("a byte behind the slots", "", [*eva, "00"]),
        ("two slots out of order", "", [fillers[1], fillers[0]]),
        ("one member twice", "", [fillers[0], fillers[0]]),
        ("a slot for its owner", "", made.slot(IDA.member_id.hex())),
        ("one key twice", "", made.slot(whole, *three, three[0])),
        ("a key of small order", "E-3.2", made.slot(whole, *three, small)),
        ("a key with a coefficient out of range", "E-3.2", made.slot(whole, *three, coefficient)),
    )
    for name, comment, slots in rows:
        sheet = made.one(name, *slots)
        book.bad(f"a sheet: {name}", "E-17.1", WrongShape, comment, sheet=sheet)


def _roots(book: Book, made: _Sheets, slots: list[list[Json]]) -> None:
    flat = [piece for slot in slots for piece in slot]
    leaf, me = made.leaf(*flat), IDA.member_id
    root = made.root(leaf)
    other = made.leaf(*made.filler(1))
    many = leaf * 65
    rows: tuple[tuple[str, type[Refusal], list[Json]], ...] = (
        ("no hash", WrongShape, made.entry("no hash", b"", flat, me, _WEEK, root)),
        ("65 sheets", WrongShape, made.entry("65", many, flat, me, _WEEK, made.root(*[leaf] * 65))),
        ("a hash that is cut", WrongShape, made.entry("cut", leaf[1:], flat, me, _WEEK, root)),
        (
            "hashes that do not make the root",
            WrongShape,
            made.entry("hashes", leaf + other, flat, me, _WEEK, root),
        ),
        (
            "a sheet that is none of the list's",
            WrongShape,
            made.entry("no sheet", other, flat, me, _WEEK, made.root(other)),
        ),
    )
    for name, refusal, sheet in rows:
        book.bad(f"a list: {name}", "E-17.3", refusal, "", sheet=sheet)
    behind: Json = [of("sheet"), "00"]
    book.bad("a sheet: a byte behind it", "E-17.3", TrailingBytes, "", sheet=behind)
    book.bad("a sheet: a byte short", "E-17.3", Truncated, "", sheet=of("sheet", 0, -1))


def _signatures(book: Book, made: _Sheets) -> None:
    eva = made.slot(EVA.member_id.hex())
    leaf, me = made.leaf(*eva), IDA.member_id
    root = made.root(leaf)
    fields: tuple[Packable, ...] = (me, _WEEK, root)
    filler = made.filler(1)
    hers = (EVA.member_id, _WEEK, made.root(made.leaf(*filler)))
    naming = made.entry("naming eva", made.leaf(*filler), filler, *hers)
    epochs = made.entry("for epochs", leaf, eva, *fields, purpose=Purpose.EPOCHS)
    rows: tuple[tuple[str, type[Refusal], list[Json]], ...] = (
        ("version 2", UnknownVersion, made.entry("version 2", leaf, eva, *fields, version=2)),
        ("a field more", WrongShape, made.entry("more", leaf, eva, *fields, 0)),
        ("a field less", WrongShape, made.entry("less", leaf, eva, me, _WEEK)),
        ("a week before all weeks", WrongShape, made.entry("early", leaf, eva, me, -1, root)),
        (
            "a week after 2^28",
            WrongShape,
            made.entry("late", leaf, eva, me, (1 << 28) + 1, root),
        ),
        ("a short member id", WrongShape, made.entry("short", leaf, eva, me[1:], _WEEK, root)),
        ("signed for another purpose", BadSignature, epochs),
        ("naming eva", BadSignature, naming),
        ("by eva", BadSignature, made.entry("by eva", leaf, eva, *fields, by=EVA.secret)),
    )
    for name, refusal, sheet in rows:
        book.bad(f"a list: {name}", "E-17.2", refusal, "", sheet=sheet)
    another = book.keep("eva", EVA.identity.encode().hex())
    book.bad("a list: read for another", "E-17.2", BadSignature, "", identity=another)


def _days(book: Book) -> None:
    monday = first_day(_WEEK)
    book.good(
        "a prekey on the first day of its list's week",
        "E-17.4",
        "",
        "secret",
        sender=EVA.member_id.hex(),
        seed=seed("a prekey").hex(),
        week=_WEEK,
        day=monday,
    )
    book.also("the day before", "E-17.4", "", day=monday - 1)
    book.also("the last day of the week after", "E-17.4", "", day=monday + 13)
    book.also("the day after it", "E-17.4", "", day=monday + 14)
    short = seed("a prekey").hex()[2:]
    book.bad("a prekey's seed of 31 bytes", "E-17.5", WrongShape, "", seed=short)
    nobody = EVA.member_id.hex()[2:]
    book.bad("a prekey for nobody", "E-17.5", WrongShape, "", sender=nobody)
