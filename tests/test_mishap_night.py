"""At night, without a broker, and when the new place fails too: each story from four sides."""

from collections.abc import AsyncGenerator
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.refusals import ConsentMissing
from keys.address import CellClass
from keys.words import Language, Words
from tests import acts
from tests.fourfold import FEW, LANE, SAMPLE, SATURDAY, THREE, Fourfold, fourfold
from tests.planted import again, planted
from tests.tap import Exchange, Side
from tests.world import SLOT

pytestmark = pytest.mark.asyncio(loop_scope="module")

DANGER = "Han har kniv og vet hvor søsteren bor"
LANES = MappingProxyType({CellClass.S: 26, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
"""Tokens for a day on which everybody posts a cell of class S in each slot."""
RUNG = "Han leier bil i nabobyen og spør seg for"
"""The danger of whoever said no, or was not asked: it goes by telephone."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Fourfold, None]:
    """Three centres for all stories of this file."""
    async with fourfold(*THREE, start=SATURDAY, blobs=FEW) as made:
        yield made


async def typed(
    desks: Fourfold, answer: str, lang: Language = Language.NB, danger: str = DANGER
) -> tuple[str, str]:
    """Type the four lines of the night at the first desk; return the case's name and the screen."""
    sender, centre, _ = desks.sides
    which = "out" if answer == "ja" else "drafts"
    before = await acts.known(sender.party, which)
    lines = f"{centre.party.name}\n16-20\n{danger}\n{answer}\n"
    ended = await sender.party.types("emergency", "--answers-fd", "FD", lang=lang, secret=lines)
    assert ended.code == 0, ended.said
    assert "112" in ended.err
    return await acts.fresh(sender.party, which, before), ended.out


def knocked(lines: list[list[Exchange]]) -> None:
    """See that every machine has knocked at the closed door as often as every other, and when."""
    first, *others = lines
    assert len(first) > len(LANE)
    assert all(other == first for other in others)
    for one in first:
        assert one.request == ""
        assert [end.by for end in one.closed] == [Side.DOOR, Side.MEMBER]


async def test_three_lines_and_a_yes_are_enough_at_night(desks: Fourfold) -> None:
    """The danger is there before she is; all the rest is tasks for tomorrow, and stops nothing."""
    sender, centre, third = desks.sides
    known = await acts.known(centre.party, "in")
    name, _ = await typed(desks, "ja")
    await desks.here.tick()
    package = await acts.fresh(centre.party, "in", known)
    code = str((await acts.row(sender.party, "out", name))["arrival_code"])
    await desks.alike(2)
    await sender.says(name, "state.stored")
    await centre.says(package, "state.in.waiting")
    assert "destination_police_urgent" in await sender.shows("tasks", name)
    assert not await centre.holds((DANGER,))
    await desks.takes_in(third, centre, "ANNEN-861")
    await desks.opens(centre, package, code, whom="")
    assert DANGER in await centre.shows("read", package, "threat")
    assert await centre.holds((DANGER,))
    assert not await third.holds((DANGER,))
    desks.dark((DANGER,))


@pytest.mark.parametrize("answer", ["nei", ""], ids=["no", "not asked"])
async def test_without_a_yes_the_telephone_carries_it(desks: Fourfold, answer: str) -> None:
    """A no and a question that nobody asked are the same: nothing leaves, and the place is hers."""
    sender, centre, _ = desks.sides
    known = await acts.known(centre.party, "in")
    name, _ = await typed(desks, answer, danger=RUNG)
    await desks.alike(3)
    await sender.says(name, "status.draft")
    with pytest.raises(ConsentMissing):
        await sender.party.do("send", code_name=name, agreed_by_phone="duty")
    assert await acts.known(centre.party, "in") == known
    assert await sender.holds((RUNG,))
    assert not await centre.holds((RUNG,))
    desks.dark((RUNG,))
    await desks.takes_in(sender, centre, "ANNEN-862" if answer else "ANNEN-863")
    await sender.party.do("discard", code_name=name)
    assert not await sender.holds((RUNG,))


async def test_without_a_broker_it_waits_and_goes_later(desks: Fourfold) -> None:
    """The net is down: it is on the sender's disk, sealed; the doors are open; it goes later."""
    sender, centre, third = desks.sides
    known = await acts.known(centre.party, "in")
    await acts.ready(desks.here, sender.party, acts.sample(SAMPLE, name="STILLE-864"))
    waiting = await desks.open("INNE-865")
    # Somebody's package is there, and she is still on her way when the net goes.
    coming, fetched = await desks.sent("VEG-874")
    await desks.here.stop()
    answer = await sender.party.do("send", code_name="STILLE-864", agreed_by_phone="duty")
    assert not answer["kept"]
    hasty, *others = await desks.knocking()
    knocked(others)
    # Where there is no lane it leaves at once: it is tried in each slot, and that is heard.
    assert len(hasty) > len(others[0])
    await sender.says("STILLE-864", "state.sealed")
    assert "Marte" in await centre.card(waiting)
    # She comes while nothing answers: her code is enough at the door.
    await centre.says(fetched, "state.in.waiting")
    await centre.party.do("arrive", code_name=fetched, arrival_code=coming)
    await centre.says(fetched, "state.in.opened")
    assert "Marte" in await centre.card(fetched)
    assert await centre.holds()
    # What cannot be sent is printed and goes in an envelope by hand: she has said yes to it.
    sheet = await sender.shows("print", "STILLE-864", "--what", "card")
    assert "Marte" in sheet
    made = acts.sample(SAMPLE, name="DUGLEG-866", of=centre.party.name, to=third.party.name)
    await centre.party.do("new", case=made)
    desks.dark()
    await desks.here.start()
    await desks.here.tick(3)
    await desks.alike(2)
    await sender.says("STILLE-864", "state.stored")
    (package,) = await acts.known(centre.party, "in") - known - {waiting, fetched}
    await centre.says(package, "state.in.waiting")
    assert not await third.holds()
    await desks.takes_in(third, centre, "ANNEN-867")
    code = str(answer["arrival_code"])
    await desks.opens(centre, package, code)
    for name in (waiting, fetched, package):
        await acts.confirm(desks.here, centre.party, name)
        await centre.party.do("withdraw", code_name=name)
    await centre.party.do("discard", code_name="DUGLEG-866")
    desks.dark()


async def test_without_a_broker_a_case_in_the_lane_is_as_silent() -> None:
    """It has its slot, which passes; each machine tries what it would try with nothing to send."""
    async with fourfold(*THREE, start=SATURDAY, blobs=LANES, lanes=(SLOT, 0)) as desks:
        sender, centre, _ = desks.sides
        name = await acts.ready(desks.here, sender.party, acts.sample(SAMPLE, name="STILLE-870"))
        answer = await sender.party.do("send", code_name=name, agreed_by_phone="duty")
        assert not answer["kept"]
        await desks.here.stop()
        for _ in range(2):
            knocked(await desks.knocking(desks.here.step))
        await sender.says(name, "state.sealed")
        await desks.here.start()

        async def stored() -> bool:
            return await acts.state(sender.party, "out", name) == "stored"

        await acts.until(desks.here, stored)
        assert len(await acts.known(centre.party, "in")) == 1
        # A machine that tries once more for it is found.
        await desks.here.stop()
        with planted(sender.party, again, dummies=True) as plant:
            lines = await desks.knocking(desks.here.step)
        assert plant.cells
        with pytest.raises(AssertionError):
            knocked(lines)


async def test_a_second_move_is_a_new_case_with_a_yes_of_its_own(desks: Fourfold) -> None:
    """She was recognised: it says why the last place failed, and the first desk hears nothing."""
    first, second, third = desks.sides
    package = await desks.open("VIDARE-868")
    await acts.confirm(desks.here, second.party, package)
    heard = await acts.row(first.party, "out", "VIDARE-868")
    name = str((await second.party.do("onward", code_name=package))["code_name"])
    found = await second.shows("check", name)
    wanted = ("check.no_consent", "check.no_why_previous_failed", "check.destination_police")
    for one in wanted:
        assert Words("client", Language.NB).say(one) in found
    with pytest.raises(ConsentMissing):
        await second.party.do("send", code_name=name, agreed_by_phone="duty")
    why = "move_assessment: {move_number: 2, why_previous_failed: Ho vart kjend att.}\n"
    asked = "destination_assessment: {dest_police_contacted_at: 2026-11-14T08:20}\n"
    await second.party.do("part", code_name=name, case=why + asked)
    await second.says(name, "status.draft")
    await desks.takes_in(first, third, "ANNEN-869")
    yes = f"consent: {{decision: ja_alt, given_by: bruker, recipient_centre: {third.party.name}}}"
    await second.party.do("consent", code_name=name, case=yes)
    code, further = await desks.sends(name, of=1, to=2)
    await desks.alike(3)
    await second.says(name, "state.stored")
    await third.says(further, "state.in.waiting")
    card = await desks.opens(third, further, code)
    number = Words("client", Language.NB).say("field.move_assessment.move_number")
    assert f"{number}: 2" in " ".join(card.split())
    assert "Ho vart kjend att" in await third.shows("read", further, "move_assessment")
    assert await acts.row(first.party, "out", "VIDARE-868") == heard
    assert not await first.holds()
    desks.dark()
