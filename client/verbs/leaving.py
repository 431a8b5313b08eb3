"""How what staff send leaves: by the lanes and by when, or at once and seen.

This file knows sizes, before anything is sealed and after. It refuses to send anything.
"""

from collections.abc import Iterable
from typing import Final

from client import lanes
from client.consent import Consent
from client.office import Office
from client.outbox import Out
from client.outgoing import Outgoing
from client.transfer import Transfer
from keys.address import CELL_BYTES, CellClass
from keys.blob import CAPACITY
from keys.wire import Packable

_CLASS_OF: Final = {size: cls for cls, size in CELL_BYTES.items()}
_FRAME: Final = 4_096
"""Room for the consent and the table of parts, which are in the record too."""


def before(office: Office, transfer: Transfer) -> dict[str, Packable]:
    """Return how a case with a consent would leave, by its text, which is longer than its parts."""
    parts = Consent.decode(transfer.consent).parts
    record = len(transfer.case)
    files = sum(one.length for name, one in transfer.staged.items() if name in parts)
    classes = [_smallest(record + _FRAME)] + ([_smallest(files + _FRAME)] if files else [])
    return told(office, classes, rides=lanes.rides(office.roster.schedule, classes))


def after(office: Office, sent: Outgoing) -> dict[str, Packable]:
    """Return how an envelope that has not left leaves; of any other that it rides no more."""
    waits = sent.rides and sent.state in (Out.INTENDED, Out.SEALED)
    sizes = [office.cells.length(name) for name in sent.files] if waits else []
    return told(office, [_CLASS_OF.get(size, CellClass.S) for size in sizes], rides=waits)


def told(office: Office, classes: Iterable[CellClass], *, rides: bool) -> dict[str, Packable]:
    """Return whether it rides the lanes and by when it has left, as an answer says both."""
    by = lanes.leaves_by(office.roster.schedule, office.now, classes) if rides else 0
    return {"rides": rides, "leaves_by": by}


def _smallest(length: int) -> CellClass:
    return next((cls for cls, most in CAPACITY.items() if length <= most), CellClass.XL256)
