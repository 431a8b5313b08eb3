"""Vectors of E-9: whole notes as they come from a board, and what their reader makes of them.

Each note is drawn once and kept; what is wrong with one is under two seals, so the note is the
one input that differs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from keys.address import Board, MemberId, PackageId, Role
from keys.body import Kind
from keys.calendar import Day, week_of
from keys.epoch import EpochRole, EpochSecret
from keys.errors import (
    BadCertificate,
    BadSignature,
    BlobListMismatch,
    Expired,
    KeyMismatch,
    NotMsgpack,
    Refusal,
    Replayed,
    RevokedMember,
    TrailingBytes,
    UnknownKind,
    UnknownMember,
    UnknownVersion,
    WrongBoard,
    WrongChannel,
    WrongRecipient,
    WrongRole,
    WrongShape,
)
from keys.hpke import HpkeSecret
from keys.identity import MachineCertificate, PublicIdentity, Purpose
from keys.note import OuterLayer
from keys.opening import Opened, Opener, open_inner, open_outer, package_key, used_up
from keys.receipt import Receipt
from keys.wire import pack
from tests.vectors.cast import EVA, IDA, KARI, OLE, PER, TODAY, Actor, prekey, prekeys_of
from tests.vectors.making import Book, Gives, Said, seed
from tests.vectors.messages import BLOBS, NOTICE, Note, package, receipt
from tests.vectors.octets import Json, Octets, of

CLAUSE = "E-9"
ABOUT = "Opening: the checks of E-9.4 in their order, receipts, machines, replay."


@dataclass(frozen=True, slots=True)
class _View:
    """A member as the vector's roster has it."""

    role: Role
    identity: PublicIdentity
    certificates: tuple[MachineCertificate, ...]
    home_district: MemberId | None = None

    @property
    def member_id(self) -> MemberId:
        """Its id."""
        return self.identity.member_id


def _roster(said: Said) -> dict[MemberId, _View]:
    found: dict[MemberId, _View] = {}
    for line in said.items("roster"):
        assert isinstance(line, dict)
        listed = line["certificates"]
        assert isinstance(listed, list)
        certificates = tuple(MachineCertificate.decode(said.read(one)) for one in listed)
        identity = PublicIdentity.decode(said.read(line["identity"]))
        found[identity.member_id] = _View(Role(str(line["role"])), identity, certificates)
    return found


def _lookup(live: Mapping[MemberId, _View], gone: frozenset[bytes], member_id: MemberId) -> _View:
    if member_id in gone:
        raise RevokedMember
    if member_id not in live:
        raise UnknownMember
    return live[member_id]


def _opening(said: Said) -> tuple[OuterLayer, Opener]:
    day, board = Day(said.number("day")), Board(said.text("board"))
    live, gone = _roster(said), frozenset(said.each("revoked"))
    me = live[MemberId(said.octets("me"))]
    outers = [EpochSecret.from_seed(EpochRole.OUTER, day, said.octets("outer"))]
    outer = open_outer(said.octets("note"), board, me.member_id, outers)
    assert outer is not None
    by = Opener(
        me,
        prekeys_of(said),
        [EpochSecret.from_seed(EpochRole.INNER, day, said.octets("inner"))],
        lambda member_id: _lookup(live, gone, member_id),
        lambda member_id: live[member_id].certificates,
        frozenset(said.each("replay")),
    )
    return outer, by


def _open(said: Said) -> Gives:
    outer, by = _opening(said)
    return _shown(open_inner(outer, by, Day(said.number("today"))))


def _refused(said: Said) -> Gives:
    outer, by = _opening(said)
    code = ""
    try:
        open_inner(outer, by, Day(said.number("today")))
    except Refusal as refusal:
        code = refusal.code
    used = used_up(outer, by)
    return {"code": code, "replay_key": None if used is None else used.replay_key.hex()}


def _shown(opened: Opened) -> Gives:
    return {
        "kind": opened.body.kind.word,
        "sender": opened.sender.member_id.hex(),
        "body_hash": opened.body_hash.hex(),
        "manifest_hash": opened.manifest_hash.hex(),
        "by_machine": opened.by_machine,
        "by_prekey": opened.prekey is not None,
        "replay_keys": [key.hex() for key in opened.replay_keys],
    }


def _receipt_of(said: Said) -> Gives:
    receipt = Receipt.decode(said.octets("manifest"))
    return {"status": receipt.status.value, "day": receipt.day}


OPENERS = {"note": _open, "refused": _refused, "receipt": _receipt_of}


