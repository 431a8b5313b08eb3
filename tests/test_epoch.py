"""Promises about the keys of a day: signed together, found by day, refused when altered."""

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.calendar import Day
from keys.epoch import BATCH_DAYS, EpochBatch, EpochRole, EpochSecret, key_hash, key_id
from keys.errors import BadSignature, Malformed, NoKeys, WrongShape
from keys.identity import Identity, Purpose
from keys.wire import Packable, lp, pack, unlp

EVA: Final = Identity.from_seed(bytes(64))
IDA: Final = Identity.from_seed(b"\1" * 64)
TODAY: Final = Day(20_000)


def secrets_for(days: int, first: int = TODAY) -> list[EpochSecret]:
    """Return both secrets for each of `days` days."""
    return [EpochSecret.generate(role, Day(first + at)) for at in range(days) for role in EpochRole]


FORTNIGHT: Final = secrets_for(BATCH_DAYS)
BATCH: Final = EpochBatch.issue(EVA, FORTNIGHT)
ONE_DAY: Final = EpochBatch.issue(EVA, FORTNIGHT[:2])
RAW: Final = FORTNIGHT[0].public.raw
PAIR: Final[list[Packable]] = [secret.public.raw for secret in FORTNIGHT[:2]]


def test_a_batch_gives_each_day_its_own_two_keys() -> None:
    """A sender finds the two keys that a receiver published for the day."""
    read = EpochBatch.decode(BATCH.encode())
    assert read == BATCH
    read.check(EVA.public)
    for at in range(BATCH_DAYS):
        found = read.for_day(Day(TODAY + at))
        assert found.day == TODAY + at
        assert found.outer_public == FORTNIGHT[2 * at].public
        assert found.inner_public == FORTNIGHT[2 * at + 1].public


def test_secrets_may_be_given_in_any_order() -> None:
    """The batch sorts the days itself."""
    assert EpochBatch.issue(EVA, FORTNIGHT[::-1]).days == BATCH.days


@pytest.mark.parametrize("day", [TODAY - 1, TODAY + BATCH_DAYS])
def test_a_day_without_keys_is_unreachable(day: int) -> None:
    """Who has published no keys for a day cannot receive on it, and the sender is told."""
    with pytest.raises(NoKeys) as refusal:
        BATCH.for_day(Day(day))
    assert refusal.value.facts["day"] == day


@pytest.mark.parametrize(
    "secrets",
    [
        pytest.param([], id="no days"),
        pytest.param(FORTNIGHT[:1], id="an outer without an inner"),
        pytest.param(FORTNIGHT[1:2], id="an inner without an outer"),
        pytest.param([FORTNIGHT[0], FORTNIGHT[3]], id="halves of two days"),
        pytest.param(FORTNIGHT[:2] + FORTNIGHT[4:6], id="a day skipped"),
        pytest.param(FORTNIGHT[:2] * 2, id="a day twice"),
        pytest.param(FORTNIGHT + secrets_for(1, TODAY + BATCH_DAYS), id="fifteen days"),
        pytest.param(secrets_for(1, -1), id="a day before all days"),
    ],
)
def test_an_incomplete_batch_is_never_signed(secrets: list[EpochSecret]) -> None:
    """A member signs whole days in a row, or nothing."""
    with pytest.raises(WrongShape):
        EpochBatch.issue(EVA, secrets)


def signed(*fields: Packable) -> bytes:
    """Return any fields at all under Eva's good signature."""
    body = pack(list(fields))
    return lp(body, EVA.sign(Purpose.EPOCHS, body))


