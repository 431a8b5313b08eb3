"""Keys that are made ahead and dropped behind, and everybody's published ones."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from aiohttp import web

from client.arrived import Arrived
from client.keyring import BEHIND_DAYS, Keyring
from client.keyring import Machine as Certified
from client.ledger import Ledger
from client.peers import CERT, EPOCHS, MOST_PAGES
from client.shelf import Shelf
from keys.address import CellHash, MemberId
from keys.calendar import Day
from keys.epoch import BATCH_DAYS, EpochBatch, EpochRole, EpochSecret
from keys.errors import (
    BadCertificate,
    Locked,
    Malformed,
    NoKeys,
    RevokedMember,
    UnknownMember,
)
from keys.identity import CERTIFICATE_DAYS, MachineCertificate, MachineKey
from keys.roster import Roster
from keys.wire import Packable
from tests import notes
from tests.crooked import answer
from tests.machines import TODAY, Machine, machine, roster, spoiling, store
from tests.notes import EVA, HONEST, IDA, KARI, OLE

ROSTER = roster()


async def refilled(ledger: Ledger, today: Day = TODAY) -> EpochBatch:
    """Refill Ida's keys."""
    batch = await Keyring(ledger).refill(IDA.secret, today)
    assert batch is not None
    return batch


async def days(ledger: Ledger, shelf: Shelf) -> list[int]:
    """Return the days for which there are keys, from today."""
    async with ledger.reading() as rows:
        return [int.from_bytes(row[:4], "big") - TODAY for row in await rows.ids(shelf)]


def same(one: Certified | None, other: Certified) -> bool:
    """Whether two are one key with one certificate."""
    return one is not None and one.kept() == other.kept()


# ── the machine's own ────────────────────────────────────────────────────────────────────────
async def test_a_machine_key_is_certified_and_kept(tmp_path: Path) -> None:
    """What staff vouch for once signs reads day and night, also after a restart."""
    async with store(tmp_path) as ledger:
        keyring = Keyring(ledger)
        assert await keyring.machine() is None
        made = await keyring.certify_machine(IDA.secret, TODAY, 30)
        assert made.member_id == IDA.member_id
        made.certificate.check(IDA.identity, Day(TODAY + 29))
        with pytest.raises(BadCertificate):
            made.certificate.check(IDA.identity, Day(TODAY + 30))
        assert "seed" not in repr(made)
    async with store(tmp_path, unlocked=False) as ledger:
        kept = await Keyring(ledger).machine()
        assert kept is not None
        assert kept.key.seed == made.key.seed
        assert kept.certificate == made.certificate
        assert await Keyring(ledger).certificates() == {IDA.member_id: (made.certificate,)}


async def test_a_damaged_machine_key_is_made_anew_at_the_next_unlock(tmp_path: Path) -> None:
    """A bad spot on the disk does not keep the service from starting."""
    async with store(tmp_path) as ledger:
        await Keyring(ledger).certify_machine(IDA.secret, TODAY, 30)
        async with ledger.transaction("damage") as rows:
            await rows._sql(  # pyright: ignore[reportPrivateUsage] - damage is no row's own doing
                "UPDATE rows SET sealed = x'00' WHERE shelf = ?", "machine_key"
            )
        assert await Keyring(ledger).machine() is None
        assert await Keyring(ledger).certify_machine(IDA.secret, TODAY, 30)


async def test_a_renewed_certificate_waits_for_the_members_minute(tmp_path: Path) -> None:
    """Until it is told, the old key reads; without a new one the old is told at that minute."""
    async with store(tmp_path) as ledger:
        keyring = Keyring(ledger)
        first = await keyring.certify_machine(IDA.secret, TODAY, 30)
        signed = first.certificate.encode()
        assert await keyring.certificate_to_tell(TODAY, TODAY) == signed
        assert same(await keyring.certificate_told(signed, TODAY), first)
        now = Day(TODAY + 23)
        assert await keyring.certificate_to_tell(now, TODAY) is None
        assert await keyring.certificate_to_tell(now, now) == signed
        second = await keyring.certify_machine(IDA.secret, now, 30)
        assert await keyring.certificate_to_tell(now, TODAY) is None
        assert same(await keyring.machine(), first)
        assert same(await keyring.newest_machine(), second)
        assert same(await keyring.certificate_told(signed, now), first)  # told, then renewed
        later = Day(now + 1)
        fresh = second.certificate.encode()
        assert await keyring.certificate_to_tell(later, now) is None
        assert await keyring.certificate_to_tell(later, later) == fresh
    async with store(tmp_path, unlocked=False) as ledger:
        keyring = Keyring(ledger)
        assert await keyring.certificate_to_tell(later, later) == fresh  # the broker may have it
        assert same(await keyring.certificate_told(fresh, later), second)
        assert same(await keyring.newest_machine(), second)
        assert await keyring.certificate_to_tell(later, later) is None
        assert await keyring.certificate_to_tell(Day(now + 30), Day(now + 30)) is None


