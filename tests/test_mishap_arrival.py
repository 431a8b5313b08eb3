"""She does not come, goes elsewhere, turns home, or has lost her code: stories from four sides."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from client.refusals import ConsentMissing, NotReleased, WrongState
from keys.calendar import DAY_SECONDS, calendar_date
from keys.errors import NotHere
from tests import acts
from tests.fourfold import FEW, SAMPLE, SATURDAY, THREE, Fourfold, fourfold

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Fourfold, None]:
    """Three centres for all stories of this file; the clock only goes forward."""
    async with fourfold(*THREE, start=SATURDAY, blobs=FEW) as made:
        yield made


async def test_she_has_lost_her_code_and_the_desks_ring(desks: Fourfold) -> None:
    """The one who sent her knows her voice, and says that she has come; then it opens."""
    sender, centre, third = desks.sides
    _, package = await desks.sent("TAPT-840")
    with pytest.raises(NotReleased):
        await centre.party.do("arrive", code_name=package)
    phone = sender.party.place.directory.call_back_phone
    shut = await centre.party.types("arrive", package, "--no-code", lang="nb")
    assert "Ta imot personen." in shut.err
    assert f"Ring senteret som sendte: {phone}." in shut.err
    await desks.takes_in(third, centre, "ANNEN-841")
    await sender.party.do("release", code_name="TAPT-840")
    await desks.alike(4)
    assert not await centre.holds()
    await centre.party.do("arrive", code_name=package)
    await desks.alike(3)
    await sender.says("TAPT-840", "state.opened")
    await centre.says(package, "state.in.opened")
    assert await centre.holds()
    logged = str((await centre.party.do("log"))["lines"])
    assert f"'opens_released', '{package}'" in logged
    assert f"'opens_by_code', '{package}'" not in logged
    desks.dark()
    await acts.confirm(desks.here, centre.party, package)
    await centre.party.do("withdraw", code_name=package)


async def test_she_turns_home_and_nothing_of_her_is_left(desks: Fourfold) -> None:
    """It is taken back and thrown away: no desk has her any more, and nobody asks why."""
    sender, centre, third = desks.sides
    code, package = await desks.sent("HEIM-842")
    await desks.takes_in(third, centre, "ANNEN-843")
    await sender.party.do("withdraw", code_name="HEIM-842")
    await desks.alike(4)
    await sender.says("HEIM-842", "state.withdrawn")
    await centre.says(package, "state.in.withdrawn")
    await sender.party.do("discard", code_name="HEIM-842")
    await desks.alike(2)
    assert "HEIM-842" not in await acts.known(sender.party, "drafts")
    with pytest.raises(NotHere):
        await sender.party.do("again", code_name="HEIM-842", agreed_by_phone="duty")
    with pytest.raises(WrongState):
        await centre.party.do("arrive", code_name=package, arrival_code=code)
    assert not await sender.holds()
    assert not await centre.holds()
    desks.dark()
    await desks.arrives(sender, centre, "ANNEN-848")


async def test_she_goes_elsewhere_and_the_first_desk_sends_nothing_on(desks: Fourfold) -> None:
    """Another centre is where she feels safe: a new yes for it, and none of the first one's."""
    sender, centre, third = desks.sides
    old, package = await desks.sent("ANSTAD-844")
    await sender.party.do("withdraw", code_name="ANSTAD-844")
    await desks.alike(4)
    await sender.says("ANSTAD-844", "state.withdrawn")
    await centre.says(package, "state.in.withdrawn")
    with pytest.raises(ConsentMissing):
        await sender.party.do("again", code_name="ANSTAD-844", agreed_by_phone="duty")
    with pytest.raises(WrongState):
        await centre.party.do("onward", code_name=package)
    await desks.takes_in(sender, centre, "ANNEN-845")
    text = acts.sample(SAMPLE, name="ANSTAD-844", to=third.party.name)
    await sender.party.do("consent", code_name="ANSTAD-844", case=text)
    known = await acts.known(third.party, "in")
    answer = await sender.party.do("again", code_name="ANSTAD-844", agreed_by_phone="duty")
    await desks.here.tick()
    there = await acts.fresh(third.party, "in", known)
    assert answer["arrival_code"] != old
    await desks.opens(third, there, str(answer["arrival_code"]))
    assert await third.holds()
    assert not await centre.holds()
    desks.dark()
    await acts.confirm(desks.here, third.party, there)


async def test_she_does_not_come_and_nothing_opens_by_itself(desks: Fourfold) -> None:
    """Both desks ask and say whom to ring; it ends sealed, and the code then opens nothing."""
    sender, centre, third = desks.sides
    came = desks.here.today
    day = calendar_date(came).isoformat()
    window = f"journey: {{arrival_from: {day}T12:00, arrival_until: {day}T16:00}}\n"
    text = acts.sample(SAMPLE, name="BORTE-846").replace("\nconsent:", f"\n{window}\nconsent:")
    await acts.ready(desks.here, sender.party, text)
    code, package = await desks.sends("BORTE-846")
    desks.here.clock.advance(3 * DAY_SECONDS)
    await desks.here.tick()
    await desks.alike(2)
    last = came + 7
    await sender.says("BORTE-846", "remind.never_opened", day=last)
    await sender.says("BORTE-846", "remind.not_come", day=came)
    await sender.says("BORTE-846", "ring.receiver", "ring.driver", "ring.person", "ring.police")
    assert centre.party.place.directory.call_back_phone in await sender.status("BORTE-846")
    await centre.says(package, "remind.not_come", day=came)
    await centre.says(package, "ring.sender")
    assert sender.party.place.directory.call_back_phone in await centre.status(package)
    assert not await centre.holds()
    await desks.takes_in(third, centre, "ANNEN-847")
    desks.here.clock.advance(5 * DAY_SECONDS)
    await desks.here.tick(2)
    await sender.says("BORTE-846", "state.expired")
    await centre.says(package, "state.in.expired")
    with pytest.raises(WrongState):
        await centre.party.do("arrive", code_name=package, arrival_code=code)
    assert not await centre.holds()
    desks.dark()
