"""The demo's further chapters: `make demo ARGS="--stories"`.

This file knows their order: what goes wrong on a move, and what comes after. It refuses to go on
from the usual chapters: the world is another one, from its first day, and so is everybody in it.
"""

from typing import Final

from keys.identity import Identity
from tests.demo_astray import astray, full, unopened
from tests.demo_desks import journal, recheck, recused
from tests.demo_elsewhere import elsewhere, new_key
from tests.demo_missing import blind, missing
from tests.demo_night import down, night
from tests.demo_view import view
from tests.stage import Chapter, Stage
from tests.world import PLACES


async def gathering(play: Stage) -> None:
    """Two districts and three centres come up in a new world."""
    told = play.told
    with told.chapter("gathering"), told.step("gathering.ready", centres=3, districts=2):
        # The third centre's own district is in the list, and nobody is there.
        play.here.enrol(PLACES["trondelag"], Identity.generate())
        await play.enter("innlandet", "vest", "granlia", "fjordglott", "elvebredden")
        doctors = [await party.do("doctor") for party in play.cast.values()]
        assert all(one["ready"] and one["roster_fresh"] for one in doctors), doctors


STORIES: Final[tuple[Chapter, ...]] = (
    gathering,
    night,
    unopened,
    astray,
    full,
    elsewhere,
    down,
    recused,
    view,
    recheck,
    journal,
    new_key,
    missing,
    blind,
)
