"""Nobody sees from outside when staff unlocked to renew a machine's certificate (P2).

Two centres, each behind a tap. Both certificates are near their end, one centre is unlocked on that
day and the other stays locked. The new certificate waits for the member's own minute, at which the
locked one tells its old one again; until then the old key reads.
"""

from collections.abc import AsyncGenerator
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.peers import CERT
from client.upkeep import CERTIFICATE_DAYS, RENEW_DAYS
from keys.address import CellClass
from keys.calendar import DAY_SECONDS
from keys.epoch import BATCH_DAYS
from tests.parties import Party
from tests.tap import Exchange
from tests.watched import Watched, two_centres

pytestmark = pytest.mark.asyncio(loop_scope="module")

BLOBS = MappingProxyType({CellClass.S: 1, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
RENEWS = CERTIFICATE_DAYS - RENEW_DAYS
"""Days after which an unlock makes a new certificate."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched() -> AsyncGenerator[Watched, None]:
    """Two locked centres, as the day begins on which certificates may be renewed."""
    async with two_centres(BLOBS, weeks=5) as found:
        for days in (BATCH_DAYS - 2, RENEWS - 1 - (BATCH_DAYS - 2)):
            for party in (found.sender, found.centre):
                await party.unlock()
            await found.here.tick()
            found.here.clock.advance(days * DAY_SECONDS)
            for party in (found.sender, found.centre):
                await party.do("lock")
            await found.here.tick(2)
        yield found


def told(seen: list[Exchange]) -> int:
    """Return how often keys were published."""
    return sum(one.request.startswith("POST /v1/keys ") for one in seen)


async def waits(party: Party) -> bool:
    """Whether a new machine key waits to be told."""
    keyring = party.service.office.keyring
    newest, used = await keyring.newest_machine(), await keyring.machine()
    assert newest is not None
    assert used is not None
    return newest.certificate != used.certificate


async def test_a_renewed_certificate_shows_nobody_who_unlocked(watched: Watched) -> None:
    """The same slots until the minute, in it and after it; the reading goes on with both keys."""
    here, centre = watched.here, watched.centre
    await watched.same(1)
    assert not await waits(centre)
    await centre.unlock()
    assert await waits(centre)
    before = centre.service.office.machine
    posts = 0
    for _ in range(13):
        sender, there = await watched.slot()
        assert sender == there
        assert {one.status for one in there if "/v1/boards/" in one.request} <= {200, 201}
        posts += told(there)
        assert (centre.service.office.machine is before) == (not posts)
    assert posts >= 2, "certificate and keys, and a sheet where a list was made"
    assert not await waits(centre)
    assert not centre.service.health.refusals
    assert here.today >= before.certificate.first_day + RENEWS


async def test_the_fault_of_before_is_found(watched: Watched) -> None:
    """A new certificate that is told in the slot after the unlock: the lines differ."""
    sender = watched.sender
    await sender.unlock()
    assert await waits(sender)
    newest = await sender.service.office.keyring.newest_machine()
    assert newest is not None
    certificate = newest.certificate.encode()

    async def told_at_once() -> None:
        await sender.service.office.transport.publish(CERT, certificate)
        await watched.here.tick()

    seen, idle = await watched.during(told_at_once)
    assert seen != idle
    assert (told(seen), told(idle)) == (1, 0)
