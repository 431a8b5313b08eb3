"""What an old backup brings back, and that staff are told of it first (C-14.11)."""

import shutil
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.backup import Passphrase, restore
from client.cli import statustext
from client.restored import LOOK_DAYS
from client.web import views
from client.web.pages import Paper
from keys.address import CellClass
from keys.calendar import Day, Instant, start_of
from keys.wire import Value
from keys.words import Language, Words
from tests import acts
from tests.parties import PASSPHRASE, STAFF, Party, leave, village
from tests.stage import holds
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

START = Instant(1_794_636_000)
BLOBS = MappingProxyType({CellClass.S: 8, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})


@dataclass(frozen=True, slots=True)
class Desks:
    """Two centres, and a shelf for backups."""

    here: World
    sender: Party
    centre: Party
    shelf: Path

    async def opened(self, name: str) -> str:
        """Let a case be sent and opened; return what the receiver calls it."""
        await acts.ready(self.here, self.sender, acts.sample("GRAN-427", name=name))
        code, package = await acts.send(self.here, self.sender, self.centre, name, by_phone="duty")
        await acts.opened(self.here, self.centre, package, code)
        return package

    async def backed_up(self) -> Path:
        """Make a backup of the receiving centre while it runs."""
        path = self.shelf / "centre"
        await self.centre.do("backup", name=STAFF, passphrase=PASSPHRASE, path=str(path))
        return path

    async def replaced(self, backup: Path, day: int) -> Mapping[str, Value]:
        """Put the backup on a new machine on a day; return the first that staff are shown."""
        party = self.centre
        await leave(self.here, party)
        shutil.rmtree(party.home.path)
        self.here.clock.set(start_of(Day(day)) + 21_600)
        await restore(backup, party.home, Passphrase(STAFF, PASSPHRASE, self.here.clock.now()))
        again = await party.again(self.here)
        party.service = again.service
        self.here.services[party.home.path.name] = again.service
        await party.unlock()
        return await party.do("status")


@pytest_asyncio.fixture(loop_scope="module")
async def desks(tmp_path: Path) -> AsyncGenerator[Desks, None]:
    """A world of its own for each story: each moves its clock by days."""
    async with village("granlia", "fjordglott", start=START, blobs=BLOBS) as (here, found):
        sender, centre = found
        yield Desks(here, sender, centre, tmp_path)


def paper(language: Language) -> Paper:
    """Return what says a text in that language."""
    return Paper(Words("client", language), 600)


def shown(answer: Mapping[str, Value], language: Language) -> tuple[str, str]:
    """Return what the terminal and the browser say of a status."""
    voice = paper(language)
    return "\n".join(statustext.status(voice, answer)), "\n".join(views.notices(voice, answer))


async def test_what_was_taken_back_here_since_is_back_and_said_to_be(desks: Desks) -> None:
    """A part and a draft; both go again as before, and the list says it first for two weeks."""
    here, centre = desks.here, desks.centre
    package = await desks.opened("GAMMEL-901")
    await acts.confirm(here, centre, package)
    await centre.do("new", case=acts.sample("GRAN-427", name="KLADD-902"))
    assert not (await centre.do("status"))["restored"]
    backup, made = await desks.backed_up(), here.today
    await centre.do("withdraw", code_name=package, parts=["threat"])
    await centre.do("discard", code_name="KLADD-902")
    first = await desks.replaced(backup, made + 2)
    assert (first["restored"], first["restored_old"]) == (made, False)
    for language in Language:
        voice = paper(language)
        day = voice.words.day(made)
        said = [voice.say("status.restored", day=day), voice.say("status.restored_staff")]
        for text in shown(first, language):
            assert not [one for one in said if one not in text]
            assert voice.say("status.restored_old") not in text
    assert await acts.known(centre, "drafts") == {"KLADD-902"}
    assert (await centre.do("read", code_name=package, part="threat"))["versions"]
    await here.tick(3)
    await centre.do("withdraw", code_name=package, parts=["threat"])
    await centre.do("discard", code_name="KLADD-902")
    assert not await acts.known(centre, "drafts")
    await centre.do("attended")  # whoever has seen an alarm has not looked the list through
    for day, told in ((made + 2 + LOOK_DAYS, made), (made + 3 + LOOK_DAYS, 0)):
        here.clock.set(start_of(Day(day)) + 21_600)
        assert (await centre.do("status"))["restored"] == told


async def test_what_is_over_by_the_table_is_gone_before_anything_is_shown(desks: Desks) -> None:
    """A month later nothing of the opened case is readable, and an old backup is called old."""
    here, centre = desks.here, desks.centre
    package = await desks.opened("GAMMEL-903")
    await acts.confirm(here, centre, package)
    assert await holds(centre, [b"Marte"])
    backup, made = await desks.backed_up(), here.today
    first = await desks.replaced(backup, made + 31)
    assert (first["restored"], first["restored_old"]) == (made, True)
    assert paper(Language.NN).say("status.restored_old") in shown(first, Language.NN)[0]
    states = {str(one["state"]) for one in await acts.rows(centre, "in")}
    assert "confirmed" not in states
    assert not await holds(centre, [b"Marte"])


async def test_what_a_sender_took_back_is_heard_of_again_only_while_the_boards_keep_it(
    desks: Desks,
) -> None:
    """The note is gone from the boards: the case is open again, which is why staff are to ring."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    package = await desks.opened("GAMMEL-904")
    backup, made = await desks.backed_up(), here.today
    await sender.do("withdraw", code_name="GAMMEL-904")
    await here.tick(4)
    assert await acts.state(centre, "in", package) == "withdrawn"
    for day in range(made + 1, made + 19):
        here.clock.set(start_of(Day(day)) + 21_600)
        await here.tick()
    first = await desks.replaced(backup, made + 19)
    assert first["restored_old"]
    await here.tick(4)
    assert await acts.state(centre, "in", package) == "opened"
    await centre.do("withdraw", code_name=package)
    assert await acts.state(centre, "in", package) == "withdrawn"
