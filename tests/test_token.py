"""Promises of the anonymous tokens: they are the standard's, they hide, and they cannot be made."""

import dataclasses
import json
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.address import TOKEN_CLASSES, TokenClass
from keys.blindrsa import PublicKey, SecretKey, blind, encode_pss, finalize
from keys.calendar import Week
from keys.errors import BadToken, Refusal, SigningFault, WrongShape
from keys.token import (
    AUTHENTICATOR_BYTES,
    TOKEN_BYTES,
    Challenge,
    IssuerPublic,
    IssuerSecret,
    Request,
    Token,
    prepare,
    verify,
)
from keys.wire import pack

PUBLISHED: Final = Path(__file__).parent / "vectors/published"
RSABSSA: Final[list[dict[str, str]]] = json.loads(
    (PUBLISHED / "rsabssa-sha384-pss.json").read_text()
)["vectors"]
RFC9578: Final[dict[str, str]] = json.loads((PUBLISHED / "rfc9578-blind-rsa.json").read_text())
ISSUER: Final = IssuerSecret.generate()
OTHER: Final = IssuerSecret.generate()
N: Final = ISSUER.public.key.n
CHALLENGE: Final = Challenge("folge.example", TokenClass.parse("cc-note"), Week(2_970))
REQUEST: Final = prepare(ISSUER.public, CHALLENGE)
TOKEN: Final = REQUEST.finalize(ISSUER.blind_sign(REQUEST.blinded))


def of_vector(vector: dict[str, str]) -> SecretKey:
    """Return the published secret key."""
    p, q, n, e, d = (int(vector[name], 16) for name in ("p", "q", "n", "e", "d"))
    public = rsa.RSAPublicNumbers(e, n)
    crt = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    return SecretKey.of(rsa.RSAPrivateNumbers(p, q, d, *crt, public))


def pkcs8(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    """Return `key` as it would lie in a file."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


# ── The published examples ───────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("vector", RSABSSA, ids=["rsa-4096-salted", "rsa-2048-unsalted"])
def test_blind_signatures_are_the_published_ones(vector: dict[str, str]) -> None:
    """Each step of the standard's two examples gives the very bytes that are printed there."""
    secret = of_vector(vector)
    public = secret.public
    message, salt = bytes.fromhex(vector["msg"]), bytes.fromhex(vector["salt"])
    factor = pow(int(vector["inv"], 16), -1, public.n)
    encoded = encode_pss(message, public.n.bit_length() - 1, salt)
    blinded, inverse = blind(public, message, salt, factor)
    signed = secret.blind_sign(blinded)
    assert encoded.hex() == vector["encoded_msg"]
    assert (blinded.hex(), inverse) == (vector["blinded_msg"], int(vector["inv"], 16))
    assert signed.hex() == vector["blind_sig"]
    assert finalize(public, message, signed, inverse, len(salt)).hex() == vector["sig"]


def test_a_token_is_the_published_one() -> None:
    """The token standard's own example comes out byte for byte, key name and all."""
    given_ = {name: bytes.fromhex(RFC9578[name]) for name in RFC9578 if name != "source"}
    issuer, token = IssuerPublic(given_["pkS"]), Token.decode(given_["token"])
    assert token.encode() == given_["token"]
    assert token.key_id == issuer.key_id
    assert token.nonce == given_["nonce"]
    assert token.challenge_digest == sha256(given_["token_challenge"]).digest()
    factor = int.from_bytes(given_["blind"], "big")
    blinded, inverse = blind(issuer.key, token.input, given_["salt"], factor)
    assert given_["token_request"] == b"\x00\x02" + issuer.key_id[-1:] + blinded
    answer = given_["token_response"]
    assert finalize(issuer.key, token.input, answer, inverse) == token.authenticator


def test_an_issuer_key_names_the_salted_scheme() -> None:
    """The published form of our keys is the one that says PSS with SHA-384; only `n` differs."""
    assert (
        IssuerPublic.of_modulus(IssuerPublic(bytes.fromhex(RFC9578["pkS"])).key.n).der.hex()
        == (RFC9578["pkS"])
    )


# ── What an honest token does ────────────────────────────────────────────────────────────────
@settings(deadline=None, max_examples=8)
@given(
    instance=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=64),
    token_class=st.sampled_from(TOKEN_CLASSES),
    week=st.integers(0, 2**32 - 1),
)
def test_a_token_is_good_for_what_it_was_asked_for(
    instance: str, token_class: TokenClass, week: int
) -> None:
    """Asked for, signed blind and unhidden, a token is accepted for its own challenge."""
    challenge = Challenge(instance, token_class, Week(week))
    request = prepare(ISSUER.public, challenge)
    token = request.finalize(ISSUER.blind_sign(request.blinded))
    verify(token, ISSUER.public, challenge)
    assert len(token.encode()) == TOKEN_BYTES
    assert Token.decode(token.encode()) == token == Token.from_header(token.to_header())


