"""Who goes first in the line of notes, and what leaves it unsaid."""

from pathlib import Path

from client.lanes import Lane
from client.line import InLine, Line, Rank
from client.posting import note_cell
from keys.address import NOTE_BYTES, Board
from keys.calendar import Day
from tests.machines import store

TODAY = Day(20_780)
BOARD = Board.CENTRE


def note(owner: int) -> InLine:
    """Return a note that waits."""
    return InLine(TODAY, bytes([owner]) * 16, note_cell(bytes(NOTE_BYTES)))


async def test_what_was_taken_back_goes_before_all_and_what_anybody_can_cause_goes_last(
    tmp_path: Path,
) -> None:
    """However long others have waited; among equals whoever came first is first."""
    async with store(tmp_path) as ledger, ledger.transaction("line") as rows:
        line = Line(ledger)
        order = [Rank.TURNED_AWAY, Rank.ANSWER, Rank.SOON, Rank.TAKEN_BACK]
        for at, rank in enumerate([*order, *order]):
            await line.join(rows, BOARD, note(at), rank)
        assert await line.lanes(rows) == {Lane(BOARD)}
        said = [await line.leave(rows, Lane(BOARD), TODAY) for _ in range(8)]
        assert [one.owner[0] for one in said if one] == [3, 7, 2, 6, 1, 5, 0, 4]
        assert await line.leave(rows, Lane(BOARD), TODAY) is None


async def test_what_is_not_to_be_said_any_more_leaves_the_line(tmp_path: Path) -> None:
    """And nothing else does."""
    async with store(tmp_path) as ledger, ledger.transaction("line") as rows:
        line = Line(ledger)
        for at in (1, 2, 1):
            await line.join(rows, BOARD, note(at), Rank.SOON)
        await line.drop(rows, note(1).owner)
        assert await line.owners(rows) == {note(2).owner}
