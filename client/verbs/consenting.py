"""Before the question: the page for the person, and exactly what each part will say.

This file knows that what is shown is made of the very bytes that will be sealed. It refuses to
answer for the person, and to show of a case what was not consented to as if it would follow.
"""

from dataclasses import replace
from datetime import date, timedelta

from client import seen
from client.answered import DAYS
from client.case import WITHOUT_CASE, Part, PartId, Release, encode_part, name_of, parse_part_id
from client.consent import Consent
from client.consentsheet import Asked, consent_sheet
from client.control import Answer
from client.draft import ConsentedPackage
from client.office import Office
from client.refusals import ConsentMissing, UnknownWord, WrongAnswer
from client.residentwords import resident
from client.sheettext import render
from client.transfer import Place, Transfer
from client.verbs import finding
from client.verbs.arguments import Arguments
from client.verbs.cases import case_of, date_of
from client.verbs.consentpage import as_form, unsure
from client.verbs.sending import package_for
from client.vocabulary import PhoneRole
from keys.errors import NotHere
from keys.wire import Packable


async def show(office: Office, given: Arguments) -> Answer:
    """Return the page of the consent in the person's language, line by line; on request as a form.

    Args:
        office: of this desk.
        given: `language` of the page; `named` names the centre; `form` gives the blocks, the parts
            with all that they say, and what was answered before; `ends` and `release` are what
            staff are about to write down, in place of what is written.

    Raises:
        NoSuchPage: there is no such language.
        WrongAnswer, UnknownWord: `ends` is no day, `release` no word.
    """
    code_name = given.text("code_name")
    words = resident(given.maybe("language") or office.settings.language.value)
    named, form = given.flag("named"), given.flag("form")
    last, release = _day(given.maybe("ends")), _release(given.maybe("release"))
    given.end()
    _ = office.staff
    async with office.ledger.reading() as rows:
        _, transfer = await finding.transfer(rows, code_name)
    case = case_of(office, transfer)
    said = case.consent
    ends = last or (said and said.ends_on) or date_of(office) + timedelta(days=DAYS)
    centre = (said and said.recipient_centre) or case.header.to_centre or ""
    asked = Asked(
        tuple(case.parts),
        centre if named else "",
        ends,
        release or (Release.ARRIVAL if said is None else said.release),
        code_name if named else "",
    )
    sheet = consent_sheet(asked)
    lines: list[Packable] = [words.laid(one) for one in render(sheet, words)]
    lines[:0] = [one for one in (unsure(words),) if one]
    answer = {"lines": lines, "direction": words.direction, "complete": words.complete}
    if not form:
        return answer
    before = {} if said is None else said.model_dump(mode="json", exclude_none=True)
    parts = Consent.decode(transfer.consent).parts if transfer.consent else ()
    return {
        **answer,
        **as_form(sheet, case.parts, words),
        "said": before,
        "centre": centre,
        "ends": ends.isoformat(),
        "release": asked.release.value,
        "look": seen.look(case.parts, transfer.staged, tuple(case.parts)),
        "shared": [*parts],
    }


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise WrongAnswer(field="consent.ends_on") from None


def _release(said: str) -> Release | None:
    try:
        return Release(said) if said else None
    except ValueError:
        raise UnknownWord(field="consent.release", count=len(Release)) from None


async def preview(office: Office, given: Arguments) -> Answer:
    """Return the bytes of each part that would leave, as sealing will take them.

    Before anybody has said yes it is every part that the person is asked about, and says so.

    Raises:
        NotHere: that part is not among them.
    """
    code_name = given.text("code_name")
    named = given.maybe("part")
    given.end()
    _ = office.staff
    async with office.ledger.reading() as rows:
        _, transfer = await finding.transfer(rows, code_name)
    octets = _octets(office, transfer)
    if named:
        which = parse_part_id(named)
        if which not in octets:
            raise NotHere
        octets = {which: octets[which]}
    parts: list[Packable] = [[part, data] for part, data in octets.items()]
    to = Consent.decode(transfer.consent).recipient if transfer.consent else b""
    return {"parts": parts, "centre": finding.name_of(office.roster, to)}


def _octets(office: Office, transfer: Transfer) -> dict[PartId, bytes]:
    if transfer.consent:
        return dict(_package(office, transfer).octets)
    parts: dict[PartId, Part] = dict(case_of(office, transfer).parts)
    asked = {part: one for part, one in parts.items() if name_of(part) not in WITHOUT_CASE}
    if not asked:
        raise ConsentMissing
    return {part: encode_part(part, one) for part, one in asked.items()}


def _package(office: Office, transfer: Transfer) -> ConsentedPackage:
    """Make what the door would take; a place that nobody has said yes to yet is left open."""
    if transfer.place is not None:
        return package_for(office, transfer)
    centre = Consent.decode(transfer.consent).recipient
    return package_for(
        office, replace(transfer, place=Place(centre, b"", PhoneRole.DUTY.value, office.today))
    )
