"""The row of an envelope at its sender.

This file knows its shape. It refuses to decide anything: outbox.py does.
"""

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, Self

from client.case import PartId
from client.closed import part_ids
from client.outbox import Out
from keys.address import PackageId
from keys.body import Kind, kind_of
from keys.calendar import Day
from keys.errors import WrongShape
from keys.receipt import ReceiptStatus
from keys.wire import Fields, Packable, Value, pack

ANSWER_DAYS: Final = 3
"""How long staff have to say what became of something in their journal (C-12)."""
FATES: Final = frozenset(
    {
        ReceiptStatus.DELETED,
        ReceiptStatus.KEPT_BY_DUTY,
        ReceiptStatus.KEPT_IN_ARCHIVE,
        ReceiptStatus.KEPT_FOR_CLAIM,
    }
)
"""What a receiver answers when something is taken back."""
_ID: Final = 16
_HASH: Final = 32
_MOST: Final = 64
_MOST_SAID: Final = 32
_WORD: Final = 80


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One envelope at its sender: a case package, a police request or a police notice.

    Attributes:
        recipient: empty once it is forgotten.
        manifest_hash: what receipts and releases name; empty once it is forgotten.
        keys: of its blobs, in order, for a release by the sender.
        code: the arrival code's secret, or empty.
        files: names of its sealed blobs that still lie here.
        receipts: what the receiver has said, with the day, in the order it came.
        contradicted: whether a later receipt said what cannot be.
        back: the parts that were taken back after it was opened.
        back_on: the day on which all of it or parts of it were taken back by a note, or 0.
        answer_mark: when it is forgotten and still to be answered, by what the answer is known: the
            SHA-256 of receiver id and manifest hash, which tells nobody either; else empty.
        heard: how many of `receipts` had come when it was last taken back: those answer nothing of
            it, also when they are of the same day.
        rides: whether it rides the lanes; else it leaves at once, and that some member sends is
            seen.
        once: whether it is sealed to a key that is used once; else to the key of its day.
    """

    package_id: PackageId
    kind: Kind
    state: Out
    transfer: bytes
    code_name: str
    recipient: bytes = field(repr=False)
    manifest_hash: bytes = field(repr=False)
    keys: tuple[bytes, ...] = field(repr=False)
    code: str = field(repr=False)
    files: tuple[str, ...]
    made: Day
    expires: Day
    receipts: tuple[tuple[ReceiptStatus, Day], ...] = ()
    contradicted: bool = False
    back: tuple[PartId, ...] = field(default=(), repr=False)
    back_on: Day = Day(0)  # noqa: RUF009 - a NewType of int
    answer_mark: bytes = field(default=b"", repr=False)
    heard: int = 0
    rides: bool = False
    once: bool = False

    @property
    def secrecy(self) -> str:
        """What a thief of keys meets: `once`, `day`, or nothing where it is not known any more.

        Of what is forgotten it is forgotten too: that a key was lacking may say whose (E-17.6).
        """
        if self.state is Out.INTENDED or not self.recipient:
            return ""
        return "once" if self.once else "day"

    @property
    def answers(self) -> tuple[ReceiptStatus, ...]:
        """What the receiver said became of it, since it was last taken back if it ever was."""
        return tuple(status for status, _ in self.receipts[self.heard :] if status in FATES)

    def with_receipt(self, status: ReceiptStatus, day: Day) -> Self:
        """Return the row with one more word of the receiver; beyond 32 the oldest goes."""
        receipts = (*self.receipts, (status, day))
        over = max(0, len(receipts) - _MOST_SAID)
        return replace(self, receipts=receipts[over:], heard=max(0, self.heard - over))

    def taken_back(self, today: Day) -> Self:
        """Return the row of what is taken back by a note of today."""
        return replace(self, back_on=today, heard=len(self.receipts))

    def forgotten(self, today: Day) -> Self:
        """Return what is left when nothing may say any more where it went (C-11.3, C-11.12)."""
        waits = bool(self.recipient) and unanswered_until(self) >= today
        mark = known_by(self.recipient, self.manifest_hash) if waits else b""
        gone = replace(self, recipient=b"", manifest_hash=b"", keys=(), code="", once=False)
        return replace(gone, answer_mark=mark)

    def encode(self) -> bytes:
        """Return this row as bytes."""
        said: list[Packable] = [[status.value, day] for status, day in self.receipts]
        return pack(
            [
                "outgoing",
                1,
                self.package_id,
                int(self.kind),
                self.state.value,
                self.transfer,
                self.code_name,
                self.recipient,
                self.manifest_hash,
                list(self.keys),
                self.code,
                list(self.files),
                self.made,
                self.expires,
                said,
                self.contradicted,
                list(self.back),
                self.back_on,
                self.answer_mark,
                self.heard,
                self.rides,
                self.once,
            ]
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "outgoing")
        made = cls(
            package_id=PackageId(fields.octets("package_id", size=_ID)),
            kind=kind_of(fields.number("kind")),
            state=fields.choice("state", Out),
            transfer=fields.octets("transfer", most=_ID),
            code_name=fields.text("code_name", most=_WORD),
            recipient=fields.octets("recipient", most=_HASH),
            manifest_hash=fields.octets("manifest_hash", most=_HASH),
            keys=fields.strings("keys", most=_MOST),
            code=fields.text("code", most=_WORD),
            files=fields.texts("files", most=_MOST, longest=_WORD),
            made=Day(fields.number("made")),
            expires=Day(fields.number("expires")),
            receipts=tuple(_said(item) for item in fields.items("receipts", most=_MOST)),
            contradicted=fields.flag("contradicted"),
            back=part_ids(fields, "back"),
            back_on=Day(fields.number("back_on")),
            answer_mark=fields.octets("answer_mark", most=_HASH),
            # A row that an older program wrote ends here, or behind one of the next.
            heard=0 if fields.ended else fields.number("heard", most=_MOST_SAID),
            rides=False if fields.ended else fields.flag("rides"),
            once=False if fields.ended else fields.flag("once"),
        )
        fields.end()
        return made


def known_by(recipient: bytes, manifest_hash: bytes) -> bytes:
    """Return by what the answer to a forgotten envelope is known: 32 bytes."""
    return sha256(recipient + manifest_hash).digest()


def unanswered_until(sent: Outgoing) -> Day:
    """Return the last day on which an answer is waited for, or 0 when none is."""
    return Day(sent.back_on + ANSWER_DAYS) if sent.back_on and not sent.answers else Day(0)


def _said(item: Value) -> tuple[ReceiptStatus, Day]:
    if not isinstance(item, list):
        raise WrongShape(field="outgoing.receipts")
    fields = Fields(["receipt", 1, *item], "receipt")
    said = fields.choice("status", ReceiptStatus), Day(fields.number("day"))
    fields.end()
    return said
