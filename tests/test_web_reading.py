"""A whole case read in the browser: parts in words, notes beside them, pictures and files."""

import html
import io
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

import aiohttp
import pikepdf
import pytest
import pytest_asyncio
from yarl import URL

from client.case import parse_part_id
from client.kept import Kept
from client.shelf import Shelf
from client.verbs import finding, keptcases
from client.web.door import COOKIE
from keys.address import CellClass
from keys.calendar import Instant
from keys.words import Language, Words
from tests import acts, samplefiles
from tests.browser import Tab, chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party, village
from tests.stage import holds
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
SATURDAY: Final = Instant(1_794_636_000)
BLOBS: Final = MappingProxyType(
    {CellClass.S: 6, CellClass.M: 3, CellClass.XL64: 0, CellClass.XL256: 0}
)
SCAN: Final = 200_000
NOTE: Final = "Søster ringte klokka tre"


@dataclass(eq=False)
class Come:
    """A case with two children, a photo and a scan, opened at the centre it came to."""

    here: World
    sender: Party
    centre: Party
    package: str
    scan: Path
    clock: DrivenClock


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def come(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Come, None]:
    """Two centres; what one sent is open at the other."""
    path = tmp_path_factory.mktemp("files")
    photo = samplefiles.photo(path / "utover.jpg")
    scan = samplefiles.scan(path / "kjennelse-skann.pdf", SCAN)
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        sender, centre = found
        text = acts.sample("VIDDE-256", of=sender.name, to=centre.name)
        await sender.do("new", case=text)
        for part, file in (("attachment.1", photo), ("attachment.2", scan)):
            await sender.do("part", code_name="VIDDE-256", attachment=part, path=str(file))
        await sender.do("consent", code_name="VIDDE-256")
        code, package = await acts.send(here, sender, centre, "VIDDE-256", by_phone="duty")
        await acts.opened(here, centre, package, code)
        await here.tick(2)
        yield Come(here, sender, centre, package, scan, DrivenClock(here.clock.now()))


