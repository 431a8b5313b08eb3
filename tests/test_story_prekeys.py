"""A key that is used once: between real services and a real broker, by the public commands."""

import sqlite3
from contextlib import closing
from itertools import takewhile
from pathlib import Path

import pytest

from client.refusals import ServiceFault
from client.shelf import Shelf
from client.verbs import finding
from keys.address import MemberId
from keys.body import Kind
from keys.calendar import Day, Instant, start_of
from keys.errors import OutOfTokens, StoreDamaged
from keys.prekeys import PER_MEMBER
from keys.words import Language, Words
from tests import acts
from tests.parties import Party, village
from tests.program import in_process
from tests.world import World

SATURDAY = Instant(1_794_636_000)


async def _left(party: Party, sender: Party) -> int:
    """Return how many keys of this week's list are left for what `sender` may send."""
    office = party.service.office
    me = sender.service.office.me.member_id
    async with office.ledger.reading() as rows:
        found = await office.keyring.prekeys.secrets(rows)
    week = min(one.week for one in found)
    return sum(one.sender == me and one.week == week for one in found)


async def _once(party: Party, code_name: str) -> bool:
    async with party.service.office.ledger.reading() as rows:
        found = await finding.all_outgoing(rows)
    return next(one.once for one in found if one.code_name == code_name)


async def _sealed_rows(party: Party, copy: Path) -> set[bytes]:
    """Return the sealed bytes of every one-time secret, from a copy of the store."""
    copy.unlink(missing_ok=True)
    await party.service.office.ledger.copy_to(copy)
    with closing(sqlite3.connect(copy)) as connection:
        found = connection.execute("SELECT sealed FROM rows WHERE shelf = ?", (Shelf.PREKEY,))
        return {bytes(one[0]) for one in found}


async def _sent(here: World, sender: Party, centre: Party, name: str) -> tuple[str, str]:
    text = acts.sample("GRAN-427", name=name, of=sender.name, to=centre.name)
    await acts.ready(here, sender, text)
    return await acts.send(here, sender, centre, name, by_phone="duty")


async def _secrecy(party: Party, name: str) -> str:
    return str((await party.do("operator-view", code_name=name))["forward_secrecy"])


async def _reads(party: Party, name: str, secrecy: str) -> None:
    """Staff read in each language what stolen keys open of a case; nothing when it is forgotten."""
    for lang in Language:
        words = Words("client", lang)
        for msgid, command in (
            ("operator.secrecy", ("operator-view", name)),
            ("status.secrecy", ("status",)),
        ):
            lines = (await in_process(party, *command, lang=lang)).out.splitlines()
            if command == ("status",):
                (at,) = [at for at, line in enumerate(lines) if line.strip().startswith(name)]
                lines = list(takewhile(lambda line: line.startswith("    "), lines[at + 1 :]))
            known = {words.say(f"{msgid}.{one}"): one for one in ("once", "day")}
            said = {known[line.strip()] for line in lines if line.strip() in known}
            assert said == ({secrecy} if secrecy else set()), (lang, msgid, lines)


async def test_four_cases_of_a_week_are_sealed_to_keys_that_are_destroyed() -> None:
    """Each secret goes with the step that opens; the fifth case falls to the day's key."""
    async with village("granlia", "fjordglott", start=SATURDAY) as (here, (sender, centre)):
        await sender.unlock()
        await centre.unlock()
        await here.tick(3)  # the lists are made, told and read
        assert await _left(centre, sender) == PER_MEMBER
        for number in range(1, PER_MEMBER + 1):
            name = f"SKOG-{600 + number}"
            _, package = await _sent(here, sender, centre, name)
            assert await _once(sender, name)
            assert await _secrecy(sender, name) == "once"
            assert package
            if number == 1:
                await here.tick()  # until its cells stand on a board
                await _reads(sender, name, "once")
            assert await _left(centre, sender) == PER_MEMBER - number
        code, package = await _sent(here, sender, centre, "SKOG-700")
        assert not await _once(sender, "SKOG-700")
        assert await _secrecy(sender, "SKOG-700") == "day"
        await here.tick()
        await _reads(sender, "SKOG-700", "day")
        await acts.opened(here, centre, package, code)
        await acts.confirm(here, centre, package)
        assert await acts.state(sender, "out", "SKOG-700") == "confirmed"
        await _reads(sender, "SKOG-700", "")


