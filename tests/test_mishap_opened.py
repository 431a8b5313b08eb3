"""It went to the wrong centre and was opened there: the story from four sides, told by either."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from client.refusals import UnknownWord, WrongState
from keys.errors import NotHere
from keys.words import Language, Words
from tests import acts
from tests.fourfold import FEW, SAMPLE, SATURDAY, THREE, Fourfold, fourfold
from tests.keyboard import MisusedError
from tests.side import Side

pytestmark = pytest.mark.asyncio(loop_scope="module")

SENDERS = {"read", "leader", "move", "authority", "person", "consent"}
RECEIVERS = {"read", "leader", "tell"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Fourfold, None]:
    """Three centres for all stories of this file: who sends, who gets it, who should have."""
    async with fourfold(*THREE, start=SATURDAY, blobs=FEW) as made:
        yield made


async def left(side: Side, name: str) -> dict[str, int]:
    """Return what is left to do of what went astray, each with its deadline."""
    found = (await side.party.do("tasks", code_name=name))["tasks"]
    assert isinstance(found, list)
    rows = [one for one in found if isinstance(one, dict)]
    return {
        str(one["task"]).removeprefix("astray_"): int(str(one["deadline"]))
        for one in rows
        if str(one["task"]).startswith("astray_")
    }


async def told(side: Side, name: str, tasks: set[str]) -> None:
    """Accept when staff read those tasks beside the case, in each language, with the law."""
    for lang in Language:
        words = Words("client", lang)
        shown = " ".join((await side.shows("tasks", name, lang=lang)).split())
        for task in tasks:
            assert " ".join(words.say(f"check.astray_{task}").split()) in shown
        if "authority" in tasks:
            assert words.say("law.gdpr_33") in shown


async def test_the_sender_finds_out_and_everything_goes_at_once(desks: Fourfold) -> None:
    """Destroyed there; both desks have their tasks; the right centre gets it on a new yes."""
    sender, wrong, right = desks.sides
    package = await desks.open("VILL-850")
    assert await wrong.holds()
    with desks.still():
        found = await sender.party.do("withdraw", code_name="VILL-850", wrong_recipient=True)
    assert (found["centre"], found["minutes"]) == (wrong.party.name, desks.here.slot // 60)
    assert str(found["phone"]).startswith("000")
    knew = desks.here.clock.now()
    assert set(await left(sender, "VILL-850")) == SENDERS
    assert (await left(sender, "VILL-850"))["authority"] == knew + 72 * 3_600
    await desks.alike(5)
    await sender.says("VILL-850", "state.withdrawn")
    await wrong.says(package, "state.in.withdrawn")
    await told(sender, "VILL-850", SENDERS)
    await told(wrong, package, RECEIVERS)
    assert not await wrong.holds()
    with pytest.raises(WrongState):
        await wrong.party.do("read", code_name=package)
    # The door is open at both desks while nobody has done a thing about it.
    await desks.takes_in(right, wrong, "ANNEN-851")
    await desks.takes_in(right, sender, "ANNEN-852")
    with desks.still():
        await wrong.party.do("astray", code_name=package, words=["on_duty", "leader"])
        await sender.party.do("astray", code_name="VILL-850", words=["on_duty", "leader"])
        for task in ("astray_authority", "astray_leader"):
            await sender.party.do("done", code_name="VILL-850", task=task)
    assert set(await left(sender, "VILL-850")) == SENDERS - {"read", "authority", "leader"}
    assert set(await left(wrong, package)) == RECEIVERS - {"read"}
    text = acts.sample(SAMPLE, name="VILL-850", to=right.party.name)
    await sender.party.do("consent", code_name="VILL-850", case=text)
    known = await acts.known(right.party, "in")
    answer = await sender.party.do("again", code_name="VILL-850", agreed_by_phone="duty")
    await desks.here.tick()
    there = await acts.fresh(right.party, "in", known)
    await desks.opens(right, there, str(answer["arrival_code"]))
    await acts.confirm(desks.here, right.party, there)
    # The case is forgotten here, and the tasks are not: they name no centre and nobody. That she
    # was asked anew is seen by her new yes.
    done = {"read", "authority", "leader", "consent"}
    assert set(await left(sender, "VILL-850")) == SENDERS - done
    assert not await sender.holds()
    desks.dark()


@pytest.mark.parametrize("confirmed", [False, True], ids=["opened", "in the journal"])
async def test_the_receiver_finds_out(desks: Fourfold, *, confirmed: bool) -> None:
    """Whoever reads a case of nobody they wait for says so: it is gone, and the sender is told."""
    sender, wrong, right = desks.sides
    name = "FEIL-854" if confirmed else "FEIL-853"
    package = await desks.open(name)
    if confirmed:
        await acts.confirm(desks.here, wrong.party, package)
    with desks.still():
        await wrong.party.do("misrouted", code_name=package)
    assert not await wrong.holds()
    await desks.alike(4)
    await wrong.says(package, "state.in.misrouted")
    await told(wrong, package, RECEIVERS)
    if not confirmed:
        await sender.says(name, "state.misrouted")
        await told(sender, name, SENDERS)
    await desks.takes_in(right, wrong, "ANNEN-855" if confirmed else "ANNEN-856")
    desks.dark()


async def test_before_it_is_opened_there_is_nothing_to_tell_anybody(desks: Fourfold) -> None:
    """Sealed bytes were there, and a code that nobody had: no task, until an opening crosses."""
    sender, wrong, right = desks.sides
    code, package = await desks.sent("LUKKA-857")
    await sender.party.do("withdraw", code_name="LUKKA-857", wrong_recipient=True)
    assert not await left(sender, "LUKKA-857")
    with pytest.raises(WrongState):
        await sender.party.do("astray", code_name="LUKKA-857", words=["nobody"])
    await wrong.party.do("arrive", code_name=package, arrival_code=code)
    await desks.alike(5)
    await sender.says("LUKKA-857", "state.withdrawn")
    await wrong.says(package, "state.in.withdrawn")
    assert set(await left(sender, "LUKKA-857")) == SENDERS
    assert set(await left(wrong, package)) == RECEIVERS
    assert not await wrong.holds()
    desks.dark()
    await desks.takes_in(right, wrong, "ANNEN-858")


async def test_only_closed_words_and_only_of_what_went_astray(desks: Fourfold) -> None:
    """Who read it has a role and no name, and «nobody» stands alone."""
    wrong = desks.sides[1]
    (package,) = [
        str(one["code_name"])
        for one in await acts.rows(wrong.party, "tasks")
        if one["task"] == "astray_read" and one["code_name"] != "LUKKA-857"
    ][-1:]
    for words in (["Kari"], []):
        with pytest.raises(MisusedError):
            await wrong.party.do("astray", code_name=package, words=words)
    with pytest.raises(UnknownWord):
        await wrong.party.do("astray", code_name=package, words=["nobody", "leader"])
    with pytest.raises(NotHere):
        await wrong.party.do("astray", code_name="GRAN-427", words=["nobody"])
    with pytest.raises(NotHere):
        await wrong.party.do("done", code_name="GRAN-427", task="astray_read")
