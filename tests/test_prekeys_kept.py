"""One-time keys in a member's store: made ahead, told by the calendar, used up, destroyed."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from client.ledger import Ledger
from client.offers import PREKEYS, Claim, Offer, Offers, Position
from client.prekeys import Prekeys
from client.shelf import Shelf
from keys.address import MemberId
from keys.calendar import Day, Week, first_day, week_of
from keys.errors import Locked
from keys.identity import Identity
from keys.prekeys import PER_MEMBER, generate, issue, read_keys
from keys.prekeysheet import Sheet, last_day
from keys.roster import Roster
from keys.wire import Value
from tests.machines import store
from tests.rosters import identity, register

ROSTER: Final = Roster.decode(register().encode(), 1)
WEEK: Final = Week(2_950)
FAR: Final = Week(WEEK + 100)
MONDAY: Final = first_day(WEEK)
THURSDAY: Final = Day(MONDAY + 3)
ME: Final = identity("nord").public.member_id
OTHER: Final = identity("sor").public.member_id
THIRD: Final = identity("ost").public.member_id


async def _secrets(ledger: Ledger) -> dict[Week, int]:
    async with ledger.reading() as rows:
        found = await Prekeys(ledger).secrets(rows)
    return {week: sum(one.week == week for one in found) for week in {one.week for one in found}}


async def _shelf(ledger: Ledger, shelf: Shelf) -> set[bytes]:
    async with ledger.reading() as rows:
        return set(await rows.ids(shelf))


async def _told(ledger: Ledger, own: Day, today: Day) -> list[Week]:
    """Tell the sheets that are due in slot after slot; return of which lists they were."""
    prekeys, weeks = Prekeys(ledger), list[Week]()
    while (telling := await prekeys.to_tell(own, today)) is not None:
        weeks.append(Sheet.decode(telling.sheet).head.week)
        await prekeys.told(own, telling)
    return weeks


async def _claimed(ledger: Ledger, recipient: MemberId, today: Day) -> bytes | None:
    """Use up a place, and return the recipient's key there."""
    claim = await Offers(ledger).claim(today)
    key = None if claim is None else await Offers(ledger).key(recipient, claim)
    return None if key is None else key.raw


def _offered(owner: Identity, week: Week) -> Offer:
    sheet = issue(owner, week, generate({ME, OTHER, THIRD} - {owner.public.member_id}, week))[0]
    slot = sheet.slot(ME)
    assert slot is not None
    return Offer(owner.public.member_id, week, slot)


async def _keep(ledger: Ledger, *offers: Offer, at: int = 1, of: str = "folge") -> list[bool]:
    where = Position(of, at)
    async with ledger.transaction("kept") as rows:
        return [await Offers(ledger).keep(rows, one, where) for one in offers]


async def test_lists_are_made_a_week_ahead_and_once(tmp_path: Path) -> None:
    """A new member makes this week's too; every secret is on disk before anything is told."""
    async with store(tmp_path) as ledger:
        prekeys, own = Prekeys(ledger), identity("nord")
        assert await prekeys.make(own, [OTHER, THIRD], THURSDAY)
        assert not await prekeys.make(own, [OTHER, THIRD], THURSDAY)
        count = 2 * PER_MEMBER
        assert await _secrets(ledger) == {WEEK: count, Week(WEEK + 1): count}
        assert await prekeys.make(own, [OTHER, THIRD], Day(THURSDAY + 7))
        assert set(await _secrets(ledger)) == {WEEK, Week(WEEK + 1), Week(WEEK + 2)}


async def test_nobody_to_make_a_list_for(tmp_path: Path) -> None:
    """The first member of all has nobody to be written to by."""
    async with store(tmp_path) as ledger:
        assert not await Prekeys(ledger).make(identity("nord"), [], THURSDAY)


async def test_no_list_is_made_behind_a_closed_lock(tmp_path: Path) -> None:
    """The secrets lie under the staff lock."""
    async with store(tmp_path) as ledger:
        ledger.lock()
        with pytest.raises(Locked):
            await Prekeys(ledger).make(identity("nord"), [OTHER], THURSDAY)


