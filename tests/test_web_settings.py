"""The settings in the browser: when it locks, who unlocks, which PCs, a backup, the machine."""

import html
import re
from collections.abc import AsyncGenerator
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import expect

from keys.words import Language, Words
from tests.browser import Seen, chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party, village
from tests.test_web_arrival import unlocked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORDS: Final = Words("client")
NEW: Final = "sju sure sviskebusker"
OTHER: Final = "fem fine fjellfinker"
BERIT: Final = "Berit"
FORMS: Final = ("/colleagues", "/passphrase", "/backup")


@pytest_asyncio.fixture(loop_scope="module")
async def centre() -> AsyncGenerator[tuple[World, Party], None]:
    """One centre, with one of the staff, who leads."""
    async with village("granlia") as (here, (party,)):
        yield here, party


def says(seen: Seen, *texts: str) -> None:
    """Show that a page says each of these."""
    page = html.unescape(seen.text)
    assert not [text for text in texts if text not in page]


def door(seen: Seen, name: str) -> str:
    """Return where the button of a row leads."""
    found = re.search(rf'href="([^"]+)">[^<]*<span class="unseen"> {name}<', seen.text)
    assert found, name
    return found[1]


async def staff(party: Party) -> dict[str, bool]:
    """Return who can unlock, and who of them leads."""
    await party.do("unlock", name=STAFF, passphrase=PASSPHRASE)
    found = (await party.do("staff list"))["staff"]
    assert isinstance(found, list)
    return {str(one["name"]): bool(one["leads"]) for one in found if isinstance(one, dict)}


