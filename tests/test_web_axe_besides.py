"""The second half of the walk by which axe looks at every page: forms, receiver, police, no member.

What is looked for stands in `test_web_axe.py`, and that a page must be in a half in `test_tour.py`.
"""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from tests.browser import needs_chromium
from tests.pagewatch import Watched, watched
from tests.tourhalves import BESIDES

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walked() -> AsyncGenerator[Watched, None]:
    """The second half of the walk."""
    async with watched(BESIDES) as found:
        yield found


@pytest.mark.parametrize("stop", BESIDES.names)
async def test_no_page_has_a_fault(walked: Watched, stop: str) -> None:
    """With a case in every state that a page shows; nothing complains, nothing is asked abroad."""
    assert await walked.wrong_at(stop) == []


async def test_no_page_is_missed(walked: Watched) -> None:
    """Whatever the first half leaves to this one was met; nothing complained at the end."""
    assert await walked.missed() == [], "see the head of tests/tour.py"
