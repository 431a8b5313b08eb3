"""Anonymous tokens: asked for by the calendar, had once, spent once, dropped when they are over."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import example, given, settings
from hypothesis import strategies as st

from client.ledger import Ledger
from client.portions import SLOTS as SLOTS_A_PORTION
from client.portions import due, own_day
from client.shelf import Shelf
from client.wallet import AT_ONCE, Asked, Portion, Wallet, needed
from keys.address import CLASSES_ON, TOKEN_CLASSES, CellClass, Role, TokenClass, writable
from keys.calendar import DAY_SECONDS, Day, Instant, Week, day_of, first_day, start_of, week_of
from keys.errors import (
    BadToken,
    BrokerGone,
    Malformed,
    NotYet,
    OutOfTokens,
    QuotaSpent,
    WrongShape,
)
from keys.roster import Schedule
from keys.token import Challenge, Token, prepare, verify
from keys.wire import pack
from tests.crooked import INSTANCE, Crooked, answer, issuer_key, refuses
from tests.machines import CC_NOTE, CP_NOTE, TODAY, WEEK, Machine, fill, machine, roster, store

CERTIFICATE = b"certificate"
FEW = Portion(CC_NOTE, WEEK, TODAY, 3)
ROSTER = roster(classes=(CC_NOTE,))
ISSUER = issuer_key(CC_NOTE, WEEK).public
TOKENS = "/v1/tokens"


async def withdraw(ida: Machine, portion: Portion = FEW, serial: int = 0) -> int:
    """Ask for a portion."""
    wallet = Wallet(ida.ledger)
    return await wallet.withdraw(ida.transport, ROSTER, portion, serial, CERTIFICATE)


async def take(ledger: Ledger, token_class: TokenClass = CC_NOTE, today: Day = TODAY) -> Token:
    """Take a token."""
    async with ledger.transaction("taken") as rows:
        return await Wallet(ledger).take(rows, token_class, today)


async def stock(ledger: Ledger, token_class: TokenClass = CC_NOTE, week: Week = WEEK) -> int:
    """Return how many tokens there are."""
    return await Wallet(ledger).stock(token_class, week)


def bend(broker: Crooked, *said: web.StreamResponse | None) -> None:
    """Have the issuer give these answers, then its honest one; None cuts the line after it."""
    left = list(said)

    async def handler(request: web.Request) -> web.StreamResponse:
        if not left:
            return await broker.honest(request)
        found = left.pop(0)
        if found is None:
            assert request.transport is not None
            request.transport.abort()
            raise ConnectionResetError
        return found

    broker.bent["POST", TOKENS] = handler


# ── asking ───────────────────────────────────────────────────────────────────────────────────
async def test_a_portion_is_had_once(tmp_path: Path) -> None:
    """What was asked for is in the wallet, good for its class and week, and not asked for again."""
    async with machine(tmp_path) as ida:
        assert await withdraw(ida) == 3
        assert await withdraw(ida) == 0
        assert len(ida.broker.asked) == 1
        assert await stock(ida.ledger) == 3
        for _ in range(3):
            verify(await take(ida.ledger), ISSUER, Challenge(INSTANCE, CC_NOTE, WEEK))
        assert not await stock(ida.ledger)
        assert await withdraw(ida, serial=1) == 3
        assert await withdraw(ida, replace(FEW, day=Day(TODAY + 1))) == 3


async def test_a_large_portion_comes_in_pieces_and_no_piece_twice(tmp_path: Path) -> None:
    """A crash or a cut between two pieces costs neither tokens nor quota."""
    large = replace(FEW, count=2 * AT_ONCE + 5)
    async with machine(tmp_path) as ida:
        first = answer(None)

        async def only_one(request: web.Request) -> web.StreamResponse:
            nonlocal first
            if len(ida.broker.asked) == 1:
                return await ida.broker.honest(request)
            assert request.transport is not None
            request.transport.abort()
            raise ConnectionResetError

        ida.broker.bent["POST", TOKENS] = only_one
        with pytest.raises(BrokerGone):
            await withdraw(ida, large)
        assert await stock(ida.ledger) == AT_ONCE
        lost = ida.broker.asked[1].body
        ida.broker.bent.clear()
        ida.broker.asked.clear()
        assert await withdraw(ida, large) == AT_ONCE + 5
        assert len(ida.broker.asked) == 2
        assert ida.broker.asked[0].body == lost
        assert await stock(ida.ledger) == 2 * AT_ONCE + 5


async def test_what_lacks_is_what_was_not_had_to_its_last_piece(tmp_path: Path) -> None:
    """One look says which portions to ask for; a new broker makes all of them lack again."""
    large = replace(FEW, day=Day(TODAY + 1), count=AT_ONCE + 1)
    due = ((0, FEW), (1, FEW), (0, large))
    async with machine(tmp_path) as ida:
        wallet = Wallet(ida.ledger)
        assert await wallet.lacking(ROSTER, due) == due
        await withdraw(ida)
        bend(ida.broker, None, None, None)
        with pytest.raises(BrokerGone):
            await withdraw(ida, large)
        assert await wallet.lacking(ROSTER, due) == due[1:]
        ida.broker.bent.clear()
        await withdraw(ida, large)
        assert await wallet.lacking(ROSTER, due) == due[1:2]
        other = roster(classes=(CC_NOTE,), instance="other")
        assert await wallet.lacking(other, due) == due


async def test_a_lost_answer_is_asked_for_with_the_same_words(tmp_path: Path) -> None:
    """After a restart the issuer sees the same request, and gives what it gave."""
    async with machine(tmp_path) as ida:
        bend(ida.broker, None, None, None)
        with pytest.raises(BrokerGone):
            await withdraw(ida)
    async with machine(tmp_path) as again:
        assert await withdraw(again) == 3
        (second,) = again.broker.asked
        assert {one.body for one in ida.broker.asked} == {second.body}


async def test_a_spent_quota_is_not_asked_again(tmp_path: Path) -> None:
    """When the day holds no more, that is taken note of, and nothing runs in a circle."""
    async with machine(tmp_path) as ida:
        bend(ida.broker, refuses(QuotaSpent()))
        assert await withdraw(ida) == 0
        assert await withdraw(ida) == 0
        assert len(ida.broker.asked) == 1
        async with ida.ledger.reading() as rows:
            assert not await rows.ids(Shelf.TOKEN_REQUEST)


BLIND = issuer_key(CC_NOTE, Week(WEEK + 9))
LIES: dict[str, tuple[web.Response, type[Exception]]] = {
    "too few": (answer(["issued", 1, [b"x" * 256] * 2], 201), Malformed),
    "too many": (answer(["issued", 1, [b"x" * 256] * 4], 201), Malformed),
    "no signatures": (answer(["issued", 1, [7] * 3], 201), WrongShape),
    "short ones": (answer(["issued", 1, [b"x"] * 3], 201), BadToken),
    "by nobody": (answer(["issued", 1, [b"x" * 256] * 3], 201), BadToken),
    "nothing": (web.Response(status=201), Malformed),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_lying_issuer_fills_no_wallet(tmp_path: Path, lie: str) -> None:
    """Only what the key in the signed roster has signed is a token."""
    said, refusal = LIES[lie]
    async with machine(tmp_path) as ida:
        bend(ida.broker, web.Response(body=said.body, status=201))
        with pytest.raises(refusal):
            await withdraw(ida)
        assert not await stock(ida.ledger)
        assert await withdraw(ida) == 3


async def test_an_issuer_that_signs_with_another_key_is_found_out(tmp_path: Path) -> None:
    """Members cannot be told apart by a key that only one of them is signed with."""
    async with machine(tmp_path) as ida:

        async def marked(request: web.Request) -> web.StreamResponse:
            await request.read()
            return answer(["issued", 1, [BLIND.blind_sign(bytes(255) + b"\2")] * 3], 201)

        ida.broker.bent["POST", TOKENS] = marked
        with pytest.raises(BadToken):
            await withdraw(ida)


async def test_without_a_key_in_the_roster_nothing_is_asked(tmp_path: Path) -> None:
    """A week for which no key is signed yet is not asked for."""
    async with machine(tmp_path) as ida:
        with pytest.raises(NotYet):
            await withdraw(ida, replace(FEW, week=Week(WEEK + 1), day=first_day(Week(WEEK + 1))))
        assert not ida.broker.asked


async def test_a_request_for_a_key_that_was_replaced_is_made_anew(tmp_path: Path) -> None:
    """When the roster changes under a request, tokens are asked for by the key that counts now."""
    async with machine(tmp_path) as ida:
        stale = Asked(TODAY, tuple(prepare(BLIND.public, CHALLENGE) for _ in range(3)))
        row = FEW.row(ida.ledger, 0) + (0).to_bytes(4, "big")
        async with ida.ledger.transaction("asked before") as rows:
            await rows.put(Shelf.META, b"wallet-instance", INSTANCE.encode())
            await rows.put(Shelf.TOKEN_REQUEST, row, stale.encode())
        assert await withdraw(ida) == 3
        verify(await take(ida.ledger), ISSUER, CHALLENGE)


CHALLENGE = Challenge(INSTANCE, CC_NOTE, WEEK)


async def test_a_new_broker_knows_no_old_token(tmp_path: Path) -> None:
    """Tokens of a broker that was restored under another name are thrown away."""
    async with machine(tmp_path) as ida:
        await withdraw(ida)
        assert await stock(ida.ledger) == 3
        moved = roster("restored.folge", classes=(CC_NOTE,))
        wallet = Wallet(ida.ledger)
        assert await wallet.withdraw(ida.transport, moved, FEW, 0, CERTIFICATE) == 3
        assert await stock(ida.ledger) == 3
        verify(await take(ida.ledger), ISSUER, Challenge("restored.folge", CC_NOTE, WEEK))


# ── taking ───────────────────────────────────────────────────────────────────────────────────
async def test_a_token_is_taken_once(tmp_path: Path) -> None:
    """What is taken is gone, in the same step; what was undone is there again."""
    async with store(tmp_path) as ledger:
        await fill(ledger, CC_NOTE, 2)
        one, two = await take(ledger), await take(ledger)
        assert one.spent_key != two.spent_key
        with pytest.raises(OutOfTokens) as caught:
            await take(ledger)
        assert dict(caught.value.facts) == {"day": TODAY + 1}


async def test_a_token_is_good_for_its_class_and_week_only(tmp_path: Path) -> None:
    """No other class is touched when one runs out, and no other week."""
    async with store(tmp_path) as ledger:
        await fill(ledger, CP_NOTE, 1)
        await fill(ledger, CC_NOTE, 1, Week(WEEK + 1))
        with pytest.raises(OutOfTokens):
            await take(ledger)
        assert await take(ledger, today=first_day(Week(WEEK + 1)))
        assert await stock(ledger, CP_NOTE) == 1


async def test_a_damaged_token_is_passed_over(tmp_path: Path) -> None:
    """One bad row does not leave a full wallet useless."""
    async with store(tmp_path) as ledger:
        await fill(ledger, CC_NOTE, 2)
        async with ledger.transaction("damage") as rows:
            first = (await rows.ids(Shelf.TOKEN))[0]
            await rows._sql(  # pyright: ignore[reportPrivateUsage] - damage is no row's own doing
                "UPDATE rows SET sealed = x'00' WHERE shelf = ? AND id = ?", "token", first
            )
        assert await take(ledger)
        assert not await stock(ledger)


# ── forgetting ───────────────────────────────────────────────────────────────────────────────
async def test_what_is_over_is_dropped(tmp_path: Path) -> None:
    """Tokens of past weeks, marks and requests of past days go, however long one was away."""
    async with machine(tmp_path) as ida:
        for week in (WEEK - 3, WEEK - 1, WEEK, WEEK + 1):
            await fill(ida.ledger, CC_NOTE, 1, Week(week))
        await withdraw(ida)
        bend(ida.broker, None, None, None)
        with pytest.raises(BrokerGone):
            await withdraw(ida, serial=1)
        await fill(ida.ledger, CC_NOTE, 1, Week(WEEK - 2))
        wallet = Wallet(ida.ledger)
        await wallet.forget(TODAY)
        async with ida.ledger.reading() as rows:
            assert len(await rows.ids(Shelf.PORTION)) == 1
            assert len(await rows.ids(Shelf.TOKEN_REQUEST)) == 1
        assert [await stock(ida.ledger, week=Week(WEEK + n)) for n in (-2, 0)] == [0, 3]
        await wallet.forget(Day(TODAY + 1))
        async with ida.ledger.reading() as rows:
            assert not await rows.ids(Shelf.PORTION)
            assert not await rows.ids(Shelf.TOKEN_REQUEST)


async def test_tokens_of_weeks_ahead_are_kept(tmp_path: Path) -> None:
    """On Sunday Monday's are there already, and the day that is proven may be weeks behind.

    Their portions are marked as had: nobody would ask for them a second time.
    """
    async with store(tmp_path) as ledger:
        for week in (WEEK - 1, WEEK, WEEK + 1, WEEK + 2):
            await fill(ledger, CC_NOTE, 1, Week(week))
        await Wallet(ledger).forget(TODAY)
        left = [await stock(ledger, week=Week(WEEK + n)) for n in (-1, 0, 1, 2)]
        assert left == [0, 1, 1, 1]
        await Wallet(ledger).forget(Day(0))
        assert [await stock(ledger, week=Week(WEEK + n)) for n in (0, 1, 2)] == [1, 1, 1]
        await Wallet(ledger).forget(Day(TODAY + 7 * 200))
        assert [await stock(ledger, week=Week(WEEK + n)) for n in (0, 1, 2)] == [0, 0, 0]


async def test_a_restored_wallet_is_emptied_and_filled_anew(tmp_path: Path) -> None:
    """No token from a backup is ever spent; new ones are asked for as far as the day goes."""
    async with machine(tmp_path) as ida:
        await withdraw(ida)
        assert await Wallet(ida.ledger).discard_all() == 3
        assert not await stock(ida.ledger)
        assert await withdraw(ida) == 3


# ── when which tokens are asked for ──────────────────────────────────────────────────────────
CLASSES = st.sampled_from(TOKEN_CLASSES)
SLOTS = st.sampled_from([300, 900, 3_600, 14_400, 43_200, 86_400])
ANY_SLOTS = st.sampled_from([10, 60]) | SLOTS
MINUTES = st.integers(0, 1_439)
NOWS = st.integers(20_000 * DAY_SECONDS, 20_020 * DAY_SECONDS).map(Instant)


@settings(deadline=None)
@given(CLASSES, ANY_SLOTS, MINUTES, NOWS)
def test_a_member_has_tokens_for_now_and_asks_no_further_than_tomorrow(
    token_class: TokenClass, slot: int, minute: int, now: Instant
) -> None:
    """What is due covers this moment; the issuer gives nothing for the day after tomorrow."""
    found = due(token_class, Schedule(note_slot_seconds=slot), now, minute)
    days = [portion.day for _, portion in found]
    assert days[0] == day_of(now)
    assert set(days) <= {day_of(now), Day(day_of(now) + 1)}
    assert all(portion.week == week_of(portion.day) for _, portion in found)
    assert all(portion.count > 0 for _, portion in found)
    assert len({(serial, portion.day) for serial, portion in found}) == len(found)


@settings(deadline=None)
@given(ANY_SLOTS, MINUTES, NOWS)
@example(10, 294, Instant(1_729_468_400))
def test_whoever_begins_late_in_a_day_has_a_token_for_every_slot_of_a_portion(
    slot: int, minute: int, now: Instant
) -> None:
    """A day's quota is spread evenly: no portion is for more slots than it has tokens."""
    schedule = Schedule(note_slot_seconds=slot)
    span = min(SLOTS_A_PORTION * slot, DAY_SECONDS)
    notes = CC_NOTE
    for serial, portion in due(notes, schedule, now, minute):
        slots = (min((serial + 1) * span, DAY_SECONDS) - serial * span) // slot
        assert portion.count >= slots