def test_a_killed_client_loses_no_token() -> None:
    """A request written down before it was sent still yields its token afterwards."""
    kept = prepare(ISSUER.public, CHALLENGE).encode()
    answer = ISSUER.blind_sign(Request.decode(kept).blinded)
    again = Request.decode(kept)
    verify(again.finalize(answer), ISSUER.public, CHALLENGE)
    assert again.encode() == kept
    assert again == Request.decode(kept)


def test_the_same_request_has_the_same_answer() -> None:
    """Asking once more after a lost answer gives that answer, though the signer hides its work."""
    assert ISSUER.blind_sign(REQUEST.blinded) == ISSUER.blind_sign(REQUEST.blinded)


def test_an_issuer_key_is_the_same_after_a_restart() -> None:
    """An issuer that reads its key back signs as before."""
    again = IssuerSecret.from_der(ISSUER.to_der())
    assert again.public == ISSUER.public
    assert again.blind_sign(REQUEST.blinded) == ISSUER.blind_sign(REQUEST.blinded)
    assert IssuerPublic(again.public.der) == ISSUER.public


def test_every_answer_fits_every_token() -> None:
    """For any answer and any token there is a factor that joins them: the issuer cannot tell."""
    e = ISSUER.public.key.e
    requests = [prepare(ISSUER.public, CHALLENGE) for _ in range(3)]
    answers = [ISSUER.blind_sign(request.blinded) for request in requests]
    tokens = [asked.finalize(got) for asked, got in zip(requests, answers, strict=True)]
    for request, answer in zip(requests, answers, strict=True):
        for token in tokens:
            signature = int.from_bytes(token.authenticator, "big")
            factor = int.from_bytes(answer, "big") * pow(signature, -1, N) % N
            joined = pow(signature, e, N) * pow(factor, e, N) % N
            assert joined.to_bytes(AUTHENTICATOR_BYTES, "big") == request.blinded


def test_what_the_issuer_sees_is_new_each_time() -> None:
    """Two requests for the same thing share no bytes that would tell them to be one member's."""
    first, second = (prepare(ISSUER.public, CHALLENGE) for _ in range(2))
    assert first.nonce != second.nonce
    assert first.blinded != second.blinded


def test_one_nonce_is_spent_once_however_it_was_signed() -> None:
    """A member who has one nonce signed twice has one token, not two."""
    blinded, inverse = blind(ISSUER.public.key, TOKEN.input, bytes(48), 7)
    twin = finalize(ISSUER.public.key, TOKEN.input, ISSUER.blind_sign(blinded), inverse)
    second = Token.decode(TOKEN.input + twin)
    verify(second, ISSUER.public, CHALLENGE)
    assert second != TOKEN
    assert second.spent_key == TOKEN.spent_key == sha256(TOKEN.nonce + TOKEN.key_id).digest()


# ── Attacks ──────────────────────────────────────────────────────────────────────────────────
@settings(deadline=None, max_examples=60)
@given(bit=st.integers(0, 8 * TOKEN_BYTES - 1))
def test_a_flipped_bit_is_refused(bit: int) -> None:
    """A token with any one bit changed is no token."""
    forged = bytearray(TOKEN.encode())
    forged[bit // 8] ^= 1 << bit % 8
    with pytest.raises((BadToken, WrongShape)):
        verify(Token.decode(bytes(forged)), ISSUER.public, CHALLENGE)


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(CHALLENGE, week=Week(CHALLENGE.week + 1)),
        dataclasses.replace(CHALLENGE, token_class=TokenClass.parse("cp-note")),
        dataclasses.replace(CHALLENGE, token_class=TokenClass.parse("cc-s")),
        dataclasses.replace(CHALLENGE, instance="annen.example"),
    ],
    ids=["next-week", "another-board", "another-size", "another-broker"],
)
def test_a_token_is_good_for_nothing_else(other: Challenge) -> None:
    """A token for one board, size, week and broker opens no other."""
    with pytest.raises(BadToken):
        verify(TOKEN, ISSUER.public, other)


