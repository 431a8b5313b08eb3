"""What the police must know goes to the police alone, from the centre's own district onwards."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.cli import lines
from client.cli.console import Console
from client.refusals import (
    ApprovalMissing,
    ConsentMismatch,
    ConsentMissing,
    LineAdded,
    NoBasis,
    NotInDirectory,
    WrongState,
)
from keys.address import CellClass
from keys.calendar import Instant
from keys.errors import NotHere, UnknownKind
from keys.wire import Packable
from keys.words import Language, Words
from tests import acts, hostile
from tests.parties import Party, village
from tests.stage import holds
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUNDAY = Instant(1_794_706_800)
"""15 November 2026, 02.40 in Norway."""
BLOBS = MappingProxyType({CellClass.S: 12, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
CONFIDED = (b"Ronja", b"Sertralin", b"Vassbotn", b"loftet")
LINES = 7


@dataclass(frozen=True, slots=True)
class Desks:
    """A centre with its home district, another district, and the centre she goes to."""

    here: World
    sender: Party
    centre: Party
    home: Party
    away: Party

    def text(self, name: str) -> str:
        """Return the case of the one who said no, as `name`."""
        ends = {"of": self.sender.name, "to": self.centre.name}
        return acts.sample("SKOG-903", name=name, **ends)

    async def asked(self, name: str) -> str:
        """Ask the home district to warn; return what it calls the request."""
        before = await acts.known(self.home, "in")
        await self.sender.do("new", case=self.text(name))
        await self.sender.do("police request", code_name=name)
        await self.here.tick()
        return await acts.fresh(self.home, "in", before)

    async def told(self, name: str) -> str:
        """Return the one word that the centre gets back."""
        await self.here.tick(3)
        return str((await acts.row(self.sender, "out", name))["police"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres and two districts for all stories of this file."""
    keys = ("granlia", "fjordglott", "innlandet", "vest")
    async with village(*keys, start=SUNDAY, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


async def test_the_home_district_warns_the_other_and_the_centre_learns_nothing(
    desks: Desks,
) -> None:
    """T3: centre, own district, new district; there it ends."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    request = await desks.asked("SKOG-903")
    shown = await desks.home.do("police review", code_name=request)
    assert shown["basis"] == "consent_police"
    lines = shown["lines"]
    assert isinstance(lines, list)
    assert len(lines) == LINES
    before = await acts.known(desks.away, "in")
    choices = ["keep"] * 6 + ["remove"]
    await desks.home.do(
        "police relay",
        code_name=request,
        district=desks.away.name,
        choices=choices,
        authority="operasjonsleder",
    )
    await here.tick()
    notice = await acts.fresh(desks.away, "in", before)
    passed_on = await desks.away.do("police review", code_name=notice)
    assert passed_on["lines"] == lines[:6]
    assert passed_on["authority"] == "operasjonsleder"
    assert await desks.told("SKOG-903") == "relayed"
    assert await acts.known(centre, "in") == set()
    assert not await holds(centre, [b"Hana"])
    for party in (desks.home, desks.away, centre):
        assert not await holds(party, CONFIDED)
    assert not await holds(desks.away, [sender.member_id, b"SKOG-903"])

    async def acknowledged() -> bool:
        return {str(one["state"]) for one in await acts.rows(desks.home, "out")} == {"opened"}

    await acts.until(here, acknowledged)


async def test_the_same_case_has_no_way_to_the_centre(desks: Desks) -> None:
    """She said no: sending is refused here, and her place is the same."""
    await desks.sender.do("new", case=desks.text("NEI-200"))
    assert not (await desks.sender.do("consent", code_name="NEI-200"))["consent"]
    with pytest.raises(ConsentMissing):
        await desks.sender.do("send", code_name="NEI-200", agreed_by_phone="duty")


async def test_a_case_without_consent_is_refused_by_the_receiver_too(desks: Desks) -> None:
    """A changed program sends it all the same: nothing is shown, and the sender gets a no."""
    here, centre = desks.here, desks.centre
    before = await acts.known(centre, "in")
    code = await hostile.smuggle(desks.sender, centre, desks.text("NEI-201"))
    await here.tick()
    package = await acts.fresh(centre, "in", before)
    with pytest.raises(ConsentMismatch):
        await centre.do("arrive", code_name=package, arrival_code=code)
    assert await acts.state(centre, "in", package) == "refused"
    for verb in ("card", "read"):
        with pytest.raises(WrongState):
            await centre.do(verb, code_name=package)
    assert not await holds(centre, [b"Hana", *CONFIDED])


async def test_what_was_told_in_the_polices_own_channel_leaves_nothing_here(desks: Desks) -> None:
    """Variant f: the district says that it has warned by its own means; the centre sees that."""
    request = await desks.asked("EGEN-202")
    before = await acts.known(desks.away, "in")
    await desks.home.do("police review", code_name=request)
    await desks.home.do("police outside", code_name=request)
    assert await desks.told("EGEN-202") == "relayed_outside"
    assert await acts.known(desks.away, "in") == before
    with pytest.raises(WrongState):
        await desks.home.do("police outside", code_name=request)


@pytest.mark.parametrize("reason", ["not_necessary", "already_notified", "need_to_talk"])
async def test_a_district_declines_with_a_closed_reason(desks: Desks, reason: str) -> None:
    """The centre gets one of three words, and nothing the district thinks."""
    name = f"AVSLAG-{210 + len(reason)}"
    request = await desks.asked(name)
    with pytest.raises(WrongState) as early:
        await desks.home.do("police decline", code_name=request, reason=reason)
    assert early.value.facts["kind"] == "police.unread"
    sheet = (await desks.home.do("police review", code_name=request, language="nb"))["sheet"]
    assert isinstance(sheet, list)
    assert f"  Fra: {desks.sender.name}" in sheet
    await desks.home.do("police decline", code_name=request, reason=reason)
    row = await acts.row(desks.home, "in", request)
    assert (row["state"], row["police"]) == ("confirmed", "declined")
    assert await desks.told(name) == "declined"
    row = await acts.row(desks.sender, "out", name)
    assert row["reason"] == reason
    for lang in Language:
        words = Words("client", lang)
        console = Console(desks.sender.home, words, as_json=False)
        notes = lines.notes_out(console, row, ())
        phone = desks.home.service.office.me.directory.call_back_phone
        assert words.say(f"police.reason.{reason}") in notes
        assert words.say("police.ring_own", phone=phone) in notes


async def test_a_district_may_reword_but_add_nothing(desks: Desks) -> None:
    """A line may be said otherwise; what the centre did not write cannot come from it."""
    request = await desks.asked("ORD-203")
    await desks.home.do("police review", code_name=request)
    reworded = desks.text("ORD-203").replace("15.11 kl. 16–20", "i ettermiddag")
    lines = reworded.split("  lines:\n")[1]
    window = "    - arrival_window" + lines.split("    - arrival_window")[1].split("    - ")[0]
    other = "    - safe_contact: 000 00 000\n      why_needed: Ny\n"
    head = reworded.split("  lines:\n")[0] + "  lines:\n"
    relay: dict[str, Packable] = {
        "code_name": request,
        "district": desks.away.name,
        "choices": ["keep", "reword", *["remove"] * 5],
        "authority": "operasjonsleder",
    }
    with pytest.raises(LineAdded):
        await desks.home.do("police relay", relay, case=head + other)
    before = await acts.known(desks.away, "in")
    await desks.home.do("police relay", relay, case=head + window)
    await desks.here.tick()
    notice = await acts.fresh(desks.away, "in", before)
    passed_on = str((await desks.away.do("police review", code_name=notice))["lines"])
    assert "i ettermiddag" in passed_on
    assert "16–20" not in passed_on


async def test_a_district_reads_its_own_notice_before_it_goes(desks: Desks) -> None:
    """The sheet says the kept lines alone; nobody gets it, and the choice is still open."""
    request = await desks.asked("FORH-204")
    await desks.home.do("police review", code_name=request)
    relay: dict[str, Packable] = {
        "code_name": request,
        "district": desks.away.name,
        "choices": ["keep", *["remove"] * 6],
        "authority": "operasjonsleder",
    }
    before = await acts.known(desks.away, "in")
    said = (await desks.home.do("police relay", relay, preview=True, language="nn"))["lines"]
    sheet = "\n".join(map(str, said)) if isinstance(said, list) else ""
    await desks.here.tick(2)
    assert await acts.known(desks.away, "in") == before
    assert (await acts.row(desks.home, "in", request))["state"] == "opened"
    await desks.home.do("police relay", relay)
    await desks.here.tick()
    notice = await acts.fresh(desks.away, "in", before)
    shown = (await desks.away.do("police review", code_name=notice))["lines"]
    assert isinstance(shown, list)
    assert len(shown) == 1
    assert "operasjonsleder" in sheet
    printed = (await desks.away.do("police print", code_name=notice, language="nn"))["lines"]
    assert isinstance(printed, list)
    told = [str(line) for line in printed if str(line).strip()]
    words = Words("client", "nn")
    when = tuple(f"  {words.say(f'policesheet.{one}')}:" for one in ("came", "kept"))
    more = [line for line in told if line not in sheet and notice not in line]
    assert [line for line in more if not line.startswith(when)] == []
    assert "15.11 kl. 16–20" not in sheet


async def test_two_must_approve_unless_it_is_urgent(desks: Desks) -> None:
    """By day a second colleague looks at what the police are told; at night one may."""
    calm = desks.text("TO-204").replace("emergency: ja", "emergency: nei")
    await desks.sender.do("new", case=calm)
    answer = await desks.sender.do("police request", code_name="TO-204")
    assert answer["waits_for_second"]
    assert not answer["kept"]
    assert "TO-204" not in await acts.known(desks.sender, "out")
    with pytest.raises(ApprovalMissing):
        await desks.sender.do("police approve", code_name="TO-204")
    assert "TO-204" not in await acts.known(desks.sender, "out")


async def test_a_move_that_the_assessment_calls_urgent_needs_no_second(desks: Desks) -> None:
    """Whoever is alone at night may ask, also when only the assessment says it is urgent."""
    calm = desks.text("ALENE-207").replace("emergency: ja", "emergency: nei")
    said = "\nmove_assessment: {emergency: {is_emergency: ja, why: Han står utenfor}}\n"
    await desks.sender.do("new", case=calm.replace("\nconsent:", f"{said}\nconsent:"))
    shown = await desks.sender.do("police waiting", code_name="ALENE-207")
    assert shown["lacks"] == []
    before = await acts.known(desks.home, "in")
    answer = await desks.sender.do("police request", code_name="ALENE-207")
    assert not answer.get("waits_for_second")
    await desks.here.tick()
    assert await acts.fresh(desks.home, "in", before)


async def test_a_request_without_a_basis_does_not_leave(desks: Desks) -> None:
    """Telling the police needs its own basis, apart from any consent to the centre."""
    text = desks.text("GRUNN-205").replace("  police_basis: consent_police\n", "")
    await desks.sender.do("new", case=text)
    with pytest.raises(NoBasis):
        await desks.sender.do("police request", code_name="GRUNN-205")


async def test_a_notice_goes_to_a_district_and_never_to_a_centre(desks: Desks) -> None:
    """There is no centre among those whom a district can warn."""
    request = await desks.asked("MOT-206")
    await desks.home.do("police review", code_name=request)
    with pytest.raises(NotInDirectory):
        await desks.home.do(
            "police relay", code_name=request, district=desks.centre.name, authority="vaktleder"
        )


async def test_the_receiving_district_has_no_way_on(desks: Desks) -> None:
    """Whoever got a notice can neither relay it nor answer the centre."""
    (notice, *_) = [str(row["code_name"]) for row in await acts.rows(desks.away, "in")]
    with pytest.raises(WrongState):
        await desks.away.do(
            "police relay", code_name=notice, district=desks.home.name, authority="vaktleder"
        )
    with pytest.raises(UnknownKind):
        await desks.away.do("police forward", code_name=notice)


async def test_a_district_cannot_open_what_is_for_a_centre(desks: Desks) -> None:
    """The district's desk knows no case package, and its lists hold none."""
    came = await acts.rows(desks.home, "in")
    assert {str(row["kind"]) for row in came} == {"police_request"}
    with pytest.raises(WrongState):
        await desks.home.do("arrive", code_name=str(came[0]["code_name"]), arrival_code="")
    with pytest.raises(NotHere):  # the centre's name for it: a noun that no desk draws
        await desks.home.do("arrive", code_name="ALENE-207", arrival_code="")


async def test_a_case_thrown_away_leaves_the_request_with_the_police(desks: Desks) -> None:
    """Whoever throws it away or takes it back is told that the police have what they got."""
    await desks.asked("KAST-231")
    back = await desks.sender.do("withdraw", code_name="KAST-231")
    assert back["police"] is True
    gone = await desks.sender.do("discard", code_name="KAST-231")
    assert (gone["was"], gone["police"]) == ("", True)
