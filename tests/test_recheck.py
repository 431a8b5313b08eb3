"""What the receiving desk fills in: which answers, and how they lie over the old ones."""

from datetime import date

import pytest

from client.case import Part, PartId
from client.case.child import Child
from client.case.digital_safety import CheckState, DigitalSafety
from client.casefile import read_case
from client.recheck import desk_rows, laid_over, recheck_dates
from client.refusals import MissingAnswer, PartNotThere, WrongAnswer

TODAY = date(2026, 11, 20)
OWN, FIRST, SECOND = PartId("digital_safety"), PartId("child.1"), PartId("child.2")


def said(text: str) -> dict[PartId, Part]:
    """Return the parts of a case file."""
    return dict(read_case(text, today=TODAY).parts)


def test_a_check_has_the_persons_rows_and_each_childs() -> None:
    """A child of whom nothing is said is left as it is."""
    text = "digital_safety: {find_my: ok}\nchildren: [{}, {digital: {children_games: fixed}}]"
    assert set(desk_rows(said(text), [FIRST, SECOND])) == {OWN, SECOND}


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("threat: {worst_fear: Brann}", WrongAnswer),
        ("children: [{call_name: Biret, digital: {children_games: fixed}}]", WrongAnswer),
        ("children: [{call_name: Biret}]", WrongAnswer),
        ("children: [{}, {}, {digital: {children_games: fixed}}]", PartNotThere),
        ("digital_safety: {}", MissingAnswer),
        ("children: [{}]", MissingAnswer),
    ],
)
def test_anything_else_is_refused(text: str, refusal: type[Exception]) -> None:
    """It is no way to write over what came."""
    with pytest.raises(refusal):
        desk_rows(said(text), [FIRST, SECOND])


def test_what_is_answered_again_counts_and_the_rest_stands() -> None:
    """A row that was not gone through again keeps its answer, also a child's."""
    (old,) = said("digital_safety: {find_my: risk_found, car_tracker: ok}").values()
    (new,) = said("digital_safety: {find_my: fixed, recheck_date: 2026-12-01}").values()
    now = laid_over(old, new)
    assert isinstance(now, DigitalSafety)
    assert now.find_my is not None
    assert now.find_my.value is CheckState.FIXED
    assert now.car_tracker is not None
    assert recheck_dates([now]) == [date(2026, 12, 1)]
    child = "children: [{call_name: Biret, digital: {children_games: ok, wearables: ok}}]"
    (old,) = said(child).values()
    (new,) = said("children: [{digital: {wearables: risk_found}}]").values()
    now = laid_over(old, new)
    assert isinstance(now, Child)
    assert now.call_name is not None
    assert now.digital is not None
    assert now.digital.children_games is not None
    assert now.digital.wearables is not None
    assert now.digital.wearables.value is CheckState.RISK_FOUND


def test_a_child_has_somebody_at_the_new_centre() -> None:
    """The sender cannot know who; it is filled in with or without rows of the check."""
    filled = "children: [{contact_person_new: Signe}]"
    assert set(desk_rows(said(filled), [FIRST])) == {FIRST}
    (old,) = said("children: [{call_name: Biret, digital: {wearables: ok}}]").values()
    for text in (filled, "children: [{contact_person_new: Signe, digital: {wearables: fixed}}]"):
        (new,) = said(text).values()
        now = laid_over(old, new)
        assert isinstance(now, Child)
        assert now.call_name is not None
        assert now.contact_person_new is not None
        assert now.contact_person_new.value == "Signe"
        assert now.digital is not None
        assert now.digital.wearables is not None


def test_rows_where_there_were_none_stand_alone() -> None:
    """The sender shared no check, or a child had none."""
    (new,) = said("digital_safety: {find_my: ok}").values()
    assert laid_over(None, new) == new
    (old,) = said("children: [{call_name: Biret}]").values()
    (new,) = said("children: [{digital: {wearables: ok, recheck_date: 2026-12-24}}]").values()
    now = laid_over(old, new)
    assert isinstance(now, Child)
    assert now.digital is not None
    assert recheck_dates([now]) == [date(2026, 12, 24)]


def test_a_day_that_nobody_knows_is_no_day() -> None:
    """«Unknown» is an answer, and no date."""
    parts = said("digital_safety: {recheck_date: ukjent}\nthreat: {worst_fear: Brann}").values()
    assert recheck_dates(parts) == []
