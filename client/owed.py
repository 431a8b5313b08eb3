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
from client.outgoing import Outgoing
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
MOST_TURNED_AWAY: Final = 16
"""How many answers to what was turned away may wait for one member."""
_MEMBER: Final = 32
_WORD: Final = 20
_LIMIT: Final = 4_096


async def owe(rows: Transaction, office: Office, to: MemberId, answer: Answer) -> bytes:
    """Decide an answer inside the caller's transaction; the same one twice is one.

    Returns:
        The id of its row.
    """
    word = type(answer).__name__.lower()
    octets = answer.encode()
    row = office.ledger.key(b"owed", to, octets)
    await rows.put(Shelf.OWED, row, pack(["owed", 1, word, to, octets]))
    return row


async def owe_to_its_receiver(
    rows: Transaction, office: Office, sent: Outgoing, answer: ReleaseNote | Withdrawal
) -> None:
    """Decide a word to the receiver of something sent; it ends with where that went (C-14.4)."""
    row = await owe(rows, office, MemberId(sent.recipient), answer)
    before, _ = await clocks.pick_up(rows, clocks.owed(sent.package_id))
    await clocks.lay(rows, clocks.owed(sent.package_id), {*before, row}, ())


async def drop_of(rows: Transaction, office: Office, package_id: bytes) -> None:
    """Destroy what is still owed to the receiver of something sent; it takes no key."""
    owed, _ = await clocks.pick_up(rows, clocks.owed(package_id))
    for row in owed:
        await rows.delete(Shelf.OWED, row)
        await office.poster().unqueue(rows, row)


async def owe_turned_away(
    rows: Transaction, office: Office, to: MemberId, answer: Receipt | PoliceStatus
) -> None:
    """Decide an answer to what a rule turned away, unless many wait for that member (C-9.7).

    Anybody can make us owe one, as often as they like: the line is not theirs to fill.
    """
    waiting = 0
    for _, value in await rows.rows(Shelf.OWED):
        member, one = _read(value)
        waiting += member == to and _turns_away(one)
    if waiting < MOST_TURNED_AWAY:
        await owe(rows, office, to, answer)


def _turns_away(answer: Answer) -> bool:
    """Return whether an answer says what one to something turned away may say."""
    match answer:
        case Receipt(status=ReceiptStatus.REFUSED | ReceiptStatus.DELETED):
            return True
        case PoliceStatus(status=StatusWord.WRONG_DISTRICT | StatusWord.WITHDRAWN_DESTROYED):
            return True
        case _:
            return False


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
            return Rank.SOON  # not before the release of what was added to other parts
        case Withdrawal() | PoliceWithdrawal():
            return Rank.TAKEN_BACK
        case ReleaseNote():
            return Rank.SOON
        case Receipt(status=ReceiptStatus.REFUSED):
            return Rank.TURNED_AWAY
        case PoliceStatus(status=StatusWord.WRONG_DISTRICT):
            return Rank.TURNED_AWAY
        case _:
            return Rank.ANSWER


async def _accepted(rows: Transaction, answer: PlaceAnswer, to: MemberId, hashed: bytes) -> None:
    """Remember a yes by the hash of the note that says it; sealed anew, it has a new one.

    The one before may have come, though nobody here knows: whichever a package names counts, and
    once for all of them (C-4.5).
    """
    row = answer.inquiry_id
    kept = await rows.get(Shelf.INQUIRY, row)
    if kept is None:
        return
    before, _ = await clocks.pick_up(rows, clocks.asked(row))
    said = [await rows.get(Shelf.ACCEPTANCE, one) for one in before]
    used = any(Given.decode(one).used for one in said if one is not None)
    if not used:
        asking = replace(Asking.decode(kept), answer_hash=hashed)
        await rows.put(Shelf.INQUIRY, row, asking.encode())
    if answer.accepts and answer.valid_until is not None:
        given = Given(to, answer.valid_until, used, row)
        await rows.put(Shelf.ACCEPTANCE, hashed, given.encode())
        await clocks.start(rows, Held.ASKED, row, answer.valid_until)
        await clocks.lay(rows, clocks.asked(row), [*before, hashed], ())


async def use_acceptance(rows: Transaction, named: bytes) -> None:
    """Let a yes count no more, by whichever of its hashes: it lets one package in."""
    kept = await rows.get(Shelf.ACCEPTANCE, named)
    if kept is None:
        return
    given = Given.decode(kept)
    for row, value in await rows.rows(Shelf.ACCEPTANCE):
        one = Given.decode(value)
        if row == named or (given.inquiry and one.inquiry == given.inquiry):
            await rows.put(Shelf.ACCEPTANCE, row, replace(one, used=True).encode())
    asked = await rows.get(Shelf.INQUIRY, given.inquiry) if given.inquiry else None
    if asked is not None:
        asking = replace(Asking.decode(asked), answer_hash=named)
        await rows.put(Shelf.INQUIRY, given.inquiry, asking.encode())


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
