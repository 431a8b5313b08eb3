"""Lines to the police as fields of a page: each kind once, nothing but what was ticked."""

import datetime as dt
from importlib.resources import files
from typing import Final

import pytest

from client.case import PoliceLine
from client.case.declaration import questions
from client.case.police_request import VIEW_LINES
from client.casefile import read_case
from client.policelines import RequestContent
from client.policeplain import described, marked
from client.refusals import WrongAnswer
from client.web.linefields import (
    GROUPS,
    KINDS,
    Entry,
    fields,
    of_answer,
    of_form,
    sheetful,
    spoken,
    tree,
)
from client.web.reviewform import Shown
from client.yamltree import write
from keys.calendar import Day
from keys.wire import Value

TODAY: Final = dt.date(2026, 11, 18)
MORE: Final = """    - valid_until: 2026-12-24
      why_needed: Gjelder til
    - children_count_and_ages: {count: 2, age_bands: [0-2, 3-5], names: [Ask]}
      why_needed: Bortføring
      ask_destination: nei
    - abduction_risk: Kan hente i barnehagen
      why_needed: Bortføring
    - risk_level_police: svært_høy
      why_needed: Nivå
      ask_destination: ja
"""


def test_every_kind_of_line_stands_once_on_the_page() -> None:
    """A kind that the declaration gets is missing from no group."""
    shown = [kind for _, kinds in GROUPS for kind in kinds.split()]
    asked = {one.name for one in questions(PoliceLine)} - {"why_needed", "ask_destination"}
    assert sorted(shown) == sorted(asked)
    assert set(KINDS) == asked
    assert asked >= VIEW_LINES


def test_a_blank_page_has_every_line_off() -> None:
    """Nothing is ticked, and of nothing ticked no line comes."""
    rows = [one for _, entries in sheetful(()) for one in entries]
    assert len(rows) == len(KINDS)
    assert not any(one.on for one in rows)
    assert tree(rows) == []


def test_what_is_stored_comes_back_as_it_was() -> None:
    """Through the fields of the page and back into the case: every line, list, number and mark."""
    text = (files("client") / "samples" / "skog-903.yaml").read_text("utf-8") + MORE
    said = read_case(text, today=TODAY).police_request
    assert said is not None
    content = RequestContent(said, emergency=True, approvals=1, day=Day(20_775))
    told = described(content)["lines"]
    assert isinstance(told, list)
    entries = of_answer(told, marked(said))
    typed: dict[str, list[str]] = {}
    for at, one in enumerate(entries):
        typed |= {f"kind.{at}": [one.kind], f"on.{at}": ["yes"], f"why.{at}": [one.why]}
        typed |= {f"ask.{at}": ["yes"]} if one.asks else {}
        for found in fields(one, at):
            typed[found.name] = [*found.chosen] or [found.value]
    again = write({"police_request": {"lines": tree(of_form(typed))}})
    read = read_case(again, today=TODAY).police_request
    assert read is not None
    assert [_plain(one) for one in read.lines] == [_plain(one) for one in said.lines]
    assert "24.12.2026" in str(typed)


def _plain(line: PoliceLine) -> dict[str, object]:
    """Return a line; that the mark is «no» or not there is the same."""
    made = line.model_dump(exclude_defaults=True)
    return made if made.get("ask_destination") == "yes" else made | {"ask_destination": None}


def test_only_a_line_for_the_place_is_marked_for_it() -> None:
    """A mark on another kind of line, sent by hand, is not written."""
    (made,) = tree([Entry("subject_name", {"": ["Hana"]}, "fordi", on=True, asks=True)])
    assert made == {"subject_name": "Hana", "why_needed": "fordi"}


def test_whoever_rewords_fills_no_empty_field() -> None:
    """Only fields in which something stands are there to reword."""
    (entry,) = of_answer([["perpetrator", {"vehicles": ["hvit varebil", "rød bil"]}, "leter"]])
    (found,) = fields(entry, 3, filled=True)
    assert (found.name, found.value) == ("line.3.vehicles", "hvit varebil\nrød bil")
    assert len(fields(entry, 3)) > 1


def test_a_child_that_is_named_is_reworded_beside_the_danger_of_abduction() -> None:
    """Names may stand only beside that danger: what is kept of it goes with the reworded line."""
    lines: list[Value] = [
        ["children_count_and_ages", {"count": 1, "names": ["Ask"]}, "Bortføring"],
        ["abduction_risk", "Kan hente i barnehagen", "Bortføring"],
    ]
    typed = {
        "choice.0": ["reword"],
        "choice.1": ["keep"],
        "kind.0": ["children_count_and_ages"],
        "kind.1": ["abduction_risk"],
        "line.0.count": ["1"],
        "line.0.names": ["A."],
        "why.0": ["Bortføring"],
    }
    asked = Shown({"lines": lines}, typed).relayed("TRANE-411", "nb")
    assert asked["choices"] == ["reword", "keep"]
    read = read_case(str(asked["case"]), today=TODAY).police_request
    assert read is not None
    assert [one.kind for one in read.lines] == ["children_count_and_ages", "abduction_risk"]
    removed = Shown({"lines": lines}, typed | {"choice.1": ["remove"]}).relayed("TRANE-411", "nb")
    with pytest.raises(WrongAnswer):
        read_case(str(removed["case"]), today=TODAY)


def test_days_are_written_as_people_write_them() -> None:
    """A day, a day with its time, and nothing."""
    assert spoken("2026-11-15 02:10") == "15.11.2026 kl. 02.10"
    assert spoken("2026-12-24") == "24.12.2026"
    assert spoken("") == ""
