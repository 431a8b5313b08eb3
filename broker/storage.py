"""What a broker must be able to keep: the promises every store makes (PROTOCOL.md § 11).

This file knows the records and the promises. It refuses to know how they are kept, what a cell
holds and who wrote it; there is no field for a writer, a reader or a moment in which one act
happened, so no store can have a column for it.

One contract suite (`tests/test_storage_contract.py`) runs on every store. What «kept» means
everywhere: when a call has returned, a power cut changes nothing about it; when it has raised,
nothing of it is there.

The restore rule (PROTOCOL P-11.6). A backup has not seen the tokens spent since it was
taken, and its trees are shorter than those that readers remember. So a backup is *born nameless*:
it holds no spent keys, no uploads and no name. Started under any name that it or its ancestors
ever bore, it refuses with `InstanceReused`. The registrars sign a roster with a new instance;
every token is bound to the instance it was issued for, so none of the old ones can be spent
again, and every checkpoint is signed anew under the new origin, so no reader sees a tree that
went backwards: it sees a new tree, and reads what is left of the old cells again. Cells that wait
in the backup ride in the next batch; receivers refuse what they have opened before.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NewType, Protocol, TypeAlias

from keys.address import Board, CellClass, CellHash, MemberId
from keys.calendar import Day, Instant, Week

SpentKey = NewType("SpentKey", bytes)
"""32 bytes: the hash of a token's nonce and key (ENVELOPE E-12); the only trace of a token."""

UploadId = NewType("UploadId", str)
"""43 characters base64url of 32 random bytes: who knows it may continue the upload."""

Digest = NewType("Digest", bytes)
"""32 bytes: SHA-256 of a file or a list."""


class Publication(StrEnum):
    """What a member publishes on the `keys` board."""

    CERT = "cert"
    EPOCHS = "epochs"
    PREKEYS = "prekeys"


@dataclass(frozen=True, slots=True)
class NewCell:
    """One whole cell and the token that pays for it, both already verified.

    Attributes:
        cell_hash: SHA-256 of `body`, computed by the caller outside the writer.
        body: exactly `CELL_BYTES[cls]` bytes.
        week: the week of the token's issuer key; the spent key is dropped with it.
    """

    board: Board
    cls: CellClass
    cell_hash: CellHash
    spent_key: SpentKey
    week: Week
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewUpload:
    """The token that pays for a cell which follows in pieces.

    Attributes:
        last_day: the last day on which the upload may be continued; a day and never a moment.
    """

    board: Board
    cls: CellClass
    spent_key: SpentKey
    week: Week
    last_day: Day


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer to a cell that is on disk."""

    cell_hash: CellHash


@dataclass(frozen=True, slots=True)
class Upload:
    """How far an upload is: `offset` bytes are on disk; `kept` once the whole cell is."""

    upload_id: UploadId
    cls: CellClass
    offset: int
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class ClassFile:
    """One immutable file of a batch: `count` cells of one class, one after another, by hash."""

    cls: CellClass
    count: int
    sha256: Digest


@dataclass(frozen=True, slots=True)
class Batch:
    """An immutable batch and the signed tree it ends in.

    Attributes:
        number: from 1, without gaps, per board.
        files: by class code; a class without cells is absent.
        leaves_sha256: hash of the leaf list that `Store.leaves` returns.
        frontier: the tree's compact range after this batch, encoded (ENVELOPE E-11).
        checkpoint: signed note text.
    """

    board: Board
    number: int
    files: tuple[ClassFile, ...]
    leaves_sha256: Digest
    frontier: bytes
    checkpoint: str


@dataclass(frozen=True, slots=True)
class BatchFile:
    """Where a batch's file of one class lies, ready for `sendfile` from 0 to `length`."""

    path: Path
    length: int


@dataclass(frozen=True, slots=True)
class Published:
    """One entry of the `keys` board; `cursor` is what the next page is asked `after`."""

    cursor: int
    kind: Publication
    signed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Counters:
    """All that monitoring may learn: sums over everybody.

    Attributes:
        pending: waiting cells per board.
        damaged: waiting cells whose bytes are no longer those that were accepted.
        uploads: unfinished uploads.
        batches: batches whose cells are still kept, per board.
        bytes: size of those batches' files.
        overdue: seconds by which the oldest batch has outlived its expiry; 0 when none has.
    """

    pending: Mapping[Board, int]
    damaged: int
    uploads: int
    batches: Mapping[Board, int]
    bytes: int
    overdue: int


