"""Members with real keys, and what they really seal: one day's notes and blobs.

This file knows how each word of the traffic is sealed and opened, by the functions of `keys` that
the client itself uses. What is in it is invented and as long as the real thing. It refuses to know
when anything leaves.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256, shake_256
from io import BytesIO
from typing import Final

from client import handover
from client.lanes import Lane
from client.posting import Cell, note_cell
from client.sealed import Seat
from keys.address import CellClass, MemberId, PackageId, Role
from keys.blob import blob_context, new_blob_key, seal_blob
from keys.body import Kind
from keys.calendar import Day
from keys.epoch import BATCH_DAYS, EpochBatch, EpochRole, EpochSecret
from keys.hpke import HpkePublic
from keys.identity import Identity, MachineCertificate, MachineKey
from keys.manifest import (
    Accepted,
    BlobEntry,
    ConsentMark,
    Follows,
    Origin,
    PackageManifest,
    Release,
)
from keys.opening import Opened, Opener, open_inner, open_outer
from keys.prekeys import PrekeySecret
from keys.receipt import Receipt, ReceiptStatus
from keys.sealing import Message, seal
from tests.bench.simulation.traffic import BY_MACHINE, Pool, Saying, Word
from tests.cells import INSTANCE
from tests.notes import Member

ROSTER: Final = (7, b"r" * 32)
KINDS: Final = {
    Word.INQUIRY: Kind.PLACE_INQUIRY,
    Word.ANSWER: Kind.PLACE_ANSWER,
    Word.CASE: Kind.CASE_PACKAGE,
    Word.STORED: Kind.RECEIPT,
    Word.OPENED: Kind.RECEIPT,
    Word.CONFIRMED: Kind.RECEIPT,
    Word.UPDATE: Kind.PACKAGE_UPDATE,
    Word.WITHDRAWAL: Kind.WITHDRAWAL,
    Word.REQUEST: Kind.POLICE_REQUEST,
    Word.STATUS: Kind.POLICE_STATUS,
    Word.NOTICE: Kind.POLICE_NOTICE,
    Word.NOTED: Kind.POLICE_RECEIPT,
}
_SAYS: Final = {
    Word.STORED: ReceiptStatus.STORED,
    Word.OPENED: ReceiptStatus.OPENED,
    Word.CONFIRMED: ReceiptStatus.CONFIRMED,
    Word.NOTED: ReceiptStatus.STORED,
}
_PREV: Final = {
    Word.CASE: Accepted(b"y" * 32),
    Word.UPDATE: Follows(b"m" * 32),
    Word.NOTICE: Origin(b"o" * 32),
}
_CONTENT: Final = {CellClass.S: 2_000, CellClass.M: 150_000}
"""How often an invented sentence stands in a blob, so that it fills most of its class."""


class Memory:
    """Sealed cells by name, in memory: what `CellFiles` is on disk."""

    def __init__(self) -> None:
        self._cells: dict[str, bytes] = {}
        self._made = 0

    @contextmanager
    def writing(self) -> Generator[tuple[str, BytesIO], None, None]:
        """Give a name and something to write to; see `CellFiles.writing`."""
        self._made += 1
        name, file = f"{self._made:032x}", BytesIO()
        yield name, file
        self._cells[name] = file.getvalue()

    def reading(self, name: str) -> BytesIO:
        """Open a kept cell."""
        return BytesIO(self._cells[name])

    def delete(self, name: str) -> None:
        """Forget a cell."""
        self._cells.pop(name, None)


def member(seed: str, number: int, role: Role, today: Day, home: MemberId | None) -> Member:
    """Return a member with keys that follow from the seed."""
    octets = shake_256(f"{seed} {number}".encode()).digest(160)
    outer = EpochSecret.from_seed(EpochRole.OUTER, today, octets[96:128])
    inner = EpochSecret.from_seed(EpochRole.INNER, today, octets[128:])
    machine = MachineKey.from_seed(octets[64:96])
    return Member(role, Identity.from_seed(octets[:64]), machine, outer, inner, home)


def _secret(me: Member, role: EpochRole, today: Day, ahead: int) -> EpochSecret:
    """Return a member's secret of a day; those of other days follow from today's."""
    of = me.outer if role is EpochRole.OUTER else me.inner
    if not ahead:
        return of
    return EpochSecret.from_seed(role, Day(today + ahead), sha256(of.seed + b"%d" % ahead).digest())


@dataclass(frozen=True, slots=True)
class Register:
    """Who is a member: what the client and the broker ask a roster for here."""

    members: Mapping[MemberId, Member]
    version: int = ROSTER[0]
    instance: str = INSTANCE

    def member(self, member_id: MemberId) -> Member:
        """Return a member; all that are asked for are there."""
        return self.members[member_id]


class People:
    """All members of a pool, on one day."""

    def __init__(self, seed: str, pool: Pool, today: Day) -> None:
        self.today = today
        self.memory = Memory()
        districts = [
            member(seed, number, Role.POLICE, today, None)
            for number in range(pool.centres, pool.members)
        ]
        homes = [districts[pool.home(one) - pool.centres].member_id for one in range(pool.centres)]
        centres = [
            member(seed, number, Role.CENTRE, today, home) for number, home in enumerate(homes)
        ]
        self.members: Sequence[Member] = (*centres, *districts)
        self._by_id = {one.member_id: one for one in self.members}
        self._batches = [one.batch for one in self.members]
        self._outers: dict[int, Sequence[EpochSecret]] = {}

    @property
    def register(self) -> "Register":
        """Who is a member, as everybody knows it."""
        return Register(self._by_id)

    def outers(self, number: int) -> Sequence[EpochSecret]:
        """Return the outer secrets that a machine tries on each note: four are alive by day."""
        me = self.members[number]
        if number not in self._outers:
            others = (_secret(me, EpochRole.OUTER, self.today, at) for at in (1, -1, -2))
            self._outers[number] = [me.outer, *others]
        return self._outers[number]

    def fortnight(self, number: int, first: int) -> EpochBatch:
        """Sign the keys of fourteen days, as a member publishes them; all seal to them from then.

        Args:
            number: the member.
            first: the first of the days, counted from today.
        """
        me = self.members[number]
        days = range(first, first + BATCH_DAYS)
        secrets = [_secret(me, role, self.today, at) for role in EpochRole for at in days]
        self._batches[number] = EpochBatch.issue(me.secret, secrets)
        return self._batches[number]

    # ── sealing ──────────────────────────────────────────────────────────────────────────────
    def dummy(self, number: int, lane: Lane) -> Cell:
        """Seal a cell of nothing, as the client does for every slot."""
        if lane.cls is CellClass.NOTE:
            me = self.members[number]
            seat = Seat(me, me.machine, *ROSTER, self.today)
            return note_cell(handover.dummy(lane.board, self._batches[number], seat))
        made = handover.dummy_blob(lane.board, lane.cls, self.memory)
        return Cell(made.cls, made.blob_id, file=made.name)

    def sealed(self, said: Saying, prekey: HpkePublic | None = None) -> list[Cell]:
        """Seal an envelope: its blobs, and the note that names them; the note stands first.

        Args:
            said: what, by whom and to whom.
            prekey: a one-time key of the receiver's; without one the key of the day is used.
        """
        package = PackageId(sha256(b"package %d" % said.thread.number).digest()[:16])
        blobs = [self._blob(said, package, at, cls) for at, cls in enumerate(said.classes[1:])]
        me, other = self.members[said.sender], self.members[said.recipient]
        manifest = self._manifest(said, package, [entry for _, entry in blobs])
        message = Message(KINDS[said.word], said.board, me, other, *ROSTER, manifest)
        signer = me.machine if said.word in BY_MACHINE else me.secret
        note = seal(message, signer, self._batches[said.recipient], self.today, prekey).note
        return [note_cell(note), *(cell for cell, _ in blobs)]

    def _blob(
        self, said: Saying, package: PackageId, at: int, cls: CellClass
    ) -> tuple[Cell, BlobEntry]:
        context = blob_context(package, at, said.board)
        content = b"an invented case. " * _CONTENT[cls]
        key = new_blob_key()
        with self.memory.writing() as (name, file):
            made = seal_blob(BytesIO(content), len(content), cls, key, context, file)
        entry = BlobEntry(made.blob_id, made.commitment, cls, key)
        return Cell(cls, made.blob_id, file=name), entry

    def _manifest(self, said: Saying, package: PackageId, blobs: Sequence[BlobEntry]) -> bytes:
        if said.word in _SAYS:
            return Receipt(package, b"m" * 32, _SAYS[said.word], self.today).encode()
        if not blobs:
            return b"an invented word of about the length that such a word has. " * 4
        ends = Day(self.today + 7)
        agreed = said.word in {Word.CASE, Word.UPDATE}
        made = PackageManifest(
            package,
            self.today,
            ends,
            _PREV.get(said.word),
            Release.AHEAD,
            tuple(blobs),
            ConsentMark(b"s" * 32, ends) if agreed else None,
        )
        return made.encode(KINDS[said.word])

    # ── opening ──────────────────────────────────────────────────────────────────────────────
    def opened(
        self, number: int, note: bytes, said: Saying, prekeys: Sequence[PrekeySecret] = ()
    ) -> Opened:
        """Open a note that `number` has found, with every check that a receiver makes.

        Args:
            number: who opens it.
            note: as it stood on the board.
            said: what was said.
            prekeys: the one-time secrets of the receiver's that are alive.

        Raises:
            Refusal: some check fails.
            AssertionError: it says something else than was said.
        """
        me = self.members[number]
        outer = open_outer(note, said.board, me.member_id, [me.outer])
        assert outer is not None
        opener = Opener(
            me, prekeys, [me.inner], self._by_id.__getitem__, self._certificates, frozenset()
        )
        found = open_inner(outer, opener, self.today)
        assert found.sender.member_id == self.members[said.sender].member_id
        assert found.body.kind is KINDS[said.word]
        return found

    def _certificates(self, member_id: MemberId) -> list[MachineCertificate]:
        me = self._by_id[member_id]
        return [MachineCertificate.issue(me.secret, me.machine.public, self.today, 30)]
