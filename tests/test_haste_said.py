"""Where the lanes can spare no token, staff read by when what is urgent has left: before and after.

Every page and every verb by which staff send is looked at twice: when there is enough to spare, and
nothing is said of it, and when there is none. What waits then leaves in its slot all the same.
"""

import html
from collections.abc import AsyncGenerator
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

SATURDAY: Final = Instant(1_794_636_000)
TOKENS: Final = MappingProxyType(
    {CellClass.S: 60, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
WORDS: Final = Words("client")
SAY: Final = WORDS.say
BEFORE, AFTER = "urgent.held_up", "cli.held_up"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def network() -> AsyncGenerator[Network, None]:
    """Two centres and two districts, with a lane for small cases."""
    keys = ("granlia", "fjordglott", "innlandet", "vest")
    async with village(*keys, start=SATURDAY, blobs=TOKENS, lanes=(SLOT, 0)) as (here, found):
        yield Network(here, *found, rides=True)


@pytest.fixture(params=[True, False], ids=["none to spare", "enough"])
def lacking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the lanes want every token there is."""
    if request.param:
        monkeypatch.setattr(upkeep, "held_back", lambda *_: dict.fromkeys(TOKEN_CLASSES, 1_000))
    return bool(request.param)


def says_it(text: str, msgid: str, lang: Language = Language.NB) -> bool:
    """Return whether a sentence stands in a text, whatever moment it names."""
    begins, _, ends = Words("client", lang).say(msgid, moment="\0").partition("\0")
    return begins in text and ends in text.partition(begins)[2]


def page(seen: Seen, *, lacking: bool) -> None:
    """Show that a page says it beside what is seen of haste, or has nothing to say."""
    text = html.unescape(seen.text)
    assert SAY("urgent.seen") in text or SAY("urgent.seen_police") in text
    assert says_it(text, BEFORE) == lacking


def verb(done: Ended, *, lacking: bool) -> None:
    """Show that a command says it before it sends, and says afterwards what became of it."""
    assert done.code == 0, done.said
    assert says_it(done.err, BEFORE) == lacking
    assert says_it(done.out, AFTER) == lacking
    assert (SAY("cli.kept") in done.out) != lacking


async def consented(network: Network, name: str) -> None:
    """Write a case and her yes down."""
    await network.write(name, "GRAN-427")
    await network.sender.do("consent", code_name=name)


def name_of(word: str, *, lacking: bool) -> str:
    """Return a code name that is used once."""
    return f"{word}-{631 + lacking}"


async def test_the_pages_that_send_a_case(network: Network, *, lacking: bool) -> None:
    """The last page before it goes, and the page of what waits; then it leaves in its slots."""
    name, sender = name_of("RUTE", lacking=lacking), network.sender
    await consented(network, name)
    before = await acts.known(network.centre, "in")
    async with desk_of(sender, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        address = await at(tab, name, "web.send")
        page(await tab.post(address, agreed_by_phone="duty"), lacking=lacking)
        sending = address.replace("/send/", "/sending/")
        begun = await tab.post(sending, agreed_by_phone="duty", urgent="yes")
        where, _ = await followed(tab, begun.headers["Location"])
        assert where == address.replace("/send/", "/sent/")
        shown = await tab.get(where)
        if not lacking:
            says(shown, SAY("web.sent"), SAY("state.kept"))
            return
        row = await acts.row(sender, "out", name)
        moment = WORDS.moment(Instant(int(str(row["leaves_by"]))))
        says(shown, SAY("web.rides"), SAY("not_sent"), SAY("cli.rides", moment=moment))
        page(shown, lacking=True)
        await network.here.tick()  # its note and its blob have slots of their own
        await network.here.tick()
        says(await tab.get(where), SAY("web.sent"), SAY("web.sends_nothing"))
    await network.here.tick()
    assert len(await acts.known(network.centre, "in") - before) == 1


async def test_the_operator_view_says_what_really_rode(network: Network, *, lacking: bool) -> None:
    """What was called urgent and waited for its slot was one of the many that everybody posts."""
    name, sender = name_of("SYN", lacking=lacking), network.sender
    await consented(network, name)
    await sender.do("send", code_name=name, agreed_by_phone="duty", urgent=True)
    await network.here.tick(5)
    await network.unlock()
    found = await sender.do("operator-view", code_name=name)
    cells = found["cells"]
    assert isinstance(cells, list)
    assert [one["rode"] for one in cells if isinstance(one, dict)] == [lacking] * 2


async def test_the_page_that_asks_for_a_place(network: Network, *, lacking: bool) -> None:
    """How many questions leave at once, where it is not all of them."""
    name = name_of("SPOR", lacking=lacking)
    await network.write(name, "GRAN-427")
    only = SAY("urgent.only", count=0)
    async with desk_of(network.sender, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        address = f"/ask/{word(tab, name)}"
        assert (only in html.unescape((await tab.get(address)).text)) == lacking
        asked = await tab.post(address, centre=network.centre.name, urgent="yes")
        done = html.unescape((await tab.get(asked.headers["Location"])).text)
        assert says_it(done, AFTER) == lacking
    line = ("inquire", name, network.centre.name, "--urgent")
    await network.unlock()
    done = await in_process(network.sender, *line)
    assert (only in done.err) == lacking
    assert says_it(done.out, AFTER) == lacking


async def test_the_page_that_adds_and_the_verb(network: Network, *, lacking: bool) -> None:
    """Where what was typed is looked over, and where a file is."""
    name = name_of("MER", lacking=lacking)
    text = await network.sent(name)
    async with desk_of(network.sender, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        visit = tab.desk.door.visit
        assert visit is not None
        address = Place(name, "person").address(visit, WHERE)
        page(await tab.post(address, call_name="Marte-Lill", then="look"), lacking=lacking)
    await network.here.tick(4)
    await network.unlock()
    file = network.sender.home.path / "mer.yaml"
    file.write_text(text.replace("call_name: Marte", "call_name: Marit"), encoding="utf-8")
    line = ("add", name, str(file), "--yes", "--urgent")
    verb(await in_process(network.sender, *line), lacking=lacking)
    await network.here.tick(4)


async def test_the_pages_to_the_police_and_the_verbs(network: Network, *, lacking: bool) -> None:
    """At the centre, and at its district, which passes it on."""
    name = name_of("HAST", lacking=lacking)
    await network.write(name, "SKOG-903")
    async with desk_of(network.sender, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        page(await tab.get(f"/police-check/{word(tab, name)}"), lacking=lacking)
    await network.unlock()
    line = ("police", "request", name, "--urgent")
    verb(await in_process(network.sender, *line), lacking=lacking)
    asked = await network.asked(name_of("VURD", lacking=lacking))
    async with desk_of(network.home, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        address = f"/review/{word(tab, asked)}"
        await tab.post(address, do="open")
        form = chosen(await tab.get(address), keep=(1,))
        page(await tab.post(address, **form, do="next"), lacking=lacking)
    await network.unlock()
    relay = ("police", "relay", asked, network.away.name, "--authority-fd", "FD", "--urgent")
    verb(await in_process(network.home, *relay, secret="vakt\n"), lacking=lacking)
    await network.here.tick(4)


async def test_the_verb_that_sends_and_what_is_made_urgent(
    network: Network, *, lacking: bool
) -> None:
    """Before and after; made urgent after all, it is the same."""
    name, later = name_of("TAST", lacking=lacking), name_of("SEINT", lacking=lacking)
    for one in (name, later):
        await consented(network, one)
    line = ("--agreed-by-phone", "vakt", "--yes", "--urgent")
    verb(await in_process(network.sender, "send", name, *line), lacking=lacking)
    await in_process(network.sender, "send", later, *line[:-1])
    verb(await in_process(network.sender, "send", later, *line), lacking=lacking)
    await network.here.tick(6)
    await network.unlock()
    assert await acts.state(network.sender, "out", name) == "stored"


@pytest.mark.parametrize("lang", Language)
async def test_a_move_at_night(network: Network, lang: Language, *, lacking: bool) -> None:
    """On the page that asks whether it is right, at the keyboard, and on what is said after."""
    await network.unlock()
    async with desk_of(network.sender, DrivenClock(network.here.clock.now())) as tab:
        await tab.enter()
        await tab.post("/language", language=lang.value)
        typed = {"centre": network.centre.name, "danger": "Han leter", "asked": "yes"}
        sure = html.unescape((await tab.post("/urgent", **typed, window="16-20")).text)
        assert says_it(sure, BEFORE, lang) == lacking
        await at_night(network, tab, typed, lang, lacking=lacking)
    await network.here.tick(4)


async def at_night(
    network: Network, tab: Tab, typed: dict[str, str], lang: Language, *, lacking: bool
) -> None:
    """Send it; afterwards it is said whether all of it has left, or by when."""
    done = await tab.post("/urgent", **typed, window="16-20", then="sure")
    text, say = html.unescape(done.text), Words("client", lang).say
    assert says_it(text, AFTER, lang) == lacking
    assert (say("emergency.sent") in text) != lacking
    await network.unlock()
    said = f"{network.centre.name}\n16–20\nHan leter\nja\nja\n"
    ended = await in_process(network.sender, "emergency", typed=said, lang=lang.value)
    assert says_it(ended.err, BEFORE, lang) == lacking
    assert says_it(ended.out, AFTER, lang) == lacking
