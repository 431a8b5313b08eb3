"""What is added or corrected follows the case, beside what was said before and never over it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import MappingProxyType

import pytest
import pytest_asyncio

from client import handover, sorting
from client.case import decode_part, parse_part_id
from client.case.threat import Threat
from client.draft import ConsentedPackage
from client.handover import Job, SealedEnvelope, Seat, To
from client.refusals import ConsentMissing, MissingAnswer, WrongState
from client.shelf import Shelf
from client.verbs import finding
from keys.address import CellClass
from keys.calendar import Instant
from keys.errors import NotHere
from tests import acts
from tests.parties import Party, village
from tests.stage import holds
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
BLOBS = MappingProxyType({CellClass.S: 32, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
OLD, NEW = "Mørkegrå stasjonsvogn", "Kvit varebil med takstige"


@dataclass(frozen=True, slots=True)
class Desks:
    """Two centres that know each other."""

    here: World
    sender: Party
    centre: Party

    async def send(self, name: str) -> tuple[str, str]:
        """Send a case as `name`; return its code and what the other desk calls it."""
        await acts.ready(self.here, self.sender, acts.sample("GRAN-427", name=name))
        return await acts.send(self.here, self.sender, self.centre, name, by_phone="duty")

    async def correct(self, name: str) -> None:
        """Correct the car in a case that was sent."""
        text = acts.sample("GRAN-427", name=name).replace(OLD, NEW)
        start = text.index("consent:")
        end = text.find("\n\n", start)
        without = text[:start] + (text[end + 2 :] if end > 0 else "")
        state = await acts.state(self.sender, "out", name)
        answer = await self.sender.do("add", code_name=name, case=without, seen=True)
        assert answer["parts"] == ["threat"]
        # Nobody is handed a code that opens nothing any more.
        assert answer["opened"] is (state == "opened")
        assert bool(answer["arrival_code"]) is (state != "opened")

    async def versions(self, package: str, part: str) -> list[tuple[str, str]]:
        """Return what was said at a part, oldest first, each with where it comes from."""
        said = (await self.centre.do("read", code_name=package, part=part))["versions"]
        assert isinstance(said, list)
        found: list[tuple[str, str]] = []
        for one in said:
            assert isinstance(one, list)
            how, _, octets = one
            assert isinstance(octets, bytes)
            found.append((str(how), str(decode_part(parse_part_id(part), octets).model_dump())))
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres for all stories of this file."""
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


async def test_a_correction_after_opening_stands_beside_what_it_corrects(desks: Desks) -> None:
    """He has another car: no new code, both cars with their source, and the card says so."""
    code, package = await desks.send("BIL-500")
    await acts.opened(desks.here, desks.centre, package, code)
    await desks.here.tick(3)
    assert await acts.state(desks.sender, "out", "BIL-500") == "opened"
    before = await acts.known(desks.centre, "in")
    await desks.correct("BIL-500")
    await desks.here.tick(4)
    assert await acts.known(desks.centre, "in") == before, "an update is no case of its own"
    (first, old), (second, new) = await desks.versions(package, "threat")
    assert (first, second) == ("came", "update")
    assert OLD in old
    assert NEW in new
    assert OLD not in new
    shown = "\n".join(await acts.card(desks.centre, package))
    assert NEW in shown
    assert "ENDRET ETTER AT DET KOM" in shown
    assert len(await desks.versions(package, "person")) == 1
    # The log tells the two openings apart: by her code, and because the case was open.
    opened = ["opens_by_code", "opened", "opens_addition", "opened"]
    assert [act for act in await acts.logged(desks.centre, package) if "open" in act] == opened
    shared = (await desks.sender.do("record", code_name="BIL-500"))["shared"]
    assert isinstance(shared, list)
    parts = [one["parts"] for one in shared if isinstance(one, dict)]
    assert len(parts) == 2
    assert ["threat"] in parts


