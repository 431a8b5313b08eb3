"""Comparing a member's key by telephone: the digits, what was heard, and what follows from it.

This file knows that a word on one member is kept with the cases that name it, and nowhere else
(ADR 28). It refuses to confirm what a stop stands against, and to lift one without a leader.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from client import audit, compared
from client.audit import Act, Entry
from client.compared import Known, Standing
from client.consent import Consent
from client.control import Answer
from client.ledger import Transaction
from client.office import Office
from client.outbox import ANEW
from client.refusals import KeyChanged, MissingAnswer, NotInDirectory, NotLeader, WrongState
from client.shelf import Shelf
from client.transfer import Heard, Transfer
from client.verbs import finding, staffing
from client.verbs.arguments import Arguments
from client.verbs.cases import case_of
from keys.address import MemberId, Role
from keys.identity import fingerprint_digits
from keys.roster import Member
from keys.wire import Packable

_DIGITS: Final = 80
_Case = tuple[bytes, Transfer]


async def show(office: Office, given: Arguments) -> Answer:
    """Return a member's digits and one's own, the number to ring, and what is known of the key."""
    member = _member(office, given.text("name"))
    given.end()
    _ = office.staff
    async with office.ledger.reading() as rows:
        cases = await _naming(rows, office, member)
        known_ = await compared.known(rows)
        sent = await finding.all_outgoing(rows)
    gone = {one.code_name for one in sent if one.state not in ANEW}
    said = _standing(known_, office, member, cases)
    return {
        **_line(member, said),
        "role": member.role.value,
        "own": [*fingerprint_digits(office.me.member_id)],
        "cases": [case.code_name for _, case in cases],
        "unsent": [case.code_name for _, case in cases if case.code_name not in gone],
    }


async def same(office: Office, given: Arguments) -> Answer:
    """Write down, with the cases that name a member, that it read out these very digits.

    Raises:
        KeyStopped: somebody heard others; a leader lifts that first.
        KeyChanged: the digits that were read are of another key than the register has now.
    """
    member, digits = _member(office, given.text("name")), given.maybe("digits", most=_DIGITS)
    given.end()
    staff = office.staff
    if digits and digits.split() != [*fingerprint_digits(member.member_id)]:
        raise KeyChanged
    async with office.ledger.transaction("key-same") as rows:
        await compared.refuse_stopped(rows, member.member_id)
        found = await _naming(rows, office, member)
        for row, case in found:
            heard = Heard(member.member_id, office.today, staff.name)
            await rows.put(Shelf.DRAFT, row, replace(case, heard=heard).encode())
            await audit.write(rows, Entry(office.now, Act.KEY_SAME, case.code_name, staff.name))
    return {"name": member.name, "cases": [case.code_name for _, case in found]}


async def differs(office: Office, given: Arguments) -> Answer:
    """Stop everything to a member until a leader lifts it, or the register has another key.

    What is on its way there is named, so that it can be taken back.
    """
    member = _member(office, given.text("name"))
    given.end()
    async with office.ledger.transaction("key-differs") as rows:
        going = await _stop(rows, office, member)
    waits: list[Packable] = [*going]
    return {"name": member.name, "phone": member.directory.call_back_phone, "on_its_way": waits}


async def lift(office: Office, given: Arguments) -> Answer:
    """Let a member be sent to again, when a leader has found out why the digits differed.

    Raises:
        NotLeader: whoever has unlocked does not lead.
        WrongState: nothing is stopped.
    """
    member = _member(office, given.text("name"))
    given.end()
    try:
        who = await staffing.decides(office, "")
    except NotLeader:
        raise NotLeader from None  # nobody is named here: a leader does it under their own login
    async with office.ledger.transaction("key-lifted") as rows:
        if not await compared.lift(rows, member.member_id, office.today, who):
            raise WrongState(kind="key.not_stopped")
        await audit.write(rows, Entry(office.now, Act.KEY_LIFTED, "", who))
    return {"name": member.name}


async def sheet(office: Office, given: Arguments) -> Answer:
    """Return every member's digits, to be gone through by telephone, with the register's number."""
    given.end()
    _ = office.staff
    async with office.ledger.reading() as rows:
        known_ = await compared.known(rows)
    found: list[Packable] = [
        _line(one, _standing(known_, office, one, ())) for one in _others(office)
    ]
    own: list[Packable] = [*fingerprint_digits(office.me.member_id)]
    return {"members": found, "own": own, "version": office.roster.version}


async def every(office: Office, given: Arguments) -> Answer:
    """Write down that all digits of a sheet were compared: those of whom `differs` are stopped.

    Raises:
        MissingAnswer: it does not say which register's sheet it was.
        WrongState: the register is another by now, and some keys may be.
        NotInDirectory: nobody is called so.
    """
    version, names = given.number("version", 0), given.texts("differs", most=1_000)
    given.end()
    staff = office.staff
    if not version:
        raise MissingAnswer(field="key.version")
    if version != office.roster.version:
        raise WrongState(kind="key.other_register")
    stopped = [_member(office, name) for name in names]
    going: list[Packable] = []
    async with office.ledger.transaction("keys-same") as rows:
        for member in stopped:
            going += await _stop(rows, office, member)
        await compared.confirm_all(rows, office.roster, office.today, staff.name)
        await audit.write(rows, Entry(office.now, Act.KEYS_SAME, "", staff.name))
    same_, stops = len(_others(office)) - len(stopped), len(stopped)
    return {"same": same_, "stopped": stops, "on_its_way": going}


async def tidy(office: Office) -> None:
    """Forget stops for keys that the register has no more."""
    if not office.unlocked:
        return
    async with office.ledger.reading() as rows:
        found = await compared.over(rows, office.roster)
    if found:
        async with office.ledger.transaction("keys-tidied") as rows:
            await compared.tidy(rows, office.roster)


async def known(office: Office) -> dict[MemberId, Standing]:
    """Return what is known of every other member's key; nothing while the lock is closed."""
    if not (office.unlocked and office.ready):
        return {}
    async with office.ledger.reading() as rows:
        known_ = await compared.known(rows)
        cases = await finding.transfers(rows)
    named = {row: _named(office, case) for row, case in cases}
    return {
        one.member_id: _standing(
            known_, office, one, [case for case in cases if one.member_id in named[case[0]]]
        )
        for one in _others(office)
    }


