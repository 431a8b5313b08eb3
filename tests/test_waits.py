"""Each wrong passphrase makes the next try wait longer, whatever the clock shows."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from keys.calendar import Instant
from keys.slots import DELAYS, FREE_TRIES, Cost, Slot

NOON = Instant(1_795_377_900)
KARI = Slot(bytes(16), "Kari", Cost(2, 19 << 20), bytes(16), 0, Instant(0), bytes(72))
"""A slot of the right form; nothing here opens it."""


def knock_until_counted(slot: Slot, now: int) -> tuple[Slot, int]:
    """Wait as long as told, then have a wrong try counted; give the slot and the wait."""
    slot, wait = slot.knock(Instant(now))
    if wait:
        assert slot.knock(Instant(now + wait - 1))[1] == 1
        slot, again = slot.knock(Instant(now + wait))
        assert again == 0
    return slot, wait


def test_waits_grow_as_the_table_says() -> None:
    """Five tries are free; then 5 s, 15 s, 1 min, 5 min, and 15 min for ever."""
    slot = KARI
    waits: list[int] = []
    now = NOON
    for _ in range(12):
        slot, wait = knock_until_counted(slot, now)
        now = Instant(now + wait)
        waits.append(wait)
    assert waits == [0, 0, 0, 0, 0, 5, 15, 60, 300, 900, 900, 900]
    assert (slot.failures, slot.last_try) == (12, now)
    assert FREE_TRIES == 5


def test_a_try_is_counted_as_wrong_before_it_is_made() -> None:
    """What is written first assumes the worst."""
    counted, wait = KARI.knock(NOON)
    assert (counted.failures, counted.last_try, wait) == (1, NOON, 0)
    assert counted.forgiven().failures == 0


def test_waiting_longer_than_needed_costs_nothing() -> None:
    """The next day the door is open for one try."""
    tired = replace(KARI, failures=9, last_try=NOON)
    assert tired.knock(Instant(NOON + 86_400))[1] == 0


def test_knocking_too_early_does_not_lengthen_the_wait() -> None:
    """An impatient person waits no longer than a patient one."""
    tired = replace(KARI, failures=7, last_try=NOON)
    same, wait = tired.knock(Instant(NOON + 20))
    assert (same, wait) == (tired, 40)


def test_a_clock_set_back_neither_shortens_nor_lengthens_the_wait_for_ever() -> None:
    """The whole wait counts anew from when the step back was seen, and ends."""
    tired = replace(KARI, failures=7, last_try=NOON)
    year_back = Instant(NOON - 31_536_000)
    rearmed, wait = tired.knock(year_back)
    assert (wait, rearmed.last_try, rearmed.failures) == (60, year_back, 7)
    assert rearmed.knock(Instant(year_back + 59))[1] == 1
    counted, wait = rearmed.knock(Instant(year_back + 60))
    assert (wait, counted.failures) == (0, 8)


def test_a_clock_set_back_gives_no_uncounted_try() -> None:
    """The free tries are counted also when the clock runs backwards."""
    slot, now = KARI, NOON
    for failures in range(1, 6):
        now = Instant(now - 1_000)
        slot, wait = slot.knock(now)
        assert (slot.failures, wait) == (failures, 0)
    assert slot.knock(Instant(now - 1_000))[1] == 5


def test_a_clock_before_1970_counts_as_1970() -> None:
    """A machine whose battery is flat can still write its file."""
    counted, wait = KARI.knock(Instant(-5))
    assert (counted.last_try, wait) == (0, 0)


@settings(deadline=None)
@given(
    st.integers(0, (1 << 31) + 5),
    st.lists(st.integers(0, 1 << 40).map(Instant), min_size=1, max_size=30),
)
def test_no_clock_makes_a_wait_longer_than_the_table(failures: int, times: list[Instant]) -> None:
    """Whatever the clock shows, a wait is the table's at most, and failures only count up."""
    slot = replace(KARI, failures=min(failures, 1 << 31))
    for now in times:
        after, wait = slot.knock(now)
        assert 0 <= wait <= DELAYS[min(slot.failures, len(DELAYS) - 1)]
        assert after.last_try <= now
        counted = min(slot.failures + (wait == 0), 1 << 31)
        assert after.failures == counted
        slot = after
