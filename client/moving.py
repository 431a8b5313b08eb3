"""What changes by itself: cells kept, blobs complete, days over, envelopes that left too late.

This file knows the calendar of what was sent and came. It refuses to decide what a day over does:
the tables do.
"""

from collections.abc import Awaitable
from dataclasses import replace

from client.inbox import INBOX, In, InEvent
from client.incoming import Incoming
from client.office import Office
from client.outbox import OUTBOX, Out, OutEvent
from client.outgoing import Outgoing, unanswered_until
from client.retention import Held
from client.shelf import Shelf
from client.verbs import finding
from client.verbs.effects import apply_incoming, apply_outgoing, wind_sent
from keys.errors import Locked, Refusal
from keys.manifest import PackageManifest


async def advance(office: Office) -> None:
    """Move on what has changed by itself; the staff lock must be open."""
    async with office.ledger.reading() as rows:
        outgoing = await finding.all_outgoing(rows)
        incoming = await finding.all_incoming(rows)
        blobs = frozenset(await rows.ids(Shelf.BLOB))
    refusals: list[Refusal] = []
    for sent in outgoing:
        await _each(_advance_outgoing(office, sent), refusals)
    for came in incoming:
        await _each(_advance_incoming(office, came, blobs), refusals)
    if refusals:
        raise refusals[0]


async def _each(work: Awaitable[None], refusals: list[Refusal]) -> None:
    """Move one envelope on; one that cannot be moved holds up no other."""
    try:
        await work
    except Locked:
        raise
    except Refusal as refusal:
        refusals.append(refusal)


async def _advance_outgoing(office: Office, sent: Outgoing) -> None:
    event: OutEvent | None = None
    if sent.expires < office.today and (sent.state, OutEvent.TIME_UP) in OUTBOX.steps:
        event = OutEvent.TIME_UP
    elif sent.state is Out.SEALED and not await office.poster().waiting(sent.package_id):
        event = OutEvent.ALL_KEPT
    if event is None:
        await _stop_waiting(office, sent)
        return
    step = OUTBOX.step(sent.state, event)
    if step.state is sent.state and (not step.effects or not sent.recipient):
        await _stop_waiting(office, sent)  # nothing else changes: it is forgotten already
        return
    async with office.ledger.transaction("outgoing-advanced") as rows:
        if await finding.outgoing(rows, sent.package_id) == sent:
            await apply_outgoing(rows, office, sent, step)


async def _stop_waiting(office: Office, sent: Outgoing) -> None:
    """Forget by what an answer would be known, once it came or is not waited for any more."""
    if not sent.answer_mark or unanswered_until(sent) >= office.today:
        return
    async with office.ledger.transaction("answer-not-awaited") as rows:
        if await finding.outgoing(rows, sent.package_id) == sent:
            now = replace(sent, answer_mark=b"")
            await rows.put(Shelf.OUTBOX, now.package_id, now.encode())
            await wind_sent(rows, now)


async def _advance_incoming(office: Office, came: Incoming, blobs: frozenset[bytes]) -> None:
    manifest = PackageManifest.decode(came.manifest, came.kind)
    event: InEvent | None = None
    held = came.held
    if held is not Held.UNOPENED:
        over = office.settings.limits.over(held, came.since, office.today)
        event = InEvent.RETENTION_OVER if over else None
    elif came.expires < office.today and (came.state, InEvent.TIME_UP) in INBOX.steps:
        event = InEvent.TIME_UP
    elif came.state is In.INCOMPLETE and all(one.blob_id in blobs for one in manifest.blobs):
        event = InEvent.COMPLETE
    if event is None:
        return
    step = INBOX.step(came.state, event)
    if step.state is came.state and not step.effects:
        return
    async with office.ledger.transaction("incoming-advanced") as rows:
        fresh = await finding.incoming_by_id(rows, came.package_id)
        if fresh == came:  # else a verb has moved it, and the next tick looks again
            await apply_incoming(rows, office, came, step)
