"""What people at the desks do, in whole acts: ask for a place, say yes, send, open at the door.

Every act goes through the local socket, as the command line does. Tests and the demo build their
stories of these.
"""

from collections.abc import Awaitable, Callable, Mapping
from importlib.resources import files
from typing import Final

from client.control import Tell, say_nothing
from client.verbs import finding
from keys.wire import Value
from tests.parties import Party
from tests.world import World

SAMPLES: Final = files("client") / "samples"
Row = Mapping[str, Value]


def sample(code_name: str, **changes: str) -> str:
    """Return a sample case's text.

    Args:
        code_name: of the sample, such as `GRAN-427`.
        changes: `to` and `of` put other centres in the places of those in the file, `name`
            another code name.
    """
    text = (SAMPLES / f"{code_name.lower()}.yaml").read_text("utf-8")
    lines = text.splitlines()
    for word, field in (("of", "from: "), ("to", "to: ")):
        if word in changes:
            (line,) = (line for line in lines if line.startswith(field))
            text = text.replace(line.removeprefix(field), changes[word])
    return text.replace(code_name, changes.get("name", code_name))


async def rows(party: Party, which: str) -> list[Row]:
    """Return one list of a member's status: `out`, `in`, `asked`, `inquiries` or `drafts`."""
    found = (await party.do("status"))[which]
    assert isinstance(found, list)
    return [row for row in found if isinstance(row, dict)]


async def row(party: Party, which: str, code_name: str) -> Row:
    """Return the newest row of a list under that code name."""
    return [one for one in await rows(party, which) if one["code_name"] == code_name][-1]


async def state(party: Party, which: str, code_name: str) -> str:
    """Return the state word of what was sent or came."""
    return str((await row(party, which, code_name))["state"])


async def once(party: Party, code_name: str) -> bool:
    """Return whether what was sent is sealed to a key that is used once; else to that of a day."""
    async with party.service.office.ledger.reading() as rows:
        found = await finding.all_outgoing(rows)
    return [one.once for one in found if one.code_name == code_name][-1]


async def known(party: Party, which: str) -> set[str]:
    """Return every code name that a list holds."""
    return {str(one["code_name"]) for one in await rows(party, which)}


async def fresh(party: Party, which: str, before: set[str]) -> str:
    """Return the code name of the one thing that has come to a list since it held `before`."""
    (found,) = await known(party, which) - before
    return found


async def inquire(here: World, asker: Party, centre: Party, code_name: str) -> str:
    """Ask a centre for a place; return what the centre calls the inquiry."""
    before = await known(centre, "inquiries")
    found = await asker.do("inquire", code_name=code_name, centres=[centre.name])
    await here.tick(2 if found.get("held_up") else 1)  # what waits for its slot is read in the next
    return await fresh(centre, "inquiries", before)


async def accept(here: World, centre: Party, inquiry: str) -> None:
    """Say yes to an inquiry, and let the answer arrive."""
    await centre.do("answer", code_name=inquiry, value="yes")
    await here.tick(2)


async def agreed(here: World, asker: Party, centre: Party, code_name: str) -> None:
    """Ask for a place and get a yes."""
    await accept(here, centre, await inquire(here, asker, centre, code_name))


async def ready(here: World, sender: Party, text: str, centre: Party | None = None) -> str:
    """Write a case and the consent down, and get a yes to a place; return the code name.

    Args:
        here: the world.
        sender: who writes.
        text: the case file.
        centre: who is asked for a place; nobody, when that was said by phone.
    """
    code_name = str((await sender.do("new", case=text))["code_name"])
    if centre is not None:
        await agreed(here, sender, centre, code_name)
    await sender.do("consent", code_name=code_name)
    return code_name


async def send(
    here: World,
    sender: Party,
    centre: Party,
    code_name: str,
    *,
    by_phone: str = "",
    tell: Tell = say_nothing,
) -> tuple[str, str]:
    """Send a case; return the arrival code and what the receiving desk calls the package."""
    before = await known(centre, "in")
    answer = await sender.do("send", tell=tell, code_name=code_name, agreed_by_phone=by_phone)
    if answer.get("held_up"):  # some of it waits for its slot
        await until_state(here, sender, "out", code_name, "stored")
    else:
        assert answer["kept"], answer
        await here.tick()
    return str(answer.get("arrival_code", "")), await fresh(centre, "in", before)


async def opened(here: World, centre: Party, package: str, code: str) -> list[str]:
    """Open a package at the door, and return the arrival card's lines."""
    await centre.do("arrive", code_name=package, arrival_code=code)
    await here.tick()
    return await card(centre, package)


async def confirm(here: World, centre: Party, package: str) -> None:
    """Say that it is in the journal, and let the receipt arrive."""
    await centre.do("confirm", code_name=package)
    await here.tick(3)


async def until(here: World, there: Callable[[], Awaitable[bool]], most: int = 6) -> None:
    """Let slots end until something is there, which `most` of them must bring."""
    await pass_until(here.tick, there, most)


async def pass_until(
    passes: Callable[[int], Awaitable[None]], there: Callable[[], Awaitable[bool]], most: int
) -> None:
    """Let slots pass until something is there.

    Args:
        passes: lets so many slots pass.
        there: whether it is there.
        most: so many slots must bring it.
    """
    for _ in range(most):
        await passes(1)
        if await there():
            return
    raise AssertionError(there)


async def until_state(here: World, party: Party, which: str, code_name: str, word: str) -> None:
    """Let slots end until a list of a member says a state word."""

    async def there() -> bool:
        return await state(party, which, code_name) == word

    await until(here, there)


async def card(centre: Party, package: str, language: str = "nb") -> list[str]:
    """Return the arrival card's lines."""
    lines = (await centre.do("card", code_name=package, language=language))["lines"]
    assert isinstance(lines, list)
    return [str(line) for line in lines]


async def logged(party: Party, code_name: str) -> list[str]:
    """Return what a member's log says was done with a case, oldest first."""
    found = (await party.do("log"))["lines"]
    assert isinstance(found, list)
    return [str(line[1]) for line in found if isinstance(line, list) and line[2] == code_name]