_INQUIRY: Final = Note(kind=Kind.PLACE_INQUIRY, manifest=b"two beds, one cot", blobs=())
_STORED: Final = Note(kind=Kind.RECEIPT, manifest=receipt("stored"), blobs=(), signer=EVA.machine)
_DUMMY: Final = Note(
    kind=Kind.DUMMY,
    reader=EVA,
    recipient=EVA,
    board="police",
    channel="police",
    manifest=b"",
    blobs=(),
    signer=EVA.machine,
)
_POLICE: Final = Note(
    kind=Kind.POLICE_NOTICE,
    sender=OLE,
    reader=PER,
    recipient=PER,
    board="police",
    channel="police",
    manifest=NOTICE,
    blobs=BLOBS[:1],
)


# ── The file ─────────────────────────────────────────────────────────────────────────────────
def write(book: Book) -> None:
    """Write the file."""
    for member in (EVA, IDA, OLE, PER):
        book.keep(f"identity of {member.name}", member.identity.encode().hex())
    certificate = pack(["machine", 1, EVA.member_id, EVA.machine.public, TODAY, TODAY + 29])
    signed = book.sign("certificate's signature", EVA.secret, Purpose.MACHINE, certificate)
    sizes = [len(part).to_bytes(4, "big").hex() for part in (certificate, bytes(3_373))]
    book.keep("certificate", [sizes[0], certificate.hex(), sizes[1], signed])
    _packages(book)
    _signatures(book)
    _forms(book)
    _machines(book)
    _others(book)
    _prekeys(book)
    _receipts(book)


def _receipts(book: Book) -> None:
    book.good("a receipt «stored»", "E-9.1", "", "receipt", manifest=receipt("stored").hex())
    for status in ("opened", "confirmed", "refused", "misrouted", "deleted", "kept_by_duty"):
        book.also(f"a receipt «{status}»", "E-9.2", "", manifest=receipt(status).hex())
    for status in ("", "Opened", "read"):
        name = f"a receipt with a word of its own: «{status}»"
        book.bad(name, "E-9.2", WrongShape, "", manifest=receipt(status).hex())
    behind = receipt("stored").hex() + "00"
    book.bad("a byte behind a receipt", "E-9.1", TrailingBytes, "", manifest=behind)


def _line(member: Actor, *certificates: Json) -> Json:
    return {
        "role": member.role.value,
        "identity": of(f"identity of {member.name}"),
        "certificates": [*certificates],
    }


def _good(book: Book, name: str, clause: str, note: Note, comment: str = "") -> None:
    book.good(name, clause, comment, "note", **_read(book, name, note))


def _read(book: Book, name: str, note: Note, *prekeys: Json) -> dict[str, Json]:
    """Return all that its reader opens a note with."""
    roster: list[Json] = [_line(EVA, of("certificate")), *map(_line, (IDA, OLE, PER))]
    return {
        "note": note.draw(book, name),
        "board": note.board,
        "day": TODAY,
        "me": note.reader.member_id.hex(),
        "outer": note.reader.epoch(EpochRole.OUTER).seed.hex(),
        "inner": note.reader.epoch(EpochRole.INNER).seed.hex(),
        "prekeys": [*prekeys],
        "roster": roster,
        "revoked": [],
        "today": TODAY,
        "replay": [],
    }


def _bad(
    book: Book, clause: str, *rows: tuple[str, type[Refusal], Note], comment: str = ""
) -> None:
    for name, refusal, note in rows:
        book.bad(name, clause, refusal, comment, note=note.draw(book, name))


def _packages(book: Book) -> None:
    honest = Note()
    _good(book, "a case package", "E-9.4", honest)
    _bad(
        book,
        "E-9.4",
        ("it names another recipient", WrongRecipient, replace(honest, recipient=KARI)),
        ("it names another board", WrongChannel, replace(honest, channel="police")),
        ("it names a sender nobody enrolled", UnknownMember, replace(honest, sender=KARI)),
        ("it comes from the police", WrongRole, replace(honest, sender=OLE)),
        ("it names another key", KeyMismatch, replace(honest, key_hash=seed("another key"))),
        ("it names another day", KeyMismatch, replace(honest, board_epoch=Day(TODAY + 1))),
        ("a blob left out", BlobListMismatch, replace(honest, blobs=BLOBS[:1])),
        ("two blobs exchanged", BlobListMismatch, replace(honest, blobs=BLOBS[::-1])),
    )
    without: Json = [_line(member) for member in (IDA, OLE, PER)]
    book.bad("its sender is not in the roster", "E-9.4", UnknownMember, "", roster=without)
    gone: Json = [EVA.member_id.hex()]
    book.bad("its sender was revoked", "E-9.4", RevokedMember, "", revoked=gone)
    book.also("on its last day", "E-9.4", "", today=TODAY + 7)
    book.bad("after its last day", "E-9.4", Expired, "", today=TODAY + 8)
    again: Json = [sha256(honest.body).hexdigest()]
    book.bad("the same words again", "E-9.6", Replayed, "sealed anew or not", replay=again)
    begun: Json = [package_key(PackageId(seed("a package", 16))).hex()]
    book.bad("a package that has begun", "E-9.6", Replayed, "in other words", replay=begun)


