"""Planted words of a case are found nowhere but where staff with a passphrase look (P15).

Disks, the line, metrics, logs, file names, the words and setting of every process that is started,
and the titles of pages. That no size says anything either is shown where sizes are made: each is
one of a few classes (P1: `test_note.py::test_every_note_is_of_one_size`,
`test_blob.py::test_every_blob_has_its_classs_exact_size_and_name`).
"""

import asyncio
import logging
import re
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from client.doors import Doors
from keys.address import CellClass
from keys.arrival import ArrivalCode
from keys.calendar import Instant
from keys.errors import WrongCode
from keys.words import Language, Words
from tests import acts, samplefiles
from tests.browser import Tab, desk_of
from tests.clock import DrivenClock
from tests.keyboard import Typist
from tests.lookout import Lookout
from tests.parties import PASSPHRASE, STAFF, Party, join
from tests.program import Ended, folge
from tests.stage import holds
from tests.started import starts
from tests.tap import Tap, tapped
from tests.tour import LANDINGS, TEMPLATES
from tests.world import SLOT, World, world

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
BLOBS = MappingProxyType({CellClass.S: 4, CellClass.M: 2, CellClass.XL64: 0, CellClass.XL256: 0})
PEOPLE = ("Máret", "Čappa", "Ánde", "Biret", "Issát", "Nøtteallergi", "fotballkort", "Farfar")
NIGHT = ("Hana R.", "fettere", "Reisedokument", "Tante bor i nabobyen")
FILES = ("utover.jpg", "kjennelse-skann.pdf", samplefiles.CAMERA)
CASES = ("VIDDE-256", "SKOG-903", "GRAN-427")
NAMES = (*CASES, STAFF, PASSPHRASE)
_TITLE: Final = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_LINK: Final = re.compile(r'href="(/[^"#]*)')


@dataclass(frozen=True, slots=True)
class Played:
    """What is left behind after everything that a case can meet has been met."""

    here: World
    taps: tuple[Tap, ...]
    members: tuple[Party, ...]
    code: str
    log: str
    started: tuple[bytes, ...]

    @property
    def canaries(self) -> tuple[str, ...]:
        """Every planted word, the arrival code with and without its dashes."""
        return (*PEOPLE, *NIGHT, *FILES, *NAMES, self.code, self.code.replace("-", "")[:20])

    @property
    def untyped(self) -> tuple[str, ...]:
        """What staff never type on a line: all but a code name, and a file of their own."""
        return tuple(word for word in self.canaries if word not in (*CASES, *FILES))


class _Noted(Typist):
    """Staff who type, and every line of theirs is kept."""

    lines: Final[list[tuple[str, ...]]] = []

    async def types(self, *words: str, lang: str = "", typed: str = "", secret: str = "") -> Ended:
        """Type a line, and keep it."""
        self.lines.append(words)
        return await super().types(*words, lang=lang, typed=typed, secret=secret)


