"""The page for the person tells both ways in as many words before it asks, and ticks nothing."""

from dataclasses import replace
from datetime import date

import pytest

from client.case import (
    EVERY_PART,
    WITHOUT_CASE,
    Decision,
    PartId,
    PartName,
    Release,
    name_of,
    parse_part_id,
)
from client.consentsheet import Asked, consent_sheet
from client.refusals import NoSuchPage
from client.residentwords import ResidentWords, direction, resident
from client.sheet import Block, Say
from client.sheettext import render
from keys.words import Language, Words

PARTS: tuple[PartId, ...] = tuple(
    parse_part_id(name) for name in ("person", "threat", "child.1", "child.2", "sender")
)
NAMED = Asked(PARTS, "Krisesenteret Fjordgløtt", date(2026, 12, 13), Release.ARRIVAL, "GRAN-427")
ASKED = replace(NAMED, centre="", code_name="")
BOX = "☐"
TICKED = ("☑", "☒", "✓", "✔", "[x]")


def titles(asked: Asked = ASKED) -> list[str]:
    """Return the page's headings in order."""
    return [block.title.msgid.removeprefix("consentsheet.") for block in blocks(asked)]


def blocks(asked: Asked = ASKED) -> tuple[Block, ...]:
    """Return the page's blocks."""
    return consent_sheet(asked).blocks


def page(tag: str, asked: Asked = ASKED) -> str:
    """Return the page as text in a language."""
    words = resident(tag)
    return "\n".join(words.laid(line) for line in render(consent_sheet(asked), words))


def test_both_ways_are_told_before_the_question_and_in_as_many_lines() -> None:
    """What a no leads to weighs as much as what a yes leads to, and both come first."""
    order = ["who", "yes", "no", "yours", "what", "not", "question", "police"]
    assert titles() == order
    for parts in (PARTS, PARTS[:2]):
        _, yes, no, *_ = blocks(replace(ASKED, parts=parts))
        assert len(yes.items) == len(no.items) == 3


@pytest.mark.parametrize(
    ("parts", "third"), [(PARTS, "children"), (PARTS[:2], "ready")], ids=["children", "none"]
)
def test_what_she_gains_is_said(parts: tuple[PartId, ...], third: str) -> None:
    """She need not tell it again, staff know whom to watch for; the children's things are there."""
    _, yes, *_ = blocks(replace(ASKED, parts=parts))
    said = [one.label.msgid for one in yes.items if one.label is not None]
    assert said == [f"consentsheet.yes.{one}" for one in ("told", "watch", third)]


@pytest.mark.parametrize("tag", [*Language, "se"])
def test_nothing_is_ticked_beforehand(tag: str) -> None:
    """Every part and every answer has an empty box, and «ask me later» has one like yes and no."""
    text = page(tag)
    assert not any(mark in text for mark in TICKED)
    assert text.count(BOX) == 4 + 3 + 3


@pytest.mark.parametrize("tag", Language)
def test_each_child_is_a_line_of_its_own(tag: str) -> None:
    """A mother can say yes for one child and no for another."""
    what = blocks()[4]
    assert len(what.items) == 1 + 4
    text = page(tag)
    assert all(any(f" {number}" in line for line in text.splitlines()) for number in (1, 2))


@pytest.mark.parametrize("tag", Language)
def test_every_part_is_said_in_plain_words(tag: str) -> None:
    """Whatever a case may hold has a line on the page, in each complete language."""
    names = {name_of(part) for part in EVERY_PART} - WITHOUT_CASE
    words = resident(tag)
    for name in names:
        assert f"consentsheet.part.{name}" in words
    assert set(PartName) - names == WITHOUT_CASE


@pytest.mark.parametrize("tag", [*Language, "se"])
def test_a_plain_copy_names_neither_the_centre_nor_the_case(tag: str) -> None:
    """Paper can be found: it tells nobody where she was or goes; one that tells says so."""
    named, plain = page(tag, NAMED), page(tag)
    assert "Fjordgløtt" in named
    assert "GRAN-427" in named
    assert titles(NAMED) == ["first", *titles()]
    for word in ("Fjordgløtt", "GRAN-427", "Følge", "folge"):
        assert word not in plain


