"""Promises of an answer that was taken back: it lets nothing out, whoever took it back."""

from dataclasses import replace
from datetime import datetime
from typing import Final

import pytest

from client.answered import chosen_parts
from client.case import PartId
from client.case.consent import GivenBy
from client.casefile import read_case, write_case
from client.narrowed import taken_back
from client.refusals import ConsentWithdrawn
from keys.calendar import Instant, calendar_date
from keys.words import Language
from tests.handovers import PARTS, TODAY, YES_TO_ALL, part, sample

NOW: Final = Instant(1_794_636_059)
THREAT: Final = part("threat")


@pytest.mark.parametrize("by", [GivenBy.USER, None])
@pytest.mark.parametrize("before", [(), (THREAT,)])
def test_an_answer_taken_back_lets_nothing_out(by: GivenBy | None, before: list[PartId]) -> None:
    """A leader's word is enough, and a part taken back before it keeps nothing alive."""
    said = taken_back(YES_TO_ALL, before, by, NOW) if before else YES_TO_ALL
    gone = taken_back(said, (), by, NOW)
    with pytest.raises(ConsentWithdrawn):
        chosen_parts(gone, PARTS)
    assert gone.withdrawn_at == datetime(2026, 11, 14, 7, 0)  # noqa: DTZ001 - on the wall
    assert gone.withdrawn_by is by


def test_parts_taken_back_one_after_the_other_stay_back() -> None:
    """The second leaves the first out too, and the others go on."""
    once = taken_back(YES_TO_ALL, [part("child.2")], None, NOW)
    twice = taken_back(once, [THREAT], GivenBy.USER, NOW)
    left = chosen_parts(twice, PARTS)
    assert not {THREAT, part("child.2")} & left
    assert part("person") in left


def test_what_was_taken_back_is_read_again_as_it_was_written() -> None:
    """The day and the minute stand in the case file."""
    today = calendar_date(TODAY)
    case = sample("gran-427")
    assert case.consent is not None
    said = taken_back(case.consent, (), None, NOW)
    text = write_case(replace(case, consent=said), Language.EN)
    assert read_case(text, today=today).consent == said
