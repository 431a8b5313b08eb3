"""The references to the law, read from a table that has a version and a day: `client/law.toml`.

This file knows the closed form of the table: acts, provisions, and which closed words rest on
which. It refuses a table that says anything else, when the program starts and not when somebody
asks. It holds no law of its own: the wording is in the catalogues (`law.<id>`), so that a change of
law is a change of data.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from types import MappingProxyType
from typing import Final, NewType, TypeGuard, cast

from client.case import INPUTS, PARTS, Section
from client.case.declaration import list_word, walk

Reference = NewType("Reference", str)
"""The id of an act or of a provision."""

TASK: Final = "task"
_ID: Final = re.compile(r"[a-z][a-z0-9_]*")
_KEYS: Final = frozenset({"version", "as_of", "acts", "provisions", "rests_on"})


class BrokenLawError(ValueError):
    """The table is not as it must be.

    A packaging error and no refusal: no input can cause it, and nothing runs with such a table.
    """


@dataclass(frozen=True, slots=True)
class Law:
    """What the table says.

    Attributes:
        version: raised whenever a reference is added, removed or renumbered.
        as_of: when it was last compared with the law.
        acts: every act.
        provisions: every provision, and its act.
        rests_on: `<list>.<word>` or `task.<word>`, and what that rests on.
    """

    version: int
    as_of: date
    acts: tuple[Reference, ...]
    provisions: Mapping[Reference, Reference]
    rests_on: Mapping[str, Reference]

    @property
    def references(self) -> tuple[Reference, ...]:
        """Every act and provision."""
        return (*self.acts, *self.provisions)

    def of_tasks(self, known: Collection[str]) -> Mapping[str, Reference]:
        """Return the tasks that a law asks for, and which.

        Raises:
            BrokenLawError: the table names a task that is not among `known`.
        """
        named = {word.partition(".")[::2]: one for word, one in self.rests_on.items()}
        tasks = {task: one for (kind, task), one in named.items() if kind == TASK}
        _check(tasks.keys() <= set(known), "a task there is not")
        return MappingProxyType(tasks)


def parsed(text: str) -> Law:
    """Read the table.

    Raises:
        BrokenLawError: it is no TOML, or says more, less or other than the form above.
    """
    try:
        tree: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise BrokenLawError("no TOML") from None
    _check(tree.keys() == _KEYS, "its keys")
    version, as_of = tree["version"], tree["as_of"]
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise BrokenLawError("version")
    if isinstance(as_of, datetime) or not isinstance(as_of, date):
        raise BrokenLawError("as_of")
    acts = _acts(tree["acts"])
    provisions = _texts(tree["provisions"], "provisions")
    for one, act in provisions.items():
        _check(act in acts, f"the act of {one}")
        _check(_ID.fullmatch(one) is not None and one.startswith(f"{act}_"), one)
    rests_on = _texts(tree["rests_on"], "rests_on")
    words = _words()
    for word, one in rests_on.items():
        _check(word in words or word.startswith(f"{TASK}."), f"no such word: {word}")
        _check(one in acts or one in provisions, f"what {word} rests on")
    return Law(
        version,
        as_of,
        acts,
        MappingProxyType({Reference(one): Reference(act) for one, act in provisions.items()}),
        MappingProxyType({word: Reference(one) for word, one in rests_on.items()}),
    )


def law_msgid(reference: Reference) -> str:
    """Return the message id of a reference's wording."""
    return f"law.{reference}"


def _acts(tree: object) -> tuple[Reference, ...]:
    if not isinstance(tree, list):
        raise BrokenLawError("acts")
    found = cast("list[object]", tree)
    acts = [Reference(one) for one in found if isinstance(one, str) and _ID.fullmatch(one)]
    _check(len(acts) == len(found) == len(set(acts)), "acts")
    return tuple(acts)


def _texts(tree: object, name: str) -> dict[str, str]:
    if not _is_texts(tree):
        raise BrokenLawError(name)
    return tree


def _is_texts(tree: object) -> TypeGuard[dict[str, str]]:
    if not isinstance(tree, dict):
        return False
    return all(isinstance(one, str) for one in cast("dict[str, object]", tree).values())


def _words() -> frozenset[str]:
    """Return every word of every closed list of a case, as `<list>.<word>`."""
    sections: tuple[type[Section], ...] = (*PARTS.values(), *INPUTS)
    lists = {one.choices for section in sections for _, one in walk(section) if one.choices}
    return frozenset(f"{list_word(choices)}.{word}" for choices in lists for word in choices)


def _check(good: bool, what: str) -> None:  # noqa: FBT001 - what was found to be so, or not
    if not good:
        raise BrokenLawError(what)


LAW: Final = parsed((files("client") / "law.toml").read_text("utf-8"))
