"""The checkpoints a member remembers of one board, to hold against what others saw.

This file knows sizes and roots. It refuses to keep more than a bounded run of them: two honest
members who read the same slots meet inside it.
"""

from dataclasses import dataclass
from typing import Final, Self

from keys.body import Seen
from keys.checkpoint import Frontier, Root, agrees
from keys.errors import CheckpointForked, WrongShape
from keys.wire import Fields, Packable, Value, pack

MOST: Final = 512
_ROOT: Final = 32


@dataclass(frozen=True, slots=True)
class History:
    """Sizes and roots of one board, oldest first."""

    seen: tuple[tuple[int, Root], ...] = ()

    def after(self, frontier: Frontier) -> Self:
        """Return the history with one more checkpoint, the oldest dropped when it is full."""
        return type(self)((*self.seen, (frontier.size, frontier.root))[-MOST:])

    def check(self, said: Seen, *, to_its_end: bool = False) -> bool:
        """Hold another member's word against one's own; False when it cannot be judged.

        Args:
            said: what the other saw before its note was posted.
            to_its_end: whether the board was read to its end after that note stood on one.

        Raises:
            CheckpointForked: the broker has told the two of us different boards.
        """
        if to_its_end and self.seen and said.size > self.seen[-1][0]:
            raise CheckpointForked  # what the other saw is kept from us
        return agrees(said.size, Root(said.root), dict(self.seen))

    def encode(self) -> bytes:
        """Return this history as bytes, for the ledger."""
        flat: list[Packable] = [[size, root] for size, root in self.seen]
        return pack(["history", 1, flat])

    @classmethod
    def decode(cls, data: bytes | None) -> Self:
        """Read what `encode` writes; of nothing, an empty history.

        Raises:
            Malformed: it has not that form.
        """
        if data is None:
            return cls()
        fields = Fields.decode(data, "history")
        items = fields.items("seen", most=MOST)
        fields.end()
        return cls(tuple(_read(item) for item in items))


def _read(item: Value) -> tuple[int, Root]:
    if not isinstance(item, list):
        raise WrongShape(field="history.seen")
    fields = Fields(["seen", 1, *item], "seen")
    size = fields.number("size")
    root = Root(fields.octets("root", size=_ROOT))
    fields.end()
    return size, root
