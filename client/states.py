"""What a table of states is: (state, event) → (state, effects), and nothing else.

This file knows how a table is read and checked. It refuses to know any state: outbox.py and
inbox.py hold the tables, and docs/diagrams.py draws them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from client.refusals import WrongState

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)
Effect = TypeVar("Effect", bound=StrEnum)


@dataclass(frozen=True)  # no slots: before Python 3.12 a generic one with them cannot be made
class Step(Generic[State, Effect]):
    """Where an event leads and what the shell must do in the same transaction."""

    state: State
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Table(Generic[State, Event, Effect]):
    """A total description of one kind of entry: a pair that is absent is refused.

    Attributes:
        word: `out` or `in`; with state and event it names what was refused.
        start: the first state.
        steps: every pair that is not refused.
    """

    word: str
    start: State
    steps: Mapping[tuple[State, Event], Step[State, Effect]]

    def step(self, state: State, event: Event) -> Step[State, Effect]:
        """Return what `event` does in `state`.

        Raises:
            WrongState: the table has no such pair.
        """
        found = self.steps.get((state, event))
        if found is None:
            raise WrongState(kind=f"{self.word}.{state}.{event}")
        return found

    def ends(self) -> frozenset[State]:
        """Return the states that no event leaves for another."""
        leaving = {state for (state, _), step in self.steps.items() if step.state != state}
        reached = {step.state for step in self.steps.values()} | {self.start}
        return frozenset(reached - leaving)

    def reachable(self) -> frozenset[State]:
        """Return every state that some sequence of events leads to."""
        seen = {self.start}
        fresh = {self.start}
        while fresh:
            fresh = {step.state for (state, _), step in self.steps.items() if state in fresh} - seen
            seen |= fresh
        return frozenset(seen)
