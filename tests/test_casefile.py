"""A case file says what a person means, in her own words, and nothing else gets in."""

from contextlib import suppress
from datetime import date, datetime
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.case import (
    EVERY_PART,
    Answer,
    Decision,
    PartId,
    PartName,
    Source,
    State,
    part_id,
)
from client.case.declaration import questions
from client.case.move_assessment import MoveAssessment
from client.case.person import Person
from client.case.protection import Protection
from client.case.threat import Threat
from client.case.words import Level, YesNo
from client.casefile import CaseFile, read_case, write_case, write_part
from client.codename import new_code_name
from client.refusals import (
    UnknownWord,
)
from client.yamltree import Node, parse, write
from keys.errors import Refusal
from keys.words import Language, Words
from tests.cases import TRICKY, case_files

T = TypeVar("T")

TODAY = date(2026, 11, 22)


def read(text: str) -> CaseFile:
    """Read a case file on the day of these tests."""
    return read_case(text, today=TODAY)


def person(text: str) -> Person:
    """Read a file that holds the part about the person, and give that part."""
    part = read(f"person:\n  {text}\n").parts[part_id(PartName.PERSON)]
    assert isinstance(part, Person)
    return part


def threat(text: str) -> Threat:
    """Read a file that holds a threat picture, and give that part."""
    part = read(f"threat:\n  {text}\n").parts[part_id(PartName.THREAT)]
    assert isinstance(part, Threat)
    return part


def value_of(answer: Answer[T] | None) -> T | None:
    """Give the value of an answer that is there."""
    assert answer is not None
    return answer.value


# ── There and back ───────────────────────────────────────────────────────────────────────────
@settings(deadline=None, max_examples=60)
@given(case_files(), st.sampled_from(Language))
def test_what_is_written_is_read_back_unchanged(case: CaseFile, language: Language) -> None:
    """In any of the three languages, a file holds the case and nothing but the case."""
    assert read_case(write_case(case, language), today=date(2000, 1, 1)) == case


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60) | st.binary(max_size=60) | TRICKY)
def test_any_file_gives_a_case_or_one_refusal(data: str | bytes) -> None:
    """Whatever somebody opens by mistake, the answer is a sentence."""
    with suppress(Refusal):
        assert isinstance(read_case(data, today=TODAY), CaseFile)


KEYS = st.sampled_from(
    [
        *(*EVERY_PART, "children", "attachments", "consent", "police_request", "place_inquiry"),
        *("from", "to", "as_of", "source", "language", "lines", "why_needed", "value", "state"),
        *("note", "parts", "decision", "perpetrators", "name", "emergency", "move_number"),
        *(asked.name for part in (Person, Threat, Protection) for asked in questions(part)),
    ]
)
TREES = st.recursive(
    st.none() | TRICKY | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=200)
@given(TREES)
def test_any_shape_of_file_gives_a_case_or_one_refusal(tree: Node) -> None:
    """Right words in wrong places are refused like any others."""
    with suppress(Refusal):
        case = read(write(tree))
        assert read(write_case(case)) == case


@settings(deadline=None, max_examples=100)
@given(TREES)
def test_a_tree_survives_its_text(tree: Node) -> None:
    """What is written as YAML is read as the same texts, lists and maps."""
    with suppress(Refusal):  # characters that YAML cannot hold are refused on the way in
        assert parse(write(tree)) == tree


def test_a_file_says_that_it_is_confidential() -> None:
    """The first line of a file asks to have it deleted."""
    case = read("code_name: GRAN-427\nlanguage: nn\n")
    assert write_case(case).startswith(f"# {Words('client', 'nn').say('yaml.header')}\n")


def test_an_empty_file_is_an_empty_case() -> None:
    """At night, nothing needs to be filled in before one can begin."""
    for empty in ("", "# bare en merknad\n", "---\n", b"\xef\xbb\xbf", "~"):
        case = read_case(empty, today=TODAY)
        assert case.parts == {}
        assert case.consent is None
        assert case.place_inquiry is None
        assert case.police_request is None
        assert (case.header.as_of, case.header.source) == (TODAY, Source.STAFF)


def test_a_code_name_says_nothing() -> None:
    """A case without a code name gets one at random, in the usual form."""
    names = {new_code_name() for _ in range(50)}
    assert len(names) > 40
    for name in names:
        assert read(f"code_name: {name}").header.code_name == name
    assert read("").header.code_name != read("").header.code_name


