"""What one reading of the boards brought, in numbers and refusals.

This file knows what is worth telling. It refuses to know what any note or blob was.
"""

from dataclasses import dataclass

from keys.errors import Refusal


@dataclass(frozen=True, slots=True)
class Report:
    """What one reading of the boards brought; numbers and refusals only.

    Attributes:
        notes: opened outer layers of others, now waiting for staff.
        own: own dummies that came back and opened: sealing and reading work.
        blobs: wanted cells now on disk.
        missing: acknowledged cells that the broker dropped.
        lost: batches whose notes had expired before this member read them.
        hidden: batches whose notes cannot have expired, and that the broker does not give, and
            wanted blobs likewise.
        dropped: notes that opened and are not in their form.
        stalled: acknowledged cells whose board has begun to stand still.
        behind: boards that were not read to their end.
        again: boards that are being read again for a key that came late, or met a refusal in it.
        refusals: what was met, a board each; what reading again met is in the alarms.
    """

    notes: int = 0
    own: int = 0
    blobs: int = 0
    missing: int = 0
    lost: int = 0
    hidden: int = 0
    dropped: int = 0
    stalled: int = 0
    behind: int = 0
    again: int = 0
    refusals: tuple[Refusal, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every board was read to its end."""
        return not self.behind

    def plus(self, other: "Report") -> "Report":
        """Return both together."""
        return Report(
            self.notes + other.notes,
            self.own + other.own,
            self.blobs + other.blobs,
            self.missing + other.missing,
            self.lost + other.lost,
            self.hidden + other.hidden,
            self.dropped + other.dropped,
            self.stalled + other.stalled,
            self.behind + other.behind,
            self.again + other.again,
            (*self.refusals, *other.refusals),
        )
