"""What the operator can tell of a case: counted at the desk, from what everybody downloads."""

import json
from pathlib import Path

import pytest

from client import crowd
from client.crowd import MOST, Crowd
from client.shelf import Shelf
from keys.address import Board, CellClass, Role
from keys.errors import Locked, NotHere
from keys.words import Language, Words
from tests import acts
from tests.fourfold import FEW, SATURDAY, THREE, fourfold
from tests.lookout import Lookout
from tests.machines import store
from tests.parties import Party, village
from tests.program import in_process
from tests.world import SLOT

OWNER = b"o" * 16


async def _told(tmp_path: Path) -> None:
    """Count three batches in which an envelope has two cells."""
    async with store(tmp_path, unlocked=False) as ledger, ledger.transaction("told") as rows:
        await crowd.counted(rows, Board.CENTRE, 12, {CellClass.NOTE: 5})
        await crowd.counted(rows, Board.CENTRE, 13, {CellClass.NOTE: 7, CellClass.S: 1})
        await crowd.stood(rows, OWNER, Board.CENTRE, 13, CellClass.S, rode=True)
        await crowd.stood(rows, OWNER, Board.CENTRE, 13, CellClass.NOTE, rode=False)
        await crowd.counted(rows, Board.CENTRE, 24, {CellClass.NOTE: 9, CellClass.S: 2})


@pytest.mark.asyncio
async def test_a_row_is_a_run_of_batches(tmp_path: Path) -> None:
    """Cells of the same batch, and of the dozen that it is one of; another dozen is not counted."""
    await _told(tmp_path)
    async with store(tmp_path) as ledger, ledger.reading() as rows:
        found = await crowd.of(rows, Board.CENTRE)
        own = await crowd.own(rows, OWNER)
    assert own.cells == (
        (Board.CENTRE, 13, CellClass.S, True),
        (Board.CENTRE, 13, CellClass.NOTE, False),
    )
    assert (found.among(13, CellClass.NOTE), found.among(13, CellClass.NOTE, 12)) == (7, 12)
    assert (found.among(13, CellClass.S), found.among(24, CellClass.S, 12)) == (1, 2)


@pytest.mark.asyncio
@pytest.mark.parametrize("number", [25 + MOST, 3], ids=["two days later", "a new broker"])
async def test_what_is_not_counted_any_more_is_forgotten(tmp_path: Path, number: int) -> None:
    """Where cells stood goes with the batches; a board that begins anew is counted anew."""
    await _told(tmp_path)
    async with store(tmp_path) as ledger, ledger.transaction("later") as rows:
        before = await crowd.of(rows, Board.CENTRE)
        later = range(25, number + 1) if number > 24 else [number]
        for at in later:
            before = before.after(at, {})
        await rows.put(Shelf.CROWD, Board.CENTRE.value.encode(), before.encode())
        await crowd.counted(rows, Board.CENTRE, max(later) + 1, {})
        assert await rows.ids(Shelf.OWN_CELLS) == []
        assert len((await crowd.of(rows, Board.CENTRE)).batches) <= MOST


def test_a_crowd_keeps_the_last_batches() -> None:
    """So that its row stays as long as it is."""
    full = Crowd()
    for number in range(MOST + 5):
        full = full.after(number, {CellClass.NOTE: 1})
    assert (len(full.batches), full.first) == (MOST, 5)


