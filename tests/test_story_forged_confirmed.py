"""Only the receiver's own staff, of that very package, can make the sender forget where it went."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from typing import Final

import pytest
import pytest_asyncio

from client.outbox import Out
from client.outgoing import Outgoing
from client.posting import note_cell
from client.shelf import Shelf
from client.verbs import finding
from keys.address import Board, PackageId
from keys.body import Kind
from keys.identity import Purpose
from keys.receipt import Receipt, ReceiptStatus, manifest_hash
from tests import acts, malice
from tests.fourfold import FEW, SATURDAY, THREE
from tests.parties import Party, village
from tests.stage import holds
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAME: Final = "GRAN-427"


@dataclass(frozen=True, slots=True)
class Desks:
    """A case is open at the second centre; the third knows of it what a traitor would tell."""

    here: World
    sender: Party
    centre: Party
    third: Party
    true: Receipt

    async def row(self) -> Outgoing:
        """Return what the sender keeps of what it sent."""
        async with self.sender.service.office.ledger.reading() as rows:
            (found,) = await finding.all_outgoing(rows)
        return found

    async def turned_away(self) -> list[str]:
        """Return why the sender turned something away, each time."""
        async with self.sender.service.office.ledger.reading() as rows:
            kept = [value.decode() for _, value in await rows.rows(Shelf.QUARANTINE)]
        return sorted(line.partition(" ")[2] for line in kept)

    async def says(self, by: Party, receipt: Receipt, *, machine: bool = False) -> None:
        """Have a member sign a receipt and post it, by its staff's key or by its machine's."""
        said = malice.Said(Kind.RECEIPT, receipt.encode(), Board.CENTRE)
        signed = await malice.sign(by, self.sender, said)
        if machine:
            key = by.service.office.machine.key
            own = key.sign(Purpose.ENVELOPE, signed.body, by.member_id)
            signed = replace(signed, signature=own)
        note = await malice.sealed(by, self.sender, signed, said)
        await malice.post(by, said.board, note_cell(note))
        await self.here.tick(2)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """The case is sent and open, and its sender has been told so."""
    async with village(*THREE, start=SATURDAY, blobs=FEW) as (here, found):
        sender, centre, third = found
        await acts.ready(here, sender, acts.sample(NAME))
        code, package = await acts.send(here, sender, centre, NAME, by_phone="duty")
        await acts.opened(here, centre, package, code)
        await here.tick(2)
        async with sender.service.office.ledger.reading() as rows:
            (sent,) = await finding.all_outgoing(rows)
        said = ReceiptStatus.CONFIRMED
        true = Receipt(sent.package_id, sent.manifest_hash, said, here.today)
        yield Desks(here, sender, centre, third, true)


def _other_manifest(true: Receipt) -> Receipt:
    return replace(true, manifest_hash=manifest_hash(b"another"))


def _other_package(true: Receipt) -> Receipt:
    return replace(true, package_id=PackageId(b"another package!"))


def _the_same(true: Receipt) -> Receipt:
    return true


@pytest.mark.parametrize(
    ("by", "bend", "machine", "code"),
    [
        pytest.param("third", _the_same, False, "not_yours", id="by another member"),
        pytest.param("centre", _other_manifest, False, "not_yours", id="of another manifest"),
        pytest.param("centre", _other_package, False, "unsolicited", id="of another package"),
        pytest.param("centre", _the_same, True, "bad_signature", id="by the machine's key"),
    ],
)
async def test_a_forged_confirmation_makes_nobody_forget(
    desks: Desks, by: str, bend: Callable[[Receipt], Receipt], code: str, *, machine: bool
) -> None:
    """It is turned away by name; the row stands and says what it said."""
    row, shown = await desks.row(), await acts.row(desks.sender, "out", NAME)
    away = await desks.turned_away()
    assert row.state is Out.OPENED
    await desks.says(
        {"third": desks.third, "centre": desks.centre}[by], bend(desks.true), machine=machine
    )
    assert await desks.turned_away() == sorted([*away, code])
    assert await desks.row() == row
    assert await acts.row(desks.sender, "out", NAME) == shown
    assert shown["to"] == desks.centre.name
    assert await holds(desks.sender, [desks.centre.member_id])


async def test_the_machine_may_say_that_it_is_stored(desks: Desks) -> None:
    """The machinery of the attack: the one word that a machine may sign is not turned away."""
    away = await desks.turned_away()
    stored = replace(desks.true, status=ReceiptStatus.STORED)
    await desks.says(desks.centre, stored, machine=True)
    assert await desks.turned_away() == away
    assert (await desks.row()).state is Out.OPENED


async def test_the_true_word_is_believed(desks: Desks) -> None:
    """The same bytes, signed as they must be: the sender forgets where it went."""
    await desks.says(desks.centre, desks.true)
    row = await desks.row()
    assert (row.state, row.recipient, row.manifest_hash) == (Out.CONFIRMED, b"", b"")
    assert not await holds(desks.sender, [desks.centre.member_id, desks.centre.name.encode()])
