"""Before she answers she sees the page in her language, and every word that would follow."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.refusals import ConsentMissing, NoSuchPage
from keys.address import CellClass
from keys.calendar import Instant
from keys.errors import NotHere
from keys.wire import Value
from tests import acts
from tests.parties import Party, village
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
BLOBS = MappingProxyType({CellClass.S: 4, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})


@dataclass(frozen=True, slots=True)
class Desks:
    """Two centres that know each other."""

    here: World
    sender: Party
    centre: Party


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres for all stories of this file."""
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        yield Desks(here, *found)


def octets(answer: Value) -> dict[str, bytes]:
    """Return the parts of a preview."""
    assert isinstance(answer, list)
    found: dict[str, bytes] = {}
    for one in answer:
        assert isinstance(one, list)
        name, data = one
        assert isinstance(name, str)
        assert isinstance(data, bytes)
        found[name] = data
    return found


async def test_what_she_is_shown_is_byte_for_byte_what_is_opened_there(desks: Desks) -> None:
    """T2: the preview holds exactly the parts that come, each with the very same bytes."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    text = acts.sample("ELV-118", name="VIS-300", of=sender.name, to=centre.name)
    await acts.ready(here, sender, text)
    found = await sender.do("preview", code_name="VIS-300")
    shown = octets(found["parts"])
    assert found["centre"] == centre.name
    assert "health_access" not in shown
    with pytest.raises(NotHere):
        await sender.do("preview", code_name="VIS-300", part="health_access")
    code, package = await acts.send(here, sender, centre, "VIS-300", by_phone="duty")
    await acts.opened(here, centre, package, code)
    names = (await centre.do("read", code_name=package))["parts"]
    assert names == list(shown)
    for name, data in shown.items():
        assert (await centre.do("read", code_name=package, part=name))["octets"] == data
        again = await sender.do("preview", code_name="VIS-300", part=name)
        assert octets(again["parts"]) == {name: data}


async def test_before_any_answer_every_part_can_be_seen_and_none_is_promised(desks: Desks) -> None:
    """Nobody says yes to what they have not seen; it is shown as what would be said."""
    await desks.sender.do("new", case=acts.sample("GRAN-427", name="FOER-301"))
    found = await desks.sender.do("preview", code_name="FOER-301")
    assert found["centre"] == ""
    assert {"person", "threat"} <= set(octets(found["parts"]))
    assert "sender" not in octets(found["parts"])


async def test_the_page_is_in_her_language_whatever_the_staff_read(desks: Desks) -> None:
    """The desk is in bokmål; she reads nynorsk, English, or Sámi with what is lacking marked."""
    await desks.sender.do("new", case=acts.sample("GRAN-427", name="SPRAAK-302"))
    said: dict[str, str] = {}
    for tag in ("", "nn", "en", "se"):
        found = await desks.sender.do("consent show", code_name="SPRAAK-302", language=tag)
        assert isinstance(found["lines"], list)
        assert found["direction"] == "ltr"
        said[tag] = "\n".join(map(str, found["lines"]))
    assert "Hva svarer du?" in said[""].replace("HVA SVARER DU?", "Hva svarer du?")
    assert "Du får den same plassen" in said["nn"]
    assert "You get the same place" in said["en"]
    assert said["se"].splitlines()[0].startswith("Noe av dette er på nordsamisk.")
    assert not any("Fjordgløtt" in one or "SPRAAK" in one for one in said.values())
    assert not any(word in one for one in said.values() for word in ("Marte", "Veum"))
    named = await desks.sender.do("consent show", code_name="SPRAAK-302", language="nb", named=True)
    assert isinstance(named["lines"], list)
    assert "Krisesenteret Fjordgløtt" in "\n".join(map(str, named["lines"]))
    with pytest.raises(NoSuchPage):
        await desks.sender.do("consent show", code_name="SPRAAK-302", language="ar")


async def test_ask_me_later_is_written_down_and_lets_nothing_out(desks: Desks) -> None:
    """Whoever wants to think gets time: the answer stands in the case, and nothing can be sent."""
    text = acts.sample("GRAN-427", name="SENERE-303")
    await desks.sender.do("new", case=text)
    later = text.replace("decision: ja_alt", "decision: spør_igjen_senere")
    assert later != text
    answer = await desks.sender.do("consent", code_name="SENERE-303", case=later)
    assert not answer["consent"]
    with pytest.raises(ConsentMissing):
        await desks.sender.do("send", code_name="SENERE-303", agreed_by_phone="duty")
