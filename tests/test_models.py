"""The models in `tests/models/` hold as they stand, and fail with each of their rules broken."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from broker import writing
from tests.envelope import NUMBERS
from tests.test_deploy import needs

MODELS: Final = Path(__file__).parent / "models"
SPIN: Final = sorted(MODELS.glob("*.pml"))
ALL: Final = sorted([*SPIN, *MODELS.glob("*.pv")])
README: Final = (MODELS / "README.md").read_text("utf-8")
BROKEN: Final = [
    (path, mutant)
    for path in SPIN
    for mutant in dict.fromkeys(re.findall(r"^#ifdef (\w+)", path.read_text("utf-8"), re.MULTILINE))
]
CLAUSE: Final = re.compile(r"\b[EP]-\d+\.\d+\b")
PROTOCOL: Final = (Path(writing.__file__).parent / "PROTOCOL.md").read_text("utf-8")


def verify(path: Path, into: Path, *defined: str) -> str:
    """Return what Spin says after it has been through every state of a model.

    Args:
        path: the model.
        into: a directory for the verifier that Spin writes.
        defined: the mutants that are switched on.
    """
    spin, cc = needs("spin", "spin"), needs("cc", "gcc")
    said = ""
    for command in (
        [spin, *(f"-D{mutant}" for mutant in defined), "-a", str(path)],
        [cc, "-O1", "-w", "-DSAFETY", "-o", "pan", "pan.c"],
        ["./pan", "-m100000"],
    ):
        done = subprocess.run(
            command, cwd=into, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        said = done.stdout
    assert "max search depth too small" not in said
    return said


@pytest.mark.parametrize("path", SPIN, ids=lambda path: path.stem)
def test_a_model_holds_in_every_state(path: Path, tmp_path: Path) -> None:
    """No order of steps, crash or replay breaks what the model asserts."""
    said = verify(path, tmp_path)
    assert re.search(r"errors: 0$", said, re.MULTILINE), said


@pytest.mark.parametrize(
    ("path", "mutant"), BROKEN, ids=[f"{path.stem}-{mutant}" for path, mutant in BROKEN]
)
def test_a_model_with_one_rule_broken_fails(path: Path, mutant: str, tmp_path: Path) -> None:
    """Each rule is needed: without it Spin finds the order of steps that breaks a promise."""
    said = verify(path, tmp_path, mutant)
    assert "assertion violated" in said, said
    assert re.search(r"errors: 1$", said, re.MULTILINE), said


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_a_model_stands_in_the_table_with_its_clauses(path: Path) -> None:
    """The page lists every model with the clauses that it cites, which exist and have a mutant."""
    (row,) = re.findall(rf"^\| `{re.escape(path.name)}` \| ([^|`]*) \|", README, re.MULTILINE)
    head = path.read_text("utf-8").split("*/" if path.suffix == ".pml" else "*)")[0]
    cited = set(CLAUSE.findall(head))
    assert cited
    assert cited == set(CLAUSE.findall(row))
    assert cited <= {*NUMBERS, *_of_the_protocol()}
    if path in SPIN:
        rows = re.findall(rf"^\| `{re.escape(path.name)}` `\w+` \| (.*?) \|", README, re.MULTILINE)
        assert cited == {clause for row in rows for clause in CLAUSE.findall(row)}


def _of_the_protocol() -> Iterator[str]:
    """Yield the number of every clause of PROTOCOL.md: `P-`, its section, its place in it."""
    for section in re.split(r"^## (?=P-\d)", PROTOCOL, flags=re.MULTILINE)[1:]:
        name = section.split(maxsplit=1)[0]
        for place in re.findall(r"^(\d+)\. ", section, re.MULTILINE):
            yield f"{name}.{place}"


def test_every_mutant_stands_in_the_table_with_its_result() -> None:
    """What is tried is what is recorded: no mutant more, and none less."""
    listed = re.findall(r"^\| `(\w+\.pml)` `(\w+)` \|", README, re.MULTILINE)
    assert sorted(listed) == sorted((path.name, mutant) for path, mutant in BROKEN)