async def test_one_card_opens_the_case_and_what_was_added_on_the_way(desks: Desks) -> None:
    """Added while it waits, it opens at the door with the code that she has already."""
    code, package = await desks.send("DOER-501")
    await desks.correct("DOER-501")
    await desks.here.tick(3)
    await acts.opened(desks.here, desks.centre, package, code)
    assert [how for how, _ in await desks.versions(package, "threat")] == ["came", "update"]


async def test_a_part_without_consent_is_not_added(desks: Desks) -> None:
    """An update is no way around the consent; a file that says nothing new is no update."""
    await desks.send("UTEN-502")
    text = acts.sample("GRAN-427", name="UTEN-502")
    with pytest.raises(MissingAnswer):
        await desks.sender.do("add", code_name="UTEN-502", case=text)
    start = text.index("consent:")
    bare = text[:start] + "history:\n  stays:\n    - {region: Vestlandet, why_left: Uro}\n"
    with pytest.raises(ConsentMissing):
        await desks.sender.do("add", code_name="UTEN-502", case=bare, seen=True)


async def test_taken_back_the_case_takes_its_updates_with_it(desks: Desks) -> None:
    """Nothing that was added opens after she has taken it back."""
    code, package = await desks.send("ANGRE-503")
    await desks.correct("ANGRE-503")
    await desks.here.tick(2)
    await desks.sender.do("withdraw", code_name="ANGRE-503")
    await desks.here.tick(3)
    assert await acts.state(desks.centre, "in", package) == "withdrawn"
    async with desks.centre.service.office.ledger.reading() as rows:
        states = {str(one.state) for one in await finding.all_incoming(rows) if one.follows}
    assert "waiting" not in states
    assert code


async def test_a_part_taken_back_leaves_what_was_added_to_another(desks: Desks) -> None:
    """The threat and its correction go; what was added to her own part arrives all the same."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    code, package = await desks.send("SKILT-506")
    await acts.opened(here, centre, package, code)
    await here.tick(3)
    text = acts.sample("GRAN-427", name="SKILT-506").partition("\nconsent:")[0]
    for old, new, part in ((OLD, "Raud moped", "threat"), ("Røyker.", "Røyker ute.", "person")):
        text = text.replace(old, new)
        answer = await sender.do("add", code_name="SKILT-506", case=text, seen=True)
        assert answer["parts"] == [part]
    await sender.do("withdraw", code_name="SKILT-506", parts=["threat"])
    await here.tick(8)
    assert [how for how, _ in await desks.versions(package, "person")] == ["came", "update"]
    with pytest.raises(NotHere):
        await centre.do("read", code_name=package, part="threat")
    assert not await holds(centre, [b"Raud moped"])
    assert (await acts.row(sender, "out", "SKILT-506"))["answer"] == "deleted"


async def test_a_confirmed_case_is_corrected_where_she_is(desks: Desks) -> None:
    """After confirmation the old centre has nothing to correct, and knows of no place."""
    code, package = await desks.send("FERDIG-504")
    await acts.opened(desks.here, desks.centre, package, code)
    await desks.here.tick(2)
    await desks.correct("FERDIG-504")
    await desks.here.tick(4)
    await acts.confirm(desks.here, desks.centre, package)
    assert await acts.state(desks.sender, "out", "FERDIG-504") == "confirmed"
    with pytest.raises(WrongState):
        await desks.sender.do("add", code_name="FERDIG-504", case=acts.sample("GRAN-427"))
    async with desks.sender.service.office.ledger.reading() as rows:
        left = [one for one in await finding.all_outgoing(rows) if one.code_name == "FERDIG-504"]
    assert [bool(one.recipient) for one in left] == [False, False]


async def test_what_she_says_at_the_new_place_is_noted_beside_the_part(desks: Desks) -> None:
    """A local note stays on this desk, stands on the card, and goes when its part is taken back."""
    code, package = await desks.send("NOTAT-505")
    await acts.opened(desks.here, desks.centre, package, code)
    await acts.confirm(desks.here, desks.centre, package)
    word = "Bilen er solgt, sier Marte"
    await desks.centre.do("note", code_name=package, part="threat", text=word)
    said = (await desks.centre.do("read", code_name=package, part="threat"))["versions"]
    assert isinstance(said, list)
    assert [one[0] for one in said if isinstance(one, list)] == ["came", "note"]
    assert word in "\n".join(await acts.card(desks.centre, package))
    with pytest.raises(NotHere):
        await desks.centre.do("note", code_name=package, part="history", text=word)
    async with desks.centre.service.office.ledger.reading() as rows:
        assert await rows.rows(Shelf.OWED) == []
    assert await holds(desks.centre, [word.encode()])
    await desks.centre.do("withdraw", code_name=package, parts=["threat"])
    assert not await holds(desks.centre, [word.encode()])


async def test_what_is_taken_back_while_it_is_added_does_not_leave(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A colleague takes a part back while another corrects it: the correction stays here."""
    code, package = await desks.send("KAPP-505")
    await acts.opened(desks.here, desks.centre, package, code)
    await desks.here.tick(2)
    loop, honest = asyncio.get_running_loop(), handover.hand_over

    def slow(what: ConsentedPackage, to: To, seat: Seat, job: Job) -> SealedEnvelope:
        back = desks.sender.do("withdraw", code_name="KAPP-505", parts=["threat"])
        asyncio.run_coroutine_threadsafe(back, loop).result(60)
        return honest(what, to, seat, job)

    monkeypatch.setattr(handover, "hand_over", slow)
    with pytest.raises(WrongState):
        await desks.correct("KAPP-505")
    await desks.here.tick(3)
    parts = (await desks.centre.do("read", code_name=package))["parts"]
    assert isinstance(parts, list)
    assert "threat" not in parts


