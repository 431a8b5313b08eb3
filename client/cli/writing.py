"""What is written in a case so far, and single answers of it anew.

This file knows names and options. It refuses to know what a verb does.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import click

from client.case import Source
from client.case.checking import checked
from client.casewriter import Writer
from client.cli import lines
from client.cli.console import CASE_FILE, Console, here, read_case
from client.cli.spoken import Spoken
from client.cli.typed import PartWord
from client.forms import FORMS
from client.labels import labelled
from client.yamltree import write as as_yaml
from keys.wire import Value


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("part_id", type=PartWord(FORMS), required=False, default="")
@here
def written(console: Console, code_name: str, part_id: str) -> None:
    """Show how far each form of CODE_NAME is filled in, or the answers of one PART."""
    found = console.do("written", code_name=code_name, part=part_id)
    said = _answers(console, found) if part_id else _forms(console, found)
    console.answer(found, *said, console.say("not_sent"))


def _forms(console: Console, found: Mapping[str, Value]) -> list[str]:
    said: list[str] = []
    for one in lines.rows(found, "forms"):
        label = lines.part_label(console, lines.text(one, "form"))
        how = console.say(f"form.how.{lines.text(one, 'how')}")
        said.append(labelled(label, how))
    return said


def _answers(console: Console, found: Mapping[str, Value]) -> list[str]:
    answers, part = found.get("answers"), lines.text(found, "part")
    if not isinstance(answers, dict):
        return []
    made = checked(FORMS[part.partition(".")[0]], answers, part)
    writer = Writer(console.words.lang, Source.STAFF, date.min)
    return as_yaml(writer.section(made)).splitlines()


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("part_id", type=PartWord(FORMS))
@click.argument("case", type=CASE_FILE, required=False)
@click.option("--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@here
def write(
    console: Console, code_name: str, part_id: str, case: Path | None, path: Path | None
) -> None:
    """Answer anew, in PART of CODE_NAME, the questions that the file CASE names."""
    answers = "" if case is None and path is not None else read_case(case)
    given = {"part": part_id, "answers": answers, "path": str(path.resolve()) if path else ""}
    found = console.do("write", code_name=code_name, **given)
    console.answer(found, console.say("cli.changed", name=code_name), console.say("not_sent"))
