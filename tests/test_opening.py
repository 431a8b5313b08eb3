"""Promises about receiving: every attack that a member or the broker can make has its refusal."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keys.address import Board, CellHash, MemberId, PackageId
from keys.body import Kind
from keys.calendar import Day
from keys.epoch import key_hash
from keys.errors import (
    BadCertificate,
    BadSignature,
    BlobListMismatch,
    Damaged,
    Expired,
    KeyMismatch,
    Malformed,
    Refusal,
    Replayed,
    RevokedMember,
    UnknownKind,
    UnknownMember,
    UnknownVersion,
    WrongBoard,
    WrongChannel,
    WrongRecipient,
    WrongRole,
    WrongShape,
)
from keys.hpke import HpkeSecret
from keys.identity import MachineCertificate, MachineKey, Purpose
from keys.manifest import PackageManifest, blob_ids
from keys.opening import open_inner, open_outer, package_key
from keys.receipt import ReceiptStatus
from keys.sealing import seal
from tests.notes import (
    ALL,
    BATCHES,
    BY_MACHINE,
    EVA,
    HONEST,
    IDA,
    IDS,
    INQUIRY_NOTE,
    KARI,
    MANIFESTS,
    NOTICE,
    OLE,
    PACKAGE,
    PACKAGE_ID,
    PER,
    REQUEST,
    SIGNATURE,
    STORED,
    STORED_NOTE,
    TODAY,
    WAITING,
    Member,
    Note,
    opener,
    with_field,
)

PREKEY: Final = HpkeSecret.from_seed(b"1" * 32)
OTHER_BLOB: Final = CellHash(b"x" * 32)


def test_honest_notes_open() -> None:
    """The notes that the attacks below start from are themselves in order."""
    for note in (HONEST, STORED_NOTE, BY_MACHINE, INQUIRY_NOTE, NOTICE):
        assert note.opened().body.kind is note.kind


ATTACKS: Final = [
    pytest.param(
        replace(HONEST, named=IDA, reader=KARI),
        WrongRecipient,
        id="a corrupt member re-seals a package as if from the first sender",
    ),
    pytest.param(
        replace(HONEST, named=KARI, reader=KARI, signature=SIGNATURE),
        BadSignature,
        id="a corrupt member re-seals a package and writes in another recipient",
    ),
    pytest.param(replace(NOTICE, channel=Board.CENTRE), WrongChannel, id="moved to another board"),
    pytest.param(replace(HONEST, sender=KARI), UnknownMember, id="a sender nobody enrolled"),
    pytest.param(
        replace(HONEST, signer=KARI.secret), BadSignature, id="a stranger signs in a member's name"
    ),
    pytest.param(
        replace(HONEST, signer=IDA.secret),
        BadSignature,
        id="the receiver itself signs in the sender's name",
    ),
    pytest.param(
        replace(NOTICE, kind=Kind.POLICE_REQUEST, manifest=MANIFESTS[Kind.POLICE_REQUEST]),
        WrongRole,
        id="police send what only a centre sends",
    ),
    pytest.param(
        replace(NOTICE, sender=EVA), WrongRole, id="a centre sends the police a notice as police"
    ),
    pytest.param(replace(HONEST, sender=OLE), WrongRole, id="the police send a centre a case"),
    pytest.param(
        replace(HONEST, named=OLE, reader=OLE), WrongRole, id="a centre sends the police a case"
    ),
    pytest.param(
        replace(HONEST, board=Board.REPLY, channel=Board.REPLY),
        WrongBoard,
        id="a case on the reply board",
    ),
    pytest.param(
        replace(INQUIRY_NOTE, kind=Kind.DUMMY), WrongRole, id="a dummy from somebody else"
    ),
    pytest.param(
        replace(HONEST, signature=b"\0" * 64 + SIGNATURE[64:]),
        BadSignature,
        id="one of two signatures broken: the old",
    ),
    pytest.param(
        replace(HONEST, signature=SIGNATURE[:64] + bytes(3_309)),
        BadSignature,
        id="one of two signatures broken: the new",
    ),
    pytest.param(
        replace(HONEST, signature=SIGNATURE[:64]), BadSignature, id="the new half stripped"
    ),
    pytest.param(
        replace(HONEST, signature=SIGNATURE[64:]), BadSignature, id="the old half stripped"
    ),
    pytest.param(
        replace(STORED_NOTE, signature=STORED_NOTE.signed[:64]),
        BadCertificate,
        id="half an identity signature as a machine's",
    ),
    pytest.param(replace(HONEST, signature=b""), BadSignature, id="no signature"),
    pytest.param(
        replace(HONEST, purpose=Purpose.EPOCHS), BadSignature, id="signed for another purpose"
    ),
    pytest.param(
        replace(HONEST, signer=EVA.machine), BadSignature, id="the machine signs a case package"
    ),
    pytest.param(
        replace(INQUIRY_NOTE, signer=EVA.machine), BadSignature, id="the machine signs an inquiry"
    ),
    *(
        pytest.param(
            replace(BY_MACHINE, manifest=replace(STORED, status=status).encode()),
            BadSignature,
            id=f"the machine signs a receipt «{status}»",
        )
        for status in ReceiptStatus
        if status is not ReceiptStatus.STORED
    ),
    pytest.param(
        replace(BY_MACHINE, signer=IDA.machine), BadCertificate, id="another member's machine signs"
    ),
    pytest.param(
        replace(BY_MACHINE, purpose=Purpose.READ), BadCertificate, id="a read proof as a receipt"
    ),
    pytest.param(
        replace(BY_MACHINE, day=Day(TODAY + 30), named_day=Day(TODAY + 30)),
        BadCertificate,
        id="a machine whose certificate has run out",
    ),
    pytest.param(
        replace(HONEST, named_key=key_hash(PREKEY.public)),
        KeyMismatch,
        id="sealed anew to another key",
    ),
    pytest.param(
        replace(HONEST, day=Day(TODAY + 1)), KeyMismatch, id="sealed anew for another day"
    ),
    pytest.param(replace(HONEST, salt=b"j" * 16), KeyMismatch, id="sealed anew under another salt"),
    pytest.param(replace(HONEST, blobs=IDS[:1]), BlobListMismatch, id="a blob left out"),
    pytest.param(replace(HONEST, blobs=IDS[::-1]), BlobListMismatch, id="two blobs swapped"),
    pytest.param(
        replace(HONEST, blobs=(IDS[0], OTHER_BLOB)), BlobListMismatch, id="a blob exchanged"
    ),
    pytest.param(
        replace(NOTICE, blobs=(*blob_ids(REQUEST), OTHER_BLOB)),
        BlobListMismatch,
        id="a blob added",
    ),
    pytest.param(
        replace(INQUIRY_NOTE, blobs=(OTHER_BLOB,)), BlobListMismatch, id="a blob without a manifest"
    ),
    pytest.param(replace(HONEST, raw=with_field(0, 2)), UnknownVersion, id="a newer version"),
    pytest.param(replace(HONEST, raw=with_field(2, 99)), UnknownKind, id="an unknown kind"),
    pytest.param(
        replace(HONEST, raw=with_field(2, Kind.REFUSAL.value)),
        UnknownKind,
        id="a reserved kind",
    ),
    pytest.param(replace(HONEST, raw=b"\xc1"), Malformed, id="a body that is no msgpack"),
    pytest.param(replace(HONEST, manifest=b"{}"), Malformed, id="a manifest that is none"),
    pytest.param(
        replace(HONEST, manifest=MANIFESTS[Kind.POLICE_REQUEST], blobs=blob_ids(REQUEST)),
        WrongShape,
        id="an unsolicited case, without consent",
    ),
]


@pytest.mark.parametrize(("note", "refusal"), ATTACKS)
def test_an_attack_has_its_refusal(note: Note, refusal: type[Refusal]) -> None:
    """Whatever was forged, moved or exchanged is refused, and the refusal names what."""
    with pytest.raises(refusal):
        note.opened(by=replace(opener(note.reader), member=roster))


def roster(member_id: MemberId) -> Member:
    """Look a member up, as the signed roster does."""
    if member_id not in ALL:
        raise UnknownMember
    return ALL[member_id]


def everybody(member_id: MemberId) -> Member:
    """Look a member up in a roster that has Kari's centre too."""
    return KARI if member_id == KARI.member_id else roster(member_id)


