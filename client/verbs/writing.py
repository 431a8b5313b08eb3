"""What is written in a case so far, and single answers of it anew.

This file knows that what is good of what was typed is on disk before the rest is told. It refuses
to change what was sent, and to send anything: nothing here leaves the machine.
"""

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, cast

from client import audit
from client.audit import Act, Entry
from client.case import (
    Part,
    PartId,
    PartName,
    PlaceInquiryInput,
    PoliceRequestInput,
    Section,
    Source,
    name_of,
    number_of,
    order_of,
    parse_part_id,
    part_id,
)
from client.case.attachment import Attachment
from client.casefile import CaseFile
from client.casereader import Reader
from client.control import Answer
from client.filled import filled
from client.forms import FORMS
from client.ledger import Transaction
from client.office import Office
from client.outbox import ANEW
from client.refusals import PartNotThere, UnknownWord, WrongAnswer
from client.rewriting import Rewritten, rewritten
from client.staging import stage
from client.transfer import Staged, Transfer
from client.verbs import finding
from client.verbs.arguments import Arguments
from client.verbs.cases import case_of, date_of, keep_draft, since, writable, written
from client.yamltree import parse
from keys.wire import Packable

_CASE: Final = 1 << 20
_PATH: Final = 4_096
_BESIDE: Final = (PlaceInquiryInput, PoliceRequestInput)
"""What is written beside the parts; the consent has a verb of its own."""


async def show(office: Office, given: Arguments) -> Answer:
    """Return which forms of a case are filled in and how far, or the answers of one of them."""
    code_name = given.text("code_name")
    named = given.maybe("part")
    given.end()
    _ = office.staff
    async with office.ledger.reading() as rows:
        _, transfer = await finding.transfer(rows, code_name)
        sent = await _sent(rows, transfer)
    case = case_of(office, transfer)
    if named:
        section = _section(case, named)
        said = None if section is None else _plain(section)
        typed: list[Packable] = [
            [where.partition("\n")[2], text]
            for where, text in transfer.typed.items()
            if where.partition("\n")[0] == named
        ]
        return {"part": named, "answers": said, "there": section is not None, "typed": typed}
    forms: list[Packable] = [_far(case, word) for word in _words(case)]
    return {
        "code_name": code_name,
        "forms": forms,
        "attached": [*transfer.staged],
        "urgent": bool(transfer.urgent_since),
        "to": case.header.to_centre or "",
        "decision": "" if case.consent is None else case.consent.decision.value,
        "consent": bool(transfer.consent),
        "sent": sent,
    }


