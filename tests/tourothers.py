"""The walk's stops at the other desks: a centre that receives, two districts, and the first time.

They come in this order: what one desk has done is there at the next.
"""

from typing import Final

from tests import tourworld as world
from tests.firsttime import FORM
from tests.tour import Walk
from tests.tourstops import MAIN
from tests.tourworld import Cast

_REVIEWED: Final = ("keep", "remove", "reword")


async def arrival(walk_: Walk, cast: Cast) -> None:
    """See a code that is wrong, and the card on paper."""
    await walk_.go(f"/arrival/{walk_.word(cast.came[world.SENT])}")
    await walk_.page.fill("#code", "QQQQ")
    await walk_.press(MAIN, "code")
    await walk_.go(f"/card/{walk_.word(cast.came[world.OPENED])}")
    await walk_.press("form[action^='/paper/'] button", "paper")


async def opened(walk_: Walk, cast: Cast) -> None:
    """See a part with nothing new beside it, and nobody kept out."""
    await walk_.go(f"/opened/{walk_.word(cast.came[world.OPENED])}")
    await walk_.press("main a[href^='/part/'] >> nth=0", "part")
    await walk_.press("form.stack button.ds-button", "part")
    await walk_.go(f"/keep-out/{walk_.word(cast.came[world.OPENED])}")
    await walk_.press("form.stack button.ds-button", "keep_out")


async def answers(walk_: Walk, cast: Cast) -> None:
    """See a journal that is not written to, and a question unanswered."""
    for name, body in ((world.OPENED, "journal"), (world.ASKED, "place")):
        await walk_.go(f"/{body}/{walk_.word(cast.came[name])}")
        await walk_.press(MAIN, body)


async def keys(walk_: Walk, _: Cast) -> None:
    """See a sheet that nobody has gone through, a key that is the same, stopped, and let go."""
    await walk_.go("/keys")
    await walk_.press(MAIN, "keys")
    await walk_.go("/directory")
    await walk_.press("main a[href^='/key/'] >> nth=0", "key")
    for heard in ("same", "differs", "lift"):
        await walk_.press(f"main button[value={heard}]", "key")


async def here(walk_: Walk, cast: Cast) -> None:
    """See what is written down here: a day that is none, nothing new, and a yes that says little.

    The further move is begun last: its case is one more among the others.
    """
    name = cast.came[world.OPENED]
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


async def read(walk_: Walk, cast: Cast) -> None:
    """See requests that were opened, and all that there is then."""
    for name in (world.POLICE, world.PLACE):
        await walk_.go(f"/review/{walk_.word(cast.came[name])}")
        await walk_.press("button[value=open]", "review")
    await walk_.crawl()


async def onward(walk_: Walk, cast: Cast) -> None:
    """See requests unfinished, on their way to the other district, and all that there is then."""
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
    await cast.here.tick(2)


async def notices(walk_: Walk, _: Cast) -> None:
    """See notices read, an answer that lacks its half, the sheet on paper, and all that is then."""
    for path in await walk_.links("/notice/"):
        await walk_.go(path)
        await walk_.press("button[value=open]", "notice")
        await walk_.press(MAIN, "notice")
        await walk_.press("form[action^='/police-paper/'] button", "police_paper")
    await walk_.crawl()


async def first(walk_: Walk, _: Cast) -> None:
    """See the first time: the form, what is wrong with an empty one, and the file."""
    await walk_.see()
    await walk_.press("main form button.ds-button", "first")
    await walk_.page.check("#role")
    for name, text in FORM.items():
        if name != "role":
            await walk_.page.fill(f"#{name}", text)
    await walk_.press("main form button.ds-button", "first_done")
