"""Where a message of the police channel belongs: words to a centre, and what districts say back.

This file knows which message speaks of which row. It refuses to keep more than one word of a
district, or a request that was taken back, and to let any of it reach another case.
"""

from dataclasses import replace
from typing import TypeAlias

from client import audit, policerows, remembered
from client.audit import Act, Entry
from client.inbox import INBOX, InEvent
from client.ledger import Transaction
from client.messages import (
    BACK_WORDS,
    VIEW_WORDS,
    WORDS_TO,
    PoliceContact,
    PoliceStatus,
    PoliceViewAnswer,
    StatusWord,
)
from client.office import Office
from client.outbox import OUTBOX, STATUSES
from client.received import (
    ReceivedContact,
    ReceivedPoliceWithdrawal,
    ReceivedStatus,
    ReceivedViewAnswer,
)
from client.refusals import WrongState
from client.shelf import Shelf
from client.solicited import ASKED
from client.verbs import district, finding
from client.verbs.effects import apply_incoming, apply_outgoing
from keys.address import PackageId
from keys.body import Kind

Heard: TypeAlias = ReceivedStatus | ReceivedContact | ReceivedViewAnswer | ReceivedPoliceWithdrawal


async def apply(rows: Transaction, office: Office, received: Heard) -> None:
    """Put one message where it belongs, inside the transaction that marks it opened.

    Raises:
        NotHere: what it speaks of is gone.
        WrongState: what it speaks of is of another kind, or cannot be answered so.
    """
    match received:
        case ReceivedStatus():
            await _status(rows, office, received.status)
        case ReceivedContact():
            contact = received.contact
            await _heard(rows, office, contact.notice_id, Kind.POLICE_NOTICE, contact)
        case ReceivedViewAnswer():
            answer = received.answer
            await _heard(rows, office, answer.view_id, Kind.POLICE_VIEW, answer)
        case ReceivedPoliceWithdrawal():
            await _taken_back(rows, office, received)


async def _status(rows: Transaction, office: Office, status: PoliceStatus) -> None:
    """Note what the district says it did with a request: one closed word."""
    found = await finding.outgoing(rows, PackageId(status.request_id))
    if status.status not in WORDS_TO.get(found.kind, ()):
        raise WrongState(kind="police.other_kind")
    step = OUTBOX.step(found.state, STATUSES[status.status])
    if step.state is not found.state or status.status in BACK_WORDS:
        await rows.put(Shelf.POLICE, found.package_id, status.encode())
        if status.status in VIEW_WORDS:
            # What is known of a place stays known, also when the consent is taken back later.
            await rows.put(Shelf.POLICE, policerows.PLACE + found.package_id, status.encode())
    await apply_outgoing(rows, office, found, step)


async def _heard(
    rows: Transaction,
    office: Office,
    about: PackageId,
    kind: Kind,
    said: PoliceContact | PoliceViewAnswer,
) -> None:
    """Keep what the other district says, for the home district's staff; the first word counts."""
    found = await finding.outgoing(rows, about)
    if found.kind is not kind:
        raise WrongState(kind="police.other_kind")
    if await rows.get(Shelf.POLICE, about) is None:
        await rows.put(Shelf.POLICE, about, said.encode())
    await office.attend(rows, found.code_name)


async def _taken_back(
    rows: Transaction, office: Office, received: ReceivedPoliceWithdrawal
) -> None:
    """The person takes the consent to the police back: the request is destroyed here (C-7.17)."""
    sender = received.came.sender.member_id
    found = await finding.incoming_by_id(rows, received.withdrawal.request_id)
    if found is None:
        # The note may overtake the request: it must then not open at all.
        about = received.withdrawal.request_id
        await remembered.withdraw_early(rows, sender, about, office.today)
        return
    if found.kind not in ASKED:
        raise WrongState(kind="police.other_kind")
    passed_on = await district.passed_on(rows, found)
    step = INBOX.step(found.state, InEvent.WITHDRAWN)
    await apply_incoming(rows, office, replace(found, settled=office.today), step)
    word = StatusWord.WITHDRAWN_AFTER_RELAY if passed_on else StatusWord.WITHDRAWN_DESTROYED
    await district.tell(rows, office, found, word)
    await audit.write(rows, Entry(office.now, Act.WITHDRAWN, found.code_name, ""))
