"""What another member does, or our own disk, hinders no desk: it works on, and takes back."""

import secrets
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
import pytest_asyncio

from client.inquiry import InquiryId, PlaceInquiry
from client.owed import MOST_TURNED_AWAY
from client.refusals import WrongState
from client.shelf import Shelf
from client.verbs import finding
from keys.address import PackageId
from keys.body import Kind
from keys.calendar import Day, start_of
from keys.errors import OverLong
from keys.identity import Identity
from keys.manifest import Accepted
from tests import acts, malice
from tests.fourfold import ANOTHER, FEW, HOME, SAMPLE, SATURDAY, THREE, Fourfold, fourfold
from tests.keyboard import Typist
from tests.parties import Party, join, leave, village
from tests.side import Side
from tests.world import PLACES, World, world

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANY: Final = 8
MOST: Final = 64
SLOT: Final = 450


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Fourfold, None]:
    """Three centres for the stories of this file."""
    async with fourfold(*THREE, start=SATURDAY, blobs=FEW) as made:
        yield made


def another(asker: Side, desk: Side, name: str) -> str:
    """Return the case of somebody else."""
    text = acts.sample(SAMPLE, name=name, of=asker.party.name, to=desk.party.name)
    return text.replace("Marte", ANOTHER).replace("Veum", "Lid")


async def asks(desks: Fourfold, asker: Side, desk: Side, name: str, many: int) -> set[str]:
    """Ask one centre for a place many times at once; return what it calls the inquiries."""
    before = await acts.known(desk.party, "inquiries")
    await acts.ready(desks.here, asker.party, another(asker, desk, name))
    await asker.party.do("inquire", code_name=name, centres=[desk.party.name] * many)
    await desks.here.tick()
    return await acts.known(desk.party, "inquiries") - before


async def heard(asker: Side, name: str) -> int:
    """Return how many answers have come to what was asked for a case."""
    rows = [one for one in await acts.rows(asker.party, "asked") if one["code_name"] == name]
    return sum(bool(one["answer"]) for one in rows)


async def forged(by: Party, to: Party, inquiry_id: bytes) -> None:
    """Ask for a place under an id that somebody else chose."""
    async with by.service.office.ledger.reading() as rows:
        (*_, found) = [one for _, one in await finding.askings(rows) if one.ours]
    inquiry = replace(PlaceInquiry.decode(found.inquiry), inquiry_id=InquiryId(inquiry_id))
    await malice.tell(by, to, malice.Said(Kind.PLACE_INQUIRY, inquiry.encode()))


def unasked(made: malice.Made) -> malice.Said:
    """Return a note of a package that rests on a yes which nobody gave."""
    prev = Accepted(secrets.token_bytes(32))
    other = replace(made.manifest, package_id=PackageId(secrets.token_bytes(16)), prev=prev)
    return replace(made, manifest=other).said()


@asynccontextmanager
async def brisk() -> AsyncGenerator[tuple[World, Typist, Typist]]:
    """Two centres with eight slots an hour, so that one of them can ask and send a great deal."""
    async with AsyncExitStack() as stack:
        path = Path(stack.enter_context(TemporaryDirectory(prefix="folge-")))
        here = await stack.enter_async_context(
            world(path, start=SATURDAY, slot=SLOT, step=8 * SLOT, blobs=FEW, weeks=2)
        )
        here.enrol(PLACES[HOME], Identity.generate())
        found: list[Typist] = []
        for key in THREE[:2]:
            party = await join(here, key, home=HOME, staffed=Typist)
            stack.push_async_callback(leave, here, party)
            assert isinstance(party, Typist)
            found.append(party)
        await here.publish()
        await here.tick(2)
        yield here, found[0], found[1]


