"""On paper and into the journal: printing, exporting and importing.

This file knows names and options. It refuses to know what a verb does.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from client.case.part_id import PartName
from client.cli import lines
from client.cli.console import Console, here
from client.cli.spoken import Spoken
from client.cli.typed import PartWord
from client.vocabulary import SheetName
from keys.wire import Value

_SHEETS: Final = (*SheetName, PartName.CHILD)
_FILE = click.Path(dir_okay=False, path_type=Path)
_DIRECTORY = click.Path(file_okay=False, path_type=Path)


@click.command("print", cls=Spoken)
@click.argument("code_name", required=False, default="")
@click.option("--what", type=PartWord(_SHEETS), default="case")
@click.option("--pdf", type=_FILE)
@click.option("--draft", is_flag=True)
@click.option("--named", is_flag=True)
@here
def print_(
    console: Console, code_name: str, what: str, pdf: Path | None, *, draft: bool, named: bool
) -> None:
    """Print sheets of CODE_NAME, written here or opened here. Shred them after use."""
    path = "" if pdf is None else str(pdf.resolve())
    found = console.do(
        "print",
        code_name=code_name,
        what=what,
        language=console.words.lang.value,
        path=path,
        draft=draft,
        named=named,
    )
    if path:
        console.answer(found, console.say("cli.written", count=lines.number(found, "bytes")))
        return
    console.answer(found, *lines.texts(found, "lines"), console.say("print.shred"))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.option("--to", type=_DIRECTORY, required=True)
@here
def export(console: Console, code_name: str, to: Path) -> None:
    """Write the opened CODE_NAME as PDF, JSON and attachments, for your own journal."""
    language = console.words.lang.value
    found = console.do("export", code_name=code_name, path=str(to.resolve()), language=language)
    more = [console.say("cli.export_travels")] if found.get("attachments_travel") else []
    distrusted = lines.texts(found, "distrusted")
    more += [console.say("cli.attachment_spoilt", name=one) for one in distrusted]
    said = console.say("cli.exported", files=lines.number(found, "files"))
    console.answer(found, said, *more, console.say("sent.nothing"))


@click.command("import", cls=Spoken)
@click.argument("directory", type=_DIRECTORY)
@here
def import_(console: Console, directory: Path) -> None:
    """Begin a case from the export in DIRECTORY, without its consent. Twice gives one case."""
    found = console.do("import", path=str(directory.resolve()))
    said = "cli.imported_already" if found.get("already") else "cli.imported"
    name = lines.text(found, "code_name")
    more = _left_out(console, found)
    console.answer(found, console.say(said, name=name), *more, console.say("not_sent"))


def _left_out(console: Console, found: Mapping[str, Value]) -> list[str]:
    """Say in words what of the file was not taken in."""
    match found.get("later"):
        case [int(notes), int(parts), int(renewals)]:
            counts = {"notes": notes, "parts": parts, "renewals": renewals}
            return [console.say("cli.import_left", **counts), console.say("cli.import_left_where")]
        case _:
            return []
