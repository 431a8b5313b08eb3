"""Promises of the one door in: a package is opened whole and as consented to, or not at all."""

import io
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.case import Part, PartId, encode_part, order_of
from client.case.history import History
from client.consent import SALT_BYTES, Consent
from client.reception import (
    ArrivalCode,
    OpenedRecord,
    Package,
    open_attachments,
    open_notice,
    open_record,
    open_request,
    package_of,
    release,
)
from client.refusals import (
    ConsentEnded,
    ConsentMismatch,
    ConsentOtherRecipient,
    NotReleased,
)
from keys.address import Board, PackageId
from keys.body import Kind
from keys.calendar import Day
from keys.errors import (
    CommitmentMismatch,
    Damaged,
    Malformed,
    NotHere,
    Refusal,
    WrongCode,
    WrongRole,
    WrongShape,
)
from keys.manifest import (
    ConsentMark,
    Origin,
)
from keys.receipt import ReleaseNote
from tests.forging import FILES, GIVEN, RECORD, Forged, Forgery
from tests.handovers import (
    AWAY,
    ELV,
    FJORD,
    HOME,
    PACKAGE_ID,
    PARTS,
    TODAY,
    Desk,
    Shelf,
    attachment,
    child,
    consent,
    handed,
    manifest_of,
    notice,
    part,
    person,
    request,
    threat,
    yes_to,
)


def opened(made: Forged, me: Desk = FJORD, today: Day = TODAY) -> OpenedRecord:
    """Open a forged record as its receiver does."""
    return open_record(made.cell(), made.keys[0], Package(made.kind, made.manifest), me.id, today)


# ── Release ──────────────────────────────────────────────────────────────────────────────────
SHELF: Final = Shelf()
SEALED: Final = handed(shelf=SHELF)
WAITING: Final = manifest_of(SEALED)


def test_a_waiting_package_opens_with_the_code_or_the_sender_s_word() -> None:
    """Both give the same keys; nobody at the desk has them before."""
    assert SEALED.code is not None
    assert SEALED.release is not None
    typed = ArrivalCode.parse(SEALED.code.text.lower())
    assert release(WAITING, typed) == release(WAITING, SEALED.release) == SEALED.release.keys


def test_nothing_opens_before_arrival() -> None:
    """Without a code and without the sender's word, the package stays shut."""
    with pytest.raises(NotReleased):
        release(WAITING, None)
    with pytest.raises(WrongCode):
        release(WAITING, ArrivalCode.generate())


def test_what_was_agreed_to_be_read_ahead_needs_no_code() -> None:
    """The keys lie in the note when the resident agreed, and between the police."""
    made = Forgery().seal()
    assert release(made.manifest, None) == made.keys


@pytest.mark.parametrize(
    "word",
    [
        ReleaseNote(PACKAGE_ID, b"m" * 32, (b"k" * 32,)),
        ReleaseNote(PackageId(bytes(16)), b"m" * 32, (b"k" * 32, b"l" * 32)),
    ],
    ids=["too few keys", "another package"],
)
def test_a_release_that_does_not_fit_opens_nothing(word: ReleaseNote) -> None:
    """A word about something else, or with a key missing, is broken."""
    with pytest.raises(WrongShape):
        release(WAITING, word)


def test_keys_that_open_nothing_are_told_from_the_sender_s() -> None:
    """A well-formed release with other keys fails at the first blob, before anything is shown."""
    keys = release(WAITING, ReleaseNote(PACKAGE_ID, b"m" * 32, (b"k" * 32, b"l" * 32)))
    with SHELF.reading(SEALED.files[0].name) as cell, pytest.raises(CommitmentMismatch):
        open_record(cell, keys[0], Package(SEALED.kind, WAITING), FJORD.id, TODAY)


# ── The record ───────────────────────────────────────────────────────────────────────────────
def test_an_honest_package_opens_whole() -> None:
    """All parts come as they were written, each with its bytes, and the files beside them."""
    assert SEALED.release is not None
    keys = SEALED.release.keys
    whole = package_of(WAITING, SEALED)
    with SHELF.reading(SEALED.files[0].name) as cell:
        record = open_record(cell, keys[0], whole, FJORD.id, TODAY)
    assert replace(record.consent, salt=b"") == replace(consent(), salt=b"")
    assert len(record.consent.salt) == SALT_BYTES
    assert record.parts == PARTS
    assert list(record.octets) == list(record.parts)
    assert record.octets[part("person")] == encode_part(part("person"), person())
    with SHELF.reading(SEALED.files[1].name) as cell:
        attachments = open_attachments(cell, keys[1], whole, record.parts)
        assert attachments.parts == ("attachment.1", "attachment.2")
        sink = io.BytesIO()
        assert attachments.open("attachment.2", sink) == len(sink.getvalue())
        assert sink.getvalue() == b"a drawing"
        with pytest.raises(NotHere):
            attachments.open("attachment.3", io.BytesIO())
    assert "Marte" not in repr(record)


