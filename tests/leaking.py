"""Lines that must be the same, and leaks planted one after another that must make them differ (P2).

This file knows how the lines of members of one kind are compared, and that a comparison which finds
no planted leak is none. It refuses to know what a leak does, and what members do.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from typing import TypeAlias

import pytest

from tests.listening import Listeners
from tests.parties import Party
from tests.planted import LEAKS, differences, differing, planted
from tests.tap import Exchange

Kind: TypeAlias = Sequence[Party]


def alike(kind: Sequence[list[Exchange]]) -> None:
    """See that the lines of members of one kind are the same."""
    first, *others = kind
    for line in others:
        assert line == first, differing(line, first)


async def leaking(
    lines: Listeners,
    slot: Callable[[], Awaitable[object]],
    kinds: Sequence[Kind],
    parties: Sequence[Party],
    *,
    dummies: bool = False,
    most: int = 16,
) -> None:
    """Let slots pass until each leak has acted at each of these members, and was found.

    One after another they are planted, at all of these members in the same slots. In every slot the
    lines of a kind are the same, but for the leaks.

    Args:
        lines: who listens at the lines of all.
        slot: lets a slot pass.
        kinds: all members, those of a kind together; the last of each is none of `parties`.
        parties: from which something leaves.
        dummies: whether the leaks act with every cell, where nothing else leaves.
        most: so many slots must be enough.
    """
    left = {party.place.key: list(LEAKS) for party in parties}
    for _ in range(most):
        with ExitStack() as stack:
            plants = {
                party.place.key: stack.enter_context(
                    planted(party, leak, lines.ears[party.place.key], dummies=dummies)
                )
                for party in parties
                for leak in left[party.place.key][:1]
            }
            heard = await lines.during(slot)
        acted = {key for key, plant in plants.items() if plant.cells}
        for kind in kinds:
            *others, idle = [party.place.key for party in kind]
            for key in others:
                if key in acted:
                    leak = left[key].pop(0)
                    found = differences(heard[key], heard[idle])
                    assert found == LEAKS[leak], (leak, differing(heard[key], heard[idle]))
                    with pytest.raises(AssertionError):
                        alike([heard[key], heard[idle]])
                else:
                    alike([heard[key], heard[idle]])
        if not any(left.values()):
            return
    raise AssertionError(left)