async def test_a_list_is_told_once_a_week_by_the_members_own_day(tmp_path: Path) -> None:
    """Whether staff unlocked on Tuesday or on Friday, it is told on the week's first day."""
    async with store(tmp_path) as ledger:
        prekeys = Prekeys(ledger)
        assert await prekeys.to_tell(THURSDAY, THURSDAY) is None
        await prekeys.make(identity("nord"), [OTHER, THIRD], THURSDAY)
        first = await prekeys.to_tell(THURSDAY, THURSDAY)
        assert await prekeys.to_tell(THURSDAY, THURSDAY) == first  # nothing was acknowledged
        assert await _told(ledger, THURSDAY, THURSDAY) == [WEEK]
        for day in range(THURSDAY, MONDAY + 7):
            assert await prekeys.to_tell(Day(day), Day(day)) is None
        next_monday = Day(MONDAY + 7)
        # On the calendar's Monday, before its minute, the member's own day is still Sunday.
        assert await prekeys.to_tell(Day(next_monday - 1), next_monday) is None
        assert await _told(ledger, next_monday, next_monday) == [WEEK + 1]


async def test_a_long_list_is_told_a_sheet_a_slot_and_goes_on_where_it_was(tmp_path: Path) -> None:
    """No sheet is told twice, and a list that was begun is ended before another is."""
    others = [MemberId(bytes([at]) * 32) for at in range(30)]
    async with store(tmp_path) as ledger:
        prekeys = Prekeys(ledger)
        await prekeys.make(identity("nord"), others, THURSDAY)
        seen: list[bytes] = []
        for at in range(3):
            telling = await prekeys.to_tell(THURSDAY, THURSDAY)
            assert telling is not None
            assert (telling.week, telling.at, telling.of) == (WEEK, at, 3)
            seen.append(telling.sheet)
            await prekeys.told(THURSDAY, telling)
        assert len(set(seen)) == 3
        assert await prekeys.to_tell(THURSDAY, THURSDAY) is None
        # In the middle of the next one the store loses it: nothing is told, nothing stands still.
        later = Day(THURSDAY + 7)
        telling = await prekeys.to_tell(later, later)
        assert telling is not None
        await prekeys.told(later, telling)
        async with ledger.transaction("lost") as rows:
            for row in await rows.ids(Shelf.PREKEY_SHEET):
                await rows.delete(Shelf.PREKEY_SHEET, row)
        assert await prekeys.to_tell(later, later) is None


async def test_a_list_that_was_told_before_its_minute_is_told(tmp_path: Path) -> None:
    """First unlocked on a Monday before its minute, which is Sunday to it: once, and not again."""
    async with store(tmp_path) as ledger:
        await Prekeys(ledger).make(identity("nord"), [OTHER], MONDAY)
        assert await _told(ledger, Day(MONDAY - 1), MONDAY) == [WEEK]
        assert await _told(ledger, MONDAY, MONDAY) == []
        assert await _told(ledger, Day(MONDAY + 7), Day(MONDAY + 7)) == [WEEK + 1]


async def test_a_sheet_that_cannot_be_read_holds_no_other_back(tmp_path: Path) -> None:
    """Each of the others is told once, and a list of which nothing is left is made anew."""
    others = [MemberId(bytes([at]) * 32) for at in range(30)]
    async with store(tmp_path) as ledger:
        prekeys, own = Prekeys(ledger), identity("nord")
        await prekeys.make(own, others, THURSDAY)
        async with ledger.reading() as rows:
            sheets = sorted(await rows.rows(Shelf.PREKEY_SHEET))[:3]
        telling = await prekeys.to_tell(THURSDAY, THURSDAY)
        assert telling is not None
        await prekeys.told(THURSDAY, telling)
        async with ledger.transaction("lost") as rows:
            await rows.delete(Shelf.PREKEY_SHEET, sheets[0][0])
        assert await _told(ledger, THURSDAY, THURSDAY) == [WEEK] * 2
        await ledger._connection.execute_fetchall(
            "UPDATE rows SET sealed = zeroblob(length(sealed)) WHERE shelf = ?",
            (Shelf.PREKEY_SHEET,),
        )
        assert await prekeys.make(own, others, THURSDAY)
        async with ledger.reading() as rows:
            assert len(await rows.rows(Shelf.PREKEY_SHEET)) == 6


