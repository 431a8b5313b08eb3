"""What a person said yes to goes where they said, and nowhere and nothing else."""

import datetime as dt
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.case import Part, decode_part, parse_part_id
from client.casefile import read_case
from client.refusals import (
    ConsentMissing,
    ConsentOtherRecipient,
    PlaceMissing,
    StaleSync,
    WrongState,
)
from keys.address import CellClass
from keys.arrival import ArrivalCode
from keys.calendar import Instant
from keys.errors import CodeSlip, Locked, NotHere, WrongCode
from tests import acts
from tests.parties import Party, village
from tests.program import folge
from tests.stage import holds
from tests.world import SLOT, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
"""14 November 2026, 06.00 UTC: the day after the last of these cases' consents."""
BLOBS = MappingProxyType({CellClass.S: 12, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
SECRETS = (b"Marte", b"Solbakk", b"Veum")


@dataclass(frozen=True, slots=True)
class Desks:
    """Two centres that know each other."""

    here: World
    granlia: Party
    fjordglott: Party

    async def waiting(self, name: str) -> tuple[str, str]:
        """Send Marte's case as `name`; return the code and what the other desk calls it."""
        await acts.ready(self.here, self.granlia, acts.sample("GRAN-427", name=name))
        sent = acts.send(self.here, self.granlia, self.fjordglott, name, by_phone="duty")
        return await sent

    def cells(self, party: Party) -> set[Path]:
        """Return the sealed files on a member's disk."""
        return set(party.home.cells.iterdir())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres for all stories of this file; each story has code names of its own."""
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


async def parts_read(party: Party, package: str) -> dict[str, Part]:
    """Return every part as the receiving desk reads it."""
    names = (await party.do("read", code_name=package))["parts"]
    assert isinstance(names, list)
    found: dict[str, Part] = {}
    for name in map(str, names):
        octets = (await party.do("read", code_name=package, part=name))["octets"]
        assert isinstance(octets, bytes)
        found[name] = decode_part(parse_part_id(name), octets)
    return found


async def test_what_was_written_arrives_and_the_sender_forgets_where(desks: Desks) -> None:
    """T1: inquiry, yes, consent, sealed, opened, confirmed; then the sender's store is silent."""
    here, sender, centre = desks.here, desks.granlia, desks.fjordglott
    text = acts.sample("GRAN-427")
    await acts.ready(here, sender, text, centre)
    code, package = await acts.send(here, sender, centre, "GRAN-427")
    await acts.opened(here, centre, package, code)
    written = read_case(text, today=dt.date(2026, 11, 14))
    assert await parts_read(centre, package) == dict(written.parts)
    await here.tick(2)
    assert await acts.state(sender, "out", "GRAN-427") == "opened"
    await acts.confirm(here, centre, package)
    row = await acts.row(sender, "out", "GRAN-427")
    assert (row["state"], row["to"], row["arrival_code"]) == ("confirmed", "", "")
    assert not await holds(sender, [centre.member_id, centre.name.encode(), *SECRETS])
    disk = b"".join(path.read_bytes() for path in sender.home.path.glob("ledger.db*"))
    assert not any(word in disk for word in (centre.member_id, centre.name.encode(), *SECRETS))


async def test_what_was_not_consented_to_is_not_in_the_bytes(desks: Desks) -> None:
    """T2: health and history stay behind, and the card says whose choice that was."""
    here, sender, centre = desks.here, desks.fjordglott, desks.granlia
    text = acts.sample("ELV-118", of=sender.name, to=centre.name)
    await acts.ready(here, sender, text, centre)
    before = desks.cells(centre)
    code, package = await acts.send(here, sender, centre, "ELV-118")
    (record,) = desks.cells(centre) - before
    await acts.opened(here, centre, package, code)
    shown = "\n".join(await acts.card(centre, package, "nn"))
    assert "Helse: ikkje delt – brukaren sitt val" in shown
    assert "Tidlegare opphald: ikkje delt – brukaren sitt val" in shown
    assert set(await parts_read(centre, package)) == {
        "person", "threat", "destination_assessment", "sender", "validity",
    }  # fmt: skip
    with pytest.raises(NotHere):
        await centre.do("read", code_name=package, part="health_access")
    assert not record.exists()  # its parts lie apart now, and it is destroyed with its key
    assert not await holds(centre, [b"Blodtrykk"])


async def test_without_consent_nothing_can_be_sent(desks: Desks) -> None:
    """A case whose consent nobody wrote down has no way out."""
    await desks.granlia.do("new", case=acts.sample("GRAN-427", name="UTEN-100"))
    with pytest.raises(ConsentMissing):
        await desks.granlia.do("send", code_name="UTEN-100", agreed_by_phone="duty")
    assert "UTEN-100" not in await acts.known(desks.granlia, "out")


async def test_a_no_written_down_takes_the_yes_away(desks: Desks) -> None:
    """Whoever says no after a yes has said no."""
    sender = desks.granlia
    text = acts.sample("GRAN-427", name="NEI-101")
    await acts.ready(desks.here, sender, text)
    answer = await sender.do(
        "consent", code_name="NEI-101", case=text.replace("decision: ja_alt", "decision: nei")
    )
    assert not answer["consent"]
    with pytest.raises(ConsentMissing):
        await sender.do("send", code_name="NEI-101", agreed_by_phone="duty")


async def test_a_consent_for_one_centre_serves_no_other(desks: Desks) -> None:
    """Another centre needs another consent, also when both are trusted."""
    await desks.granlia.do("new", case=acts.sample("GRAN-427", name="FEIL-102"))
    with pytest.raises(ConsentOtherRecipient):
        await desks.granlia.do("consent", code_name="FEIL-102", centre=desks.granlia.name)


async def test_a_case_that_nobody_said_yes_to_is_not_sent(desks: Desks) -> None:
    """Without a yes to the place, signed or by phone, the package stays."""
    await acts.ready(desks.here, desks.granlia, acts.sample("GRAN-427", name="BREV-103"))
    with pytest.raises(PlaceMissing):
        await desks.granlia.do("send", code_name="BREV-103")


async def test_a_second_click_sends_nothing_twice(desks: Desks) -> None:
    """However often staff press send, one package comes, under one code."""
    code, package = await desks.waiting("KLIKK-104")
    before = await acts.known(desks.fjordglott, "in")
    again = await desks.granlia.do("send", code_name="KLIKK-104", agreed_by_phone="duty")
    await desks.here.tick(2)
    assert again["arrival_code"] == code
    assert await acts.known(desks.fjordglott, "in") == before
    assert package in before


async def test_before_arrival_the_receiver_holds_nothing_that_it_can_read(desks: Desks) -> None:
    """What waits is sealed: neither names nor which parts there are."""
    text = acts.sample("GRAN-427", name="VENT-105").replace("Marte Solbakk", "Ragnfrid Tveitane")
    await acts.ready(desks.here, desks.granlia, text)
    ends = (desks.granlia, desks.fjordglott)
    _, package = await acts.send(desks.here, *ends, "VENT-105", by_phone="duty")
    assert await acts.state(desks.fjordglott, "in", package) == "waiting"
    assert not await holds(desks.fjordglott, [b"Ragnfrid", b"Tveitane"])
    for verb in ("card", "read", "confirm"):
        with pytest.raises(WrongState):
            await desks.fjordglott.do(verb, code_name=package)


async def test_a_wrong_code_opens_nothing_and_is_counted(desks: Desks) -> None:
    """A slip is told from a wrong code, and only a wrong code counts as a try."""
    code, package = await desks.waiting("KODE-106")
    centre = desks.fjordglott
    slip = ("2" if code[0] != "2" else "3") + code[1:]
    with pytest.raises(CodeSlip):
        await centre.do("arrive", code_name=package, arrival_code=slip)
    for tries in (1, 2):
        with pytest.raises(WrongCode) as refused:
            await centre.do("arrive", code_name=package, arrival_code=ArrivalCode.generate().text)
        assert refused.value.facts == {"tries": tries}
    assert (await acts.row(centre, "in", package))["tries"] == 2
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    await centre.do("arrive", code_name=package, arrival_code=typed)
    assert await acts.state(centre, "in", package) == "opened"


async def test_a_lost_card_is_replaced_by_the_senders_word(desks: Desks) -> None:
    """She has lost the card; the sending desk hears that she has come, and says so."""
    _, package = await desks.waiting("KORT-107")
    said = await desks.granlia.do("release", code_name="KORT-107")
    assert said["seconds"] == 2 * SLOT, "one to leave in, one to be read in"
    await desks.here.tick(3)
    await desks.fjordglott.do("arrive", code_name=package)
    assert await acts.state(desks.fjordglott, "in", package) == "opened"


async def test_no_package_opens_before_the_boards_were_read_anew(desks: Desks) -> None:
    """A withdrawal may be waiting there; a phone call to the sender does as well."""
    code, package = await desks.waiting("GAMMEL-108")
    desks.here.clock.advance(601)
    with pytest.raises(StaleSync):
        await desks.fjordglott.do("arrive", code_name=package, arrival_code=code)
    shut = await folge(desks.fjordglott, "arrive", package, "--code-fd", "FD", secret=f"{code}\n")
    phone = desks.granlia.service.office.me.directory.call_back_phone
    assert f"Ring senteret som sendte: {phone}." in shut.err
    assert f"folge arrive {package} --called" in shut.err
    await desks.fjordglott.do("arrive", code_name=package, arrival_code=code, called=True)
    assert await acts.state(desks.fjordglott, "in", package) == "opened"


async def test_taken_back_before_opening_it_is_gone_on_both_sides(desks: Desks) -> None:
    """Variant a: she changes her mind on the way; keys and bytes go, and her code opens nothing."""
    here, sender, centre = desks.here, desks.granlia, desks.fjordglott
    before = desks.cells(centre)
    code, package = await desks.waiting("TILBAKE-109")
    assert desks.cells(centre) > before
    await sender.do("withdraw", code_name="TILBAKE-109")
    assert await acts.state(sender, "out", "TILBAKE-109") == "withdrawn"
    await here.tick(3)
    assert await acts.state(centre, "in", package) == "withdrawn"
    assert desks.cells(centre) == before
    with pytest.raises(WrongState):
        await centre.do("arrive", code_name=package, arrival_code=code)


async def test_taken_back_after_opening_it_is_destroyed_where_it_is(desks: Desks) -> None:
    """Withdrawal works at once also when the package has been read."""
    here, sender, centre = desks.here, desks.granlia, desks.fjordglott
    code, package = await desks.waiting("ANGRER-110")
    await acts.opened(here, centre, package, code)
    await sender.do("withdraw", code_name="ANGRER-110")
    await here.tick(3)
    assert await acts.state(centre, "in", package) == "withdrawn"
    for verb in ("card", "read"):
        with pytest.raises(WrongState):
            await centre.do(verb, code_name=package)


async def test_what_was_meant_for_another_is_sent_back_unread(desks: Desks) -> None:
    """Variant c: the receiver says it was never for them; it is destroyed and the sender told."""
    code, package = await desks.waiting("VILL-111")
    await desks.fjordglott.do("misrouted", code_name=package)
    await desks.here.tick(3)
    assert await acts.state(desks.granlia, "out", "VILL-111") == "misrouted"
    with pytest.raises(WrongState):
        await desks.fjordglott.do("arrive", code_name=package, arrival_code=code)


async def test_a_locked_desk_says_only_that_something_came(desks: Desks) -> None:
    """The service reads on without anybody; what came is named when staff unlock."""
    here, centre = desks.here, desks.fjordglott
    await centre.do("lock")
    await acts.ready(here, desks.granlia, acts.sample("GRAN-427", name="NATT-112"))
    await desks.granlia.do("send", code_name="NATT-112", agreed_by_phone="duty")
    await here.tick(2)
    status = await centre.do("status")
    assert "in" not in status
    assert status["new"] == 1
    with pytest.raises(Locked):
        await centre.do("card", code_name="NATT-112")
    before = await acts.known(centre, "in") if status["unlocked"] else set[str]()
    await centre.unlock()
    assert await acts.known(centre, "in") > before
    await here.tick(3)
    assert await acts.state(desks.granlia, "out", "NATT-112") == "stored"
