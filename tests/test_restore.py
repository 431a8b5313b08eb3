"""A member that comes back from a backup uses nothing twice and hears of what it missed (P18)."""

import shutil
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.backup import Passphrase, restore
from client.refusals import WrongState
from keys.address import CellClass
from keys.calendar import Day, Instant, start_of
from keys.errors import Sent
from tests import acts
from tests.lookout import Lookout
from tests.parties import PASSPHRASE, STAFF, Party, leave, village
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

WEDNESDAY = Instant(1_794_376_800)
BLOBS = MappingProxyType({CellClass.S: 8, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})


@dataclass(frozen=True, slots=True)
class Desks:
    """Two centres, and a shelf for backups."""

    here: World
    sender: Party
    centre: Party
    shelf: Path

    async def backed_up(self, party: Party, name: str) -> Path:
        """Make a backup of a running member."""
        path = self.shelf / name
        await party.do("backup", name=STAFF, passphrase=PASSPHRASE, path=str(path))
        return path

    async def replaced(self, party: Party, backup: Path) -> None:
        """Lose a member's machine, put the backup on a new one next day, and let it catch up.

        Next day, because the tokens of the day are burnt with the old machine.
        """
        await leave(self.here, party)
        shutil.rmtree(party.home.path)
        self.here.clock.set(start_of(Day(self.here.today + 1)) + 3_600)
        await self.here.tick()
        by = Passphrase(STAFF, PASSPHRASE, self.here.clock.now())
        await restore(backup, party.home, by)
        again = await party.again(self.here)
        party.service = again.service
        self.here.services[party.home.path.name] = again.service
        await party.unlock()
        await self.here.tick(3)

    def paid(self) -> tuple[int, int]:
        """Return the spent tokens and the cells that the operator counts."""
        lookout = Lookout(self.here)
        return lookout.spent(), sum(lookout.cells().values())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Desks, None]:
    """Two centres for all losses of this file."""
    shelf = tmp_path_factory.mktemp("backups")
    async with village("granlia", "fjordglott", start=WEDNESDAY, blobs=BLOBS) as (here, found):
        sender, centre = found
        yield Desks(here, sender, centre, shelf)


async def test_a_sender_from_a_backup_sends_nothing_twice_and_spends_no_token_twice(
    desks: Desks,
) -> None:
    """Sent after the backup, lost with the machine: the receiver has it once, and it opens."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    await acts.ready(here, sender, acts.sample("GRAN-427", name="FØR-700"))
    backup = await desks.backed_up(sender, "sender")
    code, package = await acts.send(here, sender, centre, "FØR-700", by_phone="duty")
    before = await acts.known(centre, "in")
    await desks.replaced(sender, backup)
    assert await acts.known(centre, "in") == before
    assert "restored" in str((await sender.do("status"))["alarms"])
    assert not sender.service.health.refusals
    await here.close_slot()
    spent, cells = desks.paid()
    assert spent == cells
    await acts.opened(here, centre, package, code)
    assert await acts.state(centre, "in", package) == "opened"


async def test_a_receiver_from_a_backup_hears_of_a_withdrawal_that_it_had_heard_of(
    desks: Desks,
) -> None:
    """Taken back between backup and loss: the old copy does not open after the restore."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    await acts.ready(here, sender, acts.sample("GRAN-427", name="TRUKKET-701"))
    code, package = await acts.send(here, sender, centre, "TRUKKET-701", by_phone="duty")
    await here.tick(2)
    backup = await desks.backed_up(centre, "withdrawn")
    await sender.do("withdraw", code_name="TRUKKET-701")
    await here.tick(3)
    assert await acts.state(centre, "in", package) == "withdrawn"
    await desks.replaced(centre, backup)
    assert await acts.state(centre, "in", package) == "withdrawn"
    with pytest.raises(WrongState):
        await centre.do("arrive", code_name=package, arrival_code=code)


async def test_a_receiver_from_a_backup_has_what_waited_and_what_came_since(
    desks: Desks,
) -> None:
    """What waited at the backup waits again, and what came after it is read from the boards."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    await acts.ready(here, sender, acts.sample("GRAN-427", name="VENTER-702"))
    first, package = await acts.send(here, sender, centre, "VENTER-702", by_phone="duty")
    backup = await desks.backed_up(centre, "waiting")
    await acts.ready(here, sender, acts.sample("GRAN-427", name="SIDEN-703"))
    second, later = await acts.send(here, sender, centre, "SIDEN-703", by_phone="duty")
    held = await acts.known(centre, "in")
    await desks.replaced(centre, backup)
    assert len(await acts.known(centre, "in")) == len(held)
    assert package in await acts.known(centre, "in")
    assert later not in await acts.known(centre, "in")  # it is here under a new name
    (named,) = await acts.known(centre, "in") - held
    for name, code in ((package, first), (named, second)):
        await acts.opened(here, centre, name, code)
        assert await acts.state(centre, "in", name) == "opened"
    await here.tick(2)
    for name in ("VENTER-702", "SIDEN-703"):
        assert await acts.state(sender, "out", name) == "opened"


async def test_what_was_opened_twice_is_one_package_to_the_sender(desks: Desks) -> None:
    """Opened, lost, restored and opened again: the sender sees it opened, and no contradiction."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    await acts.ready(here, sender, acts.sample("GRAN-427", name="IGJEN-704"))
    code, package = await acts.send(here, sender, centre, "IGJEN-704", by_phone="duty")
    backup = await desks.backed_up(centre, "opened")
    await acts.opened(here, centre, package, code)
    await desks.replaced(centre, backup)
    assert await acts.state(centre, "in", package) == "waiting"
    await acts.opened(here, centre, package, code)
    await acts.confirm(here, centre, package)
    row = await acts.row(sender, "out", "IGJEN-704")
    assert (row["state"], row["contradicted"]) == ("confirmed", False)


async def test_what_may_have_left_before_a_restore_is_settled_by_staff(desks: Desks) -> None:
    """It left after the backup, and nobody here knows: sent anew, one copy opens, by one card."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    await acts.ready(here, sender, acts.sample("GRAN-427", name="UVISS-705"))
    await centre.do("lock")
    await here.stop()
    answer = await sender.do("send", code_name="UVISS-705", agreed_by_phone="duty")
    assert not answer["kept"]
    backup = await desks.backed_up(sender, "uncertain")
    await here.start()
    await here.tick(2)
    await desks.replaced(sender, backup)
    row = await acts.row(sender, "out", "UVISS-705")
    assert (row["state"], row["uncertain"]) == ("sealed", True)
    with pytest.raises(WrongState) as met:
        await sender.do("send", code_name="UVISS-705", agreed_by_phone="duty")
    assert (met.value.sent, met.value.facts) == (Sent.MAYBE, {"kind": "out.uncertain.send"})
    anew = await sender.do("again", code_name="UVISS-705", agreed_by_phone="duty")
    assert (anew["kept"], anew["arrival_code"]) == (True, answer["arrival_code"])
    await here.tick()
    await centre.unlock()
    await here.tick(3)
    states = [(str(one["state"]), str(one["code_name"])) for one in await acts.rows(centre, "in")]
    (package,) = (name for state, name in states if state == "waiting")
    assert "withdrawn" in dict(states)
    await acts.opened(here, centre, package, str(answer["arrival_code"]))
    await here.tick(2)
    assert await acts.state(sender, "out", "UVISS-705") == "opened"
