"""Adding to a case that was sent, and correcting it: an update under the same consent or a new one.

This file knows that an update follows a package that is not confirmed yet (CONSENT C-17). It
refuses parts that nobody consented to, and attachments, which this version sends with a case alone.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from client import audit, disclosed, handover, seen
from client.audit import Act, Entry
from client.case import WITHOUT_CASE, Part, PartId, PartName, Section, name_of
from client.casefile import CaseFile, read_case, write_case
from client.consent import Consent
from client.control import Answer, Tell
from client.draft import ConsentedPackage, Draft
from client.handover import ArrivalCode, Job
from client.ledger import Transaction
from client.office import Office
from client.outbox import OUTBOX, Out, OutEvent
from client.outgoing import Outgoing
from client.refusals import ConsentMissing, MissingAnswer, NotSeen, WrongState
from client.rewriting import Rewritten
from client.shelf import Shelf
from client.transfer import LONGEST_TYPED, MOST_TYPED, Transfer
from client.verbs import finding, leaving, writing
from client.verbs.arguments import Arguments
from client.verbs.cases import case_of, date_of
from client.verbs.effects import apply_outgoing
from client.verbs.envelopes import bind, kept_when_bound, note_shared, one_time, post
from client.verbs.sealings import outgoing
from client.verbs.sending import fresh_package
from keys.address import MemberId
from keys.body import Kind
from keys.errors import OverLong
from keys.manifest import Follows
from keys.words import Language

_CASE = 1 << 20
_LIVE = frozenset({Out.SEALED, Out.KEPT, Out.STORED, Out.OPENED})


async def add(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Send parts that are new or corrected to where the case went; they open with the same card.

    Args:
        office: of this desk.
        given: a `case` file, or the `answers` that were typed in one `part`, and their `source`;
            with `look` nothing is sent, and the answer says what would be, or what is refused;
            with the page that they stand on as `keep` they are only kept, for the desk locks.
        tell: how far it is.

    Raises:
        WrongState: the case was not sent, or is confirmed: then it is noted where she is.
        MissingAnswer: the file says nothing new.
        ConsentMissing: a part that the consent does not name, and the file has no new answer.
        Refusal: the first answer that is refused, without `look`.
        NotSeen: there is no new answer of hers, and nobody says that she has seen it (C-1.14).
    """
    code_name = given.text("code_name")
    part = given.maybe("part")
    text = given.text("answers" if part else "case", most=_CASE)
    source = given.maybe("source")
    page = given.maybe("keep")
    look = given.flag("look")
    looked = given.flag("seen")
    urgent = given.flag("urgent")
    given.end()
    _ = office.staff
    async with office.ledger.reading() as rows:
        row, transfer, base = await _followed(rows, code_name)
    if page:
        return await _kept(office, code_name, f"{part}\n{page}", text)
    now = case_of(office, transfer)
    if part:
        done = writing.answered(office, now, writing.Typed(part, text, source))
        if done.wrong and look:
            return writing.told(done)
        added = _typed(now, part, done)
    else:
        added = read_case(text, today=date_of(office))
    parts = _changed(now, added)
    package, case = _update(office, transfer, base, added, parts)
    if look:
        centre = finding.name_of(office.roster, package.recipient)
        opened = base.state is Out.OPENED
        how = await leaving.record(office, Kind.PACKAGE_UPDATE, _length(package))
        return {"wrong": [], "parts": [*parts], "to": centre, "opened": opened, **how}
    if added.consent is None and not looked:
        raise NotSeen
    ready = _Ready(row, transfer, base, package, case, tuple(parts), rides=not urgent)
    sent, opened = await _sealed(office, ready)
    said = {**await post(office, sent, tell), "parts": [*parts], "opened": opened}
    return {**said, "arrival_code": ""} if opened else said


def _length(package: ConsentedPackage) -> int:
    """Return how many bytes of text its record is made of."""
    return len(package.consent.encode()) + sum(map(len, package.octets.values()))


@dataclass(frozen=True, slots=True)
class _Ready:
    """What is added: its package, the case with it, and what it follows."""

    row: bytes
    transfer: Transfer
    base: Outgoing
    package: ConsentedPackage
    case: CaseFile
    parts: tuple[PartId, ...]
    rides: bool


