"""A case that came to nobody is not written anew: it is sent again, elsewhere or thrown away."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.cli import lines, statustext
from client.cli.console import Console
from client.refusals import ConsentMissing, PlaceMissing, WrongState
from client.shelf import Shelf
from client.transfer import Transfer
from keys.address import CellClass
from keys.calendar import Day, start_of
from keys.errors import NotHere
from keys.words import Language, Words
from tests import acts, samplefiles
from tests.parties import Party, village
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

BLOBS = MappingProxyType({CellClass.S: 14, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})


@dataclass(frozen=True, slots=True)
class Desks:
    """A sending centre and two that may receive."""

    here: World
    sender: Party
    centre: Party
    third: Party

    async def sent(self, name: str) -> tuple[str, str]:
        """Send Marte's case as `name`; return the code and what the centre calls it."""
        await acts.ready(self.here, self.sender, acts.sample("GRAN-427", name=name))
        return await acts.send(self.here, self.sender, self.centre, name, by_phone="duty")

    async def again(self, name: str, to: Party) -> None:
        """Send it again, and open what comes by the new code."""
        before = await acts.known(to, "in")
        answer = await self.sender.do("again", code_name=name, agreed_by_phone="duty")
        assert answer["kept"]
        await self.here.tick()
        package = await acts.fresh(to, "in", before)
        await acts.opened(self.here, to, package, str(answer["arrival_code"]))

    async def consent(self, name: str, to: Party) -> None:
        """Write down that the person says yes to a centre, this time."""
        text = acts.sample("GRAN-427", name=name, to=to.name)
        assert (await self.sender.do("consent", code_name=name, case=text))["consent"]

    async def draft(self, name: str) -> Transfer:
        """Return the row of a case at the sender."""
        async with self.sender.service.office.ledger.reading() as rows:
            found = [Transfer.decode(value) for _, value in await rows.rows(Shelf.DRAFT)]
        (one,) = (case for case in found if case.code_name == name)
        return one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Three centres for all stories of this file."""
    keys = ("granlia", "fjordglott", "elvebredden")
    async with village(*keys, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


async def test_what_the_receivers_program_refused_is_sent_again_on_a_new_yes(desks: Desks) -> None:
    """The centre had lost its yes: the old one counts no more, a new one does, under a new code."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    await acts.ready(here, sender, acts.sample("GRAN-427", name="NEKTET-301"), centre)
    async with centre.service.office.ledger.transaction("yes-lost") as rows:
        for row in await rows.ids(Shelf.ACCEPTANCE):
            await rows.delete(Shelf.ACCEPTANCE, row)
    await sender.do("send", code_name="NEKTET-301")
    await here.tick(3)
    row = await acts.row(sender, "out", "NEKTET-301")
    assert (row["state"], row["again"]) == ("refused", True)
    with pytest.raises(WrongState):
        await sender.do("send", code_name="NEKTET-301")
    with pytest.raises(PlaceMissing):
        await sender.do("again", code_name="NEKTET-301")
    await desks.again("NEKTET-301", centre)


async def test_what_was_meant_for_another_goes_there_with_a_new_consent(desks: Desks) -> None:
    """Sent to the wrong centre: the person says yes to the right one, and only that one gets it."""
    here, sender, centre, third = desks.here, desks.sender, desks.centre, desks.third
    _, package = await desks.sent("VILL-302")
    await centre.do("misrouted", code_name=package)
    await here.tick(3)
    assert await acts.state(sender, "out", "VILL-302") == "misrouted"
    with pytest.raises(ConsentMissing):  # the old yes led to the wrong door
        await sender.do("again", code_name="VILL-302", agreed_by_phone="duty")
    assert not (await sender.do("consent", code_name="VILL-302", centre=centre.name))["consent"]
    with pytest.raises(ConsentMissing):
        await sender.do("again", code_name="VILL-302", agreed_by_phone="duty")
    notes = lines.notes_out(
        Console(sender.home, Words("client"), as_json=False),
        await acts.row(sender, "out", "VILL-302"),
        (),
    )
    assert Words("client").say("status.again_misrouted") in notes
    before = await acts.known(centre, "in")
    await desks.consent("VILL-302", third)
    await desks.again("VILL-302", third)
    assert await acts.known(centre, "in") == before