async def test_what_is_taken_back_goes_first_and_no_release_opens_it(desks: Fourfold) -> None:
    """One release had left, one had not: after the change of mind neither opens anything."""
    sender, centre, third = desks.sides
    gone, first = await desks.sent("SLEPT-910")
    late, second = await desks.sent("SLEPP-911")
    await sender.party.do("release", code_name="SLEPT-910")
    await desks.here.tick(2)
    for inquiry in await asks(desks, third, sender, "SPØRJ-912", 3):
        await sender.party.do("answer", code_name=inquiry, value="phone_me")
    await sender.party.do("release", code_name="SLEPP-911")
    for name in ("SLEPT-910", "SLEPP-911"):
        await sender.party.do("withdraw", code_name=name)
    await desks.here.tick(3)
    for package, code in ((first, gone), (second, late)):
        await centre.says(package, "state.in.withdrawn")
        for key in (code, ""):
            with pytest.raises(WrongState):
                await centre.party.do("arrive", code_name=package, arrival_code=key)
    assert await heard(third, "SPØRJ-912") < 3
    await desks.here.tick(4)
    assert await heard(third, "SPØRJ-912") == 3
    async with centre.party.service.office.ledger.reading() as rows:
        assert not await rows.ids(Shelf.CODE)
    assert not await centre.holds()


async def test_many_questions_from_one_member_leave_the_desk_as_it_was(desks: Fourfold) -> None:
    """Also under the id of what it sent: all are listed and answered, and taking back destroys."""
    _, centre, third = desks.sides
    await acts.ready(desks.here, third.party, another(third, centre, "ID-920"))
    code, package = await desks.sends("ID-920", of=2)
    await desks.opens(centre, package, code, whom=ANOTHER)
    many = await asks(desks, third, centre, "MANGE-921", MANY)
    assert len(many) == MANY
    async with third.party.service.office.ledger.reading() as rows:
        (sent,) = [one for one in await finding.all_outgoing(rows) if one.code_name == "ID-920"]
    before = await acts.known(centre.party, "inquiries")
    await forged(third.party, centre.party, sent.package_id)
    await desks.here.tick()
    await centre.party.do("lock")
    await centre.party.unlock()
    await acts.accept(desks.here, centre.party, await acts.fresh(centre.party, "inquiries", before))
    assert await centre.holds((ANOTHER,))
    await third.party.do("withdraw", code_name="ID-920")
    await desks.here.tick(3)
    await centre.says(package, "state.in.withdrawn")
    assert not await centre.holds((ANOTHER,))


