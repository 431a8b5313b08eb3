"""Promises of the one door out: a case leaves for the centre of its consent and for no other."""

import ast
import io
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from client.case import Part, PartId, Release
from client.case.child import Child
from client.case.threat import Threat
from client.consent import Consent
from client.draft import (
    AttachedFile,
    Draft,
)
from client.handover import hand_over
from client.refusals import (
    ConsentEnded,
    ConsentOtherRecipient,
)
from client.sealed import DAYS, To
from keys.address import BLOB_CHUNKS, CELL_BYTES, CHUNK, CellClass, PackageId
from keys.arrival import unlock
from keys.body import Kind
from keys.calendar import Day
from keys.epoch import EpochBatch, EpochRole, EpochSecret
from keys.errors import (
    BadSignature,
    NoKeys,
    Refusal,
    TooLarge,
    TrailingBytes,
    Truncated,
    WrongRole,
)
from keys.manifest import Accepted
from keys.manifest import Release as Waits
from tests.handovers import (
    DRAFT,
    ELV,
    FJORD,
    GRANLIA,
    HOME,
    PACKAGE_ID,
    TODAY,
    YES,
    YES_TO_ALL,
    Desk,
    Shelf,
    attached,
    attachment,
    consent,
    handed,
    job,
    manifest_of,
    package,
    part,
    threat,
    written,
    yes_to,
)

CLIENT: Final = Path(__file__).parent.parent / "client"


def test_a_package_is_sealed_to_the_centre_of_its_consent() -> None:
    """A note of one size, two cells of their classes, and a code that opens the keys."""
    shelf = Shelf()
    made = package()
    sealed = handed(made, shelf=shelf)
    manifest = manifest_of(sealed)
    assert len(sealed.note) == CELL_BYTES[CellClass.NOTE]
    assert [len(shelf.cells[file.name]) for file in sealed.files] == [
        CELL_BYTES[CellClass.S],
        CELL_BYTES[CellClass.S],
    ]
    assert manifest.consent is not None
    assert manifest.consent.hash == made.consent.hash
    assert manifest.release is Waits.ARRIVAL
    assert sealed.code is not None
    assert sealed.release is not None
    keys = unlock(sealed.code, PACKAGE_ID, manifest.locked or b"")
    assert keys == b"".join(sealed.release.keys)
    assert sealed.release.manifest_hash == sealed.manifest_hash
    assert manifest.expires == sealed.expires == TODAY + DAYS[Kind.CASE_PACKAGE]


def test_what_may_be_read_ahead_needs_no_code() -> None:
    """When she agreed that the centre prepares, the keys go with the note and there is no card."""
    sealed = handed(package(yes_to("person", release=Release.AHEAD)))
    assert sealed.code is None
    assert sealed.release is None
    assert all(blob.key is not None for blob in manifest_of(sealed).blobs)


def test_the_card_in_a_pocket_counts_when_a_case_is_sealed_anew() -> None:
    """A centre that lost its keys gets the case again, and the person keeps the same code."""
    first = handed()
    assert first.code is not None
    again = hand_over(
        package(),
        FJORD.to,
        GRANLIA.seat,
        replace(job(Shelf(), PackageId(b"another-id-of-16")), code=first.code),
    )
    assert again.code == first.code
    locked = manifest_of(again).locked or b""
    assert again.release is not None
    assert unlock(first.code, again.package_id, locked) == b"".join(again.release.keys)


def test_a_package_expires_with_its_consent_at_the_latest() -> None:
    """It may be opened a week, or shorter, and never after the consent has ended."""
    ends = replace(consent(), ends=Day(TODAY + 2))
    short = DRAFT.consented(ends, Accepted(YES), FJORD.id, TODAY)
    assert handed(short).expires == TODAY + 2
    shorter = hand_over(package(), FJORD.to, GRANLIA.seat, replace(job(Shelf()), days=3))
    assert shorter.expires == TODAY + 3
    longer = hand_over(package(), FJORD.to, GRANLIA.seat, replace(job(Shelf()), days=90))
    assert longer.expires == TODAY + DAYS[Kind.CASE_PACKAGE]


def test_sealing_tells_how_far_it_has_come() -> None:
    """Whoever waits sees the bytes done, up to all of them."""
    told: list[tuple[int, int]] = []

    def tell(done: int, total: int) -> None:
        told.append((done, total))

    work = replace(job(Shelf()), progress=tell)
    hand_over(package(), FJORD.to, GRANLIA.seat, work)
    whole = 2 * CELL_BYTES[CellClass.S]
    assert told[-1] == (whole, whole)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def batch_of(day: Day) -> EpochBatch:
    """Return keys that Fjordgløtt has published, for another day."""
    pair = [EpochSecret.generate(role, day) for role in EpochRole]
    return EpochBatch.issue(FJORD.identity, pair)


TOMORROW: Final = batch_of(Day(TODAY + 1))
CENTRES_ONLY: Final = [
    pytest.param(ELV.to, GRANLIA, ConsentOtherRecipient, id="to another centre"),
    pytest.param(HOME.to, GRANLIA, ConsentOtherRecipient, id="to the police"),
    pytest.param(To(FJORD.member, ELV.keys), GRANLIA, BadSignature, id="to another's keys"),
    pytest.param(To(FJORD.member, TOMORROW), GRANLIA, NoKeys, id="to keys of tomorrow"),
    pytest.param(FJORD.to, HOME, WrongRole, id="from the police"),
    pytest.param(FJORD.to, FJORD, WrongRole, id="to oneself"),
]


