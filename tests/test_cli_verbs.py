"""The verbs as they are typed: the program itself, its words and exit codes, at real services."""

import json
import re
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from keys.address import CellClass
from keys.calendar import Instant
from keys.words import Words
from tests import acts, samplefiles
from tests.parties import STAFF, Party, leave, village
from tests.program import UNLOCKING, Ended, in_process
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOON: Final = Instant(1_794_999_600)
"""18 November 2026, 12.00 in Norway."""
BLOBS: Final = MappingProxyType(
    {CellClass.S: 16, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
PLACE: Final = """    - destination_area: Elvedalen
      why_needed: Der skal hun bo
      ask_destination: ja
"""
WORDS: Final = Words("client")
MACHINE_WORDS: Final = re.compile(r"Traceback|\bNone\b|\b(?:cli|status|usage)\.[a-z_]+\b")


@dataclass(eq=False)
class Desks:
    """A centre with its home district, the district of the place, and the centre she goes to."""

    here: World
    sender: Party
    centre: Party
    home: Party
    away: Party
    ended: set[int] = field(default_factory=set[int])
    """Every exit code that was seen."""

    async def at(
        self,
        party: Party,
        *words: str,
        ends: int = 0,
        says: Collection[str] = (),
        typed: str = "",
        secret: str = "",
    ) -> Ended:
        """Type one command, in this process; `FD` becomes a descriptor from which `secret` is read.

        `says` are msgids, without facts, of what must stand on the screen.
        """
        found = await in_process(party, *words, typed=typed, secret=secret)
        self.ended.add(found.code)
        assert found.code == ends, (words, found.said)
        assert not MACHINE_WORDS.search(found.said), found.said
        for msgid in says:
            assert WORDS.say(msgid) in found.said, (words, found.said)
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres and two districts."""
    keys = ("granlia", "fjordglott", "innlandet", "vest")
    async with village(*keys, start=NOON, blobs=BLOBS) as (here, found):
        sender, centre, home, away = found
        yield Desks(here, sender, centre, home, away)


async def test_a_case_is_written_looked_at_and_thrown_away(desks: Desks) -> None:
    """Nothing of this leaves the machine, and each verb says so or shows what was asked for."""
    at, sender = desks.at, desks.sender
    case = acts.sample("GRAN-427", of=sender.name, to=desks.centre.name)
    await at(sender, "new", "-", typed=case, says=["not_sent"])
    whole = await at(sender, "preview", "GRAN-427", says=["preview_only"])
    one = await at(sender, "preview", "GRAN-427", "--part", "threat")
    assert len(one.out) < len(whole.out)
    page = await at(sender, "consent", "GRAN-427", "--show", "--language", "nb")
    named = await at(
        sender, "consent", "GRAN-427", "--show", "--named", says=["consentsheet.named"]
    )
    assert desks.centre.name not in page.out
    assert desks.centre.name in named.out
    await at(sender, "tasks", says=["stays_here"])
    listed = await at(sender, "--json", "tasks", "GRAN-427")
    task = json.loads(listed.out)["tasks"][0]["task"]
    await at(sender, "done", "GRAN-427", task)
    left = await at(sender, "--json", "tasks", "GRAN-427")
    assert task not in {row["task"] for row in json.loads(left.out)["tasks"] if not row.get("done")}
    await at(sender, "part", "GRAN-427", "-", typed="history:\n  stays:\n    - {why_left: Uro}\n")
    await at(sender, "record", "GRAN-427", says=["record.none"])
    await at(sender, "print", "GRAN-427", says=["print.shred"])
    await at(sender, "print", "--what", "checklist", says=["print.shred"])
    await at(sender, "print", "GRAN-427", "--what", "copy", says=["copy.keep", "print.shred"])
    assert "person:" in (await at(sender, "form", "person")).out
    assert "$schema" in json.loads((await at(sender, "schema")).out)
    made = await at(sender, "emergency", "--answers-fd", "FD", secret="\n\n\n\n")
    (name,) = await acts.known(sender, "drafts") - {"GRAN-427"}
    assert name in made.out
    await at(sender, "stop", "GRAN-427", ends=4)
    await at(sender, "discard", name, "--yes")
    await at(sender, "discard", "GRAN-427", typed="ja\n")
    await at(sender, "discard", "GRAN-427", "--yes", ends=4)
    assert not await acts.known(sender, "drafts")


async def test_whoever_attaches_reads_what_stays_in_a_file(desks: Desks, tmp_path: Path) -> None:
    """Cleaning takes nothing from the page: what is only covered can be read where it comes."""
    sender = desks.sender
    case = acts.sample("VIDDE-256", of=sender.name, to=desks.centre.name)
    await desks.at(sender, "new", "-", typed=case)
    photo = str(samplefiles.photo(tmp_path / "utover.jpg"))
    adds = ("part", "VIDDE-256", "--attach", "attachment.1", "--file", photo)
    await desks.at(sender, *adds, says=["attach.remains", "not_sent"])
    await desks.at(sender, "discard", "VIDDE-256", "--yes")


async def test_after_sending_the_case_is_added_to_noted_beside_taken_out_and_taken_back(
    desks: Desks,
) -> None:
    """From the door to the journal, and on to the next place, by what is typed at two desks."""
    at, here, sender, centre = desks.at, desks.here, desks.sender, desks.centre
    text = acts.sample("GRAN-427", of=sender.name, to=centre.name)
    await at(sender, "new", "-", typed=text)
    await at(sender, "consent", "GRAN-427")
    code, package = await acts.send(here, sender, centre, "GRAN-427", by_phone="duty")
    await at(centre, "arrive", package, "--code-fd", "FD", secret=f"{code}\n", says=["cli.opened"])
    await here.tick(3)
    before, _, after = text.replace("jaktrifle", "revolver").partition("consent:")
    update = before + after.partition("\n\n")[2]
    await at(sender, "add", "GRAN-427", "-", "--yes", typed=update, says=["cli.added_opened"])
    await here.tick(3)
    await at(centre, "note", package, "threat", "--text-fd", "FD", secret="Ringt i dag\n")
    rows = "digital_safety: {find_my: fixed, recheck_date: 2027-01-04}"
    await at(centre, "recheck", package, "-", typed=rows, says=["cli.rechecked", "stays_here"])
    threat = await at(centre, "read", package, "threat")
    assert "revolver" in threat.out
    assert "Ringt i dag" in threat.out
    await at(centre, "print", package, says=["print.shred"])
    out, onward = here.path / "journal", here.path / "ark.pdf"
    await at(centre, "print", package, "--pdf", str(onward))
    assert onward.read_bytes().startswith(b"%PDF")
    await at(centre, "export", package, "--to", str(out), says=["sent.nothing"])
    await at(sender, "import", str(out), says=["not_sent"])
    await at(sender, "withdraw", "GRAN-427", "--part", "threat", "--yes")
    await here.tick(4)
    await at(centre, "journal", package, "deleted")
    await at(centre, "journal", package, "deleted", ends=4, says=["sent.nothing"])
    await at(centre, "new", "--from", package, says=["cli.onward_next", "not_sent"])
    await at(centre, "confirm", package, "--yes", says=["cli.confirmed"])
    await here.tick(4)
    shared = await at(sender, "record", "GRAN-427")
    assert centre.name not in shared.out
    await at(sender, "again", "GRAN-427", ends=4)


async def test_what_went_astray_is_taken_back_and_told_at_two_desks(desks: Desks) -> None:
    """The wrong centre opened it: one word at the sender, and who read it at both."""
    at, here, sender, centre = desks.at, desks.here, desks.sender, desks.centre
    text = acts.sample("GRAN-427", name="VILL-311", of=sender.name, to=centre.name)
    await at(sender, "new", "-", typed=text)
    await at(sender, "consent", "VILL-311")
    code, package = await acts.send(here, sender, centre, "VILL-311", by_phone="duty")
    await at(centre, "arrive", package, "--code-fd", "FD", secret=f"{code}\n", says=["cli.opened"])
    await here.tick(3)
    await at(centre, "recuse", package, says=["stays_here"])
    await at(centre, "read", package, ends=4, says=["sent.nothing"])
    await at(centre, "recuse", package, "--colleague", "--lift", typed=f"{STAFF}\n")
    await at(centre, "recuse", package, "--name-fd", "FD", secret="Ingen\n", ends=4)
    await at(sender, "withdraw", "VILL-311", "--wrong-recipient", "--yes")
    await here.tick(3)
    for party, name in ((sender, "VILL-311"), (centre, package)):
        await at(party, "tasks", name, says=["check.astray_leader", "stays_here"])
        await at(party, "astray", name, "nobody", "leader", ends=4)
        await at(party, "astray", name, "on_duty", "copied", says=["stays_here"])
        await at(party, "done", name, "astray_leader")
    await at(centre, "tasks", package, says=["check.astray_tell"])


async def test_the_police_are_asked_told_and_untold_at_the_keyboard(desks: Desks) -> None:
    """Each step of the channel as it is typed, at the centre and at both districts."""
    at, here, sender, home, away = desks.at, desks.here, desks.sender, desks.home, desks.away
    text = acts.sample("SKOG-903", of=sender.name, to=desks.centre.name)
    place = (
        "    - destination_area: Elvedalen\n      why_needed: Bo der\n      ask_destination: ja\n"
    )
    text = text.replace("  lines:\n", f"  lines:\n{place}")
    await at(sender, "new", "-", typed=text)
    await at(sender, "police", "waiting", "SKOG-903", "--view")
    await at(sender, "police", "print", "SKOG-903", "--view")
    await at(sender, "police", "approve", "SKOG-903", "--view", ends=4)
    await at(sender, "police", "view", "SKOG-903", says=["police_only"])
    await here.tick()
    (question,) = await acts.known(home, "in")
    await at(home, "police", "review", question)
    await at(home, "police", "relay", question, away.name, "--authority-fd", "FD", secret="vakt\n")
    await here.tick(2)
    (asked,) = await acts.known(away, "in")
    await at(away, "police", "review", asked)
    who = "krimvakt\n000 00 222\n"
    await at(away, "police", "answer", asked, "no_known_links", "--contact", typed=who)
    await here.tick(6)
    await at(home, "police", "reply", question, "contacted_no_known_links")
    before = await acts.known(home, "in")
    await at(sender, "police", "request", "SKOG-903", says=["police_only"])
    await here.tick()
    request = await acts.fresh(home, "in", before)
    known = await acts.known(away, "in")
    await at(home, "police", "review", request)
    # The district is asked for: typed behind the command it would stand in the shell's history.
    relay = ("police", "relay", request, "--authority-fd", "FD")
    await at(home, *relay, typed=f"{away.name}\n", secret="vakt\n")
    await here.tick(2)
    notice = await acts.fresh(away, "in", known)
    await at(away, "police", "review", notice)
    await at(away, "police", "contact", notice, typed=who, says=["police.to_home_only"])
    await at(home, "police", "outside", request, ends=4)
    await at(away, "police", "misrouted", notice)
    await at(sender, "police", "withdraw", "SKOG-903", says=["police.taken_back"])


async def test_centres_that_are_asked_for_stand_behind_no_command(desks: Desks) -> None:
    """Who is asked for a place is no argument: the shell's history keeps no centre's name."""
    sender, centre = desks.sender, desks.centre
    text = acts.sample("GRAN-427", name="PLASS-904", of=sender.name, to=centre.name)
    await desks.at(sender, "new", "-", typed=text)
    before = await acts.known(centre, "inquiries")
    await desks.at(sender, "inquire", "PLASS-904", typed=f"{centre.name}\n\n")
    await desks.here.tick()
    assert await acts.fresh(centre, "inquiries", before)


async def test_every_exit_code_can_be_met(desks: Desks) -> None:
    """Done, usage, locked, refused by a rule, out of reach, not in its form: each its number."""
    at, centre = desks.at, desks.centre
    await at(centre, "status")
    await at(centre, "status", "--name", "Marte", ends=2, says=["usage.personal", "sent.nothing"])
    await at(centre, "lock")
    await at(centre, "log", ends=3, says=["sent.nothing"])
    wrong = UNLOCKING.replace("rolig", "urolig")
    await at(centre, "unlock", "--passphrase-fd", "FD", secret=wrong, ends=3)
    await at(centre, "unlock", "--passphrase-fd", "FD", secret=UNLOCKING)
    await at(centre, "check", "TOM-100", ends=4, says=["sent.nothing"])
    await at(centre, "new", "-", typed="fodselsnr: 1\n", ends=6, says=["sent.nothing"])
    await leave(desks.here, centre)
    await at(centre, "status", ends=5, says=["sent.nothing"])
    assert {0, 2, 3, 4, 5, 6} <= desks.ended
