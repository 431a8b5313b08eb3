"""The simulation bench, small: its books add up, and its attacker finds what there is to find.

His failing against the lanes means something only because the same attacker, told nothing of what
to look for, names sender and receiver where everything leaves at once, and finds planted faults.
"""

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from keys.address import CLASSES_ON, Board, CellClass, Role, writable
from keys.calendar import day_of
from keys.schedule import Schedule
from tests.bench.simulation import pools, svg
from tests.bench.simulation.day import RealDay
from tests.bench.simulation.dice import Dice
from tests.bench.simulation.game import Job, Rate, Score, play, score
from tests.bench.simulation.lists import weigh
from tests.bench.simulation.plan import place
from tests.bench.simulation.scene import START, Desk, Leak, Manner, Scene, View
from tests.bench.simulation.tables import Tables
from tests.bench.simulation.town import Town
from tests.bench.simulation.traffic import BY_MACHINE, DAY, Pool, Saying, Word

SMALL: Final = Pool(7, 2)
DAYS: Final = 30
HOURLY: Final = (3_600, 3_600, 14_400)
"""Slots of an hour: few cells, so that all of them can be real."""


@cache
def played(manner: Manner = Manner.LANES, leak: Leak = Leak.NONE, days: int = DAYS) -> Score:
    """Let the attacker learn and guess in weeks of seven centres and two districts."""
    scene = Scene("small", days, SMALL, manner, leak, Desk.MINUTE, (900, 900, 14_400))
    return score([play(Job(scene, learn=days))])


# ── The attacker ─────────────────────────────────────────────────────────────────────────────
def test_he_wins_where_everything_leaves_at_once() -> None:
    """Both the sender and the receiver of a case are all but certain to him."""
    found = played(Manner.AT_ONCE)
    assert found.sender.tries > 40
    assert found.sender.truth >= 0.9
    assert found.recipient.truth >= 0.9


def test_urgent_alone_shows_the_sender_and_not_the_receiver() -> None:
    """What staff send leaves at once, and what answers it rides."""
    found = played(Manner.FIRST)
    assert found.sender.truth >= 0.9
    assert found.recipient.is_base
    assert found.recipient.truth < 2 * found.recipient.base


def test_against_the_lanes_he_knows_no_more_than_the_roster() -> None:
    """He names the right one as often as anybody would, and gives the truth no more."""
    found = played(days=3 * DAYS)
    for rate in (found.sender, found.recipient):
        assert rate.tries > 120
        assert rate.between[0] <= rate.base <= rate.between[1]
        assert rate.truth < 1.3 * rate.base


@pytest.mark.parametrize("leak", [Leak.LATE, Leak.AGAIN, Leak.ORDER])
def test_he_finds_a_planted_fault(leak: Leak) -> None:
    """A millisecond, one more reading, an order: each alone gives both of them away."""
    found = played(leak=leak)
    for rate in (found.sender, found.recipient):
        assert not rate.is_base
        assert rate.truth > 2 * rate.base


def test_a_rate_says_between_what_it_lies() -> None:
    """Known answers of Wilson's interval: 1 of 10, and 0 of 10."""
    low, high = Rate(10, 1, 0.1, 0.1).between
    assert (round(low, 3), round(high, 3)) == (0.018, 0.404)
    assert [round(end, 3) for end in Rate(10, 0, 0.1, 0.1).between] == [0.0, 0.278]
    assert Rate(10, 0, 0.1, 0.2).is_base
    assert not Rate(100, 90, 0.9, 0.2).is_base


# ── The books ────────────────────────────────────────────────────────────────────────────────
def lived(scene: Scene) -> Town:
    """Live through a scene."""
    town = Town(scene)
    town.run()
    return town


def counted(town: Town) -> Iterable[tuple[Board, CellClass, int]]:
    """Give how many cells each board and class must have when each slot has exactly one."""
    schedule = Schedule(*town.scene.slots)
    for board in Board:
        for cls in CLASSES_ON[board]:
            writers = sum(
                count
                for role, count in ((Role.CENTRE, SMALL.centres), (Role.POLICE, SMALL.districts))
                if board in writable(role)
            )
            if slots := schedule.slots(cls) * town.scene.days:
                yield board, cls, writers * slots