# ── The shorthand ────────────────────────────────────────────────────────────────────────────
def test_a_bare_value_has_the_files_own_source_and_day() -> None:
    """What most answers share is said once, at the top."""
    text = "source: politi\nas_of: 2026-11-09\nperson: {call_name: Marte}\n"
    part = read(text).parts[part_id(PartName.PERSON)]
    assert isinstance(part, Person)
    assert part.call_name == Answer[str](
        value="Marte", source=Source.POLICE, as_of=date(2026, 11, 9)
    )


def test_an_answer_may_say_all_of_itself() -> None:
    """Who said it, when, and a note, where they differ from the file's own."""
    made = person("call_name: {value: Marte, source: bruker, as_of: 8.11.2026, note: kallenavn}")
    expected = {"value": "Marte", "source": Source.USER, "as_of": date(2026, 11, 8)}
    assert made.call_name == Answer[str].model_validate(expected | {"note": "kallenavn"})
    assert person("call_name: {value: ~, state: ukjent}").call_name is not None


@pytest.mark.parametrize(
    ("text", "state", "value"),
    [
        ("ukjent", State.UNKNOWN, None),
        ("vet ikke", State.UNKNOWN, None),
        ("ikkje_spurt", State.NOT_ASKED, None),
        ("[]", State.NONE_KNOWN, None),
        ("ingen_kjente", State.NONE_KNOWN, None),
        ("norsk", State.GIVEN, ("norsk",)),
        ("[norsk, no]", State.GIVEN, ("norsk", "no")),
        ("{value: ukjent}", State.GIVEN, ("ukjent",)),
        ("{value: [ukjent]}", State.GIVEN, ("ukjent",)),
    ],
)
def test_silence_is_told_apart_in_a_file(
    text: str, state: State, value: tuple[str, ...] | None
) -> None:
    """«Ukjent», «ikke spurt», «ingen kjente» and a value are four answers."""
    answer = person(f"languages: {text}").languages
    assert answer is not None
    assert (answer.state, answer.value) == (state, value)


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_an_empty_field_is_no_answer(text: str) -> None:
    """A field that is left open is neither «no» nor «unknown»."""
    assert person(f"languages: {text}").languages is None
    assert person(f"call_name: '{text or 'x'}'").call_name is not None


@pytest.mark.parametrize(
    "text", ["svært_høy", "Svært høy", "SVÆRT HØY", "svært høg", "very_high", "Very high"]
)
def test_a_word_is_taken_in_any_language(text: str) -> None:
    """Bokmål, nynorsk, English or the id: whichever the worker writes."""
    assert value_of(threat(f"overall_level: {text}").overall_level) is Level.VERY_HIGH


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("ja – jaktrifle (registrert)", YesNo.YES, "jaktrifle (registrert)"),
        ("nei, men vil snakke samisk", YesNo.NO, "men vil snakke samisk"),
        ("Ja. Stod utenfor, og ringte på.", YesNo.YES, "Stod utenfor, og ringte på."),
        ("yes - he has one", YesNo.YES, "he has one"),
        ("'ja: pistol'", YesNo.YES, "pistol"),
        ("Ja", YesNo.YES, None),
        ("ukjent, han er borte", None, "han er borte"),
    ],
)
def test_a_choice_may_have_its_note_behind_it(
    text: str, value: YesNo | None, note: str | None
) -> None:
    """«Ja – jaktrifle» is yes, and the rest is a note."""
    answer = threat(f"knows_centre: {text}").knows_centre
    assert answer is not None
    assert (answer.value, answer.note) == (value, note)


def test_a_list_of_words_may_be_one_word() -> None:
    """A list with one line needs no brackets."""
    assert value_of(threat("indicators: kontroll").indicators) == ("control",)
    with pytest.raises(UnknownWord):
        threat("indicators: kontroll og vold")


def test_a_label_with_a_comma_is_one_word() -> None:
    """«Ja, noko» is an answer of its own, not a yes with a note."""
    case = read("consent: {decision: 'ja, noko'}")
    assert case.consent is not None
    assert case.consent.decision is Decision.YES_SOME


def test_a_text_is_never_split() -> None:
    """Only choices have notes behind them; a text stays as it is written."""
    assert value_of(person("call_name: Ja, vi elsker").call_name) == "Ja, vi elsker"
    assert value_of(person("call_name: Ukjent – ring").call_name) == "Ukjent – ring"