async def test_what_a_week_left_untold_gives_way_to_the_next(tmp_path: Path) -> None:
    """The broker was away after the first sheet: on Monday the new list is told from its start."""
    others = [MemberId(bytes([at]) * 32) for at in range(30)]
    async with store(tmp_path) as ledger:
        prekeys = Prekeys(ledger)
        await prekeys.make(identity("nord"), others, THURSDAY)
        telling = await prekeys.to_tell(THURSDAY, THURSDAY)
        assert telling is not None
        await prekeys.told(THURSDAY, telling)
        monday = Day(MONDAY + 7)
        assert await _told(ledger, monday, monday) == [WEEK + 1] * 3


async def test_who_is_locked_tells_its_old_list_again_while_it_counts(tmp_path: Path) -> None:
    """Nobody sees that staff have not unlocked for a week; and nothing that is over is told."""
    async with store(tmp_path) as ledger:
        await Prekeys(ledger).make(identity("nord"), [OTHER], THURSDAY)
        assert await _told(ledger, MONDAY, MONDAY) == [WEEK]
        for at, expected in ((7, [WEEK + 1]), (14, [WEEK + 1]), (21, [])):
            day = Day(MONDAY + at)
            assert await _told(ledger, day, day) == expected


async def test_a_key_is_used_once_and_no_row_says_whose(tmp_path: Path) -> None:
    """Four are sealed to in a week; the store is the same whoever they were for.

    Also when one of them has told no list of this week, and one none at all.
    """
    files: list[set[bytes]] = []
    keys: dict[MemberId, list[bytes | None]] = {}
    behind = Identity.generate()
    nobody = MemberId(b"n" * 32)
    for recipient in (OTHER, THIRD, behind.public.member_id, nobody):
        (tmp_path / recipient.hex()).mkdir()
        async with store(tmp_path / recipient.hex()) as ledger:
            offers = [_offered(identity(name), WEEK) for name in ("sor", "ost")]
            offers.append(_offered(behind, Week(WEEK - 1)))
            assert await _keep(ledger, *offers) == [True] * 3
            assert await _keep(ledger, *offers) == [False] * 3
            tries = range(PER_MEMBER + 1)
            keys[recipient] = [await _claimed(ledger, recipient, THURSDAY) for _ in tries]
            async with ledger.reading() as rows:
                kept = await rows.rows(Shelf.META)
            files.append({row + value for row, value in kept})
    assert files == [files[0]] * 4
    for recipient in (OTHER, THIRD, behind.public.member_id):
        assert keys[recipient][-1] is None
        assert len(set(keys[recipient])) == PER_MEMBER + 1
    assert keys[nobody] == [None] * (PER_MEMBER + 1)


async def test_the_newest_list_of_the_receivers_is_sealed_to(tmp_path: Path) -> None:
    """Last week's until its new one has come, whatever others have told; none that is over."""
    async with store(tmp_path) as ledger:
        other = identity("sor")
        old, new = _offered(other, Week(WEEK - 1)), _offered(other, WEEK)
        over, ahead = _offered(other, Week(WEEK - 2)), _offered(other, Week(WEEK + 1))
        await _keep(ledger, over, ahead, _offered(identity("ost"), WEEK))
        found = await Offers(ledger).claim(THURSDAY)
        assert found is not None
        assert found.places == {WEEK: 0, WEEK - 1: 0}
        assert await Offers(ledger).key(OTHER, found) is None
        await _keep(ledger, old)
        first = await _claimed(ledger, OTHER, THURSDAY)
        assert first is not None
        assert old.slot.find(first) == len(first)  # the second place, whoever had the first
        await _keep(ledger, new)
        second = await _claimed(ledger, OTHER, THURSDAY)
        assert second is not None
        assert new.slot.find(second) == 2 * len(second)


