"""A trail for an auditor, as one centre writes it."""

from dataclasses import replace

from keys.address import MemberId
from keys.body import Kind
from keys.calendar import Instant
from keys.hpke import HpkeSecret
from keys.trail import AuditorPublic, Entry, Record

SECRET = HpkeSecret.from_seed(b"a" * 32)
AUDITOR = AuditorPublic(SECRET.public)
HERE, THERE = MemberId(b"h" * 32), MemberId(b"t" * 32)
RECORD = Record(Instant(1_794_376_800), Kind.CASE_PACKAGE, "GRAN-427", THERE, "Fjordgløtt", "Kari")


def chained(count: int, auditor: AuditorPublic = AUDITOR) -> list[Entry]:
    """Return entries one behind the other, each of another code name."""
    made: list[Entry] = []
    for number in range(count):
        said = replace(RECORD, code_name=f"GRAN-{number:03d}")
        made.append(Entry.seal(auditor, HERE, number + 1, made[-1] if made else None, said))
    return made
