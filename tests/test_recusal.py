"""Who keeps out of which case is known for ninety days, and by nobody who has no key."""

from pathlib import Path

import pytest

from client import recusal
from client.refusals import Recused
from client.shelf import Shelf
from client.verbs.table import LONG, PLAIN
from keys.calendar import Day
from keys.wire import pack
from tests.machines import store

TODAY = Day(20_771)
ROW = b"r" * 16


@pytest.mark.parametrize(("late", "there"), [(0, True), (1, False)])
async def test_it_is_kept_ninety_days(tmp_path: Path, late: int, *, there: bool) -> None:
    """As long as the log of an ended case is shown, and no longer."""
    today = Day(TODAY + recusal.KEPT_DAYS + late)
    async with store(tmp_path) as ledger:
        async with ledger.transaction("recused") as rows:
            await rows.put(Shelf.RECUSED, ROW, pack(["recused", 1, TODAY, "GRAN-427", "Kari"]))
            assert await recusal.over(rows, today) is not there
            await recusal.tidy(rows, today)
        async with ledger.reading() as rows:
            assert await recusal.kept_out(rows) == ([("GRAN-427", "Kari")] if there else [])


async def test_whoever_keeps_out_is_no_second_pair_of_eyes(tmp_path: Path) -> None:
    """Not for that case, however the name is typed; a colleague is, and so are they for others."""
    async with store(tmp_path) as ledger, ledger.transaction("recused") as rows:
        await rows.put(Shelf.RECUSED, ROW, pack(["recused", 1, TODAY, "GRAN-427", "Kari"]))
        for who in ("Kari", "KARI"):
            with pytest.raises(Recused):
                await recusal.check_one(rows, "GRAN-427", who)
        await recusal.check_one(rows, "GRAN-427", "Anne")
        await recusal.check_one(rows, "SKOG-903", "Kari")


AT_THE_DOOR = frozenset(
    {
        *("arrive", "card", "confirm", "misrouted", "release", "withdraw", "stop", "astray"),
        *("status", "attended", "tasks", "done", "recuse", "log", "record", "directory"),
        *("new", "emergency", "import", "inquire", "answer", "doctor", "backup"),
        *("police misrouted", "police decline", "police outside", "police reply"),
        *("police withdraw", "operator-view"),
        *("key show", "key same", "key differs", "key lift", "key sheet", "key all"),
        *("pcs host", "pcs add", "pcs list", "pcs remove"),
        *("auditor", "auditor use", "auditor end", "auditor trail"),
        *("staff list", "staff add", "staff remove", "staff lead", "staff passphrase"),
    }
)
"""The verbs that anybody on duty may use, of whatever case: they show nothing that it says."""


def test_every_verb_is_at_the_door_or_closed() -> None:
    """Whoever adds a verb says which."""
    assert not AT_THE_DOOR & recusal.CLOSED
    assert set(PLAIN) | set(LONG) == AT_THE_DOOR | recusal.CLOSED
