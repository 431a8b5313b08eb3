"""Before the move the police at the new place are asked, then told; and it can be taken back."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from client import moving
from client.cli import lines
from client.cli.console import Console
from client.refusals import (
    ApprovalMissing,
    BasisNotConsent,
    MissingAnswer,
    UnknownWord,
    WrongState,
)
from client.shelf import Shelf
from client.verbs import finding
from client.verbs.table import LONG, PLAIN
from keys.address import CellClass, Role
from keys.calendar import Instant
from keys.errors import NotHere, Refusal
from keys.keystore import StaffSlots
from keys.wire import Packable, Value, unpack
from keys.words import Language, Words
from tests import acts
from tests.parties import CHEAP, PASSPHRASE, STAFF, Party, village
from tests.program import in_process
from tests.stage import holds
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOON: Final = Instant(1_794_999_600)
"""18 November 2026, 12.00 in Norway."""
DAY: Final = 86_400
POST: Final = 6
"""Ticks in which everything that a district owes has left on its lane and been read."""
BLOBS = MappingProxyType({CellClass.S: 16, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
OLA: Final = "Ola"
OLAS: Final = "et helt annet passord"
HERS: Final = (b"Hana", b"Ronja", b"Sertralin", b"Vassbotn", b"loftet")
LINES: Final = (b"Elvedalen", b"hvit varebil", b"nabobyen")
CONTACT: Final = (b"krimvakt", b"000 00 222")
PLACE: Final = """    - destination_area: Elvedalen
      why_needed: Der skal hun bo
      ask_destination: ja
