"""Promises of the two tables: every event in every state, and where an envelope's life can end."""

from collections.abc import Iterable
from enum import StrEnum
from itertools import product
from typing import Final, TypeVar

import pytest

from client.inbox import INBOX, In, InEffect, InEvent
from client.messages import StatusWord
from client.outbox import ANEW, OUTBOX, STATUSES, Out, OutEffect, OutEvent
from client.refusals import WrongState
from client.states import Step, Table
from client.verbs.takingback import taking

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)
Effect = TypeVar("Effect", bound=StrEnum)

RECEIPTS: Final = [event for event in OutEvent if event.startswith("receipt_")]
OUT_ENDS: Final = {
    Out.CONFIRMED,
    Out.UNCONFIRMED,
    Out.WITHDRAWN,
    Out.EXPIRED,
    Out.REFUSED,
    Out.MISROUTED,
    Out.ANSWERED,
}
IN_ENDS: Final = {In.CLOSED, In.WITHDRAWN, In.EXPIRED, In.REFUSED, In.MISROUTED}
FORWARD: Final = [Out.INTENDED, Out.SEALED, Out.KEPT, Out.STORED, Out.OPENED, Out.CONFIRMED]

BACK: Final = {StatusWord.WITHDRAWN_DESTROYED, StatusWord.WITHDRAWN_AFTER_RELAY}
OTHERWISE: Final = {StatusWord.RECEIVED, StatusWord.WRONG_DISTRICT} | BACK
OUT_REFUSED: Final = {
    Out.INTENDED: set(OutEvent)
    - {OutEvent.SEAL, OutEvent.WITHDRAW, OutEvent.WITHDRAW_PARTS, OutEvent.TIME_UP},
    Out.SEALED: {OutEvent.SEAL, OutEvent.WITHDRAW_PARTS},
    Out.KEPT: {OutEvent.SEAL, OutEvent.WITHDRAW_PARTS},
    Out.STORED: {OutEvent.SEAL, OutEvent.WITHDRAW_PARTS},
    Out.OPENED: {OutEvent.SEAL, OutEvent.RELEASE},
} | {
    end: {OutEvent.SEAL, OutEvent.WITHDRAW, OutEvent.WITHDRAW_PARTS, OutEvent.RELEASE}
    for end in OUT_ENDS
}
# What a district has answered may still be taken back, and by nobody but the person.
OUT_REFUSED[Out.ANSWERED] -= {OutEvent.WITHDRAW}
IN_REFUSED: Final = {
    In.INCOMPLETE: {
        InEvent.CONFIRM,
        InEvent.WITHDRAW_HERE,
        InEvent.WITHDRAW_PARTS_HERE,
        InEvent.RETENTION_OVER,
    },
    In.WAITING: {
        InEvent.CONFIRM,
        InEvent.WITHDRAW_HERE,
        InEvent.WITHDRAW_PARTS_HERE,
        InEvent.RETENTION_OVER,
    },
    In.OPENED: {InEvent.FAIL},
    In.CONFIRMED: {InEvent.OPEN, InEvent.FAIL},
} | {
    end: {
        InEvent.OPEN,
        InEvent.FAIL,
        InEvent.CONFIRM,
        InEvent.NOT_OURS,
        InEvent.WITHDRAW_HERE,
        InEvent.WITHDRAW_PARTS_HERE,
    }
    for end in IN_ENDS
}
ANSWERED_FOR = (In.OPENED, In.CONFIRMED, In.WITHDRAWN, In.CLOSED)
"""Where staff can say what became of something in their journal."""
for state in set(In) - set(ANSWERED_FOR):
    IN_REFUSED[state] |= {InEvent.JOURNAL_DELETED, InEvent.JOURNAL_KEPT}


def steps(table: Table[State, Event, Effect], state: State) -> Iterable[Step[State, Effect]]:
    """Return every step out of a state."""
    return [step for (before, _), step in table.steps.items() if before is state]


def after(state: Out, *events: OutEvent) -> Out:
    """Return where a row of events leads."""
    for event in events:
        state = OUTBOX.step(state, event).state
    return state


# ── Every pair ───────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("state", "event"), [*product(Out, OutEvent)])
def test_every_event_at_the_sender_is_in_the_table_or_refused(state: Out, event: OutEvent) -> None:
    """Nothing happens to a sent envelope that nobody thought of."""
    if event in OUT_REFUSED[state]:
        with pytest.raises(WrongState):
            OUTBOX.step(state, event)
    else:
        assert OUTBOX.step(state, event)