def test_a_bare_value_answers_a_groups_first_question() -> None:
    """«besøksforbud: ja» says that it is in force; «ukjent» that nobody knows."""
    text = "protection:\n  restraining_order: ja\n  contact_ban: ukjent\n  criminal_case:\n"
    part = read(text).parts[part_id(PartName.PROTECTION)]
    assert isinstance(part, Protection)
    assert part.restraining_order is not None
    assert value_of(part.restraining_order.in_force) is YesNo.YES
    assert part.contact_ban is not None
    assert part.contact_ban.in_force is not None
    assert part.contact_ban.in_force.state is State.UNKNOWN
    assert part.criminal_case is None


def test_one_perpetrator_needs_no_list() -> None:
    """A single group stands as itself, and an empty one is an empty one."""
    assert len(threat("perpetrators: {name: Rico}").perpetrators) == 1
    assert len(threat("perpetrators: [Rico, Trond, ~]").perpetrators) == 3


def test_norwegian_words_are_not_taken_for_something_else() -> None:
    """«no», «on», «12» and «1.5» are texts where a text is asked for."""
    assert value_of(person("languages: [no, on, 12, 1.5, true]").languages) == (
        *("no", "on", "12", "1.5", "true"),
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-09T10:20", datetime(2026, 11, 9, 10, 20)),  # noqa: DTZ001 - wall time
        ("2026-11-09 10:20", datetime(2026, 11, 9, 10, 20)),  # noqa: DTZ001 - wall time
        ("9.11.2026 kl. 10.20", datetime(2026, 11, 9, 10, 20)),  # noqa: DTZ001 - wall time
        ("09.11.2026 kl 8:05", datetime(2026, 11, 9, 8, 5)),  # noqa: DTZ001 - wall time
    ],
)
def test_a_moment_is_written_as_people_do(text: str, moment: datetime) -> None:
    """Day before month, and the clock behind."""
    assert read(f"time: {text}").header.time == moment


def test_the_number_of_the_move_follows_into_its_assessment() -> None:
    """What the top of the file says of the move need not be said twice."""
    text = "move_number: 2\nmove_assessment: {necessary: ja}\n"
    for written, number in ((text, 2), (text + "  ", 2)):
        part = read(written).parts[part_id(PartName.MOVE_ASSESSMENT)]
        assert isinstance(part, MoveAssessment)
        assert value_of(part.move_number) == number
    part = read("move_number: 2\nmove_assessment: {move_number: 3}").parts[
        PartId("move_assessment")
    ]
    assert isinstance(part, MoveAssessment)
    assert value_of(part.move_number) == 3
    assert read("move_number: 2").parts == {}


def test_children_are_parts_of_their_own() -> None:
    """The first child in the list is child.1, and parts stand in their fixed order."""
    text = "children: [{call_name: Ánde}, {call_name: Biret}]\nperson: {}\nvalidity: {}\n"
    assert list(read(text).parts) == ["person", "child.1", "child.2", "validity"]


@pytest.mark.parametrize(
    ("language", "word"), [(Language.NB, "høy"), (Language.NN, "høg"), (Language.EN, "high")]
)
def test_one_part_is_read_with_the_day_of_each_answer(language: Language, word: str) -> None:
    """Staff at the new centre see what was said, and when, in their own language."""
    made = threat("overall_level: {value: high, as_of: 2026-11-09}")
    text = write_part(part_id(PartName.THREAT), made, language)
    assert text == f"threat:\n  overall_level:\n    value: {word}\n    as_of: 2026-11-09\n"


def test_three_fields_are_enough_at_night() -> None:
    """Where to, when, and one line of danger: everything else can wait till the morning."""
    text = """
to: Krisesenteret Granlia
emergency: ja
journey: {arrival_from: 2026-11-15 16:00, arrival_until: 2026-11-15 20:00}
threat: {worst_fear: Han leter etter henne nå.}
consent: {decision: ikke_spurt_haster, not_asked_reason: Hun er i sjokk.}
"""
    case = read(text)
    assert list(case.parts) == ["threat", "journey"]
    assert case.consent is not None
    assert case.consent.decision is Decision.NOT_ASKED_URGENT


def test_an_empty_list_of_rows_says_nothing_of_the_first_question() -> None:
    """Where «none known» may be said, an empty list is one row, and no threat."""
    (part,) = read_case("threat: {threats_made: []}", today=TODAY).parts.values()
    assert isinstance(part, Threat)
    (row,) = part.threats_made
    assert row.words is not None
    assert not row.words.value


@pytest.mark.parametrize("text", ["\x85", "a\x85b", "a\u2028b", " \x85 "])
def test_a_line_that_ends_otherwise_survives_its_text(text: str) -> None:
    """There are more signs for a new line than one, and YAML folds some of them."""
    assert parse(write(text)) == text
