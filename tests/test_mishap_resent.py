"""Stopped on its way, or sent by a machine that is gone: each story from four sides."""

import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from keys.calendar import Day, start_of
from keys.errors import WrongCode
from tests import acts
from tests.fourfold import FEW, SAMPLE, SATURDAY, THREE, Fourfold, fourfold
from tests.parties import PASSPHRASE, STAFF, leave

pytestmark = pytest.mark.asyncio(loop_scope="module")

NIGHT = 2 * 3_600


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Fourfold, None]:
    """Three centres for all stories of this file."""
    async with fourfold(*THREE, start=SATURDAY, blobs=FEW) as made:
        yield made


async def test_what_is_stopped_on_its_way_comes_to_nobody_and_goes_later(desks: Fourfold) -> None:
    """Nobody can say what has left: it is shut at the other end, and her yes stands."""
    sender, centre, third = desks.sides
    known = await acts.known(centre.party, "in")
    await acts.ready(desks.here, sender.party, acts.sample(SAMPLE, name="STANS-880"))
    await desks.here.stop()
    answer = await sender.party.do("send", code_name="STANS-880", agreed_by_phone="duty")
    assert not answer["kept"]
    with desks.still():
        stopped = await sender.party.do("stop", code_name="STANS-880")
    assert stopped["sent"] == "maybe"
    await desks.here.start()
    await desks.here.tick(3)
    await desks.alike(2)
    await sender.says("STANS-880", "state.withdrawn")
    assert await acts.known(centre.party, "in") == known
    assert not await centre.holds()
    await sender.logged("STANS-880", "stopped")
    await desks.takes_in(third, centre, "ANNEN-881")
    await desks.takes_in(third, sender, "ANNEN-882")
    known = await acts.known(centre.party, "in")
    answer = await sender.party.do("again", code_name="STANS-880", agreed_by_phone="duty")
    await desks.slot()
    package = await acts.fresh(centre.party, "in", known)
    await desks.opens(centre, package, str(answer["arrival_code"]))
    assert await centre.holds()
    assert not await third.holds()
    await acts.confirm(desks.here, centre.party, package)
    await centre.party.do("withdraw", code_name=package)
    desks.dark()


async def test_what_a_lost_machine_sent_gives_way_to_what_is_sent_anew(
    desks: Fourfold, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The backup is older than the sending: one package is there, and the newer code opens it."""
    here, (sender, centre, third) = desks.here, desks.sides
    ends = {"of": sender.party.name, "to": centre.party.name}
    text = acts.sample(SAMPLE, name="TAPT-883", **ends)
    await acts.ready(here, sender.party, text, centre.party)
    backup = tmp_path_factory.mktemp("backups") / "sender"
    secret = {"name": STAFF, "passphrase": PASSPHRASE}
    await sender.party.do("backup", secret, path=str(backup))
    known = await acts.known(centre.party, "in")
    old, package = await acts.send(here, sender.party, centre.party, "TAPT-883")
    await _restored(desks, backup)
    await sender.says("TAPT-883", "status.consent")
    # The door is open at both desks while what was sent is known at one of them alone.
    await desks.takes_in(third, sender, "ANNEN-884")
    answer = await sender.party.do("send", code_name="TAPT-883")
    await desks.slot()
    await here.tick(3)
    await desks.alike(2)
    # The newer one lies in the place of the older, under the same name.
    assert len(await acts.known(centre.party, "in") - known) == 1
    await centre.says(package, "state.in.waiting")
    assert not await centre.holds()
    with pytest.raises(WrongCode):
        await centre.party.do("arrive", code_name=package, arrival_code=old)
    await desks.opens(centre, package, str(answer["arrival_code"]))
    await sender.says("TAPT-883", "state.stored")
    await here.tick(2)
    await sender.says("TAPT-883", "state.opened")
    await desks.takes_in(third, centre, "ANNEN-885")
    assert not await third.holds()
    desks.dark()


async def _restored(desks: Fourfold, backup: Path) -> None:
    """Lose the sender's machine and put the backup on a new one, the next day."""
    here, sender = desks.here, desks.sides[0]
    party = sender.party
    await leave(here, party)
    shutil.rmtree(party.home.path)
    here.clock.set(start_of(Day(here.today + 1)) + NIGHT)
    await here.tick()
    secret = {"name": STAFF, "passphrase": PASSPHRASE}
    found = await sender.party.do("restore", secret, path=str(backup))
    assert found["days"] == 1
    party.service = (await party.again(here)).service
    here.services[party.home.path.name] = party.service
    await party.unlock()
    await here.tick(3)