async def test_a_desk_that_is_locked_again_at_once_has_made_its_lists() -> None:
    """Somebody looks in and goes: no slot has come, and the lists are there to be told."""
    async with village("granlia", "fjordglott", start=SATURDAY) as (here, (sender, centre)):
        for party in (sender, centre):
            await party.unlock()
        await here.tick()  # the members know each other
        for party in (sender, centre):
            await party.do("lock")
            async with party.service.office.ledger.transaction("none") as rows:
                for shelf in (Shelf.PREKEY, Shelf.PREKEY_SHEET):
                    for row in await rows.ids(shelf):
                        await rows.delete(shelf, row)
        await centre.unlock()
        assert await _left(centre, sender) == PER_MEMBER
        await centre.do("lock")
        await sender.unlock()
        await here.tick(3)
        text = acts.sample("GRAN-427", name="SKOG-603", of=sender.name, to=centre.name)
        await acts.ready(here, sender, text)
        await sender.do("send", code_name="SKOG-603", agreed_by_phone="duty")
        assert await _once(sender, "SKOG-603")


async def test_one_row_that_cannot_be_read_holds_up_no_other_note() -> None:
    """What needs it waits; what came after it is opened, also when days have passed."""
    async with village("granlia", "fjordglott", start=SATURDAY) as (here, (sender, centre)):
        await sender.unlock()
        await centre.unlock()
        await here.tick(3)
        _, package = await _sent(here, sender, centre, "SKOG-601")
        await sender.do("lock")
        await centre.do("misrouted", code_name=package)
        await here.tick(3)
        here.clock.set(start_of(Day(here.today + 1)) + 3_600)
        await here.tick(2)
        text = acts.sample("GRAN-427", name="ELV-700", of=centre.name, to=sender.name)
        await acts.ready(here, centre, text)
        await centre.do("send", code_name="ELV-700", agreed_by_phone="duty", urgent=True)
        await here.tick(3)
        await sender.service.office.ledger._connection.execute_fetchall(
            "UPDATE rows SET sealed = zeroblob(length(sealed)) WHERE shelf = ?", (Shelf.DRAFT,)
        )
        here.clock.set(start_of(Day(here.today + 2)) + 3_600)
        await sender.unlock()
        await sender.service.tick()
        async with sender.service.office.ledger.reading() as rows:
            came = await finding.all_incoming(rows)
            waits = await rows.ids(Shelf.ARRIVED)
        assert [one.kind for one in came] == [Kind.CASE_PACKAGE]
        assert len(waits) == 1
        assert ServiceFault in {type(one) for one in sender.service.health.refusals}


