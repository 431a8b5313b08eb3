"""A pool of members that live some days by the lanes of the client, and what can be seen of it.

This file knows slots: what stood in line leaves as `client.lanes` and `client.line` say, what is
sent beside the lanes leaves at its moment, the broker closes its batches and everybody reads. It
writes down what an operator sees of each member in each slot, at its most: which connection was
whose, to the millisecond and with no noise on the line. It refuses to guess anything of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from heapq import heappop, heappush
from typing import Final, Protocol

from client import lanes
from client.lanes import Lane, Source
from client.line import InLine, Line
from client.posting import OWNER_BYTES, Cell
from client.prekeys import Telling
from keys.address import Board, CellClass, CellHash, Role, writable
from keys.calendar import Day, Instant, day_of
from keys.schedule import Schedule
from tests.bench.simulation.dice import Dice
from tests.bench.simulation.habits import (
    NEW_KEYS,
    NEW_SHEET,
    Habits,
    asked,
    before,
    certified_from,
)
from tests.bench.simulation.rows import Rows, at_once
from tests.bench.simulation.scene import START, Desk, Handover, Leak, Manner, Scene, View
from tests.bench.simulation.stock import Stock, stock
from tests.bench.simulation.traffic import (
    BY_MACHINE,
    DAY,
    FIRST,
    HOUR,
    Saying,
    Word,
    begin,
    follow,
    threads,
)

_RESTARTS: Final = 1 / 14
"""How often a day a member's service begins anew: one note more on each board (and no more)."""
_MORNINGS: Final = 0.9
"""On how many days somebody opens a desk in the morning, whatever comes."""


_URGENT: Final = 0.2
"""How many envelopes of staff are urgent, where some are."""
ON_TIME: Final = "on time"
_LATE: Final = "1 ms late"
BESIDE: Final = "beside the lanes"
_AT_THE_READ: Final = "beside the lanes, with the slot's reading"
_READ_SECONDS: Final = 2
"""How soon after a slot's beginning what a machine says is on its way, that lets it out at once."""
_MINUTES: Final = 1_440
_MISPLACED: Final = ", out of its place"


@dataclass(frozen=True, slots=True, eq=False)
class _Envelope:
    said: Saying
    cells: set[bytes]
    """Those that stand on no board yet."""
    note: bytes


@cache
def _sign(board: Board, cls: CellClass, when: str) -> str:
    return f"{board} {cls} {when}"


class Broker(Protocol):
    """Where cells are kept and batches made."""

    def admit(self, board: Board, cls: CellClass, cell_hash: bytes, *, waited: bool) -> None:
        """Keep a cell. No broker is told whether it `waited`; a planted one is."""
        ...

    def close(self, now: Instant) -> Mapping[tuple[Board, CellClass], list[bytes]]:
        """Close the batch of every board; return its cells in their order."""
        ...


class Bare:
    """A broker that keeps nothing: the order of its batches is that of `closing.WAITING`."""

    def __init__(self, leak: Leak = Leak.NONE) -> None:
        self._leak = leak
        self._waiting: dict[tuple[Board, CellClass], list[tuple[bool, bytes]]] = {}

    def admit(self, board: Board, cls: CellClass, cell_hash: bytes, *, waited: bool) -> None:
        """See `Broker`."""
        last = self._leak is Leak.ORDER and not waited
        self._waiting.setdefault((board, cls), []).append((last, cell_hash))

    def close(self, now: Instant) -> Mapping[tuple[Board, CellClass], list[bytes]]:  # noqa: ARG002
        """See `Broker`."""
        made = {at: [one for _, one in sorted(cells)] for at, cells in self._waiting.items()}
        self._waiting = {}
        return made


class Member:
    """One member: its line, and what its desk has done today."""

    def __init__(self, number: int, role: Role, habits: Habits) -> None:
        self.number = number
        self.role = role
        self.habits = habits
        self.opens: int | None = None
        self.restarts: int | None = None
        self.made_for: int | None = None
        self.rows = Rows()
        self.line = Line(self.rows)

    def join(self, owner: bytes, board: Board, cells: Iterable[Cell], today: Day) -> None:
        """Put an envelope's cells in line."""
        for cell in cells:
            at_once(self.line.join(self.rows, board, InLine(today, owner, cell, envelope=True)))

    def leave(self, lane: Lane, today: Day, held: frozenset[bytes]) -> InLine | None:
        """Take the first cell that may leave."""
        return at_once(self.line.leave(self.rows, lane, today, held))

    @property
    def waiting(self) -> frozenset[Lane]:
        """The lanes in which something waits."""
        return at_once(self.line.lanes(self.rows)) if self.rows else frozenset()


