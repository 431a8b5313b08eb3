"""What a receiver answers when something is taken back answers that, and not what came before."""

import pytest

from client.fates import UNBIDDEN, answered, unanswered
from client.outbox import Out
from client.outgoing import ANSWER_DAYS, Outgoing, unanswered_until
from keys.address import PackageId
from keys.body import Kind
from keys.calendar import Day
from keys.receipt import ReceiptStatus

TODAY = Day(20_600)
OPENED, DELETED = ReceiptStatus.OPENED, ReceiptStatus.DELETED
SENT = Outgoing(
    *(PackageId(bytes(16)), Kind.CASE_PACKAGE, Out.OPENED, bytes(16), "GRAN-427", b"r" * 32),
    *(bytes(32), (), "", (), TODAY, Day(TODAY + 7)),
).with_receipt(OPENED, TODAY)


def test_an_answer_to_one_part_is_none_to_the_next_of_the_same_day() -> None:
    """She takes the threat back and hears of it; then all of it, which is still open."""
    one = SENT.taken_back(TODAY).with_receipt(DELETED, TODAY)
    assert answered(one) == DELETED.value
    assert not unanswered_until(one)
    two = one.taken_back(TODAY)
    assert not answered(two)
    assert unanswered_until(two) == TODAY + ANSWER_DAYS
    assert unanswered(two, Day(TODAY + ANSWER_DAYS + 1))
    kept = two.with_receipt(ReceiptStatus.KEPT_BY_DUTY, TODAY)
    assert answered(kept) == ReceiptStatus.KEPT_BY_DUTY.value
    assert not unanswered(kept, Day(TODAY + ANSWER_DAYS + 1))


def test_what_was_destroyed_unbidden_is_told_as_that() -> None:
    """Nobody took it back from here."""
    assert answered(SENT.with_receipt(DELETED, TODAY)) == UNBIDDEN


@pytest.mark.parametrize("before", [0, 5, 31, 32, 40])
def test_many_words_push_out_the_oldest_and_confuse_nothing(before: int) -> None:
    """However much was said before, what was said since is what counts."""
    many = SENT
    for _ in range(before):
        many = many.with_receipt(DELETED, TODAY)
    back = many.taken_back(TODAY)
    assert not answered(back)
    said = back.with_receipt(ReceiptStatus.KEPT_FOR_CLAIM, TODAY)
    assert answered(said) == ReceiptStatus.KEPT_FOR_CLAIM.value
    assert len(said.receipts) <= 32
    assert Outgoing.decode(said.encode()) == said
    for _ in range(40):
        said = said.with_receipt(OPENED, TODAY)
    assert not answered(said)  # pushed out at last, and nothing older came in its place
