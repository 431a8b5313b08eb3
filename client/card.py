"""The arrival card: what staff need in the first minute, on one screen and one sheet.

The card is derived, never written; `client.cardlayout` says what stands where. It holds only parts
that are consented to, and says «not shared – the person's choice» of what she kept, never «no»; of
what nobody is known to have asked about, that it is not there. It refuses to hold residence or
trafficking, not even their names. It knows no language: `client.sheettext` writes it out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final, cast

from client.cardlayout import CARD_FIELDS, HOME, LAYOUT, NEVER_SILENT, Heading
from client.case import (
    HIDDEN,
    NUMBERED,
    WITHOUT_CASE,
    Answer,
    Decision,
    Part,
    PartId,
    PartName,
    Section,
    State,
    name_of,
    number_of,
    order_of,
    part_id,
)
from client.case.declaration import Question, choice_msgid, questions
from client.case.digital_safety import ChildDigital, DigitalSafety, open_risks
from client.sheet import Block, Item, Phrase, Say, Sheet


def offered(
    decision: Decision, consented: Iterable[PartId], *, haste: bool = False
) -> frozenset[PartId]:
    """Return the parts that the person was asked about.

    Whoever says yes to all has refused nothing, so what is missing was only never filled in; and
    whoever was asked in `haste` was asked about no more. In any other answer, every part that is
    not consented to is the person's choice, written or not: to name those alone that are written
    would tell which there are. Children and attachments are never counted in, for the same reason.
    """
    chosen = frozenset(consented)
    if decision is Decision.YES_ALL or haste:
        return chosen
    asked = set(PartName) - HIDDEN - NUMBERED - WITHOUT_CASE
    return chosen | {part_id(name) for name in asked}


def kept_back(offered: frozenset[PartId], consented: frozenset[PartId]) -> frozenset[PartId]:
    """Return the parts that a page says the person keeps; the hidden ones are never named."""
    return frozenset(
        part for part in offered - consented if name_of(part) not in HIDDEN | WITHOUT_CASE
    )


def arrival_card(
    parts: Mapping[PartId, Part],
    consented: frozenset[PartId],
    *,
    offered: frozenset[PartId],
    code_name: str = "",
    haste: bool = False,
    phone: str = "",
) -> Sheet:
    """Derive the card.

    Args:
        parts: what the package holds; a part outside `consented` is not shown even so.
        consented: the consent's parts.
        offered: the parts the person was asked about, from the function `offered`.
        code_name: stands in the heading.
        haste: whether it was sent at night by three lines, which stands before all else.
        phone: the sender's number in the directory, or empty when that is not known any more.
    """
    made = _Making(
        {part: parts[part] for part in sorted(parts, key=order_of) if _shown(part, consented)},
        kept_back(offered, consented),
        phone,
    )
    blocks = [Block(_HASTE, (Item(None, (Say("card.haste_ask"),)),))] if haste else []
    blocks += [block for heading in Heading for block in made.blocks(heading)]
    return Sheet(Say("card.title"), code_name, tuple(blocks), compact=True)


_HASTE: Final = Say("card.haste")


def _shown(part: PartId, consented: frozenset[PartId]) -> bool:
    name = name_of(part)
    return name in WITHOUT_CASE or (part in consented and name not in HIDDEN)


@dataclass(frozen=True, slots=True)
class _Making:
    parts: Mapping[PartId, Part]
    withheld: frozenset[PartId]
    phone: str

    def blocks(self, heading: Heading) -> Iterable[Block]:
        """Yield the blocks under `heading`: one, none, or one for each child."""
        if heading is Heading.CHILD:
            yield from self._children()
            return
        items = self._rest() if heading is Heading.REST else self._laid_out(heading)
        if items:
            yield Block(Say(f"card.{heading}"), tuple(items))

    def _laid_out(self, heading: Heading) -> list[Item]:
        items: list[Item] = []
        for name, fields in LAYOUT[heading]:
            part = part_id(name)
            if part in self.parts:
                items += _of_part(self.parts[part], fields)
            elif part in self.withheld and HOME[name] is heading:
                items += [_not_shared(part)] if _not_shared(part) not in items else []
        if heading is Heading.DANGER:
            items += self._more_danger()
        if heading is Heading.SENDER and self.phone:
            items.append(Item(Say("card.phone"), (self.phone,)))
        if not items and heading in NEVER_SILENT:
            here = any(part_id(name) in self.parts for name, _ in LAYOUT[heading])
            items.append(Item(Say("card.not_filled" if here else "card.not_with")))
        return items

    def _more_danger(self) -> list[Item]:
        """Point to the threat picture when it says more than stands here."""
        part = part_id(PartName.THREAT)
        if part not in self.parts or not _says_more(self.parts[part], PartName.THREAT):
            return []
        return [Item(Say("card.more_danger", (("part", part_label(part)),)))]

    def _children(self) -> Iterable[Block]:
        fields = tuple(name for _, row in LAYOUT[Heading.CHILD] for name in row)
        for part in sorted({*self.parts, *self.withheld}, key=order_of):
            if name_of(part) is PartName.CHILD:
                title = Say("card.child", (("number", number_of(part)),))
                shown = part in self.parts
                items = _of_part(self.parts[part], fields) if shown else [_not_shared(part)]
                yield Block(title, tuple(items))

    def _rest(self) -> list[Item]:
        """Name the parts that have more to read, and those withheld that have no other place."""
        more = [part for part in self.parts if name_of(part) not in WITHOUT_CASE]
        items = [Item(Say("card.more"), tuple(part_label(part) for part in more))]
        withheld = sorted(self.withheld, key=order_of)
        items += [_not_shared(part) for part in withheld if name_of(part) not in HOME]
        return items if more else items[1:]


def _says_more(section: Section, path: str) -> bool:
    """Return whether a question is answered that the card does not show."""
    for asked in questions(type(section)):
        value: object = getattr(section, asked.name)
        here = f"{path}.{asked.name}"
        if not value:
            continue
        if asked.group is None and here not in CARD_FIELDS:
            return True
        if asked.group is not None:
            groups = cast("tuple[Section, ...]", value if asked.many else (value,))
            if any(_says_more(one, here) for one in groups):
                return True
    return False


def part_label(part: PartId) -> Say:
    """Return the part's name, with its number where it has one."""
    name = name_of(part)
    if name not in NUMBERED:
        return Say(f"part.{name}")
    return Say(f"card.{name}", (("number", number_of(part)),))


