"""Free text in a case is short, plain and never a national identity number."""

import re
from collections.abc import Iterator

import pytest

from client.case import (
    ConsentInput,
    PlaceAnswerInput,
    PoliceLine,
    Section,
)
from client.case.attachment import Attachment, AttachmentType
from client.case.checking import checked
from client.case.consent import Decision
from client.case.declaration import Kind, Question, questions, walk
from client.case.police_request import ChildrenCount, Consultation, InConsultation
from client.case.text import holds_national_id
from client.casefile import CaseHeader
from client.refusals import (
    NationalId,
    OddCharacter,
    TextTooLong,
    WrongAnswer,
)
from client.vocabulary import AnswerValue
from tests.cases import DAY, SECTIONS, SOMEBODYS_NUMBER, answer, person


def text_questions(section: type[Section]) -> Iterator[tuple[str, Question]]:
    """Give the free-text questions that stand directly in a section."""
    for asked in questions(section):
        if asked.kind is Kind.TEXT and asked.limit is not None:
            yield asked.name, asked


def groups() -> Iterator[tuple[str, type[Section]]]:
    """Give every section and every group inside one, by its path."""
    for section in SECTIONS:
        yield section.WORD, section
        for path, asked in walk(section):
            if asked.group is not None:
                yield path, asked.group


TEXTS = [
    pytest.param(group, name, asked, id=f"{path}.{name}")
    for path, group in groups()
    for name, asked in text_questions(group)
]
REQUIRED: dict[type[Section], dict[str, object]] = {
    ConsentInput: {"decision": Decision.NO},
    Attachment: {"type": AttachmentType.MEDICAL_NOTE, "belongs_to": "person", "file": "f.pdf"},
    CaseHeader: {"code_name": "GRAN-427", "as_of": DAY},
    PoliceLine: {"why_needed": "Beredskap"},
    PlaceAnswerInput: {"value": AnswerValue.NO},
    Consultation: {"answer": InConsultation.YES},
    ChildrenCount: {"count": 1},
}


def with_text(group: type[Section], asked: Question, text: str) -> dict[str, object]:
    """Give a section's values with one text in one place."""
    value: object = (text,) if asked.many else text
    values = dict(REQUIRED.get(group, {}))
    values[asked.name] = answer(value) if asked.answered else value
    if group is PoliceLine and asked.name == "why_needed":
        values["adults_count"] = 1
    return values


@pytest.mark.parametrize(("group", "name", "asked"), TEXTS)
def test_no_text_takes_a_national_identity_number(
    group: type[Section], name: str, asked: Question
) -> None:
    """Wherever the number is written, it is refused, and the refusal does not repeat it."""
    with pytest.raises(NationalId) as refused:
        checked(group, with_text(group, asked, f"Hun har {SOMEBODYS_NUMBER}"), "x")
    assert re.match(rf"x\.{name}(\.1)?$", str(refused.value.facts["field"]))
    assert SOMEBODYS_NUMBER not in repr(refused.value) + str(refused.value.__dict__)
    assert refused.value.__cause__ is refused.value.__context__ is None


@pytest.mark.parametrize(("group", "name", "asked"), TEXTS)
def test_every_text_has_a_cap(group: type[Section], name: str, asked: Question) -> None:
    """A case is a mapping, not a journal: no text is longer than its question says."""
    limit = asked.limit or 0
    assert 0 < limit <= 600
    tail = ".pdf" if name == "file" else "æ"
    checked(group, with_text(group, asked, "a" * (limit - len(tail)) + tail), "x")
    with pytest.raises(TextTooLong) as refused:
        checked(group, with_text(group, asked, "a" * (limit + 1 - len(tail)) + tail), "x")
    assert refused.value.facts["limit"] == limit


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SOMEBODYS_NUMBER, id="bare"),
        pytest.param("født 010190 12345, Oslo", id="a space before the last five"),
        pytest.param("01.01.90-12345", id="dots and a hyphen"),
        pytest.param("01 01 90 123 45", id="spaces"),
        pytest.param("410190" + "12345", id="a D-number"),
        pytest.param("014190" + "12345", id="an H-number"),
        pytest.param("018190" + "12345", id="a synthetic number"),
        pytest.param("016690" + "12345", id="another synthetic series"),
        pytest.param("99 010190 12345", id="after other digits"),
        pytest.param("٠١٠١٩٠١٢٣٤٥", id="Arabic digits"),
        pytest.param("010190\u200b12345", id="an invisible character between"),
        pytest.param("\uff10\uff11\uff10\uff11\uff19\uff10" + "12345", id="wide digits"),
    ],
)
def test_a_national_identity_number_is_known_in_every_guise(text: str) -> None:
    """Spaces, scripts and invisible marks do not hide the number."""
    assert holds_national_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "000 00 101",
        "+47 000 00 101",
        "født 1991",
        "09.11.2026 kl. 10.20",
        "15.11 kl. 16–20",
        "sak 26-1234567/001",
        "123456789012",
        "991390 12345",
        "310190 1234",
        "AB 12345",
    ],
)
def test_ordinary_numbers_are_let_through(text: str) -> None:
    """Phones, dates, plates and case numbers are not national identity numbers."""
    assert not holds_national_id(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\x1b[2Jborte", id="a terminal escape"),
        pytest.param("a\x00b", id="a zero byte"),
        pytest.param("trygt\u202eikke", id="reading order turned"),
        pytest.param("a\u2066b", id="an isolate"),
        pytest.param("a\x9bb", id="an eight-bit escape"),
        pytest.param("a\ud800", id="half a character"),
    ],
)
def test_a_text_cannot_disguise_what_it_says(text: str) -> None:
    """What a terminal or page would obey instead of show is refused."""
    with pytest.raises(OddCharacter):
        person(call_name=text)


def test_a_text_has_one_form() -> None:
    """However a letter is typed, and whatever spaces surround it, the same text is kept."""
    typed = person(call_name=" c\u030ca\r\nb\u2028c ")
    assert typed.call_name is not None
    assert typed.call_name.value == "ča\nb\nc"


@pytest.mark.parametrize("name", ["../etc", "a/b.pdf", "C:\\x.pdf", "a:b", ".", "a.", "a\nb"])
def test_an_attachment_is_a_plain_file_name(name: str) -> None:
    """A file is named, never a path to it."""
    values = {"type": AttachmentType.MEDICAL_NOTE, "belongs_to": "person", "file": name}
    with pytest.raises(WrongAnswer):
        checked(Attachment, values, "attachment.1")
