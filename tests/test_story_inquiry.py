"""Asking for a place asks about places: nothing about the person, and nothing decides on her."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.cli import statustext
from client.refusals import MissingAnswer, PlaceMissing, UnknownWord, WrongAnswer, WrongState
from client.web.pages import Paper
from keys.address import CellClass
from keys.calendar import Instant
from keys.wire import Packable
from keys.words import Language, Words
from tests import acts
from tests.parties import Party, village
from tests.stage import holds
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

WEDNESDAY = Instant(1_794_981_600)
"""18 November 2026, 06.00 UTC: the day after the fifth case's consent."""
BLOBS = MappingProxyType({CellClass.S: 8, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
HIDDEN = ("refleksjonsperiode", "Rico", "bakmann", "ingen oppholdstillatelse")


@dataclass(frozen=True, slots=True)
class Desks:
    """The centre that asks, and the one that is asked."""

    here: World
    asker: Party
    centre: Party
    third: Party

    async def asked(self, name: str, sample: str = "ODDE-771") -> str:
        """Write a case as `name` and ask for a place; return what the other desk calls it."""
        ends = {"of": self.asker.name, "to": self.centre.name}
        await self.asker.do("new", case=acts.sample(sample, name=name, **ends))
        return await acts.inquire(self.here, self.asker, self.centre, name)

    async def answered(self, name: str, inquiry: str, value: str, **more: Packable) -> str:
        """Answer an inquiry; return the word that the asker sees."""
        await self.centre.do("answer", more, code_name=inquiry, value=value)
        await self.here.tick(2)
        return str((await acts.row(self.asker, "asked", name))["answer"])


async def status(party: Party, lang: str) -> str:
    """Return the lists as staff read them, in one line."""
    return " ".join(
        " ".join(
            statustext.status(Paper(Words("client", lang), 0), await party.do("status"))
        ).split()
    )


async def phone_of(party: Party, name: str) -> str:
    """Return the telephone of a member, from the directory."""
    members = (await party.do("directory"))["members"]
    assert isinstance(members, list)
    (found,) = [one for one in members if isinstance(one, dict) and one["name"] == name]
    return str(found["phone"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Three centres for all stories of this file; the third is only in the directory."""
    three = ("fjordglott", "granlia", "elvebredden")
    async with village(*three, start=WEDNESDAY, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


async def test_an_inquiry_says_nothing_about_the_person(desks: Desks) -> None:
    """T5: whoever is asked for a place holds no name, status, kind of violence or threat."""
    await desks.asked("ODDE-300")
    assert not await holds(desks.centre, [b"Luc", b"1999", *(word.encode() for word in HIDDEN)])


async def test_residence_and_trafficking_stay_unseen_until_she_is_there(desks: Desks) -> None:
    """T5: the yes is given without them, and they are read after arrival and never on the card."""
    inquiry = await desks.asked("ODDE-771")
    assert await desks.answered("ODDE-771", inquiry, "yes") == "yes"
    await desks.asker.do("consent", code_name="ODDE-771")
    found = (await desks.asker.do("check", code_name="ODDE-771"))["findings"]
    assert "residence" not in str(found)
    code, package = await acts.send(desks.here, desks.asker, desks.centre, "ODDE-771")
    assert not await holds(desks.centre, [word.encode() for word in HIDDEN])
    card = "\n".join(await acts.opened(desks.here, desks.centre, package, code))
    assert "refleksjonsperiode" not in card.lower()
    parts = (await desks.centre.do("read", code_name=package))["parts"]
    assert isinstance(parts, list)
    assert {"residence", "trafficking"} <= set(map(str, parts))


async def test_a_yes_from_a_later_day_counts_and_a_day_that_is_none_does_not(desks: Desks) -> None:
    """A centre may say from when; the asker sees that it is a yes."""
    inquiry = await desks.asked("DAG-301")
    with pytest.raises(WrongAnswer):
        await desks.answered("DAG-301", inquiry, "yes_from", **{"from": "i morgen"})
    said = await desks.answered("DAG-301", inquiry, "yes_from", **{"from": "2026-11-21"})
    assert said == "yes_from"
    shown = await status(desks.asker, "nb")
    assert "Ledig fra 21. november 2026. Svaret gjelder til og med" in shown


async def test_a_no_has_a_closed_reason_and_helps_on(desks: Desks) -> None:
    """Full, unsafe here, or a need that cannot be met now: no free text, and a way on."""
    inquiry = await desks.asked("NEI-302")
    with pytest.raises(MissingAnswer):
        await desks.answered("NEI-302", inquiry, "no")
    with pytest.raises(UnknownWord):
        await desks.answered("NEI-302", inquiry, "no", reasons=["wrong_municipality"])
    reasons = ["full", "unsafe_here", "cannot_meet_access_need_now"]
    assert await desks.answered("NEI-302", inquiry, "no", reasons=reasons) == "no"
    phone = await phone_of(desks.asker, desks.centre.name)
    for lang in Language:
        say = Words("client", lang).say
        told = [say(f"inquiry.reason.{one}") for one in reasons]
        wanted = [*told, say("inquiry.we_help"), say("inquiry.ring", phone=phone)]
        assert " ".join(wanted) in await status(desks.asker, lang)
    await desks.asker.do("consent", code_name="NEI-302")
    with pytest.raises(PlaceMissing):
        await desks.asker.do("send", code_name="NEI-302")


async def test_a_no_may_name_a_third_centre_and_its_telephone(desks: Desks) -> None:
    """The asker reads whom to ask next; it is never the one who answered."""
    inquiry = await desks.asked("TREDJE-305")
    third = desks.third.name
    said = await desks.answered("TREDJE-305", inquiry, "no", reasons=["full"], suggest=third)
    assert said == "no"
    phone = await phone_of(desks.asker, third)
    for lang in Language:
        say = Words("client", lang).say
        wanted = (say("inquiry.suggest", centre=third), say("inquiry.ring", phone=phone))
        assert " ".join(wanted) in await status(desks.asker, lang)


async def test_an_answer_is_given_once(desks: Desks) -> None:
    """What was said is said; anything else is settled by phone."""
    inquiry = await desks.asked("EN-303")
    assert await desks.answered("EN-303", inquiry, "phone_me") == "phone_me"
    phone = await phone_of(desks.asker, desks.centre.name)
    assert f"Ring {phone}." in await status(desks.asker, "nb")
    with pytest.raises(WrongState):
        await desks.answered("EN-303", inquiry, "yes")


async def test_an_emergency_needs_three_answers_and_a_phone_call(desks: Desks) -> None:
    """Variant g: recipient, one line of danger, consent; all else is yellow and waits."""
    text = f"""
code_name: HAST-304
language: nb
to: {desks.centre.name}
emergency: ja
threat: {{worst_fear: Han er på vei hit nå}}
consent: {{decision: ja_alt, given_by: bruker, recipient_centre: {desks.centre.name}}}
"""
    await desks.asker.do("new", case=text)
    await desks.asker.do("consent", code_name="HAST-304")
    checked = await desks.asker.do("check", code_name="HAST-304")
    assert checked["ready"]
    assert "yellow" in str(checked["findings"])
    code, package = await acts.send(
        desks.here, desks.asker, desks.centre, "HAST-304", by_phone="duty"
    )
    row = await acts.row(desks.centre, "in", package)
    assert row["by_phone"]
    card = "\n".join(await acts.opened(desks.here, desks.centre, package, code))
    assert "Faren: Han er på vei hit nå" in card


async def test_an_empty_threat_is_yellow_and_never_red(desks: Desks) -> None:
    """Variant i: what is missing is a task, not a gate."""
    text = acts.sample("GRAN-427", name="TOM-305", of=desks.asker.name, to=desks.centre.name)
    before, _, after = text.partition("threat:")
    text = before + "protection:" + after.split("protection:", 1)[1]
    await desks.asker.do("new", case=text)
    await desks.asker.do("consent", code_name="TOM-305")
    checked = await desks.asker.do("check", code_name="TOM-305")
    findings = checked["findings"]
    assert isinstance(findings, list)
    assert ["yellow", "check.no_threat"] in findings
    assert checked["ready"]
