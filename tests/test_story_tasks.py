"""The police at the new place are asked first, or within a day; the move itself never waits."""

import pytest

from client.refusals import DestinationPoliceMissing
from client.tasks import URGENT_SECONDS
from keys.errors import NotHere
from tests import acts
from tests.parties import Party, village

URGENT = "move_assessment: {emergency: {is_emergency: ja, why: Han står utenfor}}"
ASKED = "dest_police_contacted_at: 2026-11-09 10:20"


async def left(party: Party, code_name: str) -> set[str]:
    """Return the names of what is left to do in a case."""
    found = (await party.do("tasks", code_name=code_name))["tasks"]
    assert isinstance(found, list)
    return {str(one["task"]) for one in found if isinstance(one, dict)}


async def _by_number(party: Party) -> None:
    """Mark what stands under a number as done; every other task keeps its own."""
    before = {str(one["task"]): one["at"] for one in await _listed(party)}
    assert len({*before.values()}) == len(before)
    first, *others = before
    await party.do("done", code_name="GRAN-427", task=str(before[first]))
    after = {str(one["task"]): one["at"] for one in await _listed(party)}
    assert after == {name: before[name] for name in others}


async def _listed(party: Party) -> list[acts.Row]:
    found = (await party.do("tasks", code_name="GRAN-427"))["tasks"]
    assert isinstance(found, list)
    return [one for one in found if isinstance(one, dict)]


async def test_information_waits_for_the_police_there_and_an_urgent_move_does_not() -> None:
    """Nobody has called: nothing is sent. It is urgent and says why: sent, with a day to call."""
    async with village("granlia", "fjordglott") as (here, (sender, centre)):
        text = acts.sample("GRAN-427")
        assert text.count(ASKED) == 1
        await acts.ready(here, sender, text.replace(ASKED, "channel: telefon", 1), centre)
        with pytest.raises(DestinationPoliceMissing):
            await sender.do("send", code_name="GRAN-427")
        checked = await sender.do("check", code_name="GRAN-427")
        assert checked["ready"] is False
        assert ["red", "check.destination_police"] in (checked["findings"] or [])
        assert not await acts.rows(sender, "out")
        # The centre that said yes sees no trace of the waiting, and its yes stands.
        assert not await acts.known(centre, "in")

        await sender.do("part", code_name="GRAN-427", case=URGENT)
        await sender.do("consent", code_name="GRAN-427")
        code, package = await acts.send(here, sender, centre, "GRAN-427")
        assert "destination_police_urgent" in await left(sender, "GRAN-427")
        (row, *_) = await acts.rows(sender, "tasks")
        assert row["overdue"] is False
        here.clock.advance(URGENT_SECONDS + 1)
        assert {one["overdue"] for one in await acts.rows(sender, "tasks")} == {True}

        # She has called now: the task is done, after the case was sent, and nothing else changed.
        await sender.do("done", code_name="GRAN-427", task="destination_police_urgent")
        await sender.do("done", code_name="GRAN-427", task="destination_police_urgent")
        assert "destination_police_urgent" not in await left(sender, "GRAN-427")
        assert await left(sender, "GRAN-427")
        for slip in ("no_such_task", "0", "99"):
            with pytest.raises(NotHere) as refused:
                await sender.do("done", code_name="GRAN-427", task=slip)
            assert refused.value.facts["kind"] == "task"
        await _by_number(sender)

        await centre.sync()
        await acts.opened(here, centre, package, code)
        await acts.confirm(here, centre, package)
        assert await left(sender, "GRAN-427") == set()
        assert not await acts.rows(sender, "tasks")
