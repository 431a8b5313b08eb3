"""Single answers of a section anew: what is named is replaced, and everything else stays.

This file knows how answers that were typed meet those that stand there: one that says the same
keeps its source and its day. It refuses what the declarations refuse, all of it at once, so that
whoever typed mends it in one go. It refuses to know which sections there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Generic, TypeVar, cast

from client.case import Answer, Section
from client.case.checking import checked
from client.case.declaration import questions
from client.casereader import Reader
from client.yamltree import Node
from keys.errors import Refusal

S = TypeVar("S", bound=Section)

_MOST: Final = 256
"""The most refusals that are told of one section."""


@dataclass(frozen=True, slots=True)
class Rewritten(Generic[S]):
    """What became of a section.

    Attributes:
        made: with every answer that is good; None where not even that can stand.
        wrong: why the others are not in it, each naming its field; of one that was answered before,
            the old answer stands where it is a question of its own, and none within a group.
    """

    made: S | None = field(repr=False)
    wrong: tuple[Refusal, ...]


def rewritten(
    kind: type[S], before: S | None, nodes: Mapping[str, Node], path: str, reader: Reader
) -> Rewritten[S]:
    """Return a section with the questions of `nodes` answered anew.

    Args:
        kind: of the section.
        before: as it stands, or None.
        nodes: answers by question, in a form that a case file may have; None takes one away.
        path: where it stands, such as `child.1`.
        reader: of whom and which day the answers are that do not say so.
    """
    left = dict(nodes)
    wrong: list[Refusal] = []
    while True:
        try:
            made = _made(kind, before, left, path, reader)
        except Refusal as refusal:
            told = [one.facts for one in wrong]
            steps = _steps(refusal, path)
            if not steps or len(told) >= _MOST:
                return Rewritten(None, (*wrong, refusal))
            if refusal.facts in told or len(steps) == 1:
                if steps[0] not in left:
                    return Rewritten(None, (*wrong, refusal))
                del left[steps[0]]
            else:
                left[steps[0]] = _without(left.get(steps[0]), steps[1:])
            wrong += [] if refusal.facts in told else [refusal]
        else:
            return Rewritten(made, tuple(wrong))


def _steps(refusal: Refusal, path: str) -> list[str]:
    """Return the way from the section to the field that a refusal names."""
    named = str(refusal.facts.get("field", ""))
    return named.removeprefix(f"{path}.").split(".") if named.startswith(f"{path}.") else []


def _made(
    kind: type[S], before: S | None, nodes: Mapping[str, Node], path: str, reader: Reader
) -> S:
    values: dict[str, object] = {}
    if before is not None:
        stays = (asked.name for asked in questions(kind) if asked.name not in nodes)
        values = {name: getattr(before, name) for name in stays}
    made = checked(kind, values | reader.section(kind, dict(nodes), path), path)
    return made if before is None else _steady(made, before, reader)


def _without(node: Node, steps: Sequence[str]) -> Node:
    """Return a tree less what stands at the end of `steps`; rows of a list keep their places."""
    if not steps:
        return None
    step, rest = steps[0], steps[1:]
    if isinstance(node, dict):
        if step in node:
            return {**node, step: _without(node[step], rest)}
        # An answer's own list: the field's name leaves its inner name out.
        return {**node, "value": _without(node["value"], steps)} if "value" in node else None
    if isinstance(node, list) and step.isdecimal() and 0 < int(step) <= len(node):
        at = int(step) - 1
        middle = [_without(node[at], rest)] if isinstance(node[at], dict) else []
        return [*node[:at], *middle, *node[at + 1 :]]
    return None


def _steady(made: S, before: S, reader: Reader) -> S:
    """Return a section in which what was not changed keeps its source and its day."""
    kept: dict[str, object] = {}
    for asked in questions(type(made)):
        new: object = getattr(made, asked.name)
        old: object = getattr(before, asked.name)
        if asked.group is not None:
            kept[asked.name] = _steady_rows(new, old, reader)
        elif asked.answered and new is not None and old is not None:
            said, before_ = cast("Answer[object]", new), cast("Answer[object]", old)
            kept[asked.name] = _steady_answer(said, before_, reader)
        elif _said(new) == _said(old):
            kept[asked.name] = old
    return made.model_copy(update=kept)


def _steady_rows(new: object, old: object, reader: Reader) -> object:
    if isinstance(new, Section):
        return _steady(new, old, reader) if isinstance(old, Section) else new
    rows, before = cast("tuple[Section, ...]", new or ()), cast("tuple[Section, ...]", old or ())
    both = [_steady(one, was, reader) for one, was in zip(rows, before, strict=False)]
    return new if new is None else (*both, *rows[len(both) :])


def _steady_answer(
    new: "Answer[object]", old: "Answer[object]", reader: Reader
) -> "Answer[object]":
    bare = new.source is reader.source and new.as_of == reader.as_of
    same = (new.state, _said(new.value), new.note) == (old.state, _said(old.value), old.note)
    return old if bare and same else new


def _said(value: object) -> object:
    """Return a value to compare: words that were ticked have no order."""
    if not isinstance(value, tuple):
        return value
    words = cast("tuple[object, ...]", value)
    return frozenset(words) if all(isinstance(one, StrEnum) for one in words) else words
