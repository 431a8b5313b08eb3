"""The command line speaks the member's language: its help, and what it says when it is misused."""

import json
import re
import shlex
from pathlib import Path
from typing import Final

import click
import pytest
from click.testing import CliRunner, Result
from yarl import URL

from client.__main__ import cli, main
from client.cli import console as consoles
from client.cli.completion import SHELLS
from client.cli.console import Console
from client.cli.examples import EXAMPLES, example
from client.cli.spoken import Quiet, Spoken
from client.cli.typed import PartWord, Typed, offered
from client.doors import Doors
from client.home import Home
from client.settings import Settings
from client.verbs.printing import ACTS
from docs.commands import commands
from keys.words import Language, Words

COMMANDS: Final = {name.partition(" ")[2]: command for name, command in commands(cli, "folge")}
PAGES: Final = ("", "police", *COMMANDS)
"""Everything that has a page of help: the program, its group, and each command."""
SENT: Final = "sent.nothing"


def typed(*args: str, lang: str = "nb", said: str | None = None) -> Result:
    """Run the program in this process, as if that had been typed."""
    return CliRunner().invoke(cli, ["--home", "none", "--lang", str(lang), *args], input=said)


def where(name: str) -> str:
    """Return a command's name as the catalogues have it."""
    return name.replace(" ", ".") or "folge"


def command_of(name: str) -> click.Command:
    """Return the command, or group, of that name."""
    return COMMANDS.get(name) or (cli.commands[name] if name else cli)


def flat(text: str) -> str:
    """Return a text without its line breaks."""
    return " ".join(text.split())


def msgids(name: str, words: Words) -> list[str]:
    """Return every text that a command's page of help needs."""
    found = [f"help.{where(name)}"]
    for param in command_of(name).params:
        own = f"help.{where(name)}.{param.name}"
        found.append(own if own in words else f"param.{param.name}")
        if isinstance(param, click.Argument):
            found.append(f"metavar.{param.name}")
    examples = EXAMPLES.get(where(name), ())
    return found + [f"example.{where(name)}.{at}" for at in range(1, len(examples) + 1)]


@pytest.mark.parametrize("lang", Language)
@pytest.mark.parametrize("name", PAGES)
def test_every_command_has_its_help_in_every_language(name: str, lang: Language) -> None:
    """Nothing that can be typed is without a sentence, and each stands on the page."""
    words = Words("client", lang)
    lacking = [one for one in msgids(name, words) if one not in words]
    assert not lacking, f"folge {name} needs these in client/locale/{lang}.po: {lacking}"
    command = command_of(name)
    assert isinstance(command, Spoken), f"folge {name}: write @click.command(cls=Spoken)"
    ended = typed(*name.split(), "--help", lang=lang)
    assert ended.exit_code == 0, ended.output
    page = flat(ended.stdout)
    for msgid in msgids(name, words):
        assert flat(words.say(msgid)) in page, msgid
    for param in command.params:
        if isinstance(param, click.Option):
            assert all(one in page for one in param.opts)


@pytest.mark.parametrize("lang", [Language.NB, Language.NN])
@pytest.mark.parametrize("name", PAGES)
def test_no_english_is_left_on_a_norwegian_page(name: str, lang: Language) -> None:
    """Neither click's words, nor a sentence of the English catalogue, nor a decorator's."""
    english, page = Words("client", "en"), flat(typed(*name.split(), "--help", lang=lang).stdout)
    for msgid in msgids(name, english):
        said = english.say(msgid)
        same = said == Words("client", lang).say(msgid)  # FILE is not FIL, SNAPSHOT may be
        assert same or len(said.split()) == 1 or said not in page, said
    for word in ("Usage", "Options", "Commands", "Show", "Arguments", "exit", "OPTIONS", "COMMAND"):
        assert not re.search(rf"\b{word}\b", page), word
    for param in command_of(name).params:
        assert getattr(param, "help", None) is None, f"{param.name}: its help is in the catalogues"


