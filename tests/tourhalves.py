"""The walk in two halves of about the same length, each in a world of its own: one for each core.

This file knows desks, and in which order the stops of a half come. It refuses to know what is done
at a stop (`tourstops.py`) and with a page.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from client.home import Home
from client.settings import Settings
from keys.words import Language
from tests import tourothers, tourstops
from tests import tourworld as world
from tests.browser import Tab, chromium, desk_of
from tests.clock import DrivenClock
from tests.firsttime import beginning
from tests.tour import Met, Seeing, Walk
from tests.tourworld import Cast

IDLE: Final = 3_600
"""Nobody is idle while a page is looked at closely."""
FIRST: Final = "first"
"""Whose desk it is when there is no member yet."""
Doing: TypeAlias = Callable[[Walk, Cast], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Stop:
    """Something that is done at a desk.

    Attributes:
        who: whose desk it is.
        what: is done there.
        do: does it, and sees what is shown.
    """

    who: str
    what: str
    do: Doing

    @property
    def name(self) -> str:
        """What it is called among all."""
        return f"{self.who}-{self.what}"


@dataclass(frozen=True, slots=True)
class Half:
    """One half of the walk.

    Attributes:
        stops: what is done, in order; desk after desk.
        later: whether it owes what stands in `LATER`; or else all that does not.
    """

    stops: tuple[Stop, ...]
    later: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """What its stops are called."""
        return tuple(stop.name for stop in self.stops)

    def lacks(self, met: Met) -> list[str]:
        """Return every address and template of the desk that it owes and nobody came to."""
        return [one for one in met.lacks() if (one in LATER) == self.later]


LATER: Final = frozenset(
    {
        *("/opened/{word}", "opened.html", "/part/{word}", "part.html", "/not-ours/{word}"),
        *("/arrival/{word}", "code.html", "/card/{word}", "card.html", "paper.html"),
        *("/confirm/{word}", "confirm.html", "/journal/{word}", "journal.html"),
        *("/recheck/{word}", "recheck.html", "/check-again/{word}", "check_again.html"),
        *("/renew/{word}", "renew.html", "/onward/{word}", "onward.html"),
        *("/place/{word}", "place.html", "/decline/{word}", "/reply/{word}"),
        *("/review/{word}", "unread.html", "review.html", "review_sure.html"),
        *("/not-our-district/{word}", "/outside/{word}", "closed_word.html"),
        *("/notice/{word}", "notice.html", "first.html", "first_done.html"),
    }
)
"""Addresses and templates of the desk to which only the second half comes."""
SENDING: Final = Half(
    (
        Stop("sender", "lock", tourstops.lock),
        Stop("sender", "pages", tourstops.pages),
        Stop("sender", "consent", tourstops.consent),
        Stop("sender", "urgent", tourstops.urgent),
        Stop("sender", "police", tourstops.police),
        Stop("sender", "add", tourstops.add),
        Stop("sender", "send", tourstops.send),
        Stop("sender", "after", tourstops.after),
    ),
)
"""The desk of a centre that sends, all but its forms; and whatever nobody said comes later."""
BESIDES: Final = Half(
    (
        Stop("sender", "lock", tourstops.lock),
        Stop("sender", "forms", tourstops.forms),
        Stop("sender", "attach", tourstops.attach),
        Stop("centre", "lock", tourstops.lock),
        Stop("centre", "pages", tourstops.pages),
        Stop("centre", "arrival", tourothers.arrival),
        Stop("centre", "opened", tourothers.opened),
        Stop("centre", "here", tourothers.here),
        Stop("centre", "answers", tourothers.answers),
        Stop("centre", "keys", tourothers.keys),
        Stop("home", "lock", tourstops.lock),
        Stop("home", "pages", tourstops.pages),
        Stop("home", "read", tourothers.read),
        Stop("home", "onward", tourothers.onward),
        Stop("away", "lock", tourstops.lock),
        Stop("away", "pages", tourstops.pages),
        Stop("away", "notices", tourothers.notices),
        Stop(FIRST, "time", tourothers.first),
    ),
    later=True,
)
"""The forms, a centre that receives, two districts, and the first time."""
HALVES: Final = (SENDING, BESIDES)


@dataclass(eq=False, slots=True)
class Round:
    """One half of the walk, as far as somebody has walked it. Use `begun`.

    Attributes:
        half: which.
        cast: its world.
        seeing: what is done with each page.
        met: what it came to.
    """

    half: Half
    cast: Cast
    seeing: Seeing
    met: Met
    _left: Iterator[Stop] = field(init=False)
    _been: set[str] = field(default_factory=set[str])
    _at: Walk | None = None
    _desk: AsyncExitStack = field(default_factory=AsyncExitStack)

    def __post_init__(self) -> None:
        self._left = iter(self.half.stops)

    async def to(self, name: str) -> None:
        """Walk to a stop: first through those before it where nobody has been."""
        while name not in self._been:
            stop = next(self._left)
            self._been.add(stop.name)
            await stop.do(await self._sit(stop.who), self.cast)

    async def end(self) -> None:
        """Walk to the last stop, and leave its desk."""
        await self.to(self.half.names[-1])
        await self.close()

    async def close(self) -> None:
        """Leave the desk, if one sits at one."""
        self._at = None
        await self._desk.aclose()

    def lacks(self) -> list[str]:
        """Return every address and template that this half owes and has not come to."""
        return self.half.lacks(self.met)

    async def _sit(self, who: str) -> Walk:
        """Sit down at a desk, unless one sits there; what was opened before is closed."""
        if self._at is None or self._at.who != who:
            await self.close()
            self._at = await self._desk.enter_async_context(self._seat(who))
        return self._at

    @asynccontextmanager
    async def _seat(self, who: str) -> AsyncGenerator[Walk, None]:
        async with (
            _opened(self.cast, who) as tab,
            chromium(viewport={"width": 1280, "height": 800}) as context,
        ):
            walk_ = Walk(await context.new_page(), tab, who, self.seeing, self.met)
            await walk_.page.goto(tab.address)
            yield walk_


@asynccontextmanager
async def _opened(cast: Cast, who: str) -> AsyncGenerator[Tab, None]:
    """Open the desk of a member, or of one that is none yet."""
    if who == FIRST:
        told = Settings(cast.here.doors, cast.here.authority.pin, Language.NB)
        async with beginning(Home(cast.here.path / who), told) as tab:
            yield tab
        return
    await cast.unlock()
    async with desk_of(cast.parties[who], DrivenClock(cast.here.clock.now()), idle=IDLE) as tab:
        yield tab


@asynccontextmanager
async def begun(half: Half, seeing: Seeing, met: Met) -> AsyncGenerator[Round, None]:
    """Make the world of a half; nobody has walked yet.

    Args:
        half: which.
        seeing: what is done with each page.
        met: what was met before; a page of the same shape is not seen again.
    """
    async with world.cast() as cast:
        made = Round(half, cast, seeing, met)
        try:
            yield made
        finally:
            await made.close()


async def walk(seeing: Seeing) -> Met:
    """Walk through every page of a sender, a receiver, two districts, and the first time.

    Args:
        seeing: what is done with each page.
    """
    met = Met()
    for half in HALVES:
        async with begun(half, seeing, met) as round_:
            await round_.end()
    return met
