"""What was sent is taken back, corrected or added to: each story from four sides."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from client.refusals import ConsentMissing, WrongState
from keys.calendar import Day
from keys.words import Language, Words
from tests import acts
from tests.fourfold import FEW, SAMPLE, SATURDAY, THREE, Fourfold, fourfold

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD, NEW = "Mørkegrå stasjonsvogn", "Kvit varebil med takstige"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Fourfold, None]:
    """Three centres for all stories of this file."""
    async with fourfold(*THREE, start=SATURDAY, blobs=FEW, weeks=3) as made:
        yield made


async def test_taken_back_before_opening_it_is_shut_for_good(desks: Fourfold) -> None:
    """She changes her mind on the way: the code opens nothing, and the bed is still hers."""
    sender, centre, third = desks.sides
    code, package = await desks.sent("ANGER-820")
    with desks.still():
        await sender.party.do("withdraw", code_name="ANGER-820")
    await desks.alike(2)
    await desks.takes_in(third, centre, "ANNEN-821")
    await desks.alike(2)
    await sender.says("ANGER-820", "state.withdrawn")
    await sender.says("ANGER-820", "answered.deleted")
    await centre.says(package, "state.in.withdrawn")
    with pytest.raises(WrongState):
        await centre.party.do("arrive", code_name=package, arrival_code=code)
    assert not await centre.holds()
    desks.dark()


async def test_taken_back_after_it_is_in_the_journal_it_is_answered_for(desks: Fourfold) -> None:
    """What lies here is destroyed at once; staff say what became of the journal; she is told."""
    sender, centre, third = desks.sides
    package = await desks.open("SEINT-822")
    await centre.party.do("export", code_name=package, path=str(desks.here.path / "ut-822"))
    await sender.party.do("withdraw", code_name="SEINT-822")
    await desks.alike(4)
    await centre.says(package, "state.in.withdrawn")
    asked = (await acts.row(centre.party, "in", package))["answer_by"]
    assert isinstance(asked, int)
    await centre.says(package, "status.journal", day=Day(asked))
    assert not await centre.holds()
    await desks.takes_in(third, centre, "ANNEN-823")
    await centre.party.do("journal", code_name=package, word="kept_by_duty")
    await desks.alike(4)
    await sender.says("SEINT-822", "state.withdrawn")
    await sender.says("SEINT-822", "answered.kept_by_duty")
    desks.dark()


async def test_taken_back_in_part_that_part_goes_and_no_other(desks: Fourfold) -> None:
    """The threat is destroyed where it came; the card says that it is her choice."""
    sender, centre, third = desks.sides
    package = await desks.open("DELVIS-824")
    assert await centre.holds()
    with desks.still():
        await sender.party.do("withdraw", code_name="DELVIS-824", parts=["threat"])
    await desks.alike(2)
    await desks.takes_in(third, centre, "ANNEN-825")
    await desks.alike(2)
    await sender.says("DELVIS-824", "answered.deleted")
    await centre.says(package, "state.in.opened")
    for lang in Language:
        words = Words("client", lang)
        card = (await centre.card(package, lang)).lower()
        assert f"{words.say('part.threat')}: {words.say('card.not_shared')}".lower() in card
    assert await centre.holds(("Marte",))
    assert not await centre.holds(("kon Veum",))
    # The same day another part: what was answered before is no answer to this.
    await sender.party.do("withdraw", code_name="DELVIS-824", parts=["protection"])
    assert not (await acts.row(sender.party, "out", "DELVIS-824"))["answer"]
    await desks.alike(6)
    await sender.says("DELVIS-824", "answered.deleted")
    # The rest as well: nothing of her is left at the new centre.
    await sender.party.do("withdraw", code_name="DELVIS-824")
    await desks.alike(4)
    await centre.says(package, "state.in.withdrawn")
    assert not await centre.holds()
    desks.dark()


async def test_after_it_is_confirmed_it_is_taken_back_where_she_is(desks: Fourfold) -> None:
    """The sender has forgotten where: a part goes, then all of it, and nobody else is told."""
    sender, centre, third = desks.sides
    package = await desks.open("ETTER-832")
    await acts.confirm(desks.here, centre.party, package)
    await desks.alike(2)
    await sender.says("ETTER-832", "state.confirmed")
    assert centre.party.name not in await sender.status("ETTER-832")
    with desks.still():
        await centre.party.do("withdraw", code_name=package, parts=["threat"])
    assert not await centre.holds(("kon Veum",))
    assert await centre.holds(("Marte",))
    await centre.says(package, "state.in.confirmed")
    for lang in Language:
        words = Words("client", lang)
        card = (await centre.card(package, lang)).lower()
        assert f"{words.say('part.threat')}: {words.say('card.not_shared')}".lower() in card
    await desks.takes_in(third, centre, "ANNEN-833")
    with desks.still():
        await centre.party.do("withdraw", code_name=package)
    await desks.alike(3)
    await centre.says(package, "state.in.withdrawn")
    await centre.logged(package, "withdrawn")
    with pytest.raises(WrongState):
        await centre.party.do("card", code_name=package)
    assert not await centre.holds()
    assert not await third.holds()
    await sender.says("ETTER-832", "state.confirmed")
    desks.dark()


async def test_a_correction_stands_beside_what_it_corrects(desks: Fourfold) -> None:
    """He has changed cars: the new one counts, the old one stays, and both have a day."""
    sender, centre, third = desks.sides
    package = await desks.open("BIL-826")
    await adds(desks, "BIL-826", OLD, NEW)
    await desks.slot()
    await desks.takes_in(third, centre, "ANNEN-827")
    await desks.alike(3)
    await sender.says("BIL-826", "state.opened")
    await centre.says(package, "state.in.opened")
    for lang in Language:
        read = await centre.shows("read", package, "threat", lang=lang)
        assert OLD in read
        assert NEW in read
    shown = await centre.card(package, "nn")
    assert NEW in shown
    assert OLD not in shown
    assert await centre.holds((OLD, NEW))
    assert not await third.holds((NEW,))
    desks.dark((NEW,))
    desks.dark()


async def test_what_is_added_later_follows_the_case(desks: Fourfold) -> None:
    """What she tells on the way comes after, opens with the same card, and reaches no other."""
    sender, centre, third = desks.sides
    code, package = await desks.sent("TILLEGG-828")
    await adds(desks, "TILLEGG-828", "Røyker.", "Røyker. Redd for hunder.")
    await desks.slot()
    await desks.takes_in(third, centre, "ANNEN-829")
    await desks.alike(2)
    await sender.says("TILLEGG-828", "state.stored")
    await centre.says(package, "state.in.waiting")
    assert not await centre.holds(("Redd for hunder",))
    await desks.opens(centre, package, code)
    await desks.alike(3)
    shown = " ".join((await centre.card(package)).split())
    assert "Redd for hunder" in shown
    assert await centre.holds(("Redd for hunder",))
    assert not await third.holds(("Redd for hunder",))
    desks.dark(("Redd for hunder",))
    desks.dark()


async def test_a_part_that_was_not_there_follows_on_a_yes_of_its_own(desks: Fourfold) -> None:
    """The first yes means no part written later: she is asked about it, and it alone leaves."""
    sender, centre, third = desks.sides
    why = "Han fann henne i Nordvik"
    code, package = await desks.sent("DELNY-830")
    before, _, after = acts.sample(SAMPLE, name="DELNY-830").partition("\nconsent:")
    bare = f"{before}\nhistory:\n  stays:\n    - {{region: Vestlandet, why_left: {why}}}\n"
    with desks.still(), pytest.raises(ConsentMissing):
        await sender.party.do("add", code_name="DELNY-830", case=bare, seen=True)
    yes = after.replace("decision: ja_alt", "decision: ja_noe\n  parts: [history]")
    asked = f"{bare}\nconsent:{yes}"
    assert (await sender.party.do("add", code_name="DELNY-830", case=asked))["parts"] == ["history"]
    await desks.slot()
    await desks.takes_in(third, centre, "ANNEN-831")
    await desks.alike(2)
    await centre.says(package, "state.in.waiting")
    assert not await centre.holds((why,))
    await desks.opens(centre, package, code)
    await desks.alike(3)
    await sender.says("DELNY-830", "state.opened")
    for lang in Language:
        words = Words("client", lang)
        read = await centre.shows("read", package, "history", lang=lang)
        assert why in " ".join(read.split())
        card = (await centre.card(package, lang)).lower()
        assert words.say("card.changed").lower() in card
    assert await centre.holds((why,))
    assert not await third.holds((why,))
    desks.dark((why,))


async def adds(desks: Fourfold, name: str, old: str, new: str) -> None:
    """Send a case's text anew with a change in it, as an update."""
    text = acts.sample(SAMPLE, name=name).replace(old, new)
    before, _, after = text.partition("consent:")
    text = before + after.partition("\n\n")[2]
    answer = await desks.sides[0].party.do("add", code_name=name, case=text, seen=True)
    assert answer["parts"]
    await desks.slot()
