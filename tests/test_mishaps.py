"""The page of mishaps names stories that exist, and each is told from four sides by typing.

A story is read here for its sides. What staff read and what lies on disk it must itself hold to
something, each in a story's own words; a helper that looks is not enough. Of the other sides it may
ask by what it calls in its own file and in `fourfold`. Its file is read for ways round the
keyboard, too.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reference" / "mishaps.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| event ")
]
SIDES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "what left": frozenset({"slot"}),
        "what went up": frozenset({"posts"}),
        "the open door": frozenset({"takes_in"}),
    }
)
"""What a story asks these sides by, or a helper of it; one of the names is enough."""
TELLING: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "what is read": frozenset({"says", "carded", "logged"}),
        "what lies on disk": frozenset[str](),
    }
)
"""What holds a side to what the story says: it fails by itself when that is not so."""
SHOWING: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "what is read": frozenset({"status", "card", "shows", "screens", "named"}),
        "what lies on disk": frozenset({"holds", "plain"}),
    }
)
"""What only looks: it must stand in an `assert` of the story's own."""
SHARED = [(ROOT / "tests" / name).read_text("utf-8") for name in ("side.py", "fourfold.py")]
"""Where those names stand."""
ROUND = frozenset(
    {
        *("ControlClient", "Party", "client.backup", "client.control", "client.desk"),
        *("client.service", "client.verbs"),
    }
)
"""What speaks to a service, is one that does, or does what a command does without one."""
STORIES = sorted(ROOT.glob("tests/test_mishap_*.py"))


def calls(text: str) -> dict[str, set[str]]:
    """Return every function and method of a file, with the names that it calls."""
    return {
        node.name: {
            made.func.attr if isinstance(made.func, ast.Attribute) else made.func.id
            for made in ast.walk(node)
            if isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute | ast.Name)
        }
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def own(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Give some nodes and all in them, but for what stands in a function of its own."""
    for node in nodes:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from own(ast.iter_child_nodes(node))


def called(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the methods that are called in some nodes."""
    return {
        node.func.attr
        for node in own(nodes)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }


def untold(text: str, name: str) -> set[str]:
    """Return the sides that a test of a file does not itself hold to anything."""
    (story,) = (
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    )
    said = called(story.body)
    held = called(node for node in own(story.body) if isinstance(node, ast.Assert))
    return {side for side, by in SHOWING.items() if not (by & held or TELLING[side] & said)}


def unseen(text: str, name: str) -> set[str]:
    """Return the other sides that neither a test of a file nor what it calls looks at."""
    known: dict[str, set[str]] = {}
    for one in (*SHARED, text):
        known |= calls(one)
    reached, ahead = set[str](), [name]
    while ahead:
        more = known.get(ahead.pop(), set()) - reached
        reached |= more
        ahead += more
    return {side for side, by in SIDES.items() if not by & reached}


def untyped(text: str) -> set[str]:
    """Return the ways of a file round the keyboard: only a side's `party` does things."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="party"), attr="do")):
                pass
            case ast.Call(func=ast.Attribute(attr="do") as done):
                found.add(ast.unparse(done))
            case ast.Name(id=name) if name in ROUND:
                found.add(name)
            case ast.Attribute(attr="socket"):
                found.add("socket")
            case ast.Import(names=names):
                found |= ROUND & {one.name for one in names}
            case ast.ImportFrom(module=module, names=names):
                called = {one.name for one in names}
                found |= ROUND & {str(module), *called, *(f"{module}.{one}" for one in called)}
            case _:
                pass
    return found


def test_a_story_that_speaks_to_a_service_itself_is_found() -> None:
    """Each way to the control socket is seen, and typing is none of them."""
    assert untyped("async def test_it(desks): await desks.sides[0].party.do('lock')\n") == set()
    for way, said in (
        ("from client.control import say_nothing", "client.control"),
        ("from client import control", "client.control"),
        ("import client.desk", "client.desk"),
        ("from client.backup import restore", "client.backup"),
        ("from client import service", "client.service"),
        ("from tests.parties import Party", "Party"),
        ("Party.do(side.party, 'lock')", "Party.do"),
        ("party.do('lock')", "party.do"),
        ("side.party.service.desk.do('lock')", "side.party.service.desk.do"),
        ("ControlClient(side.party.home.socket)", "ControlClient"),
        ("open_unix_connection(side.party.home.socket)", "socket"),
    ):
        assert said in untyped(way), way


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.name)
def test_stories_are_typed(path: Path) -> None:
    """No story of a mishap speaks to the control socket, and none brings another party along."""
    assert untyped(path.read_text("utf-8")) == set()


def test_what_stories_share_is_typed_too() -> None:
    """The sides have typists, and neither file that is shared knows another way."""
    assert [untyped(text) for text in SHARED] == [set(), set()]
    made = next(text for text in SHARED if "async def _side" in text)
    assert "staffed=Typist" in made
    assert "assert isinstance(party, Typist)" in made


def test_a_story_that_leaves_a_side_out_is_found() -> None:
    """Each side is missed when it is not asked for, also one that a helper asks for."""
    helped = "async def helper(desks): await desks.takes_in(1, 2, 'X')\n"
    story = "async def test_it(desks):\n await desks.alike(2)\n"
    assert unseen(helped + story, "test_it") == {"the open door"}
    assert unseen(helped + story + " helper(desks)\n", "test_it") == set()
    assert unseen("def test_it(): pass", "test_it") == set(SIDES)


BY_A_HELPER = """
async def look(side):
    await side.says('X', 'state.in.withdrawn')
    assert not await side.holds()
"""
LOOKS = "what is read", "what lies on disk"


@pytest.mark.parametrize(
    ("story", "missed"),
    [
        pytest.param("await look(side)", {*LOOKS}, id="a helper of the file looks"),
        pytest.param("desks.dark()", {*LOOKS}, id="a helper of all stories looks"),
        pytest.param("await side.takes_in(1, 2, 'X')", {*LOOKS}, id="only the door is opened"),
        pytest.param("await side.status('X'); await side.holds()", {*LOOKS}, id="nothing follows"),
        pytest.param("async def f(): assert await side.holds()", {*LOOKS}, id="nobody calls it"),
        pytest.param("await side.says('X', 'y')", {LOOKS[1]}, id="only the screen"),
        pytest.param("assert not await side.holds()", {LOOKS[0]}, id="only the disk"),
        pytest.param("assert 'y' in await side.card('X'); assert side.plain()", set(), id="both"),
        pytest.param("for one in side: await one.says(1); assert one.holds()", set(), id="each"),
    ],
)
def test_a_story_that_only_a_helper_looks_for_is_found(story: str, missed: set[str]) -> None:
    """What is read and what lies on disk a story holds to its own words, or it is found."""
    assert untold(f"{BY_A_HELPER}async def test_it(desks, side):\n {story}\n", "test_it") == missed


def test_no_event_stands_twice() -> None:
    """Every event of a move that goes wrong has one row."""
    events = [row[0] for row in ROWS]
    assert len(events) == len(set(events)) > 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_event_is_shown_from_four_sides(row: list[str]) -> None:
    """A row names a story that exists, and the story asks every side."""
    _, happens, shown = row
    assert happens
    found = re.fullmatch(r"`(test_\w+\.py)::(test_\w+)`", shown)
    assert found is not None
    text = (ROOT / "tests" / found[1]).read_text("utf-8")
    assert found[2] in calls(text)
    assert "from tests.fourfold import" in text
    assert untold(text, found[2]) == set()
    assert unseen(text, found[2]) == set()