@pytest.mark.parametrize(
    ("data", "by"),
    [
        pytest.param(ONE_DAY.encode(), IDA, id="another member's"),
        pytest.param(lp(ONE_DAY.body, BATCH.signature), EVA, id="spliced from two batches"),
        pytest.param(
            lp(ONE_DAY.body, EVA.sign(Purpose.ENVELOPE, ONE_DAY.body)), EVA, id="wrong purpose"
        ),
        pytest.param(
            lp(ONE_DAY.body, IDA.sign(Purpose.EPOCHS, ONE_DAY.body)), EVA, id="signed by another"
        ),
        pytest.param(lp(ONE_DAY.body, ONE_DAY.signature[:64]), EVA, id="half a signature"),
        pytest.param(
            signed("epochs", 1, IDA.public.member_id, TODAY, [PAIR]),
            EVA,
            id="naming another than its signer",
        ),
    ],
)
def test_a_batch_by_somebody_else_is_refused(data: bytes, by: Identity) -> None:
    """Nobody can publish keys in another's name: what is sealed to them would be read."""
    with pytest.raises(BadSignature):
        EpochBatch.decode(data).check(by.public)


EVA_ID: Final = EVA.public.member_id


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(signed("epochs", 1, EVA_ID, TODAY, []), id="no days"),
        pytest.param(signed("epochs", 1, EVA_ID, TODAY, [PAIR] * 15), id="fifteen days"),
        pytest.param(signed("epochs", 1, EVA_ID, TODAY, [[RAW]]), id="one key in a day"),
        pytest.param(signed("epochs", 1, EVA_ID, TODAY, [[RAW, RAW]]), id="one key for two locks"),
        pytest.param(signed("epochs", 1, EVA_ID, TODAY, [PAIR, PAIR]), id="one pair for two days"),
        pytest.param(signed("epochs", 1, EVA_ID, TODAY, [[RAW, RAW, RAW]]), id="three in a day"),
        pytest.param(signed("epochs", 1, EVA_ID, TODAY, [[RAW, RAW[:-1]]]), id="a short key"),
        pytest.param(signed("epochs", 1, EVA_ID, TODAY, [[RAW, "x"]]), id="text for a key"),
        pytest.param(
            signed("epochs", 1, EVA_ID, TODAY, [[RAW, RAW[:-32] + bytes(32)]]),
            id="a key that keeps no secret",
        ),
        pytest.param(signed("epochs", 1, EVA_ID, TODAY, RAW), id="no list"),
        pytest.param(signed("epochs", 1, EVA_ID, TODAY, [PAIR], 1), id="a field more"),
        pytest.param(signed("epochs", 2, EVA_ID, TODAY, [PAIR]), id="another version"),
        pytest.param(ONE_DAY.encode() + b"\0", id="a byte more"),
        pytest.param(ONE_DAY.encode()[:-1], id="a byte less"),
        pytest.param(ONE_DAY.encode() * 2, id="doubled"),
    ],
)
def test_a_batch_of_another_form_is_refused(data: bytes) -> None:
    """A batch that breaks the form is dropped, however well it is signed."""
    with pytest.raises(Malformed):
        EpochBatch.decode(data)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, len(ONE_DAY.encode()) * 8 - 1))
def test_a_flipped_bit_in_a_batch_is_refused(bit: int) -> None:
    """Any bit changed in a batch makes it worthless."""
    changed = bytearray(ONE_DAY.encode())
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises((Malformed, BadSignature)):
        EpochBatch.decode(bytes(changed)).check(EVA.public)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_a_batch_or_a_refusal(junk: bytes, signature: bytes) -> None:
    """Noise gives one orderly refusal."""
    for data in (junk, lp(junk, signature), unlp(ONE_DAY.encode(), 2)[0] + junk):
        with pytest.raises(Malformed):
            EpochBatch.decode(data)


def test_a_key_is_named_by_its_hash() -> None:
    """The short name of a key is the first half of its hash, and secrets come back from seeds."""
    secret = FORTNIGHT[0]
    assert secret.key_id == key_id(secret.public) == key_hash(secret.public)[:16]
    again = EpochSecret.from_seed(secret.role, secret.day, secret.seed)
    assert again.public == secret.public
    assert repr(secret.seed) not in repr(secret)