def text_of(page: str) -> str:
    """Return what a page says, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())


async def opened(tab: Tab, come: Come) -> dict[str, str]:
    """Go from the list to the whole case; return where each part is, by its name there."""
    await tab.enter()
    card = re.search(r'href="(/card/[^"]+)"', (await tab.get("/")).text)
    assert card
    whole = re.search(r'href="(/opened/[^"]+)"', (await tab.get(card[1])).text)
    assert whole
    page = (await tab.get(whole[1])).text
    found = re.findall(r'href="(/part/[^"]+)">([^<]+)<', page)
    assert come.package in page
    return {html.unescape(name): path for path, name in found}


def address(parts: dict[str, str], part: str, lang: Language = Language.NB) -> str:
    """Return where a part is."""
    name, _, number = part.partition(".")
    return parts[f"{Words('client', lang).say(f'part.{name}')} {number}".rstrip()]


async def copied(come: Come) -> bool:
    """Return whether staff would be asked about a copy, if this were taken back."""
    office = come.centre.service.office
    async with office.ledger.reading() as rows:
        return (await finding.incoming(rows, come.package)).copied


async def test_each_part_is_read_in_words(come: Come) -> None:
    """All that came has its page, with every letter; nothing is sent, and the log knows."""
    async with desk_of(come.centre, come.clock) as tab:
        parts = await opened(tab, come)
        known = (await come.centre.do("read", code_name=come.package))["parts"]
        assert isinstance(known, list)
        assert len(parts) == len(known)
        for path in parts.values():
            page = await tab.get(path)
            assert page.status == 200
            assert Words("client").say("web.reading.sends") in text_of(page.text)
        child = text_of((await tab.get(address(parts, "child.1"))).text)
        assert "Issát har fått fotballkortene sine" in child
        assert "EpiPen" not in child  # that is the other one's
        assert not await copied(come)


async def test_a_note_stands_beside_what_came_and_stays_here(come: Come) -> None:
    """It is on the page and the card, it is not empty, and its sender never has it."""
    async with desk_of(come.centre, come.clock) as tab:
        parts = await opened(tab, come)
        where = address(parts, "threat")
        before = text_of((await tab.get(where)).text)
        empty = await tab.post(where, text="  ")
        assert empty.status == 422
        assert Words("client").say("web.part.note.none") in text_of(empty.text)
        long = await tab.post(where, text="å" * 1_001)
        assert long.status == 422
        assert "ååå" in long.text  # what was typed is not lost
        done = await tab.post(where, text=NOTE)
        assert done.headers["Location"] == where
        after = text_of((await tab.get(where)).text)
        assert NOTE not in before
        assert NOTE in after
        assert Words("client").say("cli.noted") in after
        assert NOTE in " ".join(await acts.card(come.centre, come.package))
        whole = re.search(r'href="(/opened/[^"]+)"', (await tab.get(where)).text)
        assert whole
        marked = re.findall(
            r'href="(/part/[^"]+)">[^<]*</a> <span[^>]*>([^<]*)<', (await tab.get(whole[1])).text
        )
        assert marked == [(where, Words("client").say("web.reading.note"))]
    await come.here.tick(2)
    assert not await holds(come.sender, [NOTE.encode()])


async def test_a_note_being_typed_when_it_locks_is_offered_again(come: Come) -> None:
    """It stands nowhere until it is added: no card, no mark, no log; and goes with its part."""
    half, say = "Halvveis i en setn", Words("client").say
    async with desk_of(come.centre, come.clock) as tab:
        where = address(await opened(tab, come), "protection")
        await tab.post(where, text=half, then="keep")
        await tab.post("/lock")
        await tab.enter_again()
        where = address(await opened(tab, come), "protection")
        page = await tab.get(where)
        assert half in page.text
        assert say("web.part.note.typed") in text_of(page.text)
        found = await come.centre.do("read", code_name=come.package)
        assert ["protection", "typed"] not in list(found["beside"] or [])
        assert half not in " ".join(await acts.card(come.centre, come.package))
        await tab.post(where, text=f"{half}ing")
        after = (await tab.get(where)).text
        assert say("web.part.note.typed") not in text_of(after)
        await tab.post(where, text=half, then="keep")
        await tab.post(where, text="", then="keep")
        assert say("web.part.note.typed") not in text_of((await tab.get(where)).text)
        await tab.post(address(await opened(tab, come), "child.2"), text=half, then="keep")


async def raw(tab: Tab, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """Ask for bytes, as the page itself does."""
    port = tab.desk.host.rpartition(":")[2]
    visit = tab.desk.door.visit
    headers = {
        "Host": tab.desk.host,
        "Sec-Fetch-Site": "same-origin",
        "Sec-Fetch-Dest": "image" if method == "GET" else "document",
        "Cookie": f"{COOKIE}={tab.cookie}",
        **({"Origin": f"http://{tab.desk.host}"} if method == "POST" else {}),
    }
    form = {"csrf": visit.csrf if visit else ""} if method == "POST" else None
    url = URL(f"http://127.0.0.1:{port}{path}")
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, url, data=form, headers=headers) as answer,
    ):
        return answer.status, dict(answer.headers), await answer.read()


async def test_a_picture_is_shown_and_a_file_is_fetched_whole(come: Come) -> None:
    """What is looked at is no copy; what is fetched is, and its name says nothing."""
    async with desk_of(come.centre, come.clock) as tab:
        parts = await opened(tab, come)
        photo, scan = address(parts, "attachment.1"), address(parts, "attachment.2")
        shown = re.search(r'src="(/picture/[^"]+)"', (await tab.get(photo)).text)
        assert shown
        status, headers, octets = await raw(tab, shown[1])
        assert (status, headers["Content-Type"]) == (200, "image/jpeg")
        assert octets.startswith(b"\xff\xd8\xff")
        assert "Content-Disposition" not in headers
        assert not await copied(come)
        page = (await tab.get(scan)).text
        assert "/picture/" not in page
        assert (await raw(tab, scan.replace("part", "picture")))[0] == 404
        status, headers, octets = await raw(tab, scan.replace("part", "file"), "POST")
        assert (status, headers["Content-Type"]) == (200, "application/pdf")
        assert headers["Content-Disposition"] == 'attachment; filename="vedlegg-2.pdf"'
        assert headers["Cache-Control"] == "no-store"
        assert octets == come.scan.read_bytes()
        assert await copied(come)


async def test_the_journal_gets_one_file_with_all_of_it(come: Come) -> None:
    """It is what the export has, with the note of this desk; nothing lies where the desk runs."""
    async with desk_of(come.centre, come.clock) as tab:
        parts = await opened(tab, come)
        await tab.post(address(parts, "person"), text="Eget rom")
        back = re.search(r'href="(/opened/[^"]+)"', (await tab.get(address(parts, "person"))).text)
        assert back
        lying = {one for one in come.centre.home.path.rglob("*") if one.is_file()}
        where = back[1].replace("opened", "journal-pdf")
        status, headers, octets = await raw(tab, where, "POST")
        assert (status, headers["Content-Type"]) == (200, "application/pdf")
        assert headers["Content-Disposition"] == 'attachment; filename="utskrift.pdf"'
        assert lying == {one for one in come.centre.home.path.rglob("*") if one.is_file()}
        at = come.here.path / "ut"
        await come.centre.do("export", code_name=come.package, path=str(at), language="nb")
        exported = (at / "utskrift.pdf").read_bytes()
        with pikepdf.open(io.BytesIO(octets)) as one, pikepdf.open(io.BytesIO(exported)) as other:
            assert len(one.pages) == len(other.pages) > 3


async def test_nothing_is_read_before_it_is_opened_or_when_it_is_gone(come: Come) -> None:
    """Words of addresses are gone with the lock; a part that was taken back has no page."""
    async with desk_of(come.centre, come.clock) as tab:
        parts = await opened(tab, come)
        where = address(parts, "child.2")
        await tab.post("/lock")
        assert (await tab.get(where)).headers["Location"] == "/unlock"
        await tab.enter_again()
        assert (await tab.get(where)).status == 404
        await come.sender.do("withdraw", code_name="VIDDE-256", parts=["child.2"])
        await come.here.tick(3)
        left = await opened(tab, come)
        assert len(left) == len(parts) - 1
        assert not await holds(come.centre, [b"Halvveis i en setn "])


async def test_a_file_that_is_not_the_senders_is_named_on_the_card_and_on_its_page(
    come: Come,
) -> None:
    """Whoever lets her in reads what to ask for again; there is no button that leads nowhere."""
    office = come.centre.service.office
    await come.centre.unlock()
    async with office.ledger.transaction("spoilt") as rows:
        row = (await finding.incoming(rows, come.package)).package_id
        kept = Kept.decode(await rows.get(Shelf.CASE, row) or b"")
        scan = parse_part_id("attachment.2")
        left = tuple(one for one in kept.files if one.part != scan)
        await keptcases.put(rows, row, replace(kept, files=left, spoilt=(scan,)))
    said = Words("client").say("cli.attachment_spoilt", name="Vedlegg 2")
    async with desk_of(come.centre, come.clock) as tab:
        parts = await opened(tab, come)
        page = (await tab.get(address(parts, "attachment.2"))).text
        assert said in text_of(page)
        assert 'action="/file/' not in page
        card = re.search(r'href="(/card/[^"]+)"', (await tab.get("/")).text)
        assert card
        assert said in text_of((await tab.get(card[1])).text)


@needs_chromium
async def test_in_chromium_the_picture_is_there(come: Come) -> None:
    """The policy of the page lets its own picture through, and its bytes are drawn."""
    async with desk_of(come.centre, come.clock) as tab, chromium() as context:
        page = await context.new_page()
        await page.goto(tab.address)
        await page.fill("#name", STAFF)
        await page.fill("#passphrase", PASSPHRASE)
        await page.click("form[action='/unlock'] button, main form button")
        await page.click("main a[href^='/card/']")
        await page.click("main a[href^='/opened/']")
        await page.click(f"main a:has-text('{Words('client').say('part.attachment')} 1')")
        # Asked by the debugger: a page that waits for a text to come true must evaluate it.
        drawn = "one => one.decode().then(() => one.naturalWidth)"
        assert await page.locator("img.picture").evaluate(drawn) > 0
        async with page.expect_download() as fetching:
            await page.click("form[action^='/file/'] button")
        fetched = await fetching.value
        assert fetched.suggested_filename == "vedlegg-1.jpg"
