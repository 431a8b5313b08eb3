"""Taking back in the browser: two clicks, a page that says what goes, and no word of why."""

import html
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from keys.address import CellClass
from keys.calendar import Instant
from keys.words import Language, Words
from tests import acts
from tests.browser import Seen, Tab, chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import Party, village
from tests.stage import holds
from tests.test_web_arrival import button, unlocked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
BLOBS = MappingProxyType({CellClass.S: 20, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
SURE: Final = ("title", "what", "sends", "yes")


@dataclass(frozen=True, slots=True)
class Desks:
    """A centre that sends and one that receives."""

    here: World
    sender: Party
    centre: Party

    def tab(self, party: Party) -> AbstractAsyncContextManager[Tab]:
        """Open a member's desk, by a clock of its own: nobody sits there for hours."""
        return desk_of(party, DrivenClock(self.here.clock.now()))

    async def sent(self, name: str) -> tuple[str, str]:
        """Send a case; return the arrival code and what the other desk calls it."""
        await self.sender.unlock()  # the last desk locked when it was closed
        await self.centre.unlock()
        ends = {"of": self.sender.name, "to": self.centre.name}
        await acts.ready(self.here, self.sender, acts.sample("GRAN-427", name=name, **ends))
        code, package = await acts.send(self.here, self.sender, self.centre, name, by_phone="duty")
        await acts.until_state(self.here, self.sender, "out", name, "stored")
        return code, package

    async def heard(self, party: Party, which: str, name: str, word: str) -> None:
        """Let slots end until a list says so; the desk has been closed since."""
        await party.unlock()
        await acts.until_state(self.here, party, which, name, word)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres for all stories of this file."""
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


async def at(tab: Tab, page: str, name: str, msgid: str) -> str:
    """Return where a button of one case leads."""
    text = (await tab.get(page)).text
    row = next(part for part in text.split('<li class="row">')[1:] if f"<strong>{name}<" in part)
    return button(row, msgid)


async def sure(tab: Tab, address: str, about: str) -> None:
    """Show that a page asks once more, in each language, and changes nothing by being read."""
    for lang in (Language.EN, Language.NN, Language.NB):
        assert (await tab.get(address)).status == 200
        assert (await tab.post("/language", language=lang.value)).headers["Location"] == address
        say = Words("client", lang).say
        says(await tab.get(address), *(say(f"{about}.{one}") for one in SURE), say("web.sure.no"))


def says(seen: Seen, *texts: str) -> None:
    """Show that a page says each of these."""
    page = html.unescape(seen.text)
    assert not [text for text in texts if text not in page]


async def test_she_takes_it_back_before_anybody_has_opened(desks: Desks) -> None:
    """From the list of what is sent: two clicks, and the other desk has nothing any more."""
    _, package = await desks.sent("TILB-410")
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        address = await at(tab, "/list", "TILB-410", "web.back_all")
        await sure(tab, address, "web.back_all")
        assert await acts.state(desks.sender, "out", "TILB-410") == "stored"
        says(await tab.post(address), Words("client").say("cli.withdrawn_yes"))
        # Another language shows no question again that was answered.
        assert (await tab.post("/language", language="nb")).headers["Location"] == "/"
        assert address not in (await tab.get("/list")).text
        again = await tab.post(address)
        assert again.status == 409
    await desks.heard(desks.centre, "in", package, "withdrawn")
    assert not await holds(desks.centre, [b"Marte"])


async def test_it_went_to_the_wrong_centre_and_was_opened_there(desks: Desks) -> None:
    """It is taken back whole, and the tasks with their deadlines stand in the list at once."""
    code, package = await desks.sent("FEIL-411")
    await acts.opened(desks.here, desks.centre, package, code)
    await desks.heard(desks.sender, "out", "FEIL-411", "opened")
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        address = await at(tab, "/list", "FEIL-411", "web.wrong")
        await sure(tab, address, "web.wrong")
        says(await tab.post(address), Words("client").say("web.wrong.next"))
        tasks = (await tab.get("/list")).text.partition("<h2")[2]
        assert tasks.count("<strong>FEIL-411<") > 1
    await desks.heard(desks.centre, "in", package, "withdrawn")


async def test_what_came_is_not_for_this_centre(desks: Desks) -> None:
    """It is destroyed here unopened, and the sender reads that it went astray."""
    _, package = await desks.sent("IKKE-412")
    async with desks.tab(desks.centre) as tab:
        await tab.enter()
        address = await at(tab, "/", package, "web.not_ours")
        await sure(tab, address, "web.not_ours")
        says(await tab.post(address), Words("client").say("cli.misrouted"))
        assert await acts.state(desks.centre, "in", package) == "misrouted"
    await desks.heard(desks.sender, "out", "IKKE-412", "misrouted")


@pytest.mark.parametrize("confirmed", [False, True], ids=["opened", "confirmed"])
async def test_she_takes_it_back_where_she_is_now(desks: Desks, *, confirmed: bool) -> None:
    """As many clicks at the receiving desk: all is deleted there, and nobody is told why.

    After the sender has forgotten where, this is the only desk where she can.
    """
    name = f"HER-41{3 + 2 * confirmed}"
    code, package = await desks.sent(name)
    await acts.opened(desks.here, desks.centre, package, code)
    await desks.heard(desks.sender, "out", name, "opened")
    if confirmed:
        await acts.confirm(desks.here, desks.centre, package)
        await desks.centre.unlock()
    async with desks.tab(desks.centre) as tab:
        await tab.enter()
        address = await at(tab, "/", package, "web.back_all")
        await sure(tab, address, "web.back_here")
        say = Words("client").say
        none = await tab.post(address, do="parts")
        assert none.status == 422
        says(none, say("web.back.none"), say("sent.nothing"))
        some = await tab.post(address, do="parts", part="threat")
        says(some, say("cli.withdrawn_parts"))
        assert not await holds(desks.centre, [b"kon Veum"])
        assert await holds(desks.centre, [b"Marte"])
        last = say("cli.withdrawn_here_only" if confirmed else "cli.withdrawn_here")
        says(await tab.post(address), say("cli.withdrawn_all"), last)
        assert f"<strong>{package}<" in (await tab.get("/")).text
        assert not await holds(desks.centre, [b"Marte"])
        for path in (
            address,
            address.replace("back", "wrong"),
            address.replace("back", "not-ours"),
        ):
            await tab.post("/lock")
            assert (await tab.get(path)).headers["Location"] == "/unlock"


@needs_chromium
async def test_in_chromium_nothing_goes_by_one_key(desks: Desks) -> None:
    """Enter on the page goes nowhere by itself; the safe way back is a button beside, at 320 px."""
    _, package = await desks.sent("TAST-414")
    screen = {"width": 320, "height": 740}
    async with desks.tab(desks.centre) as tab, chromium(viewport=screen) as context:
        page = await context.new_page()
        await unlocked(page, tab.address)
        await page.get_by_role("link", name=Words("client").say("web.not_ours")).first.click()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        assert package not in page.url + await page.title()
        await page.keyboard.press("Enter")
        assert await acts.state(desks.centre, "in", package) == "waiting"
        await page.get_by_role("link", name=Words("client").say("web.sure.no")).click()
        await page.wait_for_url("**/")
        assert await acts.state(desks.centre, "in", package) == "waiting"
