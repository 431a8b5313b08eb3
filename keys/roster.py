"""How trust in the roster moves: forward only, one signed file after the other (E-13.7, E-13.14).

This file knows the client's side of The Update Framework: the chain of roots from the pinned
one, then timestamp, snapshot, targets and the register they lead to. It refuses to know clocks,
files and networks: bytes and the time are arguments, the answer is a new state or one refusal,
and the old state stays as it was.

Source: The Update Framework specification 1.0.31, § 5 (detailed client workflow).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, Self, TypeAlias

from keys.calendar import Instant
from keys.chain import MOST_ROOTS, Answer, Proof, Steps, chain, proof_steps, root_steps
from keys.errors import Malformed, NotYet, RosterMalformed, RosterPin
from keys.member import Directory, Member, Revoked
from keys.metadata import RootPart
from keys.quorum import LAST_VERSION
from keys.register import Register, Roster
from keys.schedule import CheckpointKey, Schedule
from keys.wire import Fields, Packable, Value, pack

__all__ = [
    "CheckpointKey",
    "Directory",
    "Member",
    "Register",
    "Revoked",
    "Roster",
    "Schedule",
    "TrustedRoster",
]

_STATE_LIMIT: Final = 64 << 20
_PROOF_ITEMS: Final = 5

Files: TypeAlias = Mapping[str, bytes | None]
"""What was fetched, by name; None where the broker has no such file."""


@dataclass(frozen=True, slots=True)
class TrustedRoster:
    """A state of trust. It never goes backwards; `update` gives the next state or refuses."""

    pin: bytes
    """32 bytes: SHA-256 of the first root, as printed on the enrolment letter."""
    _roots: tuple[RootPart, ...] = field(repr=False)
    _proof: Proof | None = field(repr=False)

    @classmethod
    def bootstrap(cls, root: bytes, pin: bytes) -> Self:
        """Begin from the root file whose SHA-256 is `pin`; there is no roster yet.

        Raises:
            RosterPin: it is another file.
            RosterMalformed, RosterMixed, RosterUnsigned: it is no root safe to follow.
        """
        if sha256(root).digest() != pin:
            raise RosterPin
        return cls(pin, chain((root,)), None)

    @property
    def roster(self) -> Roster:
        """The newest roster that was ever proven.

        Raises:
            NotYet: none was.
        """
        if self._proof is None:
            raise NotYet
        return self._proof.roster

    @property
    def root_version(self) -> int:
        """The version of the newest root."""
        return self._root.version

    @property
    def fresh_until(self) -> Instant:
        """When sending stops for want of a newer timestamp; 0 when it must not begin (E-13.14)."""
        if self._proof is None or self._root.missing(self._proof.timestamp):
            return Instant(0)
        return min(self._root.expires, self._proof.expires)

    def fresh(self, now: Instant) -> bool:
        """Say whether sending is allowed: no file has expired and none was signed by a lost key.

        Receiving goes on either way: a frozen roster must not lose what has already come.
        """
        return now < self.fresh_until

    def steps(self, now: Instant) -> Steps[Self]:
        """Ask for one file after the other, and answer what is trusted then; each is verified once.

        The conversation raises what `update` does, as soon as a file shows it.
        """
        grown = yield from self._root_steps()
        proof = yield from proof_steps(grown._root, grown._proof, now)  # noqa: SLF001 - own class
        return replace(grown, _proof=proof)

    def update(self, files: Files, now: Instant) -> Self:
        """Go through `steps` with `files`; anything else in `files` is not looked at.

        Raises:
            RosterMalformed: a file is too long or not in its form.
            RosterUnsigned: too few of the right keys signed it.
            RosterRollback: it is older than one already trusted.
            RosterMixed: it is missing, or not the one that is listed.
            RosterExpired: it is past its expiry.
            NotYet: a timestamp of tomorrow; a clock is wrong, or somebody signs ahead.
        """
        return _run(self.steps(now), files)

    def with_roots(self, files: Files) -> Self:
        """Follow only the chain of roots.

        The result is worth keeping even when the rest is refused: once a root has taken a stolen
        key away, no file by that key may come back (TUF § 5.3.8).

        Raises:
            RosterMalformed, RosterMixed, RosterRollback, RosterUnsigned: as `update`.
        """
        return _run(self._root_steps(), files)

    def encode(self) -> bytes:
        """Return this state as bytes, for the client's store (E-13.16)."""
        proof = self._proof
        held: list[Packable] | None = None
        if proof is not None:
            held = [proof.root_version, *proof.files]
        return pack(["trusted", 1, [root.data for root in self._roots], held])

    @classmethod
    def decode(cls, data: bytes, pin: bytes) -> Self:
        """Read what `encode` writes, and verify everything anew except the expiries.

        Raises:
            RosterPin: it begins with another root.
            RosterMalformed, RosterMixed, RosterRollback, RosterUnsigned: as `update`.
        """
        try:
            fields = Fields.decode(data, "trusted", limit=_STATE_LIMIT)
            files = _octets(fields.items("roots", least=1, most=MOST_ROOTS))
            held = None
            if fields.optional():
                held = fields.items("proof", least=_PROOF_ITEMS, most=_PROOF_ITEMS)
            fields.end()
            if sha256(files[0]).digest() != pin:
                raise RosterPin
            roots = chain(files)
            return cls(pin, roots, None if held is None else _proof(roots, held))
        except Malformed:
            raise RosterMalformed from None

    @property
    def _root(self) -> RootPart:
        return self._roots[-1]

    def _root_steps(self) -> Steps[Self]:
        roots = yield from root_steps(self._roots)
        return replace(self, _roots=roots)


def _octets(values: list[Value]) -> tuple[bytes, ...]:
    fields = Fields(["files", 1, *values], "files")
    return tuple(fields.octets("file", most=_STATE_LIMIT) for _ in values)


def _proof(roots: tuple[RootPart, ...], held: list[Value]) -> Proof:
    version = Fields(["proof", 1, held[0]], "proof").number("root_version", most=LAST_VERSION)
    under = [root for root in roots if root.version == version]
    if not under:
        raise RosterMalformed
    timestamp, snapshot, targets, content = _octets(held[1:])
    return Proof.assembled(under[0], (timestamp, snapshot, targets, content))


def _run(steps: Steps[Answer], files: Files) -> Answer:
    try:
        want = next(steps)
        while True:
            want = steps.send(files.get(want.name))
    except StopIteration as done:
        answer: Answer = done.value
        return answer
