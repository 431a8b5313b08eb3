"""A resident asks at the old centre, which has forgotten: a leader and two sheets find where.

The sending centre seals a line for each case to an auditor who is not there. It cannot read its
own lines; what it has forgotten stays forgotten in its store.
"""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from click.testing import CliRunner

from client.refusals import NotLeader, NoTrail, OtherAuditor
from client.shelf import Shelf
from keys.__main__ import main
from keys.calendar import Instant
from keys.errors import AlreadyThere, Malformed, NotHere, WrongPassphrase
from keys.trail import AuditorPublic
from keys.wire import Value
from tests import acts
from tests.fourfold import FEW, SATURDAY
from tests.keyboard import Typist
from tests.parties import PASSPHRASE, STAFF, Party, join, village
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLANTED = (b"\xff" * 8, b"\xff" * 9)
"""Ids of lines that no program of ours gives out."""
OLA, OLAS = "Ola", "et annet langt passord"


@dataclass(eq=False)
class House:
    """Two centres and a district; the first centre's leader has sheets of an auditor's key."""

    here: World
    sender: Party
    centre: Party
    district: Party
    sheets: Path

    @property
    def public(self) -> AuditorPublic:
        """The auditor's public half."""
        return AuditorPublic.decode((self.sheets / "auditor.public").read_bytes())

    async def used(self) -> None:
        """Take the auditor's key into use, as the leader does."""
        path = str(self.sheets / "auditor.public")
        await self.sender.do(
            "auditor use", path=path, fingerprint=self.public.fingerprint, passphrase=PASSPHRASE
        )

    async def read(self, to: Path, *numbers: int) -> list[dict[str, Value]]:
        """Write the trail to a file, and read it with the sheets of those numbers elsewhere."""
        await self.sender.do("auditor trail", path=str(to), passphrase=PASSPHRASE)
        sheets = [str(self.sheets / f"share-{number}.txt") for number in numbers]
        ran = CliRunner().invoke(
            main, ["--json", "audit", "open", str(to), *sheets], obj=lambda: Instant(0)
        )
        assert ran.exit_code == 0, ran.output
        said = json.loads(ran.stdout)
        assert (said["broken"], said["unreadable"]) == (0, 0)
        return list(said["entries"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[House, None]:
    """A centre that types its commands, another centre, and their district."""
    sheets = tmp_path_factory.mktemp("sheets")
    sheets.chmod(0o700)
    made = CliRunner().invoke(main, ["audit", "create", str(sheets)], obj=lambda: Instant(0))
    assert made.exit_code == 0, made.output
    keys = ("fjordglott", "innlandet")
    async with village(*keys, start=SATURDAY, blobs=FEW) as (here, (centre, district)):
        sender = await join(here, "granlia", staffed=Typist)
        await here.publish()
        await here.tick(2)
        yield House(here, sender, centre, district, sheets)


async def test_without_an_auditor_no_line_is_written(house: House) -> None:
    """What is forgotten is forgotten, and the leader is told so."""
    assert await house.sender.do("auditor") == {"fingerprint": "", "lines": 0}
    name = await acts.ready(house.here, house.sender, acts.sample("GRAN-427", name="STED-101"))
    await acts.send(house.here, house.sender, house.centre, name, by_phone="duty")
    with pytest.raises(NoTrail):
        await house.sender.do("auditor trail", path="/nowhere/trail", passphrase=PASSPHRASE)
    async with house.sender.service.office.ledger.reading() as rows:
        assert await rows.ids(Shelf.TRAIL) == []


async def test_a_key_that_is_not_on_the_sheets_is_not_taken(house: House, tmp_path: Path) -> None:
    """Whoever puts another file in its place does not read where she went."""
    fingerprint = house.public.fingerprint
    other = tmp_path / "auditor.public"
    for octets, refusal in (
        (b"", Malformed),
        (house.public.encode()[:-1], Malformed),
        (house.public.encode() + b"\0", Malformed),
    ):
        other.write_bytes(octets)
        with pytest.raises(refusal):
            await house.sender.do(
                "auditor use", path=str(other), fingerprint=fingerprint, passphrase=PASSPHRASE
            )
    right = str(house.sheets / "auditor.public")
    for path, digits, kind in (
        (right, fingerprint.replace(fingerprint[0], "x"), OtherAuditor),
        (right, fingerprint[:-1], OtherAuditor),
        (str(tmp_path / "none"), fingerprint, NotHere),
    ):
        with pytest.raises(kind):
            await house.sender.do(
                "auditor use", path=path, fingerprint=digits, passphrase=PASSPHRASE
            )
    assert (await house.sender.do("auditor"))["fingerprint"] == ""


async def test_a_leader_or_two_together_take_it_into_use(house: House) -> None:
    """Nobody of the staff turns the trail on, off or out alone who does not lead."""
    path, fingerprint = str(house.sheets / "auditor.public"), house.public.fingerprint
    await house.sender.do("staff add", name=OLA, new=OLAS, passphrase=PASSPHRASE)
    await house.sender.do("lock")
    await house.sender.do("unlock", name=OLA, passphrase=OLAS)
    for verb, given in (
        ("auditor use", {"path": path, "fingerprint": fingerprint}),
        ("auditor end", {}),
        ("auditor trail", {"path": path}),
    ):
        with pytest.raises(NotLeader):
            await house.sender.do(verb, given, passphrase=OLAS)
        with pytest.raises(WrongPassphrase):
            await house.sender.do(verb, given, by=STAFF, passphrase=OLAS)
    await house.sender.do(
        "auditor use",
        path=path,
        fingerprint=fingerprint.upper(),
        by=STAFF,
        passphrase=PASSPHRASE,
    )
    assert (await house.sender.do("auditor"))["fingerprint"] == fingerprint
    await house.sender.do("lock")
    await house.sender.unlock()
    assert f"'auditor_set', '', '{OLA}'" in str((await house.sender.do("log"))["lines"])


async def test_what_the_centre_has_forgotten_two_sheets_find(house: House, tmp_path: Path) -> None:
    """Sent, opened, confirmed, forgotten: no row names the receiver, and the auditor reads it."""
    await house.used()
    before = (await house.sender.do("auditor"))["lines"]
    name = await acts.ready(
        house.here, house.sender, acts.sample("GRAN-427", name="STED-102"), house.centre
    )
    code, package = await acts.send(house.here, house.sender, house.centre, name)
    await acts.opened(house.here, house.centre, package, code)
    await acts.confirm(house.here, house.centre, package)
    assert await acts.state(house.sender, "out", name) == "confirmed"
    assert (await house.sender.do("auditor"))["lines"] == int(str(before)) + 1
    *_, line = await house.read(tmp_path / "trail", 3, 2)
    assert (line["code_name"], line["what"], line["by"]) == (name, "case_package", STAFF)
    assert line["recipient"] == house.centre.name
    assert line["member"] == house.centre.member_id.hex()
    assert (tmp_path / "trail").stat().st_mode & 0o777 == 0o600
    # The one case of before is still on its way, so only this one's line is looked at.
    async with house.sender.service.office.ledger.reading() as rows:
        lines = b"".join(value for _, value in await rows.rows(Shelf.TRAIL))
    for word in (house.centre.member_id, house.centre.name.encode(), name.encode()):
        assert word not in lines


async def test_the_police_are_in_it_too_and_every_line_is_as_long(
    house: House, tmp_path: Path
) -> None:
    """A request to the own district is a contact as secret as the move."""
    await house.used()
    ends = {"of": house.sender.name, "to": house.centre.name}
    await house.sender.do("new", case=acts.sample("SKOG-903", name="STED-103", **ends))
    await house.sender.do("police request", code_name="STED-103")
    *_, line = await house.read(tmp_path / "trail", 1, 2)
    assert (line["what"], line["recipient"]) == ("police_request", house.district.name)
    async with house.sender.service.office.ledger.reading() as rows:
        assert len({len(value) for _, value in await rows.rows(Shelf.TRAIL)}) == 1


async def test_a_damaged_line_holds_no_case_back(house: House, tmp_path: Path) -> None:
    """The trail is broken there, the auditor is told, and the case leaves all the same."""
    await house.used()
    ledger = house.sender.service.office.ledger
    async with ledger.transaction("planted") as rows:
        await rows.put(Shelf.TRAIL, b"\0\0\0\0\0\0\1\0", b"no entry")
        for planted in PLANTED:
            await rows.put(Shelf.TRAIL, planted, b"no entry")
    name = await acts.ready(house.here, house.sender, acts.sample("GRAN-427", name="STED-104"))
    await acts.send(house.here, house.sender, house.centre, name, by_phone="duty")
    async with ledger.transaction("planted") as rows:
        for planted in (b"\0\0\0\0\0\0\1\0", *PLANTED):
            await rows.delete(Shelf.TRAIL, planted)
    sheets = [str(house.sheets / f"share-{number}.txt") for number in (1, 2)]
    to = str(tmp_path / "trail")
    await house.sender.do("auditor trail", path=to, passphrase=PASSPHRASE)
    ran = CliRunner().invoke(main, ["--json", "audit", "open", to, *sheets], obj=lambda: Instant(0))
    said = json.loads(ran.stdout)
    assert said["broken"] == 1
    assert said["entries"][-1]["code_name"] == name
    with pytest.raises(AlreadyThere):
        await house.sender.do("auditor trail", path=to, passphrase=PASSPHRASE)


async def test_an_ended_trail_is_written_no_further_and_can_still_be_read(
    house: House, tmp_path: Path
) -> None:
    """A leader may end it; what was written stays for those who have the sheets."""
    before = (await house.sender.do("auditor"))["lines"]
    await house.sender.do("auditor end", passphrase=PASSPHRASE)
    name = await acts.ready(house.here, house.sender, acts.sample("GRAN-427", name="STED-105"))
    await acts.send(house.here, house.sender, house.centre, name, by_phone="duty")
    assert await house.sender.do("auditor") == {"fingerprint": "", "lines": before}
    await house.sender.do("auditor trail", path=str(tmp_path / "trail"), passphrase=PASSPHRASE)
    assert (tmp_path / "trail").stat().st_size > 0
