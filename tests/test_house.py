"""The house rules that a reader relies on: short files, described parts, pages that are true."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
SOURCES: Final = sorted(
    path for floor in ("keys", "broker", "client") for path in (ROOT / floor).rglob("*.py")
)
MOST_LINES: Final = 300
MOST_IN_FUNCTION: Final = 45
MOST_IN_ADR: Final = 60
LONG_FILES: Final = {
    "keys/errors.py": "one leaf for each refusal: a list, and no program",
    "client/refusals.py": "the same, of the client's floor",
}
README: Final = (ROOT / "README.md").read_text("utf-8")


def name_of(path: Path) -> str:
    """Return a path as it is written in the repository."""
    return path.relative_to(ROOT).as_posix()


def tracked() -> list[Path]:
    """Return every file that is published, as git says."""
    done = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=False
    )
    names = [name for name in done.stdout.split("\0") if name]
    if not names:
        pytest.skip("this is no clone: git does not say which files are published")
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Give every function in a tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return a function's lines, without those of its description."""
    described = ast.get_docstring(function, clean=False)
    said = 0 if described is None else described.count("\n") + 1
    return (function.end_lineno or 0) - function.lineno + 1 - said


def public(tree: ast.Module | ast.ClassDef, where: str) -> Iterator[tuple[str, ast.AST]]:
    """Give what a module offers: its functions and classes, and their methods, without `_`."""
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if node.name.startswith("_"):
            continue
        yield f"{where}.{node.name}", node
        if isinstance(node, ast.ClassDef):
            yield from public(node, f"{where}.{node.name}")


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    """No file is longer than 300 lines, no function than 45, its description not counted."""
    text = path.read_text("utf-8")
    if name_of(path) not in LONG_FILES:
        assert text.count("\n") <= MOST_LINES
    for function in functions(ast.parse(text)):
        assert length(function) <= MOST_IN_FUNCTION, function.name


def test_every_exception_is_still_needed() -> None:
    """A file that has become short enough loses its exception."""
    for name in LONG_FILES:
        assert (ROOT / name).read_text("utf-8").count("\n") > MOST_LINES


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_everything_public_says_what_it_is(path: Path) -> None:
    """Each module, class and function that others may use has a description."""
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree)
    for name, node in public(tree, path.stem):
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        assert ast.get_docstring(node), name


FORBIDDEN: Final = {
    "a mark for later": r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b",
    "a path of one machine": r"(?<![\w.}])/(?:wor" + r"k|roo" + r"t|tmp/pla" + r"n)(?![\w-])",
    "a registry's host": r"pypi\.or" + r"g|pythonhoste" + r"d|registry\.np" + r"mjs|devp" + r"i",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_unfinished_or_private_is_published(what: str) -> None:
    """There is no mark for later, no path of one machine and no name of a package host."""
    found: list[str] = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        if path.suffix == ".json" or path.name == "LICENSE":
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(FORBIDDEN[what], line):
                found.append(f"{name_of(path)}:{number}")
    assert found == []


def test_readme_gives_every_dependency_its_reason() -> None:
    """The table in the README has exactly the packages that are installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [re.split(r"[<>=\[]", one)[0] for one in project["dependencies"]]
    table = README.split("## Dependencies")[1]
    assert re.findall(r"^\| ([a-z0-9-]+) \| \w", table, re.MULTILINE) == ["package", *wanted]
    locked = (ROOT / "deploy" / "requirements.lock").read_text("utf-8")
    assert [one for one in wanted if f"\n{one}==" not in f"\n{locked}"] == []


def test_decisions_are_short() -> None:
    """Each decision is on one page, numbered without gaps."""
    pages = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert [page.name[:4] for page in pages] == [f"{at:04}" for at in range(1, len(pages) + 1)]
    for page in pages:
        assert page.read_text("utf-8").count("\n") <= MOST_IN_ADR, page.name


def test_what_readme_tells_to_type_exists() -> None:
    """Every command, make target and page that the README names is there."""
    from client.__main__ import cli  # noqa: PLC0415 - the other tests need no program

    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE)
    assert set(named) <= targets
    assert set(re.findall(r"`folge ([a-z][a-z-]*)", README)) <= set(cli.commands)
    for link in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / link).exists(), link