async def test_a_certificate_that_is_over_before_the_next_minute_does_not_wait(
    tmp_path: Path,
) -> None:
    """The broker would answer no reading any more."""
    last = Day(TODAY + 29)
    async with store(tmp_path) as ledger:
        keyring = Keyring(ledger)
        signed = (await keyring.certify_machine(IDA.secret, TODAY, 30)).certificate.encode()
        await keyring.certificate_told(signed, Day(last - 1))
        second = await keyring.certify_machine(IDA.secret, last, 30)
        assert await keyring.certificate_to_tell(last, Day(last - 1)) is None
        await keyring.certificate_told(signed, last)
        assert await keyring.certificate_to_tell(last, last) == second.certificate.encode()


async def test_a_certificate_of_days_to_come_is_not_told_before_them(tmp_path: Path) -> None:
    """A clock that was ahead made it: until it begins, the one in use is told, and no other."""
    async with store(tmp_path) as ledger:
        keyring = Keyring(ledger)
        signed = (await keyring.certify_machine(IDA.secret, TODAY, 30)).certificate.encode()
        await keyring.certificate_told(signed, Day(TODAY - 1))
        ahead = await keyring.certify_machine(IDA.secret, Day(TODAY + 2), 30)
        assert await keyring.certificate_to_tell(TODAY, TODAY) == signed
        await keyring.certificate_told(signed, TODAY)
        assert await keyring.certificate_to_tell(TODAY, TODAY) is None
        begun = Day(TODAY + 2)
        assert await keyring.certificate_to_tell(begun, begun) == ahead.certificate.encode()


async def test_a_key_that_was_lost_is_replaced_at_once(tmp_path: Path) -> None:
    """The broker has the certificate of a key that nobody has any more."""
    async with store(tmp_path) as ledger:
        keyring = Keyring(ledger)
        signed = (await keyring.certify_machine(IDA.secret, TODAY, 30)).certificate.encode()
        await keyring.certificate_told(signed, TODAY)
        await keyring.certify_machine(IDA.secret, TODAY, 30)
        async with ledger.transaction("lost") as rows:
            await rows.delete(Shelf.MACHINE_KEY, b"machine")
        assert await keyring.certificate_to_tell(TODAY, TODAY) is None  # with no key, no word
        made = await keyring.certify_machine(IDA.secret, TODAY, 30)
        assert same(await keyring.machine(), made)
        assert same(await keyring.newest_machine(), made)
        assert await keyring.certificate_to_tell(TODAY, TODAY) == made.certificate.encode()


# ── own epoch keys ───────────────────────────────────────────────────────────────────────────
async def test_keys_are_made_a_fortnight_ahead(tmp_path: Path) -> None:
    """One unlock gives keys for fourteen days, in one signed batch; the next adds what is used."""
    async with store(tmp_path) as ledger:
        keyring = Keyring(ledger)
        assert await keyring.days_left(TODAY) == 0
        first = await refilled(ledger)
        first.check(IDA.identity)
        assert [one.day - TODAY for one in first.days] == list(range(BATCH_DAYS))
        assert await keyring.refill(IDA.secret, TODAY) is None
        assert await keyring.days_left(TODAY) == BATCH_DAYS
        second = await refilled(ledger, Day(TODAY + 5))
        assert second.days[:9] == first.days[5:]
        assert await keyring.days_left(Day(TODAY + 5)) == BATCH_DAYS
        assert await keyring.days_left(Day(TODAY + 15)) == 4
        assert await keyring.days_left(Day(TODAY + 3)) == BATCH_DAYS
        assert await keyring.days_left(Day(TODAY - 1)) == 0


async def test_one_s_own_keys_are_known_at_once(tmp_path: Path) -> None:
    """A dummy is sealed to oneself before the broker has given the keys back."""
    async with store(tmp_path) as ledger:
        batch = await refilled(ledger)
        assert await Keyring(ledger).peer(ROSTER, IDA.member_id, TODAY) == batch


