"""Promises of the page for the police: one A4, all that is told, and nothing else of the case."""

from dataclasses import replace
from datetime import date, datetime
from typing import Final

import pytest

from client.case import PoliceBasis, PoliceLine, PoliceRequestInput
from client.case.checking import checked
from client.case.police_request import Consultation, InConsultation
from client.case.words import AgeBand, YesNo
from client.messages import PoliceStatus, StatusWord
from client.policecase import AskedPolice, Prepared, digest_of, word_on_place
from client.policelines import NoticeContent, RequestContent
from client.policeplain import described
from client.policesheet import Head, police_sheet
from client.sheettext import WIDTH, render
from keys.body import Kind
from keys.calendar import Day
from keys.words import Language, Words
from tests.handovers import PACKAGE_ID, TODAY, notice, request, view, view_request

A4: Final = 60
"""Lines that fit on the page."""


def line(**said: object) -> PoliceLine:
    """Return a line with its reason."""
    return checked(PoliceLine, {"why_needed": "må vite det", **said}, "line")


EVERY_LINE: Final = (
    line(subject_name="Hana R."),
    line(birth_year=2004),
    line(children_count_and_ages={"count": 2, "age_bands": [AgeBand.A6_9], "names": ["Ánde"]}),
    line(perpetrator={"name": "onkel", "vehicles": ["hvit varebil"], "tech_skill": "high"}),
    line(abduction_risk="vil hente gutten"),
    line(do_not=["ikke ring", "ikke uniform"]),
    line(alarm_must_move="yes"),
    line(valid_until=date(2026, 12, 1)),
)
SAID: Final = PoliceRequestInput(
    police_basis=PoliceBasis.KL5_DANGER,
    user_told=YesNo.NO,
    user_told_why_not="Farlig nå",
    user_objects=YesNo.YES,
    move_in_consultation_with_police=Consultation(
        answer=InConsultation.YES,
        role="vaktleder",
        at=datetime(2026, 11, 17, 9, 30),  # noqa: DTZ001 - the time on the wall
    ),
    lines=EVERY_LINE,
)
WHOLE: Final = RequestContent(SAID, emergency=False, approvals=2, day=TODAY)
HEAD: Final = Head(
    "Krisesenteret Granlia", "000 00 200", TODAY, came=True, kept_until=Day(TODAY + 30)
)
PAGES: Final = [
    WHOLE,
    replace(WHOLE, said=PoliceRequestInput(lines=EVERY_LINE[:1])),
    request().content,
    view_request().content,
    notice().content,
    view().content,
]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("content", PAGES, ids=lambda one: one.kind.word)
def test_what_the_police_are_told_fits_on_one_page(
    content: RequestContent | NoticeContent, language: Language
) -> None:
    """In every language, in lines that a printer holds, with room to write whom it was told."""
    lines = render(police_sheet(content, "GRAN-427", HEAD), Words("client", language))
    assert len(lines) <= A4
    assert max(map(len, lines)) <= WIDTH
    assert "GRAN-427" in lines[0]
    assert any("____" in one for one in lines)


def test_the_page_says_every_line_its_reason_and_that_she_objects() -> None:
    """Whoever reads it aloud on the telephone leaves nothing out, and hides no objection."""
    page = " ".join(render(police_sheet(WHOLE, "", HEAD), Words("client", Language.NB)))
    for said in ("Hana R.", "2004", "Ánde", "hvit varebil", "vil hente gutten", "ikke uniform"):
        assert said in page
    assert page.count("må vite det") == len(EVERY_LINE)
    for beside in ("Farlig nå", "vaktleder", "09.30"):
        assert beside in page


@pytest.mark.parametrize("language", Language)
def test_a_page_says_from_whom_their_number_and_when(language: Language) -> None:
    """Whoever reads it can ring back; every line has its number, as the relay counts them."""
    words = Words("client", language)
    page = " ".join(" ".join(render(police_sheet(WHOLE, "", HEAD), words)).split())
    for said in ("Krisesenteret Granlia", "000 00 200", words.day(TODAY), "1. "):
        assert said in page
    label = words.say("field.police_request.lines.perpetrator")
    assert f"4. {label}: {words.say('field.police_request.lines.perpetrator.name')}" in page
    assert page.count(words.say("field.police_request.lines.valid_until")) == 2
    short = replace(WHOLE, said=PoliceRequestInput(lines=EVERY_LINE[:1]))
    page = " ".join(render(police_sheet(short, "", HEAD), words))
    assert f"{words.say('policesheet.kept')}: {words.day(Day(TODAY + 30))}" in page


