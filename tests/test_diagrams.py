"""The pictures and state tables in the documentation are those that the program has."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parent.parent / "docs"


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("diagrams", DOCS / "diagrams.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


DIAGRAMS = _script()


@pytest.mark.parametrize("name", DIAGRAMS.PAGES)
def test_what_is_drawn_is_what_is_committed(name: str) -> None:
    """Whoever changes a table draws it anew: `make diagrams`."""
    assert (DOCS / name).read_text("utf-8") == DIAGRAMS.PAGES[name]()
