"""The demo's last page: what the operator could see on its own disks, and what it may guess.

The figures come from the broker's and the issuer's stores, logs and metrics as they lie there when
the play is over. The third column is ours, and it is the column to read.
"""

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Final

from keys.address import Board, CellClass
from tests.lookout import BatchSeen, Lookout
from tests.stage import Stage

SECRET_WORDS: Final = (
    "Marte", "Solbakk", "kon Veum", "Sigrid", "Nesheim", "Hana R.", "Ronja", "Máret", "Čappa",
    "Ánde", "Biret", "Ingunn", "Lucía", "GRAN-427", "ELV-118", "SKOG-903", "VIDDE-256",
    "ODDE-771", "RYPE-310", "LIND-552", "utover.jpg", "Blodtrykksmedisin", "Nøtteallergi",
)  # fmt: skip
"""Words of the played cases: people, code names, files, what ails them.

None is shorter than five bytes: four can stand by chance in a hundred million that are sealed.
"""
_WINDOW: Final = 3


def urgent(batches: Sequence[BatchSeen], board: Board) -> int:
    """Return how many notes more than the usual number an operator counts on a board."""
    counts = [seen.cells.get(CellClass.NOTE, 0) for seen in batches if seen.board is board]
    surplus = 0
    for at, count in enumerate(counts):
        near = counts[max(0, at - _WINDOW) : at + _WINDOW + 1]
        surplus += max(0, count - round(median(near)))
    return surplus


def _large(cells: Counter[tuple[Board, CellClass]], board: Board) -> str:
    found = {cls: cells[board, cls] for cls in CellClass if cls is not CellClass.NOTE}
    return ", ".join(f"{count} × {cls}" for cls, count in found.items() if count) or "0"


async def operator(play: Stage) -> None:
    """Read the stores, look for words that must not be there, and lay the table."""
    told, lookout = play.told, Lookout(play.here)
    with told.chapter("operator"):
        with told.step("operator.words", count=len(SECRET_WORDS)):
            files = list(lookout.files())
            found = lookout.holding(SECRET_WORDS)
            assert not found, found
        with told.step("operator.log", lines=len(lookout.lines())):
            text = "".join(map(str, lookout.lines())) + await lookout.metrics()
            assert not any(party.name in text for party in play.cast.values())
            assert not any(party.member_id.hex() in text for party in play.cast.values())
        megabytes = sum(len(data) for _, data in files) // 1_000_000
        told.aside("operator.read", files=len(files), megabytes=megabytes)
        told.table("table", _rows(play, lookout))


def _rows(play: Stage, lookout: Lookout) -> list[tuple[str, str, str]]:
    told, cells, batches = play.told, lookout.cells(), lookout.batches()
    shown: dict[str, dict[str, int | str]] = {
        "members": {"count": len(play.here.register.members)},
        "amount": {
            "centre": cells[Board.CENTRE, CellClass.NOTE],
            "police": cells[Board.POLICE, CellClass.NOTE],
            "reply": cells[Board.REPLY, CellClass.NOTE],
        },
        "urgent": {
            "centre": urgent(batches, Board.CENTRE),
            "police": urgent(batches, Board.POLICE),
        },
        "large": {
            "centre": _large(cells, Board.CENTRE),
            "police": _large(cells, Board.POLICE),
        },
        "writer": {"spent": lookout.spent()},
        "reader": {"batches": len(batches)},
        "tokens": {"count": sum(lookout.withdrawn().values())},
        "content": {"count": len(SECRET_WORDS)},
        "revoked": {"count": len(play.here.register.revoked)},
        "when": {"slot": play.here.slot // 60},
    }
    return [
        (
            told.say(f"table.{row}"),
            told.say(f"table.{row}.seen", **facts),
            told.say(f"table.{row}.guess"),
        )
        for row, facts in shown.items()
    ]
