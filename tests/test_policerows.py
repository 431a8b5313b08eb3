"""What was asked of the police beside a case goes with the case: read on the opened rows."""

from collections.abc import AsyncGenerator
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.forgetting import oldest_overdue
from client.policerows import ASKED, PLACE, WAITS, lasts
from client.retention import RULES, Held
from client.shelf import Shelf
from client.transfer import Transfer
from keys.address import CellClass
from keys.calendar import DAY_SECONDS, Instant
from keys.errors import NotHere
from tests import acts
from tests.parties import Party, village
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUNDAY = Instant(1_794_724_800)
BLOBS = MappingProxyType({CellClass.S: 12, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})


@pytest_asyncio.fixture(loop_scope="module")
async def desks() -> AsyncGenerator[tuple[World, Party, Party], None]:
    """A centre and its own district, in a world of their own for each story."""
    async with village("granlia", "innlandet", start=SUNDAY, blobs=BLOBS) as (here, (centre, home)):
        yield here, centre, home


def text(centre: Party, name: str, *, urgent: bool) -> str:
    """Return a case with lines for the police, one of them marked for a question about a place."""
    said = acts.sample("SKOG-903", name=name, of=centre.name)
    said = said.replace(
        "  lines:\n",
        "  lines:\n    - destination_area: Oppdiktet dal\n      ask_destination: ja\n"
        "      why_needed: Stedet det gjelder\n",
    )
    return said if urgent else said.replace("emergency: ja", "emergency: nei")


async def kept(party: Party) -> set[bytes]:
    """Return what is kept beside cases for the police: the first word of every such row."""
    async with party.service.office.ledger.reading() as rows:
        found = await rows.rows(Shelf.POLICE)
    return {row[: len(ASKED)] for row, _ in found} & {ASKED, PLACE, WAITS}


async def test_of_a_case_thrown_away_only_what_can_be_taken_back_is_left(
    desks: tuple[World, Party, Party],
) -> None:
    """A request and a question, answered; she may still take back that the police were told."""
    here, centre, home = desks
    await centre.do("new", case=text(centre, "HEI-101", urgent=True))
    await centre.do("police request", code_name="HEI-101")
    await here.tick()
    before = await acts.known(home, "in")
    await centre.do("police view", code_name="HEI-101")
    await here.tick()
    (question,) = await acts.known(home, "in") - before
    await home.do("police review", code_name=question)
    await home.do("police reply", code_name=question, word="could_not_contact")
    await here.tick(4)
    assert await kept(centre) == {ASKED, PLACE}
    await centre.do("discard", code_name="HEI-101")
    await centre.service.tick()
    assert await kept(centre) == {ASKED}
    assert (await centre.do("police withdraw", code_name="HEI-101"))["taken_back"] == 2
    await here.tick(3)
    assert {str(row["state"]) for row in await acts.rows(home, "in")} == {"withdrawn"}
    assert await kept(centre) == set()
    with pytest.raises(NotHere):
        await centre.do("police withdraw", code_name="HEI-101")


async def test_what_waits_goes_with_a_draft_that_ran_out_while_nobody_was_there(
    desks: tuple[World, Party, Party],
) -> None:
    """The draft went behind a closed lock; what a colleague was to read goes when it is opened."""
    here, centre, _ = desks
    await centre.do("new", case=text(centre, "HEI-102", urgent=False))
    answer = await centre.do("police request", code_name="HEI-102")
    assert answer["waits_for_second"]
    await centre.service.tick()
    assert await kept(centre) == {WAITS}
    await centre.do("lock")
    here.clock.set(Instant(here.clock.now() + 32 * DAY_SECONDS))
    await centre.service.tick()
    await centre.unlock()
    assert not await acts.known(centre, "drafts")
    assert await kept(centre) == set()


async def test_the_basis_stays_while_it_can_be_taken_back(
    desks: tuple[World, Party, Party],
) -> None:
    """She may still say no to the police when the case is over here; after months nobody can."""
    here, centre, _ = desks
    await centre.do("new", case=text(centre, "HEI-103", urgent=True))
    await centre.do("police request", code_name="HEI-103")
    await here.tick()
    async with centre.service.office.ledger.transaction("case-over") as rows:
        ((row, value),) = await rows.rows(Shelf.DRAFT)
        await rows.put(Shelf.DRAFT, row, Transfer.decode(value).forgotten().encode())
    await centre.service.tick()
    assert await kept(centre) == {ASKED}
    ((sent,),) = [await acts.rows(centre, "out")]
    async with centre.service.office.ledger.reading() as rows:
        (last,) = await lasts(rows)
    assert last == sent["expires"] + RULES[Held.ENDED].days
    here.clock.set(Instant(here.clock.now() + 120 * DAY_SECONDS))
    # Before the tick that destroys it, the number says for how long it should have been gone.
    assert await oldest_overdue(centre.service.office) >= here.today - last > 0
    await centre.service.tick()
    assert await kept(centre) == set()
    assert await oldest_overdue(centre.service.office) == 0


async def test_a_name_that_is_used_again_hides_nothing_from_being_taken_back(
    desks: tuple[World, Party, Party],
) -> None:
    """The case is thrown away and imported anew: the police are told of the first request too."""
    here, centre, home = desks
    await centre.do("new", case=text(centre, "HEI-104", urgent=True))
    await centre.do("police request", code_name="HEI-104")
    await here.tick()
    await centre.do("discard", code_name="HEI-104")
    await centre.do("new", case=text(centre, "HEI-104", urgent=True))
    assert (await centre.do("police withdraw", code_name="HEI-104"))["taken_back"] == 1
    await here.tick(3)
    assert [str(row["state"]) for row in await acts.rows(home, "in")] == ["withdrawn"]


async def test_what_both_cases_of_one_name_asked_is_taken_back(
    desks: tuple[World, Party, Party],
) -> None:
    """The first case's request and the second's, in one step; the second case says so."""
    here, centre, home = desks
    await centre.do("new", case=text(centre, "HEI-105", urgent=True))
    await centre.do("police request", code_name="HEI-105")
    await here.tick()
    await centre.do("discard", code_name="HEI-105")
    await centre.do("new", case=text(centre, "HEI-105", urgent=True))
    await centre.do("police request", code_name="HEI-105")
    await here.tick()
    assert len(await acts.known(home, "in")) == 2
    assert (await centre.do("police withdraw", code_name="HEI-105"))["taken_back"] == 2
    await here.tick(3)
    assert {str(row["state"]) for row in await acts.rows(home, "in")} == {"withdrawn"}
