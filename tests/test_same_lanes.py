"""Whoever sends, receives or passes on looks like whoever does nothing: with the lanes of cases.

Six members come up together, each behind a tap: three centres and three districts. In every slot
the lines of the three of a kind must be the same, while one of them sends a case, one receives it
and one does nothing, and while a request goes from a centre to its district and on to another (P2).
"""

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.doors import Doors
from keys.address import CellClass
from keys.calendar import Instant
from keys.errors import NoKeys
from keys.identity import Identity
from tests import acts
from tests.parties import Party, join
from tests.tap import Exchange, Tap, tapped
from tests.world import PLACES, SLOT, World, world

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
TOKENS = MappingProxyType({CellClass.S: 26, CellClass.M: 3, CellClass.XL64: 0, CellClass.XL256: 0})
CENTRES = ("granlia", "fjordglott", "skjargarden")
DISTRICTS = ("innlandet", "vest", "agder")
_UPLOAD = re.compile(r"/uploads/[\w-]{16,}")


@dataclass(frozen=True, slots=True)
class Watched:
    """Three centres and three districts, and somebody who listens at the line of each."""

    here: World
    centres: list[Party]
    districts: list[Party]
    taps: dict[str, Tap]

    def mark(self) -> None:
        """Forget what was heard."""
        for tap in self.taps.values():
            tap.mark()

    def heard(self, party: Party) -> list[Exchange]:
        """Return what was heard at a member's line, without upload names and news of the board."""
        return [
            replace(one, request=_UPLOAD.sub("/uploads/…", one.request)).without_news()
            for one in self.taps[party.place.key].exchanges()
        ]

    async def slot(self) -> tuple[list[list[Exchange]], list[list[Exchange]]]:
        """Let a slot pass; return what was heard at each centre's line and at each district's."""
        self.mark()
        await self.here.tick()
        centres = [self.heard(one) for one in self.centres]
        return centres, [self.heard(one) for one in self.districts]

    async def same(self, slots: int) -> None:
        """Let slots pass in which all lines of a kind must look the same."""
        for _ in range(slots):
            for kind in await self.slot():
                assert kind == [kind[0]] * 3
                assert sum("/uploads/s" in one.request for one in kind[0]) in {1, 2}

    async def until(self, there: Callable[[], bool], most: int = 8) -> None:
        """Let slots pass that all look the same until something is there."""
        for _ in range(most):
            await self.same(1)
            if there():
                return
        raise AssertionError(there)

    def silent(self) -> bool:
        """Whether nothing was heard at any line since the mark."""
        return not any(tap.exchanges() for tap in self.taps.values())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched() -> AsyncGenerator[Watched, None]:
    """Six members that came up together; a slot of the S lane is as long as a tick."""
    async with AsyncExitStack() as stack:
        path = Path(stack.enter_context(TemporaryDirectory(prefix="folge-")))
        lanes = {"lanes": (SLOT, 0), "blobs": TOKENS, "step": 2 * SLOT}
        here = await stack.enter_async_context(world(path, start=SATURDAY, weeks=2, **lanes))
        taps: dict[str, Tap] = {}
        found: dict[str, Party] = {}
        for key in (*DISTRICTS, *CENTRES):
            taps[key] = await stack.enter_async_context(tapped(here.doors.broker, here.clock.now))
            doors = Doors(taps[key].url, here.doors.issuer)
            home = "innlandet" if key in CENTRES else ""
            found[key] = await join(here, key, home=home, doors=doors)
            stack.push_async_callback(found[key].service.close)
        here.enrol(replace(PLACES["nordlysgarden"], home="innlandet"), Identity.generate())
        await here.publish()
        await here.tick(3)
        centres = [found[key] for key in CENTRES]
        yield Watched(here, centres, [found[key] for key in DISTRICTS], taps)


async def test_members_who_do_nothing_look_the_same(watched: Watched) -> None:
    """The baseline: a note and a blob on every board that takes them."""
    await watched.same(2)


async def test_a_case_by_the_lanes_is_seen_by_nobody(watched: Watched) -> None:
    """The click, the note, the blob, the receipts, her arrival, the last word: every slot alike."""
    sender, centre, _ = watched.centres
    name = await acts.ready(watched.here, sender, acts.sample("GRAN-427"))
    watched.mark()
    sent = await sender.do("send", code_name=name, agreed_by_phone="duty")
    assert watched.silent()
    assert not sent["kept"]
    assert int(str(sent["leaves_by"])) > watched.here.clock.now()
    code = str(sent["arrival_code"])
    for _ in range(6):
        await watched.same(1)
        if await acts.state(sender, "out", name) == "stored":
            break
    (package,) = await acts.known(centre, "in")
    watched.mark()
    await centre.do("arrive", code_name=package, arrival_code=code)
    assert watched.silent()
    await watched.same(2)
    await centre.do("confirm", code_name=package)
    await watched.same(3)
    assert await acts.state(sender, "out", name) == "confirmed"


