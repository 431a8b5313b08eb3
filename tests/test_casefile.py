"""A case file says what a person means, in her own words, and nothing else gets in."""

from contextlib import suppress
from datetime import date, datetime
from typing import TypeVar

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from client.case import (
    EVERY_PART,
    MOST,
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
from client.casefile import CaseFile, read_case, write_case
from client.codename import new_code_name
from client.refusals import (
    MissingAnswer,
    NationalId,
    NotYaml,
    OddCharacter,
    TextTooLong,
    TooMany,
    UnknownWord,
    WrongAnswer,
    YamlTrick,
)
from client.yamltree import DEPTH, LIMIT, Node, parse, write
from keys.errors import DuplicateKey, OverLong, Refusal, UnknownField
from keys.words import Language, Words
from tests.cases import TRICKY, case_files

T = TypeVar("T")

TODAY = date(2026, 11, 22)
SOMEBODYS_NUMBER = "010190" + "12345"


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


# ── What is refused ──────────────────────────────────────────────────────────────────────────
REFUSED: dict[str, tuple[str | bytes, type[Refusal], dict[str, object]]] = {
    "a list": ("- a", WrongAnswer, {"field": "case"}),
    "a text": ("hei", WrongAnswer, {"field": "case"}),
    "a part as a list": ("person: [a]", WrongAnswer, {"field": "person"}),
    "children as one child": ("children: {call_name: a}", WrongAnswer, {"field": "children"}),
    "too many children": (
        f"children: [{'~, ' * 25}]",
        TooMany,
        {"field": "children", "limit": MOST},
    ),
    "an unknown key": ("Marte Solbakk: hei", UnknownField, {"field": "case"}),
    "an unknown question": ("person: {Marte: hei}", UnknownField, {"field": "person"}),
    "a field by its inner name": ("from_centre: a", UnknownField, {"field": "case"}),
    "an unknown word in an answer": (
        "person: {call_name: {value: a, by: b}}",
        UnknownField,
        {"field": "person.call_name"},
    ),
    "an unknown question in a group": (
        "threat: {perpetrators: [{shoe_size: 45}]}",
        UnknownField,
        {"field": "threat.perpetrators.1"},
    ),
    "a word there is not": (
        "threat: {overall_level: hemmelig}",
        UnknownWord,
        {"field": "threat.overall_level", "count": 3},
    ),
    "a word in a list there is not": (
        "threat: {indicators: [kontroll, hemmelig]}",
        UnknownWord,
        {"field": "threat.indicators.2", "count": 14},
    ),
    "a part there is not": (
        "consent: {decision: ja_alt, parts: [x]}",
        UnknownWord,
        {"field": "consent.parts.1"},
    ),
    "a state there is not": (
        "person: {call_name: {state: hemmelig}}",
        UnknownWord,
        {"field": "person.call_name", "count": 4},
    ),
    "a map for a word": ("emergency: {a: b}", WrongAnswer, {"field": "case.emergency"}),
    "a map for a text": ("from: {a: b}", WrongAnswer, {"field": "case.from_centre"}),
    "a list for a text": (
        "person: {call_name: [a, b]}",
        WrongAnswer,
        {"field": "person.call_name"},
    ),
    "a list for a note": (
        "person: {call_name: {value: a, note: [b]}}",
        WrongAnswer,
        {"field": "person.call_name"},
    ),
    "a list inside a list": (
        "person: {languages: [[a]]}",
        WrongAnswer,
        {"field": "person.languages.1"},
    ),
    "a text for a number": (
        "person: {birth_year: femten}",
        WrongAnswer,
        {"field": "person.birth_year"},
    ),
    "a year too early": ("person: {birth_year: 1066}", WrongAnswer, {"field": "person.birth_year"}),
    "a number too long": (
        "person: {birth_year: 19911}",
        WrongAnswer,
        {"field": "person.birth_year"},
    ),
    "no date": ("as_of: i går", WrongAnswer, {"field": "case.as_of"}),
    "a day there is not": ("as_of: 2026-02-30", WrongAnswer, {"field": "case.as_of"}),
    "an American date": ("as_of: 11/09/2026", WrongAnswer, {"field": "case.as_of"}),
    "no time": ("time: 2026-11-09", WrongAnswer, {"field": "case.time"}),
    "an hour there is not": ("time: 2026-11-09T25:00", WrongAnswer, {"field": "case.time"}),
    "something after the time": ("time: 2026-11-09T10:20 ca", WrongAnswer, {"field": "case.time"}),
    "a code name with a name in it": ("code_name: Marte", WrongAnswer, {"field": "case.code_name"}),
    "a value and a state": (
        "person: {call_name: {value: a, state: ukjent}}",
        WrongAnswer,
        {"field": "person.call_name"},
    ),
    "an empty answer": ("person: {call_name: {}}", WrongAnswer, {"field": "person.call_name"}),
    "no decision": ("consent: {form: skriftlig}", MissingAnswer, {"field": "consent.decision"}),
    "a line without a reason": (
        "police_request: {lines: [{subject_name: a}]}",
        MissingAnswer,
        {"field": "police_request.lines.1.why_needed"},
    ),
    "a long reason": (
        f"police_request: {{lines: [{{subject_name: a, why_needed: {'b' * 201}}}]}}",
        TextTooLong,
        {"field": "police_request.lines.1.why_needed", "limit": 200},
    ),
    "a national identity number": (
        f"person: {{call_name: {SOMEBODYS_NUMBER}}}",
        NationalId,
        {"field": "person.call_name"},
    ),
    "an escape sequence": (
        r'person: {call_name: "\e[2J"}',
        OddCharacter,
        {"field": "person.call_name"},
    ),
    "an anchor": ("person: &a {}", YamlTrick, {"line": 1}),
    "an alias": ("person: {}\nthreat: *a", YamlTrick, {"line": 2}),
    "a tag": ("person: !!str a", YamlTrick, {"line": 1}),
    "a python tag": ("person: !!python/object/apply:os.system [ls]", YamlTrick, {"line": 1}),
    "a bare tag": ("person: ! a", YamlTrick, {"line": 1}),
    "a directive": ("%YAML 1.1\n---\na: b", YamlTrick, {}),
    "a tag directive": ("%TAG ! tag:x,2000:\n---\na: b", YamlTrick, {}),
    "two documents": ("person: {}\n---\nthreat: {}", YamlTrick, {"line": 2}),
    "a list for a key": ("? [a]\n: b", YamlTrick, {"line": 1}),
    "a nothing for a key": ("~: b", YamlTrick, {"line": 1}),
    "a key said twice": ("person: {}\nperson: {}", DuplicateKey, {"line": 2}),
    "a key said twice deep down": ("person:\n  a: b\n  a: c", DuplicateKey, {"line": 3}),
    "an open bracket": ("person: [a", NotYaml, {"line": 1}),
    "a tab for an indent": ("person:\n\tcall_name: a", NotYaml, {"line": 2}),
    "a zero byte": ("person: \x00", NotYaml, {"line": 0}),
    "an impossible escape": (r'a: "\UFFFFFFFF"', NotYaml, {"line": 0}),
    "Latin-1": ("a: b\nperson: {call_name: Åse}".encode("latin-1"), NotYaml, {"line": 2}),
    "too deep": ("[" * 20 + "]" * 20, OverLong, {"limit": DEPTH}),
    "too long a text": ("a" * (LIMIT + 1), OverLong, {"limit": LIMIT}),
    "too long in bytes": ("å" * (LIMIT // 2 + 1), OverLong, {"limit": LIMIT}),
    "too many bytes": (b"a" * (LIMIT + 1), OverLong, {"limit": LIMIT}),
}


@pytest.mark.parametrize(("text", "refusal", "facts"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_wrong_is_refused_by_name(
    text: str | bytes, refusal: type[Refusal], facts: dict[str, object]
) -> None:
    """Each mistake has its own sentence, which names the place and not the words."""
    with pytest.raises(refusal) as refused:
        read_case(text, today=TODAY)
    assert type(refused.value) is refusal
    assert facts.items() <= dict(refused.value.facts).items()
    assert "hemmelig" not in repr(refused.value) + str(refused.value.__dict__)
    assert refused.value.__cause__ is None
    for language in Language:
        assert Words("client", language).refusal(refused.value)


def test_a_billion_laughs_are_not_laughed() -> None:
    """A small file cannot unfold into a huge one."""
    lines = ["a0: &a0 [ha, ha]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    with pytest.raises(YamlTrick):
        read("\n".join(lines))


def test_nothing_in_a_refusal_quotes_the_parser() -> None:
    """The YAML library's own message, which quotes the file, is not passed on."""
    with pytest.raises(NotYaml) as refused:
        read("person: {call_name: 'hemmelig")
    assert refused.value.__suppress_context__
    assert "hemmelig" not in str(refused.value)


def test_a_case_file_does_not_show_its_content() -> None:
    """A case in a log line is a code name at most."""
    shown = repr(read("code_name: GRAN-427\nfrom: Hemmelig\nperson: {call_name: Hemmelig}\n"))
    assert "Hemmelig" not in shown


def test_the_library_underneath_is_the_safe_one() -> None:
    """No file can make an object: the writer too knows only texts, lists and maps."""
    with pytest.raises(yaml.YAMLError):
        write([TODAY, object()])  # type: ignore[list-item] # the attack is the point
