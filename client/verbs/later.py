"""What the arrival card says of what came, was noted or was said yes to after the case came.

This file knows days and sources. It refuses to change what the card says of the case itself.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from client.card import part_label
from client.case import PartId, decode_part, name_of
from client.case.declaration import choice_msgid
from client.casesheet import Printable, card_of, case_sheets, section_block
from client.checklist import filled_checklist
from client.kept import How, Version
from client.office import Office
from client.renewal import Renewal
from client.sheet import Block, Item, Say, Sheet
from client.since import (
    NoteSince,
    RenewalSince,
    SinceArrival,
    VersionHead,
    VersionKind,
    VersionSince,
    told_apart,
)
from client.verbs import keptcases
from client.verbs.keptcases import OpenedCase
from keys.calendar import Day, calendar_date

_WHOLE: Final = (How.CAME, How.UPDATE, How.CHECK)
_SEVERAL: Final = 2


async def front(office: Office, opened: OpenedCase, case: Printable) -> tuple[Sheet]:
    """Return the arrival card, with what has come, been noted or been agreed to since."""
    made = card_of(case)
    return (replace(made, blocks=(*made.blocks, *await since(office, opened))),)


async def journal(office: Office, opened: OpenedCase, case: Printable) -> tuple[Sheet, ...]:
    """Return every page for the centre's own journal: the card, the case, and what came since."""
    first, past = await front(office, opened, case), await before(office, opened, case)
    return (*first, *case_sheets(case), filled_checklist(case), *past)


async def before(office: Office, opened: OpenedCase, case: Printable) -> tuple[Sheet, ...]:
    """Return a page of what parts said at each time, for those that were said more than once."""
    blocks: list[Block] = []
    said = Counter(one.part for one in opened.kept.versions if one.how in _WHOLE)
    for part in case.shown():
        if said[part] < _SEVERAL:
            continue
        for how, day, octets in await keptcases.versions(office, opened, part):
            if how not in _WHOLE:
                continue
            made = section_block(decode_part(part, octets), part_label(part))
            when = Say(f"version.{how}", (("day", f"{calendar_date(day):%d.%m.%Y}"),))
            blocks.append(replace(made, items=(Item(None, (when,)), *made.items)))
    return (Sheet(Say("sheet.history"), case.code_name, tuple(blocks)),) if blocks else ()


async def since_arrival(office: Office, opened: OpenedCase, case: Printable) -> SinceArrival | None:
    """Return for the export what the card and the pages of `before` say; None of nothing.

    A part that was added stands here with its day, also when it was said only once.
    """
    notes: list[NoteSince] = []
    told: dict[PartId, tuple[VersionSince, ...]] = {}
    for part in case.shown():
        said: list[VersionSince] = []
        for how, day, octets in await keptcases.versions(office, opened, part):
            on = calendar_date(day)
            if how is How.NOTE:
                notes.append(NoteSince(part=part, noted_on=on, text=octets.decode()))
            else:
                head = VersionHead(kind=VersionKind(how.value), recorded_on=on)
                said.append(VersionSince(head, decode_part(part, octets)))
        if told_apart(tuple(said)):
            told[part] = tuple(said)
    renewals = tuple(map(_renewed, opened.kept.renewed))
    return SinceArrival(tuple(notes), MappingProxyType(told), renewals) or None


def _renewed(one: Renewal) -> RenewalSince:
    return RenewalSince(
        purpose=one.purpose,
        given_by=one.given_by,
        form=one.form,
        language=one.language,
        given_on=calendar_date(one.given),
        ends_on=calendar_date(one.ends),
    )


async def since(office: Office, case: OpenedCase) -> tuple[Block, ...]:
    """Return everything that the card says beside the case as it came."""
    said = (*changed(case), *checked(case), *await noted(office, case))
    return (*said, *agreed(case, office.today))


def agreed(case: OpenedCase, today: Day) -> tuple[Block, ...]:
    """Say on the card that the consent has ended, and what the person said yes to anew (C-18)."""
    items: list[Item] = []
    ends = case.consent.ends
    if ends < today:
        items.append(Item(Say("card.consent_ended"), (calendar_date(ends),)))
    for one in case.kept.renewed:
        said = (
            calendar_date(one.given),
            Say("card.counts_until", (("day", f"{calendar_date(one.ends):%d.%m.%Y}"),)),
            Say(choice_msgid(one.given_by)),
            Say(choice_msgid(one.form)),
            one.language,
        )
        items.append(Item(Say(choice_msgid(one.purpose)), said))
    return (Block(Say("card.consent"), tuple(items)),) if items else ()


def changed(case: OpenedCase) -> tuple[Block, ...]:
    """Say on the card which parts the sender has added or corrected, and when."""
    updates = (one for one in case.kept.newest.values() if one.how is How.UPDATE)
    return _dated("card.changed", updates)


def checked(case: OpenedCase) -> tuple[Block, ...]:
    """Say on the card when the digital check was gone through here (C-17.7)."""
    return _dated("card.checked", {one.part: one for one in case.kept.checks}.values())


async def noted(office: Office, case: OpenedCase) -> tuple[Block, ...]:
    """Say on the card what was noted here since, beside which part."""
    items: list[Item] = []
    for part in case.parts:
        for how, day, octets in await keptcases.versions(office, case, part):
            if how is How.NOTE:
                said = (octets.decode(), calendar_date(day))
                items.append(Item(Say(f"part.{name_of(part)}"), said))
    return (Block(Say("card.noted"), tuple(items)),) if items else ()


def _dated(msgid: str, said: Iterable[Version]) -> tuple[Block, ...]:
    items = tuple(Item(Say(f"part.{name_of(one.part)}"), (calendar_date(one.day),)) for one in said)
    return (Block(Say(msgid), items),) if items else ()
