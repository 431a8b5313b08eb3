"""What notes say in the vectors of E-9: one honest note, of which each part can be another."""

from dataclasses import dataclass
from typing import Final

from keys.body import Kind
from keys.calendar import Day
from keys.epoch import EpochRole, key_hash
from keys.hpke import HpkeSecret
from keys.identity import Identity, MachineKey, Purpose
from keys.padding import pad
from keys.wire import Packable, lp, pack
from tests.vectors.cast import EVA, IDA, TODAY, Actor
from tests.vectors.layers import Layers
from tests.vectors.making import Book, seed
from tests.vectors.octets import Json

BLOBS: Final = (seed("record"), seed("attachments"))


def package(**but: Packable) -> bytes:
    """Return a case package's manifest, with some fields replaced."""
    honest: dict[str, Packable] = {
        "package_id": seed("a package", 16),
        "day": TODAY,
        "expires": TODAY + 7,
        "prev": ["accepted", seed("an answer")],
        "release": "arrival",
        "blobs": [
            [BLOBS[0], None, seed("commitment"), "s"],
            [BLOBS[1], None, seed("commitment 2"), "xl256"],
        ],
        "consent": [seed("a consent"), TODAY + 7],
        "locked": seed("locked", 143),
    }
    return pack(["package", 1, *(honest | but).values()])


def receipt(status: str) -> bytes:
    """Return a receipt's manifest."""
    return pack(["receipt", 1, seed("a package", 16), seed("a manifest"), status, TODAY])


_AHEAD: Final[Packable] = [[BLOBS[0], seed("key"), seed("commitment"), "s"]]
NOTICE: Final = package(
    prev=["origin", seed("an origin")], release="ahead", blobs=_AHEAD, consent=None, locked=None
)


@dataclass(frozen=True, slots=True)
class Note:
    """A note: honest, but for what a vector replaces. The fields are those of E-5.1."""

    kind: int = Kind.CASE_PACKAGE
    sender: Actor = EVA
    reader: Actor = IDA
    recipient: Actor = IDA
    board: str = "centre"
    channel: str = "centre"
    version: int = 1
    manifest: bytes = package()
    blobs: tuple[bytes, ...] = BLOBS
    board_epoch: Day = TODAY
    salt: bytes = b"i" * 16
    key_hash: bytes = b""
    prekey: HpkeSecret | None = None
    """What the inner layer is sealed to, when it is not the day's key."""
    raw: bytes = b""
    """The signed bytes, where they are no body."""
    signer: Identity | MachineKey | None = None
    purpose: Purpose = Purpose.ENVELOPE
    cut: tuple[int, int | None] = (0, None)
    """What of the signature is there."""
    zero: tuple[int, int] = (0, 0)
    """What of the signature is zeros."""

    @property
    def body(self) -> bytes:
        """The signed bytes."""
        inner = (self.prekey or self.reader.epoch(EpochRole.INNER)).public
        return self.raw or pack(
            [
                self.version,
                self.channel,
                int(self.kind),
                self.sender.member_id,
                self.recipient.member_id,
                7,
                seed("roster"),
                self.board_epoch,
                self.salt,
                self.key_hash or key_hash(inner),
                [],
                self.manifest,
            ]
        )

    def signature(self) -> bytes:
        """Sign the body; the second half of a member's signature is random."""
        signer = self.signer or self.sender.secret
        if isinstance(signer, MachineKey):
            made = signer.sign(self.purpose, self.body, self.sender.member_id)
        else:
            made = signer.sign(self.purpose, self.body)
        begin, end = self.zero
        return (made[:begin] + bytes(end - begin) + made[end:])[slice(*self.cut)]

    def draw(self, book: Book, name: str) -> Json:
        """Draw the note, or keep the one that means the same."""
        size = 5_892 - 32 * len(self.blobs)
        signer = self.signer or self.sender.secret
        marks = [*self.zero, self.cut[0], self.cut[1] or 0]
        means = lp(self.body, signer.seed, self.purpose.encode(), pack([*marks]))
        layers = Layers(
            self.reader,
            lambda: pad(lp(self.body, self.signature()), size),
            means,
            size,
            b"".join(self.blobs),
            self.board,
            inner_key=self.prekey,
        )
        return layers.draw(book, name)