def without_eva(member_id: MemberId) -> Member:
    """Look a member up after Eva's centre was revoked."""
    if member_id == EVA.member_id:
        raise RevokedMember
    return ALL[member_id]


def test_a_revoked_sender_is_refused() -> None:
    """Once a centre is struck from the roster, nothing it signed is opened any more."""
    with pytest.raises(RevokedMember):
        HONEST.opened(by=replace(opener(IDA), member=without_eva))


@pytest.mark.parametrize(
    "certificates",
    [
        pytest.param([], id="no certificate"),
        pytest.param(
            [MachineCertificate.issue(IDA.secret, EVA.machine.public, TODAY, 30)],
            id="certified by another member",
        ),
        pytest.param(
            [MachineCertificate.issue(EVA.secret, EVA.machine.public, Day(TODAY - 30), 30)],
            id="a certificate that ended yesterday",
        ),
    ],
)
def test_a_machine_without_a_good_certificate_is_not_believed(
    certificates: list[MachineCertificate],
) -> None:
    """A machine counts only while its own member says that it does."""

    def published(_member_id: MemberId) -> list[MachineCertificate]:
        return certificates

    with pytest.raises(BadCertificate):
        BY_MACHINE.opened(by=replace(opener(IDA), certificates=published))


def test_a_machine_that_is_not_known_yet_may_still_be_the_senders() -> None:
    """A newer machine's certificate may be lacking here, though the older one's still counts."""
    older = MachineKey.from_seed(b"9" * 32)
    paper = MachineCertificate.issue(EVA.secret, older.public, TODAY, 30)

    def known(_member_id: MemberId) -> list[MachineCertificate]:
        return [paper]

    with pytest.raises(BadCertificate):
        BY_MACHINE.opened(by=replace(opener(IDA), certificates=known))