async def test_a_request_to_the_police_and_on_is_seen_by_nobody(watched: Watched) -> None:
    """Centre to its own district, which passes it on to another, and the word that comes back."""
    sender, (own, other, _) = watched.centres[0], watched.districts
    name = await acts.ready(watched.here, sender, acts.sample("SKOG-903"))
    watched.mark()
    sent = await sender.do("police request", code_name=name)
    assert watched.silent()
    assert not sent["kept"]
    for _ in range(6):
        await watched.same(1)
        if await acts.known(own, "in"):
            break
    (request,) = await acts.known(own, "in")
    await watched.same(1)
    await own.do("police review", code_name=request)
    watched.mark()
    told = await own.do(
        "police relay", code_name=request, district=other.name, authority="politiregisterloven"
    )
    assert watched.silent()
    assert not told["kept"]
    for _ in range(6):
        await watched.same(1)
        if await acts.known(other, "in"):
            break
    assert await acts.known(other, "in")
    await watched.same(2)
    assert await acts.state(sender, "out", name) == "answered"


async def test_what_is_taken_back_in_line_never_leaves(watched: Watched) -> None:
    """Between the click and the slot she says no: a dummy goes, and no slot is another."""
    sender, centre, _ = watched.centres
    name = await acts.ready(watched.here, sender, acts.sample("GRAN-427", name="STILLE-600"))
    before = await acts.known(centre, "in")
    await sender.do("send", code_name=name, agreed_by_phone="duty")
    watched.mark()
    await sender.do("withdraw", code_name=name)
    assert watched.silent()
    await watched.same(4)
    assert await acts.known(centre, "in") == before


async def test_who_unlocks_on_a_new_day_is_seen_by_nobody(watched: Watched) -> None:
    """New keys wait for each member's own minute, at which the locked ones tell theirs again."""
    sender, centre, _ = watched.centres
    clock, day = watched.here.clock, watched.here.today
    for party in (*watched.centres, *watched.districts):
        await party.do("lock")
    clock.advance(12 * 3_600)
    await watched.here.tick(2)
    assert watched.here.today == day + 1
    await sender.unlock()
    await watched.same(2)
    await centre.unlock()
    await watched.same(2)
    told = 0
    clock.advance(24 * 3_600 - clock.now() % (24 * 3_600) - 4 * SLOT)
    await watched.here.tick()  # what the hours between brought
    while watched.here.today == day + 1 or not told:
        for kind in await watched.slot():
            assert kind == [kind[0]] * 3
            told += sum(one.request.startswith("POST /v1/keys ") for one in kind[0])
    assert told == 4, "certificate and keys, of both kinds of member"


async def test_out_of_keys_and_locked_look_alike(watched: Watched) -> None:
    """A receiver without keys, and a desk that is locked with a case in line: nothing is seen."""
    sender, centre, _ = watched.centres
    await sender.unlock()
    name = await acts.ready(watched.here, sender, acts.sample("GRAN-427", name="RAST-611"))
    nobody = acts.sample("GRAN-427", name="TOM-612").replace(
        centre.name, "Krisesenteret Nordlysgarden"
    )
    empty = await acts.ready(watched.here, sender, nobody)
    watched.mark()
    with pytest.raises(NoKeys):
        await sender.do("send", code_name=empty, agreed_by_phone="duty")
    await sender.do("send", code_name=name, agreed_by_phone="duty")
    await sender.do("lock")
    assert watched.silent()
    await watched.same(4)
    assert len(await acts.known(centre, "in")) == 2
    await sender.unlock()
    await watched.same(1)


async def test_haste_is_seen_and_the_comparison_sees_it(watched: Watched) -> None:
    """What leaves at once is heard at its own line alone: the planted leak that must be found."""
    sender, centre, idle = watched.centres
    name = await acts.ready(watched.here, sender, acts.sample("GRAN-427", name="FORT-613"))
    watched.mark()
    first = await sender.do("send", code_name=name, agreed_by_phone="duty")
    assert watched.silent()
    sent = await sender.do("send", code_name=name, agreed_by_phone="duty", urgent=True)
    assert sent["kept"]
    assert sent["arrival_code"] == first["arrival_code"]
    assert not watched.silent()
    assert watched.heard(sender) != watched.heard(idle) == watched.heard(centre)
    await watched.same(3)
    assert await acts.state(sender, "out", name) == "stored"
