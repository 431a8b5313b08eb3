"""What cannot be undone is asked about first at the keyboard, and a no changes nothing."""

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
from tests.program import Ended, in_process
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOON: Final = Instant(1_794_999_600)
BLOBS: Final = MappingProxyType(
    {CellClass.S: 8, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
WORDS: Final = Words("client")
STOPPED: Final = 1


@dataclass(frozen=True, slots=True)
class Desks:
    """Who sends, and who receives."""

    here: World
    sender: Party
    centre: Party

    async def sent(self, name: str) -> tuple[str, str]:
        """Send a case; return its code and what the other desk calls it."""
        ends = {"of": self.sender.name, "to": self.centre.name}
        await acts.ready(self.here, self.sender, acts.sample("GRAN-427", name=name, **ends))
        return await acts.send(self.here, self.sender, self.centre, name, by_phone="duty")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres."""
    async with village("granlia", "fjordglott", start=NOON, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


async def said(party: Party, *words: str, typed: str, ends: int = 0) -> Ended:
    """Type a command and answer its question."""
    found = await in_process(party, *words, typed=typed)
    assert found.code == ends, found.said
    if ends == STOPPED:
        assert WORDS.say("cli.aborted") in found.err
    return found


async def test_a_no_takes_nothing_back_and_a_part_that_becomes_all_of_it_says_so(
    desks: Desks,
) -> None:
    """Nobody has opened it: one part named is all of it, and that stands there before the yes."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    code, package = await desks.sent("SPURT-101")
    part = ("withdraw", "SPURT-101", "--part", "trussel")
    asked = await said(sender, *part, typed="kanskje\nnei\n", ends=STOPPED)
    for msgid in ("sure.whole", "sure.again", "cli.yes_or_no", "web.back_all.sends"):
        assert WORDS.say(msgid) in asked.err
    assert centre.name in asked.err
    await said(sender, *part, typed="", ends=STOPPED)
    await here.tick(2)
    assert await acts.state(sender, "out", "SPURT-101") == "stored"
    for verb in ("misrouted", "withdraw"):
        asked = await said(centre, verb, package, typed="nei\n", ends=STOPPED)
        assert sender.name in asked.err
    await acts.opened(here, centre, package, code)
    await said(centre, "confirm", package, typed="nei\n", ends=STOPPED)
    await here.tick(3)
    asked = await said(sender, *part, typed="ja\n")
    assert WORDS.say("sure.whole") not in asked.err
    assert await acts.state(centre, "in", package) == "opened"


async def test_whoever_rings_may_be_anybody_so_the_desk_rings_back(desks: Desks) -> None:
    """The number of the directory is shown; the log knows whether it was rung."""
    sender, centre = desks.sender, desks.centre
    await desks.sent("RING-102")
    phone = centre.service.office.me.directory.call_back_phone
    release = ("release", "RING-102")
    asked = await said(sender, *release, typed="nei\n", ends=STOPPED)
    assert WORDS.say("sure.ring_back", phone=phone) in asked.err
    await said(sender, "--json", *release, typed="")
    assert "called_back" not in str((await sender.do("log"))["lines"])
    for words, typed in ((release, "ja\n"), ((*release, "--called-back"), "")):
        before = str((await sender.do("log"))["lines"]).count("called_back")
        await said(sender, *words, typed=typed)
        assert str((await sender.do("log"))["lines"]).count("called_back") == before + 1


async def test_a_draft_is_thrown_away_by_a_yes_alone(desks: Desks) -> None:
    """A no, and silence, leave it; a script says so beforehand, and a program is not asked."""
    sender = desks.sender
    for name in ("KAST-103", "KAST-104"):
        await sender.do("new", case=acts.sample("GRAN-427", name=name))
    for typed in ("n\n", ""):
        await said(sender, "discard", "KAST-103", typed=typed, ends=STOPPED)
    assert {"KAST-103", "KAST-104"} <= await acts.known(sender, "drafts")
    await said(sender, "discard", "KAST-103", "--yes", typed="")
    await said(sender, "--json", "discard", "KAST-104", typed="")
    assert not {"KAST-103", "KAST-104"} & await acts.known(sender, "drafts")


async def test_what_is_written_after_the_yes_is_named_before_it_leaves(desks: Desks) -> None:
    """Whoever says that she has not seen it sends nothing, and the look has said so before."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    name = "SIDEN-105"
    ends = {"of": sender.name, "to": centre.name}
    await acts.ready(here, sender, acts.sample("GRAN-427", name=name, **ends))
    send = ("send", name, "--agreed-by-phone", "vakt")
    check = await said(sender, "check", name, typed="")
    assert WORDS.say("check.since_yes") not in check.out
    assert WORDS.say("check.phone_not_urgent") in check.out
    await sender.do("part", code_name=name, case="threat: {overall_level: høy}")
    assert WORDS.say("check.since_yes") in (await said(sender, "check", name, typed="")).out
    for typed in ("nei\n", ""):
        asked = await said(sender, *send, typed=typed, ends=STOPPED)
        assert WORDS.say("sure.since_yes") in asked.err
        assert WORDS.say("check.phone_not_urgent") in asked.err
        assert WORDS.say("part.threat") in asked.err
        assert WORDS.say("part.protection") not in asked.err
    assert name in await acts.known(sender, "drafts")
    await said(sender, *send, typed="ja\n")
    assert name in await acts.known(sender, "out")


async def test_a_new_yes_ends_the_question(desks: Desks) -> None:
    """She was shown it as it reads now."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    name = "SIDEN-106"
    ends = {"of": sender.name, "to": centre.name}
    await acts.ready(here, sender, acts.sample("GRAN-427", name=name, **ends))
    await sender.do("part", code_name=name, case=acts.sample("GRAN-427", name=name, **ends))
    await sender.do("consent", code_name=name)
    await said(sender, "send", name, "--agreed-by-phone", "vakt", typed="")
    assert name in await acts.known(sender, "out")