def test_half_a_signature_stays_half_a_signature() -> None:
    """A case under half a signature is badly signed, not a machine that lacks its paper."""

    def none(_member_id: MemberId) -> list[MachineCertificate]:
        return []

    with pytest.raises(BadSignature):
        replace(HONEST, signature=SIGNATURE[:64]).opened(by=replace(opener(IDA), certificates=none))


def test_one_good_certificate_among_several_is_enough() -> None:
    """An old machine's paper beside the new one's does no harm."""
    machines = (MachineKey.from_seed(b"9" * 32), EVA.machine)
    published = [MachineCertificate.issue(EVA.secret, m.public, TODAY, 30) for m in machines]

    def certificates(_member_id: MemberId) -> list[MachineCertificate]:
        return published

    assert BY_MACHINE.opened(by=replace(opener(IDA), certificates=certificates)).by_machine


def test_a_package_opens_on_its_last_day_and_not_after() -> None:
    """A package keeps to the days that the consent gave it."""
    assert HONEST.opened(WAITING.expires).manifest == WAITING
    with pytest.raises(Expired):
        HONEST.opened(Day(WAITING.expires + 1))


def test_a_note_opens_once() -> None:
    """A note that comes again, even sealed anew by somebody, is a replay."""
    first = HONEST.opened()
    again = replace(opener(IDA), replay=frozenset(first.replay_keys))
    with pytest.raises(Replayed):
        HONEST.opened(by=again)
    assert HONEST.outer.inner != HONEST.outer.inner


