"""Promises of the one sealing suite: it is the published one, and it opens for one key only."""

import json
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.errors import WrongShape
from keys.hpke import (
    OVERHEAD,
    PUBLIC_BYTES,
    SEED_BYTES,
    SUITE_ID,
    HpkePublic,
    HpkeSecret,
    open_,
    seal,
)

PUBLISHED: Final = json.loads(
    (Path(__file__).parent / "vectors/published/hpke-mlkem768-x25519.json").read_text()
)["vectors"]
OURS: Final[dict[str, str]] = PUBLISHED[0]
OTHER_KDF: Final[dict[str, str]] = PUBLISHED[1]
MINE: Final = HpkeSecret.from_seed(bytes(32))
YOURS: Final = HpkeSecret.from_seed(bytes(31) + b"\1")
SMALL_ORDER: Final = (
    0,
    1,
    2**255 - 20,
    2**255 - 19,
    2**255 - 18,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
)


def of_published(vector: dict[str, str]) -> tuple[HpkeSecret, bytes, bytes, bytes]:
    """Return the vector's key, its `info`, our form of its first message, and the plaintext."""
    first = PUBLISHED[PUBLISHED.index(vector)]["encryptions"][0]
    plaintext = bytes.fromhex(first["pt"])
    # Our envelope has no associated data, so the published key and nonce seal it once more.
    aead = ChaCha20Poly1305(bytes.fromhex(vector["key"]))
    sealed = aead.encrypt(bytes.fromhex(vector["base_nonce"]), plaintext, None)
    secret = HpkeSecret.from_seed(bytes.fromhex(vector["skRm"]))
    return secret, bytes.fromhex(vector["info"]), bytes.fromhex(vector["enc"]) + sealed, plaintext


def test_the_suite_is_the_published_one() -> None:
    """Our keys, and what we open, are those of the standard's own example."""
    secret, info, sealed, plaintext = of_published(OURS)
    numbers = b"".join(int(OURS[name]).to_bytes(2, "big") for name in ("kem_id", "kdf_id"))
    assert numbers + int(OURS["aead_id"]).to_bytes(2, "big") == SUITE_ID
    assert secret.public.raw == bytes.fromhex(OURS["pkRm"])
    assert secret.open_(info, sealed) == plaintext


def test_the_published_bytes_are_what_the_cipher_makes() -> None:
    """The cipher under the suite gives the example's exact bytes."""
    first = PUBLISHED[0]["encryptions"][0]
    made = ChaCha20Poly1305(bytes.fromhex(OURS["key"])).encrypt(
        bytes.fromhex(first["nonce"]), bytes.fromhex(first["pt"]), bytes.fromhex(first["aad"])
    )
    assert made == bytes.fromhex(first["ct"])


def test_another_suite_is_not_ours() -> None:
    """Bytes sealed with the same keys but another suite do not open: nothing is negotiated."""
    secret, info, sealed, _ = of_published(OTHER_KDF)
    assert secret.public.raw == bytes.fromhex(OTHER_KDF["pkRm"])
    assert secret.open_(info, sealed) is None


@settings(deadline=None, max_examples=25)
@given(info=st.binary(max_size=80), plaintext=st.binary(max_size=300))
def test_what_is_sealed_opens_for_its_key_alone(info: bytes, plaintext: bytes) -> None:
    """The addressee reads what was sent; nobody else, and not under another heading."""
    sealed = seal(MINE.public, info, plaintext)
    assert len(sealed) == len(plaintext) + OVERHEAD
    assert open_(MINE, info, sealed) == plaintext
    assert open_(YOURS, info, sealed) is None
    assert open_(MINE, info + b"!", sealed) is None


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_flipped_bit_does_not_open(data: st.DataObject) -> None:
    """One bit changed anywhere, and nothing opens."""
    sealed = bytearray(seal(MINE.public, b"info", b"hello"))
    at = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[at // 8] ^= 1 << at % 8
    assert open_(MINE, b"info", bytes(sealed)) is None


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=2_000))
def test_any_bytes_open_or_do_not(junk: bytes) -> None:
    """Noise is never ours, and never an accident either."""
    assert open_(MINE, b"info", junk) is None


@settings(deadline=None, max_examples=60)
@given(st.one_of(st.binary(max_size=64), st.binary(min_size=PUBLIC_BYTES, max_size=PUBLIC_BYTES)))
def test_any_bytes_are_a_public_key_or_a_refusal(junk: bytes) -> None:
    """A key that came over the wire is usable or refused, never half of each."""
    try:
        public = HpkePublic.decode(junk)
    except WrongShape:
        return
    assert len(seal(public, b"", b"")) == OVERHEAD


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_a_point_that_keeps_no_secret_is_refused(point: int) -> None:
    """A key made so that anyone could read what is sealed to it is refused when it arrives."""
    raw = MINE.public.raw[:-32] + point.to_bytes(32, "little")
    with pytest.raises(WrongShape):
        HpkePublic.decode(raw)


def test_a_lattice_key_out_of_range_is_refused() -> None:
    """The other half of the key is checked as its standard demands."""
    with pytest.raises(WrongShape):
        HpkePublic.decode(b"\xff" * 1184 + MINE.public.raw[-32:])


@pytest.mark.parametrize("size", [0, SEED_BYTES - 1, SEED_BYTES + 1])
def test_a_seed_of_another_length_is_refused(size: int) -> None:
    """A secret key is kept as thirty-two bytes, no more and no fewer."""
    with pytest.raises(WrongShape):
        HpkeSecret.from_seed(bytes(size))


def test_new_keys_differ_and_keep_their_secret_to_themselves() -> None:
    """Two new keys are never the same, and printing one shows nothing secret."""
    one, two = HpkeSecret.generate(), HpkeSecret.generate()
    assert one.public != two.public
    assert HpkePublic.decode(one.public.raw) == one.public
    assert repr(one.seed) not in repr(one)
    assert HpkeSecret.from_seed(one.seed).public == one.public
