"""Answers are written one form at a time: on disk at once, and never into what was sent."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from PIL import Image

from client.refusals import PartNotThere, Recused, UnknownFileKind, UnknownWord, WrongState
from keys.errors import UnknownField
from keys.wire import Value
from tests import acts
from tests.parties import Party, village
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
EMPTY: Final = "language: nb\n"
FILE: Final = "type: medical_note\nbelongs_to: person\nfile: vedlegg-1"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[tuple[World, Party, Party], None]:
    """A centre that writes, and one to send to."""
    async with village("granlia", "fjordglott") as (here, (sender, centre)):
        yield here, sender, centre


async def begun(sender: Party) -> str:
    """Begin an empty case."""
    return str((await sender.do("new", case=EMPTY))["code_name"])


async def answers(sender: Party, name: str, part: str) -> dict[str, Value]:
    """Return what is written in one form."""
    found = (await sender.do("written", code_name=name, part=part))["answers"]
    assert isinstance(found, dict)
    return found


async def test_a_page_at_a_time_and_what_is_wrong_is_told(
    desks: tuple[World, Party, Party],
) -> None:
    """What is good is kept with `partly`; without it the first refusal is told and nothing kept."""
    _, sender, _ = desks
    name = await begun(sender)
    for part, text in (
        ("person", "call_name: Marte"),
        ("person", "birth_year: 1991"),
        ("place_inquiry", "adults_count: 1"),
    ):
        said = await sender.do("write", code_name=name, part=part, answers=text)
        assert said == {"saved": True, "wrong": []}
    person = await answers(sender, name, "person")
    assert {"call_name", "birth_year"} <= set(person)
    assert (await answers(sender, name, "place_inquiry"))["adults_count"] == 1
    bad = {"code_name": name, "part": "person", "answers": "birth_year: 91\npronoun: hun"}
    with pytest.raises(Exception, match="wrong_answer"):
        await sender.do("write", bad)
    assert await answers(sender, name, "person") == person
    said = await sender.do("write", bad, partly=True, source="user")
    assert said == {"saved": True, "wrong": [{"why": "wrong_answer", "field": "person.birth_year"}]}
    after = await answers(sender, name, "person")
    assert after["birth_year"] == person["birth_year"]
    assert isinstance(after["pronoun"], dict)
    assert (after["pronoun"]["value"], after["pronoun"]["source"]) == ("hun", "user")
    with pytest.raises(UnknownField):
        await sender.do("write", code_name=name, part="person", answers="tull: x", partly=False)
    with pytest.raises(UnknownWord):
        await sender.do("write", code_name=name, part="person", answers="{}", source="naboen")
    await sender.do("discard", code_name=name)


async def test_children_are_numbered_without_gaps_and_stand_in_the_list(
    desks: tuple[World, Party, Party],
) -> None:
    """A second child can be added when there is a first; each has a line of its own."""
    _, sender, _ = desks
    name = await begun(sender)
    with pytest.raises(PartNotThere):
        await sender.do("write", code_name=name, part="child.2", answers="age: 4")
    for part in ("child.1", "child.2"):
        await sender.do("write", code_name=name, part=part, answers="age: 4")
    shown = await sender.do("written", code_name=name)
    forms = shown["forms"]
    assert isinstance(forms, list)
    how = {str(one["form"]): str(one["how"]) for one in forms if isinstance(one, dict)}
    assert (how["child.1"], how["child.2"]) == ("begun", "begun")
    assert (how["threat"], how["history"]) == ("not_begun", "can_wait")
    assert {"place_inquiry", "police_request"} <= set(how)
    assert (shown["sent"], shown["urgent"], shown["decision"]) == (False, False, "")
    await sender.do("discard", code_name=name)


async def test_an_attachment_comes_with_its_file_or_not_at_all(
    desks: tuple[World, Party, Party], tmp_path: Path
) -> None:
    """What is refused leaves neither a line in the case nor a file on the disk."""
    _, sender, _ = desks
    name = await begun(sender)
    cells = sender.home.path / "cells"
    before = set(cells.iterdir())
    note, picture = tmp_path / "note.txt", tmp_path / "bilde.png"
    note.write_text("hei", "utf-8")
    Image.new("RGB", (8, 8), "red").save(picture)
    given = {"code_name": name, "part": "attachment.1", "answers": FILE}
    with pytest.raises(UnknownFileKind):
        await sender.do("write", given, path=str(note))
    with pytest.raises(PartNotThere):
        await sender.do("write", given | {"part": "person"}, path=str(picture))
    lacks = given | {"answers": "type: medical_note"}
    said = await sender.do("write", lacks, path=str(picture), partly=True)
    assert said["saved"] is False
    assert (await sender.do("written", code_name=name))["attached"] == []
    assert set(cells.iterdir()) == before
    for _ in range(2):  # another file in the place of the first one takes its bytes along
        assert (await sender.do("write", given, path=str(picture)))["saved"] is True
        assert len(set(cells.iterdir()) - before) == 1
    assert (await sender.do("written", code_name=name))["attached"] == ["attachment.1"]
    await sender.do("discard", code_name=name)
    assert set(cells.iterdir()) == before


async def test_what_was_sent_is_added_to_and_not_changed(
    desks: tuple[World, Party, Party],
) -> None:
    """It still shows what it says; and whoever keeps out of a case sees nothing of it."""
    here, sender, centre = desks
    text = acts.sample("GRAN-427", of=sender.name, to=centre.name)
    name = await acts.ready(here, sender, text)
    await acts.send(here, sender, centre, name, by_phone="duty")
    with pytest.raises(WrongState):
        await sender.do("write", code_name=name, part="person", answers="call_name: Anna")
    assert (await sender.do("written", code_name=name))["sent"] is True
    assert isinstance((await answers(sender, name, "person"))["call_name"], dict)
    await sender.do("recuse", code_name=name)
    with pytest.raises(Recused):
        await sender.do("written", code_name=name)
    await sender.do("recuse", code_name=name, lift=True)
