"""The one open: a note is believed only when every check holds, in one fixed order.

This file knows that order (ENVELOPE E-9.4) and answers each breach with its own refusal. It
refuses to know the roster, the day and what was opened before: those are asked of the caller,
who stores what was opened and its replay keys in one transaction.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Protocol

from keys import note
from keys.address import MemberId, PackageId
from keys.body import ROUTES, Body, Kind, MemberView, body_hash, check_route, machine_signs
from keys.calendar import Day
from keys.epoch import EpochSecret
from keys.errors import (
    BadCertificate,
    BadSignature,
    BlobListMismatch,
    KeyMismatch,
    Refusal,
    Replayed,
    RevokedMember,
    WrongChannel,
    WrongRecipient,
)
from keys.identity import (
    ED25519_SIGNATURE_BYTES,
    MachineCertificate,
    MachinePublic,
    PublicIdentity,
    Purpose,
    verify_machine,
)
from keys.manifest import (
    Manifest,
    PackageManifest,
    blob_ids,
    check_expiry,
    machine_may_say,
    read_manifest,
)
from keys.note import InnerLayer, OuterLayer
from keys.prekeys import PrekeySecret
from keys.receipt import manifest_hash

open_outer: Final = note.open_outer
"""Open the outer layer of a note by trial; None when it is not for us."""

BEGINS_PACKAGE: Final = frozenset(kind for kind, route in ROUTES.items() if route.blobs)
"""Kinds that bring a package id for the first time, and so only once (E-9.6)."""


class ReplaySet(Protocol):
    """What was opened before. The ledger adds `Opened.replay_keys` with what it stores."""

    def __contains__(self, key: object, /) -> bool:
        """Return whether `key`, 32 bytes, was added."""
        ...


@dataclass(frozen=True, slots=True)
class Opener:
    """What one member needs to open an inner layer and to judge it."""

    me: MemberView
    prekeys: Sequence[PrekeySecret] = field(repr=False)
    """The one-time secrets that still live."""
    inners: Sequence[EpochSecret] = field(repr=False)
    """The inner epoch secrets that still live."""
    member: Callable[[MemberId], MemberView]
    """The roster's lookup; it raises `UnknownMember` or `RevokedMember`."""
    certificates: Callable[[MemberId], Iterable[MachineCertificate]]
    """The machine certificates that a member has published, checked or not."""
    replay: ReplaySet


@dataclass(frozen=True, slots=True)
class Opened:
    """A note that passed every check. Store it and `replay_keys` in one transaction."""

    body: Body
    sender: MemberView = field(repr=False)
    manifest: Manifest
    """Read where this floor knows the form; else None, and `body.manifest` is the client's."""
    body_hash: bytes
    manifest_hash: bytes
    by_machine: bool
    prekey: PrekeySecret | None = field(repr=False)
    """Destroy it in that transaction. None: the forward secrecy of this note is that of its day."""
    replay_keys: tuple[bytes, ...]
    """32 bytes each, to be kept as long as the epoch key of `body.board_epoch`."""


def open_inner(outer: OuterLayer, by: Opener, today: Day) -> Opened:
    """Open an inner layer and believe it only when every check holds, in the order of E-9.4.

    Raises:
        Expired: it does not open and its day's key is gone, or the package's last day is past.
        Damaged: it does not open.
        Malformed: its form, version or kind, or its manifest.
        WrongRecipient, WrongChannel: the signed body is for somebody or somewhere else.
        UnknownMember, RevokedMember: from the roster.
        WrongRole, WrongBoard: the kind does not go that way.
        BadSignature, BadCertificate: who signed it, and whether it might.
        KeyMismatch: the signed body names another key or day than those that opened it, or the
            prekey that opened it was made for another sender.
        BlobListMismatch: the manifest and the outer layer list different blobs.
        Replayed: it, or the package it begins, was opened before.
    """
    sealed = _layer_key(outer)
    if sealed in by.replay:
        raise Replayed  # the prekey that opened it is gone
    layer = note.open_inner(outer, by.me.member_id, by.prekeys, by.inners)
    body = Body.decode(layer.body)
    sender = _check_addresses(body, outer, by)
    by_machine = _check_signature(layer, body, sender, by)
    manifest = read_manifest(body.kind, body.manifest)
    if by_machine and not machine_may_say(body.kind, manifest):
        raise BadSignature
    opened_with = (layer.key_hash, outer.day, outer.salt)
    if opened_with != (body.key_hash, body.board_epoch, body.salt):
        raise KeyMismatch
    if layer.prekey is not None and layer.prekey.sender != body.sender_id:
        raise KeyMismatch  # whoever uses up another's prekey must not have it destroyed
    if outer.blob_ids != blob_ids(manifest):
        raise BlobListMismatch
    check_expiry(manifest, today)
    once = _replay_keys(layer.body, body.kind, manifest)
    if any(key in by.replay for key in once):
        raise Replayed
    if layer.prekey is not None:
        once = (*once, sealed)
    return Opened(
        body=body,
        sender=sender,
        manifest=manifest,
        body_hash=body_hash(layer.body),
        manifest_hash=manifest_hash(body.manifest),
        by_machine=by_machine,
        prekey=layer.prekey,
        replay_keys=once,
    )


