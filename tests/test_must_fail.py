"""Wrong programs are refused before they run: by mypy and by pyright, line by line."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
WRONG: Final = Path("tests/typing/must_fail.py")
LINES: Final = (ROOT / WRONG).read_text(encoding="utf-8").splitlines()
MARKED: Final = {number for number, line in enumerate(LINES, 1) if "# refused: " in line}
MYPY_ERROR: Final = re.compile(r"must_fail\.py:(\d+): error:")


def run(*command: str) -> str:
    """Run a type checker of this environment on the wrong programs; return what it says."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [sys.executable, "-m", *command, str(WRONG)],
        cwd=ROOT,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    ).stdout


def by_mypy() -> set[int]:
    """Return the lines that mypy refuses."""
    said = run("mypy", "--explicit-package-bases", "--no-error-summary")
    assert "[name-defined]" not in said, "a slip, and no wrong program"
    return {int(found[1]) for found in MYPY_ERROR.finditer(said)}


def by_pyright() -> set[int]:
    """Return the lines that pyright refuses."""
    said = json.loads(run("pyright", "--outputjson"))
    return {
        one["range"]["start"]["line"] + 1
        for one in said["generalDiagnostics"]
        if one["severity"] == "error"
    }


def text(lines: set[int]) -> list[str]:
    """Return lines as they stand, for whoever reads why a test failed."""
    return [f"{number}: {LINES[number - 1].strip()}" for number in sorted(lines)]


@pytest.mark.parametrize("checker", [by_mypy, by_pyright], ids=["mypy", "pyright"])
def test_every_wrong_program_is_refused_and_nothing_else(checker: Callable[[], set[int]]) -> None:
    """Each marked line has an error of its own; no other line has any."""
    refused = checker()
    assert text(MARKED - refused) == [], "let through"
    assert text(refused - MARKED) == [], "refused without a mark"


def test_there_are_wrong_programs_of_every_sort() -> None:
    """The list does not shrink unnoticed."""
    assert len(MARKED) >= 60
