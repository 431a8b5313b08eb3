"""What may happen to an envelope on the receiving side: one table (CONSENT C-12).

This file knows which event leads where. It refuses to know any content, and it has no event by
which a receiver turns a person away after reading: «refused» is the program's word about bytes
that were never shown, «misrouted» is about the address, and neither has a reason that concerns a
person.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from client.states import Step, Table


class In(StrEnum):
    """The state of something this member receives."""

    INCOMPLETE = "incomplete"  # the note is opened, some of its blobs still travel
    WAITING = "waiting"  # all of it is here, sealed until the person has come
    OPENED = "opened"
    CONFIRMED = "confirmed"  # in this member's own journal
    CLOSED = "closed"  # kept here as long as it may be, and destroyed
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"  # never opened
    REFUSED = "refused"
    MISROUTED = "misrouted"


class InEvent(StrEnum):
    """What can happen to it."""

    COMPLETE = "complete"
    OPEN = "open"  # released by code, by the sender or by kind, and every check passed
    FAIL = "fail"  # a check failed: nothing is shown
    CONFIRM = "confirm"
    NOT_OURS = "not_ours"  # staff: this was never meant for us
    WITHDRAWN = "withdrawn"  # the sender's note says so
    PARTS_WITHDRAWN = "parts_withdrawn"
    WITHDRAW_HERE = "withdraw_here"  # the person says so where she or he is now
    WITHDRAW_PARTS_HERE = "withdraw_parts_here"
    JOURNAL_DELETED = "journal_deleted"  # staff: what was taken back is out of the journal too
    JOURNAL_KEPT = "journal_kept"  # staff: the journal keeps it, for a reason of the closed list
    TIME_UP = "time_up"  # the last day on which it may be opened is over
    RETENTION_OVER = "retention_over"  # it was here, opened, as long as it may be


class InEffect(StrEnum):
    """What the shell does in the transaction that stores the new state."""

    RECEIPT_STORED = "receipt_stored"
    RECEIPT_OPENED = "receipt_opened"
    RECEIPT_CONFIRMED = "receipt_confirmed"
    RECEIPT_REFUSED = "receipt_refused"
    RECEIPT_MISROUTED = "receipt_misrouted"
    RECEIPT_DELETED = "receipt_deleted"  # of what was written out, staff are asked first
    RECEIPT_KEPT = "receipt_kept"  # destroyed here; what is in the journal follows other law
    ASK_JOURNAL = "ask_journal"  # staff owe the sender a word about the journal within days
    DESTROY = "destroy"  # keys first, then the bytes
    DESTROY_PARTS = "destroy_parts"
    TELL_STAFF = "tell_staff"


_S = Step[In, InEffect]
_Rows = dict[tuple[In, InEvent], _S]

SHUT: Final = (In.INCOMPLETE, In.WAITING)
"""Nobody has opened it."""
_OPEN: Final = (In.OPENED, In.CONFIRMED)
_ENDS: Final = (In.CLOSED, In.WITHDRAWN, In.EXPIRED, In.REFUSED, In.MISROUTED)


def _arrival() -> _Rows:
    rows: _Rows = {
        (In.INCOMPLETE, InEvent.COMPLETE): _S(In.WAITING, (InEffect.RECEIPT_STORED,)),
        (In.OPENED, InEvent.OPEN): _S(In.OPENED),
        (In.OPENED, InEvent.CONFIRM): _S(In.CONFIRMED, (InEffect.RECEIPT_CONFIRMED,)),
        (In.CONFIRMED, InEvent.CONFIRM): _S(In.CONFIRMED),
        (In.CONFIRMED, InEvent.NOT_OURS): _S(
            In.MISROUTED, (InEffect.DESTROY, InEffect.RECEIPT_MISROUTED, InEffect.TELL_STAFF)
        ),
        (In.OPENED, InEvent.NOT_OURS): _S(
            In.MISROUTED, (InEffect.DESTROY, InEffect.RECEIPT_MISROUTED, InEffect.TELL_STAFF)
        ),
    }
    for state in SHUT:
        # The record may be opened while an attachment still travels.
        rows[state, InEvent.OPEN] = _S(In.OPENED, (InEffect.RECEIPT_OPENED,))
        rows[state, InEvent.FAIL] = _S(
            In.REFUSED, (InEffect.DESTROY, InEffect.RECEIPT_REFUSED, InEffect.TELL_STAFF)
        )
        rows[state, InEvent.NOT_OURS] = _S(
            In.MISROUTED, (InEffect.DESTROY, InEffect.RECEIPT_MISROUTED)
        )
    for state in (In.WAITING, *_OPEN, *_ENDS):
        rows[state, InEvent.COMPLETE] = _S(state)
    return rows


def _withdrawal() -> _Rows:
    deleted = (InEffect.DESTROY, InEffect.RECEIPT_DELETED, InEffect.TELL_STAFF)
    asked = (InEffect.DESTROY, InEffect.ASK_JOURNAL, InEffect.TELL_STAFF)
    some = (InEffect.DESTROY_PARTS, InEffect.RECEIPT_DELETED, InEffect.TELL_STAFF)
    some_asked = (InEffect.DESTROY_PARTS, InEffect.ASK_JOURNAL, InEffect.TELL_STAFF)
    rows: _Rows = {
        (In.OPENED, InEvent.WITHDRAWN): _S(In.WITHDRAWN, deleted),
        (In.CONFIRMED, InEvent.WITHDRAWN): _S(In.WITHDRAWN, asked),
        (In.OPENED, InEvent.PARTS_WITHDRAWN): _S(In.OPENED, some),
        (In.CONFIRMED, InEvent.PARTS_WITHDRAWN): _S(In.CONFIRMED, some_asked),
        (In.OPENED, InEvent.WITHDRAW_HERE): _S(
            In.WITHDRAWN, (InEffect.DESTROY, InEffect.RECEIPT_DELETED)
        ),
        (In.OPENED, InEvent.WITHDRAW_PARTS_HERE): _S(
            In.OPENED, (InEffect.DESTROY_PARTS, InEffect.RECEIPT_DELETED)
        ),
        # The sender has forgotten where: it hears nothing more.
        (In.CONFIRMED, InEvent.WITHDRAW_HERE): _S(In.WITHDRAWN, (InEffect.DESTROY,)),
        (In.CONFIRMED, InEvent.WITHDRAW_PARTS_HERE): _S(In.CONFIRMED, (InEffect.DESTROY_PARTS,)),
    }
    for state in SHUT:
        # Which parts a shut package has is not known here: taking back some takes back all.
        rows[state, InEvent.WITHDRAWN] = _S(In.WITHDRAWN, deleted)
        rows[state, InEvent.PARTS_WITHDRAWN] = _S(In.WITHDRAWN, deleted)
    for state in _ENDS:
        # What was kept its days and destroyed was read, and may stand in the journal.
        word = InEffect.ASK_JOURNAL if state is In.CLOSED else InEffect.RECEIPT_DELETED
        rows[state, InEvent.WITHDRAWN] = _S(state, (word,))
        rows[state, InEvent.PARTS_WITHDRAWN] = _S(state, (word,))
    for state in (*_OPEN, In.WITHDRAWN, In.CLOSED):
        rows[state, InEvent.JOURNAL_DELETED] = _S(state, (InEffect.RECEIPT_DELETED,))
        rows[state, InEvent.JOURNAL_KEPT] = _S(state, (InEffect.RECEIPT_KEPT,))
    return rows


def _calendar() -> _Rows:
    rows: _Rows = {
        (In.OPENED, InEvent.RETENTION_OVER): _S(In.CLOSED, (InEffect.DESTROY, InEffect.TELL_STAFF)),
        (In.CONFIRMED, InEvent.RETENTION_OVER): _S(In.CLOSED, (InEffect.DESTROY,)),
    }
    for state in SHUT:
        rows[state, InEvent.TIME_UP] = _S(In.EXPIRED, (InEffect.DESTROY, InEffect.TELL_STAFF))
    for state in (*_OPEN, *_ENDS):
        rows[state, InEvent.TIME_UP] = _S(state)
    for state in _ENDS:
        rows[state, InEvent.RETENTION_OVER] = _S(state)
    return rows


INBOX: Final[Table[In, InEvent, InEffect]] = Table(
    "in", In.INCOMPLETE, MappingProxyType(_arrival() | _withdrawal() | _calendar())
)
"""The whole life of an envelope at its receiver."""
