"""Whatever is wrong, a member's service says so by name, says whether anything left, and keeps all.

Each row drives a running service through its own door. What the formats refuse byte by byte stands
in the tests of `keys`; what a broker refuses, in its own.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import pytest

from client.control import ControlClient
from client.refusals import NotYaml, PlaceMissing, UnknownWord, WrongAnswer, WrongState
from client.shelf import Shelf
from keys.arrival import ArrivalCode
from keys.calendar import DAY_SECONDS
from keys.errors import (
    CodeSlip,
    Locked,
    NotHere,
    OverLong,
    Refusal,
    RosterExpired,
    Sent,
    UnknownField,
    UnknownKind,
    WrongCode,
    WrongPassphrase,
    WrongShape,
)
from keys.wire import Packable
from keys.words import Language, Words
from tests import acts
from tests.faults import little_room
from tests.parties import STAFF, Party, village
from tests.world import World

STAFF_SHELVES = (Shelf.DRAFT, Shelf.OUTBOX, Shelf.INBOX, Shelf.POSTING, Shelf.OWED, Shelf.CODE)
WORDS = {lang: Words("client", lang) for lang in Language}
Kept = dict[Shelf, dict[bytes, bytes]]


async def kept(party: Party) -> Kept:
    """Return everything that a desk keeps of its cases, tries at a door apart."""
    async with party.service.office.ledger.reading() as rows:
        return {shelf: dict(await rows.rows(shelf)) for shelf in STAFF_SHELVES}


def check_told(refusal: Refusal) -> None:
    """Hold a refusal to its three sentences in every language, the middle one on what left."""
    for words in WORDS.values():
        told = words.told(refusal)
        assert told.what
        assert told.do
        assert told.sent == words.say(f"sent.{refusal.sent.value}")


@asynccontextmanager
async def waiting() -> AsyncGenerator[tuple[World, Party, Party, str], None]:
    """Run two centres, with one case on its way and one that is only written down."""
    async with village("granlia", "fjordglott") as (here, (sender, centre)):
        await acts.ready(here, sender, acts.sample("GRAN-427"), centre)
        _, package = await acts.send(here, sender, centre, "GRAN-427")
        text = acts.sample("GRAN-427", name="LIND-200")
        await sender.do("new", case=text)
        await sender.do("consent", code_name="LIND-200")
        await here.tick(2)
        yield here, sender, centre, package


CASE = acts.sample("GRAN-427", name="TIND-300")
ROWS: tuple[tuple[str, str, Mapping[str, Packable], type[Refusal]], ...] = (
    ("truncated case", "new", {"case": CASE[: len(CASE) // 3] + "\n  - {"}, NotYaml),
    ("oversized case", "new", {"case": "x" * (5 << 20)}, OverLong),
    ("oversized argument", "new", {"case": "x" * (2 << 20)}, WrongShape),
    ("unknown field", "new", {"case": CASE + "\nhemmelig: ja\n"}, UnknownField),
    ("unknown argument", "check", {"code_name": "LIND-200", "more": 1}, UnknownField),
    ("unknown verb", "publish", {}, UnknownKind),
    ("argument of another kind", "check", {"code_name": 7}, WrongShape),
    ("no such case", "send", {"code_name": "TIND-300"}, NotHere),
    ("no place", "send", {"code_name": "LIND-200"}, PlaceMissing),
    (
        "unknown word",
        "send",
        {"code_name": "LIND-200", "agreed_by_phone": "naboen"},
        UnknownWord,
    ),
    ("taken twice", "police request", {"code_name": "GRAN-427"}, Refusal),
    (
        "wrong passphrase",
        "unlock",
        {"name": STAFF, "passphrase": "feil setning her"},
        WrongPassphrase,
    ),
    ("opened nowhere", "arrive", {"code_name": "LIND-200"}, NotHere),
)


async def test_each_bad_word_at_the_desk_is_refused_by_name_and_changes_nothing() -> None:
    """Nothing left the machine, and the desk is as it was before."""
    async with waiting() as (_, sender, _, _):
        before = await kept(sender)
        for name, verb, arguments, leaf in ROWS:
            with pytest.raises(leaf) as met:
                await ControlClient(sender.home.socket).do(verb, arguments)
            check_told(met.value)
            assert met.value.sent is Sent.NOTHING, name
            assert await kept(sender) == before, name


async def test_each_bad_word_at_the_door_is_refused_by_name_and_opens_nothing() -> None:
    """A slip, a wrong code, an answer given twice: the package waits as it did."""
    async with waiting() as (_, _, centre, package):
        inquiry = next(iter(await acts.known(centre, "inquiries")))
        before = await acts.rows(centre, "in")
        slip = {"code_name": package, "arrival_code": "22222-22222"}
        wrong = {"code_name": package, "arrival_code": ArrivalCode.generate().text}
        rows: tuple[tuple[str, Mapping[str, Packable], type[Refusal]], ...] = (
            ("arrive", slip, CodeSlip),
            ("arrive", wrong, WrongCode),
            ("card", {"code_name": package}, WrongState),
            ("read", {"code_name": package}, WrongState),
            ("confirm", {"code_name": package}, WrongState),
            ("police review", {"code_name": package}, WrongState),
            ("answer", {"code_name": inquiry, "value": "no"}, WrongState),
            ("answer", {"code_name": inquiry, "value": "yes_from", "from": "i morgen"}, Refusal),
        )
        for verb, arguments, leaf in rows:
            with pytest.raises(leaf) as met:
                await ControlClient(centre.home.socket).do(verb, arguments)
            check_told(met.value)
            assert met.value.sent is Sent.NOTHING
        after = [{**row, "tries": 0} for row in await acts.rows(centre, "in")]
        assert after == [{**row, "tries": 0} for row in before]


async def test_a_locked_desk_does_nothing_and_loses_nothing() -> None:
    """Every verb that touches a case is refused, and all is there after the unlock."""
    async with waiting() as (_, sender, _, _):
        before = await kept(sender)
        await sender.do("lock")
        for verb in ("send", "withdraw", "check", "consent", "release"):
            with pytest.raises(Locked) as met:
                await sender.do(verb, code_name="LIND-200")
            check_told(met.value)
        await sender.unlock()
        assert await kept(sender) == before


async def test_without_a_broker_a_case_waits_here_and_leaves_when_it_is_back() -> None:
    """Nobody answers: the desk says so, keeps the case sealed, and goes on by itself."""
    async with waiting() as (here, sender, centre, _):
        before = await acts.known(centre, "in")
        await here.stop()
        answer = await sender.do("send", code_name="LIND-200", agreed_by_phone="duty")
        assert (answer["kept"], answer["why"]) == (False, "broker_gone")
        await here.start()
        await here.tick(3)
        assert await acts.fresh(centre, "in", before)


async def test_a_full_disk_is_said_and_the_case_goes_when_there_is_room() -> None:
    """No room to seal: nothing is half written, and the same click goes on afterwards."""
    async with waiting() as (here, sender, centre, _):
        before = await acts.known(centre, "in")
        with little_room(4_096), pytest.raises(Refusal) as met:
            await sender.do("send", code_name="LIND-200", agreed_by_phone="duty")
        check_told(met.value)
        assert met.value.code in {"disk_full", "store_damaged"}
        answer = await sender.do("send", code_name="LIND-200", agreed_by_phone="duty")
        assert answer["kept"]
        await here.tick(2)
        assert await acts.fresh(centre, "in", before)


async def test_without_tokens_a_case_waits_and_leaves_with_the_next_portion() -> None:
    """A day's portion is spent: sending is refused by name, and the next day it leaves."""
    async with waiting() as (here, sender, centre, _):
        before = await acts.known(centre, "in")
        async with sender.service.office.ledger.transaction("spent") as rows:
            for row in await rows.ids(Shelf.TOKEN):
                await rows.delete(Shelf.TOKEN, row)
        with pytest.raises(Refusal) as met:
            await sender.do("send", code_name="LIND-200", agreed_by_phone="duty")
        check_told(met.value)
        assert met.value.code == "out_of_tokens"
        here.clock.advance(DAY_SECONDS)
        await here.publish()
        await here.tick(3)
        assert await acts.fresh(centre, "in", before)


async def test_a_clock_that_is_days_ahead_sends_nothing_and_destroys_nothing() -> None:
    """The member list is too old for that day: staff are told, and keys stay."""
    async with waiting() as (here, sender, _, _):
        before = await kept(sender)
        await here.stop()
        here.clock.advance(5 * DAY_SECONDS)
        await sender.service.tick()
        found = await sender.do("doctor")
        assert not found["roster_fresh"]
        assert "roster_stale" in str(found["warnings"])
        assert (await kept(sender))[Shelf.OUTBOX] == before[Shelf.OUTBOX]
        await here.start()


@pytest.mark.parametrize("leaf", [RosterExpired, WrongAnswer, UnknownWord])
def test_a_refusal_that_left_something_says_so(leaf: type[Refusal]) -> None:
    """The middle sentence is of what has left, never of what went wrong."""
    for sent in Sent:
        check_told(leaf(sent=sent))
