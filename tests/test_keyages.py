"""Since which register a name has its key, and what staff have heard of it by telephone."""

from pathlib import Path

import pytest

from client import compared, keyages
from client.compared import Word
from client.keyages import NEW_DAYS
from client.refusals import KeyChanged, KeyStopped
from client.shelf import Shelf
from client.transfer import Heard, Transfer
from keys.address import MemberId, Role
from keys.calendar import Day
from keys.member import Member
from keys.register import Register
from keys.roster import Roster
from tests.machines import store
from tests.rosters import register, request

MONDAY = Day(20_770)
SUNDAY = Day(MONDAY - 1)
WHO = "Kari"


def roster(lists: Register, version: int) -> Roster:
    """Return a register as it was listed under a version."""
    return Roster.decode(lists.encode(), version)


def named(lists: Register, name: str) -> Member:
    """Return the member of a register that has a name."""
    return next(one for one in lists.members if one.name == name)


def rekeyed(lists: Register, name: str) -> Register:
    """Return a register in which a member has lost its keys and got others."""
    old = named(lists, name)
    fresh = request(f"{name} anew", Role.POLICE).member().identity
    new = Member(fresh, old.role, old.home_district, old.directory, old.token_minute)
    return lists.revoking(old.member_id, MONDAY).enrolled(new)


async def test_a_key_that_came_in_anothers_place_is_new_for_seven_days(tmp_path: Path) -> None:
    """Whoever is new in the register has no new key, and neither has whoever stayed."""
    first = register()
    more = rekeyed(first, "sor").enrolled(request("nordvest", Role.CENTRE, "ost").member())
    async with store(tmp_path) as ledger, ledger.transaction("register") as rows:
        await keyages.note(rows, None, roster(first, 1), SUNDAY)
        assert not any(one.changed for one in (await keyages.ages(rows)).values())
        await keyages.note(rows, roster(first, 1), roster(more, 2), MONDAY)
        ages = await keyages.ages(rows)
    new = {one.name for one in more.members if ages[one.member_id].is_new(MONDAY)}
    assert new == {"sor"}
    assert ages[named(more, "nordvest").member_id].version == 2
    assert ages[named(more, "nord").member_id].version == 1
    age = ages[named(more, "sor").member_id]
    assert age.is_new(Day(MONDAY + NEW_DAYS - 1))
    assert not age.is_new(Day(MONDAY + NEW_DAYS))


async def test_it_is_seen_over_two_registers_and_after_an_older_program(tmp_path: Path) -> None:
    """Struck in one register and back with another key in the next, under the same name."""
    first = register()
    struck = first.revoking(named(first, "sor").member_id, MONDAY)
    back = rekeyed(first, "sor")
    async with store(tmp_path) as ledger, ledger.transaction("register") as rows:
        # Nothing was noted by the program before this one: what it trusted is the beginning.
        await keyages.note(rows, roster(first, 4), roster(struck, 5), SUNDAY)
        await keyages.note(rows, roster(struck, 5), roster(back, 6), MONDAY)
        ages = await keyages.ages(rows)
    assert ages[named(back, "sor").member_id].is_new(MONDAY)
    assert ages[named(back, "nord").member_id].version == 4


async def test_a_sheet_covers_every_key_of_its_register_and_none_that_came_later(
    tmp_path: Path,
) -> None:
    """And its row names nobody: after a move nothing in it says to whom anything went."""
    first, later = register(), rekeyed(register(), "sor")
    async with store(tmp_path) as ledger, ledger.transaction("compared") as rows:
        await keyages.note(rows, None, roster(first, 1), SUNDAY)
        await compared.confirm_all(rows, roster(first, 1), SUNDAY, WHO)
        for one in first.members:
            found = await compared.standing(rows, one.member_id, MONDAY)
            assert (found.word, found.day, found.who) == (Word.SAME, SUNDAY, WHO)
        await keyages.note(rows, roster(first, 1), roster(later, 2), MONDAY)
        new, same = named(later, "sor").member_id, named(later, "nord").member_id
        assert (await compared.standing(rows, new, MONDAY)).word is Word.CHANGED
        assert (await compared.standing(rows, same, MONDAY)).word is Word.SAME
        kept = await rows.rows(Shelf.COMPARED)
    assert len(kept) == 1
    assert not [one for one in later.members if one.member_id in kept[0][0] + kept[0][1]]


