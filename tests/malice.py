"""A member whose program was changed: it signs and seals whatever the attack asks for.

It holds the member's true keys and true tokens, so that nothing but the other end's own checks is
left to say no. Notes are made on the lowest floor, where no rule of the client stands in the way.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final, TypeAlias

from client.case import encode_part
from client.casefile import read_case
from client.consent import Consent
from client.poster import Poster
from client.posting import Cell, note_cell
from client.verbs.cases import date_of
from client.vocabulary import PhoneRole
from keys.address import Board, CellClass, CellHash, MemberId, PackageId
from keys.arrival import ArrivalCode, lock
from keys.blob import BlobKey, blob_context, new_blob_key, seal_blob
from keys.body import SALT_BYTES, Body, Kind
from keys.calendar import Day
from keys.container import ContainerStream, Part, PartId
from keys.epoch import key_hash, key_id
from keys.hpke import OVERHEAD, HpkePublic, seal
from keys.identity import Purpose
from keys.manifest import AgreedByPhone, BlobEntry, ConsentMark, PackageManifest, Prev, Release
from keys.note import OUTER_BYTES, inner_info, outer_info
from keys.padding import pad
from keys.wire import Value, lp, pack, unpack
from tests import acts
from tests.parties import Party

Bend: TypeAlias = Callable[[list[Value]], None]
Contents: TypeAlias = tuple[tuple[str, bytes], ...]

_PREFIXES: Final = 12


def straight(_body: list[Value]) -> None:
    """Change nothing."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a note says, before an attack bends it.

    Attributes:
        kind: of what is said.
        manifest: its bytes.
        board: the board it is sealed for and posted on.
        blobs: the blobs that its outer layer names.
        named: whom the signed body names, when that is not who it is sealed to.
        bend: changes the body's list before it is signed.
    """

    kind: Kind
    manifest: bytes = field(repr=False)
    board: Board = Board.CENTRE
    blobs: tuple[CellHash, ...] = ()
    named: MemberId | None = None
    bend: Bend = straight


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed body and the salt that its inner layer is bound to."""

    body: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    salt: bytes


async def sign(sender: Party, to: Party, said: Said) -> Signed:
    """Sign what is said as the sender."""
    office = sender.service.office
    keys = (await office.to(to.member_id)).keys.for_day(office.today)
    salt = secrets.token_bytes(SALT_BYTES)
    value = unpack(
        Body(
            said.board,
            said.kind,
            sender.member_id,
            said.named or to.member_id,
            office.roster.version,
            office.roster.hash,
            office.today,
            salt,
            key_hash(keys.inner_public),
            (),
            said.manifest,
        ).encode()
    )
    assert isinstance(value, list)
    said.bend(value)
    body = pack(value)
    return Signed(body, office.staff.identity.sign(Purpose.ENVELOPE, body), salt)


async def sealed(by: Party, to: Party, signed: Signed, said: Said) -> bytes:
    """Seal a signed body to a member, however long it is, as far as a note has room."""
    office = by.service.office
    keys = (await office.to(to.member_id)).keys.for_day(office.today)
    inner_key: HpkePublic = keys.inner_public
    room = OUTER_BYTES - _PREFIXES - SALT_BYTES - 32 * len(said.blobs)
    plain = pad(lp(signed.body, signed.signature), room - OVERHEAD)
    hashed = key_hash(inner_key)
    inner = seal(inner_key, inner_info(said.board, to.member_id, signed.salt, hashed), plain)
    outer = pad(lp(signed.salt, b"".join(said.blobs), inner), OUTER_BYTES)
    outer_key = keys.outer_public
    info = outer_info(said.board, office.today, to.member_id, key_id(outer_key))
    return seal(outer_key, info, outer)


async def post(by: Party, board: Board, *cells: Cell) -> None:
    """Post cells with the member's true tokens, also with those that a true program keeps."""
    office = by.service.office
    poster = Poster(office.ledger, office.wallet, office.cells, office.me.role, dict)
    async with office.ledger.transaction("posted-by-malice") as rows:
        await poster.bind(rows, board, secrets.token_bytes(16), cells, office.today)
    assert not await poster.post_bound(office.transport, office.today)


async def tell(sender: Party, to: Party, said: Said, *blobs: Cell) -> bytes:
    """Sign, seal and post a note with its blobs; return the note."""
    note = await sealed(sender, to, await sign(sender, to, said), said)
    await post(sender, said.board, note_cell(note), *blobs)
    return note


@dataclass(frozen=True, slots=True)
class Made:
    """A package out of a changed program."""

    manifest: PackageManifest = field(repr=False)
    code: str
    blobs: tuple[Cell, ...] = field(repr=False)

    @property
    def blob(self) -> Cell:
        """The record, sealed."""
        return self.blobs[0]

    def said(self, kind: Kind = Kind.CASE_PACKAGE, board: Board = Board.CENTRE) -> Said:
        """Return the note that names it."""
        named = tuple(one.cell_hash for one in self.blobs)
        return Said(kind, self.manifest.encode(kind), board, named)


def record(sender: Party, centre: Party) -> tuple[ConsentMark, Contents]:
    """Return the mark of the consent, and the record of a sample case, as honest programs do."""
    office = sender.service.office
    case = read_case(acts.sample("GRAN-427"), today=date_of(office))
    assert case.consent is not None
    member = office.roster.member(centre.member_id)
    consent = Consent.given_in(case.consent, case.parts, member, office.today)
    parts = [(part, case.parts[part]) for part in consent.parts if part in case.parts]
    contents = (("consent", consent.encode()), *((one, encode_part(one, at)) for one, at in parts))
    return ConsentMark(consent.hash, consent.ends), contents


def package(
    sender: Party,
    contents: Contents,
    mark: ConsentMark | None,
    *,
    board: Board = Board.CENTRE,
    days: tuple[int, int] = (0, 7),
    prev: Prev = None,
    files: Contents = (),
) -> Made:
    """Seal a record, and files if there are any, each into a blob of the sender's disk.

    Args:
        sender: whose disk and day.
        contents: the record's parts.
        mark: of the consent that it waits for arrival by; without one it opens at once.
        board: where it goes.
        days: its first and last day, counted from today.
        prev: why it is not unsolicited; of a consented one, a yes by telephone.
        files: the attachments.
    """
    office = sender.service.office
    package_id = PackageId(secrets.token_bytes(16))
    keys: list[BlobKey] = []
    entries: list[BlobEntry] = []
    cells: list[Cell] = []
    code, waits = ArrivalCode.generate(), mark is not None
    for index, one in enumerate([contents, files] if files else [contents]):
        parts = [Part(PartId(name), len(data), BytesIO(data)) for name, data in one]
        stream, key = ContainerStream(package_id, parts), new_blob_key()
        with office.cells.writing() as (name, file):
            context = blob_context(package_id, index, board)
            made = seal_blob(stream, stream.size, CellClass.S, key, context, file)
        keys.append(key)
        kept = None if waits else key
        entries.append(BlobEntry(made.blob_id, made.commitment, made.cls, kept))
        cells.append(Cell(made.cls, made.blob_id, file=name))
    manifest = PackageManifest(
        package_id,
        Day(office.today + days[0]),
        Day(office.today + days[1]),
        AgreedByPhone(PhoneRole.DUTY, office.today) if waits else prev,
        Release.ARRIVAL if waits else Release.AHEAD,
        tuple(entries),
        mark,
        lock(code, package_id, b"".join(keys)) if waits else None,
    )
    return Made(manifest, code.text, tuple(cells))