async def test_a_batch_stays_to_be_published_until_the_broker_has_it(tmp_path: Path) -> None:
    """A crash publishes again; a batch made meanwhile is not forgotten with the old one."""
    async with store(tmp_path) as ledger:
        keyring = Keyring(ledger)

        async def due(day: int = 0) -> bytes | None:
            return await keyring.to_publish(Day(TODAY + day), Day(TODAY + day))

        assert await due() is None
        first = (await refilled(ledger)).encode()
        assert await due() == first
        second = (await refilled(ledger, Day(TODAY + 1))).encode()
        await keyring.published(first, TODAY)
        assert await due(1) == second
        await keyring.published(second, Day(TODAY + 1))
        assert await due(1) is None


async def test_new_keys_wait_for_the_members_minute(tmp_path: Path) -> None:
    """Whoever unlocks on a day shows nothing by it; at its minute each member tells its keys."""
    async with store(tmp_path) as ledger:
        keyring = Keyring(ledger)
        first = (await refilled(ledger)).encode()
        await keyring.published(first, TODAY)
        for day in range(1, BATCH_DAYS):
            # Locked all the time: the same keys after the same minute, until they are over.
            now = Day(TODAY + day)
            assert await keyring.to_publish(now, TODAY) is None  # its own day is not over
            assert await keyring.to_publish(now, now) == first
        assert await keyring.to_publish(Day(TODAY + BATCH_DAYS), Day(TODAY + 1)) is None
        second = (await refilled(ledger, Day(TODAY + 1))).encode()
        for day in range(1, BATCH_DAYS - 1):
            now = Day(TODAY + day)
            assert await keyring.to_publish(now, TODAY) is None
            assert await keyring.to_publish(now, now) == second


async def test_keys_of_days_to_come_are_not_told_before_them(tmp_path: Path) -> None:
    """A clock that was ahead made them: until they begin, what was told is told again."""
    async with store(tmp_path) as ledger:
        keyring = Keyring(ledger)
        first = (await refilled(ledger)).encode()
        await keyring.published(first, Day(TODAY - 1))
        ahead = (await refilled(ledger, Day(TODAY + 5))).encode()
        assert await keyring.to_publish(TODAY, TODAY) == first
        begun = Day(TODAY + 5)
        assert await keyring.to_publish(begun, begun) == ahead


async def test_keys_that_are_over_before_the_next_minute_do_not_wait(tmp_path: Path) -> None:
    """Who comes back when nobody could write to it any more is heard at once; nobody sooner is."""
    last = Day(TODAY + BATCH_DAYS - 1)
    async with store(tmp_path) as ledger:
        keyring = Keyring(ledger)
        first = (await refilled(ledger)).encode()
        await keyring.published(first, Day(last - 1))
        second = (await refilled(ledger, last)).encode()
        assert await keyring.to_publish(last, Day(last - 1)) is None  # the minute is still to come
        await keyring.published(first, last)
        assert await keyring.to_publish(last, last) == second


@pytest.mark.parametrize("shelf", [Shelf.OUTER_KEY, Shelf.INNER_KEY])
async def test_a_key_that_was_made_anew_does_not_wait(tmp_path: Path, shelf: Shelf) -> None:
    """Others would seal to one that is gone."""
    async with store(tmp_path) as ledger:
        keyring = Keyring(ledger)
        await keyring.published((await refilled(ledger)).encode(), TODAY)
        async with ledger.transaction("lost") as rows:
            await rows.delete(shelf, Day(TODAY + 5).to_bytes(4, "big"))
        second = (await refilled(ledger)).encode()
        assert await keyring.to_publish(TODAY, TODAY) == second


async def test_without_staff_no_keys_are_made(tmp_path: Path) -> None:
    """Inner keys lie under the staff lock, and nothing is made by halves."""
    async with store(tmp_path) as ledger:
        ledger.lock()
        with pytest.raises(Locked):
            await refilled(ledger)
        assert await days(ledger, Shelf.OUTER_KEY) == []
        with pytest.raises(Locked):
            async with ledger.reading() as rows:
                await Keyring(ledger).inners(rows)