def _signatures(book: Book) -> None:
    honest = Note()
    _bad(
        book,
        "E-9.4",
        ("the old half of the signature zero", BadSignature, replace(honest, zero=(0, 64))),
        ("the new half of the signature zero", BadSignature, replace(honest, zero=(64, 3_373))),
        ("the new half stripped", BadSignature, replace(honest, cut=(0, 64))),
        ("no signature", BadSignature, replace(honest, cut=(0, 0))),
        ("signed by its receiver", BadSignature, replace(honest, signer=IDA.secret)),
        ("signed for another purpose", BadSignature, replace(honest, purpose=Purpose.EPOCHS)),
    )
    machine = replace(honest, signer=EVA.machine)
    _bad(book, "E-9.3", ("a case package by the machine", BadSignature, machine))


def _forms(book: Book) -> None:
    honest = Note()
    _bad(
        book,
        "E-9.4",
        ("a body of version 2", UnknownVersion, replace(honest, version=2)),
        ("a body of a reserved kind", UnknownKind, replace(honest, kind=16)),
        ("a body that is no msgpack", NotMsgpack, replace(honest, raw=b"\xc1")),
        ("a manifest that is cut", NotMsgpack, replace(honest, manifest=package()[:-1])),
        (
            "a manifest without consent",
            WrongShape,
            replace(honest, manifest=package(consent=None)),
        ),
    )


def _machines(book: Book) -> None:
    _good(book, "a receipt «stored» by the machine", "E-9.3", _STORED)
    none: Json = [_line(member) for member in (EVA, IDA, OLE, PER)]
    book.bad("a machine without a certificate", "E-9.3", BadCertificate, "", roster=none)
    opened = replace(_STORED, manifest=receipt("opened"))
    half = replace(_STORED, signer=EVA.secret, cut=(0, 64))
    _bad(
        book,
        "E-9.3",
        ("a receipt «opened» by the machine", BadSignature, opened),
        ("another member's machine", BadCertificate, replace(_STORED, signer=IDA.machine)),
        ("a read proof as a receipt", BadCertificate, replace(_STORED, purpose=Purpose.READ)),
        ("half of a member's signature as a machine's", BadCertificate, half),
    )


def _others(book: Book) -> None:
    _good(book, "a place inquiry", "E-9.4", _INQUIRY, "it has no replay key for a package")
    _bad(
        book,
        "E-9.4",
        ("a blob that no manifest names", BlobListMismatch, replace(_INQUIRY, blobs=BLOBS[:1])),
    )
    _good(book, "a dummy on the police board", "E-9.3", _DUMMY)
    case = replace(Note(), sender=IDA, reader=EVA, recipient=EVA, board="police", channel="police")
    _bad(
        book,
        "E-9.4",
        ("a dummy from somebody else", WrongRole, replace(_DUMMY, sender=IDA, signer=IDA.machine)),
        ("a case on the police board", WrongBoard, case),
    )
    _good(book, "a police notice", "E-9.4", _POLICE)
    _bad(book, "E-9.4", ("a notice by a centre", WrongRole, replace(_POLICE, sender=EVA)))


def _prekeys(book: Book) -> None:
    secret = HpkeSecret.from_seed(seed("a prekey"))
    note = replace(Note(), prekey=secret)
    name, week = "a case package to a one-time prekey", week_of(TODAY)
    mine = prekey(EVA, week, secret.seed)
    others: list[Json] = [prekey(KARI, week, secret.seed)]
    said = _read(book, name, note, mine)
    book.good(name, "E-9.4", "", "note", **said)
    book.bad("a prekey for another sender", "E-17.5", KeyMismatch, "", prekeys=others)
    outer, _by = _opening(Said(said, Octets(book.named)))
    layer: Json = [sha256(b"folge/1\0layer" + outer.inner).hexdigest()]
    words: Json = [sha256(note.body).hexdigest()]
    book.bad("the same sealed layer again", "E-9.6", Replayed, "", replay=layer)
    book.bad("the same words again, to a prekey", "E-9.6", Replayed, "", replay=words)
    said["replay"] = words
    name = "a note that is refused, and the prekey that it has used up"
    book.good(name, "E-17.8", "the replay key of its layer is kept", "refused", **said)
    book.also("refused, as for another sender", "E-17.8", "it stays", prekeys=others)
    by_day = of("a case package")
    book.also("a note to the day's key uses up none", "E-17.8", "it opens", note=by_day)