async def test_a_stop_is_for_one_key_until_it_is_lifted_or_gone(tmp_path: Path) -> None:
    """It stands against every word; lifted, the key is not confirmed, whatever the sheet says."""
    first, later = register(), rekeyed(register(), "sor")
    centre, other = named(first, "sor").member_id, named(first, "nord").member_id
    heard = Heard(centre, SUNDAY, WHO)
    async with store(tmp_path) as ledger, ledger.transaction("compared") as rows:
        await keyages.note(rows, None, roster(first, 1), SUNDAY)
        await compared.confirm_all(rows, roster(first, 1), SUNDAY, WHO)
        await compared.stop(rows, centre, MONDAY, WHO)
        assert (await compared.standing(rows, centre, MONDAY, heard)).word is Word.STOPPED
        with pytest.raises(KeyStopped):
            await compared.refuse_unheard(rows, centre, MONDAY, heard, urgent=True)
        await compared.refuse_stopped(rows, other)
        assert (await compared.standing(rows, other, MONDAY)).word is Word.SAME
        assert await compared.lift(rows, centre, MONDAY, WHO)
        assert not await compared.lift(rows, centre, MONDAY, WHO)
        assert (await compared.standing(rows, centre, MONDAY)).word is Word.UNHEARD
        assert (await compared.standing(rows, centre, MONDAY, heard)).word is Word.SAME
        await compared.confirm_all(rows, roster(first, 1), MONDAY, WHO)
        assert (await compared.standing(rows, centre, MONDAY)).word is Word.SAME
        await compared.stop(rows, centre, MONDAY, WHO)
        await compared.stop(rows, centre, MONDAY, WHO)
        ids = await rows.ids(Shelf.COMPARED)
        assert len(ids) == 2
        assert not [row for row in ids if centre in row]  # ids lie in clear in the file
        assert not await compared.tidy(rows, roster(first, 1))
        assert await compared.tidy(rows, roster(later, 2))
        await compared.refuse_stopped(rows, named(later, "sor").member_id)
        assert len(await rows.ids(Shelf.COMPARED)) == 1


async def test_a_new_key_waits_for_a_telephone_call_and_no_emergency_for_it(tmp_path: Path) -> None:
    """Unless it was compared; a word on another key is none on this one."""
    first, later = register(), rekeyed(register(), "sor")
    new = named(later, "sor").member_id
    old = Heard(named(first, "sor").member_id, SUNDAY, WHO)
    async with store(tmp_path) as ledger, ledger.transaction("compared") as rows:
        await keyages.note(rows, None, roster(first, 1), SUNDAY)
        await keyages.note(rows, roster(first, 1), roster(later, 2), MONDAY)
        for heard in (None, old):
            with pytest.raises(KeyChanged):
                await compared.refuse_unheard(rows, new, MONDAY, heard, urgent=False)
            await compared.refuse_unheard(rows, new, MONDAY, heard, urgent=True)
        mine = Heard(new, MONDAY, WHO)
        await compared.refuse_unheard(rows, new, MONDAY, mine, urgent=False)
        await compared.refuse_unheard(rows, new, Day(MONDAY + NEW_DAYS), None, urgent=False)


def test_what_a_case_says_of_its_receiver_goes_with_the_consent() -> None:
    """In the row, until the answer is another or the case is forgotten; and read back as it was."""
    heard = Heard(MemberId(bytes(32)), MONDAY, WHO)
    case = Transfer("GRAN-427", "text", consent=b"yes", heard=heard)
    assert Transfer.decode(case.encode()) == case
    assert case.heard_of(MemberId(bytes(32))) == heard
    assert case.heard_of(MemberId(b"\1" * 32)) is None
    assert case.unanswered("text").heard is None
    assert case.forgotten().heard is None


def test_what_was_being_typed_goes_with_the_case() -> None:
    """An addition that the lock kept is in the row of its case, and nowhere once that is over."""
    case = Transfer("GRAN-427", "text", typed={"person\n0": "call_name: Marte"})
    assert Transfer.decode(case.encode()).typed == case.typed
    assert not case.forgotten().typed