def test_every_slot_has_one_cell_for_each_lane_and_board() -> None:
    """Nobody posts more or less, whatever waits; a restart's one note is all that is beside."""
    town = lived(Scene("books", 4, SMALL, slots=HOURLY))
    restarts: Counter[Board] = Counter()
    for signs in town.view.slots:
        for member, seen in enumerate(signs):
            role = Role.CENTRE if member < SMALL.centres else Role.POLICE
            notes = {sign for sign in seen if " note on time" in sign}
            assert notes == {f"{board} note on time" for board in writable(role)}
            assert len(seen) == len(set(seen))
            restarts.update(Board(sign.split()[0]) for sign in seen if "beside" in sign)
    assert {
        at: count - restarts[at[0]] * (at[1] is CellClass.NOTE)
        for at, count in town.view.cells.items()
    } == {(board, cls): count for board, cls, count in counted(town)}


def test_every_envelope_comes_once_and_in_its_turn() -> None:
    """A case follows the yes it names, and each receipt the case that it is of."""
    town = lived(Scene("order", 6, SMALL, slots=HOURLY))
    said = [(one.thread.number, one.word, one.sender, one.recipient) for one in town.delivered]
    assert len(said) == len(set(said))
    at = {one: place for place, one in enumerate(said)}
    cases = [one for one in town.delivered if one.word is Word.CASE]
    assert cases
    for case in cases:
        number, sender, recipient = case.thread.number, case.sender, case.recipient
        assert (
            at[number, Word.INQUIRY, sender, recipient] < at[number, Word.ANSWER, recipient, sender]
        )
        here = at[number, Word.CASE, sender, recipient]
        assert at[number, Word.ANSWER, recipient, sender] < here
        for word in (Word.STORED, Word.OPENED, Word.CONFIRMED):
            assert at.get((number, word, recipient, sender), here + 1) > here


def test_the_same_seed_gives_the_same_view() -> None:
    """A run can be repeated from what it printed."""
    scene = Scene("again", 1, SMALL, slots=HOURLY)
    assert lived(scene).view == lived(scene).view
    assert lived(scene).view != lived(Scene("other", 1, SMALL, slots=HOURLY)).view
    assert Dice("a", 1).below(10**9) != Dice("a", 2).below(10**9)


def test_the_tables_order_batches_as_the_bare_broker_does(tmp_path: Path) -> None:
    """The broker's own statements, on its own schema, keep each cell once, in order of hashes."""
    scene = Scene("tables", 1, SMALL, slots=HOURLY)
    with Tables.in_(tmp_path / "store") as tables:
        town = Town(scene, tables)
        view: View = town.run()
        assert view == lived(scene).view
        assert tables.cells == sum(view.cells.values())
        assert tables.size > 64 * tables.cells  # a leaf and a spent token for each, at least


def test_a_day_of_real_cells_is_the_day_of_the_schedulers() -> None:
    """With the client's own rider, real keys and the real store, every slot is the same.

    Every real note is opened by its receiver and nobody else; that check fails when it is not so.
    """
    scene = Scene("real", 1, Pool(3, 1), slots=HOURLY, a_day=40)
    with (
        TemporaryDirectory(dir=place()) as folder,
        RealDay.begun(scene, Path(folder) / "store") as day,
        ThreadPoolExecutor(1) as pool,
    ):
        day.run()
        found = day.read(pool)
        assert day.open(found) == day.posted_notes > 3
        note, (said, _) = next((at, one) for at, one in day.real.items() if at in found)
        for others in ([(said.recipient + 1) % 3], [said.recipient, said.sender]):
            with pytest.raises(AssertionError):
                day.open({**found, note: others})
    town = lived(scene)
    assert (day.view, day.delivered, day.handovers) == (town.view, town.delivered, town.handovers)
    assert day.costs.cells == day.costs.tokens == sum(town.view.cells.values())
    schedule = Schedule(*HOURLY)
    extra = 8_192 * sum(
        "beside" in sign for slot in town.view.slots for one in slot for sign in one
    )
    sent = 3 * pools.up(Role.CENTRE, schedule) + pools.up(Role.POLICE, schedule)
    assert sum(day.costs.up.values()) == sent + extra
    for role in Role:
        computed = pools.down(role, scene.pool, schedule)
        assert computed <= day.costs.down[role] <= computed + 2 * extra


