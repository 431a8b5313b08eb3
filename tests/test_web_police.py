"""The police channel in the browser: two at the centre, its district, the new one, one word."""

import html
import re
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from keys.address import CellClass
from keys.calendar import Instant
from keys.keystore import StaffSlots
from keys.words import Language, Words
from tests import acts
from tests.browser import Seen, Tab, chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.focus import unseen
from tests.parties import CHEAP, PASSPHRASE, STAFF, Party, village
from tests.stage import holds
from tests.test_web_arrival import button, unlocked
from tests.test_web_undo import sure
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOON: Final = Instant(1_794_999_600)
"""18 November 2026, 12.00 in Norway."""
BLOBS = MappingProxyType({CellClass.S: 24, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
OLA: Final = "Ola"
OLAS: Final = "et helt annet passord"
SAY: Final = Words("client").say
CAR: Final = "hvit varebil"
COUSINS: Final = "Tre fettere leter"
PHONE: Final = "000 00 222"
WINDOW: Final = "15.11 kl. 16–20"
NOT_ASKED: Final = Words("client").say("choice.state.not_asked")
BASICS: Final = MappingProxyType(
    {
        "police_basis": "consent_police",
        "answer": "yes",
        "role": "vaktleder",
        "at": "15.11.2026 kl. 02.10",
        "user_told": "yes",
        "user_objects": "no",
    }
)


@dataclass(frozen=True, slots=True)
class Desks:
    """A centre with its own district, and another district."""

    here: World
    sender: Party
    home: Party
    away: Party

    def tab(self, party: Party) -> AbstractAsyncContextManager[Tab]:
        """Open a member's desk, by a clock of its own: nobody sits there for hours."""
        return desk_of(party, DrivenClock(self.here.clock.now()))

    async def write(self, name: str, *, urgent: bool = False, asked: bool = False) -> None:
        """Write a case down; `asked` with what the police are to know."""
        await self.unlock()
        text = acts.sample("SKOG-903", name=name, of=self.sender.name, to=self.sender.name)
        text = text if asked else text.partition("police_request:")[0]
        text = text if urgent else text.replace("emergency: ja", "emergency: nei")
        await self.sender.do("new", case=text)

    async def unlock(self) -> None:
        """Unlock every desk: each locked when its pages were closed."""
        for party in (self.sender, self.home, self.away):
            await party.unlock()

    async def asked(self, name: str, verb: str = "police request") -> str:
        """Ask the home district; return what that calls it."""
        await self.write(name, urgent=True, asked=True)
        before = await acts.known(self.home, "in")
        await self.sender.do(verb, code_name=name)
        await self.here.tick()
        return await acts.fresh(self.home, "in", before)

    async def told(self, name: str) -> str:
        """Return the one word that the centre gets back."""
        await self.unlock()
        await self.here.tick(4)
        return str((await acts.row(self.sender, "out", name))["police"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """A centre at which two have a login, and two districts."""
    async with village("granlia", "innlandet", "vest", start=NOON, blobs=BLOBS) as (here, found):
        slots = StaffSlots(found[0].home.slots)
        key = slots.unlock(STAFF, PASSPHRASE, here.clock.now())
        slots.add(key, OLA, OLAS, CHEAP)
        key.wipe()
        yield Desks(here, *found)


def says(seen: Seen, *texts: str) -> None:
    """Show that a page says each of these."""
    page = html.unescape(seen.text)
    assert not [text for text in texts if text not in page], page


async def at(tab: Tab, page: str, name: str, msgid: str) -> str:
    """Return where a button of one case leads, on whichever of its rows it stands."""
    rows = (await tab.get(page)).text.split('<li class="row">')[1:]
    return button("".join(row for row in rows if f"<strong>{name}<" in row), msgid)


def place(seen: Seen, kind: str) -> str:
    """Return at which place of the page a kind of line stands."""
    found = re.search(rf'name="kind\.(\d+)" value="{kind}"', seen.text)
    assert found, kind
    return found[1]


def lines_of(seen: Seen, *ticked: str, **said: str) -> dict[str, str]:
    """Return the fields of a page of lines, of which these are ticked and filled."""
    kinds = re.findall(r'name="(kind\.\d+)" value="([a-z_]+)"', seen.text)
    form = dict(kinds)
    for kind in ticked:
        at_ = place(seen, kind)
        form |= {f"on.{at_}": "yes", f"why.{at_}": "Beredskap"}
        form |= {
            f"line.{at_}{name.removeprefix(kind).replace('__', '.')}": value
            for name, value in said.items()
            if name.startswith(kind)
        }
    return form


async def test_every_line_is_off_until_somebody_ticks_it(desks: Desks) -> None:
    """What is not ticked is nowhere; a slip is shown at its field, and nothing is lost."""
    await desks.write("AV-500")
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        address = await at(tab, "/list", "AV-500", "web.police")
        blank = await tab.get(address)
        says(blank, SAY("web.police.off"), SAY("web.police.saves"))
        assert " checked" not in blank.text
        form = lines_of(blank, "birth_year", birth_year="nitten")
        slip = await tab.post(address, **BASICS, **form)
        assert slip.status == 422
        at_ = place(slip, "birth_year")
        says(slip, f'href="#line.{at_}"', 'value="nitten"', SAY("sent.nothing"), "vaktleder")
        says(slip, SAY("refusal.wrong_answer.what"))
        assert "police_request" not in slip.text  # a name in a case file is no word for a reader
        form = lines_of(slip, "arrival_window", arrival_window=WINDOW, birth_year="1999")
        form[f"line.{at_}"] = "1999"
        saved = await tab.post(address, **BASICS, **form)
        check = saved.headers["Location"]
        seen = await tab.get(check)
        says(seen, WINDOW, "Beredskap", SAY("web.police.to", district=desks.home.name))
        assert "1999" not in seen.text
        assert 'name="how" value="approve"' not in seen.text
        # Nothing at all was sent, and the page says so.
        says(seen, SAY("web.not_sent"))
        assert "AV-500" not in await acts.known(desks.sender, "out")


async def test_a_request_says_what_it_lacks_before_anybody_can_send_it(desks: Desks) -> None:
    """Without a basis there is no button; the word for it leads to the question."""
    await desks.write("UTEN-501")
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        address = await at(tab, "/list", "UTEN-501", "web.police")
        form = lines_of(await tab.get(address), "arrival_window", arrival_window=WINDOW)
        check = (await tab.post(address, **form)).headers["Location"]
        seen = await tab.get(check)
        says(seen, SAY("refusal.no_basis.what"), SAY("sent.nothing"))
        assert 'name="how"' not in seen.text
        refused = await tab.post(check, kind="police_request", how="one")
        assert refused.status == 422
        says(refused, SAY("sent.nothing"))
        form |= {name: one for name, one in BASICS.items() if name != "user_told"}
        await tab.post(address, **form)
        says(await tab.get(check), f'href="{address}#user_told"')
        unasked = f'value="" checked><label class="ds-label" for="user_objects.">{NOT_ASKED}<'
        assert unasked not in (await tab.get(address)).text
        await tab.post(address, **(form | {"user_objects": "", "user_told": "yes"}))
        says(await tab.get(address), unasked)
        found = await desks.sender.do("police waiting", code_name="UTEN-501", language="nb")
        assert (found["user_told"], found["user_objects"]) == ("yes", "")


async def test_a_district_has_no_page_to_begin_a_move(desks: Desks) -> None:
    """Whoever types the address there finds no such page, and begins nothing by a form either."""
    await desks.unlock()
    async with desks.tab(desks.home) as tab:
        await tab.enter()
        for path in ("/urgent", "/new"):
            assert (await tab.get(path)).status == 404
            assert (await tab.post(path, then="sure", danger="Han leter")).status == 404
        await desks.home.unlock()
        assert not await acts.rows(desks.home, "drafts")


async def test_two_read_it_and_nobody_is_two(desks: Desks) -> None:
    """One prepares; she cannot be her own second; the second sends from the same desk."""
    await desks.write("TO-502", asked=True)
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        check = (await at(tab, "/list", "TO-502", "web.police")).replace("police", "police-check")
        kind = {"kind": "police_request"}
        says(await tab.post(check, **kind, how="one"), SAY("web.police.waits"))
        own = await tab.post(check, **kind, how="approve")
        assert own.status == 422
        says(own, SAY("refusal.approval_missing.what"), SAY("sent.nothing"))
        nobody = await tab.post(check, **kind, how="two")
        says(nobody, SAY("web.police.no_second"), SAY("web.police.no_passphrase"))
        wrong = await tab.post(check, **kind, how="two", second=OLA, second_passphrase="feil")
        assert wrong.status == 422
        says(wrong, f'value="{OLA}"', SAY("sent.nothing"))
        assert "feil" not in wrong.text.partition("<form")[2]
        assert "TO-502" not in await acts.known(desks.sender, "out")
        sent = await tab.post(check, **kind, how="two", second=OLA, second_passphrase=OLAS)
        says(sent, SAY("police_only"))
        says(await tab.get(check), SAY("web.police.sent"))
        again = await tab.post(check, **kind, how="two", second=OLA, second_passphrase=OLAS)
        assert again.status == 422
        paper = check.replace("police-check", "police-paper")
        says(await tab.post(paper, back="police-check"), WINDOW, SAY("print.shred"), check)
        back = check.replace("police-check", "police-back")
        await sure(tab, back, "web.police_back")
        says(await tab.post(back), SAY("police.taken_back"))
    assert await desks.told("TO-502") == "withdrawn_destroyed"


async def test_the_home_district_opens_chooses_rewords_and_adds_nothing(desks: Desks) -> None:
    """Nothing is chosen beforehand; what is refused stays; what leaves is shown first."""
    request = await desks.asked("VELG-503")
    async with desks.tab(desks.home) as tab:
        await tab.enter()
        says(await tab.get("/"), SAY("web.requests"), SAY("web.warned.none"))
        address = await at(tab, "/", request, "web.review.go")
        says(await tab.get(address), SAY("web.unread.request"))
        assert await acts.state(desks.home, "in", request) == "waiting"
        assert (await tab.post(address, do="open")).headers["Location"] == address
        page = await tab.get(address)
        says(page, SAY("choice.police_basis.consent_police"), "Hana R.", SAY("web.review.sends"))
        kept = await tab.get(address.replace("/review/", "/keep-out/"))
        assert address.replace("/review/", "/keep-out/") in page.text
        says(kept, SAY("web.keep_out.who"), request)
        assert " checked" not in page.text
        bare = await tab.post(address, do="next")
        assert bare.status == 422
        says(bare, SAY("web.review.no_district"), SAY("web.review.no_authority"), 'href="#keep.0"')
        form = chosen(page, keep=(1,), reword=(2,))
        at_ = place(page, "perpetrator")
        form |= {f"line.{at_}.name": "onkel", f"line.{at_}.vehicles": f"{CAR}\nrød bil"}
        added = await tab.post(address, **form, do="next")
        assert added.status == 422
        says(added, SAY("refusal.line_added.what"), "rød bil", SAY("sent.nothing"))
        form[f"line.{at_}.vehicles"] = "varebil"
        shown = await tab.post(address, **form, do="preview")
        preview = shown.text.partition('id="preview"')[2].partition("</section></div>")[0]
        assert WINDOW in preview
        assert "varebil" in preview
        assert "Hana R." not in preview.partition("</div>")[0]
        ask = await tab.post(address, **form, do="next")
        says(ask, SAY("web.review.sure", district=desks.away.name), SAY("web.review.left_out"))
        assert await acts.state(desks.home, "in", request) == "opened"
        back = await tab.post(address, **form, do="edit")
        says(back, ">varebil</textarea>", f"<option selected>{desks.away.name}<")
        says(await tab.post(address, **form, do="send"), SAY("police_only"))
        assert (await tab.post(address, **form, do="send")).status == 422
        assert 'name="choice.0"' not in (await tab.get(address)).text
    assert await desks.told("VELG-503") == "relayed"


def chosen(page: Seen, keep: tuple[int, ...] = (), reword: tuple[int, ...] = ()) -> dict[str, str]:
    """Return the fields of a review: these are kept, these reworded, and the rest taken out."""
    form = dict(re.findall(r'name="(kind\.\d+)" value="([a-z_]+)"', page.text))
    for at_ in range(len(form)):
        way = "keep" if at_ in keep else "reword" if at_ in reword else "remove"
        form |= {f"choice.{at_}": way, f"why.{at_}": "Kan lete på nytt sted"}
    district = re.search(r"<option>([^<]+)</option>", page.text)
    assert district
    return form | {"district": html.unescape(district[1]), "authority": "operasjonsleder"}


@pytest.mark.parametrize(
    ("page", "form", "word"),
    [("outside", {}, "relayed_outside"), ("decline", {"word": "need_to_talk"}, "declined")],
)
async def test_a_request_is_answered_by_one_closed_word(
    desks: Desks, page: str, form: dict[str, str], word: str
) -> None:
    """Told elsewhere, or not passed on: each asks once more, and the centre reads one word."""
    name = f"ORD-{510 + len(word)}"
    request = await desks.asked(name)
    async with desks.tab(desks.home) as tab:
        await tab.enter()
        review = await at(tab, "/", request, "web.review.go")
        await tab.post(review, do="open")
        address = button_to(await tab.get(review), page)
        seen = await tab.get(address)
        says(seen, SAY(f"web.{page}.title"), SAY(f"web.{page}.sends"))
        assert "checked" not in seen.text
        if form:
            assert (await tab.post(address)).status == 422
            assert (await tab.post(address, word="relayed")).status == 422
        says(await tab.post(address, **form), SAY("web.police.answered"))
        assert (await tab.post(address, **form)).status == 409
    assert await desks.told(name) == word


def button_to(seen: Seen, page: str) -> str:
    """Return the address of a page that a button of this one leads to."""
    found = re.search(rf'href="(/{page}/[^"]+)"', seen.text)
    assert found, page
    return found[1]


async def test_a_question_about_a_place_goes_there_and_one_word_comes_back(desks: Desks) -> None:
    """Asked by two, passed on, answered to the home district alone, and then to the centre."""
    await desks.write("STED-504", urgent=True)
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        address = await at(tab, "/list", "STED-504", "web.police")
        form = lines_of(
            await tab.get(address),
            *("destination_area", "perpetrator", "subject_name"),
            destination_area="Elvedalen",
            perpetrator__vehicles=CAR,
            subject_name="Hana R.",
        )
        marks = {"destination_area", "perpetrator"}
        form |= {k.replace("kind", "ask"): "yes" for k, v in form.items() if v in marks}
        check = (await tab.post(address, **BASICS, **form)).headers["Location"]
        seen = (await tab.get(check)).text.partition(SAY("kind.police_view_request"))[2]
        assert "Elvedalen" in seen
        assert "Hana R." not in seen
        says(await tab.post(check, kind="police_view_request", how="one"), SAY("police_only"))
    before = await acts.known(desks.home, "in")
    await desks.unlock()
    await desks.here.tick()
    question = await acts.fresh(desks.home, "in", before)
    view = await _passed_on(desks, question)
    await _answered(desks, view)
    async with desks.tab(desks.home) as tab:
        await tab.enter()
        review = await at(tab, "/", question, "web.review.go")
        says(await tab.get(review), SAY("police.heard"), PHONE)
        reply = button_to(await tab.get(review), "reply")
        assert (await tab.post(reply, word="relayed")).status == 422
        says(
            await tab.post(reply, word="contacted_no_known_links"),
            SAY("police.status.contacted_no_known_links"),
        )
    assert await desks.told("STED-504") == "contacted_no_known_links"
    assert not await holds(desks.sender, [PHONE.encode()])


async def _passed_on(desks: Desks, question: str) -> str:
    """Have the home district ask the other with every line."""
    before = await acts.known(desks.away, "in")
    async with desks.tab(desks.home) as tab:
        await tab.enter()
        review = await at(tab, "/", question, "web.review.go")
        await tab.post(review, do="open")
        form = chosen(await tab.get(review), keep=(0, 1))
        says(await tab.post(review, **form, do="next"), SAY("web.review.ask_leaves"))
        says(await tab.post(review, **form, do="send"), SAY("police_only"))
    await desks.unlock()
    await desks.here.tick()
    return await acts.fresh(desks.away, "in", before)


async def _answered(desks: Desks, view: str) -> None:
    """Have the other district answer, with whom to ring."""
    async with desks.tab(desks.away) as tab:
        await tab.enter()
        notice = await at(tab, "/", view, "web.notice.go")
        says(await tab.get(notice), SAY("web.unread.notice"))
        assert await acts.state(desks.away, "in", view) == "waiting"
        opened = notice.replace("notice", "notice-open")
        assert (await tab.post(opened)).headers["Location"] == notice
        says(await tab.get(notice), "Elvedalen", SAY("web.notice.centre"), SAY("web.notice.maybe"))
        half = await tab.post(notice, kind="police_view", word="no_known_links", role="krimvakt")
        assert half.status == 422
        says(half, SAY("web.contact.no_phone"), 'value="krimvakt"', " checked")
        assert (await tab.post(notice, kind="police_view")).status == 422
        whole = {"word": "no_known_links", "role": "krimvakt", "phone": PHONE}
        says(await tab.post(notice, kind="police_view", **whole), SAY("police.to_home_only"))
        says(await tab.get(notice), SAY("web.notice.settled"))
        paper = notice.replace("notice", "police-paper")
        says(await tab.post(paper, back="notice"), "Elvedalen", SAY("print.shred"))
    await desks.unlock()
    await desks.here.tick(6)


async def test_what_is_not_for_this_district_is_destroyed_and_the_sender_told(desks: Desks) -> None:
    """Asked once more, in each language; nothing of it is left here."""
    request = await desks.asked("FEIL-505")
    async with desks.tab(desks.home) as tab:
        await tab.enter()
        address = await at(tab, "/", request, "web.review.go")
        away = button_to(await tab.get(address), "not-our-district")
        await sure(tab, away, "web.not_our_district")
        says(await tab.post(away), SAY("cli.misrouted"))
    await desks.unlock()
    assert await acts.state(desks.home, "in", request) == "misrouted"


async def test_a_consent_is_taken_back_also_when_the_case_is_gone(desks: Desks) -> None:
    """No form is left, and no line; the word to the district still is."""
    request = await desks.asked("BORTE-507")
    await desks.sender.do("discard", code_name="BORTE-507")
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        address = await at(tab, "/list", "BORTE-507", "web.police")
        page = await tab.get(address)
        says(page, SAY("web.police.went"))
        assert "police_basis" not in page.text
        assert "Hana" not in page.text
        check = await tab.get(address.replace("police", "police-check"))
        assert check.headers["Location"] == address
        says(await tab.post(button_to(page, "police-back")), SAY("police.taken_back"))
    assert await desks.told("BORTE-507") == "withdrawn_destroyed"
    assert await acts.state(desks.home, "in", request) == "withdrawn"


async def test_every_page_speaks_each_language(desks: Desks) -> None:
    """No msgid is left unsaid, and lists of a district lead to no page of a centre."""
    request = await desks.asked("MAL-506")
    for party, start, name in ((desks.sender, "/list", "MAL-506"), (desks.home, "/", request)):
        async with desks.tab(party) as tab:
            await tab.enter()
            msgid = "web.police" if party is desks.sender else "web.review.go"
            address = await at(tab, start, name, msgid)
            if party is desks.home:
                await tab.post(address, do="open")
                assert 'href="/police' not in (await tab.get("/list")).text
            pages = ("/police-check/", "/police-back/")
            if party is desks.home:
                pages = ("/outside/", "/decline/", "/reply/", "/not-our-district/")
            word = address.rpartition("/")[2]
            for lang in Language:
                await tab.post("/language", language=lang.value)
                for page in (address, *(f"{page}{word}" for page in pages)):
                    told = await tab.get(page)
                    assert told.status == 200
                    seen = re.sub(r"<[^>]+>", " ", told.text)
                    assert not re.search(r"\b(?:web|police|field|kind|choice)\.[a-z_]+\b", seen)
            await tab.post("/language", language="nb")


async def _login(tab: Tab, context: BrowserContext) -> Page:
    page = await context.new_page()
    await unlocked(page, tab.address)
    return page


async def _go(page: Page, tab: Tab, path: str, name: str, msgid: str) -> None:
    """Follow a button of one case from a list."""
    await page.goto(f"http://{tab.desk.host}{path}")
    row = page.locator("li.row", has_text=name)
    await row.get_by_role("link", name=SAY(msgid)).first.click()


async def _narrow(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert "SKOG" not in page.url + await page.title()


@needs_chromium
async def test_in_chromium_the_police_get_it_and_the_centre_one_word(desks: Desks) -> None:
    """T3, clicked: two at the centre, a line out and one reworded, received, and a status code."""
    await desks.write("SKOG-903")
    before = await acts.known(desks.home, "in")
    screen = {"width": 320, "height": 740}
    async with desks.tab(desks.sender) as tab, chromium(viewport=screen) as context:
        page = await _login(tab, context)
        await _go(page, tab, "/list", "SKOG-903", "web.police")
        await _written(page)
        await _narrow(page)
        await page.click("summary")
        await page.fill("#second", OLA)
        await page.fill("#second_passphrase", OLAS)
        await page.keyboard.press("Enter")
        await page.wait_for_selector("body.said")
    await desks.unlock()
    await desks.here.tick()
    request = await acts.fresh(desks.home, "in", before)
    before = await acts.known(desks.away, "in")
    async with desks.tab(desks.home) as tab, chromium() as context:
        page = await _login(tab, context)
        await _go(page, tab, "/", request, "web.review.go")
        await page.click("button[value=open]")
        await _reviewed(page, desks.away.name)
    await desks.unlock()
    await desks.here.tick()
    notice = await acts.fresh(desks.away, "in", before)
    async with desks.tab(desks.away) as tab, chromium(viewport=screen) as context:
        page = await _login(tab, context)
        await _go(page, tab, "/", notice, "web.notice.go")
        await page.click("button[value=open]")
        await page.wait_for_selector("body.notice")
        await _narrow(page)
        told = await page.inner_text("main")
        assert "to biler" in told
        assert CAR not in told
        assert "Hana" not in told
        assert SAY("web.notice.centre") in told
        await page.fill("#role", "krimvakt")
        await page.fill("#phone", PHONE)
        await page.keyboard.press("Enter")
        await page.wait_for_selector("body.said")
    assert await desks.told("SKOG-903") == "relayed"
    async with desks.tab(desks.sender) as tab, chromium() as context:
        page = await _login(tab, context)
        await _go(page, tab, "/list", "SKOG-903", "web.police")
        seen = await page.content()
        assert SAY("police.status.relayed") in seen
        assert not [word for word in (PHONE, "to biler", desks.away.name) if word in seen]


async def _written(page: Page) -> None:
    """Write three lines: the fields of a line come with its tick, by mouse or by keyboard."""
    for name in ("police_basis.consent_police", "answer.yes", "user_told.yes", "user_objects.no"):
        await page.check(f"[id='{name}']")
    await page.fill("#role", "vaktleder")
    await page.fill("[id='at']", BASICS["at"])
    said = {"subject_name": "Hana R.", "arrival_window": WINDOW, "specific_threats": COUSINS}
    for kind, text in said.items():
        at_ = await _at(page, kind)
        assert not await page.is_visible(f"[id='line.{at_}']")
        await page.focus(f"[id='on.{at_}']")
        await page.keyboard.press("Space")
        await page.fill(f"[id='line.{at_}']", text)
        await page.fill(f"[id='why.{at_}']", "Beredskap ved ankomst")
    at_ = await _at(page, "perpetrator")
    await page.check(f"[id='on.{at_}']")
    await page.fill(f"[id='line.{at_}.vehicles']", CAR)
    await page.fill(f"[id='why.{at_}']", "Kan lete på nytt sted")
    await page.click("button[value=next]")
    await page.wait_for_selector("body.police_check")


async def _at(page: Page, kind: str) -> str:
    name = await page.get_attribute(f"input[type=hidden][value={kind}]", "name")
    return str(name).rpartition(".")[2]


async def _reviewed(page: Page, district: str) -> None:
    """Keep two lines, take one out, reword one; the preview follows, and then it is sent."""
    await page.wait_for_selector("body.review")
    places = {kind: await _at(page, kind) for kind in ("subject_name", "perpetrator")}
    for at_ in range(4):
        await page.check(f"[id='keep.{at_}']")
    await page.wait_for_selector(f"#preview >> text={CAR}")
    await page.check(f"[id='remove.{places['subject_name']}']")
    await expect(page.locator("#preview")).not_to_contain_text("Hana")
    await page.check(f"[id='reword.{places['perpetrator']}']")
    await page.fill(f"[id='line.{places['perpetrator']}.vehicles']", "to biler")
    await page.wait_for_selector("#preview >> text=to biler")
    await page.select_option("#district", district)
    await page.fill("#authority", "operasjonsleder")
    assert await unseen(page) == []  # the preview stays beside the lines, and over none of them
    await page.click("button[value=next]")
    await page.wait_for_selector("body.review_sure")
    assert CAR not in await page.inner_text("main")
    await page.click("button[value=send]")
    await page.wait_for_selector("body.said")
