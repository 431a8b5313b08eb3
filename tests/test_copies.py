"""Of which copies staff are asked when a case is taken back."""

import pytest

from client.verbs.copies import of_sheet


@pytest.mark.parametrize("what", ["case", "copy", "children", "child.2", "digital"])
def test_every_sheet_of_what_came_is_a_copy_on_paper_and_as_a_file(what: str) -> None:
    """Nobody is told «deleted» by the program while a copy lies somewhere."""
    assert of_sheet(what, file=True, draft=False)
    assert of_sheet(what, file=False, draft=False)
    assert not of_sheet(what, file=True, draft=True), "it never came"


def test_the_card_of_the_door_is_shredded_and_a_file_of_it_is_not() -> None:
    """Paper of the shift is no copy; a file stays until somebody deletes it."""
    assert not of_sheet("card", file=False, draft=False)
    assert of_sheet("card", file=True, draft=False)
    assert not of_sheet("checklist", file=True, draft=False), "it says nothing of anybody"
