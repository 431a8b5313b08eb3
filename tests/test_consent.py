"""Promises of a consent: what it lets out, to whom, until when, and how it is taken at its word."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.answered import DAYS
from client.case import EVERY_PART, ConsentInput, Decision, Part, Release, order_of
from client.case.consent import Form, GivenBy
from client.case.words import YesNo
from client.consent import Consent, check_contents, check_received
from client.refusals import (
    AttachmentAlone,
    ConsentEnded,
    ConsentMismatch,
    ConsentMissing,
    ConsentOtherRecipient,
    ConsentWithdrawn,
    MissingAnswer,
    PartChanged,
    PartNotThere,
    WrongAnswer,
)
from keys.calendar import LAST_DAY, Day
from keys.errors import Refusal, UnknownVersion, WrongRole, WrongShape
from keys.manifest import ConsentMark, PackageManifest
from keys.manifest import Release as ManifestRelease
from keys.wire import Packable, pack, unpack
from tests.handovers import (
    ELV,
    FJORD,
    GRANLIA,
    HOME,
    PACKAGE_ID,
    PARTS,
    TODAY,
    YES_TO_ALL,
    Desk,
    attachment,
    child,
    consent,
    part,
    person,
    sample,
    yes_to,
)

EXAMPLES: Final = settings(max_examples=60, deadline=None)
Said = Callable[[], ConsentInput]


def changed(said: ConsentInput = YES_TO_ALL, **fields: object) -> ConsentInput:
    """Return an answer with some fields written otherwise."""
    return said.model_copy(update=fields)


def names(made: Consent) -> set[str]:
    """Return the parts that a consent names."""
    return set(made.parts)


# ── What is let out ──────────────────────────────────────────────────────────────────────────
def test_yes_to_all_means_every_part_there_is_and_no_later_one() -> None:
    """Whoever says yes to all says yes to what is there, not to what is written tomorrow."""
    assert names(consent()) == {*PARTS, "validity"}
    assert "health_access" not in consent().parts


def test_yes_to_some_lets_out_those_and_what_is_attached_to_them() -> None:
    """Only the parts that were named leave, with their attachments and who sends."""
    assert names(consent(yes_to("person", "threat"))) == {
        "person",
        "threat",
        "attachment.1",
        "sender",
        "validity",
    }


def test_a_part_may_be_filled_in_after_it_was_consented_to() -> None:
    """A topic that somebody said yes to may be written down afterwards."""
    assert "journey" in consent(yes_to("person", "journey")).parts


def test_what_was_taken_back_before_sending_is_left_out() -> None:
    """Taking one part back takes its attachments back too, and leaves the rest."""
    some = consent(changed(withdrawn_parts=(part("child.2"),)))
    assert names(some) == {*PARTS, "validity"} - {"child.2", "attachment.2"}
    assert some.decision is Decision.YES_SOME


def test_a_file_may_go_with_everything_though_its_part_is_empty() -> None:
    """Whoever says yes to all need not explain where a file belongs."""
    parts = {part("person"): person(), part("attachment.1"): attachment("history")}
    made = Consent.given_in(YES_TO_ALL, parts, FJORD.member, TODAY)
    assert "attachment.1" in made.parts
    check_contents(made, parts)


NOTHING: Final = [
    pytest.param(changed(decision=Decision.NO), ConsentMissing, id="no"),
    pytest.param(changed(decision=Decision.NOT_ASKED_URGENT), ConsentMissing, id="not asked"),
    pytest.param(yes_to(), ConsentMissing, id="yes to nothing"),
    pytest.param(yes_to("sender"), ConsentMissing, id="yes to nothing about the person"),
    pytest.param(yes_to("history"), ConsentMissing, id="yes to what is not written"),
    pytest.param(
        changed(withdrawn_at=datetime(2026, 11, 17, 9, 0)),  # noqa: DTZ001 - on the wall
        ConsentWithdrawn,
        id="taken back",
    ),
    pytest.param(changed(withdrawn_by=GivenBy.USER), ConsentWithdrawn, id="taken back by her"),
    pytest.param(
        changed(yes_to("person"), withdrawn_parts=(part("person"),)),
        ConsentWithdrawn,
        id="every part taken back",
    ),
    pytest.param(changed(given_by=None), MissingAnswer, id="by nobody"),
    pytest.param(yes_to("person", "child.3"), PartNotThere, id="a child who is not there"),
    pytest.param(yes_to("person", "attachment.1"), AttachmentAlone, id="a file without its part"),
    pytest.param(
        changed(recipient_centre="Krisesenteret Elvebredden"),
        ConsentOtherRecipient,
        id="to another centre",
    ),
    pytest.param(changed(ends_on=date(2026, 11, 17)), ConsentEnded, id="ended yesterday"),
    pytest.param(
        changed(given_at=datetime(2026, 11, 20, 0, 0)),  # noqa: DTZ001 - on the wall
        WrongAnswer,
        id="given in the future",
    ),
]


@pytest.mark.parametrize(("said", "refusal"), NOTHING)
def test_anything_but_a_clear_yes_lets_nothing_out(
    said: ConsentInput, refusal: type[Refusal]
) -> None:
    """A no, a silence, a yes taken back, misdated or to somebody else makes no consent."""
    with pytest.raises(refusal):
        consent(said)


def test_nobody_consents_to_the_police_getting_the_case() -> None:
    """A case goes to a centre; a consent that names a police district is none."""
    with pytest.raises(WrongRole):
        consent(to=HOME)


def test_the_centre_may_be_named_in_any_case() -> None:
    """Capital letters in a centre's name decide nothing."""
    said = changed(recipient_centre="krisesenteret FJORDGLØTT")
    assert consent(said).recipient == FJORD.id


