"""What is wrong with the pages of a walk: axe's faults, what was sent and not said, complaints.

This file knows what is asked of every page. It refuses to know how one comes to a page.
"""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from playwright.async_api import ConsoleMessage, Error, Page

from tests.axe import LOOKS, faults
from tests.saysent import silent
from tests.tour import Met
from tests.tourhalves import Half, Round, begun

_COMPLAINTS: Final = ("error", "warning")
_NO: Final = re.compile(r"status of 4(04|03|09|22)")
"""A page that says «no» has another status than 200, and the browser writes that down."""


@dataclass(eq=False)
class Watch:
    """Looks at every page that it is shown, in every look, and listens to what its browser says."""

    _wrong: list[str] = field(default_factory=list[str])
    _pages: set[Page] = field(default_factory=set[Page])

    async def see(self, page: Page, name: str) -> None:
        """Look at a page, and keep what is wrong with it.

        Args:
            page: any page of the desk.
            name: what it is called in what is kept.
        """
        if page not in self._pages:
            self._pages.add(page)
            page.on("console", self._said)
            page.on("pageerror", self._failed)
        told = [f"says not what was sent: {said}" for said in await silent(page)]
        told += [fault for look in LOOKS for fault in await faults(page, look)]
        self._wrong += [f"{name}: {one}" for one in told]

    def taken(self) -> list[str]:
        """Return what was wrong since this was last asked, each in a line."""
        wrong, self._wrong = self._wrong, []
        return wrong

    def _said(self, message: ConsoleMessage) -> None:
        # Advice on how a form might be divided is no complaint.
        if message.type in _COMPLAINTS and not _NO.search(message.text):
            self._wrong.append(message.text)

    def _failed(self, error: Error) -> None:
        self._wrong.append(str(error))


@dataclass(eq=False)
class Watched:
    """A half of the walk, of which every page is looked at. Use `watched`."""

    round_: Round
    watch: Watch

    async def wrong_at(self, stop: str) -> list[str]:
        """Walk to a stop; return what was wrong with the pages on the way there."""
        await self.round_.to(stop)
        return self.watch.taken()

    async def missed(self) -> list[str]:
        """Walk to the end; return the pages that it owes and missed, and what was still said."""
        await self.round_.end()
        return [*self.round_.lacks(), *self.watch.taken()]


@asynccontextmanager
async def watched(half: Half) -> AsyncGenerator[Watched, None]:
    """Begin a half of the walk, of which every page is looked at."""
    watch = Watch()
    async with begun(half, watch.see, Met()) as round_:
        yield Watched(round_, watch)
