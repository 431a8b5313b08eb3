"""Power fails while consent is taken back: what is gone stays gone, and is answered once."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from keys.calendar import Instant
from tests import acts
from tests.deaths import TICK, UNLOCK, Act
from tests.dying import Mortal, dying

pytestmark = pytest.mark.asyncio(loop_scope="module")

START = Instant(1_794_376_800)
"""11 November 2026, 06.00 UTC: twelve days of tokens lie before it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Mortal, None]:
    """Two centres and a district for all deaths of this file."""
    async with dying(START, tmp_path_factory.mktemp("files")) as found:
        yield found


def _withdraw(name: str, **more: str) -> Act:
    return "withdraw", {"code_name": name, "parts": ["threat"], **more}


@pytest.mark.parametrize("step", ["withdrawn", "answer-queued"])
async def test_a_sender_killed_while_taking_a_part_back_has(desks: Mortal, step: str) -> None:
    """Once the click is on disk the part goes at the other end, and no other part does."""
    name, package = await desks.open()
    row = await desks.row_of(package, "threat")
    await desks.doomed(desks.sender, [UNLOCK, _withdraw(name)], step)
    await desks.here.tick(4)
    await desks.gone(package, row)
    assert (await acts.row(desks.sender, "out", name))["answer"] == "deleted"
    await desks.sound()


@pytest.mark.parametrize("step", ["board-read", "received", "answer-queued"])
async def test_a_receiver_killed_while_a_part_goes_never_has_it_again(
    desks: Mortal, step: str
) -> None:
    """Whatever the moment, what was taken back is in no byte of the disk, and the sender hears."""
    name, package = await desks.open()
    row = await desks.row_of(package, "threat")
    await desks.sender.do("withdraw", code_name=name, parts=["threat"])
    await desks.away(desks.centre, 2)
    await desks.doomed(desks.centre, [UNLOCK, TICK], step)
    await desks.here.tick(4)
    await desks.gone(package, row)
    assert (await acts.row(desks.sender, "out", name))["answer"] == "deleted"
    await desks.sound()


async def test_a_desk_killed_at_her_own_word_has_destroyed_the_part(desks: Mortal) -> None:
    """She takes it back where she is now, and the machine dies: it is gone all the same."""
    _, package = await desks.open()
    await acts.confirm(desks.here, desks.centre, package)
    row = await desks.row_of(package, "threat")
    await desks.doomed(desks.centre, [UNLOCK, _withdraw(package)], "withdrawn")
    await desks.here.tick(2)
    await desks.gone(package, row)
    await desks.sound()


@pytest.mark.parametrize("step", ["withdrawn", "sealed", "posted", "kept"])
async def test_the_rest_is_sent_anew_once(desks: Mortal, step: str) -> None:
    """Before opening: the old package is gone, and one smaller one is there, whatever happens."""
    name, _, package = await desks.send()
    before = await acts.known(desks.centre, "in")
    back = _withdraw(name, agreed_by_phone="duty")
    await desks.doomed(desks.sender, [UNLOCK, back], step)
    answer = await desks.sender.do("send", code_name=name, agreed_by_phone="duty")
    await desks.here.tick(4)
    assert await acts.state(desks.centre, "in", package) == "withdrawn"
    anew = await acts.fresh(desks.centre, "in", before)
    await acts.opened(desks.here, desks.centre, anew, str(answer["arrival_code"]))
    assert "threat" not in await desks.parts(anew)
    await desks.sound()


@pytest.mark.parametrize("step", ["journal-answered", "answer-queued"])
async def test_an_answer_about_the_journal_is_given_once(desks: Mortal, step: str) -> None:
    """Staff answer and the machine dies: the sender hears that word, and nobody is asked again."""
    name, package = await desks.open()
    await desks.centre.do("confirm", code_name=package)
    await desks.sender.do("withdraw", code_name=name)
    await desks.here.tick(3)
    assert (await acts.row(desks.centre, "in", package))["answer_by"]
    word: Act = ("journal", {"code_name": package, "word": "kept_in_archive"})
    await desks.doomed(desks.centre, [UNLOCK, word, TICK], step)
    assert not (await acts.row(desks.centre, "in", package))["answer_by"]
    await desks.here.tick(4)
    assert (await acts.row(desks.sender, "out", name))["answer"] == "kept_in_archive"
    await desks.sound()
