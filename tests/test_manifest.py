"""Promises about manifests: what a package must say, and what it can never say."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.address import CellClass, CellHash, PackageId
from keys.body import MANIFEST_LIMIT, Kind
from keys.calendar import Day
from keys.errors import Malformed, UnknownKind, WrongShape
from keys.manifest import (
    CONSENTED,
    LOCKED_LIMIT,
    PREV_OF,
    Accepted,
    AgreedByPhone,
    BlobEntry,
    ConsentMark,
    Follows,
    Origin,
    PackageManifest,
    Release,
    read_manifest,
)
from keys.receipt import Receipt, ReceiptStatus, ReleaseNote, manifest_hash
from keys.wire import Packable, Value, pack, unpack

TODAY: Final = Day(20_000)
LATER: Final = Day(20_007)
ID: Final = PackageId(b"p" * 16)
RECORD: Final = BlobEntry(CellHash(b"b" * 32), b"c" * 32, CellClass.S, b"k" * 32)
PHOTOS: Final = BlobEntry(CellHash(b"B" * 32), b"C" * 32, CellClass.XL64, b"K" * 32)
CONSENT: Final = ConsentMark(b"s" * 32, LATER)
ACCEPTED: Final = Accepted(b"a" * 32)
PACKAGE: Final = PackageManifest(
    ID, TODAY, LATER, ACCEPTED, Release.AHEAD, (RECORD, PHOTOS), CONSENT
)
WAITING: Final = replace(
    PACKAGE,
    release=Release.ARRIVAL,
    blobs=(replace(RECORD, key=None), replace(PHOTOS, key=None)),
    locked=b"l" * LOCKED_LIMIT,
)
REQUEST: Final = PackageManifest(ID, TODAY, LATER, None, Release.AHEAD, (RECORD,))
NOTICE: Final = replace(REQUEST, prev=Origin(b"o" * 32))
UPDATE: Final = replace(PACKAGE, prev=Follows(b"f" * 32))
GOOD: Final = {
    Kind.CASE_PACKAGE: PACKAGE,
    Kind.PACKAGE_UPDATE: UPDATE,
    Kind.POLICE_REQUEST: REQUEST,
    Kind.POLICE_VIEW_REQUEST: REQUEST,
    Kind.POLICE_NOTICE: NOTICE,
    Kind.POLICE_VIEW: NOTICE,
}

hashes = st.binary(min_size=32, max_size=32)
days = st.integers(0, 2**32 - 1).map(Day)
classes = st.sampled_from([CellClass.S, CellClass.M])


@st.composite
def packages(draw: st.DrawFn) -> tuple[Kind, PackageManifest]:
    """Draw a package that keeps every rule of its kind."""
    kind = draw(st.sampled_from(sorted(PREV_OF)))
    words = st.from_regex(r"[a-z][a-z_]{0,39}", fullmatch=True)
    prev = draw(
        {
            Kind.CASE_PACKAGE: st.one_of(
                st.builds(Accepted, hashes), st.builds(AgreedByPhone, words, days)
            ),
            Kind.PACKAGE_UPDATE: st.builds(Follows, hashes),
            Kind.POLICE_REQUEST: st.none(),
            Kind.POLICE_VIEW_REQUEST: st.none(),
            Kind.POLICE_NOTICE: st.builds(Origin, hashes),
            Kind.POLICE_VIEW: st.builds(Origin, hashes),
        }[kind]
    )
    first, expires, end = sorted(draw(st.tuples(days, days, days)))
    waits = kind in CONSENTED and draw(st.booleans())
    ids = draw(st.lists(hashes.map(CellHash), min_size=1, max_size=2, unique=True))
    blobs = tuple(
        BlobEntry(blob_id, draw(hashes), draw(classes), None if waits else draw(hashes))
        for blob_id in ids
    )
    return kind, PackageManifest(
        PackageId(draw(st.binary(min_size=16, max_size=16))),
        first,
        expires,
        prev,
        Release.ARRIVAL if waits else Release.AHEAD,
        blobs,
        ConsentMark(draw(hashes), end) if kind in CONSENTED else None,
        draw(st.binary(max_size=LOCKED_LIMIT)) if waits else None,
    )


@settings(deadline=None, max_examples=200)
@given(packages())
def test_a_manifest_reads_back_as_written(drawn: tuple[Kind, PackageManifest]) -> None:
    """What the sender states about a package is what the receiver reads."""
    kind, package = drawn
    assert read_manifest(kind, package.encode(kind)) == package


@pytest.mark.parametrize(
    ("kind", "package"),
    [
        pytest.param(Kind.CASE_PACKAGE, replace(PACKAGE, prev=None), id="an unsolicited package"),
        pytest.param(
            Kind.CASE_PACKAGE, replace(PACKAGE, prev=Origin(b"o" * 32)), id="a notice's reason"
        ),
        pytest.param(Kind.PACKAGE_UPDATE, PACKAGE, id="an update that follows nothing"),
        pytest.param(Kind.CASE_PACKAGE, replace(PACKAGE, consent=None), id="no consent"),
        pytest.param(Kind.PACKAGE_UPDATE, replace(UPDATE, consent=None), id="no consent either"),
        pytest.param(
            Kind.CASE_PACKAGE, replace(PACKAGE, expires=Day(LATER + 1)), id="outlives its consent"
        ),
        pytest.param(Kind.CASE_PACKAGE, replace(PACKAGE, expires=Day(TODAY - 1)), id="born dead"),
        pytest.param(
            Kind.CASE_PACKAGE, replace(PACKAGE, locked=b"l"), id="opened ahead and locked too"
        ),
        pytest.param(
            Kind.CASE_PACKAGE, replace(WAITING, locked=None), id="waiting without locked keys"
        ),
        pytest.param(
            Kind.CASE_PACKAGE, replace(WAITING, blobs=PACKAGE.blobs), id="waiting with open keys"
        ),
        pytest.param(
            Kind.CASE_PACKAGE,
            replace(WAITING, blobs=(WAITING.blobs[0], PHOTOS)),
            id="waiting with one open key",
        ),
        pytest.param(
            Kind.CASE_PACKAGE, replace(PACKAGE, blobs=WAITING.blobs), id="ahead without keys"
        ),
        pytest.param(
            Kind.CASE_PACKAGE,
            replace(WAITING, locked=bytes(LOCKED_LIMIT + 1)),
            id="locked keys too long",
        ),
        pytest.param(Kind.CASE_PACKAGE, replace(PACKAGE, blobs=()), id="no blobs"),
        pytest.param(
            Kind.CASE_PACKAGE, replace(PACKAGE, blobs=(RECORD, RECORD)), id="one blob twice"
        ),
        pytest.param(
            Kind.CASE_PACKAGE,
            replace(PACKAGE, blobs=(RECORD, PHOTOS, replace(RECORD, blob_id=CellHash(bytes(32))))),
            id="three blobs",
        ),
        pytest.param(
            Kind.CASE_PACKAGE, replace(PACKAGE, blobs=(PHOTOS, RECORD)), id="a record as large as"
        ),
        pytest.param(
            Kind.CASE_PACKAGE,
            replace(PACKAGE, blobs=(RECORD, replace(PHOTOS, cls=CellClass.NOTE))),
            id="a note as a blob",
        ),
        pytest.param(
            Kind.CASE_PACKAGE,
            replace(PACKAGE, prev=AgreedByPhone("Kari Nordmann", TODAY)),
            id="a name for a role",
        ),
        pytest.param(
            Kind.CASE_PACKAGE,
            replace(PACKAGE, prev=AgreedByPhone("leader", Day(-1))),
            id="agreed before all days",
        ),
        pytest.param(
            Kind.CASE_PACKAGE, replace(PACKAGE, prev=Accepted(b"a")), id="a short acceptance"
        ),
        pytest.param(Kind.POLICE_REQUEST, replace(REQUEST, prev=ACCEPTED), id="a request with one"),
        pytest.param(Kind.POLICE_NOTICE, REQUEST, id="a notice without an origin"),
        pytest.param(
            Kind.POLICE_NOTICE, replace(NOTICE, consent=CONSENT), id="a consent to the police"
        ),
        pytest.param(
            Kind.POLICE_REQUEST,
            replace(WAITING, prev=None, consent=None),
            id="a request that waits for arrival",
        ),
    ],
)
def test_a_package_that_breaks_its_kinds_rule_is_refused_at_both_ends(
    kind: Kind, package: PackageManifest
) -> None:
    """What may not be sent may not be received either: the same rule answers both."""
    with pytest.raises(WrongShape):
        package.encode(kind)


def fields_of(package: PackageManifest, kind: Kind) -> list[Value]:
    """Return the fields of a manifest as they stand on the wire."""
    read = unpack(package.encode(kind))
    assert isinstance(read, list)
    return read


def with_field(at: int, value: Packable) -> bytes:
    """Return a case package's manifest with one field replaced by any value."""
    fields: list[Packable] = [*fields_of(PACKAGE, Kind.CASE_PACKAGE)]
    fields[at] = value
    return pack(fields)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(with_field(0, "parcel"), id="another tag"),
        pytest.param(with_field(1, 2), id="another version"),
        pytest.param(with_field(2, b"p" * 15), id="a short package id"),
        pytest.param(with_field(3, -1), id="a day before all days"),
        pytest.param(with_field(5, ["accepted"]), id="an acceptance of nothing"),
        pytest.param(with_field(5, ["phone", "leader", True]), id="a truth for a day"),
        pytest.param(with_field(5, ["phone", "", TODAY]), id="agreed with nobody"),
        pytest.param(with_field(5, ["phone", "x" * 41, TODAY]), id="a role too long"),
        pytest.param(with_field(5, ["follows", b"f"]), id="a short update reason"),
        pytest.param(with_field(5, ["origin", "o" * 32]), id="an origin of text"),
        pytest.param(with_field(6, "whenever"), id="another release"),
        pytest.param(with_field(7, [b"blob"]), id="a blob that is no list"),
        pytest.param(with_field(7, [[b"b" * 32, b"k" * 31, b"c" * 32, "s"]]), id="a short key"),
        pytest.param(with_field(7, [[b"b" * 32, b"k" * 32, b"c" * 32, "s", 0]]), id="a blob more"),
        pytest.param(with_field(7, [[b"b" * 32, b"k" * 32, b"c" * 32]]), id="no class"),
        pytest.param(with_field(8, [b"s" * 32]), id="a consent without an end"),
        pytest.param(with_field(8, [b"s" * 31, LATER]), id="a short consent"),
        pytest.param(PACKAGE.encode(Kind.CASE_PACKAGE) + b"\0", id="a byte more"),
        pytest.param(PACKAGE.encode(Kind.CASE_PACKAGE) * 2, id="doubled"),
        pytest.param(pack([*fields_of(PACKAGE, Kind.CASE_PACKAGE), None]), id="a field more"),
        pytest.param(pack(fields_of(PACKAGE, Kind.CASE_PACKAGE)[:-1]), id="a field less"),
        pytest.param(bytes(MANIFEST_LIMIT + 1), id="too long"),
    ],
)
def test_a_manifest_of_another_form_is_refused(data: bytes) -> None:
    """A field of another type, length or number is refused and never guessed at."""
    with pytest.raises(Malformed):
        PackageManifest.decode(data, Kind.CASE_PACKAGE)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(Kind), st.binary(max_size=300))