async def test_what_is_on_disk_and_said_not_to_be_goes_on_its_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk fails after it has written: the files that a row names are not swept away."""
    async with village("granlia", "fjordglott", start=SATURDAY) as (here, (sender, centre)):
        await sender.unlock()
        await centre.unlock()
        await here.tick(3)
        text = acts.sample("GRAN-427", name="SKOG-602", of=sender.name, to=centre.name)
        await acts.ready(here, sender, text)
        before = await acts.known(centre, "in")
        ledger = sender.service.office.ledger

        def fails(step: str) -> None:
            if step == "sealed":
                monkeypatch.undo()
                raise StoreDamaged

        monkeypatch.setattr(ledger, "_after_step", fails)
        with pytest.raises(StoreDamaged):
            await sender.do("send", code_name="SKOG-602", agreed_by_phone="duty", urgent=True)
        await here.tick(3)
        assert await acts.fresh(centre, "in", before)
        async with sender.service.office.ledger.reading() as rows:
            assert not await rows.ids(Shelf.POSTING)


@pytest.mark.parametrize("scrubs", [True, False])
async def test_a_used_key_is_in_no_byte_of_the_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scrubs: bool,  # noqa: FBT001 - a parameter
) -> None:
    """P13: what sealed the secret to the store is gone from the file when the tick is over.

    Planted: a service that destroys the row, and never writes its file anew, is found out.
    """
    async with village("granlia", "fjordglott", start=SATURDAY) as (here, (sender, centre)):
        await sender.unlock()
        await centre.unlock()
        await here.tick(3)
        copy = tmp_path / "copy.db"
        before = await _sealed_rows(centre, copy)
        if not scrubs:
            monkeypatch.setattr(centre.service.office.ledger, "scrub", _leaves_it)
        await _sent(here, sender, centre, "ELV-601")
        await here.tick()
        after = await _sealed_rows(centre, copy)
        (gone,) = before - after
        kept = next(iter(after))
        files = [path.read_bytes() for path in centre.home.path.rglob("*") if path.is_file()]
        assert any(kept in file for file in files)
        assert any(gone in file for file in files) is not scrubs


async def _leaves_it() -> None:
    """Write nothing anew."""


async def test_another_members_key_opens_nothing_and_is_not_burnt() -> None:
    """Who seals to a key that was made for somebody else is turned away; the key waits."""
    async with village("granlia", "fjordglott", "elvebredden", start=SATURDAY) as (here, found):
        sender, centre, other = found
        for party in found:
            await party.unlock()
        await here.tick(3)
        mine, theirs = sender.service.office, other.service.office
        to = MemberId(centre.service.office.me.member_id)
        claim = await mine.keyring.offers.claim(mine.today)
        assert claim is not None
        stolen = await mine.keyring.offers.key(to, claim)
        assert stolen is not None

        async def stealing(_recipient: MemberId, _claim: object) -> object:
            return stolen

        theirs.keyring.offers.key = stealing  # type: ignore[method-assign, assignment]
        before = await _left(centre, sender)
        text = acts.sample("GRAN-427", name="TYV-601", of=other.name, to=centre.name)
        await acts.ready(here, other, text)
        await other.do("send", code_name="TYV-601", agreed_by_phone="duty", urgent=True)
        await here.tick(3)
        async with centre.service.office.ledger.reading() as rows:
            (refused,) = [value for _, value in await rows.rows(Shelf.QUARANTINE)]
        assert refused.split()[-1] == b"key_mismatch"
        assert await _left(centre, sender) == before == PER_MEMBER
        assert await _left(centre, other) == PER_MEMBER


async def test_a_cell_that_is_shown_twice_is_known_again() -> None:
    """Its key is gone; it is a replay, and no damage that anybody has to look at."""
    async with village("granlia", "fjordglott", start=SATURDAY) as (here, (sender, centre)):
        await sender.unlock()
        await centre.unlock()
        await here.tick(3)
        office = centre.service.office
        await centre.do("lock")
        text = acts.sample("GRAN-427", name="SPEIL-601", of=sender.name, to=centre.name)
        await acts.ready(here, sender, text)
        await sender.do("send", code_name="SPEIL-601", agreed_by_phone="duty", urgent=True)
        await here.tick(3)
        async with office.ledger.reading() as rows:
            arrived = await rows.rows(Shelf.ARRIVED)
        await centre.unlock()
        await here.tick()
        async with office.ledger.transaction("shown-again") as rows:
            for row, value in arrived:
                await rows.put(Shelf.ARRIVED, row, value)
        await here.tick()
        async with office.ledger.reading() as rows:
            assert not await rows.ids(Shelf.ARRIVED)
            found = [value for _, value in await rows.rows(Shelf.QUARANTINE)]
        assert {value.split()[-1] for value in found} == {b"replayed"}


async def test_what_is_refused_again_and_again_uses_up_nothing() -> None:
    """Without tokens nothing is bound, in slot after slot: the place is there when it can be."""
    async with village("granlia", "fjordglott", start=SATURDAY) as (here, (sender, centre)):
        await sender.unlock()
        await centre.unlock()
        await here.tick(3)
        office = sender.service.office
        text = acts.sample("GRAN-427", name="TOM-601", of=sender.name, to=centre.name)
        await acts.ready(here, sender, text)
        async with office.ledger.reading() as rows:
            tokens = await rows.rows(Shelf.TOKEN)
        async with office.ledger.transaction("no-tokens") as rows:
            for row, _ in tokens:
                await rows.delete(Shelf.TOKEN, row)
        for _ in range(PER_MEMBER + 2):
            with pytest.raises(OutOfTokens):
                await sender.do("send", code_name="TOM-601", agreed_by_phone="duty")
        async with office.ledger.transaction("tokens-again") as rows:
            for row, value in tokens:
                await rows.put(Shelf.TOKEN, row, value)
        claim = await office.keyring.offers.claim(office.today)
        assert claim is not None
        assert set(claim.places.values()) == {0}
        await office.keyring.offers.give_back(claim)
        await sender.do("send", code_name="TOM-601", agreed_by_phone="duty")
        assert await _once(sender, "TOM-601")
