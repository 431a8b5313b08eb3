"""The digital check is gone through at the new centre too, and again on its day."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.cli import statustext
from client.cli.console import Console
from client.refusals import WrongAnswer, WrongState
from keys.address import CellClass
from keys.calendar import Instant
from keys.errors import NotHere
from keys.words import Language, Words
from tests import acts
from tests.parties import Party, village
from tests.stage import holds
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
"""14 November 2026, 06.00 UTC."""
DAY = 86_400
BLOBS = MappingProxyType({CellClass.S: 16, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
CHECK = """digital_safety:
  find_my: {value: risk_found, note: Nettbrettet var delt}
  recheck_date: 2026-11-16
  review_at_arrival: {done_by: nattevakt, done_on: 2026-11-14, with_user: ja}
"""


@dataclass(frozen=True, slots=True)
class Desks:
    """Two centres that know each other."""

    here: World
    sender: Party
    centre: Party

    async def open(self, name: str) -> str:
        """Send a case and open it at the door; return what the other desk calls it."""
        await acts.ready(self.here, self.sender, acts.sample("GRAN-427", name=name))
        code, package = await acts.send(self.here, self.sender, self.centre, name, by_phone="duty")
        await acts.opened(self.here, self.centre, package, code)
        await self.here.tick(2)
        return package

    async def card(self, package: str) -> str:
        """Return the arrival card as it stands now."""
        return "\n".join(await acts.card(self.centre, package))

    async def reminded(self, party: Party, code_name: str) -> list[str]:
        """Return what staff read of a case among the reminders."""
        console = Console(party.home, Words("client", Language.NN), as_json=False)
        answer = await party.do("status")
        return [one for one in statustext.status(console, answer) if code_name in one]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres for all stories of this file; the clock only goes forward."""
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


async def test_what_is_found_at_arrival_stands_beside_what_came(desks: Desks) -> None:
    """Card, print and part show it; the sender learns nothing; an update does not hide it."""
    centre = desks.centre
    package = await desks.open("SJEKK-700")
    before = str(await acts.rows(desks.sender, "out"))
    answer = await centre.do("recheck", code_name=package, case=CHECK)
    assert answer["parts"] == ["digital_safety"]
    text = acts.sample("GRAN-427", name="SJEKK-700").replace("Ikke bestill pakker", "Bestill ikke")
    whole, _, _ = text.partition("\nconsent:")
    added = await desks.sender.do("add", code_name="SJEKK-700", case=whole, seen=True)
    assert added["parts"] == ["digital_safety"]
    await desks.here.tick(5)
    shown = await desks.card(package)
    assert "Nettbrettet var delt" in shown
    assert "Bestill ikke" in shown
    assert "DIGITAL SJEKK GJORT HER" in shown.upper()
    printed = str((await centre.do("print", code_name=package, what="digital"))["lines"])
    assert "nattevakt" in printed
    said = (await centre.do("read", code_name=package, part="digital_safety"))["versions"]
    assert isinstance(said, list)
    assert [one[0] for one in said if isinstance(one, list)] == ["came", "check", "update"]
    assert not await holds(desks.sender, [b"Nettbrettet"])
    assert "opened" in before


async def test_it_is_to_be_done_again_on_its_day(desks: Desks) -> None:
    """From that day on the list says so, until a later day is written down; nothing is stopped."""
    package = await desks.open("IGJEN-701")
    await desks.centre.do("recheck", code_name=package, case=CHECK)
    assert not [one for one in await desks.reminded(desks.centre, package) if "sjekk" in one]
    desks.here.clock.advance(2 * DAY)
    await desks.here.tick()
    (line,) = [one for one in await desks.reminded(desks.centre, package) if "sjekk" in one]
    assert "Den digitale sjekken skal gjerast på nytt: 16. november 2026." in line
    later = "digital_safety: {find_my: fixed, recheck_date: 2027-01-04}"
    await desks.centre.do("recheck", code_name=package, case=later)
    assert not [one for one in await desks.reminded(desks.centre, package) if "sjekk" in one]
    draft = acts.sample("GRAN-427", name="UTKAST-702").replace(
        "digital_safety:\n", "digital_safety:\n  recheck_date: 2026-11-16\n", 1
    )
    await desks.sender.do("new", case=draft)
    assert [one for one in await desks.reminded(desks.sender, "UTKAST-702") if "sjekk" in one]


async def test_only_rows_of_the_check_and_only_of_an_open_case(desks: Desks) -> None:
    """Nothing that came can be written over, and what was taken back is not begun anew."""
    name, centre = "BARE-703", desks.centre
    await acts.ready(desks.here, desks.sender, acts.sample("GRAN-427", name=name))
    code, package = await acts.send(desks.here, desks.sender, centre, name, by_phone="duty")
    with pytest.raises(WrongState):
        await centre.do("recheck", code_name=package, case=CHECK)
    await acts.opened(desks.here, centre, package, code)
    with pytest.raises(WrongAnswer):
        await centre.do("recheck", code_name=package, case="threat: {worst_fear: Brann}")
    await centre.do("recheck", code_name=package, case=CHECK)
    await acts.confirm(desks.here, centre, package)
    await centre.do("withdraw", code_name=package, parts=["digital_safety"])
    assert "Nettbrettet" not in await desks.card(package)
    with pytest.raises(NotHere):
        await centre.do("recheck", code_name=package, case=CHECK)
