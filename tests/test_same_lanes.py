"""Whoever sends, receives or passes on looks like whoever does nothing: with the lanes of cases.

Six members come up together, each behind a tap: three centres and three districts. In every slot
the lines of the three of a kind must be the same, while one of them sends a case, one receives it
and one does nothing, and while a request goes from a centre to its district and on to another (P2).
"""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from client import upkeep
from client.transfer import MOST_ASKED
from keys.address import TOKEN_CLASSES, CellClass, TokenClass
from keys.calendar import week_of
from keys.errors import NoKeys, OutOfTokens
from keys.wire import Value
from tests import acts, samplefiles
from tests.leaking import alike
from tests.planted import nothing, planted
from tests.sixfold import Sixfold, sixfold
from tests.world import SLOT

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = 12
"""Slots that are played in a day."""
PICTURES = 8 * SLOT
"""Every fourth slot that is played is one in which everybody posts a cell of class M."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched() -> AsyncGenerator[Sixfold, None]:
    """Six members for all tests of this file."""
    async with sixfold(pictures=PICTURES) as made:
        yield made


async def test_members_who_do_nothing_look_the_same(watched: Sixfold) -> None:
    """The baseline: a note and a blob on every board that takes them."""
    await watched.same(2)


async def test_a_case_by_the_lanes_is_seen_by_nobody(watched: Sixfold) -> None:
    """The click, the note, the blob, the receipts, her arrival, the last word: every slot alike."""
    sender, centre, _ = watched.centres
    name = await acts.ready(watched.here, sender, acts.sample("GRAN-427"))
    await watched.lines.mark()
    sent = await sender.do("send", code_name=name, agreed_by_phone="duty")
    assert await watched.silent()
    assert not sent["kept"]
    assert int(str(sent["leaves_by"])) > watched.here.clock.now()
    assert await acts.once(sender, name)
    code = str(sent["arrival_code"])
    for _ in range(6):
        await watched.same(1)
        if await acts.state(sender, "out", name) == "stored":
            break
    (package,) = await acts.known(centre, "in")
    await watched.lines.mark()
    await centre.do("arrive", code_name=package, arrival_code=code)
    assert await watched.silent()
    await watched.same(2)
    await centre.do("confirm", code_name=package)
    await watched.same(3)
    assert await acts.state(sender, "out", name) == "confirmed"


async def test_a_request_to_the_police_and_on_is_seen_by_nobody(watched: Sixfold) -> None:
    """Centre to its own district, which passes it on to another, and the word that comes back."""
    sender, (own, other, _) = watched.centres[0], watched.districts
    name = await acts.ready(watched.here, sender, acts.sample("SKOG-903"))
    await watched.lines.mark()
    sent = await sender.do("police request", code_name=name)
    assert await watched.silent()
    assert not sent["kept"]
    for _ in range(6):
        await watched.same(1)
        if await acts.known(own, "in"):
            break
    (request,) = await acts.known(own, "in")
    await watched.same(1)
    await own.do("police review", code_name=request)
    await watched.lines.mark()
    told = await own.do(
        "police relay", code_name=request, district=other.name, authority="politiregisterloven"
    )
    assert await watched.silent()
    assert not told["kept"]
    for _ in range(6):
        await watched.same(1)
        if await acts.known(other, "in"):
            break
    assert await acts.known(other, "in")
    await watched.same(2)
    assert await acts.state(sender, "out", name) == "answered"


async def test_what_is_taken_back_in_line_never_leaves(watched: Sixfold) -> None:
    """Between the click and the slot she says no: a dummy goes, and no slot is another."""
    sender, centre, _ = watched.centres
    name = await acts.ready(watched.here, sender, acts.sample("GRAN-427", name="STILLE-600"))
    before = await acts.known(centre, "in")
    await sender.do("send", code_name=name, agreed_by_phone="duty")
    await watched.lines.mark()
    await sender.do("withdraw", code_name=name)
    assert await watched.silent()
    await watched.same(4)
    assert await acts.known(centre, "in") == before


async def test_who_unlocks_on_a_new_day_is_seen_by_nobody(watched: Sixfold) -> None:
    """New keys wait for each member's own minute, at which the locked ones tell theirs again."""
    sender, centre, _ = watched.centres
    clock, day = watched.here.clock, watched.here.today
    for party in (*watched.centres, *watched.districts):
        await party.do("lock")
    clock.advance(12 * 3_600)
    await watched.here.tick(2)
    assert watched.here.today == day + 1
    await sender.unlock()
    await watched.same(2)
    await centre.unlock()
    await watched.same(2)
    told = 0
    clock.advance(24 * 3_600 - clock.now() % (24 * 3_600) - 4 * SLOT)
    await watched.here.tick()  # what the hours between brought
    while watched.here.today == day + 1 or not told:
        for kind in await watched.slot():
            assert kind == [kind[0]] * 3
            told += sum(one.request.startswith("POST /v1/keys ") for one in kind[0])
    assert told == 4, "certificate and keys, of both kinds of member"


