"""Nobody unlocks the sending desk any more: where the case went goes by itself."""

from types import MappingProxyType
from typing import Final

import pytest

from client import forgetting
from client.shelf import Shelf
from keys.address import CellClass
from keys.calendar import DAY_SECONDS, Instant
from keys.errors import NotHere
from tests import acts
from tests.parties import Party, village

SATURDAY: Final = Instant(1_794_636_000)
BLOBS: Final = MappingProxyType(
    {CellClass.S: 12, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
NAMES_THE_PLACE: Final = (Shelf.OUTBOX, Shelf.CODE, Shelf.DRAFT, Shelf.INQUIRY)
NAME: Final = "ALENE-503"


async def counts(party: Party) -> list[int]:
    """Return how many rows each shelf has that says where a case went."""
    async with party.service.office.ledger.reading() as rows:
        return [len(await rows.ids(shelf)) for shelf in NAMES_THE_PLACE]


@pytest.mark.asyncio
async def test_where_a_case_went_goes_also_when_nobody_unlocks() -> None:
    """Place, keys and case go together behind the lock; that parts were shared stays."""
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        sender, centre = found
        await acts.ready(here, sender, acts.sample("GRAN-427", name=NAME), centre)
        await acts.send(here, sender, centre, NAME)
        await here.tick(2)
        before = await counts(sender)
        assert all(before)
        await sender.do("lock")
        for days, left in ((14, before), (1, [0, 0, 0, 0])):
            here.clock.set(Instant(here.clock.now() + days * DAY_SECONDS))
            await forgetting.sweep(sender.service.office)
            assert await counts(sender) == left
        status = await sender.unlock()
        assert status["forgotten"] == 1
        assert status["out"] == []
        assert (await sender.do("record", code_name=NAME))["shared"]
        for verb in ("withdraw", "again", "release"):
            with pytest.raises(NotHere):
                await sender.do(verb, code_name=NAME)
