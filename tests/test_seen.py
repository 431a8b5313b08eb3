"""What is changed after the yes is noticed, and no file takes another's place."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import pytest

from client.case import Part, PartId
from client.casefile import read_case
from client.refusals import NotSeen, PartChanged
from client.seen import MARK, changed, check_files, look, looked, marks
from client.transfer import Staged, Transfer
from keys.calendar import calendar_date
from tests import acts
from tests.test_reminders import TODAY

PHOTO: Final = PartId("attachment.1")
THREAT: Final = PartId("threat")
SENDER: Final = PartId("sender")


def case() -> Mapping[PartId, Part]:
    """Return the parts of a sample that names a photo."""
    return read_case(acts.sample("VIDDE-256"), today=calendar_date(TODAY)).parts


def agreed(parts: Mapping[PartId, Part], *, attached: bool = True) -> Transfer:
    """Return a case as it stood at the yes."""
    staged = {PHOTO: Staged("cell01", bytes(32), 9)} if attached else {}
    seen = marks(parts, staged, tuple(parts))
    return Transfer("VIDDE-256", "", MappingProxyType(staged), b"consent", seen=seen)


def test_what_reads_as_it_did_is_not_asked_about() -> None:
    """A row that came back from the disk knows it too."""
    parts = case()
    made = Transfer.decode(agreed(parts).encode())
    assert changed(made, parts, tuple(parts)) == ()
    check_files(made, parts, tuple(parts))
    assert {len(mark) for mark in made.seen.values()} == {MARK}


@pytest.mark.parametrize("part", sorted(set(case()) - {SENDER, PartId("validity")}))
def test_each_part_that_is_written_later_is_named(part: PartId) -> None:
    """But for what says nothing about her, and for what she said no to."""
    parts = case()
    before = {name: content for name, content in parts.items() if name != part}
    made = agreed(before)
    assert changed(made, parts, tuple(parts)) == (part,)
    assert changed(made, parts, tuple(before)) == ()


def test_one_answer_changed_is_noticed() -> None:
    """Of a text that stood there already."""
    parts = case()
    other = parts[THREAT].model_copy(update={"summary": None, "overall_level": None})
    assert other != parts[THREAT]
    assert changed(agreed(parts), {**parts, THREAT: other}, tuple(parts)) == (THREAT,)


def test_the_sender_may_correct_her_own_telephone_number() -> None:
    """`sender` and `validity` are nothing that anybody consents to."""
    parts = case()
    without = {name: content for name, content in parts.items() if name != SENDER}
    assert changed(agreed(without), parts, tuple(parts)) == ()


def test_another_file_in_its_place_is_not_sent() -> None:
    """Whatever it is called: the person was shown the first one."""
    parts = case()
    made = agreed(parts)
    other = replace(made, staged=MappingProxyType({PHOTO: Staged("cell02", bytes(32), 9)}))
    assert changed(other, parts, tuple(parts)) == (PHOTO,)
    with pytest.raises(PartChanged):
        check_files(other, parts, tuple(parts))
    left = tuple(part for part in parts if part != PHOTO)
    check_files(other, parts, left)  # she said no to it: it goes nowhere


def test_bytes_that_come_after_the_yes_are_named_and_may_go() -> None:
    """The file was named in the case, and its bytes were fetched afterwards."""
    parts = case()
    made = replace(agreed(parts, attached=False), staged=agreed(parts).staged)
    assert changed(made, parts, tuple(parts)) == (PHOTO,)
    check_files(made, parts, tuple(parts))


def test_what_was_looked_over_goes_as_it_read_then_and_no_otherwise() -> None:
    """Without a look only what reads as it did at the yes; what was seen is not asked of again."""
    parts = case()
    other = parts[THREAT].model_copy(update={"overall_level": None})
    assert other != parts[THREAT]
    now = {**parts, THREAT: other}
    made, chosen = agreed(parts), tuple(parts)
    assert looked(made, parts, chosen, "") == made.seen
    shown = look(now, made.staged, chosen, made.consent)
    with pytest.raises(NotSeen):
        looked(made, now, chosen, "")
    with pytest.raises(NotSeen):
        looked(made, parts, chosen, shown)
    remembered = looked(made, now, chosen, shown)
    assert changed(replace(made, seen=remembered), now, chosen) == ()
    with pytest.raises(NotSeen):
        looked(replace(made, consent=b"another"), now, chosen, shown)
    with pytest.raises(NotSeen):
        looked(made, now, tuple(part for part in chosen if part != THREAT), shown)


def test_no_look_makes_good_for_another_file() -> None:
    """She was shown the first one, and whoever looked saw its name alone."""
    parts = case()
    made = agreed(parts)
    files = MappingProxyType({PHOTO: Staged("cell02", bytes(32), 9)})
    shown = look(parts, files, tuple(parts), made.consent)
    with pytest.raises(PartChanged):
        looked(replace(made, staged=files), parts, tuple(parts), shown)
