"""The whole case on paper: every question of every part, with who says so and since when.

The pages are derived from the declarations, so a new question is printed without being named here.
An answer that is missing is told from «not known», «not asked» and «none known». Each child has a
page of its own. This file refuses to print a part that is not consented to, and to remark on what
is missing in a hidden part.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self, cast

from client.card import arrival_card, kept_back, offered, part_label
from client.case import (
    BANNER,
    HIDDEN,
    WITHOUT_CASE,
    Answer,
    ConsentInput,
    Part,
    PartId,
    PartName,
    PlaceInquiryInput,
    PoliceRequestInput,
    Section,
    State,
    name_of,
    number_of,
    order_of,
)
from client.case.declaration import Kind, Question, choice_msgid, questions
from client.case.words import YesNo
from client.casefile import CaseFile
from client.consent import Consent
from client.emergency import in_haste
from client.origins import once
from client.sheet import Block, Item, Origin, Phrase, Say, Sheet
from keys.calendar import calendar_date


@dataclass(frozen=True, slots=True)
class Printable:
    """What there is to print of one case.

    Attributes:
        parts: what was written, or what came and was opened.
        consented: the parts that may be shown: of one's own draft all of them.
        offered: the parts the person was asked about, from `client.card.offered`.
        inquiry, consent, request: as written down; None where there is none.
        given: the day of the consent, where its hour did not travel.
        haste: whether it was sent at night by three lines.
        phone: the sender's number in the directory.
    """

    code_name: str
    parts: Mapping[PartId, Part] = field(repr=False)
    consented: frozenset[PartId] = field(repr=False)
    offered: frozenset[PartId] = field(repr=False)
    inquiry: PlaceInquiryInput | None = field(default=None, repr=False)
    consent: ConsentInput | None = field(default=None, repr=False)
    request: PoliceRequestInput | None = field(default=None, repr=False)
    given: date | None = None
    haste: bool = False
    phone: str = ""

    @classmethod
    def draft(cls, case: CaseFile) -> Self:
        """Return one's own case, which is printed whole."""
        every = frozenset(case.parts)
        asked = (case.place_inquiry, case.consent, case.police_request)
        return cls(case.header.code_name, case.parts, every, every, *asked)

    @classmethod
    def opened(
        cls,
        parts: Mapping[PartId, Part],
        consent: Consent,
        consented: frozenset[PartId],
        code_name: str,
        phone: str = "",
    ) -> Self:
        """Return what came and was opened.

        Args:
            parts: those that came.
            consent: the one they came with.
            consented: what of it still stands; the rest is printed as the person's choice.
            code_name: what this desk calls it.
            phone: the sender's number in the directory.
        """
        said = ConsentInput(
            decision=consent.decision,
            parts=consent.parts,
            given_by=consent.given_by,
            form=consent.form,
            informed_in_language=consent.languages,
            interpreter_used=consent.interpreter,
            informed_benefits=_yes_no(consent.informed_benefits),
            informed_rights=_yes_no(consent.informed_rights),
            informed_no_consequence=_yes_no(consent.informed_no_consequence),
            police_contact_consent=_yes_no(consent.police_contact),
            release=consent.release,
            ends_on=calendar_date(consent.ends),
        )
        return cls(
            code_name,
            parts,
            consented,
            offered(consent.decision, consent.parts, haste=in_haste(consent)),
            consent=said,
            given=calendar_date(consent.given),
            haste=in_haste(consent),
            phone=phone,
        )

    def shown(self) -> Mapping[PartId, Part]:
        """Return the parts that may be printed, in their fixed order."""
        return MappingProxyType(
            {
                part: self.parts[part]
                for part in sorted(self.parts, key=order_of)
                if part in self.consented or name_of(part) in WITHOUT_CASE
            }
        )


_PAGE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "who": ("call_name", "age", "languages", "interpreter", "comes_along", "where_now"),
        "pickup": ("never_pickup", "pickup_list", "must_not_reach"),
        "health": ("health_needs",),
        "safety": ("threat_child", "safety_plan_child", "secret_rules", "contact_orders"),
        "heard": ("heard_by", "heard_at", "own_words"),
        "prepared": ("told_what", "told_when", "prepared"),
        "farewell": ("farewell", "friends_kept", "belongings"),
        "school": ("school", "new_school_plan"),
        "digital": ("digital",),
    }
)
"""The headings of a child's page; questions not named here stand under a last one, «more»."""


def card_of(case: Printable) -> Sheet:
    """Return the arrival card."""
    return arrival_card(
        case.parts,
        case.consented,
        offered=case.offered,
        code_name=case.code_name,
        haste=case.haste,
        phone=case.phone,
    )


