"""Opened cases on this desk: laid apart part by part, read, and destroyed part by part.

This file knows that a package's blob and its key are gone as soon as its parts lie by themselves,
so that one part can be destroyed for good (CONSENT C-12). It refuses to decide when.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from client import claims, clocks, reception
from client.case import (
    WITHOUT_CASE,
    Part,
    PartId,
    PartName,
    decode_part,
    encode_part,
    name_of,
)
from client.case.attachment import Attachment
from client.consent import Consent
from client.inbox import In
from client.incoming import Incoming
from client.kept import UNSAID, How, Kept, Laid, Version
from client.ledger import Transaction
from client.office import Office
from client.reception import OpenedRecord
from client.recheck import laid_over
from client.refusals import PartNotShared
from client.shelf import Shelf
from client.verbs import finding
from keys.address import PackageId
from keys.body import Kind
from keys.calendar import Day
from keys.errors import Distrusted, Malformed, NotHere, Refusal
from keys.manifest import PackageManifest

_RECORD, _ATTACHMENTS = range(2)


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case as it stands here now.

    Attributes:
        parts: of each part the version that counts, in the fixed order.
        octets: the same as bytes.
    """

    kept: Kept
    consent: Consent
    parts: Mapping[PartId, Part] = field(repr=False)
    octets: Mapping[PartId, bytes] = field(repr=False)

    @property
    def consented(self) -> frozenset[PartId]:
        """The parts of the consents that were not taken back."""
        named = frozenset(self.consent.parts) | frozenset(self.parts)
        return named - frozenset(self.kept.gone)


async def lay_apart(
    rows: Transaction, office: Office, came: Incoming, record: OpenedRecord
) -> Incoming:
    """Put every part of a record into a row of its own, and destroy the record and its key."""
    versions: list[Version] = []
    for part, octets in record.octets.items():
        row = office.fresh_id()
        await rows.put(Shelf.PART, row, octets)
        versions.append(Version(part, row, How.CAME, office.today))
    kept = Kept(record.consent.encode(), tuple(versions))
    await put(rows, came.package_id, kept)
    blobs = PackageManifest.decode(came.manifest, came.kind).blobs
    files = await claims.drop_one(rows, blobs[_RECORD].blob_id, came.package_id)
    rows.after(lambda: office.discard(files))
    left = (b"", *came.keys[_ATTACHMENTS:]) if len(blobs) > _ATTACHMENTS else ()
    return replace(came, keys=left)


async def lay_files(office: Office, code_name: str) -> None:
    """Lay every attachment of an opened case apart, once here; destroy what is not the sender's.

    Raises:
        DiskFull: there is no room; the next tick tries again.
    """
    async with office.ledger.reading() as rows:
        came = await finding.incoming(rows, code_name)
        if came.state not in (In.OPENED, In.CONFIRMED) or len(came.keys) <= _ATTACHMENTS:
            return
        manifest = PackageManifest.decode(came.manifest, came.kind)
        blob = manifest.blobs[_ATTACHMENTS].blob_id
        name = await rows.get(Shelf.BLOB, blob)
        kept = await _kept(rows, came.package_id)
        parts = await _attachments(rows, kept)
    if name is None:
        return  # they still travel
    wanted = [*parts, *(one for one in kept.gone if name_of(one) is PartName.ATTACHMENT)]
    package = reception.package_of(manifest, came)

    def lay() -> Laid:
        with office.cells.reading(name.decode()) as source:
            key = came.keys[_ATTACHMENTS]
            found = reception.open_attachments(source, key, package, wanted)
            return found.lay_apart(office.cells, kept.gone)

    try:
        laid = await asyncio.to_thread(lay)
    except (Distrusted, Malformed) as refusal:
        laid = Laid(spoilt=tuple(parts), why=refusal)
    await _bind_files(office, came, laid)


async def _bind_files(office: Office, came: Incoming, laid: Laid) -> None:
    files, why = laid.files, laid.why
    blobs = PackageManifest.decode(came.manifest, came.kind).blobs
    async with office.ledger.transaction("laid-apart") as rows:
        fresh = await finding.incoming_by_id(rows, came.package_id)
        kept = await rows.get(Shelf.CASE, came.package_id)
        if fresh is None or kept is None or len(fresh.keys) <= _ATTACHMENTS:
            rows.after(lambda: office.discard(tuple(one.file for one in files)))
            return
        if why is not None:
            await office.attend(rows, came.code_name)
            said = f"{office.today} {why.code}"
            await rows.put(Shelf.QUARANTINE, came.package_id, said.encode())
        now = Kept.decode(kept)
        # A part may have been taken back while its file was written.
        stay = tuple(one for one in files if one.part not in now.gone)
        stray = tuple(one.file for one in files if one.part in now.gone)
        spoilt = tuple(one for one in laid.spoilt if one not in now.gone)
        added = replace(now, files=(*now.files, *stay), spoilt=spoilt)
        await put(rows, came.package_id, added)
        old = await claims.drop_one(rows, blobs[_ATTACHMENTS].blob_id, came.package_id)
        rows.after(lambda: office.discard((*stray, *old)))
        await rows.put(Shelf.INBOX, came.package_id, replace(fresh, keys=()).encode())