async def test_a_case_asks_no_more_than_it_can_remember() -> None:
    """Sixty-four questions are many; one more is refused whole, and the desk opens as before."""
    async with brisk() as (here, asker, centre):
        await acts.ready(here, asker, acts.sample(SAMPLE, name="MENGD-922"))
        for _ in range(MOST // MANY):
            given = {"code_name": "MENGD-922", "centres": [centre.name] * MANY}
            assert (await asker.do("inquire", given))["asked"] == MANY
            await here.tick()
        with pytest.raises(OverLong):
            await asker.do("inquire", code_name="MENGD-922", centres=[centre.name])
        await asker.do("lock")
        await asker.unlock()
        await here.tick()
        assert len(await acts.known(centre, "inquiries")) == MOST
        assert "MENGD-922" in await acts.known(asker, "drafts")


async def test_what_nobody_asked_for_is_answered_so_often_and_no_more() -> None:
    """The rest is turned away in silence, and what is honest is heard before those answers."""
    async with brisk() as (here, sender, centre):
        mark, contents = malice.record(sender, centre)
        made = malice.package(sender, contents, mark)
        await centre.do("lock")
        for _ in range(3):
            for _ in range(MANY):
                await malice.tell(sender, centre, unasked(made))
            await here.tick()
        await centre.unlock()
        assert (await centre.do("status"))["refused"] == 3 * MANY
        name = await acts.ready(here, sender, acts.sample(SAMPLE, name="ÆRLEG-923"))
        await acts.send(here, sender, centre, name, by_phone="duty")
        await acts.until_state(here, sender, "out", name, "stored")
        assert (await sender.do("status"))["refused"] < MOST_TURNED_AWAY
        await here.tick(MOST_TURNED_AWAY + 2)
        assert (await sender.do("status"))["refused"] == MOST_TURNED_AWAY


async def test_a_fault_on_our_own_disk_destroys_nothing_that_comes(desks: Fourfold) -> None:
    """A row that cannot be read lies in the way: what comes waits, and opens when it is gone."""
    _, centre, _ = desks.sides
    ledger = centre.party.service.office.ledger
    bad = b"a yes of no form".ljust(32, b".")
    async with ledger.transaction("spoilt") as rows:
        await rows.put(Shelf.ACCEPTANCE, bad, b"spoilt")
    await acts.ready(desks.here, desks.sides[0].party, acts.sample(SAMPLE, name="VENT-930"))
    before = await acts.known(centre.party, "in")
    made = await desks.sides[0].party.do("send", code_name="VENT-930", agreed_by_phone="duty")
    await desks.here.tick(2)
    await centre.party.do("lock")
    status = await centre.party.unlock()
    assert await acts.known(centre.party, "in") == before
    assert centre.party.service.health.refusals
    async with ledger.transaction("mended") as rows:
        await rows.delete(Shelf.ACCEPTANCE, bad)
    await desks.here.tick()
    package = await acts.fresh(centre.party, "in", before)
    assert (await centre.party.do("status"))["refused"] == status["refused"]
    await desks.opens(centre, package, str(made["arrival_code"]))
    await centre.party.do("withdraw", code_name=package)


async def test_what_is_imported_and_sent_on_is_taken_back_by_its_own_name(
    desks: Fourfold, tmp_path: Path
) -> None:
    """What came keeps its name; the further move has another, and each goes without the other."""
    sender, centre, third = desks.sides
    package = await desks.open("VIDARE-940")
    await centre.party.do("export", code_name=package, path=str(tmp_path / "ut"))
    name = str((await centre.party.do("import", path=str(tmp_path / "ut")))["code_name"])
    assert name != package
    await centre.says(package, "state.in.opened")
    text = acts.sample(SAMPLE, name=name, of=centre.party.name, to=third.party.name)
    await centre.party.do("part", code_name=name, case=text)
    assert (await centre.party.do("consent", code_name=name, case=text))["consent"]
    code, onward = await desks.sends(name, of=1, to=2)
    await desks.opens(third, onward, code)
    assert await third.holds()
    await centre.party.do("withdraw", code_name=name)
    await desks.here.tick(5)
    await third.says(onward, "state.in.withdrawn")
    assert not await third.holds()
    await centre.says(name, "answered.deleted")
    assert "Marte" in await centre.card(package)
    await sender.party.do("withdraw", code_name="VIDARE-940")
    await desks.here.tick(3)
    await centre.says(package, "state.in.withdrawn")
    with pytest.raises(WrongState):
        await centre.party.do("card", code_name=package)


async def test_a_question_under_our_own_id_takes_the_place_of_nothing(desks: Fourfold) -> None:
    """Whoever was asked knows the id: it asks back under it, and the true answer still comes."""
    sender, centre, _ = desks.sides
    await asks(desks, sender, centre, "SPURT-950", 1)
    (inquiry,) = await asks(desks, centre, sender, "EIGEN-951", 1)
    async with sender.party.service.office.ledger.reading() as rows:
        row, _ = await finding.asking(rows, inquiry)
    before = await acts.known(centre.party, "inquiries")
    await forged(sender.party, centre.party, row)
    await desks.here.tick()
    assert await acts.known(centre.party, "inquiries") == before
    await acts.accept(desks.here, sender.party, inquiry)
    await centre.says("EIGEN-951", "inquiry.yes")


async def test_a_request_that_left_too_late_leaves_the_way_to_the_police_open() -> None:
    """Two nights without the broker: staff are told, ask anew, and the district reads it once."""
    async with village("granlia", "innlandet", start=SATURDAY, blobs=FEW) as (here, found):
        sender, district = found
        await sender.do("new", case=acts.sample("SKOG-903", of=sender.name))
        await here.stop()
        asked = await sender.do("police request", code_name="SKOG-903")
        assert asked["kept"] is False
        here.clock.set(start_of(Day(here.today + 2)) + 3_600)
        await here.start()
        await here.tick(3)
        assert await acts.known(district, "in") == set()
        assert "SKOG-903" in str((await sender.do("status"))["attention"])
        assert (await sender.do("police request", code_name="SKOG-903"))["kept"]
        await here.tick(2)
        (request,) = await acts.known(district, "in")
        await district.do("police review", code_name=request)
        await district.do("police outside", code_name=request)
        await here.tick(3)
        assert (await acts.row(sender, "out", "SKOG-903"))["police"] == "relayed_outside"