async def write(office: Office, given: Arguments) -> Answer:
    """Answer single questions of one form anew; those that are not named stay as they are.

    With `partly`, what is good is kept and the rest is told; else all of it is refused.

    Raises:
        UnknownWord: no form of that name is written so.
        WrongState: the case is on its way, was opened, or has been forgotten.
        PartNotThere: a file for a part that is no attachment.
        Refusal: the first answer that is refused, without `partly`.
    """
    code_name = given.text("code_name")
    named = given.text("part")
    text = given.maybe("answers", most=_CASE)
    source = given.maybe("source")
    path = given.maybe("path", most=_PATH)
    partly = given.flag("partly")
    given.end()
    staff = office.staff
    staged = None
    if path:
        if _kind(named) is not Attachment:
            raise PartNotThere(part=named)
        staged = await asyncio.to_thread(stage, Path(path), office.cells)
    try:
        async with office.ledger.transaction("case-written") as rows:
            row, transfer = await finding.transfer(rows, code_name)
            case = await writable(rows, office, transfer)
            done = answered(office, case, Typed(named, text, source))
            if done.wrong and not partly:
                raise done.wrong[0]
            if done.made is None:
                return told(done)
            changed = _changed(
                office, transfer, with_section(case, named, done.made), named, staged
            )
            await keep_draft(rows, office, row, changed)
            await audit.write(rows, Entry(office.now, Act.CHANGED, code_name, staff.name))
            left = set(transfer.files) - set(changed.files)
            staged = None  # it is the case's own now
            rows.after(lambda: office.discard(tuple(left)))
    finally:
        if staged is not None:
            office.discard((staged.file,))
    return told(done)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed in one form.

    Attributes:
        form: its name, such as `child.1`.
        answers: YAML, in a form that a case file may have; a question that is null is taken away.
        source: of answers that do not say their own, or empty for the case's.
    """

    form: str
    answers: str = field(repr=False)
    source: str = ""


def answered(office: Office, case: CaseFile, typed: Typed) -> Rewritten[Section]:
    """Return a form of a case with what was typed in it; nothing is kept yet.

    Raises:
        UnknownWord: no form, or no source, of that name is written so.
        WrongAnswer, NotYaml: it is no section.
        PartNotThere: the child or attachment before it is not there.
    """
    nodes = parse(typed.answers) or {}
    if not isinstance(nodes, dict):
        raise WrongAnswer(field=typed.form)
    reader = Reader(_source(typed.source) or case.header.source, date_of(office))
    before = _section(case, typed.form)
    return rewritten(_kind(typed.form), before, nodes, typed.form, reader)


def told(done: Rewritten[Section]) -> Answer:
    """Return whether a form was saved, and what of it was refused."""
    wrong: list[Packable] = [{"why": one.code, **one.facts} for one in done.wrong]
    return {"saved": done.made is not None, "wrong": wrong}


def _source(said: str) -> Source | None:
    try:
        return Source(said) if said else None
    except ValueError:
        raise UnknownWord(field="case.source", count=len(Source)) from None


def _kind(named: str) -> type[Section]:
    for kind in _BESIDE:
        if named == kind.WORD:
            return kind
    return FORMS[name_of(parse_part_id(named))]


def _section(case: CaseFile, named: str) -> Section | None:
    """Return what is written under a name, or None where nothing is.

    Raises:
        WrongShape: no form has that name.
        PartNotThere: the child or attachment before it is not there either.
    """
    match named:
        case PlaceInquiryInput.WORD:
            return case.place_inquiry
        case PoliceRequestInput.WORD:
            return case.police_request
        case _:
            which = parse_part_id(named)
    number = number_of(which)
    if number > 1 and part_id(name_of(which), number - 1) not in case.parts:
        raise PartNotThere(part=which)  # they are numbered without gaps: a file lists them so
    return case.parts.get(which)


def with_section(case: CaseFile, named: str, made: Section) -> CaseFile:
    """Return a case in which a form says something else."""
    if isinstance(made, PlaceInquiryInput):
        return replace(case, place_inquiry=made)
    if isinstance(made, PoliceRequestInput):
        return replace(case, police_request=made)
    parts: dict[PartId, Part] = dict(case.parts)
    if isinstance(made, Part):
        parts[parse_part_id(named)] = made
    in_order = {one: parts[one] for one in sorted(parts, key=order_of)}
    return replace(case, parts=MappingProxyType(in_order))


def _changed(
    office: Office, transfer: Transfer, case: CaseFile, named: str, staged: Staged | None
) -> Transfer:
    kept = dict(transfer.staged) | ({} if staged is None else {named: staged})
    return replace(
        transfer,
        case=written(case),
        staged=MappingProxyType(kept),
        urgent_since=since(office, case, transfer.urgent_since),
    )


def _plain(section: Section) -> Packable:
    """Return answers with the ids of their words, as the bytes of a part have them."""
    return cast("Packable", section.model_dump(mode="json", exclude_none=True))


def _far(case: CaseFile, word: str) -> Packable:
    name = word.partition(".")[0]
    section = _section(case, word)
    far = filled(name, section)
    return {"form": word, "how": far.how.value, "answered": far.answered, "asked": far.asked}


def _words(case: CaseFile) -> list[str]:
    """Return every form of a case in the fixed order, with one for each child and attachment."""
    numbered = {PartName.CHILD, PartName.ATTACHMENT}
    singles = [part_id(name) for name in PartName if name not in numbered]
    several = [part for part in case.parts if name_of(part) in numbered]
    return [*sorted([*singles, *several], key=order_of), *(kind.WORD for kind in _BESIDE)]


async def _sent(rows: Transaction, transfer: Transfer) -> bool:
    """Tell whether something of it is on its way or there: then it is added to, not changed."""
    if not transfer.package:
        return False
    return (await finding.outgoing(rows, transfer.package)).state not in ANEW
