"""Who the demo's further chapters are about, and what they all do.

This file knows one sample case under many names. It refuses to know what happens to anybody.
"""

from collections.abc import Mapping
from typing import Final

from client.cli import lines, parttext
from keys.wire import Value
from tests import acts
from tests.parties import Party
from tests.stage import Stage

PEOPLE: Final = (
    "Torill", "Aslaug", "Oddny", "Ragnhild", "Vigdis", "Gudrun", "Solveig", "Borghild", "Dagny",
    "Eldbjørg", "Synnøve", "Hjørdis",
)  # fmt: skip
"""Every name of a person in these chapters; each is longer than four bytes."""


def case(name: str, who: str, sender: Party, centre: Party) -> str:
    """Return the first sample's case as another person's.

    Args:
        name: its code name.
        who: whom it is about, of `PEOPLE`.
        sender: who writes it.
        centre: where she is going.
    """
    assert who in PEOPLE
    text = acts.sample("GRAN-427", name=name, of=sender.name, to=centre.name)
    return text.replace("Marte", who).replace("marte", who.lower())


async def sent(play: Stage, name: str, who: str, sender: Party, centre: Party) -> tuple[str, str]:
    """Write a case down and send it, agreed by phone; return its code and the other desk's name."""
    await acts.ready(play.here, sender, case(name, who, sender, centre))
    return await acts.send(play.here, sender, centre, name, by_phone="duty")


async def anew(play: Stage, name: str, who: str, sender: Party, centre: Party) -> tuple[str, str]:
    """Write down a new yes, and send what was taken back to that centre; return as `sent` does."""
    text = case(name, who, sender, centre)
    assert (await sender.do("consent", code_name=name, case=text))["consent"]
    before = await acts.known(centre, "in")
    answer = await sender.do("again", code_name=name, agreed_by_phone="duty")
    await play.here.tick()
    return str(answer["arrival_code"]), await acts.fresh(centre, "in", before)


async def tasks(party: Party, name: str) -> dict[str, Mapping[str, Value]]:
    """Return what is left to do in a case, by the tasks' names."""
    found = lines.rows(await party.do("tasks", code_name=name), "tasks")
    return {str(one["task"]): one for one in found}


async def list_tasks(play: Stage, party: Party, name: str) -> None:
    """Show what is left to do in a case, as staff read it."""
    shown = lines.tasks(play.desk(party), await party.do("tasks", code_name=name))
    play.told.paper(play.told.say("paper.tasks", to=party.name), shown)


async def read(play: Stage, party: Party, name: str, part: str) -> list[str]:
    """Return a part of a case that came, as staff read it."""
    return parttext.versions(
        play.desk(party), part, await party.do("read", code_name=name, part=part), exact=False
    )


async def until_both(
    play: Stage, sender: Party, name: str, centre: Party, package: str, word: str
) -> None:
    """Let slots end until both desks say the same state word."""

    async def there() -> bool:
        states = (
            await acts.state(sender, "out", name),
            await acts.state(centre, "in", package),
        )
        return states == (word, word)

    await acts.until(play.here, there)
