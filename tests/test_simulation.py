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

from client.offers import PREKEYS
from client.peers import EPOCHS
from keys.address import CLASSES_ON, Board, CellClass, MemberId, Role, writable
from keys.calendar import day_of, week_of
from keys.identity import Identity
from keys.opening import BEGINS_PACKAGE
from keys.prekeys import generate, issue
from keys.schedule import Schedule
from keys.wire import pack
from tests.bench.simulation import pools, report, svg
from tests.bench.simulation.attacker import Odd
from tests.bench.simulation.day import RealDay
from tests.bench.simulation.dice import Dice
from tests.bench.simulation.game import Job, Rate, Score, play, score
from tests.bench.simulation.habits import NEW_KEYS, NEW_SHEET, OLD_KEYS
from tests.bench.simulation.lists import batch_bytes, list_bytes, weigh
from tests.bench.simulation.people import KINDS, People
from tests.bench.simulation.plan import Size, place, run
from tests.bench.simulation.scene import START, Desk, Leak, Manner, Scene, View
from tests.bench.simulation.tables import Tables
from tests.bench.simulation.town import Town
from tests.bench.simulation.traffic import BY_MACHINE, DAY, Pool, Saying, Word

SMALL: Final = Pool(7, 2)
DAYS: Final = 30
HOURLY: Final = (3_600, 3_600, 14_400)
"""Slots of an hour: few cells, so that all of them can be real."""
PAGES: Final = 4_096
"""More than the frames of a day's pages of the keys board."""


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
        begun = {KINDS[day.real[note][0].word] for note in day.once & found.keys()}
        assert begun
        assert begun <= BEGINS_PACKAGE
        assert day.costs.opened_once == len(day.once & found.keys())
        assert 0 < day.costs.once <= day.costs.begun
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
        fewest = pools.down(role, scene.pool, schedule) - scene.pool.members * batch_bytes()
        most = pools.dearest(role, scene.pool, schedule) + 2 * extra + PAGES
        assert fewest < day.costs.down[role] <= most


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


@pytest.mark.parametrize("others", [1, 3, 12, 13, 30])
def test_the_length_of_a_list_is_that_of_a_real_one(others: int) -> None:
    """Computed of zeros, it is what a list with real keys is on the board, sheet by sheet."""
    week, own = week_of(day_of(START)), Identity.generate()
    secrets = generate([MemberId(bytes([at]) * 32) for at in range(others)], week)
    real = [pack([PREKEYS, sheet.encode()]) for sheet in issue(own, week, secrets)]
    assert list_bytes(others) == sum(map(len, real))
    batch = People("keys", Pool(1, 1), day_of(START)).fortnight(0, 0)
    assert batch_bytes() == len(pack([EPOCHS, batch.encode()]))


def test_a_list_holds_no_more_than_a_pool_may_have() -> None:
    """Where cells would be few enough, the longest list there is makes the pool no larger."""
    hardly = Schedule(14_400, 0, 0)
    assert pools.fits(pools.pool_of(769), hardly)
    assert not pools.fits(pools.pool_of(770), hardly)
    assert len(pools.sharded(770, hardly)) == 2


# ── What is told by the calendar ─────────────────────────────────────────────────────────────
def test_a_list_is_told_as_the_client_tells_it() -> None:
    """From each member's minute of the week's first day on, a sheet a slot, and not again."""
    town = lived(Scene("told", 9, Pool(11, 3), slots=HOURLY))
    for member, minute in enumerate(town.view.minutes):
        at = [slot for slot, signs in enumerate(town.view.slots) if NEW_SHEET in signs[member]]
        first = -(-minute // 60)
        assert at == [first, first + 1, first + 168, first + 169]
        for slot, signs in enumerate(town.view.slots):
            told = {NEW_KEYS, OLD_KEYS} & set(signs[member])
            assert bool(told) == (slot % 24 == first % 24 and slot > 0)


def test_the_attacker_sees_tokens_at_the_members_minute_and_takes_them_for_nothing() -> None:
    """What the calendar alone makes is in the view, and is odd to nobody who knows the calendar."""
    town = lived(Scene("asked", 2, SMALL, slots=HOURLY, a_day=0))
    assert any("tokens" in sign for slot in town.view.slots for signs in slot for sign in signs)
    odd = Odd(town.view)
    found = {
        sign
        for member in range(SMALL.centres)
        for slot in range(48)
        for sign in odd.around(member, slot)
    }
    assert not any("tokens" in sign or "sheet" in sign for sign, _ in found)


def test_a_list_that_is_told_when_a_desk_is_opened_is_in_what_he_has() -> None:
    """The planted fault shows at the member itself, on every day on which somebody works there."""
    scene = Scene("opened", 2, SMALL, desk=Desk.LISTS, slots=HOURLY, a_day=0)
    odd = Odd(lived(scene).view)
    for member in range(SMALL.centres):
        signs = {sign for slot in range(48) for sign, _ in odd.around(member, slot)}
        assert f"+{NEW_SHEET}" in signs


# ── What is printed ──────────────────────────────────────────────────────────────────────────
def test_each_part_gives_rows_that_say_how_they_were_had() -> None:
    """A whole run of a small size: every number is marked, and no part is left out."""
    size = Size(Pool(3, 1), HOURLY, Pool(7, 2), days=2, long=1, members=(4, 6), tables=1)
    results = run("printed", size, lambda _: None)
    day, rest = [*report.one_day(results.day)], [*report.sizes(results)]
    for part in (day, rest):
        assert part
        assert {row.how for row in part} == {report.MEASURED, report.COMPUTED}
        assert all(
            row.what.strip() and any(map(str.isdigit, row.value))
            for row in part
            if row.value != "the same"
        )
    said = {row.what.strip(): row for row in (*day, *rest)}
    assert said["slots and deliveries beside the run without cryptography"].value == "the same"
    assert said["keys board: fetched on the day, each"].how == report.MEASURED
    assert said["6 members: everybody's one-time keys, a week, to each"].how == report.COMPUTED
    assert said["6 members: tables of 1 pools, each"].how == report.MEASURED
    for role in Role:
        assert said[f"6 members: {role}, a day"].how == report.COMPUTED
    for one in (results.sharded[0].members, results.sharded[1].members):
        assert said[f"{one} members: brokers receive"].how == report.COMPUTED
    more, fewer = (
        report.processor(Role.CENTRE, pools.pool_of(count), results.day, Schedule())
        for count in (60, 6)
    )
    assert more > fewer > 0
    assert results.scores.keys() == report.GAMES.keys()
    assert all(len(report.rates(one)) == 7 for one in results.scores.values())
    for page in (report.guesses(results), report.downloads()):
        assert parsed(page).tag.endswith("svg")


def test_a_weeks_lists_are_as_long_as_the_design_says() -> None:
    """Among 57 members a list fills five sheets, and everybody fetches fifteen megabytes a week."""
    lists = weigh(57, day_of(START))
    assert 270_000 < lists.told < 300_000
    assert lists.fetched == 57 * lists.told
    assert min(lists.made, lists.read, lists.tried) > 0
