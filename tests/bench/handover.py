"""How long a whole handover takes on loopback, from the click to the open package."""

import asyncio
from statistics import median
from time import perf_counter
from typing import NamedTuple

from tests import acts
from tests.parties import village

ROUNDS = 5
OPEN = "T1: the click until it is open"


class Row(NamedTuple):
    """A line of the table."""

    what: str
    p50_ms: float
    most_ms: float


def rows(rounds: int = ROUNDS) -> list[Row]:
    """Measure T1, sent again and again under other names between two centres."""
    sent, opened = asyncio.run(_measured(rounds))
    return [
        Row("T1: the click until the broker has it", 1e3 * median(sent), 1e3 * max(sent)),
        Row(OPEN, 1e3 * median(opened), 1e3 * max(opened)),
    ]


async def _measured(rounds: int) -> tuple[list[float], list[float]]:
    sent: list[float] = []
    opened: list[float] = []
    async with village("granlia", "fjordglott") as (here, (sender, centre)):
        for number in range(rounds):
            text = acts.sample("GRAN-427").replace("GRAN-427", f"GRAN-{500 + number}")
            code_name = await acts.ready(here, sender, text, centre)
            before = await acts.known(centre, "in")
            began = perf_counter()
            answer = await sender.do("send", code_name=code_name)
            sent.append(perf_counter() - began)
            await here.close_slot()
            await centre.sync()
            package = await acts.fresh(centre, "in", before)
            code = str(answer["arrival_code"])
            await centre.do("arrive", code_name=package, arrival_code=code)
            opened.append(perf_counter() - began)
            await here.tick(6)
    return sent, opened
