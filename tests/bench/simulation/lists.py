"""A week's lists of one-time keys: what making, telling, reading and trying them costs a member.

This file knows one member's list, made with real keys; the others' are as long. It knows no
traffic: lists are told by the calendar, and whether any key of them is used changes nothing.
"""

from dataclasses import dataclass
from hashlib import sha256
from time import process_time
from typing import Final

from client.offers import PREKEYS
from client.peers import EPOCHS
from keys.address import MemberId
from keys.calendar import Day, day_of, week_of
from keys.checkpoint import HASH_BYTES, Root
from keys.epoch import BATCH_DAYS
from keys.hpke import PUBLIC_BYTES, open_, seal
from keys.identity import MEMBER_ID_BYTES, SIGNATURE_BYTES, Identity
from keys.prekeys import generate, issue, read_keys
from keys.prekeysheet import SHEET_SLOTS, SLOT_KEYS_BYTES, WEEKS, Head, Sheet
from keys.wire import lp, pack
from tests.bench.simulation.scene import START

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


def list_bytes(others: int) -> int:
    """Return how long a list for so many others is on the keys board, in all its sheets.

    By the real encoding, of zeros: a list of more than 768 is weighed so too, and cannot be made.
    """
    sheets = -(-others // SHEET_SLOTS)
    member_id, root = MemberId(bytes(MEMBER_ID_BYTES)), Root(bytes(HASH_BYTES))
    body = pack(["prekeys", 1, member_id, week_of(day_of(START)), root])
    head = Head(member_id, week_of(day_of(START)), root, body, bytes(SIGNATURE_BYTES))
    slots = [min(SHEET_SLOTS, others - at * SHEET_SLOTS) for at in range(sheets)]
    of = {
        count: len(
            pack(
                [
                    PREKEYS,
                    Sheet(
                        head,
                        (bytes(HASH_BYTES),) * sheets,
                        bytes((MEMBER_ID_BYTES + SLOT_KEYS_BYTES) * count),
                    ).encode(),
                ]
            )
        )
        for count in set(slots)
    }
    return sum(of[count] for count in slots)


def batch_bytes() -> int:
    """Return how long the keys of a fortnight are on the keys board."""
    pairs = [[bytes(PUBLIC_BYTES)] * 2] * BATCH_DAYS
    body = pack(["epochs", 1, bytes(MEMBER_ID_BYTES), day_of(START), pairs])
    return len(pack([EPOCHS, lp(body, bytes(SIGNATURE_BYTES))]))


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
        if slot := sheet.slot(others[0]):
            read_keys(slot)
            sheet.head.check(own.public)
    read = process_time() - began
    return Lists(told, told * members, made, read * members, WEEKS * tried)
