"""The issuer's answers leave a fixed time after the request, whatever they are and took."""

import asyncio
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Final

import pytest

from broker import issuer
from broker.__main__ import SystemClock
from broker.pace import ANSWER_SECONDS, Pace
from client.answers import WHOLE
from keys.calendar import Instant
from keys.errors import (
    BadProof,
    BrokerBusy,
    Expired,
    NotMsgpack,
    QuotaSpent,
    Refusal,
    WrongTokenClass,
)
from keys.proof import HEADER
from keys.wire import pack
from tests.brokers import CC_NOTE, CC_S, PP_NOTE, TODAY, WEEK, Answer, DrivenClock, proof, register
from tests.offices import (
    TARGET,
    Office,
    asking,
    blind_noise,
    office,
    refused,
    requests,
    signed,
)
from tests.rosters import NOW

PATIENCE: Final = 30
"""Seconds of ours until a test that hangs is given up."""


async def left(clock: DrivenClock, asked: "asyncio.Task[Answer]") -> int:
    """Move the clock second by second until the answer comes; return how many seconds it took."""
    begun = clock.now()
    async with asyncio.timeout(PATIENCE):
        while True:
            asleep = asyncio.create_task(clock.asleep())
            await asyncio.wait({asked, asleep}, return_when=asyncio.FIRST_COMPLETED)
            if not asleep.done():
                asleep.cancel()
                return clock.now() - begun
            clock.set(clock.now() + 1)


async def moments(there: Office) -> list[int]:
    """Ask for much, little, again, too much and wrong; return how long each answer took."""
    one = asking(requests(1))
    whole = pack(["issue", 1, str(CC_S), WEEK, TODAY, blind_noise(register().schedule.quota(CC_S))])
    much = pack(["issue", 1, str(CC_NOTE), WEEK, TODAY, blind_noise(100)])
    leaves: list[tuple[bytes, type[Refusal] | None]] = [
        (one, None),
        (whole, None),
        (much, None),
        (whole, None),
        (asking(requests(1, CC_S), CC_S), QuotaSpent),
        (asking(requests(1, PP_NOTE), PP_NOTE), WrongTokenClass),
        (asking(requests(1), day=TODAY - 1), Expired),
        (b"\xc1", NotMsgpack),
    ]
    found: list[int] = []
    for body, leaf in leaves:
        asked = asyncio.create_task(there.ask("nord", body))
        found.append(await left(there.clock, asked))
        assert (await asked).leaf is leaf
    return found


async def test_every_answer_to_a_member_takes_the_same_time(tmp_path: Path) -> None:
    """One token, a whole portion, a hundred, the same again, none left, and what is wrong."""
    async with office(tmp_path, holds=True) as there:
        assert await moments(there) == [ANSWER_SECONDS] * 8


