"""The demo's nights: three lines and nobody asked, and a broker that is down at the door.

This file knows what staff do at night, alone. It refuses to send anything that nobody said yes to.
"""

from typing import Final

from client.cli import lines
from client.refusals import ConsentMissing
from client.tasks import URGENT_SECONDS
from tests import acts
from tests.demo_people import case, list_tasks, sent, tasks
from tests.program import folge
from tests.stage import Stage, holds

DANGER: Final = "Leter med to biler"


async def night(play: Stage) -> None:
    """Three lines in the night; nobody was asked, so nothing leaves, and the rest has a day."""
    here, told, sender, centre = play.here, play.told, play["granlia"], play["fjordglott"]
    ends = {"frm": sender.name, "to": centre.name}
    with told.chapter("night"):
        with told.step("night.typed", frm=sender.name):
            began = here.clock.now()
            typed = f"{centre.name}\n16-20\n{DANGER}\n\n"
            lang = str(told.words.lang)
            ended = await folge(sender, "emergency", "--answers-fd", "FD", lang=lang, secret=typed)
            assert ended.code == 0, ended.said
            assert "112" in ended.err
            (name,) = await acts.known(sender, "drafts")
        screen = (ended.err + ended.out).splitlines()
        told.paper(told.say("paper.terminal", to=sender.name), screen)
        with told.refused(ConsentMissing, "night.not_sent", **ends):
            await sender.do("send", code_name=name, agreed_by_phone="duty")
        with told.step("night.nothing", to=centre.name):
            await here.tick(2)
            assert await acts.rows(sender, "out") == []
            assert await acts.rows(centre, "in") == []
            assert not await holds(centre, [DANGER.encode()])
        with told.step("night.tasks"):
            left = await tasks(sender, name)
            assert {one["deadline"] for one in left.values()} == {began + URGENT_SECONDS}
        await list_tasks(play, sender, name)
        with told.step("night.done", frm=sender.name):
            await sender.do("done", code_name=name, task="destination_police_urgent")
            assert set(left) - set(await tasks(sender, name)) == {"destination_police_urgent"}
        with told.step("night.asked", **ends):
            yes = (
                f"consent: {{decision: ja_alt, given_by: bruker, recipient_centre: {centre.name}}}"
            )
            assert (await sender.do("consent", code_name=name, case=yes))["consent"]
            code, package = await acts.send(here, sender, centre, name, by_phone="duty")
        with told.step("night.opened", to=centre.name):
            await acts.opened(here, centre, package, code)
            card = await acts.card(centre, package, str(told.words.lang))
            assert any(DANGER in line for line in card)
        told.paper(told.say("paper.card", to=centre.name), card)


async def down(play: Stage) -> None:
    """The broker is down: the door opens from what was fetched, and what is written waits."""
    here, told, sender, centre = play.here, play.told, play["granlia"], play["fjordglott"]
    ends = {"frm": sender.name, "to": centre.name}
    with told.chapter("down"):
        with told.step("down.fetched", **ends):
            code, package = await sent(play, "STILLE-864", "Ragnhild", sender, centre)
            await acts.until_state(here, sender, "out", "STILLE-864", "stored")
            text = case("VENTE-865", "Vigdis", sender, centre)
            await acts.ready(here, sender, text)
            before = await acts.known(centre, "in")
        with told.step("down.stopped"):
            await here.stop()
        try:
            await _behind(play, package, code)
        finally:
            await here.start()
        with told.step("down.left", **ends):
            await acts.until_state(here, sender, "out", "STILLE-864", "confirmed")
            await acts.until_state(here, sender, "out", "VENTE-865", "stored")
            await acts.fresh(centre, "in", before)
        await play.status(sender, "VENTE-865")


async def _behind(play: Stage, package: str, code: str) -> None:
    """While nothing answers: she is let in, and two things are written that must leave."""
    told, sender, centre = play.told, play["granlia"], play["fjordglott"]
    with told.step("down.opened", to=centre.name):
        await centre.do("arrive", code_name=package, arrival_code=code)
        card = await acts.card(centre, package)
        assert any("Ragnhild" in line for line in card)
    with told.step("down.confirmed", to=centre.name):
        await centre.do("confirm", code_name=package)
        await centre.service.tick()
        assert await acts.state(sender, "out", "STILLE-864") == "stored"
    with told.step("down.waits", frm=sender.name):
        answer = await sender.do("send", code_name="VENTE-865", agreed_by_phone="duty")
        assert not answer["kept"]
        await sender.service.tick()
        assert await acts.state(sender, "out", "VENTE-865") == "sealed"
    shown = lines.sent(play.desk(sender), answer)
    told.paper(told.say("paper.terminal", to=sender.name), shown)
