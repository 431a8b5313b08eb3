"""Whoever asks the police or passes on looks like whoever does nothing, as the programs really run.

Two centres and three districts run by their own clock, each listened to at both doors. Requests go
from a centre to its own district, which passes them on to another, and the word that it did comes
back. In every slot the lines of a kind must be the same in everything (P2).
"""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from keys.address import CellClass
from tests import acts
from tests.leaking import alike
from tests.planted import LEAKS, differences, late, planted
from tests.running import CENTRES, DISTRICTS, Together, together

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched() -> AsyncGenerator[Together, None]:
    """Two centres and three districts."""
    async with together(CENTRES[:2], DISTRICTS) as made:
        yield made


async def test_a_request_to_the_police_and_on_is_seen_by_nobody(watched: Together) -> None:
    """Her centre asks, her district reads and passes on, the other has it, and she is told.

    The leak that is planted: what the request itself is in leaves the district a millisecond later,
    and that is all by which it is known.
    """
    sender, (own, other, _) = watched.centres[0], watched.kinds[1]
    name = await acts.ready(watched.here, sender, acts.sample("SKOG-903"))
    assert not (await watched.silently(sender, "police request", code_name=name))["kept"]

    async def asked() -> bool:
        return bool(await acts.known(own, "in"))

    async def answered() -> bool:
        return await acts.state(sender, "out", name) == "answered"

    await watched.until(asked)
    await watched.same(1)  # its note is there, and it is fetched
    (request,) = await acts.known(own, "in")
    await watched.silently(own, "police review", code_name=request)
    given = {"district": other.name, "authority": "politiregisterloven"}
    assert not (await watched.silently(own, "police relay", code_name=request, **given))["kept"]
    await watched.same(1)  # the note that names it leaves
    with planted(own, late) as plant:
        centres, (first, *others) = await watched.during(watched.passes)
    assert CellClass.S in plant.cells
    alike(centres)
    alike(others)
    assert differences(first, others[0]) == LEAKS[late]
    await watched.until(answered)
    await watched.same(1)
    assert len(await acts.known(other, "in")) == 1