def _not_shared(part: PartId) -> Item:
    return Item(Say("card.not_shared_part", (("part", part_label(part)),)))


def _of_part(part: Part, fields: tuple[str, ...]) -> list[Item]:
    asked = {each.name: each for each in questions(type(part))}
    items = [item for name in fields for item in _items(part, asked[name], f"{part.WORD}.{name}")]
    if isinstance(part, DigitalSafety):
        return _risks(part, part.WORD) + items
    return items


def _risks(review: DigitalSafety | ChildDigital, path: str) -> list[Item]:
    return [Item(Say(f"field.{path}.{name}"), (), row.note) for name, row in open_risks(review)]


def _items(section: Section, asked: Question, path: str) -> list[Item]:
    """Return the lines for one question; a group's questions become one line's phrases."""
    value: object = getattr(section, asked.name)
    label = Say(f"field.{path}")
    if isinstance(value, ChildDigital):
        phrases = (*_risks(value, path), *_of_group(value, path))
        return [Item(label, phrases)] if phrases else []
    if asked.group is not None and value:
        groups = cast("tuple[Section, ...]", value if asked.many else (value,))
        return [Item(label, phrases) for made in groups if (phrases := _of_group(made, path))]
    return [_of_answer(label, cast("Answer[object]", value), path)] if value else []


def _of_group(group: Section, path: str) -> tuple[Phrase, ...]:
    lead = questions(type(group))[0]
    return tuple(
        replace(item, label=None) if asked is lead else item
        for asked in questions(type(group))
        if f"{path}.{asked.name}" in CARD_FIELDS
        for item in _items(group, asked, f"{path}.{asked.name}")
    )


def _of_answer(label: Say, answer: "Answer[object]", path: str) -> Item:
    if answer.state is not State.GIVEN:
        return Item(label, (Say(choice_msgid(answer.state)),), answer.note)
    value = answer.value
    values = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
    return Item(label, tuple(_phrase(one, path, answer.as_of) for one in values), answer.note)


def _phrase(value: object, path: str, as_of: date) -> Phrase:
    if isinstance(value, StrEnum):
        return Say(choice_msgid(value))
    if path == "person.birth_year":
        born = cast("int", value)
        facts = (("years", as_of.year - born), ("year", as_of.year), ("born", born))
        return Say("card.age", facts)
    if path == "child.age":
        return Say("card.age_child", (("years", cast("int", value)),))
    if path == "threat.perpetrators.photo_attachment":
        return Say("card.attachment", (("number", cast("int", value)),))
    return cast("Phrase", value)
