"""The demo's last chapters: she does not arrive, and what the operator could read of it all.

This file knows the days that go by. It refuses to open anything because time has passed.
"""

from typing import Final

from client.cli import lines
from client.refusals import WrongState
from keys.calendar import Instant
from tests import acts
from tests.demo_desks import FOUND
from tests.demo_night import DANGER
from tests.demo_people import PEOPLE, case
from tests.demo_view import HERS
from tests.lookout import Lookout
from tests.parties import Party
from tests.stage import Stage, holds

NAME: Final = "BORTE-102"
WHO: Final = "Dagny"
WINDOW: Final = "journey: {arrival_from: 2026-11-21T12:00, arrival_until: 2026-11-21T16:00}"
LATE: Final = Instant(1_795_284_000)
"""Saturday 21 November 2026, 19.00: three hours after the window."""
NEXT: Final = Instant(1_795_345_200)
"""Sunday the 22nd, 12.00."""
OVER: Final = Instant(1_796_036_400)
"""Monday the 30th, 12.00."""
CODE_NAMES: Final = (
    "VILL-701", "VILL-850", "FULL-703", "STILLE-864", "VENTE-865", "KJENT-870", "MYR-618",
    "SJEKK-700", "FAGS-660", NAME,
)  # fmt: skip


async def missing(play: Stage) -> None:
    """She does not come: both desks are told whom to ring, and it opens for nobody by itself."""
    here, told, sender, centre = play.here, play.told, play["granlia"], play["fjordglott"]
    with told.chapter("missing"):
        with told.step("missing.sent", frm=sender.name, to=centre.name):
            await sender.do(
                "new", case=case(NAME, WHO, sender, centre).replace("\njourney:", "\n#")
            )
            await sender.do("part", code_name=NAME, case=WINDOW)
            await sender.do("consent", code_name=NAME)
            await sender.do("key same", name=centre.name)  # it lost its machine days ago
            code, package = await acts.send(here, sender, centre, NAME, by_phone="duty")
        with told.step("missing.late", frm=sender.name):
            play.until(LATE)
            await sender.unlock()
            await centre.unlock()
            shown = await _ring(play, sender, NAME)
        told.paper(told.say("paper.status", to=sender.name), shown)
        with told.step("missing.next", to=centre.name):
            play.until(NEXT)
            await here.tick()
            shown = await _ring(play, centre, package)
        told.paper(told.say("paper.status", to=centre.name), shown)
        with told.step("missing.sealed", to=centre.name):
            assert await acts.state(centre, "in", package) == "waiting"
            assert not await holds(centre, [WHO.encode()])
        with told.step("missing.over", frm=sender.name, to=centre.name):
            play.until(OVER)
            await sender.unlock()
            await centre.unlock()
            assert await acts.state(sender, "out", NAME) == "expired"
            assert await acts.state(centre, "in", package) == "expired"
        with told.refused(WrongState, "missing.shut", to=centre.name):
            await centre.do("arrive", code_name=package, arrival_code=code)


async def _ring(play: Stage, party: Party, name: str) -> list[str]:
    """Return what a desk reads when somebody has not come: whom to ring, in order."""
    found = lines.rows(await party.do("status"), "reminders")
    (mine,) = [one for one in found if (one["what"], one["code_name"]) == ("not_come", name)]
    assert str(mine["phone"]).startswith("000"), mine
    return [line.strip() for line in lines.reminder(play.desk(party), mine)]


async def blind(play: Stage) -> None:
    """Nothing of all this is on the broker's disk."""
    told, lookout = play.told, Lookout(play.here)
    words = {*PEOPLE, *CODE_NAMES, *(one.decode() for one in HERS), DANGER, FOUND, "Elvedalen"}
    with told.chapter("blind"):
        with told.step("blind.words", count=len(words)):
            found = lookout.holding(words)
            assert not found, found
        with told.step("blind.log", lines=len(lookout.lines())):
            text = "".join(map(str, lookout.lines())) + await lookout.metrics()
            assert not any(party.name in text for party in play.cast.values())
            assert not any(party.member_id.hex() in text for party in play.cast.values())
