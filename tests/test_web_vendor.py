"""What others made stands in the repository byte for byte as they published it."""

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Final

import pytest

import client.web

STATIC: Final = Path(client.web.__file__).parent / "static"
VENDORS: Final = (STATIC / "vendor", Path(__file__).parent / "vendor")
"""What the desk serves, and what only the tests use."""


@pytest.mark.parametrize("vendor", VENDORS, ids=("served", "tests"))
def test_every_vendored_file_is_listed_with_its_hash_and_licence(vendor: Path) -> None:
    """Name, version, hash, licence and the licence's own text: none is missing, none too many."""
    listed = tomllib.loads((vendor / "VENDOR.toml").read_text("utf-8"))
    there = {path.name for path in vendor.iterdir()} - {"VENDOR.toml"}
    assert there == set(listed)
    for name, one in listed.items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == one["sha256"]
        assert re.fullmatch(r"\d+\.\d+\.\d+", one["version"])
        assert one["package"]
        assert one["licence"]
        assert one["licence_file"] in there


def test_nothing_is_fetched_from_elsewhere() -> None:
    """No style, script or page names another machine; icons are data, fonts are our own."""
    texts = [*STATIC.rglob("*.css"), *STATIC.rglob("*.js"), *STATIC.parent.rglob("*.html")]
    assert len(texts) > 10
    for path in texts:
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//[a-z0-9-]+\.[a-z]", text), path.name
        assert "@import" not in text


def test_pages_have_no_script_or_style_of_their_own() -> None:
    """What the content policy would block is not written at all."""
    for path in STATIC.parent.rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"\son[a-z]+=|style=|<style|<script(?! src)|\|\s*safe", text), (
            path.name
        )
