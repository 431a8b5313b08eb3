"""A member whose staff type: every act is the line of `folge` that a person writes at the desk.

This file knows how an act and its arguments become words, descriptors and standard input, and
reads the rest off the program's own commands. It refuses to speak to the service, and what cannot
be typed is an error. The program runs in this process: hundreds of lines are typed.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import click

from client.__main__ import cli
from client.cli.console import CASE_FILE
from client.cli.typed import PartWord, Typed, shown
from client.control import Tell, say_nothing
from client.slugs import FLOOR
from keys.errors import Sent, by_code
from keys.exits import EXITS, REFUSED
from keys.wire import Packable
from keys.words import Language, Words
from tests.parties import NOTHING, Party, Said
from tests.program import Ended, in_process

USAGE: Final = 2
_BOKMAAL: Final = Words(FLOOR, Language.NB)
_EMPTY: Final[tuple[Packable, ...]] = ("", False, None, [])
_ASKED: Final = MappingProxyType({"yes": "ja", "no": "nei", "not_asked": ""})


class MisusedError(Exception):
    """The program did not understand what was typed, and said so."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How an act is typed where that is not as the service calls it.

    Attributes:
        command: what is typed instead of its name.
        named: what the command calls an argument that the service calls otherwise.
        told: arguments that no line may hold, each told on a line of its own.
        announced: those of them that are told only after a word of their own.
        by: what is typed to tell them by a descriptor, or to be asked for them.
        without: what is typed when there is none of them.
    """

    command: str = ""
    named: Mapping[str, str] = field(default_factory=dict[str, str])
    told: tuple[str, ...] = ()
    announced: Mapping[str, str] = field(default_factory=dict[str, str])
    by: str = ""
    without: str = ""


_WHO: Final = ("name", "passphrase")
_SECOND: Final = ("second", "second_passphrase")
_CONTACT: Final = ("role", "phone")
_BEHIND: Final = ("by", "passphrase", "name")
_BY: Final = MappingProxyType({"by": "--by"})
_BEHIND_FD: Final = "--passphrase-fd FD --name-fd FD"
_NIGHT: Final = ("centre", "window", "danger", "asked")
_AS_CALLED: Final = Manner()
_MANNERS: Final[Mapping[str, Manner]] = MappingProxyType(
    {
        "onward": Manner("new", {"code_name": "came"}),
        "consent show": Manner("consent --show"),
        "import": Manner(named={"path": "directory"}),
        "export": Manner(named={"path": "to"}),
        "print": Manner(named={"path": "pdf"}),
        "preview": Manner(named={"part": "part_id"}),
        "read": Manner(named={"part": "part_id"}),
        "written": Manner(named={"part": "part_id"}),
        "write": Manner(named={"part": "part_id", "answers": "case"}),
        "add": Manner(named={"seen": "yes"}),
        "inquire": Manner(named={"centres": "centre"}),
        "answer": Manner(named={"from": "from_day"}),
        "note": Manner(named={"part": "part_id"}, told=("text",), by="--text-fd FD"),
        "unlock": Manner(told=_WHO, by="--passphrase-fd FD"),
        "backup": Manner(named={"path": "file"}, told=_WHO, by="--passphrase-fd FD"),
        "restore": Manner(named={"path": "file"}, told=_WHO, by="--passphrase-fd FD"),
        "arrive": Manner(told=("arrival_code",), by="--code-fd FD", without="--no-code"),
        "recuse": Manner(told=("who",), by="--name-fd FD"),
        "emergency": Manner(told=_NIGHT, by="--answers-fd FD", without="--answers-fd FD"),
        "withdraw": Manner(told=("leader",), by="--leader"),
        "staff add": Manner(
            named={"leads": "leader"},
            told=(*_BEHIND, "new"),
            announced=_BY,
            by=f"{_BEHIND_FD} --new-passphrase-fd FD",
        ),
        "staff remove": Manner(told=_BEHIND, announced=_BY, by=_BEHIND_FD),
        "staff lead": Manner(named={"ends": "end"}, told=_BEHIND, announced=_BY, by=_BEHIND_FD),
        "staff passphrase": Manner(
            told=("passphrase", "new"), by="--passphrase-fd FD --new-passphrase-fd FD"
        ),
        "key show": Manner(named={"name": "member"}),
        "key same": Manner(named={"name": "member"}),
        "key differs": Manner(named={"name": "member"}),
        "key lift": Manner(named={"name": "member"}),
        "key all": Manner(named={"version": "sheet"}),
        "pcs host": Manner(told=("by", "passphrase"), announced=_BY, by="--passphrase-fd FD"),
        "pcs add": Manner(
            named={"path": "to"},
            told=("by", "passphrase"),
            announced=_BY,
            by="--passphrase-fd FD",
        ),
        "auditor": Manner("auditor show"),
        **{
            f"auditor {verb}": Manner(
                named={"path": "file"},
                told=("by", "passphrase"),
                announced=_BY,
                by="--passphrase-fd FD",
            )
            for verb in ("use", "end", "trail")
        },
        "police request": Manner(told=_SECOND, by="--second"),
        "police view": Manner(told=_SECOND, by="--second"),
        "police answer": Manner(told=_CONTACT, by="--contact"),
        "police contact": Manner(told=_CONTACT),
        "police relay": Manner(
            named={"case": "reworded"}, told=("authority",), by="--authority-fd FD"
        ),
    }
)


@dataclass(slots=True)
class Line:
    """What is typed for one act: the words, standard input, and what a descriptor says."""

    words: list[str] = field(default_factory=list[str])
    typed: str = ""
    secret: str = ""


class Typist(Party):
    """A member whose acts are typed. What a person cannot do with `folge`, it cannot do."""

    async def do(
        self,
        verb: str,
        given: Mapping[str, Packable] = NOTHING,
        /,
        *,
        tell: Tell = say_nothing,
        **arguments: Packable,
    ) -> Said:
        """Type an act; return what the program answers as JSON.

        Args:
            verb: the act, as the service calls it.
            given: arguments under names that are not Python's.
            tell: nobody; how far it is stands on the screen.
            arguments: the others.

        Raises:
            Refusal: the one that the program ended with.
            MisusedError: it did not understand the line.
        """
        assert tell is say_nothing
        line = written(verb, {**given, **arguments})
        ended = await self.types("--json", *line.words, typed=line.typed, secret=line.secret)
        assert ended.out, ended.err
        found = json.loads(ended.out)
        if ended.code:
            raise _ending(ended, found)
        assert isinstance(found, dict)
        return found

    async def types(self, *words: str, lang: str = "", typed: str = "", secret: str = "") -> Ended:
        """Type a line, and see how the program ends and what stands on the screen.

        Without a `lang` it speaks the desk's own language; arguments as of `in_process`.
        """
        return await in_process(
            self, *words, lang=lang, typed=typed, secret=secret, clock=self.clock
        )


def _ending(ended: Ended, found: dict[str, int | str]) -> Exception:
    """Return what the program ended with, as whoever tells a story expects it.

    Its code and its sentence must be those of that refusal: a person goes by them.
    """
    code, sent = str(found.pop("refused")), Sent(str(found.pop("sent")))
    if ended.code == USAGE:
        return MisusedError(ended.err)
    leaf = by_code(code)
    assert leaf is not None, ended.said
    assert ended.code == next((one for kind, one in EXITS if issubclass(leaf, kind)), REFUSED)
    assert ended.err.strip(), code
    return leaf(sent=sent, **found)


def written(verb: str, given: Mapping[str, Packable]) -> Line:
    """Return the line for an act, with closed words and parts in bokmål.

    Args:
        verb: the act.
        given: its arguments, as the service calls them.

    Raises:
        LookupError: no command does that, or it takes no such argument.
    """
    manner = _MANNERS.get(verb, _AS_CALLED)
    words = (manner.command or verb).split()
    command = _command(verb, [word for word in words if not word.startswith("--")])
    left = {name: one for name, one in given.items() if one not in _EMPTY}
    told = {name: str(left.pop(name, "")) for name in manner.told}
    left = {manner.named.get(name, name): one for name, one in left.items()}
    line = Line(words)
    for param in command.params:
        if param.name in left:
            line.words += _typed(param, left.pop(param.name), line)
    if "language" in left:
        line.words = ["--lang", str(left.pop("language")), *line.words]
    if left:
        raise LookupError(verb, *left)
    _tell(line, manner, told)
    return line


def _command(verb: str, words: list[str]) -> click.Command:
    found: click.Command = cli
    for word in words:
        known = found.commands if isinstance(found, click.Group) else {}
        if word not in known:
            raise LookupError(verb)
        found = known[word]
    return found


def _typed(param: click.Parameter, said: Packable, line: Line) -> Iterator[str]:
    """Yield the words for one argument; a case file is told on standard input."""
    option = () if isinstance(param, click.Argument) else (param.opts[0],)
    if isinstance(param, click.Option) and param.is_flag:
        yield from option
        return
    for one in said if isinstance(said, list | tuple) else [said]:
        yield from option
        if param.type is CASE_FILE:
            line.typed = str(one)
            yield "-"
        else:
            yield _in_bokmaal(param.type, str(one))


def _in_bokmaal(kind: click.ParamType, said: str) -> str:
    """Return a closed word as Norwegian staff type it, and everything else as it is."""
    word, dot, number = said.partition(".")
    among = kind.choices if isinstance(kind, Typed) else ()
    among = kind.among if isinstance(kind, PartWord) else among
    return f"{shown(_BOKMAAL, word)}{dot}{number}" if word in among else said


def _tell(line: Line, manner: Manner, told: Mapping[str, str]) -> None:
    """Tell what no line may hold: by a descriptor, or as the program asks for it."""
    meant = {name: one for name, one in told.items() if one or name not in manner.announced}
    by = (manner.by if any(meant.values()) else manner.without).split()
    line.words += [flag for name, flag in manner.announced.items() if name in meant] + by
    said = [_ASKED.get(one, one) if name == "asked" else one for name, one in meant.items()]
    lines = "".join(f"{one}\n" for one in said)
    if "FD" in by:
        line.secret = lines
    elif any(said):
        line.typed = lines
