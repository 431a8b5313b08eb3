"""Single answers of a section anew, and how far a form is filled in: what is right is kept."""

from datetime import date
from typing import Final

import pytest

from client.case import HIDDEN, Section, Source, State
from client.case.attachment import Attachment
from client.case.person import Person
from client.case.threat import Threat
from client.casereader import Reader
from client.filled import HowFar, filled
from client.forms import FORMS
from client.rewriting import Rewritten, S, rewritten
from client.yamltree import parse

THEN: Final = Reader(Source.USER, date(2026, 11, 1))
NOW: Final = Reader(Source.STAFF, date(2026, 11, 9))


def anew(kind: type[S], before: S | None, text: str, reader: Reader = NOW) -> Rewritten[S]:
    """Answer the questions of a YAML text anew."""
    nodes = parse(text)
    assert isinstance(nodes, dict)
    return rewritten(kind, before, nodes, str(kind.WORD), reader)


def threat() -> Threat:
    """Return a threat of two, as the user told it."""
    text = "perpetrators: [{name: A, birth_year: 1980}, {name: B}]\nworst_fear: x\nescalation: ja"
    made = anew(Threat, None, text, THEN).made
    assert made is not None
    return made


def test_what_is_not_named_stays_and_what_is_empty_goes() -> None:
    """A page of a form names its own questions, and touches no other."""
    made = anew(Threat, threat(), "worst_fear:\nknows_centre: vet ikke").made
    assert made is not None
    assert made.worst_fear is None
    assert made.knows_centre is not None
    assert made.knows_centre.state is State.UNKNOWN
    assert len(made.perpetrators) == 2
    assert made.escalation == threat().escalation


def test_what_was_not_changed_keeps_who_said_it_and_when() -> None:
    """A form that is saved again makes no answer younger than it is."""
    text = "perpetrators: [{name: A, birth_year: 1981}, {name: B}, {name: C}]\nworst_fear: x"
    made = anew(Threat, threat(), text).made
    assert made is not None
    first, second, third = made.perpetrators
    assert made.worst_fear == threat().worst_fear
    assert (first.name, second.name) == tuple(one.name for one in threat().perpetrators)
    assert first.birth_year is not None
    ticked = anew(Threat, None, "indicators: [stalking, control]", THEN).made
    again = anew(Threat, ticked, "indicators: [control, stalking]").made
    assert again == ticked  # what is ticked has no order
    assert third.name is not None
    assert (first.birth_year.source, third.name.as_of) == (Source.STAFF, NOW.as_of)


def test_all_that_is_wrong_is_told_and_the_rest_is_kept() -> None:
    """An old answer is not lost by a new one that is refused; within a row it is left out."""
    cars = f"{{value: [bil, {'y' * 161}]}}"
    text = (
        f"perpetrators: [{{name: A, birth_year: 3, vehicles: {cars}}}, {{name: D}}]"
        "\nworst_fear: '01017012345'\nknows_centre: kanskje\nescalation: nei"
    )
    done = anew(Threat, threat(), text)
    assert {(one.code, one.facts["field"]) for one in done.wrong} == {
        ("wrong_answer", "threat.perpetrators.1.birth_year"),
        ("text_too_long", "threat.perpetrators.1.vehicles.2"),
        ("national_id", "threat.worst_fear"),
        ("unknown_word", "threat.knows_centre"),
    }
    made = done.made
    assert made is not None
    assert made.worst_fear == threat().worst_fear
    assert made.escalation is not None
    assert made.escalation.value == "no"
    first, second = made.perpetrators
    assert first.vehicles is not None
    assert first.vehicles.value == ("bil",)
    assert first.birth_year is None
    assert second.name is not None
    assert second.name.value == "D"


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [(Attachment, "description: hei", "missing_answer"), (Person, "tull: x", "unknown_field")],
)
def test_what_cannot_stand_at_all_is_refused(kind: type[Section], text: str, code: str) -> None:
    """A section without what it must have is not made; nor is one with a field of nobody's."""
    done = anew(kind, None, text)
    assert (done.made, [one.code for one in done.wrong]) == (None, [code])


def test_a_form_is_done_when_every_question_has_an_answer_or_an_honest_lack() -> None:
    """Groups do not count, nor what is hidden from the place; what can wait says so."""
    assert filled("threat", None).how is HowFar.NOT_BEGUN
    assert filled("history", None).how is HowFar.CAN_WAIT
    assert filled("threat", Threat()).how is HowFar.NOT_BEGUN
    begun = filled("threat", threat())
    assert (begun.how, begun.answered) == (HowFar.BEGUN, 2)
    assert filled("person", anew(Person, None, "full_name: A").made).how is HowFar.BEGUN
    lacks = "\n".join(f"{name}: ikke spurt" for name in Person.model_fields if name != "full_name")
    assert filled("person", anew(Person, None, lacks).made).how is HowFar.DONE
    assert all(filled(name, None).how is HowFar.CAN_WAIT for name in HIDDEN)
    assert all(filled(name, None).asked for name in FORMS)
