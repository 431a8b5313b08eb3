"""A part is taken back while the case is confirmed: two words that cross on their way."""

from collections.abc import AsyncGenerator
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.outgoing import Outgoing
from client.verbs import finding
from keys.address import CellClass
from keys.calendar import Day, Instant, start_of
from tests import acts
from tests.parties import Party, village
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

MONDAY = Instant(1_794_808_800)
"""16 November 2026, 06.00 UTC: a week of tokens lies ahead."""
BLOBS = MappingProxyType({CellClass.S: 4, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crossing() -> AsyncGenerator[tuple[World, Party, Party], None]:
    """The world, the centre that is left, and the one that is come to."""
    async with village("granlia", "fjordglott", start=MONDAY, blobs=BLOBS) as (here, found):
        yield here, *found


async def envelope(sender: Party, name: str) -> Outgoing:
    """Return the row of the envelope of a case at its sender."""
    async with sender.service.office.ledger.reading() as rows:
        (found,) = [one for one in await finding.all_outgoing(rows) if one.code_name == name]
        return found


async def crossed(crossing: tuple[World, Party, Party], name: str) -> str:
    """Let a part be taken back while the case is confirmed; return what the receiver calls it."""
    here, sender, centre = crossing
    await acts.ready(here, sender, acts.sample("GRAN-427", name=name).replace("-11-13", "-11-16"))
    code, package = await acts.send(here, sender, centre, name, by_phone="duty")
    await acts.opened(here, centre, package, code)
    await here.tick(2)
    await centre.do("confirm", code_name=package)
    await sender.do("withdraw", code_name=name, parts=["threat"])
    await here.tick(5)
    row = await acts.row(sender, "out", name)
    assert (row["state"], row["to"], row["answer"]) == ("confirmed", "", "")
    left = await envelope(sender, name)
    assert left.answer_mark
    assert centre.member_id not in left.encode()
    parts = (await centre.do("read", code_name=package))["parts"]
    assert isinstance(parts, list)
    assert "threat" not in parts
    return package


async def test_the_answer_is_known_by_a_hash_of_where_it_went(
    crossing: tuple[World, Party, Party],
) -> None:
    """The sender has forgotten where; it shows what the journal keeps, and forgets the hash."""
    here, sender, centre = crossing
    before = (await sender.do("status"))["refused"]
    package = await crossed(crossing, "KRYSS-210")
    await centre.do("journal", code_name=package, word="kept_by_duty")
    await here.tick(5)
    row = await acts.row(sender, "out", "KRYSS-210")
    assert (row["state"], row["answer"]) == ("confirmed", "kept_by_duty")
    assert not row["contradicted"]
    assert (await sender.do("status"))["refused"] == before
    assert not (await envelope(sender, "KRYSS-210")).answer_mark


async def test_after_three_days_it_waits_for_no_answer(
    crossing: tuple[World, Party, Party],
) -> None:
    """What would tell whose answer it is goes on the fourth day, answered or not."""
    here, sender, _ = crossing
    await crossed(crossing, "KRYSS-211")
    back_on = (await envelope(sender, "KRYSS-211")).back_on
    for days, waits in ((3, True), (4, False)):
        here.clock.set(start_of(Day(back_on + days)))
        await here.tick()
        assert bool((await envelope(sender, "KRYSS-211")).answer_mark) is waits
