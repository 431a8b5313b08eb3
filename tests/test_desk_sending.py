"""What a desk does twice, too late or at once: a case is sent but once, and nothing is lost."""

import asyncio

import pytest

from client.refusals import (
    ApprovalMissing,
    CodeNameTaken,
    ConsentMissing,
    NotInDirectory,
    PlaceMissing,
    WrongState,
)
from client.shelf import Shelf
from keys.calendar import DAY_SECONDS
from tests import acts
from tests.parties import Party, village
from tests.stage import holds
from tests.world import World


async def sent_rows(party: Party) -> int:
    """Return how many envelopes stand in a member's outbox."""
    async with party.service.office.ledger.reading() as rows:
        return len(await rows.ids(Shelf.OUTBOX))


async def prepared(here: World, sender: Party, centre: Party) -> None:
    """Write a case and its consent down, with a yes to a place."""
    await acts.ready(here, sender, acts.sample("GRAN-427"), centre)


async def test_two_clicks_at_once_are_one_sending() -> None:
    """A tired hand clicks twice: one envelope, one code, one package at the other end."""
    async with village("granlia", "fjordglott") as (here, (sender, centre)):
        await prepared(here, sender, centre)
        clicks = [sender.do("send", code_name="GRAN-427") for _ in range(2)]
        one, other = await asyncio.gather(*clicks)
        third = await sender.do("send", code_name="GRAN-427")
        codes = {str(answer["arrival_code"]) for answer in (one, other, third)}
        assert len(codes) == 1
        assert await sent_rows(sender) == 1
        await here.tick()
        assert len(await acts.known(centre, "in")) == 1


async def test_what_is_taken_back_while_it_is_sealed_does_not_leave() -> None:
    """The person changes her mind in that very second: nothing leaves the machine."""
    async with village("granlia", "fjordglott") as (here, (sender, centre)):
        await prepared(here, sender, centre)
        office = sender.service.office
        await office.sealing.acquire()
        sending = asyncio.create_task(sender.do("send", code_name="GRAN-427"))
        while not await sent_rows(sender):
            await sender.do("doctor")
        await sender.do("withdraw", code_name="GRAN-427")
        office.sealing.release()
        answered = await asyncio.gather(sending, return_exceptions=True)
        await here.tick(2)
        assert not await acts.known(centre, "in"), answered
        assert await acts.state(sender, "out", "GRAN-427") == "withdrawn"
        with pytest.raises(WrongState):
            await sender.do("send", code_name="GRAN-427")


async def test_a_case_leaves_only_with_a_consent_and_a_place() -> None:
    """Each refusal says what is missing, and leaves the case as it was."""
    async with village("granlia", "fjordglott") as (_, (sender, centre)):
        case = acts.sample("GRAN-427")
        await sender.do("new", case=case)
        with pytest.raises(CodeNameTaken):
            await sender.do("new", case=case)
        with pytest.raises(ConsentMissing):
            await sender.do("send", code_name="GRAN-427")
        with pytest.raises(NotInDirectory):
            await sender.do("consent", code_name="GRAN-427", centre="Krisesenteret Ingensteds")
        await sender.do("consent", code_name="GRAN-427", centre=centre.name)
        with pytest.raises(PlaceMissing):
            await sender.do("send", code_name="GRAN-427")
        assert await sent_rows(sender) == 0
        drafts = await acts.rows(sender, "drafts")
        assert drafts == [{"code_name": "GRAN-427", "consent": True}]


async def test_what_is_never_opened_is_said_after_three_days() -> None:
    """The sender is reminded to call, and not before."""
    async with village("granlia", "fjordglott") as (here, (sender, centre)):
        await prepared(here, sender, centre)
        await acts.send(here, sender, centre, "GRAN-427")
        assert not (await acts.row(sender, "out", "GRAN-427"))["never_opened"]
        here.clock.advance(3 * DAY_SECONDS)
        assert (await acts.row(sender, "out", "GRAN-427"))["never_opened"]


async def test_once_it_is_in_the_journal_the_sender_forgets_where() -> None:
    """No decrypted row of the sender names the receiver any more, nor anything she told."""
    async with village("granlia", "fjordglott") as (here, (sender, centre)):
        await prepared(here, sender, centre)
        code, package = await acts.send(here, sender, centre, "GRAN-427")
        await acts.opened(here, centre, package, code)
        await acts.confirm(here, centre, package)
        await here.tick(2)
        assert await acts.state(sender, "out", "GRAN-427") == "confirmed"
        gone = [centre.member_id, centre.name.encode(), b"Marte", b"Veum"]
        assert not await holds(sender, gone)
        with pytest.raises(WrongState):
            await sender.do("withdraw", code_name="GRAN-427")


async def test_what_is_withdrawn_unopened_is_destroyed_at_the_receiver() -> None:
    """The code on the card opens nothing any more, and the blobs are gone."""
    async with village("granlia", "fjordglott") as (here, (sender, centre)):
        await prepared(here, sender, centre)
        code, package = await acts.send(here, sender, centre, "GRAN-427")
        await sender.do("withdraw", code_name="GRAN-427")
        await here.tick(3)
        assert await acts.state(centre, "in", package) == "withdrawn"
        async with centre.service.office.ledger.reading() as rows:
            assert not await rows.ids(Shelf.BLOB)
        with pytest.raises(WrongState):
            await centre.do("arrive", code_name=package, arrival_code=code)


async def test_a_request_that_is_no_emergency_takes_two_people() -> None:
    """One approval makes it wait, the same person twice is not two, and nothing leaves."""
    async with village("innlandet", "granlia") as (_, (_, centre)):
        text = acts.sample("SKOG-903").replace("emergency: ja", "emergency: nei")
        await centre.do("new", case=text.replace("2026-11-15", "2026-11-09"))
        said = await centre.do("police request", code_name="SKOG-903")
        assert said["waits_for_second"]
        with pytest.raises(ApprovalMissing):
            await centre.do(
                "police request",
                code_name="SKOG-903",
                second="Kari",
                second_passphrase="en lang og rolig setning",
            )
        assert await sent_rows(centre) == 0


async def test_an_envelope_that_did_not_leave_in_time_is_sealed_anew() -> None:
    """Two days without a network: its receiver's keys are gone, so it begins again by itself."""
    async with village("granlia", "fjordglott") as (here, (sender, centre)):
        await prepared(here, sender, centre)
        await here.stop()
        first = await sender.do("send", code_name="GRAN-427")
        assert not first["kept"]
        here.clock.advance(3 * DAY_SECONDS)
        await here.start()
        await here.publish()
        await here.tick(4)
        (package,) = await acts.known(centre, "in")
        code = str((await acts.row(sender, "out", "GRAN-427"))["arrival_code"])
        assert code == first["arrival_code"]
        assert await acts.opened(here, centre, package, code)
