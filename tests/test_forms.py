"""A form asks every question of a part once, forces nobody, and says why it asks."""

from datetime import date

import pytest
from click.testing import CliRunner

from client.__main__ import cli
from client.case import (
    HIDDEN,
    NUMBERED,
    PARTS,
    ConsentInput,
    Decision,
    Flag,
    PartName,
    PlaceInquiryInput,
    PoliceRequestInput,
    State,
    part_id,
)
from client.case.declaration import Kind, choice_msgid, questions, walk
from client.casefile import read_case
from client.formlayout import PAGES
from client.forms import FORMS, LACKS, PRINTED, asked_in, form
from client.formtext import empty_form
from client.slugs import slug
from keys.errors import Refusal
from keys.words import Language, Words

DAY = date(2026, 11, 9)


@pytest.mark.parametrize("name", PRINTED)
def test_every_question_stands_on_exactly_one_page(name: str) -> None:
    """No question is forgotten and none is asked twice; groups come whole."""
    asked = [one.path for one in asked_in(form(name))]
    assert sorted(asked) == sorted(path for path, _ in walk(PRINTED[name]))
    assert set(PAGES) == set(PRINTED)


@pytest.mark.parametrize("name", PRINTED)
def test_a_form_says_of_each_question_what_the_declaration_says(name: str) -> None:
    """Kind, words, limits and marks are read from the one declaration."""
    declared = dict(walk(PRINTED[name]))
    for one in asked_in(form(name)):
        asked = declared[one.path]
        assert (one.kind, one.limit, one.stages) == (asked.kind, asked.limit, asked.stages)
        assert (one.least, one.most) == (asked.least, asked.most)
        words = [] if asked.choices is None else list(asked.choices)
        assert [choice.word for choice in one.choices] == [word.value for word in words]
        assert [choice.label for choice in one.choices] == [choice_msgid(word) for word in words]
        assert one.lacks == (LACKS if asked.answered else ())
        assert bool(one.lines) is asked.many
        assert bool(one.inner) is (asked.kind is Kind.GROUP)


def test_not_known_and_not_asked_are_offered_at_every_answer() -> None:
    """Whoever does not know can say just that; «none known» too."""
    assert [one.word for one in LACKS] == [
        State.UNKNOWN.value,
        State.NOT_ASKED.value,
        State.NONE_KNOWN.value,
    ]


def test_no_form_forces_anybody_to_tell() -> None:
    """What must be filled in names a file, is the answer, or is the centre's own reason."""
    forced = {one.path for name in PRINTED for one in asked_in(form(name)) if one.required}
    files = {"attachment.type", "attachment.belongs_to", "attachment.file"}
    groups = {
        "police_request.move_in_consultation_with_police.answer",
        "police_request.lines.why_needed",
        "police_request.lines.children_count_and_ages.count",
    }
    assert forced == {*files, "consent.decision", "place_answer.value", *groups}


def test_what_must_never_gate_is_marked_and_has_its_banner() -> None:
    """Residence, trafficking and kind of violence are marked; the two parts say it above all."""
    marked = {one.path for name in PartName for one in asked_in(form(name)) if one.never_gate}
    hidden = {
        path for part in PARTS.values() for path, one in walk(part) if Flag.HIDDEN in one.flags
    }
    assert marked == hidden
    for name in PartName:
        assert form(name).banner == ("banner.residence" if name in HIDDEN else "")


def test_marks_for_special_categories_and_children_follow() -> None:
    """Whoever shows a form knows which answers need care."""
    asked = {one.path: one for one in asked_in(form(PartName.CHILD))}
    assert asked["child.health_needs"].special
    assert asked["child.health_needs"].child
    assert not asked["child.belongings"].special


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", PRINTED)
def test_every_page_says_why_it_asks(name: str, language: Language) -> None:
    """Each topic has a title and a reason, in every language."""
    words = Words("client", language)
    for page in form(name).pages:
        assert words.say(page.title)
        assert words.say(page.why)
        assert {one.why for one in page.questions} == {page.why}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", [name for name in PartName if name is not PartName.ATTACHMENT])
def test_an_empty_form_is_a_part_without_answers(name: PartName, language: Language) -> None:
    """What is printed can be read back as it is: nothing is said that nobody said."""
    lines = empty_form(form(name), Words("client", language))
    case = read_case("\n".join(lines), today=DAY)
    number = 1 if name in NUMBERED else 0
    empty = {part_id(name, number): PARTS[name]()} if number else {}
    assert dict(case.parts) in (empty, {part_id(name, number): PARTS[name]()})


@pytest.mark.parametrize("name", [name for name in PartName if name is not PartName.ATTACHMENT])
def test_with_the_marks_taken_away_a_form_is_still_read(name: PartName) -> None:
    """The groups that stand as examples are YAML too."""
    lines = empty_form(form(name), Words("client", "nb"))
    bare = [line.replace("# ", "", 1) if _is_key(line) else line for line in lines]
    case = read_case("\n".join(bare), today=DAY)
    (part,) = case.parts.values()
    groups = [asked.name for asked in questions(PARTS[name]) if asked.group is not None]
    assert all(getattr(part, group) for group in groups)


@pytest.mark.parametrize("language", Language)
def test_the_other_sections_have_forms_that_are_read_back(language: Language) -> None:
    """The inquiry and the request may be left empty; the consent lacks only its answer."""
    words = Words("client", language)
    made = {word: empty_form(form(word), words) for word in FORMS if word not in {*PARTS}}
    assert set(made) == {"place_inquiry", "consent", "police_request"}
    no = f"decision: {slug(words.say(choice_msgid(Decision.NO)))}"
    text = "\n".join(line for lines in made.values() for line in lines)
    case = read_case(text.replace("decision:", no), today=DAY)
    assert case.place_inquiry == PlaceInquiryInput()
    assert case.consent == ConsentInput(decision=Decision.NO)
    assert case.police_request == PoliceRequestInput()
    with pytest.raises(Refusal):
        read_case(text, today=DAY)


def test_a_form_marks_what_cannot_be_left_empty() -> None:
    """And says nothing of the kind where everything can."""
    words = Words("client", "nb")
    for word in PRINTED:
        lines = empty_form(form(word), words)
        marked = any(words.say("form.required") in line for line in lines)
        assert marked is any(one.required for one in asked_in(form(word)))
        assert lines[1] == f"# {words.say('form.head_marked' if marked else 'form.head')}"


def _is_key(line: str) -> bool:
    """Tell whether a line is an example that only lacks its marks, or a comment in one."""
    text = line.lstrip()
    return text.startswith("#  ") or (text.startswith("# ") and text.endswith(":"))


def test_the_command_prints_a_form_in_the_members_language() -> None:
    """One command, one part, no case and no service needed."""
    shown = CliRunner().invoke(cli, ["--lang", "nn", "form", "threat"])
    assert shown.exit_code == 0
    assert "# Trusselbilete" in shown.output
    schema = CliRunner().invoke(cli, ["--lang", "en", "schema"])
    assert '"$schema"' in schema.output
