"""Check and send in a browser, the code, what comes after, and taking back what was sent."""

import asyncio
import html
import json
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import MappingProxyType

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from client.control import Tell, say_nothing
from client.verbs import sending
from client.verbs.exporting import JSON, PDF
from client.web.writing import Place
from keys.address import CellClass
from keys.calendar import Instant
from keys.wire import Packable, Value
from keys.words import Language, Words
from tests import acts
from tests.browser import Seen, Tab, chromium, desk_of, look_of, needs_chromium
from tests.clock import DrivenClock
from tests.paper import text_of
from tests.parties import Party, village
from tests.test_web_arrival import button, unlocked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
BLOBS = MappingProxyType({CellClass.S: 20, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
SAY = Words("client").say
LETTERS = "áčđŋšŧž ÁČĐŊŠŦŽ"
"""What the Sámi languages write besides the letters of Norwegian, small and large."""
HASTE = SAY("check.phone_not_urgent")


@dataclass(frozen=True, slots=True)
class Desks:
    """A centre that sends and one that receives."""

    here: World
    sender: Party
    centre: Party

    def tab(self, party: Party) -> AbstractAsyncContextManager[Tab]:
        """Open a member's desk, by a clock of its own: nobody sits there for hours."""
        return desk_of(party, DrivenClock(self.here.clock.now()))

    async def ready(self, name: str, *, asked: bool = False) -> None:
        """Write a case and its consent down; with a signed yes to the place, or none yet."""
        await self.sender.unlock()
        await self.centre.unlock()
        await self.here.tick(2)  # what the last story owed has left
        text = acts.sample("GRAN-427", name=name, of=self.sender.name, to=self.centre.name)
        await acts.ready(self.here, self.sender, text, self.centre if asked else None)

        async def accepted() -> bool:
            return bool((await self.sender.do("check", code_name=name))["accepted"])

        if asked and not await accepted():
            await acts.until(self.here, accepted)

    async def sent(self, name: str) -> tuple[str, str]:
        """Send a case; return the arrival code and what the other desk calls it."""
        await self.ready(name)
        return await acts.send(self.here, self.sender, self.centre, name, by_phone="duty")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres for all stories of this file."""
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


async def at(tab: Tab, name: str, msgid: str) -> str:
    """Return where a button of a case in the list leads."""
    text = (await tab.get("/list")).text
    rows = [part for part in text.split('<li class="row">')[1:] if f"<strong>{name}<" in part]
    # What cannot wait stands among the tasks too, without its buttons.
    return button("".join(rows), msgid)


def says(seen: Seen, *texts: str) -> None:
    """Show that a page says each of these."""
    page = html.unescape(seen.text)
    assert not [text for text in texts if text not in page]


async def followed(tab: Tab, address: str, most: int = 200) -> tuple[str, Seen]:
    """Look at a job until it leads elsewhere or waits; return where it led and the last page."""
    for _ in range(most):
        seen = await tab.get(address)
        if seen.status == 303:
            return seen.headers["Location"], seen
        if 'data-state="runs' not in seen.text:
            return address, seen
        await asyncio.sleep(0.05)
    raise AssertionError(seen.text)


async def test_from_the_check_to_the_code_without_a_script(desks: Desks) -> None:
    """The recipient is the centre that said yes; each page says whether anything was sent."""
    await desks.ready("SEND-601", asked=True)
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        address = await at(tab, "SEND-601", "web.send")
        centre = desks.centre.name
        yes = SAY("web.send.yes", centre=centre)
        checked = await tab.get(address)
        says(checked, SAY("not_sent"), SAY("check.place"), SAY("web.send.accepted"), centre, yes)
        says(checked, SAY("colour.green"), SAY("part.threat"))
        assert 'name="agreed_by_phone"' not in checked.text
        sure = await tab.post(address)
        says(sure, SAY("web.send.sure", centre=centre), SAY("part.threat"), SAY("not_sent"), yes)
        assert await acts.known(desks.sender, "drafts") >= {"SEND-601"}
        begun = await tab.post(address.replace("/send/", "/sending/"))
        assert begun.headers["Location"] == address.replace("/send/", "/job/")
        where, _ = await followed(tab, begun.headers["Location"])
        assert where == address.replace("/send/", "/sent/")
        assert (await tab.get(address)).headers["Location"] == where
        code = str((await acts.row(desks.sender, "out", "SEND-601"))["arrival_code"])
        shown = await tab.get(where)
        says(shown, code, SAY("state.kept"), SAY("web.sent.code"), SAY("web.sends_nothing"), "<svg")
        locked = {one for one in ("once", "day") if SAY(f"status.secrecy.{one}") in shown.text}
        assert locked == {(await acts.row(desks.sender, "out", "SEND-601"))["forward_secrecy"]}
        assert "style=" not in shown.text
        assert code not in where
        await _the_slip_holds_the_code_alone(tab, where, code)
        await desks.here.tick(2)  # until the boards have been read, there is nothing to count
        shown = await tab.get(where.replace("/sent/", "/operator/"))
        says(shown, SAY("operator.content"), SAY("operator.counted_here"), SAY("web.sends_nothing"))
        assert centre not in shown.text


async def _the_slip_holds_the_code_alone(tab: Tab, where: str, code: str) -> None:
    slip = (await tab.get(where.replace("/sent/", "/slip/"))).text
    card = slip.partition("<article")[2].partition("</article>")[0].partition(">")[2]
    assert re.sub(r"<[^>]+>", "", card).split() == code.split()


async def test_every_sami_letter_comes_through_from_the_form_to_the_journal(desks: Desks) -> None:
    """Typed here: on her page, sealed, on the other desk's card, pages, paper and JSON the same."""
    here, sender, centre, name = desks.here, desks.sender, desks.centre, "SAMI-118"
    await desks.ready(name)
    async with desks.tab(sender) as tab:
        await tab.enter()
        visit = tab.desk.door.visit
        assert visit is not None
        at = Place(name, "person").address(visit)
        (stood,) = re.findall(r'name="stood" value="([^"]+)"', (await tab.get(at)).text)
        assert (await tab.post(at, call_name=LETTERS, stood=stood)).status == 303
        assert f'value="{LETTERS}"' in (await tab.get(at)).text
        hers = await tab.post(f"/consent/{visit.word(name)}", do="show", tongue="se")
        assert LETTERS in hers.text
    await sender.unlock()
    await sender.do("consent", code_name=name)
    code, package = await acts.send(here, sender, centre, name, by_phone="duty")
    async with desks.tab(centre) as tab:
        await tab.enter()
        visit = tab.desk.door.visit
        assert visit is not None
        word = visit.word(package)
        opened = await tab.post(f"/arrival/{word}", code=code)
        assert LETTERS in (await tab.get(opened.headers["Location"])).text
        assert LETTERS in (await tab.post(f"/paper/{word}")).text
        links = re.findall(r'href="(/part/[^"]+)"', (await tab.get(f"/opened/{word}")).text)
        assert any([LETTERS in (await tab.get(link)).text for link in links])
    await centre.unlock()
    to = here.path / "bokstaver"
    await centre.do("export", code_name=package, path=str(to))
    case = json.loads((to / JSON).read_bytes())
    assert case["parts"]["person"]["answers"]["call_name"]["value"] == LETTERS
    assert LETTERS in " ".join(text_of((to / PDF).read_bytes()).split())
    await centre.do("print", code_name=package, what="card", path=str(to / "kort.pdf"))
    assert LETTERS in " ".join(text_of((to / "kort.pdf").read_bytes()).split())


async def test_what_is_red_or_not_answered_holds_it_back_and_says_why(desks: Desks) -> None:
    """Without a consent there is no button; without a yes to the place one by phone is asked."""
    await desks.sender.unlock()
    text = acts.sample("GRAN-427", name="ROED-602", of=desks.sender.name, to=desks.centre.name)
    await desks.sender.do("new", case=text)
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        address = await at(tab, "ROED-602", "web.send")
        red = await tab.get(address)
        says(red, SAY("colour.red"), SAY("check.no_consent"), SAY("web.send.red"))
        assert SAY("web.send.yes", centre=desks.centre.name) not in red.text
        await desks.sender.do("consent", code_name="ROED-602")
        page = await tab.get(address)
        says(page, SAY("check.no_place"), SAY("web.send.by_phone"), SAY("check.phone_not_urgent"))
        none = await tab.post(address)
        assert none.status == 422
        says(none, SAY("web.send.by_phone_none"), SAY("sent.nothing"))
        says(await tab.post(address, agreed_by_phone="duty"), 'value="duty"', HASTE)
        # What the verb refuses stands on the page of the job, and nothing was sent.
        refused = await tab.post(address.replace("/send/", "/sending/"))
        _, seen = await followed(tab, refused.headers["Location"])
        says(seen, SAY("web.job.refused"), SAY("refusal.place_missing.what"), SAY("sent.nothing"))


async def test_of_a_case_that_cannot_wait_nothing_is_said_of_the_phone(desks: Desks) -> None:
    """Neither in the check nor in the question before it is sent."""
    await desks.sender.unlock()
    text = acts.sample("GRAN-427", name="HAST-617", of=desks.sender.name, to=desks.centre.name)
    urgent = text.replace("\nmove_number: 1\n", "\nmove_number: 1\nemergency: ja\n", 1)
    assert urgent != text
    await desks.sender.do("new", case=urgent)
    await desks.sender.do("consent", code_name="HAST-617")
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        address = await at(tab, "HAST-617", "web.send")
        page = await tab.get(address)
        says(page, SAY("check.no_place"), SAY("web.send.by_phone"))
        assert HASTE not in page.text
        asked = await tab.post(address, agreed_by_phone="duty")
        says(asked, 'value="duty"')
        assert HASTE not in asked.text


async def test_what_was_written_after_her_yes_is_shown_to_her_first(desks: Desks) -> None:
    """The page names it and asks once; nothing is begun before somebody has answered."""
    await desks.ready("NYTT-616")
    await desks.sender.do("part", code_name="NYTT-616", case="person:\n  call_name: Marta\n")
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        address = await at(tab, "NYTT-616", "web.send")
        shown = await tab.post(address, agreed_by_phone="duty")
        says(shown, SAY("sure.since_yes"))
        sending_ = address.replace("/send/", "/sending/")
        unseen = await tab.post(sending_, agreed_by_phone="duty")
        assert unseen.status == 422
        says(unseen, SAY("check.since_yes"), SAY("sent.nothing"), 'value="duty"')
        assert await acts.known(desks.sender, "drafts") >= {"NYTT-616"}
        # Ticked on a page that a colleague has made old meanwhile.
        await desks.sender.do("part", code_name="NYTT-616", case="person:\n  call_name: Mona\n")
        old = await tab.post(sending_, agreed_by_phone="duty", seen="yes", look=look_of(shown))
        assert old.status == 422
        says(old, SAY("refusal.not_seen.what"), SAY("sent.nothing"), 'value="duty"')
        assert await acts.known(desks.sender, "drafts") >= {"NYTT-616"}
        look = look_of(old)
        begun = await tab.post(sending_, agreed_by_phone="duty", seen="yes", look=look)
        where, _ = await followed(tab, begun.headers["Location"])
        assert "/sent/" in where


async def test_without_a_broker_it_waits_and_goes_on_where_it_stopped(desks: Desks) -> None:
    """The page says what hinders it; locked or left, it goes on; a second click makes no second."""
    await desks.ready("VENT-603")
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        send = (await at(tab, "VENT-603", "web.send")).replace("/send/", "/sending/")
        await desks.here.stop()
        try:
            begun = await tab.post(send, agreed_by_phone="duty")
            job, waits = await followed(tab, begun.headers["Location"])
            says(waits, SAY("web.job.waits"), SAY("refusal.broker_gone.what"), SAY("web.job.try"))
            await tab.post("/lock")
            await tab.enter_again()
            job = await at(tab, "VENT-603", "web.job.runs")
            says(await tab.get(job), SAY("web.job.waits"), SAY("web.job.stop"))
        finally:
            await desks.here.start()
        again = await tab.post(job.replace("/job/", "/sending/"))
        where, _ = await followed(tab, again.headers["Location"])
        assert "/sent/" in where
    await desks.sender.unlock()
    rows = await acts.rows(desks.sender, "out")
    assert len([one for one in rows if one["code_name"] == "VENT-603"]) == 1


async def test_what_is_stopped_on_its_way_takes_no_yes_back(desks: Desks) -> None:
    """All of it is taken back at the other end; the consent stands, and it may be sent again."""
    await desks.ready("STOPP-604")
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        address = await at(tab, "STOPP-604", "web.send")
        await desks.here.stop()
        try:
            await tab.post(address.replace("/send/", "/sending/"), agreed_by_phone="duty")
            await followed(tab, address.replace("/send/", "/job/"))
            stopped = await tab.post(address.replace("/send/", "/stop/"))
            says(stopped, SAY("cli.stopped_maybe"))
        finally:
            await desks.here.start()
        assert await acts.state(desks.sender, "out", "STOPP-604") == "withdrawn"
        after = await tab.post(address.replace("/send/", "/stop/"))
        assert after.status == 409
        says(await tab.get(address), SAY("web.send.yes", centre=desks.centre.name))
        await tab.post(address.replace("/send/", "/sending/"), agreed_by_phone="duty")
        where, _ = await followed(tab, address.replace("/send/", "/job/"))
        assert "/sent/" in where
    await desks.sender.unlock()
    assert await acts.state(desks.sender, "out", "STOPP-604") == "kept"
    log = str((await desks.sender.do("log"))["lines"])
    assert "'stopped', 'STOPP-604'" in log
    assert "'withdrawn', 'STOPP-604'" not in log


async def test_what_is_stopped_before_it_is_sealed_is_a_draft_again(desks: Desks) -> None:
    """Whoever seals it at that moment finds nothing to bind it to, and it can be sent anew."""
    await desks.ready("UTKAST-605")
    office = desks.sender.service.office
    intended = await sending._intent(office, sending._Click("UTKAST-605", "duty"))
    assert await acts.state(desks.sender, "out", "UTKAST-605") == "intended"
    assert (await desks.sender.do("stop", code_name="UTKAST-605"))["sent"] == "nothing"
    assert "UTKAST-605" in await acts.known(desks.sender, "drafts")
    assert "UTKAST-605" not in await acts.known(desks.sender, "out")
    with pytest.raises(Exception, match="not_here"):
        await sending.seal_and_post(office, intended, lambda *_: None)
    await desks.here.tick()
    assert "UTKAST-605" in await acts.known(desks.sender, "drafts")
    await acts.send(desks.here, desks.sender, desks.centre, "UTKAST-605", by_phone="duty")


async def test_the_code_is_lost_and_they_are_rung_back(desks: Desks) -> None:
    """Nothing is released before somebody has said that they rang back; the log says so too."""
    _, package = await desks.sent("MISTET-606")
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        sent = await at(tab, "MISTET-606", "web.sent.show")
        address = sent.replace("/sent/", "/release/")
        says(await tab.get(sent), SAY("web.arrived"), SAY("web.not_come"), SAY("web.back_all"))
        says(await tab.get(sent.replace("/sent/", "/not-come/")), SAY("web.help.not_come.do"))
        unrung = await tab.post(address)
        assert unrung.status == 422
        says(unrung, SAY("web.release.ring_first"), SAY("sent.nothing"))
        says(await tab.post(address, called_back="yes"), "Mottakeren kan åpne om omtrent")
    await desks.sender.unlock()
    await desks.here.tick(2)
    await desks.centre.do("arrive", code_name=package, arrival_code="")
    assert await acts.state(desks.centre, "in", package) == "opened"
    assert "called_back" in str((await desks.sender.do("log"))["lines"])


async def test_a_part_is_taken_back_before_and_after_it_was_opened(desks: Desks) -> None:
    """Before: all of it, and the rest at once under a new code. After: that part alone."""
    _, package = await desks.sent("DEL-607")
    old = str((await acts.row(desks.sender, "out", "DEL-607"))["arrival_code"])
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        address = await at(tab, "DEL-607", "web.back_all")
        says(await tab.get(address), SAY("sure.whole"), SAY("part.threat"))
        none = await tab.post(address, do="parts")
        assert none.status == 422
        says(none, SAY("web.back.none"), SAY("sent.nothing"))
        anew = await tab.post(address, do="parts", part="threat", agreed_by_phone="duty")
        says(anew, SAY("cli.withdrawn_anew"))
        code = str((await acts.row(desks.sender, "out", "DEL-607"))["arrival_code"])
        assert code != old
        says(anew, code)
    await desks.sender.unlock()
    before = await acts.known(desks.centre, "in")
    await desks.here.tick(2)
    assert await acts.state(desks.centre, "in", package) == "withdrawn"
    fresh = await acts.fresh(desks.centre, "in", before)
    lines = " ".join(await acts.opened(desks.here, desks.centre, fresh, code))
    assert "jaktrifle" not in lines
    await acts.until_state(desks.here, desks.sender, "out", "DEL-607", "opened")
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        address = await at(tab, "DEL-607", "web.back_all")
        says(await tab.get(address), SAY("web.back.parts"))
        assert SAY("part.threat") not in (await tab.get(address)).text
        says(await tab.post(address, do="parts", part="person"), SAY("cli.withdrawn_yes"))
    await desks.sender.unlock()
    await desks.here.tick(2)
    assert await acts.state(desks.centre, "in", fresh) == "opened"
    assert "Marte" not in " ".join(await acts.card(desks.centre, fresh))


async def test_of_whoever_cannot_be_asked_a_leader_decides(desks: Desks) -> None:
    """The page says that silence is no no; the log says who decided, and that nobody was asked."""
    await desks.sent("LEDER-608")
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        address = await at(tab, "LEDER-608", "web.back_all")
        says(await tab.get(address), SAY("web.back.silence"), SAY("sure.unasked"))
        nobody = await tab.post(address, do="all", unasked="yes", leader="Ukjent Person")
        assert nobody.status == 422
        says(nobody, SAY("refusal.no_such_staff.what"), SAY("sent.nothing"))
        says(await tab.post(address, do="all", unasked="yes"), SAY("cli.withdrawn_yes"))
    await desks.sender.unlock()
    assert "withdrawn_unasked" in str((await desks.sender.do("log"))["lines"])


async def test_who_read_it_at_the_wrong_centre_is_a_button_at_the_task(desks: Desks) -> None:
    """Closed words, told on the telephone; nobody stands alone; the task is done then."""
    code, package = await desks.sent("FEIL-609")
    await acts.opened(desks.here, desks.centre, package, code)
    await acts.until_state(desks.here, desks.sender, "out", "FEIL-609", "opened")
    await desks.sender.do("withdraw", code_name="FEIL-609", wrong_recipient=True)
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        tasks = (await tab.get("/list")).text.split('<li class="row">')[1:]
        address = button(next(one for one in tasks if "/astray/" in one), "web.astray")
        says(await tab.get(address), SAY("read_by.copied"), SAY("stays_here"))
        none = await tab.post(address)
        assert none.status == 422
        says(none, SAY("sent.nothing"))
        says(
            await tab.post(address, word="on_duty"), SAY("cli.astray", said=SAY("read_by.on_duty"))
        )
        assert "/astray/" not in (await tab.get("/list")).text


async def test_a_job_says_how_far_it_is_and_goes_on_when_the_page_is_left(desks: Desks) -> None:
    """In megabytes, with a bar; without a script the page looks again by itself."""
    await desks.ready("LANGT-617")
    done = asyncio.Event()

    async def work(tell: Tell) -> dict[str, Value]:
        tell("progress.sending", 42_000_000, 160_000_000)
        await done.wait()
        return {}

    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        job = (await at(tab, "LANGT-617", "web.send")).replace("/send/", "/job/")
        tab.desk.jobs.begin("LANGT-617", work)
        await asyncio.sleep(0)
        await tab.get("/list")
        seen = await tab.get(job)
        says(seen, SAY("web.job.runs"), SAY("web.job.far", done=42, total=160), "20 %")
        says(seen, 'value="42" max="160"', '<meta http-equiv="refresh" content="3">')
        done.set()
        where, _ = await followed(tab, job)
        assert where == job.replace("/job/", "/send/")


async def test_a_job_that_ends_while_the_lists_are_read_is_not_called_waiting(desks: Desks) -> None:
    """What the lists said was so before its end: it runs in this look, and is over in the next."""
    await desks.ready("SLUTT-618")
    done = asyncio.Event()

    async def work(_: Tell) -> dict[str, Value]:
        await done.wait()
        return {}

    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        send = await at(tab, "SLUTT-618", "web.send")
        await sending._intent(desks.sender.service.office, sending._Click("SLUTT-618", "duty"))
        job = send.replace("/send/", "/job/")
        says(await tab.get(job), SAY("web.job.waits"))
        tab.desk.jobs.begin("SLUTT-618", work)
        ask = tab.desk.do

        async def ends_meanwhile(
            verb: str, given: Mapping[str, Packable], tell: Tell = say_nothing, /
        ) -> Mapping[str, Value]:
            answer = await ask(verb, given, tell)
            if verb == "status":
                done.set()
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            return answer

        tab.desk.do = ends_meanwhile
        says(await tab.get(job), SAY("web.job.runs"))
        ended = tab.desk.jobs.find("SLUTT-618")
        assert ended is not None
        assert ended.over
        says(await tab.get(job), SAY("web.job.waits"))
        assert (await ask("stop", {"code_name": "SLUTT-618"}))["sent"] == "nothing"


async def test_a_job_that_is_watched_keeps_no_lock_open(desks: Desks) -> None:
    """A page that looks by itself is nobody at the desk; idle for too long, it locks."""
    await desks.ready("LAAS-610")
    clock = DrivenClock(desks.here.clock.now())
    async with desk_of(desks.sender, clock, idle=100) as tab:
        await tab.enter()
        await desks.here.stop()
        try:
            send = (await at(tab, "LAAS-610", "web.send")).replace("/send/", "/sending/")
            await tab.post(send, agreed_by_phone="duty")
            job = send.replace("/sending/", "/job/")
            await followed(tab, job)
            for _ in range(2):
                clock.advance(60)
                last = await tab.get(job)
            assert last.headers["Location"] == "/unlock"
        finally:
            await desks.here.start()
    await desks.sender.unlock()
    await desks.here.tick(2)
    assert await acts.state(desks.sender, "out", "LAAS-610") in {"kept", "stored"}


async def test_every_language_has_each_page(desks: Desks) -> None:
    """No id stands where a sentence should, on any page of what is sent."""
    await desks.sent("SPRAAK-611")
    await desks.ready("SPRAAK-612")
    async with desks.tab(desks.sender) as tab:
        await tab.enter()
        sent = (await at(tab, "SPRAAK-611", "web.sent.show")).removeprefix("/sent/")
        draft = (await at(tab, "SPRAAK-612", "web.send")).removeprefix("/send/")
        pages = [
            f"/{one}/{sent}" for one in ("sent", "operator", "slip", "release", "not-come", "back")
        ]
        for lang in Language:
            await tab.post("/language", language=lang.value)
            for path in (*pages, f"/send/{draft}", f"/back/{draft}", f"/astray/{sent}"):
                seen = await tab.get(path)
                assert seen.status == 200, path
                assert not re.search(r">[^<]*\b(?:web|cli|check|sure)\.[a-z_]+[^<]*<", seen.text)


async def _into(page: Page, msgid: str, role: str = "link") -> None:
    """Press what is called so."""
    await page.get_by_role(role, name=SAY(msgid)).first.click()  # type: ignore[arg-type]


@needs_chromium
async def test_in_two_browsers_from_her_yes_to_the_journal(desks: Desks) -> None:
    """Her consent, the check, sealed and sent, the code, the door, the journal: all by clicking."""
    await desks.ready("HELE-613", asked=True)
    said = "part.threat"
    async with desks.tab(desks.sender) as out, chromium() as context:
        page = await context.new_page()
        await unlocked(page, out.address)
        await page.goto(f"http://{out.desk.host}/list")
        row = page.locator("li.row", has_text="HELE-613")
        await row.get_by_role("link", name=SAY("web.consent")).click()
        await page.locator("#user").check()
        await page.locator("#threat").check()
        await page.locator("#person").check()
        await _into(page, "consentsheet.question.yes", "button")
        await expect(page.locator("main")).to_contain_text(SAY(said))
        await page.locator("[name=do][value=no]").click()
        await expect(page.get_by_role("status")).to_have_text(SAY("web.consented.police.no"))
        await _into(page, "web.send")
        yes = SAY("web.send.yes", centre=desks.centre.name)
        await page.get_by_role("button", name=yes).click()
        await expect(page.locator("h1")).to_have_text(
            SAY("web.send.sure", centre=desks.centre.name)
        )
        await page.get_by_role("button", name=yes).click()
        await page.wait_for_selector("body.sent_case", timeout=20_000)
        code = await page.locator("p.code").inner_text()
        assert await page.locator(".qr svg").bounding_box() is not None
        before = await acts.known(desks.centre, "in")
        await desks.here.tick()
        package = await acts.fresh(desks.centre, "in", before)
        async with desks.tab(desks.centre) as in_, chromium() as other:
            door = await other.new_page()
            await unlocked(door, in_.address)
            row = door.locator("li.row", has_text=package)
            await row.get_by_role("link", name=SAY("web.arrived")).click()
            await door.fill("#code", code)
            await door.keyboard.press("Enter")
            await door.wait_for_selector("body.card")
            await expect(door.locator(".blocks")).to_contain_text("jaktrifle")
            await _into(door, "web.card.confirm")
            await _into(door, "web.confirm.yes", "button")
            await expect(door.locator("h1")).to_have_text(SAY("cli.confirmed"))
            await desks.centre.unlock()
            await acts.until_state(desks.here, desks.sender, "out", "HELE-613", "confirmed")
        await page.goto(f"http://{out.desk.host}/list")
        over = page.locator("li.row", has_text=SAY("state.confirmed"))
        await expect(over.filter(has_text="HELE-613")).to_be_visible()


@needs_chromium
async def test_in_chromium_no_page_is_wider_than_a_telephone_and_nothing_complains(
    desks: Desks,
) -> None:
    """At 320 pixels nothing has to be moved sideways; the policy of the page stops nothing."""
    await desks.sent("SMAL-614")
    await desks.ready("SMAL-615")
    told: list[str] = []
    screen = {"width": 320, "height": 740}
    async with desks.tab(desks.sender) as tab, chromium(viewport=screen) as context:
        page = await context.new_page()
        context.on("console", lambda message: told.append(message.text))
        await unlocked(page, tab.address)
        visit = tab.desk.door.visit
        assert visit is not None
        sent, draft = visit.word("SMAL-614"), visit.word("SMAL-615")
        pages = [
            f"{one}/{sent}" for one in ("sent", "operator", "slip", "release", "not-come", "back")
        ]
        for path in (*pages, f"send/{draft}", f"back/{draft}"):
            await page.goto(f"http://{tab.desk.host}/{path}")
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, path
            assert "SMAL" not in page.url + await page.title()
    assert told == []
