"""What the desk writes down of a case that is open here, and the next move, in a browser."""

import html
import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from client.web.rechecking import WHERE
from client.web.writing import Place
from keys.address import CellClass
from keys.calendar import Instant
from keys.wire import Value
from keys.words import Language, Words
from tests import acts
from tests.browser import Seen, Tab, chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party, village
from tests.stage import holds
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOON: Final = Instant(1_794_999_600)
"""18 November 2026, 12.00 in Norway."""
BLOBS: Final = MappingProxyType(
    {CellClass.S: 12, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
NAME: Final = "VIDDE-256"
SAY: Final = Words("client").say
YES: Final = MappingProxyType(
    {"purpose": "next_move", "given_by": "user", "form": "written", "language": "arabisk"}
)
PAGES: Final = ("recheck", "renew", "onward")


@dataclass(eq=False)
class Here:
    """A case with two children, open at the centre it came to, and one that nobody has opened."""

    world: World
    sender: Party
    centre: Party
    package: str
    shut: str
    clock: DrivenClock


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here() -> AsyncGenerator[Here, None]:
    """Two centres; what one sent is open at the other."""
    async with village("granlia", "fjordglott", start=NOON, blobs=BLOBS) as (world, found):
        sender, centre = found
        whole = acts.sample(NAME, of=sender.name, to=centre.name)
        bare = re.sub(r"^attachments:\n(?:[ -].*\n|\n)*", "", whole, flags=re.MULTILINE)
        text = f"{bare}\ndigital_safety: {{find_my: ok, car_tracker: ok}}\n"
        await acts.ready(world, sender, text)
        code, package = await acts.send(world, sender, centre, NAME, by_phone="duty")
        text = acts.sample("GRAN-427", of=sender.name, to=centre.name)
        await acts.ready(world, sender, text)
        _, shut = await acts.send(world, sender, centre, "GRAN-427", by_phone="duty")
        await acts.opened(world, centre, package, code)
        await world.tick(2)
        yield Here(world, sender, centre, package, shut, DrivenClock(world.clock.now()))


def says(seen: Seen, *texts: str) -> None:
    """Show that a page says each of these."""
    page = html.unescape(seen.text)
    assert not [text for text in texts if text not in page]


def word(tab: Tab, name: str) -> str:
    """Return the word that stands for a case in addresses."""
    visit = tab.desk.door.visit
    assert visit is not None
    return visit.word(name)


def topic(tab: Tab, here: Here, part: str, asked: str) -> str:
    """Return where a question of the check is answered again."""
    visit = tab.desk.door.visit
    assert visit is not None
    pages = Place(here.package, part).form.pages
    name = f"{part.partition('.')[0]}.{asked}"
    (at,) = [at for at, one in enumerate(pages) if name in {q.path for q in one.questions}]
    return Place(here.package, part, at).address(visit, WHERE)


def stands(seen: Seen) -> dict[str, str]:
    """Return what a browser would post of a page unchanged, where a name has one value."""
    page = html.unescape(seen.text)
    found = dict(
        re.findall(r'<input class="ds-input[^>]*? name="([^"]+)" value="([^"]*)" auto', page)
    )
    found |= dict(re.findall(r'<textarea [^>]*?name="([^"]+)"[^>]*>\n?([^<]*)</textarea>', page))
    radios = r'type="radio"[^>]*? name="([^"]+)" value="([^"]*)" checked'
    found |= dict(re.findall(radios, page))
    for name, choices in re.findall(
        r'<select [^>]*?name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', choices)
        found |= {name: chosen[1]} if chosen else {}
    return found


async def test_each_page_says_in_each_language_that_nothing_is_sent(here: Here) -> None:
    """They are reached from the whole case; one that is not open has none of them."""
    async with desk_of(here.centre, here.clock) as tab:
        await tab.enter()
        whole = (await tab.get(f"/opened/{word(tab, here.package)}")).text
        for lang in Language:
            await tab.post("/language", language=lang.value)
            for page in PAGES:
                address = f"/{page}/{word(tab, here.package)}"
                assert address in whole
                seen = await tab.get(address)
                says(seen, Words("client", lang).say(f"web.{page}.sends"))
                assert not re.search(r">[^<]*\b(?:web|field|choice|page)\.[a-z_.]+\b", seen.text)
        for page in PAGES:
            assert (await tab.get(f"/{page}/{word(tab, here.shut)}")).status == 404
        assert (await tab.get(f"/renew/{word(tab, 'INGEN-000')}")).status == 404


async def test_the_check_is_gone_through_here_and_stands_beside_what_came(here: Here) -> None:
    """What is answered anew counts, the rest keeps its day, and nothing of it leaves."""
    before = str(await acts.rows(here.sender, "out"))
    async with desk_of(here.centre, here.clock) as tab:
        await tab.enter()
        where = topic(tab, here, "digital_safety", "recheck_date")
        listed = await tab.get(f"/recheck/{word(tab, here.package)}")
        assert where in listed.text
        typed = stands(await tab.get(where))
        same = await tab.post(where, **typed)
        assert same.status == 422
        says(same, SAY("web.recheck.none"), SAY("sent.nothing"))
        wrong = await tab.post(where, **{**typed, "recheck_date": "i morgen"})
        assert wrong.status == 422
        says(wrong, SAY("web.form.wrong.date"), "i morgen")
        done = await tab.post(where, **{**typed, "recheck_date": "20.11.2026"})
        assert done.headers["Location"] == f"/recheck/{word(tab, here.package)}"
        says(await tab.get(done.headers["Location"]), SAY("cli.rechecked"))
        now = stands(await tab.get(where))
        assert now["recheck_date"] == "20.11.2026"
        gone = await tab.post(where, **{**now, "recheck_date": ""})
        assert gone.status == 422
        says(gone, SAY("web.recheck.stays"))
        assert stands(await tab.get(where)) == now
        whole = (await tab.get(f"/opened/{word(tab, here.package)}")).text
        assert re.search(
            rf">{SAY('part.digital_safety')}</a> <span[^>]*>{SAY('web.reading.check')}<", whole
        )
    said = (await _read(here, "digital_safety"))["versions"]
    assert isinstance(said, list)
    assert [one[0] for one in said if isinstance(one, list)][-1] == "check"
    await here.world.tick(2)
    assert str(await acts.rows(here.sender, "out")) == before
    assert not await holds(here.sender, [b"20.11.2026"])


async def _read(here: Here, part: str) -> Mapping[str, Value]:
    await here.centre.unlock()
    return await here.centre.do("read", code_name=here.package, part=part)


async def test_what_is_typed_when_it_locks_is_offered_again_and_counts_for_nothing(
    here: Here,
) -> None:
    """Of the check at its own topic, of the new yes at its page; sealed, and gone when saved."""
    async with desk_of(here.centre, here.clock) as tab:
        await tab.enter()
        name = Place(here.package, "digital_safety")
        pages = [replace(name, page=at) for at, _ in enumerate(name.form.pages)]
        half = {"find_my~note": "Halvferdig om telefonen"}
        before = (await _read(here, "digital_safety"))["versions"]
        visit = tab.desk.door.visit
        assert visit is not None
        find = topic(tab, here, "digital_safety", "find_my")
        typed = {**stands(await tab.get(find)), **half}
        assert (await tab.post(find, **typed, then="keep")).headers["Location"] == find
        yes = f"/renew/{word(tab, here.package)}"
        assert (await tab.post(yes, language="dari", ends="1.1", then="keep")).status == 303
        await tab.post("/lock")
        await here.centre.do("lock")
        for file in here.centre.home.path.rglob("*.db*"):
            assert b"Halvferdig" not in file.read_bytes()
        await tab.enter_again()
        at = [one.address(tab.desk.door.visit or visit, WHERE) for one in pages]
        find = topic(tab, here, "digital_safety", "find_my")
        for one in at:
            seen = await tab.get(one)
            assert seen.status == 200
            assert ("Halvferdig" in seen.text) == (one == find)
            assert (SAY("web.recheck.typed") in seen.text) == (one == find)
        assert (await _read(here, "digital_safety"))["versions"] == before
        whole = str(await here.centre.do("card", code_name=here.package))
        assert "Halvferdig" not in whole
        yes = f"/renew/{word(tab, here.package)}"
        page = await tab.get(yes)
        assert page.status == 200
        says(page, SAY("web.recheck.typed"), 'value="dari"', 'value="1.1"')
        assert (await tab.post(find, **typed)).status == 303
        assert SAY("web.recheck.typed") not in (await tab.get(find)).text
        assert (await tab.post(yes, **YES)).status == 303
        assert SAY("web.recheck.typed") not in (await tab.get(yes)).text


async def test_a_childs_own_rows_are_answered_row_by_row(here: Here) -> None:
    """Only what concerns its telephone and its contact here; a row that is left stays."""
    async with desk_of(here.centre, here.clock) as tab:
        await tab.enter()
        listed = (await tab.get(f"/recheck/{word(tab, here.package)}")).text
        ours = topic(tab, here, "child.1", "digital")
        theirs = topic(tab, here, "child.1", "own_words")
        assert ours in listed
        assert theirs not in listed
        assert (await tab.get(theirs)).status == 404
        assert (await tab.post(theirs, own_words="Nei")).status == 404
        for typed in ({"digital.wearables": "fixed"}, {"digital.note": "Klokka lå igjen"}):
            await tab.post(ours, **{**stands(await tab.get(ours)), **typed})
        page = stands(await tab.get(ours))
        assert page["digital.wearables"] == "fixed"
        assert page["digital.note"] == "Klokka lå igjen"
        contact = topic(tab, here, "child.1", "contact_person_new")
        await tab.post(contact, contact_person_new="Signe")
        assert stands(await tab.get(contact))["contact_person_new"] == "Signe"
    said = (await _read(here, "child.1"))["versions"]
    assert isinstance(said, list)
    assert [one[0] for one in said if isinstance(one, list)].count("check") == 3


async def test_the_day_of_the_next_check_leads_to_it(here: Here) -> None:
    """On that day the list reminds of it, with the button to the page."""
    here.world.clock.advance(2 * 86_400)
    await here.world.tick(2)
    async with desk_of(here.centre, DrivenClock(here.world.clock.now())) as tab:
        await tab.enter()
        page = (await tab.get("/list")).text
        address = f"/recheck/{word(tab, here.package)}"
        assert f'href="{address}">{SAY("web.recheck")}<' in page
        assert (await tab.get(address)).status == 200


async def test_a_new_yes_is_written_down_with_its_days(here: Here) -> None:
    """Nothing is picked beforehand; what lacks or is no day is told at its field."""
    async with desk_of(here.centre, here.clock) as tab:
        await tab.enter()
        where = f"/renew/{word(tab, here.package)}"
        assert "checked" not in (await tab.get(where)).text
        none = await tab.post(where, language="")
        assert none.status == 422
        says(none, *[SAY(f"web.renew.{one}.none") for one in YES])
        wrong = await tab.post(where, **YES, given="i går")
        assert wrong.status == 422
        says(
            wrong, SAY("web.mend"), SAY("web.renew.given.wrong"), 'value="i går"', 'value="arabisk"'
        )
        over = await tab.post(where, **YES, given="01.09.2026", ends="02.09.2026")
        assert over.status == 422
        done = await tab.post(where, **YES, given="18.11.2026", ends="24.12.2026")
        back = done.headers["Location"]
        assert back == f"/opened/{word(tab, here.package)}"
        says(await tab.get(back), SAY("cli.renewed", day="24. desember 2026"))
        card = await tab.get(f"/card/{word(tab, here.package)}")
        says(card, SAY("choice.purpose.next_move"), "arabisk")


async def test_a_further_move_begins_with_what_came_and_asks_why_first(here: Here) -> None:
    """No yes, no place and no assessment come along; the last centre hears nothing."""
    before = str(await acts.rows(here.sender, "out"))
    async with desk_of(here.centre, here.clock) as tab:
        await tab.enter()
        where = f"/onward/{word(tab, here.package)}"
        page = await tab.get(where)
        says(page, SAY("part.person"), SAY("web.onward.anew.consent"))
        listed = page.text.partition("<ul")[2].partition("</ul>")[0]
        assert SAY("part.journey") not in html.unescape(listed)
        begun = await tab.post(where)
        why = await tab.get(begun.headers["Location"])
        says(why, SAY("field.move_assessment.why_previous_failed"), SAY("web.form.sends"))
        (name,) = re.findall(r"Ny sak: ([A-ZÆØÅ]+-\d+)\.", html.unescape(why.text))
        assert re.search(r'name="move_number"[^>]*value="2"', why.text)
        await tab.post(begun.headers["Location"], why_previous_failed="Han fant adressen")
        says(await tab.get(f"/case/{word(tab, name)}"), SAY("part.person"))
        await tab.get(f"/consent/{word(tab, name)}")
        unsent = await tab.get(f"/send/{word(tab, name)}")
        says(unsent, SAY("not_sent"))
    await here.centre.unlock()
    record = await here.centre.do("written", code_name=name)
    assert record["consent"] is False
    await here.world.tick(2)
    assert str(await acts.rows(here.sender, "out")) == before


@needs_chromium
async def test_in_chromium_the_buttons_lead_from_the_card(here: Here) -> None:
    """Card, the check, a topic, and back; at 320 pixels nothing is wider than the screen."""
    screen = {"width": 320, "height": 740}
    async with desk_of(here.centre, here.clock) as tab, chromium(viewport=screen) as context:
        page = await context.new_page()
        await page.goto(tab.address)
        await page.fill("#name", STAFF)
        await page.fill("#passphrase", PASSPHRASE)
        await page.click("main form button")
        await page.click("main a[href^='/card/']")
        wide = "document.documentElement.scrollWidth <= innerWidth"
        steps = (
            ("main a[href^='/recheck/']", "recheck"),
            (f"main a[href^='/{WHERE}/']", "check_again"),
            ("main .what a", "recheck"),
            ("main .what a", "opened"),
            ("main a[href^='/renew/']", "renew"),
            ("main .what a", "opened"),
            ("main a[href^='/onward/']", "onward"),
        )
        for selector, body in steps:
            await page.locator(selector).first.click()
            await page.wait_for_selector(f"body.{body}")
            assert await page.evaluate(wide), body
