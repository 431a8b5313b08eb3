"""The night path as a tired hand types it: asked again, said back, and what is typed next."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from keys.address import CellClass
from keys.calendar import Instant
from keys.words import Words
from tests import acts
from tests.parties import Party, village
from tests.program import in_process
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOON: Final = Instant(1_794_999_600)
BLOBS: Final = MappingProxyType(
    {CellClass.S: 8, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
WORDS: Final = Words("client")
DANGER: Final = "Leter med to biler"
WRITTEN: Final = """police_request:
  police_basis: kl5_danger
  user_told: ja
  lines:
    - {arrival_window: i natt, why_needed: Beredskap ved ankomst}
"""


@dataclass(frozen=True, slots=True)
class Desks:
    """Who sends, who receives, another centre, and the sender's own district."""

    here: World
    sender: Party
    centre: Party
    home: Party


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Three centres and a district."""
    keys = ("granlia", "fjordglott", "elvebredden", "innlandet")
    async with village(*keys, start=NOON, blobs=BLOBS) as (here, found):
        sender, centre, _, home = found
        yield Desks(here, sender, centre, home)


async def test_what_is_not_understood_is_asked_again_and_all_is_said_back(desks: Desks) -> None:
    """A sloppy name, hours that are none and a «kanskje» cost a line each, and nothing else."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    before = await acts.known(centre, "in")
    typed = ["Haugen", "krisesenteret", "fjord", "snart", "16–20", DANGER, "kanskje", "ja", "ja"]
    ended = await in_process(sender, "emergency", typed="\n".join(typed) + "\n")
    assert ended.code == 0, ended.said
    for msgid in ("which_none", "which_several", "window_again", "consent_again", "right_sends"):
        assert WORDS.say(f"emergency.{msgid}") in ended.err
    for msgid, fact in (("to", centre.name), ("window", "16–20"), ("danger", DANGER)):
        facts = {"centre": fact, "window": fact, "danger": fact}
        assert WORDS.say(f"emergency.echo_{msgid}", **facts) in ended.err
    phone = centre.service.office.me.directory.call_back_phone
    assert f"{centre.name}  {phone}" in ended.err
    assert f". {sender.name}  " not in ended.err
    (name,) = await acts.known(sender, "out")
    for verb in ("tasks", "release", "withdraw"):
        assert f"  folge {verb} {name}\n" in ended.out
    await here.tick()
    assert len(await acts.known(centre, "in") - before) == 1


async def test_a_no_to_what_was_said_back_begins_anew(desks: Desks) -> None:
    """Nothing is written down before the yes; who stops has done nothing."""
    drafts = await acts.known(desks.sender, "drafts")
    ended = await in_process(desks.sender, "emergency", typed=f"2\nikke spurt\n{DANGER}\nja\nnei\n")
    assert ended.code == 1
    assert WORDS.say("emergency.window_again") not in ended.err
    assert WORDS.say("emergency.from_start") in ended.err
    assert await acts.known(desks.sender, "drafts") == drafts


@pytest.mark.parametrize("said", ["Haugen\n\nx\nja\n", "krisesenteret\n\nx\nja\n", "2\n\nx\nhm\n"])
async def test_a_program_that_is_not_understood_is_refused_at_once(desks: Desks, said: str) -> None:
    """Lines from a program are never taken for the answer to another question."""
    drafts = await acts.known(desks.sender, "drafts")
    ended = await in_process(desks.sender, "emergency", "--answers-fd", "FD", secret=said)
    assert ended.code != 0
    assert await acts.known(desks.sender, "drafts") == drafts


async def test_without_a_yes_the_telephone_comes_first_and_the_written_way_can_be_gone(
    desks: Desks,
) -> None:
    """Each line that the screen says next is typed, in its order, and the district has it."""
    here, sender, home = desks.here, desks.sender, desks.home
    before = await acts.known(sender, "drafts")
    ended = await in_process(sender, "emergency", "--answers-fd", "FD", secret=f"2\n\n{DANGER}\n\n")
    (name,) = await acts.known(sender, "drafts") - before
    order = ("02800", "folge form varsling", f"folge part {name}", f"folge police request {name}")
    places = [ended.out.index(one) for one in order]
    assert places == sorted(places)
    early = await in_process(sender, "police", "request", name)
    assert early.code != 0
    assert WORDS.say("refusal.wrong_state.do_kind.request.unwritten") in early.err
    assert "police_request" in (await in_process(sender, "form", "varsling")).out
    assert (await in_process(sender, "part", name, "-", typed=WRITTEN)).code == 0
    asked = await in_process(sender, "police", "request", name)
    assert asked.code == 0, asked.said
    await here.tick()
    assert len(await acts.known(home, "in")) == 1
