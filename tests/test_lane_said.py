"""Where a network has no lane for small cases, staff read that it leaves at once, before it does.

Every page and every verb by which staff send is told twice: in a network whose small cases ride,
which says nothing and offers haste, and in one that has no lane for them, which says what is seen.
Of what a centre asks the police more is seen: by the roster everybody knows which district.
"""

import html
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from client.web.adding import WHERE
from client.web.writing import Place
from keys.address import CellClass
from keys.calendar import Instant
from keys.words import Words
from tests import acts
from tests.browser import Seen, Tab, desk_of
from tests.clock import DrivenClock
from tests.parties import Party, village
from tests.program import Ended, in_process
from tests.test_web_add import fields
from tests.test_web_police import chosen
from tests.world import SLOT, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY: Final = Instant(1_794_636_000)
TOKENS: Final = MappingProxyType(
    {CellClass.S: 40, CellClass.M: 1, CellClass.XL64: 0, CellClass.XL256: 0}
)
SAY: Final = Words("client").say
ASKED: Final = (
    "    - destination_area: Elvedalen\n      why_needed: Bo der\n      ask_destination: ja\n"
)
"""A line that also the police at the new place are asked with."""
SEEN: Final = "urgent.seen"
TO_POLICE: Final = "urgent.seen_police"
"""What is said where a centre asks the police: it can only be for its own district."""


@dataclass(frozen=True, slots=True)
class Network:
    """Two centres and two districts, and whether small cases ride among them."""

    here: World
    sender: Party
    centre: Party
    home: Party
    away: Party
    rides: bool

    async def unlock(self) -> None:
        """Unlock every desk: each locked when its pages were closed."""
        for party in (self.sender, self.centre, self.home, self.away):
            await party.unlock()

    async def write(self, name: str, number: str, *, urgent: bool = True) -> str:
        """Write a case down, and return its text."""
        await self.unlock()
        text = acts.sample(number, name=name, of=self.sender.name, to=self.centre.name)
        text = text.replace("  lines:\n", f"  lines:\n{ASKED}")
        text = text if urgent else text.replace("emergency: ja", "emergency: nei")
        await self.sender.do("new", case=text)
        return text

    async def sent(self, name: str) -> str:
        """Send a case, and return its text; it may still wait in its lane."""
        text = await self.write(name, "GRAN-427")
        await self.sender.do("consent", code_name=name)
        await self.sender.do("send", code_name=name, agreed_by_phone="duty")
        return text

    async def asked(self, name: str) -> str:
        """Have the home district asked, and return what it calls the request."""
        await self.here.tick(8)  # what waits in a lane comes first
        await self.write(name, "SKOG-903")
        before = await acts.known(self.home, "in")
        await self.sender.do("police request", code_name=name)
        await self.here.tick(4)
        await self.unlock()
        return await acts.fresh(self.home, "in", before)

    def page(self, seen: Seen, what: str = SEEN) -> None:
        """Show that a page that sends offers haste, or says that it leaves at once anyway."""
        text = html.unescape(seen.text)
        assert told(text) == {what}
        assert (SAY("urgent.no_lane") in text) == (not self.rides)
        assert (SAY("web.urgent.now") in text) == self.rides
        assert ('name="urgent"' in text) == self.rides

    def verb(self, done: Ended, what: str = SEEN) -> None:
        """Show that a command said it before its answer, or that there was nothing to say."""
        assert done.code == 0, done.said
        assert (SAY("urgent.no_lane") in done.err) == (not self.rides)
        assert told(done.err) == (set() if self.rides else {what})

    @staticmethod
    def silent(done: Ended) -> None:
        """Show that a command by which nothing leaves said nothing of it."""
        assert done.code == 0, done.said
        assert SAY("urgent.no_lane") not in done.err
        assert not told(done.err)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[SLOT, 0], ids=["lane", "none"])
async def network(request: pytest.FixtureRequest) -> AsyncGenerator[Network, None]:
    """The same members twice: once with a lane for small cases, once with none."""
    keys = ("granlia", "fjordglott", "innlandet", "vest")
    lanes = (request.param, 0)
    async with village(*keys, start=SATURDAY, blobs=TOKENS, lanes=lanes) as (here, found):
        yield Network(here, *found, rides=bool(request.param))


def told(text: str) -> set[str]:
    """Return which of the sentences about what is seen stand in a text."""
    return {one for one in (SEEN, TO_POLICE) if SAY(one) in text}


def word(tab: Tab, name: str) -> str:
    """Return by which word a page's address stands for a case."""
    visit = tab.desk.door.visit
    assert visit is not None
    return visit.word(name)


