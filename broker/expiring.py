"""Forgetting: what is over at an instant leaves the database first, and then the disk.

This file knows what ends when. It refuses to forget a leaf list: that a cell once was on a board
is what members check, and a hash of sealed bytes tells nobody what they were.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from broker.layout import Layout
from broker.spending import CLASS_OF
from keys.address import Board
from keys.calendar import Instant, day_of, week_of

SPENT_OF_CLOSED_WEEKS = """
SELECT spent_key FROM spent
WHERE spent_key > ? AND week <= (SELECT closed_week FROM store) ORDER BY spent_key LIMIT 1000
"""
"""A part at a time: nobody's cell waits while a whole week is overwritten."""


def forget(connection: sqlite3.Connection, layout: Layout, now: Instant) -> tuple[Path, ...]:
    """Let the database forget what is over at `now`; return the files that must go after it.

    The order matters: a row that says «here are the cells» must never outlive the file. A file
    that outlives its row is an orphan, and the next start removes it.
    """
    today = day_of(now)
    connection.execute("UPDATE store SET closed_week = max(closed_week, ?)", (week_of(today) - 1,))
    connection.execute("DELETE FROM spent_new WHERE week <= (SELECT closed_week FROM store)")
    connection.execute("DELETE FROM published WHERE last_day < ?", (today,))
    connection.execute("DELETE FROM finished WHERE last_day < ?", (today,))
    # A kept upload still waits for its batch; its staged body belongs to the cell.
    uploads = connection.execute(
        "DELETE FROM uploads WHERE last_day < ? AND kept IS NULL RETURNING upload_id", (today,)
    ).fetchall()
    files = connection.execute(
        "SELECT board, number, class FROM files JOIN batches USING (board, number) "
        "WHERE gone = 0 AND expires <= ?",
        (now,),
    ).fetchall()
    connection.execute("UPDATE batches SET gone = 1 WHERE gone = 0 AND expires <= ?", (now,))
    return tuple(layout.staged / upload_id for (upload_id,) in uploads) + tuple(
        layout.batch(Board(board), number, CLASS_OF[code]) for board, number, code in files
    )


def forget_spent(connection: sqlite3.Connection, keys: Sequence[bytes]) -> None:
    """Let the database forget these spent keys."""
    connection.executemany("DELETE FROM spent WHERE spent_key = ?", ((key,) for key in keys))
