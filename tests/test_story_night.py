"""A night, a further move, and somebody who never comes: told at real desks over a real broker."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.refusals import ConsentMissing, DestinationPoliceMissing, WrongState
from keys.address import CellClass
from keys.calendar import DAY_SECONDS, Instant
from tests import acts
from tests.lookout import Lookout
from tests.parties import Party, village
from tests.program import folge
from tests.stage import holds
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
"""14 November 2026, 06.00 UTC: the day after the last of the sample cases' consents."""
BLOBS = MappingProxyType({CellClass.S: 12, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
DANGER = "Leter med to biler"
SECRETS = (b"Marte", b"Solbakk", b"Veum")


@dataclass(frozen=True, slots=True)
class Desks:
    """Three centres."""

    here: World
    first: Party
    second: Party
    third: Party

    async def intake(self, centre: Party) -> None:
        """Show that a person is taken in whatever happened: asked for a place, said yes to."""
        await acts.ready(self.here, self.first, acts.sample("GRAN-427", name="INN-900"))
        await acts.agreed(self.here, self.first, centre, "INN-900")
        assert (await acts.row(self.first, "asked", "INN-900"))["answer"] == "yes"


@pytest_asyncio.fixture(loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """A world for each story."""
    keys = ("granlia", "fjordglott", "elvebredden")
    async with village(*keys, start=SATURDAY, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


async def test_a_night_with_a_yes(desks: Desks) -> None:
    """Three lines and a yes: the danger leaves for that centre alone, and nobody is in it."""
    here, sender, centre = desks.here, desks.first, desks.second
    said = f"{centre.name}\n16-20\n{DANGER}\nja\n"
    ended = await folge(sender, "emergency", "--answers-fd", "FD", secret=said)
    assert ended.code == 0, ended.said
    assert ended.err.index("112") < len(ended.err)
    assert "Faren, reisen og hvem som sender, er sendt." in ended.out
    assert "Gjør ferdig" in ended.out
    (name,) = await acts.known(sender, "out")
    code = str((await acts.row(sender, "out", name))["arrival_code"])
    assert code in ended.out
    await here.tick()
    (package,) = await acts.known(centre, "in")
    assert (await acts.row(centre, "in", package))["by_phone"]
    assert not await holds(centre, [DANGER.encode()])
    card = await acts.opened(here, centre, package, code)
    assert card[1] == "HASTESENDING: BARE FARE, REISE OG AVSENDER ER MED"
    assert card[card.index("FARE NÅ") + 1].startswith(f"  Faren: {DANGER}")
    assert "brukerens valg" not in "\n".join(card)
    parts = (await centre.do("read", code_name=package))["parts"]
    assert parts == ["threat", "journey", "sender"]
    assert await holds(centre, [DANGER.encode()])
    assert not await holds(desks.third, [DANGER.encode()])
    assert not Lookout(here).holding([DANGER, name])
    await desks.intake(centre)


@pytest.mark.parametrize("answer", ["nei", ""], ids=["no", "not asked"])
async def test_a_night_without_a_yes(desks: Desks, answer: str) -> None:
    """No, or nobody asked: nothing leaves for any centre; the telephone comes first."""
    here, sender, centre = desks.here, desks.first, desks.second
    said = f"{centre.name}\n16-20\n{DANGER}\n{answer}\n"
    ended = await folge(sender, "emergency", "--answers-fd", "FD", secret=said)
    assert ended.code == 0, ended.said
    assert "112" in ended.err
    assert "Ingenting er sendt til krisesenteret." in ended.out
    assert "folge police request" in ended.out
    await here.tick(3)
    assert await acts.known(sender, "out") == set()
    assert await acts.known(centre, "in") == set()
    (name,) = await acts.known(sender, "drafts")
    with pytest.raises(ConsentMissing):
        await sender.do("send", code_name=name, agreed_by_phone="duty")
    assert not await holds(centre, [DANGER.encode()])
    assert not Lookout(here).holding([DANGER, name])
    await desks.intake(centre)


async def test_a_night_with_nothing_filled_in(desks: Desks) -> None:
    """Four empty lines begin a case; a yes to nobody sends nothing, and says so."""
    ended = await folge(desks.first, "emergency", "--answers-fd", "FD", secret="\n\n\n\n")
    assert ended.code == 0, ended.said
    ended = await folge(desks.first, "emergency", "--answers-fd", "FD", secret="\n\n\nja\n")
    assert ended.code == 0, ended.said
    assert "Ingenting er sendt." in ended.out
    assert len(await acts.known(desks.first, "drafts")) == 2
    assert await acts.known(desks.first, "out") == set()


async def test_a_night_without_a_broker(desks: Desks) -> None:
    """The net is down: the case is written down, waits, says so, and leaves when it can."""
    here, sender, centre = desks.here, desks.first, desks.second
    await here.stop()
    said = f"{centre.name}\n16-20\n{DANGER}\nja\n"
    ended = await folge(sender, "emergency", "--answers-fd", "FD", secret=said)
    assert ended.code == 0, ended.said
    assert "går når formidleren svarer. Ring senteret nå." in ended.out
    assert await acts.known(sender, "out")
    (name,) = await acts.known(sender, "out")
    assert await holds(sender, [DANGER.encode()])
    assert not await holds(centre, [DANGER.encode()])
    assert not Lookout(here).holding([DANGER, name])
    await here.start()
    await here.tick(3)
    (package,) = await acts.known(centre, "in")
    assert (await acts.row(centre, "in", package))["by_phone"]
    await here.tick(3)
    assert await acts.known(centre, "in") == {package}
    assert not await holds(centre, [DANGER.encode()])
    assert not Lookout(here).holding([DANGER, name])
    await desks.intake(centre)


async def test_a_second_move(desks: Desks) -> None:
    """Whoever received sends on: what came, a new consent; the first hears nothing."""
    here, first, second, third = desks.here, desks.first, desks.second, desks.third
    text = acts.sample("GRAN-427", name="EN-100")
    await acts.ready(here, first, text)
    code, package = await acts.send(here, first, second, "EN-100", by_phone="duty")
    with pytest.raises(WrongState):
        await second.do("onward", code_name=package)
    await acts.opened(here, second, package, code)
    await acts.confirm(here, second, package)
    heard = await acts.rows(first, "out")
    ended = await folge(second, "new", "--from", package)
    assert ended.code == 0, ended.said
    (name,) = await acts.known(second, "drafts")
    assert name in ended.out
    found = (await second.do("check", code_name=name))["findings"]
    assert isinstance(found, list)
    assert ["red", "check.no_consent"] in found
    assert ["yellow", "check.no_why_previous_failed"] in found
    with pytest.raises(ConsentMissing):
        await second.do("send", code_name=name, agreed_by_phone="duty")
    why = "move_assessment: {move_number: 2, why_previous_failed: Ho vart kjend att på butikken.}"
    await second.do("part", code_name=name, case=why)
    found = (await second.do("check", code_name=name))["findings"]
    assert isinstance(found, list)
    assert ["yellow", "check.no_why_previous_failed"] not in found
    yes = f"consent: {{decision: ja_alt, given_by: bruker, recipient_centre: {third.name}}}"
    await second.do("consent", code_name=name, case=yes)
    with pytest.raises(DestinationPoliceMissing):
        await second.do("send", code_name=name, agreed_by_phone="duty")
    asked = "destination_assessment: {dest_police_contacted_at: 2026-11-14T08:20}"
    await second.do("part", code_name=name, case=asked)
    await second.do("consent", code_name=name, case=yes)
    code, further = await acts.send(here, second, third, name, by_phone="duty")
    card = "\n".join(await acts.opened(here, third, further, code))
    assert "Marte" in card
    assert not await holds(third, [first.name.encode()])
    await here.tick(3)
    assert await acts.rows(first, "out") == heard
    assert not await holds(first, [third.name.encode(), second.name.encode(), *SECRETS])
    assert not Lookout(here).holding(["Marte", name])
    await desks.intake(third)


@pytest.mark.parametrize("ended", ["withdrawn", "misrouted"])
async def test_no_further_move_begins_from_what_is_gone(desks: Desks, ended: str) -> None:
    """What was taken back or never meant for us is no one's to send on."""
    here, first, second = desks.here, desks.first, desks.second
    await acts.ready(here, first, acts.sample("GRAN-427", name="BORTE-101"))
    code, package = await acts.send(here, first, second, "BORTE-101", by_phone="duty")
    await acts.opened(here, second, package, code)
    if ended == "withdrawn":
        await first.do("withdraw", code_name="BORTE-101")
        await here.tick(3)
    else:
        await second.do("misrouted", code_name=package)
    assert await acts.state(second, "in", package) == ended
    with pytest.raises(WrongState):
        await second.do("onward", code_name=package)


async def test_somebody_who_never_comes(desks: Desks) -> None:
    """Both desks ask, with whom to ring; it stays sealed, ends by itself and opens for nobody."""
    here, sender, centre = desks.here, desks.first, desks.second
    window = "journey: {arrival_from: 2026-11-14T12:00, arrival_until: 2026-11-14T16:00}"
    text = acts.sample("GRAN-427", name="BORTE-102").replace("\njourney:", "\n#")
    await sender.do("new", case=text)
    await sender.do("part", code_name="BORTE-102", case=window)
    await sender.do("consent", code_name="BORTE-102")
    code, package = await acts.send(here, sender, centre, "BORTE-102", by_phone="duty")
    here.clock.set(SATURDAY + 12 * 3_600 - 60)
    assert "not_come" not in {one["what"] for one in await acts.rows(sender, "reminders")}
    here.clock.set(SATURDAY + 12 * 3_600)
    (told,) = [one for one in await acts.rows(sender, "reminders") if one["what"] == "not_come"]
    assert told["ring"] == ["receiver", "driver", "person", "police"]
    assert str(told["phone"]).startswith("000")
    here.clock.set(SATURDAY + DAY_SECONDS)
    await here.tick()
    (asked,) = [one for one in await acts.rows(centre, "reminders") if one["what"] == "not_come"]
    assert asked["ring"] == ["sender"]
    shown = await folge(sender, "status")
    assert "1. " in shown.out
    assert "000" in shown.out
    shown = await folge(centre, "status")
    assert "Ikke kommet?" in shown.out
    assert not await holds(centre, SECRETS)
    here.clock.set(SATURDAY + 8 * DAY_SECONDS)
    await here.tick(2)
    assert await acts.state(sender, "out", "BORTE-102") == "expired"
    assert await acts.state(centre, "in", package) == "expired"
    with pytest.raises(WrongState):
        await centre.do("arrive", code_name=package, arrival_code=code)
    assert not await holds(centre, SECRETS)
    assert not Lookout(here).holding(["Marte", "BORTE-102"])
    await desks.intake(centre)
