"""An attachment that is not the sender's bytes: it is laid nowhere, and the others all the same."""

import io
from pathlib import Path
from typing import Final

import pytest

from client.case import parse_part_id
from client.cells import CellFiles
from client.kept import Attachments, How, Kept, Version
from keys.address import PackageId
from keys.calendar import Day
from keys.container import ContainerReader, ContainerStream, Part, PartId
from keys.errors import Damaged
from keys.spans import fill

PACKAGE: Final = PackageId(b"p" * 16)
FILES: Final = {"attachment.1": b"a picture" * 40, "attachment.2": b"a drawing" * 40}
SECOND: Final = parse_part_id("attachment.2")


def sealed(*, spoilt: bool) -> bytes:
    """Return two attachments as they are sealed together; the last byte of them is the second's."""
    parts = [Part(PartId(name), len(data), io.BytesIO(data)) for name, data in FILES.items()]
    stream = ContainerStream(PACKAGE, parts)
    room = memoryview(bytearray(1 << 16))
    octets = bytearray(room[: fill(stream, room)])
    octets[-1] ^= spoilt
    return bytes(octets)


@pytest.mark.parametrize("spoilt", [False, True], ids=["whole", "spoilt"])
def test_a_spoilt_attachment_is_laid_nowhere_and_the_others_are(
    tmp_path: Path, *, spoilt: bool
) -> None:
    """It is opened before it is laid apart, so that staff are told when it came and not later."""
    reader = ContainerReader(io.BytesIO(sealed(spoilt=spoilt)), PACKAGE)
    laid = Attachments(reader, PACKAGE).lay_apart(CellFiles(tmp_path / "cells"), ())
    assert laid.spoilt == ((SECOND,) if spoilt else ())
    assert isinstance(laid.why, Damaged) is spoilt
    assert [one.part for one in laid.files] == [*FILES][: 1 if spoilt else 2]
    assert len(list((tmp_path / "cells").iterdir())) == len(laid.files)
    for one in laid.files:
        sink = io.BytesIO()
        with (tmp_path / "cells" / one.file).open("rb") as source:
            one.open(source, sink)
        assert sink.getvalue() == FILES[one.part]


def test_which_are_spoilt_is_kept_until_they_are_taken_back() -> None:
    """The row says it as long as the part is there; a row of an older program says nothing."""
    came = Version(SECOND, bytes(16), How.CAME, Day(20_770))
    kept = Kept(b"consent", (came,), spoilt=(SECOND,))
    assert Kept.decode(kept.encode()) == kept
    assert kept.without([SECOND]).spoilt == ()
