"""Vectors of E-13.3, E-13.8 to E-13.13 and E-13.18: the register, and what asks to be in it."""

from typing import Final

from keys.address import CellClass, MemberId, TokenClass, WriterClass
from keys.calendar import Week
from keys.enrolment import EnrolmentRequest
from keys.errors import (
    AlreadyThere,
    BadSignature,
    OverLong,
    Refusal,
    RevokedMember,
    RosterMalformed,
    TrailingBytes,
    UnknownVersion,
    WrongShape,
)
from keys.identity import SIGNATURE_BYTES, Identity, Purpose
from keys.issuers import decode_issuers
from keys.register import Register, Roster
from keys.token import IssuerPublic
from keys.tufkeys import KeyCard
from keys.wire import Packable, pack
from tests.vectors.cast import EVA, IDA, OLE, Actor
from tests.vectors.making import Book, Gives, Said, prefixed, seed
from tests.vectors.octets import Json

CLAUSE = "E-13"
ABOUT = "The register in `roster.msgpack`, enrolment requests, cards, issuer keys."
_IDS: Final = ("identity of eva", "identity of ida", "identity of ole")
_DIRECTORY: Final[list[Packable]] = ["Nord", "Region øst", "Kvinner", "Heis", "+47 22 00 00 00"]
_NOTES: Final = TokenClass(WriterClass.CC, CellClass.NOTE)
_WEEK: Final = Week(2_857)
_Row = tuple[str, str, dict[str, Packable]]


def _register(said: Said) -> Gives:
    register = Register.decode(said.octets("register"))
    return {
        "instance": register.instance,
        "members": [member.member_id.hex() for member in register.members],
        "revoked": [gone.member_id.hex() for gone in register.revoked],
        "issuers": len(register.issuers),
        "notes_a_day": register.schedule.quota(_NOTES),
    }


def _followed(said: Said) -> Gives:
    roster = Roster.decode(said.octets("register"), 1)
    return {"hash": roster.hash.hex()}


def _enrolment(said: Said) -> Gives:
    request = EnrolmentRequest.decode(said.octets("request"))
    member = request.member()
    return {"member_id": member.member_id.hex(), "token_minute": member.token_minute}


def _enrolled(said: Said) -> Gives:
    register = Register.decode(said.octets("register"))
    request = EnrolmentRequest.decode(said.octets("request"))
    return {"members": len(register.enrolled(request.member()).members)}


def _card(said: Said) -> Gives:
    return {"id": KeyCard.decode(said.octets("card")).card_id.hex()}


def _sheet(said: Said) -> Gives:
    added = decode_issuers(said.octets("sheet"))
    register = Register.decode(said.octets("register")).with_issuers(added, Week(0))
    return {"issuers": len(register.issuers)}


OPENERS = {
    "register": _register,
    "register as followed": _followed,
    "enrolment": _enrolment,
    "enrolled": _enrolled,
    "card": _card,
    "sheet": _sheet,
}


def write(book: Book) -> None:
    """Write the file."""
    for member in (EVA, IDA, OLE):
        book.keep(f"identity of {member.name}", member.identity.encode().hex())
    _registers(book)
    _members(book)
    _issuers(book)
    _requests(book)
    eva, mldsa = EVA.identity.ed25519, EVA.identity.mldsa
    book.good("a card", "E-13.3", "", "card", card=pack(["keycard", 1, eva, mldsa]).hex())
    short = pack(["keycard", 1, eva, mldsa[1:]]).hex()
    book.bad("a card with a key of 1,951 bytes", "E-13.3", WrongShape, "", card=short)


# ── The register ─────────────────────────────────────────────────────────────────────────────
def _member(actor: Actor, **but: Packable) -> list[Packable]:
    honest: dict[str, Packable] = {
        "identity": actor.identity.encode(),
        "role": actor.role.value,
        "home_district": actor.home_district,
        "directory": ["directory", 1, *_DIRECTORY],
        "token_minute": 7,
    }
    assert but.keys() <= honest.keys()
    return ["member", 1, *(honest | but).values()]


def _ordered(*members: Actor) -> list[Packable]:
    return [_member(one) for one in sorted(members, key=lambda one: one.member_id)]


def _bytes(book: Book, **but: Packable) -> list[Json]:
    honest: dict[str, Packable] = {
        "instance": "test.folge",
        "checkpoint": ["checkpoint_key", 1, "test.folge", seed("checkpoint key")],
        "schedule": ["schedule", 1, 300, 900, 14_400, [200, 50, 20, 10]],
        "members": _ordered(EVA, OLE),
        "revoked": [],
        "issuers": [],
    }
    assert but.keys() <= honest.keys()
    return book.brief(pack(["roster", 1, *(honest | but).values()]), *_IDS)


