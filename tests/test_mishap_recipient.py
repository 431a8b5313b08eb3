"""One is full at once, one after all, or it went to the wrong desk: each from four sides."""

from collections import Counter
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from client.refusals import ConsentMissing, WrongState
from keys.words import Language, Words
from tests import acts
from tests.fourfold import FEW, SAMPLE, SATURDAY, THREE, Fourfold, fourfold
from tests.side import WORDS, Side

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOTE = "/v1/boards/centre/cells/note"
"""Where a note goes up that does not wait for its slot."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Fourfold, None]:
    """Three centres for all stories of this file: who sends, who gets it, who should have."""
    async with fourfold(*THREE, start=SATURDAY, blobs=FEW) as made:
        yield made


async def test_two_centres_are_asked_at_once_and_neither_learns_of_the_other(
    desks: Fourfold,
) -> None:
    """One has no room and names another, one says yes: each was asked alone, and of nobody."""
    # It is the first story of this file: the two have not heard of each other in any other way.
    here, (sender, full, free) = desks.here, desks.sides
    text = acts.sample(SAMPLE, name="SPOR-707", to=free.party.name)
    await sender.party.do("new", case=text)
    both = [full.party.name, free.party.name]
    before = [await acts.known(side.party, "inquiries") for side in (full, free)]
    for side in desks.sides:
        side.tap.mark()
    await sender.party.do("inquire", code_name="SPOR-707", centres=both)
    assert sender.posts() == Counter({NOTE: len(both)})
    assert not full.posts()
    assert not free.posts()
    await here.tick()
    no, yes = [
        await acts.fresh(side.party, "inquiries", known)
        for side, known in zip((full, free), before, strict=True)
    ]
    await alone(full, free, no, sender)
    await alone(free, full, yes, sender)
    # It names the other without knowing that the other is asked: it knows who there is.
    said = {"value": "no", "reasons": ["full"], "suggest": free.party.name}
    await full.party.do("answer", said, code_name=no)
    await free.party.do("answer", code_name=yes, value="yes")
    await desks.alike(3)
    await alone(free, full, yes, sender)
    assert free.party.name not in await full.status(no)
    for lang in Language:
        say = Words("client", lang).say
        # A block for each centre that was asked, in no particular order.
        blocks = (await sender.status("SPOR-707", lang)).split("SPOR-707  ")
        (refused,) = (one for one in blocks if one.startswith(full.party.name))
        (promised,) = (one for one in blocks if one.startswith(free.party.name))
        for one in ("inquiry.no", "inquiry.reason.full", "inquiry.suggest"):
            assert say(one, centre=free.party.name) in refused
        assert say("inquiry.yes") in promised
    # Whoever it has promised a bed comes to the full centre all the same.
    await desks.takes_in(sender, full, "ANNEN-708")
    await sender.party.do("consent", code_name="SPOR-707")
    code, package = await acts.send(here, sender.party, free.party, "SPOR-707")
    await desks.opens(free, package, code)
    assert not await full.holds()
    desks.dark()


async def alone(side: Side, other: Side, inquiry: str, asker: Side) -> None:
    """See that a desk reads and holds who asks, and neither whom else nor about whom."""
    for lang in Language:
        assert asker.party.name in await side.status(inquiry, lang)
    for screen in await side.screens():
        assert other.party.name not in screen
    assert not await side.holds((other.party.name, "SPOR-707", *WORDS))


async def onward(desks: Fourfold, name: str, old: tuple[str, str]) -> None:
    """Send what was taken back to the third desk: on a new consent and by a new code alone."""
    sender, centre, right = desks.sides
    with pytest.raises(ConsentMissing):
        await sender.party.do("again", code_name=name, agreed_by_phone="duty")
    text = acts.sample(SAMPLE, name=name, to=right.party.name)
    assert (await sender.party.do("consent", code_name=name, case=text))["consent"]
    before = await acts.known(centre.party, "in")
    there = await acts.known(right.party, "in")
    answer = await sender.party.do("again", code_name=name, agreed_by_phone="duty")
    assert answer["arrival_code"] != old[0]
    await desks.alike(2)
    package = await acts.fresh(right.party, "in", there)
    await desks.opens(right, package, str(answer["arrival_code"]))
    assert await right.holds()
    assert await acts.known(centre.party, "in") == before


async def test_what_went_to_the_wrong_centre_is_taken_back_and_goes_to_the_right_one(
    desks: Fourfold,
) -> None:
    """Nobody had opened it: it is taken back, she says yes to the right one, and it goes there."""
    sender, centre, right = desks.sides
    old = await desks.sent("VILL-701")
    assert not await centre.holds()
    await desks.takes_in(right, centre, "ANNEN-702")
    with desks.still():
        await sender.party.do("withdraw", code_name="VILL-701")
    await desks.alike(3)
    await sender.says("VILL-701", "state.withdrawn")
    await centre.says(old[1], "state.in.withdrawn")
    with pytest.raises(WrongState):
        await centre.party.do("arrive", code_name=old[1], arrival_code=old[0])
    assert not await centre.holds()
    desks.dark()
    await desks.arrives(sender, centre, "ANNEN-705")
    await onward(desks, "VILL-701", old)


async def test_a_centre_that_is_full_after_its_yes_is_passed_by_with_a_new_consent(
    desks: Fourfold,
) -> None:
    """They ring: there is no bed after all. It is taken back there, and another centre gets it."""
    here, (sender, centre, third) = desks.here, desks.sides
    text = acts.sample(SAMPLE, name="FULL-703")
    await acts.ready(here, sender.party, text, centre.party)
    old = await acts.send(here, sender.party, centre.party, "FULL-703")
    # It is full for her alone: whoever they have promised a bed comes before it is settled.
    await desks.takes_in(third, centre, "ANNEN-704")
    with desks.still():
        await sender.party.do("withdraw", code_name="FULL-703")
    await desks.alike(3)
    await sender.says("FULL-703", "state.withdrawn")
    await centre.says(old[1], "state.in.withdrawn")
    assert await sender.holds()
    assert not await centre.holds()
    desks.dark()
    await desks.arrives(third, centre, "ANNEN-706")
    await onward(desks, "FULL-703", old)
