"""A night at the command line, written down as it stands on the screen.

`python -m tests.transcript` writes the pages anew; the test compares them. What is drawn at random
has a name in angle brackets there, so that the rest is the same every time.
"""

import asyncio
import re
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

from keys.arrival import ArrivalCode
from tests import acts
from tests.parties import Party, leave, village
from tests.program import UNLOCKING, Ended, folge
from tests.world import PLACES, World

PAGES: Final = Path(__file__).with_name("transcripts")
_ANY: Final = -1
LANGUAGES: Final = ("nb", "nn", "en")


@dataclass(eq=False)
class Page:
    """What was typed and what stood on the screen, in one language."""

    here: World
    lang: str
    centre: str = ""
    lines: list[str] = field(default_factory=list[str])
    names: dict[str, str] = field(default_factory=dict[str, str])
    """What was drawn at random, and its name on the page."""
    runs: list[Ended] = field(default_factory=list[Ended])

    async def at(
        self,
        party: Party,
        *words: str,
        ends: int = 0,
        typed: str = "",
        secret: str | None = None,
    ) -> Ended:
        """Run one command and write down how it went."""
        found = await folge(party, *words, lang=self.lang, typed=typed, secret=secret)
        self.runs.append(found)
        command = " ".join(["folge", *(self._quoted(word) for word in words)])
        self.lines += [f"{party.home.path.name} $ {command}", *found.out.splitlines()]
        self.lines += [f"! {line}" for line in found.err.splitlines()]
        self.lines += [*([f"→ {found.code}"] if found.code else []), ""]
        assert ends in (found.code, _ANY), self.text()
        return found

    def text(self) -> str:
        """Return the page."""
        page = "\n".join(self.lines)
        for drawn, name in self.names.items():
            page = page.replace(drawn, f"<{name}>")
        return page.rstrip() + "\n"

    def _quoted(self, word: str) -> str:
        path = Path(word)
        said = path.name if path.is_absolute() else word
        return f"'{said}'" if " " in said else said


def _file(here: World, name: str, text: str) -> str:
    path = here.path / name
    path.write_text(text, "utf-8")
    return str(path)


def _today(text: str) -> str:
    """Return a sample as if it were written on the day on which the world begins."""
    return re.sub(r"2026-11-1[0-9]", "2026-11-09", text)


Play: TypeAlias = Callable[[str], Coroutine[None, None, Page]]


async def night(lang: str) -> Page:
    """Play the night in one language, and return its page."""
    keys = ("innlandet", "vest", "granlia", "fjordglott")
    async with village(*keys) as (here, (home, away, sender, centre)):
        page = Page(here, lang, centre.name)
        await _lock(page, sender)
        await _prepared(page, sender, centre)
        await _at_the_door(page, sender, centre)
        await _withdrawn(page, sender, centre)
        await _police(page, sender, home, away)
        await _machine(page, sender)
    return page


async def _lock(page: Page, sender: Party) -> None:
    await page.at(sender, "lock")
    await page.at(sender, "status")
    await page.at(sender, "log", ends=3)
    wrong = UNLOCKING.replace("rolig", "urolig")
    await page.at(sender, "unlock", "--passphrase-fd", "FD", secret=wrong, ends=3)
    await page.at(sender, "unlock", "--passphrase-fd", "FD", secret=UNLOCKING)


async def _prepared(page: Page, sender: Party, centre: Party) -> None:
    case = _file(page.here, "sak.yaml", acts.sample("GRAN-427"))
    await page.at(sender, "new", case)
    await page.at(sender, "new", case, ends=4)
    await page.at(sender, "check", "GRAN-427")
    await page.at(sender, "send", "GRAN-427", ends=4)
    await page.at(sender, "inquire", "GRAN-427", centre.name)
    await page.here.tick()
    (inquiry,) = await acts.known(centre, "inquiries")
    page.names[inquiry] = "inquiry"
    await page.at(centre, "status")
    await page.at(centre, "answer", inquiry, "yes")
    await page.at(centre, "answer", inquiry, "no", ends=4)
    await page.here.tick(2)
    await page.at(sender, "consent", "GRAN-427")
    await page.at(sender, "check", "GRAN-427")
    await page.at(sender, "send", "GRAN-427")
    await page.here.tick()
    row = await acts.row(sender, "out", "GRAN-427")
    page.names[str(row["arrival_code"])] = "code"
    await page.at(sender, "status")


async def _at_the_door(page: Page, sender: Party, centre: Party) -> None:
    code = str((await acts.row(sender, "out", "GRAN-427"))["arrival_code"])
    (package,) = await acts.known(centre, "in")
    page.names[package] = "package"
    await page.at(centre, "status")
    await page.at(centre, "card", package, ends=4)
    slip = ("2" if code[0] != "2" else "3") + code[1:]
    other = ArrivalCode.generate().text
    arrive = ("arrive", package, "--code-fd", "FD")
    await page.at(centre, *arrive, secret=slip + "\n", ends=6)
    await page.at(centre, *arrive, secret=other + "\n", ends=4)
    await page.at(centre, *arrive, secret=code + "\n")
    await page.at(centre, "card", package)
    await page.at(centre, "read", package)
    await page.at(centre, "read", package, "threat")
    await page.at(centre, "confirm", package, typed="ja\n")
    await page.here.tick(5)
    await page.at(sender, "status")
    await page.at(sender, "withdraw", "GRAN-427", "--yes", ends=4)


