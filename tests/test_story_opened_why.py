"""The log of a receiving centre says who opened a case and why, whichever way it was opened."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from itertools import count

import pytest
import pytest_asyncio

from keys.words import Language, Words
from tests import acts
from tests.fourfold import FEW, SATURDAY
from tests.parties import STAFF, Party, village
from tests.program import in_process
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

_numbers = count(101)
_OLD = 601
"""Seconds after which the last reading of the boards is too old to open a case by."""


@dataclass(frozen=True, slots=True)
class Desks:
    """Two centres."""

    here: World
    sender: Party
    centre: Party

    async def waits(self, *, ahead: bool, released: bool) -> tuple[str, str]:
        """Send a case; return its code and what the receiving desk calls it."""
        name = f"VEI-{next(_numbers)}"
        text = acts.sample("GRAN-427", name=name)
        if ahead:
            text = text.replace("  decision: ja_alt\n", "  decision: ja_alt\n  release: ahead\n")
        await acts.ready(self.here, self.sender, text)
        code, package = await acts.send(self.here, self.sender, self.centre, name, by_phone="duty")
        assert bool(code) is not ahead
        if released:
            await self.sender.do("release", code_name=name)
            await self.here.tick(2)
        return code, package

    async def reads(self, package: str, act: str) -> None:
        """See that the log says in each language what was done with a case, and who did it."""
        for lang in Language:
            shown = await in_process(self.centre, "log", lang=lang)
            said = Words("client", lang).say(f"act.{act}")
            lines = [line for line in shown.out.splitlines() if package in line and STAFF in line]
            assert any(said in line for line in lines), shown


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres that know each other."""
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=FEW) as (here, found):
        yield Desks(here, *found)


async def openings(party: Party, package: str) -> list[str]:
    """Return what a log says of the opening of a package."""
    return [act for act in await acts.logged(party, package) if "open" in act]


@pytest.mark.parametrize(
    ("way", "why"),
    [
        ("code", ["opens_by_code"]),
        ("released", ["opens_released"]),
        ("ahead", ["opens_ahead"]),
        ("code and released", ["opens_by_code"]),
        ("code, old boards, called", ["opens_called", "opens_by_code"]),
        ("released, old boards, called", ["opens_called", "opens_released"]),
        ("ahead, old boards, called", ["opens_called", "opens_ahead"]),
        ("code, called", ["opens_by_code"]),
    ],
)
async def test_each_way_stands_before_the_line_that_it_was_opened(
    desks: Desks, way: str, why: list[str]
) -> None:
    """By the code, the sender's word or ahead; that somebody rang, when the boards were old."""
    centre = desks.centre
    code, package = await desks.waits(ahead="ahead" in way, released="released" in way)
    if "old boards" in way:
        desks.here.clock.advance(_OLD)
    given = {"arrival_code": code} if "code" in way else {}
    await centre.do("arrive", given, code_name=package, called="called" in way)
    assert await openings(centre, package) == [*why, "opened"]
    await centre.do("arrive", given, code_name=package, called=True)
    assert await openings(centre, package) == [*why, "opened"]
    for act in why:
        await desks.reads(package, act)
