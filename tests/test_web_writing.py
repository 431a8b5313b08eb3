"""The sender writes in the browser: a topic to a page, saved at every button, nothing lost."""

import html
import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import expect

from client.forms import FORMS, form
from client.web.attaching import where
from client.web.door import Visit
from client.web.writing import Place
from keys.wire import Value
from keys.words import Language, Words
from tests import acts
from tests.browser import Seen, Tab, chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party, village
from tests.test_web_arrival import unlocked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORDS: Final = Words("client")
QUIET: Final = ('spellcheck="false"', 'autocomplete="off"', 'writingsuggestions="false"')


@dataclass(frozen=True, slots=True)
class Desks:
    """A centre that writes, and two that it can send to."""

    here: World
    sender: Party
    centre: Party
    third: Party

    async def clock(self) -> DrivenClock:
        """Unlock, for the last desk locked; return a clock of the desk's own."""
        await self.sender.do("unlock", name=STAFF, passphrase=PASSPHRASE)
        return DrivenClock(self.here.clock.now())

    async def answers(self, name: str, part: str) -> Mapping[str, Value]:
        """Return what is written in one form."""
        found = (await self.sender.do("written", code_name=name, part=part))["answers"]
        return found if isinstance(found, dict) else {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Three centres for all stories of this file."""
    async with village("granlia", "fjordglott", "elvebredden") as (here, found):
        yield Desks(here, *found)


def visit(tab: Tab) -> Visit:
    """Return the one visit of a desk."""
    found = tab.desk.door.visit
    assert found is not None
    return found


def says(seen: Seen, *msgids: str, lang: Language = Language.NB) -> None:
    """Show that a page says each of these."""
    page, words = html.unescape(seen.text), Words("client", lang)
    assert not [msgid for msgid in msgids if words.say(msgid) not in page]


async def begun(tab: Tab) -> str:
    """Begin an ordinary case by its button; return its code name."""
    answer = await tab.post("/new")
    return str(visit(tab).code_name(answer.headers["Location"].removeprefix("/case/")))


def value(answers: Mapping[str, Value], name: str) -> Value:
    """Return the value of an answer."""
    answer = answers[name]
    assert isinstance(answer, dict)
    return answer.get("value")


async def test_a_case_begins_and_its_steps_say_how_far_each_is(desks: Desks) -> None:
    """In each language; the list leads back to it, and nothing is sent."""
    async with desk_of(desks.sender, await desks.clock()) as tab:
        await tab.enter()
        for lang in Language:
            await tab.post("/language", language=lang.value)
            says(
                await tab.get("/new"), "web.new.ordinary", "web.urgent", "web.new.police", lang=lang
            )
        await tab.post("/language", language="nb")
        name = await begun(tab)
        steps = await tab.get(f"/case/{visit(tab).word(name)}")
        says(steps, "not_sent", "form.how.not_begun", "form.how.can_wait", "web.steps.child")
        assert f"/case/{visit(tab).word(name)}" in (await tab.get("/list")).text
        assert value(await desks.answers(name, "sender"), "centre") == desks.sender.name
        for _ in range(2):
            page = (await tab.get(f"/case/{visit(tab).word(name)}")).text
            (child,) = re.findall(rf'href="(/form/[^"]+)">{WORDS.say("web.steps.child")}', page)
            await tab.post(child, age="7", then="list")
        page = html.unescape((await tab.get(f"/case/{visit(tab).word(name)}")).text)
        assert all(f"<strong>Barn {at}</strong>" in page for at in (1, 2))


@pytest.mark.parametrize("lang", Language)
async def test_every_page_of_every_form_says_what_it_asks_and_why(
    desks: Desks, lang: Language
) -> None:
    """All questions stand there, with an honest lack at each answer and no browser's helper."""
    words = Words("client", lang)
    name = f"SKJEMA-{400 + [*Language].index(lang)}"
    async with desk_of(desks.sender, await desks.clock(), lang) as tab:
        await tab.enter()
        case = acts.sample("VIDDE-256", of=desks.sender.name, to=desks.centre.name, name=name)
        await desks.sender.do("new", case=case)
        for word in FORMS.keys() - {"consent", "attachment"}:
            part = "child.1" if word == "child" else word
            for at, topic in enumerate(form(word).pages):
                seen = await tab.get(Place(name, part, at).address(visit(tab)))
                page = html.unescape(seen.text)
                assert seen.status == 200
                wanted = [topic.title, topic.why, *(one.label for one in topic.questions)]
                assert not [msgid for msgid in wanted if words.say(msgid) not in page]
                fields = re.findall(r'<textarea [^>]+>|<input class="ds-input[^>]+>', seen.text)
                free = [one for one in fields if 'type="' not in one]
                assert all(quiet in one for one in free for quiet in QUIET)
                if any(one.lacks for one in topic.questions):
                    assert words.say("choice.state.not_asked") in page
                assert not re.search(r"\b(?:web|field|page|why|choice)\.[a-z_.]+\b", page)


async def test_two_pages_of_one_form_overwrite_nothing_unseen(desks: Desks) -> None:
    """Whoever saves second is shown what the first one wrote; the lock saves all the same."""
    async with desk_of(desks.sender, await desks.clock()) as tab:
        await tab.enter()
        name = await begun(tab)
        at = Place(name, "person").address(visit(tab))
        (stood,) = re.findall(r'name="stood" value="([^"]+)"', (await tab.get(at)).text)
        assert (await tab.post(at, call_name="Marte", stood=stood)).status == 303
        second = await tab.post(at, call_name="Berit", birth_year="1991", stood=stood)
        assert second.status == 409
        says(second, "web.form.since", "sent.nothing")
        assert "Marte" in second.text
        assert WORDS.say("web.form.saved") not in html.unescape(second.text)
        assert 'value="Berit"' in second.text
        assert value(await desks.answers(name, "person"), "call_name") == "Marte"
        (now,) = re.findall(r'name="stood" value="([^"]+)"', second.text)
        assert (await tab.post(at, call_name="Berit", stood=now)).status == 303
        assert value(await desks.answers(name, "person"), "call_name") == "Berit"
        assert (await tab.post(at, call_name="Siv", stood=stood, then="keep")).status == 303
        assert value(await desks.answers(name, "person"), "call_name") == "Siv"
        other = Place(name, "person", 1).address(visit(tab))
        (stood,) = re.findall(r'name="stood" value="([^"]+)"', (await tab.get(other)).text)
        await tab.post(at, call_name="Tiril")  # another topic of the same part is no news here
        assert (await tab.post(other, stood=stood)).status == 303


@needs_chromium
async def test_in_chromium_a_full_case_is_saved_again_unchanged(desks: Desks) -> None:
    """Whoever opens a page and saves it changes no answer, source or day; nothing is too wide."""
    name, clock = "URORT-410", await desks.clock()
    case = acts.sample("VIDDE-256", of=desks.sender.name, to=desks.centre.name, name=name)
    await desks.sender.do("new", case=case)
    screen = {"width": 320, "height": 740}
    async with (
        desk_of(desks.sender, clock) as tab,
        chromium(viewport=screen) as context,
    ):
        page = await context.new_page()
        await unlocked(page, tab.address)
        for word in ("threat", "child.1", "person", "place_inquiry"):
            before = await desks.answers(name, word)
            assert before
            for at in range(len(form(word.partition(".")[0]).pages)):
                await page.goto(
                    f"http://{tab.desk.host}{Place(name, word, at).address(visit(tab))}"
                )
                assert await page.evaluate("document.documentElement.scrollWidth") <= 320
                assert name not in page.url + await page.title()
                await page.click("button.ds-button[name=then][value=on]")
                await expect(page.locator(".ds-error-summary")).to_have_count(0)
                await expect(page.get_by_role("status")).to_have_text(WORDS.say("web.form.saved"))
            assert await desks.answers(name, word) == before


async def test_what_is_refused_is_shown_first_and_all_that_was_typed_stays(desks: Desks) -> None:
    """What is right is saved at once; each fault has a link to its field, and says what to do."""
    async with desk_of(desks.sender, await desks.clock()) as tab:
        await tab.enter()
        name = await begun(tab)
        at = Place(name, "person", 0).address(visit(tab))
        await tab.post(at, call_name="Marte", then="on")
        long, number = "x" * 81, "010170 12345"
        form_ = {"call_name": long, "full_name": number, "birth_year": "91", "pronoun": "hun"}
        seen = await tab.post(at, **form_, **{"gender_self": "k", "gender_self~lack": "unknown"})
        assert seen.status == 422
        page = html.unescape(seen.text)
        assert page.index("ds-error-summary") < page.index('<form method="post" class="writing')
        for field in ("call_name", "full_name", "birth_year", "gender_self"):
            assert f'href="#{field}"' in page
            assert f'id="{field}"' in page
            assert f'id="{field}~wrong"' in page
        assert all(f'value="{typed}"' in page for typed in form_.values())
        assert WORDS.say("web.form.wrong.number", least=1900, most=2100) in page
        says(seen, "web.form.both", "refusal.national_id.do", "web.form.wrong")
        kept = await desks.answers(name, "person")
        assert (value(kept, "call_name"), value(kept, "pronoun")) == ("Marte", "hun")
        moment = Place(name, "journey", 1).address(visit(tab))
        seen = await tab.post(moment, arrival_from="i kveld", arrival_until="15.11.2026 kl. 16.00")
        says(seen, "web.form.wrong.moment")
        assert 'value="i kveld"' in seen.text
        assert value(await desks.answers(name, "journey"), "arrival_until") == "2026-11-15T16:00:00"


async def test_rows_are_added_without_a_script_and_the_rest_is_said_to_be_unasked(
    desks: Desks,
) -> None:
    """A row more is a button that saves; an emptied row goes; a blank is no answer by itself."""
    async with desk_of(desks.sender, await desks.clock()) as tab:
        await tab.enter()
        name = await begun(tab)
        at = Place(name, "threat", 0).address(visit(tab))
        rows = {
            "perpetrators.1.name": "Trond",
            "perpetrators.1.vehicles": "svart bil\r\nhvit bil\r\n",
            "perpetrators.1.weapons": "yes",
            "perpetrators.1.weapons~note": "rifle",
            "perpetrators.1.tech_skill": "~not_asked",
        }
        answer = await tab.post(at, **rows, source="user", then="more.perpetrators")
        more = answer.headers["Location"].partition("#")[0]
        page = (await tab.get(more)).text
        assert 'name="perpetrators.2.name"' in page
        assert 'value="Trond"' in page
        await tab.post(more, **rows, **{"perpetrators.2.name": "Bror"}, source="staff")
        both = (await desks.answers(name, "threat"))["perpetrators"]
        assert isinstance(both, list)
        first, second = both
        assert isinstance(first, dict)
        assert isinstance(second, dict)
        assert value(first, "vehicles") == ["svart bil", "hvit bil"]
        weapons, skill, brother = first["weapons"], first["tech_skill"], second["name"]
        assert isinstance(weapons, dict)
        assert isinstance(skill, dict)
        assert isinstance(brother, dict)
        assert (weapons["value"], weapons["note"], weapons["source"]) == ("yes", "rifle", "user")
        assert (skill["state"], brother["source"]) == ("not_asked", "staff")
        await tab.post(at, **{"perpetrators.1.name": "", "perpetrators.2.name": "Bror"})
        (left,) = list((await desks.answers(name, "threat"))["perpetrators"] or [])
        assert isinstance(left, dict)
        assert value(left, "name") == "Bror"
        await tab.post(Place(name, "person", 0).address(visit(tab)), call_name="Marte", then="rest")
        person = await desks.answers(name, "person")
        states = {one: said["state"] for one, said in person.items() if isinstance(said, dict)}
        assert "full_name" not in states  # hidden from the place: nothing to ask for
        assert (states["call_name"], states["pronoun"]) == ("given", "not_asked")


async def test_what_was_sent_is_not_changed_and_nothing_typed_is_lost(desks: Desks) -> None:
    """A page that stood open while a colleague sent the case says so, with the text still there."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    clock = await desks.clock()
    name = await acts.ready(
        here, sender, acts.sample("GRAN-427", of=sender.name, to=centre.name, name="SENDT-420")
    )
    async with desk_of(sender, clock) as tab:
        await tab.enter()
        at = Place(name, "person", 0).address(visit(tab))
        await tab.get(at)
        await acts.send(here, sender, centre, name, by_phone="duty")
        seen = await tab.post(at, call_name="Et annet navn")
        assert seen.status == 409
        assert 'value="Et annet navn"' in seen.text
        says(seen, "sent.nothing")
        says(await tab.get(f"/case/{visit(tab).word(name)}"), "web.steps.was_sent")


async def test_an_address_is_good_for_one_visit_and_stands_for_nothing_else(desks: Desks) -> None:
    """A word of another page opens no form, and none is left after the lock."""
    async with desk_of(desks.sender, await desks.clock()) as tab:
        await tab.enter()
        name = await begun(tab)
        at = Place(name, "person").address(visit(tab))
        other = where(visit(tab), name, 1).replace("attach", "form")
        assert (await tab.get(other)).status == 404
        assert (await tab.get(f"/form/{visit(tab).word(name)}")).status == 404
        await tab.post("/lock")
        assert (await tab.post(at, call_name="x")).headers["Location"] == "/unlock"
        await desks.sender.do("unlock", name=STAFF, passphrase=PASSPHRASE)
        assert await desks.answers(name, "person") == {}


@needs_chromium
async def test_in_chromium_what_is_typed_is_saved_by_the_lock(desks: Desks) -> None:
    """Shift three times in the middle of a sentence: the page is gone, and the sentence is not."""
    clock, name = await desks.clock(), "MIDT-430"
    await desks.sender.do("new", case=f"code_name: {name}\n")
    async with desk_of(desks.sender, clock) as tab, chromium() as context:
        page = await context.new_page()
        await unlocked(page, tab.address)
        await page.goto(f"http://{tab.desk.host}{Place(name, 'person', 0).address(visit(tab))}")
        await page.fill("#call_name", "Marte midt i")
        await page.fill("#birth_year", "19")
        await page.focus("#pronoun")
        for _ in range(3):
            await page.keyboard.press("Shift")
        await page.wait_for_selector("body.unlock")
        assert "Marte" not in await page.content()
        await desks.sender.do("unlock", name=STAFF, passphrase=PASSPHRASE)
        assert value(await desks.answers(name, "person"), "call_name") == "Marte midt i"