async def _sealed(office: Office, ready: _Ready) -> tuple[Outgoing, bool]:
    """Seal it and bind it; return it, and whether what it follows has been opened."""
    transfer, package, name = ready.transfer, ready.package, ready.transfer.code_name
    to = await office.to(package.recipient)
    seat = await office.seat(office.staff.identity)
    code = ArrivalCode(ready.base.code) if ready.base.code else None
    async with one_time(office, package.recipient, seat.today) as once:
        job = Job(fresh_package(), office.cells, code=code, prekey=once.key)
        made = await asyncio.to_thread(handover.hand_over, package, to, seat, job)
        with kept_when_bound(office, made):
            async with office.ledger.transaction("update-sealed") as rows:
                once.bind(rows)
                _, fresh, base = await _followed(rows, name)
                if fresh != transfer:  # a part may have been taken back while this was sealed
                    raise WrongState(kind="case.changed")
                new = outgoing(office, made, package.recipient, ready.row, name)
                new = replace(new, rides=ready.rides)
                sent = await bind(rows, office, new, made, package.recipient)
                if base.state is Out.OPENED:
                    await apply_outgoing(
                        rows, office, sent, OUTBOX.step(sent.state, OutEvent.RELEASE)
                    )
                await note_shared(rows, office, sent, package)
                marks = seen.marks(ready.case.parts, transfer.staged, ready.parts)
                kept = replace(
                    transfer,
                    case=write_case(ready.case, Language.EN),
                    seen=MappingProxyType({**transfer.seen, **marks}),
                    typed=untyped(transfer, ready.parts),
                )
                await rows.put(Shelf.DRAFT, ready.row, kept.encode())
                await audit.write(rows, Entry(office.now, Act.CHANGED, name, office.staff.name))
    return sent, base.state is Out.OPENED


async def _kept(office: Office, code_name: str, where: str, text: str) -> Answer:
    """Keep what somebody was adding when the desk locked; it is offered again, and not sent."""
    if len(text) > LONGEST_TYPED:
        raise OverLong(limit=LONGEST_TYPED)
    async with office.ledger.transaction("addition-typed") as rows:
        row, transfer, _ = await _followed(rows, code_name)
        others = [(name, one) for name, one in transfer.typed.items() if name != where]
        typed = dict([*others, (where, text)][-MOST_TYPED:])
        kept = replace(transfer, typed=MappingProxyType(typed))
        await rows.put(Shelf.DRAFT, row, kept.encode())
    return {"kept": True}


def untyped(transfer: Transfer, parts: Collection[PartId]) -> Mapping[str, str]:
    """Return what was being typed at other parts than these."""
    typed = transfer.typed.items()
    left = {where: text for where, text in typed if where.partition("\n")[0] not in parts}
    return MappingProxyType(left)


def _typed(case: CaseFile, part: str, done: Rewritten[Section]) -> CaseFile:
    """Return the case as whoever typed in one part would have it; the consent stays as it is."""
    if done.wrong or done.made is None:
        raise done.wrong[0]
    return replace(writing.with_section(case, part, done.made), consent=None)


async def _followed(rows: Transaction, code_name: str) -> tuple[bytes, Transfer, Outgoing]:
    row, transfer = await finding.transfer(rows, code_name)
    if not transfer.package or not transfer.consent:
        raise WrongState(kind="case.not_sent")
    base = await finding.outgoing(rows, transfer.package)
    if base.state not in _LIVE:
        raise WrongState(kind=f"out.{base.state}.add")
    return row, transfer, base


def _changed(case: CaseFile, added: CaseFile) -> dict[PartId, Part]:
    """Return the parts that say something else than the case did."""
    found = {
        part: one
        for part, one in added.parts.items()
        if name_of(part) not in WITHOUT_CASE and case.parts.get(part) != one
    }
    if not found:
        raise MissingAnswer(field="add.parts")
    if any(name_of(part) is PartName.ATTACHMENT for part in found):
        raise WrongState(kind="add.attachment")
    return found


def _update(
    office: Office,
    transfer: Transfer,
    base: Outgoing,
    added: CaseFile,
    parts: dict[PartId, Part],
) -> tuple[ConsentedPackage, CaseFile]:
    """Return the update, and the case as it stands with it."""
    case = case_of(office, transfer)
    merged = replace(case, parts=MappingProxyType({**case.parts, **parts}))
    consent = Consent.decode(transfer.consent)
    if added.consent is not None:
        centre = office.roster.member(MemberId(base.recipient))
        consent = Consent.given_in(added.consent, parts, centre, office.today)
    if not set(parts) <= set(consent.parts):
        raise ConsentMissing
    draft = Draft(transfer.code_name, merged.parts)
    follows = Follows(base.manifest_hash)
    return draft.added(consent, follows, tuple(parts), office.today), merged


async def updates_of(rows: Transaction, base: Outgoing) -> list[Outgoing]:
    """Return the updates of a case that have not ended."""
    return [
        one
        for one in await finding.all_outgoing(rows)
        if one.kind is Kind.PACKAGE_UPDATE and one.transfer == base.transfer and one.state in _LIVE
    ]


async def with_base(rows: Transaction, office: Office, base: Outgoing, event: OutEvent) -> None:
    """Move the updates of a case with it: an opened case releases them, an ended one ends them."""
    if base.kind is not Kind.CASE_PACKAGE:
        return
    for update in await updates_of(rows, base):
        if (update.state, event) in OUTBOX.steps:
            await apply_outgoing(rows, office, update, OUTBOX.step(update.state, event))


async def without(
    rows: Transaction, office: Office, base: Outgoing, back: Collection[PartId]
) -> None:
    """Take back the updates of a case in which one of these parts stands; the others go on."""
    for update in await updates_of(rows, base):
        shared = await disclosed.parts(rows, update.package_id)
        if shared is None or shared & frozenset(map(str, back)):
            step = OUTBOX.step(update.state, OutEvent.WITHDRAW)
            await apply_outgoing(rows, office, update, step)