def test_any_bytes_are_a_manifest_or_a_refusal(kind: Kind, junk: bytes) -> None:
    """Noise gives one orderly refusal; kinds the client parses are handed on unread."""
    known = kind in PREV_OF or kind in {Kind.RECEIPT, Kind.POLICE_RECEIPT, Kind.RELEASE}
    if known:
        with pytest.raises(Malformed):
            read_manifest(kind, junk)
    else:
        assert read_manifest(kind, junk) is None


@settings(deadline=None, max_examples=200)
@given(packages(), st.data())
def test_a_changed_manifest_never_reads_as_the_same(
    drawn: tuple[Kind, PackageManifest], data: st.DataObject
) -> None:
    """One bit changed gives other meaning, which the signature refuses, or a refusal at once."""
    kind, package = drawn
    changed = bytearray(package.encode(kind))
    at = data.draw(st.integers(0, len(changed) * 8 - 1))
    changed[at // 8] ^= 1 << at % 8
    try:
        read = PackageManifest.decode(bytes(changed), kind)
    except Malformed:
        return
    assert read != package


def test_a_kind_without_blobs_has_no_package() -> None:
    """Only kinds that carry blobs have a package's manifest."""
    with pytest.raises(UnknownKind):
        PackageManifest.decode(PACKAGE.encode(Kind.CASE_PACKAGE), Kind.RECEIPT)


ALIKE: Final = [
    {Kind.POLICE_REQUEST, Kind.POLICE_VIEW_REQUEST},
    {Kind.POLICE_NOTICE, Kind.POLICE_VIEW},
]
"""Kinds whose manifests have one form: the signed body says which it is."""


@pytest.mark.parametrize(
    ("given_as", "read_as"),
    [(a, b) for a in GOOD for b in GOOD if a != b and {a, b} not in ALIKE],
)
def test_a_package_of_one_kind_is_none_of_another(given_as: Kind, read_as: Kind) -> None:
    """A police request cannot be passed off as a case package, nor any kind as another."""
    with pytest.raises(WrongShape):
        PackageManifest.decode(GOOD[given_as].encode(given_as), read_as)


def test_the_largest_manifest_fits_with_room_to_spare() -> None:
    """Two blobs, locked keys, a consent and the longest reason stay well below the limit."""
    fullest = replace(WAITING, prev=AgreedByPhone("x" * 40, TODAY))
    assert len(fullest.encode(Kind.CASE_PACKAGE)) < MANIFEST_LIMIT / 2


def test_printing_a_manifest_shows_no_key() -> None:
    """A key never reaches a log by being printed."""
    shown = repr(PACKAGE) + repr(WAITING) + repr(ReleaseNote(ID, b"m" * 32, (b"k" * 32,)))
    assert not any(secret in shown for secret in ("kkkk", "KKKK", "llll"))


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(ReceiptStatus), hashes, days)
def test_a_receipt_reads_back_as_written(status: ReceiptStatus, said: bytes, day: Day) -> None:
    """A receipt says the same at both ends."""
    receipt = Receipt(ID, said, status, day)
    assert read_manifest(Kind.RECEIPT, receipt.encode()) == receipt
    assert read_manifest(Kind.POLICE_RECEIPT, receipt.encode()) == receipt


