"""The demo plays to its end, says so in three languages, and leaves nothing behind."""

import os
import re
import subprocess
import sys
from collections.abc import Generator
from io import StringIO
from pathlib import Path
from string import Formatter
from tempfile import TemporaryDirectory

import pytest
from rich.console import Console

from keys.address import Board, CellClass
from keys.errors import NotHere, Refusal
from keys.words import Language
from tests import samplefiles
from tests.demo import CHAPTERS, play
from tests.demo_cases import full_consent, opening
from tests.demo_operator import urgent
from tests.demo_stories import STORIES
from tests.lookout import BatchSeen
from tests.narrator import TEXTS, texts
from tests.stage import Stage

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "tests").glob("demo*.py"))
CALLS = {
    r'told\.step\(\s*"([\w.]+)"': ("step.{}",),
    r'told\.refused\(\s*\w+,\s*"([\w.]+)"': ("step.{}",),
    r'told\.chapter\("([\w.]+)"\)': ("chapter.{}.title", "chapter.{}.about"),
    r'\.(?:say|aside)\("([\w.]+)"': ("{}",),
    r'^        "(\w+)": \{': ("table.{}", "table.{}.seen", "table.{}.guess"),
}
"""How the play's sources name a text, and the texts that such a call tells."""
ALWAYS = {"title", "subtitle", "end", "paper.status", "table.1", "table.2", "table.3"}


def named() -> set[str]:
    """Return every msgid that the play's sources name."""
    source = "\n".join(path.read_text("utf-8") for path in SOURCES)
    found = {
        form.format(name)
        for pattern, forms in CALLS.items()
        for name in re.findall(pattern, source, re.MULTILINE)
        for form in forms
    }
    return found | ALWAYS


@pytest.fixture
def short() -> Generator[Path, None, None]:
    """Make a directory in which a socket's path is short enough, also on CI."""
    with TemporaryDirectory(dir="/tmp", prefix="folge-") as path:
        yield Path(path)


def test_the_demo_holds_in_every_step_and_leaves_nothing_behind(short: Path) -> None:
    """The usual chapters and the further ones end with no error; their directory is gone."""
    ran = subprocess.run(
        [sys.executable, "tests/demo.py", "--lang", "en", "--stories"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(short)},
        capture_output=True,
        text=True,
        timeout=900,  # a bound for a machine that does other things too
        check=False,
    )
    last = ran.stdout.rstrip().splitlines()[-1]
    assert re.fullmatch(r"demo: \d+ steps, 0 errors", last), ran.stdout[-2_000:] + ran.stderr
    assert ran.returncode == 0
    assert "ikkje delt – brukaren sitt val" in ran.stdout
    assert list(short.iterdir()) == []


async def test_a_step_that_does_not_hold_is_told_and_fails_the_demo(tmp_path: Path) -> None:
    """What goes wrong is not painted over: the last line counts it and the exit code is 1."""

    async def wrong(play_: Stage) -> None:
        with play_.told.chapter("t1"):
            with play_.told.step("t1.check"):
                raise NotHere
            raise AssertionError

    async def never(play_: Stage) -> None:
        with play_.told.chapter("t2"), play_.told.refused(Refusal, "t1.slip"):
            pass

    heard = StringIO()
    console = Console(file=heard, width=100)
    code = await play(tmp_path, Language.NB, chapters=(wrong, never), console=console)
    assert code == 1
    assert heard.getvalue().rstrip().endswith("demo: 2 steg, 2 feil")
    assert heard.getvalue().count("✗") == 2


async def test_a_play_that_cannot_go_on_ends(tmp_path: Path) -> None:
    """A chapter whose people never came up is told, and nothing hangs or is left running."""
    heard = StringIO()
    console = Console(file=heard, width=100)
    code = await play(tmp_path, Language.NB, chapters=(full_consent, opening), console=console)
    assert code == 1
    assert heard.getvalue().rstrip().endswith("demo: 1 steg, 1 feil")


@pytest.mark.parametrize("lang", Language)
def test_every_text_of_the_play_is_there_and_none_is_left_over(lang: Language) -> None:
    """Each step, chapter and row is told in the language, and no text waits for a lost step."""
    assert set(texts(lang)) == named()


@pytest.mark.parametrize("lang", Language)
def test_every_text_names_the_same_facts(lang: Language) -> None:
    """A fact that one language tells is told by all."""
    for msgid, text in texts(lang).items():
        facts = {name for _, name, _, _ in Formatter().parse(text) if name}
        source = {name for _, name, _, _ in Formatter().parse(texts(Language.NB)[msgid]) if name}
        assert facts == source, msgid


def test_there_is_a_catalogue_for_each_language_and_no_other() -> None:
    """The demo speaks what the program speaks."""
    assert {path.stem for path in TEXTS.iterdir()} == {str(lang) for lang in Language}


def test_every_chapter_is_played_once() -> None:
    """Each chapter that a source of the play opens is in one of the lists, and in it once."""
    both = (*CHAPTERS, *STORIES)
    assert len(set(both)) == len(both)
    source = "\n".join(path.read_text("utf-8") for path in SOURCES)
    assert len(both) == len(re.findall(r'told\.chapter\("[\w.]+"\)', source))


def test_the_operators_guess_counts_what_breaks_the_rhythm() -> None:
    """Two urgent notes among five a slot are two too many, and a new member is none."""
    counts = [5, 5, 5, 6, 5, 5, 6, 5, 5, 5, 6, 6, 6, 6, 6]
    batches = [
        BatchSeen(Board.CENTRE, number, {CellClass.NOTE: count})
        for number, count in enumerate(counts, start=1)
    ]
    assert urgent(batches, Board.CENTRE) == 2
    assert urgent(batches, Board.POLICE) == 0


def test_the_sample_files_are_the_same_each_time(tmp_path: Path) -> None:
    """The photo says where it was taken, and the scan has about its size."""
    first, second = (samplefiles.photo(tmp_path / f"{n}.jpg").read_bytes() for n in (1, 2))
    assert first == second
    assert samplefiles.CAMERA.encode() in first
    scan = samplefiles.scan(tmp_path / "scan.pdf", 100_000)
    assert 100_000 <= scan.stat().st_size <= 102_000
