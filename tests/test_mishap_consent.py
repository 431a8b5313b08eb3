"""She says no, or yes to some; she wants a copy; nobody can ask her: each story from four sides."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from client.refusals import ConsentMissing, WrongState
from keys.calendar import DAY_SECONDS
from keys.words import Language, Words
from tests import acts
from tests.fourfold import FEW, SAMPLE, SATURDAY, THREE, Fourfold, fourfold
from tests.keyboard import USAGE

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Fourfold, None]:
    """Three centres for all stories of this file."""
    async with fourfold(*THREE, start=SATURDAY, blobs=FEW) as made:
        yield made


async def test_she_says_no_to_everything_and_the_place_is_hers_all_the_same(
    desks: Fourfold,
) -> None:
    """Nothing can leave, the yes to the place stands, and the other desk learns nothing of it."""
    sender, centre, _ = desks.sides
    text = acts.sample(SAMPLE, name="NEIN-801")
    await sender.party.do("new", case=text)
    await acts.agreed(desks.here, sender.party, centre.party, "NEIN-801")
    there = await acts.known(centre.party, "in")
    reads = await centre.screens()
    no = f"consent: {{decision: nei, recipient_centre: {centre.party.name}}}"
    assert not (await sender.party.do("consent", code_name="NEIN-801", case=no))["consent"]
    with pytest.raises(ConsentMissing):
        await sender.party.do("send", code_name="NEIN-801")
    await desks.alike(3)
    await sender.says("NEIN-801", "status.draft")
    await sender.says("NEIN-801", "inquiry.yes")
    # A no looks as if nothing was ever written: the lists there are the same, word by word.
    assert await centre.screens() == reads
    assert await acts.known(centre.party, "in") == there
    assert await sender.holds()
    assert not await centre.holds()
    desks.dark()
    await desks.takes_in(sender, centre, "ANNEN-802")
    await sender.party.do("discard", code_name="NEIN-801")


async def test_she_says_yes_to_some_and_the_rest_is_nowhere_but_with_her(desks: Fourfold) -> None:
    """What she kept back is in no byte that left; the card says it is her choice, not «empty»."""
    sender, centre, third = desks.sides
    said = f"decision: ja_noko, parts: [person], recipient_centre: {third.party.name}"
    text = acts.sample(SAMPLE, name="NOKO-803", to=third.party.name)
    await sender.party.do("new", case=text)
    yes = f"consent: {{{said}, given_by: bruker}}"
    assert (await sender.party.do("consent", code_name="NOKO-803", case=yes))["consent"]
    code, package = await desks.sends("NOKO-803", to=2)
    await desks.alike(2)
    await sender.says("NOKO-803", "state.stored")
    await third.says(package, "state.in.waiting")
    await desks.opens(third, package, code)
    for lang in Language:
        card = (await third.card(package, lang)).lower()
        assert Words("client", lang).say("card.not_shared").lower() in card
    assert await third.holds(("Marte",))
    assert not await third.holds(("kon Veum", "jaktrifle"))
    assert not await centre.holds()
    desks.dark()
    await desks.takes_in(centre, third, "ANNEN-804")


async def test_she_gets_a_copy_of_her_own_with_a_warning(desks: Fourfold) -> None:
    """It is printed at the desk, with a word about paper that is found; nothing leaves for it."""
    sender, centre, _ = desks.sides
    named = await centre.named()
    await acts.ready(desks.here, sender.party, acts.sample(SAMPLE, name="KOPI-805"))
    for lang in Language:
        printed = await sender.shows("print", "KOPI-805", "--what", "copy", lang=lang)
        said, words = " ".join(printed.split()), Words("client", lang)
        assert 0 <= said.index(words.say("copy.found")) < said.index("Marte")
        assert words.say("print.shred") in said
    await desks.alike(2)
    await sender.says("KOPI-805", "status.consent")
    assert await sender.logged("KOPI-805", "printed_copy") == len(Language)
    # The other desk reads of nobody more than before.
    assert await centre.named() <= named
    assert not await centre.holds()
    desks.dark()
    await desks.takes_in(centre, sender, "ANNEN-806")
    await sender.party.do("discard", code_name="KOPI-805")


async def test_she_cannot_be_asked_and_nothing_is_taken_for_a_no(desks: Fourfold) -> None:
    """Days pass in silence and the case stands; a leader decides, and the log says just that."""
    sender, centre, _ = desks.sides
    code, package = await desks.sent("TAUS-807")
    await desks.alike(2)
    desks.here.clock.advance(2 * DAY_SECONDS)
    await desks.here.tick()
    await sender.says("TAUS-807", "state.stored")
    await centre.says(package, "state.in.waiting")
    await sender.party.do("withdraw", code_name="TAUS-807", unasked=True)
    await desks.alike(3)
    await sender.says("TAUS-807", "state.withdrawn")
    await centre.says(package, "state.in.withdrawn")
    await sender.logged("TAUS-807", "withdrawn_unasked")
    assert not await centre.holds()
    desks.dark()
    await desks.takes_in(sender, centre, "ANNEN-808")
    assert code


async def test_she_has_died_and_the_desk_where_she_was_lets_the_case_go(desks: Fourfold) -> None:
    """A leader decides where the case is open: the sender reads that it is gone, and not why."""
    sender, centre, third = desks.sides
    package = await desks.open("MINNE-812")
    assert await centre.holds()
    await desks.takes_in(third, centre, "ANNEN-813")
    with desks.still():
        await centre.party.do("withdraw", code_name=package, unasked=True)
    await desks.alike(3)
    await centre.says(package, "state.in.withdrawn")
    await sender.says("MINNE-812", "state.opened", "answered.deleted_there")
    await centre.logged(package, "withdrawn_unasked")
    with pytest.raises(WrongState):
        await centre.party.do("card", code_name=package)
    assert not await centre.holds()
    desks.dark()


async def test_the_same_person_is_known_at_both_centres_and_no_desk_says_so(
    desks: Fourfold,
) -> None:
    """Two desks have written of her: nothing is searched for, nothing matched, nothing shown."""
    _, centre, third = desks.sides
    ends = {"of": centre.party.name, "to": third.party.name}
    await acts.ready(desks.here, centre.party, acts.sample(SAMPLE, name="SAME-809", **ends))
    before = await acts.rows(centre.party, "drafts")
    code, package = await desks.sent("SAME-810")
    await desks.alike(2)
    await desks.opens(centre, package, code)
    await centre.says("SAME-809", "status.consent")
    await centre.says(package, "state.in.opened")
    assert await acts.rows(centre.party, "drafts") == before
    for word in ("search", "find", "match"):
        ended = await centre.party.types(word, "Marte")
        assert ended.code == USAGE
        assert "Marte" not in ended.said
    assert await centre.holds()
    assert not await third.holds(("kon Veum",))
    desks.dark()
    await desks.takes_in(third, centre, "ANNEN-811")
