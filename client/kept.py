"""An opened case at its receiver: each part in a row of its own, so that one can be destroyed.

This file knows the shape of what stays of a package when it has been opened: its consent, where
each part and each attachment lies, what came later, and what was taken back. It refuses to hold a
part's content: that lies in one row, or one file under one key, and goes with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Self

from client.case import EVERY_PART, PartId, PartName, name_of, order_of, parse_part_id
from client.cells import CellFiles
from client.closed import part_ids
from client.renewal import Renewal
from keys.address import PackageId
from keys.calendar import Day
from keys.chunks import COMMITMENT, Commitment
from keys.container import ContainerReader, PartEntry, PartKey, open_part
from keys.container import PartId as EntryId
from keys.errors import Distrusted, Malformed, Refusal
from keys.spans import Progress, Sink, Source, fill
from keys.wire import Fields, Packable, Value, pack

_ROW: Final = 16
_KEY: Final = 32
_FILE: Final = 64
_MOST: Final = 1_024
_ROOM: Final = 1 << 19
"""What the row of a case may grow to, well below what a row can be read at."""
_SPAN: Final = 1 << 20


class How(StrEnum):
    """How something came to stand in a case at its receiver."""

    CAME = "came"  # with the package
    UPDATE = "update"  # the sender added or corrected it
    NOTE = "note"  # written here, with the person
    TYPED = "typed"  # a note that somebody was writing when the desk locked: nothing is said by it
    HALF = "half"  # what was being typed of a check or of a new yes then: nothing is said by it
    CHECK = "check"  # rows of the digital check, gone through here


_SENT: Final = (How.CAME, How.UPDATE)
UNSAID: Final = frozenset({How.TYPED, How.HALF})
"""What stands in a case, and says nothing."""


@dataclass(frozen=True, slots=True)
class Version:
    """One part as it was said at one time: the newest counts, and no older one is overwritten.

    Attributes:
        row: where its bytes lie, a random id.
        day: when it came, or was written here.
    """

    part: PartId = field(repr=False)
    row: bytes
    how: How
    day: Day

    def packed(self) -> list[Packable]:
        """Return the list that `read` reads."""
        return ["version", 1, self.part, self.row, self.how.value, self.day]

    @classmethod
    def read(cls, value: Value) -> Self:
        """Read what `packed` returns.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields(value, "version")
        made = cls(
            parse_part_id(fields.text("part", most=_FILE)),
            fields.octets("row", size=_ROW),
            fields.choice("how", How),
            Day(fields.number("day")),
        )
        fields.end()
        return made


@dataclass(frozen=True, slots=True)
class KeptFile:
    """An attachment's sealed bytes in a file of its own, under the key its sender gave it."""

    part: PartId = field(repr=False)
    package_id: PackageId
    file: str
    key: bytes = field(repr=False)
    commitment: bytes
    length: int

    def packed(self) -> list[Packable]:
        """Return the list that `read` reads."""
        said: list[Packable] = [self.part, self.package_id, self.file, self.key]
        return ["file", 1, *said, self.commitment, self.length]

    @classmethod
    def read(cls, value: Value) -> Self:
        """Read what `packed` returns.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields(value, "file")
        made = cls(
            parse_part_id(fields.text("part", most=_FILE)),
            PackageId(fields.octets("package_id", size=_ROW)),
            fields.text("file", most=_FILE),
            fields.octets("key", size=_KEY),
            fields.octets("commitment", size=COMMITMENT),
            fields.number("length"),
        )
        fields.end()
        return made

    def open(self, source: Source, sink: Sink, progress: Progress | None = None) -> int:
        """Write its bytes to `sink`; return how many.

        Raises:
            CommitmentMismatch, Damaged: they are not the sender's; the sink is thrown away.
        """
        commitment = Commitment(self.commitment)
        entry = PartEntry(EntryId(self.part), PartKey(self.key), 0, self.length, commitment)
        return open_part(entry, self.package_id, source, sink, progress)


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays of an opened package.

    Attributes:
        consent: its bytes.
        versions: every part, oldest first.
        files: its attachments that lie here by themselves.
        gone: the parts that were taken back after it was opened, in the fixed order.
        more: the consents of what was added later.
        renewed: what the person said yes to anew at this desk, oldest first.
        spoilt: attachments whose bytes were not the sender's, and that were destroyed.
    """

    consent: bytes = field(repr=False)
    versions: tuple[Version, ...] = field(repr=False)
    files: tuple[KeptFile, ...] = field(default=(), repr=False)
    gone: tuple[PartId, ...] = field(default=(), repr=False)
    more: tuple[bytes, ...] = field(default=(), repr=False)
    renewed: tuple[Renewal, ...] = field(default=(), repr=False)
    spoilt: tuple[PartId, ...] = field(default=(), repr=False)

    @property
    def newest(self) -> dict[PartId, Version]:
        """Return what the sender said last of each part, in the fixed order of parts."""
        said = {one.part: one for one in self.versions if one.how in _SENT}
        return {part: said[part] for part in sorted(said, key=order_of)}

    @property
    def checks(self) -> tuple[Version, ...]:
        """Return the rows of the digital check that were written here, oldest first."""
        return tuple(one for one in self.versions if one.how is How.CHECK)

    def without(self, parts: Iterable[PartId]) -> Self:
        """Return what is left when `parts` are taken back.

        One that has yet to come is remembered too; an attachment comes with its case or never.
        """
        here = {one.part for one in self.versions}
        named = frozenset(parts)
        back = {one for one in named if one in here or name_of(one) is not PartName.ATTACHMENT}
        return replace(
            self,
            versions=tuple(one for one in self.versions if one.part not in back),
            files=tuple(one for one in self.files if one.part not in back),
            spoilt=tuple(one for one in self.spoilt if one not in back),
            gone=tuple(sorted({*self.gone, *back}, key=order_of)),
        )

    @property
    def fits(self) -> bool:
        """Whether it can be read again: what another member adds is bounded by it."""
        several = (self.versions, self.more, self.renewed)
        return all(len(one) <= _MOST for one in several) and len(self.encode()) <= _ROOM

    def encode(self) -> bytes:
        """Return this row as bytes."""
        versions: list[Packable] = [one.packed() for one in self.versions]
        files: list[Packable] = [one.packed() for one in self.files]
        renewed: list[Packable] = [one.packed() for one in self.renewed]
        said: list[Packable] = [self.consent, versions, files, list(self.gone), list(self.more)]
        return pack(["kept", 1, *said, renewed, list(self.spoilt)])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "kept")
        made = cls(
            fields.octets("consent"),
            tuple(map(Version.read, fields.items("versions", most=_MOST))),
            tuple(map(KeptFile.read, fields.items("files", most=len(EVERY_PART)))),
            part_ids(fields, "gone"),
            fields.strings("more", most=_MOST),
            # A row that an older program wrote ends here.
            () if fields.ended else tuple(map(Renewal.read, fields.items("renewed", most=_MOST))),
            () if fields.ended else part_ids(fields, "spoilt"),
        )
        fields.end()
        return made