def _registers(book: Book) -> None:
    key = seed("checkpoint key")

    def named(name: str) -> dict[str, Packable]:
        return {"instance": name, "checkpoint": ["checkpoint_key", 1, name, key]}

    gone: list[Packable] = ["revoked", 1, IDA.member_id, 20_000]
    later: list[Packable] = ["revoked", 1, seed("gone"), 20_000]
    both = sorted([gone, later], key=lambda one: one[2] if isinstance(one[2], bytes) else b"")
    rest: list[Packable] = [300, 900, 14_400]
    rows: tuple[_Row, ...] = (
        ("a checkpoint key under another name", "E-13.8", {"instance": "real.folge"}),
        ("no name", "E-13.8", named("")),
        ("a name of 65 characters", "E-13.8", named("x" * 65)),
        ("a name with a space", "E-13.8", named("test folge")),
        ("a name with a plus", "E-13.8", named("test+folge")),
        ("a name with a control character", "E-13.8", named("test\tfolge")),
        (
            "a checkpoint key of 31 bytes",
            "E-13.8",
            {"checkpoint": ["checkpoint_key", 1, "test.folge", key[1:]]},
        ),
        ("members out of order", "E-13.11", {"members": _ordered(EVA, OLE)[::-1]}),
        ("a member twice", "E-13.11", {"members": [*_ordered(OLE), *_ordered(OLE)]}),
        ("a centre whose home is nobody", "E-13.11", {"members": _ordered(EVA)}),
        ("a member that is revoked", "E-13.11", {"revoked": [["revoked", 1, EVA.member_id, 9]]}),
        ("revoked out of order", "E-13.11", {"revoked": both[::-1]}),
        ("revoked on a day after all days", "E-13.10", {"revoked": [[*gone[:3], 1 << 32]]}),
        (
            "a slot that is no part of a day",
            "E-13.12",
            {"schedule": ["schedule", 1, 301, *rest[1:], [1] * 4]},
        ),
        ("a slot of no seconds", "E-13.12", {"schedule": ["schedule", 1, 0, *rest[1:], [1] * 4]}),
        ("three quotas", "E-13.12", {"schedule": ["schedule", 1, *rest, [1] * 3]}),
        (
            "a quota of 1,000,001",
            "E-13.12",
            {"schedule": ["schedule", 1, *rest, [1_000_001, 1, 1, 1]]},
        ),
    )
    honest = _bytes(book)
    book.good("a register", "E-13.8", "", "register", register=honest)
    book.also("with two revoked", "E-13.10", "", register=_bytes(book, revoked=both))
    home: list[Packable] = ["revoked", 1, OLE.member_id, 20_000]
    orphan = _bytes(book, members=_ordered(EVA), revoked=[home])
    book.also("a centre whose home was revoked", "E-13.11", "", register=orphan)
    for name, clause, but in rows:
        book.bad(f"a register: {name}", clause, WrongShape, "", register=_bytes(book, **but))
    book.bad("a register and a byte", "E-13.8", TrailingBytes, "", register=[*honest, "00"])
    newer = pack(["roster", 2]).hex()
    book.bad("a register of version 2", "E-13.8", UnknownVersion, "", register=newer)
    big: Json = {"repeat": "00", "times": (16 << 20) + 1}
    book.bad("a register of more than 16 MiB", "E-13.8", OverLong, "", register=big)
    book.good("a register that is followed", "E-13.8", "", "register as followed", register=honest)
    for name, data in (("a byte behind it", [*honest, "00"]), ("version 2", newer)):
        book.bad(f"followed: {name}", "E-13.8", RosterMalformed, "", register=data)


def _members(book: Book) -> None:
    def with_eva(**but: Packable) -> list[Json]:
        pair = {OLE.member_id: _member(OLE), EVA.member_id: _member(EVA, **but)}
        return _bytes(book, members=[pair[one] for one in sorted(pair)])

    def texts(*said: str) -> dict[str, Packable]:
        return {"directory": ["directory", 1, *said, *_DIRECTORY[len(said) :]]}

    book.good("two members", "E-13.9", "", "register", register=_bytes(book))
    rows: tuple[_Row, ...] = (
        ("an identity of half the keys", "E-13.9", {"identity": pack(["identity", 1, bytes(32)])}),
        ("a third role", "E-13.9", {"role": "court"}),
        ("minute 1,440", "E-13.9", {"token_minute": 1_440}),
        ("a district's id of 31 bytes", "E-13.9", {"home_district": OLE.member_id[1:]}),
        ("a centre without a home", "E-13.11", {"home_district": None}),
        ("a district with a home", "E-13.11", {"role": "police"}),
        ("no name", "E-13.9", texts("")),
        ("a name of 81 characters", "E-13.9", texts("x" * 81)),
        ("a name in two lines", "E-13.9", texts("Nord\nSør")),
        ("a name that turns the writing", "E-13.9", texts("\u202eNord")),
        ("access of 401 characters", "E-13.9", texts("Nord", "", "", "x" * 401)),
        ("a telephone of 2 digits", "E-13.9", texts("Nord", "", "", "", "02")),
    )
    for name, clause, but in rows:
        book.bad(f"a member: {name}", clause, WrongShape, "", register=with_eva(**but))


