"""What the arrival card says of what came or was noted after the case did.

This file knows days and sources. It refuses to change what the card says of the case itself.
"""

from datetime import date, timedelta
from typing import Final

from client.case import name_of
from client.kept import How
from client.office import Office
from client.sheet import Block, Item, Say
from client.verbs import keptcases
from client.verbs.keptcases import OpenedCase

_EPOCH: Final = date(1970, 1, 1)


def changed(case: OpenedCase) -> tuple[Block, ...]:
    """Say on the card which parts the sender has added or corrected, and when."""
    items = tuple(
        Item(Say(f"part.{name_of(part)}"), (_EPOCH + timedelta(days=one.day),))
        for part, one in case.kept.newest.items()
        if one.how is How.UPDATE
    )
    return (Block(Say("card.changed"), items),) if items else ()


async def noted(office: Office, case: OpenedCase) -> tuple[Block, ...]:
    """Say on the card what was noted here since, beside which part."""
    items: list[Item] = []
    for part in case.parts:
        for how, day, octets in await keptcases.versions(office, case, part):
            if how is How.NOTE:
                said = (octets.decode(), _EPOCH + timedelta(days=day))
                items.append(Item(Say(f"part.{name_of(part)}"), said))
    return (Block(Say("card.noted"), tuple(items)),) if items else ()
