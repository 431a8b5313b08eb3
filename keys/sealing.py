"""The one seal: what leaves is routed, signed, and sealed to one member's keys for one day.

This file knows what must hold before a note leaves (ENVELOPE E-4, E-5). It refuses to know the
day, the roster and the keys board: those are asked of the caller. Whatever `seal` lets out,
`opening` accepts, and what it refuses would be refused there for the same reason.
"""

from dataclasses import dataclass, field
from secrets import token_bytes
from typing import TypeAlias

from keys.address import Board, MemberId
from keys.body import (
    MANIFEST_LIMIT,
    SALT_BYTES,
    Body,
    Kind,
    MemberView,
    Seen,
    body_hash,
    check_route,
)
from keys.calendar import Day
from keys.epoch import DayKeys, EpochBatch, key_hash
from keys.errors import BadSignature, TooLarge, WrongRole
from keys.hpke import HpkePublic, HpkeSecret
from keys.identity import Identity, MachineKey, Purpose
from keys.manifest import Manifest, blob_ids, check_expiry, machine_may_say, read_manifest
from keys.note import Addressee, seal_note

Signer: TypeAlias = Identity | MachineKey
"""Who signs a body: the staff's identity, or the machine for the little it may say."""


@dataclass(frozen=True, slots=True)
class Message:
    """Everything a note says, before anybody signs it."""

    kind: Kind
    board: Board
    """The board of the kind's route; for a dummy any board its sender writes to."""
    sender: MemberView = field(repr=False)
    recipient: MemberView = field(repr=False)
    roster_version: int
    roster_hash: bytes
    """32 bytes: of the roster that the sender trusts."""
    manifest: bytes = field(repr=False)
    gossip: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Sealed:
    """A note ready to be posted."""

    note: bytes = field(repr=False)
    """8,192 bytes."""
    body_hash: bytes
    """32 bytes: how an answer (`Accepted`) names this note."""


def seal(
    message: Message, signer: Signer, keys: EpochBatch, today: Day, prekey: HpkePublic | None = None
) -> Sealed:
    """Sign `message` and seal it to its recipient's keys for `today`.

    Args:
        message: what is said, by whom and to whom.
        signer: the sender's identity, or its machine key for a dummy or a `stored` receipt.
        keys: the recipient's own signed batch; it is checked here, every time.
        today: the UTC day, whose epoch keys are used.
        prekey: a one-time key of the recipient's, verified and used up durably by the caller;
            without one the day's inner key is used.

    Raises:
        WrongRole, WrongBoard, UnknownKind: the kind does not go that way (E-5.4).
        TooLarge: the manifest is longer than 2,048 bytes.
        Malformed: the manifest breaks its kind's rules.
        Expired: the package's last day is past.
        BadSignature: the signer may not sign this, is not the sender, or the batch is not the
            recipient's.
        NoKeys: the recipient has published no keys for today.
    """
    manifest = _checked(message, signer, today)
    keys.check(message.recipient.identity)
    day = keys.for_day(today)
    inner = day.inner_public if prekey is None else prekey
    return _sealed(message, manifest, signer, _addressee(message, day, inner))


def seal_to_nobody(message: Message, signer: Signer, today: Day) -> Sealed:
    """Seal a dummy as `seal` does, to keys made for it alone, whose secrets nobody has (E-4.8).

    For a member whose own keys have run out: without its dummies, a note that waits would be seen.

    Raises:
        WrongRole: the message is no dummy; whatever says something is for somebody.
        WrongBoard, TooLarge, Malformed, BadSignature: as `seal`.
    """
    if message.kind is not Kind.DUMMY:
        raise WrongRole(kind=message.kind.word)
    manifest = _checked(message, signer, today)
    inner = HpkeSecret.generate().public
    day = DayKeys(today, HpkeSecret.generate().public, inner)
    return _sealed(message, manifest, signer, _addressee(message, day, inner))


def _checked(message: Message, signer: Signer, today: Day) -> Manifest:
    """Accept a message that may go its way, and be signed by `signer`; return what it says."""
    sender, recipient = message.sender, message.recipient
    to_self = sender.member_id == recipient.member_id
    check_route(message.kind, message.board, sender.role, recipient.role, to_self=to_self)
    if len(message.manifest) > MANIFEST_LIMIT:
        raise TooLarge(limit=MANIFEST_LIMIT)
    manifest = read_manifest(message.kind, message.manifest)
    check_expiry(manifest, today)
    _check_signer(signer, message, manifest)
    return manifest


def _sealed(message: Message, manifest: Manifest, signer: Signer, to: Addressee) -> Sealed:
    body = _body(message, to).encode()
    signature = _sign(signer, message.sender.member_id, body)
    sealed = seal_note(to, body, signature, blob_ids(manifest))
    return Sealed(sealed, body_hash(body))


def _check_signer(signer: Signer, message: Message, manifest: Manifest) -> None:
    if isinstance(signer, Identity):
        allowed = signer.public == message.sender.identity
    else:
        allowed = machine_may_say(message.kind, manifest)
    if not allowed:
        raise BadSignature


def _addressee(message: Message, day: DayKeys, inner: HpkePublic) -> Addressee:
    return Addressee(
        message.board,
        message.recipient.member_id,
        day.day,
        day.outer_public,
        inner,
        token_bytes(SALT_BYTES),
    )


def _body(message: Message, to: Addressee) -> Body:
    return Body(
        channel=message.board,
        kind=message.kind,
        sender_id=message.sender.member_id,
        recipient_id=to.recipient_id,
        roster_version=message.roster_version,
        roster_hash=message.roster_hash,
        board_epoch=to.day,
        salt=to.salt,
        key_hash=key_hash(to.inner_public),
        gossip=message.gossip,
        manifest=message.manifest,
    )


def _sign(signer: Signer, sender_id: MemberId, body: bytes) -> bytes:
    if isinstance(signer, Identity):
        return signer.sign(Purpose.ENVELOPE, body)
    return signer.sign(Purpose.ENVELOPE, body, sender_id)