def test_the_forgeries_below_are_honest_but_for_one_thing() -> None:
    """What the attacks start from opens."""
    made = Forgery().seal()
    record = opened(made)
    assert record.parts == PARTS
    with made.cell(1) as cell:
        found = open_attachments(
            cell, made.keys[1], Package(made.kind, made.manifest), record.parts
        )
        assert list(found.parts) == [name for name, _ in FILES]


def encoded(name: str, content: Part) -> tuple[str, bytes]:
    """Return a part as it stands in a record."""
    return name, encode_part(part(name), content)


def resting_on(given: Consent, *parts: tuple[str, bytes]) -> Forgery:
    """Return a package that rests on `given` and holds these parts."""
    record = (("consent", given.encode()), *parts)
    return Forgery(record=record, files=(), mark=ConsentMark(given.hash, given.ends))


def given_to(*names: str) -> Consent:
    """Return a yes to some parts, to be read ahead."""
    return consent(yes_to(*names, release=GIVEN.release))


PERSON: Final = encoded("person", person())
THREAT: Final = encoded("threat", threat())
CHILD: Final = encoded("child.1", child("Ánde", 9))
ONLY_PERSON: Final = given_to("person")
CHILD_TOO: Final = given_to("person", "child.1")
MISMATCHES: Final = [
    pytest.param(resting_on(ONLY_PERSON, PERSON, THREAT), id="a part she said no to"),
    pytest.param(resting_on(ONLY_PERSON), id="a consent and nothing else"),
    pytest.param(resting_on(CHILD_TOO, CHILD, PERSON), id="parts out of their order"),
    pytest.param(resting_on(ONLY_PERSON, PERSON, ("journal", b"all of it")), id="an unknown part"),
    pytest.param(
        resting_on(CHILD_TOO, PERSON, encoded("child.1", child("Biret", 4))), id="another child"
    ),
    pytest.param(Forgery(record=RECORD[1:]), id="no consent"),
    pytest.param(Forgery(record=(*RECORD[1:], RECORD[0])), id="the consent behind what it permits"),
    pytest.param(Forgery(mark=ConsentMark(b"x" * 32, GIVEN.ends)), id="another consent was signed"),
    pytest.param(
        Forgery(record=(("consent", ONLY_PERSON.encode()), *RECORD[1:])),
        id="the consent swapped for another",
    ),
    pytest.param(Forgery(files=()), id="the files left out"),
    pytest.param(
        replace(resting_on(ONLY_PERSON, PERSON), files=FILES), id="files that nobody consented to"
    ),
    pytest.param(
        replace(
            resting_on(
                replace(
                    given_to("person", "threat"),
                    parts=(part("person"), part("attachment.1")),
                ),
                PERSON,
                encoded("attachment.1", attachment("threat")),
            ),
            files=FILES[:1],
        ),
        id="a file without its part",
    ),
]


@pytest.mark.parametrize("forgery", MISMATCHES)
def test_what_is_not_as_she_consented_is_refused_as_a_whole(forgery: Forgery) -> None:
    """One part too many, and nothing at all is shown."""
    with pytest.raises(ConsentMismatch):
        opened(forgery.seal())


def test_a_consent_for_another_centre_opens_nothing_here() -> None:
    """What she allowed one centre to read is refused by the other that it was sealed to."""
    elsewhere = replace(GIVEN, recipient=ELV.id)
    with pytest.raises(ConsentOtherRecipient):
        opened(resting_on(elsewhere, *RECORD[1:]).seal())


def test_a_consent_that_has_ended_opens_nothing() -> None:
    """The last day counts at the receiver too, though the package came in time."""
    short = replace(given_to("person"), ends=Day(TODAY + 1))
    forgery = replace(resting_on(short, PERSON), expires=TODAY)
    made = forgery.seal()
    assert opened(made).parts
    with pytest.raises(ConsentEnded):
        opened(made, today=Day(TODAY + 2))


def test_what_waits_for_arrival_cannot_be_sent_ahead() -> None:
    """A sender that opens ahead what she wanted opened at arrival is refused."""
    waits = replace(given_to("person"), release=consent().release)
    with pytest.raises(ConsentMismatch):
        opened(resting_on(waits, PERSON).seal())


def test_a_part_in_another_form_stops_all_of_it() -> None:
    """A part that this program does not understand is not shown, nor anything beside it."""
    with pytest.raises(Malformed):
        opened(resting_on(ONLY_PERSON, ("person", b"\xc0")).seal())