@pytest.mark.parametrize(("state", "event"), [*product(In, InEvent)])
def test_every_event_at_the_receiver_is_in_the_table_or_refused(state: In, event: InEvent) -> None:
    """Nothing happens to a received envelope that nobody thought of."""
    if event in IN_REFUSED[state]:
        with pytest.raises(WrongState):
            INBOX.step(state, event)
    else:
        assert INBOX.step(state, event)


def test_every_state_can_be_reached_and_the_ends_are_ends() -> None:
    """No state is only written down, and what has ended does not begin again."""
    assert OUTBOX.reachable() == set(Out)
    assert OUTBOX.ends() == OUT_ENDS - {Out.ANSWERED}
    assert OUTBOX.step(Out.ANSWERED, OutEvent.WITHDRAW).state is Out.WITHDRAWN
    assert INBOX.reachable() == set(In)
    assert INBOX.ends() == IN_ENDS


def test_every_effect_is_used() -> None:
    """The tables ask for everything the shell can do, and the shell for nothing else."""
    assert {one for step in OUTBOX.steps.values() for one in step.effects} == set(OutEffect)
    assert {one for step in INBOX.steps.values() for one in step.effects} == set(InEffect)


# ── At the sender ────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("state", "event"), [*product(FORWARD[1:], RECEIPTS)])
def test_a_receipt_never_moves_an_envelope_backwards(state: Out, event: OutEvent) -> None:
    """A late or false word on an earlier step changes nothing."""
    to = OUTBOX.step(state, event).state
    if to in FORWARD:
        assert FORWARD.index(to) >= FORWARD.index(state)
    else:
        assert to in (Out.REFUSED, Out.MISROUTED)


@pytest.mark.parametrize(("end", "event"), [*product(sorted(OUT_ENDS), OutEvent)])
def test_an_end_never_turns_into_another_end(end: Out, event: OutEvent) -> None:
    """The first outcome stands; a contradiction is marked and does not overwrite it."""
    if event not in OUT_REFUSED[end] and event is not OutEvent.WITHDRAW:
        assert OUTBOX.step(end, event).state is end


def test_a_contradiction_is_shown_to_staff() -> None:
    """What is marked as a contradiction is also put on the list of things to look at."""
    for step in OUTBOX.steps.values():
        if OutEffect.FLAG_CONTRADICTION in step.effects:
            assert OutEffect.TELL_STAFF in step.effects
    told = OUTBOX.step(Out.EXPIRED, OutEvent.RECEIPT_OPENED)
    assert OutEffect.FLAG_CONTRADICTION in told.effects


def test_nobody_is_refused_after_their_case_was_read() -> None:
    """Neither end has a step from opened to refused: not as a deed, not as a word believed."""
    assert OUTBOX.step(Out.OPENED, OutEvent.RECEIPT_REFUSED).state is Out.OPENED
    for state in (In.OPENED, In.CONFIRMED):
        for step in steps(INBOX, state):
            assert step.state is not In.REFUSED
            assert InEffect.RECEIPT_REFUSED not in step.effects


def test_the_sender_forgets_where_on_confirmation_and_never_keeps_it_past_the_last_day() -> None:
    """Once it is confirmed, or its last day is over, the sender does not know the way."""
    for state in (Out.SEALED, Out.KEPT, Out.STORED, Out.OPENED):
        assert OutEffect.FORGET in OUTBOX.step(state, OutEvent.RECEIPT_CONFIRMED).effects
    for state in Out:
        assert OutEffect.FORGET in OUTBOX.step(state, OutEvent.TIME_UP).effects
    for event in set(OutEvent) - {OutEvent.RECEIPT_CONFIRMED, OutEvent.TIME_UP}:
        for state in (Out.SEALED, Out.KEPT, Out.STORED, Out.OPENED):
            found = OUTBOX.steps.get((state, event))
            assert found is None or OutEffect.FORGET not in found.effects


def test_only_what_nobody_keeps_may_be_sent_anew() -> None:
    """A case that was opened and stayed, or was answered, is never sent once more."""
    assert OUTBOX.ends() >= ANEW
    assert not ANEW & {Out.CONFIRMED, Out.UNCONFIRMED, Out.ANSWERED}


def test_taking_back_always_destroys_the_code_and_tells_whoever_may_hold_it() -> None:
    """A card still in a pocket opens nothing, and the receiver is told if anything has left."""
    for state in (Out.INTENDED, Out.SEALED, Out.KEPT, Out.STORED, Out.OPENED):
        effects = OUTBOX.step(state, OutEvent.WITHDRAW).effects
        assert OutEffect.DESTROY_CODE in effects
        assert (OutEffect.QUEUE_WITHDRAWAL in effects) is (state is not Out.INTENDED)


