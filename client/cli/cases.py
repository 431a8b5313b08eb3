"""Writing a case down, with consent, and asking for a place.

This file knows names and options. It refuses to know what a verb does.
"""

from pathlib import Path

import click

from client.cli import lines
from client.cli.backtext import discarded
from client.cli.console import CASE_FILE, FD, Console, here, read_case
from client.cli.spoken import Spoken
from client.cli.sure import ASKED, URGENT, asks, before_discarding
from client.cli.typed import Typed
from client.vocabulary import AnswerValue, NoReason


@click.command(cls=Spoken)
@click.argument("case", type=CASE_FILE, required=False)
@click.option("--from", "came", default="")
@here
def new(console: Console, case: Path | None, came: str) -> None:
    """Begin a case from the case file CASE, from standard input, or from what came."""
    if came:
        begun = console.do("onward", code_name=came)
        said = console.say("cli.onward", name=lines.text(begun, "code_name"))
        console.answer(begun, said, console.say("cli.onward_next"), console.say("not_sent"))
        return
    answer = console.do("new", case=read_case(case))
    name = lines.text(answer, "code_name")
    console.answer(answer, console.say("cli.new", name=name), console.say("not_sent"))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("case", type=CASE_FILE, required=False)
@click.option("--attach", "attachment")
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@here
def part(
    console: Console, code_name: str, case: Path | None, attachment: str | None, path: Path | None
) -> None:
    """Replace parts of CODE_NAME by those of the file CASE, or add an attachment's file."""
    if attachment is not None and path is not None:
        answer = console.do(
            "part", code_name=code_name, attachment=attachment, path=str(path.resolve())
        )
        risk = [console.say("attach.remains")]
    else:
        answer = console.do("part", code_name=code_name, case=read_case(case))
        risk = []
    said = console.say("cli.changed", name=code_name)
    console.answer(answer, said, *risk, console.say("not_sent"))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("case", type=CASE_FILE, required=False)
@click.option("--centre", default="")
@click.option("--show", is_flag=True)
@click.option("--language", default="")
@click.option("--named", is_flag=True)
@here
def consent(
    console: Console,
    code_name: str,
    case: Path | None,
    centre: str,
    *,
    show: bool,
    language: str,
    named: bool,
) -> None:
    """Show the page for the person, or write down her answer from the consent section of CASE."""
    if show:
        tag = language or console.words.lang.value
        found = console.do("consent show", code_name=code_name, language=tag, named=named)
        console.answer(found, *lines.texts(found, "lines"))
        return
    text = "" if case is None else read_case(case)
    answer = console.do("consent", code_name=code_name, case=text, centre=centre)
    parts = lines.texts(answer, "parts")
    shown = [f"  {lines.part_label(console, one)}" for one in parts]
    nothing = console.say("not_sent" if answer.get("consent") else "sent.nothing")
    console.answer(answer, lines.consented(console, answer), *shown, nothing)


@click.command(cls=Spoken)
@click.argument("code_name")
@ASKED
@here
def discard(console: Console, code_name: str, *, yes: bool) -> None:
    """Throw CODE_NAME away with its attachments; what is on its way is withdrawn first."""
    if asks(console, yes=yes):
        before_discarding(console)
    found = console.do("discard", code_name=code_name)
    console.answer(found, *discarded(console, found, code_name))


@click.command(cls=Spoken)
@click.argument("code_name")
@here
def check(console: Console, code_name: str) -> None:
    """Look CODE_NAME over before it is sent."""
    answer = console.do("check", code_name=code_name)
    console.answer(answer, *lines.findings(console, answer), console.say("not_sent"))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.option("--colleague", is_flag=True)
@click.option("--name-fd", type=FD)
@click.option("--lift", is_flag=True)
@here
def recuse(
    console: Console, code_name: str, name_fd: int | None, *, colleague: bool, lift: bool
) -> None:
    """Keep yourself or a colleague out of CODE_NAME, or end that."""
    asked = colleague or name_fd is not None
    who = console.told("cli.colleague", name_fd) if asked else ""
    found = console.do("recuse", code_name=code_name, who=who, lift=lift)
    said = "cli.let_in" if lift else "cli.recused"
    console.answer(
        found, console.say(said, who=lines.text(found, "who")), console.say("stays_here")
    )


@click.command(cls=Spoken)
@click.argument("code_name", required=False)
@here
def tasks(console: Console, code_name: str | None) -> None:
    """Show what is left to do in CODE_NAME, or in every case."""
    found = console.do("tasks", code_name=code_name or "")
    left = lines.tasks(console, found)
    console.answer(found, *(left or [console.say("task.none")]), console.say("stays_here"))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("task")
@here
def done(console: Console, code_name: str, task: str) -> None:
    """Mark TASK of CODE_NAME as done, also after the case was sent."""
    found = console.do("done", code_name=code_name, task=task)
    console.answer(found, console.say("task.done"), console.say("stays_here"))


def _centres(console: Console) -> tuple[str, ...]:
    """Ask for the centres, so that the shell's history names none."""
    found = [console.ask("cli.which_centre")]
    while more := console.maybe("cli.another_centre", None):
        found.append(more)
    return tuple(found)


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("centre", nargs=-1)
@URGENT
@here
def inquire(console: Console, code_name: str, centre: tuple[str, ...], *, urgent: bool) -> None:
    """Ask each CENTRE for a place; nothing about the person is asked or told."""
    centre = centre or _centres(console)
    found = console.do("directory")
    if urgent or not found.get("rides"):
        for line in lines.asking(console, found, len(centre)):
            click.echo(line, err=True)
    answer = console.do("inquire", code_name=code_name, centres=list(centre), urgent=urgent)
    left = lines.rides(console, answer)
    console.answer(answer, console.say("cli.inquired", count=len(centre)), *left)


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("value", type=Typed(AnswerValue))
@click.option("--from", "from_day", default="")
@click.option("--reason", "reasons", multiple=True, type=Typed(NoReason))
@click.option("--suggest", default="")
@here
def answer(
    console: Console,
    code_name: str,
    value: str,
    from_day: str,
    reasons: tuple[str, ...],
    suggest: str,
) -> None:
    """Answer the place inquiry CODE_NAME with a closed word."""
    found = console.do(
        "answer",
        code_name=code_name,
        value=value,
        reasons=list(reasons),
        suggest=suggest,
        **{"from": from_day},
    )
    console.answer(found, console.say("cli.answered"), *lines.soon(console, found))