@pytest.mark.parametrize("lang", [Language.NB, Language.NN])
def test_help_is_translated_and_not_copied(lang: Language) -> None:
    """A sentence of help is another one in Norwegian than in English."""
    words, english = Words("client", lang), Words("client", "en")
    for name in PAGES:
        for msgid in msgids(name, words):
            if not msgid.startswith("metavar."):
                assert words.say(msgid) != english.say(msgid), msgid


def test_the_program_lists_its_commands_in_the_order_of_the_work() -> None:
    """Who hands over reads from the top: unlock, begin, ask, send, open."""
    page = typed("--help").stdout
    order = [page.index(f"\n  {one} ") for one in ("unlock", "new", "inquire", "send", "arrive")]
    assert order == sorted(order)


@pytest.mark.parametrize("lang", Language)
@pytest.mark.parametrize("where_", EXAMPLES)
def test_every_example_can_be_typed(where_: str, lang: Language) -> None:
    """The lines that help shows are lines that the program understands, in every language."""
    for line in EXAMPLES[where_]:
        said = example(Words("client", lang), line)
        words = [word for word in shlex.split(said) if word != "--json"]
        assert words[0] == where_.partition(".")[0]
        command = cli.commands[words[0]]
        with click.Context(cli, info_name="folge") as parent:
            command.make_context(words[0], words[1:], parent=parent).close()


@pytest.mark.parametrize("lang", Language)
@pytest.mark.parametrize("name", COMMANDS)
def test_every_closed_word_can_be_typed_as_help_shows_it(name: str, lang: Language) -> None:
    """What stands on a page as one of a list is what the program accepts, and the id too."""
    page = typed(*name.split(), "--help", lang=lang).stdout
    for param in COMMANDS[name].params:
        if isinstance(param.type, click.Choice):
            said = offered(Words("client", lang), param.type)
            for word, one in zip(param.type.choices, said, strict=True):
                assert one in flat(page)
                assert {param.type.convert(how, None, None) for how in (one, word)} == {word}


@pytest.mark.parametrize("lang", [Language.NB, Language.NN])
def test_closed_words_are_norwegian_and_no_two_of_a_list_are_alike(lang: Language) -> None:
    """Nobody types English, and capitals do not matter."""
    kinds = [one.type for command in COMMANDS.values() for one in command.params]
    lists = [one for one in kinds if isinstance(one, Typed)]
    assert len(lists) > 10
    for among in lists:
        said = offered(Words("client", lang), among)
        assert len({*said}) == len(said)
        assert not {*said} & {*among.choices}
        assert [among.convert(one.upper(), None, None) for one in said] == [*among.choices]


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("barn.1", "child.1"),
        ("Barn.12", "child.12"),
        ("trussel", "threat"),
        ("ny_stad", "destination_assessment"),
        ("nytt sted", "destination_assessment"),
        ("child.1", "child.1"),
        ("noe annet", "noe annet"),
    ],
)
def test_a_part_is_named_in_the_language_of_whoever_types(said: str, part: str) -> None:
    """The id is what is handed on; what is no part is handed on as it is, and refused there."""
    assert PartWord().convert(said, None, None) == part


@pytest.mark.parametrize("lang", Language)
@pytest.mark.parametrize("sheet", [*ACTS, "child.2"])
def test_a_sheet_is_named_in_the_language_of_whoever_types(sheet: str, lang: Language) -> None:
    """Every sheet that can be printed has its word, and help names it."""
    what = next(one for one in COMMANDS["print"].params if one.name == "what")
    kind, dot, number = sheet.partition(".")
    said = Words("client", lang).say(f"typed.{kind}")
    assert what.type.convert(f"{said}{dot}{number}", None, None) == sheet
    assert said in typed("print", "--help", lang=lang).stdout


def test_the_tab_key_fills_in_the_word_of_the_language() -> None:
    """The shell offers what help shows."""
    value = next(one for one in COMMANDS["answer"].params if one.name == "value")
    with click.Context(COMMANDS["answer"]) as context:
        context.obj = Console(Home(Path()), Words("client", Language.NN), as_json=False)
        offers = [one.value for one in value.type.shell_complete(context, value, "ja")]
    assert offers == ["ja", "ja_frå"]