async def _withdrawn(page: Page, sender: Party, centre: Party) -> None:
    text = acts.sample("ELV-118", of=sender.name, to=centre.name)
    await page.at(sender, "new", typed=_today(text))
    await page.at(sender, "consent", "ELV-118")
    await page.at(sender, "send", "ELV-118", ends=4)
    before = await acts.known(centre, "in")
    await page.at(sender, "send", "ELV-118", "--agreed-by-phone", "duty")
    await page.here.tick()
    package = await acts.fresh(centre, "in", before)
    page.names[package] = "second package"
    page.names[str((await acts.row(sender, "out", "ELV-118"))["arrival_code"])] = "second code"
    await page.at(centre, "status")
    await page.at(sender, "withdraw", "ELV-118", typed="ja\n")
    await page.here.tick(2)
    await page.at(centre, "status")
    await page.at(sender, "status")


async def _police(page: Page, sender: Party, home: Party, away: Party) -> None:
    case = _file(page.here, "nei.yaml", _today(acts.sample("SKOG-903")))
    await page.at(sender, "new", case)
    await page.at(sender, "consent", "SKOG-903")
    await page.at(sender, "consent", "SKOG-903", "--centre", page.centre)
    await page.at(sender, "send", "SKOG-903", ends=4)
    await page.at(sender, "police", "request", "SKOG-903")
    await page.here.tick()
    (request,) = await acts.known(home, "in")
    page.names[request] = "request"
    await page.at(home, "status")
    await page.at(home, "police", "review", request)
    choices = [word for one in range(7) for word in ("--line", "remove" if one == 4 else "keep")]
    relay = ("police", "relay", request, away.name, *choices, "--authority-fd", "FD")
    await page.at(home, *relay, secret="operasjonsleder\n")
    await page.at(home, "police", "decline", request, "not_necessary", ends=4)
    await page.here.tick(3)
    (notice,) = await acts.known(away, "in")
    page.names[notice] = "notice"
    await page.at(away, "police", "review", notice)
    await page.at(
        away, "police", "relay", notice, home.name, "--authority-fd", "FD", secret="jeg\n", ends=4
    )
    await page.at(sender, "status")


async def _machine(page: Page, sender: Party) -> None:
    await page.at(sender, "log")
    await page.at(sender, "directory")
    await page.at(sender, "doctor")
    await page.at(sender, "attended")
    await page.at(sender, "lock")


async def refusals(lang: str) -> Page:
    """Play what a tired hand meets, in one language, at a centre that is alone."""
    async with village("granlia") as (here, (sender,)):
        page = Page(here, lang, PLACES["fjordglott"].name)
        case = _file(here, "sak.yaml", acts.sample("GRAN-427"))
        for wrong in ("lås\nikke dette passordet\n", UNLOCKING.replace("rolig", "urolig")):
            await page.at(sender, "unlock", "--passphrase-fd", "FD", secret=wrong, ends=_ANY)
        await page.at(sender, "new", case)
        await page.at(sender, "new", case, ends=4)
        await page.at(sender, "new", typed=acts.sample("GRAN-427") + "\nfodselsnr: 1\n", ends=6)
        await page.at(sender, "check", "TOM-100", ends=4)
        await page.at(sender, "send", "GRAN-427", ends=4)
        await page.at(sender, "consent", "GRAN-427", ends=4)
        await page.at(sender, "withdraw", "GRAN-427", "--yes")
        await page.at(sender, "arrive", "TOM-100", "--code-fd", "FD", secret="22222\n", ends=6)
        await page.at(sender, "police", "request", "GRAN-427", ends=4)
        await page.at(sender, "lock")
        await page.at(sender, "send", "GRAN-427", ends=3)
        await page.at(sender, "status", "--name", "Marte", ends=2)
        await page.at(sender, "answer", "TOM-100", "kanskje", ends=2)
        await leave(here, sender)
        await page.at(sender, "status", ends=5)
    return page


PLAYS: Final[Mapping[str, tuple[Play, str]]] = MappingProxyType(
    {"night.nb": (night, "nb")} | {f"refusals.{lang}": (refusals, lang) for lang in LANGUAGES}
)
"""Every page by its name."""


def main() -> None:
    """Write every page anew, or those that are named."""
    for name in sys.argv[1:] or PLAYS:
        play, lang = PLAYS[name]
        page = asyncio.run(play(lang))
        (PAGES / f"{name}.txt").write_text(page.text(), "utf-8")


if __name__ == "__main__":
    main()