async def test_the_page_that_asks_for_a_place(network: Network) -> None:
    """Beside the button, before anybody is asked."""
    await network.write("SPOR-601", "GRAN-427")
    async with desk_of(network.sender, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        network.page(await tab.get(f"/ask/{word(tab, 'SPOR-601')}"))


async def test_the_page_that_adds(network: Network) -> None:
    """Where what was typed is looked over, and sent by the next click."""
    await network.sent("MER-602")
    async with desk_of(network.sender, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        visit = tab.desk.door.visit
        assert visit is not None
        address = Place("MER-602", "person").address(visit, WHERE)
        sure = await tab.post(address, call_name="Marte-Lill", then="look")
        assert "Marte-Lill" in sure.text
        network.page(sure)
        unseen = await tab.post(address, **fields(sure), then="sure")
        assert unseen.status == 422
        network.page(unseen)


async def test_the_pages_to_the_police(network: Network) -> None:
    """At the centre where it really leaves, and not where it only waits for a colleague."""
    await network.write("HAST-603", "SKOG-903")
    await network.write("VENT-604", "SKOG-903", urgent=False)
    async with desk_of(network.sender, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        network.page(await tab.get(f"/police-check/{word(tab, 'HAST-603')}"), TO_POLICE)
        address = f"/police-check/{word(tab, 'VENT-604')}"
        alone = (await tab.get(address)).text.partition('name="kind"')[2].partition("</form>")[0]
        assert SAY("web.police.prepare") in alone
        assert not told(html.unescape(alone))
        both = await tab.get(address)  # its other form sends, with a colleague's login
        network.page(both, TO_POLICE)
        await tab.post(address, kind="police_request", how="one")
        network.page(await tab.get(address), TO_POLICE)


async def test_the_page_of_the_home_district(network: Network) -> None:
    """Where exactly what leaves is shown, and asked once more."""
    name = await network.asked("VURD-605")
    async with desk_of(network.home, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        address = f"/review/{word(tab, name)}"
        await tab.post(address, do="open")
        page = await tab.get(address)
        form = chosen(page, keep=(1,))
        shown = await tab.post(address, **form, do="preview")
        assert SAY("urgent.no_lane") not in html.unescape(shown.text)
        network.page(await tab.post(address, **form, do="next"))


async def test_asking_and_adding_at_the_keyboard(network: Network) -> None:
    """Also when a program asks: it stands beside the answer."""
    await network.write("TAST-606", "GRAN-427")
    line = ("inquire", "TAST-606", network.centre.name)
    network.verb(await in_process(network.sender, *line))
    network.verb(await in_process(network.sender, "--json", *line))
    text = await network.sent("TAST-607")
    file = network.sender.home.path / "tast.yaml"
    file.write_text(text.replace("call_name: Marte", "call_name: Marit"), encoding="utf-8")
    network.verb(await in_process(network.sender, "add", "TAST-607", str(file), "--yes"))


async def test_the_police_at_the_keyboard(network: Network) -> None:
    """What leaves is said of; what waits for a colleague, or is only looked at, is not."""
    await network.write("TAST-608", "SKOG-903")
    request = await in_process(network.sender, "police", "request", "TAST-608")
    network.verb(request, TO_POLICE)
    network.verb(await in_process(network.sender, "police", "view", "TAST-608"), TO_POLICE)
    await network.write("TAST-609", "SKOG-903", urgent=False)
    network.silent(await in_process(network.sender, "police", "request", "TAST-609"))
    name = await network.asked("TAST-610")
    await network.home.do("police review", code_name=name)
    line = ("police", "relay", name, network.away.name, "--authority-fd", "FD")
    network.silent(await in_process(network.home, *line, "--preview", secret="vakt\n"))
    network.verb(await in_process(network.home, *line, secret="vakt\n"))


async def test_a_colleague_who_approves_is_told(network: Network) -> None:
    """The refusal that one is not two comes after it; nothing has left by then."""
    await network.write("TAST-611", "SKOG-903", urgent=False)
    await network.sender.do("police request", code_name="TAST-611")
    own = await in_process(network.sender, "police", "approve", "TAST-611")
    assert own.code == 4
    assert (SAY("urgent.no_lane") in own.err) == (not network.rides)
    assert told(own.err) == (set() if network.rides else {TO_POLICE})


async def test_haste_is_said_as_before_where_there_is_a_lane(network: Network) -> None:
    """With --urgent what is seen is said once, lane or none."""
    await network.write("TAST-612", "GRAN-427")
    line = ("inquire", "TAST-612", network.centre.name, "--urgent")
    done = await in_process(network.sender, *line)
    assert len(re.findall(re.escape(SAY("urgent.seen")), done.err)) == 1
    await network.write("TAST-613", "SKOG-903")
    done = await in_process(network.sender, "police", "request", "TAST-613", "--urgent")
    assert told(done.err) == {TO_POLICE}
