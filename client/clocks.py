"""The clocks of what is kept: what it is, and the day it is counted from.

This file knows rows that the machine may read, so that what is over is destroyed also while
nobody is there to unlock (C-14.2). It refuses to know anything about a case: a clock has a random
row id, a day and the names of sealed files, and the days it runs are `retention.py`'s.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Self

from client.ledger import Transaction
from client.retention import Held
from client.shelf import Shelf
from keys.calendar import Day
from keys.wire import Fields, pack

_MOST: Final = 64
_PARTS: Final = 4_096
_ID: Final = 16
_NAME: Final = 80
_LAID: Final = b"laid-"


@dataclass(frozen=True, slots=True)
class Clock:
    """One thing that is kept.

    Attributes:
        row: the id of its row: of the case that is written, or of the package.
        since: the day its days are counted from.
        files: names of sealed files that belong to it and that no other row the machine can read
            names.
    """

    held: Held
    row: bytes
    since: Day
    files: tuple[str, ...] = ()

    @property
    def key(self) -> bytes:
        """The id of the clock's own row."""
        return _key(self.held, self.row)

    def encode(self) -> bytes:
        """Return this row as bytes."""
        return pack(["clock", 1, self.held.value, self.row, self.since, list(self.files)])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "clock")
        made = cls(
            fields.choice("held", Held),
            fields.octets("row", size=_ID),
            Day(fields.number("since")),
            fields.texts("files", most=_MOST, longest=_NAME),
        )
        fields.end()
        return made


async def start(
    rows: Transaction, held: Held, row: bytes, since: Day, files: Collection[str] = ()
) -> None:
    """Start a clock inside the caller's transaction, or set it anew."""
    made = Clock(held, row, since, tuple(files))
    encoded = made.encode()
    if await rows.get_whole(Shelf.CLOCK, made.key) != encoded:
        await rows.put(Shelf.CLOCK, made.key, encoded)


async def refile(rows: Transaction, held: Held, row: bytes, files: Collection[str]) -> None:
    """Give a clock that runs other files; one that does not run is no error."""
    kept = await rows.get_whole(Shelf.CLOCK, _key(held, row))
    if kept is not None:
        await start(rows, held, row, Clock.decode(kept).since, files)


async def stop(rows: Transaction, held: Held, row: bytes) -> None:
    """Stop a clock; one that does not run is no error."""
    await rows.delete(Shelf.CLOCK, _key(held, row))


async def running(rows: Transaction) -> list[Clock]:
    """Return every clock that runs."""
    found = await rows.rows(Shelf.CLOCK)
    return [Clock.decode(value) for row, value in found if not row.startswith(_LAID)]


def asked(inquiry: bytes) -> bytes:
    """Return under which id `lay` notes an inquiry: its own is another member's choice."""
    return b"asked-" + inquiry


def owed(package: bytes) -> bytes:
    """Return under which id `lay` notes what is owed about a package that was sent from here."""
    return b"owed-" + package


async def lay(
    rows: Transaction, package: bytes, parts: Collection[bytes], files: Collection[str]
) -> None:
    """Note which rows and files an opened package lies in, so that all of them end with it."""
    value = pack(["laid", 1, list(parts), list(files)])
    await rows.put(Shelf.CLOCK, _LAID + package, value)


async def pick_up(rows: Transaction, package: bytes) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    """Return the rows and files that a package lies in, and forget which they are."""
    kept = await rows.get_whole(Shelf.CLOCK, _LAID + package)
    await rows.delete(Shelf.CLOCK, _LAID + package)
    if kept is None:
        return (), ()
    fields = Fields.decode(kept, "laid")
    parts = fields.strings("parts", most=_PARTS)
    files = fields.texts("files", most=_PARTS, longest=_NAME)
    fields.end()
    return parts, files


def _key(held: Held, row: bytes) -> bytes:
    return f"{held.value}-".encode() + row
