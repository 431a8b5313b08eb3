"""What is to be done about a case that was opened where it was not meant to be, and until when."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client import strayed
from client.astray import AUTHORITY_SECONDS, KEPT_DAYS, RESTS_ON, Astray
from client.shelf import Shelf
from client.vocabulary import ReadBy
from keys.calendar import DAY_SECONDS, Day, Instant, day_of
from tests.machines import store

KNEW = Instant(1_794_636_000)
ROW = b"p" * 16


def astray(*, ours: bool = True, since: Instant = KNEW, **more: tuple[str, ...]) -> Astray:
    """Return a case that went astray."""
    said = tuple(map(ReadBy, more.get("said", ())))
    return Astray("VILL-850", ours, since, said, more.get("done", ()))


def left(one: Astray) -> set[str]:
    """Return the names of what is left to do."""
    return {task.found.name for task in one.tasks() if not task.done}


def test_the_authority_is_told_within_72_hours_of_when_the_desk_knew() -> None:
    """Counted from then, and late from the second after (art. 33(1))."""
    (task,) = [one for one in astray().tasks() if one.found.name == "astray_authority"]
    assert task.deadline == KNEW + AUTHORITY_SECONDS == KNEW + 3 * DAY_SECONDS
    assert not task.overdue(Instant(KNEW + AUTHORITY_SECONDS))
    assert task.overdue(Instant(KNEW + AUTHORITY_SECONDS + 1))


def test_only_the_sender_has_the_tasks_of_the_law() -> None:
    """The receiver of what was never meant for it tells the one who answers for it."""
    assert set(RESTS_ON) <= left(astray())
    assert not set(RESTS_ON) & left(astray(ours=False))
    assert {"astray_read", "astray_leader"} <= left(astray()) & left(astray(ours=False))


def test_what_is_said_and_what_is_done_is_done() -> None:
    """Who read it is a task until it is written down; the others until somebody says so."""
    assert left(astray()) - left(astray(said=("nobody",))) == {"astray_read"}
    assert left(astray()) - left(astray(done=("astray_move",))) == {"astray_move"}


def test_what_nobody_opened_has_no_task() -> None:
    """And is kept, since an opening may cross the word that took it back."""
    shut = astray(since=Instant(0))
    assert not shut.tasks()
    assert shut.last is None


@given(
    st.booleans(),
    st.integers(0, 1 << 40).map(Instant),
    st.lists(st.sampled_from(ReadBy), unique=True).map(tuple),
    st.lists(st.sampled_from(["astray_read", "astray_move"]), unique=True).map(tuple),
)
def test_a_row_is_read_as_it_was_written(
    ours: bool,  # noqa: FBT001 - drawn by Hypothesis
    since: Instant,
    said: tuple[ReadBy, ...],
    done: tuple[str, ...],
) -> None:
    """There and back."""
    one = Astray("VILL-850", ours, since, said, done)
    assert Astray.decode(one.encode()) == one


@pytest.mark.parametrize(("late", "there"), [(0, True), (1, False)])
async def test_it_is_kept_ninety_days(tmp_path: Path, late: int, *, there: bool) -> None:
    """So that what was done can be shown, and no longer."""
    today = Day(day_of(KNEW) + KEPT_DAYS + late)
    async with store(tmp_path) as ledger:
        async with ledger.transaction("astray") as rows:
            await rows.put(Shelf.ASTRAY, ROW, astray().encode())
            assert await strayed.over(rows, today) is not there
            await strayed.tidy(rows, today)
            assert await strayed.lasts(rows) == ([Day(today - late)] if there else [])
        async with ledger.reading() as rows:
            assert await strayed.known(rows, ROW) is there


@pytest.mark.parametrize("shelf", [Shelf.OUTBOX, Shelf.INBOX, None])
async def test_what_nobody_opened_goes_with_its_envelope(
    tmp_path: Path, shelf: Shelf | None
) -> None:
    """While it may still be opened it is kept; without the envelope nobody can."""
    async with store(tmp_path) as ledger, ledger.transaction("astray") as rows:
        await rows.put(Shelf.ASTRAY, ROW, astray(since=Instant(0)).encode())
        if shelf is not None:
            await rows.put(shelf, ROW, b"row")
        assert await strayed.over(rows, Day(1 << 20)) is (shelf is None)
        await strayed.tidy(rows, Day(1 << 20))
        assert await strayed.known(rows, ROW) is (shelf is not None)
