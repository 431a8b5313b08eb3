"""The trail for an auditor: whoever writes it cannot read it, and a break in it is told."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.body import Kind
from keys.calendar import Instant
from keys.errors import Malformed, NotHere, Truncated, WrongShape
from keys.hpke import SUITE_ID, HpkeSecret
from keys.trail import (
    FILE_START,
    KINDS,
    START,
    AuditorPublic,
    Entry,
    Record,
    entries_of,
    read_trail,
    trail_of,
)
from keys.wire import lp, pack
from tests.trails import AUDITOR, HERE, RECORD, SECRET, THERE, chained


def of(entries: list[Entry]) -> bytes:
    """Return the file of entries."""
    return trail_of(entry.encode() for entry in entries)


def test_enough_shares_read_what_was_written_in_order() -> None:
    """The auditor sees where each case went, when, what and by whom."""
    lines = read_trail(of(chained(3)), SECRET)
    assert [line.follows for line in lines] == [True] * 3
    assert [line.record and line.record.code_name for line in lines] == [
        "GRAN-000",
        "GRAN-001",
        "GRAN-002",
    ]
    assert lines[0].record == replace(RECORD, code_name="GRAN-000")
    assert lines[0].entry.before == START


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_entry_is_as_long_whatever_it_says(kind: Kind) -> None:
    """Its length tells neither where a case went nor what it was."""
    short = Record(Instant(0), kind, "", HERE, "", "")
    long = Record(Instant(1 << 40), kind, "Å" * 80, THERE, "𝄞" * 80, "Ł" * 80)
    first = Entry.seal(AUDITOR, HERE, 1, None, short)
    after = Entry.seal(AUDITOR, THERE, 1 << 60, first, long)
    assert len(first.encode()) == len(after.encode())
    assert after.open_(SECRET) == long


def test_whoever_writes_cannot_read_nor_tell_two_alike() -> None:
    """The same record sealed twice is other bytes, and nothing of it stands in them."""
    first, second = (Entry.seal(AUDITOR, HERE, 1, None, RECORD).encode() for _ in range(2))
    assert first != second
    for word in (b"GRAN-427", THERE, "Fjordgløtt".encode(), b"Kari"):
        assert word not in first


def test_another_auditors_shares_open_nothing_and_the_rest_is_read() -> None:
    """A key that was exchanged leaves the earlier lines to the earlier shares."""
    old = chained(2)
    new = AuditorPublic(HpkeSecret.from_seed(b"b" * 32).public)
    both = [*old, Entry.seal(new, HERE, 3, old[-1], RECORD)]
    lines = read_trail(of(both), SECRET)
    assert [line.record is None for line in lines] == [False, False, True]
    assert all(line.follows for line in lines)
    assert lines[2].entry.auditor == new.auditor_id != AUDITOR.auditor_id


def test_a_record_that_has_no_room_is_refused_before_it_is_sealed() -> None:
    """No entry is longer than another; a text that long cannot come from a directory."""
    with pytest.raises(WrongShape):
        Entry.seal(AUDITOR, HERE, 1, None, replace(RECORD, recipient_name="x" * 2_048))


def _broken() -> dict[str, tuple[list[Entry], list[bool], list[bool]]]:
    """Return what somebody did to a trail of four: what follows then, and what opens."""
    a, b, c, d = chained(4)
    other = Entry.seal(AUDITOR, HERE, 2, a, replace(RECORD, code_name="GRAN-999"))
    changed = replace(c, sealed=c.sealed[:-1] + bytes([c.sealed[-1] ^ 1]))
    fine, yes = [True] * 4, [True] * 4
    return {
        "nothing": ([a, b, c, d], fine, yes),
        "the first ones are gone": ([c, d], [True, True], [True, True]),
        "one is gone": ([a, b, d], [True, True, False], [True] * 3),
        "one is another": ([a, other, c, d], [True, True, False, True], yes),
        "two changed places": ([a, c, b, d], [True, False, False, False], yes),
        "one is there twice": ([a, a, b], [True, False, True], [True] * 3),
        "a bit is another": (
            [a, b, changed, d],
            [True, True, True, False],
            [True, True, False, True],
        ),
        "another number": (
            [a, replace(b, serial=7), c, d],
            [True, False, False, True],
            [True, False, True, True],
        ),
        "another member's": (
            [a, replace(b, member=THERE), c],
            [True, False, False],
            [True, False, True],
        ),
        "another before": (
            [a, replace(b, before=bytes(32)), c],
            [True, False, False],
            [True, False, True],
        ),
    }


@pytest.mark.parametrize("what", _broken())
def test_a_break_in_the_chain_is_told_and_nothing_else_is_lost(what: str) -> None:
    """Whoever takes a line out, or puts another in its place, is seen; the others are read."""
    entries, follows, opens = _broken()[what]
    lines = read_trail(of(entries), SECRET)
    assert [line.follows for line in lines] == follows
    assert [line.record is not None for line in lines] == opens


def test_a_record_that_is_none_is_a_line_that_says_nothing() -> None:
    """What somebody sealed to the auditor in another form keeps no other line from being read."""
    a, b = chained(2)
    for octets in (b"", b"\xff" * 2_048, b"\0\0\0\1\xc0".ljust(2_048, b"\0"), b"\0" * 2_047 + b"x"):
        info = b"audit" + _info_rest(b)
        odd = replace(b, sealed=AUDITOR.key.seal(info, octets.ljust(2_048, b"\0")[:2_048]))
        lines = read_trail(of([a, odd]), SECRET)
        assert [line.record is None for line in lines] == [False, True]


def _info_rest(entry: Entry) -> bytes:
    return lp(SUITE_ID, entry.member, entry.serial.to_bytes(8, "big"), entry.before)


WRONG = {
    "nothing": (b"", WrongShape),
    "no entry": (FILE_START, NotHere),
    "something else": (b"folge/1\0holder" + bytes(9), WrongShape),
    "cut in an entry": (of(chained(1))[:-1], Truncated),
    "cut in a length": (of(chained(1)) + b"\0\0", Truncated),
    "an entry that is none": (trail_of([pack(["entry", 1])]), Malformed),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_trail_is_refused(what: str) -> None:
    """A file of something else, or one that was cut, is not half read."""
    data, refusal = WRONG[what]
    with pytest.raises(refusal):
        read_trail(data, SECRET)


@given(st.binary(max_size=400))
def test_every_file_is_a_trail_or_a_refusal(data: bytes) -> None:
    """P14: no bytes bring the auditor's program down."""
    with pytest.raises(Malformed):
        list(entries_of(FILE_START + b"\0\0\0\1" + data))


def test_the_public_half_reads_back_and_is_told_by_its_fingerprint() -> None:
    """What stands on the sheets is what the centre sees when it takes the key into use."""
    assert AuditorPublic.decode(AUDITOR.encode()) == AUDITOR
    assert AUDITOR.fingerprint.replace(" ", "") == AUDITOR.auditor_id.hex()[:32]
    for wrong in (b"", AUDITOR.encode()[:-1], AUDITOR.encode() + b"\0", pack(["auditor", 1, b""])):
        with pytest.raises(Malformed):
            AuditorPublic.decode(wrong)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in KINDS])
def test_a_record_tells_of_what_carries_a_person_and_of_nothing_else(kind: Kind) -> None:
    """An answer or a receipt leaves no line; a line that says so is none of ours."""
    with pytest.raises(Malformed):
        Record.decode(replace(RECORD, kind=kind).encode())
