"""Promises about sending: what leaves is well addressed, well signed and of one size."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.address import Board, Role
from keys.body import MANIFEST_LIMIT, ROUTES, Kind, Seen
from keys.calendar import Day, week_of
from keys.errors import (
    BadSignature,
    Expired,
    NoKeys,
    Refusal,
    TooLarge,
    UnknownKind,
    WrongBoard,
    WrongRole,
    WrongShape,
)
from keys.identity import MachineKey
from keys.manifest import AgreedByPhone
from keys.opening import open_inner, open_outer
from keys.prekeys import PrekeySecret
from keys.receipt import ReceiptStatus, manifest_hash
from keys.sealing import Message, Signer, seal, seal_to_nobody
from tests.notes import (
    ALL,
    BATCHES,
    DUMMY,
    EVA,
    IDA,
    INQUIRY,
    MANIFESTS,
    OLE,
    PACKAGE,
    PER,
    RECEIPT,
    STORED,
    TODAY,
    WAITING,
    opener,
)


@pytest.mark.parametrize("kind", [kind for kind in ROUTES if kind is not Kind.PACKAGE_UPDATE])
def test_every_kind_arrives_as_it_was_sent(kind: Kind) -> None:
    """Each kind of message opens at its receiver, by its one way, and nowhere else."""
    way = ROUTES[kind]
    sender = EVA if way.from_role is Role.CENTRE else OLE
    receiver = IDA if way.to_role is Role.CENTRE else PER
    gossip = (Seen(way.board, 9, b"c" * 32),)
    manifest = MANIFESTS.get(kind, b"closed words")
    message = Message(kind, way.board, sender, receiver, 7, b"r" * 32, manifest, gossip)
    sealed = seal(message, sender.secret, BATCHES[receiver.member_id], TODAY)
    assert len(sealed.note) == 8_192
    for board in Board:
        for reader in ALL.values():
            outer = open_outer(sealed.note, board, reader.member_id, [reader.outer])
            if (board, reader) != (way.board, receiver):
                assert outer is None
                continue
            assert outer is not None
            opened = open_inner(outer, opener(receiver), TODAY)
            assert opened.body.kind is kind
            assert opened.sender is sender
            assert (opened.body.manifest, opened.body.gossip) == (manifest, gossip)
            assert (opened.body.roster_version, opened.body.roster_hash) == (7, b"r" * 32)
            assert opened.body_hash == sealed.body_hash == opened.replay_keys[0]
            assert opened.manifest_hash == manifest_hash(manifest)
            assert (opened.by_machine, opened.prekey) == (False, None)


@pytest.mark.parametrize(
    ("message", "signer"),
    [
        pytest.param(DUMMY, EVA.secret, id="a dummy by a person"),
        pytest.param(DUMMY, EVA.machine, id="a dummy by the machine"),
        pytest.param(replace(DUMMY, board=Board.POLICE), EVA.machine, id="a dummy to the police"),
        pytest.param(RECEIPT, EVA.machine, id="a receipt «stored» by the machine"),
    ],
)
def test_the_machine_may_say_little_and_says_it_alone(message: Message, signer: Signer) -> None:
    """While nobody is logged in, the machine keeps up the cover and says what it has stored."""
    receiver = EVA if message.kind is Kind.DUMMY else IDA
    sealed = seal(message, signer, BATCHES[receiver.member_id], TODAY)
    outer = open_outer(sealed.note, message.board, receiver.member_id, [receiver.outer])
    assert outer is not None
    opened = open_inner(outer, opener(receiver), TODAY)
    assert opened.by_machine is isinstance(signer, MachineKey)
    assert opened.manifest == (None if message.kind is Kind.DUMMY else STORED)


def test_a_one_time_key_is_used_when_there_is_one() -> None:
    """A message to a one-time key opens with it, and says so."""
    prekey = PrekeySecret(EVA.member_id, week_of(TODAY), b"1" * 32)
    sealed = seal(INQUIRY, EVA.secret, BATCHES[IDA.member_id], TODAY, prekey.hpke.public)
    outer = open_outer(sealed.note, Board.CENTRE, IDA.member_id, [IDA.outer])
    assert outer is not None
    reader = replace(opener(IDA), prekeys=[prekey], inners=[])
    assert open_inner(outer, reader, TODAY).prekey is prekey


def test_what_is_sealed_to_nobody_is_a_dummy_and_opens_for_nobody() -> None:
    """Nothing that says something can be lost so, and the sender's own keys open it no more."""
    sealed = seal_to_nobody(DUMMY, EVA.machine, TODAY)
    assert len(sealed.note) == 8_192
    for one in ALL.values():
        assert open_outer(sealed.note, DUMMY.board, one.member_id, [one.outer]) is None
    for message in (INQUIRY, PACKAGE, RECEIPT):
        with pytest.raises(WrongRole):
            seal_to_nobody(message, message.sender.secret, TODAY)
    with pytest.raises(WrongRole):
        seal_to_nobody(replace(DUMMY, recipient=IDA), EVA.machine, TODAY)
    with pytest.raises(BadSignature):
        seal_to_nobody(DUMMY, IDA.secret, TODAY)


def test_two_sealings_of_one_message_share_nothing_to_see() -> None:
    """Sending the same words twice gives two notes that nobody can tell belong together."""
    first, second = (seal(INQUIRY, EVA.secret, BATCHES[IDA.member_id], TODAY) for _ in range(2))
    assert first.body_hash != second.body_hash  # the salt is another
    assert first.note[:32] != second.note[:32]