@settings(deadline=None, max_examples=40)
@given(CLASSES, ANY_SLOTS, MINUTES)
def test_a_day_of_portions_is_the_days_quota(
    token_class: TokenClass, slot: int, minute: int
) -> None:
    """Whoever is there all day asks for exactly what everybody may have, and never for more."""
    schedule, day = Schedule(note_slot_seconds=slot), Day(20_001)
    step = max(slot, 300)
    had = {
        (serial, portion.day): portion.count
        for now in range(start_of(Day(day - 1)), start_of(Day(day + 1)), step)
        for serial, portion in due(token_class, schedule, Instant(now), minute)
    }
    assert sum(n for (_, at), n in had.items() if at == day) == schedule.quota(token_class)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from((CC_NOTE, TokenClass(CC_NOTE.writer, CellClass.S))),
    SLOTS,
    MINUTES,
    st.integers(20_000, 20_010).map(Day),
)
@example(TokenClass(CC_NOTE.writer, CellClass.S), 300, 1_439, Day(20_004))
def test_there_is_a_token_for_every_slot(
    token_class: TokenClass, slot: int, minute: int, day: Day
) -> None:
    """From its first day on, no member runs dry in the middle of a day or at midnight."""
    schedule = Schedule(note_slot_seconds=slot)
    every = max(slot, schedule.lane(token_class.cell))
    had: set[tuple[int, Day]] = set()
    wallet: dict[Week, int] = {}
    for now in range(start_of(day), start_of(Day(day + 3)), slot):
        week = week_of(day_of(Instant(now)))
        # What is posted in a slot leaves before anything is asked in it.
        if had and not now % every:
            wallet[week] = wallet.get(week, 0) - 1
            assert wallet[week] >= 0
        for serial, portion in due(token_class, schedule, Instant(now), minute):
            if (serial, portion.day) not in had:
                had.add((serial, portion.day))
                wallet[portion.week] = wallet.get(portion.week, 0) + portion.count


