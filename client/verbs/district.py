"""What the verbs of a police district share: a request on the desk, and the word to the centre.

This file knows the rows of the police channel at a district. It refuses to say anything to a centre
but one word of the closed list, and anything at all about another case than the one it is asked of.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from client import reception
from client.inbox import INBOX, In, InEvent
from client.incoming import Incoming
from client.ledger import Transaction
from client.messages import (
    BACK_WORDS,
    PoliceContact,
    PoliceStatus,
    PoliceViewAnswer,
    StatusWord,
)
from client.notice import NEXT
from client.office import Office
from client.owed import owe
from client.policelines import NoticeContent, RequestContent
from client.refusals import WrongState
from client.shelf import Shelf
from client.verbs import finding
from client.verbs.effects import apply_incoming
from client.vocabulary import DeclineReason
from keys.address import PackageId
from keys.body import Kind
from keys.errors import NotHere, WrongShape
from keys.manifest import PackageManifest
from keys.wire import unpack

_NOTHING_WENT_ON: Final = frozenset(
    {StatusWord.RECEIVED, StatusWord.DECLINED, StatusWord.COULD_NOT_CONTACT}
)
"""After these alone nothing was said to another district on this request."""


async def came(office: Office, code_name: str, kinds: Collection[Kind]) -> Incoming:
    """Return what came under that name at this desk.

    Raises:
        NotHere: nothing did.
        WrongState: it is of another kind, or nobody has read it here.
    """
    async with office.ledger.reading() as rows:
        found = await finding.incoming(rows, code_name)
    if found.kind not in kinds:
        raise WrongState(kind="police.other_kind")
    if found.state is In.WAITING:
        raise WrongState(kind="police.unread")
    return found


async def content(office: Office, found: Incoming) -> RequestContent | NoticeContent:
    """Open what a centre or another district says.

    Raises:
        NotHere: its bytes are not here yet, or not any more.
        CommitmentMismatch, Damaged, Malformed: see `client.reception`.
    """
    manifest = PackageManifest.decode(found.manifest, found.kind)
    package = reception.package_of(manifest, found)
    key = manifest.blobs[0].key
    async with office.ledger.reading() as rows:
        file = await rows.get(Shelf.BLOB, manifest.blobs[0].blob_id)
    if file is None or key is None:
        raise NotHere
    with office.cells.reading(file.decode()) as source:
        if found.kind in NEXT:
            return reception.open_request(source, key, package)
        return reception.open_notice(source, key, package)


async def settle(
    rows: Transaction,
    office: Office,
    found: Incoming,
    word: StatusWord,
    reason: DeclineReason | None = None,
) -> None:
    """Close a request on this desk and owe the centre one word.

    Raises:
        WrongState: it is closed already, or was never opened.
    """
    fresh = await finding.incoming(rows, found.code_name)
    if fresh.state is In.CONFIRMED:
        raise WrongState(kind="request.settled")
    step = INBOX.step(fresh.state, InEvent.CONFIRM)
    await apply_incoming(rows, office, replace(fresh, settled=office.today), step)
    await tell(rows, office, found, word, reason)


async def tell(
    rows: Transaction,
    office: Office,
    found: Incoming,
    word: StatusWord,
    reason: DeclineReason | None = None,
) -> None:
    """Owe the centre one word on its request, and remember which."""
    status = PoliceStatus(found.package_id, word, office.today, reason)
    await rows.put(Shelf.POLICE, found.package_id, status.encode())
    await owe(rows, office, found.sender, status)


async def passed_on(rows: Transaction, found: Incoming) -> bool:
    """Return whether another district was told or asked on this request, by whatever channel."""
    if await asked(rows, found):
        return True
    kept = await rows.get(Shelf.POLICE, found.package_id)
    told = None if kept is None else status_in(kept)
    return told is not None and told.status not in _NOTHING_WENT_ON


async def asked(rows: Transaction, found: Incoming) -> tuple[PackageId, ...]:
    """Return what was sent to other districts on this request."""
    return tuple(
        sent.package_id
        for sent in await finding.all_outgoing(rows)
        if sent.kind in NEXT.values() and sent.code_name == found.code_name
    )


async def heard(rows: Transaction, found: Incoming) -> list[PoliceContact | PoliceViewAnswer]:
    """Return what other districts said back on this request; it stays with this district."""
    kept = [await rows.get(Shelf.POLICE, one) for one in await asked(rows, found)]
    said = [_heard_in(value) for value in kept if value is not None]
    return [one for one in said if one is not None]


def status_in(value: bytes) -> PoliceStatus | None:
    """Return the word that a row of the police shelf holds, if it holds one."""
    return PoliceStatus.decode(value) if _tag(value) == "police_status" else None


def took_back(value: bytes | None) -> bool:
    """Return whether a row of the police shelf holds the answer to what was taken back."""
    said = None if value is None else status_in(value)
    return said is not None and said.status in BACK_WORDS


def _heard_in(value: bytes) -> PoliceContact | PoliceViewAnswer | None:
    match _tag(value):
        case "police_contact":
            return PoliceContact.decode(value)
        case "police_view_answer":
            return PoliceViewAnswer.decode(value)
        case _:
            return None


def _tag(value: bytes) -> str:
    match unpack(value):
        case [str(tag), *_]:
            return tag
        case _:
            raise WrongShape(field="police")