async def advance(office: Office) -> None:
    """Lay apart what has come of attachments since their case was opened.

    Raises:
        Refusal: the first that hindered it; the other cases were gone on with.
    """
    async with office.ledger.reading() as rows:
        everything = await finding.all_incoming(rows)
    refusals: list[Refusal] = []
    for came in everything:
        if came.kind in (Kind.CASE_PACKAGE, Kind.PACKAGE_UPDATE) and came.keys:
            try:
                await lay_files(office, came.code_name)
            except Refusal as refusal:
                refusals.append(refusal)
    if refusals:
        raise refusals[0]


async def opened(office: Office, came: Incoming) -> OpenedCase:
    """Return an opened case as it stands here.

    Raises:
        NotHere: nothing of it is here.
    """
    async with office.ledger.reading() as rows:
        return await opened_in(rows, came.package_id)


async def opened_in(
    rows: Transaction, package_id: PackageId, only: Collection[PartName] = tuple(PartName)
) -> OpenedCase:
    """Return what `opened` does, in the caller's consistent state; read no parts but `only`."""
    kept = await _kept(rows, package_id)
    newest = {part: one for part, one in kept.newest.items() if name_of(part) in only}
    octets = {part: await _octets(rows, one) for part, one in newest.items()}
    checks = [(one.part, await _octets(rows, one)) for one in kept.checks]
    parts = {part: decode_part(part, data) for part, data in octets.items()}
    for part, data in checks:
        parts[part] = laid_over(parts.get(part), decode_part(part, data))
        octets[part] = encode_part(part, parts[part])
    consent = Consent.decode(kept.consent)
    return OpenedCase(kept, consent, MappingProxyType(parts), MappingProxyType(octets))


async def versions(office: Office, case: OpenedCase, part: PartId) -> list[tuple[How, Day, bytes]]:
    """Return everything that was ever said at `part`, oldest first; a note is text."""
    async with office.ledger.reading() as rows:
        return [
            (one.how, one.day, await _octets(rows, one))
            for one in case.kept.versions
            if one.part == part and one.how not in UNSAID
        ]


async def check_came(rows: Transaction, package_id: PackageId, parts: Iterable[PartId]) -> None:
    """Accept parts that came, taken back since or not; of what is shut nobody knows them.

    Raises:
        PartNotShared: it came without one of them.
    """
    value = await rows.get(Shelf.CASE, package_id)
    if value is None:
        return
    kept = Kept.decode(value)
    shared = {part for one in (kept.consent, *kept.more) for part in Consent.decode(one).parts}
    for part in parts:
        if part not in shared:
            raise PartNotShared(part=part)


async def covered(
    rows: Transaction, package_id: PackageId, parts: Iterable[PartId]
) -> tuple[PartId, ...]:
    """Return `parts` with the attachments that go with them (C-1.4)."""
    named = frozenset(parts)
    kept = await _kept(rows, package_id)
    found = await _attachments(rows, kept)
    return (*named, *(part for part, file in found.items() if file.shared_with in named))


async def is_all(rows: Transaction, package_id: PackageId, parts: Iterable[PartId]) -> bool:
    """Return whether nothing about the person would be left without `parts`."""
    kept = (await _kept(rows, package_id)).without(parts)
    return all(name_of(part) in WITHOUT_CASE for part in kept.newest)


async def destroy_parts(
    rows: Transaction, office: Office, package_id: PackageId, parts: Iterable[PartId]
) -> None:
    """Destroy some parts: their rows and keys now, their files when that is on disk."""
    back = frozenset(parts)
    kept = await _kept(rows, package_id)
    for version in kept.versions:
        if version.part in back:
            await rows.delete(Shelf.PART, version.row)
    files = tuple(one.file for one in kept.files if one.part in back)
    rows.after(lambda: _gone(office, files))
    await put(rows, package_id, kept.without(back))


async def destroy(rows: Transaction, office: Office, package_id: PackageId) -> None:
    """Destroy everything that was laid apart of a package, if anything was."""
    # Where it lies is noted beside it, for whoever cannot read the row: that is enough here too.
    parts, files = await clocks.pick_up(rows, package_id)
    for part in parts:
        await rows.delete(Shelf.PART, part)
    if files:
        rows.after(lambda: _gone(office, files))
    await rows.delete(Shelf.CASE, package_id)


async def put(rows: Transaction, package_id: PackageId, kept: Kept) -> None:
    """Store what lies here of a package, and where, so that it ends with nobody here (C-14.2)."""
    await rows.put(Shelf.CASE, package_id, kept.encode())
    parts = [version.row for version in kept.versions]
    await clocks.lay(rows, package_id, parts, [one.file for one in kept.files])


def _gone(office: Office, files: tuple[str, ...]) -> None:
    office.has_leavings = True
    office.discard(files)


async def scrub(office: Office) -> None:
    """Cut destroyed rows out of the store's log too.

    Raises:
        StoreInUse: somebody is still reading; the next tick does it.
    """
    if office.has_leavings:
        await office.ledger.scrub()
        office.has_leavings = False


async def _kept(rows: Transaction, package_id: PackageId) -> Kept:
    value = await rows.get(Shelf.CASE, package_id)
    if value is None:
        raise NotHere
    return Kept.decode(value)


async def _attachments(rows: Transaction, kept: Kept) -> dict[PartId, Attachment]:
    found: dict[PartId, Attachment] = {}
    for part, version in kept.newest.items():
        if name_of(part) is PartName.ATTACHMENT:
            content = decode_part(part, await _octets(rows, version))
            if isinstance(content, Attachment):
                found[part] = content
    return found


async def _octets(rows: Transaction, version: Version) -> bytes:
    value = await rows.get(Shelf.PART, version.row)
    if value is None:
        raise NotHere
    return value
