"""The one sealed file that a backup is: what it says in clear, and what only a passphrase opens.

This file knows the layout and streams it in constant memory. It refuses to know what is backed
up and why.

In clear stand the staff lock's slots (names, salts and wrapped keys, as in `staff.slots`), 32
random bytes and a length. All else is one C2SP chunked-encryption message under a key derived
from the staff store key: any staff member's passphrase opens it and nothing else does, the key of
the machine that wrote it least of all. Whoever finds the file must guess a passphrase through
Argon2id, as on a stolen disk.

    magic ‖ lp(slots) ‖ nonce 32 ‖ length u64 ‖ chunked-encryption(u32 head length ‖ head ‖ files)
"""

import io
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

from client.disk import writing_new
from keys.calendar import Day
from keys.chunks import ChunkCipher, opened_spans, read_header, sealed_spans
from keys.errors import Malformed, StoreDamaged, WrongShape
from keys.keystore import StoreKey
from keys.spans import SPAN, Source, SpanSource, put, take
from keys.wire import Fields, Packable, pack

MAGIC: Final = b"folge-backup 1\n"
MOST_SLOTS: Final = 1 << 16
MOST_FILES: Final = 20_000
_MOST_HEAD: Final = 1 << 21
_MOST_BYTES: Final = 1 << 45
_NONCE: Final = 32
_LENGTH: Final = 8
_SHORT: Final = 4
_NAME: Final = 64
_KEY: Final = 32
_SETTINGS: Final = 1 << 16
_PURPOSE: Final = "backup"


@dataclass(frozen=True, slots=True)
class Head:
    """What stands in front of the files.

    Attributes:
        day: when the backup was made.
        machine_key: 32 bytes: the machine's store key, without which the ledger does not open.
        settings: the settings file.
        files: name and size of each file that follows; the first is the ledger.
    """

    day: Day
    machine_key: bytes = field(repr=False)
    settings: bytes = field(repr=False)
    files: tuple[tuple[str, int], ...]

    def encode(self) -> bytes:
        """Return this as bytes."""
        files: list[Packable] = [[name, size] for name, size in self.files]
        return pack(["backup", 1, self.day, self.machine_key, self.settings, files])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "backup", limit=_MOST_HEAD)
        day = Day(fields.number("day"))
        machine_key = fields.octets("machine_key", size=_KEY)
        settings = fields.octets("settings", most=_SETTINGS)
        listed = fields.items("files", least=1, most=MOST_FILES)
        fields.end()
        files: list[tuple[str, int]] = []
        for item in listed:
            if not isinstance(item, list):
                raise WrongShape(field="backup.files")
            one = Fields(["file", 1, *item], "file")
            name, size = one.text("name", least=1, most=_NAME), one.number("size")
            one.end()
            # A name is never a way to somewhere else.
            if not name.replace(".", "").isalnum() or name.startswith("."):
                raise WrongShape(field="backup.files")
            files.append((name, size))
        return cls(day, machine_key, settings, tuple(files))


@dataclass(frozen=True, slots=True)
class Cover:
    """What a backup says in clear."""

    slots: bytes
    nonce: bytes
    length: int

    @classmethod
    def read(cls, source: Source) -> Self:
        """Read the beginning of a backup, up to its sealed part.

        Raises:
            Truncated: it ends before that.
            WrongShape: it is no backup of this version.
        """
        if _exactly(source, len(MAGIC)) != MAGIC:
            raise WrongShape(field="backup")
        size = int.from_bytes(_exactly(source, _SHORT), "big")
        if size > MOST_SLOTS:
            raise WrongShape(field="backup")
        slots = _exactly(source, size)
        nonce = _exactly(source, _NONCE)
        length = int.from_bytes(_exactly(source, _LENGTH), "big")
        if length > _MOST_BYTES:
            raise WrongShape(field="backup")
        return cls(slots, nonce, length)

    def encode(self) -> bytes:
        """Return what `read` reads."""
        return b"".join(
            (
                MAGIC,
                len(self.slots).to_bytes(_SHORT, "big"),
                self.slots,
                self.nonce,
                self.length.to_bytes(_LENGTH, "big"),
            )
        )

    def key(self, staff: StoreKey) -> bytes:
        """Return the key of the sealed part, for this one backup only.

        Raises:
            Locked: the store key was wiped.
        """
        return staff.derive(_PURPOSE, self.nonce)

    @property
    def context(self) -> bytes:
        """What the sealed part is bound to: everything that stands in clear."""
        return b"folge/1\0backup" + sha256(self.encode()).digest()


def write(path: Path, slots: bytes, staff: StoreKey, head: Head, files: Sequence[Path]) -> None:
    """Write a backup to the new file `path`: all of it durably, or nothing. Blocking.

    Args:
        path: must not exist.
        slots: the staff lock's file.
        staff: the store key that the slots wrap.
        head: names and sizes of the files.
        files: where they lie, in the same order.

    Raises:
        OSError: the disk fails, or something is at `path`.
        Truncated, TrailingBytes: a file is not as long as `head` says.
    """
    front = head.encode()
    front = len(front).to_bytes(_SHORT, "big") + front
    length = len(front) + sum(size for _, size in head.files)
    cover = Cover(slots, secrets.token_bytes(_NONCE), length)
    cipher = ChunkCipher.fresh(cover.key(staff), cover.context)
    with _Chain(front, files) as source, writing_new(path) as sink:
        sink.write(cover.encode())
        for span in sealed_spans(source, length, cipher):
            put(sink, span)


def read(source: Source, cover: Cover, staff: StoreKey, directory: Path) -> Head:
    """Open the sealed part into `directory`; blocking. What is there is good only if this returns.

    Args:
        source: stands behind the cover.
        cover: what was read of it.
        staff: the store key that the cover's slots wrap.
        directory: an empty one of its owner's alone.

    Raises:
        OSError: the disk fails.
        Damaged, CommitmentMismatch, Truncated, TrailingBytes: it is not as it was written.
        StoreDamaged: it is in order and not in its form.
    """
    header = read_header(source)
    commitment = header[-len(cover.nonce) :]
    cipher = ChunkCipher.of_header(header, cover.key(staff), commitment, cover.context)
    plain = SpanSource(opened_spans(source, cover.length, cipher))
    size = int.from_bytes(_exactly(plain, _SHORT), "big")
    try:
        head = Head.decode(_exactly(plain, min(size, _MOST_HEAD)))
    except Malformed:
        raise StoreDamaged from None
    for name, length in head.files:
        with writing_new(directory / name) as sink:
            _copy(plain, sink, length)
    if plain.readinto(memoryview(bytearray(1))):
        raise StoreDamaged
    return head


def _copy(source: Source, sink: io.BufferedRandom, length: int) -> None:
    buffer = memoryview(bytearray(SPAN))
    while length:
        piece = buffer[: min(length, SPAN)]
        take(source, piece)
        put(sink, piece)
        length -= len(piece)


def _exactly(source: Source, size: int) -> bytes:
    into = bytearray(size)
    take(source, memoryview(into))
    return bytes(into)


class _Chain:
    """Bytes, and then files one after another, each opened when its turn comes."""

    def __init__(self, front: bytes, files: Sequence[Path]) -> None:
        self._current: io.BufferedIOBase = io.BytesIO(front)
        self._left = list(files)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._current.close()

    def readinto(self, into: memoryview, /) -> int:
        """Fill the beginning of `into`; 0 at the end of the last."""
        while not (got := self._current.readinto(into)):
            if not self._left:
                return 0
            self._current.close()
            self._current = self._left.pop(0).open("rb")
        return got
