"""An attachment whose bytes are not the sender's hinders nothing else."""

from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest

from client.shelf import Shelf
from client.verbs import finding
from keys.address import CellClass
from keys.calendar import Instant
from keys.manifest import PackageManifest
from tests import acts, samplefiles
from tests.parties import village

SATURDAY: Final = Instant(1_794_636_000)
BLOBS: Final = MappingProxyType(
    {CellClass.S: 12, CellClass.M: 3, CellClass.XL64: 0, CellClass.XL256: 0}
)


@pytest.mark.asyncio
async def test_damaged_attachments_go_and_the_case_stays(tmp_path: Path) -> None:
    """The disk spoiled them: she is let in, the reading goes on, and staff are told."""
    samplefiles.photo(tmp_path / "utover.jpg")
    samplefiles.scan(tmp_path / "skann.pdf", 200_000)
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        sender, centre = found
        ends = {"of": sender.name, "to": centre.name}
        await acts.ready(here, sender, acts.sample("VIDDE-256", name="SKADE-601", **ends))
        for part, file in (("attachment.1", "utover.jpg"), ("attachment.2", "skann.pdf")):
            path = str(tmp_path / file)
            await sender.do("part", code_name="SKADE-601", attachment=part, path=path)
        await sender.do("consent", code_name="SKADE-601")
        code, package = await acts.send(here, sender, centre, "SKADE-601", by_phone="duty")
        await here.tick(2)
        async with centre.service.office.ledger.reading() as rows:
            came = await finding.incoming(rows, package)
            blob = PackageManifest.decode(came.manifest, came.kind).blobs[1].blob_id
            name = (await rows.get(Shelf.BLOB, blob) or b"").decode()
        cell = centre.home.cells / name
        cell.write_bytes(bytes(cell.stat().st_size))
        await acts.opened(here, centre, package, code)
        await centre.sync()
        assert package in str((await centre.do("status"))["attention"])
        assert not cell.exists()
        assert "threat" in str((await centre.do("read", code_name=package))["parts"])