async def test_what_was_taken_back_needs_a_new_yes_of_the_person(desks: Desks) -> None:
    """She changed her mind twice: without a new consent nothing leaves; the old code is dead."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    code, package = await desks.sent("OMVEI-303")
    await sender.do("withdraw", code_name="OMVEI-303")
    with pytest.raises(ConsentMissing):
        await sender.do("again", code_name="OMVEI-303", agreed_by_phone="duty")
    await desks.consent("OMVEI-303", centre)
    await desks.again("OMVEI-303", centre)
    with pytest.raises(WrongState):
        await centre.do("arrive", code_name=package, arrival_code=code)
    await here.tick(2)
    assert await acts.state(sender, "out", "OMVEI-303") == "opened"
    assert await acts.state(centre, "in", package) == "withdrawn"


async def test_what_is_on_its_way_is_neither_sent_again_nor_thrown_away(desks: Desks) -> None:
    """Two copies at one centre help nobody: it is taken back first."""
    await desks.sent("VEIEN-304")
    for verb, given in (("again", {"agreed_by_phone": "duty"}), ("discard", {}), ("consent", {})):
        with pytest.raises(WrongState):
            await desks.sender.do(verb, given, code_name="VEIEN-304")
    assert (await desks.draft("VEIEN-304")).case


async def test_a_draft_is_thrown_away_with_its_attachment(desks: Desks) -> None:
    """Never sent and not to be: keys and bytes go, and the log has its name and nothing else."""
    sender = desks.sender
    text = acts.sample("VIDDE-256", name="KAST-305")
    await sender.do("new", case=text)
    before = set(sender.home.cells.iterdir())
    path = samplefiles.photo(desks.here.path / "brev.jpg")
    given = {"code_name": "KAST-305", "attachment": "attachment.1", "path": str(path)}
    await sender.do("part", given)
    assert set(sender.home.cells.iterdir()) > before
    assert (await sender.do("discard", code_name="KAST-305"))["attachments"] == 1
    assert set(sender.home.cells.iterdir()) == before
    with pytest.raises(NotHere):
        await sender.do("check", code_name="KAST-305")
    log = (await sender.do("log"))["lines"]
    assert isinstance(log, list)
    newest = log[-1]
    assert isinstance(newest, list)
    assert newest[1:3] == ["discarded", "KAST-305"]


async def test_what_nobody_opened_is_kept_without_where_and_sent_again(desks: Desks) -> None:
    """Its last day is over: the sender forgets where, keeps the case, and asks the person anew."""
    here, sender, third = desks.here, desks.sender, desks.third
    await desks.sent("ALDRI-306")
    assert desks.centre.name in (await desks.draft("ALDRI-306")).case
    for _ in range(8):
        here.clock.set(start_of(Day(here.today + 1)) + 3_600)
        await here.tick()
    row = await acts.row(sender, "out", "ALDRI-306")
    assert (row["state"], row["to"], row["again"]) == ("expired", "", True)
    left = await desks.draft("ALDRI-306")
    assert left.case
    assert (left.consent, left.place, left.asked) == (b"", None, ())
    assert desks.centre.name not in left.case
    assert "destination_assessment" not in left.case
    with pytest.raises(ConsentMissing):
        await sender.do("again", code_name="ALDRI-306", agreed_by_phone="duty")
    await desks.consent("ALDRI-306", third)
    await desks.again("ALDRI-306", third)


@pytest.mark.parametrize("lang", Language)
async def test_who_is_no_longer_a_member_is_called_so(desks: Desks, lang: Language) -> None:
    """Revoked is not forgotten: the old lines say which of the two it is."""
    here, sender, third = desks.here, desks.sender, desks.third
    if third.member_id in {one.member_id for one in here.register.members}:
        here.revoke(third.member_id)
        await here.publish()
        await here.tick(2)
    words = Words("client", lang)
    console = Console(sender.home, words, as_json=False)
    shown = statustext.status(console, await sender.do("status"))
    # The old envelope names no centre, and a reminder says whom to ring and not where.
    head = f"  ALDRI-306  {words.say('kind.case_package')}"
    (line,) = (
        one for one in shown if one.startswith(head) and words.say("state.expired") not in one
    )
    assert words.say("status.left") in line
    assert words.say("status.forgotten") not in line
    # They get nothing more, and read why; when they have seen it, it comes again.
    for _ in range(2):
        theirs = Console(third.home, words, as_json=False)
        assert words.say("alarm.taken_out") in " ".join(
            statustext.status(theirs, await third.do("status"))
        )
        await third.do("attended")
        await here.tick()
