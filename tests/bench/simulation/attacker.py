"""The attacker: who sent this case, and to whom? The best guess of whoever runs the broker.

What he has: the roster; the schedule; what the broker's store and log can hold, as signs (`View`):
the board, class and slot of every cell, and whether a batch lists it out of order; of every posting
and reading connection the member whose address it came from, and its time without any noise; each
member's keys, certificates and lists of one-time keys, when they were told and whether they were
new; its requests for tokens. He reads no table and no log: what bytes store and log hold is
compared in `tests/test_swapped.py` (P3). He knows the programs, and the habits of the country: he
lives through other weeks himself (`learn`), with known senders and receivers, and counts what goes
with either. Then he is *told in which slot a case's note stood on the board*, which is more than an
operator can know, and names for each centre how probable it is that it sent the case, and that it
received it.

How: of each member in each slot he keeps what is not like most others of its role, and not due
by the calendar at the minute that the roster gives it (`odd`). Around
the slot he was told, each kind of oddity at each distance in time is a sign. Each sign counts by
how often it stood beside senders, receivers and others in the weeks he lived through himself
(naive Bayes; signs that were never there count for nothing, absent ones count as absent). He is not
told what to look for: a fault that shows in any of this he finds by himself.

He refuses to look at the truth of the weeks he guesses in.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import Final, TypeAlias

from keys.address import Role
from tests.bench.simulation.habits import calendar
from tests.bench.simulation.scene import Handover, Signs, View

EDGES: Final = (
    -288,
    -144,
    -72,
    -36,
    -18,
    -9,
    -5,
    -3,
    -2,
    -1,
    0,
    1,
    2,
    3,
    5,
    9,
    18,
    36,
    72,
    144,
    288,
)
"""Distances in slots, from a day before to a day after; each is told from the next."""
_SENDERS: Final = 5
"""For how many of the likeliest senders he asks whom they wrote to."""
_WHOLE: Final = 4
"""Slots in which a small case has left whole: its note's, and one of its own."""
Sign: TypeAlias = tuple[str, int]
"""What is odd, and how far from the slot: the edge that it lies at or just before."""


@dataclass(frozen=True, slots=True)
class Guess:
    """How probable each centre is, as sender and as receiver; both sum to one."""

    sender: Sequence[float]
    recipient: Sequence[float]

    def pair(self) -> tuple[int, int]:
        """Return his best guess."""
        return best(self.sender), best(self.recipient)


def best(chances: Sequence[float]) -> int:
    """Return whom he names: the most probable; of several alike, the first."""
    return max(range(len(chances)), key=chances.__getitem__)


class Odd:
    """What is not like the others, in a view: by member, the slots in which there is something."""

    def __init__(self, view: View) -> None:
        self.centres = view.pool.centres
        self._by_member: list[tuple[list[int], list[frozenset[str]]]] = [
            ([], []) for _ in range(self.centres)
        ]
        others = view.pool.members - 1
        due = [
            calendar(Role.CENTRE, minute, view.lengths, others)
            for minute in view.minutes[: self.centres]
        ]
        for slot, signs in enumerate(view.slots):
            rest = [
                _without(seen, of[slot % len(of)])
                for seen, of in zip(signs[: self.centres], due, strict=True)
            ]
            usual = Counter(Counter(rest).most_common(1)[0][0])
            for member, seen in enumerate(rest):
                if found := _odd(Counter(seen), usual):
                    slots, what = self._by_member[member]
                    slots.append(slot)
                    what.append(found)

    def around(self, member: int, slot: int, mark: str = "") -> frozenset[Sign]:
        """Return the signs of one member around a slot; `mark` tells them from others."""
        slots, what = self._by_member[member]
        first, last = bisect_left(slots, slot + EDGES[0]), bisect_left(slots, slot + EDGES[-1] + 1)
        return frozenset(
            (mark + sign, EDGES[bisect_left(EDGES, slots[at] - slot)])
            for at in range(first, last)
            for sign in what[at]
        )

    def towards(self, member: int, sender: int, slot: int) -> frozenset[Sign]:
        """Return the signs of a member around a slot, and around the last that `sender` then did.

        What is read at once, or answered, follows the last cell and not the first.
        """
        slots, _ = self._by_member[sender]
        at = bisect_left(slots, slot + _WHOLE) - 1
        last = slots[at] if at >= 0 and slots[at] > slot else slot
        return self.around(member, slot) | self.around(member, last, "after it: ")