def test_another_issuer_key_is_refused() -> None:
    """A token by another key is refused, also when it claims to be by this one."""
    request = prepare(OTHER.public, CHALLENGE)
    token = request.finalize(OTHER.blind_sign(request.blinded))
    claimed = dataclasses.replace(token, key_id=ISSUER.public.key_id)
    for forged in (token, claimed):
        with pytest.raises(BadToken):
            verify(forged, ISSUER.public, CHALLENGE)


def test_a_signature_written_another_way_is_refused() -> None:
    """Adding the modulus leaves a signature true as arithmetic, and refused all the same."""
    secret = of_vector(RSABSSA[1])
    issuer = IssuerPublic.of_modulus(secret.public.n)
    room = (1 << 8 * AUTHENTICATOR_BYTES) - issuer.key.n  # two numbers in three leave it
    signature, longer = room, TOKEN
    while signature >= room:
        request = prepare(issuer, CHALLENGE)
        token = request.finalize(secret.blind_sign(request.blinded))
        verify(token, issuer, CHALLENGE)
        signature = int.from_bytes(token.authenticator, "big")
        longer = dataclasses.replace(
            token,
            authenticator=(signature + issuer.key.n).to_bytes(AUTHENTICATOR_BYTES + 1, "big")[1:],
        )
    with pytest.raises(BadToken):
        verify(longer, issuer, CHALLENGE)


def test_a_salt_of_another_length_is_refused() -> None:
    """The unsalted sister scheme is not ours, whoever chose it."""
    blinded, inverse = blind(ISSUER.public.key, TOKEN.input, b"", 7)
    signed = ISSUER.blind_sign(blinded)
    unsalted = finalize(ISSUER.public.key, TOKEN.input, signed, inverse, salt_bytes=0)
    with pytest.raises(BadToken):
        verify(Token.decode(TOKEN.input + unsalted), ISSUER.public, CHALLENGE)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        bytes(AUTHENTICATOR_BYTES),
        bytes(AUTHENTICATOR_BYTES - 1),
        OTHER.blind_sign(b"\1".rjust(AUTHENTICATOR_BYTES, b"\0")),
        ISSUER.blind_sign(REQUEST.blinded) + b"\0",
    ],
    ids=["nothing", "zero", "short", "another-keys-answer", "long"],
)
def test_a_wrong_answer_makes_no_token(answer: bytes) -> None:
    """What the issuer answers is checked before it is kept as a token."""
    with pytest.raises(BadToken):
        REQUEST.finalize(answer)


@pytest.mark.parametrize(
    "blinded",
    [
        b"",
        REQUEST.blinded[1:],
        b"\0" + REQUEST.blinded,
        N.to_bytes(AUTHENTICATOR_BYTES, "big"),
        b"\xff" * AUTHENTICATOR_BYTES,
    ],
    ids=["nothing", "short", "long", "the-modulus", "beyond-the-modulus"],
)
def test_the_issuer_signs_only_numbers_below_its_modulus(blinded: bytes) -> None:
    """What is not a blinded message in form gets no signature."""
    with pytest.raises(WrongShape):
        ISSUER.blind_sign(blinded)


@pytest.mark.parametrize("half", ["dp", "dq", "qinv"])
def test_a_miscalculated_signature_is_never_given_out(half: str) -> None:
    """One wrong bit in the signer's memory would betray its key; the check holds it back."""
    sound = ISSUER.key
    broken = dataclasses.replace(sound, **{half: getattr(sound, half) ^ 1})
    with pytest.raises(SigningFault):
        broken.blind_sign(REQUEST.blinded)


def test_a_key_with_a_factor_that_can_be_found_is_no_key() -> None:
    """A modulus that shares a factor with a random number is refused, and nothing is sent."""
    with pytest.raises(BadToken):
        blind(ISSUER.public.key, TOKEN.input, bytes(48), ISSUER.key.p)


DER: Final = ISSUER.public.der
MODULUS_AT: Final = len(DER) - len("0203010001") // 2 - AUTHENTICATOR_BYTES


@pytest.mark.parametrize(
    "der",
    [
        b"",
        DER[:-1],
        DER + b"\0",
        DER[:-1] + b"\3",
        DER[: MODULUS_AT + AUTHENTICATOR_BYTES - 1] + b"\xfe" + DER[-5:],
        DER[:MODULUS_AT] + b"\x7f" + DER[MODULUS_AT + 1 :],
        DER.replace(bytes.fromhex("2a864886f70d01010a"), bytes.fromhex("2a864886f70d010101")),
        rsa.RSAPublicNumbers(65_537, N)
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        rsa.RSAPublicNumbers(65_537, int(RSABSSA[0]["n"], 16))
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ],
    ids=[
        "nothing",
        "short",
        "long",
        "another-exponent",
        "even-modulus",
        "2047-bits",
        "another-algorithm",
        "the-common-form",
        "4096-bits",
    ],
)
def test_another_form_of_issuer_key_is_refused(der: bytes) -> None:
    """A key has one form and one size, so that it has one name."""
    with pytest.raises(WrongShape):
        IssuerPublic(der)


