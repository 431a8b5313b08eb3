"""What may happen to an envelope on the sending side: one table (CONSENT C-11).

This file knows which event leads where. It refuses to know any envelope, and it lets no state
come from anything but the sender's own acts, the calendar and signed answers: what the broker
says about an envelope only tells that its cells are kept. A later answer that contradicts an
earlier one is marked and never overwrites it.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from client.messages import StatusWord
from client.states import Step, Table


class Out(StrEnum):
    """The state of something this member sends."""

    INTENDED = "intended"  # the click is on disk, nothing else has happened
    SEALED = "sealed"  # the cells are on disk, sealed; perhaps some have left
    KEPT = "kept"  # the broker has acknowledged every cell
    STORED = "stored"  # the receiver has all of it, unopened
    OPENED = "opened"
    CONFIRMED = "confirmed"  # in the receiver's own journal; the sender has forgotten where
    UNCONFIRMED = "unconfirmed"  # opened, never confirmed; forgotten on its last day
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"  # never opened
    REFUSED = "refused"  # the receiver's program said no, with a code
    MISROUTED = "misrouted"  # the receiver says it was never meant for them
    ANSWERED = "answered"  # a police request: the district has said what it did


class OutEvent(StrEnum):
    """What can happen to it."""

    SEAL = "seal"
    ALL_KEPT = "all_kept"
    RECEIPT_STORED = "receipt_stored"
    RECEIPT_OPENED = "receipt_opened"
    RECEIPT_CONFIRMED = "receipt_confirmed"
    RECEIPT_REFUSED = "receipt_refused"
    RECEIPT_MISROUTED = "receipt_misrouted"
    RECEIPT_DELETED = "receipt_deleted"  # the answer to a withdrawal
    RECEIPT_KEPT = "receipt_kept"  # the same, when it is in the receiver's journal
    STATUS = "status"  # a district's last word on a request
    WITHDRAW = "withdraw"
    WITHDRAW_PARTS = "withdraw_parts"  # opened, or not sealed yet: between them, all is taken back
    RELEASE = "release"  # the sender confirms arrival
    TIME_UP = "time_up"  # its last day is over


class OutEffect(StrEnum):
    """What the shell does in the transaction that stores the new state."""

    POST_CELLS = "post_cells"
    DROP_CELLS = "drop_cells"  # the sealed cells still waiting here
    QUEUE_WITHDRAWAL = "queue_withdrawal"
    QUEUE_PARTS_WITHDRAWAL = "queue_parts_withdrawal"
    QUEUE_RELEASE = "queue_release"
    DESTROY_CODE = "destroy_code"
    STRIKE_CONSENT = "strike_consent"  # the yes that led to the wrong centre
    FORGET = "forget"  # the recipient and everything that names it
    TELL_STAFF = "tell_staff"
    FLAG_CONTRADICTION = "flag_contradiction"


STATUSES: Final[Mapping[StatusWord, OutEvent]] = MappingProxyType(
    {
        StatusWord.RECEIVED: OutEvent.RECEIPT_OPENED,
        StatusWord.RELAYED: OutEvent.STATUS,
        StatusWord.RELAYED_OUTSIDE: OutEvent.STATUS,
        StatusWord.DECLINED: OutEvent.STATUS,
        StatusWord.WRONG_DISTRICT: OutEvent.RECEIPT_REFUSED,
        StatusWord.CONTACTED_NO_KNOWN_LINKS: OutEvent.STATUS,
        StatusWord.CONTACTED_ADVISE_AGAINST: OutEvent.STATUS,
        StatusWord.CONTACTED_WILL_CALL: OutEvent.STATUS,
        StatusWord.COULD_NOT_CONTACT: OutEvent.STATUS,
        StatusWord.WITHDRAWN_DESTROYED: OutEvent.RECEIPT_DELETED,
        StatusWord.WITHDRAWN_AFTER_RELAY: OutEvent.RECEIPT_KEPT,
    }
)
"""What a district's word does to a request."""

