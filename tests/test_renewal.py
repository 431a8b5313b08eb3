"""What the person says yes to anew: who, when, how, in which language, and until when."""

import pytest

from client.answered import DAYS
from client.case.consent import Form, GivenBy
from client.refusals import ConsentEnded, WrongAnswer
from client.renewal import Renewal, Said
from client.vocabulary import Purpose
from keys.calendar import Day
from keys.errors import Malformed
from keys.wire import Packable, Value

TODAY = Day(20_780)


def said(given: int = 0, ends: int = 0) -> Said:
    """Return what staff wrote down, with days relative to today; 0 is nothing."""
    first = Day(TODAY + given) if given else None
    last = Day(TODAY + ends) if ends else None
    return Said(Purpose.KEEP, GivenBy.USER, Form.ORAL_WITH_WITNESS, "somali", first, last)


@pytest.mark.parametrize(
    ("given", "ends", "last"), [(0, 0, DAYS), (-2, 0, DAYS - 2), (0, 5, 5), (-3, 90, 90)]
)
def test_a_new_yes_counts_thirty_days_or_as_was_said(given: int, ends: int, last: int) -> None:
    """The day that was written down, else today; the last day that was said, else the thirtieth."""
    made = Renewal.given_on(said(given, ends), TODAY)
    assert (made.given, made.ends) == (TODAY + given, TODAY + last)


def test_no_yes_is_from_tomorrow_or_over_already() -> None:
    """A slip in a date is answered, and nothing is written down."""
    with pytest.raises(WrongAnswer):
        Renewal.given_on(said(given=1), TODAY)
    with pytest.raises(ConsentEnded):
        Renewal.given_on(said(given=-40), TODAY)
    with pytest.raises(ConsentEnded):
        Renewal.given_on(said(ends=-1), TODAY)


def test_it_is_read_as_it_was_written() -> None:
    """Every word and day comes back; a last day before the first, or no language, does not."""
    made = Renewal.given_on(said(ends=3), TODAY)
    packed: list[Packable] = made.packed()
    value: list[Value] = [one for one in packed if isinstance(one, str | int)]
    assert Renewal.read(value) == made
    for at, wrong in ((7, TODAY - 1), (5, ""), (2, "sell"), (3, "friend")):
        bent = [*value]
        bent[at] = wrong
        with pytest.raises(Malformed):
            Renewal.read(bent)