class CheckpointSigner(Protocol):
    """Signs a board's tree; the store itself holds no key."""

    def __call__(self, board: Board, number: int, size: int, root: bytes, /) -> str:
        """Return the signed checkpoint of `board` after batch `number`."""
        ...


AfterStep: TypeAlias = Callable[[str], None]
"""Told the name of every durable step just taken; tests kill the process there."""


class Store(Protocol):
    """The broker's memory: cells, batches, spent tokens and published keys.

    Every method may raise `StoreDamaged` when the disk does not hold what it should.
    """

    @property
    def instance(self) -> str:
        """The name under which this store answers, as the signed roster says."""
        ...

    async def admit(self, cell: NewCell) -> Kept:
        """Keep `cell` and spend its token, both or neither.

        The same token with the same cell gives the same answer again, whatever happened between.

        Raises:
            WrongSize: the body is not of its class's size.
            DoubleSpend: the token was spent on anything else.
            Expired: the token's week is over and its spent keys are forgotten.
            BrokerBusy: too many wait; try again after `seconds`.
            DiskFull: no room; later cells are accepted as soon as there is.
        """
        ...

    async def begin_upload(self, new: NewUpload) -> Upload:
        """Spend the token on an upload; the same token again finds the same upload.

        Raises:
            DoubleSpend, Expired, BrokerBusy, DiskFull: as `admit`.
        """
        ...

    async def upload(self, upload_id: UploadId) -> Upload:
        """Say how far an upload is.

        Raises:
            NotHere: there is none of that id.
        """
        ...

    async def append(self, upload_id: UploadId, offset: int, piece: bytes) -> Upload:
        """Keep one piece; it is on disk when this returns.

        A caller streams by passing pieces of bounded size, so that memory stays constant.

        Raises:
            NotHere: there is no such upload.
            WrongOffset: the upload continues at `offset`.
            WrongSize: the piece goes beyond the class's size; nothing of it was kept.
            BrokerBusy, DiskFull: as `admit`.
        """
        ...

    async def finish(self, upload_id: UploadId) -> Kept:
        """Hash the whole body and make it a waiting cell; again gives the same answer.

        Raises:
            NotHere: there is no such upload.
            WrongOffset: bytes are missing from `offset` on.
            BrokerBusy, DiskFull: as `admit`.
        """
        ...

    async def close_batch(self, board: Board, expires: Instant) -> Batch | None:
        """Make one immutable batch of all cells that wait on `board`; None when none does.

        Afterwards nothing on disk tells in which order its cells came. After DiskFull they wait on.
        """
        ...

    async def batches(self, board: Board, after: int, most: int) -> tuple[Batch, ...]:
        """Return at most `most` batches with numbers above `after`, in order."""
        ...

    async def leaves(self, board: Board, number: int) -> bytes:
        """Return a batch's leaf list: 33-byte records class code ‖ cell hash, in order.

        Raises:
            NotHere: there is no such batch. Leaf lists do not expire.
        """
        ...

    async def batch_file(self, board: Board, number: int, cls: CellClass) -> BatchFile:
        """Return where the cells of one class of a batch lie.

        Raises:
            NotHere: no such batch, no such class in it, or expired.
        """
        ...

    async def frontier(self, board: Board) -> bytes:
        """Return the encoded compact range of the board's tree; of the empty tree at first."""
        ...

    async def publish(
        self, member_id: MemberId, kind: Publication, signed: bytes, last_day: Day
    ) -> bool:
        """Keep signed bytes on the `keys` board to the end of `last_day`; whether they were new.

        Raises:
            BrokerBusy, DiskFull: as `admit`.
        """
        ...

    async def published(self, after: int, most: int) -> tuple[Published, ...]:
        """Return at most `most` entries with cursors above `after`, in order."""
        ...

    async def latest_certificate(self, member_id: MemberId) -> bytes | None:
        """Return the machine certificate that `member_id` published last, or None."""
        ...

    async def expire(self, now: Instant) -> None:
        """Forget what is over at `now`; a forgotten week stays closed though clocks go back."""
        ...

    async def counters(self, now: Instant) -> Counters:
        """Count what is kept."""
        ...

    async def close(self) -> None:
        """Finish what waits and let go of the files."""
        ...
