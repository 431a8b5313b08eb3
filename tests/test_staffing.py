"""Who can open the lock: from `folge init` on, by what is typed, with a real service (C-21)."""

import json
from collections.abc import AsyncGenerator, Sequence

import pytest
import pytest_asyncio

from tests import acts
from tests.parties import PASSPHRASE, STAFF, Party, village
from tests.program import Ended, in_process
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLA, OLAS = "Ola", "en annen og like rolig setning"
BERIT, BERITS = "Berit", "en tredje setning om kaffe"
MARI, MARIS = "Mari", "en fjerde setning om snø"
MALFORMED, REFUSED, WRONG_PASSPHRASE = 6, 4, 3
FDS = ("--passphrase-fd", "FD", "--name-fd", "FD")
NEW = ("--new-passphrase-fd", "FD")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[tuple[World, list[Party]], None]:
    """A centre whose only slot is the one that `init` made, its district, and another centre."""
    async with village("granlia", "innlandet", "fjordglott") as made:
        yield made


async def typed(party: Party, *words: str, lines: Sequence[str] = (), ends: int = 0) -> Ended:
    """Type a command; what is secret comes line by line."""
    ended = await in_process(party, *words, secret="".join(f"{line}\n" for line in lines))
    assert ended.code == ends, ended.said
    assert "Traceback" not in ended.said
    for one in (PASSPHRASE, OLAS, BERITS, MARIS):
        assert one not in ended.said
    return ended


async def staff(party: Party) -> dict[str, bool]:
    """Return who can open the lock, and whether they lead."""
    listed = json.loads((await typed(party, "--json", "staff", "list")).out)
    return {one["name"]: one["leads"] for one in listed["staff"]}


async def shift(party: Party, name: str, passphrase: str) -> None:
    """Let somebody else sit down."""
    await typed(party, "lock")
    await typed(party, "unlock", "--passphrase-fd", "FD", lines=[name, passphrase])


async def test_a_colleague_approves_what_goes_to_the_police(
    desks: tuple[World, list[Party]],
) -> None:
    """The first of the staff adds a second, and the second pair of eyes is a real one."""
    _, (centre, district, _) = desks
    assert await staff(centre) == {STAFF: True}
    ended = await typed(centre, "staff", "add", *FDS, *NEW, lines=[PASSPHRASE, OLA, OLAS])
    assert OLA in ended.out
    assert await staff(centre) == {STAFF: True, OLA: False}
    text = acts.sample("SKOG-903", of=centre.name, to="Krisesenteret Fjordgløtt")
    calm = text.replace("emergency: ja", "emergency: nei")
    assert calm != text
    case = centre.home.path / "sak.yaml"
    case.write_text(calm, "utf-8")
    await typed(centre, "new", str(case))
    await typed(centre, "police", "request", "SKOG-903")
    # Whoever asked cannot be the second; a colleague at the same keyboard can.
    await typed(centre, "police", "approve", "SKOG-903", ends=REFUSED)
    await shift(centre, OLA, OLAS)
    before = await acts.known(district, "in")
    await typed(centre, "police", "approve", "SKOG-903")
    here, _ = desks
    await here.tick(2)
    assert await acts.fresh(district, "in", before)


async def test_only_a_leader_or_two_together_say_who_can_unlock(
    desks: tuple[World, list[Party]],
) -> None:
    """Alone, whoever does not lead changes nothing; every change is in the log."""
    _, (centre, _, _) = desks
    await shift(centre, OLA, OLAS)
    add = ("staff", "add", *FDS, *NEW)
    await typed(centre, *add, lines=[OLAS, BERIT, BERITS], ends=REFUSED)
    await typed(centre, *add, "--by", lines=[STAFF, OLAS, BERIT, BERITS], ends=WRONG_PASSPHRASE)
    await typed(centre, *add, "--by", lines=["Ingen", PASSPHRASE, BERIT, BERITS], ends=REFUSED)
    assert await staff(centre) == {STAFF: True, OLA: False}
    await typed(centre, *add, "--by", "--leader", lines=[STAFF, PASSPHRASE, BERIT, BERITS])
    # Two who do not lead may as well: whoever has unlocked, and another beside them.
    await shift(centre, BERIT, BERITS)
    await typed(centre, "staff", "add", *FDS, *NEW, lines=[BERITS, MARI, MARIS])
    await shift(centre, MARI, MARIS)
    lead = ("staff", "lead", *FDS)
    await typed(centre, *lead, lines=[MARIS, MARI], ends=REFUSED)
    await typed(centre, *lead, "--by", lines=[OLA, OLAS, MARI])
    await typed(centre, *lead, "--end", lines=[MARIS, "berit"])  # however it is typed
    assert await staff(centre) == {STAFF: True, OLA: False, BERIT: False, MARI: True}
    log = (await typed(centre, "log")).out
    for words in ((BERIT, "kan låse opp nå", OLA), (MARI, "er leder nå", MARI)):
        assert any(all(one in line for one in words) for line in log.splitlines()), words
    assert "er ikke leder lenger" in log


