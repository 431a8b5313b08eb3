"""Forgetting: what is over at an instant leaves the database first, and then the disk.

This file knows what ends when. It refuses to forget a leaf list: that a cell once was on a board
is what members check, and a hash of sealed bytes tells nobody what they were.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from broker.layout import Layout
from broker.spending import CLASS_OF
from keys.address import Board
from keys.calendar import Instant, day_of, week_of

SPENT_OF_CLOSED_WEEKS: Final = """
SELECT spent_key FROM spent WHERE week <= (SELECT closed_week FROM store) LIMIT 1000
"""
"""A part at a time: nobody's cell waits while a whole week is overwritten."""
_OVER: Final = """
SELECT board, number, class FROM batches JOIN files USING (board, number)
WHERE gone = 0 AND expires <= ?
"""
_ABANDONED: Final = """
DELETE FROM uploads WHERE last_day < ? AND kept IS NULL RETURNING upload_id
"""


def forget_kept(connection: sqlite3.Connection, layout: Layout, now: Instant) -> tuple[Path, ...]:
    """Let the lasting database forget what is over; return the files that must go after it.

    The order matters: a row that says «here are the cells» must never outlive the file. A file
    that outlives its row is an orphan, and the next start removes it.
    """
    today = day_of(now)
    connection.execute("UPDATE store SET closed_week = max(closed_week, ?)", (week_of(today) - 1,))
    connection.execute("DELETE FROM published WHERE last_day < ?", (today,))
    connection.execute("DELETE FROM finished WHERE last_day < ?", (today,))
    files = connection.execute(_OVER, (now,)).fetchall()
    connection.execute("UPDATE batches SET gone = 1 WHERE gone = 0 AND expires <= ?", (now,))
    return tuple(
        layout.batch(Board(board), number, CLASS_OF[code]) for board, number, code in files
    )


def forget_arrivals(
    connection: sqlite3.Connection, layout: Layout, now: Instant
) -> tuple[Path, ...]:
    """Let the other database forget; return the staged bodies of uploads nobody finished."""
    connection.execute("DELETE FROM spent_new WHERE week <= (SELECT closed_week FROM store)")
    # A kept upload still waits for its batch; its staged body belongs to the cell.
    uploads = connection.execute(_ABANDONED, (day_of(now),)).fetchall()
    return tuple(layout.staged / upload_id for (upload_id,) in uploads)


def forget_spent(connection: sqlite3.Connection, keys: Sequence[bytes]) -> None:
    """Let the database forget these spent keys."""
    connection.executemany("DELETE FROM spent WHERE spent_key = ?", ((key,) for key in keys))
