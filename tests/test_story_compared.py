"""A key is compared by telephone: what is remembered, what is stopped, and what is never told."""

import html
from collections.abc import AsyncGenerator
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import expect

from client.refusals import KeyChanged, KeyStopped, NotInDirectory, NotLeader, WrongState
from client.shelf import Shelf
from keys.address import CellClass
from keys.identity import fingerprint_digits
from keys.keystore import StaffSlots
from keys.words import Language, Words
from tests import acts
from tests.axe import LOOKS, faults
from tests.browser import Seen, Tab, chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.fourfold import SATURDAY, THREE, fourfold
from tests.parties import CHEAP, PASSPHRASE, STAFF, Party, village
from tests.program import in_process
from tests.stage import holds
from tests.test_web_arrival import unlocked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

BLOBS: Final = MappingProxyType(
    {CellClass.S: 40, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
SAY: Final = Words("client").say
OLA: Final = "Ola"
OLAS: Final = "et helt annet passord"
URGENT: Final = "move_number: 1\nemergency: ja"
Desks = tuple[World, Party, Party, Party]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """A centre with a leader and a colleague, two others, and a district."""
    async with village(*THREE, "innlandet", start=SATURDAY, blobs=BLOBS) as (here, found):
        slots = StaffSlots(found[0].home.slots)
        key = slots.unlock(STAFF, PASSPHRASE, here.clock.now())
        slots.add(key, OLA, OLAS, CHEAP)
        key.wipe()
        yield here, found[0], found[1], found[2]


async def written(desks: Desks, name: str, *, urgent: bool = False) -> str:
    """Write a case and its consent down; the place is agreed by phone."""
    here, sender, centre, _ = desks
    for party in desks[1:]:
        await party.unlock()
    text = acts.sample("GRAN-427", name=name, of=sender.name, to=centre.name)
    text = text.replace("move_number: 1", URGENT) if urgent else text
    return await acts.ready(here, sender, text)


async def word(desks: Desks, name: str) -> list[str]:
    """Return what the look before sending finds of the receiver's key."""
    found = (await desks[1].do("check", code_name=name))["findings"]
    assert isinstance(found, list)
    return [f"{one[0]} {one[1]}" for one in found if "check.key" in str(one[1])]  # type: ignore[index]


async def shelf(party: Party) -> int:
    """Return how many rows are kept of keys that were compared."""
    async with party.service.office.ledger.reading() as rows:
        return len(await rows.ids(Shelf.COMPARED))


def says(seen: Seen, *texts: str) -> None:
    """Show that a page says each of these."""
    page = html.unescape(seen.text)
    assert not [text for text in texts if text not in page], page


async def page_of(tab: Tab, name: str) -> str:
    """Return where the directory leads to compare a member's key."""
    row = (await tab.get("/directory")).text.partition(f"<strong>{name}<")[2]
    return row.partition('href="/key/')[2].partition('"')[0].join(("/key/", ""))


async def test_what_was_heard_is_remembered_with_the_case_and_forgotten_with_it(
    desks: Desks,
) -> None:
    """P12: confirmed by telephone, sent, and confirmed in the journal: nothing names the centre."""
    here, sender, centre, _ = desks
    await written(desks, "RING-701")
    assert await word(desks, "RING-701") == ["yellow check.key_unheard"]
    shown = await sender.do("key show", name=centre.name)
    assert shown["digits"] == [*fingerprint_digits(centre.member_id)]
    assert shown["own"] == [*fingerprint_digits(sender.member_id)]
    assert shown["cases"] == ["RING-701"]
    digits = " ".join(fingerprint_digits(centre.member_id))
    assert (await sender.do("key same", name=centre.name, digits=digits))["cases"] == ["RING-701"]
    assert await word(desks, "RING-701") == ["green check.key_same"]
    assert await shelf(sender) == 0
    rows = (await sender.do("directory"))["members"]
    assert isinstance(rows, list)
    heard = [one["name"] for one in rows if one["key"] == "same"]  # type: ignore[index, call-overload]
    assert heard == [centre.name]
    code, package = await acts.send(here, sender, centre, "RING-701", by_phone="duty")
    await acts.opened(here, centre, package, code)
    await here.tick(2)
    assert await holds(sender, (centre.member_id,))
    await acts.confirm(here, centre, package)
    assert await acts.state(sender, "out", "RING-701") == "confirmed"
    assert not await holds(sender, (centre.member_id, centre.name.encode()))
    assert (await sender.do("key show", name=centre.name))["key"] == "unheard"


async def test_without_a_case_nothing_is_kept_of_one_member(desks: Desks) -> None:
    """A word on one centre alone would say later to whom something went."""
    _, sender, _, third = desks
    await sender.unlock()
    before = (await sender.do("log"))["lines"]
    said = await in_process(sender, "key", "same", third.name, "--yes")
    assert SAY("key.nowhere") in said.out
    assert await shelf(sender) == 0
    assert not await holds(sender, (third.member_id, third.name.encode()))
    assert (await sender.do("log"))["lines"] == before


async def test_another_answer_drops_what_was_heard(desks: Desks) -> None:
    """A yes for another centre, or a no, leaves no word on the first."""
    _, sender, centre, third = desks
    await written(desks, "BYTT-702")
    await sender.do("key same", name=centre.name)
    await sender.do("consent", code_name="BYTT-702")
    assert await word(desks, "BYTT-702") == ["green check.key_same"]
    other = acts.sample("GRAN-427", name="BYTT-702", of=sender.name, to=third.name)
    await sender.do("consent", code_name="BYTT-702", case=other, centre=third.name)
    assert await word(desks, "BYTT-702") == ["yellow check.key_unheard"]
    await sender.do("discard", code_name="BYTT-702")


async def test_other_digits_stop_that_member_alone_until_a_leader_lifts_it(desks: Desks) -> None:
    """Case, question and addition are refused; taking back, intake and the others go on."""
    here, sender, centre, third = desks
    await written(desks, "FORR-703")
    code, package = await acts.send(here, sender, centre, "FORR-703", by_phone="duty")
    await written(desks, "ULIK-704", urgent=True)
    told = await in_process(sender, "key", "differs", centre.name)
    assert SAY("key.differs_done", name=centre.name) in told.out
    assert SAY("key.on_its_way", name="FORR-703") in told.out
    assert await word(desks, "ULIK-704") == ["red check.key_stopped"]
    for verb, more in (
        ("send", {"agreed_by_phone": "duty"}),
        ("send", {"agreed_by_phone": "duty", "urgent": True}),
        ("inquire", {"centres": [centre.name]}),
    ):
        with pytest.raises(KeyStopped):
            await sender.do(verb, code_name="ULIK-704", **more)  # type: ignore[arg-type]
    said = await in_process(sender, "send", "ULIK-704", "--agreed-by-phone", "vakt", "--yes")
    assert SAY("refusal.key_stopped.what") in said.err
    assert SAY("sent.nothing") in said.err
    assert SAY("refusal.key_stopped.do") in said.err
    with pytest.raises(KeyStopped):
        await sender.do("key same", name=centre.name)
    assert "ULIK-704" not in await acts.known(sender, "out")
    # What came is taken in, what was sent is taken back, and another centre is asked and sent to.
    await acts.opened(here, centre, package, code)
    await sender.do("withdraw", code_name="FORR-703")
    await here.tick(3)
    assert await acts.state(sender, "out", "FORR-703") == "withdrawn"
    await sender.do("inquire", code_name="ULIK-704", centres=[third.name])
    # A colleague does not lift it, and a leader does; it is then as unheard as before.
    await sender.do("lock", everybody=True)
    await sender.do("unlock", name=OLA, passphrase=OLAS)
    with pytest.raises(NotLeader):
        await sender.do("key lift", name=centre.name)
    await sender.do("lock", everybody=True)
    await sender.unlock()
    lifted = await in_process(sender, "key", "lift", centre.name)
    assert SAY("key.lifted") in lifted.out
    with pytest.raises(WrongState):
        await sender.do("key lift", name=centre.name)
    assert await word(desks, "ULIK-704") == ["yellow check.key_unheard"]
    answer = await sender.do("send", code_name="ULIK-704", agreed_by_phone="duty")
    assert answer["kept"]


async def test_on_the_page_nothing_is_chosen_and_the_finding_is_settled(desks: Desks) -> None:
    """From the check by the page and back; in three languages, with the number of the directory."""
    here, sender, centre, _ = desks
    await written(desks, "SIDE-705")
    async with desk_of(sender, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        visit = tab.desk.door.visit
        assert visit is not None
        check = f"/send/{visit.word('SIDE-705')}"
        address = await page_of(tab, centre.name)
        says(await tab.get(check), SAY("check.key_unheard"), f'href="{address}"')
        for lang in Language:
            await tab.post("/language", language=lang.value)
            there = Words("client", lang).say
            page = await tab.get(address)
            says(page, there("key.ring"), there("key.theirs", name=centre.name), there("web.key"))
            says(page, *fingerprint_digits(centre.member_id), "SIDE-705")
            says(page, *fingerprint_digits(sender.member_id), there("web.key.differs"))
        await tab.post("/language", language="nb")
        phone = sender.service.office.roster.member(centre.member_id).directory.call_back_phone
        says(await tab.get(address), phone)
        assert (await tab.post(address, heard="maybe")).status == 404
        old = await tab.post(address, heard="same", digits="11111 22222")
        assert old.status == 409
        says(old, SAY("refusal.key_changed.what"), SAY("sent.nothing"))
        digits = " ".join(fingerprint_digits(centre.member_id))
        await tab.post(address, heard="same", digits=digits)
        says(await tab.get(address), SAY("key.kept"))
        says(await tab.get(check), SAY("check.key_same"))
        await tab.post(address, heard="differs")
        says(await tab.get(address), SAY("web.key.lift"), SAY("key.registrars"))
        stopped = await tab.get(check)
        says(stopped, SAY("check.key_stopped"), SAY("web.send.red"))
        await tab.post(address, heard="lift")
        says(await tab.get(address), SAY("key.lifted"))
        says(await tab.get("/directory"), SAY("key.unheard"))


async def test_a_sheet_is_kept_whole_or_not_at_all(desks: Desks) -> None:
    """With one left open nothing is kept; then all are confirmed, and one is stopped."""
    here, sender, centre, third = desks
    await sender.unlock()
    async with desk_of(sender, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        page = await tab.get("/keys")
        says(page, SAY("web.keys.how"), *fingerprint_digits(third.member_id))
        assert " checked" not in page.text
        names = [one.name for one in desks[2:]]
        members = (await sender.do("key sheet"))["members"]
        version = (await sender.do("key sheet"))["version"]
        assert isinstance(members, list)
        shown = [str(one["name"]) for one in members]  # type: ignore[index, call-overload]
        assert set(names) < set(shown)
        heard = {f"heard.{at}": "same" for at in range(len(shown))}
        heard[f"heard.{shown.index(third.name)}"] = "differs"
        left = {name: one for name, one in heard.items() if name != "heard.0"}
        open_ = await tab.post("/keys", version=str(version), **left)
        assert open_.status == 422
        says(open_, SAY("web.keys.lacks", name=shown[0]))
        assert await shelf(sender) == 1  # the stop that was lifted
        old = await tab.post("/keys", version=f"{int(str(version)) + 1}", **heard)
        says(old, SAY("refusal.wrong_state.what_kind.key.other_register"))
        await tab.post("/keys", version=str(version), **heard)
        says(await tab.get("/keys"), SAY("key.all_done", same=len(shown) - 1, stopped=1))
    await sender.unlock()
    assert not await holds_in(sender, centre.member_id)
    await sender.do("key lift", name=third.name)
    told = await in_process(sender, "key", "all", "--sheet", str(version), "--yes")
    assert SAY("key.all_done", same=len(shown), stopped=0) in told.out
    assert not await holds_in(sender, third.member_id)
    listed = await in_process(sender, "directory")
    day = Words("client").day(sender.service.office.today)
    assert listed.out.count(SAY("key.same", day=day)) == len(shown)
    with pytest.raises(NotInDirectory):
        await sender.do("key differs", name="Ingen")


async def holds_in(party: Party, member_id: bytes) -> bool:
    """Return whether a row on compared keys names a member."""
    async with party.service.office.ledger.reading() as rows:
        found = await rows.rows(Shelf.COMPARED)
    return any(member_id in row or member_id in value for row, value in found)


async def test_a_centre_with_a_new_key_is_rung_before_it_is_sent_to() -> None:
    """Red for seven days; compared, or urgent, it goes; and a stop for the old key is forgotten."""
    async with fourfold(*THREE, start=SATURDAY, blobs=BLOBS) as desks:
        here, (sender, old, _) = desks.here, desks.sides
        await sender.party.do("key differs", name=old.party.name)
        assert await shelf(sender.party) == 1
        here.revoke(old.party.member_id)
        new = await desks.enter("fjordglott", "fjordglott-2")
        await here.tick()
        assert await shelf(sender.party) == 0
        cast = (here, sender.party, new.party, old.party)
        for name, urgent in (("NY-801", False), ("NY-802", True)):
            text = acts.sample("GRAN-427", name=name, of=sender.party.name, to=new.party.name)
            text = text.replace("move_number: 1", URGENT) if urgent else text
            await acts.ready(here, sender.party, text)
        assert await word(cast, "NY-801") == ["red check.key_changed"]
        assert await word(cast, "NY-802") == ["yellow check.key_changed_urgent"]
        with pytest.raises(KeyChanged):
            await sender.party.do("send", code_name="NY-801", agreed_by_phone="duty")
        assert (await sender.party.do("send", code_name="NY-802", agreed_by_phone="duty"))["kept"]
        await sender.party.do("key same", name=new.party.name)
        assert await word(cast, "NY-801") == ["green check.key_same"]
        assert (await sender.party.do("send", code_name="NY-801", agreed_by_phone="duty"))["kept"]


@needs_chromium
async def test_in_chromium_a_key_is_compared_by_keyboard_and_without_fault(desks: Desks) -> None:
    """From the directory to the answer by Enter alone; both pages at every look."""
    here, sender, centre, _ = desks
    await written(desks, "TAST-706")
    async with desk_of(sender, DrivenClock(here.clock.now())) as tab, chromium() as context:
        page = await context.new_page()
        await unlocked(page, tab.address)
        address = await page.evaluate("location.origin")
        await page.goto(address + "/directory")
        row = page.locator("li.row", has_text=centre.name)
        await row.locator("a[href^='/key/']").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text(SAY("web.key"))
        for look in LOOKS:
            assert await faults(page, look) == []
        await page.locator("button[value=same]").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_have_text(SAY("key.kept"))
        await page.locator("button[value=differs]").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("button[value=lift]")).to_be_visible()
        for look in LOOKS:
            assert await faults(page, look) == []
        await page.goto(address + "/keys")
        for look in LOOKS:
            assert await faults(page, look) == []
        await page.goto(address + "/directory")
        for look in LOOKS:
            assert await faults(page, look) == []
