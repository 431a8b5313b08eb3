"""A consent ends: what is sealed goes, what is open stays its days, and staff may ask anew."""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.kept import Kept
from client.refusals import ConsentEnded, UnknownWord, WrongAnswer, WrongState
from client.shelf import Shelf
from client.verbs import finding
from keys.address import CellClass
from keys.calendar import Instant
from tests import acts
from tests.parties import Party, village
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
"""14 November 2026."""
DAY = 86_400
BLOBS = MappingProxyType({CellClass.S: 12, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
YES = MappingProxyType(
    {"purpose": "keep", "given_by": "user", "form": "oral_with_witness", "language": "norsk"}
)


@dataclass(frozen=True, slots=True)
class Desks:
    """Two centres that know each other."""

    here: World
    sender: Party
    centre: Party

    async def send(self, name: str, ends: str) -> tuple[str, str]:
        """Send a case whose consent ends on a day; return its code and the other desk's name."""
        (old,) = re.findall(r"ends_on: (\S+)", acts.sample("GRAN-427"))
        text = acts.sample("GRAN-427", name=name).replace(f"ends_on: {old}", f"ends_on: {ends}")
        await acts.ready(self.here, self.sender, text)
        return await acts.send(self.here, self.sender, self.centre, name, by_phone="duty")

    async def kept(self, package: str) -> Kept:
        """Return what the receiving desk's store says of an opened case."""
        async with self.centre.service.office.ledger.reading() as rows:
            came = await finding.incoming(rows, package)
            return Kept.decode(await rows.get(Shelf.CASE, came.package_id) or b"")

    async def reminded(self, package: str) -> list[str]:
        """Return the words that the receiving desk is reminded by of a case."""
        found = (await self.centre.do("status"))["reminders"]
        assert isinstance(found, list)
        rows = [one for one in found if isinstance(one, dict)]
        return [str(one["what"]) for one in rows if one["code_name"] == package]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres for all stories of this file; the clock only goes forward."""
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


async def test_there_is_nothing_to_say_yes_to_of_a_case_that_is_shut(desks: Desks) -> None:
    """Before arrival, and after all of it is taken back, nobody can be asked about it."""
    _, package = await desks.send("STENGT-603", "2027-01-10")
    with pytest.raises(WrongState):
        await desks.centre.do("renew", dict(YES), code_name=package)


async def test_a_consent_that_ends_destroys_what_is_sealed_and_keeps_what_is_open(
    desks: Desks,
) -> None:
    """Both ends say so of the one; of the other the card says that the consent is over."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    shut_code, shut = await desks.send("LUKKET-600", "2026-11-16")
    code, package = await desks.send("AAPNET-601", "2026-11-16")
    await acts.opened(here, centre, package, code)
    await acts.confirm(here, centre, package)
    assert await desks.reminded(package) == ["consent_ends"]
    here.clock.advance(3 * DAY)
    await here.tick(2)
    assert await acts.state(centre, "in", shut) == "expired"
    assert await acts.state(sender, "out", "LUKKET-600") == "expired"
    with pytest.raises(WrongState):
        await centre.do("arrive", code_name=shut, arrival_code=shut_code)
    assert await acts.state(centre, "in", package) == "confirmed"
    assert "consent_ended" in await desks.reminded(package)
    shown = "\n".join(await acts.card(centre, package))
    assert "Samtykket det kom med, gjaldt til: 16. november 2026" in shown
    assert "Marte" in shown


async def test_a_new_yes_stands_beside_the_old_one_and_keeps_nothing_longer(desks: Desks) -> None:
    """She is asked anew at the new centre: card, print and log say so, and the clock does not."""
    here, centre = desks.here, desks.centre
    code, package = await desks.send("NYTTJA-602", "2026-11-18")
    await acts.opened(here, centre, package, code)
    await acts.confirm(here, centre, package)
    await centre.do("withdraw", code_name=package, parts=["threat"])
    before = await desks.kept(package)
    await centre.do("renew", dict(YES), code_name=package, ends="2027-02-01")
    await centre.do("renew", {**YES, "purpose": "next_move"}, code_name=package)
    after = await desks.kept(package)
    assert (after.consent, after.versions, after.gone) == (
        before.consent,
        before.versions,
        before.gone,
    )
    here.clock.advance(3 * DAY)
    await here.tick()
    assert await desks.reminded(package) == []
    printed = (await centre.do("print", code_name=package, what="card", language="nb"))["lines"]
    assert isinstance(printed, list)
    for shown in ("\n".join(await acts.card(centre, package)), "\n".join(map(str, printed))):
        assert "Nytt ja: det kan brukes her" in shown
        assert "gjelder til 01.02.2027" in shown
        assert "Nytt ja: det kan brukes til neste flytting" in shown
        assert "Veum" not in shown
    assert "renewed" in str(await centre.do("log"))
    here.clock.advance(12 * DAY)
    await here.tick(2)
    assert await acts.state(centre, "in", package) == "closed"


@pytest.mark.parametrize(
    ("bent", "refusal"),
    [
        ({"given_by": "partner"}, UnknownWord),
        ({"purpose": "forever"}, UnknownWord),
        ({"ends": "2026-11-01"}, ConsentEnded),
        ({"given": "2027-11-01"}, WrongAnswer),
        ({"ends": "soon"}, WrongAnswer),
    ],
)
async def test_a_slip_is_no_yes(
    desks: Desks, bent: dict[str, str], refusal: type[Exception]
) -> None:
    """A word that is on no list and a day that cannot be write nothing down."""
    package, *_ = await acts.known(desks.centre, "in")
    with pytest.raises(refusal):
        await desks.centre.do("renew", {**YES, **bent}, code_name=package)
