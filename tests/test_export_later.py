"""What was noted, corrected, checked and agreed to after the case came goes out with it too."""

import json
from pathlib import Path
from typing import Final

import pytest
from jsonschema import Draft202012Validator

from client.casejson import encode, read_document
from client.schema import document
from client.verbs.exporting import JSON, PDF, SCHEMA
from keys.calendar import Instant
from keys.words import Language, Words
from tests import acts
from tests.paper import text_of
from tests.parties import Party, village
from tests.program import folge
from tests.world import World

SATURDAY: Final = Instant(1_794_636_000)
NOTED: Final = "Naboen har sett bilen to ganger"
OLD: Final = "Mørkegrå stasjonsvogn"
NEW: Final = "Kvit varebil"
CHECKED: Final = "digital_safety: {wifi_autojoin: {value: fixed, note: Slått av på alle}}"
YES: Final = {"purpose": "keep", "given_by": "user", "form": "written", "language": "norsk"}
CAME: Final = "2026-11-14"
NEXT: Final = "2026-11-15"
"""The day on which the receiver wrote: the addition arrived around midnight."""


async def lived(here: World, sender: Party, receiver: Party) -> str:
    """Send, open, correct, note, check and agree to; return what the receiver calls it."""
    ends = {"of": sender.name, "to": receiver.name}
    name = await acts.ready(here, sender, acts.sample("GRAN-427", **ends))
    code, package = await acts.send(here, sender, receiver, name, by_phone="duty")
    await acts.opened(here, receiver, package, code)
    text = acts.sample("GRAN-427", **ends).partition("\nconsent:")[0]
    await sender.do("add", code_name=name, case=text.replace(OLD, NEW), seen=True)
    await here.tick(5)
    await receiver.do("note", code_name=package, part="threat", text=NOTED)
    await receiver.do("recheck", code_name=package, case=CHECKED)
    await receiver.do("renew", code_name=package, **YES)
    return package


@pytest.mark.parametrize("lang", Language)
async def test_what_came_was_written_and_was_agreed_since_stands_in_the_pdf(
    tmp_path: Path, lang: Language
) -> None:
    """Everything here is destroyed some days later: the journal must not miss half of it."""
    say = Words("client", lang).say
    async with village("granlia", "fjordglott", start=SATURDAY) as (here, (sender, receiver)):
        package = await lived(here, sender, receiver)
        to = tmp_path / "ut"
        await receiver.do("export", code_name=package, path=str(to), language=lang.value)
    paper = " ".join(text_of((to / PDF).read_bytes()).split())
    for word in ("card.noted", "card.changed", "card.checked"):
        assert say(word).casefold() in paper.casefold(), word
    assert say("sheet.history").casefold() in paper.casefold()
    assert say("choice.purpose.keep") in paper
    assert NOTED in paper
    assert "Slått av på alle" in paper
    for said in (OLD, NEW):
        assert said in paper
    assert say("version.update", day="14.11.2026") in paper


async def test_it_stands_in_the_json_too_and_becomes_no_answer_when_it_is_imported(
    tmp_path: Path,
) -> None:
    """Another system reads what the paper says; a next move begins with the newest answers."""
    async with village("granlia", "fjordglott", start=SATURDAY) as (here, (sender, receiver)):
        package = await lived(here, sender, receiver)
        to = tmp_path / "ut"
        await receiver.do("export", code_name=package, path=str(to))
        data = (to / JSON).read_bytes()
        case = json.loads(data)
        Draft202012Validator(json.loads((to / SCHEMA).read_bytes())).validate(case)
        since = case["since_arrival"]
        assert since["notes"] == [{"part": "threat", "noted_on": NEXT, "text": NOTED}]
        assert since["consent_renewals"] == [{**YES, "given_on": NEXT, "ends_on": "2026-12-15"}]
        threat = since["versions"]["threat"]
        assert [one["kind"] for one in threat] == ["came", "update"]
        assert {one["recorded_on"] for one in threat} == {CAME}
        assert OLD in json.dumps(threat[0], ensure_ascii=False)
        assert NEW in json.dumps(threat[1], ensure_ascii=False)
        assert threat[1]["answers"] == case["parts"]["threat"]["answers"]
        check = since["versions"]["digital_safety"][-1]
        assert (check["kind"], check["recorded_on"]) == ("check", NEXT)
        assert list(check["answers"]) == ["wifi_autojoin"]
        assert encode(document(read_document(data))) == data
        await _imported(receiver, to, since)


async def _imported(receiver: Party, to: Path, since: dict[str, dict[str, object]]) -> None:
    """Import it twice, and a third time without what came later: one case, as it was."""
    first = await folge(receiver, "import", str(to))
    second = await folge(receiver, "import", str(to))
    assert (first.code, second.code) == (0, 0), (first, second)
    say = Words("client", Language.NB).say
    left = say("cli.import_left", notes=1, parts=len(since["versions"]), renewals=1)
    for ended in (first, second):
        assert left in " ".join(ended.out.split())
    whole = json.loads((to / JSON).read_bytes())
    del whole["since_arrival"]
    (to / JSON).write_text(json.dumps({**whole, "version": 2}), "utf-8")
    older = await receiver.do("import", path=str(to))
    assert older["already"]
    assert older["later"] == []
    (draft,) = await acts.rows(receiver, "drafts")
    assert draft["code_name"] == older["code_name"]
    assert not draft["consent"]
    name = str(draft["code_name"])
    found = (await receiver.do("print", code_name=name, what="case", draft=True))["lines"]
    assert isinstance(found, list)
    mine = " ".join(" ".join(map(str, found)).split())
    assert NEW in mine
    assert "Slått av på alle" in mine
    for said in (OLD, NOTED):
        assert said not in mine