def test_a_package_that_is_read_ahead_is_not_called_locked() -> None:
    """Whoever agrees to preparation is told that they can read it before she comes."""
    assert "låst" in page("nb")
    ahead = page("nb", replace(ASKED, release=Release.AHEAD))
    assert "låst" not in ahead
    assert "før du kommer" in ahead


def test_a_language_that_nobody_looked_over_marks_what_is_not_its_own() -> None:
    """Northern Sámi has short sentences; every other one says that it is bokmål."""
    words = resident("se")
    assert not words.complete
    assert words.name == "nordsamisk"
    lines = page("se").splitlines()
    assert any("Mánná 1" in line for line in lines)
    assert words.say("consentsheet.police.duty").startswith("[bokmål] ")
    gains = [words.say(f"consentsheet.{one}") for one in ("yes", "yes.told", "no", "no.place")]
    assert not any(one.startswith("[bokmål]") for one in gains)
    assert words.say("consentsheet.part.health_access") == "Dearvvašvuohta"


@pytest.mark.parametrize("group", ["question", "police"])
def test_the_answers_to_a_question_are_all_in_one_language(group: str) -> None:
    """Whoever sees «no» alone in her language has only been asked for a no."""
    names = [f"consentsheet.{group}.{one}" for one in ("yes", "no", "later")]
    half = ResidentWords("se", {names[1]: "Ii"})
    whole = ResidentWords("se", dict.fromkeys(names, "A"))
    assert all(half.say(one).startswith("[bokmål] ") for one in names)
    assert {whole.say(one) for one in names} == {"A"}
    assert all(line.count("[bokmål]") <= 1 for line in page("se").splitlines())


@pytest.mark.parametrize("tag", Language)
def test_what_no_answer_lifts_is_said(tag: str) -> None:
    """The duty to avert stands above the question of the police; a journal may have to keep."""
    _, _, _, yours, *_, police = blocks()
    assert police.items[0].label == Say("consentsheet.police.duty")
    assert Say("consentsheet.yours.journal") in {one.label for one in yours.items}
    said = " ".join(page(tag).split())
    for name in ("police.duty", "yours.journal"):
        assert resident(tag).say(f"consentsheet.{name}") in said


def test_the_sentence_of_a_language_that_is_not_here_names_those_that_are() -> None:
    """Staff are told which pages there are, and to use an interpreter."""
    told = Words("client").told(NoSuchPage())
    for tag in (*Language, "se"):
        assert resident(tag).name.removeprefix("norsk ") in told.do
    assert "tolk" in told.do


@pytest.mark.parametrize("tag", ["klingonsk", "de", "../nb", ""])
def test_a_language_that_is_not_here_is_refused(tag: str) -> None:
    """Nobody is shown a page in another language than the one that was asked for."""
    with pytest.raises(NoSuchPage):
        resident(tag)


def test_which_way_a_language_runs_is_known() -> None:
    """Arabic, Persian and Sorani run from right to left; Norwegian and Sámi do not."""
    assert [direction(tag) for tag in ("ar", "fa", "ckb", "nb", "se")] == ["rtl"] * 3 + ["ltr"] * 2
    with pytest.raises(NoSuchPage):
        direction("klingonsk")


MIRRORED = {
    "consentsheet.question.yes": "אבג דהו",
    "consentsheet.who.centre": "אבג {centre} דהו",
}
"""A language that is none: letters that run from right to left, with no meaning."""


def test_right_to_left_lines_are_marked_and_foreign_words_set_apart() -> None:
    """Each line begins with the mark, a name is set apart, and bokmål runs its own way in it."""
    words = ResidentWords("he", MIRRORED)
    lines = [words.laid(line) for line in render(consent_sheet(NAMED), words)]
    assert all(line.startswith("\u200f") for line in lines)
    text = "\n".join(lines)
    assert "\u2068Krisesenteret Fjordgløtt\u2069" in text
    said = words.say("consentsheet.question.no")
    assert said == "\u2066[bokmål] Nei\u2069"
    assert words.laid("") == ""
    assert sum(text.count(mark) for mark in "\u2066\u2067\u2068") == text.count("\u2069")


def test_an_answer_to_ask_later_lets_nothing_out() -> None:
    """«Ask me later» is an answer of its own, and no yes."""
    assert Decision.ASK_LATER not in {Decision.YES_ALL, Decision.YES_SOME}
