"""What must be gone is gone: keys that come late, old envelopes, and what was asked for a case."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.shelf import Shelf
from client.verbs import finding
from keys.address import CellClass
from keys.calendar import DAY_SECONDS, Instant
from tests import acts
from tests.parties import Party, village
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
BLOBS = MappingProxyType({CellClass.S: 24, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})


@dataclass(frozen=True, slots=True)
class Desks:
    """Two centres that know each other."""

    here: World
    sender: Party
    centre: Party

    async def send(self, name: str) -> tuple[str, str]:
        """Send a case as `name`; return its code and what the other desk calls it."""
        await acts.ready(self.here, self.sender, acts.sample("GRAN-427", name=name))
        return await acts.send(self.here, self.sender, self.centre, name, by_phone="duty")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres for all stories of this file."""
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


async def count(party: Party, shelf: Shelf) -> int:
    """Return how many rows a member's shelf has."""
    async with party.service.office.ledger.reading() as rows:
        return len(await rows.ids(shelf))


async def test_a_release_that_comes_after_the_opening_leaves_no_key(desks: Desks) -> None:
    """The record's key went when its parts were laid apart; a late word is no way back."""
    code, package = await desks.send("SEIN-500")
    await desks.sender.do("release", code_name="SEIN-500")
    await desks.centre.do("arrive", code_name=package, arrival_code=code)
    await desks.here.tick(3)
    assert await acts.state(desks.centre, "in", package) == "opened"
    assert await count(desks.centre, Shelf.CODE) == 0


async def test_once_confirmed_no_older_envelope_of_the_case_says_where(desks: Desks) -> None:
    """She took a part back before it was opened, and the rest was sent anew: both forget."""
    code, package = await desks.send("FORE-501")
    assert code
    before = await acts.known(desks.centre, "in")
    made = await desks.sender.do(
        "withdraw", code_name="FORE-501", parts=["threat"], agreed_by_phone="duty"
    )
    await desks.here.tick(3)
    anew = await acts.fresh(desks.centre, "in", before)
    assert await acts.state(desks.centre, "in", package) == "withdrawn"
    await acts.opened(desks.here, desks.centre, anew, str(made["arrival_code"]))
    await acts.confirm(desks.here, desks.centre, anew)
    assert await acts.state(desks.sender, "out", "FORE-501") == "confirmed"
    async with desks.sender.service.office.ledger.reading() as rows:
        left = [one for one in await finding.all_outgoing(rows) if one.code_name == "FORE-501"]
    assert len(left) == 2
    assert not any(one.recipient or one.manifest_hash for one in left)


async def test_what_is_taken_back_goes_from_a_case_that_was_begun_from_it(desks: Desks) -> None:
    """A further move that nobody has said yes to yet is no place to keep what she took back."""
    code, package = await desks.send("VIDERE-503")
    await acts.opened(desks.here, desks.centre, package, code)
    await desks.here.tick(2)
    begun = str((await desks.centre.do("onward", code_name=package))["code_name"])
    await desks.sender.do("withdraw", code_name="VIDERE-503", parts=["threat"])
    await desks.here.tick(3)
    async with desks.centre.service.office.ledger.reading() as rows:
        _, case = await finding.transfer(rows, begun)
    assert "person:" in case.case
    assert "threat:" not in case.case
    await desks.sender.do("withdraw", code_name="VIDERE-503")
    await desks.here.tick(3)
    async with desks.centre.service.office.ledger.reading() as rows:
        assert begun not in {one.code_name for _, one in await finding.transfers(rows)}


async def test_an_import_beside_its_case_hinders_no_taking_back(
    desks: Desks, tmp_path: Path
) -> None:
    """Exported and read in again at one desk, both are taken back with one command."""
    code, package = await desks.send("INN-504")
    await acts.opened(desks.here, desks.centre, package, code)
    await desks.centre.do("export", code_name=package, path=str(tmp_path / "ut"))
    made = (await desks.centre.do("import", path=str(tmp_path / "ut")))["code_name"]
    assert made != package
    assert made in await acts.known(desks.centre, "drafts")
    assert (await desks.centre.do("withdraw", code_name=package))["state"] == "withdrawn"
    assert made not in await acts.known(desks.centre, "drafts")


async def test_a_draft_that_goes_by_the_calendar_takes_what_was_asked_for_it(desks: Desks) -> None:
    """Which centres were asked for a place goes with the case that it was asked for."""
    text = acts.sample("GRAN-427", name="GLEMT-502")
    await desks.sender.do("new", case=text)
    await acts.agreed(desks.here, desks.sender, desks.centre, "GLEMT-502")
    assert await count(desks.sender, Shelf.INQUIRY) == 1
    desks.here.clock.set(Instant(desks.here.clock.now() + 31 * DAY_SECONDS))
    await desks.sender.unlock()
    await desks.sender.service.tick()
    assert "GLEMT-502" not in await acts.known(desks.sender, "drafts")
    assert await count(desks.sender, Shelf.INQUIRY) == 0
