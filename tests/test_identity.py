"""Promises about signatures: both halves or none, one purpose each, and machines on a leash."""

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.address import MemberId
from keys.calendar import Day
from keys.errors import BadCertificate, BadSignature, Malformed, WrongShape
from keys.identity import (
    CERTIFICATE_DAYS,
    ED25519_SIGNATURE_BYTES,
    SIGNATURE_BYTES,
    Ed25519Public,
    Identity,
    MachineCertificate,
    MachineKey,
    MachinePublic,
    MlDsaPublic,
    PublicIdentity,
    Purpose,
    fingerprint_digits,
    fingerprint_words,
    machine_input,
    signed_input,
    verify_machine,
)
from keys.wire import lp, pack, unlp

EVA: Final = Identity.from_seed(bytes(64))
IDA: Final = Identity.from_seed(b"\1" * 64)
MACHINE: Final = MachineKey.from_seed(b"\2" * 32)
BODY: Final = b"the person has arrived"
SIGNED: Final = EVA.sign(Purpose.ENVELOPE, BODY)
FOREIGN: Final = IDA.sign(Purpose.ENVELOPE, BODY)
CLASSICAL: Final = ED25519_SIGNATURE_BYTES
TODAY: Final = Day(20_000)
CERTIFICATE: Final = MachineCertificate.issue(EVA, MACHINE.public, TODAY, 30)


def flipped(data: bytes, bit: int) -> bytes:
    """Return `data` with one bit changed."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_a_member_is_the_hash_of_both_keys() -> None:
    """Changing either key makes another member; the numbers are those of the written rules."""
    assert EVA.public.member_id.hex() == (
        "d433f64286beb2e77197bd95f4887bdaff3b0a7801d56cb1e2ad62385f8b72e3"
    )
    mixed = PublicIdentity(EVA.public.ed25519, IDA.public.mldsa)
    assert len({EVA.public.member_id, IDA.public.member_id, mixed.member_id}) == 3


def test_a_signature_of_both_halves_is_accepted() -> None:
    """What a member signs, everybody can check."""
    assert len(SIGNED) == SIGNATURE_BYTES == 3373
    EVA.public.verify(Purpose.ENVELOPE, BODY, SIGNED)


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(b"", id="no signature"),
        pytest.param(SIGNED[:CLASSICAL], id="the new half stripped"),
        pytest.param(SIGNED[CLASSICAL:], id="the old half stripped"),
        pytest.param(SIGNED[CLASSICAL:] + SIGNED[:CLASSICAL], id="the halves swapped"),
        pytest.param(flipped(SIGNED, 0), id="only the old half broken"),
        pytest.param(flipped(SIGNED, CLASSICAL * 8), id="only the new half broken"),
        pytest.param(FOREIGN, id="another member's signature"),
        pytest.param(FOREIGN[:CLASSICAL] + SIGNED[CLASSICAL:], id="another's old half"),
        pytest.param(SIGNED[:CLASSICAL] + FOREIGN[CLASSICAL:], id="another's new half"),
        pytest.param(bytes(CLASSICAL) + SIGNED[CLASSICAL:], id="the old half all zero"),
        pytest.param(SIGNED + b"\0", id="one byte more"),
        pytest.param(SIGNED[:-1], id="one byte less"),
        pytest.param(SIGNED * 2, id="the signature doubled"),
        pytest.param(MACHINE.sign(Purpose.ENVELOPE, BODY, EVA.public.member_id), id="a machine's"),
    ],
)
def test_half_a_signature_is_no_signature(signature: bytes) -> None:
    """A signature counts only when both of its halves do."""
    with pytest.raises(BadSignature):
        EVA.public.verify(Purpose.ENVELOPE, BODY, signature)


@pytest.mark.parametrize("purpose", [p for p in Purpose if p is not Purpose.ENVELOPE])
def test_a_signature_for_one_purpose_is_none_for_another(purpose: Purpose) -> None:
    """A signature on a message cannot be passed off as one on keys or a certificate."""
    with pytest.raises(BadSignature):
        EVA.public.verify(purpose, BODY, SIGNED)


@settings(deadline=None, max_examples=80)
@given(st.integers(0, SIGNATURE_BYTES * 8 - 1))
def test_a_flipped_bit_in_a_signature_is_refused(bit: int) -> None:
    """One bit changed anywhere in a signature, and it is refused."""
    with pytest.raises(BadSignature):
        EVA.public.verify(Purpose.ENVELOPE, BODY, flipped(SIGNED, bit))


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=200))
def test_a_signature_counts_for_its_own_words_only(other: bytes) -> None:
    """A signature moved to other words is refused."""
    if other == BODY:
        return
    with pytest.raises(BadSignature):
        EVA.public.verify(Purpose.ENVELOPE, other, SIGNED)


def test_an_identity_is_the_same_after_a_restart() -> None:
    """A member's keys come back from what is stored, and printing them shows nothing secret."""
    fresh = Identity.generate()
    again = Identity.from_seed(fresh.seed)
    assert again.public == fresh.public != Identity.generate().public
    again.public.verify(Purpose.ENROL, BODY, fresh.sign(Purpose.ENROL, BODY))
    assert repr(fresh.seed) not in repr(fresh)
    machine = MachineKey.generate()
    assert MachineKey.from_seed(machine.seed).public == machine.public
    assert repr(machine.seed) not in repr(machine)


