"""The demo's night: she said no, so nothing goes to the centre; the police know what they must."""

from client.cli import policetext
from client.refusals import ConsentMismatch, ConsentMissing
from tests import acts, hostile
from tests.parties import Party
from tests.stage import NIGHT, Stage, holds

KEPT_HERE = (b"Ronja", b"Sertralin", b"Vassbotn", b"loftet")
"""What she told in confidence, from the parts of the case that no police line repeats."""


async def no_consent(play: Stage) -> None:
    """T3: home district to new district, and the centre learns nothing."""
    here, told, sender, centre = play.here, play.told, play["granlia"], play["fjordglott"]
    ends = {"frm": sender.name, "to": centre.name}
    text = acts.sample("SKOG-903", of=sender.name, to=centre.name)
    play.until(NIGHT)
    await here.tick()
    before = await acts.known(centre, "in")
    with told.chapter("t3"):
        with told.step("t3.no", **ends):
            await sender.do("new", case=text)
            assert not (await sender.do("consent", code_name="SKOG-903"))["consent"]
        with told.refused(ConsentMissing, "t3.not_sent", **ends):
            await sender.do("send", code_name="SKOG-903")
        await _relayed(play)
        with told.step("t3.nothing", to=centre.name):
            assert await acts.known(centre, "in") == before
            assert not await holds(centre, [b"Hana", *KEPT_HERE])
        await _smuggled(play, text)


async def _relayed(play: Stage) -> None:
    here, told, sender = play.here, play.told, play["granlia"]
    home, away = play["innlandet"], play["vest"]
    with told.step("t3.request", frm=sender.name, to=home.name):
        await sender.do("police request", code_name="SKOG-903")
        await here.tick()
        (request,) = await acts.rows(home, "in")
        name = str(request["code_name"])
        shown = await home.do("police review", code_name=name)
    told.paper(told.say("paper.request", to=home.name), policetext.shown(play.desk(home), shown))
    with told.step("t3.relayed", frm=home.name, to=away.name):
        choices = ["keep"] * 7
        choices[4] = "remove"
        await home.do(
            "police relay",
            code_name=name,
            district=away.name,
            choices=choices,
            authority="operasjonsleders vurdering: fare for liv og helse",
        )
        await here.tick()
        (notice,) = await acts.rows(away, "in")
        name = str(notice["code_name"])
        shown = await away.do("police review", code_name=name)
        assert "links_to_area" not in str(shown)
    told.paper(told.say("paper.notice", to=away.name), policetext.shown(play.desk(away), shown))
    with told.step("t3.told", to=sender.name):
        await acts.until(here, lambda: _told(sender, "SKOG-903", "relayed"))
    await play.status(sender, "SKOG-903")


async def _told(sender: Party, code_name: str, word: str) -> bool:
    return (await acts.row(sender, "out", code_name))["police"] == word


async def _smuggled(play: Stage, text: str) -> None:
    """A changed program sends what the honest one would not; the other end refuses it too."""
    here, told, sender, centre = play.here, play.told, play["granlia"], play["fjordglott"]
    before = await acts.known(centre, "in")
    with told.step("t3.smuggled", frm=sender.name):
        code = await hostile.smuggle(sender, centre, text)
        await here.tick()
        name = await acts.fresh(centre, "in", before)
    with told.refused(ConsentMismatch, "t3.refused", to=centre.name):
        await centre.do("arrive", code_name=name, arrival_code=code)
    with told.step("t3.destroyed", to=centre.name):
        await acts.until_state(here, centre, "in", name, "refused")
        assert not await holds(centre, KEPT_HERE)