# ── Issuer keys ──────────────────────────────────────────────────────────────────────────────
def _issuers(book: Book) -> None:
    """Any odd number of 2,048 bits is a key here: nothing is signed by these."""
    one, two = (
        IssuerPublic.of_modulus(int.from_bytes(b"\xc0" + seed(word, 254) + b"\1", "big")).der
        for word in ("issuer 1", "issuer 2")
    )

    def issuer(token_class: str, week: int, der: bytes) -> list[Packable]:
        return ["issuer", 1, token_class, week, der]

    first, second = issuer("cc-note", _WEEK, one), issuer("cc-s", _WEEK, two)
    book.good(
        "two issuer keys", "E-13.13", "", "register", register=_bytes(book, issuers=[first, second])
    )
    rows: tuple[tuple[str, list[Packable]], ...] = (
        ("out of order", [second, first]),
        ("a class and week twice", [first, issuer("cc-note", _WEEK, two)]),
        ("one key for two classes", [first, issuer("cc-s", _WEEK, one)]),
        ("one key for two weeks", [first, issuer("cc-note", _WEEK + 1, one)]),
        ("a class that nobody has", [issuer("pr-s", _WEEK, one)]),
        ("a key of 341 bytes", [issuer("cc-note", _WEEK, one[1:])]),
        ("a week of 2^32", [issuer("cc-note", 1 << 32, one)]),
    )
    for name, issuers in rows:
        data = _bytes(book, issuers=issuers)
        book.bad(f"issuer keys: {name}", "E-13.13", WrongShape, "", register=data)
    book.good(
        "a sheet of new issuer keys",
        "E-13.13",
        "",
        "sheet",
        register=_bytes(book, issuers=[first]),
        sheet=pack(["issuers", 1, [second]]).hex(),
    )
    exchanged = pack(["issuers", 1, [issuer("cc-note", _WEEK, two)]]).hex()
    book.bad("a key exchanged for another", "E-13.13", AlreadyThere, "", sheet=exchanged)


# ── Enrolment ────────────────────────────────────────────────────────────────────────────────
def _requests(book: Book) -> None:
    def request(
        name: str, *, by: Identity = IDA.secret, purpose: Purpose = Purpose.ENROL, **but: Packable
    ) -> list[Json]:
        honest: dict[str, Packable] = {
            "instance": "test.folge",
            "identity": IDA.identity.encode(),
            "role": "centre",
            "home_district": OLE.member_id,
            "directory": ["directory", 1, *_DIRECTORY],
        }
        body = pack(["enrolment", 1, *(honest | but).values()])
        signature = book.sign(f"{name}, signature", by, purpose, body)
        return prefixed(book.brief(body, *_IDS), signature, sizes=(len(body), SIGNATURE_BYTES))

    honest = book.keep("request", request("request"))
    book.good("an enrolment request", "E-13.18", "", "enrolment", request=honest)
    forged = request("by eva", by=EVA.secret)
    rows: tuple[tuple[str, type[Refusal], list[Json]], ...] = (
        ("signed by other keys", BadSignature, forged),
        ("signed for another purpose", BadSignature, request("other", purpose=Purpose.ENVELOPE)),
        ("a district that asks for a home", WrongShape, request("district", role="police")),
        ("no instance", WrongShape, request("nowhere", instance="")),
        ("a byte behind it", TrailingBytes, [honest, "00"]),
        ("more than 8,192 bytes", WrongShape, [honest, {"repeat": "00", "times": 8_192}]),
    )
    for name, refusal, data in rows:
        book.bad(f"a request: {name}", "E-13.18", refusal, "", request=data)
    book.good(
        "a member that is enrolled",
        "E-13.10",
        "",
        "enrolled",
        register=_bytes(book),
        request=honest,
    )
    gone: list[Packable] = [["revoked", 1, MemberId(IDA.member_id), 20_000]]
    register = _bytes(book, revoked=gone)
    book.bad("a member that was revoked", "E-13.10", RevokedMember, "", register=register)
    there = _bytes(book, members=_ordered(EVA, IDA, OLE))
    book.bad("a member that is one already", "E-13.18", AlreadyThere, "", register=there)
