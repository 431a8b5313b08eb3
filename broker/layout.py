"""Where everything lies in the broker's directory; what lies elsewhere there is not the broker's.

This file knows names of files. It refuses to open any. No name tells more than its batch's
number, board and class: a staged body is named by 32 random bytes.

    kept.sqlite              batches, leaf lists, spent tokens, published keys
    arrivals.sqlite          what came since the last batch; emptied when one closes
    lock                     held by the one process that writes
    note.slab s.slab         small cells that wait
    staged/                  larger cells that wait, and uploads under way
    batches/centre/12.note   the notes of batch 12 of the centre board, by hash
"""

from dataclasses import dataclass
from pathlib import Path

from keys.address import Board, CellClass


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths below one directory."""

    directory: Path

    @property
    def kept(self) -> Path:
        """The database of what lasts."""
        return self.directory / "kept.sqlite"

    @property
    def arrivals(self) -> Path:
        """The database of what waits."""
        return self.directory / "arrivals.sqlite"

    @property
    def lock(self) -> Path:
        """The lock of the process that writes."""
        return self.directory / "lock"

    @property
    def staged(self) -> Path:
        """The directory of bodies that have a file each until their batch."""
        return self.directory / "staged"

    def slab(self, cls: CellClass) -> Path:
        """The slots of one small class."""
        return self.directory / f"{cls}.slab"

    def board(self, board: Board) -> Path:
        """The directory of a board's batch files."""
        return self.directory / "batches" / board

    def batch(self, board: Board, number: int, cls: CellClass) -> Path:
        """The file of one class of one batch."""
        return self.board(board) / f"{number}.{cls}"

    @property
    def directories(self) -> tuple[Path, ...]:
        """All that must exist before anything is written."""
        return (self.staged, *(self.board(board) for board in Board))
