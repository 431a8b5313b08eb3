"""Somebody on the staff knows the person: they keep out, and the door is open all the same."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from client.recusal import CLOSED
from client.refusals import NoSuchStaff, Recused
from keys.errors import NotHere
from keys.words import Language, Words
from tests import acts
from tests.fourfold import FEW, SATURDAY, THREE, Fourfold, fourfold
from tests.parties import PASSPHRASE, STAFF
from tests.side import Side

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECOND, WORD = "Ola", "en annen og like rolig setning"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Fourfold, None]:
    """Three centres; two people work at the second."""
    async with fourfold(*THREE, start=SATURDAY, blobs=FEW) as made:
        added = {"name": SECOND, "new": WORD, "passphrase": PASSPHRASE}
        await made.sides[1].party.do("staff add", added)
        yield made


async def shift(side: Side, name: str, passphrase: str) -> None:
    """Let somebody else sit down."""
    await side.party.do("lock")
    await side.party.do("unlock", name=name, passphrase=passphrase)


async def test_whoever_knows_her_keeps_out_and_she_is_taken_in(desks: Fourfold) -> None:
    """Alone at the door they open and see the card; the case is read by a colleague alone."""
    sender, centre, third = desks.sides
    code, package = await desks.sent("KJENT-870")
    with desks.still():
        await centre.party.do("recuse", code_name=package)
    # At the door nothing stands in the way, of her or of anybody else.
    await desks.opens(centre, package, code)
    assert "Marte" in await centre.shows("print", package, "--what", "card")
    await desks.takes_in(third, centre, "ANNEN-871")
    out = desks.here.path / "ut-870"
    for verb, more in (
        ("read", {}),
        ("print", {}),
        ("export", {"path": str(out)}),
        ("note", {"part": "threat", "text": "Ho er nabo"}),
        ("onward", {}),
    ):
        with pytest.raises(Recused):
            await centre.party.do(verb, more, code_name=package)
    assert not out.exists()
    await desks.alike(3)
    await sender.says("KJENT-870", "state.opened")
    await centre.says(package, "state.in.opened")
    for lang in Language:
        shown = " ".join((await centre.status(package, lang)).split())
        assert STAFF not in shown
    await shift(centre, SECOND, WORD)
    assert "jaktrifle" in await centre.shows("read", package, "trussel")
    assert await centre.holds()
    await centre.logged(package, "recused", by=STAFF)
    desks.dark()
    await shift(centre, STAFF, PASSPHRASE)
    await acts.confirm(desks.here, centre.party, package)


async def test_a_colleague_may_say_so_and_may_end_it(desks: Fourfold) -> None:
    """Whoever does not say it is kept out by another; both are in the log."""
    centre = desks.sides[1]
    package = await desks.open("KJENT-872")
    await centre.party.do("recuse", code_name=package, who=SECOND)
    for lang in Language:
        kept_out = Words("client", lang).say("status.recused", name=package, who=SECOND)
        assert kept_out in await centre.shows("status", lang=lang)
    await centre.party.do("read", code_name=package)
    await shift(centre, SECOND, WORD)
    with pytest.raises(Recused):
        await centre.party.do("read", code_name=package)
    await shift(centre, STAFF, PASSPHRASE)
    await centre.party.do("recuse", code_name=package, who=SECOND, lift=True)
    await shift(centre, SECOND, WORD)
    await centre.party.do("read", code_name=package)
    await shift(centre, STAFF, PASSPHRASE)
    await centre.logged(package, "recusal_lifted")
    with pytest.raises(NoSuchStaff):
        await centre.party.do("recuse", code_name=package, who="Ingen")
    with pytest.raises(NotHere):
        await centre.party.do("recuse", code_name=package, lift=True)
    with pytest.raises(NotHere):
        await centre.party.do("recuse", code_name="INGEN-100")


async def test_nothing_at_the_door_is_closed(desks: Fourfold) -> None:
    """Taking in, taking back and the tasks are open to whoever is on duty, known or not."""
    centre = desks.sides[1]
    code, package = await desks.sent("DOER-880")
    await centre.party.do("recuse", code_name=package)
    await centre.party.do("arrive", code_name=package, arrival_code=code)
    await centre.party.do("card", code_name=package)
    await centre.party.do("confirm", code_name=package)
    await centre.party.do("tasks", code_name=package)
    await centre.party.do("withdraw", code_name=package)
    assert not CLOSED & {"arrive", "card", "confirm", "release", "withdraw", "misrouted", "done"}