def test_a_package_begins_once() -> None:
    """Another note that begins the same package, in other words or by another, is a replay."""
    first = HONEST.opened()
    assert first.replay_keys[1:] == (package_key(PACKAGE_ID),)
    again = replace(opener(IDA), replay=frozenset(first.replay_keys))
    other = replace(WAITING, expires=Day(WAITING.day + 1)).encode(Kind.CASE_PACKAGE)
    with pytest.raises(Replayed):
        replace(HONEST, manifest=other).opened(by=again)
    with pytest.raises(Replayed):
        replace(HONEST, manifest=other, sender=KARI).opened(by=replace(again, member=everybody))
    another = replace(WAITING, package_id=PackageId(b"q" * 16)).encode(Kind.CASE_PACKAGE)
    assert replace(HONEST, manifest=another).opened(by=again).manifest


def test_receipts_for_one_package_follow_one_another() -> None:
    """Stored, opened and confirmed are three notes about one package, and all three open."""
    seen: frozenset[bytes] = frozenset()
    for status in (ReceiptStatus.STORED, ReceiptStatus.OPENED, ReceiptStatus.CONFIRMED):
        note = replace(STORED_NOTE, manifest=replace(STORED, status=status).encode())
        opened = note.opened(by=replace(opener(IDA), replay=seen))
        seen |= set(opened.replay_keys)
    assert len(seen) == 3


def test_a_request_shows_the_client_whose_home_district_it_is_for() -> None:
    """The police client can see that a centre belongs to another district, and refuse it."""
    stranger = replace(EVA, home_district=PER.member_id)

    def known(_member_id: MemberId) -> Member:
        return stranger

    message = replace(
        PACKAGE,
        kind=Kind.POLICE_REQUEST,
        board=Board.POLICE,
        recipient=OLE,
        manifest=MANIFESTS[Kind.POLICE_REQUEST],
    )
    sealed = seal(message, EVA.secret, BATCHES[OLE.member_id], TODAY)
    outer = open_outer(sealed.note, Board.POLICE, OLE.member_id, [OLE.outer])
    assert outer is not None
    opened = open_inner(outer, replace(opener(OLE), member=known), TODAY)
    assert isinstance(opened.manifest, PackageManifest)
    assert opened.sender.home_district == PER.member_id


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_changed_inner_layer_is_refused(data: st.DataObject) -> None:
    """One bit changed, a piece cut, doubled or exchanged in a kept layer: nothing opens."""
    one, two = HONEST.outer.inner, HONEST.outer.inner
    at = data.draw(st.integers(1, len(one) - 1))
    bit = bytes([one[at] ^ 1 << data.draw(st.integers(0, 7))])
    for changed in (
        one[:at] + bit + one[at + 1 :],
        one[:at],
        one + one[:at],
        one[:at] + two[at:],
    ):
        # Two layers that begin or end alike splice into one of themselves, which opens.
        assume(changed not in (one, two))
        with pytest.raises(Damaged):
            open_inner(replace(HONEST.outer, inner=changed), opener(IDA), TODAY)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=2_000), st.binary(max_size=100))
def test_any_signed_bytes_are_a_message_or_a_refusal(junk: bytes, signature: bytes) -> None:
    """Noise under both locks gives one orderly refusal, signed or not."""
    for note in (replace(HONEST, raw=junk), replace(HONEST, raw=junk, signature=signature)):
        with pytest.raises(Malformed):
            note.opened()


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_changed_body_is_refused(data: st.DataObject) -> None:
    """One bit changed in the signed words, and they are refused."""
    body = bytearray(HONEST.body)
    at = data.draw(st.integers(0, len(body) * 8 - 1))
    body[at // 8] ^= 1 << at % 8
    with pytest.raises(Refusal):
        replace(HONEST, raw=bytes(body), signature=SIGNATURE).opened(
            by=replace(opener(IDA), member=roster)
        )


def test_an_inquiry_is_handed_on_unread() -> None:
    """What only the client understands is verified here and read there."""
    opened = INQUIRY_NOTE.opened()
    assert opened.manifest is None
    assert opened.body.manifest == b"two beds"
