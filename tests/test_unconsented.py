"""Promises of absence: what she said no to is in no byte that is sealed."""

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.case import Part, PartId, Release
from client.case.attachment import Attachment
from client.case.health_access import HealthAccess
from client.case.residence import Residence
from client.case.trafficking import Trafficking
from client.consent import Consent
from client.draft import (
    Draft,
)
from keys.manifest import Accepted
from tests.handovers import (
    ELV,
    FJORD,
    TODAY,
    YES,
    YES_TO_ALL,
    Shelf,
    attached,
    attachment,
    child,
    handed,
    part,
    person,
    record_of,
    sample,
    threat,
    written,
    yes_to,
)

CANARIES: Final[dict[PartId, Part]] = {
    part("person"): person("canary-person"),
    part("threat"): threat("canary-threat"),
    part("child.1"): child("canary-child.1"),
    part("child.2"): child("canary-child.2"),
    part("health_access"): HealthAccess.model_validate(
        {"allergy": written("canary-health_access")}
    ),
    part("residence"): Residence.model_validate({"lawyer": written("canary-residence")}),
    part("trafficking"): Trafficking.model_validate({"debts": written("canary-trafficking")}),
    part("attachment.1"): attachment("threat", "canary-attachment.1"),
    part("attachment.2"): attachment("child.2", "canary-attachment.2"),
}
CANARY_DRAFT: Final = Draft(
    "X",
    CANARIES,
    {one: attached(f"canary-file-{one}".encode()) for one in CANARIES if "attachment" in one},
)
CHOSEN: Final = st.frozensets(
    st.sampled_from([one for one in CANARIES if "attachment" not in one]), min_size=1
)


@settings(max_examples=25, deadline=None)
@given(CHOSEN)
def test_what_she_said_no_to_is_absent_from_what_is_sealed(chosen: frozenset[PartId]) -> None:
    """Every word of every unconsented part is missing, from the bytes and from the table."""
    yes = yes_to(*chosen, release=Release.AHEAD)
    said = Consent.given_in(yes, CANARIES, FJORD.member, TODAY)
    made = CANARY_DRAFT.consented(said, Accepted(YES), FJORD.id, TODAY)
    shelf = Shelf()
    sealed = handed(made, shelf)
    ids, plain = record_of(sealed, shelf)
    assert ids == ["consent", *made.parts]
    if made.files:
        attached_ids, more = record_of(sealed, shelf, 1)
        assert attached_ids == list(made.files)
        plain += more
    for one in CANARIES:
        present = one in made.parts
        assert (f"canary-{one}".encode() in plain) is present, one
        if "attachment" in one:
            assert (f"canary-file-{one}".encode() in plain) is present, one
    assert set(made.parts) == chosen | {
        one
        for one, part_ in CANARIES.items()
        if isinstance(part_, Attachment) and part_.shared_with in chosen
    }


def test_no_word_of_a_case_is_readable_in_what_leaves() -> None:
    """The cells themselves hold nothing that anybody could read."""
    shelf = Shelf()
    said = Consent.given_in(YES_TO_ALL, CANARIES, FJORD.member, TODAY)
    sealed = handed(CANARY_DRAFT.consented(said, Accepted(YES), FJORD.id, TODAY), shelf)
    for cell in (sealed.note, *shelf.cells.values()):
        assert b"canary" not in cell


@pytest.mark.parametrize("name", ["gran-427", "elv-118"])
def test_the_sample_cases_are_handed_over(name: str) -> None:
    """The cases of the demo leave with the parts that their persons said yes to, and no other."""
    case = sample(name)
    assert case.consent is not None
    to = {"gran-427": FJORD, "elv-118": ELV}[name]
    said = Consent.given_in(case.consent, case.parts, to.member, TODAY)
    made = Draft(name, case.parts).consented(said, Accepted(YES), to.id, TODAY)
    shelf = Shelf()
    ids, plain = record_of(handed(made, shelf, to=to), shelf)
    assert set(ids) - {"consent"} == set(said.parts) & set(case.parts)
    assert (b"Blodtrykksmedisin" in plain) is False
