"""That a copy of an opened case was written out of the program: a file, or paper.

This file knows who is asked afterwards: staff, when it is taken back (CONSENT C-12.2). It refuses
to know what is in a copy and where it lies, and to let one be made of what is not open here.
"""

from dataclasses import replace

from client.inbox import In
from client.incoming import Incoming
from client.ledger import Transaction
from client.refusals import WrongState
from client.shelf import Shelf
from client.verbs import finding


def must_be_open(came: Incoming) -> Incoming:
    """Return `came` itself, when it has been opened.

    Raises:
        WrongState: it has not been opened, or is gone again.
    """
    if came.state not in (In.OPENED, In.CONFIRMED):
        raise WrongState(kind=f"in.{came.state}.read")
    return came


async def mark(rows: Transaction, code_name: str) -> Incoming:
    """Note that a copy is written out, before its first byte; return the row.

    Raises:
        NotHere: nothing came under that name.
        WrongState: it has not been opened, or is gone again.
    """
    came = replace(must_be_open(await finding.incoming(rows, code_name)), copied=True)
    await rows.put(Shelf.INBOX, came.package_id, came.encode())
    return came


def of_sheet(what: str, *, file: bool, draft: bool) -> bool:
    """Return whether a printed sheet is a copy that staff are asked about.

    Args:
        what: the word of the sheet.
        file: whether it is written to a file, and not on paper.
        draft: whether it is of a case that is written here.
    """
    if draft or what == "checklist":
        return False
    return file or what != "card"  # the card of the door is shredded after the shift
