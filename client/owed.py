"""Answers that are owed: decided and on disk, until they are with the broker.

This file knows that an answer leaves on a tick and never on the event, and that it is sealed anew
when it has waited too long in line. The row stays until the poster knows the note to be kept. It
refuses to decide what is answered.
"""

from dataclasses import replace
from typing import Final, TypeAlias

from client import clocks, handover
from client.asking import Asking, Given
from client.inquiry import PlaceAnswer
from client.ledger import Transaction
from client.line import Rank
from client.messages import (
    PoliceContact,
    PoliceStatus,
    PoliceViewAnswer,
    PoliceWithdrawal,
    StatusWord,
    Withdrawal,
)
from client.office import Office
from client.retention import Held
from client.shelf import Shelf
from keys.address import MemberId
from keys.errors import Locked, Refusal, WrongShape
from keys.receipt import Receipt, ReceiptStatus, ReleaseNote
from keys.wire import Fields, pack

Answer: TypeAlias = (
    PlaceAnswer
    | PoliceStatus
    | PoliceContact
    | PoliceViewAnswer
    | PoliceWithdrawal
    | Receipt
    | ReleaseNote
    | Withdrawal
)

_KINDS: Final = (
    PlaceAnswer,
    PoliceStatus,
    PoliceContact,
    PoliceViewAnswer,
    PoliceWithdrawal,
    Receipt,
    ReleaseNote,
    Withdrawal,
)
_MEMBER: Final = 32
_WORD: Final = 20
_LIMIT: Final = 4_096


async def owe(rows: Transaction, office: Office, to: MemberId, answer: Answer) -> None:
    """Decide an answer inside the caller's transaction; the same one twice is one."""
    word = type(answer).__name__.lower()
    octets = answer.encode()
    row = office.ledger.key(b"owed", to, octets)
    await rows.put(Shelf.OWED, row, pack(["owed", 1, word, to, octets]))


async def unowe(rows: Transaction, office: Office, to: MemberId, answer: Answer) -> None:
    """Say no more what was decided; once it is bound to its slot it may have left."""
    row = office.ledger.key(b"owed", to, answer.encode())
    await rows.delete(Shelf.OWED, row)
    await office.poster().unqueue(rows, row)


async def settle(office: Office) -> None:
    """Seal every owed answer that is not in line, and put it in line for its tick.

    An answer to a member that is none any more is dropped; one to a member without keys for the
    day waits.
    """
    inline = await office.poster().queued()
    async with office.ledger.reading() as rows:
        owed = [(row, value) for row, value in await rows.rows(Shelf.OWED) if row not in inline]
    members = {member.member_id for member in office.roster.members}
    for row, value in owed:
        to, answer = _read(value)
        if to not in members:
            async with office.ledger.transaction("answer-dropped") as rows:
                await rows.delete(Shelf.OWED, row)
            continue
        try:
            note = handover.answer(
                answer, await office.to(to), await office.seat(office.staff.identity)
            )
        except Locked:
            raise
        except Refusal:
            continue
        async with office.ledger.transaction("answer-queued") as rows:
            if isinstance(answer, PlaceAnswer):
                await _accepted(rows, answer, to, note.body_hash)
            await office.poster().queue(
                rows, note.board, note.note, office.today, row, _rank(answer)
            )


def _rank(answer: Answer) -> Rank:
    match answer:
        case Withdrawal(parts=parts) if parts:
            return Rank.RELEASE  # not before the release of what was added to other parts
        case Withdrawal() | PoliceWithdrawal():
            return Rank.TAKEN_BACK
        case ReleaseNote():
            return Rank.RELEASE
        case Receipt(status=ReceiptStatus.REFUSED):
            return Rank.TURNED_AWAY
        case PoliceStatus(status=StatusWord.WRONG_DISTRICT):
            return Rank.TURNED_AWAY
        case _:
            return Rank.ANSWER


async def _accepted(rows: Transaction, answer: PlaceAnswer, to: MemberId, hashed: bytes) -> None:
    """Remember a yes by the hash of the note that says it; sealed anew, it has a new one."""
    kept = await rows.get(Shelf.INQUIRY, answer.inquiry_id)
    if kept is None:
        return
    asking = Asking.decode(kept)
    if asking.answer_hash:
        await rows.delete(Shelf.ACCEPTANCE, asking.answer_hash)
    await rows.put(Shelf.INQUIRY, answer.inquiry_id, replace(asking, answer_hash=hashed).encode())
    if answer.accepts and answer.valid_until is not None:
        await rows.put(Shelf.ACCEPTANCE, hashed, Given(to, answer.valid_until).encode())
        await clocks.start(rows, Held.ASKED, answer.inquiry_id, answer.valid_until)
        await clocks.lay(rows, clocks.asked(answer.inquiry_id), [hashed], ())


def _read(value: bytes) -> tuple[MemberId, Answer]:
    fields = Fields.decode(value, "owed")
    word = fields.text("word", most=_WORD)
    to = MemberId(fields.octets("to", size=_MEMBER))
    octets = fields.octets("answer", most=_LIMIT)
    fields.end()
    for kind in _KINDS:
        if kind.__name__.lower() == word:
            return to, kind.decode(octets)
    raise WrongShape(field="owed.word")