class Town:
    """Lives through a scene; `run` gives the view, `handovers` and `delivered` the truth."""

    def __init__(self, scene: Scene, broker: Broker | None = None) -> None:
        self.scene = scene
        self.schedule = Schedule(*scene.slots)
        self.handovers: list[Handover] = []
        self.delivered: list[Saying] = []
        self._broker = broker or Bare(scene.leak)
        self._dice = Dice(scene.seed, "town")
        self._stock: Stock | None = stock()
        roles = [Role.CENTRE] * scene.pool.centres + [Role.POLICE] * scene.pool.districts
        self._members = [
            Member(number, role, self._habits(number)) for number, role in enumerate(roles)
        ]
        minutes = tuple(one.habits.minute for one in self._members)
        self.view = View(scene.pool, minutes, scene.slots)
        self._asked = [asked(one.role, one.habits.minute, scene.slots) for one in self._members]
        self._used: Mapping[CellClass, int] = {}
        self._serial = 0
        self._later: list[tuple[float, int, Saying]] = []
        self._soon: list[Saying] = []
        self._real: dict[bytes, _Envelope] = {}
        self._left: list[bytes] = []
        self._marks: dict[bytes, tuple[int, str]] = {}
        self._drawn: dict[bytes, Cell] = {}
        self._signs: list[list[str]] = []
        self._next = [["read"] for _ in roles]
        for thread in threads(scene.seed, scene.pool, scene.days, scene.a_day):
            for said in begin(thread):
                self._say(said)

    def _habits(self, number: int) -> Habits:
        certified = certified_from(Dice(self.scene.seed, "certified", number).below(_MINUTES))
        return Habits(self._dice.below(_MINUTES), certified, self.scene.pool.members - 1)

    def run(self) -> View:
        """Live through all days."""
        self._week_before()
        for slot in range(self.scene.days * DAY // self._long):
            self._signs, self._next = self._next, [["read"] for _ in self._members]
            if not slot * self._long % DAY:
                self._morning(slot)
            self._tick(slot)
            self._beside(slot)
            self._close(slot)
            self.view.slots.append([tuple(sorted(signs)) for signs in self._signs])
        return self.view

    @property
    def _long(self) -> int:
        return self.schedule.note_slot_seconds

    def _week_before(self) -> None:
        """Let everybody have told its list of the week before, and have that of this one made."""
        last, first_day = before()
        for member in self._members:
            self._make_lists(member, first_day)
            while (telling := member.habits.sheet(last)) is not None:
                member.habits.sign_of(telling)
                self._list_told(member, telling, last)

    # ── what is said ─────────────────────────────────────────────────────────────────────────
    def _say(self, said: Saying) -> None:
        self._serial += 1
        heappush(self._later, (said.at, self._serial, said))

    def _urgent(self, said: Saying) -> bool:
        match self.scene.manner:
            case Manner.AT_ONCE:
                return True
            case Manner.FIRST:
                return said.word in FIRST
            case Manner.URGENT:
                dice = said.thread.dice("urgent", said.word, said.recipient)
                return said.word in FIRST and dice.happens(_URGENT)
            case _:
                return False

    def _morning(self, slot: int) -> None:
        """Say in which slot each desk is opened that day, and which machines begin anew."""
        for member in self._members:
            opens = slot + int((5 + 3 * self._dice.fraction()) * HOUR) // self._long
            member.opens = opens if self._dice.happens(_MORNINGS) else None
            again = slot + self._dice.below(DAY // self._long)
            member.restarts = again if self._dice.happens(_RESTARTS) else None

    # ── what leaves ──────────────────────────────────────────────────────────────────────────
    def _tick(self, slot: int) -> None:
        """Let one cell leave on every lane that is due, of every member."""
        at = slot * self._long
        now, today = Instant(START + at), day_of(Instant(START + at))
        ready = [said for said in self._soon if said.at < at - lanes.AHEAD]
        self._soon = [said for said in self._soon if said.at >= at - lanes.AHEAD]
        for said in ready:
            self._members[said.sender].join(*self._sealed(said), today)
        due = {role: lanes.due(role, self.schedule, now, self._used) for role in Role}
        self._used = lanes.slots(self.schedule, now)
        self._ride(due, today)

    def _ride(self, due: Mapping[Role, tuple[Lane, ...]], today: Day) -> None:
        """Post what every member's lanes let out: in `client.riding`'s order, without its disk."""
        # Of the same arguments the plan is the same: nobody's line is asked whether it is empty.
        idle = {role: lanes.plan(due[role], frozenset(), frozenset()) for role in Role}
        real_when = _LATE if self.scene.leak is Leak.LATE else ON_TIME
        for member in self._members:
            waiting, plan, held = member.waiting, idle[member.role], frozenset[bytes]()
            if waiting:
                plan = lanes.plan(due[member.role], frozenset(), waiting)
            for one in plan:
                queued = one.source is Source.QUEUE
                found = member.leave(one.lane, today, held) if queued else None
                if found is None:
                    cell = self._draw(one.lane.cls)
                    self._post(member.number, one.lane, cell.cell_hash, ON_TIME)
                    continue
                if one.lane.cls is CellClass.NOTE:
                    held |= {found.owner}
                self._post(member.number, one.lane, found.cell.cell_hash, real_when, real=True)

    def _beside(self, slot: int) -> None:
        """Let pass what happens between this slot's tick and the next one's."""
        for member in self._members:
            self._tell(member, slot)
            if member.opens == slot:
                self._unlock(member, slot)
            if member.restarts == slot:
                for board in writable(member.role):
                    self._once_more(member, Lane(board), slot)
        while self._later and self._later[0][0] < (slot + 1) * self._long:
            _, _, said = heappop(self._later)
            if said.word not in BY_MACHINE:
                self._unlock(self._members[said.sender], slot)
            if not self._urgent(said):
                self._soon.append(said)
                continue
            _, board, cells = self._sealed(said)
            at_the_read = said.at - slot * self._long < _READ_SECONDS
            when = _AT_THE_READ if at_the_read else BESIDE
            for cell in cells:
                lane = Lane(board, cell.cls)
                self._post(said.sender, lane, cell.cell_hash, when, real=True)

    def _once_more(self, member: Member, lane: Lane, slot: int) -> None:  # noqa: ARG002
        """Post the note that a machine posts when it begins anew."""
        self._post(member.number, lane, self._draw(lane.cls).cell_hash, BESIDE)

    def _unlock(self, member: Member, slot: int) -> None:
        """Open a desk: what new keys are lacking is made, and told when it is its time."""
        today = day_of(Instant(START + slot * self._long))
        if member.made_for == today:
            return
        member.made_for = today
        if self.scene.desk is Desk.UNLOCKED:
            self._next[member.number].append(NEW_KEYS)
        else:
            member.habits.fresh_keys = True
        if self.scene.desk is Desk.LISTS:
            member.habits.again = member.habits.sheets
        self._make_lists(member, today)
        member.habits.renew(today)

    def _tell(self, member: Member, slot: int) -> None:
        """Publish and ask for what is due by the calendar, and do what a planted fault does."""
        now, signs = Instant(START + slot * self._long), self._signs[member.number]
        signs += self._asked[member.number][slot % (DAY // self._long)]
        keys = member.habits.keys(now)
        if keys is not None:
            self._keys_told(member, keys[0], now)
            signs += keys
        telling = member.habits.sheet(now)
        if telling is not None:
            self._list_told(member, telling, now)
            signs.append(member.habits.sign_of(telling))
        if member.habits.again:
            member.habits.again -= 1
            signs.append(NEW_SHEET)

    def _make_lists(self, member: Member, today: Day) -> None:
        """Make the lists of one-time keys that are lacking."""
        member.habits.make_lists(today)

    def _list_told(self, member: Member, telling: Telling, now: Instant) -> None:
        """Nothing: here a sheet is a sign."""

    def _keys_told(self, member: Member, keys: str, now: Instant) -> None:
        """Nothing: here keys are a sign."""

    def _sealed(self, said: Saying) -> tuple[bytes, Board, list[Cell]]:
        """Return an envelope's owner, board and cells."""
        cells = self._cells(said)
        envelope = _Envelope(said, {cell.cell_hash for cell in cells}, cells[0].cell_hash)
        self._real.update(dict.fromkeys(envelope.cells, envelope))
        return envelope.note[:OWNER_BYTES], said.board, cells

    def _cells(self, said: Saying) -> list[Cell]:
        """Return an envelope's cells: here any real ones of those classes."""
        return [self._draw(cls) for cls in said.classes]

    def _draw(self, cls: CellClass) -> Cell:
        assert self._stock is not None
        cell = self._stock.draw(cls)
        self._drawn[cell.cell_hash] = cell
        return cell

    def _post(
        self, member: int, lane: Lane, cell_hash: CellHash, when: str, *, real: bool = False
    ) -> None:
        self._broker.admit(lane.board, lane.cls, cell_hash, waited=real)
        self._marks[cell_hash] = member, _sign(lane.board, lane.cls, when)
        if real:
            self._left.append(cell_hash)

    # ── what stands on the boards ────────────────────────────────────────────────────────────
    def _close(self, slot: int) -> None:
        """Close the batches; everybody reads them at the next tick, and goes on from there."""
        came = (slot + 1) * self._long
        made = self._broker.close(Instant(START + came))
        for (board, cls), cells in made.items():
            self.view.cells[board, cls] += len(cells)
            least = b"\xff" * 33
            for cell_hash in reversed(cells):
                member, sign = self._marks.pop(cell_hash)
                self._signs[member].append(sign if cell_hash < least else sign + _MISPLACED)
                least = min(least, cell_hash)
        for cell_hash in self._left:
            envelope = self._real.pop(cell_hash)
            envelope.cells.remove(cell_hash)
            said = envelope.said
            if cell_hash == envelope.note and said.word is Word.CASE:
                self.handovers.append(Handover(slot, said.thread))
            if not envelope.cells:
                self._found(said, came)
        self._left = []
        if self._stock is not None:
            for cell_hash in (one for cells in made.values() for one in cells):
                self._stock.give_back(self._drawn.pop(cell_hash))

    def _found(self, said: Saying, came: int) -> None:
        self.delivered.append(said)
        if self.scene.leak is Leak.AGAIN:
            self._next[said.recipient].append("read")
        for following in follow(said, came, self.scene.pool):
            self._say(following)
