"""The digital review on paper: as it stands, or blank to carry along.

The filled list has every row with its state, who checked it and on which day, under each time at
which it is checked. The blank one has the rows and boxes to tick: no name, no code name and
nothing that was found, so a list left on a bus says nothing about anybody.
"""

from typing import Final

from client.card import kept_back, part_label
from client.case import PartName, part_id
from client.case.child import Child
from client.case.declaration import Question, When, choice_msgid, questions
from client.case.digital_safety import CheckState, ChildDigital, DigitalSafety
from client.casesheet import Printable, item_lines
from client.sheet import Block, Item, Say, Sheet

_BOXES: Final = tuple(state for state in CheckState if state is not CheckState.NOT_CHECKED)
_TITLE: Final = Say("sheet.digital")
_OWN: Final = part_id(PartName.DIGITAL_SAFETY)
_CHILDS: Final = f"{Child.WORD}.digital"


def filled_checklist(case: Printable) -> Sheet:
    """Return the list as it stands: the person's own rows by time, then each child's.

    A row that nobody has answered is «not checked», which is a reminder and never a block.
    """
    shown = case.shown()
    if _OWN in kept_back(case.offered, case.consented):
        blocks = [Block(part_label(_OWN), (Item(None, (Say("sheet.not_shared"),)),))]
    else:
        own = shown.get(_OWN)
        blocks = _blocks(own if isinstance(own, DigitalSafety) else DigitalSafety())
    for which, part in shown.items():
        if isinstance(part, Child):
            digital = part.digital or ChildDigital()
            rows = (_row(digital, asked, _CHILDS) for asked in questions(ChildDigital))
            blocks.append(Block(part_label(which), tuple(line for line in rows if line)))
    return Sheet(_TITLE, case.code_name, tuple(blocks))


def blank_checklist() -> Sheet:
    """Return the list to print and carry: rows and boxes, and nothing about anybody."""
    boxes = (Say("sheet.boxes", tuple((state, Say(choice_msgid(state))) for state in _BOXES)),)
    day = (Say("sheet.line"),)
    blocks = [
        Block(
            Say(choice_msgid(when)),
            tuple(
                Item(_label(asked, DigitalSafety.WORD), day if asked.choices is None else boxes)
                for asked in _checked_at(when)
            ),
        )
        for when in When
    ]
    return Sheet(_TITLE, "", tuple(blocks))


def _blocks(own: DigitalSafety) -> list[Block]:
    blocks: list[Block] = []
    for when in When:
        rows = (_row(own, asked, DigitalSafety.WORD) for asked in _checked_at(when))
        blocks.append(Block(Say(choice_msgid(when)), tuple(line for line in rows if line)))
    rest = [asked for asked in questions(DigitalSafety) if not asked.stages]
    more = [line for asked in rest for line in item_lines(own, asked, DigitalSafety.WORD)]
    return [*blocks, Block(Say("sheet.child.more"), tuple(more))] if more else blocks


def _checked_at(when: When) -> tuple[Question, ...]:
    return tuple(asked for asked in questions(DigitalSafety) if when in asked.stages)


def _row(review: DigitalSafety | ChildDigital, asked: Question, path: str) -> Item | None:
    """Return one row; what is no row to check is left out while it is empty."""
    answered = item_lines(review, asked, path)
    if answered:
        return answered[0]
    if asked.choices is not CheckState:
        return Item(_label(asked, path), (Say("card.not_filled"),)) if asked.stages else None
    return Item(_label(asked, path), (Say(choice_msgid(CheckState.NOT_CHECKED)),))


def _label(asked: Question, path: str) -> Say:
    return Say(f"field.{path}.{asked.name}")