async def test_a_list_made_anew_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    """Its owner was restored from a backup; what was used up of the week stays used up.

    When the board is read once more the older one does not come back, but of a new broker does.
    """
    async with store(tmp_path) as ledger:
        before, again = (_offered(identity("sor"), WEEK) for _ in range(2))
        await _keep(ledger, before, at=10)
        await _claimed(ledger, OTHER, THURSDAY)
        assert await _keep(ledger, again, at=20) == [True]
        assert await _keep(ledger, before, at=10) == [False]
        key = await _claimed(ledger, OTHER, THURSDAY)
        assert key is not None
        assert again.slot.find(key) == len(key)
        assert await _keep(ledger, before, at=5, of="another") == [True]


async def test_only_the_last_place_is_given_back(tmp_path: Path) -> None:
    """What was claimed since would else be sealed to twice."""
    async with store(tmp_path) as ledger:
        offers = Offers(ledger)

        def places(at: int) -> Claim:
            return Claim({WEEK: at, Week(WEEK - 1): at})

        first, second = await offers.claim(THURSDAY), await offers.claim(THURSDAY)
        assert (first, second) == (places(0), places(1))
        await offers.give_back(places(0))
        assert await offers.claim(THURSDAY) == places(2)
        await offers.give_back(places(2))
        await offers.give_back(places(1))
        assert await offers.claim(THURSDAY) == places(1)
        assert await offers.claim(THURSDAY) == places(2)
        # On Monday the new week's are whole, and what is left of this one's is there.
        assert await offers.claim(Day(MONDAY + 7)) == Claim({WEEK: 3, Week(WEEK + 1): 0})
        assert await offers.claim(Day(MONDAY + 7)) == Claim({Week(WEEK + 1): 1})


async def test_after_a_restore_nothing_is_sealed_to_a_list_of_before(tmp_path: Path) -> None:
    """It may have been sealed to since the backup; the own list is made and told anew (P18)."""
    async with store(tmp_path) as ledger:
        prekeys, other = Prekeys(ledger), identity("sor")
        await _keep(ledger, _offered(other, WEEK))
        await prekeys.make(identity("nord"), [OTHER], THURSDAY)
        assert await _told(ledger, THURSDAY, THURSDAY) == [WEEK]
        before = await _secrets(ledger)
        await prekeys.restored()
        await Offers(ledger).restored()
        for wrong in (-14, 0, 14):  # the clock of a new machine may be anything
            assert await _claimed(ledger, OTHER, Day(THURSDAY + wrong)) is None
        for day in (THURSDAY, Day(THURSDAY + 7)):  # only the first counts
            async with ledger.transaction("read") as rows:
                await Offers(ledger).none_before_next_week(rows, day)
        assert await _claimed(ledger, OTHER, THURSDAY) is None
        assert await _secrets(ledger) == before  # what is on its way can still be opened
        assert await prekeys.make(identity("nord"), [OTHER], THURSDAY)
        assert await _told(ledger, THURSDAY, THURSDAY) == [WEEK]
        await _keep(ledger, _offered(other, Week(WEEK + 1)))
        assert await _claimed(ledger, OTHER, Day(THURSDAY + 7)) is not None


async def test_a_count_that_cannot_be_read_uses_no_key_twice(tmp_path: Path) -> None:
    """The row is damaged: the day's key is sealed to, rather than the first key once more."""
    async with store(tmp_path) as ledger:
        await _keep(ledger, _offered(identity("sor"), WEEK))
        await _claimed(ledger, OTHER, THURSDAY)
        await ledger._connection.execute_fetchall(
            "UPDATE rows SET sealed = zeroblob(length(sealed)) WHERE shelf = 'meta'"
        )
        assert await _claimed(ledger, OTHER, THURSDAY) is None


async def test_a_secret_is_destroyed_when_it_has_opened(tmp_path: Path) -> None:
    """Only that one; the others wait for theirs."""
    async with store(tmp_path) as ledger:
        prekeys = Prekeys(ledger)
        await prekeys.make(identity("nord"), [OTHER], THURSDAY)
        async with ledger.transaction("opened") as rows:
            all_of_them = await prekeys.secrets(rows)
            await prekeys.destroy(rows, all_of_them[0])
        async with ledger.reading() as rows:
            assert set(await prekeys.secrets(rows)) == set(all_of_them[1:])


