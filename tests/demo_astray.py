"""The demo's wrong doors: sent to the wrong centre, unopened and opened; and one that is full.

This file knows what both desks do then. It refuses to send on without a yes to the right centre.
"""

from typing import Final

from client.astray import AUTHORITY_SECONDS
from client.refusals import ConsentMissing, WrongState
from tests import acts
from tests.demo_people import anew, case, list_tasks, sent, tasks, until_both
from tests.stage import Stage, holds

READ_BY: Final = ("on_duty", "leader")


async def unopened(play: Stage) -> None:
    """It went to the wrong centre and nobody opened it: taken back, and nothing to tell anybody."""
    told, sender, wrong = play.told, play["granlia"], play["elvebredden"]
    ends = {"frm": sender.name, "to": wrong.name}
    with told.chapter("unopened"):
        with told.step("unopened.sent", **ends):
            code, package = await sent(play, "VILL-701", "Torill", sender, wrong)
        with told.step("unopened.back", **ends):
            await sender.do("withdraw", code_name="VILL-701", wrong_recipient=True)
            await until_both(play, sender, "VILL-701", wrong, package, "withdrawn")
        with told.refused(WrongState, "unopened.shut", to=wrong.name):
            await wrong.do("arrive", code_name=package, arrival_code=code)
        with told.step("unopened.nothing", **ends):
            for party, name in ((sender, "VILL-701"), (wrong, package)):
                left = await tasks(party, name)
                assert not [one for one in left if one.startswith("astray_")], left
            assert not await holds(wrong, [b"Torill"])
        await play.status(sender, "VILL-701")


async def astray(play: Stage) -> None:
    """It was opened there: all goes at once, both desks have tasks, and a clock runs."""
    told, sender, wrong = play.told, play["fjordglott"], play["elvebredden"]
    ends = {"frm": sender.name, "to": wrong.name}
    with told.chapter("astray"):
        with told.step("astray.opened", **ends):
            code, package = await sent(play, "VILL-850", "Aslaug", sender, wrong)
            await acts.opened(play.here, wrong, package, code)
            assert await holds(wrong, [b"Aslaug"])
            await acts.until_state(play.here, sender, "out", "VILL-850", "opened")
        with told.step("astray.back", **ends):
            await sender.do("withdraw", code_name="VILL-850", wrong_recipient=True)
            knew = play.here.clock.now()
            await until_both(play, sender, "VILL-850", wrong, package, "withdrawn")
            assert not await holds(wrong, [b"Aslaug"])
        with told.step("astray.clock", frm=sender.name):
            left = await tasks(sender, "VILL-850")
            assert left["astray_authority"]["deadline"] == knew + AUTHORITY_SECONDS
        await list_tasks(play, sender, "VILL-850")
        await list_tasks(play, wrong, package)
        await _told(play, package)
        await _right(play)


async def _told(play: Stage, package: str) -> None:
    """The desks ring, and each writes down who read it; the authority is told."""
    told, sender, wrong = play.told, play["fjordglott"], play["elvebredden"]
    with told.step("astray.read", frm=sender.name, to=wrong.name):
        for party, name in ((wrong, package), (sender, "VILL-850")):
            await party.do("astray", code_name=name, words=list(READ_BY))
            assert "astray_read" not in await tasks(party, name)
    say = told.words.say
    said = ", ".join(say(f"read_by.{word}") for word in READ_BY)
    told.quote(say("cli.astray", said=said))
    with told.step("astray.authority", frm=sender.name):
        for task in ("astray_authority", "astray_leader"):
            await sender.do("done", code_name="VILL-850", task=task)


async def _right(play: Stage) -> None:
    """She says yes to the right centre; what is left to do stands after the case is forgotten."""
    told, sender, right = play.told, play["fjordglott"], play["granlia"]
    ends = {"frm": sender.name, "to": right.name}
    with told.step("astray.right", **ends):
        code, package = await anew(play, "VILL-850", "Aslaug", sender, right)
        card = await acts.opened(play.here, right, package, code)
        assert any("Aslaug" in line for line in card)
    with told.step("astray.stands", **ends):
        await right.do("confirm", code_name=package)
        await acts.until_state(play.here, sender, "out", "VILL-850", "confirmed")
        left = set(await tasks(sender, "VILL-850"))
        assert left == {"astray_move", "astray_person"}, left
        assert not await holds(sender, [b"Aslaug"])


async def full(play: Stage) -> None:
    """They said yes, and there is no bed after all: another centre, and a yes of its own."""
    here, told, sender = play.here, play.told, play["granlia"]
    centre, third = play["fjordglott"], play["elvebredden"]
    ends = {"frm": sender.name, "to": centre.name}
    with told.chapter("full"):
        with told.step("full.sent", **ends):
            await acts.ready(here, sender, case("FULL-703", "Oddny", sender, centre), centre)
            old, package = await acts.send(here, sender, centre, "FULL-703")
        with told.step("full.back", **ends):
            await sender.do("withdraw", code_name="FULL-703")
            await until_both(play, sender, "FULL-703", centre, package, "withdrawn")
        with told.refused(ConsentMissing, "full.no_yes", to=third.name):
            await sender.do("again", code_name="FULL-703", agreed_by_phone="duty")
        with told.step("full.anew", frm=sender.name, to=third.name):
            code, further = await anew(play, "FULL-703", "Oddny", sender, third)
            assert code != old
        with told.step("full.opened", to=third.name):
            card = await acts.opened(here, third, further, code)
            assert any("Oddny" in line for line in card)
        with told.step("full.nothing", to=centre.name):
            assert not await holds(centre, [b"Oddny"])
        await play.status(centre, package)