"""


@dataclass(frozen=True, slots=True)
class Desks:
    """A centre with its home district, the district of the place, and the centre she goes to."""

    here: World
    sender: Party
    centre: Party
    home: Party
    away: Party

    def text(self, name: str, *, urgent: bool = True, **changes: str) -> str:
        """Return the case of the one who said no, with two lines marked for a question."""
        text = acts.sample("SKOG-903", name=name, of=self.sender.name, to=self.centre.name)
        text = text.replace("  lines:\n", f"  lines:\n{PLACE}")
        text = text.replace(
            "      why_needed: Kan lete", "      ask_destination: ja\n      why_needed: Kan lete"
        )
        for old, new in changes.items():
            text = text.replace(f"{old}: ", f"{old}: {new} #")
        return text if urgent else text.replace("emergency: ja", "emergency: nei")

    async def asked(self, verb: str, name: str, **changes: str) -> str:
        """Write a case, say something to the home district; return what that calls it."""
        before = await acts.known(self.home, "in")
        await self.sender.do("new", case=self.text(name, urgent=True, **changes))
        await self.sender.do(verb, code_name=name)
        await self.here.tick()
        return await acts.fresh(self.home, "in", before)

    async def passed_on(self, request: str) -> str:
        """Have the home district keep every line; return what the other district calls it."""
        before = await acts.known(self.away, "in")
        await self.home.do("police review", code_name=request)
        await self.home.do(
            "police relay", code_name=request, district=self.away.name, authority="operasjonsleder"
        )
        await self.here.tick()
        return await acts.fresh(self.away, "in", before)

    async def told(self, name: str) -> str:
        """Return the last word that the centre got."""
        await self.here.tick(POST)
        return str((await acts.row(self.sender, "out", name))["police"])

    async def login(self, name: str, passphrase: str) -> None:
        """Change who sits at the centre's desk."""
        await self.sender.do("lock")
        await self.sender.do("unlock", name=name, passphrase=passphrase)

    async def nothing_at_the_centre(self) -> None:
        """The receiving centre has nothing: no row, no word of any line, no contact."""
        for which in ("in", "out", "attention"):
            assert not (await self.centre.do("status"))[which]
        assert not await holds(self.centre, (*HERS, *LINES, *CONTACT))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres and two districts; at the first centre two people have a login."""
    keys = ("granlia", "fjordglott", "innlandet", "vest")
    async with village(*keys, start=NOON, blobs=BLOBS) as (here, found):
        slots = StaffSlots(found[0].home.slots)
        key = slots.unlock(STAFF, PASSPHRASE, here.clock.now())
        slots.add(key, OLA, OLAS, CHEAP)
        key.wipe()
        yield Desks(here, *found)


async def lines_of(party: Party, name: str) -> list[str]:
    """Return which lines a district reads."""
    shown = (await party.do("police review", code_name=name))["lines"]
    assert isinstance(shown, list)
    return [str(line[0]) for line in shown if isinstance(line, list)]


async def check_of(party: Party, name: str) -> list[Value]:
    """Return what the check says of a case."""
    found = (await party.do("check", code_name=name))["findings"]
    assert isinstance(found, list)
    return found


async def kinds_out(party: Party) -> set[str]:
    """Return the kinds of everything with content that left a member."""
    return {str(row["kind"]) for row in await acts.rows(party, "out")}


async def test_the_whole_way_there_and_back(desks: Desks) -> None:
    """Asked, answered, told, rung, taken back: and each knows what is theirs to know."""
    here, sender, home, away = desks.here, desks.sender, desks.home, desks.away
    # One person prepares, another reads and sends.
    await sender.do("new", case=desks.text("SKOG-903", urgent=False))
    assert (await sender.do("police view", code_name="SKOG-903"))["waits_for_second"]
    assert (await sender.do("status"))["second"] == ["SKOG-903"]
    with pytest.raises(ApprovalMissing):
        await sender.do("police approve", code_name="SKOG-903", view=True)
    await desks.login(OLA, OLAS)
    shown = await sender.do("police waiting", code_name="SKOG-903", view=True)
    assert "destination_area" in str(shown["lines"])
    assert "Hana" not in str(shown)
    assert (await sender.do("police approve", code_name="SKOG-903", view=True))["kept"]
    assert (await sender.do("status"))["second"] == []
    await here.tick()
    # The home district asks the other with its own words.
    ((question, *_),) = [[str(row["code_name"])] for row in await acts.rows(home, "in")]
    assert await lines_of(home, question) == ["destination_area", "perpetrator"]
    view = await desks.passed_on(question)
    assert await lines_of(away, view) == ["destination_area", "perpetrator"]
    answered: dict[str, Packable] = {"code_name": view, "word": "no_known_links"}
    with pytest.raises(MissingAnswer):
        await away.do("police answer", answered, role="krimvakt")
    await away.do("police answer", answered, role="krimvakt", phone="000 00 222")
    with pytest.raises(WrongState):
        await away.do("police answer", answered)
    await here.tick(POST)
    heard = (await home.do("police review", code_name=question))["heard"]
    assert isinstance(heard, list)
    assert [one[:3] for one in heard if isinstance(one, list)] == [
        ["no_known_links", "krimvakt", "000 00 222"]
    ]
    # The centre gets one closed word, and the check knows it.
    with pytest.raises(UnknownWord):
        await home.do("police reply", code_name=question, word="relayed")
    await home.do("police reply", code_name=question, word="contacted_no_known_links")
    assert await desks.told("SKOG-903") == "contacted_no_known_links"
    assert ["green", "check.contacted_no_known_links"] in await check_of(sender, "SKOG-903")
    with pytest.raises(WrongState):
        await home.do("police reply", code_name=question, word="could_not_contact")
    await _told_and_rung(desks)
    await _taken_back(desks)


async def _told_and_rung(desks: Desks) -> None:
    """The request itself, prepared by the second person and approved by the first."""
    here, sender, home, away = desks.here, desks.sender, desks.home, desks.away
    before = await acts.known(home, "in")
    await sender.do("police request", code_name="SKOG-903")
    with pytest.raises(ApprovalMissing):
        await sender.do("police approve", code_name="SKOG-903")
    await desks.login(STAFF, PASSPHRASE)
    await sender.do("police approve", code_name="SKOG-903")
    await here.tick()
    request = await acts.fresh(home, "in", before)
    notice = await desks.passed_on(request)
    assert len(await lines_of(away, notice)) == 8
    await away.do("police contact", code_name=notice, role="krimvakt", phone="000 00 222")
    with pytest.raises(WrongState):
        await away.do("police contact", code_name=notice, role="krimvakt", phone="000 00 222")
    assert await desks.told("SKOG-903") == "relayed"
    heard = str((await home.do("police review", code_name=request))["heard"])
    assert "krimvakt" in heard
    # Nothing of it is with either centre.
    assert not await holds(sender, CONTACT)
    await desks.nothing_at_the_centre()
    assert not await holds(away, (sender.member_id, b"SKOG-903", *HERS))
    # What left each machine: a centre's questions, a district's own; and nothing left the rest.
    assert await kinds_out(sender) == {"police_view_request", "police_request"}
    assert await kinds_out(home) == {"police_view", "police_notice"}
    assert await kinds_out(away) == set()
    assert await kinds_out(desks.centre) == set()
    for file in (here.path / "broker").rglob("*"):
        if file.is_file():
            octets = file.read_bytes()
            assert not any(word in octets for word in (*HERS, *LINES, *CONTACT)), file.name


async def _taken_back(desks: Desks) -> None:
    """She takes the consent to the police back after they had passed it on."""
    answer = await desks.sender.do("police withdraw", code_name="SKOG-903")
    assert answer["taken_back"] == 2
    assert await desks.told("SKOG-903") == "withdrawn_after_relay"
    states = {str(row["state"]) for row in await acts.rows(desks.home, "in")}
    assert states == {"withdrawn"}
    for row in await acts.rows(desks.home, "in"):
        with pytest.raises((NotHere, WrongState)):
            await desks.home.do("police review", code_name=str(row["code_name"]))
    # The notice is the police's own: it is still where it was.
    assert {str(row["state"]) for row in await acts.rows(desks.away, "in")} == {"opened"}
    # What is known of the place stays known.
    assert ["green", "check.contacted_no_known_links"] in await check_of(desks.sender, "SKOG-903")
    await desks.nothing_at_the_centre()


async def test_what_is_taken_back_in_time_is_destroyed_unsent(desks: Desks) -> None:
    """The home district has read it and passed nothing on: it is gone, and the centre hears so."""
    request = await desks.asked("police request", "ANGER-301")
    await desks.home.do("police review", code_name=request)
    await desks.sender.do("police withdraw", code_name="ANGER-301")
    assert await desks.told("ANGER-301") == "withdrawn_destroyed"
    assert await acts.state(desks.home, "in", request) == "withdrawn"
    with pytest.raises((NotHere, WrongState)):
        await desks.home.do("police review", code_name=request)
    for verb in ("police outside", "police decline", "police relay"):
        with pytest.raises(Refusal):
            await desks.home.do(
                verb, code_name=request, district=desks.away.name, authority="vaktleder"
            )
    with pytest.raises(Refusal):  # no consent is left to rest on
        await desks.sender.do("police request", code_name="ANGER-301")


async def test_what_was_declined_and_taken_back_was_never_passed_on(desks: Desks) -> None:
    """A no from the district, and then her own: nothing had been said to anybody else."""
    request = await desks.asked("police request", "NEI-302")
    await desks.home.do("police review", code_name=request)
    await desks.home.do("police decline", code_name=request, reason="need_to_talk")
    assert await desks.told("NEI-302") == "declined"
    await desks.sender.do("police withdraw", code_name="NEI-302")
    assert await desks.told("NEI-302") == "withdrawn_destroyed"


async def test_an_objection_to_another_basis_is_written_down_and_takes_nothing_back(
    desks: Desks,
) -> None:
    """Danger to life does not rest on her yes: she is told so, and her no is kept and shown."""
    request = await desks.asked("police request", "FARE-303", police_basis="kl5_danger")
    with pytest.raises(BasisNotConsent):
        await desks.sender.do("police withdraw", code_name="FARE-303")
    await desks.here.tick(POST)
    assert (await desks.home.do("police review", code_name=request))["lines"]
    shown = await desks.sender.do("police waiting", code_name="FARE-303")
    assert shown["user_objects"] == "yes"
    log = str((await desks.sender.do("log"))["lines"])
    assert "police_objected" in log


async def test_taking_back_what_was_never_sent_says_that_nothing_left(desks: Desks) -> None:
    """What only waited for a second pair of eyes is gone, and nobody outside ever knew."""
    await desks.sender.do("new", case=desks.text("STILLE-304", urgent=False))
    await desks.sender.do("police request", code_name="STILLE-304")
    answer = await desks.sender.do("police withdraw", code_name="STILLE-304")
    assert (answer["taken_back"], answer["sent"]) == (0, "nothing")
    assert (await desks.sender.do("status"))["second"] == []
    with pytest.raises(NotHere):
        await desks.sender.do("police approve", code_name="STILLE-304")


async def test_what_was_changed_is_not_what_was_approved(desks: Desks) -> None:
    """Lines that changed after the first person looked want the first person again."""
    await desks.sender.do("new", case=desks.text("ENDRET-305", urgent=False))
    await desks.sender.do("police request", code_name="ENDRET-305")
    changed = desks.text("ENDRET-305", urgent=False).replace("hvit varebil", "rød varebil")
    await desks.sender.do("part", code_name="ENDRET-305", case=changed)
    await desks.login(OLA, OLAS)
    with pytest.raises(WrongState):
        await desks.sender.do("police approve", code_name="ENDRET-305")
    await desks.login(STAFF, PASSPHRASE)
    assert "ENDRET-305" not in await acts.known(desks.sender, "out")


async def test_the_home_district_may_answer_from_its_own_channel(desks: Desks) -> None:
    """It need ask nobody through the product; «could not contact» is said just as plainly."""
    question = await desks.asked("police view", "TAUS-306")
    before = await acts.known(desks.away, "in")
    await desks.home.do("police review", code_name=question)
    await desks.home.do("police reply", code_name=question, word="could_not_contact")
    assert await desks.told("TAUS-306") == "could_not_contact"
    assert await acts.known(desks.away, "in") == before
    assert ["yellow", "check.could_not_contact"] in await check_of(desks.sender, "TAUS-306")
    checked = await desks.sender.do("check", code_name="TAUS-306")
    row = await acts.row(desks.sender, "out", "TAUS-306")
    console = Console(desks.sender.home, Words("client"), as_json=False)
    own = console.say(
        "police.ring_own", phone=desks.home.service.office.me.directory.call_back_phone
    )
    assert own in lines.findings(console, checked)
    assert own in lines.notes_out(console, row, ())
    async with desks.sender.service.office.ledger.reading() as rows:
        row, _ = await finding.transfer(rows, "TAUS-306")
        word = await finding.police_word(rows, row)
    assert word is not None
    assert not word.contacted
    with pytest.raises(WrongState):
        await desks.home.do(
            "police relay", code_name=question, district=desks.away.name, authority="vaktleder"
        )


async def test_a_district_that_was_asked_sends_neither_case_nor_person(desks: Desks) -> None:
    """Read on its disk: the lines that were kept, and no more."""
    view = await desks.passed_on(await desks.asked("police view", "DISK-307"))
    shown = str(await desks.away.do("police review", code_name=view))
    assert "Elvedalen" in shown
    assert "Hana" not in shown
    assert not await holds(desks.away, (desks.sender.member_id, b"DISK-307", *HERS))
    printed = (await desks.away.do("police print", code_name=view))["lines"]
    assert "Elvedalen" in str(printed)
    assert "DISK-307" not in str(printed)


async def test_both_desks_can_print_and_nobody_prints_what_was_not_opened(desks: Desks) -> None:
    """For paper and telephone: the same lines, and nothing leaves the machine by it."""
    request = await desks.asked("police request", "ARK-308")
    page = (await desks.sender.do("police print", code_name="ARK-308"))["lines"]
    assert "Elvedalen" in str(page)
    for hers in HERS[1:]:
        assert hers.decode() not in str(page)
    with pytest.raises(WrongState):
        await desks.home.do("police print", code_name=request)
    await desks.home.do("police review", code_name=request)
    assert "Elvedalen" in str((await desks.home.do("police print", code_name=request))["lines"])
    await desks.home.do("police outside", code_name=request)
    assert await desks.told("ARK-308") == "relayed_outside"
    await desks.sender.do("police withdraw", code_name="ARK-308")
    assert await desks.told("ARK-308") == "withdrawn_after_relay"


async def test_no_verb_of_the_new_district_says_anything_to_a_centre(desks: Desks) -> None:
    """Every verb of the program, tried with what came from the police: no word for a centre."""
    notices = [str(row["code_name"]) for row in await acts.rows(desks.away, "in")]
    more: dict[str, Packable] = {
        "centres": [desks.centre.name],
        "centre": desks.centre.name,
        "district": desks.centre.name,
        "authority": "vaktleder",
        "word": "contacted_will_call",
        "reason": "need_to_talk",
        "value": "yes",
        "agreed_by_phone": "duty",
    }
    quiet = {"backup", "recuse"}  # whoever keeps out of a case is refused what comes after
    for verb in sorted({*PLAIN, *LONG} - quiet):
        for name in notices[:1]:
            for extra in ({}, *({one: value} for one, value in more.items()), more):
                try:
                    await desks.away.do(verb, {"code_name": name, **extra})
                except Refusal:
                    continue
    centres = {one.member_id for one in desks.away.service.office.roster.of_role(Role.CENTRE)}
    async with desks.away.service.office.ledger.reading() as rows:
        for _, value in await rows.rows(Shelf.OWED):
            owed = unpack(value)
            assert isinstance(owed, list)
            assert owed[3] not in centres
        sent = await finding.all_outgoing(rows)
    assert not [one for one in sent if one.recipient in centres]
    await desks.here.tick(POST)
    await desks.nothing_at_the_centre()


async def test_a_district_reads_in_its_log_why_each_was_opened(desks: Desks) -> None:
    """Its own centre asked it, or another district told or asked it; said once, at the first."""
    for one in (desks.sender, desks.home, desks.away):
        await one.unlock()
    await desks.here.tick(2)
    request = await desks.asked("police request", "HVORFOR-920")
    question = await desks.asked("police view", "HVORFOR-921")
    notice, view = await desks.passed_on(request), await desks.passed_on(question)
    for by, name, why in (
        (desks.home, request, "opens_request"),
        (desks.home, question, "opens_view_request"),
        (desks.away, notice, "opens_notice"),
        (desks.away, view, "opens_view"),
    ):
        for _ in range(2):
            await by.do("police review", code_name=name)
        found = await acts.logged(by, name)
        assert found[:2] == [why, "opened"]
        assert [act for act in found if "open" in act] == found[:2]
        for lang in Language:
            shown = await in_process(by, "log", lang=lang)
            said = Words("client", lang).say(f"act.{why}")
            assert any(said in line and STAFF in line for line in shown.out.splitlines())


async def test_a_notice_is_gone_thirty_days_later(desks: Desks) -> None:
    """What another district was told is not kept for ever, whether it was opened or not."""
    opened = [row for row in await acts.rows(desks.away, "in") if row["state"] == "opened"]
    assert opened
    desks.here.clock.set(Instant(desks.here.clock.now() + 31 * DAY))
    await moving.advance(desks.away.service.office)
    for row in await acts.rows(desks.away, "in"):
        assert row["state"] in {"closed", "expired", "misrouted"}
        with pytest.raises((NotHere, WrongState)):
            await desks.away.do("police review", code_name=str(row["code_name"]))
