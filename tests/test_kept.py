"""What is kept ends on its day: with somebody there, with nobody there, and after a month off."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.asking import Given
from client.owed import owe
from client.retention import Held, Limits
from client.shelf import Shelf
from client.verbs import finding
from keys.address import CellClass, MemberId, PackageId
from keys.calendar import Day, Instant, start_of
from keys.epoch import BATCH_DAYS
from keys.receipt import ReleaseNote
from tests import acts
from tests.parties import Party, village
from tests.stage import holds
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
"""14 November 2026, 06.00 UTC: the day after the last of the sample cases' consents."""
BLOBS = MappingProxyType({CellClass.S: 12, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
SECRETS = (b"Marte", b"Solbakk", b"Veum")


@dataclass(frozen=True, slots=True)
class Desks:
    """Two centres, and their clock."""

    here: World
    sender: Party
    centre: Party

    def day(self, day: int) -> None:
        """Let it be six in the morning of a day; nobody ticks on the way there."""
        self.here.clock.set(start_of(Day(day)) + 21_600)


@pytest_asyncio.fixture(loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """A world of its own for each story: each moves its clock by weeks."""
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


def sealed(party: Party, shelf: Shelf) -> dict[bytes, bytes]:
    """Return the sealed bytes of every row of a shelf, as a thief of the disk would."""
    # The service holds its store alone; a copy of its files is what a thief gets.
    found: dict[bytes, bytes] = {}
    copy = party.home.path.parent / f"copy-of-{party.home.path.name}.db"
    for path in sorted(party.home.path.glob("ledger.db*")):
        copy.with_name(copy.name + path.name.removeprefix("ledger.db")).write_bytes(
            path.read_bytes()
        )
    with closing(sqlite3.connect(copy)) as store:
        for row, value in store.execute(
            "SELECT id, sealed FROM rows WHERE shelf = ?", (shelf.value,)
        ):
            found[bytes(row)] = bytes(value)
    for path in copy.parent.glob(copy.name + "*"):
        path.unlink()
    return found


def on_disk(party: Party, words: list[bytes]) -> bool:
    """Return whether any of these bytes lie in any file of a member."""
    files = [path for path in party.home.path.rglob("*") if path.is_file()]
    return any(word in path.read_bytes() for path in files for word in words)


def cells(party: Party) -> set[Path]:
    """Return the sealed files on a member's disk."""
    return set(party.home.cells.iterdir())


async def overdue(party: Party) -> int:
    """Return what the machine's own check says of the oldest thing beyond its last day."""
    found = (await party.do("doctor"))["oldest_overdue_days"]
    assert isinstance(found, int)
    return found


async def confirmed(desks: Desks, name: str) -> tuple[str, Day, list[bytes], set[Path]]:
    """Let a case be opened and confirmed.

    Return what the receiver calls it, the day, its sealed row on the disk and its sealed files.
    """
    here, sender, centre = desks.here, desks.sender, desks.centre
    rows, files = set(sealed(centre, Shelf.INBOX)), cells(centre)
    await acts.ready(here, sender, acts.sample("GRAN-427", name=name))
    code, package = await acts.send(here, sender, centre, name, by_phone="duty")
    await acts.opened(here, centre, package, code)
    await acts.confirm(here, centre, package)
    row = [value for row, value in sealed(centre, Shelf.INBOX).items() if row not in rows]
    assert on_disk(centre, row)
    return package, here.today, row, cells(centre) - files


async def test_the_receivers_copy_ends_on_its_day(desks: Desks) -> None:
    """Fourteen days after confirmation: there on the last day, gone with its keys on the next."""
    centre = desks.centre
    package, settled, row, files = await confirmed(desks, "GRAN-427")
    for day in (settled + 13, settled + 14):
        desks.day(day)
        await desks.here.tick()
        assert await acts.card(centre, package)
        assert files <= cells(centre)
    reminders = [one["what"] for one in await acts.rows(centre, "reminders")]
    assert "received_ends" in reminders
    desks.day(settled + 15)
    await centre.service.tick()
    assert await acts.state(centre, "in", package) == "closed"
    assert not files & cells(centre)
    assert not on_disk(centre, row)
    assert not await holds(centre, SECRETS)
    assert await overdue(centre) == 0


@pytest.mark.parametrize("off", [False, True], ids=["and it runs", "and it was off for a month"])
async def test_it_ends_when_nobody_unlocks(desks: Desks, *, off: bool) -> None:
    """The staff lock stays closed: the row with the keys goes all the same, and the files."""
    centre, here = desks.centre, desks.here
    _, settled, row, files = await confirmed(desks, "GRAN-427")
    await centre.do("lock")
    desks.day(settled + (31 if off else 14))
    if off:
        await centre.service.close()
        party = await centre.again(here)
        here.services[centre.home.path.name] = party.service
    else:
        party = centre
        await here.tick()
        assert on_disk(centre, row)
        desks.day(settled + 15)
    assert await overdue(party) == (17 if off else 1)
    await here.tick(2)
    assert await overdue(party) == 0
    assert not (await party.do("status"))["unlocked"]
    assert not on_disk(party, row)
    assert not files & cells(party)
    await party.unlock()
    assert (await party.do("status"))["forgotten"] == 1
    await party.do("attended")
    assert (await party.do("status"))["forgotten"] == 0


async def test_a_draft_is_reminded_of_and_then_deleted(desks: Desks) -> None:
    """Reminded from the seventh day, there on the thirtieth, gone on the next; writing helps."""
    sender = desks.sender
    for name in ("UTKAST-101", "UTKAST-102"):
        await sender.do("new", case=acts.sample("GRAN-427", name=name))
    begun = desks.here.today
    rows = list(sealed(sender, Shelf.DRAFT).values())
    assert not await acts.rows(sender, "reminders")
    desks.day(begun + 7)
    told = {(one["what"], one["code_name"]) for one in await acts.rows(sender, "reminders")}
    assert told == {("draft_ends", "UTKAST-101"), ("draft_ends", "UTKAST-102")}
    await sender.do("part", code_name="UTKAST-102", case="person: {call_name: Anna}")
    told = {(one["what"], one["code_name"]) for one in await acts.rows(sender, "reminders")}
    assert told == {("draft_ends", "UTKAST-101")}
    for day, known in (
        (begun + 30, {"UTKAST-101", "UTKAST-102"}),
        (begun + 31, {"UTKAST-102"}),
        (begun + 37, {"UTKAST-102"}),
        (begun + 38, set[str]()),
    ):
        desks.day(day)
        await sender.service.tick()
        assert await acts.known(sender, "drafts") == known
    assert not on_disk(sender, rows)
    assert not await holds(sender, SECRETS)


async def test_what_nobody_opened_can_be_sent_anew_for_a_week_and_does_not_say_where(
    desks: Desks,
) -> None:
    """She did not come in time: the case stays a week here, and the place is forgotten."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    await acts.ready(here, sender, acts.sample("GRAN-427", name="SEN-104", to=centre.name))
    await acts.send(here, sender, centre, "SEN-104", by_phone="duty")
    last = int(str((await acts.row(sender, "out", "SEN-104"))["expires"]))
    desks.day(last + 1)
    await here.tick()
    assert await acts.state(sender, "out", "SEN-104") == "expired"
    ended = here.today
    assert await holds(sender, SECRETS)
    assert not await holds(sender, [centre.member_id, centre.name.encode()])
    for day, there in ((ended + 7, True), (ended + 8, False)):
        desks.day(day)
        await sender.service.tick()
        assert await holds(sender, SECRETS) is there


async def test_the_week_begins_when_its_last_day_was_over_and_not_when_it_is_noticed(
    desks: Desks,
) -> None:
    """Nobody unlocked for six days: then the case stays two days, and not a week."""
    here, sender = desks.here, desks.sender
    await acts.ready(here, sender, acts.sample("GRAN-427", name="SEN-105", to=desks.centre.name))
    await acts.send(here, sender, desks.centre, "SEN-105", by_phone="duty")
    last = int(str((await acts.row(sender, "out", "SEN-105"))["expires"]))
    await sender.do("lock")
    desks.day(last + 6)
    await here.publish()
    await sender.service.tick()
    await sender.unlock()
    await sender.service.tick()
    assert await acts.state(sender, "out", "SEN-105") == "expired"
    for day, there in ((last + 8, True), (last + 9, False)):
        desks.day(day)
        await sender.service.tick()
        assert await holds(sender, SECRETS) is there


async def test_a_word_that_is_owed_ends_with_where_it_was_to_go(desks: Desks) -> None:
    """She took it back, and nobody unlocked again: nothing here says to whom that is owed."""
    here, sender = desks.here, desks.sender
    await acts.ready(here, sender, acts.sample("GRAN-427", name="SEN-106", to=desks.centre.name))
    await acts.send(here, sender, desks.centre, "SEN-106", by_phone="duty")
    last = int(str((await acts.row(sender, "out", "SEN-106"))["expires"]))
    await sender.do("withdraw", code_name="SEN-106")
    await sender.do("lock")
    for day, there in ((last + 7, True), (last + 8, False)):
        desks.day(day)
        await here.publish()
        await sender.service.tick()
        assert bool(sealed(sender, Shelf.OWED)) is there
    assert not sealed(sender, Shelf.OUTBOX)
    await sender.unlock()
    assert not await holds(sender, [desks.centre.member_id])


async def test_the_record_says_what_was_shared_and_not_with_whom(desks: Desks) -> None:
    """Parts and day stay after confirmation, as long as this member wants; the centre does not."""
    sender, centre = desks.sender, desks.centre
    _, shared, _, _ = await confirmed(desks, "GRAN-427")
    answer = await sender.do("record", code_name="GRAN-427")
    (one,) = answer["shared"] if isinstance(answer["shared"], list) else []
    assert isinstance(one, dict)
    assert one["day"] == shared
    assert isinstance(one["parts"], list)
    assert {"person", "threat"} <= set(one["parts"])
    assert not await holds(sender, [centre.member_id, centre.name.encode()])
    office = sender.service.office
    limits = Limits(MappingProxyType({Held.RECORD: 2}))
    office.settings = replace(office.settings, limits=limits)
    for day, kept in ((shared + 2, 1), (shared + 3, 0)):
        desks.day(day)
        await sender.service.tick()
        answer = await sender.do("record", code_name="GRAN-427")
        assert isinstance(answer["shared"], list)
        assert len(answer["shared"]) == kept


async def test_a_short_record_forgets_nothing_that_may_be_taken_back(desks: Desks) -> None:
    """The member keeps no record for long; what is on its way keeps its row all the same."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    await acts.ready(here, sender, acts.sample("GRAN-427"))
    await acts.send(here, sender, centre, "GRAN-427", by_phone="duty")
    office = sender.service.office
    limits = Limits(MappingProxyType({Held.RECORD: 2}))
    office.settings = replace(office.settings, limits=limits)
    desks.day(here.today + 4)
    await sender.service.tick()
    assert (await sender.do("withdraw", code_name="GRAN-427"))["state"] == "withdrawn"


async def test_that_somebody_came_is_not_listed_for_ever(desks: Desks) -> None:
    """Ninety days after the last day on which anything could be said, the line is gone too."""
    here, centre = desks.here, desks.centre
    package, _, _, _ = await confirmed(desks, "GRAN-427")
    office = centre.service.office
    async with office.ledger.reading() as rows:
        ends = (await finding.incoming(rows, package)).since
    await acts.ready(here, desks.sender, acts.sample("GRAN-427", name="BORT-106"))
    _, unread = await acts.send(here, desks.sender, centre, "BORT-106", by_phone="duty")
    await desks.sender.do("withdraw", code_name="BORT-106")
    await here.tick(3)
    assert await acts.state(centre, "in", unread) == "withdrawn"
    async with office.ledger.reading() as rows:
        last = (await finding.incoming(rows, unread)).since
    assert last >= ends
    for day, there in ((last + 90, True), (last + 91, False)):
        desks.day(day)
        await centre.service.tick()
        assert (unread in await acts.known(centre, "in")) is there
    assert await acts.known(centre, "in") == set()
    assert not sealed(centre, Shelf.INBOX)
    assert await overdue(centre) == 0


async def test_the_line_of_what_ended_goes_while_nobody_is_there(desks: Desks) -> None:
    """This member keeps it ten days, and the lock is closed: the row goes by its clock, unread."""
    here, centre = desks.here, desks.centre
    _, settled, _, _ = await confirmed(desks, "GRAN-427")
    desks.day(settled + 15)
    await centre.service.tick()
    assert sealed(centre, Shelf.INBOX)
    await centre.do("lock")
    office = centre.service.office
    limits = Limits(MappingProxyType({Held.ENDED: 10}))
    office.settings = replace(office.settings, limits=limits)
    desks.day(settled + 31)
    assert await overdue(centre)
    await here.tick(2)
    assert not sealed(centre, Shelf.INBOX)
    assert await overdue(centre) == 0


async def test_unopened_bytes_go_after_the_last_day_while_nobody_is_there(desks: Desks) -> None:
    """What waits sealed is destroyed on time; staff are told when they come."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    files = cells(centre)
    await acts.ready(here, sender, acts.sample("GRAN-427", name="VENT-105"))
    _, package = await acts.send(here, sender, centre, "VENT-105", by_phone="duty")
    last = int(str((await acts.row(sender, "out", "VENT-105"))["expires"]))
    await centre.do("lock")
    for day, there in ((last, True), (last + 1, False)):
        desks.day(day)
        await here.tick()
        assert bool(cells(centre) - files) is there
    await centre.unlock()
    assert await acts.state(centre, "in", package) == "expired"


async def test_what_was_not_swept_shows_as_overdue(desks: Desks) -> None:
    """The check reads the rows themselves: it rises when nothing runs, and falls when it does."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    await confirmed(desks, "GRAN-427")
    await sender.do("new", case=acts.sample("GRAN-427", name="UTKAST-103"))
    assert await overdue(sender) == await overdue(centre) == 0
    begun = here.today
    await sender.do("lock")
    await centre.do("lock")
    desks.day(begun + 33)
    assert await overdue(sender) == 33 - 30
    assert await overdue(centre) == 33 - 14
    await here.tick(2)
    assert await overdue(sender) == await overdue(centre) == 0


async def test_an_inquiry_and_the_yes_to_it_end_while_nobody_is_there(
    desks: Desks,
) -> None:
    """That a centre asked for a place says who knew whom: it goes, and the yes that nobody used."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    await acts.ready(here, sender, acts.sample("GRAN-427", name="SPOR-108"), centre)
    assert len(sealed(centre, Shelf.ACCEPTANCE)) == 1
    async with centre.service.office.ledger.reading() as rows:
        (yes,) = [Given.decode(value) for _, value in await rows.rows(Shelf.ACCEPTANCE)]
    office = centre.service.office
    limits = Limits(MappingProxyType({Held.ASKED: 7}))  # the members' list is signed for weeks
    office.settings = replace(office.settings, limits=limits)
    await centre.do("lock")
    for day, there in ((yes.valid_until + 7, True), (yes.valid_until + 8, False)):
        desks.day(day)
        await here.tick(2)
        assert bool(sealed(centre, Shelf.INQUIRY)) is there
        assert bool(sealed(centre, Shelf.ACCEPTANCE)) is there
    assert await overdue(centre) == 0


async def test_a_release_of_what_never_comes_is_not_kept(desks: Desks) -> None:
    """Keys that overtook their package wait as long as it could still come, and no longer."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    note = ReleaseNote(PackageId(b"n" * 16), b"m" * 32, (b"k" * 32,))
    async with sender.service.office.ledger.transaction("released") as rows:
        await owe(rows, sender.service.office, MemberId(centre.member_id), note)
    await here.tick(3)
    came = here.today
    for day, there in ((came + BATCH_DAYS, True), (came + BATCH_DAYS + 1, False)):
        desks.day(day)
        await here.tick(2)
        assert bool(sealed(centre, Shelf.CODE)) is there
    assert await overdue(centre) == 0


async def ending(party: Party) -> set[str]:
    """Return what a desk is told of a place that is promised no longer, by code name."""
    told = await acts.rows(party, "reminders")
    return {str(one["code_name"]) for one in told if one["what"] == "place_ends"}


async def test_both_desks_are_told_that_a_yes_to_a_place_ends(desks: Desks) -> None:
    """Two days before, while nothing rests on it; a case that was sent on it ends the reminder."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    for name in ("PLASS-111", "PLASS-112"):
        await acts.ready(here, sender, acts.sample("GRAN-427", name=name), centre)
    code, package = await acts.send(here, sender, centre, "PLASS-112")
    assert code
    assert package
    told = await acts.rows(sender, "asked")
    until = {one["valid_until"] for one in told}
    assert len(until) == 1
    last = next(iter(until))
    assert isinstance(last, int)
    promised = {str(one["code_name"]) for one in await acts.rows(centre, "inquiries")}
    for day, ends in ((last - 3, False), (last - 2, True), (last, True), (last + 1, False)):
        desks.day(day)
        here_, there = await ending(sender), await ending(centre)
        assert here_ == ({"PLASS-111"} if ends else set())
        assert len(there & promised) == len(there) == (1 if ends else 0)


async def test_a_clock_that_nothing_vouches_for_destroys_nothing_until_somebody_comes(
    desks: Desks,
) -> None:
    """With the lock closed and no fresh roster it waits; the unlock destroys before it shows."""
    sender, here = desks.sender, desks.here
    await sender.do("new", case=acts.sample("GRAN-427", name="UTKAST-110"))
    begun = here.today
    await sender.do("lock")
    await here.stop()
    desks.day(begun + 31)
    await sender.service.tick()
    assert len(sealed(sender, Shelf.DRAFT)) == 1
    assert await overdue(sender) == 1
    status = await sender.unlock()
    assert not status["drafts"]
    assert await overdue(sender) == 0
    assert not sealed(sender, Shelf.DRAFT)


async def test_what_only_staff_can_read_shows_as_overdue_and_goes_when_they_come(
    desks: Desks,
) -> None:
    """That somebody keeps out of a case ends too, and the machine's own check sees it."""
    sender, here = desks.sender, desks.here
    await sender.do("new", case=acts.sample("GRAN-427", name="UTKAST-111"))
    await sender.do("recuse", code_name="UTKAST-111")
    begun = here.today
    desks.day(begun + 93)
    await sender.do("doctor")
    assert await overdue(sender) == 63
    await here.publish()
    await here.tick()
    assert await overdue(sender) == 0
    assert not (await sender.do("status"))["recused"]