class _Heard(logging.Handler):
    """Keeps what any part of the program logs, formatted as a careless set-up would."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.lines.append(self.format(record))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Played, None]:
    """Play a package with files, a police request and a withdrawal, with all logs turned up."""
    heard = _Heard()
    root = logging.getLogger()
    level = root.level
    root.addHandler(heard)
    root.setLevel(logging.DEBUG)
    try:
        async with AsyncExitStack() as stack:
            started = stack.enter_context(starts())
            path = Path(stack.enter_context(TemporaryDirectory(prefix="folge-")))
            here = await stack.enter_async_context(
                world(path, start=SATURDAY, step=2 * SLOT, blobs=BLOBS, weeks=2)
            )
            taps, members = await _joined(stack, here)
            code = await _play(here, members, tmp_path_factory.mktemp("files"))
            await here.close_slot()
            for member in members:
                assert (await folge(member, "status")).code == 0
            log = "\n".join(heard.lines)
            yield Played(here, taps, members, code, log, tuple(started))
    finally:
        root.removeHandler(heard)
        root.setLevel(level)


async def _joined(stack: AsyncExitStack, here: World) -> tuple[tuple[Tap, ...], tuple[Party, ...]]:
    """Let a district and two centres join, each behind a tap at both doors."""
    taps: list[Tap] = []
    members: list[Party] = []
    for key in ("innlandet", "granlia", "fjordglott"):
        for door in (here.doors.broker, here.doors.issuer):
            tap = await stack.enter_async_context(tapped(door))
            taps.append(tap)
        doors = Doors(taps[-2].url, taps[-1].url)
        home = "innlandet" if key != "innlandet" else ""
        members.append(await join(here, key, home=home, doors=doors, staffed=_Noted))
        stack.push_async_callback(members[-1].service.close)
    await here.publish()
    await here.tick(2)
    return tuple(taps), tuple(members)


async def _play(here: World, members: tuple[Party, ...], files: Path) -> str:
    """Send a case with files, open it, take another back, and warn the police of a third."""
    district, sender, centre = members
    ends = {"of": sender.name, "to": centre.name}
    await acts.ready(here, sender, acts.sample("VIDDE-256", **ends), centre)
    photo, scan = samplefiles.photo(files / FILES[0]), samplefiles.scan(files / FILES[1], 150_000)
    for part, file in (("attachment.1", photo), ("attachment.2", scan)):
        await sender.do("part", code_name="VIDDE-256", attachment=part, path=str(file))
    await sender.do("consent", code_name="VIDDE-256")
    code, package = await acts.send(here, sender, centre, "VIDDE-256")
    wrong = ArrivalCode.generate().text
    with pytest.raises(WrongCode):
        await centre.do("arrive", code_name=package, arrival_code=wrong)
    await acts.opened(here, centre, package, code)
    await acts.ready(here, sender, acts.sample("GRAN-427", **ends))
    await acts.send(here, sender, centre, "GRAN-427", by_phone="duty")
    await sender.do("withdraw", code_name="GRAN-427")
    night = acts.sample("SKOG-903", **ends).replace("2026-11-15", "2026-11-14")
    await sender.do("new", case=night)
    before = await acts.known(district, "in")
    await sender.do("police request", code_name="SKOG-903")
    await here.tick()
    request = await acts.fresh(district, "in", before)
    await district.do("police review", code_name=request)
    await acts.confirm(here, centre, package)
    return code


def _forms(word: str) -> Iterator[bytes]:
    """Yield what a word may look like in bytes that nobody sealed."""
    yield word.encode()
    yield word.encode().hex().encode()
    yield word.encode("utf-16-le")
    yield "".join(f"%{octet:02X}" for octet in word.encode()).encode()


def found(octets: bytes, words: tuple[str, ...]) -> set[str]:
    """Return the words that stand in some bytes, in any of their forms."""
    return {word for word in words if any(form in octets for form in _forms(word))}


async def test_no_word_of_a_case_is_on_the_operators_disks(played: Played) -> None:
    """Databases, slabs, batches, roster and logs of broker and issuer hold none of them."""
    seen = 0
    for path, data in Lookout(played.here).files():
        assert not found(data, played.canaries), path
        seen += 1
    assert seen > 30


async def test_no_word_of_a_case_is_on_the_line(played: Played) -> None:
    """Every byte between members and broker was kept: URLs, headers and bodies hold none."""
    for tap in played.taps:
        assert tap.octets
        assert not found(tap.octets, played.canaries)


async def test_no_word_of_a_case_is_in_metrics_or_logs(played: Played) -> None:
    """Also when every library's log is turned up as far as it goes."""
    assert not found((await Lookout(played.here).metrics()).encode(), played.canaries)
    assert played.log
    assert not found(played.log.encode(), played.canaries)


async def test_no_word_of_a_case_lies_open_on_a_members_disk(played: Played) -> None:
    """Ledger, cells, locks and settings hold them sealed only, and no file is named for them."""
    seen = 0
    for member in played.members:
        for path in member.home.path.rglob("*"):
            assert not found(str(path.relative_to(played.here.path)).encode(), played.canaries)
            if path.is_file():
                names = tuple(word for word in played.canaries if word != STAFF)
                assert not found(path.read_bytes(), names), path
                seen += 1
    assert seen > 10


async def test_no_process_is_started_with_a_word_of_a_case(played: Played) -> None:
    """Words and setting of each can be read by all on the machine: only the tests' own are there.

    The story was typed, and the terminal was run in a process of its own as well.
    """
    assert len(played.started) == len(played.members)
    for said in played.started:
        assert b"client\0" in said
        assert not found(said, played.canaries)