def case_sheets(case: Printable) -> tuple[Sheet, ...]:
    """Return the whole case: one sheet for all but the children, then one for each child.

    Hidden parts are among them: whoever calls this has opened the package, or written the case.
    """
    shown = case.shown()
    blocks = [_consent_block(case.consent, case.given)] if case.consent is not None else []
    if case.inquiry is not None:
        blocks.append(section_block(case.inquiry, Say("part.place_inquiry")))
    blocks += [
        section_block(part, part_label(which))
        for which, part in shown.items()
        if name_of(which) is not PartName.CHILD
    ]
    if case.request is not None:
        blocks.append(section_block(case.request, Say("part.police_request")))
    missing = sorted(kept_back(case.offered, case.consented), key=order_of)
    if missing:
        said = [Item(part_label(part), (Say("sheet.not_shared"),)) for part in missing]
        blocks.append(Block(Say("sheet.withheld"), tuple(said)))
    whole = Sheet(Say("sheet.case"), case.code_name, tuple(blocks))
    return (whole, *child_sheets(case))


def child_sheets(case: Printable) -> tuple[Sheet, ...]:
    """Return a page for each child, each from that child's part alone."""
    return tuple(
        child_sheet(part, number_of(which), case.code_name)
        for which, part in case.shown().items()
        if name_of(which) is PartName.CHILD
    )


def child_sheet(child: Part, number: int, code_name: str) -> Sheet:
    """Return one child's page: safety first, then its voice, its goodbye and its things."""
    asked = {each.name: each for each in questions(type(child))}
    named = {name for names in _PAGE.values() for name in names}
    rows = {**_PAGE, "more": tuple(name for name in asked if name not in named)}
    blocks = [
        Block(Say(f"sheet.child.{heading}"), tuple(items))
        for heading, names in rows.items()
        if (items := _items(child, [asked[name] for name in names if name in asked], child.WORD))
    ]
    return Sheet(Say("sheet.child", (("number", number),)), code_name, once(blocks))


def section_block(section: Section, title: Say) -> Block:
    """Return everything answered in a section, and last the names of what is not."""
    hidden = section.WORD in HIDDEN
    banner = [Item(None, (Say(BANNER),))] if hidden else []
    items = (*banner, *_items(section, questions(type(section)), section.WORD))
    return once([Block(title, items)])[0]


def _consent_block(consent: ConsentInput, given: date | None) -> Block:
    block = section_block(consent, Say("part.consent"))
    day = () if given is None else (Item(Say("sheet.given"), (given,)),)
    return Block(block.title, (*block.items, *day))


def _yes_no(said: bool | None) -> YesNo | None:  # noqa: FBT001 - one of three answers
    return None if said is None else YesNo.YES if said else YesNo.NO


def _items(section: Section, asked: Iterable[Question], path: str) -> list[Item]:
    items: list[Item] = []
    empty: list[Say] = []
    for each in asked:
        found = item_lines(section, each, path)
        items += found
        if not found and (each.answered or each.group is not None):
            empty.append(Say(f"field.{path}.{each.name}"))
    if empty and section.WORD not in HIDDEN and isinstance(section, Part):
        items.append(Item(Say("sheet.empty"), tuple(Item(label) for label in empty)))
    return items


def item_lines(section: Section, asked: Question, path: str) -> list[Item]:
    """Return the lines of one question: none when it is empty, one for each entry of a group."""
    value: object = getattr(section, asked.name)
    here = f"{path}.{asked.name}"
    label = Say(f"field.{here}")
    if value is None or value == ():
        return []
    if asked.group is not None:
        groups = cast("tuple[Section, ...]", value if asked.many else (value,))
        lines = [Item(label, _inner(group, here)) for group in groups]
        return [line for line in lines if line.phrases]
    if isinstance(value, Answer):
        return [answer_line(label, cast("Answer[object]", value), asked)]
    return [Item(label, _phrases(value, asked))]


def answer_line(label: Say, answer: "Answer[object]", asked: Question) -> Item:
    """Return one answer as a line: what is said or why nothing is, by whom and as of when."""
    origin = Origin(Say(choice_msgid(answer.source)), answer.as_of)
    if answer.state is not State.GIVEN:
        return Item(label, (Say(choice_msgid(answer.state)),), answer.note, origin)
    return Item(label, _phrases(answer.value, asked), answer.note, origin)


def _inner(group: Section, path: str) -> tuple[Phrase, ...]:
    return tuple(
        item for asked in questions(type(group)) for item in item_lines(group, asked, path)
    )


def _phrases(value: object, asked: Question) -> tuple[Phrase, ...]:
    values = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
    return tuple(_phrase(one, asked) for one in values)


def _phrase(value: object, asked: Question) -> Phrase:
    if isinstance(value, StrEnum):
        return Say(choice_msgid(value))
    if asked.kind is Kind.PART:
        return part_label(cast("PartId", value))
    if asked.name == "photo_attachment":
        return Say("card.attachment", (("number", cast("int", value)),))
    return cast("Phrase", value)