async def test_out_of_keys_and_locked_look_alike(watched: Sixfold) -> None:
    """A receiver without keys, and a desk that is locked with a case in line: nothing is seen."""
    sender, centre, _ = watched.centres
    await sender.unlock()
    name = await acts.ready(watched.here, sender, acts.sample("GRAN-427", name="RAST-611"))
    nobody = acts.sample("GRAN-427", name="TOM-612").replace(
        centre.name, "Krisesenteret Nordlysgarden"
    )
    empty = await acts.ready(watched.here, sender, nobody)
    await watched.lines.mark()
    with pytest.raises(NoKeys):
        await sender.do("send", code_name=empty, agreed_by_phone="duty")
    await sender.do("send", code_name=name, agreed_by_phone="duty")
    await sender.do("lock")
    assert await watched.silent()
    await watched.same(4)
    assert len(await acts.known(centre, "in")) == 2
    await sender.unlock()
    await watched.same(1)


async def test_who_falls_back_to_the_key_of_the_day_is_seen_by_nobody(watched: Sixfold) -> None:
    """No key is left that is used once: the case leaves, arrives and is answered all the same."""
    sender, centre, _ = watched.centres
    before = await acts.known(centre, "in")
    await watched.use_up(sender)
    name = await acts.ready(watched.here, sender, acts.sample("GRAN-427", name="TOM-614"))
    await watched.lines.mark()
    await sender.do("send", code_name=name, agreed_by_phone="duty")
    assert await watched.silent()
    assert not await acts.once(sender, name)

    async def stored() -> bool:
        return await acts.state(sender, "out", name) == "stored"

    await watched.until(stored)
    assert await acts.fresh(centre, "in", before)


async def test_a_case_with_pictures_is_seen_by_nobody(watched: Sixfold, tmp_path: Path) -> None:
    """It rides the lane of class M, in a slot in which everybody posts a cell of that class."""
    sender, centre, _ = watched.centres
    before = await acts.known(centre, "in")
    text = acts.sample("VIDDE-256", of=sender.name, to=centre.name)
    name = await acts.ready(watched.here, sender, text)
    photo = samplefiles.photo(tmp_path / "utover.jpg")
    scan = samplefiles.scan(tmp_path / "kjennelse-skann.pdf", 150_000)
    for part, file in (("attachment.1", photo), ("attachment.2", scan)):
        await sender.do("part", code_name=name, attachment=part, path=str(file))
    await sender.do("consent", code_name=name)
    await watched.lines.mark()
    sent = await sender.do("send", code_name=name, agreed_by_phone="duty")
    assert not sent["kept"]
    assert await watched.silent()
    with planted(sender, nothing) as left:
        large = 0
        while not await acts.known(centre, "in") - before:
            for kind in await watched.slot():
                alike(kind)
                large += sum("/uploads/m " in one.request for one in kind[0])
            assert watched.here.clock.now() < int(str(sent["leaves_by"])) + PICTURES
    assert large
    assert CellClass.M in left.cells


async def test_haste_is_seen_and_the_comparison_sees_it(watched: Sixfold) -> None:
    """What leaves at once is heard at its own line alone: the planted leak that must be found."""
    sender = watched.centres[0]
    name = await acts.ready(watched.here, sender, acts.sample("GRAN-427", name="FORT-613"))
    first: dict[str, Value] = {}

    async def in_line() -> None:
        first.update(await sender.do("send", code_name=name, agreed_by_phone="duty"))

    async def in_haste() -> None:
        sent = await sender.do("send", code_name=name, agreed_by_phone="duty", urgent=True)
        assert sent["kept"]
        assert sent["arrival_code"] == first["arrival_code"]

    assert await watched.during(in_line) == [[[]] * 3] * 2
    (own, received, nothing), _ = await watched.during(in_haste)
    assert own != nothing == received == []

    async def stored() -> bool:
        return await acts.state(sender, "out", name) == "stored"

    await watched.until(stored)


async def _hurry(watched: Sixfold, name: str) -> int:
    """Ask the others urgently until some of it must wait, or is refused; return how often."""
    sender, *others = watched.centres
    asked: dict[str, Value] = {"code_name": name, "centres": [one.name for one in others]}
    for often in range(1, MOST_ASKED):
        try:
            found = await sender.do("inquire", **asked, urgent=True)
        except OutOfTokens:
            return often
        if found.get("held_up"):
            return often
    raise AssertionError


async def test_much_that_is_urgent_leaves_every_slot_as_it_is(watched: Sixfold) -> None:
    """Questions until the lanes can spare no more: the rest waits, and a day of slots is alike."""
    sender = watched.centres[0]
    name = await acts.ready(watched.here, sender, acts.sample("GRAN-427", name="TETT-614"))
    assert await _hurry(watched, name) > 2
    await watched.lines.mark()
    assert await _hurry(watched, name) == 1
    assert await watched.silent()
    await watched.same(DAY)
    assert not await sender.service.office.poster().turns.unbegun()


async def test_haste_that_takes_the_tokens_of_the_lanes_is_found(
    watched: Sixfold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: nothing is held back, and a slot of the one who hastened has no cell."""
    sender = watched.centres[0]
    name = await acts.ready(watched.here, sender, acts.sample("GRAN-427", name="TETT-615"))
    with monkeypatch.context() as bent:
        bent.setattr(upkeep, "held_back", lambda *_: dict.fromkeys(TOKEN_CLASSES, 0))
        await _hurry(watched, name)
    office = sender.service.office
    # Two are asked at once: one may be left, and is no slot later.
    assert await office.wallet.stock(TokenClass.parse("cc-note"), week_of(office.today)) < 2
    with pytest.raises(AssertionError):
        await watched.same(DAY)
