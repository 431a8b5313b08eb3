"""What remains of a sharing: which parts, on which day, by which consent; never with whom (C-14.5).

This file knows part names, days and hashes. It refuses to know the recipient and any answer.
"""

from dataclasses import dataclass
from typing import Final, Self

from client import clocks
from client.ledger import Transaction
from client.retention import Held
from client.shelf import Shelf
from keys.address import PackageId
from keys.calendar import Day
from keys.wire import Fields, pack

_HASH: Final = 32
_WORD: Final = 80
_MOST: Final = 80


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One sharing of one case.

    Attributes:
        code_name: of the case at this desk.
        day: on which it was sealed.
        parts: ids of the parts that were shared, in their order.
        consent_hash: SHA-256 of the consent's bytes, which the receiver holds as well.
        manifest_hash: what receipts named.
    """

    code_name: str
    day: Day
    parts: tuple[str, ...]
    consent_hash: bytes
    manifest_hash: bytes

    def encode(self) -> bytes:
        """Return this row as bytes."""
        return pack(
            [
                "disclosure",
                1,
                self.code_name,
                self.day,
                list(self.parts),
                self.consent_hash,
                self.manifest_hash,
            ]
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "disclosure")
        made = cls(
            fields.text("code_name", most=_WORD),
            Day(fields.number("day")),
            fields.texts("parts", most=_MOST, longest=_WORD),
            fields.octets("consent_hash", size=_HASH),
            fields.octets("manifest_hash", size=_HASH),
        )
        fields.end()
        return made


async def keep(rows: Transaction, package_id: PackageId, shared: Disclosure) -> None:
    """Keep a record in the transaction that seals, for as long as this member's setting says."""
    await rows.put(Shelf.RECORD, package_id, shared.encode())
    await clocks.start(rows, Held.RECORD, package_id, shared.day)


async def unsaid(rows: Transaction, package_id: PackageId) -> None:
    """Forget the record of what never left this machine: nothing was shared by it (C-11.14)."""
    await rows.delete(Shelf.RECORD, package_id)
    await clocks.stop(rows, Held.RECORD, package_id)


async def parts(rows: Transaction, package_id: PackageId) -> frozenset[str] | None:
    """Return which parts one envelope shared; None when nothing says so any more."""
    value = await rows.get(Shelf.RECORD, package_id)
    return None if value is None else frozenset(Disclosure.decode(value).parts)


async def of(rows: Transaction, code_name: str) -> tuple[Disclosure, ...]:
    """Return what was shared of a case, oldest first; nothing when its time is over."""
    found = [Disclosure.decode(value) for _, value in await rows.rows(Shelf.RECORD)]
    mine = [one for one in found if one.code_name == code_name]
    return tuple(sorted(mine, key=lambda one: one.day))