@pytest.mark.parametrize("size", [0, 32, 63, 65])
def test_an_identity_seed_of_another_length_is_refused(size: int) -> None:
    """A stored key of the wrong length is damage, not a key."""
    with pytest.raises(WrongShape):
        Identity.from_seed(bytes(size))


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_machine_seed_of_another_length_is_refused(size: int) -> None:
    """The same holds for the machine's key."""
    with pytest.raises(WrongShape):
        MachineKey.from_seed(bytes(size))


@settings(deadline=None, max_examples=50)
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=1952, max_size=1952))
def test_a_public_identity_reads_back_as_written(ed25519: bytes, mldsa: bytes) -> None:
    """A member's public keys survive being written and read; strange ones verify nothing."""
    public = PublicIdentity(Ed25519Public(ed25519), MlDsaPublic(mldsa))
    assert PublicIdentity.decode(public.encode()) == public
    with pytest.raises(BadSignature):
        public.verify(Purpose.ENVELOPE, BODY, SIGNED)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=120))
def test_any_bytes_are_an_identity_a_certificate_or_a_refusal(junk: bytes) -> None:
    """Noise gives one orderly refusal."""
    with pytest.raises(Malformed):
        PublicIdentity.decode(junk)
    with pytest.raises(Malformed):
        MachineCertificate.decode(junk)


def test_a_machine_signs_for_its_member_and_one_purpose() -> None:
    """The always-on machine's signature counts for its own member and purpose only."""
    eva, ida = EVA.public.member_id, IDA.public.member_id
    made = MACHINE.sign(Purpose.READ, BODY, eva)
    verify_machine(MACHINE.public, Purpose.READ, BODY, eva, made)
    other = MachineKey.generate().public
    for public, purpose, body, member, signature in (
        (other, Purpose.READ, BODY, eva, made),
        (MACHINE.public, Purpose.TOKENS, BODY, eva, made),
        (MACHINE.public, Purpose.READ, BODY + b"!", eva, made),
        (MACHINE.public, Purpose.READ, BODY, ida, made),
        (MACHINE.public, Purpose.READ, BODY, eva, made[:-1]),
        (MACHINE.public, Purpose.READ, BODY, eva, made + b"\0"),
        (MACHINE.public, Purpose.READ, BODY, eva, flipped(made, 7)),
    ):
        with pytest.raises(BadSignature):
            verify_machine(public, purpose, body, member, signature)


def test_half_an_identity_signature_is_no_machine_signature() -> None:
    """A certificate naming a member's own old key does not turn half a signature into a whole."""
    eva = EVA.public.member_id
    assert signed_input(Purpose.ENVELOPE, eva, BODY) != machine_input(Purpose.ENVELOPE, eva, BODY)
    public = MachinePublic(EVA.public.ed25519)
    with pytest.raises(BadSignature):
        verify_machine(public, Purpose.ENVELOPE, BODY, eva, SIGNED[:CLASSICAL])


SMALL_ORDER: Final = (
    "00" * 32,
    "01" + "00" * 31,
    "01" + "00" * 30 + "80",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ec" + "ff" * 30 + "7f",
    "ee" + "ff" * 30 + "7f",
)
"""Points that a signature of nothing fits: under them, everybody would have signed everything."""


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_a_key_that_fits_every_message_fits_none(point: str) -> None:
    """Nobody can publish a key under which a made-up signature is good for any words."""
    public = MachinePublic(bytes.fromhex(point))
    for first in SMALL_ORDER:
        made_up = bytes.fromhex(first) + bytes(32)
        with pytest.raises(BadSignature):
            verify_machine(public, Purpose.READ, BODY, EVA.public.member_id, made_up)


@pytest.mark.parametrize("offset", [0, 15, 29])
def test_a_certificate_holds_on_each_of_its_days(offset: int) -> None:
    """A certified machine is believed from its first day to its last."""
    read = MachineCertificate.decode(CERTIFICATE.encode())
    assert read == CERTIFICATE
    assert read.last_day - read.first_day + 1 == CERTIFICATE_DAYS
    read.check(EVA.public, Day(TODAY + offset))