async def test_what_is_over_dies_and_what_waits_is_kept(tmp_path: Path) -> None:
    """A secret until every note of its days was read, or two weeks more; also while locked."""
    async with store(tmp_path) as ledger:
        prekeys = Prekeys(ledger)
        await prekeys.make(identity("nord"), [OTHER], THURSDAY)
        await _keep(ledger, _offered(identity("sor"), WEEK), _offered(identity("sor"), FAR))
        await _claimed(ledger, OTHER, THURSDAY)
        ledger.lock()
        last = last_day(WEEK)

        async def dropped(today: Day, done: Day, *waiting: Day) -> set[Week]:
            async with ledger.transaction("dropped") as rows:
                await prekeys.drop(rows, today, done, waiting)
                await Offers(ledger).drop(rows, today, by_clock=True)
            return {
                Week(int.from_bytes(row[:4], "big")) for row in await _shelf(ledger, Shelf.PREKEY)
            }

        both = {WEEK, Week(WEEK + 1)}
        assert await dropped(last, last) == both
        assert len(await _shelf(ledger, Shelf.PEER_PREKEYS)) == 1
        assert await dropped(Day(last + 1), Day(last + 1), THURSDAY) == both
        assert len(await _shelf(ledger, Shelf.PREKEY_SHEET)) == 1
        assert not await _shelf(ledger, Shelf.PEER_PREKEYS)
        assert not [row for row in await _shelf(ledger, Shelf.META) if b"used" in row]
        assert await dropped(Day(last + 1), Day(last + 1)) == {Week(WEEK + 1)}
        # Two weeks after the last day it is lost on purpose, whatever waits.
        end = last_day(Week(WEEK + 1))
        assert await dropped(Day(end + 14), Day(end), end) == {Week(WEEK + 1)}
        assert await dropped(Day(end + 15), Day(end), end) == set()


async def test_a_proven_day_that_lags_takes_no_list_of_today(tmp_path: Path) -> None:
    """After a month without power, and no roster: this week's lists lie far ahead of it."""
    async with store(tmp_path) as ledger:
        await _keep(ledger, _offered(identity("sor"), WEEK), _offered(identity("sor"), FAR))
        for by_clock, left in ((False, 2), (True, 0)):
            async with ledger.transaction("dropped") as rows:
                await Offers(ledger).drop(rows, Day(THURSDAY - 28), by_clock=by_clock)
            assert len(await _shelf(ledger, Shelf.PEER_PREKEYS)) == left


def test_a_sheet_counts_for_its_signature_and_for_whom_it_names() -> None:
    """What is for others, over, forged, or of somebody unknown is passed over."""
    own, week = identity("sor"), week_of(THURSDAY)
    sheet = issue(own, week, generate([ME], week))[0]
    keys = read_keys(sheet.slot(ME) or b"")

    def read(item: Value, roster: Roster = ROSTER, me: bytes = ME, day: Day = THURSDAY) -> object:
        return Offer.read(item, roster, type(ME)(me), day)

    good: Value = [PREKEYS, sheet.encode()]
    offer = read(good)
    assert offer == Offer(own.public.member_id, week, b"".join(key.raw for key in keys))
    assert read(["epochs", sheet.encode()]) is None
    assert read([PREKEYS, sheet.encode()[:-1]]) is None
    assert read([PREKEYS]) is None
    assert read(good, me=THIRD) is None
    assert read(good, day=Day(last_day(week) + 1)) is None
    assert read(good, day=Day(first_day(week) - 7)) == offer
    assert read(good, day=Day(first_day(week) - 8)) is None
    stranger = issue(Identity.generate(), week, generate([ME], week))[0]
    assert read([PREKEYS, stranger.encode()]) is None
    head = replace(sheet.head, signature=sheet.head.signature[:-1] + b"\0")
    assert read([PREKEYS, replace(sheet, head=head).encode()]) is None
