"""How what staff send leaves: by the lanes and by when, or at once and seen.

This file knows sizes, before anything is sealed and after. It refuses to send anything.
"""

from typing import Final

from client import lanes
from client.consent import Consent
from client.office import Office
from client.outbox import Out
from client.outgoing import Outgoing
from client.transfer import Transfer
from keys.address import CellClass
from keys.blob import CAPACITY
from keys.body import ROUTES, Kind
from keys.wire import Packable

_AT_ONCE: Final[dict[str, Packable]] = {"rides": False, "leaves_by": 0}
_FRAME: Final = 4_096
"""Room for the consent and the table of parts, which are in the record too."""


def rides(office: Office, record: int) -> bool:
    """Whether a record of that many bytes would ride, as soon as it is sealed; no files with it."""
    return lanes.rides(office.roster.schedule, _classes(record, 0))


async def before(office: Office, transfer: Transfer) -> dict[str, Packable]:
    """Return how a case with a consent would leave, by its text, which is longer than its parts."""
    parts = Consent.decode(transfer.consent).parts
    record = len(transfer.case)
    files = sum(one.length for name, one in transfer.staged.items() if name in parts)
    classes = _classes(record, files)
    schedule = office.roster.schedule
    if not lanes.rides(schedule, classes):
        return _AT_ONCE
    turns = await office.poster().room(ROUTES[Kind.CASE_PACKAGE].board, classes)
    return {"rides": True, "leaves_by": lanes.leaves_by(schedule, office.now, turns)}


async def after(office: Office, sent: Outgoing) -> dict[str, Packable]:
    """Return by when a sealed envelope leaves that rides, and whether some of it has left.

    Of any other that it rides no more. It has no moment when the roster took its lane away.
    """
    if not sent.rides or sent.state is not Out.SEALED:
        return _AT_ONCE
    turns = await office.poster().turns(ROUTES[sent.kind].board, sent.package_id)
    by = lanes.leaves_by(office.roster.schedule, office.now, turns)
    return {"rides": True, "leaves_by": by, "begun": CellClass.NOTE not in turns}


def _classes(record: int, files: int) -> list[CellClass]:
    """Return of which classes the cells of an envelope are."""
    blobs = [record, files] if files else [record]
    return [CellClass.NOTE, *(_smallest(one + _FRAME) for one in blobs)]


def _smallest(length: int) -> CellClass:
    return next((cls for cls, most in CAPACITY.items() if length <= most), CellClass.XL256)
