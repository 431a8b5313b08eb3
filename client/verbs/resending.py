"""Sending a case anew: what was turned away, taken back, never opened, or lost with a machine.

This file knows that nothing of an old envelope is used again but the case itself, and the code on
a card that is still good (CONSENT C-11.8). It refuses to send to a centre that the person has not
said yes to, and to leave an old envelope open beside the new one.
"""

from dataclasses import replace

from client import audit, clocks
from client.asking import Asking
from client.audit import Act, Entry
from client.consent import Consent
from client.control import Answer, Tell
from client.ledger import Transaction
from client.office import Office
from client.outbox import ANEW, OUTBOX, Out, OutEvent
from client.outgoing import Outgoing
from client.refusals import ConsentMissing, WrongState
from client.retention import Held
from client.shelf import Shelf
from client.transfer import Transfer
from client.verbs import adding, comparing, finding
from client.verbs.arguments import Arguments
from client.verbs.cases import case_of
from client.verbs.effects import apply_outgoing, wind_sent
from client.verbs.sending import (
    fresh_package,
    looked_over,
    package_for,
    place_of,
    seal_and_post,
)
from keys.address import PackageId, Role
from keys.roster import Member
from keys.wire import Packable


async def again(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Send the same case anew, to the centre that its consent names now.

    What ended without being opened gets a new envelope and a new code. What is still on its way is
    sent anew only when it cannot arrive: its receiver lost its keys, or nobody can say whether it
    left before this machine was restored. It is taken back first, and its card stays good.
    """
    code_name = given.text("code_name")
    by_phone = given.maybe("agreed_by_phone")
    shown = given.maybe("seen")
    urgent = given.flag("urgent")
    given.end()
    staff = office.staff
    uncertain = await office.poster().discarded()
    async with office.ledger.transaction("again-intended") as rows:
        row, transfer = await finding.transfer(rows, code_name)
        if not transfer.package:
            raise WrongState(kind="case.not_sent")
        sent = await finding.outgoing(rows, transfer.package)
        consent = _consent(office, transfer, sent, unsure=sent.package_id in uncertain)
        transfer = looked_over(office, transfer, shown)
        fresh = replace(transfer, consent=consent.encode(), package=fresh_package())
        anew = await _unused(rows, fresh)
        anew = replace(anew, place=await place_of(rows, office, row, anew, by_phone))
        await comparing.may_send(rows, office, anew)
        package_for(office, anew)  # every rule says yes before anything is written
        if sent.state not in ANEW:
            await apply_outgoing(rows, office, sent, OUTBOX.step(sent.state, OutEvent.WITHDRAW))
            await adding.with_base(rows, office, sent, OutEvent.WITHDRAW)
        code = "" if sent.state in ANEW else sent.code
        await intend(rows, office, replace(sent, rides=not urgent), anew, code=code)
        await rows.put(Shelf.DRAFT, row, anew.encode())
        await clocks.stop(rows, Held.DRAFT, row)
        await audit.write(rows, Entry(office.now, Act.SENT_AGAIN, code_name, staff.name))
    return await seal_and_post(office, anew, tell)


async def intend(
    rows: Transaction, office: Office, old: Outgoing, anew: Transfer, *, code: str
) -> None:
    """Write down that a case is sent anew as `old` was, under an id of its own."""
    consent = Consent.decode(anew.consent)
    made = Outgoing(
        package_id=PackageId(anew.package),
        kind=old.kind,
        state=OUTBOX.start,
        transfer=old.transfer,
        code_name=old.code_name,
        recipient=consent.recipient,
        manifest_hash=b"",
        keys=(),
        code=code,
        files=(),
        made=office.today,
        expires=consent.ends,
        rides=old.rides,
    )
    await rows.put(Shelf.OUTBOX, made.package_id, made.encode())
    await wind_sent(rows, made)
    # It is on its way: its own last day counts now.
    await clocks.start(rows, Held.SENT, made.transfer, made.expires, anew.files)


def _consent(office: Office, transfer: Transfer, sent: Outgoing, *, unsure: bool) -> Consent:
    """Return the consent that the new envelope rests on.

    Raises:
        WrongState: the old one may still arrive, or has.
        ConsentMissing: there is none.
    """
    on_its_way = sent.state not in ANEW
    if on_its_way and (sent.state, OutEvent.WITHDRAW) not in OUTBOX.steps:
        raise WrongState(kind=f"out.{sent.state}.again")
    case_of(office, transfer)  # it is still here
    if not transfer.consent:
        raise ConsentMissing
    kept = Consent.decode(transfer.consent)
    if any(one.member_id == kept.recipient for one in office.roster.members):
        if on_its_way and not (unsure and sent.state is Out.SEALED):
            raise WrongState(kind=f"out.{sent.state}.again")
        return kept
    return _rewritten(office, transfer, kept)


def _rewritten(office: Office, transfer: Transfer, old: Consent) -> Consent:
    """Return the same consent, for the same centre under its new identity.

    A centre that lost its keys stands in the roster under the same name. The person said yes to
    the centre, not to its keys; nothing else of the yes is read anew: its days, its parts, and
    which children and files it means are what the person agreed to.
    """
    case = case_of(office, transfer)
    name = (case.consent and case.consent.recipient_centre) or case.header.to_centre or ""
    centre: Member = finding.member(office.roster, name, Role.CENTRE)
    return replace(old, recipient=centre.member_id)


async def _unused(rows: Transaction, transfer: Transfer) -> Transfer:
    """Return the case without the yes that the old envelope rested on: it counts once."""
    used = transfer.place.acceptance if transfer.place is not None else b""
    left: list[bytes] = []
    for inquiry_id in transfer.asked:
        kept = await rows.get(Shelf.INQUIRY, inquiry_id)
        if not used or kept is None or Asking.decode(kept).answer_hash != used:
            left.append(inquiry_id)
    return replace(transfer, asked=tuple(left), place=None)


async def settled(
    office: Office, sent: list[Outgoing], kept: frozenset[bytes]
) -> dict[PackageId, dict[str, Packable]]:
    """Return of each envelope what staff can settle: whether it left, and whether to send anew."""
    unsure = await office.poster().discarded() if office.ready else frozenset[bytes]()
    return {
        one.package_id: {
            "uncertain": one.state is Out.SEALED and one.package_id in unsure,
            "again": one.state in ANEW and one.package_id in kept,
        }
        for one in sent
    }
