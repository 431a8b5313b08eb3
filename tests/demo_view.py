"""The demo's question about a new place: district to district, and one closed word back.

This file knows who reads what. It refuses to let any of it reach the centre she is going to.
"""

from typing import Final

from client.cli import lines, policetext
from tests import acts
from tests.parties import Party
from tests.stage import Stage, holds

NAME: Final = "MYR-618"
WORD: Final = "contacted_no_known_links"
PLACE: Final = """    - destination_area: Elvedalen
      why_needed: Der skal hun bo
      ask_destination: ja
"""
CONTACT: Final = (b"krimvakt", b"000 00 222")
HERS: Final = (b"Hana", b"Ronja", b"Sertralin", b"Vassbotn", b"loftet")


async def view(play: Stage) -> None:
    """The centre asks its own district of a place, and that asks the other with its own words."""
    here, told, sender, home = play.here, play.told, play["granlia"], play["innlandet"]
    with told.chapter("view"):
        with told.step("view.asked", frm=sender.name, to=home.name):
            await sender.do("new", case=_text(sender, play["fjordglott"]))
            assert (await sender.do("police view", code_name=NAME))["kept"]
            await here.tick()
            (row,) = await acts.rows(home, "in")
            question = str(row["code_name"])
        await _read(play, home, question)
        await _there(play, question)
        with told.step("view.heard", to=home.name):
            await acts.until(here, lambda: _heard(home, question))
        with told.step("view.word", frm=home.name, to=sender.name):
            await home.do("police reply", code_name=question, word=WORD)
            await acts.until(here, lambda: _told(sender))
            found = (await sender.do("check", code_name=NAME))["findings"]
            assert isinstance(found, list)
            assert ["green", f"check.{WORD}"] in found
        await play.status(sender, NAME)
        with told.step("view.nothing", frm=sender.name, to=play["fjordglott"].name):
            assert not await holds(play["fjordglott"], [b"Elvedalen", *HERS, *CONTACT])
            assert not await holds(sender, CONTACT)
            assert not await holds(play["vest"], [NAME.encode(), sender.member_id, *HERS])


async def _there(play: Stage, question: str) -> None:
    """The district of the place reads a few lines, and answers with a word and whom to ring."""
    here, told, home, away = play.here, play.told, play["innlandet"], play["vest"]
    with told.step("view.relayed", frm=home.name, to=away.name):
        await home.do(
            "police relay", code_name=question, district=away.name, authority="operasjonsleder"
        )
        await here.tick()
        (row,) = await acts.rows(away, "in")
        name = str(row["code_name"])
    await _read(play, away, name)
    with told.step("view.answered", frm=away.name, to=home.name):
        answer = {"code_name": name, "word": "no_known_links"}
        await away.do("police answer", answer, role="krimvakt", phone="000 00 222")


async def _read(play: Stage, district: Party, name: str) -> None:
    """Show what a district reads of what came: two lines, and no name."""
    with play.told.step("view.read", to=district.name):
        shown = await district.do("police review", code_name=name)
        assert len(lines.items(shown, "lines")) == 2
        assert "Hana" not in str(shown)
    title = play.told.say("paper.view", to=district.name)
    play.told.paper(title, policetext.shown(play.desk(district), shown))


def _text(sender: Party, centre: Party) -> str:
    """Return the case of the one who said no, with two lines that may be asked about."""
    text = acts.sample("SKOG-903", name=NAME, of=sender.name, to=centre.name)
    text = text.replace("  lines:\n", f"  lines:\n{PLACE}")
    return text.replace(
        "      why_needed: Kan lete", "      ask_destination: ja\n      why_needed: Kan lete"
    )


async def _heard(home: Party, question: str) -> bool:
    shown = await home.do("police review", code_name=question)
    return "no_known_links" in str(shown["heard"]) and "krimvakt" in str(shown["heard"])


async def _told(sender: Party) -> bool:
    return (await acts.row(sender, "out", NAME))["police"] == WORD
