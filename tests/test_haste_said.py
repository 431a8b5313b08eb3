"""Where the lanes can spare no token, staff read by when what is urgent leaves: before and after.

Every page and every verb by which staff send is looked at three times: when there is enough to
spare, and nothing is said of it; when there are notes to spare and nothing larger; and when there
is nothing. What waits leaves in its slot all the same, and by the moment that was said.
"""

import html
from collections.abc import AsyncGenerator
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from client import upkeep
from client.web.adding import WHERE
from client.web.writing import Place
from keys.address import TOKEN_CLASSES, CellClass
from keys.calendar import Instant
from keys.words import Language, Words
from tests import acts
from tests.browser import Seen, Tab, desk_of
from tests.clock import DrivenClock
from tests.parties import village
from tests.program import Ended, in_process
from tests.test_lane_said import Network, word
from tests.test_web_police import chosen
from tests.test_web_send import at, followed, says
from tests.world import SLOT

pytestmark = pytest.mark.asyncio(loop_scope="module")

MONDAY: Final = Instant(1_794_214_800)
TOKENS: Final = MappingProxyType(
    {CellClass.S: 60, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
WORDS: Final = Words("client")
SAY: Final = WORDS.say
AFTER: Final = "cli.held_up"


class Spare(StrEnum):
    """What the lanes can spare."""

    NOTHING = "nothing"
    NOTES = "notes"
    ALL = "all"

    @property
    def waits(self) -> bool:
        """Whether a case must wait, or some of it."""
        return self is not Spare.ALL

    @property
    def before(self) -> str:
        """What is said of a case before it is sent, beside what is seen; or nothing."""
        return {Spare.NOTHING: "urgent.waits", Spare.NOTES: "urgent.held_up", Spare.ALL: ""}[self]

    def name_of(self, word: str) -> str:
        """Return a code name that is used once."""
        return f"{word}-{631 + [*Spare].index(self)}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def network() -> AsyncGenerator[Network, None]:
    """Two centres and two districts, with a lane for small cases."""
    keys = ("granlia", "fjordglott", "innlandet", "vest")
    async with village(*keys, start=MONDAY, blobs=TOKENS, lanes=(SLOT, 0)) as (here, found):
        yield Network(here, *found, rides=True)


@pytest.fixture(params=Spare)
def spare(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Spare:
    """Let the lanes want every token there is of what they cannot spare."""
    found = Spare(request.param)
    if found.waits:
        notes = 1_000 if found is Spare.NOTHING else 0
        held = {one: notes if one.cell is CellClass.NOTE else 1_000 for one in TOKEN_CLASSES}
        monkeypatch.setattr(upkeep, "held_back", lambda *_: held)
    return found


def says_it(text: str, msgid: str, lang: Language = Language.NB) -> bool:
    """Return whether a sentence stands in a text, whatever moment it names."""
    begins, _, ends = Words("client", lang).say(msgid, moment="\0").partition("\0")
    return begins in text and ends in text.partition(begins)[2]


def says_before(text: str, spare: Spare, lang: Language = Language.NB) -> None:
    """Show that a text says what must wait, and what is seen where something leaves."""
    say = Words("client", lang).say
    seen = say("urgent.seen") in text or say("urgent.seen_police") in text
    assert seen == (spare is not Spare.NOTHING)
    for msgid in ("urgent.waits", "urgent.held_up"):
        assert says_it(text, msgid, lang) == (msgid == spare.before), msgid


def says_after(text: str, spare: Spare, lang: Language = Language.NB) -> None:
    """Show that a text says whether something has left, and that the rest waits."""
    say = Words("client", lang).say
    assert says_it(text, AFTER, lang) == spare.waits
    assert (say("not_sent") in text) == (spare is Spare.NOTHING)
    assert (say("web.rides.begun") in text) == (spare is Spare.NOTES)


def page(seen: Seen, spare: Spare) -> None:
    """Show that a page says it before it sends."""
    says_before(html.unescape(seen.text), spare)


def verb(done: Ended, spare: Spare) -> None:
    """Show that a command says it before it sends, and says afterwards what became of it."""
    assert done.code == 0, done.said
    says_before(done.err, spare)
    says_after(done.out, spare)
    assert (SAY("cli.kept") in done.out) != spare.waits


async def consented(network: Network, name: str) -> None:
    """Write a case and her yes down."""
    await network.write(name, "GRAN-427")
    await network.sender.do("consent", code_name=name)


async def test_the_pages_that_send_a_case(
    network: Network, spare: Spare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last page before it goes, and the page of what waits; then it leaves in its slots."""
    name, sender = spare.name_of("RUTE"), network.sender
    await consented(network, name)
    before = await acts.known(network.centre, "in")
    async with desk_of(sender, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        address = await at(tab, name, "web.send")
        page(await tab.post(address, agreed_by_phone="duty"), spare)
        sending = address.replace("/send/", "/sending/")
        begun = await tab.post(sending, agreed_by_phone="duty", urgent="yes")
        where, _ = await followed(tab, begun.headers["Location"])
        assert where == address.replace("/send/", "/sent/")
        shown = await tab.get(where)
        if not spare.waits:
            says(shown, SAY("web.sent"), SAY("state.kept"))
            return
        by = Instant(int(str((await acts.row(sender, "out", name))["leaves_by"])))
        says(shown, SAY("web.rides"), SAY(AFTER, moment=WORDS.moment(by)))
        says_after(html.unescape(shown.text), spare)
        assert SAY("web.rides.why") not in html.unescape(shown.text)
        monkeypatch.setattr(network.here, "step", SLOT)
        while await acts.state(sender, "out", name) == "sealed":
            assert network.here.clock.now() < by
            await network.here.tick()
        says(await tab.get(where), SAY("web.sent"), SAY("web.sends_nothing"))
    await network.here.tick()
    assert len(await acts.known(network.centre, "in") - before) == 1


async def test_the_operator_view_says_what_really_rode(network: Network, spare: Spare) -> None:
    """What was called urgent and waited for its slot was one of the many that everybody posts."""
    name, sender = spare.name_of("SYN"), network.sender
    await consented(network, name)
    await sender.do("send", code_name=name, agreed_by_phone="duty", urgent=True)
    await network.here.tick(5)
    await network.unlock()
    found = await sender.do("operator-view", code_name=name)
    cells = found["cells"]
    assert isinstance(cells, list)
    rode = {str(one["class"]): one["rode"] for one in cells if isinstance(one, dict)}
    assert rode == {"note": spare is Spare.NOTHING, "s": spare.waits}


async def test_the_page_that_asks_for_a_place(network: Network, spare: Spare) -> None:
    """How many questions leave at once, where it is not all of them."""
    name = spare.name_of("SPOR")
    await network.write(name, "GRAN-427")
    only = SAY("urgent.only", count=0)
    async with desk_of(network.sender, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        address = f"/ask/{word(tab, name)}"
        assert (only in html.unescape((await tab.get(address)).text)) == (spare is Spare.NOTHING)
        asked = await tab.post(address, centre=network.centre.name, urgent="yes")
        done = html.unescape((await tab.get(asked.headers["Location"])).text)
        assert says_it(done, AFTER) == (spare is Spare.NOTHING)
    line = ("inquire", name, network.centre.name, "--urgent")
    await network.unlock()
    done = await in_process(network.sender, *line)
    assert (only in done.err) == (SAY("urgent.seen") not in done.err) == (spare is Spare.NOTHING)
    assert says_it(done.out, AFTER) == (spare is Spare.NOTHING)


async def test_the_page_that_adds_and_the_verb(network: Network, spare: Spare) -> None:
    """Where what was typed is looked over, and where a file is."""
    name = spare.name_of("MER")
    text = await network.sent(name)
    async with desk_of(network.sender, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        visit = tab.desk.door.visit
        assert visit is not None
        address = Place(name, "person").address(visit, WHERE)
        page(await tab.post(address, call_name="Marte-Lill", then="look"), spare)
    await network.here.tick(4)
    await network.unlock()
    file = network.sender.home.path / "mer.yaml"
    file.write_text(text.replace("call_name: Marte", "call_name: Marit"), encoding="utf-8")
    line = ("add", name, str(file), "--yes", "--urgent")
    verb(await in_process(network.sender, *line), spare)
    await network.here.tick(4)


async def test_the_pages_to_the_police_and_the_verbs(network: Network, spare: Spare) -> None:
    """At the centre, and at its district, which passes it on."""
    name = spare.name_of("HAST")
    await network.write(name, "SKOG-903")
    async with desk_of(network.sender, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        page(await tab.get(f"/police-check/{word(tab, name)}"), spare)
    await network.unlock()
    line = ("police", "request", name, "--urgent")
    verb(await in_process(network.sender, *line), spare)
    asked = await network.asked(spare.name_of("VURD"))
    async with desk_of(network.home, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        address = f"/review/{word(tab, asked)}"
        await tab.post(address, do="open")
        form = chosen(await tab.get(address), keep=(1,))
        page(await tab.post(address, **form, do="next"), spare)
    await network.unlock()
    relay = ("police", "relay", asked, network.away.name, "--authority-fd", "FD", "--urgent")
    verb(await in_process(network.home, *relay, secret="vakt\n"), spare)
    await network.here.tick(4)


async def test_the_verb_that_sends_and_what_is_made_urgent(network: Network, spare: Spare) -> None:
    """Before and after; made urgent after all, it is the same."""
    name, later = spare.name_of("TAST"), spare.name_of("SEINT")
    for one in (name, later):
        await consented(network, one)
    line = ("--agreed-by-phone", "vakt", "--yes", "--urgent")
    verb(await in_process(network.sender, "send", name, *line), spare)
    await in_process(network.sender, "send", later, *line[:-1])
    async with desk_of(network.sender, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        shown = html.unescape((await tab.get(f"/sent/{word(tab, later)}")).text)
    says_before(shown, spare)
    assert (SAY("web.rides.haste") in shown) != (spare is Spare.NOTHING)
    await network.unlock()
    verb(await in_process(network.sender, "send", later, *line), spare)
    await network.here.tick(8)
    await network.unlock()
    assert await acts.state(network.sender, "out", name) == "stored"


@pytest.mark.parametrize("lang", Language)
async def test_a_move_at_night(network: Network, lang: Language, spare: Spare) -> None:
    """On the page that asks whether it is right, at the keyboard, and on what is said after."""
    await network.unlock()
    async with desk_of(network.sender, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        await tab.post("/language", language=lang.value)
        typed = {"centre": network.centre.name, "danger": "Han leter", "asked": "yes"}
        sure = html.unescape((await tab.post("/urgent", **typed, window="16-20")).text)
        says_before(sure, spare, lang)
        await at_night(network, tab, typed, lang, spare)
    await network.here.tick(4)


async def at_night(
    network: Network, tab: Tab, typed: dict[str, str], lang: Language, spare: Spare
) -> None:
    """Send it; afterwards it is said whether all of it has left, or by when."""
    done = await tab.post("/urgent", **typed, window="16-20", then="sure")
    text, say = html.unescape(done.text), Words("client", lang).say
    says_after(text, spare, lang)
    assert (say("emergency.sent") in text) != spare.waits
    if lang is not Language.NB:
        return
    await network.unlock()
    said = f"{network.centre.name}\n16–20\nHan leter\nja\nja\n"
    ended = await in_process(network.sender, "emergency", typed=said, lang=lang.value)
    says_before(ended.err, spare, lang)
    says_after(ended.out, spare, lang)
