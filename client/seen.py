"""What stood in a case when the person said yes, so that what is changed afterwards is noticed.

This file knows a part by 16 bytes and an attachment by the sealed file that its bytes lie in
(CONSENT C-1.14), and all that one look showed by 16 bytes more. It refuses to know what changed:
whoever sends reads the names of the parts. None of this leaves the machine.
"""

from collections.abc import Collection, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Final, TypeAlias

from client.case import WITHOUT_CASE, Part, PartId, encode_part, name_of, order_of
from client.refusals import NotSeen, PartChanged
from client.transfer import Staged, Transfer

Parts: TypeAlias = Mapping[PartId, Part]
MARK: Final = 16
"""Bytes by which a part is known again."""
_BYTES: Final = "/bytes"


def marks(
    parts: Parts, staged: Mapping[str, Staged], chosen: Collection[PartId]
) -> Mapping[str, bytes]:
    """Return 16 bytes for each chosen part as it reads now, and for each attachment's bytes."""
    found: dict[str, bytes] = {}
    for part in chosen:
        if part not in parts or name_of(part) in WITHOUT_CASE:
            continue
        found[part] = _mark(encode_part(part, parts[part]))
        if part in staged:
            found[part + _BYTES] = _mark(staged[part].file.encode())
    return MappingProxyType(found)


def changed(transfer: Transfer, parts: Parts, chosen: Collection[PartId]) -> tuple[PartId, ...]:
    """Return the consented parts that were written or changed after the yes, in their order.

    Args:
        transfer: the case, with what stood in it when the yes was written down.
        parts: what stands in it now.
        chosen: the parts that were consented to; those without anything about her do not count.
    """
    now, then = marks(parts, transfer.staged, chosen), transfer.seen
    differ = {name.removesuffix(_BYTES) for name, mark in now.items() if then.get(name) != mark}
    return tuple(sorted((part for part in chosen if part in differ), key=order_of))


def look(
    parts: Parts, staged: Mapping[str, Staged], chosen: Collection[PartId], consent: bytes = b""
) -> str:
    """Return by what a look is known again: these parts as they read now, under this consent."""
    digest = sha256(consent)
    for name, mark in sorted(marks(parts, staged, chosen).items()):
        digest.update(sha256(name.encode()).digest() + mark)
    return digest.hexdigest()[: 2 * MARK]


def looked(
    transfer: Transfer, parts: Parts, chosen: Collection[PartId], shown: str
) -> Mapping[str, bytes]:
    """Return the marks of what is sent exactly as it was looked over, or as it was at the yes.

    Args:
        transfer: the case, with what stood in it when the yes was written down.
        parts: what stands in it now.
        chosen: the parts that were consented to.
        shown: the look that staff were shown and said yes to; empty when they were shown none.

    Raises:
        PartChanged: another file lies in the place of one that was consented to.
        NotSeen: it reads otherwise than in that look; or, without one, than at the yes.

    Returns:
        What to remember: this is what she has seen, and no later step asks of it again.
    """
    check_files(transfer, parts, chosen)
    if shown:
        if shown != look(parts, transfer.staged, chosen, transfer.consent):
            raise NotSeen
    elif changed(transfer, parts, chosen):
        raise NotSeen
    return marks(parts, transfer.staged, chosen)


def check_files(transfer: Transfer, parts: Parts, chosen: Collection[PartId]) -> None:
    """Accept every attachment whose bytes are those that lay there when the yes was written.

    Raises:
        PartChanged: another file lies in the place of one that was consented to.
    """
    now, then = marks(parts, transfer.staged, chosen), transfer.seen
    for part in sorted(chosen, key=order_of):
        name = part + _BYTES
        if name in now and name in then and now[name] != then[name]:
            raise PartChanged(part=part)


def _mark(data: bytes) -> bytes:
    return sha256(data).digest()[:MARK]