def test_members_ask_at_different_times() -> None:
    """The issuer is not asked by all members in the same second."""
    schedule, start = Schedule(), start_of(Day(20_001))

    def first_asked(minute: int) -> int:
        """Return when the second portion is first due."""
        times = range(start, start + DAY_SECONDS, 300)
        return next(t for t in times if len(due(CC_NOTE, schedule, Instant(t), minute)) > 1)

    assert len({first_asked(minute) for minute in (1, 400, 900, 1_300)}) == 4
    blobs = TokenClass(CC_NOTE.writer, CellClass.S)
    last_slot = 1_435
    for minute in (0, 700, 1_439):
        after = start + min(minute, last_slot) * 60
        before = after - 1
        days = [one.day for _, one in due(blobs, schedule, Instant(after), minute)]
        assert days == [day_of(Instant(after)), Day(day_of(Instant(after)) + 1)]
        if minute:
            assert len(due(blobs, schedule, Instant(before), minute)) == 1


def test_nothing_is_asked_for_that_nobody_may_have() -> None:
    """A class without a quota is not asked for."""
    none = Schedule(300, 0, 0, dict.fromkeys(Schedule().blob_quota, 0))
    blobs = TokenClass(CC_NOTE.writer, CellClass.XL256)
    assert due(blobs, none, start_of(TODAY)) == ()


