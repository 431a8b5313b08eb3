"""What every issuer's store promises of quotas; each promise is asked of each store."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from broker.portions import Portions, SqlitePortions, Withdrawal
from broker.storage import Digest
from keys.address import TOKEN_CLASSES
from keys.calendar import Day, Week
from keys.errors import NotHere, QuotaSpent, StoreInUse
from tests.cells import TODAY, WEEK
from tests.memory_store import MemoryPortions
from tests.stores import KINDS, A, B

QUOTA: Final = 10


def ask(count: int = 4, name: str = "one") -> Withdrawal:
    """A member's request for tokens."""
    digest = Digest(sha256(name.encode()).digest())
    return Withdrawal(A, TOKEN_CLASSES[0], WEEK, TODAY, digest, count)


@pytest.fixture(params=KINDS)
async def portions(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncGenerator[Portions, None]:
    """Each kind of store in turn, empty."""
    opened: Portions = MemoryPortions()
    if request.param == "sqlite":
        opened = await SqlitePortions.open(tmp_path / "issuer")
    yield opened
    await opened.close()


async def test_a_days_portion_is_given_and_no_more(portions: Portions) -> None:
    """A member gets its quota in as many requests as it likes, and not one token beyond it."""
    assert await portions.portion(ask(4, "one"), QUOTA) is None
    assert await portions.portion(ask(6, "two"), QUOTA) is None
    with pytest.raises(QuotaSpent):
        await portions.portion(ask(1, "three"), QUOTA)


async def test_a_request_beyond_the_quota_takes_nothing(portions: Portions) -> None:
    """Being refused costs nothing."""
    with pytest.raises(QuotaSpent):
        await portions.portion(ask(QUOTA + 1, "greedy"), QUOTA)
    assert await portions.portion(ask(QUOTA), QUOTA) is None


async def test_the_same_request_gets_the_same_answer_and_takes_nothing_more(
    portions: Portions,
) -> None:
    """A lost answer is given again, from memory, also when the quota is used up."""
    assert await portions.portion(ask(QUOTA), QUOTA) is None
    assert await portions.portion(ask(QUOTA), QUOTA) is None
    await portions.remember(ask(QUOTA), b"signed")
    await portions.remember(ask(QUOTA), b"signed later")
    assert await portions.portion(ask(QUOTA), QUOTA) == b"signed"


async def test_a_hundred_at_once_never_exceed_the_quota(portions: Portions) -> None:
    """However many ask at the same moment, the sum is the quota."""
    asked = [portions.portion(ask(1, str(number)), QUOTA) for number in range(100)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(answer is None for answer in answers) == QUOTA
    assert sum(isinstance(answer, QuotaSpent) for answer in answers) == 100 - QUOTA


@pytest.mark.parametrize(
    "other",
    [{"member_id": B}, {"token_class": TOKEN_CLASSES[1]}, {"day": Day(TODAY + 1)}],
    ids=["another member", "another class", "another day"],
)
async def test_each_member_class_and_day_has_its_own_portion(
    portions: Portions, other: dict[str, object]
) -> None:
    """Nobody uses up what is another's."""
    await portions.portion(ask(QUOTA), QUOTA)
    assert await portions.portion(replace(ask(QUOTA), **other), QUOTA) is None


async def test_next_weeks_tokens_count_on_the_day_they_are_asked_for(portions: Portions) -> None:
    """Asking for another week does not double the day."""
    await portions.portion(ask(QUOTA), QUOTA)
    with pytest.raises(QuotaSpent):
        await portions.portion(replace(ask(1, "two"), week=Week(WEEK + 1)), QUOTA)


async def test_an_answer_to_nothing_is_not_remembered(portions: Portions) -> None:
    """Only a request that was let through has an answer."""
    with pytest.raises(NotHere):
        await portions.remember(ask(), b"signed")


async def test_portions_are_forgotten_after_a_day_of_grace(portions: Portions) -> None:
    """The issuer does not keep who asked for what: yesterday is the last it knows."""
    await portions.portion(ask(QUOTA), QUOTA)
    await portions.expire(Day(TODAY + 1))
    with pytest.raises(QuotaSpent):
        await portions.portion(ask(1, "two"), QUOTA)
    await portions.expire(Day(TODAY + 2))
    assert await portions.portion(ask(1, "two"), QUOTA) is None
    with pytest.raises(NotHere):
        await portions.remember(ask(QUOTA), b"late")


async def test_portions_survive_a_restart_and_leave_the_disk_when_forgotten(
    tmp_path: Path,
) -> None:
    """What was taken stays taken, and what is forgotten is not in the file's bytes."""
    opened = await SqlitePortions.open(tmp_path)
    await opened.portion(ask(QUOTA), QUOTA)
    await opened.remember(ask(QUOTA), b"an answer to look for")
    with pytest.raises(StoreInUse):
        await SqlitePortions.open(tmp_path)
    await opened.close()
    opened = await SqlitePortions.open(tmp_path)
    assert await opened.portion(ask(QUOTA), QUOTA) == b"an answer to look for"
    await opened.expire(Day(TODAY + 2))
    await opened.close()
    for path in tmp_path.iterdir():
        assert b"an answer to look for" not in path.read_bytes()
