"""The lists of the status say what became of a thing, and not only that it is over."""

import pytest

from client.alarms import Alarm
from client.cli import lines
from client.cli.attention import alarm
from client.cli.statustext import last_read, status
from client.messages import StatusWord
from keys.calendar import Instant
from keys.errors import Distrusted, leaves
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


@pytest.mark.parametrize("lang", Language)
def test_every_alarm_is_told_in_words(lang: str) -> None:
    """No id of the program is on the screen, and each says whom to ring."""
    screen = Screen(lang)
    leaves_ = [leaf.code for leaf in leaves() if issubclass(leaf, Distrusted)]
    for word in (*Alarm, *leaves_, "something_new"):
        said = alarm(screen, word)
        assert "_" not in said
        assert said.startswith(screen.say("alarm.stop"))
        assert len(said) > len(screen.say("alarm.stop")) + 10


def test_a_task_is_listed_with_its_number() -> None:
    """What is typed after `folge done` stands first on its line."""
    row = {"code_name": "A-1", "at": 2, "task": "no_digital", "why": "check.no_digital"}
    assert lines.tasks(Screen(), {"tasks": [row]})[0] == "A-1  2.  no_digital"


STATUS = {
    "unlocked": True,
    "attention": ["GRAN-427", "ELV-118 (wrong_shape)", "BORT-1"],
    "out": [{"code_name": "GRAN-427", "kind": "case_package", "state": "expired", "to": "Gløtt"}],
    "reminders": [{"code_name": "GRAN-427", "what": "copy_ends", "day": 20_779, "ring": []}],
    "tasks": [{"code_name": "GRAN-427", "task": "no_digital", "why": "check.no_digital"}] * 5,
}


@pytest.mark.parametrize("lang", Language)
def test_what_to_look_at_stands_first_and_says_why(lang: str) -> None:
    """Look at, remember, in, out, and then how much is left: the tasks have a list of their own."""
    screen = Screen(lang)
    found = status(screen, STATUS)
    order = ("status.attention", "status.reminders", "status.in", "status.out")
    places = [found.index(screen.say(one)) for one in order]
    assert places == sorted(places)
    assert found[places[0] + 1 : places[0] + 4] == [
        f"  GRAN-427  {screen.say('state.expired')}",
        f"  ELV-118  {screen.say('refusal.wrong_shape.what')}",
        f"  BORT-1  {screen.say('status.changed')}",
    ]
    assert found[-1] == screen.say("status.tasks", count=5)
    assert "no_digital" not in " ".join(found)
    late = status(screen, {**STATUS, "tasks": [{"overdue": True}]})
    assert late[-1] == screen.say("status.tasks_late", count=1)


@pytest.mark.parametrize("lang", Language)
def test_when_the_boards_were_last_read_is_said_locked_or_not(lang: str) -> None:
    """By the clock today, with the day when it was another, and plainly when it never was."""
    screen, then = Screen(lang), Instant(1_795_377_900)
    clock = {
        "nb": "Nye meldinger ble sist hentet kl. 21.05.",
        "nn": "Nye meldingar vart sist henta kl. 21.05.",
        "en": "New messages were last fetched at 21:05.",
    }
    answer = {"read_at": then, "now": then + 300}
    assert last_read(screen, answer) == [clock[lang]]
    (dated,) = last_read(screen, {**answer, "now": then + 86_400})
    assert screen.words.moment(then) in dated
    assert last_read(screen, {**answer, "read_at": 0}) == [screen.say("status.never_read")]
    assert last_read(screen, {**answer, "now": then - 1}) == []
    shown = status(screen, {**answer, "unlocked": False, "warnings": ["roster_stale"], "new": 1})
    assert shown == [
        screen.say("warning.roster_stale"),
        *last_read(screen, answer),
        screen.say("status.locked"),
        screen.say("status.something_new"),
    ]
    opened = status(screen, {**STATUS, **answer, "warnings": ["roster_stale"]})
    assert opened[:2] == shown[:2]


def test_nothing_is_said_for_a_service_that_does_not_say_when_it_read() -> None:
    """A service of an older version tells no moment: that is not «never»."""
    assert last_read(Screen(), {"unlocked": True}) == []