@pytest.mark.parametrize("holds", ["nothing", "what it signs"])
async def test_an_issuer_that_answers_at_once_is_found_out(
    tmp_path: Path, holds: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault, whole and in part: the same comparison sees it."""
    real = Pace.keep

    async def eager(self: Pace, came: Instant, work: Awaitable[bytes]) -> bytes:
        made = await work  # a refusal leaves at once
        return made if holds == "nothing" else await real(self, came, _done(made))

    monkeypatch.setattr(Pace, "keep", eager)
    async with office(tmp_path, holds=True) as there:
        found = await moments(there)
    assert found != [ANSWER_SECONDS] * 8
    assert 0 in found


async def _done(made: bytes) -> bytes:
    return made


async def test_many_at_once_leave_together(tmp_path: Path) -> None:
    """Two members' thirty requests: also those for which there are too many to sign now."""
    async with office(tmp_path, holds=True) as there:
        bodies = [asking(requests(1)) for _ in range(30)]
        asked = [
            asyncio.create_task(there.ask(("nord", "sor")[number % 2], body))
            for number, body in enumerate(bodies)
        ]
        async with asyncio.timeout(PATIENCE):
            while there.clock.sleepers < len(asked):  # noqa: ASYNC110 - counted, not told
                await asyncio.sleep(0.01)
            for _ in range(ANSWER_SECONDS):
                assert not [one for one in asked if one.done()]
                there.clock.set(there.clock.now() + 1)
                await asyncio.sleep(0.01)
            found = await asyncio.gather(*asked)
        assert {answer.leaf for answer in found} <= {None, BrokerBusy}
        assert sum(answer.leaf is None for answer in found) >= issuer.WAITING


async def test_what_takes_longer_leaves_at_the_next_step() -> None:
    """The moment says how many whole steps it took, and no more; at a step's end, the next."""
    for took, step in ((0, 1), (ANSWER_SECONDS - 1, 1), (ANSWER_SECONDS, 2), (7, 3)):
        clock, ready = DrivenClock(), asyncio.Event()

        async def work(ready: asyncio.Event = ready) -> Answer:
            await ready.wait()
            return Answer(201, {}, b"")

        asked = asyncio.create_task(Pace(clock).keep(NOW, work()))
        clock.set(NOW + took)
        ready.set()
        assert took + await left(clock, asked) == step * ANSWER_SECONDS


async def test_a_clock_that_is_set_back_holds_nothing_for_long() -> None:
    """Who came an hour «later» than it is now is answered within one step all the same."""
    clock = DrivenClock()

    async def work() -> Answer:
        clock.set(NOW - 3_600)
        return Answer(201, {}, b"")

    asked = asyncio.create_task(Pace(clock).keep(NOW, work()))
    assert await left(clock, asked) <= ANSWER_SECONDS


async def test_nobody_but_a_member_is_held(tmp_path: Path) -> None:
    """A stranger's request is refused at once: it keeps no connection, and says of nobody."""
    async with office(tmp_path, holds=True) as there:
        body = asking(requests(1))
        head = {HEADER: proof("nord", "POST", TARGET, NOW, b"another body")}
        refused(await there.ask("nord", body, **head), BadProof)
        assert there.clock.now() == NOW


async def test_whoever_hangs_up_has_had_its_portion(tmp_path: Path) -> None:
    """What was signed is on disk before it is held: the same request again takes nothing more."""
    quota = register().schedule.quota(CC_S)
    body = pack(["issue", 1, str(CC_S), WEEK, TODAY, blind_noise(quota)])
    async with office(tmp_path, holds=True) as there:
        gone = asyncio.create_task(there.ask("nord", body))
        await there.clock.asleep()
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        asked = asyncio.create_task(there.ask("nord", body))
        await left(there.clock, asked)
        assert len(signed(await asked)) == quota


async def test_an_issuer_that_ends_waits_for_nobody(tmp_path: Path) -> None:
    """What is held is put off, as whoever comes then; asked again, it is answered."""
    body = asking(requests(2, CC_S), CC_S)
    async with office(tmp_path, holds=True) as there:
        asked = asyncio.create_task(there.ask("nord", body))
        await there.clock.asleep()
        begun = time.monotonic()
        await there.issuer.__aexit__()
        assert time.monotonic() - begun < ANSWER_SECONDS
        refused(await asked, BrokerBusy)
    async with office(tmp_path) as there:
        assert len(signed(await there.ask("nord", body))) == 2
        rest = blind_noise(register().schedule.quota(CC_S) - 1)
        refused(
            await there.ask("nord", pack(["issue", 1, str(CC_S), WEEK, TODAY, rest])), QuotaSpent
        )


async def test_the_systems_clock_does_not_tell_when_the_wait_began() -> None:
    """It wakes as the second begins, and not at the fraction at which the work was done."""
    clock, late = SystemClock(), list[float]()
    while len(late) < 3 or (min(late) >= 0.3 and len(late) < 20):
        # A machine with other work wakes late, but not every time.
        await asyncio.sleep(1.5 - time.time() % 1)  # noqa: TID251 - the clock itself is tried
        due = Instant(clock.now() + 1)
        await clock.sleep_until(due)
        late.append(time.time() - due)  # noqa: TID251 - the same
    assert min(late) >= 0
    assert min(late) < 0.3


def test_a_member_waits_longer_than_it_takes() -> None:
    """Also an answer that is held for several steps comes before the line is given up."""
    assert WHOLE.sock_read is not None
    assert WHOLE.sock_read >= 5 * ANSWER_SECONDS