@settings(deadline=None, max_examples=100)
@given(st.lists(hashes, min_size=1, max_size=2).map(tuple))
def test_a_release_reads_back_as_written(keys: tuple[bytes, ...]) -> None:
    """A release gives the same keys at both ends."""
    note = ReleaseNote(ID, manifest_hash(b"manifest"), keys)
    assert read_manifest(Kind.RELEASE, note.encode()) == note


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(pack(["receipt", 1, ID, b"m" * 32, "lost", TODAY]), id="another status"),
        pytest.param(pack(["receipt", 1, ID, b"m" * 32, "opened"]), id="no day"),
        pytest.param(pack(["receipt", 1, ID, b"m" * 32, "opened", TODAY, 1]), id="a field more"),
        pytest.param(pack(["receipt", 1, ID[:8], b"m" * 32, "opened", TODAY]), id="a short id"),
        pytest.param(pack(["receipt", 2, ID, b"m" * 32, "opened", TODAY]), id="another version"),
    ],
)
def test_a_receipt_of_another_form_is_refused(data: bytes) -> None:
    """A state is never made from bytes that only resemble a receipt."""
    with pytest.raises(Malformed):
        Receipt.decode(data)


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param([], id="no keys"),
        pytest.param([b"k" * 31], id="a short key"),
        pytest.param(["k" * 32], id="a key of text"),
        pytest.param([b"k" * 32] * 3, id="three keys"),
    ],
)
def test_a_release_of_another_form_is_refused(keys: list[Packable]) -> None:
    """A release gives one or two whole keys, or it is refused."""
    with pytest.raises(Malformed):
        ReleaseNote.decode(pack(["release", 1, ID, b"m" * 32, keys]))