MARTE: Final = "Marte-Kirkerud"
"""A name that was typed where it has no place."""
MISUSES: Final = {
    "no such option": ("no_such_option", ("send", "GRAN-427", f"--{MARTE}")),
    "no such short option": ("no_such_option", ("send", f"-{MARTE}")),
    "no such option of the program": ("no_such_option", (f"--{MARTE}", "send")),
    "no such command": ("no_such_command", (MARTE,)),
    "no such command of the police": ("no_such_command", ("police", MARTE)),
    "no command": ("missing_command", ()),
    "an argument is missing": ("missing", ("send",)),
    "an option is missing": ("missing", ("export", MARTE)),
    "the second argument is missing": ("missing", ("answer", MARTE)),
    "nothing after an option": ("needs_value", ("send", MARTE, "--agreed-by-phone")),
    "something after a flag": ("takes_nothing", ("arrive", "GRAN-427", f"--no-code={MARTE}")),
    "no word of the list": ("bad_choice", ("answer", "GRAN-427", MARTE)),
    "no word of an option's list": ("bad_choice", ("police", "relay", "A", "B", "--line", MARTE)),
    "no number": ("bad_number", ("unlock", "--passphrase-fd", MARTE)),
    "a number below nothing": ("bad_number", ("unlock", "--passphrase-fd", "-1")),
    "a file that is not there": ("bad_file", ("restore", MARTE)),
    "a directory where a file belongs": ("bad_file", ("new", ".")),
    "a file where a directory belongs": ("bad_directory", ("import", __file__)),
    "too much": ("too_much", ("lock", MARTE)),
    "a name with spaces": ("too_much", ("send", "GRAN-427", *MARTE.split("-"))),
    "a name as an option": ("personal", ("status", "--name", MARTE)),
    "a passphrase as an option": ("personal", (f"--passphrase={MARTE}", "unlock")),
}


@pytest.mark.parametrize("lang", Language)
@pytest.mark.parametrize("how", MISUSES)
def test_whatever_is_typed_wrong_is_told_in_words(how: str, lang: Language) -> None:
    """What was wrong, that nothing was sent, where help is; and never what was typed."""
    kind, args = MISUSES[how]
    words = Words("client", lang)
    ended = typed(*args, lang=lang)
    assert ended.exit_code == 2
    assert ended.stdout == ""
    what = words.say(f"usage.{kind}", name="§", choices="§").split("§")
    assert all(one.strip() in ended.stderr for one in what), ended.stderr
    assert words.say(SENT) in ended.stderr
    assert "--help" in ended.stderr
    assert "Traceback" not in ended.stderr
    for word in (MARTE, *MARTE.split("-")):
        assert word not in ended.stderr


@pytest.mark.parametrize("how", MISUSES)
def test_another_program_is_told_which_mistake_it_was(how: str) -> None:
    """With --json there is one object, with the word for the mistake and nothing that was typed."""
    kind, args = MISUSES[how]
    ended = CliRunner().invoke(cli, ["--json", "--home", "none", *args])
    assert json.loads(ended.stdout) == {"refused": "usage", "kind": kind, "sent": "nothing"}


def test_every_sentence_on_misuse_can_be_met() -> None:
    """No sentence in the catalogue is for a mistake that nobody can make."""
    told = {msgid.partition(".")[2] for msgid in _texts() if msgid.startswith("usage.")}
    beside = {"meant", "help"}
    assert told - beside - {"bad_value"} == {kind for kind, _ in MISUSES.values()}


def _texts() -> list[str]:
    source = (Path(consoles.__file__).parents[1] / "locale" / "nb.po").read_text("utf-8")
    return re.findall(r'^msgid "(.+)"$', source, re.MULTILINE)


def test_a_slip_is_answered_with_the_word_that_was_meant() -> None:
    """Only the program's own words are suggested."""
    assert Words("client").say("usage.meant", names="status") in typed("sttaus").stderr
    assert "--agreed-by-phone" in typed("send", "GRAN-427", "--agreed-by-fone").stderr
    assert "Mente" not in typed(MARTE).stderr


