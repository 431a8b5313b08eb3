"""A step that does not belong now is told by where the case stands, and not alike for all."""

import re
from pathlib import Path
from typing import Final

import pytest

import client.refusals
from client.inbox import INBOX, In, InEvent
from client.outbox import OUTBOX, Out, OutEvent
from client.refusals import WrongState
from keys.words import Language, Words

CLIENT: Final = Path(client.refusals.__file__).parent
WRITTEN: Final = {
    found
    for file in CLIENT.rglob("*.py")
    for found in re.findall(r'WrongState\([^)]*?kind="([a-z_.]+)"', file.read_text("utf-8"))
}
"""What the program calls a step that does not belong, besides what the tables do."""
ACTS: Final = ("send", "again", "stop", "discard", OutEvent.WITHDRAW, OutEvent.RELEASE)
KINDS: Final = sorted(
    {f"out.{state}.{act}" for state in Out for act in ACTS}
    | {f"out.{state}.{event}" for state in Out for event in OutEvent}
    | {f"in.{state}.{event}" for state in In for event in InEvent}
    | {f"in.{state}.read" for state in In}
    | WRITTEN
)


@pytest.mark.parametrize("lang", Language)
def test_every_step_that_does_not_belong_has_its_own_words(lang: Language) -> None:
    """Nobody is told only that it does not belong: each says where it stands and what to do."""
    words = Words("client", lang)
    plain = words.told(WrongState())
    for kind in KINDS:
        told = words.told(WrongState(kind=kind))
        assert told.what != plain.what, kind
        assert told.do != plain.do, kind


@pytest.mark.parametrize("lang", Language)
def test_no_two_states_of_a_desk_sound_the_same(lang: Language) -> None:
    """What is said of one state is said of no other."""
    words = Words("client", lang)
    for word, states in (("out", Out), ("in", In)):
        said = [words.told(WrongState(kind=f"{word}.{state}.x")).what for state in states]
        assert len(said) == len(set(said))


def test_the_tables_say_which_desk_it_was() -> None:
    """Opened there and opened here are two things."""
    with pytest.raises(WrongState) as there:
        OUTBOX.step(Out.OPENED, OutEvent.RELEASE)
    with pytest.raises(WrongState) as here:
        INBOX.step(In.OPENED, InEvent.FAIL)
    assert there.value.facts == {"kind": "out.opened.release"}
    assert here.value.facts == {"kind": "in.opened.fail"}


@pytest.mark.parametrize(
    ("lang", "call"),
    [(Language.NB, "avsenderen"), (Language.NN, "avsendaren"), (Language.EN, "sender")],
)
def test_nobody_is_sent_to_fetch_by_telephone_what_was_taken_back(
    lang: Language, call: str
) -> None:
    """She has taken it back: whoever wants to know asks her. What was not for us, nobody needs."""
    words = Words("client", lang)
    for event in InEvent:
        assert call not in words.told(WrongState(kind=f"in.withdrawn.{event}")).do
    ours, lost = (
        words.told(WrongState(kind=f"in.{one}.read")).do for one in ("misrouted", "expired")
    )
    assert ours != lost
