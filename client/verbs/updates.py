"""Updates of a case that came: opened with it or after it, and laid beside what they correct.

This file knows that an update opens by the card of its case or by the sender's release, and never
before the case itself (CONSENT C-17). It refuses to replace what was said before: that stays, with
its day.
"""

import asyncio
from dataclasses import replace

from client import audit, claims, reception
from client.audit import Act, Entry
from client.handover import ArrivalCode
from client.inbox import INBOX, In, InEvent
from client.incoming import Incoming
from client.kept import How, Kept, Version
from client.ledger import Transaction
from client.office import Office
from client.received import ReceivedUpdate
from client.reception import OpenedRecord
from client.refusals import NewerPart
from client.shelf import Shelf
from client.verbs import finding, keptcases
from client.verbs.effects import apply_incoming, wind
from keys.address import PackageId
from keys.body import Kind
from keys.errors import Distrusted, Malformed, NotYet, OverLong, Refusal, UnknownVersion
from keys.manifest import PackageManifest
from keys.receipt import ReleaseNote

_FATAL = frozenset({"consent_missing", "consent_other_recipient", "consent_ended"})
_NEWER = (NewerPart, UnknownVersion)
"""What a newer program than this opens."""
_BASE_OPEN = (In.OPENED, In.CONFIRMED)
_BASE_HERE = (In.INCOMPLETE, In.WAITING, *_BASE_OPEN)


async def came(rows: Transaction, office: Office, received: ReceivedUpdate) -> None:
    """Store an update under a name of its own; of a case that was taken back, it is too."""
    manifest = received.manifest
    made = Incoming(
        package_id=manifest.package_id,
        kind=Kind.PACKAGE_UPDATE,
        state=INBOX.start,
        code_name=await finding.unused_name(rows),
        sender=received.came.sender.member_id,
        manifest=manifest.encode(Kind.PACKAGE_UPDATE),
        origin=received.came.body_hash,
        day=office.today,
        by_phone=False,
        follows=received.follows,
    )
    base = await finding.incoming_by_id(rows, received.follows)
    if base is not None and base.state not in _BASE_HERE:
        await apply_incoming(rows, office, made, INBOX.step(made.state, InEvent.WITHDRAWN))
        return
    await rows.put(Shelf.INBOX, made.package_id, made.encode())
    await wind(rows, made)


def goes_with(base: In) -> bool:
    """Return whether an update nobody has opened goes when its case came to this state (C-11.6).

    Of a case that stays, its sender takes back by name the updates in which the part stands.
    """
    return base not in _BASE_OPEN


async def with_base(rows: Transaction, office: Office, base: Incoming) -> None:
    """Take back with a case that goes the updates of it that nobody has opened (C-11.6)."""
    if not goes_with(base.state):
        return
    for one in await _of(rows, base.package_id):
        if one.state in (In.INCOMPLETE, In.WAITING):
            await apply_incoming(rows, office, one, INBOX.step(one.state, InEvent.WITHDRAWN))


async def open_waiting(office: Office, base: Incoming, code: ArrivalCode | None) -> None:
    """Open every update of an opened case for which there is a key.

    One that fails a check is destroyed unseen, and staff are told of one that a later program
    wrote (C-3.6); the others are opened all the same.
    """
    async with office.ledger.reading() as rows:
        waiting = [one for one in await _of(rows, base.package_id) if one.state is In.WAITING]
    for update in waiting:
        try:
            await _open(office, update, code)
        except Refusal as refusal:
            if spoils(refusal):
                await _failed(office, update, refusal)
            elif isinstance(refusal, _NEWER):
                await _told(office, base, update, refusal)
            # Else it waits: for the sender's release, or for room.


def spoils(refusal: Refusal) -> bool:
    """Return whether a package that was refused so will never open: its bytes or its consent.

    What a later program wrote opens when this one is updated (C-3.6): it stays, for as long as it
    may be opened.
    """
    if isinstance(refusal, _NEWER):
        return False
    return isinstance(refusal, Distrusted | Malformed) or refusal.code in _FATAL