async def test_an_update_by_a_newer_program_waits_unharmed(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What this program cannot read yet is neither shown nor destroyed, nor called refused."""
    code, package = await desks.send("NY-506")
    with monkeypatch.context() as later:
        later.setattr(Threat, "VERSION", Threat.VERSION + 1)
        await desks.correct("NY-506")
    await desks.here.tick(3)
    await acts.opened(desks.here, desks.centre, package, code)
    assert [how for how, _ in await desks.versions(package, "threat")] == ["came"]
    async with desks.centre.service.office.ledger.reading() as rows:
        last = [one.state for one in await finding.all_incoming(rows) if one.follows]
    assert "waiting" in last


async def test_no_two_things_at_a_desk_have_one_code_name(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many updates a centre sends, none of them is called what another's case is called."""
    _, package = await desks.send("NAVN-507")
    drawn = iter([package, package, "GRAN-999"])
    monkeypatch.setattr(finding, "new_code_name", lambda: next(drawn))
    await desks.correct("NAVN-507")
    await desks.here.tick(3)
    async with desks.centre.service.office.ledger.reading() as rows:
        names = [one.code_name for one in await finding.all_incoming(rows)]
    assert len(names) == len(set(names))
    assert "GRAN-999" in names


async def test_a_fault_with_one_note_keeps_no_other_from_opening(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something that no rule foresaw ends neither the service nor the tick; the note waits."""
    await acts.ready(desks.here, desks.sender, acts.sample("GRAN-427", name="FEIL-508"))
    before = await acts.known(desks.centre, "inquiries")
    with monkeypatch.context() as broken:
        broken.setattr(sorting, "Asking", lambda **_: 1 // 0)
        await desks.sender.do("inquire", code_name="FEIL-508", centres=[desks.centre.name])
        code, package = await desks.send("ETTER-509")
        health = await desks.centre.service.tick()
        assert "service_fault" in {one.code for one in health.refusals}
        await desks.centre.do("arrive", code_name=package, arrival_code=code)
    await desks.here.tick(2)
    assert len(await acts.known(desks.centre, "inquiries") - before) == 1
