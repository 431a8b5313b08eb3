"""A sending centre whose program was changed: it seals what the honest one cannot be made to seal.

It holds the member's true keys and true tokens and says that the place was agreed by phone, so
that nothing but the receiver's own checks is left to say no.
"""

import datetime as dt
import secrets
from io import BytesIO

from client.case import encode_part
from client.casefile import read_case
from client.draft import PhoneRole
from client.office import Office
from client.posting import Cell, note_cell
from keys.address import Board, CellClass, PackageId
from keys.arrival import ArrivalCode, lock
from keys.blob import blob_context, new_blob_key, seal_blob
from keys.body import Kind
from keys.calendar import Day
from keys.container import ContainerStream, Part, PartId
from keys.manifest import AgreedByPhone, BlobEntry, ConsentMark, PackageManifest, Release
from keys.sealing import Message, seal
from tests.parties import Party

_EPOCH = dt.date(1970, 1, 1)


async def smuggle(sender: Party, centre: Party, text: str) -> str:
    """Send a case to a centre though the person said no; return the code that would open it."""
    office = sender.service.office
    case = read_case(text, today=_EPOCH + dt.timedelta(days=office.today))
    package_id = PackageId(secrets.token_bytes(16))
    code, key, ends = ArrivalCode.generate(), new_blob_key(), Day(office.today + 7)
    record: list[Part] = []
    for part, content in case.parts.items():
        data = encode_part(part, content)
        record.append(Part(PartId(part), len(data), BytesIO(data)))
    stream = ContainerStream(package_id, record)
    context = blob_context(package_id, 0, Board.CENTRE)
    with office.cells.writing() as (name, file):
        sealed = seal_blob(stream, stream.size, CellClass.S, key, context, file)
    manifest = PackageManifest(
        package_id,
        office.today,
        ends,
        AgreedByPhone(PhoneRole.DUTY, office.today),
        Release.ARRIVAL,
        (BlobEntry(sealed.blob_id, sealed.commitment, sealed.cls),),
        ConsentMark(secrets.token_bytes(32), ends),
        lock(code, package_id, key),
    )
    note = await _note(office, centre, manifest)
    cells = [note_cell(note), Cell(sealed.cls, sealed.blob_id, file=name)]
    async with office.ledger.transaction("smuggled") as rows:
        await office.poster().bind(rows, Board.CENTRE, package_id, cells, office.today)
    assert not await office.post_bound()
    return code.text


async def _note(office: Office, centre: Party, manifest: PackageManifest) -> bytes:
    to = await office.to(centre.member_id)
    message = Message(
        Kind.CASE_PACKAGE,
        Board.CENTRE,
        office.me,
        to.member,
        office.roster.version,
        office.roster.hash,
        manifest.encode(Kind.CASE_PACKAGE),
    )
    return seal(message, office.staff.identity, to.keys, office.today).note
