"""Promises of the read proof: it is for one request, one broker, one machine and five minutes."""

import dataclasses
from collections.abc import Callable
from hashlib import sha256
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.address import MemberId
from keys.armour import from_url, to_url
from keys.calendar import Instant
from keys.errors import BadProof, ProofStale, Refusal, UnknownVersion, WrongShape
from keys.identity import MachineKey, Purpose
from keys.proof import PROOF_BYTES, WINDOW_SECONDS, Asked, Proof, make
from keys.wire import lp

MACHINE: Final = MachineKey.from_seed(bytes(range(32)))
ANOTHER: Final = MachineKey.from_seed(bytes(range(1, 33)))
MEMBER: Final = MemberId(b"M" * 32)
NONCE: Final = b"0123456789abcdef"
NOW: Final = Instant(1_795_392_000)
ASKED: Final = Asked(
    "folge.example", "GET", "/v1/boards/centre/batches?after=7&most=100", sha256().digest()
)
HEADER: Final = make(MACHINE, MEMBER, ASKED, NOW, NONCE)


def test_a_proof_is_these_very_bytes() -> None:
    """Version, member, instant, nonce, signature: 121 bytes, and no key travels with them."""
    said = lp(
        b"folge.example",
        b"GET",
        b"/v1/boards/centre/batches?after=7&most=100",
        sha256().digest(),
        NOW.to_bytes(8, "big"),
        NONCE,
    )
    signature = MACHINE.sign(Purpose.READ, said, MEMBER)
    assert from_url(HEADER, "proof") == (
        b"\1" + b"M" * 32 + NOW.to_bytes(8, "big") + NONCE + signature
    )


def test_a_proof_is_accepted_for_its_own_request() -> None:
    """The member, the nonce and the time stand in the proof, and the broker accepts it."""
    proof = Proof.parse(HEADER)
    proof.verify(MACHINE.public, ASKED, NOW)
    assert (proof.member_id, proof.instant, proof.nonce) == (MEMBER, NOW, NONCE)
    assert proof.replay_key == MEMBER + NONCE


@settings(deadline=None, max_examples=60)
@given(
    method=st.sampled_from(["GET", "POST", "HEAD"]),
    target=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1),
    body=st.binary(max_size=50),
    now=st.integers(0, 2**64 - 1),
    nonce=st.binary(min_size=16, max_size=16),
)
def test_every_proof_has_the_same_length(
    method: str, target: str, body: bytes, now: int, nonce: bytes
) -> None:
    """Whatever is asked for, the header is 162 characters, and it verifies."""
    asked = Asked("folge.example", method, target, sha256(body).digest())
    header = make(MACHINE, MEMBER, asked, Instant(now), nonce)
    assert len(header) == 162
    Proof.parse(header).verify(MACHINE.public, asked, Instant(now))


# ── Attacks ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(ASKED, instance="annen.example"),
        dataclasses.replace(ASKED, method="POST"),
        dataclasses.replace(ASKED, target="/v1/boards/police/batches?after=7&most=100"),
        dataclasses.replace(ASKED, target="/v1/boards/centre/batches?after=8&most=100"),
        dataclasses.replace(ASKED, target="/v1/boards/centre/batches"),
        dataclasses.replace(ASKED, body_hash=sha256(b"x").digest()),
        dataclasses.replace(ASKED, instance="folge.exampleG", method="ET"),
    ],
    ids=["broker", "method", "path", "query", "no-query", "body", "shifted-border"],
)
def test_a_proof_is_for_no_other_request(other: Asked) -> None:
    """A proof that was overheard opens nothing else, here or at another broker."""
    with pytest.raises(BadProof):
        Proof.parse(HEADER).verify(MACHINE.public, other, NOW)


