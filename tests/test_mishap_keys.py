"""A centre changes its keys while somebody is on her way there: the story from four sides."""

from collections import Counter

import pytest

from client.refusals import StaleSync
from tests import acts
from tests.fourfold import FEW, LANE, PACKAGE, SATURDAY, THREE, fourfold


async def test_keys_change_while_she_is_on_her_way_and_her_code_stays_good() -> None:
    """A new machine, and nobody stole the old one: what waits can only be sealed anew."""
    async with fourfold(*THREE, start=SATURDAY, blobs=FEW) as desks:
        here, (sender, old, third) = desks.here, desks.sides
        code, package = await desks.sent("NYKEL-714")
        await old.says(package, "state.in.waiting")
        here.revoke(old.party.member_id)
        new = await desks.enter("fjordglott", "fjordglott-2")
        # The new desk has nothing of her; whoever sent her reads that somebody must ring.
        assert not await acts.known(new.party, "in")
        await sender.says("NYKEL-714", "status.recipient_gone")

        # Until anybody has read that, whoever comes to the new machine is taken in.
        await desks.takes_in(third, new, "ANNEN-715")
        known, beside = await acts.known(new.party, "in"), await acts.known(third.party, "in")
        for side in (*desks.sides, new):
            side.tap.mark()
        # They rang, and the digits of the new keys are those of the register.
        await sender.party.do("key same", name=new.party.name)
        answer = await sender.party.do("again", code_name="NYKEL-714", agreed_by_phone="duty")
        assert answer["arrival_code"] == code
        assert [side.posts() for side in (sender, old, third, new)] == [PACKAGE, *[Counter()] * 3]
        await desks.slot()
        assert sender.posts() == third.posts() == LANE
        there = await acts.fresh(new.party, "in", known)
        await new.says(there, "state.in.waiting")
        assert not await new.holds()
        await desks.opens(new, there, code)
        assert await new.holds()
        await here.tick(2)
        await sender.says("NYKEL-714", "state.opened")
        was, is_now = (await sender.status("NYKEL-714")).splitlines()[:2]
        assert new.party.name in is_now
        assert new.party.name not in was

        # At the old machine the same code opens nothing: nobody there can know what was taken back.
        with pytest.raises(StaleSync):
            await old.party.do("arrive", code_name=package, arrival_code=code)
        assert not old.posts()
        assert not await old.holds()
        assert not await third.holds()
        assert await acts.known(third.party, "in") == beside
        desks.dark()
