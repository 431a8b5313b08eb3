"""The row of an envelope at its sender.

This file knows its shape. It refuses to decide anything: outbox.py does.
"""

from dataclasses import dataclass, field
from typing import Final, Self

from client.case import PartId
from client.closed import part_ids
from client.outbox import Out
from keys.address import PackageId
from keys.body import Kind
from keys.calendar import Day
from keys.errors import WrongShape
from keys.receipt import ReceiptStatus
from keys.wire import Fields, Packable, Value, pack

_ID: Final = 16
_HASH: Final = 32
_MOST: Final = 64
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
            kind=Kind(fields.number("kind", most=max(Kind))),
            state=fields.choice("state", Out),
            transfer=fields.octets("transfer", most=_ID),
            code_name=fields.text("code_name", most=_WORD),
            recipient=fields.octets("recipient", most=_HASH),
            manifest_hash=fields.octets("manifest_hash", most=_HASH),
            keys=tuple(
                item for item in fields.items("keys", most=_MOST) if isinstance(item, bytes)
            ),
            code=fields.text("code", most=_WORD),
            files=tuple(
                item for item in fields.items("files", most=_MOST) if isinstance(item, str)
            ),
            made=Day(fields.number("made")),
            expires=Day(fields.number("expires")),
            receipts=tuple(_said(item) for item in fields.items("receipts", most=_MOST)),
            contradicted=fields.flag("contradicted"),
            back=part_ids(fields, "back"),
            back_on=Day(fields.number("back_on")),
        )
        fields.end()
        return made


def _said(item: Value) -> tuple[ReceiptStatus, Day]:
    match item:
        case [str(status), int(day)]:
            return ReceiptStatus(status), Day(day)
        case _:
            raise WrongShape(field="outgoing.receipts")