_S = Step[Out, OutEffect]
_Rows = dict[tuple[Out, OutEvent], _S]

_SHUT: Final = (Out.SEALED, Out.KEPT, Out.STORED)
_LIVE: Final = (*_SHUT, Out.OPENED)
_ENDS: Final = (
    Out.CONFIRMED,
    Out.UNCONFIRMED,
    Out.WITHDRAWN,
    Out.EXPIRED,
    Out.REFUSED,
    Out.MISROUTED,
    Out.ANSWERED,
)
ANEW: Final = frozenset({Out.WITHDRAWN, Out.EXPIRED, Out.REFUSED, Out.MISROUTED})
"""Ends that nobody opened it at, or that the person willed: the case may be sent anew."""
THERE: Final = frozenset({*_LIVE, Out.ANSWERED})
"""States in which the other end has it, or may have."""
_ANSWERS: Final = (
    OutEvent.RECEIPT_STORED,
    OutEvent.RECEIPT_OPENED,
    OutEvent.RECEIPT_CONFIRMED,
    OutEvent.RECEIPT_REFUSED,
    OutEvent.RECEIPT_MISROUTED,
    OutEvent.RECEIPT_DELETED,
    OutEvent.RECEIPT_KEPT,
    OutEvent.STATUS,
)
_GONE: Final = (OutEffect.DROP_CELLS, OutEffect.DESTROY_CODE)
_TELL: Final = (OutEffect.TELL_STAFF,)
_FLAG: Final = (OutEffect.FLAG_CONTRADICTION, OutEffect.TELL_STAFF)
_FORGET: Final = (OutEffect.FORGET,)

_IN_KEEPING: Final[Mapping[Out, frozenset[OutEvent]]] = MappingProxyType(
    {
        Out.CONFIRMED: frozenset(
            {OutEvent.RECEIPT_STORED, OutEvent.RECEIPT_OPENED, OutEvent.RECEIPT_CONFIRMED}
        ),
        Out.UNCONFIRMED: frozenset(
            {OutEvent.RECEIPT_STORED, OutEvent.RECEIPT_OPENED, OutEvent.RECEIPT_CONFIRMED}
        ),
        Out.WITHDRAWN: frozenset({OutEvent.RECEIPT_STORED, OutEvent.RECEIPT_REFUSED}),
        Out.EXPIRED: frozenset({OutEvent.RECEIPT_STORED}),
        Out.REFUSED: frozenset({OutEvent.RECEIPT_STORED, OutEvent.RECEIPT_REFUSED}),
        Out.MISROUTED: frozenset(
            {OutEvent.RECEIPT_STORED, OutEvent.RECEIPT_OPENED, OutEvent.RECEIPT_MISROUTED}
        ),
        Out.ANSWERED: frozenset({OutEvent.RECEIPT_OPENED}),
    }
)
"""Answers that were under way when the end came, or repeat it: they change nothing."""


def _own_acts() -> _Rows:
    rows: _Rows = {
        (Out.INTENDED, OutEvent.SEAL): _S(Out.SEALED, (OutEffect.POST_CELLS,)),
        (Out.INTENDED, OutEvent.WITHDRAW): _S(Out.WITHDRAWN, (*_GONE, *_FORGET)),
        # Nothing has left: what is to go becomes smaller, and the case is not forgotten.
        # Its code stays: sealed anew, it is the one on a card that may be in a pocket already.
        (Out.INTENDED, OutEvent.WITHDRAW_PARTS): _S(Out.INTENDED),
        (Out.SEALED, OutEvent.ALL_KEPT): _S(Out.KEPT),
        (Out.OPENED, OutEvent.WITHDRAW_PARTS): _S(Out.OPENED, (OutEffect.QUEUE_PARTS_WITHDRAWAL,)),
    }
    # A district's word does not end what the person may take back.
    for state in (*_LIVE, Out.ANSWERED):
        back = (*_GONE, OutEffect.QUEUE_WITHDRAWAL)
        rows[state, OutEvent.WITHDRAW] = _S(Out.WITHDRAWN, back)
    for state in _SHUT:
        rows[state, OutEvent.RELEASE] = _S(state, (OutEffect.QUEUE_RELEASE,))
    # The last acknowledgement of a cell may come when the envelope is already further on.
    for state in (Out.KEPT, Out.STORED, Out.OPENED, *_ENDS):
        rows[state, OutEvent.ALL_KEPT] = _S(state)
    return rows


