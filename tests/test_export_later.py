"""What was noted, corrected, checked and agreed to after the case came goes out with it too."""

from pathlib import Path
from typing import Final

import pytest

from client.verbs.exporting import PDF
from keys.calendar import Instant
from keys.words import Language, Words
from tests import acts
from tests.paper import text_of
from tests.parties import village

SATURDAY: Final = Instant(1_794_636_000)
NOTED: Final = "Naboen har sett bilen to ganger"
OLD: Final = "Mørkegrå stasjonsvogn"
NEW: Final = "Kvit varebil"
CHECKED: Final = "digital_safety: {wifi_autojoin: {value: fixed, note: Slått av på alle}}"


@pytest.mark.parametrize("lang", Language)
async def test_what_came_was_written_and_was_agreed_since_stands_in_the_pdf(
    tmp_path: Path, lang: Language
) -> None:
    """Everything here is destroyed some days later: the journal must not miss half of it."""
    say = Words("client", lang).say
    async with village("granlia", "fjordglott", start=SATURDAY) as (here, (sender, receiver)):
        ends = {"of": sender.name, "to": receiver.name}
        name = await acts.ready(here, sender, acts.sample("GRAN-427", **ends))
        code, package = await acts.send(here, sender, receiver, name, by_phone="duty")
        await acts.opened(here, receiver, package, code)
        text = acts.sample("GRAN-427", **ends).partition("\nconsent:")[0]
        await sender.do("add", code_name=name, case=text.replace(OLD, NEW), seen=True)
        await here.tick(5)
        await receiver.do("note", code_name=package, part="threat", text=NOTED)
        await receiver.do("recheck", code_name=package, case=CHECKED)
        to = tmp_path / "ut"
        await receiver.do("export", code_name=package, path=str(to), language=lang.value)
    paper = " ".join(text_of((to / PDF).read_bytes()).split())
    for word in ("card.noted", "card.changed", "card.checked"):
        assert say(word).casefold() in paper.casefold(), word
    assert say("sheet.history").casefold() in paper.casefold()
    assert NOTED in paper
    assert "Slått av på alle" in paper
    for said in (OLD, NEW):
        assert said in paper
    assert say("version.update", day="14.11.2026") in paper