@pytest.mark.parametrize(("to", "by", "refusal"), CENTRES_ONLY)
def test_a_package_goes_to_no_other_desk(to: To, by: Desk, refusal: type[Refusal]) -> None:
    """The addressee is in the consent, and nobody at the door can choose another."""
    shelf = Shelf()
    with pytest.raises(refusal):
        hand_over(package(), to, by.seat, job(shelf))
    assert not shelf.cells or refusal is WrongRole


def test_a_package_made_in_time_does_not_leave_too_late() -> None:
    """The consent is asked again at the door, not only when the package was made."""
    made = package()
    late = replace(GRANLIA.seat, today=Day(TODAY + 31))
    with pytest.raises(ConsentEnded):
        hand_over(made, FJORD.to, late, job(Shelf()))


@pytest.mark.parametrize("by", [FJORD.identity, GRANLIA.machine], ids=["another", "a machine"])
def test_only_the_sender_s_staff_sign_a_package(by: object) -> None:
    """Neither another member nor the always-on machine can send a case in the centre's name."""
    seat = replace(GRANLIA.seat, signer=by)  # pyright: ignore[reportArgumentType] - the row holds either
    with pytest.raises(BadSignature):
        hand_over(package(), FJORD.to, seat, job(Shelf()))


SIZES: Final = [
    pytest.param(AttachedFile(1 << 28, io.BytesIO), TooLarge, id="too large to send"),
    pytest.param(AttachedFile(9, lambda: io.BytesIO(b"short")), Truncated, id="shorter than said"),
    pytest.param(AttachedFile(2, lambda: io.BytesIO(b"long")), TrailingBytes, id="longer"),
]


@pytest.mark.parametrize(("file", "refusal"), SIZES)
def test_a_file_that_does_not_fit_is_not_sent_in_part(
    file: AttachedFile, refusal: type[Refusal]
) -> None:
    """A file is sent whole or not at all."""
    parts = {part("threat"): threat(), part("attachment.1"): attachment("threat")}
    said = Consent.given_in(YES_TO_ALL, parts, FJORD.member, TODAY)
    draft = Draft("GRAN-427", parts, {part("attachment.1"): file})
    with pytest.raises(refusal):
        handed(draft.consented(said, Accepted(YES), FJORD.id, TODAY))


def test_the_smallest_class_that_fits_is_used() -> None:
    """A large attachment does not make the record large, nor the other way round."""
    big = attached(bytes(BLOB_CHUNKS[CellClass.S] * CHUNK + 1))
    parts = {part("threat"): threat(), part("attachment.1"): attachment("threat")}
    said = Consent.given_in(YES_TO_ALL, parts, FJORD.member, TODAY)
    made = Draft("X", parts, {part("attachment.1"): big}).consented(
        said, Accepted(YES), FJORD.id, TODAY
    )
    assert [file.cls for file in handed(made).files] == [CellClass.S, CellClass.M]


def heaviest() -> dict[PartId, Part]:
    """Return a case that fills most of what 24 children and 24 perpetrators have room for."""
    short, lines = written("𐐀" * 280), written(("𐐀" * 160,) * 24)
    lists = ("pickup_list", "never_pickup", "must_not_reach", "friends_kept", "belongings")
    shorts = ("where_now", "threat_child", "contact_orders", "told_what", "secret_rules")
    shorts += ("interpreter", "barnevern_contact", "new_school_plan", "health_needs")
    one = Child.model_validate(
        dict.fromkeys(lists, lines)
        | dict.fromkeys(shorts, short)
        | dict.fromkeys(("own_words", "safety_plan_child"), written("𐐀" * 600))
        | {"languages": written(("𐐀" * 80,) * 24)}
        | {"school": dict.fromkeys(("now", "kindergarten", "must_know", "must_not_know"), short)}
        | {"farewell": dict.fromkeys(("with_whom", "how"), short)}
    )
    sought = dict.fromkeys(("vehicles", "helpers"), lines)
    sought |= dict.fromkeys(("description", "whereabouts", "substance", "convictions"), short)
    parts: dict[PartId, Part] = {part(f"child.{number}"): one for number in range(1, 25)}
    return parts | {part("threat"): Threat.model_validate({"perpetrators": [sought] * 24})}


def test_a_case_too_large_to_open_at_once_is_refused() -> None:
    """A record of the longest texts there may be is refused, not sent where files go."""
    parts = heaviest()
    said = Consent.given_in(YES_TO_ALL, parts, FJORD.member, TODAY)
    made = Draft("X", parts).consented(said, Accepted(YES), FJORD.id, TODAY)
    with pytest.raises(TooLarge):
        handed(made)


# ── The wall ─────────────────────────────────────────────────────────────────────────────────
OUT: Final = {"seal", "seal_blob", "ContainerStream", "lock"}
IN: Final = {"open_inner", "open_outer", "BlobReader", "ContainerReader", "unlock", "open_blob"}


def sealing_names(file: Path) -> set[str]:
    """Return the names of the two doors that a file takes from the lowest floor."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keys"):
            found |= {alias.name for alias in node.names} & (OUT | IN | {"opening", "sealing"})
    return found


def test_only_the_two_doors_seal_and_open() -> None:
    """No other file of this floor takes the tools that seal an envelope or open one."""
    users = {
        file.relative_to(CLIENT).as_posix(): names
        for file in CLIENT.rglob("*.py")
        if (names := sealing_names(file))
    }
    doors = {"handover.py", "reception.py"}
    # What reception has opened is laid apart: it is handed the open container and makes none.
    assert users.pop("kept.py") == {"ContainerReader"}
    assert "ContainerReader(" not in (CLIENT / "kept.py").read_text(encoding="utf-8")
    assert users.pop("handover.py") <= OUT
    assert users.pop("reception.py") & OUT == set()
    assert not {file for file in users if file not in doors | {"staging.py"}}, users
    assert not users.get("staging.py", set()) & {"seal", "open_inner", "open_outer", "lock"}
