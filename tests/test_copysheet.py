"""The person's own copy: a slip in a pocket does not say where she is, and says what it lacks."""

import pytest

from client.casefile import read_case
from client.casesheet import Printable, case_sheets
from client.copysheet import copy_sheets
from client.sheet import Sheet
from client.sheettext import render
from keys.words import Language, Words
from tests import acts
from tests.cases import DAY

CENTRES = ("Krisesenteret Granlia", "Krisesenteret Fjordgløtt", "Krisesenteret Kysthamna")
WHERE = ("granlia", "fjordgløtt", "kysthamna", "gran-427", "000 00 101")
MORE = """
history:
  stays:
    - {region: Et hus ved sjøen, why_left: Han ringte Krisesenteret Kysthamna}
journey:
  meeting_point: Bensinstasjonen ved brua
follow_up:
  barnevern: Kontakt på Fjordgløtt
"""


def copied(*, named: bool = False, more: str = MORE) -> tuple[Printable, tuple[Sheet, ...]]:
    """Give a case, and the copy of it."""
    case = Printable.draft(read_case(acts.sample("GRAN-427") + more, today=DAY))
    return case, copy_sheets(case, [*CENTRES, "GRAN-427"], named=named)


def said(sheets: tuple[Sheet, ...], language: str = "nb") -> str:
    """Give some pages as one line of text."""
    words = Words("client", language)
    return " ".join(" ".join(line for one in sheets for line in render(one, words)).split())


@pytest.mark.parametrize("language", Language)
def test_a_copy_does_not_say_where(language: str) -> None:
    """Neither centre, sender, code name, way there nor number; and it says first what it lacks."""
    case, sheets = copied()
    text, words = said(sheets, language), Words("client", language)
    assert all(one in said(case_sheets(case), language).casefold() for one in WHERE)
    assert not any(one in text.casefold() for one in (*WHERE, "bensinstasjonen"))
    assert text.index(words.say("copy.plain")) < text.index("Marte")
    assert text.count(words.say("copy.left_out")) == 4


def test_what_is_left_out_is_not_called_empty() -> None:
    """The question stands: whoever reads the copy sees that there is an answer."""
    text = said(copied()[1])
    assert "Trygg måte å nå personen på nå: (står ikke på denne kopien)" in text
    assert "Barnevern: (står ikke på denne kopien)" in text


def test_everything_else_is_hers() -> None:
    """The danger, her own words and the measures stand on it."""
    text = said(copied()[1])
    for one in ("Jeg orker ikke å sitte inne", "Trond Håkon Veum", "1. mai 2027", "Et hus ved sj"):
        assert one in text


def test_what_leads_to_her_is_left_out_though_it_names_no_centre() -> None:
    """Where she wishes to go, and a child's new school and contact there: found in a pocket."""
    wish = "joint_assessment:\n  user_wishes_place: Et sted ved havet\n"
    base = acts.sample("GRAN-427").replace("joint_assessment:\n", wish)
    children = (
        "children: [{call_name: Biret, new_school_plan: Berg skole, contact_person_new: Ola}]"
    )
    case = Printable.draft(read_case(f"{base}\n{children}", today=DAY))
    told = ("Et sted ved havet", "Berg skole", "Ola")
    whole, plain = said(case_sheets(case)), said(copy_sheets(case, CENTRES, named=False))
    assert all(one in whole for one in told)
    assert not any(one in plain for one in told)
    assert "Plan for ny skole (sperret?): (står ikke på denne kopien)" in plain
    assert "Biret" in plain
    assert all(one in said(copy_sheets(case, CENTRES, named=True)) for one in told)


@pytest.mark.parametrize("language", Language)
def test_a_copy_that_says_where_says_so_first(language: str) -> None:
    """Only by choice, and the first line is what that means."""
    case, sheets = copied(named=True)
    text, words = said(sheets, language), Words("client", language)
    assert "Krisesenteret Fjordgløtt" in text
    assert text.index(words.say("copy.named")) < text.index(words.say("copy.found"))
    assert sheets[0].blocks[1:] == case_sheets(case)[0].blocks


def test_the_district_there_is_left_out_wherever_it_stands() -> None:
    """A contact at the police of the new place would tell as much as the place."""
    more = "protection:\n  police_contact_role:\n    - {role: vakt, district: vest}\n"
    base = acts.sample("GRAN-427").replace("protection:\n", more)
    base = base.replace("  conclusion: trygt", "  conclusion: trygt\n  police_district_id: vest")
    case = Printable.draft(read_case(base, today=DAY))
    assert "Vest" in said(case_sheets(case))
    assert "Vest" not in said(copy_sheets(case, CENTRES, named=False))