@dataclass(frozen=True, slots=True)
class Laid:
    """What became of a case's attachments when they were laid apart.

    Attributes:
        files: those that lie by themselves now.
        spoilt: those whose bytes are not the sender's.
        why: what the first of them was refused with.
    """

    files: tuple[KeptFile, ...] = ()
    spoilt: tuple[PartId, ...] = field(default=(), repr=False)
    why: Refusal | None = None


class _Nowhere:
    """A sink that keeps nothing: what is poured into it is only checked."""

    def write(self, data: memoryview, /) -> int:
        return len(data)


class Attachments:
    """The attachments of an opened record, each to be opened or laid apart by itself."""

    def __init__(self, reader: ContainerReader, package_id: PackageId) -> None:
        self._reader = reader
        self._package_id = package_id

    @property
    def parts(self) -> tuple[str, ...]:
        """Their part ids, in order."""
        return tuple(entry.part_id for entry in self._reader.entries)

    def open(self, part: str, sink: Sink, progress: Progress | None = None) -> int:
        """Write one attachment's bytes to `sink`; return how many.

        Raises:
            NotHere: there is no such attachment.
            CommitmentMismatch, Damaged: its bytes are not the sender's; the sink is thrown away.
        """
        return self._reader.open_part(part, sink, progress)

    def lay_apart(self, cells: CellFiles, but: Iterable[PartId]) -> Laid:
        """Copy each attachment, sealed as it is, to a file of its own; slow, so call in a thread.

        Each is opened first, to nowhere: one whose bytes are not the sender's is written nowhere,
        and the others are laid apart all the same (C-10.8).

        Args:
            cells: where to.
            but: those that were taken back meanwhile: they are written nowhere.

        Raises:
            DiskFull: there is no room.
        """
        left_out = frozenset(map(str, but))
        files: list[KeptFile] = []
        spoilt: list[PartId] = []
        why: Refusal | None = None
        for entry in self._reader.entries:
            if entry.part_id in left_out:
                continue
            try:
                self._reader.open_part(entry.part_id, _Nowhere())
                files.append(self._lay(entry, cells))
            except (Distrusted, Malformed) as refusal:
                why = why or refusal
                spoilt.append(parse_part_id(entry.part_id))
        return Laid(tuple(files), tuple(spoilt), why)

    def _lay(self, entry: PartEntry, cells: CellFiles) -> KeptFile:
        source = self._reader.sealed_part(entry)
        room = memoryview(bytearray(_SPAN))
        with cells.writing() as (name, file):
            while count := fill(source, room):
                file.write(room[:count])
        part = parse_part_id(entry.part_id)
        found = (entry.key, entry.commitment, entry.length)
        return KeptFile(part, self._package_id, name, *found)
