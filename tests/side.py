"""One side of a mishap: what its staff read, what lies on its disk, and what goes over its line.

This file knows where to look: the screen, the directory, the opened store and the line. It
refuses to make a sentence itself, and to ask the program what the disk or the line can show.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from keys.calendar import Day
from keys.words import Language, Words
from tests.keyboard import Typist
from tests.stage import holds
from tests.tap import Tap

WORDS: Final = ("Marte", "kon Veum")
"""What only the sample case says: a name, and what the threat is about.

Four bytes would now and then stand by chance among those that are sealed.
"""
NO_DAY: Final = Day(0)


@dataclass(eq=False)
class Side:
    """One member whose staff type, and whoever listens at its line."""

    party: Typist
    tap: Tap

    async def shows(self, *words: str, lang: str = Language.NB) -> str:
        """Type a command that is not refused; return what stands on the screen, as it stands."""
        ended = await self.party.types(*words, lang=lang)
        assert ended.code == 0, ended.said
        return ended.out

    async def screens(self) -> list[str]:
        """Return everything that staff read of how things are, in every language.

        Without when it was last fetched: the hour goes on by itself.
        """
        found: list[str] = []
        for lang in Language:
            fetched, _, _ = Words("client", lang).say("status.read", when="|").partition("|")
            shown = (await self.shows("status", lang=lang)).splitlines()
            assert sum(line.startswith(fetched) for line in shown) == 1
            found.append("\n".join(line for line in shown if not line.startswith(fetched)))
        return found

    async def named(self) -> set[str]:
        """Return what stands first on each line of the lists: the code names, at this desk."""
        lines = (await self.shows("status")).splitlines()
        return {one.split()[0] for one in lines if one.startswith("  ") and one[2] != " "}

    async def status(self, code_name: str, lang: Language = Language.NB) -> str:
        """Return the lines that staff read of one case, in a language."""
        shown: list[str] = []
        meant = False
        for line in (await self.shows("status", lang=lang)).splitlines():
            meant = line.startswith(f"  {code_name}  ") or (meant and line.startswith(" " * 4))
            shown += [line] if meant else []
        return "\n".join(shown)

    async def says(self, code_name: str, *words: str, day: Day = NO_DAY) -> None:
        """See that each of these words of the catalogue stands beside a case, in every language.

        Args:
            code_name: of the case at this desk.
            words: of the catalogue.
            day: that they say, if they say one.
        """
        for lang in Language:
            said = Words("client", lang)
            shown = " ".join((await self.status(code_name, lang)).split())
            for word in words:
                assert said.say(word, day=said.day(day)) in shown, (lang, word, shown)

    async def logged(self, code_name: str, act: str, by: str = "") -> int:
        """See that the log says an act of a case, in every language; return how often."""
        found: list[str] = []
        for lang in Language:
            said = Words("client", lang).say(f"act.{act}")
            lines = (await self.shows("log", lang=lang)).splitlines()
            found = [one for one in lines if f"  {code_name}  {said}" in one and one.endswith(by)]
            assert found, (lang, act)
        return len(found)

    async def card(self, package: str, lang: str = Language.NB) -> str:
        """Return the arrival card as it stands on the screen, in a language."""
        return await self.shows("card", package, lang=lang)

    async def carded(self, package: str, *words: str, label: str = "") -> None:
        """See that the arrival card says each of these words of the catalogue, in every language.

        Args:
            package: what this desk calls the case.
            words: of the catalogue.
            label: of a part, in the catalogue: the words stand on its line.
        """
        for lang in Language:
            said = Words("client", lang)
            lines = (await self.card(package, lang)).splitlines()
            meant = "\n".join(one for one in lines if not label or said.say(label) in one)
            for word in words:
                assert said.say(word) in meant, (lang, word)

    def octets(self) -> bytes:
        """Return every byte of every file in the member's directory."""
        files = (one for one in self.party.home.path.rglob("*") if one.is_file())
        return b"".join(one.read_bytes() for one in sorted(files))

    async def holds(self, words: Iterable[str] = WORDS) -> bool:
        """Return whether the opened store has any of the words."""
        return await holds(self.party, [word.encode() for word in words])

    def plain(self, words: Iterable[str] = WORDS) -> bool:
        """Return whether any of the words can be read in a file as it lies on the disk."""
        found = self.octets()
        return any(word.encode() in found for word in words)

    def posts(self) -> Counter[str]:
        """Return how many cells went up since the mark, by board and class.

        What each member tells of its keys once a day, at its minute, is no cell.
        """
        went = Counter(
            one.request.split(" ")[1]
            for one in self.tap.exchanges()
            if one.request.startswith(("POST ", "PUT "))
        )
        del went["/v1/keys"]
        return went