ANY_PARTS: Final = st.lists(st.sampled_from([*PARTS, part("history")]), max_size=5, unique=True)


@settings(max_examples=40, deadline=None)
@given(ANY_PARTS | ANY_PARTS.map(lambda names: sorted(names, key=order_of)))
def test_only_consented_parts_in_their_order_ever_open(names: list[PartId]) -> None:
    """Whatever a hostile sender puts together, no part outside the consent is ever read."""
    given = given_to("person", "child.1", "child.2", "history")
    contents = [(one, encode_part(one, PARTS.get(one, History()))) for one in names]
    files = tuple((str(one), b"x") for one in names if one.startswith("attachment"))
    made = replace(resting_on(given, *contents), files=files).seal()
    honest = names == sorted(names, key=order_of) and set(names) <= set(given.parts)
    if honest and names:
        assert list(opened(made).parts) == names
    else:
        with pytest.raises(ConsentMismatch):
            opened(made)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 65_000), st.integers(1, 255))
def test_a_flipped_bit_opens_nothing(at: int, flip: int) -> None:
    """A record that was changed on the way, or on this disk, is refused as a whole."""
    made = Forgery().seal()
    cell = bytearray(made.cells[0])
    cell[at] ^= flip
    with pytest.raises((CommitmentMismatch, Damaged)):
        opened(replace(made, cells=(bytes(cell), made.cells[1])))


# ── The attachments ──────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "files",
    [FILES[:1], FILES[::-1], (*FILES, ("attachment.3", b"x"))],
    ids=["one left out", "in another order", "one too many"],
)
def test_files_are_exactly_those_of_the_record(files: tuple[tuple[str, bytes], ...]) -> None:
    """A file that the record does not name is not opened, and none beside it."""
    made = Forgery(files=files).seal()
    record = opened(made)
    with made.cell(1) as cell, pytest.raises(ConsentMismatch):
        open_attachments(cell, made.keys[1], Package(made.kind, made.manifest), record.parts)


def test_a_package_without_files_has_none() -> None:
    """Asking for the files of a case that has none is answered plainly."""
    made = resting_on(ONLY_PERSON, PERSON).seal()
    with made.cell() as cell, pytest.raises(NotHere):
        open_attachments(cell, made.keys[0], Package(made.kind, made.manifest), opened(made).parts)


# ── The police ───────────────────────────────────────────────────────────────────────────────
REQUEST: Final = Forgery(
    Kind.POLICE_REQUEST,
    Board.POLICE,
    to=HOME,
    prev=None,
    record=(("request", request().content.encode()),),
    files=(),
    mark=None,
)
NOTICE: Final = replace(
    REQUEST,
    kind=Kind.POLICE_NOTICE,
    prev=Origin(b"o" * 32),
    by=HOME,
    to=AWAY,
    record=(("notice", notice().content.encode()),),
)


def test_a_request_and_a_notice_are_read_by_the_police() -> None:
    """Each opens to the lines that were sealed, and nothing else."""
    for made, read, content in (
        (REQUEST.seal(), open_request, request().content),
        (NOTICE.seal(), open_notice, notice().content),
    ):
        with made.cell() as cell:
            assert read(cell, made.keys[0], Package(made.kind, made.manifest)) == content


SMUGGLED: Final = [
    pytest.param(replace(REQUEST, record=RECORD), WrongShape, id="a case as a request"),
    pytest.param(
        replace(REQUEST, record=(*REQUEST.record, PERSON)), WrongShape, id="a part beside it"
    ),
    pytest.param(replace(REQUEST, files=FILES), WrongShape, id="files beside it"),
    pytest.param(replace(NOTICE, kind=Kind.POLICE_NOTICE), WrongRole, id="a notice as a request"),
    pytest.param(
        replace(REQUEST, record=(("request", RECORD[1][1]),)), Malformed, id="a part in its name"
    ),
]


@pytest.mark.parametrize(("forgery", "refusal"), SMUGGLED)
def test_nothing_but_the_closed_lines_reaches_the_police(
    forgery: Forgery, refusal: type[Refusal]
) -> None:
    """A case in a request's clothes is not opened."""
    made = forgery.seal()
    with made.cell() as cell, pytest.raises(refusal):
        open_request(cell, made.keys[0], Package(made.kind, made.manifest))


def test_a_request_is_not_opened_as_a_case() -> None:
    """A manifest without a consent opens no record."""
    made = REQUEST.seal()
    with pytest.raises(ConsentMismatch):
        opened(made, me=HOME)
    consentless = replace(REQUEST, record=RECORD, files=()).seal()
    with pytest.raises(ConsentMismatch):
        opened(consentless, me=HOME)