def test_on_the_screen_there_is_no_room_to_write() -> None:
    """The screen and the paper say the same, but for the lines that are written by hand."""
    words = Words("client")
    paper = render(police_sheet(WHOLE, "A", HEAD), words)
    screen = render(police_sheet(WHOLE, "A", HEAD, paper=False), words)
    assert paper[: len(screen)] == screen
    assert not any("____" in one for one in screen)


def test_a_notice_on_paper_says_nothing_of_what_stood_beside_the_lines() -> None:
    """Its authority and its lines; the centre's basis and whether she objects stay behind."""
    page = " ".join(render(police_sheet(notice().content, "", HEAD), Words("client", Language.NB)))
    assert "vaktleder" in page
    assert Words("client", Language.NB).say("choice.police_basis.consent_police") not in page


def test_what_staff_are_shown_hides_nothing() -> None:
    """Basis, objection, reason and consultation come along with the lines."""
    shown = described(WHOLE)
    assert (shown["kind"], shown["basis"]) == ("police_request", "kl5_danger")
    assert (shown["user_told"], shown["user_objects"]) == ("no", "yes")
    assert shown["user_told_why_not"] == "Farlig nå"
    assert shown["consultation"] == ["yes", "vaktleder", "2026-11-17 09:30"]
    lines = shown["lines"]
    assert isinstance(lines, list)
    assert [one[0] for one in lines if isinstance(one, list)] == [one.kind for one in EVERY_LINE]
    little = described(replace(WHOLE, said=PoliceRequestInput()))
    assert (little["basis"], little["user_told"], little["consultation"]) == ("", "", [])
    role_alone = Consultation(answer=InConsultation.NOT_YET_EMERGENCY)
    asked = SAID.model_copy(update={"move_in_consultation_with_police": role_alone})
    assert described(replace(WHOLE, said=asked))["consultation"] == ["not_yet_emergency", "", ""]
    assert described(view().content)["kind"] == "police_view"


# ── What waits, and what was sent ────────────────────────────────────────────────────────────
def test_rows_beside_a_case_are_read_as_they_were_written() -> None:
    """Who approved first, and on what basis something was sent; no name shows by accident."""
    waiting = Prepared("Kari", digest_of(SAID, Kind.POLICE_REQUEST, emergency=False))
    assert Prepared.decode(waiting.encode()) == waiting
    assert "Kari" not in repr(waiting)
    sent = AskedPolice(b"t" * 16, PACKAGE_ID, Kind.POLICE_VIEW_REQUEST, PoliceBasis.STRL196)
    assert AskedPolice.decode(sent.encode()) == sent


def test_an_approval_is_of_these_lines_and_no_others() -> None:
    """Another line, another kind or another haste is another thing to approve."""
    one = digest_of(SAID, Kind.POLICE_REQUEST, emergency=False)
    assert one == digest_of(SAID, Kind.POLICE_REQUEST, emergency=False)
    less = SAID.model_copy(update={"lines": EVERY_LINE[1:]})
    others = {
        digest_of(less, Kind.POLICE_REQUEST, emergency=False),
        digest_of(SAID, Kind.POLICE_VIEW_REQUEST, emergency=False),
        digest_of(SAID, Kind.POLICE_REQUEST, emergency=True),
    }
    assert one not in others
    assert len(others) == 3


def test_the_newest_word_on_the_place_counts() -> None:
    """Asked twice, the later answer is what the check knows; other words are none on a place."""
    first = PoliceStatus(PACKAGE_ID, StatusWord.COULD_NOT_CONTACT, TODAY)
    later = PoliceStatus(PACKAGE_ID, StatusWord.CONTACTED_ADVISE_AGAINST, Day(TODAY + 1))
    relayed = PoliceStatus(PACKAGE_ID, StatusWord.RELAYED, Day(TODAY + 2))
    found = word_on_place([later, relayed, first])
    assert found is not None
    assert (found.word, found.day, found.contacted) == (later.status, later.day, True)
    alone = word_on_place([first])
    assert alone is not None
    assert not alone.contacted
    assert word_on_place([relayed]) is None
