"""What tests of printed pages share: reading a PDF with other people's programs."""

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pikepdf
import pytest
from PIL import Image

_DIRECTIONS = dict.fromkeys(range(0x202A, 0x202F))
"""Marks that poppler adds around text from right to left."""


def run(program: str, *options: str, data: bytes) -> bytes:
    """Run one of poppler's programs on a PDF, or skip with the one command that installs it."""
    found = which(program)
    if found is None:
        pytest.skip(f"{program} is missing; run: apt-get install poppler-utils")
    done = subprocess.run([found, *options], input=data, capture_output=True, check=True)
    return done.stdout


def text_of(pdf: bytes) -> str:
    """Return all text of a PDF, its spaces and line breaks as one space each."""
    text = run("pdftotext", "-raw", "-", "-", data=pdf).decode("utf-8")
    return " ".join(text.translate(_DIRECTIONS).split())


def pages_of(pdf: bytes) -> list[str]:
    """Return the text of each page."""
    return run("pdftotext", "-layout", "-", "-", data=pdf).decode("utf-8").split("\f")[:-1]


def pictures_of(pdf: bytes, to: Path) -> list[Image.Image]:
    """Return each page as a small picture; `to` is an empty directory for them."""
    run("pdftoppm", "-r", "40", "-png", "-", str(to / "page"), data=pdf)
    return [Image.open(path).convert("RGB") for path in sorted(to.glob("page*.png"))]


def tags_of(pdf: bytes) -> list[str]:
    """Return the names of the structure tree, in reading order."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        return list(_tags(file.Root.StructTreeRoot))


def _tags(node: pikepdf.Object) -> Iterator[str]:
    if "/S" in node:
        yield str(node.S).removeprefix("/")
    kids = node.get("/K", pikepdf.Array())
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") != pikepdf.Name.MCR:
            yield from _tags(kid)


def unpacked(pdf: bytes, to: Path) -> bytes:
    """Return a PDF with every stream decompressed: nothing can hide in it."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        file.save(
            to,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return to.read_bytes()