async def may_send(rows: Transaction, office: Office, transfer: Transfer) -> None:
    """Let a case be sent to the centre of its consent.

    Raises:
        KeyStopped, KeyChanged: what `compared.refuse_unheard` refuses.
    """
    to = Consent.decode(transfer.consent).recipient
    urgent = bool(transfer.urgent_since)
    await compared.refuse_unheard(rows, to, office.today, transfer.heard, urgent=urgent)


def _standing(known_: Known, office: Office, member: Member, cases: Sequence[_Case]) -> Standing:
    heard = [one.heard for _, one in cases if one.heard is not None]
    last = max(heard, key=lambda one: one.day) if heard else None
    return known_.standing(member.member_id, office.today, last)


async def _stop(rows: Transaction, office: Office, member: Member) -> list[str]:
    """Write a stop down; return the cases that are on their way there."""
    staff = office.staff
    await compared.stop(rows, member.member_id, office.today, staff.name)
    for row, case in await _naming(rows, office, member):
        await rows.put(Shelf.DRAFT, row, replace(case, heard=None).encode())
    await audit.write(rows, Entry(office.now, Act.KEY_DIFFERS, "", staff.name))
    sent = await finding.all_outgoing(rows)
    to = {one.code_name for one in sent if one.recipient == member.member_id}
    ended = {one.code_name for one in sent if one.state in ANEW}
    return sorted(to - ended)


def _line(member: Member, said: Standing) -> dict[str, Packable]:
    digits: list[Packable] = [*fingerprint_digits(member.member_id)]
    return {
        "name": member.name,
        "phone": member.directory.call_back_phone,
        "digits": digits,
        "key": said.word.value,
        "day": said.day,
        "who": said.who,
    }


async def _naming(rows: Transaction, office: Office, member: Member) -> list[_Case]:
    """Return the cases whose consent names a member, also by a key that it has no more."""
    found = await finding.transfers(rows)
    return [(row, one) for row, one in found if member.member_id in _named(office, one)]


def _named(office: Office, transfer: Transfer) -> frozenset[MemberId]:
    """Return whom a case's consent names: by its key, or by its name where the key is gone."""
    if not transfer.consent or not transfer.case:
        return frozenset()
    to = Consent.decode(transfer.consent).recipient
    if finding.name_of(office.roster, to):
        return frozenset({to})
    case = case_of(office, transfer)
    name = (case.consent and case.consent.recipient_centre) or case.header.to_centre or ""
    centres = [one for one in office.roster.members if one.role is Role.CENTRE]
    return frozenset(one.member_id for one in centres if one.name.casefold() == name.casefold())


def _others(office: Office) -> list[Member]:
    """Return every member but this one, centres first."""
    mine = office.me.member_id
    found = sorted(office.roster.members, key=lambda one: (one.role.value, one.name))
    return [one for one in found if one.member_id != mine]


def _member(office: Office, name: str) -> Member:
    """Return another member of that name, of whichever role.

    Raises:
        NotInDirectory: there is none, or more than one.
    """
    found = [one for one in _others(office) if one.name.casefold() == name.casefold()]
    if len(found) != 1:
        raise NotInDirectory
    return found[0]