async def test_every_form_is_said_in_each_language_and_keeps_no_passphrase(
    centre: tuple[World, Party],
) -> None:
    """Each says that nothing is sent; what is refused shows the names again and no secret."""
    here, party = centre
    async with desk_of(party, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        for lang in Language:
            await tab.post("/language", language=lang.value)
            for path in ("/settings", *FORMS, "/pcs"):
                page = await tab.get(path)
                says(page, Words("client", lang).say("web.sends_nothing"))
                assert not re.search(r"\b(?:web|cli|pcs|doctor)\.[a-z_.]+\b", page.text), path
                if path != "/settings":  # whoever keeps passphrases knows whose this one is
                    whose = rf'value="{STAFF}" autocomplete="username"[^>]*>\s*<div.*?current-pass'
                    assert re.search(whose, page.text, re.DOTALL), path
        await tab.post("/language", language="nb")
        differ = {"name": BERIT, "new": NEW, "again": OTHER, "passphrase": PASSPHRASE, "by": "Ola"}
        refused = await tab.post("/colleagues", **differ)
        says(refused, WORDS.say("cli.differ"), WORDS.say("sent.nothing"), f'value="{BERIT}"')
        short = {**differ, "new": "kort", "again": "kort", "by": ""}
        weak = await tab.post("/colleagues", **short)
        wrong = await tab.post("/passphrase", passphrase=OTHER, new=NEW, again=NEW)
        there = await tab.post("/backup", file=str(party.home.settings), passphrase=PASSPHRASE)
        nothing = await tab.post("/pcs", pc_name="", folder="")
        for seen in (refused, weak, wrong, there, nothing):
            assert seen.status == 422
            says(seen, WORDS.say("sent.nothing"))
            assert not [one for one in (NEW, OTHER, PASSPHRASE) if one in seen.text]
    assert await staff(party) == {STAFF: True}


async def test_a_colleague_unlocks_leads_and_leaves(centre: tuple[World, Party]) -> None:
    """A leader, or two together, say so; the last leader and the last slot stay."""
    here, party = centre
    async with desk_of(party, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        added = {"name": BERIT, "new": NEW, "again": NEW, "passphrase": PASSPHRASE}
        assert (await tab.post("/colleagues", **added)).headers["Location"] == "/settings"
        page = await tab.get("/settings")
        says(page, WORDS.say("cli.staff_added", name=BERIT))
        last = await tab.post(door(page, STAFF), do="leads_no_more", passphrase=PASSPHRASE)
        assert last.status == 422
        await tab.post("/lock")
        await tab.post("/unlock", name=BERIT, passphrase=NEW)
        page = await tab.get("/settings")
        alone = await tab.post(door(page, BERIT), do="leads", passphrase=NEW)
        assert alone.status == 422
        says(alone, WORDS.say("sent.nothing"))
        both = {"do": "leads", "by": STAFF, "passphrase": PASSPHRASE}
        await tab.post(door(page, BERIT), **both)
        says(await tab.get("/settings"), WORDS.say("cli.staff_leads", name=BERIT))
        await tab.post("/passphrase", passphrase=NEW, new=OTHER, again=OTHER)
        says(await tab.get("/settings"), WORDS.say("cli.staff_passphrase"))
        await tab.post("/lock")
        old = await tab.post("/unlock", name=BERIT, passphrase=NEW)
        assert old.status == 403
        await tab.enter_again()
        assert await staff(party) == {STAFF: True, BERIT: True}
        gone = door(await tab.get("/settings"), BERIT)
        assert (await tab.post(gone, do="something", passphrase=PASSPHRASE)).status == 404
        await tab.post(gone, do="remove", passphrase=PASSPHRASE)
        says(await tab.get("/settings"), WORDS.say("cli.staff_old_copies"))
        assert (await tab.get(gone)).status == 404
        assert (await tab.get(gone.replace("colleague", "case"))).status != 200
    assert await staff(party) == {STAFF: True}


async def test_pcs_come_and_go_and_a_backup_is_written(centre: tuple[World, Party]) -> None:
    """The password of a PC's file is shown once; the files lie where it was said."""
    here, party = centre
    await party.do("pcs host", host="desk.granlia.invalid", passphrase=PASSPHRASE)
    async with desk_of(party, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        stick = here.path / "stick"
        enrolled = {"pc_name": "vakt-1", "folder": str(stick), "passphrase": PASSPHRASE}
        shown = await tab.post("/pcs", **enrolled)
        says(shown, WORDS.say("cli.pcs_added", name="vakt-1"), "desk.granlia.invalid")
        assert {one.name for one in stick.iterdir()} == {"pc.p12", "pc-ca.crt"}
        page = await tab.get("/settings")
        says(page, "vakt-1", WORDS.say("doctor.ready"))
        sure = await tab.get(door(page, "vakt-1"))
        says(sure, WORDS.say("web.pc.remove.title", name="vakt-1"))
        await tab.post(door(page, "vakt-1"))
        says(await tab.get("/settings"), WORDS.say("cli.pcs_removed", name="vakt-1"))
        assert (await party.do("pcs list"))["pcs"] == []
        copy = here.path / "kopi"
        await tab.post("/backup", file=str(copy), passphrase=PASSPHRASE)
        assert copy.stat().st_size > 0
        says(await tab.get("/settings"), WORDS.say("cli.backup", count=copy.stat().st_size))


async def test_the_desk_locks_after_the_time_that_was_chosen(centre: tuple[World, Party]) -> None:
    """Two, five or ten minutes; whatever else is typed changes nothing."""
    here, party = centre
    clock = DrivenClock(here.clock.now())
    async with desk_of(party, clock) as tab:
        await tab.enter()
        for wrong in ("", "0", "600", "fem"):
            assert (await tab.post("/settings", minutes=wrong)).status == 400
        assert tab.desk.paper.idle == 300
        await tab.post("/settings", minutes="2")
        page = await tab.get("/settings")
        says(page, WORDS.say("web.settings.lock.done", count=2), 'data-idle="120"')
        clock.advance(119)
        assert (await tab.get("/settings")).status == 200
        clock.advance(120)
        assert (await tab.get("/settings")).headers["Location"] == "/unlock"


@needs_chromium
async def test_in_chromium_a_colleague_is_added_by_keyboard_on_a_narrow_screen(
    centre: tuple[World, Party],
) -> None:
    """From the foot of the page, at 320 pixels; no address and no title names anybody."""
    here, party = centre
    screen = {"width": 320, "height": 740}
    async with (
        desk_of(party, DrivenClock(here.clock.now())) as tab,
        chromium(viewport=screen) as context,
    ):
        page = await context.new_page()
        await unlocked(page, tab.address)
        await page.click(f"footer >> text={WORDS.say('web.settings')}")
        for path in ("/settings", "/pcs", *FORMS, "/colleagues"):
            await page.goto(f"http://{tab.desk.host}{path}")
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, path
        await page.goto(f"http://{tab.desk.host}/colleagues")
        for name, typed in (
            ("name", BERIT),
            ("new", NEW),
            ("again", NEW),
            ("passphrase", PASSPHRASE),
        ):
            await page.focus(f"#{name}")
            await page.keyboard.type(typed)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_have_text(
            WORDS.say("cli.staff_added", name=BERIT)
        )
        await page.get_by_role("link", name=BERIT).click()
        assert BERIT not in page.url + await page.title()
    assert await staff(party) == {STAFF: True, BERIT: False}