def test_nothing_typed_shows_the_help() -> None:
    """Whoever types the name alone sees what there is, and the exit code is that of a slip."""
    ended = CliRunner().invoke(cli, [])
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "unlock" in ended.stderr
    assert "request" in typed("police").stderr


@pytest.mark.parametrize("lang", Language)
def test_the_members_own_language_is_spoken_when_none_is_asked_for(
    lang: Language, tmp_path: Path
) -> None:
    """What stands in the settings counts, also for what was typed wrong and for help."""
    nowhere = URL("http://127.0.0.1:9")
    settings = Settings(Doors(nowhere, nowhere), bytes(32), lang)
    (tmp_path / "settings.toml").write_text(settings.write(), "utf-8")
    home = ("--home", str(tmp_path))
    for args in (["send"], ["nothing-like-it"], ["send", "--help"], ["status"]):
        own, asked = (
            CliRunner().invoke(cli, [*home, *way, *args]) for way in ((), ("--lang", lang.value))
        )
        assert own.output == asked.output
    assert Words("client", lang).say(SENT) in CliRunner().invoke(cli, [*home, "send"]).output


def test_a_language_that_does_not_exist_is_told_in_one_that_does() -> None:
    """A wrong --lang is a mistake like any other; so is one with nothing after it."""
    for args in (["--lang", MARTE, "status"], [f"--lang={MARTE}", "status"], ["--lang"]):
        ended = CliRunner().invoke(cli, args)
        assert ended.exit_code == 2
        assert Words("client").say(SENT) in ended.stderr
        assert MARTE not in ended.stderr


@pytest.mark.parametrize("lang", Language)
def test_stopping_at_a_question_says_that_nothing_was_done(lang: Language) -> None:
    """Whoever stops at the passphrase reads that nothing left the machine."""
    ended = typed("unlock", lang=lang, said="")
    assert ended.exit_code == 1
    assert ended.stderr.endswith(Words("client", lang).say("cli.aborted") + "\n")


@pytest.mark.parametrize("lang", Language)
def test_not_waiting_for_the_answer_is_no_stack_trace(
    lang: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while the service works: something may be on its way, and the list says so."""

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(consoles.Console, "do", stopped)
    ended = typed("send", "GRAN-427", lang=lang)
    assert (ended.exit_code, ended.stderr) == (
        1,
        Words("client", lang).say("cli.not_waited") + "\n",
    )


@pytest.mark.parametrize("lang", Language)
def test_a_fault_of_ours_is_told_in_the_language_that_was_asked_for(
    lang: Language, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What nobody foresaw ends in a sentence and its kind, never in a stack trace."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError(MARTE)

    monkeypatch.setattr(consoles.Console, "do", broken)
    monkeypatch.setattr("sys.argv", ["folge", "--lang", lang.value, "status"])
    with pytest.raises(SystemExit) as ended:
        main()
    said = Words("client", lang).say("cli.fault", name="ZeroDivisionError")
    assert (ended.value.code, capsys.readouterr().err) == (1, f"{said}\n")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_tab_key_fills_in_commands(shell: str) -> None:
    """The shell is told to ask the program, and the program gives its own words with their help."""
    assert "_FOLGE_COMPLETE" in typed("completion", shell).stdout
    asked = {"_FOLGE_COMPLETE": f"{shell}_complete", "COMP_WORDS": "folge rel", "COMP_CWORD": "1"}
    asked |= {"COMP_CWORD": "rel"} if shell == "fish" else {}
    ended = CliRunner(env=asked).invoke(cli, prog_name="folge")
    assert "release" in ended.stdout
    if shell != "bash":
        assert Words("client").say("help.release") in ended.stdout


def test_every_group_speaks() -> None:
    """A group of commands tells its refusals in words, as the program itself does."""
    assert all(isinstance(cli.commands[one], Quiet) for one in ("police",))
