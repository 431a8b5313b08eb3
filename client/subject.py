"""Who a child, or which file an attachment is, in 16 bytes that say nothing else (CONSENT C-1.6).

This file knows what tells one child or file from another at the same place in a list. It refuses
to know any part that there is only one of.
"""

from hashlib import sha256
from typing import Final

from client.case import Part
from client.case.attachment import Attachment
from client.case.child import Child
from keys.wire import Packable, pack

SUBJECT_BYTES: Final = 16


def subject_of(part: Part) -> bytes:
    """Return the 16 bytes of a child or an attachment; every other part is only of its kind."""
    said: list[Packable] = []
    if isinstance(part, Child):
        said = [
            None if part.call_name is None else part.call_name.value,
            None if part.age is None else part.age.value,
        ]
    if isinstance(part, Attachment):
        said = [part.type.value, part.file, part.belongs_to, part.shared_with]
    return sha256(pack(["subject", 1, part.WORD, *said])).digest()[:SUBJECT_BYTES]
