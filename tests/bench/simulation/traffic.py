"""Who says what to whom, and when: invented days of a country's crisis centres.

This file is pure. It knows threads: a question about a place to one to three centres, their
answers, a case, what its receiver says of it, sometimes an addition, a word taken back, a request
to the police and what comes of it. It refuses to know how any of that travels: it is told when
something has come, and says what follows from it. The attacker knows this file too.

Each thread has its own chance, so that the same people do the same things however it travels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from keys.address import Board, CellClass
from tests.bench.simulation.dice import Dice

MINUTE: Final = 60
HOUR: Final = 3_600
DAY: Final = 86_400
NATIONAL: Final = 10
"""Cases that are handed over on a day, among 45 centres."""
CENTRES: Final = 45
DISTRICTS: Final = 12
"""One district for every 45 / 12 centres, in every pool."""
_NIGHT: Final = 0.15
"""How much of what begins by day begins in an hour of the night (22 to 6)."""


class Word(StrEnum):
    """What is said; only who it is for can tell."""

    INQUIRY = "place inquiry"
    ANSWER = "place answer"
    CASE = "case package"
    STORED = "receipt: stored"
    OPENED = "receipt: opened"
    CONFIRMED = "receipt: confirmed"
    UPDATE = "addition"
    WITHDRAWAL = "taken back"
    REQUEST = "police request"
    STATUS = "police status"
    NOTICE = "police notice"
    NOTED = "police receipt"


ON: Final = {
    Word.REQUEST: Board.POLICE,
    Word.NOTICE: Board.POLICE,
    Word.NOTED: Board.POLICE,
    Word.STATUS: Board.REPLY,
}
"""The board of each word that is not on the centres' own."""
FIRST: Final = frozenset({Word.INQUIRY, Word.CASE, Word.UPDATE, Word.REQUEST, Word.NOTICE})
"""What staff may send as urgent; all other words ride, whatever they answer."""
BY_MACHINE: Final = frozenset({Word.STORED, Word.NOTED})
"""What needs nobody at the desk."""


@dataclass(frozen=True, slots=True)
class Thread:
    """One handover, with all that chance decides about it."""

    number: int
    at: float
    sender: int
    recipient: int
    asked: tuple[int, ...]
    pictures: bool
    seed: str = field(repr=False)

    def dice(self, *about: object) -> Dice:
        """Return the chance of one step of this thread."""
        return Dice(self.seed, self.number, *about)


@dataclass(frozen=True, slots=True)
class Saying:
    """One envelope: from when it waits to be sent, by whom, to whom."""

    at: float
    word: Word
    sender: int
    recipient: int
    thread: Thread = field(repr=False)

    @property
    def board(self) -> Board:
        """Where it is posted."""
        return ON.get(self.word, Board.CENTRE)

    @property
    def classes(self) -> tuple[CellClass, ...]:
        """The classes of its cells, the note first."""
        if self.word not in FIRST or self.word is Word.INQUIRY:
            return (CellClass.NOTE,)
        more = (CellClass.M,) if self.word is Word.CASE and self.thread.pictures else ()
        return (CellClass.NOTE, CellClass.S, *more)


@dataclass(frozen=True, slots=True)
class Pool:
    """Members by number: first the centres, then the districts."""

    centres: int = CENTRES
    districts: int = DISTRICTS

    @property
    def members(self) -> int:
        """How many there are."""
        return self.centres + self.districts

    def home(self, centre: int) -> int:
        """Return a centre's home district; the roster says it to everybody."""
        return self.centres + centre % self.districts


def threads(seed: str, pool: Pool, days: int, a_day: float = NATIONAL) -> Iterator[Thread]:
    """Give all handovers of some days, in any order: the pool's share of those of a country."""
    for number in range(round(days * a_day * pool.centres / CENTRES)):
        dice = Dice(seed, "thread", number)
        others = list(range(pool.centres))
        many = min(2 + dice.below(3), pool.centres)
        sender, *asked = (others.pop(dice.below(len(others))) for _ in range(many))
        yield Thread(
            number,
            dice.below(days) * DAY + _time_of_day(dice),
            sender,
            asked[0],
            tuple(asked),
            pictures=dice.happens(0.3),
            seed=seed,
        )


def _time_of_day(dice: Dice) -> float:
    while True:
        second = dice.fraction() * DAY
        if 6 * HOUR <= second < 22 * HOUR or dice.happens(_NIGHT):
            return second


def begin(thread: Thread) -> Iterator[Saying]:
    """Give what a handover begins with: a question to each centre that may have room."""
    for asked in thread.asked:
        yield Saying(thread.at, Word.INQUIRY, thread.sender, asked, thread)


def follow(said: Saying, came: float, pool: Pool) -> Sequence[Saying]:
    """Return what follows from an envelope that its receiver has found at `came`."""
    thread, dice = said.thread, said.thread.dice(said.word, said.recipient)

    def reply(word: Word, mean: float) -> Saying:
        return Saying(came + dice.wait(mean), word, said.recipient, said.sender, thread)

    match said.word:
        case Word.INQUIRY:
            return [reply(Word.ANSWER, 25 * MINUTE)]
        case Word.ANSWER if said.sender == thread.recipient:
            return [reply(Word.CASE, 40 * MINUTE)]
        case Word.CASE:
            stored = Saying(came, Word.STORED, said.recipient, said.sender, thread)
            opened = reply(Word.OPENED, 5 * HOUR)
            later = opened.at + dice.wait(HOUR)
            confirmed = replace(opened, at=later, word=Word.CONFIRMED)
            return [stored, opened, confirmed, *_more_of(said, dice, came, pool)]
        case Word.REQUEST:
            return [reply(Word.STATUS, HOUR), *_relayed(said, dice, came, pool)]
        case Word.NOTICE:
            return [Saying(came, Word.NOTED, said.recipient, said.sender, thread)]
        case _:
            return ()


def _more_of(case: Saying, dice: Dice, came: float, pool: Pool) -> Iterator[Saying]:
    thread = case.thread
    for word, chance, mean in ((Word.UPDATE, 0.15, 2 * HOUR), (Word.WITHDRAWAL, 0.1, 4 * HOUR)):
        if dice.happens(chance):
            at = came + dice.wait(mean)
            yield Saying(at, word, case.sender, case.recipient, thread)
    if dice.happens(0.2):
        at = came + dice.wait(HOUR)
        yield Saying(at, Word.REQUEST, case.sender, pool.home(case.sender), thread)


def _relayed(request: Saying, dice: Dice, came: float, pool: Pool) -> Iterator[Saying]:
    """Pass a request on to another district, as often as the centre it goes to has another."""
    goes_to = pool.home(request.thread.recipient)
    if goes_to != request.recipient:
        at = came + dice.wait(2 * HOUR)
        yield Saying(at, Word.NOTICE, request.recipient, goes_to, request.thread)
