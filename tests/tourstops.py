"""The walk's stops: what only a button shows, desk by desk, in the order in which things happen.

A new page that no link leads to gets its stop here: press what shows it, with `Walk.press`, or
open it with `Walk.go`, and it is seen by every test that walks.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from client.forms import form
from client.home import Home
from client.settings import Settings
from client.web.writing import Place
from keys.words import Language
from tests import tourworld as world
from tests.browser import chromium, desk_of
from tests.clock import DrivenClock
from tests.firsttime import FORM, beginning
from tests.parties import PASSPHRASE, STAFF
from tests.tour import Met, Seeing, Walk
from tests.tourworld import Cast

IDLE: Final = 3_600
"""Nobody is idle while a page is looked at closely."""
MAIN: Final = "main form:not([action]) button.ds-button:not([data-variant=tertiary])"
AT_THE_LOCK: Final = ("/unlock", "/help", "/broker", "/accessibility")
_REVIEWED: Final = ("keep", "remove", "reword")


async def walk(seeing: Seeing) -> Met:
    """Walk through every page of a sender, a receiver and two police districts.

    Args:
        seeing: what is done with each page.
    """
    met = Met()
    async with world.cast() as cast:
        for who, stops in (("sender", _sender), ("centre", _centre), ("home", _home)):
            async with _desk(cast, who, seeing, met) as walk_:
                await stops(walk_, cast)
        await cast.unlock()
        await cast.here.tick(2)
        async with _desk(cast, "away", seeing, met) as walk_:
            await _away(walk_)
        await _first(cast, seeing, met)
    return met


async def _first(cast: Cast, seeing: Seeing, met: Met) -> None:
    """See the first time: the form, what is wrong with an empty one, and the file."""
    home = Home(cast.here.path / "first")
    told = Settings(cast.here.doors, cast.here.authority.pin, Language.NB)
    async with (
        beginning(home, told) as tab,
        chromium(viewport={"width": 1280, "height": 800}) as context,
    ):
        walk_ = Walk(await context.new_page(), tab, "first", seeing, met)
        await walk_.page.goto(tab.address)
        await walk_.see()
        await walk_.press("main form button.ds-button", "first")
        await walk_.page.check("#role")
        for name, text in FORM.items():
            if name != "role":
                await walk_.page.fill(f"#{name}", text)
        await walk_.press("main form button.ds-button", "first_done")


@asynccontextmanager
async def _desk(cast: Cast, who: str, seeing: Seeing, met: Met) -> AsyncGenerator[Walk, None]:
    """Sit down at a desk: see its lock, then unlock."""
    await cast.unlock()
    clock = DrivenClock(cast.here.clock.now())
    async with (
        desk_of(cast.parties[who], clock, idle=IDLE) as tab,
        chromium(viewport={"width": 1280, "height": 800}) as context,
    ):
        walk_ = Walk(await context.new_page(), tab, who, seeing, met)
        await walk_.page.goto(tab.address)
        await walk_.crawl(AT_THE_LOCK)
        await walk_.go("/unlock")
        for passphrase, body in (("feil", "unlock"), (PASSPHRASE, "inbox")):
            await walk_.page.fill("#name", STAFF)
            await walk_.page.fill("#passphrase", passphrase)
            await walk_.press(MAIN.replace(":not([action])", ""), body)
        yield walk_


async def _sender(walk_: Walk, cast: Cast) -> None:
    """See a case written, asked about, checked, sent and taken back."""
    await walk_.crawl()
    await _forms(walk_)
    await _consent(walk_)
    await _urgent(walk_)
    await _police(walk_)
    await _add(walk_)
    await _send(walk_, cast)
    await walk_.crawl()
    await walk_.page.evaluate("document.getElementById('idle').showModal()")
    await walk_.see_again("idle")
    await walk_.go("/card/unknown")


async def _forms(walk_: Walk) -> None:
    """See every page of every form that the full case has, and one that was refused."""
    visit = walk_.tab.desk.door.visit
    assert visit is not None
    found = await walk_.tab.desk.do("written", {"code_name": world.FULL})
    rows = found["forms"]
    assert isinstance(rows, list)
    for part in [str(row["form"]) for row in rows if isinstance(row, dict)]:
        name = part.partition(".")[0]
        if name not in ("consent", "attachment"):
            for at in range(len(form(name).pages)):
                await walk_.go(Place(world.FULL, part, at).address(visit))
    await walk_.go(Place(world.FULL, "person", 0).address(visit))
    await walk_.page.fill("#birth_year", "nitten")
    await walk_.press("main button.ds-button[value=on]", "form")
    await walk_.page.fill("#birth_year", "1991")
    await walk_.press("main button.ds-button[value=on]", "form")
    await walk_.go(f"/case/{walk_.word(world.FULL)}")
    await walk_.press("a[href^='/attach/']", "attach")
    await walk_.press(MAIN, "attach")


async def _consent(walk_: Walk) -> None:
    """See her page with nothing ticked, her yes, what she said of the police, and her copy."""
    await walk_.go(f"/consent/{walk_.word(world.NO_YES)}")
    await walk_.press("button[value=show]", "consent")
    for box in await walk_.page.locator("input[name=part]").all():
        await box.uncheck()
    await walk_.press(".equal button >> nth=0", "consent")
    await walk_.go(f"/consent/{walk_.word(world.READY)}")
    await walk_.page.locator("#user").check()
    for part in ("threat", "person"):
        await walk_.page.locator(f"#{part}").check()
    await walk_.press(".equal button >> nth=0", "consented")
    await walk_.press("[name=do][value=no]", "consented")
    await walk_.go(f"/consented/{walk_.word(world.READY)}")
    await walk_.press("form[action^='/copy/'] button", "copy")


async def _urgent(walk_: Walk) -> None:
    """See the move at night: hours that are none, then what leaves, and the code."""
    await walk_.go("/urgent")
    await walk_.page.check("#centre-1")
    await walk_.page.fill("#window", "i morgen")
    await walk_.page.fill("#danger", "Han leter i bilen nå")
    await walk_.page.check("#asked")
    await walk_.press(MAIN, "urgent")
    await walk_.page.fill("#window", "16–20")
    await walk_.press(MAIN, "urgent_sure")
    await walk_.press("button[value=sure]", "urgent_done")


async def _add(walk_: Walk) -> None:
    """See what was sent corrected, and looked over before it leaves."""
    await walk_.go(f"/add/{walk_.word(world.SENT)}")
    path = await walk_.page.locator("main a[href^='/addition/']").first.get_attribute("href")
    await walk_.go(str(path))
    await walk_.page.locator(".writing :is(textarea, input.ds-input:not([type]))").first.fill("Ny")
    await walk_.press("main button.ds-button[value=look]", "add_sure")


async def _police(walk_: Walk) -> None:
    """See a line that is no year, what a request lacks, and the sheet on paper."""
    await walk_.go(f"/police/{walk_.word(world.NO_YES)}")
    kind = await walk_.page.get_attribute("input[type=hidden][value=birth_year]", "name")
    at = str(kind).rpartition(".")[2]
    await walk_.page.check(f"[id='on.{at}']")
    await walk_.page.fill(f"[id='line.{at}']", "nitten")
    await walk_.press("button[value=next]", "police")
    await walk_.page.uncheck(f"[id='on.{at}']")
    await walk_.press("button[value=next]", "police_check")
    await walk_.go(f"/police-check/{walk_.word(world.POLICE)}")
    await walk_.press("form[action^='/police-paper/'] button", "police_paper")


async def _send(walk_: Walk, cast: Cast) -> None:
    """See the last question, the job while no broker answers, and that it was stopped."""
    await walk_.go(f"/send/{walk_.word(world.READY)}")
    await walk_.press(MAIN, "send_sure")
    await cast.here.stop()
    try:
        await walk_.page.locator("form[action^='/sending/'] button").click()
        await walk_.page.wait_for_selector("#job[data-state^=waits]")
        await walk_.go(f"/job/{walk_.word(world.READY)}")
        await walk_.press("form[action^='/stop/'] button", "said")
    finally:
        await cast.here.start()


async def _centre(walk_: Walk, cast: Cast) -> None:
    """See who is waited for, a code that is wrong, the card on paper, and a question unanswered."""
    await walk_.crawl()
    await walk_.go(f"/arrival/{walk_.word(cast.came[world.SENT])}")
    await walk_.page.fill("#code", "QQQQ")
    await walk_.press(MAIN, "code")
    await walk_.go(f"/card/{walk_.word(cast.came[world.OPENED])}")
    await walk_.press("form[action^='/paper/'] button", "paper")
    await walk_.go(f"/opened/{walk_.word(cast.came[world.OPENED])}")
    await walk_.press("main a[href^='/part/'] >> nth=0", "part")
    await walk_.press("form.stack button.ds-button", "part")
    await walk_.go(f"/keep-out/{walk_.word(cast.came[world.OPENED])}")
    await walk_.press("form.stack button.ds-button", "keep_out")
    await _here(walk_, cast.came[world.OPENED])
    for name, body in ((world.OPENED, "journal"), (world.ASKED, "place")):
        await walk_.go(f"/{body}/{walk_.word(cast.came[name])}")
        await walk_.press(MAIN, body)
    await _keys(walk_)


async def _keys(walk_: Walk) -> None:
    """See a sheet that nobody has gone through, a key that is the same, stopped, and let go."""
    await walk_.go("/keys")
    await walk_.press(MAIN, "keys")
    await walk_.go("/directory")
    await walk_.press("main a[href^='/key/'] >> nth=0", "key")
    for heard in ("same", "differs", "lift"):
        await walk_.press(f"main button[value={heard}]", "key")


async def _here(walk_: Walk, name: str) -> None:
    """See what is written down here: a day that is none, nothing new, and a yes that says little.

    The further move is begun last: its case is one more among the others.
    """
    await walk_.go(f"/recheck/{walk_.word(name)}")
    await walk_.press("main a[href^='/check-again/'] >> nth=-1", "check_again")
    await walk_.press("main form button.ds-button", "check_again")
    await walk_.page.fill("#recheck_date", "i morgen")
    await walk_.press("main form button.ds-button", "check_again")
    await walk_.page.fill("#recheck_date", "20.12.2026")
    await walk_.press("main form button.ds-button", "recheck")
    await walk_.go(f"/renew/{walk_.word(name)}")
    await walk_.press("main form button.ds-button", "renew")
    for choice in ("#purpose", "#given_by", "#form"):
        await walk_.page.check(choice)
    await walk_.page.fill("#given", "i går")
    await walk_.press("main form button.ds-button", "renew")
    await walk_.page.fill("#given", "")
    await walk_.press("main form button.ds-button", "opened")
    await walk_.go(f"/onward/{walk_.word(name)}")
    await walk_.press("main form button.ds-button", "form")


async def _home(walk_: Walk, cast: Cast) -> None:
    """See requests unread, read, unfinished, and on their way to the other district."""
    await walk_.crawl()
    for name in (world.POLICE, world.PLACE):
        await walk_.go(f"/review/{walk_.word(cast.came[name])}")
        await walk_.press("button[value=open]", "review")
    await walk_.crawl()
    for name in (world.POLICE, world.PLACE):
        await walk_.go(f"/review/{walk_.word(cast.came[name])}")
        await walk_.press("button[value=next]", "review")
        for at, _ in enumerate(await walk_.page.locator("fieldset.line").all()):
            way = "keep" if name == world.PLACE else _REVIEWED[at % 3]
            await walk_.page.check(f"[id='{way}.{at}']")
            if way == "reword":
                await walk_.page.fill(f"[id='why.{at}']", "Kan lete på nytt sted")
        await walk_.page.select_option("#district", cast.away.name)
        await walk_.page.fill("#authority", "operasjonsleder")
        await walk_.see()
        await walk_.press("button[value=next]", "review_sure")
        await walk_.press("button[value=send]", "said")
    await walk_.crawl()


async def _away(walk_: Walk) -> None:
    """See notices unread and read, an answer that lacks its half, and the sheet on paper."""
    await walk_.crawl()
    for path in await walk_.links("/notice/"):
        await walk_.go(path)
        await walk_.press("button[value=open]", "notice")
        await walk_.press(MAIN, "notice")
        await walk_.press("form[action^='/police-paper/'] button", "police_paper")
    await walk_.crawl()
