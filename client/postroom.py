"""The postroom: what has come is opened and judged, one by one.

This file knows the order: open, decide by the tables, store with its replay keys, owe the answer —
all in one transaction, so that a crash opens nothing twice and loses nothing. What does not open
goes to quarantine with its code alone and keeps nothing else from being opened. What cannot be
opened for want of room, or of a roster, a certificate or a key that is not here yet, waits as long
as the keys of its day may live; nothing is lost by it, and nothing is asked for because of it.
"""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from client import claims, reception, remembered, sorting, waiting
from client.arrived import Arrived
from client.asking import Given
from client.faults import as_refusals
from client.history import History
from client.inbox import SHUT
from client.inquiry import InquiryId
from client.ledger import Transaction
from client.office import Office
from client.outgoing import unanswered_until
from client.reader import history_row
from client.received import (
    Acceptance,
    Held,
    Known,
    Received,
)
from client.reception import UsedUp
from client.refusals import ServiceFault
from client.shelf import Shelf
from client.verbs import finding
from keys.address import Board, MemberId, PackageId
from keys.body import Kind
from keys.calendar import Day, day_of
from keys.errors import (
    Distrusted,
    Locked,
    Malformed,
    Refusal,
    RosterMixed,
    StoreDamaged,
    Unreachable,
)
from keys.manifest import PackageManifest
from keys.prekeys import PrekeySecret

_PATIENCE: Final = 1
"""Days for which a note waits for rows of this machine to be mended."""


@dataclass(frozen=True, slots=True)
class Spent:
    """A one-time key that a refused note has used up, and the day of the note (E-17.8)."""

    used: UsedUp
    day: Day


async def open_all(office: Office) -> None:
    """Open the inner layers that are new, oldest key first, and some that wait.

    The staff lock must be open.

    Raises:
        ServiceFault: one met a fault of ours; it waits, and the others were gone on with.
    """
    async with office.ledger.reading() as rows:
        arrived = await rows.rows(Shelf.ARRIVED)
        prekeys = [*await office.keyring.prekeys.secrets(rows)] if arrived else []
        shut = await office.keyring.shut(rows) if arrived else ()
        agreed = day_of(await finding.read_until(rows))
    office.waiting.only([row for row, _ in arrived])
    if not arrived:
        return
    faults: list[ServiceFault] = []
    days = waiting.Days(office.today, await office.upkeep.proven(office.now), agreed)
    now = await _state(office, shut, days)
    values = dict(sorted(arrived, key=lambda one: _day(one[1])))
    for row in office.waiting.worth(values, now):
        value = values[row]
        try:
            with as_refusals():
                await _open_one(office, row, Arrived.decode(value), prekeys, days)
        except ServiceFault as fault:
            faults.append(fault)
        except (Locked, Unreachable):
            raise  # the fault is this machine's: the note stays where it is
        except Refusal as refusal:
            if waiting.may_come(refusal, _day(value), shut, days):
                office.waiting.wait(row, now)
            else:
                spent = await _used_up(office, value, prekeys, days)
                await _quarantine(office, row, refusal, spent)
    if faults:
        raise faults[0]


async def _state(office: Office, shut: waiting.Shut, days: waiting.Days) -> bytes:
    """Return what decides over the notes that wait."""
    of_all = (await office.keyring.certificates()).values()
    certificates = [one for of_one in of_all for one in of_one]
    return waiting.state(office.roster, certificates, shut, days)


def _day(value: bytes) -> Day:
    """Return the day of a note that waits; one that is not in its form is long over."""
    try:
        return Arrived.decode(value).day
    except Refusal:
        return Day(0)


async def _used_up(
    office: Office, value: bytes, prekeys: list[PrekeySecret], days: waiting.Days
) -> Spent | None:
    """Return what a refused note has used up all the same, and take it out of `prekeys`."""
    with suppress(Malformed):  # of a row that is not in its form, and opens by nothing
        arrived = Arrived.decode(value)
        opener, _ = await _opener(office, prekeys, days)
        used = await asyncio.to_thread(reception.used_up, arrived, opener)
        if used is not None:
            prekeys.remove(used.prekey)
            return Spent(used, arrived.day)
    return None


async def _quarantine(
    office: Office, row: bytes, refusal: Refusal, spent: Spent | None = None
) -> None:
    async with office.ledger.transaction("quarantine") as rows:
        if spent is not None:
            await remembered.opened(rows, (spent.used.replay_key,), spent.day)
            await office.keyring.prekeys.destroy(rows, spent.used.prekey)
            office.has_leavings = True
        await rows.delete(Shelf.ARRIVED, row)
        await rows.put(Shelf.QUARANTINE, row, f"{office.today} {refusal.code}".encode())
        files = await claims.drop(rows, row)
        rows.after(lambda: office.discard(files))