def test_who_is_at_no_desk_says_only_what_machines_may() -> None:
    """Receipts that a machine signs wait for nobody; everything else is somebody's act."""
    town = lived(Scene("words", 6, SMALL, Manner.AT_ONCE, slots=HOURLY))
    came: dict[tuple[int, Word], Saying] = {
        (one.thread.number, one.word): one for one in town.delivered
    }
    for (number, word), one in came.items():
        if word in BY_MACHINE:
            case = came[number, Word.CASE if word is Word.STORED else Word.NOTICE]
            assert 0 <= one.at - case.at <= 2 * HOURLY[0]


# ── Pools ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("members", [2, 57, 147, 148, 500, 5_000])
def test_no_pool_is_larger_than_its_members_can_fetch(members: int) -> None:
    """As few pools as there may be, of about one size, each within 5 GB a day."""
    schedule = Schedule()
    made = pools.sharded(members, schedule)
    assert sum(pool.members for pool in made) == members
    assert all(pools.down(role, pool, schedule) <= pools.LIMIT for pool in made for role in Role)
    assert max(pool.members for pool in made) - min(pool.members for pool in made) <= 1
    if len(made) > 1:
        fewer = pools.pool_of(-(-members // (len(made) - 1)))
        assert not pools.fits(fewer, schedule)


def test_the_default_lanes_cost_what_the_design_says() -> None:
    """57 members: a note every five minutes and both blob lanes, on both boards of a centre."""
    schedule = Schedule()
    board = 288 * 8_192 + 96 * 65_672 + 6 * 4_198_472
    assert pools.up(Role.CENTRE, schedule) == 2 * board
    assert pools.up(Role.POLICE, schedule) == board + 288 * 8_192
    assert 1.5e9 < pools.down(Role.CENTRE, Pool(), schedule) < 1.6e9
    assert sum(schedule.slots(cls) for cls in CellClass) * schedule.note_slot_seconds > DAY


# ── Plots ────────────────────────────────────────────────────────────────────────────────────
def parsed(page: str) -> ET.Element:
    """Read a plot that was just drawn."""
    return ET.fromstring(page)  # noqa: S314 - our own


def test_plots_are_well_formed_and_as_high_as_their_numbers() -> None:
    """Each bar ends where its value stands on the axis, and words are escaped."""
    plot = svg.Plot("a < b", "below", "unit", 2.0, (1.0, "mark"))
    page = parsed(svg.bars(plot, ["one|two", "three"], {"x": [0.5, 2.0], "y": [0.0, 1.0]}))
    space = "{http://www.w3.org/2000/svg}"
    bars = [one for one in page.iter(f"{space}rect") if one.get("height") != "11"]
    assert [float(one.get("height", "")) for one in bars] == [
        round(plot.y(0) - plot.y(value) + 0.0, 1) for value in (0.5, 0.0, 2.0, 1.0)
    ]
    assert page.find(f"{space}title").text == "a < b"
    line = parsed(svg.lines(plot, [1, 10, 100], {"x": [0.5, 1.5, 3.0]}))
    (points,) = [one.get("points", "") for one in line.iter(f"{space}polyline")]
    assert len(points.split()) == 2


def test_a_weeks_lists_are_as_long_as_the_design_says() -> None:
    """Among 57 members a list fills five sheets, and everybody fetches fifteen megabytes a week."""
    lists = weigh(57, day_of(START))
    assert 270_000 < lists.told < 300_000
    assert lists.fetched == 57 * lists.told
    assert min(lists.made, lists.read, lists.tried) > 0