def test_parts_taken_back_before_anything_was_sealed_leave_the_rest_to_go() -> None:
    """The case is not forgotten, and goes as it is now; a code on a card in a pocket stays good."""
    assert OUTBOX.step(Out.INTENDED, OutEvent.WITHDRAW_PARTS) == Step(Out.INTENDED)
    some = {state for state in Out if taking(state, rest=True) is OutEvent.WITHDRAW_PARTS}
    assert some == {Out.INTENDED, Out.OPENED}
    assert {taking(state, rest=False) for state in Out} == {OutEvent.WITHDRAW}


def test_the_day_of_an_opened_envelope_is_not_called_expired() -> None:
    """What was opened and never confirmed is said to be that, not «never collected»."""
    assert after(Out.OPENED, OutEvent.TIME_UP) is Out.UNCONFIRMED
    assert after(Out.STORED, OutEvent.TIME_UP) is Out.EXPIRED


def test_the_whole_way_of_a_package() -> None:
    """The states that a package passes when all goes well, also when words come late."""
    way = (
        OutEvent.SEAL,
        OutEvent.RECEIPT_STORED,
        OutEvent.ALL_KEPT,
        OutEvent.RECEIPT_OPENED,
        OutEvent.RECEIPT_STORED,
        OutEvent.RECEIPT_CONFIRMED,
        OutEvent.RECEIPT_OPENED,
    )
    assert after(Out.INTENDED, *way) is Out.CONFIRMED


def test_every_word_of_a_district_does_something_to_a_request() -> None:
    """Received, relayed, relayed outside, declined and wrong district each have their step."""
    assert set(STATUSES) == set(StatusWord)
    said = {word: OUTBOX.step(Out.KEPT, event).state for word, event in STATUSES.items()}
    assert said[StatusWord.RECEIVED] is Out.OPENED
    assert said[StatusWord.WRONG_DISTRICT] is Out.REFUSED
    assert {said[word] for word in set(said) - OTHERWISE} == {Out.ANSWERED}
    for word in BACK:
        assert said[word] is Out.KEPT
        assert OutEffect.FLAG_CONTRADICTION in OUTBOX.step(Out.KEPT, STATUSES[word]).effects
        step = OUTBOX.step(Out.WITHDRAWN, STATUSES[word])
        assert step == Step(Out.WITHDRAWN, (OutEffect.TELL_STAFF,))


# ── At the receiver ──────────────────────────────────────────────────────────────────────────
def test_every_end_at_the_receiver_destroys_what_came() -> None:
    """Whatever ends a package's stay, nothing of it is left here."""
    for (state, _), step in INBOX.steps.items():
        if step.state in IN_ENDS and state not in IN_ENDS:
            assert InEffect.DESTROY in step.effects


def test_nothing_is_destroyed_because_a_day_passed_while_somebody_reads() -> None:
    """The last day for opening ends what was never opened, and nothing else."""
    for state in (In.OPENED, In.CONFIRMED):
        assert INBOX.step(state, InEvent.TIME_UP) == Step(state)
        assert INBOX.step(state, InEvent.RETENTION_OVER).state is In.CLOSED


def test_a_withdrawal_works_in_every_state_and_is_answered() -> None:
    """Whenever the sender's word comes, what there was is gone and the sender is told so."""
    for state in In:
        step = INBOX.step(state, InEvent.WITHDRAWN)
        answers = {InEffect.RECEIPT_DELETED, InEffect.ASK_JOURNAL} & set(step.effects)
        assert answers
        assert (step.state is state) is (state in IN_ENDS)


def test_who_withdraws_where_she_is_now_is_not_reported_to_where_she_was() -> None:
    """After confirmation the old centre hears nothing more, not even that it was taken back."""
    for event in (InEvent.WITHDRAW_HERE, InEvent.WITHDRAW_PARTS_HERE):
        effects = INBOX.step(In.CONFIRMED, event).effects
        assert not [effect for effect in effects if effect.startswith("receipt_")]
        assert InEffect.ASK_JOURNAL not in effects  # nobody waits for an answer (C-12.4)


def test_taking_back_a_part_of_a_shut_package_takes_back_all_of_it() -> None:
    """Before arrival a receiver does not learn which parts there are, so it drops them all."""
    for state in (In.INCOMPLETE, In.WAITING):
        assert INBOX.step(state, InEvent.PARTS_WITHDRAWN).state is In.WITHDRAWN
    assert INBOX.step(In.OPENED, InEvent.PARTS_WITHDRAWN).state is In.OPENED


def test_the_record_may_be_read_while_the_files_still_travel() -> None:
    """Who stands in the door does not wait for a large attachment."""
    assert INBOX.step(In.INCOMPLETE, InEvent.OPEN).state is In.OPENED
    assert INBOX.step(In.OPENED, InEvent.COMPLETE).state is In.OPENED
