"""What the sender keeps of a case that nobody opened says nothing of where it was to go."""

import datetime as dt
import json
from dataclasses import replace

import pytest

from client.case import PartName, name_of
from client.casefile import read_case
from client.leftover import ABOUT_THE_PLACE, without_place
from client.transfer import Transfer
from keys.calendar import Day
from tests import acts

TODAY = Day(20_771)
PLACE = "Krisesenteret Fjordgløtt"


def sent(text: str) -> Transfer:
    """Return the row of a case that was sent."""
    return Transfer("GRAN-427", text, consent=b"consent", package=bytes(16))


def test_the_person_stays_and_the_place_goes() -> None:
    """Her own parts are kept for a new consent; place, consent and assessment of it are not."""
    text = acts.sample("GRAN-427")
    left = without_place(sent(text), PLACE, TODAY)
    case = read_case(left.case, today=dt.date(2026, 11, 14))
    assert PartName.PERSON in case.parts
    assert not {name_of(part) for part in case.parts} & ABOUT_THE_PLACE
    assert (case.consent, case.place_inquiry, case.header.to_centre) == (None, None, None)
    assert left.consent == b""
    assert PLACE.casefold() not in left.case.casefold()


@pytest.mark.parametrize("written", [PLACE, PLACE.upper()])
def test_a_text_that_names_the_place_takes_all_of_the_case_with_it(written: str) -> None:
    """No name is cut out of a sentence: where one is left, nothing is."""
    text = acts.sample("GRAN-427").replace("Jeg vil til kysten.", f"Jeg vil til {written}.")
    assert written in text
    assert without_place(sent(text), PLACE, TODAY).case == ""


@pytest.mark.parametrize("gap", [" ", "  ", "\n", "\n\n"])
@pytest.mark.parametrize("before", range(0, 95, 3))
def test_a_name_is_found_wherever_the_line_breaks(before: int, gap: str) -> None:
    """The kept file is folded: a name that stands over two of its lines is a name."""
    said = json.dumps(f"{('ord ' * 40)[:before]}{PLACE.replace(' ', gap)} snart, og bli der lenge.")
    old = "Jeg orker ikke å sitte inne hele vinteren. Jeg vil til kysten."
    text = acts.sample("GRAN-427").replace(old, said)
    assert said in text
    assert without_place(sent(text), PLACE, TODAY).case == ""


def test_without_a_name_to_look_for_nothing_is_kept() -> None:
    """A centre that is in no directory any more may still be named in the case."""
    text = acts.sample("GRAN-427")
    assert without_place(sent(text), "", TODAY).case == ""
    forgotten = replace(sent(text), case="")
    assert without_place(forgotten, PLACE, TODAY).case == ""
