"""The shelves of the ledger and which of the two locks closes each.

This file knows what may be read while the staff lock is closed. It refuses to know what lies
there.
"""

from enum import StrEnum
from typing import Final


class Lock(StrEnum):
    """Who can open a row: the always-on machine, or only staff with a passphrase."""

    MACHINE = "machine"
    STAFF = "staff"


class Shelf(StrEnum):
    """A named group of rows in the ledger."""

    # Machine lock: what reading the boards and keeping the schedule needs, day and night.
    META = "meta"  # generation, last sync, alarms; single rows
    ROSTER = "roster"  # the trusted roster's files
    MACHINE_KEY = "machine_key"  # the machine's signing key and certificate
    OUTER_KEY = "outer_key"  # own outer epoch keys, a day each
    PEER_KEYS = "peer_keys"  # other members' epoch batches and certificates
    PREKEY_SHEET = "prekey_sheet"  # own lists of one-time keys, as they are told
    PEER_PREKEYS = "peer_prekeys"  # what others' lists hold for this member
    CURSOR = "cursor"  # per board: last batch, frontier, checkpoint
    TOKEN = "token"  # noqa: S105 - the name of a shelf
    TOKEN_REQUEST = "token_request"  # noqa: S105 - the name of a shelf
    PORTION = "portion"  # which portions of tokens were had
    LANE = "lane"  # sealed notes that wait for their tick
    POSTING = "posting"  # a cell and its token, from choice to acknowledgement
    POSTED = "posted"  # hashes that must appear on their board
    CROWD = "crowd"  # per board: how many cells stood in each of the last batches
    OWN_CELLS = "own_cells"  # per envelope: in which of those batches its cells stood
    ARRIVED = "arrived"  # inner layers that only staff can open
    WANTED = "wanted"  # blob ids that an opened outer layer named
    BLOB = "blob"  # kept cells: which file holds which blob
    CLOCK = "clock"  # what is kept, and since which day: deletion waits for nobody
    DESK_HOST = "desk_host"  # what the desk shows to other PCs: its name, key and certificates
    DESK_PC = "desk_pc"  # which PCs may ask the desk
    # Staff lock: everything that names a person, a place or another member's act.
    IDENTITY = "identity"
    INNER_KEY = "inner_key"
    PREKEY = "prekey"  # own one-time secrets, each until it has opened a note
    DRAFT = "draft"
    INQUIRY = "inquiry"
    ACCEPTANCE = "acceptance"
    OUTBOX = "outbox"
    INBOX = "inbox"
    CASE = "case"  # of an opened package: its consent, and which row holds which part
    PART = "part"  # one part's bytes, under a random id
    POLICE = "police"
    OWED = "owed"  # answers that wait to be sealed
    REPLAY = "replay"
    EARLY = "early"  # withdrawals that came before what they take back
    ASTRAY = "astray"  # opened where it was not meant to be: the tasks, and who read it
    RECUSED = "recused"  # who of the staff keeps out of which case
    CODE = "code"
    LOG = "log"
    TRAIL = "trail"  # where things went, sealed to an auditor who is not here
    RECORD = "record"  # which parts were shared and when, and never with whom
    QUARANTINE = "quarantine"
    ATTENTION = "attention"  # code names that staff should look at
    COMPARED = "compared"  # keys that were compared by telephone: a sheet for all, and stops
    DESK_AUTHORITY = "desk_authority"  # the key that says which PCs are ours


STAFF_SHELVES: Final = frozenset(
    {
        Shelf.IDENTITY,
        Shelf.INNER_KEY,
        Shelf.PREKEY,
        Shelf.DRAFT,
        Shelf.INQUIRY,
        Shelf.ACCEPTANCE,
        Shelf.OUTBOX,
        Shelf.INBOX,
        Shelf.CASE,
        Shelf.PART,
        Shelf.POLICE,
        Shelf.OWED,
        Shelf.REPLAY,
        Shelf.EARLY,
        Shelf.ASTRAY,
        Shelf.RECUSED,
        Shelf.CODE,
        Shelf.LOG,
        Shelf.TRAIL,
        Shelf.RECORD,
        Shelf.QUARANTINE,
        Shelf.ATTENTION,
        Shelf.COMPARED,
        Shelf.DESK_AUTHORITY,
    }
)


def lock_of(shelf: Shelf) -> Lock:
    """Return the lock that closes `shelf`."""
    return Lock.STAFF if shelf in STAFF_SHELVES else Lock.MACHINE