def _without(seen: Signs, due: Signs) -> Signs:
    """Return what is not by the calendar, and of what is by it that it is missing."""
    if not due:
        return seen
    left = Counter(seen)
    left.subtract(due)
    missing = {f"no {sign}": -count for sign, count in left.items() if count < 0}
    return tuple(sorted((Counter(missing) + left).elements()))


def _odd(seen: Mapping[str, int], usual: Mapping[str, int]) -> frozenset[str]:
    """Return what is there more often than usual, or less."""
    more = {f"+{sign}" for sign in seen if seen[sign] > usual.get(sign, 0)}
    return frozenset(more | {f"-{sign}" for sign in usual if seen.get(sign, 0) < usual[sign]})


@dataclass(slots=True)
class _Counted:
    """How often each sign stood beside members of one part, of so many."""

    of: int = 0
    signs: Counter[Sign] = field(default_factory=Counter)

    def take(self, signs: Iterable[Sign]) -> None:
        self.of += 1
        self.signs.update(signs)

    def chance(self, sign: Sign) -> float:
        return (self.signs[sign] + 0.5) / (self.of + 1)

    def more(self, others: "_Counted", sign: Sign) -> float:
        """Return how much more it weighs that a sign is there than that it is not."""
        here, there = self.chance(sign), others.chance(sign)
        return log(here * (1 - there) / (there * (1 - here)))


class Attacker:
    """Learns in weeks of his own, and guesses in those that he was not told the truth of."""

    def __init__(self) -> None:
        self._senders, self._did_not_send = _Counted(), _Counted()
        self._recipients, self._did_not_receive = _Counted(), _Counted()

    def learn(self, view: View, truth: Iterable[Handover]) -> None:
        """Count the signs beside the senders, receivers and others of known handovers."""
        odd = Odd(view)
        for one in truth:
            sender, recipient = one.thread.sender, one.thread.recipient
            for member in range(odd.centres):
                sent = self._senders if member == sender else self._did_not_send
                sent.take(odd.around(member, one.slot))
                if member != sender:
                    came = self._recipients if member == recipient else self._did_not_receive
                    came.take(odd.towards(member, sender, one.slot))

    def guess(self, odd: Odd, slot: int) -> Guess:
        """Say who sent the case whose note stood in that slot, and to whom."""
        everybody = range(odd.centres)
        sent = [
            _weight(self._senders, self._did_not_send, odd.around(member, slot))
            for member in everybody
        ]
        senders = _shares(sent)
        recipients = [0.0] * odd.centres
        # Whom the likely senders wrote to; what is too unlikely to be looked at is shared evenly.
        likely = sorted(everybody, key=senders.__getitem__)[-_SENDERS:]
        for sender in likely:
            others = [member for member in everybody if member != sender]
            came = [
                _weight(self._recipients, self._did_not_receive, odd.towards(member, sender, slot))
                for member in others
            ]
            for member, share in zip(others, _shares(came), strict=True):
                recipients[member] += senders[sender] * share
        rest = 1 - sum(recipients)
        return Guess(senders, [one + rest / odd.centres for one in recipients])


def _weight(part: _Counted, others: _Counted, signs: frozenset[Sign]) -> float:
    """Return the logarithm of how much likelier these signs are beside `part` than others.

    Beside a constant: what all absent signs weigh is the same for every member.
    """
    return sum(part.more(others, sign) for sign in signs)


def _shares(weights: Sequence[float]) -> list[float]:
    most = max(weights)
    shares = [exp(one - most) for one in weights]
    return [one / sum(shares) for one in shares]