async def advance(office: Office) -> None:
    """Open what was released of updates since their case was opened."""
    async with office.ledger.reading() as rows:
        everything = await finding.all_incoming(rows)
    waiting = {one.follows for one in everything if one.state is In.WAITING and one.follows}
    for base in everything:
        if base.package_id in waiting and base.state in _BASE_OPEN:
            await open_waiting(office, base, None)


async def _open(office: Office, update: Incoming, code: ArrivalCode | None) -> None:
    manifest = PackageManifest.decode(update.manifest, update.kind)
    async with office.ledger.reading() as rows:
        note = await rows.get(Shelf.CODE, update.package_id)
        file = await rows.get(Shelf.BLOB, manifest.blobs[0].blob_id)
    by = code if note is None else ReleaseNote.decode(note)
    if file is None:
        raise NotYet
    package, me = reception.package_of(manifest, update), office.me.member_id

    def read() -> OpenedRecord:
        keys = reception.release(manifest, by)
        with office.cells.reading(file.decode()) as source:
            return reception.open_record(source, keys[0], package, me, office.today)

    record = await asyncio.to_thread(read)
    async with office.ledger.transaction("update-opened") as rows:
        fresh = await finding.incoming_by_id(rows, update.package_id)
        kept = await rows.get(Shelf.CASE, update.follows)
        if fresh is None or fresh.state is not In.WAITING or kept is None:
            return
        await _lay_beside(rows, office, fresh, Kept.decode(kept), record)
        step = INBOX.step(fresh.state, InEvent.OPEN)
        await apply_incoming(rows, office, fresh.without_keys(), step)
        base = await finding.incoming_by_id(rows, PackageId(fresh.follows))
        if base is not None:
            await office.attend(rows, base.code_name)
            for act in (Act.OPENS_ADDITION, Act.OPENED):
                entry = Entry(office.now, act, base.code_name, office.staff.name)
                await audit.write(rows, entry)


async def _lay_beside(
    rows: Transaction, office: Office, update: Incoming, kept: Kept, record: OpenedRecord
) -> None:
    """Add what an update says behind what was said before; a part taken back stays away."""
    versions: list[Version] = []
    for part, octets in record.octets.items():
        if part not in kept.gone:
            row = office.fresh_id()
            await rows.put(Shelf.PART, row, octets)
            versions.append(Version(part, row, How.UPDATE, office.today))
    more = (*kept.more, record.consent.encode())
    now = replace(kept, versions=(*kept.versions, *versions), more=more)
    if not now.fits:
        raise OverLong(limit=len(kept.versions))
    await keptcases.put(rows, PackageId(update.follows), now)
    await rows.delete(Shelf.CODE, update.package_id)
    await rows.delete(Shelf.QUARANTINE, update.package_id)
    files = await claims.drop(rows, update.package_id)
    rows.after(lambda: office.discard(files))


async def _told(office: Office, base: Incoming, update: Incoming, refusal: Refusal) -> None:
    """Tell staff, once, that more of a case waits for a newer program than this."""
    async with office.ledger.transaction("update-newer") as rows:
        fresh = await finding.incoming_by_id(rows, update.package_id)
        if fresh is None or fresh.state is not In.WAITING:
            return
        if await rows.get(Shelf.QUARANTINE, update.package_id) is None:
            word = f"{office.today} {refusal.code}".encode()
            await rows.put(Shelf.QUARANTINE, update.package_id, word)
            await office.attend(rows, f"{base.code_name} ({refusal.code})")


async def _failed(office: Office, update: Incoming, refusal: Refusal) -> None:
    async with office.ledger.transaction("update-failed") as rows:
        fresh = await finding.incoming_by_id(rows, update.package_id)
        if fresh is None or fresh.state is not In.WAITING:
            return
        await apply_incoming(rows, office, fresh, INBOX.step(fresh.state, InEvent.FAIL))
        word = f"{office.today} {refusal.code}".encode()
        await rows.put(Shelf.QUARANTINE, update.package_id, word)


async def _of(rows: Transaction, base: PackageId) -> list[Incoming]:
    return [one for one in await finding.all_incoming(rows) if one.follows == base]
