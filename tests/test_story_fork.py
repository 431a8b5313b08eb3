"""A broker that shows two members two boards is found out by the first note between them."""

import pytest

from client.history import History
from client.reader import history_row
from client.shelf import Shelf
from keys.address import Board
from keys.checkpoint import Root
from tests import acts
from tests.parties import Party, village

CODE = "checkpoint_forked"


async def shown_another_board(party: Party) -> None:
    """Leave a member as it is when the broker signed other roots for it, at the same sizes."""
    row = history_row(Board.CENTRE)
    async with party.service.office.ledger.transaction("shown") as rows:
        history = History.decode(await rows.get(Shelf.CURSOR, row))
        other = tuple((size, Root(bytes(reversed(root)))) for size, root in history.seen)
        await rows.put(Shelf.CURSOR, row, History(other).encode())


@pytest.mark.asyncio
@pytest.mark.parametrize("forked", [True, False])
async def test_the_first_note_between_two_members_tells_of_a_fork(*, forked: bool) -> None:
    """The receiver's staff see whose note contradicts what was seen here, and the case arrives."""
    async with village("granlia", "fjordglott") as (here, (sender, centre)):
        await acts.ready(here, sender, acts.sample("GRAN-427", name="GAFFEL-307"))
        if forked:
            await shown_another_board(centre)
        _, package = await acts.send(here, sender, centre, "GAFFEL-307", by_phone="duty")
        await here.tick(2)
        status = await centre.do("status")
        assert package in str(status["in"])
        named = f"{sender.name} ({CODE})"
        assert (named in str(status["attention"])) is forked
        assert CODE not in str(status["alarms"])
