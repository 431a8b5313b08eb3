"""Every `folge` command, in the order in which they are shown, and the file that it stands in.

This file knows which there are. It refuses to load one that nobody has asked for: whoever wants to
see how far a case is waits for no form, no browser and no cryptography.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from types import MappingProxyType
from typing import Final, cast

import click

_IN_ORDER: Final = (
    ("client.cli.making", "init restore"),
    ("client.running", "service desk"),
    ("client.cli.desk", "unlock lock status attended sync"),
    ("client.cli.cases", "new"),
    ("client.cli.paper", "import"),
    ("client.cli.night", "emergency"),
    ("client.cli.cases", "part"),
    ("client.cli.writing", "written write"),
    ("client.cli.cases", "discard"),
    ("client.cli.reading", "preview"),
    ("client.cli.cases", "consent check tasks done recuse inquire answer"),
    ("client.cli.sending", "send stop add again withdraw release"),
    ("client.cli.arriving", "arrive"),
    ("client.cli.receiving", "card"),
    ("client.cli.reading", "read"),
    ("client.cli.paper", "print export"),
    ("client.cli.receiving", "confirm note recheck"),
    ("client.cli.renewing", "renew"),
    ("client.cli.receiving", "journal misrouted"),
    ("client.cli.straying", "astray"),
    ("client.cli.desk", "log record operator-view directory doctor backup"),
    ("client.cli.keys", "key"),
    ("client.cli.police", "police"),
    ("client.cli.staffing", "staff"),
    ("client.cli.pcs", "pcs"),
    ("client.cli.auditor", "auditor"),
    ("client.cli.forms", "form schema"),
    ("client.cli.completion", "completion"),
)
_FILES: Final[Mapping[str, str]] = MappingProxyType(
    {name: file for file, names in _IN_ORDER for name in names.split()}
)
_TAKEN: Final[Mapping[str, str]] = MappingProxyType(
    {"import": "import_", "print": "print_", "operator-view": "operator_view"}
)
"""Commands whose names are no names in Python, and what they are called in their files."""


class Commands(MutableMapping[str, click.Command]):
    """The commands by name; each is loaded when it is asked for.

    It is mutable because click says that a group's commands are; the program adds none.
    """

    def __init__(self) -> None:
        self._loaded: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._loaded:
            file = import_module(_FILES[name])
            found = getattr(file, _TAKEN.get(name, name))
            self._loaded[name] = cast("click.Command", found)
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in _FILES

    def __iter__(self) -> Iterator[str]:
        return iter(_FILES)

    def __len__(self) -> int:
        return len(_FILES)

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        raise KeyError(name)
