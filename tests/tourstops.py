"""The walk's stops at the desk of a centre that sends: what only a button shows, in its order.

A new page that no link leads to gets a stop, here or in `tourothers.py`: press what shows it, with
`Walk.press`, or open it with `Walk.go`, and give the stop a line in `tourhalves.py`; then it is
seen by every test that walks.
"""

from typing import Final

from client.forms import form
from client.web.writing import Place
from tests import tourworld as world
from tests.parties import PASSPHRASE, STAFF
from tests.tour import Walk
from tests.tourworld import Cast

MAIN: Final = "main form:not([action]) button.ds-button:not([data-variant=tertiary])"
AT_THE_LOCK: Final = ("/unlock", "/help", "/broker", "/accessibility")


async def lock(walk_: Walk, _: Cast) -> None:
    """See the lock and what can be read there, a passphrase that is wrong, and the first page."""
    await walk_.see()
    await walk_.crawl(AT_THE_LOCK)
    await walk_.go("/unlock")
    for passphrase, body in (("feil", "unlock"), (PASSPHRASE, "inbox")):
        await walk_.page.fill("#name", STAFF)
        await walk_.page.fill("#passphrase", passphrase)
        await walk_.press(MAIN.replace(":not([action])", ""), body)


async def pages(walk_: Walk, _: Cast) -> None:
    """See all that links lead to, as it is by now."""
    await walk_.crawl()


async def forms(walk_: Walk, _: Cast) -> None:
    """See every page of every form that the full case has, one refused, and what she reads then."""
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
    await walk_.go(f"/consent/{walk_.word(world.FULL)}")
    await walk_.go("/log")


async def attach(walk_: Walk, _: Cast) -> None:
    """See where a file is chosen, and that none was."""
    await walk_.go(f"/case/{walk_.word(world.FULL)}")
    await walk_.press("a[href^='/attach/']", "attach")
    await walk_.press(MAIN, "attach")


async def consent(walk_: Walk, _: Cast) -> None:
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


async def urgent(walk_: Walk, _: Cast) -> None:
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


async def add(walk_: Walk, _: Cast) -> None:
    """See what was sent corrected, and looked over before it leaves."""
    await walk_.go(f"/add/{walk_.word(world.SENT)}")
    path = await walk_.page.locator("main a[href^='/addition/']").first.get_attribute("href")
    await walk_.go(str(path))
    await walk_.page.locator(".writing :is(textarea, input.ds-input:not([type]))").first.fill("Ny")
    await walk_.press("main button.ds-button[value=look]", "add_sure")


async def police(walk_: Walk, _: Cast) -> None:
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


async def send(walk_: Walk, cast: Cast) -> None:
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


async def after(walk_: Walk, _: Cast) -> None:
    """See it all once more, the question before the lock, and a card that there is not."""
    await walk_.crawl()
    await walk_.page.evaluate("document.getElementById('idle').showModal()")
    await walk_.see_again("idle")
    await walk_.go("/card/unknown")
