"""Empty forms and the schema of a case: what can be asked, in the words of the member's language.

This file knows two commands that read no case and talk to no service.
"""

import json

import click

from client.case import PartName
from client.cli.console import Console, here
from client.cli.spoken import Spoken
from client.forms import form as form_of
from client.formtext import empty_part
from client.schema import case_schema


@click.command(cls=Spoken)
@click.argument("part", type=click.Choice([name.value for name in PartName]))
@here
def form(console: Console, part: str) -> None:
    """Print PART as an empty case file, with a comment at every question."""
    lines = empty_part(form_of(PartName(part)), console.words)
    console.answer({"form": "\n".join(lines)}, *lines)


@click.command(cls=Spoken)
@here
def schema(console: Console) -> None:
    """Print the JSON Schema of a whole case."""
    made = case_schema(console.words.lang)
    click.echo(json.dumps(made, ensure_ascii=False, indent=1))