def certificate(*fields: int | bytes | str) -> bytes:
    """Return a certificate by Eva over any fields at all."""
    body = pack(list(fields))
    return lp(body, EVA.sign(Purpose.MACHINE, body))


@pytest.mark.parametrize(
    ("identity", "data", "today"),
    [
        pytest.param(EVA, CERTIFICATE.encode(), TODAY - 1, id="the day before it begins"),
        pytest.param(EVA, CERTIFICATE.encode(), TODAY + 30, id="the day after it ends"),
        pytest.param(IDA, CERTIFICATE.encode(), TODAY, id="another member's"),
        pytest.param(EVA, flipped(CERTIFICATE.encode(), 8 * 200), TODAY, id="a flipped bit"),
        pytest.param(
            EVA,
            lp(CERTIFICATE.body, EVA.sign(Purpose.EPOCHS, CERTIFICATE.body)),
            TODAY,
            id="signed for another purpose",
        ),
        pytest.param(
            IDA,
            certificate("machine", 1, IDA.public.member_id, MACHINE.public, TODAY, TODAY),
            TODAY,
            id="one member certifies in another's name",
        ),
        pytest.param(
            EVA,
            certificate("machine", 1, IDA.public.member_id, MACHINE.public, TODAY, TODAY),
            TODAY,
            id="a certificate that names another than its signer",
        ),
    ],
)
def test_a_bad_certificate_is_refused(identity: Identity, data: bytes, today: int) -> None:
    """A machine whose paper is too old, foreign or altered is not believed."""
    with pytest.raises(BadCertificate):
        MachineCertificate.decode(data).check(identity.public, Day(today))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            certificate("machine", 1, bytes(32), bytes(32), TODAY, TODAY + 30), id="31 days"
        ),
        pytest.param(
            certificate("machine", 1, bytes(32), bytes(32), TODAY, TODAY - 1), id="ends first"
        ),
        pytest.param(certificate("machine", 2, bytes(32), bytes(32), TODAY, TODAY), id="version"),
        pytest.param(certificate("machine", 1, bytes(31), bytes(32), TODAY, TODAY), id="short id"),
        pytest.param(certificate("machine", 1, bytes(32), bytes(33), TODAY, TODAY), id="long key"),
        pytest.param(
            certificate("machine", 1, bytes(32), bytes(32), TODAY, TODAY, 0), id="a field more"
        ),
        pytest.param(CERTIFICATE.encode() + b"\0", id="a byte more"),
        pytest.param(CERTIFICATE.encode()[:-1], id="a byte less"),
        pytest.param(CERTIFICATE.encode() * 2, id="doubled"),
    ],
)
def test_a_certificate_of_another_form_is_refused(data: bytes) -> None:
    """A certificate that breaks the form is dropped before anything is checked."""
    with pytest.raises(Malformed):
        MachineCertificate.decode(data)


@pytest.mark.parametrize("days", [0, -1, 31])
def test_no_certificate_is_issued_for_another_span(days: int) -> None:
    """A machine is certified for one to thirty days."""
    with pytest.raises(WrongShape):
        MachineCertificate.issue(EVA, MACHINE.public, TODAY, days)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_flipped_bit_in_a_certificate_is_refused(data: st.DataObject) -> None:
    """Any bit changed in a certificate makes it worthless."""
    encoded = CERTIFICATE.encode()
    bit = data.draw(st.integers(0, len(encoded) * 8 - 1))
    with pytest.raises((Malformed, BadCertificate)):
        MachineCertificate.decode(flipped(encoded, bit)).check(EVA.public, TODAY)


def test_two_certificates_cannot_be_spliced() -> None:
    """One certificate's words under another's signature are refused."""
    other = MachineCertificate.issue(EVA, MACHINE.public, Day(TODAY + 1), 30)
    spliced = lp(unlp(CERTIFICATE.encode(), 2)[0], unlp(other.encode(), 2)[1])
    with pytest.raises(BadCertificate):
        MachineCertificate.decode(spliced).check(EVA.public, Day(TODAY + 1))


def test_a_fingerprint_can_be_read_aloud() -> None:
    """Two people on the telephone compare twelve words or twelve groups of five digits."""
    assert fingerprint_words(MemberId(bytes(32))) == ("abandon",) * 11 + ("about",)
    digits = fingerprint_digits(EVA.public.member_id)
    assert len(digits) == 12
    assert all(len(group) == 5 and group.isdigit() for group in digits)
    assert digits != fingerprint_digits(IDA.public.member_id)
    assert fingerprint_words(EVA.public.member_id) != fingerprint_words(IDA.public.member_id)