async def test_no_line_that_staff_type_holds_a_word_of_a_case(played: Played) -> None:
    """What is told of a case, a code or a passphrase is told by a descriptor or when asked."""
    typed = {words[1:3] for words in _Noted.lines}
    assert {("police", "request"), ("send", "VIDDE-256"), ("withdraw", "GRAN-427")} <= typed
    for words in _Noted.lines:
        assert not found(b"\0".join(word.encode() for word in words), played.untyped), words


async def test_a_planted_word_on_a_line_is_found() -> None:
    """Every start is heard with its words and its setting, and what stands there is seen."""
    with starts() as heard:
        quiet = (sys.executable, "-c", "", "Máret")
        assert await (await asyncio.create_subprocess_exec(*quiet)).wait() == 0
        mute = await asyncio.create_subprocess_exec(*quiet[:3], env={"WHO": "Čappa"})
        assert await mute.wait() == 0
        assert await (await asyncio.create_subprocess_exec(*quiet[:3])).wait() == 0
    assert [found(said, PEOPLE) for said in heard] == [{"Máret"}, {"Čappa"}, set()]


async def test_a_title_is_said_in_one_place() -> None:
    """One template has a title, and it says one of two sentences that take nothing from a case."""
    having = {path.name for path in TEMPLATES.glob("*.html") if "<title" in path.read_text("utf-8")}
    assert having == {"base.html"}
    (said,) = _TITLE.findall((TEMPLATES / "base.html").read_text("utf-8"))
    assert set(re.findall(r'say\("([^"]*)"(.)', said)) == {
        ("web.title", ")"),
        ("web.title_locked", ")"),
    }
    assert re.sub(r'say\("[^"]*"\)', "", said) == (
        "{{  if visit is none or not visit.name else  }}"
    )


@pytest.mark.parametrize("lang", Language)
async def test_no_word_of_a_case_is_in_a_title(played: Played, lang: Language) -> None:
    """Every page that is reached by links from the desk is called as every other."""
    words = Words("client", lang)
    locked = words.say("web.title_locked")
    for member in played.members:
        clock = DrivenClock(played.here.clock.now())
        async with desk_of(member, clock, lang) as tab:
            await tab.start()
            assert _TITLE.findall((await tab.get("/unlock")).text) == [locked]
            await tab.enter_again()
            titles, pages = await _titles(tab)
        await member.unlock()  # the desk has locked
        assert titles == {words.say("web.title")}
        assert not found("".join(titles).encode(), played.canaries)
        assert pages > len(LANDINGS)


async def _titles(tab: Tab) -> tuple[set[str], int]:
    """Follow every link from every page; return their titles, and how many pages there were."""
    titles: set[str] = set()
    ahead, met, pages = [*LANDINGS], {*LANDINGS}, 0
    while ahead:
        seen = await tab.get(ahead.pop())
        if "text/html" not in seen.headers.get("Content-Type", ""):
            continue
        titles |= {*_TITLE.findall(seen.text)}
        pages += 1
        fresh = {*_LINK.findall(seen.text)} - met
        met |= fresh
        ahead += sorted(fresh)
    return titles, pages


async def test_no_members_name_is_beside_an_act(played: Played) -> None:
    """The line holds the roster, which is public, and no centre's id in any address or header."""
    for tap in played.taps:
        for exchange in tap.exchanges():
            for member in played.members:
                assert member.member_id.hex() not in exchange.request
                assert member.name not in exchange.request


async def test_the_sender_no_longer_holds_them_either(played: Played) -> None:
    """P12: the case was confirmed, and the sending centre's opened store has forgotten it."""
    sender, centre = played.members[1:]
    assert await acts.state(sender, "out", "VIDDE-256") == "confirmed"
    assert not await holds(sender, [word.encode() for word in PEOPLE])
    assert not await holds(centre, [b"VIDDE-256"])


async def test_a_planted_word_is_found() -> None:
    """The search is not blind: each form of a word is seen where it stands."""
    for form in _forms("Máret"):
        assert found(b"\0" + form + b"\0", ("Máret",)) == {"Máret"}
    assert not found(b"\0 Maret \0", ("Máret",))
