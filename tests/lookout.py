"""What the operator can see: everything on the broker's and the issuer's disks, and no more.

Tests look here for what must not be there, and the demo makes its last table of it. It reads
files, logs and metrics as a person with every right on those machines would, without asking the
programs anything that `curl` would not.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from broker.app import STORE
from broker.issuer import PORTIONS
from broker.layout import Layout
from keys.address import CLASS_CODE, Board, CellClass, MemberId
from tests.world import World

_CLASSES: Final = {code: cls for cls, code in CLASS_CODE.items()}


@dataclass(frozen=True, slots=True)
class BatchSeen:
    """One batch as it lies on the broker's disk: which board, which number, how many of what."""

    board: Board
    number: int
    cells: Mapping[CellClass, int]


class Lookout:
    """The operator of one world.

    Args:
        here: the world whose broker and issuer it runs.
    """

    def __init__(self, here: World) -> None:
        self._here = here

    def files(self) -> Iterator[tuple[Path, bytes]]:
        """Yield every file that broker and issuer have written, databases and logs included."""
        for name in ("broker", "issuer", "roster"):
            yield from self._below(self._here.path / name)
        for log in self.logs:
            yield log, log.read_bytes()

    @property
    def logs(self) -> tuple[Path, Path]:
        """The logs of broker and issuer."""
        return self._here.path / "broker.log", self._here.path / "issuer.log"

    def lines(self) -> list[dict[str, object]]:
        """Return both logs, line by line."""
        return [json.loads(line) for log in self.logs for line in log.read_text().splitlines()]

    async def metrics(self) -> str:
        """Return what monitoring sees."""
        url = f"{self._here.broker.url}/metrics"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return await answer.text()

    def batches(self) -> list[BatchSeen]:
        """Return every batch, in the order of boards and numbers."""
        found: dict[tuple[Board, int], dict[CellClass, int]] = {}
        for board, number, code, count in self._rows(
            "SELECT board, number, class, count FROM files"
        ):
            found.setdefault((Board(board), int(number)), {})[_CLASSES[int(code)]] = int(count)
        return [BatchSeen(*at, found[at]) for at in sorted(found)]

    def cells(self) -> Counter[tuple[Board, CellClass]]:
        """Return how many cells of each class lie in the batches of each board."""
        total: Counter[tuple[Board, CellClass]] = Counter()
        for batch in self.batches():
            total.update({(batch.board, cls): count for cls, count in batch.cells.items()})
        return total

    def spent(self) -> int:
        """Return how many spent tokens the broker remembers; each is 32 bytes that say nothing."""
        ((found,),) = self._rows("SELECT count(*) FROM spent")
        return int(found)

    def withdrawn(self) -> Counter[MemberId]:
        """Return how many tokens each member was given: the issuer knows whom it serves."""
        rows = _query(
            self._here.path / "issuer" / PORTIONS / "issuer.sqlite",
            "SELECT member_id, sum(count) FROM portions GROUP BY member_id",
        )
        return Counter({MemberId(bytes(member)): int(count) for member, count in rows})

    def columns(self) -> set[str]:
        """Return the name of every column of the broker's two databases."""
        named = "SELECT c.name FROM sqlite_master t, pragma_table_info(t.name) c"
        layout = self._layout
        return {name for path in (layout.kept, layout.arrivals) for (name,) in _query(path, named)}

    def holding(self, words: Iterable[str]) -> dict[str, list[Path]]:
        """Return the words that stand in some file, with the files: as they are, or in hex."""
        forms = {word: (word.encode(), word.encode().hex().encode()) for word in words}
        found: dict[str, list[Path]] = {}
        for path, data in self.files():
            for word, (plain, hexed) in forms.items():
                if plain in data or hexed in data:
                    found.setdefault(word, []).append(path)
        return found

    def _below(self, directory: Path) -> Iterator[tuple[Path, bytes]]:
        for path in sorted(directory.rglob("*")):
            if path.is_file():
                yield path, path.read_bytes()

    @property
    def _layout(self) -> Layout:
        return Layout(self._here.path / "broker" / STORE)

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return _query(self._layout.kept, sql)


def _query(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()
