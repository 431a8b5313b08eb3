"""The lists of the status say what became of a thing, and not only that it is over."""

import pytest

from client.cli import lines
from client.messages import StatusWord
from keys.words import Language, Words
from tests.test_backtext import Screen


@pytest.mark.parametrize("lang", Language)
def test_a_district_sees_what_it_answered(lang: str) -> None:
    """Declined, passed on and answered are three things, in each language."""
    screen = Screen(lang)
    row = {"kind": "police_request", "state": "confirmed"}
    said = {lines.state_in(screen, {**row, "police": str(word)}) for word in StatusWord}
    assert len(said) == len(StatusWord)
    assert screen.say("state.in.confirmed") not in said
    assert lines.state_in(screen, {"kind": "case_package", "state": "confirmed"}) not in said


def test_a_question_that_is_answered_is_not_only_open() -> None:
    """The district there sees that it has answered."""
    row = {"kind": "police_view", "state": "opened", "settled": True}
    assert lines.state_in(Screen(), row) == Words("client").say("state.in.police.answered")
    assert lines.state_in(Screen(), {**row, "settled": False}) == "åpnet"
    assert lines.state_in(Screen(), {"kind": "police_view", "state": "waiting"}) == "ikke lest"
