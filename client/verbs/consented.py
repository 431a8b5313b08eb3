"""What stands beside an answer: the other question, about the police, and to whom what would go.

This file knows that the answer about the police changes no part of the consent. It refuses to make
a consent of it, and to let one cover what was written later.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from client import compared
from client.case.words import YesNo
from client.casefile import CaseFile, write_case
from client.compared import Word
from client.consent import Consent
from client.found import Colour, Finding
from client.office import Office
from client.refusals import MissingAnswer, UnknownWord
from client.transfer import Transfer
from client.verbs import finding, leaving
from keys.wire import Packable
from keys.words import Language

_COLOURS: Final[Mapping[Word, Colour]] = MappingProxyType(
    {
        Word.SAME: Colour.GREEN,
        Word.UNHEARD: Colour.YELLOW,
        Word.CHANGED: Colour.RED,
        Word.STOPPED: Colour.RED,
    }
)
_POLICE: Final[Mapping[str, YesNo | None]] = MappingProxyType(
    {"yes": YesNo.YES, "no": YesNo.NO, "later": None}
)


def about_police(transfer: Transfer, case: CaseFile, answer: str) -> Transfer:
    """Return a case with the answer about the police; its consent covers what it did before.

    Args:
        transfer: the case's row.
        case: its text.
        answer: `yes`, `no` or `later`.

    Raises:
        MissingAnswer: the person has not been asked the first question.
        UnknownWord: the answer is none of them.
    """
    if case.consent is None:
        raise MissingAnswer(field="consent.decision")
    if answer not in _POLICE:
        raise UnknownWord(field="consent.police_contact_consent", count=len(_POLICE))
    word = _POLICE[answer]
    said = case.consent.model_copy(update={"police_contact_consent": word})
    changed = replace(transfer, case=write_case(replace(case, consent=said), Language.EN))
    if not transfer.consent:
        return changed
    agrees = None if word is None else word is YesNo.YES
    consent = replace(Consent.decode(transfer.consent), police_contact=agrees)
    return replace(changed, consent=consent.encode())


async def key_found(office: Office, transfer: Transfer) -> list[Finding]:
    """Return what the look before sending finds of the key of the consent's centre (C-22).

    A new one that nobody compared is red; where the case says that it cannot wait, it is yellow.
    """
    if not transfer.consent:
        return []
    to = Consent.decode(transfer.consent).recipient
    if not finding.name_of(office.roster, to):
        return []
    async with office.ledger.reading() as rows:
        found = await compared.standing(rows, to, office.today, transfer.heard)
    if found.word is Word.CHANGED and transfer.urgent_since:
        return [Finding(Colour.YELLOW, "key_changed_urgent")]
    return [Finding(_COLOURS[found.word], f"key_{found.word}")]


async def addressed(office: Office, case: CaseFile, transfer: Transfer) -> dict[str, Packable]:
    """Return to whom what would go, and until when the yes counts; nothing without a yes."""
    if not transfer.consent:
        return {"centre": "", "phone": "", "parts": [], "ends": 0, **leaving.AT_ONCE}
    consent = Consent.decode(transfer.consent)
    return {
        "centre": finding.name_of(office.roster, consent.recipient),
        "phone": finding.phone_of(office.roster, consent.recipient),
        "parts": [part for part in consent.parts if part in case.parts],
        "ends": consent.ends,
        **await leaving.before(office, transfer),
    }