@pytest.mark.parametrize("role", Role)
def test_a_member_needs_tokens_for_what_it_writes(role: Role) -> None:
    """Every class of every board that a role writes, and none besides."""
    assert [(one.board, one.cell) for one in needed(role)] == [
        (board, cls) for board in writable(role) for cls in CLASSES_ON[board]
    ]


# ── what is kept ─────────────────────────────────────────────────────────────────────────────
def test_a_prepared_request_is_read_as_written() -> None:
    """What was asked survives a restart, to the byte."""
    asked = Asked(TODAY, tuple(prepare(ISSUER, CHALLENGE) for _ in range(2)))
    assert Asked.decode(asked.encode()) == asked
    assert asked.fits(CHALLENGE, ISSUER.der, 2)
    assert not asked.fits(CHALLENGE, ISSUER.der, 3)
    assert not asked.fits(replace(CHALLENGE, week=Week(WEEK + 1)), ISSUER.der, 2)
    assert not asked.fits(CHALLENGE, BLIND.public.der, 2)


GOOD = Asked(TODAY, (prepare(ISSUER, CHALLENGE),)).encode()


@settings(deadline=None, max_examples=150)
@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=3), st.binary(max_size=60))
def test_any_bytes_are_a_request_or_refused(at: int, put: bytes, other: bytes) -> None:
    """Whatever a damaged store holds, reading it ends in a value or one refusal."""
    for data in (GOOD[:at] + put + GOOD[at + 1 :], GOOD[:at], other, pack(["asked", 1, 1, [7]])):
        with suppress(Malformed):
            Asked.decode(data)


@pytest.mark.parametrize("minute", [0, 7, 719, 1_435, 1_439])
def test_a_members_own_day_begins_at_its_minute(minute: int) -> None:
    """However rarely it looks, each of its own days comes once."""
    begins = start_of(Day(20_700)) + minute * 60
    assert own_day(Instant(begins), minute) == own_day(Instant(begins + 86_399), minute) == 20_700
    assert own_day(Instant(begins - 1), minute) == 20_699