@pytest.mark.parametrize(
    ("message", "signer", "refusal"),
    [
        pytest.param(
            replace(PACKAGE, recipient=OLE), EVA.secret, WrongRole, id="a case to the police"
        ),
        pytest.param(
            replace(PACKAGE, board=Board.POLICE), EVA.secret, WrongBoard, id="a case on their board"
        ),
        pytest.param(
            replace(PACKAGE, sender=OLE), OLE.secret, WrongRole, id="a case from the police"
        ),
        pytest.param(
            replace(INQUIRY, kind=Kind.REFUSAL), EVA.secret, UnknownKind, id="a reserved kind"
        ),
        pytest.param(replace(DUMMY, recipient=IDA), EVA.secret, WrongRole, id="a dummy to another"),
        pytest.param(
            replace(DUMMY, board=Board.REPLY), EVA.secret, WrongBoard, id="a dummy on a shut board"
        ),
        pytest.param(
            replace(INQUIRY, manifest=bytes(MANIFEST_LIMIT + 1)),
            EVA.secret,
            TooLarge,
            id="too long",
        ),
        pytest.param(
            replace(PACKAGE, manifest=bytes(MANIFEST_LIMIT + 1)),
            EVA.secret,
            TooLarge,
            id="a package too long",
        ),
        pytest.param(
            replace(PACKAGE, manifest=MANIFESTS[Kind.POLICE_REQUEST]),
            EVA.secret,
            WrongShape,
            id="an unsolicited case without consent",
        ),
        pytest.param(
            replace(
                PACKAGE,
                manifest=replace(WAITING, day=Day(1), expires=Day(TODAY - 1)).encode(
                    Kind.CASE_PACKAGE
                ),
            ),
            EVA.secret,
            Expired,
            id="a case past its last day",
        ),
        pytest.param(INQUIRY, IDA.secret, BadSignature, id="signed by another member"),
        pytest.param(INQUIRY, EVA.machine, BadSignature, id="an inquiry by the machine"),
        pytest.param(PACKAGE, EVA.machine, BadSignature, id="a case by the machine"),
        pytest.param(
            replace(RECEIPT, manifest=replace(STORED, status=ReceiptStatus.CONFIRMED).encode()),
            EVA.machine,
            BadSignature,
            id="a receipt «confirmed» by the machine",
        ),
        pytest.param(
            replace(INQUIRY, roster_hash=b""), EVA.secret, WrongShape, id="no roster hash"
        ),
    ],
)
def test_what_would_be_refused_never_leaves(
    message: Message, signer: Signer, refusal: type[Refusal]
) -> None:
    """A message that its receiver would refuse is refused at the sender, for the same reason."""
    with pytest.raises(refusal):
        seal(message, signer, BATCHES[IDA.member_id], TODAY)


def test_nothing_is_sealed_to_keys_that_are_not_the_recipients_own() -> None:
    """Keys slipped in by somebody in between are noticed before anything is sealed to them."""
    forged = replace(BATCHES[OLE.member_id], member_id=IDA.member_id)
    for batch in (BATCHES[EVA.member_id], forged):
        with pytest.raises(BadSignature):
            seal(INQUIRY, EVA.secret, batch, TODAY)


def test_who_has_no_keys_for_today_cannot_receive() -> None:
    """The sender is told that the other cannot receive yet."""
    with pytest.raises(NoKeys):
        seal(INQUIRY, EVA.secret, BATCHES[IDA.member_id], Day(TODAY + 1))


def test_the_largest_case_package_fits_in_a_note() -> None:
    """Two blobs, locked keys, the longest reason and all gossip still make one note."""
    fullest = replace(WAITING, prev=AgreedByPhone("x" * 40, TODAY))
    message = replace(
        PACKAGE,
        roster_version=2**64 - 1,
        gossip=tuple(Seen(board, 2**64 - 1, b"c" * 32) for board in Board),
        manifest=fullest.encode(Kind.CASE_PACKAGE),
    )
    assert len(seal(message, EVA.secret, BATCHES[IDA.member_id], TODAY).note) == 8_192


@settings(deadline=None, max_examples=25)
@given(st.binary(max_size=MANIFEST_LIMIT))
def test_what_a_message_says_does_not_show(words: bytes) -> None:
    """Whatever a message says, the note and even its inner layer have the same length."""
    message = replace(INQUIRY, manifest=words)
    sealed = seal(message, EVA.secret, BATCHES[IDA.member_id], TODAY)
    outer = open_outer(sealed.note, Board.CENTRE, IDA.member_id, [IDA.outer])
    assert outer is not None
    assert (len(sealed.note), len(outer.inner)) == (8_192, 7_028)
    assert open_inner(outer, opener(IDA), TODAY).body.manifest == words


def test_printing_a_message_shows_neither_its_words_nor_its_ends() -> None:
    """What a message says, and between whom, never reaches a log by being printed."""
    assert "two beds" not in repr(INQUIRY)
    outer = open_outer(
        seal(INQUIRY, EVA.secret, BATCHES[IDA.member_id], TODAY).note,
        Board.CENTRE,
        IDA.member_id,
        [IDA.outer],
    )
    assert outer is not None
    opened = open_inner(outer, opener(IDA), TODAY)
    assert "two beds" not in repr(opened)
    for shown in (repr(INQUIRY), repr(opened), repr(opened.body)):
        for member in (EVA, IDA):
            assert repr(member.member_id)[2:-1] not in shown
            assert repr(member.identity) not in shown
