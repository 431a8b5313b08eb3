"""Power fails at the door, at a further move and at a case thrown away: once, and no stray file."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from keys.calendar import Instant
from keys.errors import NotHere
from tests import acts
from tests.deaths import UNLOCK, Act
from tests.dying import Mortal, dying

pytestmark = pytest.mark.asyncio(loop_scope="module")

START = Instant(1_794_706_800)
"""15 November 2026, 02.40 in Norway."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Mortal, None]:
    """Two centres and a district for all deaths of this file."""
    async with dying(START, tmp_path_factory.mktemp("files")) as found:
        yield found


@pytest.mark.parametrize("step", ["opened", "laid-apart"])
async def test_a_package_is_laid_apart_once(desks: Mortal, step: str) -> None:
    """She stands at the door: every part and both files are there, and no file twice."""
    before = desks.cells(desks.centre)
    _, code, package = await desks.send("VIDDE-256")
    arrive: Act = ("arrive", {"code_name": package, "arrival_code": code})
    await desks.doomed(desks.centre, [UNLOCK, arrive], step)
    await desks.here.tick(2)
    parts = await desks.parts(package)
    assert {"child.1", "child.2", "attachment.1", "attachment.2"} <= parts
    for part in ("attachment.1", "attachment.2"):
        path = desks.files / f"{package}-{part}"
        await desks.centre.do("read", code_name=package, part=part, path=str(path))
        assert path.stat().st_size
    assert len(desks.cells(desks.centre) - before) == 2
    await desks.sound()


@pytest.mark.parametrize("step", ["police-withdrawn", "answer-queued"])
async def test_a_no_to_the_police_is_said_once(desks: Mortal, step: str) -> None:
    """The consent to the police is taken back as the machine dies: the district destroys it."""
    assert desks.home is not None
    before = await acts.known(desks.home, "in")
    ends = {"of": desks.sender.name, "to": desks.centre.name}
    text = acts.sample("SKOG-903", name=desks.name(), **ends)
    name = str((await desks.sender.do("new", case=text))["code_name"])
    await desks.sender.do("police request", code_name=name)
    await desks.here.tick()
    request = await acts.fresh(desks.home, "in", before)
    back: Act = ("police withdraw", {"code_name": name})
    await desks.doomed(desks.sender, [UNLOCK, back], step)
    await desks.here.tick(4)
    assert await acts.state(desks.home, "in", request) == "withdrawn"
    assert await acts.state(desks.sender, "out", name) == "withdrawn"
    await desks.sound()


async def test_a_case_thrown_away_stays_away(desks: Mortal) -> None:
    """Thrown away as the machine dies: no text, no file and no second life."""
    before = desks.cells(desks.sender)
    ends = {"of": desks.sender.name, "to": desks.centre.name}
    text = acts.sample("VIDDE-256", name=desks.name(), **ends)
    name = str((await desks.sender.do("new", case=text))["code_name"])
    path = str(desks.files / "utover.jpg")
    await desks.sender.do("part", code_name=name, attachment="attachment.1", path=path)
    await desks.doomed(desks.sender, [UNLOCK, ("discard", {"code_name": name})], "discarded")
    assert desks.cells(desks.sender) <= before
    with pytest.raises(NotHere):
        await desks.sender.do("check", code_name=name)
    await desks.sound()


async def test_a_further_move_begins_once(desks: Mortal) -> None:
    """The second move is begun from what came: one case, with its files and no stray."""
    _, package = await desks.open("VIDDE-256")
    before, cells = await acts.known(desks.centre, "drafts"), desks.cells(desks.centre)
    await desks.doomed(desks.centre, [UNLOCK, ("onward", {"code_name": package})], "onward")
    name = await acts.fresh(desks.centre, "drafts", before)
    assert len(desks.cells(desks.centre) - cells) == 2
    await desks.centre.do("discard", code_name=name)
    assert desks.cells(desks.centre) == cells
    await desks.sound()


async def test_an_export_is_taken_in_once(desks: Mortal) -> None:
    """The export is read as a case, the machine dies, and reading it again changes nothing."""
    _, package = await desks.open()
    path = str(desks.files / "eksport")
    await desks.centre.do("export", code_name=package, path=path)
    read: Act = ("import", {"path": path})
    await desks.doomed(desks.centre, [UNLOCK, read], "imported")
    verb, given = read
    assert (await desks.centre.do(verb, given))["already"]
    await desks.sound()


async def test_an_export_that_was_begun_stands_in_the_log(desks: Mortal) -> None:
    """The machine dies before a byte is written: the log knows, and the next export is whole."""
    name, package = await desks.open()
    path = desks.files / "utskrift"
    write: Act = ("export", {"code_name": package, "path": str(path)})
    await desks.doomed(desks.centre, [UNLOCK, write], "exported")
    log = (await desks.centre.do("log"))["lines"]
    assert isinstance(log, list)
    assert [one for one in map(str, log) if package in one and "exported" in one]
    assert not path.exists()
    await desks.centre.do("export", code_name=package, path=str(path))
    assert {one.name for one in path.iterdir()} >= {"sak.json", "skjema.json", "utskrift.pdf"}
    # It is written out, as far as anybody can know: what is taken back is answered for by staff.
    await desks.sender.do("withdraw", code_name=name, parts=["threat"])
    await desks.here.tick(4)
    assert (await acts.row(desks.centre, "in", package))["answer_by"]
    await desks.sound()