async def test_a_damaged_key_is_made_anew(tmp_path: Path) -> None:
    """One bad row costs one day's notes and does not lock staff out."""
    async with store(tmp_path) as ledger:
        before = await refilled(ledger)
        async with ledger.transaction("damage") as rows:
            await rows._sql(  # pyright: ignore[reportPrivateUsage] - damage is no row's own doing
                "UPDATE rows SET sealed = x'00' WHERE shelf = ? AND id = ?",
                "inner_key",
                Day(TODAY + 2).to_bytes(4, "big"),
            )
        after = await refilled(ledger)
        changed = [a.day - TODAY for a, b in zip(after.days, before.days, strict=True) if a != b]
        assert changed == [2]


@pytest.mark.parametrize("shelf", [Shelf.OUTER_KEY, Shelf.INNER_KEY])
async def test_a_damaged_key_is_not_overwritten(tmp_path: Path, shelf: Shelf) -> None:
    """Others have sealed to it: when its row opens again, both keys of the day are tried."""
    row = Day(TODAY + 2).to_bytes(4, "big")

    async def seeds(ledger: Ledger) -> set[bytes]:
        keyring = Keyring(ledger)
        async with ledger.reading() as rows:
            inners = await keyring.inners(rows)
        found = await keyring.outer(TODAY) if shelf is Shelf.OUTER_KEY else inners
        return {one.seed for one in found if one.day == TODAY + 2}

    async with store(tmp_path) as ledger:
        first = await refilled(ledger)
        (before,) = await seeds(ledger)
        async with spoiling(ledger, shelf, row):
            second = await refilled(ledger)
            (new,) = await seeds(ledger)
            assert new != before
            assert await Keyring(ledger).refill(IDA.secret, TODAY) is None
        assert await seeds(ledger) == {before, new}
        assert second.days[2] != first.days[2]
        # What others were told last stays what they are told.
        assert (await refilled(ledger, Day(TODAY + 1))).days[1] == second.days[2]
        assert len(await days(ledger, shelf)) == BATCH_DAYS + 2
        assert (await drop(ledger, 17, 17))[shelf is Shelf.INNER_KEY] == []


async def test_a_note_is_tried_with_every_key_that_may_fit(tmp_path: Path) -> None:
    """All that live, the likeliest first: no note is let go because of a clock."""
    async with store(tmp_path) as ledger:
        await refilled(ledger)
        keyring = Keyring(ledger)
        tried = [one.day - TODAY for one in await keyring.outer(Day(TODAY + 5))]
        assert tried == [5, 4, 6, 3, 7, 2, 8, 1, 9, 0, 10, 11, 12, 13]
        # A clock that lags, or has jumped ahead, has the same keys.
        for wrong in (-9_000, -2, 40):
            found = await keyring.outer(Day(TODAY + wrong))
            assert {one.day - TODAY for one in found} == set(range(BATCH_DAYS))
        assert all(one.role is EpochRole.OUTER for one in await keyring.outer(TODAY))
        async with ledger.reading() as rows:
            inners = await keyring.inners(rows)
        assert [one.day - TODAY for one in inners] == list(range(BATCH_DAYS))
        assert {one.role for one in inners} == {EpochRole.INNER}


# ── dropping keys ────────────────────────────────────────────────────────────────────────────
async def drop(
    ledger: Ledger, today: int, read: int, waiting: Sequence[int] = ()
) -> tuple[list[int], list[int]]:
    """Drop keys on a day; return for which days outer and inner ones are left."""
    wanted = frozenset(Day(TODAY + n) for n in waiting)
    await Keyring(ledger).drop(Day(TODAY + today), Day(TODAY + read), wanted)
    return await days(ledger, Shelf.OUTER_KEY), await days(ledger, Shelf.INNER_KEY)


async def test_a_key_dies_when_all_it_could_open_was_read(tmp_path: Path) -> None:
    """Two days after its own, once every board was read that far."""
    async with store(tmp_path) as ledger:
        await refilled(ledger)
        assert await drop(ledger, 2, 2) == ([*range(14)], [*range(14)])
        assert await drop(ledger, 5, 5) == ([*range(3, 14)], [*range(3, 14)])


async def test_unread_boards_keep_their_keys(tmp_path: Path) -> None:
    """After days without a broker no key is gone that what waits there may need."""
    async with store(tmp_path) as ledger:
        await refilled(ledger)
        assert await drop(ledger, 9, 1) == ([*range(14)], [*range(14)])
        assert await drop(ledger, 9, 99) == ([*range(7, 14)], [*range(7, 14)])


