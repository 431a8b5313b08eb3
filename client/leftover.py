"""What is left of a case when the sender forgets where it went: all of it, or none (C-14.4).

This file knows which parts are about the place. It refuses to cut a name out of a text: when the
place's name is left anywhere, nothing is.
"""

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from client.case import Decision, Part, PartId, PartName, name_of
from client.casefile import CaseFile, read_case, write_case
from client.transfer import Transfer
from client.yamltree import Node, parse
from keys.calendar import Day, calendar_date
from keys.words import Language

ABOUT_THE_PLACE: Final = frozenset({PartName.DESTINATION_ASSESSMENT, PartName.JOURNEY})
"""Parts that say where somebody goes."""


def asked_anew(transfer: Transfer, today: Day) -> Transfer:
    """Return the case without the yes that led to a centre that it was not meant for (C-11.8).

    The separate answer about the police stands: it named no centre.
    """
    case = read_case(transfer.case, today=calendar_date(today)) if transfer.case else None
    if case is None or case.consent is None:
        return replace(transfer, consent=b"", heard=None)
    nobody = {"decision": Decision.ASK_LATER, "parts": (), "recipient_centre": None}
    asked = replace(case, consent=case.consent.model_copy(update=nobody))
    return replace(transfer, case=write_case(asked, Language.EN), consent=b"", heard=None)


def about_the_person(case: CaseFile) -> dict[PartId, Part]:
    """Return the parts that are about the person and not about where she or he goes."""
    return {
        part: content
        for part, content in case.parts.items()
        if name_of(part) not in ABOUT_THE_PLACE
    }


def without_place(transfer: Transfer, place: str, today: Day) -> Transfer:
    """Return the case without the place, its consent and its yes; empty when a text names it.

    Args:
        transfer: the case as it was sent.
        place: the name of the centre it went to, or empty when the directory has it no more.
        today: the current UTC day.
    """
    nothing = transfer.forgotten()
    if not transfer.case or not place:
        return nothing
    case = read_case(transfer.case, today=calendar_date(today))
    cut = replace(
        case,
        header=case.header.model_copy(update={"to_centre": None}),
        parts=MappingProxyType(about_the_person(case)),
        place_inquiry=None,
        consent=None,
        police_request=None,
    )
    text = write_case(cut, Language.EN)
    if any(_plain(place) in _plain(said) for said in _texts(parse(text))):
        return nothing
    return replace(nothing, case=text, staged=transfer.staged)


def _texts(node: Node) -> Iterator[str]:
    """Return every answer by itself: a written file is folded, and breaks a name over two lines."""
    match node:
        case str(said):
            yield said
        case list(items):
            for item in items:
                yield from _texts(item)
        case dict(fields):
            for item in fields.values():
                yield from _texts(item)
        case None:
            pass


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