def _calendar() -> _Rows:
    over = (*_GONE, *_FORGET, *_TELL)
    rows: _Rows = {(state, OutEvent.TIME_UP): _S(Out.EXPIRED, over) for state in _SHUT}
    rows[Out.INTENDED, OutEvent.TIME_UP] = _S(Out.EXPIRED, over)
    rows[Out.OPENED, OutEvent.TIME_UP] = _S(Out.UNCONFIRMED, (*_GONE, *_FORGET, *_TELL))
    for state in _ENDS:
        rows[state, OutEvent.TIME_UP] = _S(state, _FORGET)
    return rows


def _answers() -> _Rows:
    """Return what signed answers do: forward only, and an end never turns into another end."""
    rows: _Rows = {}
    for place, state in enumerate(_LIVE):
        stored = Out.STORED if place < _LIVE.index(Out.STORED) else state
        rows[state, OutEvent.RECEIPT_STORED] = _S(
            stored, () if stored is state else (OutEffect.DROP_CELLS,)
        )
        rows[state, OutEvent.RECEIPT_OPENED] = _S(
            Out.OPENED, () if state is Out.OPENED else (OutEffect.DROP_CELLS,)
        )
        rows[state, OutEvent.RECEIPT_CONFIRMED] = _S(Out.CONFIRMED, (*_GONE, *_FORGET))
        struck = (*_GONE, OutEffect.STRIKE_CONSENT, *_TELL)
        rows[state, OutEvent.RECEIPT_MISROUTED] = _S(Out.MISROUTED, struck)
        rows[state, OutEvent.STATUS] = _S(Out.ANSWERED, (*_GONE, *_TELL))
    for state in _SHUT:
        rows[state, OutEvent.RECEIPT_REFUSED] = _S(Out.REFUSED, (*_GONE, *_TELL))
        rows[state, OutEvent.RECEIPT_DELETED] = _S(state, _FLAG)
        rows[state, OutEvent.RECEIPT_KEPT] = _S(state, _FLAG)
    # Nobody is turned away after their case was read: such a word is marked and changes nothing.
    rows[Out.OPENED, OutEvent.RECEIPT_REFUSED] = _S(Out.OPENED, _FLAG)
    rows[Out.OPENED, OutEvent.RECEIPT_DELETED] = _S(Out.OPENED, _TELL)
    rows[Out.OPENED, OutEvent.RECEIPT_KEPT] = _S(Out.OPENED, _TELL)
    for state in _ENDS:
        for event in _ANSWERS:
            expected = event in _IN_KEEPING[state]
            rows[state, event] = _S(state, () if expected else _FLAG)
    # What was taken back in part is answered, and the answer may cross the word that all is kept.
    for state in (Out.CONFIRMED, Out.UNCONFIRMED):
        for event in (OutEvent.RECEIPT_DELETED, OutEvent.RECEIPT_KEPT):
            rows[state, event] = _S(state, _TELL)
    # A withdrawal is answered, and may cross the word that it was opened just before.
    for event in _ANSWERS:
        if event not in _IN_KEEPING[Out.WITHDRAWN]:
            rows[Out.WITHDRAWN, event] = _S(Out.WITHDRAWN, _TELL)
    return rows


OUTBOX: Final[Table[Out, OutEvent, OutEffect]] = Table(
    "out", Out.INTENDED, MappingProxyType(_own_acts() | _calendar() | _answers())
)
"""The whole life of an envelope at its sender."""