async def test_what_waits_for_staff_keeps_its_inner_key(tmp_path: Path) -> None:
    """A layer that nobody has opened yet is not locked away for ever by the calendar."""
    outer = HONEST.outer.encode()
    async with store(tmp_path) as ledger:
        await refilled(ledger)
        async with ledger.transaction("arrived") as rows:
            arrived = Arrived(CellHash(b"h" * 32), (), outer)
            assert arrived.day == TODAY
            await rows.put(Shelf.ARRIVED, arrived.note_hash, arrived.encode())
        ledger.lock()
        assert await drop(ledger, 8, 8, [4]) == ([*range(6, 14)], [0, 4, *range(6, 14)])


async def test_at_fourteen_days_every_key_dies(tmp_path: Path) -> None:
    """What was not opened by then is lost on purpose: that is what a day's key is for."""
    async with store(tmp_path) as ledger:
        await refilled(ledger)
        assert await drop(ledger, 16, 0, [0, 1, 2]) == ([*range(2, 14)], [*range(2, 14)])
    assert BEHIND_DAYS < BATCH_DAYS


# ── everybody's keys ─────────────────────────────────────────────────────────────────────────
def batch_of(member: notes.Member, first: Day = TODAY, count: int = 2) -> EpochBatch:
    """Return a member's published keys."""
    secrets = [
        EpochSecret.generate(role, Day(first + n)) for n in range(count) for role in EpochRole
    ]
    return EpochBatch.issue(member.secret, secrets)


def certificate_of(
    member: notes.Member, first: int = 0, count: int = 30, seed: bytes = b"k"
) -> MachineCertificate:
    """Return a member's machine certificate."""
    key = MachineKey.from_seed(seed * 32)
    return MachineCertificate.issue(member.secret, key.public, Day(TODAY + first), count)


def put(ida: Machine, *made: EpochBatch | MachineCertificate) -> None:
    """Put entries on the keys board."""
    for one in made:
        kind = EPOCHS if isinstance(one, EpochBatch) else CERT
        ida.broker.keys.append([kind, one.encode()])


async def follow(ida: Machine, known: Roster = ROSTER, today: Day = TODAY) -> int:
    """Read the keys board."""
    return await ida.keyring.follow(ida.transport, known, today)


async def test_published_keys_are_found_and_used(tmp_path: Path) -> None:
    """What a member signed is kept, from the page where one stopped."""
    async with machine(tmp_path) as ida:
        batch, certificate = batch_of(EVA), certificate_of(EVA)
        put(ida, batch, certificate)
        assert await follow(ida) == 2
        assert await follow(ida) == 0
        assert await ida.keyring.peer(ROSTER, EVA.member_id, Day(TODAY + 1)) == batch
        assert await ida.keyring.certificates() == {EVA.member_id: (certificate,)}
        assert ida.broker.targets()[-1] == "/v1/keys?after=2&most=16"
        put(ida, batch_of(OLE))
        assert await follow(ida) == 1


async def test_who_has_no_keys_for_the_day_cannot_be_written_to(tmp_path: Path) -> None:
    """A member that has published none, or none for today, cannot receive: call."""
    gone = roster(members=(IDA, OLE))
    async with machine(tmp_path) as ida:
        put(ida, batch_of(EVA))
        await follow(ida)
        for member, day, refusal in (
            (OLE, TODAY, NoKeys),
            (EVA, Day(TODAY + 2), NoKeys),
            (EVA, Day(TODAY - 1), NoKeys),
            (KARI, TODAY, UnknownMember),
        ):
            with pytest.raises(refusal):
                await ida.keyring.peer(ROSTER, member.member_id, day)
        with pytest.raises((RevokedMember, UnknownMember)):
            await ida.keyring.peer(gone, EVA.member_id, TODAY)


async def test_own_keys_are_checked_once_and_anew_when_they_are_others(tmp_path: Path) -> None:
    """A slot seals dummies to one's own keys: what was checked once is not checked again."""
    old, new = batch_of(IDA, TODAY, 2), batch_of(IDA, TODAY, 4)
    gone = roster(members=(EVA, OLE))
    async with machine(tmp_path) as ida:
        keyring = ida.keyring
        with pytest.raises(NoKeys):
            await keyring.own(ROSTER, IDA.member_id, TODAY)
        put(ida, old)
        await follow(ida)
        first = await keyring.own(ROSTER, IDA.member_id, TODAY)
        assert first == old
        assert await keyring.own(ROSTER, IDA.member_id, Day(TODAY + 1)) is first
        with pytest.raises(NoKeys):
            await keyring.own(ROSTER, IDA.member_id, Day(TODAY + 2))
        with pytest.raises((RevokedMember, UnknownMember)):
            await keyring.own(gone, IDA.member_id, TODAY)
        put(ida, new)
        await follow(ida)
        assert await keyring.own(ROSTER, IDA.member_id, Day(TODAY + 2)) == new