async def _open_one(
    office: Office,
    row: bytes,
    arrived: Arrived,
    prekeys: list[PrekeySecret],
    days: waiting.Days,
) -> None:
    """Open one note; the one-time key that opened it is taken out of `prekeys`."""
    with _our_own(arrived, days):
        opener, known = await _opener(office, prekeys, days)
    # In a thread: some hundred keys are tried, and no slot is late for it.
    received = await asyncio.to_thread(reception.open_inner, arrived, opener, known, days.today)
    came = received.came
    try:
        if office.roster.is_behind(came.roster_version, came.roster_hash):
            office.following.hear(came.roster_version)
    except RosterMixed as refusal:
        await _warned_by(office, received, refusal)
    await _compare_boards(office, received)
    with _our_own(arrived, days):
        async with office.ledger.transaction("received") as rows:
            await remembered.opened(rows, came.replay_keys, came.day)
            if came.prekey is not None:
                await office.keyring.prekeys.destroy(rows, came.prekey)
            await rows.delete(Shelf.ARRIVED, row)
            await sorting.apply(rows, office, received, arrived)
    if came.prekey is not None:
        prekeys.remove(came.prekey)
        office.has_leavings = True


@contextmanager
def _our_own(arrived: Arrived, days: waiting.Days) -> Generator[None]:
    """Let a note wait when what cannot be read lies here, and not in it; not for ever.

    Raises:
        ServiceFault: a row of this machine's own is not in its form.
    """
    try:
        yield
    except StoreDamaged as fault:
        raise ServiceFault from fault  # a row of ours: the notes behind it are gone on with
    except Malformed as fault:
        if arrived.day + _PATIENCE < days.proven:
            raise
        raise ServiceFault from fault


async def _compare_boards(office: Office, received: Received) -> None:
    """Hold what the sender saw of the boards against what we saw."""
    async with office.ledger.reading() as rows:
        histories = await _histories(rows)
    if received.came.roster_version != office.roster.version:
        return  # it may speak of another instance of the broker
    for said in received.came.gossip:
        try:
            histories[said.board].check(said, to_its_end=office.read_at_once)
        except Distrusted as refusal:
            await _warned_by(office, received, refusal)


async def _warned_by(office: Office, received: Received, refusal: Refusal) -> None:
    """Show staff whose note contradicts what we saw: one of the two was deceived, or it lies.

    A member's word alone raises no alarm about the broker (ENVELOPE E-11.9): any member could.
    """
    name = finding.name_of(office.roster, received.came.sender.member_id)
    async with office.ledger.transaction("warned") as rows:
        await office.attend(rows, f"{name} ({refusal.code})")


async def _opener(
    office: Office, prekeys: Sequence[PrekeySecret], days: waiting.Days
) -> tuple[reception.Opener, Known]:
    certificates = await office.keyring.certificates()
    async with office.ledger.reading() as rows:
        inners = await office.keyring.inners(rows)
        replay = await remembered.replays(rows)
        known = await _known(rows, days.proven)
    opener = reception.Opener(
        me=office.me,
        prekeys=prekeys,
        inners=inners,
        member=office.roster.member,
        certificates=lambda member_id: certificates.get(member_id, ()),
        replay=replay,
    )
    return opener, known


async def _known(rows: Transaction, today: Day) -> Known:
    """Return what was given, sent and asked before: what an honest note must fit."""
    given = await _given(rows)
    asked: dict[InquiryId, frozenset[MemberId]] = {}
    for row, asking in await finding.askings(rows):
        if asking.ours:
            asked[InquiryId(row)] = frozenset({asking.other})
    incoming = await finding.all_incoming(rows)
    packages = {one.package_id: Held(one.sender, one.manifest_hash) for one in incoming}
    outgoing = await finding.all_outgoing(rows)
    sent = {
        one.package_id: Held(MemberId(one.recipient), one.manifest_hash)
        for one in outgoing
        if one.recipient
    }
    marks = {one.package_id: one.answer_mark for one in outgoing if unanswered_until(one) >= today}
    return Known(
        acceptances=given,
        packages=packages,
        sent=sent,
        asked=asked,
        withdrawn=await remembered.withdrawn_early(rows),
        marks=marks,
    )


async def _given(rows: Transaction) -> dict[bytes, Acceptance]:
    """Return the yeses that were given, each with the shut package that rests on it.

    A yes that was said twice has two hashes: it is known by what it answers (C-4.5).
    """
    given = [(row, Given.decode(value)) for row, value in await rows.rows(Shelf.ACCEPTANCE)]
    answers = {row: one.inquiry or row for row, one in given}
    shut: dict[bytes | None, tuple[PackageId, Day]] = {}
    for one in await finding.all_incoming(rows):
        if one.kind is Kind.CASE_PACKAGE and one.state in SHUT:
            manifest = PackageManifest.decode(one.manifest, one.kind)
            if (named := reception.accepted_hash(manifest)) is not None:
                shut[answers.get(named)] = (one.package_id, manifest.day)
    return {
        row: Acceptance(one.to, one.valid_until, one.used, shut.get(answers[row]))
        for row, one in given
    }


async def _histories(rows: Transaction) -> dict[Board, History]:
    """Return the checkpoints that this member remembers, by board."""
    return {
        board: History.decode(await rows.get(Shelf.CURSOR, history_row(board))) for board in Board
    }