def test_a_yes_at_half_past_midnight_counts_at_once() -> None:
    """Norway's date is ahead of the program's for an hour or two every night."""
    said = changed(given_at=datetime(2026, 11, 19, 0, 30))  # noqa: DTZ001 - on the wall
    assert consent(said).given == TODAY


def test_a_consent_ends_by_itself() -> None:
    """It counts from its day to its last, thirty days unless another day was named."""
    made = consent(changed(given_at=datetime(2026, 11, 10, 9, 0)))  # noqa: DTZ001 - on the wall
    assert made.ends - made.given == DAYS
    made.counts(made.given)
    made.counts(made.ends)
    for day in (made.given - 1, made.ends + 1):
        with pytest.raises(ConsentEnded):
            made.counts(Day(day))
    assert consent(changed(ends_on=date(2026, 11, 18))).ends == TODAY


def test_what_was_explained_is_kept_as_it_was_written_down() -> None:
    """What the person was told stands in the consent; what nobody wrote is not made up."""
    made = consent(changed(informed_benefits=YesNo.YES, informed_rights=YesNo.NO))
    assert (made.informed_benefits, made.informed_rights) == (True, False)
    assert made.informed_no_consequence is None
    assert made.police_contact is None


@pytest.mark.parametrize("name", ["gran-427", "elv-118", "vidde-256"])
def test_the_sample_cases_make_consents(name: str) -> None:
    """The cases that the demo plays are themselves in order."""
    case = sample(name)
    assert case.consent is not None
    to = {"elv-118": ELV}.get(name, FJORD)
    said = case.consent.model_copy(update={"recipient_centre": to.member.name})
    made = Consent.given_in(said, case.parts, to.member, TODAY)
    assert Consent.decode(made.encode()) == made
    if name == "elv-118":
        assert not {"health_access", "history", "move_assessment"} & names(made)


# ── Who and which ────────────────────────────────────────────────────────────────────────────
CHANGES: Final = [
    pytest.param("child.1", child("Biret", 4), id="the children change places"),
    pytest.param("child.1", child("Ánde", 10), id="another child of that name"),
    pytest.param("attachment.1", attachment("threat", "annet.jpg"), id="another file"),
    pytest.param("attachment.1", attachment("person"), id="the file moves to another part"),
]