CHANGES: Final[dict[str, Callable[[Proof], Proof]]] = {
    "another-member": lambda proof: dataclasses.replace(proof, member_id=MemberId(b"N" * 32)),
    "another-instant": lambda proof: dataclasses.replace(proof, instant=Instant(NOW + 1)),
    "another-nonce": lambda proof: dataclasses.replace(proof, nonce=bytes(16)),
    "no-signature": lambda proof: dataclasses.replace(proof, signature=bytes(64)),
    "half-a-signature": lambda proof: dataclasses.replace(proof, signature=proof.signature[:32]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_proof_is_refused(change: Callable[[Proof], Proof]) -> None:
    """Nothing in a proof can be exchanged for something else."""
    with pytest.raises(BadProof):
        change(Proof.parse(HEADER)).verify(MACHINE.public, ASKED, NOW)


def test_another_machine_is_refused() -> None:
    """A key that the member did not certify proves nothing."""
    with pytest.raises(BadProof):
        Proof.parse(HEADER).verify(ANOTHER.public, ASKED, NOW)


def test_a_signature_for_another_purpose_is_refused() -> None:
    """What the machine signed for something else is no proof."""
    raw = from_url(HEADER, "proof")
    said = lp(
        b"folge.example",
        b"GET",
        ASKED.target.encode(),
        ASKED.body_hash,
        NOW.to_bytes(8, "big"),
        NONCE,
    )
    header = to_url(raw[:57] + MACHINE.sign(Purpose.TOKENS, said, MEMBER))
    with pytest.raises(BadProof):
        Proof.parse(header).verify(MACHINE.public, ASKED, NOW)


@settings(deadline=None, max_examples=60)
@given(bit=st.integers(0, 8 * PROOF_BYTES - 1))
def test_a_flipped_bit_is_refused(bit: int) -> None:
    """A proof with any one bit changed is refused."""
    raw = bytearray(from_url(HEADER, "proof"))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises((BadProof, ProofStale, UnknownVersion)):
        Proof.parse(to_url(bytes(raw))).verify(MACHINE.public, ASKED, NOW)


@pytest.mark.parametrize("seconds", [-WINDOW_SECONDS, -1, 1, WINDOW_SECONDS])
def test_a_proof_counts_for_five_minutes_either_way(seconds: int) -> None:
    """A clock that is a little off does no harm, and the broker knows when to forget."""
    proof = Proof.parse(HEADER)
    proof.verify(MACHINE.public, ASKED, Instant(NOW + seconds))
    assert proof.counts_until == NOW + WINDOW_SECONDS


@pytest.mark.parametrize("seconds", [-WINDOW_SECONDS - 1, WINDOW_SECONDS + 1, -NOW, 2**64])
def test_a_stale_proof_is_refused_as_stale(seconds: int) -> None:
    """Outside the window the answer speaks of the clock, not of a forgery."""
    with pytest.raises(ProofStale):
        Proof.parse(HEADER).verify(MACHINE.public, ASKED, Instant(NOW + seconds))


@pytest.mark.parametrize(
    ("header", "leaf"),
    [
        ("", WrongShape),
        (HEADER[:-1], WrongShape),
        (HEADER + "A", WrongShape),
        (HEADER + "==", WrongShape),
        (" " + HEADER, WrongShape),
        (to_url(from_url(HEADER, "proof") + b"\0"), WrongShape),
        (to_url(b"\2" + from_url(HEADER, "proof")[1:]), UnknownVersion),
        (to_url(b"\0" + from_url(HEADER, "proof")[1:]), UnknownVersion),
    ],
    ids=["nothing", "cut", "longer", "padded", "space", "trailing-byte", "version-2", "version-0"],
)
def test_another_form_is_refused(header: str, leaf: type[Refusal]) -> None:
    """A proof has one form, and a newer one is not guessed at."""
    with pytest.raises(leaf):
        Proof.parse(header)


@settings(deadline=None, max_examples=200)
@given(text=st.text(max_size=200) | st.text("ABCab01-_", min_size=160, max_size=164))
def test_any_text_is_a_proof_in_form_or_refused(text: str) -> None:
    """No header makes the parser do anything but answer."""
    try:
        proof = Proof.parse(text)
    except Refusal:
        return
    assert len(proof.replay_key) == 48


@pytest.mark.parametrize(
    ("method", "target", "body_hash"),
    [
        ("", "/", bytes(32)),
        ("GET", "", bytes(32)),
        ("GET", "/æ", bytes(32)),
        ("GET", "/\ud800", bytes(32)),
        ("ĠET", "/", bytes(32)),
        ("GET", "/", bytes(31)),
    ],
    ids=["no-method", "no-target", "letter", "surrogate", "method-letter", "short-hash"],
)
def test_a_request_that_is_none_is_refused(method: str, target: str, body_hash: bytes) -> None:
    """What could not stand on the wire cannot be asked for."""
    with pytest.raises(WrongShape):
        Asked("folge.example", method, target, body_hash)


@pytest.mark.parametrize(
    ("now", "nonce"),
    [(NOW, b""), (NOW, bytes(15)), (NOW, bytes(17)), (-1, NONCE), (1 << 64, NONCE)],
    ids=["no-nonce", "short-nonce", "long-nonce", "before-time", "beyond-time"],
)
def test_a_proof_that_could_not_be_said_is_not_made(now: int, nonce: bytes) -> None:
    """A nonce of another length, or a time that has no place, makes no proof."""
    with pytest.raises(WrongShape):
        make(MACHINE, MEMBER, ASKED, Instant(now), nonce)


def test_a_signature_is_not_shown() -> None:
    """Printing a proof does not give it away."""
    proof = Proof.parse(HEADER)
    assert repr(proof.signature)[2:-1] not in repr(proof)
