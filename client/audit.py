"""The member's own log: who did what with which case, by code name, in a chain of hashes.

This file knows days, code names, schema words and staff names. It refuses to know persons, places
and recipients, so that the log may outlive what it is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

from client.ledger import Transaction
from client.shelf import Shelf
from keys.calendar import Instant
from keys.errors import StoreDamaged
from keys.wire import Fields, pack

_SERIAL: Final = 8
_HASH: Final = 32
_WORD: Final = 80
_MINUTE: Final = 60
_START: Final = bytes(_HASH)


class Act(StrEnum):
    """What the log has a word for; `act.<word>` in the catalogues."""

    UNLOCKED = "unlocked"
    LOCKED = "locked"
    CREATED = "created"
    CHANGED = "changed"
    TASK_DONE = "task_done"
    INQUIRED = "inquired"
    ANSWERED = "answered"
    CONSENTED = "consented"
    SENT = "sent"
    SENT_AGAIN = "sent_again"
    STOPPED = "stopped"  # before the broker had all of it; the consent stands
    DISCARDED = "discarded"
    CALLED_BACK = "called_back"  # to the number in the directory, before it was released
    RELEASED = "released"
    WITHDRAWN = "withdrawn"
    WITHDRAWN_UNASKED = "withdrawn_unasked"
    ASTRAY = "astray"
    RECUSED = "recused"
    RECUSAL_LIFTED = "recusal_lifted"
    ASTRAY_TOLD = "astray_told"
    WRONG_CODE = "wrong_code"
    # Why something was opened; each stands before the line that says it was.
    OPENS_BY_CODE = "opens_by_code"
    OPENS_RELEASED = "opens_released"
    OPENS_AHEAD = "opens_ahead"
    OPENS_CALLED = "opens_called"  # the boards were old, and somebody rang the sender
    OPENS_ADDITION = "opens_addition"  # with the case that it belongs to, which is open
    OPENS_REQUEST = "opens_request"  # at a district: by whom one is asked or told, and what
    OPENS_VIEW_REQUEST = "opens_view_request"
    OPENS_NOTICE = "opens_notice"
    OPENS_VIEW = "opens_view"
    OPENED = "opened"
    READ = "read"
    PRINTED_CARD = "printed_card"
    PRINTED_CASE = "printed_case"
    PRINTED_COPY = "printed_copy"
    PRINTED_CHILDREN = "printed_children"
    PRINTED_DIGITAL = "printed_digital"
    PRINTED_CHECKLIST = "printed_checklist"
    EXPORTED = "exported"
    IMPORTED = "imported"
    RENEWED = "renewed"
    CONFIRMED = "confirmed"
    MISROUTED = "misrouted"
    POLICE_PREPARED = "police_prepared"
    POLICE_ASKED = "police_asked"
    POLICE_VIEW_ASKED = "police_view_asked"
    POLICE_VIEW_ANSWERED = "police_view_answered"
    POLICE_CONTACT_GIVEN = "police_contact_given"
    POLICE_WITHDRAWN = "police_withdrawn"
    POLICE_OBJECTED = "police_objected"
    POLICE_PRINTED = "police_printed"
    RELAYED = "relayed"
    RELAYED_OUTSIDE = "relayed_outside"
    DECLINED = "declined"
    EXPIRED = "expired"
    REFUSED = "refused"
    REPLACED = "replaced"
    RESTORED = "restored"
    STAFF_ADDED = "staff_added"
    STAFF_REMOVED = "staff_removed"
    STAFF_LEADS = "staff_leads"
    STAFF_LEADS_NO_MORE = "staff_leads_no_more"
    STAFF_PASSPHRASE = "staff_passphrase"  # noqa: S105 - the name of an act
    DESK_HOST = "desk_host"
    PC_ADDED = "pc_added"
    PC_REMOVED = "pc_removed"
    AUDITOR_SET = "auditor_set"
    AUDITOR_ENDED = "auditor_ended"
    TRAIL_WRITTEN = "trail_written"
    KEY_SAME = "key_same"  # of the centre that the case's consent names
    KEYS_SAME = "keys_same"  # of all members at once
    KEY_DIFFERS = "key_differs"
    KEY_LIFTED = "key_lifted"
    LEADER_DECIDED = "leader_decided"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log.

    Attributes:
        at: to the minute.
        about: the code name of a case, a name of the staff or of a PC, or empty.
        by: the staff member's name, or empty for what the program did by the calendar.
    """

    at: Instant
    act: Act
    about: str
    by: str


async def write(rows: Transaction, entry: Entry) -> None:
    """Add a line inside the caller's transaction, chained to the one before."""
    found = await rows.ids(Shelf.LOG)
    last = found[-1] if found else None
    before = _START if last is None else sha256(await rows.get(Shelf.LOG, last) or b"").digest()
    serial = 1 + (0 if last is None else int.from_bytes(last, "big"))
    minute = entry.at // _MINUTE * _MINUTE
    line = pack(["log", 1, before, minute, entry.act.value, entry.about, entry.by])
    await rows.put(Shelf.LOG, serial.to_bytes(_SERIAL, "big"), line)


async def read(rows: Transaction) -> tuple[Entry, ...]:
    """Return the whole log, oldest first.

    Raises:
        StoreDamaged: a line is missing or changed.
    """
    before = _START
    entries: list[Entry] = []
    for number, (row, line) in enumerate(await rows.rows(Shelf.LOG), start=1):
        fields = Fields.decode(line, "log")
        chained = fields.octets("before", size=_HASH)
        at = Instant(fields.number("at"))
        act = fields.choice("act", Act)
        code_name = fields.text("code_name", most=_WORD)
        by = fields.text("by", most=_WORD)
        fields.end()
        if chained != before or int.from_bytes(row, "big") != number:
            raise StoreDamaged
        before = sha256(line).digest()
        entries.append(Entry(at, act, code_name, by))
    return tuple(entries)


async def moments(rows: Transaction) -> Mapping[tuple[Act, str], Instant]:
    """Return when each act was last done with each case; a damaged line is passed over.

    For reminders, which must not stop because the log does; `read` is what checks it.
    """
    found: dict[tuple[Act, str], Instant] = {}
    for _, line in await rows.rows(Shelf.LOG):
        fields = Fields.decode(line, "log")
        fields.octets("before", size=_HASH)
        at = Instant(fields.number("at"))
        act = fields.choice("act", Act)
        found[act, fields.text("code_name", most=_WORD)] = at
    return found
