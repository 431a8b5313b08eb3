"""A week's lists of one-time keys: what making, telling, reading and trying them costs a member.

This file knows one member's list, made with real keys; the others' are as long. It knows no
traffic: lists are told by the calendar, and whether any key of them is used changes nothing.
"""

from dataclasses import dataclass
from hashlib import sha256
from time import process_time
from typing import Final

from client.offers import PREKEYS
from keys.address import MemberId
from keys.calendar import Day, week_of
from keys.hpke import open_, seal
from keys.identity import Identity
from keys.prekeys import generate, issue, keys_for
from keys.prekeysheet import WEEKS, Sheet
from keys.wire import pack

_INNER: Final = 5_892
"""Bytes of an inner plaintext without blobs (E-4.5)."""


@dataclass(frozen=True, slots=True)
class Lists:
    """What a week costs one member: bytes, and seconds of processor time.

    Attributes:
        told: bytes of its own list, in sheets.
        fetched: bytes of everybody's.
        made: seconds to make and sign its own.
        read: seconds to find and verify in everybody's what is for it.
        tried: seconds to try all its secrets of two weeks on one note that none opens.
    """

    told: int
    fetched: int
    made: float
    read: float
    tried: float


def weigh(members: int, today: Day) -> Lists:
    """Make one list among `members`, read it, and try its secrets."""
    week, own = week_of(today), Identity.generate()
    others = [MemberId(sha256(bytes([at])).digest()) for at in range(members - 1)]
    began = process_time()
    secrets = generate(others, week)
    sheets = issue(own, week, secrets)
    made = process_time() - began
    told = sum(len(pack(["publish", 1, PREKEYS, sheet.encode()])) for sheet in sheets)
    note = seal(secrets[0].hpke.public, b"one", bytes(_INNER))
    began = process_time()
    for one in secrets:
        open_(one.hpke, b"another", note)
    tried = process_time() - began
    began = process_time()
    for sheet in (Sheet.decode(sheet.encode()) for sheet in sheets):
        if keys_for(sheet, others[0]) is not None:
            sheet.head.check(own.public)
    read = process_time() - began
    return Lists(told, told * members, made, read * members, WEEKS * tried)