@dataclass(frozen=True, slots=True)
class UsedUp:
    """A prekey that is used up, though what it opened was refused."""

    prekey: PrekeySecret = field(repr=False)
    """Destroy it in the transaction that lets go of the note."""
    replay_key: bytes
    """Keep it from then on, as `Opened.replay_keys` are kept."""


def used_up(outer: OuterLayer, by: Opener) -> UsedUp | None:
    """Return the prekey that a refused note has used up all the same (E-17.8).

    Its own sender signed for it: nothing else will come by it, and a package that was sent again
    must not stay readable by it. Nothing will come from whoever was revoked either. None when no
    prekey opens the note, or its sender did not sign for that key: then the key waits for whom it
    was made for.
    """
    try:
        layer = note.open_inner(outer, by.me.member_id, by.prekeys, ())
        body = Body.decode(layer.body)
        with suppress(RevokedMember):
            _check_signature(layer, body, by.member(body.sender_id), by)
    except Refusal:
        return None
    prekey = layer.prekey
    if prekey is None or (prekey.sender, layer.key_hash) != (body.sender_id, body.key_hash):
        return None
    return UsedUp(prekey, _layer_key(outer))


def package_key(package_id: PackageId) -> bytes:
    """Return how a replay set names a package that has begun (E-9.6)."""
    return sha256(b"folge/1\0package" + package_id).digest()


def _layer_key(outer: OuterLayer) -> bytes:
    """Return how a replay set names an inner layer whose prekey is destroyed (E-9.6)."""
    return sha256(b"folge/1\0layer" + outer.inner).digest()


def _replay_keys(signed: bytes, kind: Kind, manifest: Manifest) -> tuple[bytes, ...]:
    """Return what makes a second opening a replay: the signed body, sealed anew or not."""
    if kind in BEGINS_PACKAGE and isinstance(manifest, PackageManifest):
        return body_hash(signed), package_key(manifest.package_id)
    return (body_hash(signed),)


def _check_addresses(body: Body, outer: OuterLayer, by: Opener) -> MemberView:
    """Return the sender, once the body is for us, from this board and by a route that exists."""
    if body.recipient_id != by.me.member_id:
        raise WrongRecipient
    if body.channel is not outer.board:
        raise WrongChannel
    sender = by.member(body.sender_id)
    to_self = body.sender_id == body.recipient_id
    check_route(body.kind, body.channel, sender.role, by.me.role, to_self=to_self)
    return sender


def _check_signature(layer: InnerLayer, body: Body, sender: MemberView, by: Opener) -> bool:
    """Verify the signature over the bytes as they came; return whether a machine made it."""
    if len(layer.signature) != ED25519_SIGNATURE_BYTES:
        sender.identity.verify(Purpose.ENVELOPE, layer.body, layer.signature)
        return False
    if not machine_signs(body.kind):
        raise BadSignature
    valid = [
        certificate.machine_public
        for certificate in by.certificates(body.sender_id)
        if _is_valid(certificate, sender.identity, body.board_epoch)
    ]
    # Also when another machine of the sender's is known: the certificate of a newer one may be
    # lacking here, and the two cannot be told apart.
    if not any(_signed_by(public, layer, body.sender_id) for public in valid):
        raise BadCertificate
    return True


def _is_valid(certificate: MachineCertificate, identity: PublicIdentity, day: Day) -> bool:
    # The day of the note's epoch key, not of its opening: a receipt may wait for a staff unlock
    # longer than its machine's certificate lasts.
    try:
        certificate.check(identity, day)
    except BadCertificate:
        return False
    return True


def _signed_by(public: MachinePublic, layer: InnerLayer, sender_id: MemberId) -> bool:
    try:
        verify_machine(public, Purpose.ENVELOPE, layer.body, sender_id, layer.signature)
    except BadSignature:
        return False
    return True
