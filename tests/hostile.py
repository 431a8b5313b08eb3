"""A sending centre whose program was changed: it seals what the honest one cannot be made to seal.

It holds the member's true keys and true tokens and says that the place was agreed by phone, so
that nothing but the receiver's own checks is left to say no.
"""

import secrets

from client.case import encode_part
from client.casefile import read_case
from client.verbs.cases import date_of
from keys.calendar import Day
from keys.manifest import ConsentMark
from tests import malice
from tests.parties import Party


async def smuggle(sender: Party, centre: Party, text: str) -> str:
    """Send a case to a centre though the person said no; return the code that would open it."""
    office = sender.service.office
    case = read_case(text, today=date_of(office))
    contents = tuple((part, encode_part(part, content)) for part, content in case.parts.items())
    mark = ConsentMark(secrets.token_bytes(32), Day(office.today + 7))
    made = malice.package(sender, contents, mark)
    await malice.tell(sender, centre, made.said(), made.blob)
    return made.code
