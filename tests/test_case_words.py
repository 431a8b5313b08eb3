"""Every question, word and part of a case has its label in every language, and keeps its flags."""

from enum import StrEnum
from pathlib import Path
from runpy import run_path

import pytest

from client.cardlayout import CARD_FIELDS
from client.case import (
    Flag,
    Source,
    State,
)
from client.case.declaration import Kind, Question, When, choice_msgid, list_word, walk
from client.sheet import Item
from client.since import HEADS
from client.slugs import find, find_state, said, slug
from client.vocabulary import ViewWord
from keys.words import Language, Words, catalogue
from tests.cases import SECTIONS
from tests.fieldlist import BESIDE, OF_THE_BRIEF, ROWS, Row

ASKED: dict[str, Question] = {path: asked for part in SECTIONS for path, asked in walk(part)}
LATER: dict[str, Question] = {path: asked for head in HEADS for path, asked in walk(head)}
"""Of an export alone: nobody is asked it in a case."""
EVERY = (*ASKED.values(), *LATER.values())
LISTS: dict[str, type[StrEnum]] = {
    list_word(choices): choices
    for choices in (State, Source, When, ViewWord, *(asked.choices for asked in EVERY))
    if choices is not None
}
MSGIDS = frozenset(
    {f"part.{part.WORD}" for part in SECTIONS}
    | {f"field.{path}" for path in (*ASKED, *LATER)}
    | {choice_msgid(word) for choices in LISTS.values() for word in choices}
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.path)
def test_no_field_of_the_brief_is_lost(row: Row) -> None:
    """Each field of the brief exists, with its flags, its stages and its three labels."""
    asked = ASKED[row.path]
    assert asked.flags == {Flag(mark) for mark in row.flags}
    assert "".join(asked.stages) == row.stages
    for language in Language:
        assert Words("client", language).say(f"field.{row.path}")


def test_the_list_is_whole_and_names_nothing_twice() -> None:
    """No question is asked that the list does not have."""
    paths = [row.path for row in ROWS]
    assert sorted(paths) == sorted(ASKED)
    assert {row.section for row in OF_THE_BRIEF} == {part.WORD for part in SECTIONS} - {"case"}


def test_what_the_brief_does_not_ask_for_is_little_and_has_its_reason() -> None:
    """The head of a case file, and a few questions that a sample or a rule needs."""
    assert len([row for row in BESIDE if row.section != "case"]) <= 8
    assert len([row for row in BESIDE if row.section == "case"]) <= 12


@pytest.mark.parametrize("language", Language)
def test_every_part_question_and_word_has_a_label(language: Language) -> None:
    """Nobody meets a schema word where a sentence should be."""
    words = Words("client", language)
    assert not [msgid for msgid in MSGIDS if msgid not in words]


def test_no_label_is_left_over() -> None:
    """A question that is removed takes its labels with it."""
    prefixes = ("part.", "field.", "choice.")
    labels = {msgid for msgid in catalogue("client", Language.NB) if msgid.startswith(prefixes)}
    assert labels == MSGIDS


def test_every_short_label_on_the_card_is_of_a_question_that_stands_there() -> None:
    """The card's own labels shorten labels that exist, and no others."""
    short = {
        msgid.removeprefix("card.")
        for msgid in catalogue("client", Language.NB)
        if msgid.startswith(("card.field.", "card.part."))
    }
    assert short <= MSGIDS
    fields = {msgid.removeprefix("field.") for msgid in short if msgid.startswith("field.")}
    on_card = {path for field in CARD_FIELDS for path in (field, field.rpartition(".")[0])}
    assert not {path for path in fields - on_card if not path.startswith("child.digital.")}


@pytest.mark.parametrize("choices", LISTS.values(), ids=LISTS)
def test_no_two_words_of_a_list_are_written_alike(choices: type[StrEnum]) -> None:
    """In any of the three languages, and as an id, a word in a file means one thing."""
    for word in choices:
        for language in Language:
            assert find(choices, said(word, language)) is word
            assert find(choices, Words("client", language).say(choice_msgid(word))) is word
        assert find(choices, word.value) is word


@pytest.mark.parametrize("choices", LISTS.values(), ids=LISTS)
def test_no_label_of_a_list_is_the_id_of_another_word(choices: type[StrEnum]) -> None:
    """A label in one language never shadows another word's id."""
    for word in choices:
        mine = {slug(word), *(said(word, language) for language in Language)}
        others = [other for other in choices if other is not word]
        assert not mine & {slug(other) for other in others}
        assert not mine & {said(other, language) for other in others for language in Language}


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("ukjent", State.UNKNOWN),
        ("Ukjend", State.UNKNOWN),
        ("vet ikke", State.UNKNOWN),
        ("veit_ikkje", State.UNKNOWN),
        ("don't know", State.UNKNOWN),
        ("Ikke spurt", State.NOT_ASKED),
        ("ikkje_spurt", State.NOT_ASKED),
        ("not asked", State.NOT_ASKED),
        ("ingen kjente", State.NONE_KNOWN),
        ("ingen", State.NONE_KNOWN),
        ("none_known", State.NONE_KNOWN),
        ("given", None),
        ("svart", None),
        ("nei", None),
        ("", None),
    ],
)
def test_the_lack_of_a_value_is_said_in_plain_words(text: str, state: State | None) -> None:
    """«Vet ikke» and «ikke spurt» are always apart, and neither is «nei»."""
    assert find_state(text) is state


@pytest.mark.parametrize(
    ("text", "slugged"),
    [
        ("Svært høy", "svært_høy"),
        ("  SARA:SV ", "sara_sv"),
        ("Women's unit", "womens_unit"),
        ("Ja, noko", "ja_noko"),
        ("6–9 år", "6_9_år"),
        ("ho\u0308y", "höy"),
        ("–", ""),
    ],
)
def test_a_word_may_be_typed_in_many_ways(text: str, slugged: str) -> None:
    """Capitals, spaces and marks do not matter."""
    assert slug(text) == slugged


def test_the_banner_over_residence_is_there() -> None:
    """Staff read that the answer never touches the place."""
    assert "aldri" in Words("client", "nb").say("banner.residence")
    assert "aldri" in Words("client", "nn").say("banner.residence")
    assert "never" in Words("client", "en").say("banner.residence")


def test_nothing_on_the_card_shows_its_content_to_a_log() -> None:
    """A line of the card prints its label and no more."""
    assert "hemmelig" not in repr(Item(None, ("hemmelig",), "hemmelig"))


def test_the_reference_page_is_what_the_declarations_say() -> None:
    """docs/reference/parts.md is written anew whenever a question changes."""
    script = Path(__file__).parent.parent / "docs" / "parts.py"
    page = run_path(str(script))["page"]()
    assert (script.parent / "reference" / "parts.md").read_text(encoding="utf-8") == page
    assert all(f"`{path.rpartition('.')[2]}`" in page for path in ASKED if "_centre" not in path)


def test_short_free_text_is_short() -> None:
    """Where the brief marks the text as short, 280 characters are the most."""
    marked = [asked for asked in ASKED.values() if Flag.SHORT in asked.flags]
    assert marked
    assert all(asked.kind is Kind.TEXT and asked.limit == 280 for asked in marked)
