"""The world of the walk: a case in every state that a page of the desk shows.

This file knows verbs and code names. It refuses to know a page.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from keys.address import CellClass
from keys.calendar import Instant
from keys.keystore import StaffSlots
from keys.words import Language
from tests import acts
from tests.parties import CHEAP, PASSPHRASE, STAFF, Party, village
from tests.world import SLOT, World

NOON: Final = Instant(1_794_999_600)
"""18 November 2026, 12.00 in Norway: the days of the sample cases."""
BLOBS: Final = MappingProxyType(
    {CellClass.S: 24, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
SECOND: Final = "Ola"
SECONDS: Final = "et helt annet passord"
PC: Final = "vaktrom"
FULL: Final = "VIDDE-256"
"""A draft with everything, children too."""
READY: Final = "GRAN-427"
"""A draft with a yes from her and from the place."""
NO_YES: Final = "ELV-118"
"""A draft without any consent."""
SENT: Final = "SENDT-301"
"""Sent, and not opened."""
OPENED: Final = "KOMMET-302"
"""Sent and opened, and a part taken back after it was copied to a journal."""
ASTRAY: Final = "FEIL-303"
"""Opened at the wrong centre."""
POLICE: Final = "SKOG-903"
"""Where the police are asked, in an emergency."""
PLACE: Final = "STED-304"
"""Where only a place is asked about."""
ASKED: Final = "LEDIG-305"
"""About which a place was asked for, and nobody has answered."""

_AREA: Final = """    - destination_area: Elvedalen
      why_needed: Spørsmål om stedet
      ask_destination: ja
"""


@dataclass(slots=True)
class Cast:
    """The members of the walk, and what each calls the cases that came to it.

    Attributes:
        sender, centre: two centres; the first one sends.
        home, away: the first one's police district, and another.
        came: by our code name, what the receiver calls it.
        codes: arrival codes, by our code name.
    """

    here: World
    sender: Party
    centre: Party
    home: Party
    away: Party
    came: dict[str, str] = field(default_factory=dict[str, str])
    codes: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def parties(self) -> Mapping[str, Party]:
        """Every member, by what its pages are called."""
        named = {"sender": self.sender, "centre": self.centre}
        return {**named, "home": self.home, "away": self.away}

    async def unlock(self) -> None:
        """Unlock every desk: each locked when its pages were closed."""
        for party in self.parties.values():
            await party.unlock()

    def text(self, sample: str, name: str = "") -> str:
        """Return a sample case's text, from the first centre to the second."""
        ends = {"of": self.sender.name, "to": self.centre.name}
        return acts.sample(sample, name=name or sample, **ends)

    async def send(self, name: str) -> None:
        """Write a case down and send it, agreed by phone."""
        await acts.ready(self.here, self.sender, self.text("GRAN-427", name))
        sent = await acts.send(self.here, self.sender, self.centre, name, by_phone="duty")
        self.codes[name], self.came[name] = sent

    async def open(self, name: str) -> None:
        """Open at the door what was sent, and let the sender know."""
        await acts.opened(self.here, self.centre, self.came[name], self.codes[name])
        await acts.until_state(self.here, self.sender, "out", name, "opened")


@asynccontextmanager
async def cast(slot: int = SLOT, lang: Language = Language.NB) -> AsyncGenerator[Cast, None]:
    """Run two centres and two districts, and bring each case to where its page shows most.

    Args:
        slot: seconds between two notes of a member.
        lang: of what the services say.
    """
    keys = ("granlia", "fjordglott", "innlandet", "vest")
    async with village(*keys, start=NOON, blobs=BLOBS, slot=slot, lang=lang) as (here, found):
        made = Cast(here, *found)
        slots = StaffSlots(made.sender.home.slots)
        key = slots.unlock(STAFF, PASSPHRASE, here.clock.now())
        slots.add(key, SECOND, SECONDS, CHEAP)
        key.wipe()
        await _machine(made)
        await _drafts(made)
        await _sent(made)
        await _police(made)
        yield made


async def _machine(made: Cast) -> None:
    """Enrol a PC at the sender."""
    given = {"pc_name": PC, "path": str(made.here.path / "pc"), "passphrase": PASSPHRASE}
    await made.sender.do("pcs host", host="arbeidsbord.granlia.invalid", passphrase=PASSPHRASE)
    await made.sender.do("pcs add", given)


async def _drafts(made: Cast) -> None:
    """Write cases that nothing has been sent of, and ask for a place."""
    for name in (FULL, NO_YES):
        await made.sender.do("new", case=made.text(name))
    await acts.ready(made.here, made.sender, made.text(READY), made.centre)
    await made.sender.do("new", case=made.text("GRAN-427", ASKED))
    made.came[ASKED] = await acts.inquire(made.here, made.sender, made.centre, ASKED)


async def _sent(made: Cast) -> None:
    """Send cases, of which one was opened, and one at the wrong centre."""
    for name in (SENT, OPENED, ASTRAY):
        await made.send(name)
    for name in (OPENED, ASTRAY):
        await made.open(name)
    copied = {"code_name": made.came[OPENED], "path": str(made.here.path / "journal")}
    await made.centre.do("export", {**copied, "language": "nb"})
    await made.sender.do("withdraw", code_name=OPENED, parts=["threat"])
    await made.sender.do("withdraw", code_name=ASTRAY, wrong_recipient=True)
    await made.here.tick(2)


async def _police(made: Cast) -> None:
    """Ask the home district, once about a person and once about a place alone."""
    for name, verb in ((POLICE, "police request"), (PLACE, "police view")):
        text = made.text("SKOG-903", name).replace("  lines:\n", f"  lines:\n{_AREA}")
        await made.sender.do("new", case=text)
        before = await acts.known(made.home, "in")
        await made.sender.do(verb, code_name=name)
        await made.here.tick()
        made.came[name] = await acts.fresh(made.home, "in", before)
