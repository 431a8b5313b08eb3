"""The roster's files: read, obeyed when they verify, signed anew every hour, and served.

This file knows the directory in which registrars put their signed files and from which anybody
may fetch them (PROTOCOL.md P-9.4 to P-9.6). It refuses to change what registrars signed: its one
key is the online pair, for timestamp and snapshot, which can hold the roster up and not alter it.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from broker.admission import Permits
from broker.files import remove, write_file
from broker.log import Event, Log, Room
from keys.authority import OnlineSigner, superseded
from keys.calendar import Instant
from keys.errors import BadSettings, NotYet, Refusal, RosterMalformed, RosterMixed
from keys.register import MOST_CONTENT, Roster
from keys.roster import TrustedRoster

SIGN_SECONDS: Final = 3_600
"""How often timestamp and snapshot are signed anew (P-9.5)."""
_PUBLIC: Final = 0o644
_FIRST_ROOT: Final = "1.root.json"
_TIMESTAMP: Final = "timestamp.json"
_NAME: Final = re.compile(
    r"timestamp\.json|[1-9][0-9]{0,15}\.(root|targets|snapshot)\.json|[0-9a-f]{64}\.roster\.msgpack"
)


@dataclass(frozen=True, slots=True)
class _State:
    """One consistent view: what is trusted, what is served, and when it was signed by us."""

    trusted: TrustedRoster
    permits: Permits
    files: Mapping[str, bytes] = field(repr=False)
    signed_at: Instant
    signed_over: frozenset[str]


class Mirror:
    """The roster as this process obeys and serves it.

    Args:
        directory: where the files lie.
        pin: 32 bytes, SHA-256 of the first root.
        log: told of every roster that is signed, trusted or refused.
        signer: the online pair; None for the issuer, which reads and never signs.
    """

    def __init__(
        self, directory: Path, pin: bytes, log: Log, signer: OnlineSigner | None = None
    ) -> None:
        self._directory = directory
        self._pin = pin
        self._log = log
        self._signer = signer
        self._state: _State | None = None
        self.moved = False
        """True once registrars have signed another instance: this process must end, and begin anew
        under that name."""

    @property
    def roster(self) -> Roster:
        """The newest roster that verified.

        Raises:
            NotYet: none has.
        """
        return self._now.trusted.roster

    @property
    def permits(self) -> Permits:
        """What the roster's issuer keys permit.

        Raises:
            NotYet: no roster has verified.
        """
        return self._now.permits

    @property
    def _now(self) -> _State:
        if self._state is None:
            raise NotYet
        return self._state

    def fresh(self, now: Instant) -> bool:
        """Say whether members would still send by this roster."""
        return self._now.trusted.fresh(now)

    def file(self, name: str) -> bytes | None:
        """Return a file to serve; None for every other name."""
        return self._now.files.get(name)

    async def load(self, now: Instant) -> None:
        """Read, sign and verify for the first time.

        Raises:
            Refusal: the roster cannot be trusted, and there is no older one to go on with.
        """
        await asyncio.to_thread(self._refresh, now)

    async def refresh(self, now: Instant) -> None:
        """Take up what registrars have put in, and sign when an hour is over.

        What cannot be trusted is told in the log and not used; the last good roster goes on.
        """
        try:
            await asyncio.to_thread(self._refresh, now)
        except Refusal as refusal:
            self._log.say(Event.REFUSED, room=Room.ROSTER, code=refusal.code)

    def _refresh(self, now: Instant) -> None:
        before = self._state
        held: Mapping[str, bytes] = before.files if before else {}
        # What we signed ourselves counts also when somebody has removed it: versions only grow.
        files = _by_us(held) | self._read(held)
        begun = self._begun(files)
        signed = self._sign(files, now)
        files |= signed
        # Verified before it is written: a half-delivered roster never gets a timestamp.
        trusted = begun.update(files, now)
        if before is not None and before.trusted.roster.instance != trusted.roster.instance:
            self.moved = True
            raise RosterMixed
        self._write(signed, files)
        if before is None or before.trusted.roster.hash != trusted.roster.hash:
            self._log.say(Event.ROSTER_TRUSTED, version=trusted.roster.version)
        again = before if before is not None and not signed else None
        self._state = _State(
            trusted,
            Permits(trusted.roster.issuers),
            files,
            again.signed_at if again else now,
            again.signed_over if again else _by_others(files),
        )

    def _begun(self, files: Mapping[str, bytes]) -> TrustedRoster:
        if self._state is not None:
            return self._state.trusted
        first = files.get(_FIRST_ROOT)
        if first is None:
            raise BadSettings(field="roster")
        return TrustedRoster.bootstrap(first, self._pin)

    def _read(self, known: Mapping[str, bytes]) -> dict[str, bytes]:
        """Read the directory; a file whose name holds its number or hash is read only once."""
        found: dict[str, bytes] = {}
        try:
            for path in self._directory.iterdir():
                if _NAME.fullmatch(path.name):
                    keep = None if path.name == _TIMESTAMP else known.get(path.name)
                    found[path.name] = keep if keep is not None else _bytes_of(path)
        except OSError:
            raise BadSettings(field="roster") from None
        return found

    def _sign(self, files: Mapping[str, bytes], now: Instant) -> dict[str, bytes]:
        if self._signer is None:
            return {}
        state = self._state
        due = state is None or now >= state.signed_at + SIGN_SECONDS
        if not due and state is not None and state.signed_over == _by_others(files):
            return {}
        return self._signer.sign(files, now)

    def _write(self, signed: Mapping[str, bytes], files: dict[str, bytes]) -> None:
        """Write what was signed, the timestamp last, and drop what no reader needs any more."""
        for name in sorted(signed, key=lambda name: name == _TIMESTAMP):
            write_file(self._directory / name, signed[name])
            # Anybody may have these; the issuer, another user, reads them here.
            (self._directory / name).chmod(_PUBLIC)
        if signed:
            self._log.say(Event.ROSTER_SIGNED, files=len(signed))
            for name in superseded(files):
                remove(self._directory / name)
                del files[name]


def _by_others(files: Mapping[str, bytes]) -> frozenset[str]:
    """Return the names of what registrars and root holders put in."""
    return frozenset(files) - _by_us(files).keys()


def _by_us(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the snapshots and the timestamp."""
    ours = (".snapshot.json", _TIMESTAMP)
    return {name: data for name, data in files.items() if name.endswith(ours)}


def _bytes_of(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MOST_CONTENT + 1)
    if len(data) > MOST_CONTENT:
        raise RosterMalformed
    return data