async def test_a_bad_entry_keeps_no_good_one_out(tmp_path: Path) -> None:
    """Forged, damaged, foreign and odd entries are passed over; the next good one counts."""
    forged = batch_of(KARI).encode()
    stolen = bytes([*batch_of(EVA).encode()[:-1], 0])
    bad: list[list[Packable]] = [
        [EPOCHS, forged],
        [EPOCHS, stolen],
        [EPOCHS, b"x"],
        [CERT, b"x"],
        [CERT, certificate_of(KARI).encode()],
        ["boo", b"x"],
        [EPOCHS],
        [7, b"x"],
    ]
    async with machine(tmp_path) as ida:
        ida.broker.keys += bad
        batch = batch_of(EVA)
        put(ida, batch, certificate_of(EVA, -40, 10))
        assert await follow(ida) == 1
        assert await ida.keyring.peer(ROSTER, EVA.member_id, TODAY) == batch


async def test_an_old_batch_told_again_replaces_nothing(tmp_path: Path) -> None:
    """Nobody seals to keys that their owner may have destroyed."""
    old, new = batch_of(EVA, TODAY, 2), batch_of(EVA, TODAY, 4)
    other = batch_of(EVA, TODAY, 4)
    async with machine(tmp_path) as ida:
        put(ida, new, old)
        assert await follow(ida) == 1
        assert await ida.keyring.peer(ROSTER, EVA.member_id, TODAY) == new
        put(ida, other)
        assert await follow(ida) == 1
        assert await ida.keyring.peer(ROSTER, EVA.member_id, TODAY) == other


async def test_a_batch_of_days_to_come_stands_in_no_right_ones_way(tmp_path: Path) -> None:
    """A clock that was ahead made it: whoever tells keys of today can be written to."""
    async with machine(tmp_path) as ida:
        put(ida, batch_of(EVA, Day(TODAY + 2), 14))
        assert await follow(ida) == 0
        right = batch_of(EVA, TODAY, 14)
        put(ida, right)
        assert await follow(ida) == 1
        assert await ida.keyring.peer(ROSTER, EVA.member_id, TODAY) == right
        # By a machine for which it is still yesterday, tomorrow's are good.
        tomorrow = batch_of(EVA, Day(TODAY + 1), 14)
        put(ida, tomorrow)
        assert await follow(ida) == 1
        assert await ida.keyring.peer(ROSTER, EVA.member_id, Day(TODAY + 1)) == tomorrow


async def test_what_a_wrong_clock_took_gives_way(tmp_path: Path) -> None:
    """Reader and writer were ahead together, and are put right: what is right counts again."""
    async with machine(tmp_path) as ida:
        ahead = Day(TODAY + 20)
        put(ida, batch_of(EVA, ahead, 14))
        assert await follow(ida, today=ahead) == 1
        right = batch_of(EVA, TODAY, 14)
        put(ida, right)
        assert await follow(ida) == 1
        assert await ida.keyring.peer(ROSTER, EVA.member_id, TODAY) == right


@pytest.mark.parametrize("by", [-10, 0, 10])
async def test_keys_are_signed_anew_when_those_of_today_are_not(tmp_path: Path, by: int) -> None:
    """After a clock that was behind, or ahead, though no key is lacking; and not for nothing."""
    async with store(tmp_path) as ledger:
        keyring = Keyring(ledger)
        first = await keyring.refill(IDA.secret, TODAY)
        await keyring.refill(IDA.secret, Day(TODAY + by))
        again = await keyring.refill(IDA.secret, TODAY)
        assert first is not None
        if by:
            assert again is not None
            assert again.days == first.days
        assert await keyring.refill(IDA.secret, TODAY) is None
        assert await keyring.own(ROSTER, MemberId(IDA.member_id), TODAY) == (again or first)
        for ahead in range(BATCH_DAYS):
            assert await keyring.own(ROSTER, MemberId(IDA.member_id), Day(TODAY + ahead))


