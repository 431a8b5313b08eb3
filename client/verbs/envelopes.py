"""Envelopes that staff send: from sealed bytes to bound cells, and from bound cells to the broker.

This file knows that an envelope is bound whole or not at all, and that it goes on where it was
stopped. It refuses to know what is in it, and to bind what was taken back while it was sealed.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import sha256

from client import compared, disclosed, lanes, trail
from client.control import Answer, Tell
from client.disclosed import Disclosure
from client.draft import ConsentedPackage
from client.handover import ArrivalCode, SealedEnvelope
from client.ledger import Transaction
from client.office import Office
from client.outbox import OUTBOX, Out, OutEvent
from client.outgoing import Outgoing
from client.posting import Cell, note_cell
from client.shelf import Shelf
from client.verbs import finding, leaving
from client.verbs.effects import apply_outgoing
from keys.address import MemberId
from keys.body import ROUTES
from keys.calendar import Day
from keys.errors import Refusal, StoreDamaged
from keys.hpke import HpkePublic
from keys.wire import Packable


@contextmanager
def kept_when_bound(office: Office, made: SealedEnvelope) -> Generator[None, None, None]:
    """Remove the sealed files again when binding them was refused: no row names them.

    Where nobody knows what is on disk they stay, for a row may name them; else they are swept.
    """
    try:
        yield
    except StoreDamaged:
        raise
    except Refusal:
        with suppress(Refusal):
            office.discard(tuple(file.name for file in made.files))
        raise


async def bind(
    rows: Transaction, office: Office, sent: Outgoing, made: SealedEnvelope, recipient: MemberId
) -> Outgoing:
    """Store a sealed envelope, and put it in line or bind it, in the caller's transaction.

    It rides the lanes when it was intended to and each of its cells has one (C-8.10). Else it
    leaves at once, but for what the lanes can spare no token for (C-8.11).

    Args:
        rows: the caller's transaction.
        office: of this member.
        sent: the row as this transaction has just read or made it.
        made: what was sealed.
        recipient: to whom.

    Raises:
        WrongState: it was taken back while it was sealed.
        KeyStopped: somebody heard another key than the register's (C-22.5).
        OutOfTokens: a class has none, or its lane none for its next slot; nothing of it is bound.
    """
    await compared.refuse_stopped(rows, recipient)
    step = OUTBOX.step(sent.state, OutEvent.SEAL)
    cells = [note_cell(made.note)]
    cells += [Cell(file.cls, file.blob_id, file=file.name) for file in made.files]
    schedule = office.roster.schedule
    now = Outgoing(
        package_id=sent.package_id,
        kind=sent.kind,
        state=sent.state,
        transfer=sent.transfer,
        code_name=sent.code_name,
        recipient=recipient,
        manifest_hash=made.manifest_hash,
        keys=(),
        code=made.code.secret if made.code else "",
        files=tuple(file.name for file in made.files),
        made=sent.made,
        expires=made.expires,
        rides=sent.rides and lanes.rides(schedule, (cell.cls for cell in cells)),
        once=made.once,
    )
    await apply_outgoing(rows, office, now, step)
    await trail.write(rows, office, now, recipient)
    post = office.poster().line_up if now.rides else office.poster().bind
    await post(rows, made.board, sent.package_id, cells, office.today)
    if made.release is not None:
        await rows.put(Shelf.CODE, sent.package_id, made.release.encode())
    return await finding.outgoing(rows, sent.package_id)


@dataclass(slots=True)
class OneTime:
    """A place that is used up, and the recipient's key there; None where there is neither."""

    key: HpkePublic | None = None
    bound: bool = False

    def bind(self, rows: Transaction) -> None:
        """Keep the place used up when `rows` is on disk: what was sealed to the key may leave."""
        rows.after(self._is_bound)

    def _is_bound(self) -> None:
        self.bound = True


@asynccontextmanager
async def one_time(
    office: Office, recipient: MemberId, today: Day
) -> AsyncGenerator[OneTime, None]:
    """Use up a one-time key for what is sealed in this block; without one there is the day's.

    What fails before it is bound gives the place back, for nothing of it can have left: else a
    case that is tried again in every slot would use up the week's.

    Args:
        office: of this member.
        recipient: to whom.
        today: for which day it is sealed: a key of another week would not open it (E-17.4).
    """
    offers, found = office.keyring.offers, OneTime()
    claim = await offers.claim(today)
    try:
        if claim is not None:
            found.key = await offers.key(recipient, claim)
        yield found
    except StoreDamaged:
        raise  # nobody knows what of it is on disk
    except Exception:
        if claim is not None and not found.bound:
            with suppress(Refusal):
                await offers.give_back(claim)
        raise


async def note_shared(
    rows: Transaction, office: Office, bound: Outgoing, package: ConsentedPackage
) -> None:
    """Note, in the caller's transaction, which parts were shared, and not with whom."""
    consented, parts = sha256(package.consent.encode()).digest(), tuple(package.parts)
    shared = Disclosure(bound.code_name, office.today, parts, consented, bound.manifest_hash)
    await disclosed.keep(rows, bound.package_id, shared)


async def hasten(rows: Transaction, office: Office, sent: Outgoing) -> Outgoing:
    """Let an envelope that waits in lanes leave at once after all, in the caller's transaction.

    Raises:
        OutOfTokens: there is none to leave with; it waits as before.
    """
    if sent.state not in (Out.INTENDED, Out.SEALED):
        return sent  # what has left rode, whatever is said of it now
    if sent.state is Out.SEALED:
        board = ROUTES[sent.kind].board
        await office.poster().hasten(rows, board, sent.package_id, office.today)
    now = replace(sent, rides=False)
    await rows.put(Shelf.OUTBOX, now.package_id, now.encode())
    return now


async def post(office: Office, sent: Outgoing, tell: Tell) -> Answer:
    """Post what is bound; says whether all of it is with the broker, or by when it will be."""
    total = sum(office.cells.length(name) for name in sent.files)
    done = 0

    def progress(owner: bytes, count: int) -> None:
        nonlocal done
        if owner == sent.package_id:
            done += count
            tell("progress.sending", done, total)

    refused = await office.post_bound(progress)
    left = await office.poster().waiting(sent.package_id)
    if not left and sent.state is Out.SEALED:
        async with office.ledger.transaction("kept") as rows:
            fresh = await finding.outgoing(rows, sent.package_id)
            step = OUTBOX.step(fresh.state, OutEvent.ALL_KEPT)
            await apply_outgoing(rows, office, fresh, step)
    answer: dict[str, Packable] = {
        "code_name": sent.code_name,
        "kept": not left,
        "waiting_cells": left,
        "why": refused[0].code if left and refused else "",
    }
    if left:
        board, owner, urgent = ROUTES[sent.kind].board, (sent.package_id,), not sent.rides
        answer |= await leaving.waiting(office, board, owner, urgent=urgent, refused=refused)
    return answer | ({"arrival_code": ArrivalCode(sent.code).text} if sent.code else {})