@pytest.mark.parametrize(("where", "now"), CHANGES)
def test_another_child_or_file_at_the_same_place_does_not_leave(where: str, now: Part) -> None:
    """Who said yes for one child has not said yes for the next one in the list."""
    with pytest.raises(PartChanged):
        check_contents(consent(), {**PARTS, part(where): now})


def test_a_consent_without_its_subjects_lets_no_child_out() -> None:
    """A consent made by hand, that does not say which child, is for none."""
    with pytest.raises(PartChanged):
        check_contents(replace(consent(), subjects=()), PARTS)


def test_what_is_not_named_does_not_pass() -> None:
    """A part beside those that were named stops all of it."""
    with pytest.raises(ConsentMissing):
        check_contents(consent(yes_to("person")), {part("threat"): PARTS[part("threat")]})


def test_a_file_does_not_pass_without_its_part() -> None:
    """A consent made by hand, that names a file and not its part, is refused."""
    made = consent(yes_to("threat"))
    alone = replace(made, parts=(part("attachment.1"),))
    with pytest.raises(AttachmentAlone):
        check_contents(alone, {part("attachment.1"): PARTS[part("attachment.1")]})


# ── As bytes ─────────────────────────────────────────────────────────────────────────────────
MAYBE: Final = st.none() | st.booleans()
CONSENTS: Final = st.builds(
    Consent,
    decision=st.sampled_from([Decision.YES_ALL, Decision.YES_SOME]),
    parts=st.frozensets(st.sampled_from(EVERY_PART), min_size=1),
    subjects=st.just(()),
    recipient=st.just(FJORD.id),
    given_by=st.sampled_from(GivenBy),
    given=st.integers(0, 1 << 20),
    ends=st.integers(1 << 20, 1 << 21),
    release=st.sampled_from(Release),
    form=st.none() | st.sampled_from(Form),
    languages=st.lists(st.sampled_from(["norsk", "davvisámegiella"]), max_size=3).map(tuple),
    interpreter=st.none() | st.just("telefontolk"),
    informed_benefits=MAYBE,
    informed_rights=MAYBE,
    informed_no_consequence=MAYBE,
    police_contact=MAYBE,
)


def in_order(made: Consent) -> Consent:
    """Return a consent whose parts stand in order, each child and file with its subject."""
    parts = tuple(sorted(made.parts, key=order_of))
    return replace(made, parts=parts, subjects=tuple(bytes(16) for one in parts if "." in one))


@EXAMPLES
@given(CONSENTS.map(in_order))
def test_a_consent_is_read_as_it_was_written(made: Consent) -> None:
    """Every consent comes back from its bytes the same, with the same hash."""
    assert Consent.decode(made.encode()) == made
    assert made.hash == sha256(made.encode()).digest()


@EXAMPLES
@given(st.binary(max_size=200) | CONSENTS.map(lambda made: in_order(made).encode()[:-1]))
def test_any_bytes_give_a_consent_or_one_refusal(data: bytes) -> None:
    """Whatever arrives, the program neither stumbles nor guesses."""
    with pytest.raises(Refusal):
        Consent.decode(data)


def written(at: int, value: Packable) -> bytes:
    """Return a consent with one field written otherwise."""
    fields = unpack(consent().encode())
    assert isinstance(fields, list)
    return pack([*fields[:at], value, *fields[at + 1 :]])


