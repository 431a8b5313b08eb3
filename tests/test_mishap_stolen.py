"""The machine of a centre is stolen while somebody is on her way: the story from four sides."""

import pytest

from keys.address import Board
from keys.errors import RevokedMember
from tests import acts
from tests.fourfold import ANOTHER, FEW, LANE, SAMPLE, SATURDAY, THREE, fourfold
from tests.parties import leave


async def test_a_stolen_machine_tells_the_thief_nothing_and_the_case_comes_again() -> None:
    """The disk is unreadable and its keys are worth nothing; what waits is sealed for new ones."""
    async with fourfold(*THREE, start=SATURDAY, blobs=FEW) as desks:
        here, (sender, lost, other) = desks.here, desks.sides
        await acts.ready(here, sender.party, acts.sample(SAMPLE, name="RYPE-710"))
        code, _ = await acts.send(here, sender.party, lost.party, "RYPE-710", by_phone="duty")
        # One person's case is open there already: the thief has the most that there can be.
        await desks.takes_in(other, lost, "INNE-711")
        assert await lost.holds((ANOTHER,))

        await leave(here, lost.party)
        assert not lost.plain()
        here.revoke(lost.party.member_id)
        new = await desks.enter("fjordglott", "fjordglott-2")
        assert new.party.member_id != lost.party.member_id

        # The door is open at the new machine before anybody has looked at what waits.
        await desks.takes_in(other, new, "ANNEN-712")
        assert (await acts.row(sender.party, "out", "RYPE-710"))["recipient_gone"]
        await sender.says("RYPE-710", "status.recipient_gone")

        known = await acts.known(new.party, "in")
        await sender.party.do("key same", name=new.party.name)
        await sender.party.do("again", code_name="RYPE-710", agreed_by_phone="leader")
        await desks.slot()
        package = await acts.fresh(new.party, "in", known)
        await desks.opens(new, package, code)
        await desks.slot()
        assert sender.posts() == other.posts() == LANE

        thief = (await lost.party.again(here)).service
        try:
            with pytest.raises(RevokedMember):
                await thief.office.transport.batches(Board.CENTRE, 0, 1)
        finally:
            await thief.close()
        desks.dark()