def test_a_public_key_that_is_none_is_refused() -> None:
    """Numbers that OpenSSL does not take for a key are refused in our own words."""
    with pytest.raises(WrongShape):
        PublicKey.of(N, 2)


@pytest.mark.parametrize(
    "der",
    [
        b"",
        ISSUER.to_der()[:-1],
        pkcs8(ec.generate_private_key(ec.SECP256R1())),
        pkcs8(rsa.generate_private_key(3, 2048)),
        pkcs8(rsa.generate_private_key(65_537, 1024)),  # noqa: S505 - it must be refused
        rsa.generate_private_key(65_537, 2048).private_bytes(
            Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"hemmelig")
        ),
    ],
    ids=["nothing", "cut", "another-kind", "exponent-3", "1024-bits", "under-a-passphrase"],
)
def test_another_form_of_secret_key_is_refused(der: bytes) -> None:
    """An issuer starts with an RSA-2048 key of its own form, or not at all."""
    with pytest.raises(WrongShape):
        IssuerSecret.from_der(der)


@pytest.mark.parametrize("bits", [2047, 2049])
def test_a_modulus_of_another_size_is_refused(bits: int) -> None:
    """A modulus that does not fill its place is refused before it is written."""
    with pytest.raises(WrongShape):
        IssuerPublic.of_modulus((1 << bits) - 1)


@pytest.mark.parametrize(
    ("instance", "week"),
    [("folge.example", -1), ("folge.example", 1 << 32), ("", 0), ("f" * 65, 0)],
    ids=["before-time", "beyond-time", "nameless", "long-name"],
)
def test_a_challenge_out_of_range_is_refused(instance: str, week: int) -> None:
    """A challenge that its own bytes could not say does not exist."""
    with pytest.raises(WrongShape):
        Challenge(instance, TOKEN_CLASSES[0], Week(week))


# ── Parsers and secrets ──────────────────────────────────────────────────────────────────────
@settings(deadline=None, max_examples=200)
@given(data=st.binary(max_size=400) | st.binary(min_size=TOKEN_BYTES, max_size=TOKEN_BYTES))
def test_any_bytes_are_a_token_in_form_or_refused(data: bytes) -> None:
    """No bytes make the token parser do anything but answer."""
    try:
        token = Token.decode(data)
    except WrongShape:
        return
    assert token.encode() == data


@settings(deadline=None, max_examples=100)
@given(text=st.text(max_size=480))
def test_any_header_is_a_token_in_form_or_refused(text: str) -> None:
    """No header makes the token parser do anything but answer."""
    try:
        assert Token.from_header(text).to_header() == text
    except WrongShape:
        return


@settings(deadline=None, max_examples=200)
@given(at=st.integers(0, len(REQUEST.encode())), patch=st.binary(max_size=6), junk=st.booleans())
def test_any_kept_request_is_read_or_refused(at: int, patch: bytes, *, junk: bool) -> None:
    """A damaged store gives a request or a refusal, never an accident."""
    kept = REQUEST.encode()
    damaged = patch if junk else kept[:at] + patch + kept[at + len(patch) :]
    try:
        request = Request.decode(damaged)
    except Refusal:
        return
    assert request.encode() == damaged


@settings(deadline=None, max_examples=100)
@given(der=st.binary(max_size=400))
def test_any_bytes_are_a_key_or_refused(der: bytes) -> None:
    """No bytes make the key readers do anything but answer."""
    for read in (IssuerPublic, IssuerSecret.from_der):
        with pytest.raises(WrongShape):
            read(der)


def test_a_kept_request_has_no_more_and_no_less() -> None:
    """A kept request with a field added is refused."""
    with pytest.raises(WrongShape):
        Request.decode(pack(["token_request", 1, "folge.example", "cc-note", 2_970]))


def test_secrets_are_not_shown() -> None:
    """Printing a key, a request or a token shows nothing that could be used."""
    shown = repr((ISSUER, ISSUER.key, REQUEST, TOKEN))
    for secret in (TOKEN.nonce, TOKEN.authenticator, REQUEST.blinded, ISSUER.to_der()):
        assert repr(secret)[2:-1] not in shown
    for number in (REQUEST.inverse, ISSUER.key.p, ISSUER.key.q, ISSUER.key.dp):
        assert str(number) not in shown
