"""The row of what came: what opens it goes with it, what it is known by stays, and how long."""

from dataclasses import replace
from typing import Final

import pytest

from client.case import PartId, PartName, part_id
from client.inbox import In
from client.incoming import Incoming
from client.kept import How, Kept, Version
from client.verbs.updates import goes_with
from keys.body import Kind
from keys.calendar import Day
from keys.manifest import PackageManifest, Release
from keys.receipt import manifest_hash
from tests.test_reminders import TODAY, came

ID: Final = bytes(16)
THREAT: Final = PartId("threat")
LATER: Final = PartId("journey")
KEY, BOX = b"k" * 32, b"box that a code opens " * 3


def waiting(release: Release) -> Incoming:
    """Return a package that waits, with its keys in clear or in a box."""
    row = came(In.WAITING)
    manifest = PackageManifest.decode(row.manifest, row.kind)
    (blob,) = manifest.blobs
    ahead = release is Release.AHEAD
    blobs = (replace(blob, key=KEY if ahead else None),)
    made = replace(manifest, release=release, blobs=blobs, locked=None if ahead else BOX)
    return replace(row, manifest=made.encode(row.kind))


@pytest.mark.parametrize("release", Release)
def test_without_its_keys_a_row_opens_nothing_and_is_known_as_before(release: Release) -> None:
    """The broker keeps the cells for days, and a card may still be in a pocket."""
    row = waiting(release)
    secret = KEY if release is Release.AHEAD else BOX
    assert secret in row.encode()
    bare = row.without_keys()
    assert secret not in bare.encode()
    assert bare.manifest_hash == row.manifest_hash == manifest_hash(row.manifest)
    assert Incoming.decode(bare.encode()) == bare == bare.without_keys()
    before = PackageManifest.decode(row.manifest, row.kind)
    after = PackageManifest.decode(bare.manifest, bare.kind)
    assert [one.blob_id for one in after.blobs] == [one.blob_id for one in before.blobs]
    assert (after.expires, after.release, after.consent) == (
        before.expires,
        before.release,
        before.consent,
    )
    assert bare.since == row.since


@pytest.mark.parametrize(("count", "fits"), [(1_024, True), (1_025, False)])
def test_what_others_add_is_bounded_where_it_is_written(count: int, *, fits: bool) -> None:
    """What could not be read again is never laid beside what came."""
    version = Version(part_id(PartName.THREAT), bytes(16), How.UPDATE, TODAY)
    assert Kept(b"consent", (version,) * count).fits is fits
    assert Kept(b"consent", (), more=(b"c",) * count).fits is fits
    assert not Kept(b"consent", (), more=(bytes(1 << 18), bytes(1 << 18))).fits


@pytest.mark.parametrize(
    ("kind", "most"), [(Kind.CASE_PACKAGE, 7), (Kind.POLICE_NOTICE, 30), (Kind.POLICE_REQUEST, 7)]
)
@pytest.mark.parametrize("said", [3, 20_000])
def test_no_sender_keeps_anything_open_longer_than_its_kind(
    kind: Kind, most: int, said: int
) -> None:
    """Whatever the manifest says, the days are counted from the day it came."""
    found = came(In.WAITING, kind)
    manifest = PackageManifest.decode(found.manifest, kind)
    end = Day(TODAY + said)
    mark = manifest.consent and replace(manifest.consent, end_day=end)
    long = replace(manifest, expires=end, consent=mark).encode(kind)
    assert replace(found, manifest=long).expires == TODAY + min(said, most)


def test_a_part_taken_back_that_has_yet_to_come_is_remembered() -> None:
    """An update under way may hold it; an attachment comes with its case or never."""
    kept = Kept(b"consent", (Version(THREAT, ID, How.CAME, TODAY),))
    left = kept.without((THREAT, LATER, PartId("attachment.2")))
    assert set(left.gone) == {THREAT, LATER}
    assert left.versions == ()


def test_parts_taken_back_of_an_opened_case_leave_what_was_added_to_others() -> None:
    """Only a case that goes takes the updates with it that nobody has opened."""
    assert {state for state in In if not goes_with(state)} == {In.OPENED, In.CONFIRMED}
