"""An acknowledgement that is lost, and a machine that is: one yes lets one package in, and does."""

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from client.asking import Given
from client.backup import Passphrase, restore
from client.doors import Doors
from client.refusals import PlaceMissing
from client.shelf import Shelf
from client.verbs import finding
from keys.address import CellClass
from keys.calendar import Day, start_of
from keys.errors import WrongCode
from tests import acts
from tests.bent import bent_line
from tests.parties import PASSPHRASE, STAFF, Party, leave, village
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

BLOBS = MappingProxyType({CellClass.S: 12, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
NOTES: Final = r"/v1/boards/\w+/cells/note"
EVENING: Final = 20 * 3_600
NIGHT: Final = 1_800


@dataclass(frozen=True, slots=True)
class Desks:
    """Two centres; whatever either of them holds can be lost."""

    here: World
    sender: Party
    centre: Party

    async def written(self, name: str) -> None:
        """Write a case that the centre has said yes to in writing."""
        await acts.ready(self.here, self.sender, acts.sample("GRAN-427", name=name), self.centre)

    async def moved(self, party: Party, doors: Doors) -> None:
        """Let a member reach the broker by another way from now on."""
        await leave(self.here, party)
        party.settings = replace(party.settings, doors=doors)
        party.service = (await party.again(self.here)).service
        self.here.services[party.home.path.name] = party.service
        await party.unlock()

    @asynccontextmanager
    async def deaf(self, party: Party) -> AsyncGenerator[None]:
        """Let no answer of the broker to a note reach a member, and afterwards nothing at all.

        It is evening when it begins. Afterwards it is past midnight of the second day after, the
        member has been there all the time, and reaches the broker again.
        """
        here = self.here
        begun = here.today
        here.clock.set(start_of(begun) + EVENING)
        async with bent_line(here.doors.broker) as line:
            line.bends.append((NOTES, lambda _: b""))
            await self.moved(party, Doors(line.url, here.doors.issuer))
            yield
            assert line.bent
        await here.tick(2)
        here.clock.set(start_of(Day(begun + 2)) + NIGHT)
        await here.tick()
        await self.moved(party, here.doors)
        await here.tick(2)

    async def restored(self, party: Party, backup: Path) -> None:
        """Lose a member's machine and put a backup on a new one, the next day."""
        await leave(self.here, party)
        shutil.rmtree(party.home.path)
        self.here.clock.set(start_of(Day(self.here.today + 1)) + NIGHT)
        await self.here.tick()
        await restore(backup, party.home, Passphrase(STAFF, PASSPHRASE, self.here.clock.now()))
        party.service = (await party.again(self.here)).service
        self.here.services[party.home.path.name] = party.service
        await party.unlock()
        await self.here.tick(3)

    async def additions(self) -> int:
        """Return how many things that were added to a case lie at the centre."""
        async with self.centre.service.office.ledger.reading() as rows:
            return sum(bool(one.follows) for one in await finding.all_incoming(rows))

    async def quiet(self) -> None:
        """See that neither desk was told of anything turned away."""
        for party in (self.sender, self.centre):
            assert (await party.do("status"))["refused"] == 0


@pytest_asyncio.fixture(loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres with a week of tokens."""
    async with village("granlia", "fjordglott", blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


async def test_a_package_whose_acknowledgement_was_lost_comes_once_and_opens(desks: Desks) -> None:
    """Forty hours without the broker: what had reached it goes on, and rests on the same yes."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    await desks.written("TAUS-900")
    before = await acts.known(centre, "in")
    async with desks.deaf(sender):
        answer = await sender.do("send", code_name="TAUS-900")
        assert not answer["kept"]
    package = await acts.fresh(centre, "in", before)
    await here.tick(3)
    assert await acts.fresh(centre, "in", before) == package
    assert "replaced" not in str(await centre.do("log"))
    assert await acts.state(sender, "out", "TAUS-900") == "stored"
    code = str((await sender.do("send", code_name="TAUS-900"))["arrival_code"])
    assert any("Marte" in line for line in await acts.opened(here, centre, package, code))
    await desks.quiet()


async def test_a_yes_whose_acknowledgement_was_lost_lets_one_package_in(desks: Desks) -> None:
    """It was said twice, for nobody knew that it was heard: either counts, and once."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    text = acts.sample("GRAN-427", name="TOGANGER-901")
    name = str((await sender.do("new", case=text))["code_name"])
    inquiry = await acts.inquire(here, sender, centre, name)
    async with desks.deaf(centre):
        await centre.do("answer", code_name=inquiry, value="yes")
        await here.tick()
    await sender.do("consent", code_name=name)
    await here.tick(2)
    code, package = await acts.send(here, sender, centre, name)
    assert await acts.state(centre, "in", package) == "waiting"
    await acts.opened(here, centre, package, code)
    await here.tick(2)
    assert await acts.state(sender, "out", name) == "opened"
    async with centre.service.office.ledger.reading() as rows:
        given = [Given.decode(value) for _, value in await rows.rows(Shelf.ACCEPTANCE)]
    assert len(given) > 1
    assert all(one.used for one in given)
    reminded = (await centre.do("status"))["reminders"]
    assert "place" not in str(reminded)


async def test_what_a_lost_machine_sent_gives_way_to_what_is_sent_anew(
    desks: Desks, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The sender forgot it with its machine and cannot take it back: only the newer one is left."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    await desks.written("GLEMT-902")
    await desks.written("AAPNET-903")
    backup = tmp_path_factory.mktemp("backups") / "sender"
    await sender.do("backup", name=STAFF, passphrase=PASSPHRASE, path=str(backup))
    old, package = await acts.send(here, sender, centre, "GLEMT-902")
    car = acts.sample("GRAN-427", name="GLEMT-902").partition("\nconsent:")[0]
    added = car.replace("Mørkegrå stasjonsvogn", "Kvit varebil")
    answer = await sender.do("add", code_name="GLEMT-902", case=added, seen=True)
    assert answer["parts"] == ["threat"]
    code, opened = await acts.send(here, sender, centre, "AAPNET-903")
    await acts.opened(here, centre, opened, code)
    before = await acts.known(centre, "in")
    assert await desks.additions() == 1
    await desks.restored(sender, backup)
    answer = await sender.do("send", code_name="GLEMT-902")
    await sender.do("send", code_name="AAPNET-903")
    await here.tick(4)
    assert await acts.known(centre, "in") == before
    assert await desks.additions() == 0
    assert await acts.state(sender, "out", "GLEMT-902") == "stored"
    with pytest.raises(WrongCode):
        await centre.do("arrive", code_name=package, arrival_code=old)
    await acts.opened(here, centre, package, str(answer["arrival_code"]))
    assert await acts.state(centre, "in", opened) == "opened"
    assert await acts.state(sender, "out", "AAPNET-903") == "refused"
    assert "replaced" in str(await centre.do("log"))


async def test_a_yes_that_is_over_lets_nothing_be_sealed_anew(desks: Desks) -> None:
    """Four days without the broker: staff are told, get a new yes, and it goes under that one."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    await desks.written("SEINT-904")
    said = here.today
    here.clock.set(start_of(Day(said + 4)) + NIGHT)
    await here.publish()
    await here.tick(2)
    await here.stop()
    assert not (await sender.do("send", code_name="SEINT-904"))["kept"]
    here.clock.set(start_of(Day(said + 8)) + NIGHT)
    await here.start()
    await here.publish()
    await here.tick(3)
    assert await acts.known(centre, "in") == set()
    await desks.quiet()
    assert "SEINT-904" in str((await sender.do("status"))["attention"])
    with pytest.raises(PlaceMissing):
        await sender.do("send", code_name="SEINT-904")
    made = await sender.do("send", code_name="SEINT-904", agreed_by_phone="duty")
    await here.tick(3)
    shared = (await sender.do("record", code_name="SEINT-904"))["shared"]
    assert isinstance(shared, list)
    assert len(shared) == 1  # what never left was not shared
    (package,) = await acts.known(centre, "in")
    await acts.opened(here, centre, package, str(made["arrival_code"]))
    await desks.quiet()


async def test_a_yes_that_was_said_twice_lets_the_newer_package_take_the_place_of_the_older(
    desks: Desks, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The lost machine had heard the yes once, the new one the other time: it is the same yes."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    text = acts.sample("GRAN-427", name="TVERT-905")
    await sender.do("new", case=text)
    inquiry = await acts.inquire(here, sender, centre, "TVERT-905")
    async with desks.deaf(centre):
        await centre.do("answer", code_name=inquiry, value="yes")
        await here.tick()
    await sender.do("consent", code_name="TVERT-905")
    await here.tick(2)
    backup = tmp_path_factory.mktemp("backups") / "sender"
    await sender.do("backup", name=STAFF, passphrase=PASSPHRASE, path=str(backup))
    _, package = await acts.send(here, sender, centre, "TVERT-905")
    await desks.restored(sender, backup)
    async with centre.service.office.ledger.reading() as rows:
        said = set(await rows.ids(Shelf.ACCEPTANCE))
    async with sender.service.office.ledger.transaction("heard-otherwise") as rows:
        ((row, asking),) = await finding.askings(rows)
        (other,) = said - {asking.answer_hash}
        await rows.put(Shelf.INQUIRY, row, replace(asking, answer_hash=other).encode())
    answer = await sender.do("send", code_name="TVERT-905")
    await here.tick(4)
    assert await acts.known(centre, "in") == {package}
    await acts.opened(here, centre, package, str(answer["arrival_code"]))
    assert "replaced" in str(await centre.do("log"))
