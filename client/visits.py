"""Who has the staff lock open: whoever sits at this machine, and one colleague for each visit.

This file knows on whose behalf something is done now. It refuses to open or close a lock itself,
and to let one visit act on another's login: what is done for a visit sees only that visit's own.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from client.staff import Staff
from keys.calendar import Instant
from keys.errors import Locked

HERE: Final = ""
"""The visit of whoever sits at this machine: its terminal, and its own browser."""
LONGEST: Final = 39_600
"""Seconds after which a login from another PC ends, should its desk have died before it."""
_asking: ContextVar[str | None] = ContextVar("asking", default=None)


@dataclass(frozen=True, slots=True)
class Login:
    """One colleague who is in.

    Attributes:
        staff: who it is.
        pc: by what the service knows the PC; empty at this machine.
        since: when they unlocked.
    """

    staff: Staff = field(repr=False)
    pc: str
    since: Instant


class Visits:
    """Every login there is. What the service does by itself is done as whoever came first."""

    def __init__(self) -> None:
        self._in: dict[str, Login] = {}

    @staticmethod
    @contextmanager
    def on_behalf_of(visit: str | None) -> Generator[None, None, None]:
        """Do what stands in the block for one visit; for None, as the service itself."""
        token = _asking.set(visit)
        try:
            yield
        finally:
            _asking.reset(token)

    @property
    def asking(self) -> str | None:
        """For which visit something is done now; None when it is for none."""
        return _asking.get()

    @property
    def logins(self) -> dict[str, Login]:
        """Who is in, by visit, in the order in which they came."""
        return dict(self._in)

    @property
    def mine(self) -> Login | None:
        """The login of whoever asks; for the service itself that of whoever came first."""
        asking = self.asking
        return self._in.get(asking) if asking is not None else next(iter(self._in.values()), None)

    @property
    def staff(self) -> Staff:
        """Who asks.

        Raises:
            Locked: they have not unlocked.
        """
        login = self.mine
        if login is None:
            raise Locked
        return login.staff

    def may_read(self) -> bool:
        """Tell whether staff rows are open to whoever asks; the service itself may read them."""
        return self.asking is None or self.asking in self._in

    def enter(self, visit: str, login: Login) -> None:
        """Note who is in; another login of the same visit is over."""
        self._in.pop(visit, None)
        self._in[visit] = login

    def end(self, ends: Callable[[str, Login], bool]) -> bool:
        """End the logins for which `ends` holds; return whether nobody is in any more."""
        self._in = {visit: one for visit, one in self._in.items() if not ends(visit, one)}
        return not self._in
