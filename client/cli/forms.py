"""Empty forms and the schema of a case: what can be asked, in the words of the member's language.

This file knows two commands that read no case and talk to no service.
"""

import json

import click

from client.cli.console import Console, here
from client.cli.spoken import Spoken
from client.cli.typed import Typed
from client.forms import PRINTED
from client.forms import form as form_of
from client.formtext import empty_form
from client.schema import case_schema


@click.command(cls=Spoken)
@click.argument("part", type=Typed(PRINTED))
@here
def form(console: Console, part: str) -> None:
    """Print PART of a case as an empty case file, with a comment at every question."""
    lines = empty_form(form_of(part), console.words)
    console.answer({"form": "\n".join(lines)}, *lines)


@click.command(cls=Spoken)
@here
def schema(console: Console) -> None:
    """Print the JSON Schema of a whole case."""
    made = case_schema(console.words.lang)
    click.echo(json.dumps(made, ensure_ascii=False, indent=1))
