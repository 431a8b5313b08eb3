"""The page that is turned towards the person, in a browser: her language, her ticks, her answer."""

import html
import re
from collections.abc import AsyncGenerator
from types import MappingProxyType

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from client.residentwords import resident
from keys.address import CellClass
from keys.calendar import Instant
from keys.words import Language, Words
from tests import acts
from tests.browser import Seen, Tab, chromium, desk_of, look_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import Party, village
from tests.test_web_arrival import button, unlocked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
BLOBS = MappingProxyType({CellClass.S: 5, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
SAY = Words("client").say
FIELDS = MappingProxyType(
    {
        "recipient_centre": "Krisesenteret Fjordgløtt",
        "tongue": "en",
        "given_by": "user",
        "form": "oral_with_witness",
        "informed_in_language": "norsk, dari",
        "interpreter_used": "tolk på telefon",
        "informed_benefits": "yes",
        "ends_on": "01.12.2026",
        "release": "arrival",
        "child.1.one_parent_why": "Far har ikke foreldreansvar.",
        "child.1.child_view": "Vil at de skal vite om katten.",
    }
)
"""What staff write down before they turn the screen."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asking() -> AsyncGenerator[tuple[World, Party], None]:
    """A centre that asks, and the one that it asks about."""
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        yield here, found[0]


async def begun(party: Party, name: str) -> None:
    """Write a case down that nobody has been asked about."""
    await party.unlock()
    text = acts.sample("GRAN-427", name=name, of=party.name, to="Krisesenteret Fjordgløtt")
    child = "children:\n  - call_name: Ella\n    age: 6\n"
    await party.do("new", case=re.sub(r"(?m)^consent:\n(?: .*\n)*", child, text))


async def page_of(tab: Tab, name: str) -> str:
    """Return the address of the page, by the button in the list."""
    text = (await tab.get("/list")).text
    row = next(part for part in text.split('<li class="row">')[1:] if f"<strong>{name}<" in part)
    return button(row, "web.consent")


async def written(party: Party, name: str) -> dict[str, object]:
    """Return what stands in the case about the consent."""
    found = await party.do("consent show", code_name=name, form=True)
    assert isinstance(found["said"], dict)
    return {**found["said"], "shared": found["shared"]}


def says(seen: Seen, *texts: str) -> None:
    """Show that a page says each of these."""
    page = html.unescape(seen.text)
    assert not [text for text in texts if text not in page]


async def test_both_ways_stand_before_the_parts_and_nothing_is_ticked(
    asking: tuple[World, Party],
) -> None:
    """In her language, whatever the staff read; each part shows all that would be sent of it."""
    here, party = asking
    await begun(party, "SIDE-501")
    async with desk_of(party, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        address = await page_of(tab, "SIDE-501")
        assert "SIDE-501" not in address
        shown = await tab.post(address, do="show", tongue="en", named="yes", release="ahead")
        hers = resident("en").say
        says(shown, SAY("web.consent.before"), SAY("web.consent.sends"))
        turned = html.unescape(shown.text).partition('<section class="turned"')[2]
        assert turned.startswith(' lang="en" dir="ltr"')
        order = ["who", "yes", "no", "yours", "what", "not", "question"]
        places = [turned.index(f">{hers(f'consentsheet.{one}')}<") for one in order]
        assert places == sorted(places)
        assert hers("consentsheet.who.ahead") in turned
        assert "Krisesenteret Fjordgløtt" in turned
        parts = re.findall(r'<input[^>]*type="checkbox"[^>]*name="part"[^>]*>', turned)
        assert len(parts) > 5
        assert not [one for one in parts if "checked" in one]
        assert turned.count(hers("consentsheet.what.see")) >= len(parts)
        assert "jaktrifle" in turned
        say_no = await tab.get(address)  # until she has pressed something nothing is written
        assert say_no.status == 200
        assert (await written(party, "SIDE-501"))["shared"] == []
        await _unreviewed(tab, address)


@pytest.mark.parametrize("lang", Language)
async def test_each_language_is_named_by_those_who_read_it(
    asking: tuple[World, Party], lang: Language
) -> None:
    """Whatever the staff read, a language has its own name wherever one is chosen."""
    here, party = asking
    name = f"ELV-{140 + [*Language].index(lang)}"
    await begun(party, name)
    async with desk_of(party, DrivenClock(here.clock.now()), lang) as tab:
        await tab.enter()
        row = (await tab.get("/list")).text.partition(f"<strong>{name}<")[2]
        (link,) = re.findall(r'href="(/consent/[^"]+)"', row.partition("</li>")[0])
        page = (await tab.get(link)).text
    chosen = re.findall(r'<option value="(\w+)" lang="(\w+)" dir="ltr"[^>]*>([^<]+)<', page)
    assert [tag for tag, _, _ in chosen] == [said for _, said, _ in chosen]
    assert {tag: called for tag, _, called in chosen} == {
        "nb": "norsk bokmål",
        "nn": "norsk nynorsk",
        "en": "English",
        "se": "davvisámegiella",
    }
    foot = re.findall(r'name="language" value="(\w+)" lang="(\w+)"[^>]*>([^<]+)<', page)
    assert foot == [("nb", "nb", "Bokmål"), ("nn", "nn", "Nynorsk"), ("en", "en", "English")]


async def _unreviewed(tab: Tab, address: str) -> None:
    """A language that nobody has looked over says so, and one that is not here is refused."""
    sami = await tab.post(address, do="show", tongue="se", interpreter_used="tolk, nordsamisk")
    says(sami, "Noe av dette er på nordsamisk.", "[bokmål] ", 'lang="se"', "tolk, nordsamisk")
    none = await tab.post(address, do="show", tongue="de", interpreter_used="tysk tolk")
    assert none.status == 422
    says(none, SAY("refusal.no_such_page.what"), SAY("sent.nothing"), "tysk tolk")


async def test_what_is_missing_is_asked_for_and_nothing_typed_is_lost(
    asking: tuple[World, Party],
) -> None:
    """A yes to nothing, and a yes by nobody: the page says so, and all else stands."""
    here, party = asking
    await begun(party, "MANGL-502")
    async with desk_of(party, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        address = await page_of(tab, "MANGL-502")
        nothing = await tab.post(address, do="yes", **FIELDS)
        assert nothing.status == 422
        says(nothing, resident("en").say("consentsheet.what.none"), 'href="#parts"')
        nobody = await tab.post(address, do="yes", part="threat", **{**FIELDS, "given_by": ""})
        assert nobody.status == 422
        says(nobody, 'href="#user"', SAY("sent.nothing"), "tolk på telefon", "Vil at de skal vite")
        assert re.search(r'id="threat"[^>]* checked', nobody.text)
        past = await tab.post(address, do="yes", part="threat", **{**FIELDS, "ends_on": "2026"})
        assert past.status == 422
        says(past, 'href="#ends_on"')
        assert (await written(party, "MANGL-502"))["shared"] == []


async def test_her_answer_is_written_down_as_she_gave_it(asking: tuple[World, Party]) -> None:
    """Two parts, one child with its own row, and then the separate question about the police."""
    here, party = asking
    await begun(party, "JA-503")
    async with desk_of(party, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        address = await page_of(tab, "JA-503")
        form = [("part", "threat"), ("part", "child.1"), *FIELDS.items(), ("do", "yes")]
        after = await post_all(tab, address, form)
        assert after.status == 303, after.text
        done = await tab.get(after.headers["Location"])
        says(done, SAY("cli.consent", centre="Krisesenteret Fjordgløtt"), SAY("not_sent"))
        said = await written(party, "JA-503")
        assert said["shared"] == ["threat", "child.1", "sender", "validity"]
        assert said["decision"] == "yes_some"
        row = {"child": "child.1", "one_parent_why": "Far har ikke foreldreansvar."}
        assert said["children"] == [{**row, "child_view": "Vil at de skal vite om katten."}]
        assert said["informed_in_language"] == ["norsk", "dari"]
        assert said["informed_benefits"] == "yes"
        assert "informed_rights" not in said
        assert "police_contact_consent" not in said
        says(done, resident("en").say("consentsheet.police.duty"))
        for one, kept in (("yes", "yes"), ("no", "no"), ("later", None)):
            await tab.post(after.headers["Location"], do=one)
            now = await written(party, "JA-503")
            assert now.get("police_contact_consent") == kept
            assert {**said, "police_contact_consent": kept} == {
                **now,
                "police_contact_consent": kept,
            }
        again = await tab.get(address)  # asked anew: what staff wrote stands, her ticks do not
        says(again, "tolk på telefon", "norsk, dari")
        assert not re.search(r'name="part"[^>]* checked', again.text)


async def post_all(tab: Tab, address: str, form: list[tuple[str, str]]) -> Seen:
    """Press a button on a form in which one name stands more than once."""
    visit = tab.desk.door.visit
    assert visit is not None
    body = [("csrf", visit.csrf), *form]
    return await tab.ask("POST", address, body)  # type: ignore[arg-type]


async def test_the_answer_about_the_police_covers_nothing_that_was_written_later(
    asking: tuple[World, Party],
) -> None:
    """She said yes to all there was; what is written since is neither shared nor marked as seen."""
    here, party = asking
    await begun(party, "SENERE-508")
    async with desk_of(party, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        address = await page_of(tab, "SENERE-508")
        every = re.findall(r'name="part" value="([^"]+)"', (await tab.get(address)).text)
        form = [*(("part", one) for one in every), *FIELDS.items(), ("do", "yes")]
        after = await post_all(tab, address, form)
        said = await written(party, "SENERE-508")
        assert said["decision"] == "yes_all"
        later = "practical:\n  clothes: Vintersko\nperson:\n  call_name: Marta\n"
        await party.do("part", code_name="SENERE-508", case=later)
        await tab.post(after.headers["Location"], do="yes")
        now = await written(party, "SENERE-508")
        assert now["shared"] == said["shared"]
        assert now["police_contact_consent"] == "yes"
        assert (await party.do("check", code_name="SENERE-508"))["changed"] == ["person"]


async def test_a_yes_is_one_to_the_page_that_she_was_shown(asking: tuple[World, Party]) -> None:
    """A colleague wrote meanwhile: it is shown anew with what was typed; a no needs no page."""
    here, party = asking
    await begun(party, "GAMMEL-509")
    async with desk_of(party, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        address = await page_of(tab, "GAMMEL-509")
        shown = await tab.get(address)
        found = look_of(shown)
        await party.do("part", code_name="GAMMEL-509", case="threat: {overall_level: moderat}")
        old = await tab.post(address, do="yes", part="threat", look=found, **FIELDS)
        assert old.status == 422
        says(old, SAY("refusal.not_seen.what"), SAY("sent.nothing"), "tolk på telefon")
        assert (await written(party, "GAMMEL-509"))["shared"] == []
        again = look_of(old)
        assert again != found
        await tab.post(address, do="yes", part="threat", look=again, **FIELDS)
        shared = (await written(party, "GAMMEL-509"))["shared"]
        assert shared == ["threat", "sender", "validity"]
        await tab.post(address, do="no", look=found, **FIELDS)
        assert (await written(party, "GAMMEL-509"))["decision"] == "no"


@pytest.mark.parametrize(("answer", "name"), [("no", "NEI-506"), ("later", "NEI-507")])
async def test_a_no_is_written_down_also_when_nobody_knows_where(
    asking: tuple[World, Party], answer: str, name: str
) -> None:
    """It needs no centre, lets nothing out, and the place is the same."""
    here, party = asking
    await party.unlock()
    await party.do("new", case=f"code_name: {name}\nperson:\n  call_name: Marte\n")
    async with desk_of(party, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        address = await page_of(tab, name)
        after = await tab.post(address, do=answer, part="person", tongue="nb")
        says(await tab.get(after.headers["Location"]), SAY("cli.no_centre"), SAY("sent.nothing"))
        said = await written(party, name)
        assert said["decision"] == {"no": "no", "later": "ask_later"}[answer]
        assert said["shared"] == []


async def test_the_copy_for_her_says_where_she_goes_only_when_asked(
    asking: tuple[World, Party],
) -> None:
    """A slip in a pocket is found: neither product nor centre stands on it unless staff ask."""
    here, party = asking
    await begun(party, "KOPI-504")
    async with desk_of(party, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        address = (await page_of(tab, "KOPI-504")).replace("/consent/", "/copy/")
        for lang in Language:
            await tab.post("/language", language=lang.value)
            sheet = (await tab.post(address)).text.partition("<article")[2].partition("</art")[0]
            assert not [one for one in ("Fjordgl", "KOPI-504", "folge") if one in sheet]
            assert "Marte" in sheet
        named = (await tab.post(address, named="yes")).text
        assert html.escape(Words("client", Language.EN).say("copy.named")) in named


async def test_every_language_of_the_staff_has_the_page(asking: tuple[World, Party]) -> None:
    """No word of the page lacks in any of the three, and no id stands there instead."""
    here, party = asking
    await begun(party, "SPRAAK-505")
    async with desk_of(party, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        address = await page_of(tab, "SPRAAK-505")
        for lang in Language:
            await tab.post("/language", language=lang.value)
            for path in (address, address.replace("/consent/", "/consented/")):
                seen = await tab.get(path)
                assert not re.search(r">[^<]*\b(?:web|consentsheet|field)\.[a-z_]+", seen.text)


@needs_chromium
@pytest.mark.parametrize("width", [320, 980])
async def test_in_chromium_the_three_answers_weigh_the_same(
    asking: tuple[World, Party], width: int
) -> None:
    """Same size, same look, by keyboard alone; nothing to be moved sideways on a telephone."""
    here, party = asking
    name = f"LIK-{width}"
    await begun(party, name)
    async with (
        desk_of(party, DrivenClock(here.clock.now())) as tab,
        chromium(viewport={"width": width, "height": 900}) as context,
    ):
        page = await context.new_page()
        await unlocked(page, tab.address)
        await page.goto(f"http://{tab.desk.host}/list")
        row = page.locator("li.row", has_text=name)
        await row.get_by_role("link", name=SAY("web.consent")).click()
        await _ticks_by_keyboard(page)
        looks = await page.locator(".equal button").evaluate_all(_LOOKS)
        assert len(looks) == 3
        assert all(one[2:] == looks[0][2:] for one in looks)
        assert all(abs(one[at] - looks[0][at]) <= 1 for one in looks for at in (0, 1))
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        assert name not in page.url + await page.title()
        await page.get_by_role("button", name=SAY("consentsheet.question.yes")).press("Enter")
        await page.wait_for_selector("body.consented")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await party.unlock()
    assert "threat" in str((await written(party, name))["shared"])


_LOOKS = """found => found.map(one => {
  const style = getComputedStyle(one);
  return [one.offsetWidth, one.offsetHeight, style.backgroundColor, style.color,
          style.borderColor, style.fontSize, style.fontWeight];
})"""


async def _ticks_by_keyboard(page: Page) -> None:
    await page.locator("#user").press("Space")
    await page.locator("summary", has_text=SAY("web.consent.before")).press("Enter")
    await expect(page.locator("#user")).to_be_hidden()
    await page.locator("#threat").press("Space")
    await expect(page.locator("#threat")).to_be_checked()