FORGED: Final = [
    pytest.param(1, 2, UnknownVersion, id="a version of tomorrow"),
    pytest.param(2, "no", WrongShape, id="a no"),
    pytest.param(2, "maybe", WrongShape, id="no decision"),
    pytest.param(3, [], WrongShape, id="no parts"),
    pytest.param(3, ["threat", "person"], WrongShape, id="parts out of order"),
    pytest.param(3, ["person", "person"], WrongShape, id="a part twice"),
    pytest.param(3, ["person", 7], WrongShape, id="a part that is a number"),
    pytest.param(3, ["journal"], WrongShape, id="a part that does not exist"),
    pytest.param(4, [], WrongShape, id="children without saying which"),
    pytest.param(4, [b"short"] * 4, WrongShape, id="a child in too few bytes"),
    pytest.param(4, ["x"] * 4, WrongShape, id="a child in letters"),
    pytest.param(8, 1, WrongShape, id="ended before it was given"),
    pytest.param(8, LAST_DAY + 1, WrongShape, id="a last day past the calendar"),
    pytest.param(11, ["norsk\x1b[2J"], WrongShape, id="a language that clears the screen"),
    pytest.param(11, [7], WrongShape, id="a language that is a number"),
    pytest.param(12, " ", WrongShape, id="an interpreter without a word"),
    pytest.param(12, "tolk 010190 12345", WrongShape, id="an interpreter's identity number"),
]


@pytest.mark.parametrize(("at", "value", "refusal"), FORGED)
def test_a_forged_consent_is_refused(at: int, value: Packable, refusal: type[Refusal]) -> None:
    """A consent that no honest program writes is no consent."""
    with pytest.raises(refusal):
        Consent.decode(written(at, value))


# ── At the receiving end ─────────────────────────────────────────────────────────────────────
GIVEN: Final = consent()
HONEST: Final = PackageManifest(
    PACKAGE_ID,
    TODAY,
    TODAY,
    None,
    ManifestRelease.ARRIVAL,
    (),
    ConsentMark(GIVEN.hash, GIVEN.ends),
)


def received(manifest: PackageManifest, me: Desk = FJORD, today: Day = TODAY) -> Consent:
    """Check a consent as its receiver does."""
    return check_received(GIVEN.encode(), manifest, me.id, today)


def test_an_honest_consent_is_taken() -> None:
    """What the sender put in is what the receiver reads."""
    assert received(HONEST) == GIVEN


MISMATCHES: Final = [
    pytest.param(
        replace(HONEST, consent=ConsentMark(b"x" * 32, GIVEN.ends)), id="another than was signed"
    ),
    pytest.param(replace(HONEST, consent=None), id="none was signed"),
    pytest.param(
        replace(HONEST, consent=ConsentMark(GIVEN.hash, Day(GIVEN.ends + 1))),
        id="signed to last longer",
    ),
    pytest.param(replace(HONEST, release=ManifestRelease.AHEAD), id="opened ahead without her yes"),
]


@pytest.mark.parametrize("manifest", MISMATCHES)
def test_the_receiver_checks_what_the_sender_had_to(manifest: PackageManifest) -> None:
    """A sender whose program was changed gets nothing past the receiver."""
    with pytest.raises(ConsentMismatch):
        received(manifest)


def test_a_consent_for_another_centre_opens_nothing_here() -> None:
    """What was meant for one centre is refused by every other, though it may hold the keys."""
    with pytest.raises(ConsentOtherRecipient):
        received(HONEST, me=GRANLIA)


def test_a_consent_that_has_ended_opens_nothing() -> None:
    """After its last day nothing is opened, even if it was sent in time."""
    with pytest.raises(ConsentEnded):
        received(HONEST, today=Day(GIVEN.ends + 1))


def test_two_consents_that_say_the_same_have_different_hashes() -> None:
    """The other centre sees a hash before arrival, and cannot find the parts by guessing."""
    one = Consent.given_in(YES_TO_ALL, PARTS, FJORD.member, TODAY)
    two = Consent.given_in(YES_TO_ALL, PARTS, FJORD.member, TODAY)
    assert replace(one, salt=two.salt) == two
    assert one.hash != two.hash


def test_printing_a_consent_shows_neither_the_centre_nor_the_parts() -> None:
    """A stray line in a log does not say where she went or what was told."""
    shown = repr(Consent.given_in(YES_TO_ALL, PARTS, FJORD.member, TODAY))
    assert repr(FJORD.id) not in shown
    assert not any(part_ in shown for part_ in PARTS)