@pytest.mark.asyncio
async def test_the_desk_counts_what_lies_on_the_operators_disk() -> None:
    """Every number is the operator's own; nothing is asked; it stays true when it is confirmed."""
    async with fourfold(*THREE, blobs=FEW) as four:
        sender, centre, _ = four.sides
        code, package = await four.sent("TELLE-204")
        await four.here.tick(2)
        for side in four.sides:
            side.tap.mark()
        said = json.loads(await sender.shows("--json", "operator-view", "TELLE-204"))
        assert not any(side.tap.octets for side in four.sides)
        cells = {one["class"]: one for one in said["cells"]}
        assert set(cells) == {"note", "s"}
        seen = [one for one in Lookout(four.here).batches() if one.board is Board.CENTRE]
        (where,) = [one for one in seen if CellClass.S in one.cells]
        run = max(1, 3_600 // SLOT)
        row = [one for one in seen if one.number // run == where.number // run]
        assert said["row_batches"] == run
        for cls, one in cells.items():
            assert one["board"] == "centre"
            assert one["slot"] == where.cells[CellClass(cls)]
            assert one["row"] == sum(batch.cells.get(CellClass(cls), 0) for batch in row)
            assert (one["may_be_for"], one["own_district"]) == (len(THREE) - 1, False)
        assert (cells["s"]["slot"], cells["note"]["slot"]) == (1, len(four.sides) + 1)
        assert said["may_be_for"] == len(THREE) - 1
        for lang in Language:
            shown = " ".join((await sender.shows("operator-view", "TELLE-204", lang=lang)).split())
            words = Words("client", lang)
            for word in ("alone", "address", "content", "counted_here", "blob", "note"):
                assert words.say(f"operator.{word}") in shown, (lang, word)
            assert centre.party.name not in shown
        await four.opens(centre, package, code)
        await acts.confirm(four.here, centre.party, package)
        assert await acts.state(sender.party, "out", "TELLE-204") == "confirmed"
        # How it was sealed is forgotten with whom it was for (E-17.6); the rest stays true.
        assert said["forward_secrecy"] == "once"
        after = json.loads(await sender.shows("--json", "operator-view", "TELLE-204"))
        assert after == said | {"forward_secrecy": ""}


def _asking(name: str, sender: Party, centre: Party) -> str:
    """Return an urgent case that goes to a centre, and of which the own district is asked too."""
    ends = {"name": name, "of": sender.name, "to": centre.name}
    _, section, asked = acts.sample("SKOG-903", **ends).partition("police_request:")
    case = acts.sample("GRAN-427", **ends).rstrip().replace("\n", "\nemergency: ja\n", 1)
    return f"{case}\n\n{section}{asked}".replace("2026-11-15", "2026-11-14")


async def _seen(party: Party, name: str) -> list[tuple[str, int, bool]]:
    """Return of each board what the desk says of whom its cells may be for; once for each."""
    cells = (await party.do("operator-view", code_name=name))["cells"]
    assert isinstance(cells, list)
    found = [one for one in cells if isinstance(one, dict)]
    said = {(str(one["board"]), one["may_be_for"], one["own_district"]) for one in found}
    return sorted((board, int(str(count)), own is True) for board, count, own in said)


async def _reads(party: Party, name: str, lang: Language) -> str:
    done = await in_process(party, "operator-view", name, lang=lang)
    assert done.code == 0, done.said
    return " ".join(done.out.split())


@pytest.mark.asyncio
async def test_what_a_centre_asks_the_police_can_only_be_for_its_own_district() -> None:
    """Also beside a case to a centre; a district's notice may be for any other district."""
    keys = ("granlia", "fjordglott", "elvebredden", "innlandet", "vest")
    async with village(*keys, start=SATURDAY, blobs=FEW) as (here, found):
        sender, centre, _, home, away = found
        await sender.do("new", case=_asking("TELLE-205", sender, centre))
        before = await acts.known(home, "in")
        await sender.do("police request", code_name="TELLE-205")
        await here.tick(2)
        to_police = ("police", 1, True)
        assert await _seen(sender, "TELLE-205") == [to_police]
        for lang in Language:
            shown, words = await _reads(sender, "TELLE-205", lang), Words("client", lang)
            assert words.say("operator.own_district") in shown
            for count in range(len(here.register.members)):
                assert words.say("operator.never", count=count) not in shown
        request = await acts.fresh(home, "in", before)
        await home.do("police review", code_name=request)
        await home.do("police relay", code_name=request, district=away.name, authority="vakt")
        await here.tick(2)
        police = sum(one.role is Role.POLICE for one in here.register.members)
        assert police > 2
        assert await _seen(home, request) == [("police", police - 1, False)]
        shown, words = await _reads(home, request, Language.EN), Words("client", Language.EN)
        assert words.say("operator.own_district") not in shown
        assert words.say("operator.never", count=police - 1) in shown
        await sender.do("consent", code_name="TELLE-205")
        await acts.send(here, sender, centre, "TELLE-205", by_phone="duty")
        await here.tick(2)
        assert await _seen(sender, "TELLE-205") == [("centre", 2, False), to_police]
        said = await sender.do("operator-view", code_name="TELLE-205")
        assert said["may_be_for"] == 1
        shown = await _reads(sender, "TELLE-205", Language.EN)
        assert words.say("operator.own_district") in shown
        assert words.say("operator.never", count=2) in shown


@pytest.mark.asyncio
async def test_what_was_not_sent_or_is_locked_shows_nothing() -> None:
    """A name that nobody sent under is refused, and so is whoever has not unlocked."""
    async with fourfold("granlia", "fjordglott", blobs=FEW) as four:
        sender = four.sides[0].party
        with pytest.raises(NotHere):
            await sender.do("operator-view", code_name="TELLE-204")
        await sender.do("lock")
        with pytest.raises(Locked):
            await sender.do("operator-view", code_name="TELLE-204")
