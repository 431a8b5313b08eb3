"""What real desks are told in time: an addition, a place nobody gave, a silent district."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from keys.address import CellClass
from keys.calendar import DAY_SECONDS, Instant
from tests import acts
from tests.parties import Party, village
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

START: Final = Instant(1_794_636_000)
BLOBS = MappingProxyType({CellClass.S: 12, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})


@dataclass(frozen=True, slots=True)
class Desks:
    """Two centres and the first one's own district."""

    here: World
    sender: Party
    centre: Party
    home: Party


@pytest_asyncio.fixture(loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """A world of its own for each story: each moves its clock by days."""
    members = ("granlia", "fjordglott", "innlandet")
    async with village(*members, start=START, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


async def told(party: Party, what: str) -> list[acts.Row]:
    """Return what a desk is reminded of by one word."""
    return [one for one in await acts.rows(party, "reminders") if one["what"] == what]


async def test_an_addition_that_nobody_opens_is_said_at_its_sender(desks: Desks) -> None:
    """The case is open and the receiver does not come back: on the third day the sender rings."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    text = acts.sample("GRAN-427", name="TILLEGG-801")
    await acts.ready(here, sender, text)
    code, package = await acts.send(here, sender, centre, "TILLEGG-801", by_phone="duty")
    await acts.opened(here, centre, package, code)
    await here.tick(3)
    await centre.do("lock")
    changed = text.replace("Ikke bestill pakker", "Bestill ikke pakker")
    assert changed != text
    whole, _, _ = changed.partition("\nconsent:")
    await sender.do("add", code_name="TILLEGG-801", case=whole, seen=True)
    await here.tick(3)
    assert not await told(sender, "update_unopened")
    here.clock.advance(3 * DAY_SECONDS)
    (one,) = await told(sender, "update_unopened")
    assert one["code_name"] == "TILLEGG-801"
    assert one["ring"] == ["receiver"]
    assert one["phone"]
    await centre.unlock()
    await here.tick(4)
    assert not await told(sender, "update_unopened")


async def test_a_place_that_no_centre_gives_is_said_on_both_desks(desks: Desks) -> None:
    """From the next day on, until somebody says yes."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    await sender.do("new", case=acts.sample("GRAN-427", name="PLASS-802"))
    inquiry = await acts.inquire(here, sender, centre, "PLASS-802")
    assert not await told(sender, "place_unanswered")
    here.clock.advance(DAY_SECONDS)
    (ours,) = await told(sender, "place_unanswered")
    assert ours["code_name"] == "PLASS-802"
    assert ours["ring"] == ["asked"]
    (theirs,) = await told(centre, "place_to_answer")
    assert theirs["code_name"] == inquiry
    await acts.accept(here, centre, inquiry)
    assert not await told(sender, "place_unanswered")
    assert not await told(centre, "place_to_answer")


async def test_a_district_that_does_not_answer_what_was_taken_back(desks: Desks) -> None:
    """After three days the centre is told to ring; the district's word ends it."""
    here, sender, home = desks.here, desks.sender, desks.home
    text = acts.sample("SKOG-903", name="TAUS-803", of=sender.name)
    await sender.do("new", case=text)
    await sender.do("police request", code_name="TAUS-803")
    await here.tick()
    assert len(await acts.known(home, "in")) == 1
    assert (await sender.do("police withdraw", code_name="TAUS-803"))["taken_back"] == 1
    await sender.service.tick()
    here.clock.advance(2 * DAY_SECONDS)
    assert not await told(sender, "police_unanswered")
    here.clock.advance(DAY_SECONDS)
    (one,) = await told(sender, "police_unanswered")
    assert one["code_name"] == "TAUS-803"
    assert one["ring"] == ["police"]
    await here.tick(4)
    assert not await told(sender, "police_unanswered")
