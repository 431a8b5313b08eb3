"""Following the roster: from the printed pin to the newest list that verifies.

This file knows in which order files are fetched and that trust is kept durably. It refuses to
judge them: `keys.roster` does. When an update is refused, the old roster stays and says until when
it is fresh. What a note says of a newer one is told to staff and fetches nothing: whoever runs the
broker would see by it who had been written to.
"""

from collections.abc import Mapping
from typing import Final

from client import keyages
from client.fetching import converse
from client.ledger import Ledger
from client.shelf import Shelf
from client.transport import Transport
from keys.calendar import Instant, day_of
from keys.chain import FRESH_SECONDS, Want
from keys.errors import BrokerGone, NotYet, OverLong, Refusal, RosterMalformed
from keys.roster import Roster, TrustedRoster

ROOT_LIMIT: Final = 1 << 20
_ROW: Final = b"trusted"
_FIRST: Final = "1.root.json"


class Following:
    """One member's trusted roster, in memory and in the ledger.

    Args:
        ledger: where the trusted state lies, under the machine lock.
        pin: 32 bytes, SHA-256 of the first root, from the enrolment letter.
    """

    def __init__(self, ledger: Ledger, pin: bytes) -> None:
        self._ledger = ledger
        self._pin = pin
        self._trusted: TrustedRoster | None = None
        self._heard = 0

    async def load(self) -> None:
        """Read the durable state, if there is any, and verify it anew.

        A damaged one is begun again from the pin: what it remembered of the newest version is
        then lost, and expiry alone stands against an old list.

        Raises:
            RosterPin: this program was told another pin than the state began with.
            Distrusted: it does not verify.
        """
        async with self._ledger.reading() as rows:
            kept = await rows.get_whole(Shelf.ROSTER, _ROW)
        if kept is not None:
            self._trusted = TrustedRoster.decode(kept, self._pin)

    @property
    def roster(self) -> Roster:
        """The newest roster that was proven.

        Raises:
            NotYet: none was.
        """
        if self._trusted is None:
            raise NotYet
        return self._trusted.roster

    @property
    def known(self) -> bool:
        """Whether a roster was ever proven."""
        try:
            return bool(self.roster.version)
        except NotYet:
            return False

    def fresh(self, now: Instant) -> bool:
        """Whether sending is allowed; receiving always is (ENVELOPE E-13)."""
        return self._trusted is not None and self._trusted.fresh(now)

    def hear(self, version: int) -> None:
        """Remember, until this program ends, that a note named a roster of that version."""
        self._heard = max(self._heard, version)

    @property
    def behind(self) -> bool:
        """Whether a note named a newer roster than the broker has shown to this member since."""
        return self.known and self.roster.version < self._heard

    @property
    def signed(self) -> Instant:
        """An instant that lies before the newest signature: that time has come at least."""
        until = Instant(0) if self._trusted is None else self._trusted.fresh_until
        return Instant(max(0, until - FRESH_SECONDS))

    async def update(self, transport: Transport, now: Instant) -> None:
        """Fetch what is new and trust it, durably, if it verifies.

        Raises:
            BrokerGone: the files could not be fetched; the old roster stays.
            Distrusted: the files do not verify; the old roster stays.
            NotYet: they were signed in the future: is this machine's clock right?
        """
        trusted = self._trusted or await self._begin(transport)
        files: dict[str, bytes | None] = {}

        async def fetch(want: Want) -> bytes | None:
            files[want.name] = await _fetch(transport, want.name, want.most)
            return files[want.name]

        try:
            new = await converse(trusted.steps(now), fetch)
        except Refusal:
            # A root that takes a stolen key away counts even when the rest does not verify.
            await self._keep(_roots(trusted, files), now)
            raise
        await self._keep(new, now)

    async def _begin(self, transport: Transport) -> TrustedRoster:
        root = await _fetch(transport, _FIRST, ROOT_LIMIT)
        if root is None:
            raise BrokerGone
        return TrustedRoster.bootstrap(root, self._pin)

    async def _keep(self, trusted: TrustedRoster, now: Instant) -> None:
        if trusted == self._trusted:
            return
        async with self._ledger.transaction("roster") as rows:
            await rows.put(Shelf.ROSTER, _ROW, trusted.encode())
            after = _roster_of(trusted)
            if after is not None:
                await keyages.note(rows, _roster_of(self._trusted), after, day_of(now))
        self._trusted = trusted


def _roster_of(trusted: TrustedRoster | None) -> Roster | None:
    """Return what is trusted; None as long as there are only roots."""
    try:
        return None if trusted is None else trusted.roster
    except NotYet:
        return None


async def _fetch(transport: Transport, name: str, most: int) -> bytes | None:
    try:
        return await transport.roster_file(name, most)
    except OverLong:
        raise RosterMalformed from None


def _roots(trusted: TrustedRoster, files: Mapping[str, bytes | None]) -> TrustedRoster:
    try:
        return trusted.with_roots(files)
    except Refusal:
        return trusted
