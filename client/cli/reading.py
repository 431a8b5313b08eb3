"""What a case says, before it is sent and after it has come.

This file knows names and options. It refuses to know what a verb does.
"""

from pathlib import Path

import click

from client.cli import lines, parttext
from client.cli.console import Console, here
from client.cli.spoken import Spoken
from client.cli.typed import PartWord


@click.command(cls=Spoken)
@click.argument("code_name")
@click.option("--part", "part_id", type=PartWord(), default="")
@click.option("--exact", is_flag=True)
@here
def preview(console: Console, code_name: str, part_id: str, *, exact: bool) -> None:
    """Show all that each part of CODE_NAME will say where it comes."""
    found = console.do("preview", code_name=code_name, part=part_id)
    said = parttext.preview(console, found, exact=exact)
    console.answer(found, *said, console.say("preview_only"))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("part_id", type=PartWord(), required=False, default="")
@click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
)
@click.option("--exact", is_flag=True)
@here
def read(console: Console, code_name: str, part_id: str, path: Path | None, *, exact: bool) -> None:
    """Show a part of CODE_NAME, in words or as a case file, or write an attachment to a file."""
    if path is not None:
        found = console.do("read", code_name=code_name, part=part_id, path=str(path.resolve()))
        said = [console.say("cli.written", count=lines.number(found, "bytes"))]
        said += [] if found.get("as_named") else [console.say("cli.other_kind")]
        console.answer(found, *said)
        return
    found = console.do("read", code_name=code_name, part=part_id)
    octets = found.get("octets")
    if isinstance(octets, bytes):
        whole = parttext.versions(console, part_id, found, exact=True)
        shown = whole if exact else parttext.versions(console, part_id, found, exact=False)
        console.answer({"part": part_id, "case": "\n".join(whole)}, *shown)
        return
    parts = [lines.part_label(console, one) for one in lines.texts(found, "parts")]
    console.answer(found, *parts)
