"""What is sent is what she has seen: no way past the look, and none around a colleague's change."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from client.refusals import NotSeen
from keys.address import CellClass
from keys.calendar import Instant
from tests import acts
from tests.parties import Party, village
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY: Final = Instant(1_794_636_000)
BLOBS = MappingProxyType({CellClass.S: 16, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
CHANGED: Final = "threat: {overall_level: moderat}"
AGAIN: Final = "threat: {overall_level: svært høy}"


@dataclass(frozen=True, slots=True)
class Desks:
    """A centre that sends and one that receives."""

    here: World
    sender: Party
    centre: Party

    async def ready(self, name: str) -> None:
        """Write a case and her yes down."""
        ends = {"of": self.sender.name, "to": self.centre.name}
        await acts.ready(self.here, self.sender, acts.sample("GRAN-427", name=name, **ends))

    async def look(self, name: str) -> str:
        """Return by what the look is known that staff are shown now."""
        return str((await self.sender.do("check", code_name=name))["look"])

    async def sends(self, verb: str, name: str, seen: str = "") -> str:
        """Send it, first or anew; return the state that it stands in then."""
        await self.sender.do(verb, code_name=name, agreed_by_phone="duty", seen=seen)
        return await acts.state(self.sender, "out", name)

    async def writes(self, name: str, text: str = CHANGED) -> None:
        """Write in the case after her yes."""
        await self.sender.do("part", code_name=name, case=text)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres for all stories of this file."""
    async with village("fjordglott", "granlia", start=SATURDAY, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


async def test_the_verb_itself_asks_for_the_look(desks: Desks) -> None:
    """Who has shown her nothing sends nothing, nor who showed her what reads otherwise by now."""
    name = "SETT-910"
    await desks.ready(name)
    await desks.writes(name)
    with pytest.raises(NotSeen):
        await desks.sends("send", name)
    shown = await desks.look(name)
    await desks.writes(name, AGAIN)  # a colleague, while the page stands there
    with pytest.raises(NotSeen):
        await desks.sends("send", name, shown)
    assert name in await acts.known(desks.sender, "drafts")
    assert name not in await acts.known(desks.sender, "out")
    before = await acts.known(desks.centre, "in")
    assert await desks.sends("send", name, await desks.look(name)) in {"kept", "stored"}
    await desks.here.tick()
    package = await acts.fresh(desks.centre, "in", before)
    assert await acts.state(desks.centre, "in", package) == "waiting"


async def test_a_yes_that_was_given_to_another_list_is_no_look(desks: Desks) -> None:
    """Her answer was written anew while the page stood there: it is shown anew."""
    name = "SETT-911"
    await desks.ready(name)
    shown = await desks.look(name)
    less = "consent: {decision: ja_noe, given_by: bruker, parts: [person]}"
    await desks.sender.do("consent", code_name=name, case=less, centre=desks.centre.name)
    with pytest.raises(NotSeen):
        await desks.sends("send", name, shown)
    await desks.sends("send", name)


async def test_sent_anew_it_is_asked_of_again(desks: Desks) -> None:
    """What was turned away may be written on, and then she sees it first."""
    name = "SETT-912"
    await desks.ready(name)
    await desks.sends("send", name)
    await desks.sender.do("withdraw", code_name=name)
    ends = {"of": desks.sender.name, "to": desks.centre.name}
    text = acts.sample("GRAN-427", name=name, **ends)
    await desks.sender.do("consent", code_name=name, case=text)
    await desks.writes(name)
    with pytest.raises(NotSeen):
        await desks.sends("again", name)
    assert await desks.sends("again", name, await desks.look(name)) in {"kept", "stored"}


async def test_what_was_looked_over_is_not_asked_of_when_a_part_is_taken_back(
    desks: Desks,
) -> None:
    """The rest goes at once: she saw it before it was sent, and what was added she saw then."""
    name = "SETT-913"
    await desks.ready(name)
    await desks.writes(name)
    await desks.sends("send", name, await desks.look(name))
    added = acts.sample("GRAN-427", name=name).partition("\nconsent:")[0]
    with pytest.raises(NotSeen):
        await desks.sender.do("add", code_name=name, case=added)
    await desks.sender.do("add", code_name=name, case=added, seen=True)
    await desks.here.tick(2)
    before = await acts.known(desks.centre, "in")
    answer = await desks.sender.do(
        "withdraw", code_name=name, parts=["person"], agreed_by_phone="duty"
    )
    assert answer["anew"]
    assert (await desks.sender.do("check", code_name=name))["changed"] == []
    await desks.here.tick()
    package = await acts.fresh(desks.centre, "in", before)
    await acts.opened(desks.here, desks.centre, package, str(answer["arrival_code"]))


async def test_an_answer_counts_for_the_page_she_was_shown(desks: Desks) -> None:
    """A colleague wrote while she read: it is shown again, and her answer is given to that."""
    name = "SETT-914"
    text = acts.sample("GRAN-427", name=name, of=desks.sender.name, to=desks.centre.name)
    await desks.sender.do("new", case=text)
    shown = (await desks.sender.do("consent show", code_name=name, form=True))["look"]
    await desks.writes(name)
    with pytest.raises(NotSeen):
        await desks.sender.do("consent", code_name=name, seen=shown)
    assert (await desks.sender.do("check", code_name=name))["parts"] == []
    shown = (await desks.sender.do("consent show", code_name=name, form=True))["look"]
    assert (await desks.sender.do("consent", code_name=name, seen=shown))["consent"]
    assert (await desks.sender.do("check", code_name=name))["changed"] == []