async def test_older_machine_keys_are_kept_beside_the_newest(tmp_path: Path) -> None:
    """A receipt that waited for staff is checked by the certificate of its own day."""
    first, second = certificate_of(EVA, -5, 30, b"a"), certificate_of(EVA, 0, 30, b"b")
    async with machine(tmp_path) as ida:
        put(ida, first, second, certificate_of(EVA, 3, 30, b"c"))
        assert await follow(ida) == 3
        found = await ida.keyring.certificates()
        assert {first, second} < set(found[EVA.member_id])
        last = first.last_day + CERTIFICATE_DAYS
        await ida.keyring.drop(Day(last), Day(last), frozenset())
        assert len((await ida.keyring.certificates())[EVA.member_id]) == 3
        await ida.keyring.drop(Day(last + 1), Day(last + 1), frozenset())
        left = (await ida.keyring.certificates())[EVA.member_id]
        assert len(left) == 2
        assert first not in left


async def test_a_member_that_the_roster_did_not_know_yet_is_found_later(tmp_path: Path) -> None:
    """Keys that stood on the board before the roster came are read again with the new roster."""
    old = roster(members=(IDA, OLE))
    new = roster(version=2)
    async with machine(tmp_path) as ida:
        put(ida, batch_of(EVA), batch_of(OLE))
        assert await follow(ida, old) == 1
        assert await follow(ida, old) == 0
        assert await follow(ida, new) == 1
        assert await ida.keyring.peer(new, EVA.member_id, TODAY)


async def test_a_new_broker_is_read_from_the_beginning(tmp_path: Path) -> None:
    """A restored broker counts anew: what it has is not passed over for the old count."""
    async with machine(tmp_path) as ida:
        put(ida, *(batch_of(EVA, TODAY, n) for n in (1, 2, 3)))
        await follow(ida)
        ida.broker.keys.clear()
        put(ida, batch_of(OLE))
        assert await follow(ida) == 0
        assert await follow(ida, roster("restored.folge")) == 1


async def test_a_page_that_leads_nowhere_ends_the_reading(tmp_path: Path) -> None:
    """A broker that hands out the same page, or a page without end, keeps nobody reading."""
    async with machine(tmp_path) as ida:

        async def same(_: web.Request) -> web.StreamResponse:
            return answer(["keys", 1, 0, [["boo", b""]] * 16])

        ida.broker.bent["GET", "/v1/keys"] = same
        assert await follow(ida) == 0
        assert len(ida.broker.asked) == 1

        async def more(request: web.Request) -> web.StreamResponse:
            return answer(["keys", 1, int(request.query["after"]) + 1, [0] * 16])

        ida.broker.bent["GET", "/v1/keys"] = more
        assert await ida.keyring.follow(ida.transport, ROSTER, TODAY, pages=5) == 0
        assert len(ida.broker.asked) == 6
    assert MOST_PAGES > 5


PAGES: list[Packable] = [
    ["keys", 1, "x", []],
    ["keys", 1, 0, [0] * 101],
    ["keys", 1, 0, 7],
    ["keys", 2, 0, []],
    7,
]


@pytest.mark.parametrize("value", PAGES)
async def test_a_page_not_in_its_form_is_refused(tmp_path: Path, value: Packable) -> None:
    """An odd page moves nothing."""
    async with machine(tmp_path) as ida:

        async def odd(_: web.Request) -> web.StreamResponse:
            return answer(value)

        ida.broker.bent["GET", "/v1/keys"] = odd
        with pytest.raises(Malformed):
            await follow(ida)
        ida.broker.bent.clear()
        put(ida, batch_of(EVA))
        assert await follow(ida) == 1


async def test_a_kept_batch_is_checked_again_when_it_is_used(tmp_path: Path) -> None:
    """Whatever stands in the store, nobody seals to keys that their owner did not sign."""
    async with machine(tmp_path) as ida:
        put(ida, batch_of(EVA))
        await follow(ida)
        async with ida.ledger.transaction("swapped") as rows:
            ((row, value),) = await rows.rows(Shelf.PEER_KEYS)
            await rows.put(Shelf.PEER_KEYS, row, value[:-1] + bytes([value[-1] ^ 1]))
        with pytest.raises(NoKeys):
            await ida.keyring.peer(ROSTER, MemberId(EVA.member_id), TODAY)