async def test_what_is_wrong_with_a_new_colleague_changes_nothing(
    desks: tuple[World, list[Party]],
) -> None:
    """A name that is taken or none, a passphrase that is too short; the log says nothing of it."""
    _, (centre, _, _) = desks
    await shift(centre, STAFF, PASSPHRASE)
    before, log = await staff(centre), (await typed(centre, "log")).out
    add = ("staff", "add", *FDS, *NEW)
    for name, new, ends in (
        (OLA, MARIS, REFUSED),
        ("OLA", MARIS, REFUSED),
        ("Ny", "kort", REFUSED),
        (" ", MARIS, MALFORMED),
        ("x" * 41, MARIS, MALFORMED),
    ):
        ended = await typed(centre, *add, lines=[PASSPHRASE, name, new], ends=ends)
        assert "Ingenting er sendt" in ended.err
    assert await staff(centre) == before
    assert (await typed(centre, "log")).out == log


async def test_whoever_leaves_cannot_unlock_and_there_is_always_a_leader(
    desks: tuple[World, list[Party]],
) -> None:
    """The last leader and the last slot stay; who is gone is gone at once."""
    _, (centre, _, _) = desks
    await shift(centre, MARI, MARIS)
    remove = ("staff", "remove", *FDS)
    gone = await typed(centre, *remove, lines=[MARIS, OLA])
    assert "gamle passordet" in gone.out
    await typed(centre, *remove, lines=[MARIS, OLA], ends=REFUSED)
    await typed(centre, *remove, lines=[MARIS, STAFF])
    await typed(centre, *remove, lines=[MARIS, MARI], ends=REFUSED)
    await typed(centre, "staff", "lead", "--end", *FDS, lines=[MARIS, MARI], ends=REFUSED)
    await typed(centre, *remove, lines=[MARIS, BERIT])
    await typed(centre, *remove, lines=[MARIS, MARI], ends=REFUSED)
    assert await staff(centre) == {MARI: True}
    await typed(centre, "lock")
    unlock = ("unlock", "--passphrase-fd", "FD")
    await typed(centre, *unlock, lines=[OLA, OLAS], ends=REFUSED)
    await typed(centre, *unlock, lines=[MARI, MARIS])


async def test_a_passphrase_is_changed_with_the_old_one(
    desks: tuple[World, list[Party]],
) -> None:
    """The old one opens no more, and a wrong old one changes nothing."""
    _, (centre, _, _) = desks
    change = ("staff", "passphrase", "--passphrase-fd", "FD", *NEW)
    await typed(centre, *change, lines=["noe helt annet her", BERITS], ends=WRONG_PASSPHRASE)
    await typed(centre, *change, lines=[MARIS, "kort"], ends=REFUSED)
    await typed(centre, *change, lines=[MARIS, BERITS])
    await typed(centre, "lock")
    unlock = ("unlock", "--passphrase-fd", "FD")
    await typed(centre, *unlock, lines=[MARI, MARIS], ends=WRONG_PASSPHRASE)
    await typed(centre, *unlock, lines=[MARI, BERITS])


async def test_of_whom_nobody_can_ask_a_leader_decides_and_the_log_says_who(
    desks: tuple[World, list[Party]],
) -> None:
    """Whoever does not lead names the leader; a name that does not lead is refused (C-11.11)."""
    here, (centre, _, other) = desks
    await typed(centre, "staff", "add", *FDS, *NEW, lines=[BERITS, OLA, OLAS])
    await shift(centre, OLA, OLAS)
    case = centre.home.path / "gran.yaml"
    case.write_text(acts.sample("GRAN-427", of=centre.name, to=other.name), "utf-8")
    await typed(centre, "new", str(case))
    await typed(centre, "consent", "GRAN-427")
    await typed(centre, "send", "GRAN-427", "--agreed-by-phone", "duty")
    await here.tick(2)
    withdraw = ("withdraw", "GRAN-427", "--unasked", "--yes")
    await typed(centre, *withdraw, ends=REFUSED)
    for name in (OLA, "Ingen"):
        ended = await in_process(centre, *withdraw, "--leader", typed=f"{name}\n")
        assert ended.code == REFUSED, ended.said
    assert await acts.state(centre, "out", "GRAN-427") != "withdrawn"
    ended = await in_process(centre, *withdraw, "--leader", typed=f"{MARI}\n")
    assert ended.code == 0, ended.said
    assert await acts.state(centre, "out", "GRAN-427") == "withdrawn"
    log = (await typed(centre, "log")).out.splitlines()
    assert any("bestemt av leder" in line and MARI in line for line in log)
    assert any("kunne ikke spørres" in line and OLA in line for line in log)
