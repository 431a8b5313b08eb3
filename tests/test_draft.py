"""Promises of the draft, which has no way out, and of the package, which has one maker."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from typing import Final

import pytest

from client.draft import (
    PHONE_DAYS,
    ConsentedPackage,
    PhoneRole,
    check_phone,
)
from client.refusals import (
    AttachmentMissing,
    ConsentEnded,
    ConsentMissing,
    ConsentOtherRecipient,
    PartChanged,
    PartNotThere,
    WrongAnswer,
)
from keys.body import Kind
from keys.calendar import Day
from keys.errors import (
    Refusal,
)
from keys.manifest import Accepted, AgreedByPhone, Follows
from tests.handovers import (
    DRAFT,
    ELV,
    FJORD,
    PARTS,
    TODAY,
    YES,
    child,
    consent,
    handed,
    manifest_of,
    package,
    part,
    person,
    sender,
    yes_to,
)

FOLLOWS: Final = Follows(b"m" * 32)
PHONE: Final = AgreedByPhone(PhoneRole.DUTY, TODAY)


def test_a_package_holds_only_what_was_consented_to() -> None:
    """Parts that she said no to are not in the package at all."""
    made = package(yes_to("person", "threat"))
    assert set(made.parts) == {"person", "threat", "attachment.1", "sender"}
    assert set(made.files) == {"attachment.1"}
    assert made.recipient == FJORD.id
    assert made.kind is Kind.CASE_PACKAGE


def test_a_package_cannot_be_changed_after_it_was_made() -> None:
    """Nothing is put into a package, or taken out of it, once it is one."""
    made = package()
    with pytest.raises(AttributeError):
        made.parts = PARTS  # pyright: ignore[reportAttributeAccessIssue] - the attack
    with pytest.raises(TypeError):
        made.parts[part("history")] = person()  # pyright: ignore[reportIndexIssue] - the attack
    with pytest.raises(TypeError):
        replace(made, parts=PARTS)  # pyright: ignore[reportArgumentType] - the attack
    with pytest.raises(FrozenInstanceError):
        made.consent.parts = ()  # pyright: ignore[reportAttributeAccessIssue] - the attack
    assert "Marte" not in repr(made) + repr(DRAFT)


def test_nobody_makes_a_package_by_hand() -> None:
    """A program that leaves out the draft and the consent is refused."""
    with pytest.raises(ConsentMissing):
        ConsentedPackage(consent(), Accepted(YES), PARTS, {}, witness=object())  # pyright: ignore[reportArgumentType] - the attack


Making = Callable[[], ConsentedPackage]
ELSEWHERE: Final = replace(consent(), recipient=ELV.id)
UNMADE: Final[list[tuple[str, type[Refusal], Making]]] = [
    (
        "the place is at another centre",
        ConsentOtherRecipient,
        lambda: DRAFT.consented(ELSEWHERE, Accepted(YES), FJORD.id, TODAY),
    ),
    (
        "the consent has ended",
        ConsentEnded,
        lambda: DRAFT.consented(consent(), Accepted(YES), FJORD.id, Day(TODAY + 31)),
    ),
    (
        "a consented child is gone",
        PartNotThere,
        lambda: replace(DRAFT, parts={part("person"): person()}).consented(
            consent(), Accepted(YES), FJORD.id, TODAY
        ),
    ),
    (
        "the children have changed places",
        PartChanged,
        lambda: replace(DRAFT, parts={**PARTS, part("child.1"): child("Biret", 4)}).consented(
            consent(), Accepted(YES), FJORD.id, TODAY
        ),
    ),
    (
        "the file of an attachment is gone",
        AttachmentMissing,
        lambda: replace(DRAFT, files={}).consented(consent(), Accepted(YES), FJORD.id, TODAY),
    ),
    (
        "nothing that she said yes to is written",
        ConsentMissing,
        lambda: replace(DRAFT, parts={part("sender"): sender()}).consented(
            consent(yes_to("person")), Accepted(YES), FJORD.id, TODAY
        ),
    ),
    (
        "the yes by telephone is a week old",
        WrongAnswer,
        lambda: DRAFT.consented(
            consent(), replace(PHONE, day=Day(TODAY - PHONE_DAYS - 1)), FJORD.id, TODAY
        ),
    ),
    (
        "an update with a part that she said no to",
        ConsentMissing,
        lambda: DRAFT.added(consent(yes_to("person")), FOLLOWS, [part("threat")], TODAY),
    ),
]


@pytest.mark.parametrize(
    ("refusal", "making"), [row[1:] for row in UNMADE], ids=[row[0] for row in UNMADE]
)
def test_a_draft_becomes_a_package_only_in_order(refusal: type[Refusal], making: Making) -> None:
    """Whatever does not fit the consent, the place or the day makes no package."""
    with pytest.raises(refusal):
        making()


def test_a_yes_by_telephone_is_of_these_days_and_by_a_role() -> None:
    """Who said yes by phone is a word of a list, and the day is not far back or ahead."""
    check_phone(PHONE, TODAY)
    for wrong in (replace(PHONE, role="kari"), replace(PHONE, day=Day(TODAY + 1))):
        with pytest.raises(WrongAnswer):
            check_phone(wrong, TODAY)


def test_an_update_holds_some_of_the_consented_parts() -> None:
    """More of a case that was sent, by the same consent, is its own kind of message."""
    made = DRAFT.added(consent(), FOLLOWS, [part("threat"), part("person")], TODAY)
    assert made.kind is Kind.PACKAGE_UPDATE
    assert list(made.parts) == ["person", "threat"]
    sealed = handed(made)
    assert manifest_of(sealed).prev == FOLLOWS
    assert len(sealed.files) == 1
