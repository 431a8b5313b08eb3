"""What is sent to a centre's new keys: nothing but what the person said yes to."""

from dataclasses import replace

import pytest

from client.consent import Consent
from client.refusals import KeyChanged
from client.verbs import finding
from keys.calendar import Day, start_of
from tests import acts
from tests.fourfold import FEW, SAMPLE, SATURDAY, THREE, fourfold
from tests.side import Side


async def agreed(side: Side, name: str) -> Consent:
    """Return the consent that a case rests on at its sender."""
    async with side.party.service.office.ledger.reading() as rows:
        _, case = await finding.transfer(rows, name)
    return Consent.decode(case.consent)


async def test_what_goes_to_the_new_keys_is_what_she_said_yes_to() -> None:
    """A day went by: her yes is for the same days, parts and child as it was, for the new keys."""
    async with fourfold(*THREE[:2], start=SATURDAY, blobs=FEW) as desks:
        here, (sender, old) = desks.here, desks.sides
        named = acts.sample(SAMPLE, name="NYKEL-716", to=old.party.name)
        dated = ("  given_at:", "  ends_on:")
        kept = [line for line in named.splitlines() if not line.startswith(dated)]
        text = "\n".join([*kept, "children:", "  - call_name: Ánde", "    age: 9", ""])
        await acts.ready(here, sender.party, text)
        given = await agreed(sender, "NYKEL-716")
        assert len(given.subjects) == 1
        await here.stop()
        await sender.party.do("send", code_name="NYKEL-716", agreed_by_phone="duty")
        await sender.party.do("stop", code_name="NYKEL-716")
        here.clock.set(start_of(Day(here.today + 1)) + 3_600)
        await here.start()
        here.revoke(old.party.member_id)
        new = await desks.enter("fjordglott", "fjordglott-2")
        anew = {"code_name": "NYKEL-716", "agreed_by_phone": "duty"}
        with pytest.raises(KeyChanged):
            await sender.party.do("again", anew)
        await sender.party.do("key same", name=new.party.name)
        await sender.party.do("again", anew)
        assert await agreed(sender, "NYKEL-716") == replace(given, recipient=new.party.member_id)
