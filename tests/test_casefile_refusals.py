"""A case file that is wrong is refused with its own sentence, which quotes nothing."""

from datetime import date

import pytest
import yaml

from client.case import (
    MOST,
)
from client.casefile import CaseFile, read_case
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
from client.yamltree import DEPTH, LIMIT, parse, write
from keys.errors import DuplicateKey, OverLong, Refusal, UnknownField
from keys.words import Language, Words
from tests.cases import SOMEBODYS_NUMBER

TODAY = date(2026, 11, 22)


def read(text: str) -> CaseFile:
    """Read a case file on the day of these tests."""
    return read_case(text, today=TODAY)


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
    "an open bracket": ("person: [a\n", NotYaml, {"line": 2}),
    "a tab for an indent": ("person:\n\tcall_name: a", NotYaml, {"line": 2}),
    "a zero byte": ("person: \x00", NotYaml, {"line": 0}),
    "an impossible escape": (r'a: "\UFFFFFFFF"', NotYaml, {"line": 1}),
    "half a character": (r'a: "\ud800"', NotYaml, {"line": 1}),
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


def test_a_file_nests_so_deep_and_no_deeper() -> None:
    """Twelve levels are read; the thirteenth is not."""
    assert parse("[" * 12 + "a" + "]" * 12)
    with pytest.raises(OverLong):
        parse("[" * 13 + "a" + "]" * 13)


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
