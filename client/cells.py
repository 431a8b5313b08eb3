"""The one writer of sealed cell files on this machine.

This file knows how sealed bytes come to rest in a file: whole, durable, readable by the owner
alone, under a random name. It refuses to know which cell belongs to what: the ledger does.
"""

import io
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from client.disk import PARTIAL, in_words, writing_new
from keys.errors import NotHere, StoreDamaged

_NAME_BYTES: Final = 16


class CellFiles:
    """A directory of sealed cells with names that mean nothing.

    Args:
        directory: made with mode 0700 when it is not there.

    Raises:
        DiskFull, NotHere, StoreDamaged: it cannot be made.
    """

    def __init__(self, directory: Path) -> None:
        with in_words():
            directory.mkdir(mode=0o700, exist_ok=True)
        self._directory = directory
        self._fresh: set[str] = set()

    @contextmanager
    def writing(self) -> Generator[tuple[str, io.BufferedRandom], None, None]:
        """Give a fresh name and a file open for reading and writing; keep it when all went well.

        The file is durable under its name when the block ends. On any error nothing is left.

        Raises:
            DiskFull: there is no room; nothing was kept.
            StoreDamaged: the disk fails otherwise.
        """
        name = secrets.token_hex(_NAME_BYTES)
        self._fresh |= {name, name + PARTIAL}
        with in_words(), writing_new(self.path(name)) as file:
            yield name, file

    def reading(self, name: str) -> io.BufferedReader:
        """Open a kept cell.

        Raises:
            StoreDamaged: the ledger names a file that is gone or cannot be read.
        """
        try:
            with in_words():
                return self.path(name).open("rb")
        except NotHere:
            raise StoreDamaged from None

    def path(self, name: str) -> Path:
        """Return where the cell `name` lies."""
        return self._directory / name

    def length(self, name: str) -> int:
        """Return how long a kept cell is, and 0 for one that is gone."""
        try:
            return self.path(name).stat().st_size
        except OSError:
            return 0

    def delete(self, name: str) -> None:
        """Remove a cell; removing what is gone is no error, so that the step may be repeated.

        The bytes are sealed under a key that its owner destroys first; overwriting a file in
        place is a promise that today's disks do not keep.

        Raises:
            StoreDamaged: it cannot be removed; the next sweep tries again.
        """
        self._fresh -= {name, name + PARTIAL}
        with in_words():
            self.path(name).unlink(missing_ok=True)

    def sweep(self, known: frozenset[str]) -> int:
        """Remove every file that the ledger does not name, left by a crash; return how many.

        What this process has written itself is passed over: its row may be about to be.

        Raises:
            StoreDamaged: the directory cannot be read, or a file not removed.
        """
        with in_words():
            kept = known | self._fresh
            stray = [path for path in self._directory.iterdir() if path.name not in kept]
            for path in stray:
                path.unlink(missing_ok=True)
        return len(stray)
