"""What is said after something was taken back or thrown away is true of what is elsewhere."""

from dataclasses import dataclass, field

import pytest

from client.cli.backtext import discarded, withdrawn
from keys.words import Language, Words


@dataclass(frozen=True)
class Screen:
    """Says texts in one language."""

    lang: str = "nb"
    words: Words = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", Words("client", self.lang))

    def say(self, msgid: str, **facts: int | str) -> str:
        """Return a text of the catalogue."""
        return self.words.say(msgid, **facts)


@pytest.mark.parametrize("lang", Language)
@pytest.mark.parametrize(
    ("was", "police", "said"),
    [
        ("", False, "nothing"),
        ("expired", False, "sent"),
        ("misrouted", True, "sent"),
        ("withdrawn", False, "withdrawn"),
        ("", True, ""),
    ],
)
def test_thrown_away_here_is_not_called_back_elsewhere(
    lang: str, was: str, said: str, *, police: bool
) -> None:
    """Only of a case that went nowhere it is said that nothing was sent."""
    screen = Screen(lang)
    found = discarded(screen, {"was": was, "police": police}, "GRAN-427")
    wanted = [screen.say(f"cli.discarded_{said}")] if said else []
    wanted += [screen.say("police.still", name="GRAN-427")] if police else []
    assert found == [screen.say("cli.discarded", name="GRAN-427"), *wanted]


@pytest.mark.parametrize("lang", Language)
def test_whoever_sent_to_the_wrong_centre_is_told_whom_to_ring(lang: str) -> None:
    """The number stands there, the leader, the tasks, and how many minutes the note takes."""
    screen = Screen(lang)
    answer = {"sent": "yes", "minutes": 5, "centre": "Fjordgløtt", "phone": "000 00 200"}
    text = "\n".join(withdrawn(screen, answer, "GRAN-427"))
    for one in ("Fjordgløtt", "000 00 200", "folge tasks", "5 min."):
        assert one in text
    assert screen.say("cli.withdrawn_leader") in text
    ordinary = withdrawn(screen, {"sent": "yes", "minutes": 5}, "GRAN-427")
    assert len(ordinary) == 2


def test_the_police_keep_what_they_were_asked_until_they_are_told() -> None:
    """Taking the case back takes no request back, and the line says how to."""
    text = "\n".join(withdrawn(Screen(), {"sent": "nothing", "police": True}, "SKOG-903"))
    assert "folge police withdraw SKOG-903" in text
    assert "sendt" not in text
