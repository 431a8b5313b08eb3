"""How long anything is kept: the table, the settings that only shorten it, and the reminders."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.refusals import KeptTooLong
from client.retention import RULES, SETTABLE, Held, Limits, Over, Since
from client.settings import Settings
from keys.calendar import Day
from keys.errors import BadSettings
from tests.test_settings_client import GOOD

TODAY = Day(20_780)
OURS = Limits()


def days(held: Held, count: int) -> Limits:
    """Return limits with one setting."""
    return Limits(MappingProxyType({held: count}))


@pytest.mark.parametrize(
    ("held", "since", "count", "over"),
    [
        (Held.DRAFT, Since.WRITTEN, 30, Over.CASE),
        (Held.SENT, Since.ENDED, 7, Over.CASE),
        (Held.WHERE, Since.LAST_DAY, 7, Over.WHERE),
        (Held.UNOPENED, Since.LAST_DAY, 0, Over.CELLS),
        (Held.RECEIVED, Since.SETTLED, 14, Over.PACKAGE),
        (Held.NOTICE, Since.ARRIVED, 30, Over.PACKAGE),
        (Held.RECORD, Since.SHARED, 1826, Over.RECORD),
        (Held.ENDED, Since.OVER, 90, Over.ROW),
        (Held.ASKED, Since.LAST_DAY, 30, Over.INQUIRY),
    ],
)
def test_the_table_says_what_the_page_says(
    held: Held, since: Since, count: int, over: Over
) -> None:
    """Each thing is counted from the day, for the days, and ends as CONSENT C-14 says."""
    rule = RULES[held]
    assert (rule.since, rule.days, rule.over) == (since, count, over)


@pytest.mark.parametrize("held", Held)
def test_the_last_day_counts_whole_and_the_next_is_over(held: Held) -> None:
    """Kept the day before the last and on the last, gone on the day after."""
    last = OURS.last(held, TODAY)
    assert last == TODAY + RULES[held].days
    found = [OURS.over(held, TODAY, Day(last + ahead)) for ahead in (-1, 0, 1, 31)]
    assert found == [False, False, True, True]


@pytest.mark.parametrize("held", SETTABLE)
def test_a_setting_shortens_and_never_lengthens(held: Held) -> None:
    """A centre may keep less; more, or less than can be worked with, is refused by name."""
    rule = RULES[held]
    assert days(held, rule.least).of(held) == rule.least
    for wrong in (rule.days + 1, rule.least - 1):
        with pytest.raises(KeptTooLong) as refused:
            days(held, wrong)
        assert refused.value.facts == {"field": f"{held}_days", "limit": rule.days}


def test_what_has_no_setting_takes_none() -> None:
    """A package cannot be opened a day longer or shorter because a centre says so here."""
    assert set(SETTABLE) == set(Held) - {Held.UNOPENED, Held.WHERE}
    with pytest.raises(KeptTooLong):
        days(Held.UNOPENED, 0)


@given(st.sampled_from(SETTABLE), st.data(), st.integers(-40, 2_000))
def test_a_reminder_comes_before_the_end_and_never_after(
    held: Held, data: st.DataObject, ahead: int
) -> None:
    """Whatever the setting: reminded on the last day, silent once it is over."""
    rule = RULES[held]
    limits = days(held, data.draw(st.integers(rule.least, rule.days)))
    today = Day(TODAY + ahead)
    reminding = limits.reminding(held, TODAY, today)
    assert not (reminding and limits.over(held, TODAY, today))
    if rule.remind is not None:
        assert limits.reminding(held, TODAY, limits.last(held, TODAY))
    else:
        assert not reminding


@pytest.mark.parametrize(
    ("held", "setting", "first"),
    [
        (Held.DRAFT, 30, 7),
        (Held.DRAFT, 4, 4),
        (Held.RECEIVED, 14, 11),
        (Held.RECEIVED, 2, -1),
        (Held.NOTICE, 30, 27),
        (Held.SENT, 7, 5),
    ],
)
def test_reminders_begin_on_their_day(held: Held, setting: int, first: int) -> None:
    """A draft on its seventh day; the others some days before their end."""
    limits = days(held, setting)
    assert not limits.reminding(held, TODAY, Day(TODAY + first - 1))
    assert limits.reminding(held, TODAY, Day(TODAY + first))


def read(tmp_path: Path, more: str) -> Settings:
    """Read good settings with a line more."""
    path = tmp_path / "settings.toml"
    path.write_text(GOOD + more, "utf-8")
    return Settings.read(path)


def test_the_settings_file_shortens(tmp_path: Path) -> None:
    """What somebody typed counts, and is written back as it was."""
    found = read(tmp_path, "received_days = 3\narrival_hours = 1\n")
    assert found.limits.of(Held.RECEIVED) == 3
    assert found.limits.of(Held.DRAFT) == 30
    assert found.arrival_hours == 1
    (tmp_path / "settings.toml").write_text(found.write(), "utf-8")
    assert Settings.read(tmp_path / "settings.toml") == found
    assert replace(found, arrival_hours=2) != found


@pytest.mark.parametrize(
    "line", ["received_days = 15", "draft_days = 0", "record_days = 1827", "notice_days = -1"]
)
def test_a_longer_setting_is_refused_with_a_sentence(tmp_path: Path, line: str) -> None:
    """The program does not start with it, and says which setting and how much it may be."""
    with pytest.raises(KeptTooLong) as refused:
        read(tmp_path, line)
    assert refused.value.facts["field"] == line.partition(" ")[0]


@pytest.mark.parametrize(
    "line",
    ["received_days = true", 'draft_days = "3"', "arrival_hours = 4", "arrival_hours = true"],
)
def test_what_is_no_number_of_days_is_refused_by_name(tmp_path: Path, line: str) -> None:
    """A word, a yes, or more hours than the program waits."""
    with pytest.raises(BadSettings) as refused:
        read(tmp_path, line)
    assert refused.value.facts == {"field": line.partition(" ")[0]}
