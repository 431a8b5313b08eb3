"""The comparison of lines is not blind: in each state every planted leak makes it fail (P2).

A leak is in the program of a member and acts when a real cell leaves there; what is compared is
what was heard then. The states are those of `test_same_lanes.py`, and in the slots in which no leak
acts all lines are the same here too.
"""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from keys.errors import BrokerGone
from tests import acts
from tests.leaking import alike
from tests.parties import Party
from tests.sixfold import Sixfold, sixfold

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIX = range(6)
"""As many cases as there are leaks: each is planted where another one leaves."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched() -> AsyncGenerator[Sixfold, None]:
    """Six members for all tests of this file."""
    async with sixfold() as made:
        yield made


async def in_line(watched: Sixfold, of: Party, to: Party, word: str) -> list[str]:
    """Put cases in line, as many as there are leaks; return their code names."""
    names = [f"{word}-{600 + number}" for number in SIX]
    for name in names:
        await acts.ready(
            watched.here, of, acts.sample("GRAN-427", name=name, of=of.name, to=to.name)
        )
        await of.do("send", code_name=name, agreed_by_phone="duty")
    return names


async def test_where_nothing_happens(watched: Sixfold) -> None:
    """Idle: a leak with a dummy, at a centre and at a district."""
    await watched.leaking(watched.centres[0], watched.districts[0], dummies=True)


async def test_where_a_case_is_sent_and_where_it_is_received(watched: Sixfold) -> None:
    """Sending and receiving T1: with the sealed file and the note, and with the receipts."""
    sender, centre, _ = watched.centres
    names = await in_line(watched, sender, centre, "STILLE")
    await watched.leaking(sender, centre)
    assert len(await acts.known(centre, "in")) == len(names)


async def test_where_a_case_is_taken_back_and_where_one_is_passed_on(watched: Sixfold) -> None:
    """Withdrawn, and relaying T3: what the sender takes back, and what its district sends on."""
    sender, (own, other, _) = watched.centres[0], watched.districts
    for name in sorted(await acts.known(sender, "out")):
        await sender.do("withdraw", code_name=name)
    for number in SIX[:3]:
        text = acts.sample("SKOG-903", name=f"SKOG-{910 + number}")
        name = await acts.ready(watched.here, sender, text)
        await sender.do("police request", code_name=name)

    async def all_came() -> bool:
        return len(await acts.known(own, "in")) == len(SIX[:3])

    await watched.leaking(sender)
    await watched.until(all_came)
    for request in sorted(await acts.known(own, "in")):
        await own.do("police review", code_name=request)
        await own.do(
            "police relay", code_name=request, district=other.name, authority="politiregisterloven"
        )
    await watched.leaking(own)
    assert await acts.known(other, "in")


async def test_where_keys_are_used_up_and_where_a_desk_is_locked(watched: Sixfold) -> None:
    """Out of one-time keys: the day's key is sealed to. Locked: what is in line leaves."""
    sender, centre, _ = watched.centres
    await watched.use_up(sender)
    for name in await in_line(watched, sender, centre, "TOM"):
        assert not await acts.once(sender, name)
    first, *_ = await in_line(watched, centre, sender, "RAST")
    assert await acts.once(centre, first)
    await centre.do("lock")
    await watched.leaking(sender, centre)
    await centre.unlock()


async def test_where_the_broker_fails(watched: Sixfold) -> None:
    """Failing: no request is answered, and what leaves is tried in each slot again."""
    sender = watched.centres[0]
    text = acts.sample("GRAN-427", name="FORT-613")
    name = await acts.ready(watched.here, sender, text)
    await sender.do("send", code_name=name, agreed_by_phone="duty")
    watched.lines.cut()
    await watched.leaking(sender)
    assert await acts.state(sender, "out", name) == "sealed"
    for party in (*watched.centres, *watched.districts):
        assert {type(one) for one in party.service.health.refusals} == {BrokerGone}
    watched.lines.flow()
    for kind in await watched.slot():  # a roster that is too old is fetched before a cell leaves
        alike(kind)
    await watched.same(2)
    for party in (*watched.centres, *watched.districts):
        assert BrokerGone not in {type(one) for one in party.service.health.refusals}
