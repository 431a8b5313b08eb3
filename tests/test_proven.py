"""The time by which keys are destroyed: no jump of a clock moves it far, and nobody can hold it."""

from pathlib import Path

from client.proven import MOST_SECONDS, Proven
from client.shelf import Shelf
from keys.calendar import DAY_SECONDS, Instant
from tests.machines import NOW, store

SLOT = 300
SIGNED = Instant(NOW - 3_600)


async def lived(proven: Proven, begin: int, until: int, step: int = SLOT) -> Instant:
    """Let slots go by without a roster that counts."""
    at = Instant(begin)
    for now in range(begin, until + 1, step):
        at = await proven.at(Instant(now), SIGNED, fresh=False)
    return at


async def test_while_the_roster_counts_the_clock_does(tmp_path: Path) -> None:
    """Also when it was wrong before, in either direction."""
    async with store(tmp_path) as ledger:
        proven = Proven(ledger)
        for now in (NOW, NOW + 40 * DAY_SECONDS, NOW, NOW - 7, NOW + SLOT):
            assert await proven.at(Instant(now), SIGNED, fresh=True) == now


async def test_a_clock_before_the_signature_proves_nothing(tmp_path: Path) -> None:
    """A dead battery says 1970, when no roster is over yet; what was proven stays."""
    async with store(tmp_path) as ledger:
        proven = Proven(ledger)
        await proven.at(NOW, SIGNED, fresh=True)
        for wrong in (Instant(60), Instant(SIGNED - 1)):
            assert await proven.at(wrong, SIGNED, fresh=True) == wrong
        assert await proven.at(NOW, SIGNED, fresh=False) == NOW
        assert await proven.at(SIGNED, SIGNED, fresh=True) == SIGNED
    async with store(tmp_path) as ledger:
        assert await Proven(ledger).at(Instant(60), SIGNED, fresh=True) == 60
    async with store(tmp_path) as ledger:
        assert await Proven(ledger).at(NOW, Instant(0), fresh=False) > NOW - DAY_SECONDS


async def test_nobody_can_hold_the_time(tmp_path: Path) -> None:
    """Three days without any roster that counts are three days."""
    async with store(tmp_path) as ledger:
        proven = Proven(ledger)
        await proven.at(NOW, SIGNED, fresh=True)
        end = NOW + 3 * DAY_SECONDS
        assert await lived(proven, NOW, end) == end


async def test_a_jump_counts_for_hours_at_most(tmp_path: Path) -> None:
    """Ahead by a month, and back again: time goes on from where it was."""
    async with store(tmp_path) as ledger:
        proven = Proven(ledger)
        await proven.at(NOW, SIGNED, fresh=True)
        ahead = NOW + 30 * DAY_SECONDS
        assert await lived(proven, ahead, ahead + 10 * SLOT) == NOW + MOST_SECONDS + 10 * SLOT
        back = NOW + DAY_SECONDS
        assert await lived(proven, back, back) == NOW + MOST_SECONDS + 10 * SLOT
        early = NOW - DAY_SECONDS
        assert await lived(proven, early, early) == early


async def test_what_was_lived_through_is_remembered(tmp_path: Path) -> None:
    """A restart costs an hour at most; without power no time goes by that could be proven."""
    async with store(tmp_path) as ledger:
        proven = Proven(ledger)
        await proven.at(NOW, SIGNED, fresh=True)
        until = await lived(proven, NOW, NOW + DAY_SECONDS)
    async with store(tmp_path) as ledger:
        later = until + 20 * DAY_SECONDS
        at = await lived(Proven(ledger), later, later)
        assert until - 3_600 < at <= until


async def test_without_a_memory_it_begins_with_the_roster(tmp_path: Path) -> None:
    """Of a store that an earlier program wrote, or a damaged row, a signature is left."""
    async with store(tmp_path) as ledger:
        assert await lived(Proven(ledger), NOW, NOW + SLOT) == SIGNED + SLOT
        await Proven(ledger).at(NOW, SIGNED, fresh=True)
        for signed in (SIGNED, Instant(0)):
            async with ledger.transaction("damage") as rows:
                await rows.delete(Shelf.META, b"proven")
            assert await Proven(ledger).at(NOW, signed, fresh=False) == signed
