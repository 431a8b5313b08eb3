"""What must never decide on a place, played: two desks side by side, and what each can see.

Hidden answers are looked for at rest and on every screen before the person has come. Two cases
that differ only in such answers are told apart by no list, no number and no order.
"""

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from client.verbs.table import LONG, PLAIN
from client.web.addresses import ERRANDS
from keys.address import CellClass
from keys.calendar import Instant
from keys.errors import Refusal
from keys.wire import Value
from keys.words import Language, Words
from tests import acts
from tests.browser import Tab, desk_of
from tests.clock import DrivenClock
from tests.lookout import Lookout
from tests.parties import Party, village
from tests.stage import holds
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

MONDAY: Final = Instant(1_794_902_400)
"""17 November 2026, 08.00 UTC: the day of the sample case's consent."""
BLOBS: Final = MappingProxyType(
    {CellClass.S: 12, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
REGIONS: Final = MappingProxyType({"fjordglott": "Vestland", "viddeheim": "Finnmark"})
MARKS: Final = ("merke-frist", "merke-gjeld", "merke-vold", "rosa_contact", "violence_types")
"""Planted in the hidden answers, or the names of hidden questions."""
HIDDEN_ANSWERS: Final = """
residence: {status: none, deadlines: [merke-frist]}
trafficking: {debts: merke-gjeld, rosa_contact: yes}
"""
READS: Final = MappingProxyType[str, tuple[Mapping[str, str], ...]](
    {
        **{verb: ({},) for verb in ("status", "log", "directory", "doctor", "tasks")},
        **{verb: ({"code_name": ""},) for verb in ("card", "record", "check", "preview")},
        "consent show": ({"code_name": ""},),
        "read": ({"code_name": ""}, *({"code_name": "", "part": one} for one in (
            "residence", "trafficking", "threat", "person",
        ))),
        "print": tuple({"code_name": "", "what": one} for one in (
            "case", "card", "child", "checklist", "copy",
        )),
        "export": ({"code_name": "", "path": "export"},),
        "operator-view": ({"code_name": ""},),
        "police print": ({"code_name": ""},),
        "police review": ({"code_name": ""},),
        "journal": ({"code_name": "", "word": "kept"},),
        "staff list": ({},),
        "pcs list": ({},),
        "auditor": ({},),
        "key show": ({"name": "Krisesenteret Granlia"},),
        "key sheet": ({},),
        "written": tuple({"code_name": "", "part": one} for one in ("residence", "trafficking")),
    }
)  # fmt: skip
"""The verbs that show anything, and with what they are asked of a package that waits."""
WRITES: Final = frozenset(
    {
        *("backup", "new", "onward", "part", "discard", "consent", "done", "astray", "inquire"),
        *("answer", "attended", "note", "recheck", "renew", "release", "confirm", "misrouted"),
        *("recuse", "send", "emergency", "again", "add", "withdraw", "stop", "arrive", "import"),
        *(f"police {word}" for word in ("waiting", "withdraw", "answer", "reply", "contact")),
        *(f"police {word}" for word in ("misrouted", "outside", "decline", "request", "view")),
        *("police approve", "police relay"),
        *(f"staff {word}" for word in ("add", "lead", "passphrase", "remove")),
        *("write", "pcs host", "pcs add", "pcs remove"),
        *("auditor use", "auditor end", "auditor trail"),
        *("key same", "key differs", "key lift", "key all"),
    }
)
"""The verbs that change something; what they answer is a state word."""


@dataclass(frozen=True, slots=True)
class Desks:
    """A sender and two centres; the one is in another region, the other says none."""

    here: World
    sender: Party
    near: Party
    far: Party


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Three centres; the directory says another region of each, and of one none."""
    keys = ("fjordglott", "granlia", "viddeheim")
    async with village(*keys, start=MONDAY, blobs=BLOBS, regions=REGIONS) as (here, found):
        yield Desks(here, *found)


def case(name: str, to: Party, more: str = "", **changes: str) -> str:
    """Give the sample case under a name, with or without what must not matter."""
    text = acts.sample("ODDE-771", name=name, to=to.name)
    plain, _, rest = text.partition("# Hidden until")
    text = plain + more + rest[rest.index("\nsender:") :]
    for old, new in changes.items():
        text = text.replace(f"  {old}:", f"  {new}\n  {old}:")
    return text


WITH: Final = {
    "call_name": "gender_self: mann\n  pronoun: han",
    "overall_level": "violence_types: trafficking – merke-vold",
}
"""Gender and kind of violence, written before questions that the sample answers."""


# ── 3: unreadable before she has come ────────────────────────────────────────────────────────
def marked(said: object) -> list[str]:
    """Give the marks in what was answered or shown, whatever its shape."""
    text = repr(said).casefold()
    return [mark for mark in MARKS if mark in text]


async def shown(desk: Party, package: str, path: Path) -> dict[str, object]:
    """Ask everything of a package that a desk's verbs can be asked."""
    seen: dict[str, object] = {}
    for verb, ways in READS.items():
        for at, given in enumerate(ways):
            asked = {**given, **({"code_name": package} if "code_name" in given else {})}
            if "path" in given:
                asked["path"] = str(path / f"{verb}-{at}")
            with suppress(Refusal):
                answer: Mapping[str, Value] = await desk.do(verb, {**asked})
                seen[f"{verb} {at}"] = dict(answer)
    return seen


async def pages(tab: Tab, package: str) -> dict[str, str]:
    """Ask for every page there is, of this package and of nothing."""
    seen: dict[str, str] = {}
    for method, path in ERRANDS:
        if method == "GET":
            address = path.replace("{word}", package)
            seen[address] = (await tab.get(address)).text
    return seen


async def test_every_verb_is_asked_or_changes_something() -> None:
    """Whoever adds a verb that shows something has it asked here too."""
    assert not READS.keys() & WRITES
    assert READS.keys() | WRITES == {*PLAIN, *LONG}


async def test_3_what_is_hidden_is_unreadable_before_the_release(
    desks: Desks, tmp_path: Path
) -> None:
    """On the receiver's disk, in its opened store, in every answer and on every page."""
    here, centre = desks.here, desks.near
    name = await acts.ready(here, desks.sender, case("SKJUL-101", centre, HIDDEN_ANSWERS, **WITH))
    code, package = await acts.send(here, desks.sender, centre, name, by_phone="duty")
    assert await acts.state(centre, "in", package) == "waiting"
    for path in centre.home.path.rglob("*"):
        if path.is_file():
            assert not marked(path.read_bytes()), path
    assert not await holds(centre, [mark.encode() for mark in MARKS])
    before = await shown(centre, package, tmp_path)
    assert before.keys() >= {"status 0", "log 0", "tasks 0"}
    assert not {at: found for at, said in before.items() if (found := marked(said))}
    async with desk_of(centre, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        for address, text in (await pages(tab, package)).items():
            assert not marked(text), address
            for word in ("part.residence", "part.trafficking", "choice.violence_type.trafficking"):
                assert Words("client", Language.NB).say(word) not in text, (address, word)
    await centre.unlock()  # the desk locks when it is closed
    # The search is not blind: once she has come, the same questions find every mark.
    await acts.opened(here, centre, package, code)
    after = await shown(centre, package, tmp_path)
    assert {one for said in after.values() for one in marked(said)} == {*MARKS}
    assert not marked(after["card 0"])


# ── 5: no order, no list and no number tells two such cases apart ────────────────────────────
NUMBERS: Final = ("drafts", "tasks", "out", "in", "asked", "inquiries", "reminders", "new")


def nameless(said: Mapping[str, Value], *names: str) -> str:
    """Give an answer with the code names numbered in the order in which they were given."""
    text = repr({key: one for key, one in sorted(said.items()) if key not in {"log", "day"}})
    for at, name in enumerate(names):
        text = text.replace(name, f"<{at}>")
    return text


async def counters(here: World) -> dict[str, float]:
    """Give what the operator can count, by name and labels.

    How many files of a board are read depends on how far the board has grown, and is left out.
    """
    families = text_string_to_metric_families(await Lookout(here).metrics())
    return {
        f"{one.name}{sorted(one.labels.items())}": one.value
        for family in families
        if family.type == "counter"
        for one in family.samples
        if one.name.endswith("_total") and "files_served" not in one.name
    }


async def test_5_what_a_desk_lists_and_counts_is_the_same_with_and_without(desks: Desks) -> None:
    """Written in both orders, the lists stand in the order of names, and the numbers are equal."""
    seen: list[tuple[str, ...]] = []
    for turn in range(2):
        names = (f"LIK-{turn}01", f"LIK-{turn}02")
        more = ("", HIDDEN_ANSWERS)
        for name, extra in zip(names, more if turn else reversed(more), strict=True):
            changes = WITH if extra else {}
            text = case(name, desks.far, extra, **changes)
            await desks.sender.do("new", case="emergency: yes\n" + text)
        kept = [await desks.sender.do(verb) for verb in ("status", "tasks", "doctor")]
        assert [row["code_name"] for row in await acts.rows(desks.sender, "drafts")] == [*names]
        seen.append(tuple(nameless(one, *names) for one in kept))
        checks = [await desks.sender.do("check", code_name=name) for name in names]
        assert nameless(checks[0], names[0]) == nameless(checks[1], names[1])
        for name in names:
            await desks.sender.do("discard", code_name=name)
    assert seen[0] == seen[1]


async def test_5_what_comes_is_listed_and_counted_alike(desks: Desks) -> None:
    """At the receiver and at the operator a case with such answers is a case like any other."""
    here, sender, centre = desks.here, desks.sender, desks.far
    posted: list[dict[str, float]] = []
    came: list[str] = []
    for name, extra in (("UTEN-201", ""), ("MED-202", HIDDEN_ANSWERS), ("ATTER-203", "")):
        await acts.ready(here, sender, case(name, centre, extra, **(WITH if extra else {})))
        before = await counters(here)
        _, package = await acts.send(here, sender, centre, name, by_phone="duty")
        after = await counters(here)
        posted.append({one: after[one] - before.get(one, 0) for one in after})
        came.append(package)
    assert posted[0] == posted[1] == posted[2]
    rows = [await acts.row(centre, "in", one) for one in came]
    alike = [nameless(row, one) for row, one in zip(rows, came, strict=True)]
    assert alike[0] == alike[1] == alike[2]
    listed = [str(row["code_name"]) for row in await acts.rows(centre, "in")]
    assert [one for one in listed if one in came] == sorted(came)


# ── 6 and 8: gender asks for nothing, and no region is nearer ────────────────────────────────
async def test_6_the_inquiry_of_a_man_is_that_of_a_woman_but_for_the_unit(desks: Desks) -> None:
    """Gender leaves with no inquiry; the unit is what the person asks for, and nothing more."""
    shown_to: list[str] = []
    for name, gender, unit in (
        ("KVINNE-301", "kvinne", "women's unit"),
        ("MANN-302", "mann", "women's unit"),
        ("ANNET-303", "ikke-binær", "own unit"),
    ):
        text = case(name, desks.near, call_name=f"gender_self: {gender}\n  pronoun: hen")
        await desks.sender.do("new", case=text.replace("women's unit", unit))
        inquiry = await acts.inquire(desks.here, desks.sender, desks.near, name)
        row = await acts.row(desks.near, "inquiries", inquiry)
        shown_to.append(nameless(row, inquiry))
        assert not re.search(r"kvinne(?!avd)|mann(?!sa)|binær|gender|pronoun|'hen'", shown_to[-1])
    assert shown_to[0] == shown_to[1]
    assert shown_to[2] == shown_to[0].replace("womens_unit", "own_unit") != shown_to[0]


async def test_8_a_centre_of_any_region_is_asked_and_chosen(desks: Desks) -> None:
    """Every centre of the roster can be asked and can say yes, its region or none whatever."""
    members = (await desks.sender.do("directory"))["members"]
    assert isinstance(members, list)
    regions = {one["name"]: one["region"] for one in members if isinstance(one, dict)}
    assert [regions[one.name] for one in (desks.sender, desks.near, desks.far)] == [
        *("Vestland", "", "Finnmark")
    ]
    for at, centre in enumerate((desks.near, desks.far)):
        name = f"LANGT-40{at}"
        await acts.ready(desks.here, desks.sender, case(name, centre), centre)
        _, package = await acts.send(desks.here, desks.sender, centre, name)
        assert await acts.state(centre, "in", package) == "waiting"
